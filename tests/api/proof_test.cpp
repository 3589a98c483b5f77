// A deal's whole history as a proof, and everything that a forger could do to it (SPEC AUD-3, QUALITY R15). What is checked
// is what an auditor has: the file, the key, and a checkpoint that he kept.

#include <algorithm>
#include <filesystem>
#include <map>

#include "api/app.h"
#include "api/bundle_json.h"
#include "domain/audit.h"
#include "domain/codec.h"
#include "eventstore/hash_tree.h"
#include "eventstore/memory_log.h"
#include "eventstore/signing_key.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::eventstore;

namespace {

Bundle bundle_of(const Answer& answer) {
  INFO(answer.body.substr(0, 500));
  REQUIRE(answer.status == 200);
  std::string why;
  const auto bundle = api::parse_bundle(answer.body, why);
  INFO(why);
  REQUIRE(bundle);
  return *bundle;
}

// All of these words are in it.
bool says(const std::string& text, std::initializer_list<std::string_view> words) {
  UNSCOPED_INFO(text);
  return std::ranges::all_of(words, [&](std::string_view each) { return text.find(each) != std::string::npos; });
}

std::string all(const BundleVerdict& verdict) {
  std::string words;
  for (const std::string& each : verdict.wrong) words += each + "\n";
  return words;
}

// A deal with a history of six events among others, an auditor, and what he kept.
struct Case {
  Server server;
  Server::Abc abc = server.add_abc();
  Person auditor = server.add_user("aud", "auditor");
  std::string deal = server.create("/v1/deals", {{"name", "Bridge"}, {"description", "Over the Wisla"}});
  VerifierKey key = parse_verifier_key(auditor.api.get("/v1/audit/key").text("/verifier_key")).value();
  std::string kept;

  Case() {
    server.must_post("/v1/deals/" + deal + "/move", {{"stage_id", abc.b}});
    kept = checkpoint();
    server.create("/v1/deals", {{"name", "Another"}});
    server.must_post("/v1/deals/" + deal + "/move", {{"stage_id", abc.c}});
    server.must_post("/v1/deals/" + deal + "/lose", {{"note", "Too dear"}});
    server.must_post("/v1/deals/" + deal + "/reopen");
    server.must_post("/v1/deals/" + deal + "/win", {{"note", "Best offer"}});
  }

  std::string checkpoint() {
    server.advance_days(1);
    return auditor.api.get("/v1/audit/checkpoint").body;
  }
  std::uint64_t size_of(const std::string& note) const { return parse_checkpoint(note_text(note).value()).value().size; }
  Bundle proof(const std::string& earlier = "") const {
    return bundle_of(auditor.api.get("/v1/deals/" + deal + "/proof" + (earlier.empty() ? "" : "?from=" + std::to_string(size_of(earlier)))));
  }
};

}  // namespace

TEST_CASE("a deal's history is proven unaltered, complete, and of the log that was promised", "[api][proof][AUD-3]") {
  Case it;
  const Bundle bundle = it.proof(it.kept);
  CHECK(bundle.records.size() == 6);
  const BundleVerdict verdict = check_bundle(bundle, it.key, it.kept);
  CHECK(all(verdict) == "");
  CHECK(verdict.unaltered);
  CHECK(verdict.complete);
  CHECK(verdict.same_log == true);
  CHECK(verdict.earlier->size == it.size_of(it.kept));
  CHECK(verdict.sealed == 3);   // its description, the notes of two closings
  CHECK(verdict.opened == 3);
  // Without a kept checkpoint nothing is said about the past of the log.
  CHECK_FALSE(check_bundle(bundle, it.key, std::nullopt).same_log);
  // What was written comes back as it was.
  std::string why;
  CHECK(check_bundle(*api::parse_bundle(api::to_json(bundle, it.key), why), it.key, it.kept).wrong.empty());
}

TEST_CASE("a proof names the position up to which it is complete, and is made anew when more has happened", "[api][proof][AUD-3]") {
  Case it;
  const Bundle first = it.proof();
  CHECK(it.proof().heads.position == first.heads.position);   // nothing has happened: no further record
  it.server.must_post("/v1/deals/" + it.deal + "/reopen");
  const Bundle second = it.proof();
  CHECK(second.up_to > first.up_to);
  CHECK(second.records.size() == 7);
  CHECK(all(check_bundle(second, it.key, first.checkpoint)) == "The file has no proof for the earlier checkpoint of " + std::to_string(it.size_of(first.checkpoint)) +
                                                                     " records: have it made again with that checkpoint.\n");
  CHECK(check_bundle(it.proof(first.checkpoint), it.key, first.checkpoint).wrong.empty());
  it.server.restart();
  CHECK(check_bundle(it.proof(it.kept), it.key, it.kept).wrong.empty());
}

TEST_CASE("proofs of what is not there are refused", "[api][proof][AUD-3]") {
  Case it;
  const std::string path = "/v1/deals/" + it.deal + "/proof";
  CHECK(it.auditor.api.get("/v1/deals/" + it.abc.process + "/proof").status == 404);
  CHECK(it.auditor.api.get("/v1/deals/x/proof").status == 404);
  CHECK(it.auditor.api.get(path + "?from=x").errors() == std::vector<std::string>{"/from unreadable"});
  CHECK(it.auditor.api.get(path + "?from=1000000").errors() == std::vector<std::string>{"/from out_of_range"});
  CHECK(it.server.add_user("sam", "salesperson").api.get(path).status == 403);
}

TEST_CASE("R15: an altered, removed, reordered, cut, foreign or invented event is caught, in words that say which", "[api][proof][R15][AUD-3]") {
  Case it;
  const Bundle good = it.proof(it.kept);
  const auto verdict_on = [&](const auto& change) {
    Bundle forged = good;
    change(forged);
    const BundleVerdict verdict = check_bundle(forged, it.key, it.kept);
    CHECK_FALSE((verdict.unaltered && verdict.complete));
    return all(verdict);
  };
  SECTION("an event changed, any byte of it") {
    for (std::size_t i = 0; i < good.records[2].bytes.size(); ++i) {
      const std::string words = verdict_on([&](Bundle& forged) { forged.records[2].bytes[i] ^= 1; });
      CHECK(says(words, {"Event 3 (position " + std::to_string(good.records[2].position) + ") was altered"}));
    }
  }
  SECTION("an event removed") {
    CHECK(verdict_on([](Bundle& forged) { forged.records.erase(forged.records.begin() + 2); }) == "Event 3 of the history is missing: it was removed.\n");
    CHECK(verdict_on([](Bundle& forged) { forged.records.erase(forged.records.begin(), forged.records.begin() + 2); }) == "Events 1 to 2 of the history are missing: they were removed.\n");
  }
  SECTION("two events in another order") {
    CHECK(says(verdict_on([](Bundle& forged) { std::swap(forged.records[1], forged.records[2]); }), {"is out of order"}));
  }
  SECTION("one event twice") {
    CHECK(says(verdict_on([](Bundle& forged) { forged.records.insert(forged.records.begin() + 1, forged.records[1]); }), {"Event 3", "out of order"}));
  }
  SECTION("the end cut off") {
    CHECK(says(verdict_on([](Bundle& forged) { forged.records.pop_back(); }), {"The end of the history was cut off", "has 6 events", "ends with event 5"}));
    CHECK(says(verdict_on([](Bundle& forged) { forged.records.clear(); }), {"The end of the history was cut off"}));
  }
  SECTION("an event moved to another position, with the proof of that one") {
    CHECK(says(verdict_on([](Bundle& forged) {
                 forged.records[2].position = forged.records[3].position;
                 forged.records[2].proof = forged.records[3].proof;
               }), {"Event 3", "was altered"}));
  }
  SECTION("an event of another object") {
    CHECK(says(verdict_on([&](Bundle& forged) { forged.records[3] = forged.heads; }), {"is of another object"}));
  }
  SECTION("another opening of the heads") {
    CHECK(says(verdict_on([](Bundle& forged) { forged.opening.entries[33] ^= 1; }), {"does not show what the log committed to"}));
    CHECK(says(verdict_on([](Bundle& forged) { forged.up_to += 1; }), {"claims to be complete up to"}));
    CHECK(says(verdict_on([](Bundle& forged) { forged.heads = forged.records[0]; }), {"heads_committed"}));
  }
  SECTION("another key for a personal part") {
    CHECK(says(verdict_on([](Bundle& forged) { forged.records[0].keys->committing[0] ^= 1; }), {"does not open with the key"}));
  }
  SECTION("a checkpoint of one's own making") {
    CHECK(says(verdict_on([&](Bundle& forged) {
                 const auto text = note_text(forged.checkpoint).value();
                 forged.checkpoint = signed_note(text, it.key.name, key_pair_of(Hash32{1}));
               }), {"not signed by the given key"}));
  }
}

namespace {

// A forger who has the data directory, the signing key among it: he writes another log of the same origin.
struct Forger {
  MemoryLog log;
  std::vector<Bytes> records;

  // The log as it was, each record changed as he likes (nothing: left out; versions and positions are made to fit).
  template <class Change>
  Forger(const EventLog& honest, const Change& change) {
    std::map<ObjectRef, Version> versions;
    honest.read(0, UINT64_MAX, [&](const StoredRecord& stored) {
      Envelope around = envelope(stored.record);
      std::optional<Event> event = change(around, event_of(stored.record));
      if (!event) return true;
      around.position = records.size() + 1;
      around.version = ++versions[around.object];
      records.push_back(encode(around, *event, nullptr));
      return true;
    });
    Commit commit;
    for (const Bytes& record : records) commit.records.push_back(record);
    log.append(log.head(), commit);
  }

  // A proof of the deal from his log, with heads of his own, signed with the stolen key.
  Bundle bundle(const std::string& deal, const Uuid& account, const SigningKey& stolen, std::uint64_t earlier) {
    Bundle forged{.object = {Kind::deal, *parse_uuid(deal)}, .up_to = records.size()};
    Heads heads;
    log.read(0, UINT64_MAX, [&](const StoredRecord& stored) {
      const Envelope around = envelope(stored.record);
      heads.add(around.object, around.version, leaf_hash(stored.bytes));
      if (around.object == forged.object) forged.records.push_back({around.position, Bytes(stored.bytes.begin(), stored.bytes.end()), {}, {}});
      return true;
    });
    forged.opening = heads.open(forged.object);
    const Envelope last{.position = records.size() + 1, .object = {Kind::account, account}, .version = log.version_of({Kind::account, account}) + 1};
    records.push_back(encode(last, event::HeadsCommitted{forged.up_to, heads.root()}, nullptr));
    log.append(log.head(), Commit{{records.back()}, {}});
    forged.heads = {last.position, records.back(), {}, {}};
    HashTree tree(log);
    const std::uint64_t size = log.head().position;
    for (ProvenRecord& record : forged.records) record.proof = tree.inclusion(record.position - 1, size);
    forged.heads.proof = tree.inclusion(forged.heads.position - 1, size);
    if (earlier <= size) forged.consistency = Bundle::Consistency{earlier, tree.consistency(earlier, size)};
    forged.checkpoint = signed_note(to_text(Checkpoint{stolen.origin, size, log.head().root}), stolen.origin, stolen.pair);
    return forged;
  }
};

}  // namespace

TEST_CASE("R15: a history that was replaced, or a log restored from an old copy, is caught by the checkpoint that was kept", "[api][proof][R15][AUD-3]") {
  Case it;
  const std::string newer = it.checkpoint();
  const auto account = it.server.app().account("acme");
  const SigningKey stolen = read_signing_key(posix_files(), it.server.data() / "accounts" / "acme" / "signing", account->id(), std::nullopt);
  const ObjectRef deal{Kind::deal, *parse_uuid(it.deal)};
  const auto as_it_was = [](const Envelope&, Event event) { return std::optional<Event>(std::move(event)); };

  SECTION("a whole deal's history replaced: it was never moved") {
    Forger forger(account->log(), [&](const Envelope& around, Event event) {
      return around.object == deal && std::holds_alternative<event::DealMoved>(event) ? std::nullopt : std::optional<Event>(std::move(event));
    });
    const Bundle forged = forger.bundle(it.deal, account->id(), stolen, it.size_of(it.kept));
    CHECK(check_bundle(forged, it.key, std::nullopt).wrong.empty());   // a stolen key can say anything to who kept nothing
    const BundleVerdict verdict = check_bundle(forged, it.key, it.kept);
    CHECK(verdict.same_log == false);
    CHECK(says(all(verdict), {"The log was rewritten", "History was replaced"}));
  }
  SECTION("the log restored from an older copy") {
    Forger forger(account->log(), [&](const Envelope& around, Event event) { return around.position < it.size_of(newer) - 5 ? as_it_was(around, std::move(event)) : std::nullopt; });
    const BundleVerdict verdict = check_bundle(forger.bundle(it.deal, account->id(), stolen, it.size_of(newer)), it.key, newer);
    CHECK(verdict.same_log == false);
    CHECK(says(all(verdict), {"The log has gone back", "restored from an older copy"}));
  }
  SECTION("the log restored from an older copy, and continued beyond the checkpoint") {
    Forger forger(account->log(), [&](const Envelope& around, Event event) { return around.position <= it.size_of(newer) - 5 ? as_it_was(around, std::move(event)) : std::optional<Event>(event::Edited{}); });
    const BundleVerdict verdict = check_bundle(forger.bundle(it.deal, account->id(), stolen, it.size_of(newer)), it.key, newer);
    CHECK(says(all(verdict), {"The log was rewritten", "an older copy was restored and continued"}));
  }
}

TEST_CASE("a new signing key is trusted by who trusts the one before it", "[api][proof][AUD-3]") {
  Case it;
  CHECK(it.auditor.api.post("/v1/audit/key/rotate").status == 403);
  const Answer rotated = it.server.must_post("/v1/audit/key/rotate");
  const VerifierKey second = parse_verifier_key(rotated.text("/verifier_key")).value();
  CHECK(second.key != it.key.key);
  CHECK(second.name == it.key.name);
  CHECK(rotated.text("/changes/0/previous") == to_text(it.key));
  const VerifierKey third = parse_verifier_key(it.server.must_post("/v1/audit/key/rotate").text("/verifier_key")).value();

  const Bundle bundle = it.proof(it.kept);
  CHECK(bundle.key_changes.size() == 2);
  for (const VerifierKey& trusted : {it.key, second, third}) {
    CAPTURE(to_text(trusted));
    CHECK(check_bundle(bundle, trusted, std::nullopt).wrong.empty());
  }
  CHECK(check_bundle(bundle, it.key, it.kept).wrong.empty());
  // A change that nobody of the chain has signed leads nowhere.
  Bundle forged = bundle;
  forged.key_changes.pop_back();
  CHECK(says(all(check_bundle(forged, it.key, std::nullopt)), {"not signed by the given key"}));
  forged = bundle;
  forged.key_changes[1].proof.clear();
  CHECK(says(all(check_bundle(forged, it.key, std::nullopt)), {"The change of the signing key"}));
  // After a restart the new key signs, and nothing is left of the old one.
  it.server.restart();
  CHECK(it.auditor.api.get("/v1/audit/key").text("/verifier_key") == to_text(third));
  CHECK(check_bundle(it.proof(it.kept), it.key, it.kept).wrong.empty());
}

TEST_CASE("heads are committed once in an hour in which something happened, and checkpoints go outside", "[api][proof][AUD-3]") {
  Server server("2026-03-02T09:59:00Z");
  server.create("/v1/notes", {{"text", "One"}});
  const auto heads = [&] {
    const auto newest = server.app().account("acme")->audit().newest_heads();
    return newest ? newest->heads.up_to : 0;
  };
  const auto head = [&] { return server.app().account("acme")->head(); };
  server.app().tend();
  CHECK(heads() == 0);                // the account is of this hour
  server.set_now("2026-03-02T10:00:00Z");
  Position before = head();
  server.app().tend();
  CHECK(heads() == before);
  const Position after = head();
  CHECK(after == before + 1);
  server.app().tend();
  server.set_now("2026-03-02T11:30:00Z");
  server.app().tend();
  CHECK(head() == after);             // nothing has happened
  server.create("/v1/notes", {{"text", "Two"}});
  server.app().tend();
  CHECK(heads() == after + 1);
  server.create("/v1/notes", {{"text", "Three"}});
  server.set_now("2026-03-02T11:59:59Z");
  server.app().tend();
  CHECK(heads() == after + 1);        // the hour has its heads
  server.set_now("2026-03-02T12:00:00Z");
  server.restart();
  server.admin().get("/v1/account");  // opens it
  before = head();
  server.app().tend();
  CHECK(heads() == before);
}
