// Sealed history: the same answers out of chunks as out of the tail, batches that are there wholly or not at all, and
// what verification finds in them.

#include <rocksdb/db.h>

#include <atomic>
#include <thread>

#include "domain/events_generated.h"
#include "eventstore/account_files.h"
#include "eventstore/hash_tree.h"
#include "eventstore/memory_log.h"
#include "eventstore/rocks_store.h"
#include "eventstore/verify.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

RocksLogOptions sealing_every(std::uint64_t events) {
  RocksLogOptions options;
  options.seal_every = events;
  return options;
}

// An account with `commits` commits of up to 40 events, of which what is due is sealed.
struct Sealed {
  TemporaryDirectory directory;
  fs::path path = create_account_files(directory.path(), "acme", acme, {});
  Ledger ledger;
  Author author{17};

  explicit Sealed(int commits, std::uint64_t every = 100) { go_on(commits, every); }

  void go_on(int commits, std::uint64_t every) {
    OpenLog open = open_account_files(path, "test", sealing_every(every));
    for (int i = 0; i < commits; ++i) {
      const Made made = i % 7 == 3 ? author.command_only() : author.commit(1 + author.roll(40));
      ledger.add(made, append(*open.log, made));
    }
    open.log->seal();
    open.close();
  }

  std::string differences_at(const fs::path& where, std::uint64_t every) const {
    OpenLog open = open_account_files(where, "test", sealing_every(every));
    std::string wrong = differences(*open.log, ledger, ledger.heads.size());
    const VerifyReport report = verify(*open.log, *open.keys, where, posix_files(), nullptr);
    if (report.wrong) wrong += "verification: " + report.wrong->what;
    if (report.head != ledger.heads.back()) wrong += "verification ends elsewhere";
    open.close();
    return wrong;
  }
};

// Changes the database of an account behind the back of the log.
void tamper(const fs::path& path, const std::function<void(const RocksStore&)>& change) {
  std::unique_ptr<RocksStore> store;
  REQUIRE(RocksStore::open(path / "log", {}, Access::read_write, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, store).ok());
  change(*store);
}

// The n-th key and value of a column family.
std::pair<std::string, std::string> entry(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, int n) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> iterator(store.db().NewIterator(options, family));
  iterator->SeekToFirst();
  for (int i = 0; i < n; ++i) iterator->Next();
  REQUIRE(iterator->Valid());
  return {iterator->key().ToString(), iterator->value().ToString()};
}

// The log alone is opened: an account reads its newest commits for erasures, and would refuse before verification began.
VerifyReport verified(const fs::path& path) {
  const auto log = RocksLog::open(path, sealing_every(0));
  const FileKeyring keys(posix_files(), path / "keys", log->account());
  return verify(*log, keys, path, posix_files(), nullptr);
}

}  // namespace

TEST_CASE("sealed history answers as the tail did, now and after opening again", "[eventstore][sealing]") {
  const std::uint64_t every = GENERATE(1u, 30u, 64u, 100u, 700u);
  CAPTURE(every);
  Sealed sealed(60, every);
  CHECK(sealed.differences_at(sealed.path, every) == "");
  // Another pace, or none, reads it as well.
  CHECK(sealed.differences_at(sealed.path, 0) == "");
  sealed.go_on(40, 50);
  CHECK(sealed.differences_at(sealed.path, 50) == "");
}

TEST_CASE("an account whose history is all in the tail is sealed when it is opened", "[eventstore][sealing]") {
  Sealed account(50, 0);
  OpenLog open = open_account_files(account.path, "test", sealing_every(100));
  open.log->seal();
  CHECK(open.log->sealed() > 0);
  CHECK(open.log->head().position - open.log->sealed() < 140);
  CHECK(differences(*open.log, account.ledger, account.ledger.heads.size()) == "");
}

TEST_CASE("an account with much sealed history is closed as soon as it was opened", "[eventstore][sealing]") {
  Sealed account(600);
  for (int i = 0; i < 30; ++i) {
    OpenLog open = open_account_files(account.path, "test", sealing_every(100));
    CHECK(open.log->sealed() > 10'000);
    open.close();
  }
  CHECK(account.differences_at(account.path, 100) == "");
}

TEST_CASE("commands without events are sealed too, and remembered", "[eventstore][sealing]") {
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {});
  Author author(3);
  Ledger ledger;
  for (int session = 0; session < 3; ++session) {
    OpenLog open = open_account_files(path, "test", sealing_every(8));
    for (int i = 0; i < 20; ++i) {
      const Made made = author.command_only();
      ledger.add(made, append(*open.log, made));
    }
    open.log->seal();
    CHECK(differences(*open.log, ledger, ledger.heads.size()) == "");
    for (const CommandEntry& command : ledger.commands) CHECK(open.log->find_command(command.key) == command);
    open.close();
  }
  CHECK_FALSE(verified(path).wrong);
}

TEST_CASE("the first time of a command counts, however often and wherever it is repeated", "[eventstore][sealing]") {
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", sealing_every(4));
  Author author(5);
  const Made made = author.commit(3);
  append(*open.log, made);
  for (int i = 0; i < 12; ++i) {
    Made again = author.commit(2);
    again.commands[1].key = made.commands[1].key;
    append(*open.log, again);
    CHECK(open.log->find_command(made.commands[1].key) == made.commands[1]);
    if (i % 3 == 0) open.log->seal();
    CHECK(open.log->find_command(made.commands[1].key) == made.commands[1]);
  }
}

TEST_CASE("a version that does not follow is refused, though all events of its object are sealed", "[eventstore][sealing]") {
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", sealing_every(4));
  const auto write = [&](ObjectRef object, Version version) {
    const Position next = open.log->head().position + 1;
    append(*open.log, Made{{record_bytes(next, object, version)}, {}});
  };
  for (Version version = 1; version <= 4; ++version) write(object_number(1), version);
  open.log->seal();
  REQUIRE(open.log->sealed() == 4);

  const bool is_reopened = GENERATE(false, true);   // then what was written is not in memory either
  if (is_reopened) {
    open.close();
    open = open_account_files(path, "test", sealing_every(4));
  }
  CAPTURE(is_reopened);
  for (const Version wrong : {Version{1}, Version{4}, Version{6}}) CHECK_THROWS_AS(write(object_number(1), wrong), std::logic_error);
  CHECK_THROWS_AS(write(object_number(2), 2), std::logic_error);   // never seen
  write(object_number(1), 5);
  write(object_number(1), 6);
  write(object_number(2), 1);
  CHECK(open.log->version_of(object_number(1)) == 6);
  CHECK(open.log->version_of(object_number(2)) == 1);
}

TEST_CASE("the root at every position is that of the records up to it", "[eventstore][sealing][AUD-3]") {
  Sealed sealed(60, 300);
  const OpenLog open = open_account_files(sealed.path, "test", sealing_every(300));
  std::vector<Hash32> leaves, nodes;
  CHECK(open.log->root_at(0) == empty_root());
  for (const Bytes& record : sealed.ledger.records) {
    leaves.push_back(leaf_hash(record));
    if (leaves.size() % 61 == 0 || leaves.size() % 256 < 2) CHECK(open.log->root_at(leaves.size()) == tree_root(leaves));
    if (leaves.size() % 256 == 0) nodes.push_back(tree_root(std::span(leaves).last(256)));
  }
  nodes.resize(open.log->sealed() / 256);
  CHECK(nodes.size() > 2);
  CHECK(open.log->kept_nodes() == nodes);
  HashTree tree(*open.log);
  CHECK(tree.root(leaves.size()) == open.log->head().root);
}

TEST_CASE("readers see every event while history is sealed under them", "[eventstore][sealing][threads]") {
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", sealing_every(20));
  std::atomic<int> wrong = 0, reads = 0;
  std::jthread reader([&](const std::stop_token& stop) {
    do {
      const Position head = open.log->head().position;
      Position seen = 0;
      open.log->read(0, head, [&](const StoredRecord& record) {
        wrong += record.record.position() != ++seen;
        return true;
      });
      wrong += seen != head;
      const Version last = open.log->version_of(object_number(1));
      Version version = 0;
      open.log->read_object(object_number(1), last, [&](const StoredRecord& record) {
        wrong += record.record.version() != ++version;
        return true;
      });
      wrong += version != last;
      ++reads;
    } while (!stop.stop_requested());
  });
  Author author(6);
  std::vector<CommandEntry> commands;
  for (int i = 0; i < 250; ++i) {
    const Made made = author.commit(7);
    append(*open.log, made);
    commands.push_back(made.commands[2]);
    wrong += open.log->find_command(commands[author.roll(static_cast<std::uint32_t>(commands.size()))].key).has_value() ? 0 : 1;
  }
  reader.request_stop();
  reader.join();
  CHECK(wrong == 0);
  CHECK(reads > 0);
  open.log->seal();
  CHECK(open.log->sealed() > 1700);
}

TEST_CASE("a kill or a failing disk at any point of sealing loses nothing, and sealing goes on at the next start",
          "[eventstore][sealing][faults][R6][R10]") {
  const bool for_good = GENERATE(false, true);
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  bool failed = true;
  int sealed_before = 0, broken = 0;
  for (std::uint64_t n = 1; failed; n += stride()) {
    CAPTURE(for_good, n);
    const fs::path path = directory.path() / std::to_string(n);
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    Author author(static_cast<std::uint32_t>(n));
    Ledger ledger;
    MemoryLog model;
    std::uint64_t acknowledged = 0;
    RocksLogOptions options = disk.options();
    options.seal_every = 60;
    disk.fail_at(n, for_good);
    try {
      OpenLog open = open_account_files(path, "test", options);
      bool closing = false;
      try {
        for (int i = 0; i < 8; ++i) {
          const Made made = author.commit(1 + author.roll(60));
          ledger.add(made, append(model, made));
          append(*open.log, made);
          ++acknowledged;
          open.log->seal();
        }
        closing = true;
        open.close();
      } catch (const StorageError&) {
        ++broken;
        sealed_before += !closing && open.log->sealed() > 0;
        if (!closing && !for_good) CHECK(differences(*open.log, ledger, acknowledged) == "");
      }
    } catch (const StorageError&) {
    }
    failed = disk.has_failed();
    OpenLog open = open_account_files(path, "test", sealing_every(60));
    CHECK(differences(*open.log, ledger, acknowledged) == "");
    open.log->seal();
    CHECK(differences(*open.log, ledger, acknowledged) == "");
    const VerifyReport report = verify(*open.log, *open.keys, path, posix_files(), nullptr);
    CHECK((report.wrong ? report.wrong->what : "") == "");
    open.close();
    CHECK_FALSE(fs::exists(path / "sealing"));
    fs::remove_all(path);
  }
  CHECK(broken > 20);
  CHECK(sealed_before > 5);
}

TEST_CASE("a power cut at any sync of sealing loses nothing acknowledged", "[eventstore][sealing][faults][R2]") {
  const Cut how = GENERATE(Cut::drop_all, Cut::keep_some, Cut::drop_middle_pages);
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  bool cut = true;
  for (std::uint32_t n = 1; cut; n += static_cast<std::uint32_t>(stride())) {
    CAPTURE(int(how), n);
    const fs::path path = directory.path() / std::to_string(n), left = directory.path() / "left";
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    disk.cut_at_sync(n, path, left, how, n);
    RocksLogOptions options = disk.options();
    options.seal_every = 60;
    Author author(n);
    Ledger ledger;
    std::uint64_t acknowledged = 0;
    {
      OpenLog open = open_account_files(path, "test", options);
      for (int i = 0; i < 8 && !disk.has_cut(); ++i) {
        const Made made = author.commit(1 + author.roll(60));
        const Head head = append(*open.log, made);
        ledger.add(made, head);
        if (!disk.has_cut()) acknowledged = head.commit;
        open.log->seal();
      }
    }
    cut = disk.has_cut();
    if (cut) {
      OpenLog open = open_account_files(left, "test", sealing_every(60));
      CHECK(differences(*open.log, ledger, acknowledged) == "");
      open.log->seal();
      const VerifyReport report = verify(*open.log, *open.keys, left, posix_files(), nullptr);
      CHECK((report.wrong ? report.wrong->what : "") == "");
    }
    fs::remove_all(path);
    fs::remove_all(left);
  }
}

TEST_CASE("the test of power cuts finds files of sealed history that are not synced", "[eventstore][sealing][faults][R2][R15]") {
  TemporaryDirectory directory;
  create_account_files(directory.path(), "new", acme, {});
  int found = 0;
  for (std::uint32_t n = 8; n < 60; n += 3) {
    const fs::path path = directory.path() / std::to_string(n), left = directory.path() / ("left" + std::to_string(n));
    copy_directory(directory.path() / "new", path);
    TestDisk disk;
    disk.ignore_sync_of(".sst");
    disk.cut_at_sync(n, path, left, Cut::drop_all, n);
    RocksLogOptions options = disk.options();
    options.seal_every = 60;
    Author author(n);
    Ledger ledger;
    {
      OpenLog open = open_account_files(path, "test", options);
      for (int i = 0; i < 8 && !disk.has_cut(); ++i) {
        const Made made = author.commit(1 + author.roll(60));
        ledger.add(made, append(*open.log, made));
        open.log->seal();
      }
    }
    if (!disk.has_cut()) continue;
    try {
      const OpenLog open = open_account_files(left, "test", sealing_every(0));
      found += differences(*open.log, ledger, 0) != "";
    } catch (const StorageError&) {
      ++found;
    }
  }
  CHECK(found > 0);
}

TEST_CASE("commits that a crash left in the tail although they are sealed are ignored and deleted", "[eventstore][sealing][R10]") {
  Sealed sealed(40, 0);
  const fs::path before = sealed.directory.path() / "before";
  copy_directory(sealed.path, before);
  {
    OpenLog open = open_account_files(sealed.path, "test", sealing_every(50));
    open.log->seal();
    open.close();
  }
  // The tail as it was, beside what is sealed.
  std::unique_ptr<RocksStore> old;
  REQUIRE(RocksStore::open(before / "log", {}, Access::read_only, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, old).ok());
  tamper(sealed.path, [&](const RocksStore& store) {
    const std::unique_ptr<rocksdb::Iterator> from(old->db().NewIterator({}, old->tail()));
    int kept = 0;
    for (from->SeekToFirst(); from->Valid(); from->Next()) {
      if (++kept % 3 != 0) REQUIRE(store.db().Put({}, store.tail(), from->key(), from->value()).ok());
    }
    // Of those behind the sealed ones none is missing.
    for (from->SeekToLast(); from->Valid() && kept-- > 30; from->Prev()) {
      REQUIRE(store.db().Put({}, store.tail(), from->key(), from->value()).ok());
    }
  });
  old.reset();
  CHECK(sealed.differences_at(sealed.path, 50) == "");
  CHECK(sealed.differences_at(sealed.path, 0) == "");
}

TEST_CASE("an anchor of before the last sealing still tells whether it is the same log", "[eventstore][sealing][recovery]") {
  Sealed sealed(20, 0);
  const Bytes old_anchor = file_bytes(sealed.path / "anchor");
  sealed.go_on(40, 100);
  write_file(sealed.path / "anchor", old_anchor);
  SECTION("of this one: opened") { CHECK(sealed.differences_at(sealed.path, 100) == ""); }
  SECTION("of another: refused") {
    Anchored other = read_anchor(posix_files(), sealed.path / "anchor").anchored;
    other.head.root[7] ^= 1;
    Bytes both = encode_anchor_slot(other, 0);
    both.resize(8192);
    write_file(sealed.path / "anchor", both);
    CHECK_THROWS_WITH(open_account_files(sealed.path, "test", {}), Catch::Contains("older or different copy"));
  }
}

TEST_CASE("verification names what is wrong in sealed history", "[eventstore][sealing][verify][R15]") {
  Sealed sealed(60, 100);
  CHECK_FALSE(verified(sealed.path).wrong);
  Position position = 0;
  std::string said;
  const auto verify_after = [&](const std::function<void(const RocksStore&)>& change) {
    tamper(sealed.path, change);
    try {
      const VerifyReport report = verified(sealed.path);
      REQUIRE(report.wrong);
      position = report.wrong->position;
      said = report.wrong->what;
    } catch (const StorageError& error) {
      said = std::string("refused: ") + error.what();
    }
    INFO(said);
  };
  SECTION("a chunk taken out") {
    verify_after([](const RocksStore& store) { store.db().Delete({}, store.log(), entry(store, store.log(), 3).first); });
    CHECK(said.find("damaged at position") != std::string::npos);
    CHECK(position > 0);
  }
  SECTION("a record changed, with the chunk's checksum made right again") {
    verify_after([](const RocksStore& store) {
      const auto [key, value] = entry(store, store.log(), 2);
      std::vector<std::uint64_t> aligned(value.size() / 8 + 1);
      std::memcpy(aligned.data(), value.data(), value.size());
      ChunkView chunk;
      std::string why;
      REQUIRE(chunk.read({reinterpret_cast<const std::uint8_t*>(aligned.data()), value.size()}, why));
      std::vector<Bytes> records;
      for (const BytesView record : chunk.records()) records.emplace_back(record.begin(), record.end());
      const auto stage = derived_uuid("test stage", "6").bytes;
      const auto at = std::search(records[0].begin(), records[0].end(), stage.begin(), stage.end());
      REQUIRE(at != records[0].end());
      *at ^= 1;
      const std::vector<BytesView> views(records.begin(), records.end());
      REQUIRE(store.db().Put({}, store.log(), key, slice_of(encode_chunk(chunk.account(), chunk.first(), views))).ok());
    });
    CHECK(said.find("do not hash to the root") + said.find("kept node") != 2 * std::string::npos);
  }
  SECTION("an object's entry taken out of the index") {
    verify_after([](const RocksStore& store) { store.db().Delete({}, store.index(), entry(store, store.index(), 5).first); });
    CHECK(said.find("index of objects is not that of the events") != std::string::npos);
    CHECK(position > 0);
  }
  SECTION("an object's entry told differently") {
    verify_after([](const RocksStore& store) {
      auto [key, value] = entry(store, store.index(), 5);
      value.back() = static_cast<char>(value.back() ^ 1);
      store.db().Put({}, store.index(), key, value);
    });
    CHECK(said.find("index of objects is not that of the events") != std::string::npos);
  }
  SECTION("a command forgotten") {
    verify_after([](const RocksStore& store) { store.db().Delete({}, store.commands(), entry(store, store.commands(), 5).first); });
    CHECK(said.find("commands of sealed history are not those that were sealed") != std::string::npos);
  }
  SECTION("a command told differently") {
    verify_after([](const RocksStore& store) {
      auto [key, value] = entry(store, store.commands(), 5);
      value[3] = static_cast<char>(value[3] ^ 1);
      store.db().Put({}, store.commands(), key, value);
    });
    CHECK(said.find("commands of sealed history are not those that were sealed") != std::string::npos);
  }
  SECTION("a batch taken out") {
    verify_after([](const RocksStore& store) {
      store.db().Delete({}, store.meta(), entry(store, store.meta(), 2).first);
    });
    CHECK(said.find("has a hole") != std::string::npos);
  }
  SECTION("the newest batches taken out: the log is refused") {
    verify_after([](const RocksStore& store) {
      const std::unique_ptr<rocksdb::Iterator> last(store.db().NewIterator({}, store.meta()));
      last->SeekToLast();
      store.db().Delete({}, store.meta(), last->key());
    });
    CHECK(said.find("refused: ") == 0);
  }
}

TEST_CASE("an object's events that the index hides or invents are not served", "[eventstore][sealing][R4]") {
  Sealed sealed(60, 100);
  tamper(sealed.path, [](const RocksStore& store) {
    auto [key, value] = entry(store, store.index(), 0);
    store.db().Delete({}, store.index(), key);
  });
  const OpenLog open = open_account_files(sealed.path, "test", sealing_every(0));
  int refused = 0;
  for (std::uint64_t n = 0; n < Author::objects; ++n) {
    try {
      open.log->read_object(object_number(n), UINT32_MAX, [](const StoredRecord&) { return true; });
    } catch (const StorageError&) {
      ++refused;
    }
  }
  CHECK(refused == 1);
}

}  // namespace dealog::eventstore
