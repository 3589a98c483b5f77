#pragma once
// What closed-deals and open-deals share: a breakdown of deals by one key.

#include "projections/report_common.h"

namespace dealog::projections {

struct DealGrouping {
  std::string_view name;    // group_by=
  KeyKind kind;
  std::uint16_t column;     // teams: the person's
  std::string_view field;   // what its link filters by
  enum class Many : std::uint8_t { no, team, set } many = Many::no;  // keys that overlap (GEN-4): teams of a person, members of a set

  bool overlaps() const { return many != Many::no; }
};

// The grouping asked for; a fault "unknown" at group_by when there is none of that name.
const DealGrouping* read_grouping(std::span<const DealGrouping> known, std::string_view name, Faults& faults);

// Sets the counted columns for the grouping. `team_at`: when the team is asked; null: now.
void count_by(Counting& counting, const Table& deals, const DealGrouping& grouping, const Column<std::int64_t>* team_at);

}  // namespace dealog::projections
