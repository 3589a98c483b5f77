// Finances: one row per amount (SPEC MON-4).

#include "api/app.h"
#include "api/ask.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/export.h"
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

void write_row(JsonWriter& json, const projections::FinanceRow& row) {
  const Currency currency = currency_named(row.currency);
  json.object().field("type", row.type).field("id", row.id).field("deal_id", row.deal).field("deal_name", row.deal_name).key("name");
  if (row.name.empty()) json.null();
  else json.value(row.name);
  json.field("product_id", row.product).field("category_id", row.product_category).field("cost_category_id", row.cost_category);
  json.field("date", row.day).key("occurrence");
  if (row.occurrence != 0) json.value(row.occurrence);
  else json.null();
  json.key("quantity");
  if (row.quantity) json.value(thousandths(*row.quantity));
  else json.null();
  json.key("price");
  if (row.price) json.money(*row.price, currency);
  else json.null();
  for (const bool realised : {false, true}) {
    json.key(realised ? "realised" : "forecast");
    if (row.is_realised == realised) json.money(row.minor, currency);
    else json.null();
  }
  json.end();
}

Response finances_answer(const Question& question) {
  const auto listed = projections::finances(question.world, question.asked, question.parameters);
  if (!listed) return problem(listed.error());
  const Currency own = parse_currency(question.world->currency()).value_or(Currency{});
  JsonWriter json;
  json.reserve(512 + 500 * listed->rows.size());
  json.object().key("data").array();
  for (const projections::FinanceRow& row : listed->rows) write_row(json, row);
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
              .summary = "One row per amount: occurrences of lines, typed-in values, costs; filters of deals stand behind deal.", .shape = Shape::list,
              .answers = {{200, "One page, with the totals of all", finances_schema()}},
              .handler = &list_finances}));
}

}  // namespace dealog::api
