#include "projections/interner.h"

namespace dealog::projections {

Interner::Interner() {
  all_slots_.push_back(std::make_unique<Slots>(256));
  slots_.store(all_slots_.back().get(), std::memory_order_release);
  entries_.append();  // nil
}

void Interner::insert(Slots& slots, std::uint64_t hash, Handle handle) {
  std::size_t at = hash & slots.mask;
  while (slots.slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & slots.mask;
  slots.slots[at].store((hash & 0xFFFF'FFFF'0000'0000u) | handle, std::memory_order_release);
}

void Interner::grow() {
  auto bigger = std::make_unique<Slots>((slots_.load(std::memory_order_relaxed)->mask + 1) * 2);
  for (Handle handle = 1; handle < entries_.size(); ++handle)
    insert(*bigger, std::hash<Uuid>{}(entries_[handle].id), handle);
  all_slots_.push_back(std::move(bigger));
  slots_.store(all_slots_.back().get(), std::memory_order_release);
}

Handle Interner::find(const Uuid& id) const {
  if (id.is_nil()) return 0;
  const std::uint64_t hash = std::hash<Uuid>{}(id);
  const Slots& slots = *slots_.load(std::memory_order_acquire);
  for (std::size_t at = hash & slots.mask;; at = (at + 1) & slots.mask) {
    const std::uint64_t slot = slots.slots[at].load(std::memory_order_acquire);
    if (slot == 0) return 0;
    const Handle handle = static_cast<Handle>(slot);
    if (slot >> 32 == hash >> 32 && entries_[handle].id == id) return handle;
  }
}

Handle Interner::intern(const Uuid& id) {
  if (id.is_nil()) return 0;
  if (const Handle known = find(id)) return known;
  const auto handle = static_cast<Handle>(entries_.size());
  entries_.append().id = id;
  // Never fuller than two thirds, so that a search always ends.
  if (entries_.size() * 3 > (slots_.load(std::memory_order_relaxed)->mask + 1) * 2) grow();
  else insert(*slots_.load(std::memory_order_relaxed), std::hash<Uuid>{}(id), handle);
  return handle;
}

void Interner::place(Handle handle, Kind kind, Row row) {
  std::atomic<std::uint64_t>& place = entries_.at(handle).place;
  if (place.load(std::memory_order_relaxed) == 0) {
    place.store(std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 | row, std::memory_order_release);
    return;
  }
  const std::lock_guard lock(more_places_lock_);
  more_places_[std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 | handle] = row;
  has_more_places_.store(true, std::memory_order_release);
}

Row Interner::row(Handle handle, Kind kind) const {
  const std::uint64_t place = entries_[handle].place.load(std::memory_order_acquire);
  if (place >> 32 == static_cast<std::uint8_t>(kind)) return static_cast<Row>(place);
  if (place == 0 || !has_more_places_.load(std::memory_order_acquire)) return no_row;
  const std::lock_guard lock(more_places_lock_);
  const auto found = more_places_.find(std::uint64_t{static_cast<std::uint8_t>(kind)} << 32 | handle);
  return found == more_places_.end() ? no_row : found->second;
}

}  // namespace dealog::projections
