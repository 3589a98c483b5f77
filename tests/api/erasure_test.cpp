// Erasure, legal holds and the subject export over HTTP (SPEC CON-3).

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "api/app.h"
#include "eventstore/account_files.h"
#include "eventstore/backup.h"
#include "projections/digest.h"
#include "projections/live_world.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;
namespace fs = std::filesystem;

namespace {

// A person about whom much is known, and one about whom nothing is.
struct ErasureOffice {
  test::Server server;
  test::Server::Abc abc = server.add_abc();
  std::string acme = server.create("/v1/companies", {{"name", "Acme"}, {"description", "Zorpal runs it"}});
  std::string ala = server.create("/v1/persons", {{"name", "Ala Zorpal"}, {"emails", {"ala@zorpal.example"}}, {"phones", {"+48 600 700 800"}}, {"company_id", acme},
                                                  {"description", "Likes zorpal bridges"}});
  std::string bob = server.create("/v1/persons", {{"name", "Bob Plain"}});
  std::string note = server.create("/v1/notes", {{"text", "Zorpal said yes"}, {"links", {{"person_id", ala}}}});
  std::string mail = server.create("/v1/emails", {{"message_id", "m1"}, {"from", "ala@zorpal.example"}, {"to", json::array{"sam@acme.example"}}, {"subject", "From Zorpal"},
                                                  {"sent_at", "2026-03-02T08:00:00Z"}, {"links", {{"person_id", ala}}}});
  std::string lead = server.create("/v1/leads", {{"title", "A lead"}, {"person_id", ala}, {"raw", {{"name", "A. Zorpal"}}}});
  std::string task = server.create("/v1/tasks", {{"name", "Call Zorpal"}, {"description", "About zorpal's flat"}, {"links", {{"person_id", ala}}}});
  std::string deal = server.create("/v1/deals", {{"name", "Bridge for Zorpal"}, {"person_id", ala}, {"value", {{"amount", "100.00"}}}});
  std::string person = "/v1/persons/" + ala;

  const Api& api() const { return server.admin(); }
  Answer erase(const json::value& body = nullptr) const { return api().post(person + "/erase", body); }
  json::value everything() const { return {{"include", json::array{"notes", "emails", "leads", "tasks"}}}; }
};

bool knows(const std::string& text) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("zorpal") != std::string::npos || lower.find("600 700") != std::string::npos;
}

// Every way to ask that could know a word of her, with the name of her deal and task set aside.
std::vector<std::string> questions(const ErasureOffice& it) {
  std::vector<std::string> all{"/v1/persons", "/v1/companies", "/v1/leads", "/v1/notes", "/v1/emails", "/v1/persons/duplicates", "/v1/persons?name%5Bcontains%5D=zorpal&include=total",
                               "/v1/search?q=zorpal&kind=person,lead", "/v1/search?q=600700800&kind=person,lead", "/v1/events?limit=1000&kind=person,note,email,lead,company",
                               "/v1/changes?limit=1000&kind=person,note,email,lead,company"};
  for (const std::string& object : {it.person, "/v1/notes/" + it.note, "/v1/emails/" + it.mail, "/v1/leads/" + it.lead})
    for (const char* what : {"", "/history", "/states"}) all.push_back(object + what);
  all.push_back(it.person + "/export");
  return all;
}

// Of the live read models, and of what a rebuild gives.
std::pair<std::array<std::uint8_t, 32>, std::array<std::uint8_t, 32>> digests(test::Server& server) {
  (void)server.admin().get("/v1/persons");   // waits until they stand at the head
  const auto account = server.app().account("acme");
  projections::ReadModels fresh;
  account->log().read(0, account->head(), [&](const eventstore::StoredRecord& stored) {
    std::optional<Fields> personal;
    if (const auto plaintext = account->keys().open(stored.record)) personal = decode_personal(*plaintext);
    fresh.apply(stored.record, personal ? &*personal : nullptr);
    return true;
  });
  const auto live = account->world();
  return {projections::digest_of(dynamic_cast<const projections::LiveWorld&>(*live)), fresh.digest()};
}

}  // namespace

TEST_CASE("A preview says exactly what would be erased, and where else her words stand, and changes nothing", "[api][acceptance][erasure][CON-3]") {
  ErasureOffice it;
  const Position head = it.server.app().account("acme")->head();
  const Answer alone = it.erase({{"dry_run", true}});
  INFO(alone.body);
  REQUIRE(alone.status == 200);
  CHECK(alone.flag("/dry_run"));
  CHECK(alone.at("/erases") == json::value{{{"kind", "person"}, {"count", 1}, {"ids", {it.ala}}}});
  std::set<std::string> places;
  for (const json::value& mention : alone.at("/mentions").as_array())
    places.insert(std::string(mention.at("kind").as_string()) + " " + std::string(mention.at("field").as_string()));
  CHECK(places == std::set<std::string>{"company description", "deal name", "email from", "email subject", "lead raw.name", "note text", "task description", "task name"});

  json::value body = it.everything();
  body.as_object()["dry_run"] = true;
  const Answer all = it.erase(body);
  REQUIRE(all.status == 200);
  CHECK(all.at("/erases").as_array().size() == 5);
  CHECK(all.number("/mentions_total") == 3);   // the company's description, the deal's name, the task's
  CHECK(all.text("/mentions/0/value") == "Zorpal runs it");

  CHECK(it.server.app().account("acme")->head() == head);
  CHECK(it.api().get(it.person).text("/name") == "Ala Zorpal");
  CHECK(it.erase({{"include", json::array{"deals"}}}).errors() == std::vector<std::string>{"/include/0 invalid"});
}

TEST_CASE("Another's private note is erased along, but neither preview nor export tells what stands in it", "[api][acceptance][erasure][CON-3][ACC-5]") {
  ErasureOffice it;
  const Person sam = it.server.add_user("sam", "salesperson");
  const Answer written = sam.api.post("/v1/notes", {{"text", "Zorpal whispered"}, {"is_private", true}, {"links", {{"person_id", it.ala}}}});
  INFO(written.body);
  REQUIRE(written.status == 201);
  const std::string note = written.text("/id");
  const Answer preview = it.erase({{"dry_run", true}});
  CHECK(preview.body.find(note) != std::string::npos);
  CHECK(preview.body.find("whispered") == std::string::npos);
  const Answer exported = it.api().get(it.person + "/export");
  CHECK(exported.body.find(note) != std::string::npos);
  CHECK(exported.body.find("whispered") == std::string::npos);
  REQUIRE(it.erase({{"include", json::array{"notes"}}}).status == 200);
  CHECK(sam.api.get("/v1/notes/" + note).flag("/erased"));
  CHECK(sam.api.get("/v1/notes/" + note).body.find("whispered") == std::string::npos);
}

TEST_CASE("An uploaded file about her is erased along, and leaves the disk", "[api][acceptance][erasure][CON-3][ACT-4]") {
  ErasureOffice it;
  const auto upload = [&](const std::string& name, const std::string& person) {
    const std::string body = "--x\r\nContent-Disposition: form-data; name=\"links\"\r\nContent-Type: application/json\r\n\r\n{\"person_id\":\"" + person +
                             "\"}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: text/plain\r\n\r\nall about her\r\n--x--\r\n";
    const Answer answer = it.api().send("POST", "/v1/files", body, {{"Content-Type", "multipart/form-data; boundary=x"}});
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    return answer.text("/id");
  };
  const auto stored = [&] {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(it.server.data() / "accounts" / "acme" / "files")) count += entry.is_regular_file();
    return count;
  };
  const std::string one = upload("zorpal-1.txt", it.ala), two = upload("zorpal-2.txt", it.ala), other = upload("plain.txt", it.bob);
  REQUIRE(stored() == 3);
  REQUIRE(it.erase({{"include", json::array{"files"}}}).status == 200);
  CHECK(stored() == 1);
  for (const std::string& file : {one, two}) {
    const Answer shown = it.api().get("/v1/files/" + file);
    CHECK(shown.flag("/erased"));
    CHECK(shown.at("/name").is_null());
    CHECK(it.api().get("/v1/files/" + file + "/content").code() == "erased");
  }
  CHECK(it.api().get("/v1/files/" + other + "/content").body == "all about her");
}

TEST_CASE("The words of a recurring task are erased in its series too, and no occurrence brings them back", "[api][acceptance][erasure][CON-3][ACT-1]") {
  ErasureOffice it;
  const Answer made = it.server.must_post("/v1/tasks", {{"name", "Call"}, {"description", "Ask Zorpal"}, {"due_on", "2026-03-03"}, {"recurrence", {{"frequency", "daily"}}}, {"links", {{"person_id", it.ala}}}});
  const std::string task = "/v1/tasks/" + made.text("/id"), series = "/v1/series/" + made.text("/series_id");
  REQUIRE(knows(it.api().get(series).body));
  SECTION("with the person whom they are about") { REQUIRE(it.erase({{"include", json::array{"tasks"}}}).status == 200); }
  SECTION("by itself") { REQUIRE(it.api().post(task + "/erase").status == 200); }
  SECTION("after it has left its series") {
    it.server.must_patch(task, {{"recurrence", nullptr}});
    REQUIRE(it.api().post(task + "/erase").status == 200);
  }
  for (const std::string& object : {task, series}) {
    CHECK(it.api().get(object).flag("/erased"));
    for (const char* what : {"", "/history", "/states"}) CHECK_FALSE(knows(it.api().get(object + what).body));
  }
  it.server.restart();
  REQUIRE(it.api().post(task + "/complete").status == 200);
  const Answer next = it.api().get("/v1/tasks?name=Call&include=total");
  CHECK(next.number("/page/total") >= 1);
  CHECK_FALSE(knows(next.body));
}

TEST_CASE("A preview names the series of a recurring task", "[api][acceptance][erasure][CON-3][ACT-1]") {
  ErasureOffice it;
  const Answer made = it.server.must_post("/v1/tasks", {{"name", "Call"}, {"due_on", "2026-03-03"}, {"recurrence", {{"frequency", "daily"}}}});
  const Answer preview = it.api().post("/v1/tasks/" + made.text("/id") + "/erase", {{"dry_run", true}});
  CHECK(preview.at("/erases") == json::value{{{"kind", "task"}, {"count", 1}, {"ids", {made.text("/id")}}}, {{"kind", "series"}, {"count", 1}, {"ids", {made.text("/series_id")}}}});
}

TEST_CASE("An upload under a key is answered again after its file was erased, without its name", "[api][acceptance][erasure][CON-3][ACT-4][R7]") {
  ErasureOffice it;
  const std::string body = "--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n0190a000-0000-7000-8000-0000000000f1\r\n--x\r\nContent-Disposition: form-data; name=\"links\"\r\n\r\n{\"person_id\":\"" +
                           it.ala + "\"}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"zorpal.txt\"\r\nContent-Type: text/plain\r\n\r\nall\r\n--x--\r\n";
  const auto upload = [&](const std::string& key) { return it.api().send("POST", "/v1/files", body, {{"Content-Type", "multipart/form-data; boundary=x"}, {"Idempotency-Key", key}}); };
  REQUIRE(upload("k1").status == 201);
  REQUIRE(it.erase({{"include", json::array{"files"}}}).status == 200);
  const Answer again = upload("k1");
  INFO(again.body);
  CHECK(again.status == 201);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(again.flag("/erased"));
  CHECK_FALSE(knows(again.body));
  CHECK(upload("k2").code() == "erased");
}

TEST_CASE("Recording a message again finds its sender's, though another's of that Message-ID was erased", "[api][acceptance][erasure][CON-3][ACT-3]") {
  ErasureOffice it;
  const auto record = [&](const std::string& from) {
    return it.api().post("/v1/emails", {{"message_id", "both"}, {"from", from}, {"to", {"sam@acme.example"}}, {"sent_at", "2026-03-02T08:00:00Z"}});
  };
  const std::string ala = record("ala@zorpal.example").text("/id"), bob = record("bob@example.com").text("/id"), cyd = record("cyd@example.com").text("/id");
  REQUIRE(it.api().post("/v1/emails/" + (GENERATE(true, false) ? ala : cyd) + "/erase").status == 200);
  CHECK(record("bob@example.com").text("/id") == bob);
  CHECK(record("ala@zorpal.example").text("/id") == ala);
}

TEST_CASE("What was erased is shown as null with a mark, by every way to ask, at every moment, and never again", "[api][acceptance][erasure][CON-3]") {
  ErasureOffice it;
  it.server.must_patch(it.person, {{"job_title", "Engineer at Zorpal"}});
  const std::string before = it.api().get(it.person).header("Log-Position");
  const json::object edit{{"first_name", "Zorpalina"}};
  REQUIRE(it.api().patch(it.person, edit, {{"Idempotency-Key", "k1"}}).text("/first_name") == "Zorpalina");
  const Answer statistics = it.api().get("/v1/reports/activities?period=this_month");
  for (const std::string& question : questions(it)) {
    INFO(question);
    CHECK(it.api().get(question).status == 200);
  }
  CHECK(knows(it.api().get("/v1/search?q=zorpal&kind=person,lead").body));

  const Answer erased = it.erase(it.everything());
  INFO(erased.body);
  REQUIRE(erased.status == 200);
  CHECK(erased.flag("/erased"));
  CHECK(erased.at("/name").is_null());
  CHECK(erased.at("/emails").as_array().empty());
  CHECK(erased.text("/company_id") == it.acme);
  const Answer undone = it.api().post("/v1/undo", {{"last", true}});
  INFO(undone.body);
  CHECK(undone.status == 409);
  const auto check_silence = [&] {
    for (const std::string& question : questions(it)) {
      for (const std::string& when : {std::string(), "known_at=" + before, std::string("as_of=2026-03-02T09:00:00Z")}) {
        if (!when.empty() && (question.find("export") != std::string::npos || question.find("/changes") != std::string::npos || question.find("/events") != std::string::npos)) continue;
        const std::string asked = when.empty() ? question : question + (question.find('?') == std::string::npos ? "?" : "&") + when;
        const Answer answer = it.api().get(asked);
        INFO(asked << ": " << answer.body);
        CHECK(answer.status == 200);
        if (question != "/v1/companies" && question.find("kind=person,note,email,lead,company") == std::string::npos && question.find("/export") == std::string::npos)
          CHECK_FALSE(knows(answer.body));
      }
    }
    for (const std::string& object : {it.person, "/v1/notes/" + it.note, "/v1/emails/" + it.mail, "/v1/leads/" + it.lead, "/v1/tasks/" + it.task}) {
      const Answer shown = it.api().get(object);
      INFO(shown.body);
      CHECK(shown.flag("/erased"));
      CHECK(it.api().get(object + "/history").flag("/data/0/data/erased"));
    }
    CHECK_FALSE(it.api().get("/v1/persons/" + it.bob).flag("/erased"));
    // The same key, again: the same object, without her words.
    const Answer again = it.api().patch(it.person, edit, {{"Idempotency-Key", "k1"}});
    INFO(again.body);
    CHECK(again.status == 200);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(again.flag("/erased"));
    CHECK_FALSE(knows(again.body));
  };
  check_silence();
  // Counts and sums stand.
  json::value left = statistics.json, right = it.api().get("/v1/reports/activities?period=this_month").json;
  left.as_object().erase("position");
  right.as_object().erase("position");
  CHECK(left == right);

  CHECK(it.api().patch(it.person, {{"name", "Ala Zorpal"}}).code() == "erased");
  CHECK(it.api().patch(it.person, {{"owner_id", it.server.admin_id()}}).status == 200);
  const Answer twice = it.erase();
  CHECK(twice.status == 200);
  CHECK(twice.header("Log-Position") == it.api().get(it.person).header("Log-Position"));
  it.server.restart();
  check_silence();
}

TEST_CASE("The live read models after erasures are what a rebuild gives", "[api][acceptance][erasure][TIM-3][CON-3]") {
  ErasureOffice it;
  const auto before = digests(it.server);
  CHECK(before.first == before.second);
  REQUIRE(it.erase(it.everything()).status == 200);
  const auto after = digests(it.server);
  CHECK(after.first == after.second);
  CHECK(after.first != before.first);
}

TEST_CASE("Random histories with merges, holds and erasures: live, rebuilt and restarted are the same", "[api][acceptance][erasure][property][CON-3]") {
  const std::uint32_t seed = GENERATE(11u, 12u, 13u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  test::Server server;
  std::map<std::string, std::vector<std::string>> made;
  const auto roll = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  const auto some = [&](const std::string& collection) -> std::string { return made[collection].empty() ? "" : made[collection][roll(made[collection].size())]; };
  const auto word = [&] { return "w" + std::to_string(roll(40)); };
  const auto links = [&] {
    json::object to;
    if (const std::string person = some("persons"); !person.empty()) to["person_id"] = person;
    if (const std::string lead = some("leads"); !lead.empty() && roll(2) == 0) to["lead_id"] = lead;
    return to;
  };
  const auto sound = [](Answer answer) {
    INFO(answer.body);
    CHECK(answer.status < 500);
    return answer;
  };
  const auto add = [&](const std::string& collection, const json::object& body) {
    const Answer answer = sound(server.admin().post("/v1/" + collection, body));
    if (answer.status == 201) made[collection].push_back(answer.text("/id"));
  };
  std::size_t erased = 0;
  constexpr const char* all[] = {"persons", "companies", "leads", "notes", "emails", "tasks"};
  for (int step = 0; step < 160; ++step) {
    const std::string collection = all[roll(6)], object = some(collection), path = "/v1/" + collection + "/" + object;
    switch (roll(12)) {
      case 0: case 1: add("persons", {{"name", word()}, {"emails", {word() + "@x.example"}}, {"description", word()}}); break;
      case 2: add("companies", {{"name", word()}, {"description", word()}}); break;
      case 3: add("leads", {{"title", word()}, {"raw", {{"name", word()}}}, {"person_id", some("persons").empty() ? json::value(nullptr) : json::value(some("persons"))}}); break;
      case 4: add("notes", {{"text", word()}, {"links", links()}}); break;
      case 5: add("emails", {{"message_id", "m" + std::to_string(step)}, {"from", word() + "@x.example"}, {"to", json::array{"sam@acme.example"}}, {"sent_at", "2026-03-01T08:00:00Z"}, {"links", links()}}); break;
      case 6: add("tasks", {{"name", word()}, {"description", word()}, {"links", links()}}); break;
      case 7: (void)sound(server.admin().patch(path, {{collection == "notes" ? "text" : collection == "leads" ? "title" : "name", word()}})); break;
      case 8: (void)sound(server.admin().post("/v1/persons/" + some("persons") + "/merge", {{"from_id", some("persons")}})); break;
      case 9: (void)sound(server.admin().post(path + "/hold", {{"reason", word()}})); break;
      case 10: (void)sound(server.admin().remove(path + "/hold")); break;
      default: {
        json::array include;
        for (const char* along : {"notes", "emails", "tasks", "leads"})
          if (roll(2) == 0) include.emplace_back(along);
        const Answer answer = server.admin().post(path + "/erase", {{"include", include}});
        CHECK((answer.status == 200 || answer.status == 404 || answer.status == 409));
        erased += answer.status == 200;
      }
    }
    if (step % 40 != 39) continue;
    const auto both = digests(server);
    CHECK(both.first == both.second);
  }
  CHECK(erased > 2);
  const auto before = digests(server);
  server.restart();
  CHECK(digests(server).first == before.first);
}

TEST_CASE("A legal hold forbids erasing; why is told to administrators and auditors alone", "[api][acceptance][erasure][CON-3]") {
  ErasureOffice it;
  const Person auditor = it.server.add_user("aud", "auditor"), manager = it.server.add_user("max", "manager"), sam = it.server.add_user("sam", "salesperson");
  CHECK_FALSE(it.api().get(it.person).flag("/legal_hold"));
  const Answer held = it.api().post(it.person + "/hold", {{"reason", "Case 12/26"}});
  INFO(held.body);
  REQUIRE(held.status == 200);
  CHECK(held.flag("/legal_hold"));
  CHECK(it.api().get("/v1/persons?legal_hold=true&include=total").number("/page/total") == 1);
  const Answer refused = it.erase();
  CHECK(refused.status == 409);
  CHECK(refused.code() == "legal_hold");
  CHECK(refused.at("/objects") == json::array{json::string(it.ala)});
  CHECK(it.erase({{"dry_run", true}}).code() == "legal_hold");

  CHECK(it.api().get(it.person + "/hold").text("/reason") == "Case 12/26");
  CHECK(auditor.api.get(it.person + "/hold").text("/placed_by") == it.server.admin_id());
  CHECK(manager.api.get(it.person + "/hold").status == 403);
  for (const Person* who : {&auditor, &manager, &sam}) {
    for (const std::string& question : {it.person + "/history", it.person + "/states", std::string("/v1/events?limit=1000"), std::string("/v1/changes?limit=1000"),
                                       it.person, std::string("/v1/persons")}) {
      const bool has = who->api.get(question).body.find("Case 12") != std::string::npos;
      INFO(question);
      CHECK(has == (who == &auditor && (question.ends_with("/history") || question.find("/events") != std::string::npos)));
    }
  }

  REQUIRE(it.api().remove(it.person + "/hold").status == 200);
  CHECK_FALSE(it.api().get(it.person + "/hold").flag("/legal_hold"));
  CHECK(it.erase().status == 200);
  CHECK(it.api().get(it.person + "/history").body.find("Case 12") == std::string::npos);
}

TEST_CASE("The subject export holds everything about a person, merged ones too, with its history", "[api][acceptance][erasure][CON-3]") {
  ErasureOffice it;
  const std::string twin = it.server.create("/v1/persons", {{"name", "Ala Z."}, {"phones", {"+1"}}});
  const std::string letter = it.server.create("/v1/notes", {{"text", "To the twin"}, {"links", {{"person_id", twin}}}});
  REQUIRE(it.api().post(it.person + "/merge", {{"from_id", twin}}).status == 200);
  it.server.must_patch(it.person, {{"name", "Ala Nova"}});
  const Answer exported = it.api().get(it.person + "/export");
  INFO(exported.body);
  REQUIRE(exported.status == 200);
  CHECK(exported.at("/subjects").as_array().size() == 2);
  CHECK(exported.text("/subjects/0/object/name") == "Ala Nova");
  CHECK(exported.text("/subjects/0/history/0/data/name") == "Ala Zorpal");
  CHECK(exported.text("/subjects/1/object/name") == "Ala Z.");
  CHECK(exported.at("/notes").as_array().size() == 2);
  CHECK(exported.text("/notes/0/object/text") == "Zorpal said yes");
  for (const char* kind : {"emails", "tasks", "leads", "deals"}) CHECK(exported.at("/" + std::string(kind)).as_array().size() == 1);
  CHECK(it.api().get("/v1/persons/0190a000-0000-7000-8000-000000000001/export").status == 404);
  CHECK(it.api().get("/v1/companies/" + it.acme + "/export").text("/persons/0/object/id") == it.ala);
  CHECK(it.api().get("/v1/users/" + it.server.admin_id() + "/export").status == 200);
  CHECK(it.server.add_user("aud", "auditor").api.get(it.person + "/export").status == 403);
}

TEST_CASE("A user is erased once he is suspended", "[api][acceptance][erasure][CON-3]") {
  ErasureOffice it;
  const Person sam = it.server.add_user("samzorpal", "salesperson");
  CHECK(it.api().post("/v1/users/" + sam.id + "/erase").code() == "user_active");
  it.server.must_patch("/v1/users/" + sam.id, {{"is_suspended", true}});
  const Answer erased = it.api().post("/v1/users/" + sam.id + "/erase");
  CHECK(erased.status == 200);
  CHECK(erased.at("/email").is_null());
  CHECK_FALSE(knows(it.api().get("/v1/users").body));
  CHECK(it.server.add_user("samzorpal", "salesperson").id != sam.id);   // the address is free
}

TEST_CASE("R10: killed between the commit and the keys, an erasure is finished at the next opening", "[api][erasure][R10][CON-3]") {
  ErasureOffice it;
  it.server.stop();
  {
    // What the disk holds after such a kill: the commit, and every key.
    const fs::path directory = it.server.data() / "accounts" / "acme";
    auto open = eventstore::open_account_files(directory, "a test", {});
    const ObjectRef ala{Kind::person, *parse_uuid(it.ala)}, note{Kind::note, *parse_uuid(it.note)};
    Version version = 0;
    Instant recorded;
    open.log->read_object(ala, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
      version = envelope(stored.record).version;
      recorded = envelope(stored.record).recorded_at;
      return true;
    });
    const Position next = open.log->head().position + 1;
    const Bytes bytes = encode({.position = next, .object = ala, .version = version + 1, .recorded_at = recorded, .effective_at = recorded, .command = next},
                               event::SubjectErased{{ala, note}}, nullptr);
    open.log->append(open.log->head(), {{BytesView(bytes)}, {}});
    CHECK(open.keys->erased().empty());
    open.close();
  }
  it.server.start();
  CHECK(it.api().get(it.person).flag("/erased"));
  CHECK(it.api().get("/v1/notes/" + it.note).at("/text").is_null());
  CHECK_FALSE(knows(it.api().get("/v1/persons").body));
  CHECK(it.api().get("/v1/emails/" + it.mail).text("/subject") == "From Zorpal");
  const auto account = it.server.app().account("acme");
  CHECK(dynamic_cast<const eventstore::FileKeyring&>(account->keys()).erased().size() == 2);
}

TEST_CASE("A backup made before does not bring the erased back", "[api][erasure][IO-5][CON-3]") {
  ErasureOffice it;
  const std::string name = it.api().post("/v1/backups").text("/name");
  while (it.api().get("/v1/backups/" + name).text("/state") == "running") {}
  REQUIRE(it.api().get("/v1/backups/" + name).text("/state") == "done");
  REQUIRE(it.erase(it.everything()).status == 200);

  const auto restored = eventstore::restore_backup({.backup = it.server.data() / "backups" / name, .accounts = it.server.data() / "accounts", .slug = "again",
                                                    .erasures_from = {}, .take_over = {}, .options = {}});
  CHECK(restored.erased == 5);
  const auto again = it.server.app().account("again");
  REQUIRE(again);
  const auto world = again->world();
  const projections::Row row = world->row(Kind::person, *parse_uuid(it.ala));
  REQUIRE(row != projections::no_row);
  CHECK(world->table(Kind::person).is_erased(row));
  CHECK_FALSE(world->table(Kind::person).has_text(field::person::name, row));
  CHECK(world->table(Kind::person).has_text(field::person::name, world->row(Kind::person, *parse_uuid(it.bob))));
}
