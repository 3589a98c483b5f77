// What every query promises (API.md 1, Queries, Lists, Filters), over HTTP.

#include <set>

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

using Names = std::vector<std::string>;

std::string encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) out += c;
    else (out += '%', out += digits[byte >> 4], out += digits[byte & 15]);
  }
  return out;
}

// Deals "d1" to "d<n>" with values 100, 200, ...
void add_deals(Server& server, int n) {
  for (int i = 1; i <= n; ++i)
    server.create("/v1/deals", {{"name", "d" + std::to_string(i)}, {"value", {{"amount", std::to_string(100 * i)}}}});
}

}  // namespace

TEST_CASE("A query says on which position it stands, and answers 304 while nothing changed", "[api][acceptance]") {
  Server server;
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
  for (const std::string& target : std::vector<std::string>{"/v1/deals", "/v1/deals/" + deal, "/v1/boards/default", "/v1/reports/open-deals", "/v1/account"}) {
    CAPTURE(target);
    const Answer first = server.admin().get(target);
    REQUIRE(first.status == 200);
    CHECK(std::stoll(first.header("Log-Position")) > 0);
    REQUIRE_FALSE(first.header("ETag").empty());
    const Answer same = server.admin().get(target, {{"If-None-Match", first.header("ETag")}});
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.header("ETag") == first.header("ETag"));
    CHECK(server.admin().get(target, {{"If-None-Match", "\"other\""}}).status == 200);
  }
  const std::string before = server.admin().get("/v1/deals").header("ETag");
  server.must_patch("/v1/deals/" + deal, {{"name", "Tunnel"}});
  CHECK(server.admin().get("/v1/deals", {{"If-None-Match", before}}).status == 200);
}

TEST_CASE("min_position: what is there already answers at once, what does not come is 504 not_yet, nonsense is 400", "[api][acceptance]") {
  Server server;
  const Answer created = server.admin().post("/v1/companies", {{"name", "Acme"}});
  const std::string position = created.header("Log-Position");
  CHECK(server.admin().get("/v1/companies?min_position=" + position).status == 200);
  const Answer late = server.admin().get("/v1/companies?min_position=1000000");
  CHECK(late.status == 504);
  CHECK(late.code() == "not_yet");
  CHECK(server.admin().get("/v1/companies?min_position=x").errors() == std::vector<std::string>{"/min_position unreadable"});
  // What is wrong with the query is told, not waited with.
  const std::string company = "/v1/companies/" + created.text("/id");
  CHECK(server.admin().get(company + "?min_position=1000000&zz=1").errors() == std::vector<std::string>{"/zz unknown_parameter"});
  CHECK(server.admin().get(company + "?min_position=1000000&as_of=soon").errors() == std::vector<std::string>{"/as_of unreadable"});
}

TEST_CASE("as_of and known_at take times, days and known_at positions; a day means its local end", "[api][acceptance][TIM-1]") {
  Server server("2026-02-10T12:00:00Z");
  const Answer created = server.admin().post("/v1/deals", {{"name", "first"}});
  const std::string path = "/v1/deals/" + created.text("/id");
  server.set_now("2026-02-12T22:59:00Z");   // 23:59 in Warsaw
  const Answer renamed = server.must_patch(path, {{"name", "second"}});
  server.set_now("2026-02-12T23:01:00Z");   // 00:01 of the 13th in Warsaw
  server.must_patch(path, {{"name", "third"}});

  const auto name = [&](const std::string& query) { return server.admin().get(path + query).text("/name"); };
  CHECK(name("") == "third");
  CHECK(name("?as_of=2026-02-12") == "second");
  CHECK(name("?as_of=2026-02-13") == "third");
  CHECK(name("?as_of=2026-02-11") == "first");
  CHECK(name("?as_of=2026-02-12T23:58:59.999%2B01:00") == "first");
  CHECK(name("?as_of=2026-02-12T23:59:00%2B01:00") == "second");
  CHECK(name("?known_at=2026-02-12") == "second");
  CHECK(name("?known_at=2026-02-12T22:59:00Z") == "second");
  CHECK(name("?known_at=" + created.header("Log-Position")) == "first");
  CHECK(name("?known_at=" + renamed.header("Log-Position")) == "second");
  CHECK(name("?as_of=2030-01-01") == "third");   // after now means now
  CHECK(server.admin().get(path + "?as_of=2026-02-09").status == 404);
  CHECK(server.admin().get(path + "?known_at=1").status == 404);
  CHECK(names(server.admin().get("/v1/deals?as_of=2026-02-12")) == Names{"second"});
  CHECK(names(server.admin().get("/v1/deals?known_at=" + created.header("Log-Position"))) == Names{"first"});
  for (const char* bad : {"?as_of=yesterday", "?as_of=2026-02-30", "?as_of=7", "?known_at=soon", "?as_of="}) {
    CAPTURE(bad);
    CHECK(server.admin().get(path + bad).status == 400);
    CHECK(server.admin().get("/v1/deals" + std::string(bad)).status == 400);
  }
}

TEST_CASE("Pages are pinned to the position of the first: none is lost and none repeated while deals arrive and go", "[api][acceptance]") {
  Server server;
  add_deals(server, 25);
  for (const std::string& sort : std::vector<std::string>{"", "&sort=-value", "&sort=name"}) {
    CAPTURE(sort);
    std::multiset<std::string> seen;
    std::string cursor;
    int page = 0;
    const Answer whole = server.admin().get("/v1/deals?limit=1000" + sort);
    do {
      const Answer answer = server.admin().get("/v1/deals?limit=7&include=total" + sort + (cursor.empty() ? "" : "&cursor=" + cursor));
      REQUIRE(answer.status == 200);
      CHECK(answer.number("/page/total") == static_cast<std::int64_t>(whole.at("/data").as_array().size()));
      for (const std::string& name : names(answer)) seen.insert(name);
      cursor = answer.text("/page/next_cursor");
      CHECK(answer.flag("/page/has_more") == !cursor.empty());
      // Meanwhile one arrives in front and one that was still to come goes away or changes its place.
      server.create("/v1/deals", {{"name", "a new one"}, {"value", {{"amount", "999999"}}}});
      if (page++ == 0) server.must_patch("/v1/deals/" + whole.text("/data/24/id"), {{"value", {{"amount", "5000"}}}});
    } while (!cursor.empty());
    const auto expected = names(whole);
    CHECK(seen == std::multiset<std::string>(expected.begin(), expected.end()));
  }
}

TEST_CASE("A cursor goes on with its own query only; a damaged one is 400", "[api][acceptance]") {
  Server server;
  add_deals(server, 5);
  const Answer page = server.admin().get("/v1/deals?limit=2&sort=value");
  const std::string cursor = page.text("/page/next_cursor");
  REQUIRE_FALSE(cursor.empty());
  CHECK(names(server.admin().get("/v1/deals?limit=2&sort=value&cursor=" + cursor)) == Names{"d3", "d4"});
  CHECK(server.admin().get("/v1/deals?limit=2&sort=-value&cursor=" + cursor).errors() == std::vector<std::string>{"/cursor invalid"});
  CHECK(server.admin().get("/v1/companies?limit=2&sort=value&cursor=" + cursor).status == 400);
  CHECK(server.admin().get("/v1/deals?limit=2&sort=value&cursor=x" + cursor).status == 400);
}

TEST_CASE("A cursor is not blamed beside a moment that cannot be read; a damaged one is", "[api][acceptance][GEN-10][TIM-1]") {
  Server server;
  const Api& api = server.admin();
  add_deals(server, 5);
  server.advance_days(1);
  const std::string page = "/v1/deals?limit=2&as_of=", cursor = api.get(page + "2026-03-02").text("/page/next_cursor");
  REQUIRE_FALSE(cursor.empty());
  CHECK(names(api.get(page + "2026-03-02&cursor=" + cursor)) == Names{"d3", "d4"});
  CHECK(api.get(page + "2026-03-01&cursor=" + cursor).errors() == Names{"/cursor invalid"});
  CHECK(api.get(page + "02.03.2026&cursor=" + cursor).errors() == Names{"/as_of unreadable"});
  CHECK(api.get("/v1/deals?limit=0&known_at=soon&cursor=" + cursor).errors() == Names{"/known_at unreadable", "/limit invalid"});
  CHECK(api.get(page + "soon&cursor=x" + cursor).errors() == Names{"/as_of unreadable", "/cursor invalid"});
}

TEST_CASE("total only with include=total; limit from 1 to 1000, 50 by default", "[api][acceptance]") {
  Server server;
  add_deals(server, 51);
  const Answer page = server.admin().get("/v1/deals");
  CHECK(page.at("/data").as_array().size() == 50);
  CHECK(page.flag("/page/has_more"));
  CHECK(page.at("/page").as_object().if_contains("total") == nullptr);
  CHECK(server.admin().get("/v1/deals?include=total&limit=1").number("/page/total") == 51);
  CHECK(server.admin().get("/v1/deals?limit=1000").at("/page/next_cursor").is_null());
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "limit=-1", "include=all", "limit=1&limit=2"})
    CHECK(server.admin().get("/v1/deals?" + std::string(bad)).status == 400);
}

TEST_CASE("sort by several fields, nulls last either way; fields picks members", "[api][acceptance]") {
  Server server;
  const auto add = [&](const char* name, const char* amount) {
    json::object deal{{"name", name}};
    if (*amount) deal["value"] = {{"amount", amount}};
    server.create("/v1/deals", deal);
  };
  add("b", "10");
  add("a", "10");
  add("c", "");
  add("d", "20");
  CHECK(names(server.admin().get("/v1/deals?sort=value,name")) == Names{"a", "b", "d", "c"});
  CHECK(names(server.admin().get("/v1/deals?sort=-value,name")) == Names{"d", "a", "b", "c"});
  CHECK(server.admin().get("/v1/deals?sort=colour").errors() == std::vector<std::string>{"/sort unknown"});

  const Answer picked = server.admin().get("/v1/deals?fields=id,name&sort=name&limit=1");
  CHECK(picked.at("/data/0").as_object().size() == 2);
  CHECK(picked.text("/data/0/name") == "a");
  const Answer one = server.admin().get("/v1/deals/" + picked.text("/data/0/id") + "?fields=value");
  CHECK(one.text("/value/amount") == "10.00");
  CHECK(one.json.as_object().if_contains("name") == nullptr);
}

TEST_CASE("An unknown member in fields= is a fault, as any unknown field", "[api][acceptance][GEN-10]") {
  Server server;
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
  CHECK(server.admin().get("/v1/deals?fields=id,colour").status == 400);
  CHECK(server.admin().get("/v1/deals/" + deal + "?fields=colour").status == 400);
}

TEST_CASE("Filters: every operator, joined by AND", "[api][acceptance][GEN-9]") {
  Server server("2026-02-01T09:00:00Z");
  const Person sam = server.add_user("Sam", "salesperson");
  server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string web = server.create("/v1/sources", {{"name", "Web"}}), fair = server.create("/v1/sources", {{"name", "Fair"}});
  const std::string acme = server.create("/v1/companies", {{"name", "Acme Żółć"}});
  const auto add = [&](json::object deal, const char* name, const char* amount) {
    deal["name"] = name;
    deal["value"] = {{"amount", amount}};
    return server.create("/v1/deals", deal);
  };
  add({{"owner_id", sam.id}, {"source_id", web}}, "alpha", "100");
  server.set_now("2026-02-15T09:00:00Z");
  add({{"source_id", fair}, {"company_id", acme}}, "beta", "200");
  server.set_now("2026-03-01T09:00:00Z");
  const std::string gamma = add({{"visibility", "public"}, {"expected_close_on", "2026-04-01"}}, "gamma", "300.50");

  const auto found = [&](const std::string& query) { return names(server.admin().get("/v1/deals?sort=name&" + query)); };
  CHECK(found("owner_id=" + sam.id) == Names{"alpha"});
  CHECK(found("owner_id[ne]=" + sam.id) == Names{"beta", "gamma"});
  CHECK(found("value[gte]=200") == Names{"beta", "gamma"});
  CHECK(found("value[gt]=200&value[lt]=301") == Names{"gamma"});
  CHECK(found("value[lte]=200") == Names{"alpha", "beta"});
  CHECK(found("value[between]=100,200") == Names{"alpha", "beta"});
  CHECK(found("source_id[in]=" + web + "," + fair) == Names{"alpha", "beta"});
  CHECK(found("source_id[nin]=" + web) == Names{"beta", "gamma"});
  CHECK(found("source_id[is_null]=true") == Names{"gamma"});
  CHECK(found("name[contains]=ET") == Names{"beta"});
  CHECK(found("name[starts]=ga") == Names{"gamma"});
  CHECK(found("company.name[contains]=zolc") == Names{"beta"});
  CHECK(found("created_at[between]=2026-02-10,2026-03-01") == Names{"beta", "gamma"});
  CHECK(found("expected_close_on=2026-04-01") == Names{"gamma"});
  CHECK(found("visibility=public&status=open") == Names{"gamma"});
  CHECK(found("has_open_task=false&name[ne]=beta") == Names{"alpha", "gamma"});
  CHECK(found("id=" + gamma) == Names{"gamma"});

  CHECK(found("filter=" + encoded(R"({"or":[{"field":"value","op":"gte","value":"300"},{"not":{"field":"source_id","op":"in","value":[")" + fair +
                                  R"("]}}]})")) == Names{"alpha", "gamma"});
  CHECK(found("name[ne]=alpha&filter=" + encoded(R"({"and":[{"field":"value","op":"lt","value":"300"}]})")) == Names{"beta"});
  CHECK(found("filter=" + encoded(R"({"field":"owner_id","value":")" + sam.id + R"("})")) == Names{"alpha"});
}

TEST_CASE("The same filters on board and reports; the special fields of deals", "[api][acceptance][GEN-9][KAN-5]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string one = server.create("/v1/deals", {{"name", "one"}, {"owner_id", sam.id}, {"value", {{"amount", "100"}}}});
  const std::string two = server.create("/v1/deals", {{"name", "two"}, {"value", {{"amount", "50"}}}});
  server.must_post("/v1/deals/" + one + "/actions/" + abc.b1 + "/complete");
  server.must_post("/v1/deals/" + one + "/move", {{"stage_id", abc.a}});

  const auto found = [&](const std::string& query) { return names(server.admin().get("/v1/deals?" + query)); };
  CHECK(found("done_action_id=" + abc.b1) == Names{"one"});
  CHECK(found("visited_stage_id=" + abc.b) == Names{"one"});
  CHECK(found("furthest_stage_id=" + abc.b) == Names{"one"});
  CHECK(found("kind=new") == Names{"one", "two"});

  const Answer board = server.admin().get("/v1/boards/default?done_action_id=" + abc.b1);
  CHECK(board.number("/columns/0/count") == 1);
  CHECK(board.text("/columns/0/value/amount") == "100.00");
  CHECK(board.text("/columns/0/weighted_value/amount") == "20.00");
  CHECK(server.admin().get("/v1/boards/default?owner_id=" + server.admin_id()).text("/columns/0/value/amount") == "50.00");
  CHECK(server.admin().get("/v1/reports/open-deals?owner_id=" + sam.id).text("/summary/value/amount") == "100.00");
  CHECK(server.admin().get("/v1/reports/open-deals?value[gt]=60").number("/summary/count") == 1);
}

TEST_CASE("An unknown field, operator or value is 400 with its pointer on lists, boards and reports, never ignored", "[api][acceptance][GEN-10]") {
  Server server;
  server.add_abc();
  const std::pair<const char*, const char*> bad[] = {
      {"colour=red", "/colour unknown"},      {"value[about]=7", "/value[about] unknown"},         {"value[gte]=much", "/value[gte] invalid"},
      {"owner_id=me", "/owner_id invalid"},   {"status=perhaps", "/status invalid"},               {"created_at[between]=2026-01-01", "/created_at[between] invalid"},
      {"deleted=maybe", "/deleted invalid"},  {"filter={", "/filter invalid"},                      {"has_open_task=7", "/has_open_task invalid"},
  };
  for (const auto& [query, error] : bad)
    for (const char* target : {"/v1/deals?", "/v1/boards/default?", "/v1/reports/open-deals?", "/v1/reports/ranking?"}) {
      CAPTURE(target, query);
      const Answer answer = server.admin().get(std::string(target) + query);
      CHECK(answer.status == 400);
      if (target == std::string("/v1/deals?")) CHECK(answer.errors() == std::vector<std::string>{error});
    }
  // Several at once.
  CHECK(server.admin().get("/v1/deals?colour=red&value[gte]=much&sort=shade").errors().size() == 3);
  CHECK(server.admin().get("/v1/deals?value[gte]=1&cf.nothing=1").status == 400);
}

TEST_CASE("A moment that cannot be read hides nothing of what else is wrong, which is judged by the present", "[api][acceptance][GEN-10][TIM-1]") {
  Server server;
  const Api& api = server.admin();
  using Errors = std::vector<std::string>;
  server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "area"}, {"type", "number"}});
  CHECK(api.get("/v1/deals?as_of=soon&known_at=x&limit=0&sort=shade&value[gte]=much&colour=red&cf.area[gte]=vast").errors() ==
        Errors{"/as_of unreadable", "/cf.area[gte] invalid", "/colour unknown", "/known_at unreadable", "/limit invalid", "/sort unknown", "/value[gte] invalid"});
  CHECK(api.get("/v1/deals?as_of=soon&cf.area[gte]=7").errors() == Errors{"/as_of unreadable"});
  CHECK(api.get("/v1/deals?format=csv&as_of=soon&value[gte]=much").errors() == Errors{"/as_of unreadable", "/value[gte] invalid"});
  CHECK(api.post("/v1/deals/search?as_of=soon&limit=0", {{"field", "value"}, {"op", "gte"}, {"value", "much"}}).errors() ==
        Errors{"/as_of unreadable", "/limit invalid", "/value invalid"});
  CHECK(api.post("/v1/deals/search?as_of=soon", {{"colour", "red"}}).errors() == Errors{"/as_of unreadable", "/colour unknown_field"});
  CHECK(api.get("/v1/events?as_of=soon&limit=0&type=deal.nothing,deal.nobody&zz=1").errors() ==
        Errors{"/as_of unreadable", "/limit unreadable", "/type unreadable", "/type unreadable", "/zz unknown_parameter"});
  CHECK(api.get("/v1/events?as_of=soon", {{"Accept", "text/event-stream"}}).errors() == Errors{"/as_of unreadable"});
  CHECK(api.get("/v1/reports/open-deals?known_at=x&group_by=luck").errors() == Errors{"/group_by unknown", "/known_at unreadable"});
  CHECK(api.get("/v1/deals/0190a000-0000-4000-8000-000000000001?as_of=soon").status == 404);
}

TEST_CASE("Faults of a filter tree say where in it they are, in lists, bulks and saved filters", "[api][acceptance][GEN-9][GEN-10]") {
  Server server;
  const std::string tree = R"({"or":[{"field":"zz","value":"1"},{"field":"value","op":"about","value":"1"},{"not":{"field":"value","op":"gte","value":"much"}},
                             {"and":[{"field":"name","value":"x"}],"a/b":1},{"field":"name","op":"gt","value":"x"}]})";
  const auto below = [](const std::string& member) {
    std::vector<std::string> errors;
    for (const char* error : {"/or/0/field unknown", "/or/1/op unknown", "/or/2/not/value invalid", "/or/3/a~1b unknown_field", "/or/4/op unknown"})
      errors.push_back(member + error);
    return errors;
  };
  CHECK(server.admin().get("/v1/deals?filter=" + encoded(tree)).errors() == below("/filter"));
  CHECK(server.admin().get("/v1/boards/default?filter=" + encoded(tree)).errors() == below("/filter"));
  CHECK(server.admin().get("/v1/finances?deal.filter=" + encoded(tree)).errors() == below("/deal.filter"));
  const json::value parsed = json::parse(tree);
  CHECK(server.admin().post("/v1/deals/bulk", {{"filter", parsed}, {"command", {{"method", "DELETE"}, {"path", "/v1/deals/{id}"}}}}).errors() == below("/filter"));
  CHECK(server.admin().post("/v1/saved-filters", {{"name", "Bad"}, {"collection", "deals"}, {"filter", parsed}}).errors() == below("/filter"));
}

TEST_CASE("POST .../search is the list with its filter tree as the body", "[api][acceptance][GEN-9]") {
  Server server;
  const auto& api = server.admin();
  const std::string empty = api.get("/v1/account").header("Log-Position");
  add_deals(server, 4);
  const json::value tree = json::parse(R"({"or":[{"field":"value","op":"gte","value":300},{"field":"name","op":"in","value":["d1"]}]})");
  const std::string query = "sort=-value&fields=id,name&include=total&limit=2";
  const Answer listed = api.get("/v1/deals?" + query + "&filter=" + encoded(json::serialize(tree)));
  const Answer found = api.post("/v1/deals/search?" + query, tree);
  CHECK(names(found) == Names{"d4", "d3"});
  CHECK(found.json == listed.json);
  CHECK(found.header("ETag") == api.post("/v1/deals/search?" + query, {{"filter", tree}}).header("ETag"));
  CHECK(api.post("/v1/deals/search?" + query, {{"field", "name"}, {"value", "d1"}}).header("ETag") != found.header("ETag"));
  CHECK(api.post("/v1/deals/search?" + query, tree, {{"If-None-Match", found.header("ETag")}}).status == 304);
  CHECK(names(api.post("/v1/deals/search?" + query + "&cursor=" + found.text("/page/next_cursor"), tree)) == Names{"d1"});
  CHECK(names(api.post("/v1/deals/search?name[ne]=d1", tree)) == Names{"d3", "d4"});   // simple filters are joined by AND
  CHECK(names(api.post("/v1/deals/search", json::object{})) == Names{"d1", "d2", "d3", "d4"});
  CHECK(names(api.post("/v1/deals/search")) == Names{"d1", "d2", "d3", "d4"});
  CHECK(names(api.post("/v1/deals/search?known_at=" + empty, tree)).empty());
  const std::string deal = found.text("/data/0/id");
  server.create("/v1/notes", {{"text", "Called"}, {"links", {{"deal_id", deal}}}});
  CHECK(api.post("/v1/deals/" + deal + "/notes/search?include=total", {{"field", "text"}, {"op", "contains"}, {"value", "call"}}).number("/page/total") == 1);
  CHECK(api.post("/v1/companies/search", {{"field", "name"}, {"value", "none"}}).status == 200);

  // As a file, too; and where it can be had again is the list.
  const Answer file = api.post("/v1/deals/search?fields=name&format=csv", tree);
  CHECK(file.body == api.get("/v1/deals?fields=name&format=csv&filter=" + encoded(json::serialize(tree))).body);
  CHECK(api.get(file.header("Content-Location")).body == file.body);

  // A query: it takes no key, is no part of a bulk, and changes nothing.
  const std::string before = api.get("/v1/account").header("Log-Position");
  CHECK(api.post("/v1/deals/search", tree, {{"Idempotency-Key", "k"}}).header("Idempotent-Replayed").empty());
  CHECK(api.post("/v1/deals/bulk", {{"commands", json::array{{{"path", "/v1/deals/search"}, {"body", tree}}}}}).errors() == Names{"/commands/0/path invalid"});
  CHECK(api.get("/v1/account").header("Log-Position") == before);
  const Answer document = server.nobody().get("/openapi.json");
  const json::value& described = document.at("/paths/~1v1~1deals~1search/post");
  CHECK(described.at("operationId").as_string() == "searchDeals");
  CHECK(described.at("x-scope").as_string() == "deals");
  CHECK(api.post("/v1/deals/search", described.at("requestBody").at("content").at("application/json").at("example")).status == 200);
}

TEST_CASE("Faults of a search point into its body", "[api][acceptance][GEN-9][GEN-10]") {
  Server server;
  const auto& api = server.admin();
  const json::value tree = json::parse(R"({"or":[{"field":"zz","value":"1"},{"field":"value","op":"gte","value":"much"}]})");
  CHECK(api.post("/v1/deals/search", tree).errors() == Names{"/or/0/field unknown", "/or/1/value invalid"});
  CHECK(api.post("/v1/deals/search", {{"filter", tree}}).errors() == Names{"/filter/or/0/field unknown", "/filter/or/1/value invalid"});
  CHECK(api.post("/v1/deals/search?limit=0&colour=red", tree).errors() == Names{"/colour unknown", "/limit invalid", "/or/0/field unknown", "/or/1/value invalid"});
  CHECK(api.post("/v1/deals/search?format=csv", tree).errors() == Names{"/or/0/field unknown", "/or/1/value invalid"});
  CHECK(api.post("/v1/deals/search?filter=" + encoded("{}"), {{"colour", "red"}}).errors() == Names{"/colour unknown_field", "/filter unknown_parameter"});
  CHECK(api.post("/v1/deals/search", {{"filter", 7}}).errors() == Names{"/filter wrong_type"});
  CHECK(api.post("/v1/deals/search", {{"filter", tree}, {"field", "name"}}).errors() == Names{"/field unknown_field"});
  CHECK(api.post("/v1/deals/search", {{"field", "name"}}).errors() == Names{"/value invalid"});
  CHECK(api.send("POST", "/v1/deals/search", "[]").errors() == Names{" wrong_type"});
  CHECK(api.send("POST", "/v1/deals/search", "{}", {{"Content-Type", "text/plain"}}).status == 415);
}

TEST_CASE("deleted=exclude, only, include; deleted objects are out of boards and reports and come back with their dates", "[api][acceptance][GEN-5]") {
  Server server;
  add_deals(server, 3);
  const std::string second = server.admin().get("/v1/deals?name=d2").text("/data/0/id");
  const std::string created_at = server.admin().get("/v1/deals/" + second).text("/created_at");
  server.advance_days(1);
  CHECK(server.admin().remove("/v1/deals/" + second).flag("/is_deleted"));
  CHECK(names(server.admin().get("/v1/deals")) == Names{"d1", "d3"});
  CHECK(names(server.admin().get("/v1/deals?deleted=exclude")) == Names{"d1", "d3"});
  CHECK(names(server.admin().get("/v1/deals?deleted=only")) == Names{"d2"});
  CHECK(names(server.admin().get("/v1/deals?deleted=include")) == Names{"d1", "d2", "d3"});
  CHECK(server.admin().get("/v1/reports/open-deals").number("/summary/count") == 2);
  CHECK(server.admin().get("/v1/boards/default").number("/columns/0/count") == 2);
  CHECK(server.must_post("/v1/deals/" + second + "/restore").text("/created_at") == created_at);
  CHECK(server.admin().get("/v1/reports/open-deals").number("/summary/count") == 3);
}

TEST_CASE("Every number of a report opens the list of exactly that many, at the same moment", "[api][acceptance][GEN-8][GEN-4][STA-1][STA-2]") {
  Server server("2026-01-10T09:00:00Z");
  server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string web = server.create("/v1/sources", {{"name", "Web"}});
  const std::string reasons = server.admin().get("/v1/close-reasons?outcome=lost").text("/data/0/id");
  for (int i = 0; i < 24; ++i) {
    server.advance_days(3);
    json::object deal{{"name", "deal " + std::to_string(i)}, {"owner_id", i % 3 ? sam.id : sue.id}, {"value", {{"amount", std::to_string(10 * i)}}}};
    if (i % 2) deal["source_id"] = web;
    if (i % 5 == 0) deal["expected_close_on"] = "2026-06-01";
    const std::string path = "/v1/deals/" + server.create("/v1/deals", deal);
    if (i % 4 == 1) server.must_post(path + "/win");
    if (i % 4 == 2) server.must_post(path + "/lose", i % 3 ? json::value{{"reason_id", reasons}} : json::value(nullptr));
  }

  std::size_t numbers = 0;
  const auto check_links = [&](const auto& self, const json::value& node) -> void {
    if (const json::array* list = node.if_array())
      for (const json::value& each : *list) self(self, each);
    const json::object* object = node.if_object();
    if (!object) return;
    for (const auto& member : *object) self(self, member.value());
    const json::value* items = object->if_contains("items");
    if (!items) return;
    const Answer list = server.admin().get(std::string(items->as_string()) + (items->as_string().find('?') == json::string::npos ? "?" : "&") + "include=total&limit=1");
    INFO(items->as_string());
    INFO(list.body);
    REQUIRE(list.status == 200);
    CHECK(list.number("/page/total") == object->at("count").as_int64());
    ++numbers;
  };
  for (const std::string& moment : std::vector<std::string>{"", "&as_of=2026-02-15", "&known_at=2026-02-20", "&as_of=2026-02-01&known_at=2026-03-01"})
    for (const std::string& report : std::vector<std::string>{"closed-deals?group_by=source&bucket=month", "closed-deals?group_by=close_reason&status=lost", "closed-deals?group_by=owner&period=this_year",
                                     "closed-deals?group_by=stage&from=2026-02-01&to=2026-02-28&bucket=auto", "open-deals?group_by=stage", "open-deals?group_by=owner&bucket=week",
                                     "activities?bucket=month", "activities?from=2026-01-01&to=2026-02-28", "ranking?status=won", "ranking?status=lost,won&period=this_quarter",
                                     "ranking?status=open"}) {
      CAPTURE(report, moment);
      const Answer answer = server.admin().get("/v1/reports/" + report + moment);
      INFO(answer.body);
      REQUIRE(answer.status == 200);
      check_links(check_links, answer.json);
      // A breakdown adds up to its summary (GEN-4).
      if (const json::array* rows = answer.at("/rows").if_array()) {
        std::int64_t sum = 0;
        for (const json::value& row : *rows) sum += row.at("count").as_int64();
        CHECK(sum == answer.number("/summary/count"));
      }
    }
  CHECK(numbers > 200);
}

TEST_CASE("A board column pages on its own by next_cursor, totals cover the whole column", "[api][acceptance][KAN-2][KAN-4]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  add_deals(server, 12);
  const Answer board = server.admin().get("/v1/boards/" + abc.process + "?limit=5&sort=-value");
  CHECK(board.number("/columns/0/count") == 12);
  CHECK(board.text("/columns/0/value/amount") == "7800.00");
  CHECK(board.at("/columns").as_array().size() == 3);
  CHECK(board.text("/columns/0/cards/0/name") == "d12");
  std::string cursor = board.text("/columns/0/next_cursor");
  std::size_t seen = board.at("/columns/0/cards").as_array().size();
  while (!cursor.empty()) {
    server.create("/v1/deals", {{"name", "late"}, {"value", {{"amount", "1"}}}});
    const Answer next = server.admin().get("/v1/boards/" + abc.process + "/columns/" + abc.a + "?limit=5&sort=-value&cursor=" + cursor);
    REQUIRE(next.status == 200);
    CHECK(next.number("/columns/0/count") == 12);
    seen += next.at("/columns/0/cards").as_array().size();
    cursor = next.text("/columns/0/next_cursor");
  }
  CHECK(seen == 12);
  CHECK(server.admin().get("/v1/boards/default").text("/process_id") == abc.process);
  CHECK(server.admin().get("/v1/boards/" + abc.a).status == 404);
  CHECK(server.admin().get("/v1/boards/" + abc.process + "/columns/" + abc.process).status == 404);
}
