#include "eventstore/verify.h"

#include "eventstore/account_files.h"
#include "eventstore/memory_log.h"
#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

struct Account {
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
  Account account;
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
  Account account;
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
  Account account;
  append(*account.open.log, Made{{account.sealed(1, 1, 1, 500), account.sealed(2, 2, 1, 499)}, {}});
  const VerifyReport report = account.verify();
  REQUIRE(report.wrong);
  CHECK(report.wrong->position == 2);
}

TEST_CASE("verification finds an anchor that tells of another log", "[eventstore][verify]") {
  Account account;
  append(*account.open.log, Made{{account.sealed(1, 1, 1)}, {}});
  account.open.log->flush_anchor();
  Bytes anchor = encode_anchor_slot({acme, {1, 1, empty_root()}}, 0);
  anchor.resize(8192);
  write_file(account.path / "anchor", anchor);
  REQUIRE(account.verify().wrong);
  CHECK(account.verify().wrong->what.find("anchor") != std::string::npos);
}

}  // namespace dealog::eventstore
