// The signing key and the newest checkpoint on disk (SPEC AUD-3), also when the disk fails (QUALITY R4, R6).

#include "eventstore/checkpoints.h"

#include "domain/audit.h"
#include "eventstore/account_files.h"
#include "eventstore/merkle.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

Hash32 filled(std::uint8_t byte) {
  Hash32 all;
  all.fill(byte);
  return all;
}
Head head(Position position) { return {position, position, filled(static_cast<std::uint8_t>(position))}; }

// The directory of an account, without its log.
struct Place {
  TemporaryDirectory directory;
  fs::path path = directory.path() / "acme";
  Files& files = posix_files();

  Place() { files.create_directory(path); }
  Checkpoints open(const Head& at, const std::optional<Hash32>& named = {}) { return {files, path, acme, at, named}; }
};

}  // namespace

TEST_CASE("an account without a key gets one, and keeps it", "[eventstore][checkpoints][AUD-3]") {
  Place place;
  const VerifierKey first = place.open(head(0)).verifier();
  CHECK(first.name.starts_with("dealog.example/acme-"));
  CHECK(place.open(head(0)).verifier() == first);
  const auto made = create_account_files(place.directory.path(), "beta", acme, {});
  CHECK(posix_files().exists(made / "signing"));
}

TEST_CASE("a checkpoint is signed, kept, and never taken back", "[eventstore][checkpoints][AUD-3]") {
  Place place;
  {
    Checkpoints checkpoints = place.open(head(5));
    CHECK_FALSE(checkpoints.newest());
    const auto made = checkpoints.sign(head(5));
    const auto text = open_note(made->note, checkpoints.verifier());
    REQUIRE(text);
    CHECK(parse_checkpoint(*text) == Checkpoint{checkpoints.verifier().name, 5, head(5).root});
    CHECK(checkpoints.sign(head(4)) == made);
  }
  const Checkpoints again = place.open(head(9));
  REQUIRE(again.newest());
  CHECK(again.newest()->checkpoint.size == 5);
  CHECK(file_bytes(place.path / "checkpoint") == Bytes(again.newest()->note.begin(), again.newest()->note.end()));
  // A log that has lost what it promised, or says something else.
  CHECK_THROWS_AS(place.open(head(4)), StorageError);
  CHECK_THROWS_AS(place.open(Head{5, 5, filled(77)}), StorageError);
}

TEST_CASE("a lost, damaged or foreign key is reported and never made anew", "[eventstore][checkpoints][AUD-3]") {
  Place place;
  place.open(head(5)).sign(head(5));
  const Bytes sound = file_bytes(place.path / "signing");
  fs::remove(place.path / "signing");
  CHECK_THROWS_AS(place.open(head(5)), StorageError);
  Bytes damaged = sound;
  damaged[4096 + 40] ^= 1;
  write_file(place.path / "signing", damaged);
  CHECK_THROWS_AS(place.open(head(5)), StorageError);
  write_file(place.path / "signing", sound);
  CHECK_NOTHROW(place.open(head(5)));
  CHECK_THROWS_AS(place.open(head(5), filled(3)), StorageError);
  CHECK_THROWS_AS(Checkpoints(place.files, place.path, derived_uuid("test", "b"), head(5), {}), StorageError);
  write_file(place.path / "checkpoint", Bytes{'x', '\n'});
  CHECK_THROWS_AS(place.open(head(5)), StorageError);
}

TEST_CASE("a new key signs once the log names it, wherever a crash comes, and the old one is wiped", "[eventstore][checkpoints][AUD-3]") {
  Place place;
  Checkpoints checkpoints = place.open(head(5));
  const VerifierKey first = checkpoints.verifier();
  const event::SigningKeyChanged change = checkpoints.prepare_change();
  CHECK(is_signed(change));
  CHECK(change.previous == first.key);
  CHECK(checkpoints.verifier() == first);
  // A crash before the log had it: the first key goes on. After: the next one.
  CHECK(place.open(head(5)).verifier() == first);
  CHECK(place.open(head(6), change.next).verifier().key == change.next);
  CHECK_THROWS_AS(place.open(head(6)), StorageError);   // the first one was wiped

  TestDisk disk;
  Place another;
  Checkpoints live = another.open(head(5));
  const event::SigningKeyChanged kept = live.prepare_change();
  CHECK(live.prepare_change() == kept);
  event::SigningKeyChanged other = kept;
  other.next = filled(9);
  live.changed(other);
  CHECK(live.verifier().key == kept.previous);
  live.changed(kept);
  CHECK(live.verifier().key == kept.next);
  const auto note = live.sign(head(6));
  CHECK(open_note(note->note, {kept.origin, kept.next}));
  CHECK(another.open(head(6), kept.next).prepare_change().previous == kept.next);
}

TEST_CASE("wherever the disk fails while signing, the old checkpoint or the new one is there", "[eventstore][checkpoints][faults][R6]") {
  bool failed = true;
  for (std::uint64_t n = 1; failed; ++n) {
    CAPTURE(n);
    Place place;
    place.open(head(5)).sign(head(5));
    TestDisk disk;
    Checkpoints checkpoints(*disk.options().files, place.path, acme, head(6), {});
    disk.fail_at(n, true);
    bool acknowledged = false;
    try {
      checkpoints.sign(head(6));
      acknowledged = true;
    } catch (const StorageError&) {
    }
    failed = disk.has_failed();
    const auto size = place.open(head(6)).newest()->checkpoint.size;
    CHECK((size == 6 || (size == 5 && !acknowledged)));
  }
}

TEST_CASE("a power cut at any sync leaves the checkpoint that was given out, or a newer one", "[eventstore][checkpoints][faults][R2]") {
  const Cut how = GENERATE(Cut::drop_all, Cut::keep_some, Cut::drop_middle_pages);
  bool cut = true;
  for (std::uint32_t n = 1; cut; ++n) {
    CAPTURE(int(how), n);
    Place place;
    const fs::path after = place.directory.path() / "after";
    TestDisk disk;
    Position given = 0;
    std::optional<Position> given_at_cut;
    disk.cut_at_sync(n, place.path, after, how, n);
    Checkpoints checkpoints(*disk.options().files, place.path, acme, head(0), {});
    for (Position position = 1; position < 4; ++position) {
      if (disk.has_cut() && !given_at_cut) given_at_cut = given;
      checkpoints.sign(head(position));
      if (!disk.has_cut()) given = position;
    }
    cut = disk.has_cut();
    if (!cut) break;
    const auto found = read_checkpoint(posix_files(), after);
    CHECK((found ? found->checkpoint.size : 0) >= given);
    if (given > 0) CHECK_NOTHROW(Checkpoints(posix_files(), after, acme, head(9), {}));
  }
}

TEST_CASE("the slot of a signing key is that of the first release", "[eventstore][checkpoints][golden]") {
  const SigningKey key{.generation = 3, .origin = "dealog.example/acme", .pair = key_pair_of(filled(1))};
  const Bytes bytes = encode_signing_slot(acme, key);
  CHECK(matches_golden("signing_slot_v1.hex", bytes));
  CHECK_FALSE(decode_signing_slot(derived_uuid("test", "b"), bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    CHECK_FALSE(decode_signing_slot(acme, changed));
  }
}

}  // namespace dealog::eventstore
