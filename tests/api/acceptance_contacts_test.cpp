// Merging, duplicates, search and timelines over HTTP (SPEC CON-2, CON-4).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

std::vector<std::string> texts(const Answer& answer, const char* member) {
  std::vector<std::string> found;
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  for (const json::value& each : answer.at("/data").as_array()) found.emplace_back(each.at(member).as_string());
  return found;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Merging re-points everything that named the merged one, in one step, and keeps it findable by its id", "[api][acceptance][CON-2]") {
  Server server;
  const std::string acme = server.create("/v1/companies", {{"name", "Acme"}, {"emails", {"a@acme.pl"}}});
  const std::string old = server.create("/v1/companies", {{"name", "ACME old"}, {"emails", {"b@acme.pl"}}, {"tax_id", "525-10"}});
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"company_id", old}});
  const std::string lead = server.create("/v1/leads", {{"title", "L"}, {"company_id", old}});
  const std::string person = server.create("/v1/persons", {{"name", "Ala"}, {"company_id", old}});
  const std::string task = server.create("/v1/tasks", {{"name", "Call"}, {"links", {{"company_id", old}}}});
  const std::string note = server.create("/v1/notes", {{"text", "N"}, {"links", {{"company_id", old}}}});
  const std::string mail = server.create("/v1/emails", {{"message_id", "m"}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}},
      {"sent_at", "2026-03-02T08:00:00Z"}, {"links", {{"company_id", old}}}});
  const Api& api = server.admin();
  const Answer before = api.get("/v1/deals/" + deal);
  const std::string position = before.header("Log-Position");
  const std::string task_tag = api.get("/v1/tasks/" + task).header("ETag");

  const Answer merged = api.post("/v1/companies/" + acme + "/merge", {{"from_id", old}});
  INFO(merged.body);
  REQUIRE(merged.status == 200);
  CHECK(merged.text("/id") == acme);
  CHECK(merged.text("/name") == "Acme");
  CHECK(merged.text("/tax_id") == "525-10");
  CHECK(merged.at("/emails") == json::value{"a@acme.pl", "b@acme.pl"});
  CHECK(std::stoll(merged.header("Log-Position")) == std::stoll(position) + 2);  // one event for each of the two histories
  CHECK(api.get("/v1/companies/" + acme).json == merged.json);

  CHECK(api.get("/v1/deals/" + deal).text("/company_id") == acme);
  CHECK(api.get("/v1/deals/" + deal).number("/version") == before.number("/version"));
  CHECK(api.get("/v1/leads/" + lead).text("/company_id") == acme);
  CHECK(api.get("/v1/persons/" + person).text("/company_id") == acme);
  CHECK(api.get("/v1/tasks/" + task, {{"If-None-Match", task_tag}}).text("/links/company_id") == acme);
  CHECK(api.get("/v1/notes/" + note).text("/links/company_id") == acme);
  CHECK(api.get("/v1/emails/" + mail).text("/links/company_id") == acme);
  for (const char* kind : {"deals", "leads", "persons", "tasks", "notes", "emails"}) {
    CAPTURE(kind);
    const std::string path = "/v1/" + std::string(kind) + "?fields=id&company_id=";
    CHECK(api.get(path + acme).at("/data").as_array().size() == 1);
    CHECK(api.get(path + old).at("/data").as_array().empty());
    // Right before the merge it is as it was.
    CHECK(api.get(path + old + "&known_at=" + position).at("/data").as_array().size() == 1);
  }
  CHECK(api.get("/v1/deals/" + deal + "?known_at=" + position).text("/company_id") == old);
  CHECK(api.get("/v1/companies/" + acme + "?known_at=" + position).at("/tax_id").is_null());

  const Answer gone = api.get("/v1/companies/" + old);
  CHECK(gone.status == 200);
  CHECK(gone.text("/merged_into") == acme);
  for (const char* deleted : {"exclude", "only", "include"})
    CHECK(texts(api.get("/v1/companies?deleted=" + std::string(deleted)), "id") == (std::string(deleted) == "only" ? Texts{} : Texts{acme}));
  CHECK(texts(api.get("/v1/companies?known_at=" + position), "id") == Texts{acme, old});

  CHECK(api.patch("/v1/companies/" + old, {{"name", "x"}}).code() == "already_merged");
  CHECK(api.remove("/v1/companies/" + old).code() == "already_merged");
  CHECK(api.post("/v1/companies/" + acme + "/merge", {{"from_id", old}}).code() == "already_merged");
  CHECK(api.post("/v1/deals", {{"name", "x"}, {"company_id", old}}).errors() == Texts{"/company_id already_merged"});
  CHECK(api.post("/v1/companies/" + acme + "/merge", {{"from_id", person}}).errors() == Texts{"/from_id unknown_reference"});
  CHECK(api.post("/v1/companies/" + acme + "/merge", json::object{}).errors() == Texts{"/from_id required"});

  // The answer to a command about a deal names the target too, at once and after a restart.
  CHECK(api.patch("/v1/deals/" + deal, {{"name", "Bridge 2"}}).text("/company_id") == acme);
  server.restart();
  CHECK(server.admin().patch("/v1/deals/" + deal, {{"name", "Bridge 3"}}).text("/company_id") == acme);
  CHECK(server.admin().get("/v1/companies/" + acme).json == merged.json);
}

TEST_CASE("Merged twice, everything names the last", "[api][acceptance][CON-2]") {
  Server server;
  const Api& api = server.admin();
  std::vector<std::string> people;
  for (const char* name : {"Ala", "Ela", "Ola"}) people.push_back(server.create("/v1/persons", {{"name", name}, {"phones", {name}}}));
  const std::string deal = server.create("/v1/deals", {{"name", "D"}, {"person_id", people[0]}});
  server.must_post("/v1/persons/" + people[1] + "/merge", {{"from_id", people[0]}});
  server.advance_days(1);
  server.must_post("/v1/persons/" + people[2] + "/merge", {{"from_id", people[1]}});
  CHECK(api.get("/v1/deals/" + deal).text("/person_id") == people[2]);
  CHECK(api.get("/v1/deals/" + deal + "?as_of=2026-03-02").text("/person_id") == people[1]);
  CHECK(api.get("/v1/persons/" + people[0]).text("/merged_into") == people[2]);
  CHECK(api.get("/v1/persons/" + people[2]).at("/phones") == json::value{"Ola", "Ela", "Ala"});
  CHECK(texts(api.get("/v1/deals?person.name=Ola"), "id") == Texts{deal});
}

TEST_CASE("A source that was deleted before a merge gives way to the other's, everywhere alike", "[api][acceptance][CON-2][DIC-1]") {
  Server server;
  server.must_patch("/v1/account", {{"sources_on", true}});
  const std::string fair = server.create("/v1/sources", {{"name", "Fair"}}), web = server.create("/v1/sources", {{"name", "Web"}});
  const std::string into = server.create("/v1/companies", {{"name", "Acme"}, {"source_id", fair}}), from = server.create("/v1/companies", {{"name", "Acme Ltd"}, {"source_id", web}});
  REQUIRE(server.admin().remove("/v1/sources/" + fair).status == 200);
  const std::string one = "/v1/companies/" + into;
  CHECK(server.must_post(one + "/merge", {{"from_id", from}}).text("/source_id") == web);
  CHECK(server.admin().get(one).text("/source_id") == web);
  CHECK(server.admin().get("/v1/companies?source_id=" + web).text("/data/0/source_id") == web);
  CHECK(server.must_patch(one, {{"source_id", web}}).number("/version") == 2);   // it holds already
  CHECK(server.must_patch(one, {{"source_id", nullptr}}).at("/source_id").is_null());
  CHECK(server.admin().get("/v1/companies?source_id[is_null]=true").text("/data/0/id") == into);
}

TEST_CASE("Merging takes over custom fields that the target lacks, everywhere alike", "[api][acceptance][CON-2][DIC-5][AUD-1]") {
  Server server;
  for (const char* key : {"size", "grade"}) server.create("/v1/custom-fields", {{"collection", "companies"}, {"key", key}, {"type", "text"}});
  server.create("/v1/custom-fields", {{"collection", "companies"}, {"key", "trades"}, {"type", "choices"}, {"choices", {"wood", "steel"}}});
  const std::string into = server.create("/v1/companies", {{"name", "Acme"}, {"cf", {{"grade", "A"}, {"trades", {"wood"}}}}});
  const std::string from = server.create("/v1/companies", {{"name", "Acme Ltd"}, {"cf", {{"size", "large"}, {"grade", "B"}, {"trades", {"steel"}}}}});
  const std::string one = "/v1/companies/" + into;
  const json::object united{{"size", "large"}, {"grade", "A"}, {"trades", {"wood", "steel"}}};
  const Answer merged = server.must_post(one + "/merge", {{"from_id", from}});
  for (const Answer& shown : {merged, server.admin().get(one)})
    for (const auto& [key, value] : united) CHECK(shown.at("/cf/" + std::string(key)) == value);
  CHECK(server.admin().get("/v1/companies?cf.size=large").text("/data/0/id") == into);
  // The merge says what it changed (AUD-1, AUD-5); what was there already is no change.
  const Answer told = server.admin().get(one + "/history?type=company.merged");
  CHECK(told.at("/data/0/data/cf") == json::value{{"size", "large"}, {"trades", {"wood", "steel"}}});
  CHECK(told.at("/data/0/before/cf") == json::value{{"size", nullptr}, {"trades", json::array{"wood"}}});
  const Answer changes = server.admin().get("/v1/changes?object=" + into + "&field=cf.size,cf.grade&type=company.merged");
  REQUIRE(changes.at("/data").as_array().size() == 1);
  CHECK(changes.text("/data/0/field") == "cf.size");
  CHECK(changes.at("/data/0/old").is_null());
  CHECK(changes.text("/data/0/new") == "large");
  CHECK(server.must_patch(one, {{"cf", {{"size", "large"}}}}).number("/version") == 2);   // it holds already
  CHECK(server.must_patch(one, {{"cf", {{"size", nullptr}}}}).at("/cf/size").is_null());
}

TEST_CASE("Contacts that share an address, a tax id or a name are shown as groups, with the reasons", "[api][acceptance][CON-2]") {
  Server server;
  const Api& api = server.admin();
  const std::string a = server.create("/v1/companies", {{"name", "Łódź Sp. z o.o."}, {"tax_id", "525-001"}});
  const std::string b = server.create("/v1/companies", {{"name", "Other"}, {"tax_id", "525 001"}, {"emails", {"Info@x.pl"}}});
  const std::string c = server.create("/v1/companies", {{"name", "Third"}, {"emails", {"info@x.pl"}}});
  const std::string d = server.create("/v1/companies", {{"name", "Same"}}), e = server.create("/v1/companies", {{"name", "SAME "}});
  server.create("/v1/companies", {{"name", "Alone"}});
  const Answer found = api.get("/v1/companies/duplicates?include=total");
  INFO(found.body);
  CHECK(found.number("/page/total") == 2);
  CHECK(found.at("/data/0/reasons") == json::value{{{"by", "email"}, {"value", "info@x.pl"}, {"ids", {b, c}}}, {{"by", "tax_id"}, {"value", "525001"}, {"ids", {a, b}}}});
  CHECK(found.at("/data/0/objects").as_array().size() == 3);
  CHECK(found.at("/data/1/reasons/0/ids") == json::value{d, e});

  const Answer first = api.get("/v1/companies/duplicates?limit=1");
  CHECK(first.at("/data").as_array().size() == 1);
  const Answer second = api.get("/v1/companies/duplicates?limit=1&cursor=" + first.text("/page/next_cursor"));
  CHECK(second.text("/data/0/objects/0/id") == d);
  CHECK(!second.flag("/page/has_more"));
  server.must_post("/v1/companies/" + d + "/merge", {{"from_id", e}});
  CHECK(api.get("/v1/companies/duplicates?include=total").number("/page/total") == 1);
  CHECK(api.get("/v1/companies/duplicates?name=Same").at("/data").as_array().empty());
  CHECK(api.get("/v1/companies/duplicates?nme=x").status == 400);
}

TEST_CASE("Who changes her last name is found by the new one, and taking that back finds her by the old", "[api][acceptance][CON-1][CON-4][DEA-9]") {
  Server server;
  const Api& api = server.admin();
  const std::string path = "/v1/persons/" + server.create("/v1/persons", {{"first_name", "Ann"}, {"last_name", "Nowak"}});
  CHECK(server.must_patch(path, {{"last_name", "Kowal"}}).text("/name") == "Ann Kowal");
  CHECK(texts(api.get("/v1/search?q=kowal"), "label") == Texts{"Ann Kowal"});
  CHECK(texts(api.get("/v1/search?q=nowak"), "label").empty());
  REQUIRE(api.post("/v1/undo", {{"last", true}}).status == 200);
  CHECK(api.get(path).text("/name") == "Ann Nowak");
  CHECK(api.get(path).text("/last_name") == "Nowak");
}

TEST_CASE("Search finds by name, e-mail, phone and tax id: exact, then prefix, word, anywhere", "[api][acceptance][CON-4]") {
  Server server;
  const Api& api = server.admin();
  server.create("/v1/companies", {{"name", "Nowakowska i syn"}});
  server.create("/v1/companies", {{"name", "Firma Nowak"}, {"tax_id", "525-00-11"}});
  server.create("/v1/persons", {{"name", "Nowak"}, {"phones", {"+48 600 100 200"}}, {"emails", {"jan@nowak.pl"}}});
  server.create("/v1/deals", {{"name", "Kanowak"}});
  server.create("/v1/leads", {{"title", "Targi"}, {"raw", {{"name", "Żółw Józef"}, {"emails", {"zolw@example.com"}}}}});
  CHECK(texts(api.get("/v1/search?q=nowak"), "label") == Texts{"Nowak", "Nowakowska i syn", "Firma Nowak", "Kanowak"});
  CHECK(texts(api.get("/v1/search?q=nowak"), "match") == Texts{"exact", "prefix", "word", "contains"});
  CHECK(texts(api.get("/v1/search?q=600100"), "label") == Texts{"Nowak"});
  CHECK(texts(api.get("/v1/search?q=%2B48%20600-100-200"), "match") == Texts{"exact"});
  CHECK(texts(api.get("/v1/search?q=5250011"), "field") == Texts{"tax_id"});
  CHECK(texts(api.get("/v1/search?q=jozef%20zolw"), "field") == Texts{"raw.name"});
  CHECK(texts(api.get("/v1/search?q=nowak&kind=deal,company&limit=2"), "kind") == Texts{"company", "company"});
  CHECK(texts(api.get("/v1/search?q=nobody"), "id").empty());
  CHECK(api.get("/v1/search").status == 400);
  CHECK(api.get("/v1/search?q=%20").errors() == Texts{"/q unreadable"});
  CHECK(api.get("/v1/search?q=a&kind=task").errors() == Texts{"/kind unreadable"});
  CHECK(api.get("/v1/search?q=a&limit=0").errors() == Texts{"/limit unreadable"});
}

TEST_CASE("Search shows only what the reader may see", "[api][acceptance][CON-4][ACC-5]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  server.create("/v1/deals", {{"name", "Secret deal"}});
  server.create("/v1/deals", {{"name", "Secret public"}, {"visibility", "public"}});
  server.create("/v1/leads", {{"title", "Secret lead"}});
  server.create("/v1/leads", {{"title", "Secret of Sam"}, {"owner_id", sam.id}});
  CHECK(texts(server.admin().get("/v1/search?q=secret"), "label").size() == 4);
  CHECK(texts(sam.api.get("/v1/search?q=secret"), "label") == Texts{"Secret public", "Secret of Sam"});
}

TEST_CASE("A timeline has notes, tasks, e-mails and key changes, newest first, page by page", "[api][acceptance][CON-4]") {
  Server server;
  const auto abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const Api& api = server.admin();
  const std::string acme = server.create("/v1/companies", {{"name", "Acme"}});
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"company_id", acme}, {"effective_at", "2026-01-01T09:00:00Z"}});
  const json::object links{{"deal_id", deal}, {"company_id", acme}};
  server.create("/v1/notes", {{"text", "First call"}, {"links", links}, {"effective_at", "2026-01-02T09:00:00Z"}});
  const std::string task = server.create("/v1/tasks", {{"name", "Ring"}, {"links", links}, {"effective_at", "2026-01-03T09:00:00Z"}});
  server.create("/v1/emails", {{"message_id", "m"}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"subject", "Offer"}, {"sent_at", "2026-01-04T09:00:00Z"}, {"links", links}});
  server.must_post("/v1/deals/" + deal + "/move", {{"stage_id", abc.b}, {"effective_at", "2026-01-05T09:00:00Z"}});
  server.must_post("/v1/tasks/" + task + "/complete", {{"effective_at", "2026-01-06T09:00:00Z"}});
  server.must_patch("/v1/deals/" + deal, {{"description", "not key"}});
  server.must_patch("/v1/deals/" + deal, {{"value", {{"amount", "5"}}}});

  const std::string path = "/v1/deals/" + deal + "/timeline";
  CHECK(texts(api.get(path), "type") == Texts{"change", "task_completed", "change", "email", "task_planned", "note", "change"});
  const Answer all = api.get(path);
  CHECK(all.text("/data/0/event") == "deal.edited");
  CHECK(all.at("/data/0/fields") == json::value(json::array{"value"}));
  CHECK(all.text("/data/2/event") == "deal.moved");
  CHECK(all.text("/data/3/object/subject") == "Offer");
  CHECK(all.text("/data/5/at") == "2026-01-02T09:00:00.000Z");
  CHECK(all.text("/data/6/event") == "deal.created");
  const Answer first = api.get(path + "?limit=5");
  CHECK(first.flag("/page/has_more"));
  CHECK(texts(api.get(path + "?limit=5&cursor=" + first.text("/page/next_cursor")), "type") == Texts{"note", "change"});
  CHECK(texts(api.get(path + "?as_of=2026-01-03"), "type") == Texts{"task_planned", "note", "change"});
  CHECK(texts(api.get("/v1/companies/" + acme + "/timeline"), "type") == Texts{"change", "task_completed", "email", "task_planned", "note"});
  CHECK(api.get(path + "?sort=at").status == 400);
  // The company is everyone's, what hangs on the deal is not.
  CHECK(texts(sam.api.get("/v1/companies/" + acme + "/timeline"), "type") == Texts{"change"});
  CHECK(sam.api.get(path).status == 404);
}

TEST_CASE("An e-mail of a private deal is not shown to who records its Message-ID again", "[api][acceptance][ACT-3][ACC-5]") {
  Server server;
  server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
  const json::object sent{{"message_id", "m@b.c"}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"subject", "Secret"}, {"sent_at", "2026-01-04T09:00:00Z"}};
  json::object ours = sent;
  ours["links"] = {{"deal_id", deal}};
  const std::string id = server.create("/v1/emails", ours);
  const Answer guessed = sam.api.post("/v1/emails", sent);
  CHECK(guessed.status == 409);
  CHECK(guessed.errors() == std::vector<std::string>{"/message_id id_taken"});
  CHECK(guessed.body.find("Secret") == std::string::npos);
  // Who takes part sees it, and then it is the same one.
  REQUIRE(server.must_post("/v1/deals/" + deal + "/participants", {{"add", {sam.id}}}).status == 200);
  CHECK(sam.api.post("/v1/emails", sent).text("/id") == id);
}
