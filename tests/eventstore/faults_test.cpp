// Every operation on the disk fails once, and the power is cut at every sync: nothing that was acknowledged
// is lost, and after a failed write nothing more is accepted until a restart.

#include "eventstore/account_files.h"
#include "eventstore/memory_log.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

constexpr int commits = 6;

// Works on an account as its writer does: keys, then the commit. The ledger knows every commit that was
// tried, `acknowledged` counts those that returned.
class Work {
 public:
  explicit Work(std::uint32_t seed) : author_(seed) {}

  void step(OpenLog& open) {
    const Made made = author_.roll(5) == 0 ? author_.command_only() : author_.commit(1 + author_.roll(40));
    ledger.add(made, append(model_, made));
    std::vector<ObjectRef> subjects;
    for (const CommandEntry& command : made.commands) subjects.push_back(command.object);
    open.keys->ensure(subjects);
    const Head head = append(*open.log, made);
    ++acknowledged;
    CHECK(head == ledger.heads.back());
  }

  // "" when the account there holds everything acknowledged, with its keys.
  std::string missing_in(const fs::path& path, std::uint64_t least) const {
    try {
      const OpenLog open = open_account_files(path, "test", {});
      std::string wrong = differences(*open.log, ledger, least);
      open.log->read(0, UINT64_MAX, [&](const StoredRecord& record) {
        open.keys->seal(envelope(record.record).object, 1, {});
        return true;
      });
      return wrong;
    } catch (const StorageError& error) {
      return std::string("refused: ") + error.what();
    }
  }

  Ledger ledger;
  std::uint64_t acknowledged = 0;

 private:
  Author author_;
  MemoryLog model_;
};

}  // namespace

TEST_CASE("any single failure of the disk stops commands, not reads, and a restart recovers",
          "[eventstore][faults][R6]") {
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  bool failed_at_all = true;
  int latched = 0;
  for (std::uint64_t n = 1; failed_at_all; n += stride()) {
    CAPTURE(n);
    const fs::path path = directory.path() / std::to_string(n);
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    Work work(static_cast<std::uint32_t>(n));
    disk.fail_at(n);
    try {
      OpenLog open = open_account_files(path, "test", disk.options());
      bool closing = false;
      try {
        for (int i = 0; i < commits; ++i) {
          work.step(open);
          open.log->flush_anchor();
        }
        closing = true;
        open.close();
      } catch (const StorageError&) {
        if (!closing && open.log->failed()) {
          ++latched;
          // What was acknowledged is read on; what failed is not shown, and no more is accepted.
          CHECK(open.log->head().commit >= work.acknowledged);
          CHECK(differences(*open.log, work.ledger, work.acknowledged) == "");
          const auto operations = disk.operations();
          CHECK_THROWS_AS(open.log->append(open.log->head(), Commit{{}, {CommandEntry{}}}), StorageError);
          CHECK(disk.operations() == operations);
        }
      }
    } catch (const StorageError&) {
      CHECK(work.acknowledged == 0);
    }
    failed_at_all = disk.has_failed();
    CHECK(work.missing_in(path, work.acknowledged) == "");
    fs::remove_all(path);
  }
  CHECK(latched >= commits);
}

TEST_CASE("a power cut at any sync loses nothing acknowledged", "[eventstore][faults][R2]") {
  const Cut how = GENERATE(Cut::drop_all, Cut::keep_some, Cut::drop_middle_pages);
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  bool cut = true;
  for (std::uint32_t n = 1; cut; n += static_cast<std::uint32_t>(stride())) {
    CAPTURE(int(how), n);
    const fs::path path = directory.path() / std::to_string(n), left = directory.path() / "left";
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    Work work(n);
    disk.cut_at_sync(n, path, left, how, n);
    std::uint64_t acknowledged = 0;
    {
      OpenLog open = open_account_files(path, "test", disk.options());
      for (int i = 0; i < commits && !disk.has_cut(); ++i) {
        acknowledged = work.acknowledged;
        work.step(open);
      }
      if (!disk.has_cut()) {
        acknowledged = work.acknowledged;
        open.close();
      }
    }
    cut = disk.has_cut();
    if (cut) CHECK(work.missing_in(left, acknowledged) == "");
    fs::remove_all(path);
    fs::remove_all(left);
  }
}

TEST_CASE("the test of power cuts finds a sync that is left out", "[eventstore][faults][R2][R15]") {
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  int found = 0;
  for (std::uint32_t n = 4; n < 20; n += 3) {
    const fs::path path = directory.path() / std::to_string(n),
                   left = directory.path() / ("left" + std::to_string(n));
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    Work work(n);
    disk.ignore_sync_of(".log");
    disk.cut_at_sync(n, path, left, Cut::drop_all, n);
    std::uint64_t acknowledged = 0;
    {
      OpenLog open = open_account_files(path, "test", disk.options());
      for (int i = 0; i < commits && !disk.has_cut(); ++i) {
        acknowledged = work.acknowledged;
        work.step(open);
      }
    }
    if (disk.has_cut() && acknowledged > 0) found += work.missing_in(left, acknowledged) != "";
  }
  CHECK(found > 0);
}

TEST_CASE("an account is made wholly or not at all, whatever fails on the way",
          "[eventstore][faults][R6][R10]") {
  bool failed = true;
  int none = 0, whole = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(n);
    TemporaryDirectory directory;
    TestDisk disk;
    disk.fail_at(n, true);
    try {
      create_account_files(directory.path(), "acme", acme, disk.options());
    } catch (const StorageError&) {
    }
    failed = disk.has_failed();
    remove_leftovers(directory.path(), posix_files());
    const auto accounts = list_accounts(directory.path(), posix_files());
    CHECK(posix_files().list(directory.path()) == accounts);
    if (accounts.empty()) {
      ++none;
      create_account_files(directory.path(), "acme", acme, {});
    } else {
      ++whole;
    }
    CHECK(open_account_files(directory.path() / "acme", "test", {}).log->head().commit == 0);
  }
  CHECK(none > 3);
  CHECK(whole >= 1);
}

TEST_CASE("a power cut while an account is made leaves a whole one or none",
          "[eventstore][faults][R2][R10]") {
  bool cut = true;
  for (std::uint32_t n = 1; cut; n += static_cast<std::uint32_t>(stride())) {
    CAPTURE(n);
    TemporaryDirectory directory;
    const fs::path accounts = directory.path() / "accounts", left = directory.path() / "left";
    fs::create_directory(accounts);
    TestDisk disk;
    disk.cut_at_sync(n, accounts, left, Cut::drop_all, n);
    create_account_files(accounts, "acme", acme, disk.options());
    cut = disk.has_cut();
    if (!cut) break;
    remove_leftovers(left, posix_files());
    for (const std::string& slug : list_accounts(left, posix_files())) {
      CHECK(open_account_files(left / slug, "test", {}).log->head().commit == 0);
    }
  }
}

}  // namespace dealog::eventstore
