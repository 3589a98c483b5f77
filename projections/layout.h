#pragma once
// Where a field of domain/fields.h lies in a table: its slot, and how it is held there.

#include <array>
#include <cstdint>

#include "domain/fields.h"
#include "projections/world.h"

namespace dealog::projections {

enum class Held : std::uint8_t {
  nowhere,   // the kind has no such field
  number,    // 64 bits: integer, money, percent, day, instant
  handle,    // 32 bits: ref, choice and boolean (index + 1)
  text,      // a reference into the arena of texts
  texts,
  set,       // a reference into the arena of sets
};

// Columns of our own beside derived:: in world.h.
namespace inner {
inline constexpr std::uint16_t version = 305,   // of the newest event
    erased = 306,                               // 1: a personal part could not be opened
    task_set = 307,                             // deals: the rows of their open tasks
    touched = 308,                              // deals: history only; what counts as activity from elsewhere
    last_deed = 309,                            // deals: number of the newest version row of done_actions, plus one
    foreign = 311,                              // deals: the letters of a currency that is not the account's, as a number; 0: it is
    inbox = 312;                                // users: number of the newest delivery, plus one (notices.h)
}

inline constexpr std::size_t slot_count = 84;

// Custom fields have slots of their own, by table (table_model.h).
// Fields 0 to 63, 200 to 203 and 300 to 315 have a slot.
constexpr std::size_t slot_of(std::uint16_t field) {
  if (field < 40) return field;
  if (field >= 200 && field < 204) return field - 200u + 40u;
  if (field >= 300 && field < 316) return field - 300u + 44u;
  if (field < 64) return field - 40u + 60u;
  return slot_count;
}

// Contacts can be merged, into what `merged_into` says.
constexpr bool has_merges(Kind kind) { return kind == Kind::company || kind == Kind::person; }
static_assert(field::company::merged_into == field::person::merged_into);
constexpr bool sets_presence(Kind kind, std::uint16_t field) {
  return field == field::created_at || field == field::is_deleted || (has_merges(kind) && field == field::company::merged_into);
}
// Table::presence.
constexpr std::uint8_t presence_value(bool exists, bool deleted, bool merged) {
  return static_cast<std::uint8_t>(!exists ? 0 : merged ? 3 : deleted ? 2 : 1);
}

// How the kind holds the field; `nowhere` for numbers it does not know.
Held held(Kind kind, std::uint16_t field);

// Kinds by their place in all_kinds, behind Kind::none: their numbers have gaps.
inline constexpr std::size_t kind_count = std::size(all_kinds) + 1;
inline constexpr std::array<std::uint8_t, 256> kind_places = [] {
  std::array<std::uint8_t, 256> places{};
  for (std::size_t i = 0; i < std::size(all_kinds); ++i) places[static_cast<std::size_t>(all_kinds[i])] = static_cast<std::uint8_t>(i + 1);
  return places;
}();
constexpr std::size_t index_of(Kind kind) { return kind_places[static_cast<std::size_t>(kind)]; }

}  // namespace dealog::projections
