#include "eventstore/keyring.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "eventstore/log_index.h"
#include "eventstore/seal.h"

namespace dealog::eventstore {

namespace {

class MemoryKeyring final : public Keyring {
 public:
  void ensure(std::span<const ObjectRef> subjects) override {
    const std::unique_lock lock(mutex_);
    for (const ObjectRef subject : subjects) {
      if (!keys_.contains(subject)) keys_.emplace(subject, random_key());
    }
  }

  Sealed seal(ObjectRef subject, Position position, BytesView plaintext) const override {
    return seal_with(key_of(subject), position, plaintext);
  }

  std::optional<Bytes> open(const fb::Record& record) const override {
    if (!is_sealed(record)) return std::nullopt;
    return open_record(key_of(object_of(record)), record);
  }

  std::optional<EventKeys> disclose(const fb::Record& record) const override {
    if (!is_sealed(record)) return std::nullopt;
    return event_keys(key_of(object_of(record)), record);
  }

  Hash16 keyed_hash(BytesView bytes) const override { return hash_with(secret_, bytes); }

 private:
  const SubjectKey& key_of(ObjectRef subject) const {
    const std::shared_lock lock(mutex_);
    const auto known = keys_.find(subject);
    if (known == keys_.end()) throw StorageError("no key for " + to_string(subject.id));
    return known->second;  // Nodes of a map do not move, and keys are never removed.
  }

  mutable std::shared_mutex mutex_;
  std::map<ObjectRef, SubjectKey> keys_;
  const SubjectKey secret_ = random_key();
};

}  // namespace

std::unique_ptr<Keyring> memory_keyring() { return std::make_unique<MemoryKeyring>(); }

}  // namespace dealog::eventstore
