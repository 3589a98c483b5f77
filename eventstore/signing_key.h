#pragma once
// The key that signs an account's checkpoints, in its file `signing`.
//
// DO NOT CHANGE: on disk (tests/golden/signing_slot_v1.hex). The file has two pages of 4,096 bytes, each beginning with
// a slot and zero after it; numbers are little-endian. A page of zeros is free.
//
//     offset  size
//          0     8  magic "DLGSIGN1"
//          8    16  account
//         24     8  generation: 1, 2, 3, ...; the page is generation mod 2
//         32    32  seed of the Ed25519 key: secret
//         64    32  public key
//         96     1  length of the origin, 1 to 127
//         97   127  origin, zeros behind it
//        224    16  checksum: the first 16 bytes of SHA-256 over everything before
//
// A change of key: the next one is written to the free page and synced; the log records the change, signed by the
// previous key; then the previous one is wiped. Which of two signs is for the log to say, so a crash in between leaves
// one answer: what the log names, and the first generation when it names none.
//
// Threads: one at a time (checkpoints.h has the lock).

#include <filesystem>

#include "eventstore/file.h"
#include "eventstore/note.h"

namespace dealog::eventstore {

struct SigningKey {
  std::uint64_t generation = 1;
  std::string origin;
  KeyPair pair;

  VerifierKey verifier() const { return {origin, pair.open}; }
};

Bytes encode_signing_slot(const Uuid& account, const SigningKey& key);
// Nothing when the bytes are no sound slot of this account.
std::optional<SigningKey> decode_signing_slot(const Uuid& account, BytesView bytes);

// Makes the file with a first key, random, under that origin, and syncs it (its directory is the caller's).
void create_signing_key(Files& files, const std::filesystem::path& path, const Uuid& account, const std::string& origin);
// "dealog.example/<slug>-<32 random hexadecimal digits>": names one history. A restored copy gets another.
std::string new_origin(std::string_view slug);

// The key in the file that must sign: `named` is the public key that the newest change of key in the log names; nothing:
// there was no change. Changes nothing. Throws StorageError when the file is missing or damaged, is another account's,
// or does not have that key.
SigningKey read_signing_key(Files& files, const std::filesystem::path& path, const Uuid& account, const std::optional<Hash32>& named);

class SigningKeyFile {
 public:
  // As read_signing_key; wipes the key that does not sign any more.
  SigningKeyFile(Files& files, const std::filesystem::path& path, const Uuid& account, const std::optional<Hash32>& named);

  const SigningKey& current() const { return current_; }
  // Makes the next key and syncs it. It does not sign before `use`. Throws StorageError.
  SigningKey make_next();
  // The log names it: it signs from now on, the previous one is wiped. REQUIRES: made by make_next.
  void use(const SigningKey& next);

 private:
  void write(std::uint64_t generation, BytesView page);

  std::unique_ptr<File> file_;
  const Uuid account_;
  SigningKey current_;
};

}  // namespace dealog::eventstore
