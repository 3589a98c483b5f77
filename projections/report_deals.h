#pragma once
// What closed-deals and open-deals share: a breakdown of deals by one key.

#include "projections/amounts.h"
#include "projections/report_common.h"

namespace dealog::projections {

struct DealGrouping {
  std::string_view name;    // group_by=
  KeyKind kind;
  std::uint16_t column;     // teams: the person's
  std::string_view field;   // what its link filters by
  enum class Many : std::uint8_t { no, team, set, product } many = Many::no;  // keys that overlap (GEN-4): teams of a person, members of a set

  bool overlaps() const { return many != Many::no; }
};

// The grouping asked for, cf.<key> too; a fault at group_by when there is none of that name. `name` must outlive it.
std::optional<DealGrouping> read_grouping(const World& world, std::span<const DealGrouping> known, std::string_view name, Faults& faults);

// Deals by the products of their lines: distinct deals, and of each only the product's lines; none: what is of no product
// (STA-1). `values`: those of the kind, by which they were counted.
std::vector<Group> product_groups(const Selected& selected, ValueKind kind, bool weighted);
// Their rows. The amounts behind a product's number are in Finances, what is of no product opens its deals and, as "amounts", what
// they are worth (GEN-8).
std::vector<Cells> product_rows(const ReportRequest& request, const Parameters& deal_filters, ValueKind kind, const Counts& counts, Shown shown);

// value_kind=; a fault when it is none, or cannot be split by products.
ValueKind read_value_kind(const ReportRequest& request, const DealGrouping* grouping, Faults& faults);

// Sets the counted columns for the grouping. `team_at`: when the team is asked; null: now.
void count_by(Counting& counting, const Table& deals, const DealGrouping& grouping, const Column<std::int64_t>* team_at);

}  // namespace dealog::projections
