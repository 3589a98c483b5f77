#include "eventstore/version_memory.h"

#include <functional>

namespace dealog::eventstore {
namespace {

constexpr std::size_t first_slots = 1u << 14, most_slots = 1u << 20, growth = 4;

// Spread over all 64 bits, whatever the hash of ids is made for.
std::uint64_t spread(ObjectRef object) { return std::hash<ObjectRef>{}(object) * 0x9E3779B97F4A7C15ull; }
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
std::size_t place_of(std::uint64_t hash, std::size_t slots) { return static_cast<std::size_t>((hash >> 32) * slots >> 32); }

}  // namespace

void VersionMemory::put(ObjectRef object, Version version) {
  if (slots_.empty()) slots_.resize(first_slots);
  if (displaced_ > slots_.size() / 2 && slots_.size() < most_slots) {
    slots_.assign(slots_.size() * growth, Slot{});   // begins anew: what it held told no more than a part of each hash
    displaced_ = 0;
  }
  const std::uint64_t hash = spread(object);
  Slot& slot = slots_[place_of(hash, slots_.size())];
  if (slot.version != 0 && slot.tag != tag_of(hash)) ++displaced_;
  slot = {tag_of(hash), version};
}

Version VersionMemory::find(ObjectRef object) const {
  if (slots_.empty()) return 0;
  const std::uint64_t hash = spread(object);
  const Slot& slot = slots_[place_of(hash, slots_.size())];
  return slot.tag == tag_of(hash) ? slot.version : 0;
}

}  // namespace dealog::eventstore
