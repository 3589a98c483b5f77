#include "eventstore/seal.h"

#include <sodium.h>

#include "domain/events_generated.h"
#include "eventstore/bytes.h"

namespace dealog::eventstore {

namespace {

constexpr std::string_view event_label = "dealog/event/1";
constexpr std::uint32_t committing = 0x80000000u;
constexpr std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> zero_nonce{};

void start_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium does not start");
}

// A key that is used for one part of one event.
SubjectKey event_key(const SubjectKey& subject, Position position, std::uint32_t part) {
  start_sodium();
  std::array<std::uint8_t, event_label.size() + 12> message;
  std::memcpy(message.data(), event_label.data(), event_label.size());
  set(message.data() + event_label.size(), position);
  set(message.data() + event_label.size() + 8, part);
  SubjectKey key;
  crypto_generichash(key.data(), key.size(), message.data(), message.size(), subject.data(), subject.size());
  return key;
}

std::array<std::uint8_t, 32> commitment_to(const SubjectKey& committing_key, BytesView plaintext) {
  std::array<std::uint8_t, 32> commitment;
  crypto_auth_hmacsha256(commitment.data(), plaintext.data(), plaintext.size(), committing_key.data());
  return commitment;
}

EventKeys keys_of(const SubjectKey& subject, Position position) {
  return {event_key(subject, position, 0), event_key(subject, position, committing)};
}

void wipe_both(EventKeys& keys) {
  wipe(keys.sealing);
  wipe(keys.committing);
}

std::optional<Bytes> open_part(const EventKeys& keys, BytesView ciphertext, BytesView commitment) {
  if (ciphertext.size() < crypto_aead_xchacha20poly1305_ietf_ABYTES || commitment.size() != 32) {
    return std::nullopt;
  }
  Bytes plaintext(ciphertext.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES);
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.data(), nullptr, nullptr,
                                                                ciphertext.data(), ciphertext.size(), nullptr,
                                                                0, zero_nonce.data(), keys.sealing.data());
  if (opened != 0) return std::nullopt;
  const auto expected = commitment_to(keys.committing, plaintext);
  if (sodium_memcmp(expected.data(), commitment.data(), expected.size()) != 0) return std::nullopt;
  return plaintext;
}

}  // namespace

void wipe(std::span<std::uint8_t> secret) { sodium_memzero(secret.data(), secret.size()); }

SubjectKey random_key() {
  start_sodium();
  SubjectKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

Sealed seal_with(const SubjectKey& subject, Position position, BytesView plaintext) {
  EventKeys keys = keys_of(subject, position);
  Sealed sealed;
  sealed.ciphertext.resize(plaintext.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.ciphertext.data(), nullptr, plaintext.data(),
                                             plaintext.size(), nullptr, 0, nullptr, zero_nonce.data(),
                                             keys.sealing.data());
  sealed.commitment = commitment_to(keys.committing, plaintext);
  wipe_both(keys);
  return sealed;
}

std::optional<Bytes> open_with(const SubjectKey& subject, Position position, BytesView ciphertext,
                               BytesView commitment) {
  EventKeys keys = keys_of(subject, position);
  auto plaintext = open_part(keys, ciphertext, commitment);
  wipe_both(keys);
  return plaintext;
}

SubjectKey derive_key(const SubjectKey& subject, std::string_view purpose) {
  start_sodium();
  SubjectKey key;
  crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), subject.data(), subject.size());
  return key;
}

Hash16 hash_with(const SubjectKey& secret, BytesView bytes) {
  start_sodium();
  Hash16 hash;
  crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(), secret.data(), secret.size());
  return hash;
}

bool is_sealed(const fb::Record& record) { return record.sealed() != nullptr; }

EventKeys event_keys(const SubjectKey& key, const fb::Record& record) { return keys_of(key, record.position()); }

std::optional<Bytes> open_disclosed(const EventKeys& keys, const fb::Record& record) {
  const fb::Sealed* sealed = record.sealed();
  if (!sealed || !sealed->ciphertext() || !sealed->commitment()) return std::nullopt;
  return open_part(keys, {sealed->ciphertext()->data(), sealed->ciphertext()->size()},
                   {sealed->commitment()->bytes()->data(), 32});
}

Bytes open_record(const SubjectKey& key, const fb::Record& record) {
  if (!record.sealed()) return {};
  EventKeys keys = event_keys(key, record);
  std::optional<Bytes> plaintext = open_disclosed(keys, record);
  wipe_both(keys);
  if (!plaintext) {
    throw StorageError("the personal part of position " + std::to_string(record.position()) +
                       " does not open with its key");
  }
  return std::move(*plaintext);
}

}  // namespace dealog::eventstore
