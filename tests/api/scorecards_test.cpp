// Scorecards over HTTP (SPEC 14): shapes, many at once, groups, deleting, histories, the past, who sees them.

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr const char* visits = "0190a000-0000-4000-8000-0000000000c3";

json::array parameters() {
  return {{{"kind", "deals_won"}, {"target", 10}, {"weight_bp", 4'000}},
          {{"kind", "won_value"}, {"target", {{"amount", "100000.00"}}}, {"weight_bp", 3'500}},
          {{"id", visits}, {"kind", "custom"}, {"name", "Visits"}, {"unit", "fairs"}, {"target", 2.5}, {"weight_bp", 2'500}, {"less_is_better", true}}};
}
json::object card_for(json::array users, const char* start = "2026-03-01") {
  return {{"user_ids", std::move(users)}, {"period", {{"kind", "monthly"}, {"start", start}}}, {"parameters", parameters()}};
}
std::vector<std::string> ids(const Answer& answer) {
  std::vector<std::string> found;
  for (const json::value& row : answer.at("/data").as_array()) found.emplace_back(row.at("id").as_string());
  return found;
}
std::string at(const std::string& id, const char* verb = "") { return "/v1/scorecards/" + id + verb; }

}  // namespace

TEST_CASE("a scorecard shows its holder, period and parameters", "[api][acceptance][SCO-1][SCO-2][SCO-3]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const Answer made = server.must_post("/v1/scorecards", card_for({json::string(sam.id)}, "2026-01-31"));
  CHECK(made.status == 201);
  const std::string id = made.text("/id");
  CHECK(made.header("Location") == at(id));
  CHECK(made.text("/holder/user_id") == sam.id);
  CHECK(made.at("/holder/team_id").is_null());
  CHECK(made.at("/period") == json::object{{"kind", "monthly"}, {"start", "2026-01-31"}, {"end", "2026-02-27"}});
  CHECK_FALSE(made.flag("/auto_duplicate"));
  CHECK(made.text("/parameters/0/kind") == "deals_won");
  CHECK(made.number("/parameters/0/target") == 10);
  CHECK(made.number("/parameters/0/weight_bp") == 4'000);
  CHECK(made.text("/parameters/1/target/amount") == "100000.00");
  CHECK(made.text("/parameters/1/target/currency") == "PLN");
  CHECK(json::serialize(made.at("/parameters/2/target")) == "2.5E0");
  CHECK(made.text("/parameters/2/unit") == "fairs");
  CHECK(made.flag("/parameters/2/less_is_better"));
  CHECK(made.number("/parameters/2/actual") == 0);
  // What is not computed yet is not shown.
  CHECK(made.at("/parameters/0").as_object().if_contains("actual") == nullptr);
  CHECK(made.json.as_object().if_contains("score") == nullptr);
  const Answer shown = server.admin().get(at(id));
  CHECK(shown.at("/parameters") == made.at("/parameters"));
  CHECK(server.admin().get("/v1/scorecards?holder.user_id=" + sam.id).at("/data/0/parameters") == made.at("/parameters"));
  CHECK(ids(server.admin().get("/v1/scorecards?period.start[gte]=2026-02-01")).empty());
}

TEST_CASE("many cards are edited, counted by hand and deleted by one request, in a list or over a filter", "[api][acceptance][SCO-1][DEA-8]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const Api& api = server.admin();
  const std::string one = server.must_post("/v1/scorecards", card_for({json::string(sam.id)})).text("/id");
  const std::string two = server.must_post("/v1/scorecards", card_for({json::string(sue.id)})).text("/id");
  const Answer many = api.post("/v1/scorecards/bulk", {{"commands", {json::object{{"path", at(one, "/adjust")}, {"body", {{"parameter_id", visits}, {"add", 2}}}},
                                                                     json::object{{"method", "PATCH"}, {"path", at(two)}, {"body", {{"auto_duplicate", true}}}},
                                                                     json::object{{"path", at(two, "/settle")}}}}});
  INFO(many.body);
  REQUIRE(many.status == 200);
  CHECK(many.number("/items/0/body/parameters/2/actual") == 2);
  CHECK(many.flag("/items/1/body/auto_duplicate"));
  CHECK(many.number("/refused") == 1);   // its period is not over
  CHECK(api.get(at(one)).number("/parameters/2/actual") == 2);
  // A creation is for many as it is.
  const json::object create{{"path", "/v1/scorecards"}, {"body", card_for({json::string(sam.id)}, "2026-04-01")}};
  CHECK(api.post("/v1/scorecards/bulk", {{"commands", json::array{create}}}).errors() == std::vector<std::string>{"/commands/0/path invalid"});
  CHECK(sam.api.post("/v1/scorecards/bulk", {{"commands", json::array{json::object{{"method", "DELETE"}, {"path", at(one)}}}}}).status == 403);

  const json::object filter{{"field", "holder.user_id"}, {"value", sue.id}}, remove{{"method", "DELETE"}, {"path", "/v1/scorecards/{id}"}};
  CHECK(api.post("/v1/scorecards/bulk", {{"filter", filter}, {"command", remove}}).number("/accepted") == 1);
  CHECK(ids(api.get("/v1/scorecards")) == std::vector<std::string>{one});
}

TEST_CASE("cards for many are one command with an answer of its own, for ever", "[api][acceptance][SCO-1]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string north = server.create("/v1/teams", {{"name", "North"}});
  json::object body = card_for({json::string(sam.id), json::string(sue.id)});
  body["team_ids"] = {north};
  body["ids"] = {"0190a000-0000-4000-8000-0000000000d1"};
  const Answer made = server.admin().post("/v1/scorecards", body, {{"Idempotency-Key", "cards"}});
  REQUIRE(made.status == 201);
  REQUIRE(ids(made).size() == 3);
  CHECK(ids(made)[0] == "0190a000-0000-4000-8000-0000000000d1");
  CHECK(made.text("/data/2/holder/team_id") == north);
  server.must_post(at(ids(made)[1], "/adjust"), {{"parameter_id", visits}, {"set", 7}});
  const Answer again = server.admin().post("/v1/scorecards", body, {{"Idempotency-Key", "cards"}});
  CHECK(again.body == made.body);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(server.admin().post("/v1/scorecards", body).status == 200);   // the same ids with the same content
  CHECK(ids(server.admin().get("/v1/scorecards")).size() == 3);
}

TEST_CASE("a card that cannot be is refused with all its faults", "[api][acceptance][SCO-2][GEN-10]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  json::object body = card_for({json::string(sam.id)});
  body["parameters"].as_array()[0].as_object()["weight_bp"] = 3'999;
  body["parameters"].as_array()[1].as_object()["target"] = 5;
  const Answer bad = server.admin().post("/v1/scorecards", body);
  CHECK(bad.errors() == std::vector<std::string>{"/parameters weights_not_100", "/parameters/1/target wrong_type"});
  body["parameters"].as_array()[1].as_object()["target"] = {{"amount", "5.00"}};
  const Answer sum = server.admin().post("/v1/scorecards", body);
  CHECK(sum.status == 422);
  CHECK(sum.code() == "weights_not_100");
  CHECK(sum.text("/errors/0/message").find("99.99 %") != std::string::npos);
  CHECK(server.admin().post("/v1/scorecards", {{"user_ids", {sam.id}}}).errors() ==
        std::vector<std::string>{"/parameters required", "/period/kind required", "/period/start required"});
  CHECK(server.admin().post("/v1/scorecards", {{"colour", "red"}}).status == 400);
  CHECK(ids(server.admin().get("/v1/scorecards")).empty());
}

TEST_CASE("custom parameters are counted by hand, and the history says how", "[api][acceptance][SCO-3][AUD-1]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string id = server.create("/v1/scorecards", card_for({json::string(sam.id)}));
  const std::string before = to_string(server.now());
  server.advance_days(1);
  CHECK(server.must_post(at(id, "/adjust"), {{"parameter_id", visits}, {"set", 2}}).number("/parameters/2/actual") == 2);
  CHECK(json::serialize(server.must_post(at(id, "/adjust"), {{"parameter_id", visits}, {"add", "-0.5"}}).at("/parameters/2/actual")) == "1.5E0");
  CHECK(server.admin().post(at(id, "/adjust"), {{"parameter_id", visits}}).errors() == std::vector<std::string>{"/set required"});
  // A kind that cannot be read is taken for none: what it would need is not missing, and the weights cannot be told (GEN-10).
  CHECK(server.admin().patch(at(id), {{"parameters", json::array{{{"kind", "nonsense"}, {"name", "x"}, {"target", 1}, {"weight_bp", 5'000}}}}}).errors() ==
        std::vector<std::string>{"/parameters/0/kind invalid"});
  CHECK(server.admin().get(at(id) + "?as_of=" + before).number("/parameters/2/actual") == 0);
  const Answer history = server.admin().get(at(id, "/history"));
  CHECK(history.text("/data/1/type") == "scorecard.parameters_set");
  CHECK(history.text("/data/1/data/parameters/1/kind") == "won_value");
  CHECK(history.number("/data/1/data/parameters/1/target") == 100'000);
  CHECK(history.text("/data/3/type") == "scorecard.adjusted");
  CHECK(history.flag("/data/3/data/is_added"));
  CHECK(json::serialize(history.at("/data/3/data/values/0/value")) == "1.5E0");
  CHECK(history.number("/data/3/before/values/0/value") == 2);
  const Answer states = server.admin().get(at(id, "/states"));
  CHECK(states.number("/data/2/state/parameters/2/actual") == 2);
}

TEST_CASE("similar cards are a group whose parameters are edited at once", "[api][acceptance][SCO-6]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), may = server.add_user("May", "manager");
  server.must_post("/v1/scorecards", card_for({json::string(sam.id), json::string(sue.id)}));
  server.must_post("/v1/scorecards", card_for({json::string(sam.id)}, "2026-04-01"));
  const Answer groups = may.api.get("/v1/scorecards/groups");
  REQUIRE(groups.at("/data").as_array().size() == 2);
  CHECK(groups.number("/data/0/count") == 2);
  CHECK(groups.text("/data/0/period/end") == "2026-03-31");
  CHECK(groups.text("/data/0/holders/1/user_id") == sue.id);
  CHECK(groups.text("/data/0/parameters/0/kind") == "deals_won");
  CHECK(sue.api.get("/v1/scorecards/groups").number("/data/0/count") == 1);   // what she may see
  CHECK(may.api.get("/v1/scorecards/groups?holder.user_id=" + sue.id).number("/data/0/count") == 1);
  json::array changed = parameters();
  changed[0].as_object()["target"] = 12;
  const std::string group = "/v1/scorecards/groups/" + groups.text("/data/0/key");
  const Answer edited = may.api.patch(group, {{"parameters", changed}});
  REQUIRE(edited.status == 200);
  CHECK(ids(edited).size() == 2);
  CHECK(edited.number("/data/1/parameters/0/target") == 12);
  CHECK(may.api.patch(group, {{"parameters", changed}}).status == 404);   // they are another group now
  CHECK(may.api.get("/v1/scorecards?period.start=2026-04-01").number("/data/0/parameters/0/target") == 10);
}

TEST_CASE("a card is settled after its period: it says so, stays as it is, and that cannot be taken back", "[api][acceptance][SCO-7][DEA-9]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), may = server.add_user("May", "manager");
  const std::string id = server.create("/v1/scorecards", card_for({json::string(sam.id)}));
  CHECK(server.admin().get(at(id)).at("/settled_at").is_null());
  const Answer early = may.api.post(at(id, "/settle"));
  CHECK(early.status == 422);
  CHECK(early.errors() == std::vector<std::string>{"/period/end effective_in_future"});
  server.advance_days(30);   // the 1st of April
  const std::string before = to_string(server.now());
  server.advance_days(1);
  const Answer settled = may.api.post(at(id, "/settle"), nullptr, {{"Idempotency-Key", "settled"}});
  REQUIRE(settled.status == 200);
  CHECK(settled.text("/settled_at") == to_string(server.now()));
  CHECK(may.api.post(at(id, "/settle"), nullptr, {{"Idempotency-Key", "settled"}}).body == settled.body);
  CHECK(may.api.post(at(id, "/settle")).number("/version") == settled.number("/version"));
  CHECK(sam.api.post(at(id, "/settle")).status == 403);

  for (const Answer& refused : {may.api.patch(at(id), {{"auto_duplicate", true}}), may.api.post(at(id, "/adjust"), {{"parameter_id", visits}, {"set", 2}}),
                                may.api.patch("/v1/scorecards/groups/" + settled.text("/group_key"), {{"parameters", parameters()}})}) {
    CHECK(refused.status == 409);
    CHECK(refused.code() == "card_settled");
  }
  const Answer undo = may.api.post("/v1/undo", {{"last", true}});
  CHECK(undo.code() == "undo_blocked");
  CHECK(undo.text("/reasons/0/code") == "not_undoable");
  CHECK(server.admin().get(at(id)).json == settled.json);
  CHECK(ids(server.admin().get("/v1/scorecards?settled_at[gte]=2026-04-01T00:00:00Z")) == std::vector<std::string>{id});
  CHECK(server.admin().get(at(id) + "?as_of=" + before).at("/settled_at").is_null());
  CHECK(server.admin().get(at(id, "/history")).text("/data/2/type") == "scorecard.settled");
}

TEST_CASE("what was counted by hand and what a group is to reach are taken back", "[api][acceptance][SCO-2][SCO-6][DEA-9]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string id = ids(server.must_post("/v1/scorecards", card_for({json::string(sam.id), json::string(sue.id)})))[0];
  server.must_post(at(id, "/adjust"), {{"parameter_id", visits}, {"set", 2}});
  server.must_post(at(id, "/adjust"), {{"parameter_id", visits}, {"add", 1}});
  REQUIRE(server.admin().post("/v1/undo", {{"last", true}}).status == 200);
  const Answer before = server.admin().get(at(id));
  CHECK(before.number("/parameters/2/actual") == 2);

  json::array changed = parameters();
  changed[0].as_object()["target"] = 12;
  const Answer edited = server.admin().patch("/v1/scorecards/groups/" + before.text("/group_key"), {{"parameters", changed}});
  REQUIRE(edited.status == 200);
  const Answer undone = server.admin().post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/changes").as_array().size() == 2);   // of both cards
  CHECK(server.admin().get(at(id)).at("/parameters") == before.at("/parameters"));
  CHECK(server.admin().get(at(id)).at("/group_key") == before.at("/group_key"));
}

TEST_CASE("a copy is another card like it", "[api][acceptance][SCO-6]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  json::object body = card_for({json::string(sam.id)});
  body["auto_duplicate"] = true;
  const std::string id = server.create("/v1/scorecards", body);
  const Answer copy = server.must_post(at(id, "/copy"), {{"user_ids", {sue.id}}, {"period", {{"start", "2026-04-01"}}}});
  CHECK(copy.status == 201);
  CHECK(copy.text("/holder/user_id") == sue.id);
  CHECK(copy.text("/period/end") == "2026-04-30");
  CHECK(copy.flag("/auto_duplicate"));
  CHECK(copy.number("/parameters/0/target") == 10);
  CHECK(server.must_post(at(id, "/copy")).text("/holder/user_id") == sam.id);
  CHECK(server.must_patch(at(id), {{"period", {{"kind", "custom"}, {"end", "2026-03-15"}}}}).text("/period/end") == "2026-03-15");
}

TEST_CASE("deleting all cards of a user is one event that follows for each", "[api][acceptance][SCO-6][TIM-1]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const Answer made = server.must_post("/v1/scorecards", card_for({json::string(sam.id), json::string(sue.id)}));
  const std::string other = server.create("/v1/scorecards", card_for({json::string(sam.id)}, "2026-04-01")), id = ids(made)[0];
  const std::string before = to_string(server.now());
  server.advance_days(1);
  const Answer gone = server.admin().remove("/v1/scorecards?user_id=" + sam.id, {{"Idempotency-Key", "gone"}});
  CHECK(gone.status == 200);
  CHECK(gone.number("/deleted") == 2);
  CHECK(ids(server.admin().get("/v1/scorecards")) == std::vector<std::string>{ids(made)[1]});
  CHECK(ids(server.admin().get("/v1/scorecards?deleted=only")).size() == 2);
  CHECK(ids(server.admin().get("/v1/scorecards?as_of=" + before)).size() == 3);
  CHECK(server.admin().get(at(id)).flag("/is_deleted"));
  CHECK_FALSE(server.admin().get(at(id) + "?as_of=" + before).flag("/is_deleted"));
  const Answer history = server.admin().get(at(id, "/history"));
  CHECK(history.text("/data/2/type") == "user.scorecards_deleted");
  CHECK(history.flag("/data/2/data/is_deleted"));

  server.advance_days(1);
  const Answer back = server.must_post(at(id, "/restore"));
  CHECK_FALSE(back.flag("/is_deleted"));
  CHECK_FALSE(server.admin().get(at(id)).flag("/is_deleted"));
  CHECK(ids(server.admin().get("/v1/scorecards")).size() == 2);
  CHECK(server.admin().get(at(other)).flag("/is_deleted"));
  CHECK(server.admin().remove("/v1/scorecards?user_id=" + sam.id, {{"Idempotency-Key", "gone"}}).number("/deleted") == 2);   // that time
  CHECK(server.admin().remove("/v1/scorecards?user_id=" + sam.id).number("/deleted") == 1);
  CHECK(server.admin().remove("/v1/scorecards?user_id=" + sam.id).number("/deleted") == 0);
  CHECK(server.admin().remove("/v1/scorecards").errors() == std::vector<std::string>{"/user_id required"});
  server.restart();
  CHECK(server.admin().get(at(id)).flag("/is_deleted"));
}

TEST_CASE("cards are hidden from who neither holds them nor is of their team, in every place", "[api][acceptance][SCO-4][ACC-5]") {
  Server server;
  const std::string north = server.create("/v1/teams", {{"name", "North"}});
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson", {north}), ann = server.add_user("Ann", "analyst");
  const std::string of_sam = server.create("/v1/scorecards", card_for({json::string(sam.id)}));
  json::object team = card_for({});
  team["team_ids"] = {north};
  const std::string of_team = server.create("/v1/scorecards", team);
  CHECK(ids(sam.api.get("/v1/scorecards")) == std::vector<std::string>{of_sam});
  CHECK(ids(sue.api.get("/v1/scorecards")) == std::vector<std::string>{of_team});
  CHECK(ids(ann.api.get("/v1/scorecards")).size() == 2);
  for (const char* part : {"", "/history", "/states"}) {
    CHECK(sue.api.get(at(of_sam, part)).status == 404);
    CHECK(sam.api.get(at(of_sam, part)).status == 200);
  }
  CHECK(sue.api.get("/v1/events?object=" + of_sam).at("/data").as_array().empty());
  CHECK(sam.api.post(at(of_sam, "/adjust"), {{"parameter_id", visits}, {"set", 1}}).status == 403);
  // That there were cards of his is nobody else's business either.
  REQUIRE(server.admin().remove("/v1/scorecards?user_id=" + sam.id).status == 200);
  const auto told = [&](const Person& person) { return person.api.get("/v1/events?type=user.scorecards_deleted").at("/data").as_array().size(); };
  CHECK(told(sam) == 1);
  CHECK(told(sue) == 0);
  CHECK(told(ann) == 1);
  const auto steps = [&](const Person& person) { return person.api.get("/v1/users/" + sam.id + "/history").at("/data").as_array().size(); };
  CHECK(steps(sue) + 1 == steps(ann));
}
