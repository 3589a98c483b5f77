#pragma once
// The keys of one account: what makes personal data erasable although the log is append-only.
//
// Every object with personal fields or free text has a random 32-byte key in the account's `keys` file, made
// and synced *before* the first commit that uses it. The personal part of a record is sealed with a key
// derived from it (SPEC CON-3, ARCHITECTURE 3):
//
//     event key  = BLAKE2b-256(key = subject key, "dealog/event/1" | position u64 LE | part u32 LE)
//     nonce      = 24 zero bytes (an event key is used once)
//     commitment = HMAC-SHA-256(event key', plaintext)   (a second key from the same derivation, part | 0x80000000)
//
// Threads: ensure, seal and erase are called by the account's writer alone; open may be called from any thread at any time.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "domain/codec.h"
#include "eventstore/event_log.h"

namespace dealog::eventstore {

// What opens the personal part of one record, and of no other: for proofs. The subject's key stays secret.
struct EventKeys {
  std::array<std::uint8_t, 32> sealing{}, committing{};
};

class Keyring {
 public:
  virtual ~Keyring() = default;

  // Makes keys for those of `subjects` that have none, and syncs them once. Throws StorageError.
  virtual void ensure(std::span<const ObjectRef> subjects) = 0;

  // REQUIRES: ensure was called for the subject.
  virtual Sealed seal(ObjectRef subject, Position position, BytesView plaintext) const = 0;

  // The plaintext; nothing when the record has no personal part, or the subject's key was erased (a zeroed slot).
  // Throws StorageError when the key is damaged or missing, or the ciphertext does not open or does not match its
  // commitment.
  virtual std::optional<Bytes> open(const fb::Record& record) const = 0;

  // Destroys the keys of those subjects that have one; returns how many. Nothing sealed with them can be opened any more by
  // anybody. Doing it again changes nothing. Throws StorageError.
  virtual std::size_t erase(std::span<const ObjectRef> subjects) = 0;

  // The keys of that one record; nothing and throwing as `open`.
  virtual std::optional<EventKeys> disclose(const fb::Record& record) const = 0;

  // Keyed 16-byte hash under the account's own secret (for idempotency keys and request hashes).
  virtual Hash16 keyed_hash(BytesView bytes) const = 0;
};

// Keys in memory: for tests and for logs that are never stored.
std::unique_ptr<Keyring> memory_keyring();

}  // namespace dealog::eventstore
