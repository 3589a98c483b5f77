// Groups, tags, task types, products, rates and saved filters over HTTP (SPEC 4, GEN-9).

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a new account has the four task types, and more can be added", "[api][acceptance][DIC-4]") {
  Server server;
  CHECK(names(server.admin().get("/v1/task-types")) == Names{"Call", "Meeting", "E-mail", "Other"});
  const std::string visit = server.create("/v1/task-types", {{"name", "Visit"}});
  const std::string task = server.create("/v1/tasks", {{"name", "Go"}, {"type_id", visit}});
  CHECK(server.admin().get("/v1/tasks/" + task).text("/type_id") == visit);
  CHECK(server.admin().remove("/v1/task-types/" + visit).code() == "in_use");
  CHECK(names(server.admin().get("/v1/tasks?type.name=Visit")) == Names{"Go"});
  CHECK(server.admin().post("/v1/tasks", {{"name", "No"}, {"type_id", "0190a000-0000-7000-8000-000000000009"}}).errors() ==
        Names{"/type_id unknown_reference"});
}

TEST_CASE("products, categories and rates are kept as they are given", "[api][acceptance][DIC-4][MON-5]") {
  Server server;
  const std::string pipes = server.create("/v1/product-categories", {{"name", "Pipes"}});
  const Answer pipe = server.must_post("/v1/products", {{"name", "Pipe"}, {"sku", "P-1"}, {"category_id", pipes}, {"price", {{"amount", "10.50"}}}, {"unit", "m"}});
  CHECK(pipe.text("/price/amount") == "10.50");
  CHECK_FALSE(pipe.flag("/is_archived"));
  REQUIRE(server.admin().remove("/v1/product-categories/" + pipes).status == 200);
  CHECK(server.admin().get("/v1/products/" + pipe.text("/id")).at("/category_id").is_null());
  const Answer rate = server.must_post("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-01-01"}, {"rate", "4.3215"}});
  CHECK(rate.text("/rate") == "4.3215");
  CHECK(server.must_post("/v1/exchange-rates", {{"currency", "USD"}, {"day", "2026-01-01"}, {"rate", 3.9}}).text("/rate") == "3.9");
  CHECK(server.admin().post("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-01-02"}, {"rate", "4.1234567"}}).errors() == Names{"/rate invalid"});
  CHECK(server.admin().post("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-01-02"}, {"rate", "much"}}).errors() == Names{"/rate unreadable"});
  CHECK(server.admin().post("/v1/exchange-rates", {{"currency", "EUR"}, {"day", "2026-01-01"}, {"rate", 4}}).status == 409);
}

TEST_CASE("deals are filtered by tags and groups; deleting one strips it, and the past still has it", "[api][acceptance][DIC-4][GEN-9][TIM-1]") {
  Server server;
  const std::string hot = server.create("/v1/tags", {{"name", "Hot"}}), cold = server.create("/v1/tags", {{"name", "Cold"}});
  const std::string vip = server.create("/v1/deal-groups", {{"name", "VIP"}});
  const std::string one = server.create("/v1/deals", {{"name", "One"}, {"tags", {hot, cold}}, {"groups", json::array{json::string(vip)}}, {"value", {{"amount", "100.00"}}}});
  server.create("/v1/deals", {{"name", "Two"}, {"tags", json::array{json::string(cold)}}, {"value", {{"amount", "50.00"}}}});
  server.create("/v1/deals", {{"name", "Three"}});
  CHECK(names(server.admin().get("/v1/deals?tags=" + hot)) == Names{"One"});
  CHECK(names(server.admin().get("/v1/deals?tags[in]=" + hot + "," + cold)) == Names{"One", "Two"});
  CHECK(names(server.admin().get("/v1/deals?tags[is_null]=true")) == Names{"Three"});
  CHECK(names(server.admin().get("/v1/deals?groups=" + vip)) == Names{"One"});

  // An overlapping breakdown counts distinct deals and says so [GEN-4].
  const Answer report = server.admin().get("/v1/reports/open-deals?group_by=tag");
  CHECK(report.flag("/summary/overlapping"));
  CHECK(report.number("/summary/count") == 3);
  CHECK(report.text("/rows/0/key/label") == "Cold");
  CHECK(report.number("/rows/0/count") == 2);
  CHECK(report.text("/rows/1/value/amount") == "100.00");
  CHECK(report.at("/rows/2/key").is_null());
  CHECK(names(server.admin().get(report.text("/rows/0/items"))) == Names{"One", "Two"});

  const std::string before = to_string(server.now());
  server.advance_days(1);
  REQUIRE(server.admin().remove("/v1/tags/" + cold).status == 200);
  const Answer shown = server.admin().get("/v1/deals/" + one);
  CHECK(shown.at("/tags") == json::value(json::array{json::string(hot)}));
  CHECK(server.admin().get("/v1/deals/" + one + "?as_of=" + before).at("/tags").as_array().size() == 2);
  CHECK(names(server.admin().get("/v1/deals?tags[is_null]=true")) == Names{"Two", "Three"});
  CHECK(names(server.admin().get("/v1/deals?tags=" + cold + "&as_of=" + before)) == Names{"One", "Two"});
  CHECK(server.admin().post("/v1/tags/" + cold + "/restore").code() == "object_deleted");
}

TEST_CASE("every list that takes filter_id can have saved filters", "[api][acceptance][GEN-9]") {
  Server server;
  int lists = 0;
  for (const auto& route : server.app().routes().all()) {
    if (!route->searched || route->path.find('{') != std::string::npos) continue;
    const std::string collection = route->path.substr(4);
    CAPTURE(collection);
    const Answer saved = server.admin().post("/v1/saved-filters", {{"name", "Of " + collection}, {"collection", collection}, {"filter", {{"field", "created_at"}, {"op", "lt"}, {"value", "2020-01-01"}}}});
    INFO(saved.body);
    REQUIRE(saved.status == 201);
    CHECK(saved.text("/collection") == collection);
    CHECK(server.admin().get(route->path + "?include=total&filter_id=" + saved.text("/id")).number("/page/total") == 0);
    ++lists;
  }
  CHECK(lists == 28);
}

TEST_CASE("a saved filter serves lists, boards and reports, its creator's alone or everyone's", "[api][acceptance][GEN-9]") {
  Server server;
  const Person sam = server.add_user("sam", "salesperson"), sue = server.add_user("sue", "salesperson");
  server.create("/v1/deals", {{"name", "Small"}, {"value", {{"amount", "10.00"}}}, {"visibility", "public"}});
  server.create("/v1/deals", {{"name", "Large"}, {"value", {{"amount", "900.00"}}}, {"visibility", "public"}});
  const json::value tree = {{"field", "value"}, {"op", "gte"}, {"value", "100"}};
  const Answer mine = sam.api.post("/v1/saved-filters", {{"name", "Large ones"}, {"collection", "deals"}, {"filter", tree}});
  REQUIRE(mine.status == 201);
  CHECK(mine.at("/filter") == tree);
  const std::string id = mine.text("/id");
  CHECK(names(sam.api.get("/v1/deals?filter_id=" + id)) == Names{"Large"});
  CHECK(sam.api.get("/v1/reports/open-deals?filter_id=" + id).number("/summary/count") == 1);
  CHECK(sam.api.get("/v1/boards/default?filter_id=" + id).number("/columns/0/count") == 1);
  CHECK(sue.api.get("/v1/deals?filter_id=" + id).errors() == Names{"/filter_id unknown_reference"});
  CHECK(names(sue.api.get("/v1/saved-filters")).empty());
  REQUIRE(sam.api.patch("/v1/saved-filters/" + id, {{"is_shared", true}}).status == 200);
  CHECK(names(sue.api.get("/v1/deals?filter_id=" + id)) == Names{"Large"});
  CHECK(sue.api.get("/v1/companies?filter_id=" + id).errors() == Names{"/filter_id invalid"});
  CHECK(sam.api.post("/v1/saved-filters", {{"name", "Bad"}, {"collection", "deals"}, {"filter", {{"field", "valu"}, {"value", "1"}}}}).errors() ==
        Names{"/filter/field unknown"});
  CHECK(sam.api.patch("/v1/saved-filters/" + id, {{"filter", {{"field", "status"}, {"value", "maybe"}}}}).errors() == Names{"/filter/value invalid"});
  REQUIRE(sam.api.remove("/v1/saved-filters/" + id).status == 200);
  CHECK(sam.api.get("/v1/deals?filter_id=" + id).errors() == Names{"/filter_id unknown_reference"});
}
