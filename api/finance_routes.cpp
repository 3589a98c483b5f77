// Finances: one row per amount (SPEC MON-4).

#include <algorithm>
#include <optional>

#include "api/app.h"
#include "api/ask.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/export.h"
#include "api/header_value.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

Currency currency_named(const std::string& code) { return parse_currency(code).value_or(Currency{}); }

// "1.500" of thousandths.
std::string thousandths(std::int64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return digits.insert(digits.size() - 3, 1, '.');
}

using projections::FinanceRow;

void write_amount(JsonWriter& json, const FinanceRow& row, bool realised) {
  if (row.is_realised == realised) json.money(row.minor, currency_named(row.currency));
  else json.null();
}

// A row, member by member: fields= picks some of them.
struct FinanceMember { std::string_view name; void (*write)(JsonWriter& json, const FinanceRow& row); };
constexpr FinanceMember finance_members[] = {
    {"type", [](JsonWriter& json, const FinanceRow& row) { json.value(row.type); }},
    {"id", [](JsonWriter& json, const FinanceRow& row) { json.value(row.id); }},
    {"deal_id", [](JsonWriter& json, const FinanceRow& row) { json.value(row.deal); }},
    {"deal_name", [](JsonWriter& json, const FinanceRow& row) { json.value(row.deal_name); }},
    {"name", [](JsonWriter& json, const FinanceRow& row) { json.value(row.name.empty() ? std::nullopt : std::optional(row.name)); }},
    {"product_id", [](JsonWriter& json, const FinanceRow& row) { json.value(row.product); }},
    {"category_id", [](JsonWriter& json, const FinanceRow& row) { json.value(row.product_category); }},
    {"cost_category_id", [](JsonWriter& json, const FinanceRow& row) { json.value(row.cost_category); }},
    {"date", [](JsonWriter& json, const FinanceRow& row) { json.value(row.day); }},
    {"occurrence", [](JsonWriter& json, const FinanceRow& row) { json.value(row.occurrence == 0 ? std::nullopt : std::optional(row.occurrence)); }},
    {"quantity", [](JsonWriter& json, const FinanceRow& row) { json.value(row.quantity ? std::optional(thousandths(*row.quantity)) : std::nullopt); }},
    {"price", [](JsonWriter& json, const FinanceRow& row) {
       if (row.price) json.money(*row.price, currency_named(row.currency));
       else json.null();
     }},
    {"forecast", [](JsonWriter& json, const FinanceRow& row) { write_amount(json, row, false); }},
    {"realised", [](JsonWriter& json, const FinanceRow& row) { write_amount(json, row, true); }},
};

// Which of them are written, in their order: all but where fields= names some.
std::vector<const FinanceMember*> members_asked(const std::vector<std::string>& fields, Faults& faults) {
  std::vector<const FinanceMember*> asked;
  for (const FinanceMember& member : finance_members)
    if (fields.empty() || std::ranges::find(fields, member.name) != fields.end()) asked.push_back(&member);
  for (const std::string& field : fields)
    if (std::ranges::find(finance_members, field, &FinanceMember::name) == std::end(finance_members))
      faults.add({.pointer = "/fields", .code = "unknown_field", .message = "There is no field " + field + "."});
  return asked;
}

Response finances_answer(const Question& question) {
  Faults faults;
  std::vector<std::string> fields;
  projections::Parameters parameters;
  for (const auto& [name, value] : question.parameters) {
    if (name != "fields") {
      parameters.emplace_back(name, value);
      continue;
    }
    std::string_view rest = value;
    do fields.emplace_back(next_part(rest, ','));
    while (!rest.empty());
  }
  const std::vector<const FinanceMember*> asked = members_asked(fields, faults);
  const auto listed = projections::finances(question.world, question.asked, parameters);
  if (!listed) add_faults(listed.error(), faults);
  if (!faults.empty()) return problem(faults);
  const Currency own = parse_currency(question.world->currency()).value_or(Currency{});
  JsonWriter json;
  json.reserve(512 + 500 * listed->rows.size());
  json.object().key("data").array();
  for (const FinanceRow& row : listed->rows) {
    json.object();
    for (const FinanceMember* member : asked) member->write(json.key(member->name), row);
    json.end();
  }
  const projections::FinanceTotals& totals = listed->totals;
  json.end().key("totals").object();
  for (std::size_t sum = 0; sum < totals.sums.size(); ++sum) json.key(projections::finance_sums[sum]).money(totals.sums[sum], own);
  json.key("unconverted").array();
  for (const auto& [of, minor] : totals.unconverted) {
    const Currency currency = currency_named(of.first);
    json.object().field("amount", format_amount(minor, currency)).field("currency", currency.code()).field("of", projections::finance_sums[of.second]).end();
  }
  json.end().end().key("page").object();
  json.field("next_cursor", listed->next_cursor).field("has_more", listed->next_cursor.has_value());
  if (listed->total) json.field("total", *listed->total);
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> list_finances(Call& call) {
  std::function<Response(const Question&)> answer = &finances_answer;
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

SchemaMaker finances_schema() {
  return [](Schemas& schemas) {
    (void)money_schema()(schemas);
    return json_schema("Finances", R"({"type":"object","required":["data","totals","page"],"properties":{
      "data":{"type":"array","items":{"type":"object","properties":{
        "type":{"type":"string","enum":["line","value","cost"]},"id":{"type":["string","null"],"format":"uuid","description":"Of the line or cost"},
        "deal_id":{"type":"string","format":"uuid"},"deal_name":{"type":"string"},"name":{"type":["string","null"]},
        "product_id":{"type":["string","null"],"format":"uuid"},"category_id":{"type":["string","null"],"format":"uuid"},
        "cost_category_id":{"type":["string","null"],"format":"uuid"},"date":{"type":["string","null"],"format":"date"},
        "occurrence":{"type":["integer","null"],"description":"From 1; null: it does not recur"},
        "quantity":{"type":["string","number","null"],"pattern":"^[0-9]+\\.[0-9]{3}$"},
        "price":{"anyOf":[{"$ref":"#/components/schemas/Money"},{"type":"null"}]},
        "forecast":{"anyOf":[{"$ref":"#/components/schemas/Money"},{"type":"null"}]},
        "realised":{"anyOf":[{"$ref":"#/components/schemas/Money"},{"type":"null"}]}}}},
      "totals":{"type":"object","description":"Of all rows, in the account's currency","properties":{
        "forecast":{"$ref":"#/components/schemas/Money"},"realised":{"$ref":"#/components/schemas/Money"},
        "forecast_costs":{"$ref":"#/components/schemas/Money"},"realised_costs":{"$ref":"#/components/schemas/Money"},
        "unconverted":{"type":"array","description":"What has no rate on its day, and so is in none of the sums: by currency, and of which sum it would be",
          "items":{"type":"object","required":["amount","currency","of"],"properties":{"amount":{"type":"string"},"currency":{"type":"string"},
            "of":{"type":"string","enum":["forecast","realised","forecast_costs","realised_costs"]}}}}}},
      "page":{"type":"object"}}})")(schemas);
  };
}

}  // namespace

void add_finance_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/finances", .operation_id = "listFinances", .tag = "finances",
              .summary = "One row per amount: occurrences of lines, typed-in values, costs; filters of deals stand behind deal.",
              .doc = "deal.filter= and deal.filter_id= take trees and saved filters of deals. sort is date or -date.", .shape = Shape::list,
              .answers = {{200, "One page, with the totals of all", finances_schema()}},
              .handler = &list_finances}));
}

}  // namespace dealog::api
