#pragma once
// What closed-deals and open-deals share: a breakdown of deals by one key.

#include "projections/report_common.h"

namespace dealog::projections {

struct DealGrouping {
  std::string_view name;    // group_by=
  KeyKind kind;
  std::uint16_t column;     // teams: the person's
  std::string_view field;   // what its link filters by
  bool is_team = false;
};

// The grouping asked for; a fault "unknown" at group_by when there is none of that name.
const DealGrouping* read_grouping(std::span<const DealGrouping> known, std::string_view name, Faults& faults);

// Sets the counted columns for the grouping. `team_at`: when the team is asked; null: now.
void count_by(Counting& counting, const Table& deals, const DealGrouping& grouping, const Column<std::int64_t>* team_at);

}  // namespace dealog::projections
