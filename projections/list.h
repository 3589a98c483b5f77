#pragma once
// What lists and board columns share: the parameters of a page, and its rows.

#include <optional>
#include <string>
#include <vector>

#include "projections/cursor.h"
#include "projections/filter.h"

namespace dealog::projections {

// limit=, cursor=, include=total, sort=; `filters` is what remains.
struct PageRequest {
  std::size_t limit = 50;
  std::string sort;
  std::optional<Cursor> cursor;
  bool with_total = false;
  std::uint64_t digest = 0;
  Parameters filters;
};
// Faults: each unreadable value, a cursor of another query ("invalid" at "cursor"), a parameter given twice.
PageRequest read_page(std::string_view scope, const Asked& asked, const World& world, const Parameters& parameters, Faults& faults);

// The ground of a page: as asked, or pinned where its cursor says.
Ground ground_of(const PageRequest& page, std::shared_ptr<const World> world, const Asked& asked);

// The cursor after `last`.
std::string cursor_after(const PageRequest& page, const Ground& ground, Row last);

}  // namespace dealog::projections
