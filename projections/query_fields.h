#pragma once
// The names that filters, sort and group_by know for a kind: every field of domain/fields.h and what can be
// computed from them. One table per kind, made once; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/fields.h"
#include "projections/query.h"

namespace dealog::projections {

// Where the value of a field comes from.
enum class Source : std::uint8_t {
  stored,         // the column of that number
  self,           // the object's own id
  presence,       // is_deleted
  value,          // in the account's currency: of the forecast lines, else typed in
  realised,       // in the account's currency
  profit,         // of the forecast
  weighted_value, // value x done weight / total weight, rounded for each deal
  progress,       // PRC-3; of a closed deal: as it was at closing
  days_in_stage,  // local midnights since stage_entered_at, null for closed deals
  has_open_task,
  product,        // a set: the products of the lines
  without_product,  // by the amounts of the kind that `column` numbers (event::AmountKind)
  done_action,    // a set: the actions that are done
  visited_stage,  // a set: every stage the deal was ever in
  team,           // a set: the teams `person` was in at `when`, with all teams above them (GEN-7)
  due,            // of a task: its day, or the local day of its time
  overdue,        // KAN-3
};

struct QueryField {
  std::string name;
  FieldType type = FieldType::text;
  Source source = Source::stored;
  std::uint16_t column = 0;               // stored
  Kind ref = Kind::none;
  std::span<const std::string_view> choices{};
  bool sortable = false;
  std::string doc;
  std::uint16_t person = 0, when = 0;     // team; when 0: at as_of
};

const std::vector<QueryField>& query_fields(Kind kind);
// Nothing when there is no such field at the world's moment. Knows custom fields too: cf.<key>.
std::optional<QueryField> find_query_field(const World& world, Kind kind, std::string_view name);

// `company.name` in a filter over deals: the field of `name` refers to an object of `kind`.
struct QueryLink {
  std::string_view name;
  std::uint16_t column = 0;
  Kind kind = Kind::none;
};
// Null when the kind has no link of that name.
const QueryLink* find_query_link(Kind kind, std::string_view name);

}  // namespace dealog::projections
