#include <atomic>
#include <thread>

#include "domain/events_generated.h"
#include "eventstore/file_keyring.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

constexpr std::size_t slot_size = 128;
const Bytes secret_words = {'J', 'a', 'n', ' ', 'K', 'o', 'w', 'a', 'l', 's', 'k', 'i'};

struct KeysFile {
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "keys";

  KeysFile() { create_keys(posix_files(), path, acme); }
  FileKeyring open() const { return {posix_files(), path, acme}; }
  void change(std::size_t at) const {
    Bytes bytes = file_bytes(path);
    bytes[at] ^= 1;
    write_file(path, bytes);
  }
};

// A record of an object with a personal part, as a reader gets it.
struct SealedRecord {
  Bytes bytes;
  SealedRecord(const Keyring& keys, std::uint64_t object, Position position) {
    const Sealed sealed = keys.seal(object_number(object), position, secret_words);
    Envelope envelope;
    envelope.position = position;
    envelope.object = object_number(object);
    envelope.version = 1;
    bytes = encode(envelope, event::Deleted{}, &sealed);
  }
  const fb::Record& record() const { return *trusted_record(bytes); }
};

std::vector<ObjectRef> subjects(std::uint64_t from, std::uint64_t to) {
  std::vector<ObjectRef> objects;
  for (std::uint64_t n = from; n < to; ++n) objects.push_back(object_number(n));
  return objects;
}

}  // namespace

TEST_CASE("what is sealed opens again, in memory and from the file [CON-3]", "[eventstore][keys]") {
  const KeysFile file;
  std::unique_ptr<Keyring> keys = memory_keyring();
  if (GENERATE(false, true)) keys = std::make_unique<FileKeyring>(posix_files(), file.path, acme);
  keys->ensure(subjects(0, 3));
  const SealedRecord sealed(*keys, 1, 5);
  CHECK(keys->open(sealed.record()) == secret_words);
  CHECK(keys->keyed_hash(secret_words) == keys->keyed_hash(secret_words));
  CHECK(keys->keyed_hash(secret_words) != keys->keyed_hash(Bytes{1}));
}

TEST_CASE("keys survive a restart, and an object has one key for ever", "[eventstore][keys]") {
  const KeysFile file;
  FileKeyring first = file.open();
  first.ensure(subjects(0, 700));  // Makes the file grow.
  const SealedRecord sealed(first, 699, 5);
  const FileKeyring second = file.open();
  CHECK(second.size() == 700);
  CHECK(second.open(sealed.record()) == secret_words);
  CHECK(second.keyed_hash(secret_words) == first.keyed_hash(secret_words));
  first.ensure(subjects(0, 700));
  CHECK(file.open().size() == 700);
}

TEST_CASE("a part sealed for one position or object does not open as another's", "[eventstore][keys]") {
  const SubjectKey key = random_key();
  const Sealed sealed = seal_with(key, 5, secret_words);
  CHECK(open_with(key, 5, sealed.ciphertext, sealed.commitment) == secret_words);
  CHECK_FALSE(open_with(key, 6, sealed.ciphertext, sealed.commitment));
  CHECK_FALSE(open_with(random_key(), 5, sealed.ciphertext, sealed.commitment));
  auto other = sealed;
  other.commitment[3] ^= 1;
  CHECK_FALSE(open_with(key, 5, other.ciphertext, other.commitment));
  other = sealed;
  other.ciphertext[0] ^= 1;
  CHECK_FALSE(open_with(key, 5, other.ciphertext, other.commitment));
}

TEST_CASE("an erased key is gone from the file, for ever, and others stay [CON-3]", "[eventstore][keys]") {
  const KeysFile file;
  FileKeyring keys = file.open();
  keys.ensure(subjects(0, 5));
  const SealedRecord erased(keys, 2, 5), kept(keys, 3, 6);
  const Bytes before = file_bytes(file.path);
  keys.erase(subjects(2, 3));
  keys.erase(subjects(2, 3));
  CHECK_FALSE(keys.open(erased.record()));
  CHECK(keys.open(kept.record()) == secret_words);
  CHECK_THROWS_AS(keys.seal(object_number(2), 9, secret_words), StorageError);

  const Bytes after = file_bytes(file.path);
  const auto key_was = before.begin() + 3 * slot_size + 48;
  CHECK(std::search(after.begin(), after.end(), key_was, key_was + 32) == after.end());

  FileKeyring again = file.open();
  CHECK_FALSE(again.open(erased.record()));
  CHECK(again.open(kept.record()) == secret_words);
  again.ensure(subjects(2, 3));  // No new key under the old name.
  CHECK_FALSE(again.open(erased.record()));
}

TEST_CASE("a missing key is an error, not an erasure", "[eventstore][keys]") {
  const KeysFile file;
  FileKeyring keys = file.open();
  keys.ensure(subjects(1, 2));
  const SealedRecord sealed(keys, 1, 5);
  const KeysFile other;
  CHECK_THROWS_AS(other.open().open(sealed.record()), StorageError);
}

TEST_CASE("one changed bit never makes a key erased, nor another's, nor an erased one sound",
          "[eventstore][keys][R4]") {
  const bool was_erased = GENERATE(false, true);
  const SubjectKey key = random_key();
  const Bytes slot = encode_key_slot(4, object_number(1), was_erased ? nullptr : &key);
  REQUIRE(decode_key_slot(4, slot)->state == (was_erased ? KeyState::erased : KeyState::sound));
  CHECK_FALSE(decode_key_slot(5, slot));
  for (std::size_t bit = 0; bit < 96 * 8; ++bit) {
    Bytes changed = slot;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    CAPTURE(bit);
    const auto found = decode_key_slot(4, changed);
    if (found) {
      CHECK(found->subject == object_number(1));
      CHECK(found->state == KeyState::damaged);
    }
  }
}

TEST_CASE("a key zeroed by accident is damaged, not erased", "[eventstore][keys][R4]") {
  const SubjectKey key = random_key();
  Bytes slot = encode_key_slot(1, object_number(1), &key);
  std::fill(slot.begin() + 48, slot.begin() + 80, std::uint8_t{0});
  CHECK(decode_key_slot(1, slot)->state == KeyState::damaged);
  std::fill(slot.begin() + 80, slot.begin() + 96, std::uint8_t{0});
  CHECK(decode_key_slot(1, slot)->state == KeyState::damaged);
}

TEST_CASE("a damaged key is an error for its object alone; a damaged name or secret refuses all",
          "[eventstore][keys][R4]") {
  const KeysFile file;
  FileKeyring keys = file.open();
  keys.ensure(subjects(0, 3));
  const SealedRecord damaged(keys, 1, 5), sound(keys, 2, 6);
  SECTION("the key") {
    file.change(2 * slot_size + 50);
    const FileKeyring again = file.open();
    CHECK_THROWS_AS(again.open(damaged.record()), StorageError);
    CHECK(again.open(sound.record()) == secret_words);
  }
  SECTION("whose it is") {
    file.change(2 * slot_size + 9);
    CHECK_THROWS_AS(file.open(), StorageError);
  }
  SECTION("the account's secret") {
    file.change(50);
    CHECK_THROWS_AS(file.open(), StorageError);
  }
  SECTION("another account") {
    CHECK_THROWS_AS(FileKeyring(posix_files(), file.path, derived_uuid("test", "other")), StorageError);
  }
}

TEST_CASE("a keys file cut anywhere opens with an exact prefix of its keys, or is refused",
          "[eventstore][keys][R3]") {
  const KeysFile file;
  FileKeyring keys = file.open();
  keys.ensure(subjects(0, 5));
  const Bytes whole = file_bytes(file.path);
  for (std::size_t size = 0; size <= 7 * slot_size; size += 16) {
    CAPTURE(size);
    write_file(file.path, BytesView(whole).first(size));
    if (size < slot_size) {
      CHECK_THROWS_AS(file.open(), StorageError);
    } else {
      CHECK(file.open().size() == std::min<std::size_t>(5, size / slot_size - 1));
    }
  }
}

TEST_CASE("keys that cannot be written or synced fail for good, and a restart recovers",
          "[eventstore][keys][R6]") {
  const KeysFile file;
  TestDisk disk;
  const std::uint64_t n = GENERATE(1u, 2u);
  {
    FileKeyring keys(*disk.options().files, file.path, acme);
    keys.ensure(subjects(0, 2));
    const SealedRecord sealed(keys, 1, 5);
    disk.fail_at(n);
    CHECK_THROWS_AS(keys.ensure(subjects(2, 3)), StorageError);
    CHECK_THROWS_AS(keys.seal(object_number(2), 6, secret_words), StorageError);
    const auto operations = disk.operations();
    CHECK_THROWS_AS(keys.ensure(subjects(3, 4)), StorageError);
    CHECK_THROWS_AS(keys.erase(subjects(1, 2)), StorageError);
    CHECK(disk.operations() == operations);
    CHECK(keys.open(sealed.record()) == secret_words);
  }
  disk.fail_at(0);
  FileKeyring again(*disk.options().files, file.path, acme);
  again.ensure(subjects(0, 4));
  CHECK(again.size() == 4);
}

TEST_CASE("keys are opened by many threads while new ones are made", "[eventstore][keys][threads]") {
  const KeysFile file;
  FileKeyring keys = file.open();
  keys.ensure(subjects(0, 4));
  const SealedRecord sealed(keys, 3, 5);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      do {
        wrong += keys.open(sealed.record()) != secret_words;
      } while (!stop);
    });
  }
  for (std::uint64_t n = 4; n < 1000; n += 4) keys.ensure(subjects(n, n + 4));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(keys.size() == 1000);
}

TEST_CASE("slots and seals are those of the first release", "[eventstore][keys][golden]") {
  SubjectKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i + 1);
  Bytes slots = encode_key_slot(0, {Kind::none, acme}, &key);
  const Bytes sound = encode_key_slot(1, object_number(1), &key);
  const Bytes erased = encode_key_slot(2, object_number(2), nullptr);
  slots.insert(slots.end(), sound.begin(), sound.end());
  slots.insert(slots.end(), erased.begin(), erased.end());
  CHECK(matches_golden("key_slots_v1.hex", slots));

  const Sealed sealed = seal_with(key, 77, secret_words);
  Bytes bytes = sealed.ciphertext;
  bytes.insert(bytes.end(), sealed.commitment.begin(), sealed.commitment.end());
  CHECK(matches_golden("sealed_v1.hex", bytes));
  CHECK(matches_golden("keyed_hash_v1.hex", hash_with(key, secret_words)));
}

}  // namespace dealog::eventstore
