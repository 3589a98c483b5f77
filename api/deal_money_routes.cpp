// The lines and the costs of a deal: whole sets (SPEC 8).

#include <optional>

#include "api/create.h"
#include "api/deal_lines.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct CostBody {
  std::optional<Uuid> id;
  Uuid category_id;
  MoneyInput amount;
  std::optional<Day> date;
  std::optional<event::AmountKind> kind;
  static constexpr std::string_view type_name = "DealCost";
  static constexpr auto describe() {
    return std::tuple{member("id", &CostBody::id), member("category_id", &CostBody::category_id), member("amount", &CostBody::amount),
                      member("date", &CostBody::date), member("kind", &CostBody::kind).doc("Default: forecast")};
  }
};

struct CostsBody {
  std::vector<CostBody> costs;
  static constexpr std::string_view type_name = "DealCosts";
  static constexpr auto describe() { return std::tuple{member("costs", &CostsBody::costs)}; }
};

asio::awaitable<Response> set_lines(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<LinesBody>(call);
  command::SetDealLines set{.deal = *id};
  set.lines = lines_in(body.lines, call.faults);
  Command command = std::move(set);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> set_costs(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<CostsBody>(call);
  command::SetDealCosts set{.deal = *id};
  for (std::size_t i = 0; i < body.costs.size(); ++i) {
    const CostBody& given = body.costs[i];
    set.costs.push_back({.id = given.id.value_or(Uuid{}), .category = given.category_id,
                         .amount = amount_of(given.amount, "/costs/" + std::to_string(i) + "/amount", call.faults), .day = given.date,
                         .kind = given.kind.value_or(event::AmountKind::forecast)});
  }
  Command command = std::move(set);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

}  // namespace

void add_deal_money_routes(Routes& routes) {
  using enum Code;
  routes.add({.method = Method::put, .path = "/v1/deals/{id}/lines", .operation_id = "setDealLines", .tag = "deals",
              .summary = "Replace the lines of a deal: forecast and realised", .shape = Shape::command, .rights = business, .body = schema<LinesBody>(),
              .answers = {{200, "The deal after the command", object_schema(Kind::deal, answer_extras(Kind::deal))}}, .problems = {404},
              .refusals = {feature_off, unknown_reference, negative, object_deleted}, .in_bulk = true, .handler = &set_lines});
  routes.add({.method = Method::put, .path = "/v1/deals/{id}/costs", .operation_id = "setDealCosts", .tag = "deals",
              .summary = "Replace the costs of a deal: forecast and realised", .shape = Shape::command, .rights = business, .body = schema<CostsBody>(),
              .answers = {{200, "The deal after the command", object_schema(Kind::deal, answer_extras(Kind::deal))}}, .problems = {404},
              .refusals = {feature_off, unknown_reference, negative, object_deleted}, .in_bulk = true, .handler = &set_costs});
}

}  // namespace dealog::api
