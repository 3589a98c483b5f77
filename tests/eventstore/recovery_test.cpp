// What opening does with a log that is not as it was left: it shows an exact prefix at or beyond what was
// anchored, or it refuses, naming positions and touching nothing. It never shows anything else.

#include <algorithm>

#include "eventstore/account_files.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

// An account whose files are in `path`, copied from a running one, as a crash leaves them: commits 1 to 6
// anchored (or as many as `anchored`), the rest not, everything in the write-ahead log.
struct Crashed {
  TemporaryDirectory directory;
  fs::path running = directory.path() / "acme", path = directory.path() / "crashed";
  Ledger ledger;

  explicit Crashed(std::uint64_t anchored, std::uint64_t commits = 8) {
    create_account_files(directory.path(), "acme", acme, {});
    Bytes old_anchor;
    {
      OpenLog open = open_account_files(running, "test", {});
      Author author(3);
      for (std::uint64_t n = 1; n <= commits; ++n) {
        const Made made = n == 4 ? author.command_only() : author.commit(n);
        ledger.add(made, append(*open.log, made));
        if (n == anchored) {
          open.log->flush_anchor();
          old_anchor = file_bytes(running / "anchor");
        }
      }
      copy_directory(running, path);
    }
    write_file(path / "anchor", old_anchor);
  }

  fs::path wal() const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(path / "log")) {
      if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
    }
    return newest;
  }

  // "": opened, and all is right. "refused: ...": why. Otherwise what is wrong.
  std::string open(std::uint64_t least) const {
    try {
      const OpenLog open = open_account_files(path, "test", {});
      return differences(*open.log, ledger, least);
    } catch (const StorageError& error) {
      return std::string("refused: ") + error.what();
    }
  }
};

bool refused(const std::string& result) { return result.starts_with("refused: "); }

}  // namespace

TEST_CASE("a crash loses nothing, whether anchored or not", "[eventstore][recovery]") {
  const Crashed crashed(GENERATE(1u, 6u, 8u));
  CHECK(crashed.open(8) == "");
  CHECK(crashed.open(8) == "");
}

TEST_CASE("a log cut at any byte of its end opens at or beyond the anchor, or is refused untouched",
          "[eventstore][recovery][R3]") {
  const Crashed crashed(6);
  const fs::path wal = crashed.wal();
  const Bytes whole = file_bytes(wal);
  const TemporaryDirectory saved;
  copy_directory(crashed.path, saved.path() / "account");
  int opened = 0, refusals = 0;
  for (std::size_t size = 0; size < whole.size(); size += stride() * (size + 700 < whole.size() ? 80 : 7)) {
    CAPTURE(size);
    fs::remove_all(crashed.path);
    copy_directory(saved.path() / "account", crashed.path);
    write_file(wal, BytesView(whole).first(size));
    const std::string before = fingerprint(crashed.path / "log");
    const std::string result = crashed.open(6);
    if (refused(result)) {
      ++refusals;
      CHECK(result.find("position") != std::string::npos);
      CHECK((fingerprint(crashed.path / "log") == before));
    } else {
      ++opened;
      CHECK(result == "");
    }
  }
  CHECK(opened > 10);
  CHECK(refusals > 10);
}

TEST_CASE("a log that lost its write-ahead log is refused, untouched", "[eventstore][recovery]") {
  const Crashed crashed(6);
  fs::remove(crashed.wal());
  const std::string before = fingerprint(crashed.path / "log");
  const std::string result = crashed.open(0);
  INFO(result);
  CHECK(refused(result));
  CHECK(result.find("the log ends at position 0, commit 0, but position 17, commit 6 was acknowledged") !=
        std::string::npos);
  CHECK((fingerprint(crashed.path / "log") == before));
}

TEST_CASE("an older copy of the log put back is refused", "[eventstore][recovery]") {
  const Crashed crashed(8);
  Crashed older(4, 4);
  fs::remove_all(crashed.path / "log");
  copy_directory(older.path / "log", crashed.path / "log");
  const std::string result = crashed.open(0);
  INFO(result);
  CHECK(refused(result));
  CHECK(result.find("commit 4, but position 32, commit 8 was acknowledged") != std::string::npos);
}

TEST_CASE("a different log of the same account and length is refused", "[eventstore][recovery]") {
  const Crashed crashed(8);
  fs::remove_all(crashed.path / "log");
  TemporaryDirectory other;
  const fs::path path = create_account_files(other.path(), "acme", acme, {});
  {
    OpenLog open = open_account_files(path, "test", {});
    Author author(99);
    for (std::uint64_t n = 1; n <= 8; ++n)
      append(*open.log, n == 4 ? author.command_only() : author.commit(n));
  }
  copy_directory(path / "log", crashed.path / "log");
  const std::string result = crashed.open(0);
  INFO(result);
  CHECK(refused(result));
  CHECK(result.find("older or different copy") != std::string::npos);
}

TEST_CASE("another account's log, keys or anchor are refused", "[eventstore][recovery]") {
  const Crashed crashed(8);
  TemporaryDirectory other;
  const fs::path path = create_account_files(other.path(), "beta", derived_uuid("test", "beta"), {});
  const std::string part = GENERATE("log", "keys", "anchor");
  fs::remove_all(crashed.path / part);
  fs::copy(path / part, crashed.path / part, fs::copy_options::recursive);
  CHECK(refused(crashed.open(0)));
}

TEST_CASE("a missing log, anchor or keys file is refused, never made anew", "[eventstore][recovery]") {
  const Crashed crashed(8);
  const std::string part = GENERATE("log", "keys", "anchor", "log/CURRENT");
  fs::remove_all(crashed.path / part);
  const std::string result = crashed.open(0);
  CHECK(refused(result));
  CHECK_FALSE(fs::exists(crashed.path / part));
}

TEST_CASE("a hole behind the anchor is cut away, and the write-ahead log kept; before it, refused",
          "[eventstore][recovery]") {
  const Crashed crashed(6);
  const fs::path wal = crashed.wal();
  Bytes bytes = file_bytes(wal);
  const Bytes whole = bytes;
  SECTION("behind: in the first bytes of commit 7, with commit 8 sound after it") {
    const auto seventh = std::search(bytes.begin(), bytes.end(), crashed.ledger.records[17].begin(),
                                     crashed.ledger.records[17].end());
    REQUIRE(seventh != bytes.end());
    std::fill(seventh, seventh + 64, std::uint8_t{0});
    write_file(wal, bytes);
    CHECK(crashed.open(6) == "");
    CHECK(file_bytes(crashed.path / "wal-before-recovery-1" / wal.filename()) == bytes);
    const OpenLog open = open_account_files(crashed.path, "test", {});
    CHECK(open.log->head() == crashed.ledger.heads[5]);
    Author author(3);
    for (std::uint64_t n = 1; n <= 6; ++n) n == 4 ? author.command_only() : author.commit(n);
    CHECK(append(*open.log, author.commit(7)) == crashed.ledger.heads[6]);
  }
  SECTION("before: in commit 2") {
    const auto second = std::search(bytes.begin(), bytes.end(), crashed.ledger.records[1].begin(),
                                    crashed.ledger.records[1].end());
    REQUIRE(second != bytes.end());
    *second ^= 1;
    write_file(wal, bytes);
    fs::remove(crashed.path / "lock");
    const std::string before = fingerprint(crashed.path);
    const std::string result = crashed.open(0);
    INFO(result);
    CHECK(refused(result));
    CHECK(result.find("position 17") != std::string::npos);
    fs::remove(crashed.path / "lock");
    CHECK((fingerprint(crashed.path) == before));
  }
}

TEST_CASE("after one flipped bit anywhere the account says what it said before, or refuses",
          "[eventstore][recovery][R4]") {
  const std::uint32_t seed = GENERATE(1u, 2u);
  RocksLogOptions options;
  options.seal_every = GENERATE(0u, 12u);  // All in the tail; most of it sealed.
  CAPTURE(seed, options.seal_every);
  // With a sorted table and with a write-ahead log: closed gracefully in the middle.
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {});
  const fs::path saved = directory.path() / "saved";
  Ledger ledger;
  Author author(5);
  for (int session = 0; session < 2; ++session) {
    OpenLog open = open_account_files(path, "test", options);
    for (int n = 0; n < 6; ++n) {
      const Made made = author.commit(5);
      open.keys->ensure(std::vector{made.commands[0].object});
      ledger.add(made, append(*open.log, made));
    }
    open.log->seal();
    open.log->flush_anchor();
    if (session == 1) copy_directory(path, saved);
    if (session == 0) open.close();
  }
  fs::remove(saved / "lock");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(saved)) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(fs::relative(entry.path(), saved));
  }
  std::sort(files.begin(), files.end());

  std::mt19937 random(seed);
  int refusals = 0, right = 0;
  for (int round = 0; round < 110; ++round) {
    fs::remove_all(path);
    copy_directory(saved, path);
    const fs::path file = files[static_cast<std::size_t>(round) % files.size()];
    Bytes bytes = file_bytes(path / file);
    // Where something stands, mostly: files of ours are zero at their ends.
    const std::size_t range = file == "keys" ? 20 * 128 : bytes.size();
    const std::size_t at = random() % std::min(range, bytes.size());
    bytes[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    write_file(path / file, bytes);
    CAPTURE(file, at);
    std::string result;
    try {
      OpenLog open = open_account_files(path, "test", options);
      result = differences(*open.log, ledger, ledger.heads.size());
      open.close();
      const OpenLog again = open_account_files(path, "test", options);
      result += differences(*again.log, ledger, ledger.heads.size());
      ++right;
    } catch (const StorageError& error) {
      ++refusals;
    }
    CHECK(result == "");
  }
  CHECK(refusals > 20);
  CHECK(right > 5);
}

}  // namespace dealog::eventstore
