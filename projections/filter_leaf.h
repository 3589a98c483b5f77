#pragma once
// One comparison of the filter language, compiled: field, operator and values to a condition over columns.

#include <string>
#include <string_view>
#include <vector>

#include "projections/filter.h"
#include "projections/query_fields.h"

namespace dealog::projections {

enum class Operator : std::uint8_t { eq, ne, lt, lte, gt, gte, in, nin, contains, starts, between, is_null };
std::optional<Operator> parse_operator(std::string_view name);

// Does a comparison with these hold for null? (See filter.h.) What a missing link gives.
bool holds_for_null(const QueryField& field, Operator op, const std::vector<std::string>& values);

// Where the faults of a comparison are told. Of a parameter ("value[gte]") all is in its name.
struct LeafPlaces { std::string field, op, value; };

// The condition on rows of `kind`. On a fault: never null, and `faults` has grown.
PredicatePtr compile_leaf(const Ground& ground, Kind kind, const QueryField& field, Operator op,
                          const std::vector<std::string>& values, const LeafPlaces& at, Faults& faults);

}  // namespace dealog::projections
