#pragma once
// Ids as small numbers: the same id has the same handle for the life of the models, in order of first naming in
// the log. Handle 0 is nil.
//
// Threads: one writer; any number of readers at the same time, without locks.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "domain/types.h"
#include "projections/columns.h"
#include "projections/segmented_log.h"

namespace dealog::projections {

// Ids are interned: the same id has the same handle for the life of the process. 0: nil.
using Handle = std::uint32_t;

class Interner {
 public:
  Interner();

  // The writer's: finds or makes.
  Handle intern(const Uuid& id);
  // The handle, or 0 when the id was never interned.
  Handle find(const Uuid& id) const;
  // REQUIRES: `handle` came from here.
  const Uuid& id(Handle handle) const { return entries_[handle].id; }
  // How many there are, nil included (the writer's).
  std::size_t size() const { return entries_.size(); }

  // Where the object with this id stands in its kind's table. An id that clients gave to objects of two kinds has
  // a place for each.
  void place(Handle handle, Kind kind, Row row);
  Row row(Handle handle, Kind kind) const;

 private:
  struct Entry {
    Uuid id;
    std::atomic<std::uint64_t> place{0};  // kind << 32 | row; 0: none
  };
  struct Slots {
    explicit Slots(std::size_t size) : mask(size - 1), slots(size) {}
    std::size_t mask;
    std::vector<std::atomic<std::uint64_t>> slots;  // upper half of the hash << 32 | handle; 0: free
  };
  static void insert(Slots& slots, std::uint64_t hash, Handle handle);
  void grow();

  SegmentedLog<Entry> entries_;
  std::atomic<Slots*> slots_;
  std::vector<std::unique_ptr<Slots>> all_slots_;  // Outgrown ones stay: somebody may be looking into them.
  std::atomic<bool> has_more_places_{false};
  mutable std::mutex more_places_lock_;
  std::unordered_map<std::uint64_t, Row> more_places_;  // kind << 32 | handle: second and further kinds
};

}  // namespace dealog::projections
