// Backups: made under load, whole or not there, restored to the very history they were taken from.

#include "eventstore/backup.h"

#include <atomic>
#include <thread>

#include "domain/events_generated.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

constexpr Instant made_at{1'772'442'000'000};  // 2026-03-02T09:00:00Z

RocksLogOptions sealing_every(std::uint64_t events) {
  RocksLogOptions options;
  options.seal_every = events;
  return options;
}

// An account with a history, sealed in part, keys and an uploaded file.
struct Original {
  TemporaryDirectory directory;
  fs::path accounts = directory.path() / "accounts", backups = directory.path() / "backups", path;
  Author author{23};
  Ledger ledger;

  explicit Original(int commits = 30) {
    fs::create_directory(accounts);
    path = create_account_files(accounts, "acme", acme, {});
    write_file(path / "files" / "0123456789abcdef0123456789abcdef", Bytes(3'000'000, 7));
    OpenLog open = open_account_files(path, "test", sealing_every(100));
    for (int i = 0; i < commits; ++i) step(open);
    open.close();
  }

  void step(OpenLog& open) {
    const Made made = author.commit(1 + author.roll(20));
    std::vector<ObjectRef> subjects;
    for (const CommandEntry& command : made.commands) subjects.push_back(command.object);
    open.keys->ensure(subjects);
    ledger.add(made, append(*open.log, made));
  }

  BackupAbout back_up(const OpenLog& open, RocksLogOptions options = {}, std::function<bool()> stop = {}) const {
    return make_backup({.open = open, .slug = "acme", .directory = path, .folder = backups, .made_at = made_at, .options = std::move(options), .stop = std::move(stop)});
  }

  Restored restore(const std::string& slug, const fs::path& to, std::vector<fs::path> erasures_from = {}, RocksLogOptions options = {}) const {
    fs::create_directories(to);
    return restore_backup({.backup = backups / "acme-20260302T090000Z", .accounts = to, .slug = slug, .erasures_from = std::move(erasures_from), .take_over = {}, .options = std::move(options)});
  }

  // What is wrong with the account there, which must hold exactly the first events of this one.
  std::string differences_at(const fs::path& where, const Head& head) const {
    OpenLog open = open_account_files(where, "test", sealing_every(0));
    std::string wrong = differences(*open.log, ledger, head.commit);
    if (open.log->head() != head) wrong += "the head is another; ";
    const VerifyReport report = verify(*open.log, *open.keys, where, posix_files(), nullptr);
    if (report.wrong) wrong += "verification: " + report.wrong->what;
    open.log->read(0, UINT64_MAX, [&](const StoredRecord& record) {
      open.keys->seal(envelope(record.record).object, 1, {});
      return true;
    });
    open.close();
    return wrong;
  }
};

}  // namespace

TEST_CASE("a backup says of itself what it is", "[eventstore][backup][golden]") {
  const BackupAbout about{acme, "acme", made_at, {345, 12, leaf_hash({})}};
  CHECK(decode_about(encode_about(about)) == about);
  const std::string text = encode_about(about);
  CHECK(matches_golden("backup_about_v1.hex", {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  for (const char* word : {"account", "slug", "made_at", "position", "commit", "root", "dealog-backup"}) {
    std::string less = text;
    less.replace(less.find(word), 1, "x");
    CHECK_FALSE(decode_about(less));
  }
  CHECK(backup_name("acme", made_at) == "acme-20260302T090000Z");
}

TEST_CASE("an account is backed up under load, and restored elsewhere it is a prefix of the original", "[eventstore][backup][IO-5]") {
  Original original;
  OpenLog open = open_account_files(original.path, "test", sealing_every(100));
  std::atomic<bool> begun = false;
  std::jthread writer([&](const std::stop_token& stop) {   // ended and waited for, also when something fails here
    for (int i = 0; i < 4000 && !stop.stop_requested(); ++i) {
      original.step(open);
      begun = true;
    }
  });
  while (!begun) std::this_thread::yield();
  const Position before = open.log->head().position;
  const BackupAbout about = original.back_up(open);
  writer.request_stop();
  writer.join();
  CHECK(about.account == acme);
  CHECK(about.head.position >= before);
  CHECK(open.log->head().position > about.head.position);

  CHECK(list_backups(original.backups, posix_files()) == std::vector{std::pair(std::string("acme-20260302T090000Z"), about)});
  const fs::path elsewhere = original.directory.path() / "elsewhere";
  const Restored restored = original.restore("again", elsewhere);
  CHECK(restored.about == about);
  CHECK(original.differences_at(elsewhere / "again", about.head) == "");
  // The root at that position is the same: a prefix, proven.
  CHECK(open.log->root_at(about.head.position) == about.head.root);
  CHECK(file_bytes(elsewhere / "again" / "files" / "0123456789abcdef0123456789abcdef") == Bytes(3'000'000, 7));
  for (const char* name : {"signing", "checkpoint", "lock"}) CHECK_FALSE(fs::exists(original.backups / "acme-20260302T090000Z" / "accounts" / "acme" / name));
  CHECK_FALSE(fs::exists(elsewhere / "again" / "signing"));
  // The original goes on, and so does the copy.
  original.step(open);
  OpenLog copy = open_account_files(elsewhere / "again", "test", sealing_every(100));
  Made next;
  next.commands.push_back(CommandEntry{});
  CHECK(append(*copy.log, next).commit == about.head.commit + 1);
}

TEST_CASE("a kill at any point of a backup leaves a whole one or none", "[eventstore][backup][faults][R10]") {
  Original original(12);
  bool failed = true;
  int none = 0, whole = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(n);
    fs::remove_all(original.backups);
    TestDisk disk;
    RocksLogOptions options = disk.options();
    options.seal_every = 0;
    {
      const OpenLog open = open_account_files(original.path, "test", options);
      disk.fail_at(n, true);
      try {
        original.back_up(open, disk.options());
      } catch (const StorageError&) {
      }
      failed = disk.has_failed();
      disk.fail_at(0);
    }
    const auto backups = list_backups(original.backups, posix_files());
    if (backups.empty()) {
      ++none;
      // What is left is in nobody's way.
      const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
      original.back_up(open);
    } else {
      ++whole;
    }
    const fs::path elsewhere = original.directory.path() / "elsewhere";
    fs::remove_all(elsewhere);
    original.restore("again", elsewhere);
    CHECK(original.differences_at(elsewhere / "again", original.ledger.heads.back()) == "");
  }
  CHECK(none > 20);
  CHECK(whole >= 1);
}

TEST_CASE("any single failure of the disk ends a backup, not the account, and the next one is made", "[eventstore][backup][faults][R6]") {
  Original original(12);
  bool failed = true;
  int none = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(n);
    fs::remove_all(original.backups);
    TestDisk copying;   // the account's own disk is sound: backups go to another
    OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    copying.fail_at(n);
    bool made = false;
    try {
      original.back_up(open, copying.options());
      made = true;
    } catch (const StorageError&) {
      ++none;
      CHECK(list_backups(original.backups, posix_files()).empty());
    }
    failed = copying.has_failed();
    CHECK_FALSE(open.log->failed());
    original.step(open);
    if (!made) original.back_up(open);
    open.close();
  }
  CHECK(none > 10);
  CHECK(original.differences_at(original.path, original.ledger.heads.back()) == "");
}

TEST_CASE("a kill at any point of a restore leaves a whole account or none", "[eventstore][backup][faults][R10]") {
  Original original(12);
  {
    const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    original.back_up(open);
  }
  bool failed = true;
  int none = 0, whole = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(n);
    const fs::path elsewhere = original.directory.path() / "elsewhere";
    fs::remove_all(elsewhere);
    TestDisk disk;
    disk.fail_at(n, true);
    try {
      original.restore("again", elsewhere, {}, disk.options());
    } catch (const StorageError&) {
    }
    failed = disk.has_failed();
    remove_leftovers(elsewhere, posix_files());
    if (list_accounts(elsewhere, posix_files()).empty()) {
      ++none;
      original.restore("again", elsewhere);
    } else {
      ++whole;
    }
    CHECK(original.differences_at(elsewhere / "again", original.ledger.heads.back()) == "");
  }
  CHECK(none > 10);
  CHECK(whole >= 1);
}

TEST_CASE("any single failure of the disk ends a restore, and it is made at the next attempt", "[eventstore][backup][faults][R6]") {
  Original original(12);
  {
    const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    original.back_up(open);
  }
  bool failed = true;
  int none = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(n);
    const fs::path elsewhere = original.directory.path() / "elsewhere";
    fs::remove_all(elsewhere);
    TestDisk disk;
    disk.fail_at(n);
    bool made = false;
    try {
      original.restore("again", elsewhere, {}, disk.options());
      made = true;
    } catch (const StorageError&) {
      ++none;
    }
    failed = disk.has_failed();
    // What is said to have failed may be there whole: the last sync is of the folder that holds it.
    if (!made && list_accounts(elsewhere, posix_files()).empty()) original.restore("again", elsewhere);
    CHECK(original.differences_at(elsewhere / "again", original.ledger.heads.back()) == "");
  }
  CHECK(none > 10);
}

TEST_CASE("a backup that was stopped is not there", "[eventstore][backup]") {
  Original original(12);
  const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
  int asked = 0;
  const int at = GENERATE(1, 2, 3);
  CHECK_THROWS_AS(original.back_up(open, {}, [&] { return ++asked == at; }), BackupStopped);
  CHECK(posix_files().list(original.backups).empty());
}

TEST_CASE("a restore never overwrites, and refuses what is no whole backup or not what it says", "[eventstore][backup][R4]") {
  Original original(12);
  {
    const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    original.back_up(open);
    CHECK_THROWS_WITH(original.back_up(open), Catch::Contains("is there already"));
  }
  const fs::path backup = original.backups / "acme-20260302T090000Z", elsewhere = original.directory.path() / "elsewhere";
  SECTION("an account of that name") { CHECK_THROWS_WITH(original.restore("acme", original.accounts), Catch::Contains("never overwrites")); }
  SECTION("an unfinished one") {
    fs::remove(backup / "backup");
    CHECK_THROWS_WITH(original.restore("again", elsewhere), Catch::Contains("no whole backup"));
  }
  SECTION("one that went on") {
    OpenLog open = open_account_files(backup / "accounts" / "acme", "test", sealing_every(0));
    append(*open.log, Made{{}, {CommandEntry{}}});
    open.close();
    CHECK_THROWS_WITH(original.restore("again", elsewhere), Catch::Contains("does not hold what it says"));
  }
  SECTION("one with a flipped bit in each of its tables") {
    int refused = 0, tables = 0;
    for (const auto& entry : fs::directory_iterator(backup / "accounts" / "acme" / "log")) {
      if (entry.path().extension() != ".sst" && entry.path().extension() != ".ldb") continue;
      ++tables;
      const Bytes good = file_bytes(entry.path());
      Bytes bad = good;
      bad[bad.size() / 3] ^= 4;
      write_file(entry.path(), bad);
      try {
        original.restore("again", elsewhere);
        CHECK(original.differences_at(elsewhere / "again", original.ledger.heads.back()) == "");
        fs::remove_all(elsewhere);
      } catch (const StorageError&) {
        ++refused;
      }
      CHECK(list_accounts(elsewhere, posix_files()).empty());
      write_file(entry.path(), good);
    }
    CHECK(tables > 1);
    CHECK(refused > 0);
    original.restore("again", elsewhere);
  }
}

TEST_CASE("what was erased since a backup is erased in what is restored from it", "[eventstore][backup][CON-3]") {
  Original original(12);
  const ObjectRef erased = object_number(1);
  {
    const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    original.back_up(open);
    open.keys->erase(std::span(&erased, 1));
  }
  const auto can_seal = [&](const fs::path& path) {
    const OpenLog open = open_account_files(path, "test", sealing_every(0));
    try {
      open.keys->seal(erased, 1, {});
      return true;
    } catch (const StorageError&) {
      return false;
    }
  };
  const fs::path elsewhere = original.directory.path() / "elsewhere";
  SECTION("beside the account that erased it") {
    CHECK(original.restore("again", original.accounts).erased == 1);
    CHECK_FALSE(can_seal(original.accounts / "again"));
  }
  SECTION("elsewhere, told of it") {
    CHECK(original.restore("again", elsewhere, {original.path}).erased == 1);
    CHECK_FALSE(can_seal(elsewhere / "again"));
  }
  SECTION("elsewhere, not told: as the backup was") {
    CHECK(original.restore("again", elsewhere).erased == 0);
    CHECK(can_seal(elsewhere / "again"));
  }
  SECTION("another account's erasures are refused") {
    const fs::path beta = create_account_files(original.accounts, "beta", derived_uuid("test", "beta"), {});
    CHECK_THROWS_AS(original.restore("again", elsewhere, {beta}), StorageError);
    CHECK(list_accounts(elsewhere, posix_files()).empty());
  }
}

TEST_CASE("who takes over signs with the same key, who does not gets one of his own", "[eventstore][backup]") {
  Original original(12);
  {
    const OpenLog open = open_account_files(original.path, "test", sealing_every(0));
    original.back_up(open);
  }
  const fs::path elsewhere = original.directory.path() / "elsewhere";
  fs::create_directories(elsewhere);
  restore_backup({.backup = original.backups / "acme-20260302T090000Z", .accounts = elsewhere, .slug = "again", .erasures_from = {}, .take_over = original.path, .options = {}});
  CHECK(file_bytes(elsewhere / "again" / "signing") == file_bytes(original.path / "signing"));
}

}  // namespace dealog::eventstore
