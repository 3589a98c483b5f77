#pragma once
// Contacts that may be one and the same (SPEC CON-2): companies, or persons, that share an e-mail address, a tax id or a
// name, compared as people mean them.

#include <string>
#include <string_view>
#include <vector>

#include "projections/query.h"

namespace dealog::projections {

// Why some of a group are taken for one: they have the same `value` (as it is compared) in `field`.
struct SharedValue {
  std::string_view field;      // "email", "tax_id", "name"
  std::string value;
  std::vector<Row> rows;       // ascending
};
struct DuplicateGroup {
  std::vector<Row> rows;       // ascending, two or more
  std::vector<SharedValue> reasons;
};
struct Duplicates {
  std::shared_ptr<const World> world;
  std::vector<DuplicateGroup> groups;          // in order of their oldest members
  std::optional<std::string> next_cursor;
  std::optional<std::uint64_t> total;          // groups in all, with include=total
};

// One page of groups among the contacts that filters pick (limit=, cursor=, include=total, filters). A contact that
// shares values with several others brings them all into one group. REQUIRES: kind is company or person.
QueryResult<Duplicates> duplicates(std::shared_ptr<const World> world, Kind kind, const Asked& asked, const Parameters& parameters);

}  // namespace dealog::projections
