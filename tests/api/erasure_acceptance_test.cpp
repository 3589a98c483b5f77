// One in ten of many persons is erased, with the notes and e-mails about them: a byte search over the whole data
// directory, a new backup, and everything that lists, reports and exports give, for their names, addresses and phones finds
// nothing; statistics, sums and old proofs stand (SPEC CON-3). 10,000 persons with DEALOG_LONG_TESTS set.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>
#include <unordered_set>

#include "api/app.h"
#include "api/bundle_json.h"
#include "eventstore/backup.h"
#include "eventstore/file_keyring.h"
#include "eventstore/verify.h"
#include "projections/digest.h"
#include "projections/live_world.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"
#include "tests/support/workbook.h"

using namespace dealog;
using namespace dealog::test;
namespace fs = std::filesystem;

namespace {

const std::size_t persons = std::getenv("DEALOG_LONG_TESTS") != nullptr ? 10'000 : 600;
constexpr std::size_t one_in = 10, threads = 4;

// Words of twelve letters that begin alike, so that a search need only look at places where one begins, and are otherwise
// random, so that a hit is one.
constexpr std::string_view beginning = "qz", phone_beginning = "+48";
constexpr std::size_t word_size = 12;

class Words {
 public:
  explicit Words(std::uint32_t seed) : random_(seed) {}
  std::string word() {
    std::string made(beginning);
    while (made.size() < word_size) made += static_cast<char>('a' + random_() % 26);
    return made;
  }
  std::string phone() {
    std::string made(phone_beginning);
    while (made.size() < word_size) made += static_cast<char>('0' + random_() % 10);
    return made;
  }

 private:
  std::mt19937 random_;
};

struct Known { std::string id, name, address, phone, saying, note, mail; };

using Sought = std::unordered_set<std::string>;

// The first of the words that stands in the text; "" when none does.
std::string found_in(const std::string& text, const Sought& sought) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view start : {beginning, phone_beginning})
    for (std::size_t at = lower.find(start); at != std::string::npos; at = lower.find(start, at + 1))
      if (const std::string word = lower.substr(at, word_size); sought.contains(word)) return word;
  return {};
}

// "word in file" of the first file below that has one.
std::string found_below(const fs::path& folder, const Sought& sought) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (const std::string word = found_in(bytes, sought); !word.empty()) return word + " in " + entry.path().string();
  }
  return {};
}

template <class Work>
void in_parallel(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i)
    all.emplace_back([&] {
      for (std::size_t each = next++; each < count; each = next++) work(each);
    });
  for (std::thread& thread : all) thread.join();
}

// All pages of a list, as they are sent.
std::string pages(const Api& api, const std::string& target) {
  std::string all;
  for (std::string cursor;;) {
    const Answer page = api.get(target + (target.find('?') == std::string::npos ? "?" : "&") + "limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor));
    INFO(target << " " << page.body.substr(0, 300));
    REQUIRE(page.status == 200);
    all += page.body;
    cursor = page.text("/page/next_cursor");
    if (cursor.empty()) return all;
  }
}

// A report without where in the log it was asked.
json::value numbers(const Api& api, const std::string& target) {
  const Answer report = api.get(target);
  INFO(target << " " << report.body.substr(0, 300));
  REQUIRE(report.status == 200);
  json::value all = report.json;
  all.as_object().erase("position");
  return all;
}

std::string backed_up(const test::Server& server) {
  const std::string name = server.admin().post("/v1/backups").text("/name");
  while (server.admin().get("/v1/backups/" + name).text("/state") == "running") std::this_thread::yield();
  REQUIRE(server.admin().get("/v1/backups/" + name).text("/state") == "done");
  return name;
}

}  // namespace

TEST_CASE("After erasing one person in ten, none of their names, addresses and phones is anywhere, and all that counts stands",
          "[api][acceptance][erasure][slow][CON-3]") {
  constexpr std::uint32_t seed = 20'260'302;
  CAPTURE(seed, persons);
  Words words(seed);
  test::Server server;
  const test::Server::Abc abc = server.add_abc();
  const std::string plain_name = words.word();   // of a company: not personal, so it stays, and the search must find it
  const std::string company = server.create("/v1/companies", {{"name", plain_name}});
  std::vector<Known> known(persons);
  for (Known& one : known) one = {.id = {}, .name = words.word(), .address = words.word(), .phone = words.phone(), .saying = words.word(), .note = {}, .mail = {}};
  std::atomic<std::size_t> failed{0};
  const auto id_of = [&](const Answer& answer) {
    failed += answer.status != 201;
    return answer.text("/id");
  };
  in_parallel(persons, [&](std::size_t i) {
    Known& one = known[i];
    const std::string address = one.address + "@" + one.name + ".example";
    one.id = id_of(server.admin().post("/v1/persons", {{"name", one.name}, {"emails", {address}}, {"phones", {one.phone}}, {"company_id", company}}));
    one.note = id_of(server.admin().post("/v1/notes", {{"text", one.name + " said " + one.saying}, {"links", {{"person_id", one.id}}}}));
    one.mail = id_of(server.admin().post("/v1/emails", {{"message_id", "m" + std::to_string(i)}, {"from", address}, {"to", json::array{"sam@acme.example"}}, {"subject", one.saying},
                                                        {"sent_at", "2026-03-01T08:00:00Z"}, {"links", {{"person_id", one.id}}}}));
    if (i % 20 == 0)
      id_of(server.admin().post("/v1/deals", {{"name", "Deal " + std::to_string(i)}, {"person_id", one.id}, {"value", {{"amount", std::to_string(i + 1) + ".00"}}}}));
  });
  REQUIRE(failed == 0);

  // Before: lists know them, and an older backup and a proof are made.
  const Person auditor = server.add_user("aud", "auditor");
  Sought erased_words, kept_words;
  for (std::size_t i = 0; i < persons; ++i)
    for (const std::string& word : {known[i].name, known[i].address, known[i].phone, known[i].saying}) (i % one_in == 0 ? erased_words : kept_words).insert(word);
  CHECK_FALSE(found_in(pages(server.admin(), "/v1/persons"), erased_words).empty());
  CHECK_FALSE(found_below(server.data(), {plain_name}).empty());
  const std::string older = backed_up(server);
  const std::string deal = server.admin().get("/v1/deals").text("/data/0/id");
  const Answer proof = auditor.api.get("/v1/deals/" + deal + "/proof");
  REQUIRE(proof.status == 200);
  const auto key = eventstore::parse_verifier_key(auditor.api.get("/v1/audit/key").text("/verifier_key")).value();
  const std::vector<std::string> reports{"/v1/reports/activities?period=this_quarter", "/v1/reports/open-deals", "/v1/reports/ranking?period=this_year",
                                         "/v1/reports/closed-deals?status=won&period=this_year"};
  std::vector<json::value> numbers_before;
  for (const std::string& report : reports) numbers_before.push_back(numbers(server.admin(), report));
  const std::string position = server.admin().get("/v1/deals").header("Log-Position");
  server.advance_days(1);   // a backup of another name

  in_parallel(persons / one_in, [&](std::size_t i) {
    const Answer answer = server.admin().post("/v1/persons/" + known[i * one_in].id + "/erase", {{"include", json::array{"notes", "emails"}}});
    failed += answer.status != 200 || !answer.flag("/erased");
  });
  REQUIRE(failed == 0);

  // Nowhere in what is asked, now and as of then.
  for (const std::string list : {"/v1/persons", "/v1/notes", "/v1/emails", "/v1/companies", "/v1/deals", "/v1/tasks", "/v1/leads", "/v1/events", "/v1/changes"}) {
    const std::string all = pages(server.admin(), list);
    CHECK(found_in(all, erased_words) == "");
    if (list == "/v1/persons") CHECK_FALSE(found_in(all, kept_words).empty());
    if (list == "/v1/events") continue;
    const Answer csv = server.admin().get(list + "?format=csv");
    REQUIRE(csv.status == 200);
    CHECK(found_in(csv.body, erased_words) == "");
    if (list == "/v1/persons") CHECK_FALSE(found_in(csv.body, kept_words).empty());
    const Answer workbook = server.admin().get(list + "?format=xlsx");
    REQUIRE(workbook.status == 200);
    for (const auto& [name, bytes] : unzip(workbook.body)) CHECK(found_in(bytes, erased_words) == "");
  }
  for (const std::string list : {"/v1/persons", "/v1/notes", "/v1/emails"}) CHECK(found_in(pages(server.admin(), list + "?known_at=" + position), erased_words) == "");
  CHECK(found_in(server.admin().get("/v1/boards/" + abc.process).body, erased_words) == "");
  for (std::size_t i = 0; i < persons; i += one_in * 7)
    for (const std::string& path : {"/v1/persons/" + known[i].id, "/v1/persons/" + known[i].id + "/history", "/v1/persons/" + known[i].id + "/export",
                                    "/v1/persons/" + known[i].id + "/timeline", "/v1/notes/" + known[i].note, "/v1/emails/" + known[i].mail + "/history",
                                    "/v1/search?q=" + known[i].name}) {
      const Answer answer = server.admin().get(path);
      CHECK(answer.status == 200);
      CHECK(found_in(answer.body, erased_words) == "");
    }

  // What counts stands.
  for (std::size_t i = 0; i < reports.size(); ++i) {
    INFO(reports[i]);
    CHECK(numbers(server.admin(), reports[i]) == numbers_before[i]);
  }
  CHECK(server.admin().get("/v1/persons?include=total&limit=1").number("/page/total") == static_cast<std::int64_t>(persons));
  std::string why;
  const auto bundle = api::parse_bundle(proof.body, why);
  REQUIRE(bundle);
  CHECK(eventstore::check_bundle(*bundle, key, std::nullopt).wrong.empty());
  const auto again = api::parse_bundle(auditor.api.get("/v1/deals/" + deal + "/proof?from=" + std::to_string(eventstore::parse_checkpoint(eventstore::note_text(bundle->checkpoint).value()).value().size)).body, why);
  REQUIRE(again);
  CHECK(eventstore::check_bundle(*again, key, bundle->checkpoint).same_log == true);

  // The read models are those of a rebuild; every erased key is a zeroed slot.
  const auto account = server.app().account("acme");
  projections::ReadModels fresh;
  account->log().read(0, account->head(), [&](const eventstore::StoredRecord& stored) {
    std::optional<Fields> personal;
    if (const auto plaintext = account->keys().open(stored.record)) personal = decode_personal(*plaintext);
    fresh.apply(stored.record, personal ? &*personal : nullptr);
    return true;
  });
  (void)server.admin().get("/v1/deals?limit=1");
  CHECK(projections::digest_of(dynamic_cast<const projections::LiveWorld&>(*account->world())) == fresh.digest());
  CHECK(dynamic_cast<const eventstore::FileKeyring&>(account->keys()).erased().size() == persons / one_in * 3);

  // Nowhere on the disk, the new backup included; and what is not personal is found there.
  const std::string newer = backed_up(server);
  CHECK(newer != older);
  server.stop();
  CHECK(found_below(server.data(), erased_words) == "");
  CHECK_FALSE(found_below(server.data() / "accounts", {plain_name}).empty());

  // The older backup, restored, does not bring them back.
  const auto restored = eventstore::restore_backup({.backup = server.data() / "backups" / older, .accounts = server.data() / "accounts", .slug = "again",
                                                    .erasures_from = {}, .take_over = {}, .options = {}});
  CHECK(restored.erased == persons / one_in * 3);
  server.start();
  const auto old_world = server.app().account("again")->world();
  const projections::Table& table = old_world->table(Kind::person);
  for (std::size_t i = 0; i < persons; ++i) {
    const projections::Row row = old_world->row(Kind::person, *parse_uuid(known[i].id));
    REQUIRE(row != projections::no_row);
    REQUIRE(table.text(field::person::name, row) == (i % one_in == 0 ? std::string_view() : std::string_view(known[i].name)));
  }
}
