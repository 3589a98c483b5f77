// Recurring tasks over HTTP (SPEC ACT-1): the next occurrence in lists and on boards, series, counts by rule (STA-4).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

json::object weekly(const char* due = "2026-03-02") {
  return {{"name", "Call"}, {"due_on", due}, {"recurrence", {{"frequency", "weekly"}}}};
}
std::string open_one(const Server& server) { return server.admin().get("/v1/tasks?status=open&sort=-due_on").text("/data/0/id"); }
std::int64_t planned(const Api& api, const std::string& query) { return api.get("/v1/reports/activities?" + query).number("/planned_tasks/summary/count"); }

}  // namespace

TEST_CASE("a recurring task says how it comes again, and its next occurrence is a task like any other", "[api][acceptance][ACT-1]") {
  Server server;
  server.add_abc();
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
  json::object body = weekly();
  body["links"] = {{"deal_id", deal}};
  body["description"] = "Ask";
  const Answer made = server.must_post("/v1/tasks", body);
  CHECK(made.at("/recurrence") == json::object{{"frequency", "weekly"}, {"every", nullptr}, {"weekdays", json::array()}, {"until", nullptr}, {"times", nullptr}});
  CHECK(made.text("/occurrence_on") == "2026-03-02");
  CHECK(server.must_post("/v1/tasks", {{"name", "Once"}}).at("/recurrence").is_null());
  const Answer series = server.admin().get("/v1/series/" + made.text("/series_id"));
  CHECK(series.text("/name") == "Call");
  CHECK(series.text("/starts_on") == "2026-03-02");
  CHECK(series.text("/recurrence/frequency") == "weekly");

  server.must_post("/v1/tasks/" + made.text("/id") + "/complete");
  const Answer next = server.admin().get("/v1/tasks/" + open_one(server));
  CHECK(next.text("/due_on") == "2026-03-09");
  CHECK(next.text("/description") == "Ask");
  CHECK(next.text("/links/deal_id") == deal);
  const Answer board = server.admin().get("/v1/boards/default");
  CHECK(board.text("/columns/0/cards/0/task_dot") == "later");
  CHECK(server.admin().get("/v1/deals?has_open_task=true&include=total").number("/page/total") == 1);
  server.advance_days(7);
  CHECK(server.admin().get("/v1/boards/default").text("/columns/0/cards/0/task_dot") == "today");
}

TEST_CASE("the scope says how much of a series is meant", "[api][acceptance][ACT-1][GEN-10]") {
  Server server;
  const std::string first = server.create("/v1/tasks", weekly()), path = "/v1/tasks/" + first;
  CHECK(server.admin().patch(path + "?scope=some", {{"name", "Ring"}}).status == 400);
  CHECK(server.admin().patch("/v1/tasks/" + server.create("/v1/tasks", {{"name", "Once"}}) + "?scope=all", {{"name", "Ring"}}).errors() == std::vector<std::string>{"/scope invalid"});
  REQUIRE(server.admin().patch(path + "?scope=following", {{"name", "Ring"}}).status == 200);
  server.must_post(path + "/complete");
  CHECK(server.admin().get("/v1/tasks/" + open_one(server)).text("/name") == "Ring");
  REQUIRE(server.admin().remove("/v1/tasks/" + open_one(server)).status == 200);
  CHECK(server.admin().get("/v1/tasks/" + open_one(server)).text("/due_on") == "2026-03-16");
  REQUIRE(server.admin().remove("/v1/tasks/" + open_one(server) + "?scope=all").status == 200);
  CHECK(server.admin().get("/v1/tasks?recurrence.frequency=weekly&status=open&include=total").number("/page/total") == 0);

  const std::string other = "/v1/tasks/" + server.create("/v1/tasks", weekly());
  const Answer plain = server.admin().patch(other, {{"recurrence", nullptr}});
  REQUIRE(plain.status == 200);
  CHECK(plain.at("/recurrence").is_null());
  CHECK(plain.at("/series_id").is_null());
}

TEST_CASE("a part of a bulk says its scope as the command alone does, in lists and over filters", "[api][acceptance][ACT-1][DEA-8]") {
  Server server;
  const Api& api = server.admin();
  const std::string first = server.create("/v1/tasks", weekly()), once = server.create("/v1/tasks", {{"name", "Once"}});
  const auto command = [](const std::string& path) { return json::object{{"method", "PATCH"}, {"path", path}, {"body", {{"name", "Ring"}}}}; };
  const Answer listed = api.post("/v1/tasks/bulk", {{"commands", json::array{command("/v1/tasks/" + first + "?scope=all"), command("/v1/tasks/" + once + "?scope=all")}}});
  INFO(listed.body);
  REQUIRE(listed.status == 200);
  CHECK(listed.number("/items/0/status") == 200);
  CHECK(listed.text("/items/1/body/errors/0/pointer") == "/scope");   // it comes once only
  CHECK(api.get("/v1/tasks/" + once).text("/name") == "Once");
  server.must_post("/v1/tasks/" + first + "/complete");
  CHECK(api.get("/v1/tasks/" + open_one(server)).text("/name") == "Ring");

  const json::object filter{{"field", "recurrence.frequency"}, {"value", "weekly"}}, remove{{"method", "DELETE"}, {"path", "/v1/tasks/{id}?scope=all"}};
  const Answer filtered = api.post("/v1/tasks/bulk", {{"filter", filter}, {"command", remove}});
  INFO(filtered.body);
  REQUIRE(filtered.status == 200);
  CHECK(api.get("/v1/tasks?recurrence.frequency=weekly&status=open&include=total").number("/page/total") == 0);

  using Errors = std::vector<std::string>;
  CHECK(api.post("/v1/tasks/bulk", {{"commands", json::array{command("/v1/tasks/" + once + "?scope=some&colour=red")}}}).errors() == Errors{"/commands/0/path unknown_parameter"});
  CHECK(api.post("/v1/tasks/bulk", {{"commands", json::array{command("/v1/tasks/" + once + "?scope=some")}}}).number("/items/0/status") == 400);
  CHECK(api.post("/v1/tasks/bulk", {{"commands", json::array{command("/v1/tasks/" + once + "?scope=%zz")}}}).errors() == Errors{"/commands/0/path unreadable"});
  CHECK(api.post("/v1/tasks/bulk", {{"filter", filter}, {"command", command("/v1/tasks?scope={id}")}}).errors() == Errors{"/command/path invalid"});
}

TEST_CASE("planned tasks count the occurrences of a series in the period, now and in the past", "[api][acceptance][STA-4][ACT-1][TIM-1]") {
  Server server;   // Monday, 2 March 2026
  const Person sam = server.add_user("Sam", "salesperson");
  json::object body = weekly();
  body["assignee_id"] = sam.id;
  const std::string first = server.create("/v1/tasks", body);
  const Api& api = server.admin();
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31") == 5);   // 2, 9, 16, 23 and 30 March
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&tasks=future") == 4);
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&tasks=done") == 0);
  CHECK(planned(api, "from=2026-04-01&to=2026-04-30") == 4);
  CHECK(planned(api, "from=2026-03-09&to=2026-03-09") == 0);   // a single day shows what was done
  const Answer report = api.get("/v1/reports/activities?from=2026-03-01&to=2026-03-31&bucket=week");
  CHECK(report.number("/planned_tasks/summary/to_come") == 4);
  CHECK(report.text("/planned_tasks/rows/0/key/id") == sam.id);
  CHECK(report.number("/planned_tasks/rows/0/count") == 5);
  std::int64_t in_buckets = 0;
  for (const json::value& bucket : report.at("/planned_tasks/series").as_array()) in_buckets += bucket.at("count").as_int64();
  CHECK(in_buckets == 5);

  const std::string before = to_string(server.now());
  server.advance_days(1);
  server.must_post("/v1/tasks/" + first + "/complete");
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31") == 5);   // one is done, one is there, three are to come
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&tasks=done") == 1);
  CHECK(api.get("/v1/reports/activities?from=2026-03-01&to=2026-03-31").number("/planned_tasks/summary/to_come") == 3);
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&as_of=" + before) == 5);
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&user_id=" + server.admin_id()) == 0);

  // Stopped, it brings no more; as of before it would have.
  server.advance_days(1);
  const std::string yesterday = to_string(server.now());
  server.advance_days(1);
  REQUIRE(server.admin().remove("/v1/tasks/" + open_one(server) + "?scope=following").status == 200);
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31") == 1);
  CHECK(planned(api, "from=2026-03-01&to=2026-03-31&as_of=" + yesterday) == 5);
  // Who may not see the series does not count it.
  CHECK(planned(server.add_user("Sue", "salesperson").api, "from=2026-03-01&to=2026-03-31&as_of=" + yesterday) == 5);   // it hangs on nothing: everybody's
}

TEST_CASE("what brought an occurrence is not undone, for that would bring another", "[api][acceptance][ACT-1][DEA-9]") {
  Server server;
  const std::string task = "/v1/tasks/" + server.create("/v1/tasks", weekly());
  server.must_post(task + "/complete");
  const Answer undone = server.admin().post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  CHECK(undone.status == 409);
  CHECK(undone.text("/reasons/0/code") == "not_undoable");
  CHECK(server.admin().get("/v1/tasks?include=total").number("/page/total") == 2);
  CHECK(server.must_post(task + "/reopen").text("/status") == "open");
}
