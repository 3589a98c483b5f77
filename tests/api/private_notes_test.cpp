// Private notes (SPEC ACC-5, ACT-2): their text is their author's alone; that they are there is no secret, and they count.

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr const char* secret = "He will leave in June";

// A note of Sue's on a deal on which Sam works too.
struct Shared {
  test::Server server;
  Person sue = server.add_user("Sue", "salesperson"), sam = server.add_user("Sam", "salesperson");
  Person max = server.add_user("Max", "manager"), aud = server.add_user("Aud", "auditor"), ann = server.add_user("Ann", "analyst");
  std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"owner_id", sue.id}, {"participant_ids", {sam.id}}});
  std::string note = make(true);

  std::string make(bool is_private) {
    const Answer made = sue.api.post("/v1/notes", {{"text", secret}, {"is_private", is_private}, {"links", {{"deal_id", deal}}}});
    INFO(made.body);
    REQUIRE(made.status == 201);
    CHECK(made.text("/text") == secret);
    return made.text("/id");
  }
  std::vector<const Api*> others() const { return {&server.admin(), &max.api, &sam.api, &aud.api, &ann.api}; }
};

}  // namespace

TEST_CASE("A private note's text is its author's alone, wherever it could stand", "[api][acceptance][ACC-5][ACT-2]") {
  Shared s;
  const std::string path = "/v1/notes/" + s.note;
  const std::vector<std::string> places = {
      path, "/v1/notes", "/v1/notes?links.deal_id=" + s.deal, "/v1/deals/" + s.deal + "/notes", "/v1/deals/" + s.deal + "/timeline",
      path + "/history", path + "/states", "/v1/events?limit=1000", "/v1/changes?limit=1000", "/v1/changes?object=" + s.note, path + "?as_of=2026-03-02T12:00:00Z",
      "/v1/notes?known_at=2026-03-02T12:00:00Z", "/v1/search?q=June"};
  for (const std::string& place : places) {
    CAPTURE(place);
    const bool is_search = place.starts_with("/v1/search");
    const Answer own = s.sue.api.get(place);
    REQUIRE(own.status == 200);
    CHECK((own.body.find(secret) != std::string::npos) == !is_search);
    for (const Api* other : s.others()) {
      const Answer answer = other->get(place);
      REQUIRE(answer.status == 200);
      CHECK(answer.body.find(secret) == std::string::npos);
      if (!is_search) CHECK(answer.body.find(s.note) != std::string::npos);   // that it is there is no secret
    }
  }
  const Answer shown = s.sam.api.get(path);
  CHECK(shown.flag("/is_private"));
  CHECK(shown.at("/text").is_null());
  CHECK(shown.text("/created_by") == s.sue.id);
}

TEST_CASE("No filter, sort or guess tells what a private note says", "[api][acceptance][ACC-5][GEN-9]") {
  Shared s;
  const auto total = [](const Api& api, const std::string& query) { return api.get("/v1/notes?include=total&" + query).number("/page/total"); };
  const std::string tree = R"(filter=%7B%22field%22:%22text%22,%22op%22:%22contains%22,%22value%22:%22June%22%7D)";
  for (const std::string& query : std::vector<std::string>{"text[contains]=june", "text[starts]=He", "text=He%20will%20leave%20in%20June", "text[is_null]=false", tree}) {
    CAPTURE(query);
    CHECK(total(s.sue.api, query) == 1);
    for (const Api* other : s.others()) CHECK(total(*other, query) == 0);
  }
  // To others it is as if there were no text.
  CHECK(total(s.sam.api, "text[is_null]=true") == 1);
  CHECK(total(s.sue.api, "text[is_null]=true") == 0);
  CHECK(total(s.sam.api, "text[ne]=He%20will%20leave%20in%20June") == 1);
  CHECK(s.server.admin().get("/v1/notes?sort=text").status == 400);
  // Creating the same again tells its author that it is there, and others nothing.
  const json::object same{{"id", s.note}, {"text", secret}, {"is_private", true}, {"links", {{"deal_id", s.deal}}}};
  CHECK(s.sue.api.post("/v1/notes", same).status == 200);
  CHECK(s.max.api.post("/v1/notes", same).code() == "id_taken");
}

TEST_CASE("A private note is edited by its author alone, deleted by managers too, and counts for everybody", "[api][acceptance][ACC-5][STA-4]") {
  Shared s;
  const std::string path = "/v1/notes/" + s.note;
  for (const json::object& edit : {json::object{{"text", secret}}, json::object{{"text", "Other"}}, json::object{{"is_private", false}}}) {
    CHECK(s.max.api.patch(path, edit).status == 403);
    CHECK(s.server.admin().patch(path, edit).status == 403);
  }
  CHECK(s.sue.api.patch(path, {{"text", "He will leave in July"}}).text("/text") == "He will leave in July");
  CHECK(s.server.admin().get("/v1/reports/activities").number("/notes/summary/count") == 1);
  CHECK(s.sam.api.get("/v1/reports/activities").number("/notes/summary/count") == 1);
  const Answer gone = s.max.api.remove(path);
  CHECK(gone.status == 200);
  CHECK(gone.at("/text").is_null());
  CHECK(s.max.api.post(path + "/restore").at("/text").is_null());
  CHECK(s.sue.api.get(path).text("/text") == "He will leave in July");
  // A note that everybody reads is not made private by others.
  const std::string open = "/v1/notes/" + s.make(false);
  CHECK(s.max.api.patch(open, {{"is_private", true}}).status == 403);
  CHECK(s.max.api.patch(open, {{"text", "Said better"}}).status == 200);
}

TEST_CASE("What was said before a note was made private is hidden with it, in repeated answers too; what was private stays so", "[api][acceptance][ACC-5]") {
  Shared s;
  const std::string path = "/v1/notes/" + s.make(false);
  const Headers key{{"Idempotency-Key", "managers-words"}};
  CHECK(s.max.api.patch(path, {{"text", "Managers' words"}}, key).text("/text") == "Managers' words");
  s.server.advance_days(1);
  REQUIRE(s.sue.api.patch(path, {{"is_private", true}}).status == 200);
  for (const std::string& place : std::vector<std::string>{path + "?as_of=2026-03-02", path + "/states", path + "/history", "/v1/notes?as_of=2026-03-02"}) {
    CAPTURE(place);
    CHECK(s.sam.api.get(place).body.find("Managers' words") == std::string::npos);
    CHECK(s.sue.api.get(place).body.find("Managers' words") != std::string::npos);
  }
  const Answer repeated = s.max.api.patch(path, {{"text", "Managers' words"}}, key);
  CHECK(repeated.header("Idempotent-Replayed") == "true");
  CHECK(repeated.at("/text").is_null());
  CHECK(s.sam.api.get("/v1/notes?text[contains]=words&as_of=2026-03-02").at("/data").as_array().empty());

  s.server.advance_days(1);
  REQUIRE(s.sue.api.patch(path, {{"text", "Only for me"}}).status == 200);
  s.server.advance_days(1);
  REQUIRE(s.sue.api.patch(path, {{"is_private", false}, {"text", "For all"}}).status == 200);
  CHECK(s.sam.api.get(path).text("/text") == "For all");
  CHECK(s.sam.api.get(path + "/history").body.find("Only for me") == std::string::npos);
  CHECK(s.sam.api.get(path + "?as_of=2026-03-04").at("/text").is_null());
}
