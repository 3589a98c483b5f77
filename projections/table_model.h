#pragma once
// One kind's live table: its columns and the ends of their histories. A TableModel is copied to pin it (a pointer
// for each column) and written to by the fold alone.

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "projections/arenas.h"
#include "projections/history.h"
#include "projections/interner.h"
#include "projections/layout.h"

namespace dealog::projections {

// What is only ever appended to, and shared by all Worlds of an account whatever their moment.
struct Storage {
  Interner interner;
  Stamps stamps;
  TextArena texts;
  SetArena sets;
  // Changes of recorded_at: from `position` on.
  SegmentedLog<std::int64_t> recorded_at;
  SegmentedLog<Position> recorded_from;
  std::vector<std::unique_ptr<FieldHistory>> histories;  // the fold's; others have pointers
};

struct Slot {
  Column<std::uint32_t> small;     // handle, text, texts, set
  Column<std::int64_t> large;      // number
  FieldHistory* history = nullptr; // null: never set
  std::size_t size = 0;            // of its rows
  std::int64_t newest_from = INT64_MIN;
};

struct TableModel : Counted {
  Kind kind = Kind::none;
  Row rows = 0;
  std::size_t room = 0;
  std::array<Slot, slot_count> slots;
  Column<Handle> self;
  Column<std::uint8_t> presence;
  Column<std::uint32_t> blank_small;   // what fields show that were never set
  Column<std::int64_t> blank_large;
  // Deals whose done actions were not recorded in the order of time.
  std::shared_ptr<const std::set<Row>> out_of_order;

  const Slot& slot(std::uint16_t field) const { return slots[slot_of(field)]; }
  const Column<std::uint32_t>& small(std::uint16_t field) const {
    const Slot& at = slots[slot_of(field)];
    return at.small.chunks() != 0 ? at.small : blank_small;
  }
  const Column<std::int64_t>& large(std::uint16_t field) const {
    const Slot& at = slots[slot_of(field)];
    return at.large.chunks() != 0 ? at.large : blank_large;
  }

  // The fold's.
  Row add_row(Handle handle) {
    const Row row = rows++;
    if (rows > room) {
      room = Column<std::uint32_t>::room_for(rows);
      for (Slot& at : slots) {
        if (at.small.chunks() != 0) at.small.grow(room);
        if (at.large.chunks() != 0) at.large.grow(room);
      }
      self.grow(room);
      presence.grow(room);
      blank_small.grow(room);
      blank_large.grow(room);
    }
    self.set(row, handle);
    return row;
  }
  void put_small(std::uint16_t field, Row row, std::uint32_t value) {
    Column<std::uint32_t>& column = slots[slot_of(field)].small;
    if (column.chunks() == 0) column.grow(room);
    column.set(row, value);
  }
  void put_large(std::uint16_t field, Row row, std::int64_t value) {
    Column<std::int64_t>& column = slots[slot_of(field)].large;
    if (column.chunks() == 0) column.grow(room);
    column.set(row, value);
  }
};

}  // namespace dealog::projections
