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
      if (!keys_.contains(subject)) keys_.emplace(subject, random_key());  // an erased one stays
    }
  }

  Sealed seal(ObjectRef subject, Position position, BytesView plaintext) const override {
    const auto key = key_of(subject);
    if (!key) throw StorageError("the key of " + to_string(subject.id) + " was erased");
    return seal_with(*key, position, plaintext);
  }

  std::optional<Bytes> open(const fb::Record& record) const override {
    if (!is_sealed(record)) return std::nullopt;
    const auto key = key_of(object_of(record));
    if (!key) return std::nullopt;
    return open_record(*key, record);
  }

  std::optional<EventKeys> disclose(const fb::Record& record) const override {
    if (!is_sealed(record)) return std::nullopt;
    const auto key = key_of(object_of(record));
    if (!key) return std::nullopt;
    return event_keys(*key, record);
  }

  std::size_t erase(std::span<const ObjectRef> subjects) override {
    const std::unique_lock lock(mutex_);
    std::size_t gone = 0;
    for (const ObjectRef subject : subjects)
      if (const auto known = keys_.find(subject); known != keys_.end() && known->second) {
        wipe(*known->second);
        known->second.reset();
        ++gone;
      }
    return gone;
  }

  Hash16 keyed_hash(BytesView bytes) const override { return hash_with(secret_, bytes); }

 private:
  // Nothing: erased.
  std::optional<SubjectKey> key_of(ObjectRef subject) const {
    const std::shared_lock lock(mutex_);
    const auto known = keys_.find(subject);
    if (known == keys_.end()) throw StorageError("no key for " + to_string(subject.id));
    return known->second;
  }

  mutable std::shared_mutex mutex_;
  std::map<ObjectRef, std::optional<SubjectKey>> keys_;
  const SubjectKey secret_ = random_key();
};

}  // namespace

std::unique_ptr<Keyring> memory_keyring() { return std::make_unique<MemoryKeyring>(); }

}  // namespace dealog::eventstore
