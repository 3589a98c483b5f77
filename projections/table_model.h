#pragma once
// One kind's live table: its columns and the ends of their histories. A TableModel is copied to pin it (a pointer
// for each column) and written to by the fold alone.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "projections/arenas.h"
#include "projections/history.h"
#include "projections/interner.h"
#include "projections/layout.h"
#include "projections/notices.h"

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
  Notices notices;
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
  // Custom fields that were ever set, in the order of first setting, and their slots.
  std::vector<std::uint16_t> custom_fields;
  std::vector<Slot> custom_slots;
  Column<Handle> self;
  Column<std::uint8_t> presence;
  Column<std::uint32_t> blank_small;   // what fields show that were never set
  Column<std::int64_t> blank_large;
  // Deals whose done actions were not recorded in the order of time.
  std::shared_ptr<const std::set<Row>> out_of_order;

  // The slot's number: custom ones behind the others; `all_slots()` when the field was never set.
  std::size_t place(std::uint16_t field) const {
    if (!is_custom(field)) return slot_of(field);
    const auto found = std::find(custom_fields.begin(), custom_fields.end(), field);
    return slot_count + static_cast<std::size_t>(found - custom_fields.begin());
  }
  std::size_t all_slots() const { return slot_count + custom_slots.size(); }
  const Slot& slot(std::uint16_t field) const {
    static const Slot never_set;
    const std::size_t at = place(field);
    return at < slot_count ? slots[at] : at < all_slots() ? custom_slots[at - slot_count] : never_set;
  }
  const Column<std::uint32_t>& small(std::uint16_t field) const {
    const Slot& at = slot(field);
    return at.small.chunks() != 0 ? at.small : blank_small;
  }
  const Column<std::int64_t>& large(std::uint16_t field) const {
    const Slot& at = slot(field);
    return at.large.chunks() != 0 ? at.large : blank_large;
  }

  // The fold's.
  Slot& own_slot(std::uint16_t field) {
    const std::size_t at = place(field);
    if (at < slot_count) return slots[at];
    if (at == all_slots()) {
      custom_fields.push_back(field);
      custom_slots.emplace_back();
    }
    return custom_slots[at - slot_count];
  }
  Row add_row(Handle handle) {
    const Row row = rows++;
    if (rows > room) {
      room = Column<std::uint32_t>::room_for(rows);
      const auto grow = [this](Slot& at) {
        if (at.small.chunks() != 0) at.small.grow(room);
        if (at.large.chunks() != 0) at.large.grow(room);
      };
      for (Slot& at : slots) grow(at);
      for (Slot& at : custom_slots) grow(at);
      self.grow(room);
      presence.grow(room);
      blank_small.grow(room);
      blank_large.grow(room);
    }
    self.set(row, handle);
    return row;
  }
  void put_small(std::uint16_t field, Row row, std::uint32_t value) {
    Column<std::uint32_t>& column = own_slot(field).small;
    if (column.chunks() == 0) column.grow(room);
    column.set(row, value);
  }
  void put_large(std::uint16_t field, Row row, std::int64_t value) {
    Column<std::int64_t>& column = own_slot(field).large;
    if (column.chunks() == 0) column.grow(room);
    column.set(row, value);
  }
};

}  // namespace dealog::projections
