// The feed of events, page by page and live (SPEC IO-3), the change report (AUD-5) and what was recorded late (AUD-6).

#include <set>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/support/server.h"
#include "tests/support/watcher.h"

using namespace dealog;
using namespace dealog::test;

namespace {

const json::array& data_of(const Answer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return answer.at("/data").as_array();
}

}  // namespace

TEST_CASE("The feed gives every event once, in the order of the log, and goes on where it stopped [IO-3]", "[api][acceptance][feed]") {
  test::Server server;
  for (int i = 0; i < 7; ++i) server.create("/v1/companies", {{"name", "c" + std::to_string(i)}});
  const std::int64_t head = std::stoll(server.admin().get("/v1/account").header("Log-Position"));
  std::vector<std::int64_t> seen;
  std::string next = "/v1/events?limit=3";
  for (int pages = 0; pages < 50; ++pages) {
    const Answer page = server.admin().get(next);
    for (const json::value& event : data_of(page)) seen.push_back(event.at("position").as_int64());
    if (!page.flag("/page/has_more")) break;
    next = "/v1/events?limit=3&cursor=" + page.text("/page/next_cursor");
  }
  REQUIRE(seen.size() == static_cast<std::size_t>(head));
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == static_cast<std::int64_t>(i + 1));

  const Answer newer = server.admin().get("/v1/events?after=" + std::to_string(head - 2));
  CHECK(data_of(newer).size() == 2);
  CHECK(newer.number("/position") == head);
  CHECK(newer.text("/data/1/type") == "company.created");
  CHECK(newer.text("/data/1/data/name") == "c6");
  CHECK(data_of(server.admin().get("/v1/events?after=" + std::to_string(head + 5))).empty());
  CHECK(server.admin().get("/v1/events?type=company.created&include=total&limit=1").number("/page/total") == 7);
  CHECK(server.admin().get("/v1/events?kind=user,company&include=total&limit=1").number("/page/total") == 8);
  CHECK(server.admin().get("/v1/events?actor=" + server.admin_id() + "&from=2026-03-02&to=2026-03-02&include=total&limit=1").number("/page/total") == 7);
  CHECK(data_of(server.admin().get("/v1/events?to=2026-03-01")).empty());
  CHECK(data_of(server.admin().get("/v1/events?known_at=1")).size() == 1);
  CHECK(server.admin().get("/v1/events?after=x&kind=mouse&period=often&back_dated_days=-1&back_dated_month=no&object=1&from=soon").errors() ==
        std::vector<std::string>{"/after unreadable", "/back_dated_days unreadable", "/back_dated_month unreadable", "/from unreadable", "/kind unreadable", "/object unreadable", "/period unreadable"});
}

TEST_CASE("A type that no event has is refused wherever events are asked for by type [GEN-10][IO-3]", "[api][acceptance][feed]") {
  test::Server server;
  const std::string company = server.create("/v1/companies", {{"name", "Acme"}});
  const std::vector<std::string> refused = {"/type unreadable"};
  for (const std::string& path : {std::string("/v1/events"), std::string("/v1/changes"), "/v1/companies/" + company + "/history"}) {
    CAPTURE(path);
    for (const char* type : {"deal.nothing", "deal.lost", "company.created,company.nothing", "deal", "deal.", "deal.**", "*", ".*", "*.created", ""})
      CHECK(server.admin().get(path + "?type=" + type).errors() == refused);
    for (const char* type : {"company.created", "company.*", "deal.closed,company.merged"}) CHECK(server.admin().get(path + "?type=" + type).status == 200);
  }
  const test::Headers stream = {{"Accept", "text/event-stream"}};
  CHECK(server.admin().get("/v1/events?type=deal.nothing", stream).errors() == refused);
  const test::Headers resumed = {{"Accept", "text/event-stream"}, {"Last-Event-ID", "x"}};
  CHECK(server.admin().get("/v1/events?as_of=soon", resumed).errors() == std::vector<std::string>{" bad_request", "/as_of unreadable"});
}

TEST_CASE("The feed shows a salesperson what he may see now, and nothing of the rest [IO-3][ACC-4]", "[api][acceptance][feed]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string hidden = server.create("/v1/deals", {{"name", "Hidden"}}), seen = server.create("/v1/deals", {{"name", "Seen"}, {"participant_ids", {sam.id}}});
  server.create("/v1/notes", {{"text", "hidden note"}, {"links", {{"deal_id", hidden}}}});
  server.create("/v1/notes", {{"text", "seen note"}, {"links", {{"deal_id", seen}}}});
  const auto total = [](const Api& api, const std::string& filter) { return api.get("/v1/events?limit=1&include=total&" + filter).number("/page/total"); };
  CHECK(total(server.admin(), "kind=deal,note") == 4);
  CHECK(total(sam.api, "kind=deal,note") == 2);
  CHECK(total(sam.api, "object=" + hidden) == 0);
  CHECK(total(sam.api, "object=" + seen) == 1);
  const Answer feed = sam.api.get("/v1/events?limit=1000");
  CHECK(feed.body.find("idden") == std::string::npos);
  CHECK(data_of(sam.api.get("/v1/changes?object=" + hidden)).empty());
  CHECK(sam.api.get("/v1/changes?limit=1000").body.find("idden") == std::string::npos);
  server.must_patch("/v1/deals/" + hidden, {{"participant_ids", {sam.id}}});
  CHECK(total(sam.api, "kind=deal,note") == 5);
}

TEST_CASE("A stream tells of each event as it comes, and resumes without loss [IO-3]", "[api][acceptance][feed]") {
  test::Server server;
  Watcher watcher(server, server.admin(), "/v1/events?kind=company");
  CHECK(watcher.part() == "retry: 2000");
  server.create("/v1/sources", {{"name", "not asked for"}}, {});
  const std::string first = server.create("/v1/companies", {{"name", "one"}});
  const json::value told = watcher.event();
  CHECK(told.at("object").at("id").as_string() == first);
  CHECK(told.at("data").at("name").as_string() == "one");

  server.create("/v1/companies", {{"name", "two"}});
  const std::string last = std::to_string(watcher.event().at("position").as_int64());
  for (const char* name : {"three", "four", "five"}) server.create("/v1/companies", {{"name", name}});
  Watcher again(server, server.admin(), "/v1/events?kind=company", {{"Last-Event-ID", last}});
  for (const char* name : {"three", "four", "five"}) {
    CHECK(again.event().at("data").at("name").as_string() == name);
    CHECK(watcher.event().at("data").at("name").as_string() == name);
  }
  Watcher from_the_start(server, server.admin(), "/v1/events?after=0");
  CHECK(from_the_start.event().at("position").as_int64() == 1);

  const test::Headers stream = {{"Accept", "text/event-stream"}};
  CHECK(server.admin().get("/v1/events", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "yesterday"}}).status == 400);
  CHECK(server.admin().get("/v1/events?limit=3&known_at=1", stream).errors() == std::vector<std::string>{"/known_at unknown_parameter", "/limit unknown_parameter"});
}

TEST_CASE("A stream that has nothing to tell sends comments, and how far it has looked [IO-3]", "[api][acceptance][feed]") {
  test::Server server("2026-03-02T09:00:00Z", std::chrono::milliseconds(5));
  Watcher watcher(server, server.admin(), "/v1/events?type=deal.moved");
  CHECK(watcher.part() == "retry: 2000");
  CHECK(watcher.part() == ":");
  const std::string head = server.admin().get("/v1/account").header("Log-Position");
  CHECK(watcher.part() == "id: " + head);
  server.create("/v1/companies", {{"name", "unseen"}});
  const std::string later = server.admin().get("/v1/account").header("Log-Position");
  for (auto part = watcher.part(); part != "id: " + later; part = watcher.part()) REQUIRE(part);
}

TEST_CASE("A stream ends when its token is revoked, and properly when the server stops [IO-3][ACC-7]", "[api][acceptance][feed]") {
  test::Server server;
  const Answer token = server.must_post("/v1/tokens", {{"name", "short"}, {"user_id", server.admin_id()}});
  Watcher revoked(server, server.as(token.text("/token")), "/v1/events"), stays(server, server.admin(), "/v1/events");
  REQUIRE(server.admin().remove("/v1/tokens/" + token.text("/id")).status == 200);
  CHECK_FALSE(revoked.message());
  CHECK(stays.event().at("type").as_string() == "token.deleted");
  server.stop();
  CHECK_FALSE(stays.message());
  CHECK(stays.client.ended_properly());
}

TEST_CASE("A stream shows what its user may see at that moment [IO-3][ACC-4]", "[api][acceptance][feed]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  Watcher watcher(server, sam.api, "/v1/events?kind=deal");
  server.create("/v1/deals", {{"name", "Hidden"}});
  const std::string shown = server.create("/v1/deals", {{"name", "Public"}, {"visibility", "public"}});
  CHECK(watcher.event().at("object").at("id").as_string() == shown);
}

TEST_CASE("The change report says who changed what from what to what, every value in between [AUD-5]", "[api][acceptance][feed]") {
  test::Server server("2026-03-02T09:00:00Z");
  const Person mia = server.add_user("Mia", "manager");
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"value", {{"amount", "1"}}}});
  server.advance_days(10);
  for (int i = 2; i <= 4; ++i) REQUIRE(mia.api.patch("/v1/deals/" + deal, {{"value", {{"amount", std::to_string(i)}}}, {"name", "v" + std::to_string(i)}}).status == 200);
  server.advance_days(10);
  server.must_patch("/v1/deals/" + deal, {{"value", {{"amount", "9"}}}});

  const std::string period = "from=2026-03-12&to=2026-03-12";
  const Answer report = server.admin().get("/v1/changes?" + period + "&field=value");
  std::string values;
  for (const json::value& change : data_of(report)) {
    values += std::string(change.at("old").at("amount").as_string()) + ">" + std::string(change.at("new").at("amount").as_string()) + " ";
    CHECK(change.at("actor").as_string() == mia.id);
    CHECK(change.at("object").at("id").as_string() == deal);
    CHECK(change.at("recorded_at").as_string() == "2026-03-12T09:00:00.000Z");
  }
  CHECK(values == "1.00>2.00 2.00>3.00 3.00>4.00 ");

  // Page by page, split within an event, the same changes.
  std::vector<json::value> paged;
  std::string next = "/v1/changes?limit=1&" + period;
  for (int pages = 0; pages < 20; ++pages) {
    const Answer page = server.admin().get(next);
    for (const json::value& change : data_of(page)) paged.push_back(change);
    if (!page.flag("/page/has_more")) break;
    next = "/v1/changes?limit=1&" + period + "&cursor=" + page.text("/page/next_cursor");
  }
  CHECK(json::array(paged.begin(), paged.end()) == data_of(server.admin().get("/v1/changes?" + period)));
  CHECK(paged.size() == 6);

  CHECK(data_of(server.admin().get("/v1/changes?" + period + "&actor=" + server.admin_id())).empty());
  CHECK(data_of(server.admin().get("/v1/changes?" + period + "&kind=company")).empty());
  CHECK(data_of(server.admin().get("/v1/changes?object=" + deal + "&field=value")).size() == 5);
  const Answer birth = server.admin().get("/v1/changes?object=" + deal + "&field=name&limit=1&fields=old,new");
  CHECK(data_of(birth).at(0).as_object().size() == 2);
  CHECK(birth.at("/data/0/old").is_null());
  CHECK(birth.text("/data/0/new") == "Bridge");
  CHECK(server.admin().get("/v1/changes?field=colour").errors() == std::vector<std::string>{"/field unreadable"});
  CHECK(server.admin().get("/v1/changes?include=total").errors() == std::vector<std::string>{"/include unknown_parameter"});
}

TEST_CASE("Whatever the change report tells of can be asked for by its name [AUD-5][GEN-10]", "[api][acceptance][feed]") {
  test::Server server;
  const Api& api = server.admin();
  const auto abc = server.add_abc();
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}});
  for (const char* name : {"Steel", "Stone"}) {
    const json::object lines{{"lines", json::array{json::object{{"name", name}, {"price", {{"amount", "1.00"}}}}}}};
    REQUIRE(api.put(deal + "/lines", lines).status == 200);
  }
  const json::array stages{json::object{{"id", abc.a}, {"name", "A"}}, json::object{{"id", abc.b}, {"name", "B"}}};
  REQUIRE(api.put("/v1/processes/" + abc.process, {{"stages", stages}, {"removed_stages", json::object{{abc.c, abc.a}}}}).status == 200);

  std::set<std::string> fields;
  const Answer told_of = api.get("/v1/changes?limit=1000");
  for (const json::value& change : data_of(told_of)) fields.emplace(change.at("field").as_string());
  for (const char* name : {"name", "lines", "stages", "removed_stages", "version"}) CHECK(fields.contains(name));
  for (const std::string& field : fields) {
    CAPTURE(field);
    CHECK_FALSE(data_of(api.get("/v1/changes?field=" + field)).empty());
  }
  for (const char* told : {"costs", "parameters", "values", "group_key", "source_inherited", "erased"}) CHECK(api.get("/v1/changes?field=" + std::string(told)).status == 200);
  // Not what no row is called: a member of an event that changes nothing of that name, or of a table within one.
  CHECK(api.get("/v1/changes?field=name,action_id,quantity,cf.a,cf.b").errors() == std::vector<std::string>(4, "/field unreadable"));
}

TEST_CASE("What followed by rule is in the change report of the object that it followed for [AUD-5]", "[api][acceptance][feed]") {
  test::Server server;
  server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string source = server.create("/v1/sources", {{"name", "Fair"}});
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"source_id", source}});
  REQUIRE(server.admin().remove("/v1/sources/" + source).status == 200);
  const Answer changes = server.admin().get("/v1/changes?field=source_id&object=" + deal);
  REQUIRE(data_of(changes).size() == 2);
  CHECK(changes.text("/data/1/type") == "source.deleted");
  CHECK(changes.text("/data/1/old") == source);
  CHECK(changes.at("/data/1/new").is_null());
}

TEST_CASE("What was recorded late is counted by user, and its links list just that [AUD-6]", "[api][acceptance][feed]") {
  test::Server server("2026-03-02T09:00:00Z");
  const Person sam = server.add_user("Sam", "salesperson");
  const auto deal = [&](const Api& api, const char* effective_at) {
    const Answer made = api.post("/v1/deals", {{"name", "d"}, {"effective_at", effective_at}});
    REQUIRE(made.status == 201);
  };
  deal(server.admin(), "2026-03-02T08:00:00Z");   // today
  deal(server.admin(), "2026-03-01T01:00:00Z");   // yesterday, of this month
  deal(server.admin(), "2026-02-28T12:00:00Z");   // two days ago, but of last month
  deal(sam.api, "2026-02-20T12:00:00Z");          // ten days ago, and of last month
  deal(sam.api, "2026-02-28T22:59:59.999Z");      // the last moment of February in Warsaw
  deal(sam.api, "2026-02-28T23:00:00Z");          // the first of March

  const Answer report = server.admin().get("/v1/reports/back-dating");
  REQUIRE(report.status == 200);
  CHECK(report.number("/summary/count") == 3);
  CHECK(report.number("/summary/by_days") == 1);
  CHECK(report.number("/summary/by_month_end") == 3);
  CHECK(report.number("/summary/longest_days") == 9);
  CHECK(report.text("/rows/0/key/id") == sam.id);
  CHECK(report.text("/rows/0/key/label") == "Sam");
  CHECK(report.number("/rows/0/count") == 2);
  CHECK(report.number("/rows/1/count") == 1);
  for (const char* row : {"/summary", "/rows/0", "/rows/1"})
    CHECK(server.admin().get(report.text(std::string(row) + "/items") + "&include=total").number("/page/total") == report.number(std::string(row) + "/count"));

  CHECK(server.admin().get("/v1/reports/back-dating?back_dated_days=1").number("/summary/count") == 5);
  CHECK(server.admin().get("/v1/reports/back-dating?back_dated_days=7&from=2026-03-02&period=today").errors() == std::vector<std::string>{"/period unreadable"});
  CHECK(server.admin().get("/v1/reports/back-dating?back_dated_days=7&to=2026-03-01").number("/summary/count") == 0);
  CHECK(sam.api.get("/v1/reports/back-dating").number("/summary/count") == 2);   // his own: the rest is hidden from him
}

TEST_CASE("What auditors read is kept in the access log, which administrators and auditors read [AUD-7]", "[api][acceptance][access]") {
  test::Server server("2026-03-02T09:00:00Z");
  const Person ola = server.add_user("Ola", "auditor"), mia = server.add_user("Mia", "manager");
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
  const std::string target = "/v1/deals/" + deal + "/history?limit=5";
  REQUIRE(mia.api.get(target).status == 200);
  CHECK(data_of(server.admin().get("/v1/access-log")).empty());

  REQUIRE(ola.api.get(target).status == 200);
  server.advance_days(1);
  for (const char* other : {"/v1/changes", "/v1/events", "/v1/reports/back-dating"}) REQUIRE(ola.api.get(other).status == 200);
  REQUIRE(ola.api.get("/v1/deals").status == 200);   // a list is no history
  const auto check = [&](const Api& api) {
    const Answer log = api.get("/v1/access-log?user=" + ola.id + "&limit=3");
    REQUIRE(data_of(log).size() == 3);
    CHECK(log.text("/data/0/action") != "history");
    CHECK(log.text("/data/0/at") == "2026-03-03T09:00:00.000Z");
    CHECK(log.flag("/page/has_more"));
    const Answer first = api.get("/v1/access-log?action=history");
    REQUIRE(data_of(first).size() == 1);
    CHECK(first.text("/data/0/user") == ola.id);
    CHECK(first.text("/data/0/detail") == target);
    CHECK(data_of(api.get("/v1/access-log?to=2026-03-02")).size() == 1);
    CHECK(data_of(api.get("/v1/access-log?from=2026-03-04")).empty());
  };
  check(server.admin());
  server.restart();
  check(server.admin());
  const Answer page = server.admin().get("/v1/access-log?limit=3");
  CHECK(server.admin().get("/v1/access-log?limit=3&cursor=" + page.text("/page/next_cursor")).text("/data/0/action") == "history");
  REQUIRE(ola.api.get("/v1/access-log").status == 200);
  CHECK(server.admin().get("/v1/access-log?limit=1").text("/data/0/action") == "access-log");
  CHECK(mia.api.get("/v1/access-log").status == 403);
  CHECK(server.admin().get("/v1/access-log?limit=0&cursor=x&user=me&from=soon").errors() ==
        std::vector<std::string>{"/cursor unreadable", "/from unreadable", "/limit unreadable", "/user unreadable"});
  for (const char* action : {"log_in", "history", "states", "events", "changes", "back-dating", "proof", "hold", "export", "access-log"})
    CHECK(server.admin().get("/v1/access-log?action=" + std::string(action)).status == 200);
  for (const char* action : {"nothing", "", "log_in,history"})
    CHECK(server.admin().get("/v1/access-log?action=" + std::string(action)).errors() == std::vector<std::string>{"/action unreadable"});
}

TEST_CASE("A watcher of a board is told of each change: the board first, then the columns that changed [KAN-7]", "[api][acceptance][feed]") {
  test::Server server;
  const auto abc = server.add_abc();
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"value", {{"amount", "100"}}}});
  Watcher watcher(server, server.admin(), "/v1/boards/default?limit=10");
  const auto first = watcher.message();
  REQUIRE(first);
  CHECK(first->second.at("is_whole").as_bool());
  CHECK(first->second.at("columns") == server.admin().get("/v1/boards/default?limit=10").at("/columns"));

  server.must_post("/v1/deals/" + deal + "/move", {{"stage_id", abc.b}});
  const auto moved = watcher.message();
  REQUIRE(moved);
  CHECK_FALSE(moved->second.at("is_whole").as_bool());
  CHECK(moved->second.at("columns").as_array().size() == 2);   // the third is as it was
  CHECK(moved->second.at("columns").at(1).at("cards").at(0).at("deal_id").as_string() == deal);

  server.create("/v1/companies", {{"name", "nothing to the board"}});
  server.must_patch("/v1/deals/" + deal, {{"name", "Tunnel"}});
  const auto named = watcher.message();
  REQUIRE(named);
  CHECK(named->second.at("columns").at(0).at("cards").at(0).at("name").as_string() == "Tunnel");

  Watcher filtered(server, server.admin(), "/v1/boards/" + abc.process + "?name%5Bcontains%5D=xyz");
  const auto empty = filtered.message();
  REQUIRE(empty);
  CHECK(empty->second.at("columns").at(1).at("count").as_int64() == 0);
  const test::Headers stream = {{"Accept", "text/event-stream"}};
  CHECK(server.admin().get("/v1/boards/default?as_of=2026-03-01", stream).status == 400);
  CHECK(server.admin().get("/v1/boards/default?colour=red", stream).status == 400);
  CHECK(server.admin().get("/v1/boards/" + deal, stream).status == 404);
}

TEST_CASE("Everybody who watches a board sees what he may see [KAN-7][ACC-4]", "[api][acceptance][feed]") {
  test::Server server;
  const auto abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), mia = server.add_user("Mia", "manager");
  Watcher his(server, sam.api, "/v1/boards/default"), hers(server, sue.api, "/v1/boards/default"), all(server, mia.api, "/v1/boards/default");
  for (Watcher* each : {&his, &hers, &all}) REQUIRE(each->message());
  server.create("/v1/deals", {{"name", "Only Sam"}, {"owner_id", sam.id}});
  const auto told = his.message(), told_all = all.message();
  REQUIRE(told);
  REQUIRE(told_all);
  CHECK(told->second.at("columns").at(0).at("count").as_int64() == 1);
  CHECK(told_all->second.at("columns").at(0).at("count").as_int64() == 1);
  server.create("/v1/deals", {{"name", "Both"}, {"visibility", "public"}});
  const auto told_her = hers.message();
  REQUIRE(told_her);
  CHECK(told_her->second.at("columns").at(0).at("count").as_int64() == 1);   // not two
}
