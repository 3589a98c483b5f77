#pragma once
// How a personal part is sealed with its subject's key (keyring.h draws the derivation). Pure functions,
// the same for keys in memory and on disk.
//
// DO NOT CHANGE: what is sealed on disk opens only with this (tests/golden/sealed_v1.hex).

#include <array>

#include "eventstore/keyring.h"

namespace dealog::eventstore {

using SubjectKey = std::array<std::uint8_t, 32>;

SubjectKey random_key();

Sealed seal_with(const SubjectKey& key, Position position, BytesView plaintext);

// Nothing when the ciphertext does not open or does not match its commitment.
std::optional<Bytes> open_with(const SubjectKey& key, Position position, BytesView ciphertext,
                               BytesView commitment);

// A key for what is sealed outside of the log: BLAKE2b-256(key = subject key, purpose).
SubjectKey derive_key(const SubjectKey& subject, std::string_view purpose);

// BLAKE2b-128 under the account's secret.
Hash16 hash_with(const SubjectKey& secret, BytesView bytes);

// Overwrites, in a way that the compiler may not leave out.
void wipe(std::span<std::uint8_t> secret);

// Has the record a personal part at all?
bool is_sealed(const fb::Record& record);

// Opens the sealed part of `record` with its subject's key; throws StorageError when it does not open. A
// record without a sealed part has an empty plaintext.
Bytes open_record(const SubjectKey& key, const fb::Record& record);

// The keys of the one part that `record` has.
EventKeys event_keys(const SubjectKey& key, const fb::Record& record);
// The plaintext, with those keys alone; nothing when it does not open or does not match its commitment.
std::optional<Bytes> open_disclosed(const EventKeys& keys, const fb::Record& record);

}  // namespace dealog::eventstore
