// The lines and the costs of a deal: whole sets (SPEC 8).

#include <optional>

#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

constexpr Rights business = only({Role::administrator, Role::manager, Role::salesperson});

}  // namespace

template <>
struct Words<event::AmountKind> { static constexpr std::string_view all[] = {"forecast", "realised"}; };

namespace {

struct RecurrenceBody {
  std::int64_t every_months = 0, times = 0;
  static constexpr std::string_view type_name = "Recurrence";
  static constexpr auto describe() {
    return std::tuple{member("every_months", &RecurrenceBody::every_months).range(1, 120), member("times", &RecurrenceBody::times).range(1, 600)};
  }
};

struct LineBody {
  std::optional<Uuid> id, product_id;
  std::optional<std::string> name;
  std::optional<json::value> quantity;
  std::optional<MoneyInput> price;
  std::optional<json::value> discount;
  std::optional<Day> date;
  std::optional<RecurrenceBody> recurrence;
  std::optional<event::AmountKind> kind;
  static constexpr std::string_view type_name = "DealLine";
  static constexpr auto describe() {
    return std::tuple{member("id", &LineBody::id).doc("Stays the line's; made when left out"), member("product_id", &LineBody::product_id),
                      member("name", &LineBody::name).doc("Instead of a product, or beside it"),
                      member("quantity", &LineBody::quantity).doc("A decimal with at most three places; default 1.000"),
                      member("price", &LineBody::price).doc("Of one unit, in the deal's currency; default the product's"),
                      member("discount", &LineBody::discount).doc("Per cent, 0 to 100"),
                      member("date", &LineBody::date).doc("Default: the expected close, else the closing day"),
                      member("recurrence", &LineBody::recurrence), member("kind", &LineBody::kind).doc("Default: forecast")};
  }
};

struct LinesBody {
  std::vector<LineBody> lines;
  static constexpr std::string_view type_name = "DealLines";
  static constexpr auto describe() { return std::tuple{member("lines", &LinesBody::lines)}; }
};

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

command::Amount amount_of(const MoneyInput& money, const std::string& pointer, Faults& faults) {
  if (!is_decimal(money.amount)) faults.unreadable(pointer_to(pointer, "amount"), "a decimal number such as 1234.50");
  return {money.amount, money.currency};
}

// "1.000" in thousandths.
std::int64_t quantity_of(const json::value& value, const std::string& pointer, Faults& faults) {
  const auto millionths = read_decimal(value, pointer, faults);
  if (millionths && *millionths % 1000 != 0) faults.impossible(pointer, "invalid", "A quantity has at most three decimals.");
  return millionths.value_or(0) / 1000;
}

asio::awaitable<Response> set_lines(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Faults faults;
  const auto body = decode<LinesBody>(call.request.body, faults);
  command::SetDealLines set{.deal = *id};
  for (std::size_t i = 0; body && i < body->lines.size(); ++i) {
    const LineBody& given = body->lines[i];
    const std::string at = "/lines/" + std::to_string(i);
    command::Line line{.id = given.id.value_or(Uuid{}), .product = given.product_id.value_or(Uuid{}), .name = given.name,
                       .quantity = given.quantity && !given.quantity->is_null() ? quantity_of(*given.quantity, at + "/quantity", faults) : 1000,
                       .day = given.date, .kind = given.kind.value_or(event::AmountKind::forecast)};
    if (given.price) line.price = amount_of(*given.price, at + "/price", faults);
    if (given.discount && !given.discount->is_null()) line.discount = read_percent(*given.discount, at + "/discount", faults).value_or(0);
    if (given.recurrence) {
      line.has_recurrence = true;
      line.every_months = static_cast<std::uint32_t>(given.recurrence->every_months);
      line.times = static_cast<std::uint32_t>(given.recurrence->times);
    }
    set.lines.push_back(std::move(line));
  }
  if (!faults.empty()) co_return problem(faults);
  Command command = std::move(set);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> set_costs(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Faults faults;
  const auto body = decode<CostsBody>(call.request.body, faults);
  command::SetDealCosts set{.deal = *id};
  for (std::size_t i = 0; body && i < body->costs.size(); ++i) {
    const CostBody& given = body->costs[i];
    set.costs.push_back({.id = given.id.value_or(Uuid{}), .category = given.category_id,
                         .amount = amount_of(given.amount, "/costs/" + std::to_string(i) + "/amount", faults), .day = given.date,
                         .kind = given.kind.value_or(event::AmountKind::forecast)});
  }
  if (!faults.empty()) co_return problem(faults);
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
