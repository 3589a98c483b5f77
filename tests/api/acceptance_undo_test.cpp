// Taking commands, bulks and undos back (SPEC DEA-9).

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct Desk {
  Server server;
  Server::Abc abc = server.add_abc();
  Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  std::string deal = server.create("/v1/deals", {{"name", "Deal"}, {"owner_id", sam.id}});

  const Api& admin() const { return server.admin(); }
  Answer undo(const json::value& body, const Headers& headers = {}) { return admin().post("/v1/undo", body, headers); }
  Answer shown(const std::string& id = "") { return admin().get("/v1/deals/" + (id.empty() ? deal : id)); }
  std::int64_t last_command() { return admin().get("/v1/deals/" + deal + "/history?limit=100").json.at("data").as_array().back().at("command_id").to_number<std::int64_t>(); }
};

}  // namespace

TEST_CASE("The last command is taken back, after a preview that changes nothing", "[api][acceptance][DEA-9]") {
  Desk desk;
  const Answer edited = desk.server.must_patch("/v1/deals/" + desk.deal, {{"name", "Other"}, {"owner_id", desk.sue.id}, {"description", "words"}});
  const std::string before = desk.admin().get("/v1/account").header("Log-Position");
  const Answer preview = desk.undo({{"last", true}, {"dry_run", true}});
  INFO(preview.body);
  REQUIRE(preview.status == 200);
  CHECK(preview.at("/bulk_id").is_null());
  CHECK(preview.text("/changes/0/type") == "deal.edited");
  CHECK(preview.text("/changes/0/object/id") == desk.deal);
  CHECK(preview.text("/changes/0/data/name") == "Deal");
  CHECK(preview.text("/changes/0/before/name") == "Other");
  CHECK(preview.at("/changes/0/data/description").is_null());
  CHECK(preview.text("/changes/0/before/description") == "words");
  CHECK(desk.admin().get("/v1/account").header("Log-Position") == before);

  const Answer done = desk.undo({{"last", true}});
  INFO(done.body);
  REQUIRE(done.status == 200);
  CHECK(done.at("/changes") == preview.at("/changes"));
  // So far has the log come with it: the undo itself, and each of its changes.
  CHECK(std::stoll(done.header("Log-Position")) == std::stoll(edited.header("Log-Position")) + 1 + static_cast<long long>(done.at("/changes").as_array().size()));
  CHECK(desk.shown().text("/name") == "Deal");
  CHECK(desk.shown().text("/owner_id") == desk.sam.id);
  CHECK(desk.shown().at("/description").is_null());
  // The undo is the last now: taking it back does it again.
  REQUIRE(desk.undo({{"bulk_id", done.text("/bulk_id")}}).status == 200);
  CHECK(desk.shown().text("/name") == "Other");
}

TEST_CASE("Moves, done actions and closings are taken back with all that they brought along", "[api][acceptance][DEA-9]") {
  Desk desk;
  const Answer fresh = desk.shown();
  desk.server.must_post("/v1/deals/" + desk.deal + "/actions/" + desk.abc.b1 + "/complete", {{"note", "They agreed"}});
  CHECK(desk.shown().text("/stage_id") == desk.abc.b);
  REQUIRE(desk.undo({{"command_id", desk.last_command()}}).status == 200);
  CHECK(desk.shown().text("/stage_id") == desk.abc.a);
  CHECK(desk.shown().text("/furthest_stage_id") == desk.abc.a);
  CHECK(desk.shown().at("/done_actions").as_array().empty());
  CHECK(desk.admin().get("/v1/notes?include=total").number("/page/total") == 0);

  desk.server.must_post("/v1/deals/" + desk.deal + "/lose", {{"note", "why"}});
  const Answer closed = desk.shown();
  REQUIRE(desk.undo({{"last", true}}).status == 200);
  CHECK(desk.shown().text("/status") == "open");
  desk.server.must_post("/v1/deals/" + desk.deal + "/lose", {{"note", "why"}});
  desk.server.must_post("/v1/deals/" + desk.deal + "/reopen");
  REQUIRE(desk.undo({{"last", true}}).status == 200);
  CHECK(desk.shown().text("/status") == "lost");
  CHECK(desk.shown().text("/close_note") == "why");
}

TEST_CASE("What is no import is taken back in one commit, however many steps it takes", "[api][acceptance][DEA-9]") {
  Desk desk;
  json::array commands;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    commands.push_back({{"path", "/v1/deals"}, {"body", {{"name", "Deal " + number}, {"company_name", "Company " + number}, {"person_name", "Person " + number}}}});
  }
  const Answer bulk = desk.admin().post("/v1/deals/bulk", {{"commands", commands}});
  REQUIRE(bulk.number("/accepted") == 1000);
  const auto commits = [&] { return desk.server.app().account("acme")->log().head().commit; };
  const auto before = commits();
  const Answer undone = desk.undo({{"bulk_id", bulk.text("/bulk_id")}});
  INFO(undone.body.substr(0, 500));
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/changes").as_array().size() == 3000);
  CHECK(commits() == before + 1);
  CHECK(desk.admin().get("/v1/companies?limit=1&include=total").number("/page/total") == 0);
}

TEST_CASE("A bulk is taken back as a whole, and again", "[api][acceptance][DEA-9][DEA-8]") {
  Desk desk;
  std::vector<std::string> deals{desk.deal};
  for (int i = 0; i < 20; ++i) deals.push_back(desk.server.create("/v1/deals", {{"name", "Deal"}}));
  const Answer bulk = desk.admin().post("/v1/deals/bulk", {{"filter", json::object{}}, {"command", {{"path", "/v1/deals/{id}/move"}, {"body", {{"stage_id", desk.abc.c}}}}}});
  REQUIRE(bulk.number("/accepted") == 21);
  const Headers key{{"Idempotency-Key", "back"}};
  const Answer undone = desk.undo({{"last", true}}, key);   // the last command was part of it
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/changes").as_array().size() == 21);
  for (const std::string& deal : deals) CHECK(desk.shown(deal).text("/stage_id") == desk.abc.a);
  const Answer again = desk.undo({{"last", true}}, key);
  CHECK(again.json == undone.json);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(desk.undo({{"bulk_id", bulk.text("/bulk_id")}}).code() == "undo_blocked");   // taken back already
  desk.server.restart();
  REQUIRE(desk.undo({{"bulk_id", undone.text("/bulk_id")}}).status == 200);
  for (const std::string& deal : deals) CHECK(desk.shown(deal).text("/stage_id") == desk.abc.c);
}

TEST_CASE("What later events depend on stays, and they are named", "[api][acceptance][DEA-9]") {
  Desk desk;
  desk.server.must_post("/v1/deals/" + desk.deal + "/move", {{"stage_id", desk.abc.b}});
  const std::int64_t moved = desk.last_command();
  desk.server.must_post("/v1/deals/" + desk.deal + "/lose");
  const std::int64_t lost = desk.last_command();
  for (const bool dry_run : {true, false}) {
    const Answer blocked = desk.undo({{"command_id", moved}, {"dry_run", dry_run}});
    INFO(blocked.body);
    CHECK(blocked.status == 409);
    CHECK(blocked.code() == "undo_blocked");
    CHECK(blocked.number("/reasons/0/position") == lost);
    CHECK(blocked.text("/reasons/0/type") == "deal.closed");
    CHECK(blocked.text("/reasons/0/object/id") == desk.deal);
  }
  CHECK(desk.shown().text("/status") == "lost");

  // A company that deals refer to by now.
  const Answer company = desk.server.must_post("/v1/companies", {{"name", "Acme"}});
  const std::string id = company.text("/id");
  const std::int64_t born = desk.admin().get("/v1/companies/" + id + "/history").number("/data/0/command_id");
  const std::string client = desk.server.create("/v1/deals", {{"name", "For Acme"}, {"company_id", id}});
  const Answer referred = desk.undo({{"command_id", born}});
  INFO(referred.body);
  CHECK(referred.code() == "undo_blocked");
  CHECK(referred.text("/reasons/0/object/id") == client);
  desk.admin().remove("/v1/deals/" + client);
  CHECK(desk.undo({{"command_id", born}}).status == 200);
  CHECK(desk.admin().get("/v1/companies/" + id + "?deleted=include").flag("/is_deleted"));

  const std::string kept = desk.server.create("/v1/companies", {{"name", "A"}}), gone = desk.server.create("/v1/companies", {{"name", "B"}});
  desk.server.must_post("/v1/companies/" + kept + "/merge", {{"from_id", gone}});
  CHECK(desk.undo({{"last", true}}).text("/reasons/0/code") == "not_undoable");
}

TEST_CASE("Who takes back needs the rights of the commands, and sees only his own", "[api][acceptance][DEA-9][ACC-5]") {
  Desk desk;
  desk.server.must_post("/v1/deals/" + desk.deal + "/move", {{"stage_id", desk.abc.b}});
  const std::int64_t moved = desk.last_command();
  CHECK(desk.sam.api.post("/v1/undo", {{"command_id", moved}}).status == 404);   // the administrator's
  CHECK(desk.sam.api.post("/v1/undo", {{"last", true}}).status == 404);          // he did nothing
  CHECK(desk.undo({{"command_id", moved + 1000}}).status == 404);
  CHECK(desk.undo({{"bulk_id", desk.deal}}).status == 404);
  CHECK(desk.undo(json::object{}).status == 422);
  CHECK(desk.undo({{"last", true}, {"command_id", moved}}).status == 422);

  // His own, on a deal that was taken from him since.
  const Answer his = desk.sam.api.post("/v1/deals/" + desk.deal + "/move", {{"stage_id", desk.abc.c}});
  REQUIRE(his.status == 200);
  const std::int64_t command = desk.last_command();
  desk.server.must_patch("/v1/deals/" + desk.deal, {{"visibility", "public"}, {"owner_id", desk.sue.id}});
  const Answer refused = desk.sam.api.post("/v1/undo", {{"command_id", command}});
  INFO(refused.body);
  CHECK(refused.code() == "undo_blocked");
  CHECK(refused.text("/reasons/0/code") == "forbidden");
  CHECK(desk.shown().text("/stage_id") == desk.abc.c);
  CHECK(desk.undo({{"command_id", command}}).status == 200);
  CHECK(desk.shown().text("/stage_id") == desk.abc.b);
}
