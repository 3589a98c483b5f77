#include "eventstore/anchor.h"

#include "eventstore/sha256.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

constexpr std::size_t page = 4096;

Head head_number(std::uint64_t n) {
  return {n * 10, n, sha256({BytesView{reinterpret_cast<std::uint8_t*>(&n), 8}})};
}

// An anchor file that was written after commits 1 and then 2: slots hold 2 and 1.
struct Written {
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "anchor";

  Written() {
    create_anchor(posix_files(), path, acme, Head{0, 0, empty_root()});
    AnchorWriter writer(posix_files(), path, read_anchor(posix_files(), path), [](const std::string&) {});
    for (const std::uint64_t n : {1u, 2u}) {
      writer.note(head_number(n));
      writer.flush();
    }
  }
  AnchorReading read() const { return read_anchor(posix_files(), path); }
};

}  // namespace

TEST_CASE("a new anchor tells of an empty log, in two pages", "[eventstore][anchor]") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "anchor";
  create_anchor(posix_files(), path, acme, Head{0, 0, empty_root()});
  CHECK(file_bytes(path).size() == 2 * page);
  const AnchorReading reading = read_anchor(posix_files(), path);
  CHECK(reading.anchored == Anchored{acme, Head{0, 0, empty_root()}});
  CHECK_FALSE(reading.bad_slot);
  CHECK_THROWS_AS(create_anchor(posix_files(), path, acme, Head{0, 0, empty_root()}), StorageError);
}

TEST_CASE("the anchor tells of the newest head noted", "[eventstore][anchor]") {
  const Written written;
  CHECK(written.read().anchored == Anchored{acme, head_number(2)});
}

TEST_CASE("what was noted is written when the writer ends, without anybody waiting", "[eventstore][anchor]") {
  const Written written;
  {
    AnchorWriter writer(posix_files(), written.path, written.read(), [](const std::string&) {});
    for (std::uint64_t n = 3; n < 500; ++n) writer.note(head_number(n));
  }
  CHECK(written.read().anchored.head == head_number(499));
}

TEST_CASE("an anchor with one bad slot is read from the other, and written again", "[eventstore][anchor]") {
  const Written written;
  const std::uint64_t slot = GENERATE(0u, 1u), newest = written.read().slot;
  Bytes bytes = file_bytes(written.path);
  bytes[slot * page + 50] ^= 1;
  write_file(written.path, bytes);
  const AnchorReading reading = written.read();
  CHECK(reading.bad_slot == slot);
  CHECK(reading.anchored.head == head_number(slot == newest ? 1 : 2));
  {
    AnchorWriter writer(posix_files(), written.path, reading, [](const std::string&) {});
  }
  CHECK_FALSE(written.read().bad_slot);
  CHECK(written.read().anchored == reading.anchored);
}

TEST_CASE("an anchor cut anywhere is read from the sound slot or refused", "[eventstore][anchor][R3]") {
  const Written written;
  const Bytes whole = file_bytes(written.path);
  for (std::size_t size = 0; size <= whole.size(); size += size % 512 == 0 ? 1 : 511) {
    CAPTURE(size);
    write_file(written.path, BytesView(whole).first(size));
    if (size < page) {
      CHECK_THROWS_AS(written.read(), StorageError);
    } else {
      const Head head = written.read().anchored.head;
      CHECK((head == head_number(1) || head == head_number(2)));
    }
  }
}

TEST_CASE("an anchor with swapped slots, with two bad ones, or that contradicts itself is refused",
          "[eventstore][anchor][R3]") {
  const Written written;
  const Bytes whole = file_bytes(written.path);
  const auto with = [&](const Bytes& first, const Bytes& second) {
    Bytes bytes = first;
    bytes.resize(page);
    bytes.insert(bytes.end(), second.begin(), second.end());
    bytes.resize(2 * page);
    write_file(written.path, bytes);
  };
  const Bytes slot0(whole.begin(), whole.begin() + page), slot1(whole.begin() + page, whole.end());
  with(slot1, slot0);
  CHECK_THROWS_AS(written.read(), StorageError);
  with({}, {});
  CHECK_THROWS_AS(written.read(), StorageError);
  with(encode_anchor_slot({acme, head_number(2)}, 0), encode_anchor_slot({Uuid{}, head_number(1)}, 1));
  CHECK_THROWS_AS(written.read(), StorageError);
  with(encode_anchor_slot({acme, head_number(2)}, 0), encode_anchor_slot({acme, {20, 2, empty_root()}}, 1));
  CHECK_THROWS_AS(written.read(), StorageError);
  std::filesystem::remove(written.path);
  CHECK_THROWS_AS(written.read(), StorageError);
}

TEST_CASE("no bit of a slot can change unseen", "[eventstore][anchor][R4]") {
  const Bytes slot = encode_anchor_slot({acme, head_number(3)}, 1);
  CHECK(decode_anchor_slot(slot, 1) == Anchored{acme, head_number(3)});
  CHECK_FALSE(decode_anchor_slot(slot, 0));
  for (std::size_t bit = 0; bit < slot.size() * 8; ++bit) {
    Bytes changed = slot;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    CAPTURE(bit);
    CHECK_FALSE(decode_anchor_slot(changed, 1));
  }
}

TEST_CASE("an anchor that cannot be written is told once, and never tried again",
          "[eventstore][anchor][R6]") {
  const bool write = GENERATE(true, false);
  const Written written;
  TestDisk disk;
  std::atomic<int> told = 0;
  {
    AnchorWriter writer(*disk.options().files, written.path, written.read(),
                        [&](const std::string&) { ++told; });
    disk.fail_at(write ? 1 : 2);
    writer.note(head_number(3));
    CHECK_THROWS_AS(writer.flush(), StorageError);
    const auto operations = disk.operations();
    writer.note(head_number(4));
    CHECK_THROWS_AS(writer.flush(), StorageError);
    CHECK(disk.operations() == operations);
  }
  CHECK(told == 1);
  CHECK(written.read().anchored.head.commit >= 2);
}

TEST_CASE("the bytes of an anchor are those of the first release", "[eventstore][anchor][golden]") {
  CHECK(matches_golden("anchor_slot_v1.hex", encode_anchor_slot({acme, Head{77, 5, empty_root()}}, 1)));
}

}  // namespace dealog::eventstore
