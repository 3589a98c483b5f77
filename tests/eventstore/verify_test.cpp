#include "eventstore/verify.h"

#include <algorithm>

#include "domain/audit.h"
#include "eventstore/account_files.h"
#include "eventstore/checkpoints.h"
#include "eventstore/heads.h"
#include "eventstore/memory_log.h"
#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

struct VerifiedAccount {
  TemporaryDirectory directory;
  std::filesystem::path path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", {});

  // A record of object `n` with a personal part.
  Bytes sealed(Position position, std::uint64_t n, Version version,
               std::int64_t recorded = 1'700'000'000'000) {
    const ObjectRef object = object_number(n);
    open.keys->ensure(std::span(&object, 1));
    const Sealed part = open.keys->seal(object, position, Bytes{1, 2, 3});
    Envelope envelope;
    envelope.position = position;
    envelope.object = object;
    envelope.version = version;
    envelope.recorded_at = {recorded};
    return encode(envelope, event::Deleted{}, &part);
  }
  VerifyReport verify() { return eventstore::verify(*open.log, *open.keys, path, posix_files(), nullptr); }
};

}  // namespace

TEST_CASE("a sound log is verified to the end and counted", "[eventstore][verify]") {
  VerifiedAccount account;
  CHECK_FALSE(account.verify().wrong);
  append(*account.open.log,
         Made{{account.sealed(1, 1, 1), account.sealed(2, 2, 1), account.sealed(3, 1, 2)}, {}});
  const Head head = append(*account.open.log, Made{{}, {CommandEntry{}}});
  const ObjectRef erased = object_number(1);
  account.open.keys->erase(std::span(&erased, 1));
  const VerifyReport report = account.verify();
  INFO((report.wrong ? report.wrong->what : ""));
  CHECK_FALSE(report.wrong);
  CHECK(report.head == head);
  CHECK(report.commits == 2);
  CHECK(report.commands == 1);
  CHECK(report.events == 3);
  CHECK(report.sealed == 3);
  CHECK(report.erased == 2);
}

TEST_CASE("verification names the position of a part that does not open with its key",
          "[eventstore][verify]") {
  VerifiedAccount account;
  const Bytes good = account.sealed(1, 1, 1);
  Bytes other = account.sealed(2, 2, 1);
  // The last bytes of the ciphertext are a checksum of it: any change must be found.
  const auto sealed = account.open.keys->seal(object_number(2), 2, Bytes{1, 2, 3});
  const auto at = std::search(other.begin(), other.end(), sealed.ciphertext.begin(), sealed.ciphertext.end());
  REQUIRE(at != other.end());
  *at ^= 1;
  append(*account.open.log, Made{{good, other}, {}});
  const VerifyReport report = account.verify();
  REQUIRE(report.wrong);
  CHECK(report.wrong->position == 2);
}

TEST_CASE("verification finds time that goes back", "[eventstore][verify]") {
  VerifiedAccount account;
  append(*account.open.log, Made{{account.sealed(1, 1, 1, 500), account.sealed(2, 2, 1, 499)}, {}});
  const VerifyReport report = account.verify();
  REQUIRE(report.wrong);
  CHECK(report.wrong->position == 2);
}

namespace {

// All of these words are in it.
bool says(const std::string& text, std::initializer_list<std::string_view> words) {
  UNSCOPED_INFO(text);
  return std::ranges::all_of(words, [&](std::string_view each) { return text.find(each) != std::string::npos; });
}

// A record about the account itself.
Bytes about_account(Position position, Version version, const Event& event) {
  return encode({.position = position, .object = {Kind::account, acme}, .version = version, .recorded_at = Instant{1'700'000'000'000}}, event, nullptr);
}

std::string wrong(VerifiedAccount& account) {
  const VerifyReport report = account.verify();
  return report.wrong ? report.wrong->what : "";
}

}  // namespace

TEST_CASE("verification makes committed heads again", "[eventstore][verify][AUD-4]") {
  VerifiedAccount account;
  Heads heads;
  const std::vector<Bytes> first = {account.sealed(1, 1, 1), account.sealed(2, 2, 1), account.sealed(3, 1, 2), account.sealed(4, 3, 1)};
  for (std::size_t i = 0; i < 3; ++i) heads.add(object_number(i % 2 + 1), i == 2 ? 2 : 1, leaf_hash(first[i]));
  const event::HeadsCommitted honest{3, heads.root()};
  SECTION("those of an earlier position, as they were") {
    append(*account.open.log, Made{first, {}});
    append(*account.open.log, Made{{about_account(5, 1, honest)}, {}});
    CHECK(wrong(account) == "");
    CHECK(account.verify().heads == 1);
  }
  SECTION("others are found") {
    append(*account.open.log, Made{first, {}});
    append(*account.open.log, Made{{about_account(5, 1, event::HeadsCommitted{4, honest.root})}, {}});
    CHECK(says(wrong(account), {"not those of the log up to position 4"}));
    CHECK(account.verify().wrong->position == 5);
  }
  SECTION("and those of a position that is still to come") {
    append(*account.open.log, Made{first, {}});
    append(*account.open.log, Made{{about_account(5, 1, event::HeadsCommitted{5, honest.root})}, {}});
    CHECK(says(wrong(account), {"cannot be"}));
  }
}

TEST_CASE("verification compares the checkpoint with the tree, and follows the keys that signed", "[eventstore][verify][AUD-3][AUD-4]") {
  VerifiedAccount account;
  append(*account.open.log, Made{{account.sealed(1, 1, 1)}, {}});
  const auto open = [&](const std::optional<Hash32>& named = {}) { return Checkpoints(posix_files(), account.path, acme, account.open.log->head(), named); };
  const auto promised = open().sign(account.open.log->head());
  append(*account.open.log, Made{{account.sealed(2, 2, 1)}, {}});
  CHECK(wrong(account) == "");
  CHECK(account.verify().checkpoint == 1);
  const VerifierKey key = open().verifier();

  SECTION("a checkpoint of another history") {
    const KeyPair pair = read_signing_key(posix_files(), account.path / "signing", acme, {}).pair;
    const std::string forged = signed_note(to_text(Checkpoint{key.name, 1, empty_root()}), key.name, pair);
    write_file(account.path / "checkpoint", Bytes(forged.begin(), forged.end()));
    CHECK(says(wrong(account), {"not those that the checkpoint promises"}));
    CHECK(account.verify().wrong->position == 1);
    const std::string beyond = signed_note(to_text(Checkpoint{key.name, 9, empty_root()}), key.name, pair);
    write_file(account.path / "checkpoint", Bytes(beyond.begin(), beyond.end()));
    CHECK(says(wrong(account), {"promises 9 records, the log has 2"}));
  }
  SECTION("a checkpoint that somebody else signed") {
    const std::string foreign = signed_note(to_text(promised->checkpoint), key.name, key_pair_of(Hash32{7}));
    write_file(account.path / "checkpoint", Bytes(foreign.begin(), foreign.end()));
    CHECK(says(wrong(account), {"not signed by a key of this account"}));
  }
  SECTION("a key that is gone") {
    std::filesystem::remove(account.path / "signing");
    CHECK(says(wrong(account), {"signing is missing"}));
  }
  SECTION("a change of key") {
    const event::SigningKeyChanged change = open().prepare_change();
    append(*account.open.log, Made{{about_account(3, 1, change)}, {}});
    CHECK(wrong(account) == "");   // the checkpoint is still the previous key's
    CHECK(account.verify().key_changes == 1);
    open(change.next).sign(account.open.log->head());
    CHECK(wrong(account) == "");
    event::SigningKeyChanged forged = change;
    forged.next = Hash32{5};
    append(*account.open.log, Made{{about_account(4, 2, forged)}, {}});
    CHECK(says(wrong(account), {"not signed by the previous key"}));
    CHECK(account.verify().wrong->position == 4);
  }
}

TEST_CASE("verification finds an anchor that tells of another log", "[eventstore][verify]") {
  VerifiedAccount account;
  append(*account.open.log, Made{{account.sealed(1, 1, 1)}, {}});
  account.open.log->flush_anchor();
  Bytes anchor = encode_anchor_slot({acme, {1, 1, empty_root()}}, 0);
  anchor.resize(8192);
  write_file(account.path / "anchor", anchor);
  REQUIRE(account.verify().wrong);
  CHECK(account.verify().wrong->what.find("anchor") != std::string::npos);
}

}  // namespace dealog::eventstore
