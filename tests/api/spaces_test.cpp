// Spaces: rooms for projects, on which tasks and notes hang (SPEC 1, ACC-5, ACT-1, ACT-2).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

TEST_CASE("Who sells makes and edits spaces, and everybody sees them", "[api][acceptance][ACC-5]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), ann = server.add_user("Ann", "analyst");
  const Answer made = sam.api.post("/v1/spaces", {{"name", "New office"}, {"description", "All about moving"}, {"owner_id", sue.id}});
  REQUIRE(made.status == 201);
  const std::string path = made.header("Location");
  CHECK(ann.api.get(path).text("/description") == "All about moving");
  CHECK(sue.api.patch(path, {{"name", "The new office"}}).text("/name") == "The new office");
  CHECK(sam.api.patch(path, {{"name", "The new office"}}).number("/version") == 2);   // nothing to change
  CHECK(ann.api.get("/v1/spaces?name[contains]=office&owner_id=" + sue.id + "&include=total").number("/page/total") == 1);
  CHECK(sue.api.post("/v1/spaces", {{"name", ""}}).errors() == std::vector<std::string>{"/name required"});

  const Person third = server.add_user("Tom", "salesperson");
  CHECK(third.api.remove(path).status == 403);
  CHECK(sue.api.remove(path).flag("/is_deleted"));
  CHECK(ann.api.get("/v1/spaces?include=total").number("/page/total") == 0);
  CHECK(sam.api.patch(path, {{"name", "X"}}).code() == "object_deleted");
  CHECK_FALSE(sam.api.post(path + "/restore").flag("/is_deleted"));
  CHECK(ann.api.get(path + "/history").at("/data").as_array().size() == 4);
}

TEST_CASE("Tasks and notes hang on a space: in filters, its timeline and the statistics", "[api][acceptance][ACT-1][ACT-2][CON-4][STA-4]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string space = server.create("/v1/spaces", {{"name", "Project"}}), other = server.create("/v1/spaces", {{"name", "Other"}});
  const Answer task = sam.api.post("/v1/tasks", {{"name", "Plan"}, {"due_on", "2026-03-02"}, {"links", {{"space_id", space}}}});
  REQUIRE(task.status == 201);
  CHECK(task.text("/links/space_id") == space);
  const Answer note = sam.api.post("/v1/notes", {{"text", "Begun"}, {"links", {{"space_id", space}}}});
  REQUIRE(note.status == 201);
  CHECK(note.text("/links/space_id") == space);

  for (const char* kind : {"tasks", "notes"}) {
    CAPTURE(kind);
    const auto total = [&](const std::string& query) { return sue.api.get("/v1/" + std::string(kind) + "?include=total&" + query).number("/page/total"); };
    CHECK(total("links.space_id=" + space) == 1);
    CHECK(total("space_id=" + space) == 1);
    CHECK(total("space_id=" + other) == 0);
    CHECK(total("space.name=Project") == 1);
  }
  const Answer timeline = sue.api.get("/v1/spaces/" + space + "/timeline?include=total");
  INFO(timeline.body);
  CHECK(timeline.number("/page/total") == 3);
  CHECK(timeline.body.find("Begun") != std::string::npos);
  CHECK(timeline.body.find("space.created") != std::string::npos);
  CHECK(sue.api.get("/v1/spaces/" + other + "/timeline?include=total").number("/page/total") == 1);
  const Answer activities = sue.api.get("/v1/reports/activities?from=2026-03-01&to=2026-03-31");
  CHECK(activities.number("/notes/summary/count") == 1);
  CHECK(activities.number("/planned_tasks/summary/count") == 1);

  // A task goes from one to the other, and from none; a note stays where it was written.
  const std::string path = "/v1/tasks/" + task.text("/id");
  CHECK(sam.api.patch(path, {{"links", {{"space_id", other}}}}).text("/links/space_id") == other);
  CHECK(sam.api.patch(path, {{"links", {{"space_id", nullptr}}}}).at("/links/space_id").is_null());
  CHECK(sam.api.patch("/v1/notes/" + note.text("/id"), {{"links", {{"space_id", other}}}}).status >= 400);
  CHECK(sam.api.post("/v1/tasks", {{"name", "T"}, {"links", {{"space_id", sam.id}}}}).errors() == std::vector<std::string>{"/links/space_id unknown_reference"});
}
