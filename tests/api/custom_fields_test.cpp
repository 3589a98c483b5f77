// Custom fields over HTTP (SPEC DIC-5, GEN-9): values, filters, sorting, breakdowns, the past.

#include "domain/fields.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

using Names = std::vector<std::string>;
std::string define(Server& server, const char* collection, const char* key, const char* type, json::object more = {}) {
  more["collection"] = collection;
  more["key"] = key;
  more["type"] = type;
  return server.create("/v1/custom-fields", more);
}

}  // namespace

TEST_CASE("a custom field is a field like any other: shown, filtered, sorted, grouped by", "[api][acceptance][DIC-5][GEN-9]") {
  Server server;
  define(server, "deals", "area", "number");
  define(server, "deals", "delivery", "boolean");
  define(server, "deals", "size", "choice", {{"choices", {"Small", "Large"}}});
  define(server, "deals", "colours", "choices", {{"choices", {"red", "blue"}}});
  define(server, "deals", "due", "date");
  define(server, "deals", "fee", "money");
  define(server, "companies", "staff", "number");
  const std::string acme = server.create("/v1/companies", {{"name", "Acme"}, {"cf", {{"staff", 70}}}});
  const Answer one = server.must_post("/v1/deals", {{"name", "One"}, {"company_id", acme}, {"value", {{"amount", "10.00"}}},
      {"cf", {{"area", 12.5}, {"delivery", true}, {"size", "Large"}, {"colours", {"red", "blue"}}, {"due", "2026-05-01"}, {"fee", {{"amount", "7.50"}}}}}});
  server.create("/v1/deals", {{"name", "Two"}, {"cf", {{"area", 3}, {"size", "Small"}, {"colours", json::array{"red"}}}}});
  server.create("/v1/deals", {{"name", "Three"}});
  CHECK(json::serialize(one.at("/cf/area")) == "1.25E1");
  CHECK(one.flag("/cf/delivery"));
  CHECK(one.text("/cf/size") == "Large");
  CHECK(one.at("/cf/colours").as_array().size() == 2);
  CHECK(one.text("/cf/due") == "2026-05-01");
  CHECK(one.text("/cf/fee/amount") == "7.50");
  CHECK(server.admin().get("/v1/deals/" + one.text("/id")).at("/cf") == one.at("/cf"));
  CHECK(server.admin().get("/v1/deals").at("/data/0/cf") == one.at("/cf"));

  const auto& api = server.admin();
  CHECK(names(api.get("/v1/deals?cf.area[gte]=3&sort=cf.area")) == Names{"Two", "One"});
  CHECK(names(api.get("/v1/deals?cf.area=12.5")) == Names{"One"});
  CHECK(names(api.get("/v1/deals?cf.delivery=true")) == Names{"One"});
  CHECK(names(api.get("/v1/deals?cf.size=Small")) == Names{"Two"});
  CHECK(names(api.get("/v1/deals?cf.size[is_null]=true")) == Names{"Three"});
  CHECK(names(api.get("/v1/deals?cf.colours[in]=blue")) == Names{"One"});
  CHECK(names(api.get("/v1/deals?cf.due[between]=2026-05-01,2026-05-31")) == Names{"One"});
  CHECK(names(api.get("/v1/deals?cf.fee[gt]=7")) == Names{"One"});
  CHECK(names(api.get("/v1/deals?company.cf.staff[gt]=50")) == Names{"One"});
  CHECK(api.get("/v1/deals?cf.size=Huge").errors() == Names{"/cf.size invalid"});
  CHECK(api.get("/v1/deals?cf.none=1").errors() == Names{"/cf.none unknown"});

  const Answer sizes = api.get("/v1/reports/open-deals?group_by=cf.size");
  CHECK(sizes.text("/rows/0/key/label") == "Large");
  CHECK(names(api.get(sizes.text("/rows/0/items"))) == Names{"One"});
  CHECK(sizes.at("/rows/2/key").is_null());
  const Answer colours = api.get("/v1/reports/open-deals?group_by=cf.colours");
  CHECK(colours.flag("/summary/overlapping"));
  CHECK(colours.number("/summary/count") == 3);
  CHECK(api.get("/v1/reports/open-deals?group_by=cf.area").errors() == Names{"/group_by invalid"});
}

TEST_CASE("a custom yes or no may be unanswered: neither true nor false, in answers, filters and breakdowns", "[api][acceptance][DIC-5][GEN-4][GEN-9]") {
  Server server;
  define(server, "deals", "delivery", "boolean");
  define(server, "companies", "listed", "boolean");
  const std::string acme = server.create("/v1/companies", {{"name", "Acme"}});
  server.create("/v1/deals", {{"name", "Yes"}, {"cf", {{"delivery", true}}}});
  const std::string no = server.create("/v1/deals", {{"name", "No"}, {"company_id", acme}, {"cf", {{"delivery", false}}}});
  const std::string open = server.create("/v1/deals", {{"name", "Open"}});
  const auto& api = server.admin();
  CHECK(api.get("/v1/deals/" + no).at("/cf/delivery") == json::value(false));
  CHECK(api.get("/v1/deals/" + open).json.at("cf").as_object().contains("delivery"));
  CHECK(api.get("/v1/deals/" + open).at("/cf/delivery").is_null());
  CHECK(api.get("/v1/deals").at("/data/2/cf/delivery").is_null());

  CHECK(names(api.get("/v1/deals?cf.delivery=true")) == Names{"Yes"});
  CHECK(names(api.get("/v1/deals?cf.delivery=false")) == Names{"No"});
  CHECK(names(api.get("/v1/deals?cf.delivery[ne]=true")) == Names{"No", "Open"});
  CHECK(names(api.get("/v1/deals?cf.delivery[ne]=false")) == Names{"Yes", "Open"});
  CHECK(names(api.get("/v1/deals?cf.delivery[is_null]=true")) == Names{"Open"});
  CHECK(names(api.get("/v1/deals?cf.delivery[is_null]=false")) == Names{"Yes", "No"});
  CHECK(names(api.get("/v1/deals?sort=cf.delivery")) == Names{"No", "Yes", "Open"});
  // Through a link: null where the other object has none, and where there is no other.
  CHECK(names(api.get("/v1/deals?company.cf.listed=false")).empty());
  CHECK(names(api.get("/v1/deals?company.cf.listed[is_null]=true")) == Names{"Yes", "No", "Open"});

  CHECK(server.must_patch("/v1/deals/" + no, {{"cf", {{"delivery", nullptr}}}}).at("/cf/delivery").is_null());
  CHECK(names(api.get("/v1/deals?cf.delivery[is_null]=true")) == Names{"No", "Open"});
  CHECK(server.must_patch("/v1/deals/" + no, {{"cf", {{"delivery", false}}}}).at("/cf/delivery") == json::value(false));

  // The same creation again is the same deal; one that answers is another.
  CHECK(api.post("/v1/deals", {{"id", open}, {"name", "Open"}}).status / 100 == 2);
  CHECK(api.post("/v1/deals", {{"id", open}, {"name", "Open"}, {"cf", {{"delivery", false}}}}).code() == "id_taken");

  for (const std::string& report : std::vector<std::string>{"open-deals", "closed-deals"}) {
    CAPTURE(report);
    const Answer answer = api.get("/v1/reports/" + report + "?group_by=cf.delivery");
    INFO(answer.body);
    const json::array& rows = answer.at("/rows").as_array();
    REQUIRE(rows.size() == 3);
    CHECK(answer.number("/summary/count") == 3);
    CHECK_FALSE(answer.flag("/summary/overlapping"));
    const std::vector<std::pair<std::string, Names>> expected{{"false", {"No"}}, {"true", {"Yes"}}, {"", {"Open"}}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string row = "/rows/" + std::to_string(i);
      CHECK(answer.text(row + "/key/id") == expected[i].first);
      CHECK(answer.text(row + "/key/label") == expected[i].first);
      CHECK(answer.number(row + "/count") == 1);
      CHECK(names(api.get(answer.text(row + "/items"))) == expected[i].second);
    }
    CHECK(answer.at("/rows/2/key").is_null());
    const Answer left = api.get("/v1/deals?status=open");
    for (const json::value& deal : left.at("/data").as_array()) server.must_post("/v1/deals/" + std::string(deal.at("id").as_string()) + "/lose");
  }
}

TEST_CASE("fields= picks single custom fields, in answers and exports", "[api][acceptance][DIC-5]") {
  Server server;
  for (const char* key : {"area", "height", "width"}) define(server, "deals", key, "number");
  define(server, "companies", "staff", "number");
  const std::string one = server.create("/v1/deals", {{"name", "One"}, {"cf", {{"area", 6}, {"height", 2}, {"width", 3}}}});
  const auto& api = server.admin();
  const json::value picked{{"name", "One"}, {"cf", {{"area", 6}, {"width", 3}}}};
  CHECK(api.get("/v1/deals?fields=name,cf.width,cf.area").at("/data/0") == picked);
  CHECK(api.get("/v1/deals/" + one + "?fields=name,cf.width,cf.area").json == picked);
  CHECK(api.get("/v1/deals?fields=cf").at("/data/0/cf").as_object().size() == 3);
  CHECK(api.get("/v1/deals?fields=cf.width,cf").at("/data/0/cf").as_object().size() == 3);
  CHECK(api.get("/v1/deals?fields=name").at("/data/0").as_object().size() == 1);
  for (const char* bad : {"cf.none", "cf.", "cf.staff"}) {
    CAPTURE(bad);
    CHECK(api.get("/v1/deals?fields=name," + std::string(bad)).errors() == Names{"/fields unknown_field"});
    CHECK(api.get("/v1/deals/" + one + "?fields=" + bad).errors() == Names{"/fields unknown_field"});
  }
  CHECK(api.get("/v1/deals?fields=cf.width,name,cf.area&format=csv").body == "cf.width,name,cf.area\r\n3,One,6\r\n");
  CHECK(api.get("/v1/deals?fields=cf.width,name&name=nobody&format=csv").body == "cf.width,name\r\n");
}

TEST_CASE("what a custom field cannot take is refused with its pointer, all at once", "[api][acceptance][DIC-5][GEN-10]") {
  Server server;
  define(server, "deals", "area", "number", {{"required", true}});
  define(server, "deals", "size", "choice", {{"choices", {"Small", "Large"}}});
  const Answer bad = server.admin().post("/v1/deals", {{"name", "Bad"}, {"cf", {{"area", "much"}, {"size", "Huge"}, {"nothing", 1}}}});
  CHECK(bad.errors() == Names{"/cf/area wrong_type", "/cf/nothing unknown_field", "/cf/size invalid"});
  CHECK(server.admin().post("/v1/deals", {{"name", "Bad"}}).errors() == Names{"/cf/area required"});
  CHECK(server.admin().post("/v1/deals", {{"name", "Bad"}, {"cf", 7}}).errors() == Names{"/cf wrong_type"});
}

TEST_CASE("choices are added to what a filter finds and removed from it, and the others stay", "[api][acceptance][DIC-5][DEA-8]") {
  Server server;
  const std::string field = define(server, "deals", "colours", "choices", {{"choices", json::array{"red", "blue", "green"}}});
  define(server, "deals", "area", "number");
  const std::string one = server.create("/v1/deals", {{"name", "One"}, {"cf", {{"colours", json::array{"red"}}}}}), two = server.create("/v1/deals", {{"name", "Two"}});
  const Api& api = server.admin();
  const auto bulk = [&](json::object members) {
    const json::object body{{"cf", json::object{{"colours", std::move(members)}}}};
    return api.post("/v1/deals/bulk", json::object{{"filter", json::object{}}, {"command", json::object{{"method", "PATCH"}, {"path", "/v1/deals/{id}"}, {"body", body}}}});
  };
  const auto colours = [&](const std::string& deal) { return api.get("/v1/deals/" + deal).at("/cf/colours"); };
  CHECK(bulk({{"add", json::array{"green"}}}).number("/accepted") == 2);
  CHECK(colours(one) == json::value(json::array{"red", "green"}));
  CHECK(colours(two) == json::value(json::array{"green"}));
  CHECK(names(api.get("/v1/deals?cf.colours[in]=green")) == Names{"One", "Two"});
  CHECK(bulk({{"add", json::array{"blue"}}, {"remove", json::array{"green"}}}).number("/accepted") == 2);
  CHECK(colours(one) == json::value(json::array{"red", "blue"}));
  CHECK(colours(two) == json::value(json::array{"blue"}));
  const std::int64_t version = api.get("/v1/deals/" + one).number("/version");
  CHECK(bulk({{"remove", json::array{"green"}}}).number("/accepted") == 2);
  CHECK(api.get("/v1/deals/" + one).number("/version") == version);

  const auto said = [&](const std::string& key, json::value value) {
    return api.patch("/v1/deals/" + two, json::object{{"cf", json::object{{key, std::move(value)}}}}).errors();
  };
  CHECK(said("colours", json::object{{"add", json::array{"blue", "pink"}}}) == Names{"/cf/colours/add/1 invalid"});
  CHECK(said("colours", json::object{{"add", json::array{7}}, {"more", 1}}) == Names{"/cf/colours/add/0 wrong_type", "/cf/colours/more unknown_field"});
  CHECK(said("area", json::object{{"add", json::array{"blue"}}}) == Names{"/cf/area wrong_type"});
  server.must_patch("/v1/custom-fields/" + field, {{"required", true}});
  CHECK(said("colours", json::object{{"remove", json::array{"blue"}}}) == Names{"/cf/colours required"});
  CHECK(colours(two) == json::value(json::array{"blue"}));
}

TEST_CASE("deleting a custom field hides its values now, not in the past", "[api][acceptance][DIC-5][TIM-1]") {
  Server server;
  const std::string field = define(server, "deals", "area", "number");
  const std::string deal = server.create("/v1/deals", {{"name", "One"}, {"cf", {{"area", 5}}}});
  const std::string before = to_string(server.now());
  server.advance_days(1);
  REQUIRE(server.admin().patch("/v1/deals/" + deal, {{"cf", {{"area", 6}}}}).status == 200);
  const std::string path = "/v1/deals/" + deal;
  CHECK(server.admin().get(path + "?as_of=" + before).number("/cf/area") == 5);
  CHECK(names(server.admin().get("/v1/deals?cf.area=5&as_of=" + before)) == Names{"One"});
  server.advance_days(1);
  REQUIRE(server.admin().remove("/v1/custom-fields/" + field).status == 200);
  CHECK(server.admin().get(path).at("/cf").as_object().empty());
  CHECK(server.admin().get("/v1/deals?cf.area=6").errors() == Names{"/cf.area unknown"});
  CHECK(names(server.admin().get("/v1/deals?cf.area=5&as_of=" + before)) == Names{"One"});
  REQUIRE(server.admin().post("/v1/custom-fields/" + field + "/restore").status == 200);
  CHECK(server.admin().get(path).number("/cf/area") == 6);
}

TEST_CASE("histories, changes and previews speak of custom fields by their keys, also of those that were deleted", "[api][acceptance][DIC-5][AUD-1][AUD-5]") {
  Server server;
  const Api& api = server.admin();
  const std::string field = define(server, "deals", "area", "number");
  const std::string deal = server.create("/v1/deals", {{"name", "One"}, {"cf", {{"area", 5}}}});
  server.must_patch("/v1/deals/" + deal, {{"cf", {{"area", 6}}}});
  CHECK(api.post("/v1/undo", {{"last", true}, {"dry_run", true}}).number("/changes/0/data/cf/area") == 5);
  const auto told_by_key = [&] {
    for (const std::string& path : {"/v1/deals/" + deal + "/history?type=deal.edited", std::string("/v1/events?type=deal.edited")}) {
      const Answer told = api.get(path);
      INFO(told.body);
      CHECK(told.number("/data/0/data/cf/area") == 6);
      CHECK(told.number("/data/0/before/cf/area") == 5);
    }
    const Answer changes = api.get("/v1/changes?field=cf.area");
    INFO(changes.body);
    REQUIRE(changes.at("/data").as_array().size() == 2);
    CHECK(changes.at("/data/0/old").is_null());
    CHECK(changes.number("/data/0/new") == 5);
    CHECK(changes.text("/data/1/field") == "cf.area");
    CHECK(changes.number("/data/1/new") == 6);
  };
  told_by_key();
  REQUIRE(api.remove("/v1/custom-fields/" + field).status == 200);
  told_by_key();
  CHECK(api.get("/v1/changes?field=cf.nothing").errors() == Names{"/field unreadable"});

  // A key that was given anew is the new field's: the old one has its number. Until then its number says nothing.
  const auto by_number = [&](CustomType type) { return "/v1/changes?field=cf." + std::to_string(custom_number(type, false, 0)); };
  CHECK(api.get(by_number(CustomType::number)).errors() == Names{"/field unreadable"});
  define(server, "deals", "area", "text");
  for (const CustomType none : {CustomType::text, CustomType::date}) CHECK(api.get(by_number(none)).errors() == Names{"/field unreadable"});
  CHECK(api.get("/v1/changes?field=cf.area").at("/data").as_array().empty());
  const Answer told = api.get("/v1/deals/" + deal + "/history?type=deal.edited");
  REQUIRE(told.at("/data/0/data/cf").as_object().size() == 1);
  const std::string number(told.at("/data/0/data/cf").as_object().begin()->key());
  CHECK(api.get("/v1/changes?field=cf." + number).at("/data").as_array().size() == 2);
}

TEST_CASE("leads have custom fields and tags too", "[api][acceptance][DIC-5][LEA-1][DIC-4]") {
  Server server;
  define(server, "leads", "staff", "number", {{"required", true}});
  define(server, "deals", "staff", "number");
  const std::string hot = server.create("/v1/tags", {{"name", "Hot"}});
  CHECK(server.admin().post("/v1/leads", {{"title", "None"}}).errors() == Names{"/cf/staff required"});
  const Answer lead = server.must_post("/v1/leads", {{"title", "One"}, {"tags", {hot}}, {"cf", {{"staff", 70}}}});
  server.must_post("/v1/leads", {{"title", "Two"}, {"cf", {{"staff", 7}}}});
  const auto found = [&](const std::string& query) {
    Names titles;
    const Answer answer = server.admin().get("/v1/leads?" + query);
    for (const json::value& row : answer.at("/data").as_array()) titles.emplace_back(row.at("title").as_string());
    return titles;
  };
  CHECK(lead.number("/cf/staff") == 70);
  CHECK(found("cf.staff[gt]=50") == Names{"One"});
  CHECK(found("sort=cf.staff") == Names{"Two", "One"});
  CHECK(found("tags=" + hot) == Names{"One"});
  const std::string path = "/v1/leads/" + lead.text("/id"), before = to_string(server.now());
  server.advance_days(1);
  CHECK(server.must_patch(path, {{"cf", {{"staff", 80}}}}).number("/cf/staff") == 80);
  CHECK(server.admin().get(path + "?as_of=" + before).number("/cf/staff") == 70);
  CHECK(server.admin().get(path + "/states").number("/data/0/state/cf/staff") == 70);
  // What a lead becomes has fields of its own: nothing is carried over by a key that happens to be the same.
  const Answer converted = server.must_post(path + "/convert", {{"deal", true}});
  CHECK(server.admin().get("/v1/deals/" + converted.text("/deal_id")).at("/cf/staff").is_null());
  REQUIRE(server.admin().remove("/v1/tags/" + hot).status == 200);
  CHECK(server.admin().get(path).at("/tags").as_array().empty());
}

TEST_CASE("a lead becomes what has custom fields of its own, and each is told where it stands", "[api][acceptance][DIC-5][LEA-1][GEN-10]") {
  Server server;
  define(server, "companies", "branch", "text", {{"required", true}});
  define(server, "persons", "role", "text", {{"required", true}});
  define(server, "deals", "size", "choice", {{"choices", {"Small", "Large"}}, {"required", true}});
  const std::string lead = server.create("/v1/leads", {{"title", "Fair visitor"}, {"raw", {{"name", "Jan"}, {"company_name", "Kowalski"}}}});
  const std::string path = "/v1/leads/" + lead + "/convert";
  const Api& api = server.admin();
  CHECK(api.post(path, {{"company", true}, {"person", true}, {"deal", true}}).errors() == Names{"/company/cf/branch required", "/deal/cf/size required", "/person/cf/role required"});
  CHECK(api.post(path, {{"company", {{"cf", {{"branch", "  "}}}}}, {"deal", {{"cf", {{"size", "Huge"}, {"what", 1}}}}}}).errors() ==
        Names{"/company/cf/branch required", "/deal/cf/size invalid", "/deal/cf/what unknown_field"});
  CHECK(api.post(path, {{"company", {{"cf", 7}}}}).errors() == Names{"/company/cf wrong_type"});
  const Answer converted = api.post(path, {{"company", {{"name", "Kowalski S.A."}, {"cf", {{"branch", "Roads"}}}}}, {"person", {{"cf", {{"role", "Buyer"}}}}}, {"deal", {{"cf", {{"size", "Large"}}}}}});
  INFO(converted.body);
  REQUIRE(converted.status == 200);
  CHECK(api.get("/v1/companies/" + converted.text("/company_id")).text("/cf/branch") == "Roads");
  CHECK(api.get("/v1/persons/" + converted.text("/person_id")).text("/cf/role") == "Buyer");
  CHECK(api.get("/v1/persons/" + converted.text("/person_id")).text("/name") == "Jan");
  CHECK(api.get("/v1/deals/" + converted.text("/deal_id")).text("/cf/size") == "Large");
  CHECK(api.post("/v1/deals", {{"company_name", "New"}, {"cf", {{"size", "Small"}}}}).errors() == Names{"/company_name required"});
  CHECK(server.must_post("/v1/deals", {{"company_name", "Kowalski S.A."}, {"cf", {{"size", "Small"}}}}).text("/company_id") == converted.text("/company_id"));
}
