#pragma once
// Small numbers for handles, in order of first meeting: the groups of a report. Open addressing; a report has
// few groups, so the table stays in the nearest cache whatever the number of handles.

#include <cstdint>
#include <vector>

#include "projections/interner.h"

namespace dealog::projections {

class Slots {
 public:
  Slots() : keys_(64, absent), slots_(64) {}

  std::uint32_t of(Handle handle) {
    std::size_t at = place(handle);
    while (keys_[at] != handle) {
      if (keys_[at] == absent) return add(handle);
      at = (at + 1) & (keys_.size() - 1);
    }
    return slots_[at];
  }
  // Nothing met: -1.
  std::int64_t find(Handle handle) const {
    for (std::size_t at = place(handle);; at = (at + 1) & (keys_.size() - 1)) {
      if (keys_[at] == handle) return slots_[at];
      if (keys_[at] == absent) return -1;
    }
  }
  const std::vector<Handle>& handles() const { return handles_; }
  std::size_t size() const { return handles_.size(); }

 private:
  static constexpr Handle absent = 0xFFFFFFFFu;
  std::size_t place(Handle handle) const { return (handle * 2654435761u >> 7) & (keys_.size() - 1); }

  std::uint32_t add(Handle handle) {
    if (handles_.size() * 2 >= keys_.size()) {
      keys_.assign(keys_.size() * 4, absent);
      slots_.assign(keys_.size(), 0);
      for (std::uint32_t slot = 0; slot < handles_.size(); ++slot) put(handles_[slot], slot);
    }
    const auto slot = static_cast<std::uint32_t>(handles_.size());
    handles_.push_back(handle);
    put(handle, slot);
    return slot;
  }
  void put(Handle handle, std::uint32_t slot) {
    std::size_t at = place(handle);
    while (keys_[at] != absent) at = (at + 1) & (keys_.size() - 1);
    keys_[at] = handle;
    slots_[at] = slot;
  }

  std::vector<Handle> keys_;
  std::vector<std::uint32_t> slots_;
  std::vector<Handle> handles_;
};

}  // namespace dealog::projections
