#pragma once
// The keys of one account in its file `keys`: a row of slots, each written and synced before the first commit
// that needs its key.
//
// DO NOT CHANGE: on disk (tests/golden/key_slots_v1.hex). A slot is 128 bytes, so none crosses a disk sector:
//
//     offset  size
//          0     4  magic "DLGK"
//          4     2  format: 1
//          6     1  kind of the subject; 0 in slot 0, which holds the account's own secret
//          7     1  zero
//          8    16  id of the subject; in slot 0: of the account
//         24     8  slot number, u64 little-endian
//         32    16  checksum of the subject: the first 16 bytes of SHA-256("dealog/subject" | bytes 0 to 31)
//         48    32  key; all zero: erased
//         80    16  mark of a key:     the first 16 bytes of SHA-256("dealog/key" | bytes 0 to 79)
//                   mark of an erasure: the same of SHA-256("dealog/erased" | bytes 0 to 79), the key being
//                   zero
//         96    32  zero
//
// So what was erased and what is damaged cannot be mistaken for each other: an erased slot says so with a
// mark of its own; with neither mark right, the key is damaged. A slot of zeros is free. The file grows by
// zeros.
//
// Threads: any; ensure and erase one after another.

#include <filesystem>
#include <mutex>
#include <shared_mutex>

#include "eventstore/file.h"
#include "eventstore/flat_table.h"
#include "eventstore/keyring.h"
#include "eventstore/seal.h"

namespace dealog::eventstore {

enum class KeyState : std::uint8_t { sound, erased, damaged };

// One slot's bytes. A null key: erased.
Bytes encode_key_slot(std::uint64_t slot, ObjectRef subject, const SubjectKey* key);

struct KeySlot {
  ObjectRef subject;
  KeyState state = KeyState::damaged;
  SubjectKey key{};  // Only when sound.
};
// Nothing when the slot does not even tell soundly whose it is.
std::optional<KeySlot> decode_key_slot(std::uint64_t slot, BytesView bytes);

// Makes the file with the account's secret, random, and syncs it (its directory is the caller's).
void create_keys(Files& files, const std::filesystem::path& path, const Uuid& account);

class FileKeyring final : public Keyring {
 public:
  // Throws StorageError when the file is missing, is another account's, or a slot tells nothing soundly. A
  // subject whose key is damaged is reported in the log of the program; what it sealed cannot be opened.
  FileKeyring(Files& files, const std::filesystem::path& path, const Uuid& account);
  ~FileKeyring() override;

  // After a failed write or sync every further ensure throws, until a restart.
  void ensure(std::span<const ObjectRef> subjects) override;
  Sealed seal(ObjectRef subject, Position position, BytesView plaintext) const override;
  std::optional<Bytes> open(const fb::Record& record) const override;
  std::optional<EventKeys> disclose(const fb::Record& record) const override;
  Hash16 keyed_hash(BytesView bytes) const override;

  // A key derived from the subject's for that purpose, for what is sealed outside of the log; nothing when it was
  // erased. Throws StorageError when it is damaged or missing.
  std::optional<SubjectKey> derived_key(ObjectRef subject, std::string_view purpose) const;

  // Zeroes the keys and syncs once; a damaged key becomes an erased one.
  std::size_t erase(std::span<const ObjectRef> subjects) override;

  // Keys, erased and damaged ones included.
  std::size_t size() const;
  // Whose keys were erased.
  std::vector<ObjectRef> erased() const;

  // Makes a file at `to` with all that is in this one, and syncs it (its directory is the caller's); any thread. No key
  // that a record in the log needs is missing, however many are made meanwhile. Throws StorageError.
  void copy_to(Files& files, const std::filesystem::path& to) const;

 private:
  struct Key {
    SubjectKey bytes{};
    KeyState state = KeyState::damaged;
  };

  Key key_of(ObjectRef subject) const;
  void refuse_if_failed() const;
  template <class Write>
  void or_fail(const Write& write);

  std::unique_ptr<File> file_;
  const std::filesystem::path path_;
  SubjectKey secret_{};
  std::optional<std::string> failed_;
  std::uint64_t capacity_ = 0;  // Slots that the file has room for.

  std::mutex changing_;              // Held by ensure and erase.
  mutable std::mutex file_mutex_;    // Held while slots are written or all are copied.
  mutable std::shared_mutex mutex_;  // Guards the two below.
  FlatTable<ObjectRef, std::uint32_t> slots_;
  std::vector<Key> keys_;  // By slot.
};

}  // namespace dealog::eventstore
