// The worked examples of SPEC 19 that need what there is so far, over HTTP. The numbers are the specification's.

#include <map>

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

void complete(Server& server, const std::string& deal, const std::string& action) {
  server.must_post("/v1/deals/" + deal + "/actions/" + action + "/complete");
}

// The card of a deal on the default board.
json::value card(const Api& api, const std::string& deal, const std::string& query = "") {
  const Answer board = api.get("/v1/boards/default" + query);
  REQUIRE(board.status == 200);
  for (const json::value& column : board.at("/columns").as_array())
    for (const json::value& each : column.at("cards").as_array())
      if (each.at("deal_id").as_string() == deal) return each;
  return nullptr;
}

}  // namespace

TEST_CASE("Example 1: progress counts done weights, a completed action pulls the deal along, moving back keeps the furthest stage",
          "[api][acceptance][PRC-3][DEA-2][DEA-3]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const std::string deal = server.create("/v1/deals", {{"name", "Example 1"}});
  const std::string path = "/v1/deals/" + deal;

  complete(server, deal, abc.a1);
  complete(server, deal, abc.c1);
  Answer shown = server.admin().get(path);
  CHECK(shown.number("/progress") == 35);
  CHECK(shown.text("/stage_id") == abc.c);

  shown = server.must_post(path + "/actions/" + abc.c1 + "/reopen");
  CHECK(shown.number("/progress") == 10);
  CHECK(shown.text("/stage_id") == abc.c);

  shown = server.must_post(path + "/move", {{"stage_id", abc.a}});
  CHECK(shown.text("/stage_id") == abc.a);
  CHECK(shown.text("/furthest_stage_id") == abc.c);

  shown = server.must_post(path + "/lose");
  CHECK(shown.text("/status") == "lost");
  CHECK(shown.text("/furthest_stage_id") == abc.c);
  CHECK(shown.number("/progress") == 10);
  CHECK(server.admin().get("/v1/deals?include=total&status=lost&furthest_stage_id=" + abc.c).number("/page/total") == 1);
  CHECK(server.admin().get("/v1/deals?include=total&status=lost&furthest_stage_id=" + abc.a).number("/page/total") == 0);
}

TEST_CASE("Example 9: a card's dot is red before green before grey, and right without an event at midnight", "[api][acceptance][KAN-3]") {
  Server server("2026-03-02T09:00:00Z");
  server.add_abc();
  const auto deal_with = [&](const std::string& name, const std::vector<json::object>& tasks) {
    const std::string deal = server.create("/v1/deals", {{"name", name}});
    for (json::object task : tasks) {
      task["name"] = "Call";
      task["links"] = {{"deal_id", deal}};
      server.create("/v1/tasks", task);
    }
    return deal;
  };
  const std::string red = deal_with("overdue and today", {{{"due_on", "2026-03-01"}}, {{"due_on", "2026-03-02"}}});
  const std::string green = deal_with("today and next week", {{{"due_on", "2026-03-02"}}, {{"due_on", "2026-03-09"}}});
  const std::string grey = deal_with("undated", {{}});
  const std::string white = server.create("/v1/deals", {{"name", "completed"}});
  const std::string done = server.create("/v1/tasks", {{"name", "Call"}, {"due_on", "2026-03-01"}, {"links", {{"deal_id", white}}}});
  server.must_post("/v1/tasks/" + done + "/complete");
  const std::string timed = deal_with("at noon", {{{"due_at", "2026-03-02T11:00:00Z"}}});

  const auto dot = [&](const std::string& deal, const std::string& query = "") {
    return std::string(card(server.admin(), deal, query).at("task_dot").as_string());
  };
  CHECK(dot(red) == "overdue");
  CHECK(dot(green) == "today");
  CHECK(dot(grey) == "later");
  CHECK(dot(white) == "none");
  CHECK(dot(timed) == "today");

  server.set_now("2026-03-02T11:00:01Z");
  CHECK(dot(timed) == "overdue");
  CHECK(dot(green) == "today");
  server.set_now("2026-03-02T23:00:00Z");  // midnight in Warsaw
  CHECK(dot(green) == "overdue");
  CHECK(dot(grey) == "later");
  // Everything relative to today is evaluated at as_of (TIM-1).
  CHECK(dot(green, "?as_of=2026-03-02T22:59:59Z") == "today");
}

TEST_CASE("Example 10: deleting a source moves its deals and persons to none, in past periods too; before the deletion they are under it",
          "[api][acceptance][DIC-1][GEN-4][TIM-1]") {
  Server server("2026-01-05T09:00:00Z");
  server.add_abc();
  server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string fair = server.create("/v1/sources", {{"name", "Fair"}});
  std::vector<std::string> deals;
  for (const char* name : {"one", "two", "three"}) {
    deals.push_back(server.create("/v1/deals", {{"name", name}, {"source_id", fair}, {"value", {{"amount", "100.00"}}}}));
    server.must_post("/v1/deals/" + deals.back() + "/win");
  }
  for (const char* name : {"Ala Nowak", "Jan Kowalski"}) server.create("/v1/persons", {{"name", name}, {"source_id", fair}});

  server.set_now("2026-03-02T09:00:00Z");
  const std::string report = "/v1/reports/closed-deals?from=2026-01-01&to=2026-01-31&group_by=source";
  const auto slices = [&](const std::string& query) {
    std::map<std::string, std::int64_t> found;
    const Answer answer = server.admin().get(report + query);
    REQUIRE(answer.status == 200);
    for (const json::value& row : answer.at("/rows").as_array())
      found[row.at("key").is_null() ? "none" : std::string(row.at_pointer("/key/label").as_string())] = row.at("count").as_int64();
    return found;
  };
  using Slices = std::map<std::string, std::int64_t>;
  const auto total = [&](const std::string& target) { return server.admin().get(target + "&include=total").number("/page/total"); };

  CHECK(slices("") == Slices{{"Fair", 3}});
  CHECK(total("/v1/persons?source_id=" + fair) == 2);

  server.set_now("2026-03-10T09:00:00Z");
  CHECK(server.admin().remove("/v1/sources/" + fair).status == 200);
  CHECK(slices("") == Slices{{"none", 3}});
  CHECK(total("/v1/deals?source_id[is_null]=true") == 3);
  CHECK(total("/v1/persons?source_id[is_null]=true") == 2);
  CHECK(server.admin().get("/v1/deals/" + deals[0]).at("/source_id").is_null());

  CHECK(slices("&as_of=2026-03-09") == Slices{{"Fair", 3}});
  CHECK(total("/v1/persons?as_of=2026-03-09&source_id=" + fair) == 2);
  CHECK(total("/v1/persons?as_of=2026-03-09&source_id[is_null]=true") == 0);
  CHECK(server.admin().get("/v1/deals/" + deals[0] + "?as_of=2026-03-09").text("/source_id") == fair);
}

TEST_CASE("Example 11: a win recorded on 10 February for 30 January is in January's won deals as of 31 January, but was not known then",
          "[api][acceptance][GEN-6][TIM-1][TIM-2]") {
  Server server("2026-01-12T09:00:00Z");
  server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const Answer created = sam.api.post("/v1/deals", {{"name", "Late entry"}, {"value", {{"amount", "5000.00"}}}});
  REQUIRE(created.status == 201);
  const std::string deal = created.text("/id");

  server.set_now("2026-02-10T12:00:00Z");
  const Answer won = sam.api.post("/v1/deals/" + deal + "/win", {{"effective_at", "2026-01-30T10:00:00Z"}});
  REQUIRE(won.status == 200);
  CHECK(won.text("/closed_at") == "2026-01-30T10:00:00.000Z");

  const std::string report = "/v1/reports/closed-deals?status=won&from=2026-01-01&to=2026-01-31";
  const Answer known_now = sam.api.get(report + "&as_of=2026-01-31");
  CHECK(known_now.number("/summary/count") == 1);
  CHECK(known_now.text("/summary/value/amount") == "5000.00");
  const Answer known_then = sam.api.get(report + "&as_of=2026-01-31&known_at=2026-01-31");
  CHECK(known_then.number("/summary/count") == 0);
  CHECK(sam.api.get(report + "&known_at=2026-01-31").number("/summary/count") == 0);
  CHECK(sam.api.get(report).number("/summary/count") == 1);
  CHECK(sam.api.get(report + "&as_of=2026-01-29").number("/summary/count") == 0);

  // The deal itself says the same, and the numbers' lists do (GEN-8).
  CHECK(sam.api.get("/v1/deals/" + deal + "?as_of=2026-01-31").text("/status") == "won");
  CHECK(sam.api.get("/v1/deals/" + deal + "?as_of=2026-01-31&known_at=2026-01-31").text("/status") == "open");
  const Answer listed = sam.api.get(known_now.text("/summary/items") + "&include=total");
  CHECK(listed.number("/page/total") == 1);
  CHECK(listed.text("/data/0/id") == deal);
  CHECK(sam.api.get(known_then.text("/summary/items") + "&include=total").number("/page/total") == 0);
}
