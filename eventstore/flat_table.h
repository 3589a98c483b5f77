#pragma once
// A hash table for the index of the log: millions of small keys, never removed. Linear probing in 64 shards,
// so that one insertion moves a 64th of the table at most and readers never wait long. The key Key{} stands
// for an empty slot and cannot be stored. Threads: the caller's business.

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace dealog::eventstore {

template <class Key, class Value, class Hash = std::hash<Key>>
class FlatTable {
 public:
  // Valid until the next insertion.
  const Value* find(const Key& key) const {
    const std::size_t hash = Hash{}(key);
    const Shard& shard = shards_[shard_of(hash)];
    if (shard.slots.empty()) return nullptr;
    const Slot& slot = shard.slots[shard.place(key, hash)];
    return slot.key == key ? &slot.value : nullptr;
  }

  // The value of `key`, made with Value{} if it was not there. REQUIRES: key != Key{}.
  Value& operator[](const Key& key) {
    const std::size_t hash = Hash{}(key);
    Shard& shard = shards_[shard_of(hash)];
    if (shard.used * 4 >= shard.slots.size() * 3) shard.grow();
    Slot& slot = shard.slots[shard.place(key, hash)];
    if (!(slot.key == key)) {
      slot.key = key;
      ++shard.used;
    }
    return slot.value;
  }

  // Each key, in no order.
  template <class Visit>
  void for_each_key(Visit visit) const {
    for (const Shard& shard : shards_)
      for (const Slot& slot : shard.slots)
        if (!(slot.key == Key{})) visit(slot.key);
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) sum += shard.used;
    return sum;
  }

 private:
  struct Slot {
    Key key{};
    Value value{};
  };

  struct Shard {
    std::vector<Slot> slots;  // A power of two, or none.
    std::size_t used = 0;

    // Where `key` is, or the empty slot where it belongs. REQUIRES: slots are not empty.
    std::size_t place(const Key& key, std::size_t hash) const {
      const std::size_t mask = slots.size() - 1;
      std::size_t at = hash & mask;
      while (!(slots[at].key == key) && !(slots[at].key == Key{})) at = (at + 1) & mask;
      return at;
    }

    void grow() {
      std::vector<Slot> old(slots.empty() ? 8 : slots.size() * 2);
      old.swap(slots);
      for (Slot& slot : old) {
        if (!(slot.key == Key{})) slots[place(slot.key, Hash{}(slot.key))] = std::move(slot);
      }
    }
  };

  // From the high bits: the low ones choose the slot within the shard.
  static std::size_t shard_of(std::size_t hash) { return (hash * 0x9E3779B97F4A7C15ull) >> 58; }

  std::array<Shard, 64> shards_;
};

}  // namespace dealog::eventstore
