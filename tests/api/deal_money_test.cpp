// Lines and costs of a deal over HTTP (SPEC 8).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

using Names = std::vector<std::string>;
json::object money(const char* amount) { return {{"amount", amount}}; }

}  // namespace

TEST_CASE("the value is the sum of the forecast lines, then again what was typed in", "[api][acceptance][MON-1][MON-2][MON-3]") {
  Server server;
  server.must_patch("/v1/account", {{"costs_on", true}});
  const Api& api = server.admin();
  const std::string product = server.create("/v1/products", {{"name", "Licence"}, {"price", money("500.00")}});
  const std::string travel = server.create("/v1/cost-categories", {{"name", "Travel"}});
  const std::string path = "/v1/deals/" + server.create("/v1/deals", {{"name", "One"}, {"value", money("100.00")}});
  const Answer set = api.put(path + "/lines", {{"lines", {{{"name", "Set-up"}, {"price", money("10000.00")}, {"quantity", "1.000"}},
      {{"product_id", product}, {"date", "2026-03-31"}, {"recurrence", {{"every_months", 1}, {"times", 12}}}},
      {{"name", "Paid"}, {"price", money("9000.00")}, {"discount", 12.5}, {"kind", "realised"}}}}});
  INFO(set.body);
  REQUIRE(set.status == 200);
  CHECK(set.text("/value/amount") == "16000.00");
  CHECK(set.text("/realised/amount") == "7875.00");
  CHECK(set.text("/lines/1/value/amount") == "6000.00");
  CHECK(set.text("/lines/1/price/amount") == "500.00");
  CHECK(set.text("/lines/0/quantity") == "1.000");
  CHECK(json::serialize(set.at("/lines/2/discount")) == "1.25E1");
  CHECK(set.text("/lines/2/kind") == "realised");
  const Answer costs = api.put(path + "/costs", {{"costs", {{{"category_id", travel}, {"amount", money("1000.00")}}, {{"category_id", travel}, {"amount", money("75.00")}, {"kind", "realised"}}}}});
  REQUIRE(costs.status == 200);
  CHECK(costs.text("/profit/forecast/amount") == "15000.00");
  CHECK(costs.text("/profit/realised/amount") == "7800.00");
  CHECK(api.get("/v1/deals?value[gte]=16000").at("/data").as_array().size() == 1);
  CHECK(api.get("/v1/deals").at("/data/0/lines") == set.at("/lines"));
  CHECK(api.get(path).at("/costs") == costs.at("/costs"));
  CHECK(api.get("/v1/boards/default").text("/columns/0/value/amount") == "16000.00");
  CHECK(api.get("/v1/reports/open-deals").text("/summary/value/amount") == "16000.00");

  const std::string before = to_string(server.now());
  server.advance_days(1);
  const Answer none = api.put(path + "/lines", {{"lines", json::array()}});
  CHECK(none.text("/value/amount") == "100.00");
  CHECK(none.at("/realised").is_null());
  CHECK(api.get(path + "?as_of=" + before).text("/value/amount") == "16000.00");
  CHECK(api.get("/v1/reports/open-deals?as_of=" + before).text("/summary/value/amount") == "16000.00");
  CHECK(api.get("/v1/reports/open-deals").text("/summary/value/amount") == "100.00");
}

TEST_CASE("a deal is created with its lines in one commit, and had them from the beginning", "[api][acceptance][DEA-1][DEA-7][MON-1]") {
  Server server;
  const Api& api = server.admin();
  const json::value body = {{"id", "00000000-0000-4000-8000-00000000000d"}, {"name", "One"}, {"effective_at", "2026-01-05T09:00:00Z"},
                            {"lines", {{{"name", "Set-up"}, {"price", money("100.00")}}, {{"name", "Paid"}, {"price", money("40.00")}, {"kind", "realised"}}}}};
  const Answer made = api.post("/v1/deals", body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.text("/value/amount") == "100.00");
  CHECK(made.text("/realised/amount") == "40.00");
  CHECK(made.text("/lines/0/name") == "Set-up");
  const std::string path = "/v1/deals/" + made.text("/id");
  CHECK(api.get(path).json == made.json);
  CHECK(api.get(path + "?as_of=2026-01-06").text("/value/amount") == "100.00");
  CHECK(api.get("/v1/reports/open-deals?as_of=2026-01-06").text("/summary/value/amount") == "100.00");
  CHECK(api.get("/v1/finances?as_of=2026-01-06").text("/totals/realised/amount") == "40.00");
  CHECK(api.post("/v1/deals", body).status == 200);   // it is there already

  const auto lines = [](json::object line) { return json::value{{"name", "Two"}, {"lines", json::array{std::move(line)}}}; };
  CHECK(api.post("/v1/deals", lines({{"name", "x"}, {"price", 7}})).errors() == Names{"/lines/0/price wrong_type"});
  CHECK(api.post("/v1/deals", lines({{"name", "x"}, {"price", money("1.00")}, {"colour", "red"}})).errors() == Names{"/lines/0/colour unknown_field"});
  CHECK(api.post("/v1/deals", lines({{"price", money("-1.00")}})).errors() == Names{"/lines/0/name required", "/lines/0/price negative"});
  CHECK(api.post("/v1/deals", {{"name", "Two"}, {"lines", 7}}).errors() == Names{"/lines wrong_type"});
  const Answer undone = api.post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  CHECK(undone.status == 200);
  CHECK(api.get("/v1/deals").at("/data").as_array().empty());
}

TEST_CASE("bad lines are refused with the place of every fault", "[api][acceptance][MON-2][GEN-10]") {
  Server server;
  const std::string path = "/v1/deals/" + server.create("/v1/deals", {{"name", "One"}});
  const Answer bad = server.admin().put(path + "/lines", {{"lines", {{{"name", "x"}, {"price", money("-1.00")}}, {{"price", money("1.00")}}}}});
  CHECK(bad.status == 422);
  CHECK(bad.errors() == Names{"/lines/0/price negative", "/lines/1/name required"});
  CHECK(server.admin().put(path + "/lines", {{"lines", json::array{{{"name", "x"}, {"price", 7}}}}}).errors() == Names{"/lines/0/price wrong_type"});
  CHECK(server.admin().put(path + "/lines", {{"lines", json::array{{{"name", "x"}, {"price", money("1.00")}, {"quantity", "1.0001"}}}}}).errors() ==
        Names{"/lines/0/quantity invalid"});
  CHECK(server.admin().put(path + "/costs", {{"costs", json::array()}}).errors() == Names{"/costs feature_off"});
  server.must_patch("/v1/account", {{"realised_on", false}});
  CHECK(server.admin().put(path + "/lines", {{"lines", json::array{{{"name", "x"}, {"price", money("1.00")}, {"kind", "realised"}}}}}).code() == "feature_off");
}

TEST_CASE("Finances has a row for every amount, with its day and totals; a product's number opens it", "[api][acceptance][MON-4][GEN-8][STA-1]") {
  Server server;
  server.add_abc();   // nothing in it is mandatory
  server.must_patch("/v1/account", {{"costs_on", true}});
  const Api& api = server.admin();
  const std::string software = server.create("/v1/product-categories", {{"name", "Software"}});
  const std::string licence = server.create("/v1/products", {{"name", "Licence"}, {"category_id", software}, {"price", money("500.00")}});
  const std::string travel = server.create("/v1/cost-categories", {{"name", "Travel"}});
  const std::string one = server.create("/v1/deals", {{"name", "One"}, {"expected_close_on", "2026-05-10"}});
  const std::string two = server.create("/v1/deals", {{"name", "Two"}, {"value", money("70.00")}});
  REQUIRE(api.put("/v1/deals/" + one + "/lines", {{"lines", {{{"name", "Set-up"}, {"price", money("10000.00")}},
      {{"product_id", licence}, {"date", "2026-01-31"}, {"recurrence", {{"every_months", 1}, {"times", 3}}}},
      {{"product_id", licence}, {"price", money("450.00")}, {"kind", "realised"}}}}}).status == 200);
  REQUIRE(api.put("/v1/deals/" + one + "/costs", {{"costs", json::array{{{"category_id", travel}, {"amount", money("30.00")}}}}}).status == 200);

  const Answer all = api.get("/v1/finances?include=total");
  INFO(all.body);
  CHECK(all.number("/page/total") == 7);
  CHECK(all.text("/totals/forecast/amount") == "11570.00");
  CHECK(all.text("/totals/realised/amount") == "450.00");
  CHECK(all.text("/totals/forecast_costs/amount") == "30.00");
  CHECK(all.text("/data/0/date") == "2026-05-10");
  CHECK(all.text("/data/2/date") == "2026-02-28");
  CHECK(all.number("/data/2/occurrence") == 2);
  CHECK(all.text("/data/1/name") == "Licence");
  CHECK(all.text("/data/1/category_id") == software);
  CHECK(all.text("/data/5/type") == "cost");
  CHECK(all.text("/data/6/forecast/amount") == "70.00");
  CHECK(all.at("/data/6/date").is_null());
  CHECK(api.get("/v1/finances?product_id=" + licence + "&kind=forecast").text("/totals/forecast/amount") == "1500.00");
  CHECK(api.get("/v1/finances?date[between]=2026-02-01,2026-03-31&include=total").number("/page/total") == 2);
  CHECK(api.get("/v1/finances?deal_id=" + two + "&include=total").number("/page/total") == 1);
  CHECK(api.get("/v1/finances?deal.name=One&type=cost&include=total").number("/page/total") == 1);
  CHECK(api.get("/v1/finances?deal.nothing=1&what=2").errors() == Names{"/deal.nothing unknown", "/what unknown"});
  const Answer picked = api.get("/v1/finances?fields=forecast,deal_name&deal_id=" + two);
  CHECK(picked.at("/data/0") == json::object{{"deal_name", "Two"}, {"forecast", {{"amount", "70.00"}, {"currency", "PLN"}}}});
  CHECK(picked.text("/totals/forecast/amount") == "70.00");
  CHECK(api.get("/v1/finances?fields=forecast,deal_name&format=csv&deal_id=" + two).body == "forecast,forecast.currency,deal_name\r\n70.00,PLN,Two\r\n");
  CHECK(api.get("/v1/finances?fields=type,colour&what=2").errors() == Names{"/fields unknown_field", "/what unknown"});
  const Answer first = api.get("/v1/finances?limit=4");
  const Answer rest = api.get("/v1/finances?limit=4&cursor=" + first.text("/page/next_cursor"));
  CHECK(first.at("/data").as_array().size() == 4);
  CHECK(rest.at("/data").as_array().size() == 3);
  CHECK(rest.at("/page/next_cursor").is_null());

  const Answer products = api.get("/v1/reports/open-deals?group_by=product");
  INFO(products.body);
  CHECK(products.flag("/summary/overlapping"));
  CHECK(products.number("/summary/count") == 2);
  CHECK(products.text("/rows/0/key/label") == "Licence");
  CHECK(products.text("/rows/0/value/amount") == "1500.00");
  CHECK(products.number("/rows/0/count") == 1);
  CHECK(products.at("/rows/1/key").is_null());
  CHECK(products.text("/rows/1/value/amount") == "10070.00");
  CHECK(api.get(products.text("/rows/0/items")).text("/totals/forecast/amount") == "1500.00");
  CHECK(api.get(products.text("/rows/1/amounts")).text("/totals/forecast/amount") == "10070.00");
  CHECK(api.get("/v1/deals?product_id=" + licence).at("/data").as_array().size() == 1);

  // Of no product is also what is worth nothing; all of it is opened, and nothing else.
  const std::string three = server.create("/v1/deals", {{"name", "Three"}}), four = server.create("/v1/deals", {{"name", "Four"}});
  REQUIRE(api.put("/v1/deals/" + four + "/lines", {{"lines", json::array{json::object{{"product_id", licence}}}}}).status == 200);
  const auto none_of = [&](const std::string& kind) {
    const Answer report = api.get("/v1/reports/open-deals?group_by=product&value_kind=" + kind);
    const json::value& none = report.at("/rows/1");
    REQUIRE(none.at("key").is_null());
    const Answer opened = api.get(std::string(none.at("items").as_string()) + "&include=total");
    INFO(opened.body);
    CHECK(opened.number("/page/total") == none.at("count").as_int64());
    Names names;
    for (const json::value& deal : opened.at("/data").as_array()) names.emplace_back(deal.at("name").as_string());
    return names;
  };
  CHECK(none_of("forecast") == Names{"One", "Two", "Three"});
  CHECK(none_of("realised") == Names{"Two", "Three", "Four"});
  CHECK(api.get("/v1/deals?without_product=false").text("/data/0/name") == "Four");
  CHECK(api.get("/v1/deals?without_product=maybe").errors() == Names{"/without_product invalid"});
  for (const std::string& id : {three, four}) REQUIRE(api.remove("/v1/deals/" + id).status == 200);

  // Value kinds [RNK-1].
  REQUIRE(api.post("/v1/deals/" + one + "/win").status == 200);
  CHECK(api.get("/v1/reports/ranking").text("/by_value/0/value/amount") == "11500.00");
  CHECK(api.get("/v1/reports/ranking?value_kind=realised").text("/by_value/0/value/amount") == "450.00");
  CHECK(api.get("/v1/reports/ranking?value_kind=profit").text("/by_value/0/value/amount") == "11470.00");
  CHECK(api.get("/v1/reports/ranking?value_kind=all").errors() == Names{"/value_kind invalid"});
}

TEST_CASE("what has no rate is told by currency and apart from other kinds, costs too", "[api][acceptance][MON-4][MON-5][GEN-4]") {
  Server server;
  server.must_patch("/v1/account", {{"costs_on", true}});
  const Api& api = server.admin();
  const std::string travel = server.create("/v1/cost-categories", {{"name", "Travel"}});
  const std::string cost_only = server.create("/v1/deals", {{"name", "Costs"}, {"currency", "EUR"}});
  const std::string costs = "/v1/deals/" + cost_only + "/costs";
  REQUIRE(api.put(costs, {{"costs", {{{"category_id", travel}, {"amount", money("30.00")}}, {{"category_id", travel}, {"amount", money("5.00")}, {"kind", "realised"}}}}}).status == 200);
  const auto unconverted = [&](const std::string& query) {
    Names all;
    const Answer answer = api.get("/v1/finances" + query);
    for (const json::value& each : answer.at("/totals/unconverted").as_array())
      all.push_back(std::string(each.at("amount").as_string()) + " " + std::string(each.at("currency").as_string()) + " " + std::string(each.at("of").as_string()));
    return all;
  };
  CHECK(unconverted("") == Names{"30.00 EUR forecast_costs", "5.00 EUR realised_costs"});
  CHECK(api.get("/v1/finances").text("/totals/forecast_costs/amount") == "0.00");

  const std::string both = server.create("/v1/deals", {{"name", "Lines"}, {"currency", "EUR"}});
  REQUIRE(api.put("/v1/deals/" + both + "/lines", {{"lines", {{{"name", "Work"}, {"price", money("100.00")}}, {{"name", "Paid"}, {"price", money("40.00")}, {"kind", "realised"}}}}}).status == 200);
  server.create("/v1/deals", {{"name", "Yen"}, {"currency", "JPY"}, {"value", money("7")}});
  CHECK(unconverted("?deal_id=" + both) == Names{"100.00 EUR forecast", "40.00 EUR realised"});
  CHECK(unconverted("") == Names{"100.00 EUR forecast", "40.00 EUR realised", "30.00 EUR forecast_costs", "5.00 EUR realised_costs", "7 JPY forecast"});
}

TEST_CASE("reports sum in the account's currency at dated rates, and never guess", "[api][acceptance][MON-5]") {
  Server server;
  const Api& api = server.admin();
  server.create("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-01-01"}, {"rate", "4.00"}});
  server.create("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-04-01"}, {"rate", "5.00"}});
  server.create("/v1/deals", {{"name", "Own"}, {"value", money("100.00")}});
  const Answer euro = server.must_post("/v1/deals", {{"name", "Euro"}, {"currency", "EUR"}, {"value", {{"amount", "10.00"}, {"currency", "EUR"}}}, {"expected_close_on", "2026-03-31"}});
  CHECK(euro.text("/value/currency") == "EUR");
  CHECK(euro.text("/currency") == "EUR");
  const std::string early = server.create("/v1/deals", {{"name", "Early"}, {"currency", "EUR"}, {"value", {{"amount", "7.00"}}}, {"expected_close_on", "2025-12-31"}});
  const std::string path = "/v1/deals/" + euro.text("/id");

  const Answer report = api.get("/v1/reports/open-deals");
  CHECK(report.text("/summary/value/amount") == "140.00");
  CHECK(report.number("/summary/count") == 3);
  CHECK(report.text("/summary/unconverted/0/amount") == "7.00");
  CHECK(report.text("/summary/unconverted/0/currency") == "EUR");
  REQUIRE(api.patch(path, {{"expected_close_on", "2026-04-01"}}).status == 200);
  CHECK(api.get("/v1/reports/open-deals").text("/summary/value/amount") == "150.00");
  CHECK(api.get("/v1/boards/default").text("/columns/0/value/amount") == "150.00");
  CHECK(api.get("/v1/boards/default").text("/columns/0/unconverted/0/amount") == "7.00");

  // Filters compare in the account's currency; what has no rate meets none of them.
  CHECK(api.get("/v1/deals?value[gte]=50").at("/data").as_array().size() == 2);
  CHECK(api.get("/v1/deals?value[lt]=1000000").at("/data").as_array().size() == 2);
  CHECK(api.get("/v1/deals?value[ne]=1").at("/data").as_array().size() == 2);
  CHECK(api.get("/v1/deals?value[is_null]=true").at("/data").as_array().empty());
  CHECK(api.get("/v1/deals?sort=-value").text("/data/0/name") == "Own");
  CHECK(api.patch(path, {{"value", {{"amount", "20.00"}, {"currency", "PLN"}}}}).errors() == Names{"/value/currency invalid"});
  CHECK(api.patch(path, {{"value", {{"amount", "20.00"}, {"currency", "EUR"}}}}).text("/value/amount") == "20.00");
  const Answer finances = api.get("/v1/finances");
  CHECK(finances.text("/totals/forecast/amount") == "200.00");
  CHECK(finances.text("/totals/unconverted/0/amount") == "7.00");
  CHECK(finances.text("/totals/unconverted/0/of") == "forecast");
  CHECK(api.post("/v1/deals", {{"name", "No"}, {"currency", "XXX"}}).errors() == Names{"/currency invalid"});
}
