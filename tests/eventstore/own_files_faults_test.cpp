// The anchor, the keys, the signing key and the checkpoint on a disk that fails, forgets or flips bits (QUALITY R2, R4, R6):
// what was promised is there, or it is said that it is not; and each test is shown to find the bug it is there for [R15].

#include <algorithm>

#include "domain/audit.h"
#include "domain/events_generated.h"
#include "eventstore/account_files.h"
#include "eventstore/checkpoints.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

Head head(Position position) {
  Hash32 root;
  root.fill(static_cast<std::uint8_t>(position));
  return {position, position, root};
}

ObjectRef subject(int n) { return object_number(static_cast<std::uint64_t>(n)); }

// Keys made one after another: which of those that were there when the power went are missing afterwards. Nothing: there
// was no such sync.
std::optional<int> keys_lost_at_sync(std::uint32_t n, Cut how, bool forgetful) {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "acme", left = directory.path() / "left";
  fs::create_directory(place);
  create_keys(posix_files(), place / "keys", acme);
  TestDisk disk;
  if (forgetful) disk.ignore_sync_of("/keys");
  FileKeyring keys(*disk.options().files, place / "keys", acme);
  disk.cut_at_sync(n, place, left, how, n);
  int made = 0;
  for (int i = 0; i < 4 && !disk.has_cut(); ++i) {
    const ObjectRef object = subject(i);
    keys.ensure(std::span(&object, 1));
    if (!disk.has_cut()) ++made;
  }
  if (!disk.has_cut()) return std::nullopt;
  int lost = 0;
  const FileKeyring after(posix_files(), left / "keys", acme);
  for (int i = 0; i < made; ++i) {
    try {
      lost += *after.derived_key(subject(i), "test") != *keys.derived_key(subject(i), "test");
    } catch (const StorageError&) {
      ++lost;
    }
  }
  return lost;
}

}  // namespace

TEST_CASE("a power cut loses no key that was made [R2]", "[eventstore][keys][faults][R2]") {
  const Cut how = GENERATE(Cut::drop_all, Cut::keep_some, Cut::drop_middle_pages);
  std::optional<int> lost = 0;
  for (std::uint32_t n = 1; lost; ++n) {
    CAPTURE(int(how), n);
    lost = keys_lost_at_sync(n, how, false);
    CHECK(lost.value_or(0) == 0);
  }
}

TEST_CASE("the test of power cuts finds keys that are not synced [R2][R15]", "[eventstore][keys][faults][R2]") {
  int found = 0;
  std::optional<int> lost = 0;
  for (std::uint32_t n = 1; lost; ++n) {
    lost = keys_lost_at_sync(n, Cut::drop_all, true);
    found += lost.value_or(0);
  }
  CHECK(found > 0);
}

namespace {

// An account is made, then the power goes: is it there and whole, with a key that signs?
std::string made_account_after_cut(const std::string& ignored) {
  TemporaryDirectory directory;
  const fs::path accounts = directory.path() / "accounts", left = directory.path() / "left", after = directory.path() / "after";
  fs::create_directory(accounts);
  TestDisk disk;
  if (!ignored.empty()) disk.ignore_sync_of(ignored);
  create_account_files(accounts, "acme", acme, disk.options());
  // It was acknowledged: the power goes at whatever is synced next.
  disk.cut_at_sync(1, accounts, left, Cut::drop_all, 1);
  disk.options().files->open(accounts / "next", OpenMode::create_new)->sync();
  try {
    OpenLog open = open_account_files(left / "acme", "test", {});
    const Checkpoints checkpoints(posix_files(), left / "acme", acme, open.log->head(), {});
    return "";
  } catch (const StorageError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("an account that was made is there after a power cut; a file of it that is not synced is found [R2][R15]", "[eventstore][account][faults][R2]") {
  CHECK(made_account_after_cut("") == "");
  for (const char* forgotten : {"/anchor", "/keys", "/signing"}) {
    CAPTURE(forgotten);
    CHECK(made_account_after_cut(forgotten) != "");
  }
}

namespace {

// Checkpoints are signed, the power goes at the n-th sync: the newest that was given out before. Nothing: no such sync.
std::optional<std::string> checkpoint_after_cut(std::uint32_t n, bool forgetful) {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "acme", left = directory.path() / "left";
  fs::create_directory(place);
  { const Checkpoints first(posix_files(), place, acme, head(0), {}); }
  TestDisk disk;
  if (forgetful) disk.ignore_sync_of("checkpoint.new");
  Checkpoints checkpoints(*disk.options().files, place, acme, head(0), {});
  disk.cut_at_sync(n, place, left, Cut::drop_all, n);
  Position given = 0;
  for (Position position = 1; position < 5 && !disk.has_cut(); ++position) {
    checkpoints.sign(head(position));
    if (!disk.has_cut()) given = position;
  }
  if (!disk.has_cut()) return std::nullopt;
  try {
    const Checkpoints after(posix_files(), left, acme, head(9), {});
    const Position kept = after.newest() ? after.newest()->checkpoint.size : 0;
    return kept >= given ? "" : "the checkpoint of " + std::to_string(given) + " is gone";
  } catch (const StorageError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("the test of power cuts finds a checkpoint that is not synced [R2][R15]", "[eventstore][checkpoints][faults][R2]") {
  int found = 0;
  for (std::uint32_t n = 1; checkpoint_after_cut(n, false); ++n) CHECK(*checkpoint_after_cut(n, false) == "");
  for (std::uint32_t n = 1; checkpoint_after_cut(n, true); ++n) found += *checkpoint_after_cut(n, true) != "";
  CHECK(found > 0);
}

TEST_CASE("whatever fails once while the signing key is changed, one key signs, and it is the one that the log names [R6]", "[eventstore][checkpoints][faults][R6]") {
  bool failed = true;
  for (std::uint64_t n = 1; failed; ++n) {
    for (const bool for_good : {false, true}) {
      CAPTURE(n, for_good);
      TemporaryDirectory directory;
      const fs::path place = directory.path() / "acme";
      fs::create_directory(place);
      { const Checkpoints first(posix_files(), place, acme, head(1), {}); }
      TestDisk disk;
      Checkpoints checkpoints(*disk.options().files, place, acme, head(1), {});
      std::optional<Hash32> named;
      disk.fail_at(n, for_good);
      try {
        const event::SigningKeyChanged change = checkpoints.prepare_change();
        named = change.next;   // now the log holds it
        checkpoints.changed(change);
        checkpoints.sign(head(2));
      } catch (const StorageError&) {
      }
      failed = disk.has_failed();
      disk.fail_at(0);
      Checkpoints after(posix_files(), place, acme, head(3), named);
      if (named) CHECK(after.verifier().key == *named);
      CHECK(after.sign(head(3))->checkpoint.size == 3);
    }
  }
}

TEST_CASE("an account gets its signing key wholly or not at all, whatever fails [R6][R10]", "[eventstore][checkpoints][faults][R6]") {
  bool failed = true;
  for (std::uint64_t n = 1; failed; ++n) {
    CAPTURE(n);
    TemporaryDirectory directory;
    const fs::path place = directory.path() / "acme";
    fs::create_directory(place);
    TestDisk disk;
    disk.fail_at(n, true);
    try {
      const Checkpoints first(*disk.options().files, place, acme, head(1), {});
    } catch (const StorageError&) {
    }
    failed = disk.has_failed();
    CHECK(Checkpoints(posix_files(), place, acme, head(1), {}).sign(head(1))->checkpoint.size == 1);
  }
}

TEST_CASE("after one flipped bit in the signing key or the checkpoint, the same is promised or nothing [R4]", "[eventstore][checkpoints][R4]") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "acme";
  fs::create_directory(place);
  std::string note;
  VerifierKey verifier;
  {
    Checkpoints checkpoints(posix_files(), place, acme, head(5), {});
    note = checkpoints.sign(head(5))->note;
    verifier = checkpoints.verifier();
  }
  std::mt19937 random(4);
  int refused = 0;
  for (const char* name : {"signing", "checkpoint"}) {
    const Bytes sound = file_bytes(place / name);
    // Where something stands: the page of the first generation of the key.
    const std::size_t first = std::string(name) == "signing" ? 4096 : 0, range = std::string(name) == "signing" ? 240 : sound.size();
    for (int round = 0; round < 120; ++round) {
      Bytes bytes = sound;
      const std::size_t at = first + random() % range;
      CAPTURE(name, at);
      bytes[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
      write_file(place / name, bytes);
      try {
        const Checkpoints after(posix_files(), place, acme, head(6), {});
        CHECK(after.verifier() == verifier);
        CHECK(after.newest()->note == note);
      } catch (const StorageError&) {
        ++refused;
      }
    }
    write_file(place / name, sound);
  }
  CHECK(refused == 240);
  CHECK(Checkpoints(posix_files(), place, acme, head(6), {}).newest()->note == note);
}

TEST_CASE("after one flipped bit in the keys, each personal part opens as it was, or is said to be damaged, never erased [R4]", "[eventstore][keys][R4]") {
  TemporaryDirectory directory;
  create_keys(posix_files(), directory.path() / "keys", acme);
  std::vector<Bytes> records;
  {
    FileKeyring keys(posix_files(), directory.path() / "keys", acme);
    for (int n = 0; n < 6; ++n) {
      const ObjectRef object = subject(n);
      keys.ensure(std::span(&object, 1));
      const Sealed part = keys.seal(object, static_cast<Position>(n + 1), Bytes{1, 2, static_cast<std::uint8_t>(n)});
      Envelope envelope{.position = static_cast<Position>(n + 1), .object = object, .version = 1, .recorded_at = {1'700'000'000'000}};
      records.push_back(encode(envelope, event::Deleted{}, &part));
    }
  }
  const Bytes sound = file_bytes(directory.path() / "keys");
  std::mt19937 random(9);
  int refused = 0, damaged = 0, right = 0;
  for (int round = 0; round < 400; ++round) {
    Bytes bytes = sound;
    const std::size_t at = random() % (7 * 128);
    CAPTURE(at);
    bytes[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    write_file(directory.path() / "keys", bytes);
    try {
      const FileKeyring keys(posix_files(), directory.path() / "keys", acme);
      for (std::size_t n = 0; n < records.size(); ++n) {
        try {
          const auto opened = keys.open(*read_record(records[n]));
          REQUIRE(opened);
          CHECK(*opened == Bytes{1, 2, static_cast<std::uint8_t>(n)});
          ++right;
        } catch (const StorageError&) {
          ++damaged;
        }
      }
    } catch (const StorageError&) {
      ++refused;
    }
  }
  CHECK(refused > 50);
  CHECK(damaged > 50);
  CHECK(right > 500);
}

}  // namespace dealog::eventstore
