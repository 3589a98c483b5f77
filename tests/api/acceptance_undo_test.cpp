// Taking commands, bulks and undos back (SPEC DEA-9).

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct UndoDesk {
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
  UndoDesk desk;
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
  UndoDesk desk;
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
  UndoDesk desk;
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
  UndoDesk desk;
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
  UndoDesk desk;
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

TEST_CASE("Commands are taken back one after the other, and again; what was taken back stands in nobody's way", "[api][acceptance][DEA-9]") {
  UndoDesk desk;
  desk.server.must_patch("/v1/deals/" + desk.deal, {{"name", "One"}});
  const std::int64_t one = desk.last_command();
  desk.server.must_post("/v1/deals/" + desk.deal + "/move", {{"stage_id", desk.abc.b}});
  const std::int64_t moved = desk.last_command();
  const Answer both = desk.admin().post("/v1/deals/bulk", {{"commands", json::array{{{"method", "PATCH"}, {"path", "/v1/deals/" + desk.deal}, {"body", {{"name", "Two"}}}}}}});
  INFO(both.body);
  REQUIRE(desk.shown().text("/name") == "Two");
  desk.server.must_post("/v1/deals/" + desk.deal + "/lose");
  const std::int64_t lost = desk.last_command();

  CHECK(desk.undo({{"command_id", one}}).code() == "undo_blocked");
  CHECK(desk.undo({{"command_id", moved}}).code() == "undo_blocked");
  const Answer reopened = desk.undo({{"command_id", lost}});
  REQUIRE(reopened.status == 200);
  REQUIRE(desk.undo({{"bulk_id", both.text("/bulk_id")}}).status == 200);
  CHECK(desk.undo({{"command_id", moved}, {"dry_run", true}}).status == 200);
  // The undo is taken back: the deal is lost again, which stands in the way again until that is taken back, too.
  const Answer lost_again = desk.undo({{"bulk_id", reopened.text("/bulk_id")}});
  REQUIRE(lost_again.status == 200);
  REQUIRE(desk.shown().text("/status") == "lost");
  CHECK(desk.undo({{"command_id", moved}}).code() == "undo_blocked");
  REQUIRE(desk.undo({{"bulk_id", lost_again.text("/bulk_id")}}).status == 200);
  REQUIRE(desk.undo({{"command_id", moved}}).status == 200);
  REQUIRE(desk.undo({{"command_id", one}}).status == 200);
  CHECK(desk.shown().text("/name") == "Deal");
  CHECK(desk.shown().text("/stage_id") == desk.abc.a);
  CHECK(desk.shown().text("/status") == "open");
  // Once is enough.
  CHECK(desk.undo({{"command_id", one}}).code() == "undo_blocked");
}

TEST_CASE("Of a bulk the rest is taken back, where part of it was taken back alone", "[api][acceptance][DEA-9][DEA-8]") {
  UndoDesk desk;
  const std::string other = desk.server.create("/v1/deals", {{"name", "Other"}});
  const Answer bulk = desk.admin().post("/v1/deals/bulk", {{"filter", json::object{}}, {"command", {{"path", "/v1/deals/{id}/move"}, {"body", {{"stage_id", desk.abc.c}}}}}});
  REQUIRE(bulk.number("/accepted") == 2);
  REQUIRE(desk.undo({{"command_id", desk.last_command()}}).status == 200);
  REQUIRE(desk.shown().text("/stage_id") == desk.abc.a);
  const Answer rest = desk.undo({{"bulk_id", bulk.text("/bulk_id")}});
  INFO(rest.body);
  REQUIRE(rest.status == 200);
  CHECK(rest.at("/changes").as_array().size() == 1);
  CHECK(desk.shown(other).text("/stage_id") == desk.abc.a);
  CHECK(desk.undo({{"bulk_id", bulk.text("/bulk_id")}}).code() == "undo_blocked");
}

TEST_CASE("Who takes back needs the rights of the commands, and sees only his own", "[api][acceptance][DEA-9][ACC-5]") {
  UndoDesk desk;
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

TEST_CASE("What others use by now stays: its creation is not taken back, though it may still be deleted", "[api][acceptance][DEA-9][DIC-1]") {
  UndoDesk desk;
  const Person bea = desk.server.add_user("Bea", "manager");
  const auto check = [&](const Answer& user, const std::string& path, const json::value& undo) {
    INFO(user.body);
    REQUIRE(user.status == 201);
    const Answer refused = desk.undo(undo);
    INFO(refused.body);
    CHECK(refused.status == 409);
    CHECK(refused.code() == "undo_blocked");
    CHECK(refused.text("/reasons/0/object/id") == user.text("/id"));
    CHECK(refused.text("/reasons/0/code") == "undo_blocked");
    REQUIRE(bea.api.remove(path + "/" + user.text("/id")).status == 200);
    CHECK(desk.undo(undo).status == 200);   // who is deleted uses nothing
  };
  const json::value last{{"last", true}};
  const auto only = [](const std::string& id) { return json::array{json::string(id)}; };

  const std::string tag = desk.server.create("/v1/tags", {{"name", "Hot"}});
  check(bea.api.post("/v1/deals", {{"name", "One"}, {"tags", only(tag)}}), "/v1/deals", last);
  const std::string group = desk.server.create("/v1/deal-groups", {{"name", "Bridges"}});
  check(bea.api.post("/v1/deals", {{"name", "Two"}, {"groups", only(group)}}), "/v1/deals", last);
  const std::string kind = desk.server.create("/v1/contact-groups", {{"name", "Builders"}});
  check(bea.api.post("/v1/companies", {{"name", "Acme"}, {"groups", only(kind)}}), "/v1/companies", last);
  const std::string category = desk.server.create("/v1/product-categories", {{"name", "Pipes"}});
  check(bea.api.post("/v1/products", {{"name", "Pipe"}, {"category_id", category}}), "/v1/products", last);
  desk.server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "area"}, {"type", "number"}});
  check(bea.api.post("/v1/deals", {{"name", "Three"}, {"cf", {{"area", 3}}}}), "/v1/deals", last);
  const std::string space = desk.server.create("/v1/spaces", {{"name", "Fair"}});
  check(bea.api.post("/v1/notes", {{"text", "Hall 3"}, {"links", {{"space_id", space}}}}), "/v1/notes", last);

  // A team that a user is in.
  const std::string team = desk.server.create("/v1/teams", {{"name", "North"}});
  const std::int64_t born = desk.admin().get("/v1/teams/" + team + "/history").number("/data/0/command_id");
  const std::string zoe = desk.server.create("/v1/users", {{"name", "Zoe"}, {"email", "zoe@acme.example"}, {"role", "salesperson"}, {"team_ids", only(team)}});
  const Answer refused = desk.undo({{"command_id", born}});
  INFO(refused.body);
  CHECK(refused.code() == "undo_blocked");
  CHECK(refused.text("/reasons/0/object/kind") == "user");
  CHECK(refused.text("/reasons/0/object/id") == zoe);
  // Users stay, and it is no matter of rights.
  CHECK(desk.undo(last).text("/reasons/0/code") == "not_undoable");

  // A tag that is on a deal is deleted by who means that.
  const std::string cold = desk.server.create("/v1/tags", {{"name", "Cold"}});
  desk.server.must_patch("/v1/deals/" + desk.deal, {{"tags", only(cold)}});
  CHECK(desk.admin().remove("/v1/tags/" + cold).status == 200);
  CHECK(desk.shown().at("/tags").as_array().empty());
}

TEST_CASE("A reopening by mistake is taken back with the time of the closing, in whose period it counts again", "[api][acceptance][DEA-9][GEN-6][DEA-4]") {
  UndoDesk desk;
  desk.server.set_now("2026-05-10T09:00:00Z");
  const std::string path = "/v1/deals/" + desk.deal;
  desk.server.must_post(path + "/lose", {{"note", "why"}, {"effective_at", "2026-03-05T10:00:00Z"}});
  const Answer closed = desk.shown();
  desk.server.must_post(path + "/reopen", {{"effective_at", "2026-04-01T10:00:00Z"}});
  desk.server.advance_days(1);
  const Answer undone = desk.undo({{"last", true}});
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  const auto check = [&] {
    const Answer shown = desk.shown();
    INFO(shown.body);
    CHECK(shown.text("/status") == "lost");
    CHECK(shown.text("/closed_at") == "2026-03-05T10:00:00.000Z");
    CHECK(shown.text("/closed_by") == closed.text("/closed_by"));
    CHECK(desk.admin().get(path + "?as_of=2026-03-20T00:00:00Z").text("/closed_at") == "2026-03-05T10:00:00.000Z");
    CHECK(desk.admin().get(path + "?as_of=2026-04-20T00:00:00Z").text("/status") == "open");
    CHECK(desk.admin().get("/v1/reports/closed-deals?status=lost&from=2026-03-01&to=2026-03-31").number("/summary/count") == 1);
    CHECK(desk.admin().get("/v1/reports/closed-deals?status=lost&from=2026-05-01&to=2026-05-31").number("/summary/count") == 0);
  };
  check();
  CHECK(desk.shown().text("/close_note") == "why");
  CHECK(desk.admin().post(path + "/correct", {{"closed_at", "2026-03-05T10:00:00Z"}}).status == 200);
  desk.server.must_post(path + "/correct", {{"note", "so"}});
  check();
  CHECK(desk.shown().text("/close_note") == "so");
  REQUIRE(desk.undo({{"last", true}}).status == 200);
  check();
  CHECK(desk.shown().text("/close_note") == "why");

  const std::string task = desk.server.create("/v1/tasks", {{"name", "Call"}, {"effective_at", "2026-03-03T10:00:00Z"}});
  desk.server.must_post("/v1/tasks/" + task + "/complete", {{"effective_at", "2026-03-04T10:00:00Z"}});
  desk.server.must_post("/v1/tasks/" + task + "/reopen");
  REQUIRE(desk.undo({{"last", true}}).status == 200);
  CHECK(desk.admin().get("/v1/tasks/" + task).text("/completed_at") == "2026-03-04T10:00:00.000Z");
}

TEST_CASE("An e-mail whose recording was taken back can be recorded again, and is one again", "[api][acceptance][DEA-9][ACT-3]") {
  UndoDesk desk;
  const json::object sent{{"message_id", "<m@b.c>"}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"subject", "Offer"}, {"sent_at", "2026-01-04T09:00:00Z"}};
  const Headers key{{"Idempotency-Key", "first"}};
  const Answer first = desk.admin().post("/v1/emails", sent, key);
  REQUIRE(first.status == 201);
  const Answer undone = desk.undo({{"last", true}});
  REQUIRE(undone.status == 200);
  const Answer again = desk.admin().post("/v1/emails", sent);
  INFO(again.body);
  CHECK(again.status == 201);
  CHECK(again.text("/id") != first.text("/id"));
  CHECK_FALSE(again.flag("/is_deleted"));
  CHECK(desk.admin().post("/v1/emails", sent).text("/id") == again.text("/id"));
  CHECK(desk.admin().post("/v1/emails", sent, key).text("/id") == first.text("/id"));   // what that request did
  CHECK(desk.admin().get("/v1/emails?include=total").number("/page/total") == 1);
  // The first does not come back beside it; and does when that one is gone.
  const Answer both = desk.undo({{"bulk_id", undone.text("/bulk_id")}});
  INFO(both.body);
  CHECK(both.code() == "undo_blocked");
  CHECK(both.text("/reasons/0/code") == "id_taken");
  REQUIRE(desk.undo({{"last", true}}).status == 200);
  CHECK(desk.undo({{"bulk_id", undone.text("/bulk_id")}}).status == 200);
  CHECK(desk.admin().post("/v1/emails", sent).text("/id") == first.text("/id"));
  desk.server.restart();
  CHECK(desk.admin().post("/v1/emails", sent).text("/id") == first.text("/id"));
}

TEST_CASE("A version of a process is taken back until a deal did what only that version has", "[api][acceptance][DEA-9][PRC-1]") {
  UndoDesk desk;
  const std::string path = "/v1/processes/" + desk.abc.process;
  const auto add_action = [&](const std::string& name) {
    const Answer held = desk.admin().get(path);
    const json::value newest = held.at("/stages");
    json::array stages;
    for (const json::value& stage : newest.as_array()) {
      json::array actions = stage.at("actions").as_array();
      if (stages.empty()) actions.push_back({{"name", name}, {"weight", 5}});
      stages.push_back({{"id", stage.at("id")}, {"name", stage.at("name")}, {"actions", actions}});
    }
    const Answer defined = desk.admin().put(path, {{"stages", stages}});
    INFO(defined.body);
    REQUIRE(defined.status == 200);
    return defined.text("/stages/0/actions/2/id");
  };
  const Answer before = desk.admin().get(path);
  add_action("a3");
  const Answer undone = desk.undo({{"last", true}});
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(desk.admin().get(path).at("/stages") == before.at("/stages"));

  const std::string action = add_action("a4");
  REQUIRE(desk.sam.api.post("/v1/deals/" + desk.deal + "/actions/" + action + "/complete").status == 200);
  const Answer refused = desk.undo({{"last", true}});
  INFO(refused.body);
  CHECK(refused.code() == "undo_blocked");
  CHECK(refused.text("/reasons/0/object/id") == desk.deal);
  REQUIRE(desk.sam.api.post("/v1/deals/" + desk.deal + "/actions/" + action + "/reopen").status == 200);
  CHECK(desk.undo({{"last", true}}).status == 200);
}
