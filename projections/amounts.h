#pragma once
// What deals are worth in the account's currency (SPEC 8). A deal in another currency counts at the last rate on or
// before the day of each of its amounts, whatever is later rounded once; an amount from before the first rate is never
// guessed: it counts nowhere and is reported apart (MON-5).
//
// Where no deal is in another currency these are the columns themselves.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/deal_money.h"
#include "projections/filter.h"

namespace dealog::projections {

// Profit is that of the forecast: value - forecast costs (MON-3).
enum class ValueKind : std::uint8_t { forecast, realised, profit };
std::optional<ValueKind> parse_value_kind(std::string_view name);

// One amount of a deal: an occurrence of a line, what was typed in where there are no forecast lines, a cost.
struct DatedAmount {
  enum class What : std::uint8_t { line, value, cost } what = What::line;
  event::AmountKind kind = event::AmountKind::forecast;
  std::int64_t minor = 0;               // of the deal's currency
  std::optional<Day> day;               // its own, else the expected close, else the closing day
  std::size_t index = 0;                // in the lines or the costs
  std::uint32_t occurrence = 0;         // from 0
};

// The amounts of a deal at the world's moment, in order: lines, the typed value, costs.
struct DealAmounts {
  std::vector<event::Line> lines;
  std::vector<event::Cost> costs;
  std::vector<DatedAmount> all;
};
DealAmounts amounts_of(const World& world, Row deal);
// The product of one of them; nil: of none, such as what was typed in.
Uuid product_of(const DealAmounts& amounts, const DatedAmount& amount);
// Lines and typed values of the kind, costs aside: is one of them of no product, or is there none at all? What is counted under
// no product (STA-1).
bool is_without_product(const Table& deals, Row deal, event::AmountKind kind);

// "EUR"; that of the account when the deal is in it.
std::string currency_of(const World& world, Row deal);

class Rates {
 public:
  // The rates at the world's moment; undated amounts count at the rate of the day of `now`.
  Rates(const World& world, Instant now);
  // In the account's currency; nothing before the first rate.
  std::optional<std::int64_t> convert(std::int64_t minor, std::string_view currency, const std::optional<Day>& day) const;

 private:
  struct Rate { std::int32_t day; std::int64_t millionths; };
  std::map<std::string, std::vector<Rate>, std::less<>> rates_;   // by day
  std::string own_;
  Day today_;
};

struct DealValues {
  Column<std::int64_t> column;                              // null: no value, or none that can be converted
  std::unordered_map<Row, std::int64_t> unconverted;        // of the deal's own currency
};
std::shared_ptr<const DealValues> values_of(const Ground& ground, ValueKind kind);

// Sums by currency of what the rows of a selection have unconverted, as cells; nothing when there is none.
Cell unconverted_cell(const Selected& selected, const DealValues& values);
Cell unconverted_cell(const std::map<std::string, std::int64_t>& by_currency);

// The values as numbers for filters and sorting. Weighted: times progress, rounded for each deal.
std::unique_ptr<const NumberSource> value_source(const Ground& ground, ValueKind kind);
std::unique_ptr<const NumberSource> weighted_source(const Ground& ground);
// A condition on a value; what has no rate meets none (MON-5).
PredicatePtr value_in(const Ground& ground, ValueKind kind, bool weighted, std::vector<Interval> intervals, bool is_not);

}  // namespace dealog::projections
