#pragma once
// The filter language (API.md 1) over every field of a kind, compiled to conditions over columns.
//
//     owner_id=<id>   value[gte]=1000   source_id[in]=a,b   closed_at[between]=2026-01-01,2026-03-31
//     filter_id=<id of a saved filter>  company.name[contains]=abc
//     filter={"or": [{"field", "op", "value"}, {"not": {...}}, {"and": [...]}]}
//
// Null: `is_null=true` finds it; `ne` and `nin` hold for it (they are the opposites of eq and in); nothing else
// does. A boolean that was never set is false, but for a custom field: unanswered is not no, and null. A day compared with an instant means the whole local day, so
// [between] holds both ends and [lte] the end of that day. A set (participant_ids, done_action_id, team_id)
// equals each of its members. contains and starts disregard case and accents; eq of texts does not.
// A field of a linked object (`company.name`) is null where there is no link, or where the reader may not
// see the linked deal. An id that nothing has matches nothing.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/predicate.h"
#include "projections/query.h"

namespace dealog::projections {

using Faults = std::vector<QueryFault>;

// What a query stands on: the world it asks, and the present one for the reader's rights (SPEC ACC-5).
struct Ground {
  std::shared_ptr<const World> world, present;
  Asked asked;
};
Ground ground(std::shared_ptr<const World> world, const Asked& asked);

// The rows of a kind that a query is about: there (or deleted), visible to the reader, and in the filter.
class Selection {
 public:
  // `parameters`: filters, deleted=, filter=; anything else is a fault. All faults at once, in `faults`.
  Selection(const Ground& ground, Kind kind, const Parameters& parameters, Faults& faults);

  const Ground& ground() const { return ground_; }
  const Table& table() const { return table_; }
  std::size_t chunks() const { return (std::size_t{table_.rows()} + chunk_rows - 1) >> chunk_bits; }
  // Fills mask (of chunk_rows) for the chunk; returns how many rows the chunk has.
  std::size_t mask(std::size_t chunk, std::uint8_t* mask) const;

  // use(chunk, indexes in it, how many): once for each chunk that has any.
  template <class Use>
  void for_each_chunk(Use use) const {
    const auto indexes = std::make_unique_for_overwrite<std::array<std::uint16_t, chunk_rows + index_slack>>();
    for (std::size_t chunk = 0; chunk < chunks(); ++chunk)
      if (const std::size_t count = find(chunk, indexes->data()); count > 0) use(chunk, indexes->data(), count);
  }
  // Writes the indexes of a chunk's rows, and up to index_slack beyond them; returns how many they are.
  std::size_t find(std::size_t chunk, std::uint16_t* indexes) const;

 private:

  Ground ground_;
  const Table& table_;
  PredicatePtr condition_;
};

// What a selection found, kept for those who look at it more than once.
class Selected {
 public:
  explicit Selected(const Selection& selection);
  // Those of `all` that have the handle in the column.
  Selected(const Selected& all, const Column<Handle>& column, Handle handle);

  const Ground& ground() const { return ground_; }
  const Table& table() const { return table_; }
  template <class Use>
  void for_each_chunk(Use use) const {
    for (const Part& part : parts_) use(part.chunk, indexes_.get() + part.first, part.count);
  }

 private:
  struct Part { std::size_t chunk, first, count; };
  Ground ground_;
  const Table& table_;
  std::unique_ptr<std::uint16_t[]> indexes_;
  std::vector<Part> parts_;
};

// The condition of a reader's rights over a kind; null when he sees all of it. `present`: the live world.
PredicatePtr rights(const World& present, const Reader& reader, Kind kind);

// The faults of a filter tree (JSON) over a kind, told as those of a parameter "filter"; empty: it can be used.
Faults check_filter(const Ground& ground, Kind kind, const std::string& tree);

// Computed numbers of deals, for filters and sorting (values: amounts.h).
std::unique_ptr<const NumberSource> progresses(const Table& deals);

// Is there a field of that name (linked ones too)? For reports that filter several kinds.
bool knows_field(const World& world, Kind kind, std::string_view name);
// "value[gte]" in its parts.
std::pair<std::string_view, std::string_view> split_parameter(std::string_view name);

}  // namespace dealog::projections
