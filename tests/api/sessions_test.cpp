// Log-ins, sessions and passwords (SPEC ACC-7).

#include <set>

#include "api/app.h"
#include "eventstore/access_log.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr const char* horse = "correct horse battery";
constexpr const char* staple = "staple of another kind";

struct Door {
  test::Server server;
  Person sam = server.add_user("Sam", "salesperson");
  std::string password_path = "/v1/users/" + sam.id + "/password";

  Door() { REQUIRE(server.admin().put(password_path, {{"password", horse}}).status == 200); }

  Answer log_in(const json::value& password, const char* email = "sam@acme.example", const char* account = "acme") {
    return server.nobody().post("/v1/sessions", {{"account", account}, {"email", email}, {"password", password}});
  }
  Api session(const json::value& password) {
    const Answer answer = log_in(password);
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    return server.as(answer.text("/token"));
  }
};

// What a client can tell apart: everything but the id of the request.
json::value visible(const Answer& answer) {
  json::object body = answer.json.as_object();
  body.erase("request_id");
  json::object headers;
  for (const auto& [name, value] : answer.headers)
    if (name != "Date" && name != "X-Request-Id" && name != "Content-Length") headers[name] = value;
  return json::object{{"status", answer.status}, {"body", body}, {"headers", headers}};
}

}  // namespace

TEST_CASE("E-mail and password give a session, which is used like any token, until its time is over", "[api][acceptance][ACC-7]") {
  Door door;
  const Answer made = door.log_in(horse, "SAM@acme.example");
  REQUIRE(made.status == 201);
  CHECK(made.text("/user/id") == door.sam.id);
  CHECK(made.text("/user/name") == "Sam");
  CHECK(made.text("/expires_at") == "2026-03-16T09:00:00.000Z");
  CHECK(made.header("Cache-Control") == "no-store");
  const Api session = door.server.as(made.text("/token"));
  const Answer deal = session.post("/v1/deals", {{"name", "Mine"}});
  REQUIRE(deal.status == 201);

  // The event names the user and the token, and the token's own history says that it is a session.
  const Answer history = door.server.admin().get(deal.header("Location") + "/history");
  CHECK(history.text("/data/0/actor") == door.sam.id);
  const std::string id = session.get("/v1/sessions").text("/data/0/id");
  CHECK(history.text("/data/0/token") == id);
  const Answer of_token = session.get("/v1/tokens/" + id + "/history");
  CHECK(of_token.text("/data/0/type") == "token.created");
  CHECK(of_token.text("/data/0/actor") == door.sam.id);
  CHECK(of_token.text("/data/0/token") == id);

  // It outlives the server, and not its time.
  door.server.restart();
  CHECK(session.get("/v1/account").status == 200);
  door.server.set_now("2026-03-16T08:59:59.999Z");
  CHECK(session.get("/v1/account").status == 200);
  door.server.set_now("2026-03-16T09:00:00Z");
  CHECK(session.get("/v1/account").status == 401);
}

TEST_CASE("Nothing tells why a log-in was refused", "[api][acceptance][ACC-1][ACC-7]") {
  Door door;
  door.server.add_user("Sue", "salesperson");   // without a password
  const Person ed = door.server.add_user("Ed", "salesperson");
  REQUIRE(door.server.admin().put("/v1/users/" + ed.id + "/password", {{"password", horse}}).status == 200);
  door.server.must_patch("/v1/users/" + ed.id, {{"is_suspended", true}});
  const json::value wrong = visible(door.log_in("something else"));
  CHECK(wrong.at("status").as_int64() == 401);
  CHECK(visible(door.log_in(horse, "nobody@acme.example")) == wrong);
  CHECK(visible(door.log_in(horse, "sam@acme.example", "nowhere")) == wrong);
  CHECK(visible(door.log_in(horse, "sam@acme.example", "../acme")) == wrong);
  CHECK(visible(door.log_in(horse, "ed@acme.example")) == wrong);
  CHECK(door.log_in("", "sue@acme.example").status == 422);
  CHECK(visible(door.log_in(horse, "sue@acme.example")) == wrong);
}

TEST_CASE("What is missing or of the wrong type in a log-in is told, all at once", "[api][acceptance][GEN-10]") {
  test::Server server;
  CHECK(server.nobody().post("/v1/sessions", json::object{}).errors() == std::vector<std::string>{"/account required", "/email required", "/password required"});
  CHECK(server.nobody().post("/v1/sessions", {{"account", 1}, {"email", "e"}, {"password", "p"}, {"remember", true}}).status == 400);
}

TEST_CASE("Log-ins are throttled by account and e-mail, and by address; success is forgiven", "[api][acceptance][ACC-7]") {
  Door door;
  for (int i = 0; i < 12; ++i) CHECK(door.log_in(horse).status == 201);
  for (int i = 0; i < 10; ++i) CHECK(door.log_in("wrong").status == 401);
  const Answer late = door.log_in(horse);
  CHECK(late.status == 429);
  CHECK(late.header("Retry-After") == "30");
  // The same for whom there is not: what is sent decides, not what there is.
  for (int i = 0; i < 10; ++i) CHECK(door.log_in("wrong", "nobody@acme.example").status == 401);
  CHECK(visible(door.log_in("wrong", "nobody@acme.example")) == visible(late));
  CHECK(door.log_in("wrong", "other@acme.example").status == 401);
  door.server.set_now("2026-03-02T09:00:30Z");
  CHECK(door.log_in(horse).status == 201);

  int refused = 0;
  for (int i = 0; i < 150 && door.log_in("wrong", ("x" + std::to_string(i) + "@acme.example").c_str()).status == 401; ++i) ++refused;
  CHECK(refused >= 90);
  CHECK(refused <= 110);
  CHECK(door.log_in(horse).status == 429);
}

TEST_CASE("Sessions are listed and ended by their own user; tokens of the API are no sessions", "[api][acceptance][ACC-7]") {
  Door door;
  const Api first = door.session(horse), second = door.session(horse), third = door.session(horse);
  const Answer list = second.get("/v1/sessions");
  REQUIRE(list.at("/data").as_array().size() == 3);
  std::string current, other;
  for (const json::value& each : list.at("/data").as_array())
    (each.at("is_current").as_bool() ? current : other) = std::string(each.at("id").as_string());
  CHECK(door.sam.api.get("/v1/sessions").at("/data").as_array().size() == 3);   // by his token: none is the current one
  CHECK(door.server.admin().get("/v1/sessions").at("/data").as_array().empty());

  CHECK(door.server.admin().remove("/v1/sessions/" + current).status == 404);   // not his own
  CHECK(door.sam.api.remove("/v1/sessions/current").status == 404);
  CHECK(second.remove("/v1/sessions/" + other).status == 204);
  CHECK(third.get("/v1/account").status == 401);
  CHECK(second.remove("/v1/sessions/current").status == 204);
  CHECK(second.get("/v1/account").status == 401);
  CHECK(first.get("/v1/sessions").at("/data").as_array().size() == 1);
  // An administrator revokes it like any token.
  const std::string left = first.get("/v1/sessions").text("/data/0/id");
  CHECK(door.server.admin().remove("/v1/tokens/" + left).status == 200);
  CHECK(first.get("/v1/account").status == 401);
}

TEST_CASE("A user changes his password with the old one, an administrator resets it, and other sessions end", "[api][acceptance][ACC-7]") {
  Door door;
  const Api here = door.session(horse), elsewhere = door.session(horse);
  CHECK(here.put(door.password_path, {{"password", staple}}).errors() == std::vector<std::string>{"/old_password required"});
  CHECK(here.put(door.password_path, {{"password", "short"}, {"old_password", horse}}).errors() == std::vector<std::string>{"/password too_short"});
  CHECK(here.put(door.password_path, {{"password", "short"}}).errors() == std::vector<std::string>{"/old_password required", "/password too_short"});
  const Answer wrong = here.put(door.password_path, {{"password", staple}, {"old_password", "not it at all"}});
  CHECK(wrong.status == 409);
  CHECK(wrong.errors() == std::vector<std::string>{"/old_password wrong_password"});
  CHECK(here.put("/v1/users/" + door.server.admin_id() + "/password", {{"password", staple}}).status == 403);

  CHECK(here.put(door.password_path, {{"password", staple}, {"old_password", horse}}).status == 200);
  CHECK(here.get("/v1/account").status == 200);
  CHECK(elsewhere.get("/v1/account").status == 401);
  CHECK(door.sam.api.get("/v1/account").status == 200);   // a machine's token
  CHECK(door.log_in(horse).status == 401);
  CHECK(door.log_in(staple).status == 201);

  CHECK(door.server.admin().put(door.password_path, {{"password", horse}}).status == 200);
  CHECK(here.get("/v1/account").status == 401);
  CHECK(door.log_in(staple).status == 401);
  door.server.restart();
  CHECK(door.log_in(horse).status == 201);
  CHECK(door.server.admin().put(door.password_path, {{"password", horse}}, {{"Idempotency-Key", "k"}}).status == 400);
}

TEST_CASE("No history, feed or list shows a password's hash; that it changed is shown", "[api][acceptance][ACC-7][AUD-1]") {
  Door door;
  door.session(horse);
  REQUIRE(door.sam.api.put(door.password_path, {{"password", staple}, {"old_password", horse}}).status == 200);
  const std::string user = "/v1/users/" + door.sam.id;
  bool is_told = false;
  for (const std::string& place : std::vector<std::string>{user, user + "/history", user + "/states", "/v1/users", "/v1/events?limit=1000", "/v1/changes?limit=1000"}) {
    const Answer answer = door.server.admin().get(place);
    CAPTURE(place);
    REQUIRE(answer.status == 200);
    for (const char* word : {"argon2", "password_hash", "\"hash\""}) CHECK(answer.body.find(word) == std::string::npos);
    is_told = is_told || answer.body.find("user.password_changed") != std::string::npos;
  }
  CHECK(is_told);
  CHECK(door.server.admin().get("/v1/users?password_hash[contains]=argon").status == 400);
  const Answer changed = door.server.admin().get(user + "/history?type=user.password_changed");
  CHECK(changed.flag("/data/0/data/was_reset"));
  CHECK_FALSE(changed.flag("/data/1/data/was_reset"));
}

TEST_CASE("Log-ins, good and bad, are in the access log", "[api][acceptance][AUD-7]") {
  Door door;
  door.session(horse);
  door.log_in("wrong");
  door.log_in(horse, "nobody@acme.example");
  // Refused ones are written behind their answers.
  Answer log;
  const auto rows = [&] { return log.at("/data").is_array() ? log.at("/data").as_array().size() : 0; };
  for (int i = 0; i < 10'000 && rows() < 3; ++i) log = door.server.admin().get("/v1/access-log?action=log_in");
  REQUIRE(rows() == 3);
  std::multiset<std::string> told;
  for (const json::value& each : log.at("/data").as_array())
    told.insert(std::string(each.at("detail").as_string()) + (each.at("user").is_null() ? " of nobody" : each.at("user").as_string() == door.sam.id ? " of Sam" : "?"));
  CHECK(told == std::multiset<std::string>{"from 127.0.0.1 of Sam", "refused, from 127.0.0.1 of Sam", "refused, from 127.0.0.1 of nobody"});
}

TEST_CASE("A suspended user's sessions and tokens stop at once, and the sessions do not come back with him", "[api][acceptance][ACC-2][ACC-7]") {
  Door door;
  const Api session = door.session(horse);
  door.server.must_patch("/v1/users/" + door.sam.id, {{"is_suspended", true}});
  CHECK(session.get("/v1/account").status == 401);
  CHECK(door.sam.api.get("/v1/account").status == 401);
  CHECK(door.log_in(horse).status == 401);
  door.server.must_patch("/v1/users/" + door.sam.id, {{"is_suspended", false}});
  CHECK(session.get("/v1/account").status == 401);
  CHECK(door.sam.api.get("/v1/account").status == 200);
  CHECK(door.log_in(horse).status == 201);
}

TEST_CASE("Logging in, reading and asking are not what a user would take back as his last command", "[api][acceptance][ACC-7][DEA-9]") {
  Door door;
  const std::string deal = door.sam.api.post("/v1/deals", {{"name", "Mine"}}).header("Location");
  const Api session = door.session(horse);
  CHECK(session.post("/v1/notifications/read", {{"up_to", 1}}).status == 200);
  CHECK(session.post("/v1/access-requests", {{"deal_id", door.sam.id}}).status == 202);
  CHECK(session.remove("/v1/sessions/current").status == 204);
  const Answer undone = door.sam.api.post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  CHECK(undone.status == 200);
  CHECK(door.sam.api.get(deal).flag("/is_deleted"));
}

TEST_CASE("Tokens are listed without their secrets: all for an administrator, for others their own", "[api][acceptance][ACC-7]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const Answer made = server.must_post("/v1/tokens", {{"name", "nightly"}, {"user_id", sam.id}, {"read_only", true}, {"scopes", {"deals"}}});
  const auto names_in = [](const Answer& answer) {
    std::set<std::string> found;
    for (const json::value& token : answer.at("/data").as_array()) found.emplace(token.at("name").as_string());
    return found;
  };
  const Answer his = sam.api.get("/v1/tokens?user_id=" + sam.id), hers = sue.api.get("/v1/tokens");
  REQUIRE(his.status == 200);
  CHECK(names_in(his).contains("nightly"));
  CHECK_FALSE(names_in(hers).contains("nightly"));
  for (const json::value& token : hers.at("/data").as_array()) CHECK(token.at("user_id").as_string() == sue.id);
  CHECK(names_in(server.admin().get("/v1/tokens?is_session=false")).contains("nightly"));
  CHECK(his.body.find("hash") == std::string::npos);
  CHECK(his.body.find(made.text("/token")) == std::string::npos);
  const std::string path = "/v1/tokens/" + made.text("/id");
  CHECK(sam.api.get(path).at("/scopes").as_array().size() == 1);
  CHECK(sue.api.get(path).status == 404);
  server.admin().remove(path);
  CHECK_FALSE(names_in(server.admin().get("/v1/tokens")).contains("nightly"));
  CHECK(names_in(server.admin().get("/v1/tokens?deleted=only")).contains("nightly"));
}
