// Scopes of tokens, participants, access requests and suspended users (SPEC ACC-2, ACC-4, ACC-5, ACC-7).

#include <set>

#include "api/app.h"
#include "api/scopes.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

std::string any_path(const api::Route& route, const std::string& id) {
  std::string path = route.path;
  for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) path.replace(brace, path.find('}') - brace + 1, id);
  return path;
}

}  // namespace

TEST_CASE("A token that is limited to scopes reaches their routes and no other", "[api][acceptance][ACC-7][R14]") {
  test::Server server;
  const auto token = [&](const json::array& scopes) {
    return server.as(server.must_post("/v1/tokens", {{"name", "limited"}, {"user_id", server.admin_id()}, {"scopes", scopes}}).text("/token"));
  };
  const Api deals = token({"deals"}), two = token({"contacts", "reports"});
  std::set<std::string> scopes;
  for (const auto& route : server.app().routes().all()) {
    if (route->rights.is_public) continue;
    const std::string scope(api::scope_of(*route));
    CAPTURE(route->path, scope);
    CHECK_FALSE(scope.empty());
    scopes.insert(scope);
    const std::string path = any_path(*route, server.admin_id());
    const auto is_refused = [&](const Api& api) {
      const Answer answer = api.send(api::name(route->method), path, "");
      return answer.status == 403 && answer.text("/detail") == "This token is not for the scope " + scope + ".";
    };
    if (route->method != api::Method::get) {   // what changes nothing here is enough for those that are let in
      if (scope != "deals") CHECK(is_refused(deals));
      continue;
    }
    CHECK(is_refused(deals) == (scope != "deals"));
    CHECK(is_refused(two) == (scope != "contacts" && scope != "reports"));
  }
  for (const char* expected : {"activities", "audit", "contacts", "deals", "events", "leads", "people", "reports", "setup", "tokens"}) CHECK(scopes.contains(expected));
  CHECK(deals.post("/v1/deals", {{"name", "By a machine"}}).status == 201);
  CHECK(deals.post("/v1/companies", {{"name", "Acme"}}).status == 403);
}

TEST_CASE("Scopes are documented, checked, and no limited token makes one that can do more", "[api][acceptance][ACC-7][openapi]") {
  test::Server server;
  const Answer document = server.nobody().get("/openapi.json");
  CHECK(document.text("/paths/~1v1~1deals~1{id}~1move/post/x-scope") == "deals");
  CHECK(document.text("/paths/~1v1~1persons/get/x-scope") == "contacts");
  CHECK(document.at("/paths/~1v1~1sessions/post").as_object().if_contains("x-scope") == nullptr);
  CHECK(document.text("/components/securitySchemes/bearer/description").find(" reports") != std::string::npos);

  const json::object base{{"name", "t"}, {"user_id", server.admin_id()}};
  const auto with = [&](const json::array& scopes) {
    json::object body = base;
    body["scopes"] = scopes;
    return body;
  };
  CHECK(server.admin().post("/v1/tokens", with({"deals", "everything"})).errors() == std::vector<std::string>{"/scopes/1 invalid"});
  const Answer made = server.must_post("/v1/tokens", with({"tokens", "deals", "sessions"}));
  CHECK(made.at("/scopes") == json::array{"tokens", "deals", "sessions"});
  const Api limited = server.as(made.text("/token"));
  CHECK(limited.post("/v1/tokens", with({"deals"})).status == 201);
  CHECK(limited.post("/v1/tokens", with({"deals", "people"})).status == 403);
  CHECK(limited.post("/v1/tokens", base).status == 403);
  CHECK(limited.put("/v1/users/" + server.admin_id() + "/password", {{"password", "correct horse battery"}}).status == 403);
  server.restart();
  CHECK(server.as(made.text("/token")).get("/v1/users").status == 403);
}

TEST_CASE("Participants are added and removed by who has access, and see the deal at once", "[api][acceptance][ACC-4][ACC-5]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), tom = server.add_user("Tom", "salesperson");
  for (const auto& [collection, name] : std::vector<std::pair<std::string, std::string>>{{"deals", "name"}, {"leads", "title"}}) {
    CAPTURE(collection);
    const std::string path = sam.api.post("/v1/" + collection, {{name, "Bridge"}}).header("Location");
    CHECK(sue.api.post(path + "/participants", {{"add", {sue.id}}}).status == 404);
    const Answer added = sam.api.post(path + "/participants", {{"add", {sue.id, tom.id}}});
    CHECK(added.at("/participant_ids") == json::array{json::string(sue.id), json::string(tom.id)});
    CHECK(sue.api.get(path).status == 200);
    CHECK(sue.api.get("/v1/" + collection + "?include=total").number("/page/total") == 1);
    CHECK(sue.api.post(path + "/participants", {{"add", {tom.id}}, {"remove", json::array()}}).number("/version") == added.number("/version"));   // holds already
    CHECK(sue.api.post(path + "/participants", {{"remove", {tom.id}}}).at("/participant_ids") == json::array{json::string(sue.id)});
    CHECK(tom.api.get(path).status == 404);
    CHECK(tom.api.get("/v1/" + collection + "?include=total").number("/page/total") == 0);
    CHECK(sam.api.post(path + "/participants", {{"add", {tom.id, tom.id, "0190a000-0000-4000-8000-00000000dead"}}, {"remove", {sue.id}}}).errors() ==
          std::vector<std::string>{"/add/1 duplicate", "/add/2 unknown_reference"});
    CHECK(sam.api.post(path + "/participants", {{"add", {tom.id}}, {"remove", {tom.id}}}).errors() == std::vector<std::string>{"/add/0 invalid"});
    CHECK(sam.api.post(path + "/participants", {{"participant_ids", {tom.id}}}).status == 400);
  }
}

TEST_CASE("Who was taken out of a deal does not come back by a task that he wrote on it", "[api][acceptance][ACC-4][ACC-5]") {
  test::Server server;
  const Person sue = server.add_user("Sue", "salesperson"), tom = server.add_user("Tom", "salesperson"), zed = server.add_user("Zed", "salesperson");
  const std::string deal = sue.api.post("/v1/deals", {{"name", "Hers"}, {"participant_ids", {tom.id}}}).text("/id");
  const Answer task = tom.api.post("/v1/tasks", {{"name", "Call"}, {"assignee_id", sue.id}, {"links", {{"deal_id", deal}}}});
  REQUIRE(task.status == 201);
  const std::string path = "/v1/tasks/" + task.text("/id");
  REQUIRE(sue.api.post("/v1/deals/" + deal + "/participants", {{"remove", {tom.id}}}).status == 200);
  CHECK(tom.api.patch(path, {{"name", "Ring"}}).status == 200);
  for (const Person& whom : {tom, zed}) {
    const Answer refused = tom.api.patch(path, {{"assignee_id", whom.id}});
    CHECK(refused.status == 403);
    CHECK(refused.errors() == std::vector<std::string>{"/assignee_id forbidden"});
    CHECK(whom.api.get("/v1/deals/" + deal).status == 404);
  }
  CHECK(sue.api.patch(path, {{"assignee_id", zed.id}}).status == 200);
  CHECK(zed.api.get("/v1/deals/" + deal).status == 200);
}

TEST_CASE("A request for access is accepted whatever the id, and the deal does not show it", "[api][acceptance][ACC-5][ACC-1]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const Person stranger = server.add_account("other");
  const std::string hidden = server.create("/v1/deals", {{"name", "Hidden"}}), deleted = server.create("/v1/deals", {{"name", "Gone"}});
  REQUIRE(server.admin().remove("/v1/deals/" + deleted).status == 200);
  const std::string foreign = stranger.api.post("/v1/deals", {{"name", "Theirs"}}).text("/id");
  const std::int64_t version = server.admin().get("/v1/deals/" + hidden).number("/version");
  for (const std::string& id : std::vector<std::string>{hidden, deleted, foreign, "0190a000-0000-4000-8000-00000000dead", "ffffffff-ffff-ffff-ffff-ffffffffffff", sam.id, hidden}) {
    CAPTURE(id);
    const Answer answer = sam.api.post("/v1/access-requests", {{"deal_id", id}}, {{"Prefer", "return=minimal"}});
    CHECK(answer.status == 202);
    CHECK(answer.body == "{}");
  }
  CHECK(sam.api.post("/v1/access-requests", {{"deal_id", "no id"}}).status == 400);
  CHECK(sam.api.post("/v1/access-requests", json::object{}).errors() == std::vector<std::string>{"/deal_id required"});
  CHECK(server.admin().get("/v1/deals/" + hidden).number("/version") == version);
  CHECK(server.admin().get("/v1/deals/" + hidden + "/history").body.find("access_requested") == std::string::npos);
  // Once for each, however often it is asked.
  CHECK(server.admin().get("/v1/users/" + sam.id + "/history?type=user.access_requested&include=total").number("/page/total") == 6);
}

TEST_CASE("That somebody asked for access is known to him and to those who see the deal, wherever events are shown", "[api][acceptance][ACC-5][AUD-2]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), tom = server.add_user("Tom", "salesperson");
  const std::string hers = sue.api.post("/v1/deals", {{"name", "Hers"}}).text("/id"), guessed = "0190a000-0000-4000-8000-00000000dead", user = "/v1/users/" + sam.id;
  REQUIRE(sam.api.post("/v1/access-requests", {{"deal_id", hers}}).status == 202);
  REQUIRE(sam.api.post("/v1/access-requests", {{"deal_id", guessed}}).status == 202);
  const auto told = [&](const Api& api) {
    std::vector<std::int64_t> counts;
    for (const std::string& of : {std::string("/v1/events"), user + "/history", user + "/states"}) {
      const Answer answer = api.get(of + "?type=user.access_requested&include=total");
      INFO(of << " " << answer.body);
      REQUIRE(answer.status == 200);
      counts.push_back(answer.number("/page/total"));
      CHECK(static_cast<std::int64_t>(answer.at("/data").as_array().size()) == counts.back());
    }
    return counts;
  };
  const auto all = [](std::int64_t count) { return std::vector<std::int64_t>(3, count); };
  CHECK(told(sam.api) == all(2));
  CHECK(told(sue.api) == all(1));
  CHECK(told(tom.api) == all(0));
  CHECK(told(server.admin()) == all(2));
  CHECK(tom.api.get("/v1/events?object=" + sam.id).body.find(hers) == std::string::npos);
  CHECK(tom.api.get("/v1/changes?object=" + sam.id).body.find(hers) == std::string::npos);
  // His rights are those of now [TIM-1].
  REQUIRE(sue.api.post("/v1/deals/" + hers + "/participants", {{"add", {tom.id}}}).status == 200);
  CHECK(told(tom.api) == all(1));
}

TEST_CASE("Nobody who is suspended becomes owner, assignee or participant; what he has stays his", "[api][acceptance][ACC-2]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "His"}, {"owner_id", sam.id}, {"participant_ids", {sam.id}}});
  const std::string lead = "/v1/leads/" + server.create("/v1/leads", {{"title", "His"}, {"owner_id", sam.id}});
  const std::string task = "/v1/tasks/" + server.create("/v1/tasks", {{"name", "His"}, {"assignee_id", sam.id}});
  server.must_patch("/v1/users/" + sam.id, {{"is_suspended", true}});
  const Api& admin = server.admin();
  const auto refused = [](const char* pointer) { return std::vector<std::string>{std::string(pointer) + " user_suspended"}; };
  CHECK(admin.post("/v1/deals", {{"name", "D"}, {"owner_id", sam.id}}).errors() == refused("/owner_id"));
  CHECK(admin.post("/v1/deals", {{"name", "D"}, {"participant_ids", {sue.id, sam.id}}}).errors() == refused("/participant_ids/1"));
  CHECK(admin.post("/v1/leads", {{"title", "L"}, {"owner_id", sam.id}}).errors() == refused("/owner_id"));
  CHECK(admin.post("/v1/leads", {{"title", "L"}, {"participant_ids", {sam.id}}}).errors() == refused("/participant_ids/0"));
  CHECK(admin.post("/v1/tasks", {{"name", "T"}, {"assignee_id", sam.id}}).errors() == refused("/assignee_id"));
  CHECK(admin.post("/v1/companies", {{"name", "C"}, {"owner_id", sam.id}}).errors() == refused("/owner_id"));
  CHECK(admin.post("/v1/persons", {{"name", "P"}, {"owner_id", sam.id}}).errors() == refused("/owner_id"));
  CHECK(admin.post("/v1/spaces", {{"name", "S"}, {"owner_id", sam.id}}).errors() == refused("/owner_id"));
  const std::string other = "/v1/deals/" + server.create("/v1/deals", {{"name", "Another"}});
  CHECK(admin.post(other + "/participants", {{"add", {sue.id, sam.id}}}).errors() == refused("/add/1"));
  CHECK(admin.patch(other, {{"owner_id", sam.id}}).errors() == refused("/owner_id"));
  CHECK(admin.post("/v1/deals", {{"name", "D"}, {"performed_by", sam.id}}).errors() == refused("/owner_id"));   // he would own it
  // An import tells of the past.
  CHECK(admin.post("/v1/deals", {{"name", "D"}, {"owner_id", sam.id}}, {{"Dealog-Import", server.must_post("/v1/imports", {{"scope", "old"}}).text("/id")}}).status == 201);

  CHECK(admin.get(deal).text("/owner_id") == sam.id);
  CHECK(admin.patch(deal, {{"name", "Still his"}, {"owner_id", sam.id}}).status == 200);
  CHECK(admin.patch(deal, {{"participant_ids", {sam.id, sue.id}}}).status == 200);
  CHECK(admin.patch(task, {{"name", "Still his"}}).status == 200);
  const Answer converted = admin.post(lead + "/convert", {{"deal", true}});
  REQUIRE(converted.status == 200);
  CHECK(admin.get("/v1/deals/" + converted.text("/deal_id")).text("/owner_id") == server.admin_id());
}

TEST_CASE("A task that an action brings about goes to nobody who is suspended", "[api][acceptance][ACC-2][PRC-2]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const json::object action{{"name", "a"}, {"trigger", {{"name", "Follow up"}, {"due_in_days", 1}, {"assignee", sam.id}}}};
  const Answer process = server.must_post("/v1/processes", {{"name", "P"}, {"stages", {{{"name", "S"}, {"actions", json::array{action}}}, {{"name", "T"}}}}});
  const auto done_by_admin = [&](const std::string& owner) {
    const std::string deal = server.create("/v1/deals", {{"name", "D"}, {"process_id", process.text("/id")}, {"owner_id", owner}});
    server.must_post("/v1/deals/" + deal + "/actions/" + process.text("/stages/0/actions/0/id") + "/complete");
    return server.admin().get("/v1/deals/" + deal + "/tasks").text("/data/0/assignee_id");
  };
  CHECK(done_by_admin(sue.id) == sam.id);
  server.must_patch("/v1/users/" + sam.id, {{"is_suspended", true}});
  CHECK(done_by_admin(sue.id) == sue.id);
}
