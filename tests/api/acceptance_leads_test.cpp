// Leads over HTTP (SPEC 9, API.md 3 "lead").

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct Leads {
  Server server;
  std::string first, second;

  Leads() {
    const Answer stages = server.admin().get("/v1/lead-stages?sort=position");
    REQUIRE(stages.at("/data").as_array().size() == 3);
    first = stages.text("/data/0/id");
    second = stages.text("/data/1/id");
  }
  std::string lead(json::object body = {}) {
    if (!body.contains("title")) body["title"] = "Fair visitor";
    return server.create("/v1/leads", body);
  }
  Answer verb(const std::string& id, const std::string& verb, const json::value& body = nullptr) {
    return server.admin().post("/v1/leads/" + id + "/" + verb, body);
  }
};

}  // namespace

TEST_CASE("A new account has lead stages; a lead begins in the first with what came in raw", "[api][acceptance][LEA-1]") {
  Leads leads;
  const Answer made = leads.server.admin().post("/v1/leads", {{"title", "Fair visitor"}, {"value", {{"amount", "1200.00"}}},
      {"raw", {{"name", "Jan"}, {"emails", {"jan@example.com"}}}}, {"effective_at", "2026-02-01T09:00:00Z"}});
  REQUIRE(made.status == 201);
  CHECK(made.text("/status") == "active");
  CHECK(made.text("/stage_id") == leads.first);
  CHECK(made.text("/furthest_stage_id") == leads.first);
  CHECK(made.text("/owner_id") == leads.server.admin_id());
  CHECK(made.text("/raw/name") == "Jan");
  CHECK(made.text("/raw/emails/0") == "jan@example.com");
  CHECK(made.text("/value/amount") == "1200.00");
  CHECK(made.at("/is_repeat") == false);
  CHECK(made.at("/deal_id").is_null());
  CHECK(made.text("/created_at") == "2026-02-01T09:00:00.000Z");
  const Answer shown = leads.server.admin().get(made.header("Location"));
  CHECK(shown.json == made.json);
}

TEST_CASE("A lead is moved, lost with a reason and reopened, and each state can be seen as of its time", "[api][acceptance][LEA-1][GEN-6]") {
  Leads leads;
  const std::string reason = leads.server.create("/v1/close-reasons", {{"name", "Dear"}, {"outcome", "lost"}});
  const std::string id = leads.lead({{"effective_at", "2026-01-05T09:00:00Z"}});
  CHECK(leads.verb(id, "move", {{"stage_id", leads.second}, {"effective_at", "2026-01-10T09:00:00Z"}}).text("/stage_id") == leads.second);
  CHECK(leads.verb(id, "move", {{"stage_id", leads.first}, {"effective_at", "2026-01-12T09:00:00Z"}}).text("/furthest_stage_id") == leads.second);
  const Answer lost = leads.verb(id, "lose", {{"reason_id", reason}, {"note", "Too dear"}, {"effective_at", "2026-01-20T09:00:00Z"}});
  CHECK(lost.text("/status") == "lost");
  CHECK(lost.text("/close_note") == "Too dear");
  CHECK(lost.text("/closed_at") == "2026-01-20T09:00:00.000Z");
  CHECK(leads.verb(id, "move", {{"stage_id", leads.second}}).code() == "lead_not_active");
  CHECK(leads.verb(id, "lose").status == 409);
  CHECK(leads.verb(id, "convert", {{"deal", true}}).code() == "lead_not_active");
  CHECK(leads.verb(id, "reopen", {{"effective_at", "2026-01-19T09:00:00Z"}}).code() == "effective_before_last_event");
  CHECK(leads.verb(id, "reopen").text("/status") == "active");

  const std::string path = "/v1/leads/" + id;
  CHECK(leads.server.admin().get(path + "?as_of=2026-01-11").text("/stage_id") == leads.second);
  CHECK(leads.server.admin().get(path + "?as_of=2026-01-25").text("/status") == "lost");
  CHECK(leads.server.admin().get(path + "?as_of=2026-01-01").status == 404);
  const auto ids = [&](const std::string& query) { return leads.server.admin().get("/v1/leads?fields=id&" + query).at("/data").as_array().size(); };
  CHECK(ids("visited_stage_id=" + leads.second) == 1);
  CHECK(ids("visited_stage_id=" + leads.second + "&as_of=2026-01-06") == 0);
  CHECK(ids("status=lost") == 0);
  CHECK(ids("status=lost&as_of=2026-01-25") == 1);
  CHECK(ids("furthest_stage_id=" + leads.second + "&stage.position=10") == 1);
  CHECK(ids("title[contains]=visitor&raw.name[is_null]=true&sort=-stage_entered_at") == 1);
}

TEST_CASE("A lead is converted into a person, a company and a deal in one commit", "[api][acceptance][LEA-1]") {
  Leads leads;
  const Person sam = leads.server.add_user("Sam", "salesperson");
  const std::string id = leads.lead({{"owner_id", sam.id}, {"value", {{"amount", "500"}}},
      {"raw", {{"name", "Jan Kowalski"}, {"company_name", "Kowalski"}, {"phones", {"+48 600"}}}}});
  const Answer before = leads.server.admin().get("/v1/leads/" + id);
  const Answer converted = sam.api.post("/v1/leads/" + id + "/convert", {{"person", true}, {"company", {{"name", "Kowalski S.A."}}}, {"deal", {{"name", "Bridge"}}}});
  INFO(converted.body);
  REQUIRE(converted.status == 200);
  CHECK(converted.text("/status") == "converted");
  CHECK(converted.text("/converted_at") == "2026-03-02T09:00:00.000Z");
  // One commit: the lead's event and the three births.
  CHECK(std::stoll(converted.header("Log-Position")) == std::stoll(before.header("Log-Position")) + 4);
  const Answer deal = sam.api.get("/v1/deals/" + converted.text("/deal_id"));
  CHECK(deal.text("/name") == "Bridge");
  CHECK(deal.text("/company_id") == converted.text("/company_id"));
  CHECK(deal.text("/person_id") == converted.text("/person_id"));
  CHECK(deal.text("/owner_id") == sam.id);
  CHECK(deal.text("/value/amount") == "500.00");
  CHECK(sam.api.get("/v1/companies/" + converted.text("/company_id")).text("/name") == "Kowalski S.A.");
  CHECK(sam.api.get("/v1/persons/" + converted.text("/person_id")).text("/phones/0") == "+48 600");
  CHECK(leads.server.admin().get("/v1/leads?deal_id=" + converted.text("/deal_id") + "&deal.name=Bridge").at("/data").as_array().size() == 1);
}

TEST_CASE("A deal in another currency has the value that the conversion gives it, else none", "[api][acceptance][MON-5][LEA-1]") {
  Leads leads;
  const Api& api = leads.server.admin();
  const auto converted = [&](json::object deal) {
    const std::string id = leads.lead({{"value", {{"amount", "33.00"}}}});
    return api.get("/v1/deals/" + leads.verb(id, "convert", {{"deal", std::move(deal)}}).text("/deal_id"));
  };
  CHECK(converted({{"currency", "EUR"}}).at("/value").is_null());
  CHECK(converted({{"currency", "PLN"}}).text("/value/amount") == "33.00");
  const Answer euro = converted({{"currency", "EUR"}, {"value", {{"amount", "3.00"}, {"currency", "EUR"}}}});
  CHECK(euro.text("/value/amount") == "3.00");
  CHECK(euro.text("/value/currency") == "EUR");
  const std::string id = leads.lead();
  CHECK(leads.verb(id, "convert", {{"deal", {{"currency", "EUR"}, {"value", {{"amount", "3.00"}, {"currency", "PLN"}}}}}}).errors() ==
        std::vector<std::string>{"/deal/value/currency invalid"});
}

TEST_CASE("An explicit null in a conversion leaves empty what the lead would fill", "[api][acceptance][LEA-1]") {
  Leads leads;
  const Api& api = leads.server.admin();
  const std::string id = leads.lead({{"value", {{"amount", "33.00"}}}, {"raw", {{"name", "Jan"}, {"phones", {"+48 600"}}, {"website", "example.com"}}}});
  const Answer converted = leads.verb(id, "convert", {{"person", {{"phones", nullptr}, {"owner_id", nullptr}, {"name", nullptr}}},
                                                      {"deal", {{"value", nullptr}, {"description", nullptr}, {"name", nullptr}, {"person_id", nullptr}}}});
  INFO(converted.body);
  REQUIRE(converted.status == 200);
  const Answer person = api.get("/v1/persons/" + converted.text("/person_id")), deal = api.get("/v1/deals/" + converted.text("/deal_id"));
  CHECK(person.text("/name") == "Jan");   // who has no name of his own has the lead's: nobody is without
  CHECK(person.at("/phones").as_array().empty());
  CHECK(person.at("/owner_id").is_null());
  CHECK(person.text("/website") == "example.com");
  CHECK(deal.text("/name") == "Fair visitor");
  for (const char* member : {"/value", "/description", "/person_id"}) CHECK(deal.at(member).is_null());
  // Of nulls alone nobody else is made where the lead has somebody.
  const std::string linked = leads.lead({{"person_id", converted.text("/person_id")}});
  CHECK(leads.verb(linked, "convert", {{"person", {{"phones", nullptr}}}}).text("/person_id") == converted.text("/person_id"));
}

TEST_CASE("What is wrong with a conversion is told where it stands", "[api][acceptance][LEA-1][GEN-10]") {
  Leads leads;
  const std::string id = leads.lead();
  using Errors = std::vector<std::string>;
  CHECK(leads.verb(id, "convert", {{"person", true}, {"company", true}}).errors() == Errors{"/company/name required", "/person/name required"});
  CHECK(leads.verb(id, "convert", {{"deal", {{"id", id}}}}).errors() == Errors{"/deal/id unknown_reference"});
  CHECK(leads.verb(id, "convert", {{"deal", {{"nme", "x"}, {"value", 5}}}}).errors() == Errors{"/deal/nme unknown_field", "/deal/value wrong_type"});
  CHECK(leads.verb(id, "convert", {{"deal", {{"id", id}, {"name", "x"}}}}).errors() == Errors{"/deal/name unknown_field"});
  CHECK(leads.verb(id, "convert", {{"person", "Jan"}}).errors() == Errors{"/person wrong_type"});
  CHECK(leads.verb(id, "convert", {{"deal", {{"owner_id", id}, {"value", {{"amount", "-1"}}}}}}).errors() ==
        Errors{"/deal/owner_id unknown_reference", "/deal/value negative"});
  CHECK(leads.server.admin().get("/v1/leads/" + id).text("/status") == "active");
  CHECK(leads.verb(id, "convert", {{"deal", false}}).text("/status") == "converted");
}

TEST_CASE("Deleting a source strips it from leads, and as of before it is there", "[api][acceptance][DIC-1]") {
  Leads leads;
  leads.server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string fair = leads.server.create("/v1/sources", {{"name", "Fair"}});
  const std::string id = leads.lead({{"source_id", fair}});
  const std::string position = leads.server.admin().get("/v1/leads/" + id).header("Log-Position");
  REQUIRE(leads.server.admin().remove("/v1/sources/" + fair).status == 200);
  CHECK(leads.server.admin().get("/v1/leads/" + id).at("/source_id").is_null());
  CHECK(leads.server.admin().get("/v1/leads?source_id=" + fair).at("/data").as_array().empty());
  CHECK(leads.server.admin().get("/v1/leads/" + id + "?known_at=" + position).text("/source_id") == fair);
  CHECK(leads.server.admin().get("/v1/leads?source_id=" + fair + "&known_at=" + position).at("/data").as_array().size() == 1);
}

TEST_CASE("An explicit null source wins over the company's", "[api][acceptance][DIC-2]") {
  Server server;
  server.must_patch("/v1/account", {{"sources_on", true}, {"source_inheritance_on", true}});
  const std::string fair = server.create("/v1/sources", {{"name", "Fair"}});
  const std::string acme = server.create("/v1/companies", {{"name", "Acme"}, {"source_id", fair}});
  CHECK(server.must_post("/v1/deals", {{"company_id", acme}}).text("/source_id") == fair);
  CHECK(server.must_post("/v1/deals", {{"company_id", acme}, {"source_id", nullptr}}).at("/source_id").is_null());
}

TEST_CASE("A salesperson's leads are his own and those he takes part in, and what hangs on them goes with them", "[api][acceptance][ACC-5]") {
  Leads leads;
  const Person sam = leads.server.add_user("Sam", "salesperson"), sue = leads.server.add_user("Sue", "salesperson");
  const std::string hers = leads.lead({{"owner_id", sue.id}}), shared = leads.lead({{"owner_id", sue.id}, {"participant_ids", {sam.id}}});
  for (const std::string& lead : {hers, shared}) {
    leads.server.create("/v1/notes", {{"text", "Met at the fair"}, {"links", {{"lead_id", lead}}}});
    leads.server.create("/v1/tasks", {{"name", "Ring"}, {"assignee_id", sue.id}, {"links", {{"lead_id", lead}}}});
    leads.server.create("/v1/emails", {{"message_id", lead}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"sent_at", "2026-03-02T08:00:00Z"}, {"links", {{"lead_id", lead}}}});
  }
  for (const char* kind : {"leads", "notes", "tasks", "emails"}) {
    CAPTURE(kind);
    const std::string path = "/v1/" + std::string(kind) + "?include=total";
    CHECK(leads.server.admin().get(path).number("/page/total") == 2);
    CHECK(sue.api.get(path).number("/page/total") == 2);
    CHECK(sam.api.get(path).number("/page/total") == 1);
    if (std::string(kind) != "leads") CHECK(sam.api.get(path + "&lead.title=Fair%20visitor").number("/page/total") == 1);
  }
  CHECK(sam.api.get("/v1/leads/" + hers).status == 404);
  CHECK(sam.api.post("/v1/notes", {{"text", "x"}, {"links", {{"lead_id", hers}}}}).errors() == std::vector<std::string>{"/links/lead_id unknown_reference"});
}

TEST_CASE("A lead stage with active leads stays, and the last one too", "[api][acceptance][LEA-1]") {
  Leads leads;
  const std::string id = leads.lead();
  CHECK(leads.server.admin().remove("/v1/lead-stages/" + leads.first).code() == "in_use");
  CHECK(leads.verb(id, "move", {{"stage_id", leads.second}}).status == 200);
  CHECK(leads.server.admin().remove("/v1/lead-stages/" + leads.first).status == 200);
  CHECK(leads.verb(id, "move", {{"stage_id", leads.first}}).errors() == std::vector<std::string>{"/stage_id unknown_reference"});
}

TEST_CASE("Taking back a reopening converts the lead again, and leaves the contacts that were linked since", "[api][acceptance][DEA-9][LEA-1]") {
  Leads leads;
  const Api& admin = leads.server.admin();
  const std::string acme = leads.server.create("/v1/companies", {{"name", "Acme"}}), other = leads.server.create("/v1/companies", {{"name", "Other"}});
  const std::string id = leads.lead({{"raw", {{"name", "Jan"}}}});
  const Answer converted = leads.verb(id, "convert", {{"company", {{"id", acme}}}, {"person", true}, {"deal", true}});
  REQUIRE(converted.text("/company_id") == acme);
  REQUIRE_FALSE(converted.text("/person_id").empty());
  // While it is converted, one of them is put right, and the other taken away.
  leads.server.must_patch("/v1/leads/" + id, {{"company_id", other}, {"person_id", nullptr}});
  REQUIRE(leads.verb(id, "reopen").at("/deal_id").is_null());

  const Answer undone = admin.post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  const Answer shown = admin.get("/v1/leads/" + id);
  CHECK(shown.text("/status") == "converted");
  CHECK(shown.text("/deal_id") == converted.text("/deal_id"));
  CHECK(shown.text("/company_id") == other);
  CHECK(shown.at("/person_id").is_null());
  // The undo is taken back like any other: it is reopened, and linked as before.
  REQUIRE(admin.post("/v1/undo", {{"last", true}}).status == 200);
  CHECK(admin.get("/v1/leads/" + id).text("/status") == "active");
  CHECK(admin.get("/v1/leads/" + id).text("/company_id") == other);
}

TEST_CASE("A conversion that was taken back is converted again by taking that back, with all that it made", "[api][acceptance][DEA-9][LEA-1]") {
  Leads leads;
  const Api& admin = leads.server.admin();
  const std::string id = leads.lead({{"raw", {{"name", "Jan"}, {"company_name", "Acme"}}}});
  const Answer converted = leads.verb(id, "convert", {{"company", true}, {"person", true}, {"deal", true}});
  REQUIRE(converted.status == 200);
  leads.server.advance_days(1);
  const Answer undone = admin.post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(admin.get("/v1/leads/" + id).at("/company_id").is_null());
  const Answer redone = admin.post("/v1/undo", {{"bulk_id", undone.text("/bulk_id")}});
  INFO(redone.body);
  REQUIRE(redone.status == 200);
  const Answer shown = admin.get("/v1/leads/" + id);
  INFO(shown.body);
  for (const char* member : {"/status", "/company_id", "/person_id", "/deal_id", "/converted_at", "/closed_at", "/closed_by"})
    CHECK(shown.at(member) == converted.at(member));
  CHECK(admin.get("/v1/deals/" + converted.text("/deal_id")).text("/company_id") == converted.text("/company_id"));
}
