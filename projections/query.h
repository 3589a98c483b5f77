#pragma once
// What can be asked of a World: lists, the Kanban board, reports. Pure functions; answers in fixed order.

#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "domain/calendar.h"
#include "domain/fields.h"
#include "domain/refusal.h"
#include "projections/world.h"

namespace dealog::projections {

// Whose eyes: rights are a mask in the scan (SPEC ACC-4, ACC-5), the reader's rights now, whatever the moment.
struct Reader {
  Uuid user;
  Role role = Role::salesperson;
};

// Everything relative to today (dots, overdue, days in stage, presets) is evaluated at this instant: as_of, else now.
struct Asked {
  Reader reader;
  Instant now;
  // The live world, for the reader's rights, which are today's whatever the moment: to be given with a world of the past.
  // Null: the newest that the asked world knows of, which for a world of the past may be as old as it is.
  std::shared_ptr<const World> present = nullptr;
};

// A parameter that cannot be taken, by its name ("value[gte]", "sort"). `inside`: where in its value, as a JSON pointer ("/or/0/field"
// of a filter tree); empty: the whole of it.
struct QueryFault { std::string parameter; std::string code; std::string message; std::string inside = {}; };
template <class T> using QueryResult = Result<T, std::vector<QueryFault>>;

// Decoded query string, in order, reserved names (as_of, known_at, min_position, format, ...) already taken out.
using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Page {
  std::vector<Row> rows;
  std::optional<std::string> next_cursor;
  std::optional<std::uint64_t> total;         // with include=total
};

// One page of a collection: filters (field=, field[op]=, filter=<JSON>), deleted=, sort=, limit=, cursor=, include=total.
// The cursor carries the position and moment of the first page and a digest of the query: `world_for` gives the World
// that stands at an earlier position (live.at with known_at).
struct ListAnswer { std::shared_ptr<const World> world; Page page; };
QueryResult<ListAnswer> list(std::shared_ptr<const World> world, Kind kind, const Asked& asked, const Parameters& parameters);

// May the reader see this object? Rights are today's: ask the live world, also for objects shown as of another moment.
bool may_see(const World& world, const Reader& reader, Kind kind, Row row);

// What an answer shows beside the fields of a View (API.md 3, a deal), in the deal's currency.
struct DealExtras { std::int64_t value = 0, weighted_value = 0; std::int64_t progress_hundredths = 0; std::optional<Instant> last_activity_at; };
DealExtras deal_extras(const World& world, Row row);

struct Card {
  Uuid deal;
  std::string name;
  std::optional<std::string> company, person;
  Uuid owner;
  std::optional<std::int64_t> value;           // in the deal's currency
  std::string currency;
  std::int64_t progress_hundredths = 0;
  std::int64_t days_in_stage = 0;
  std::string_view task_dot;                   // none, later, today, overdue
  bool is_stale = false;
  std::optional<Day> expected_close_on;
};
struct BoardColumn {
  Uuid stage;
  std::string name;
  std::uint64_t count = 0, stale_count = 0;
  std::int64_t value = 0, weighted_value = 0;  // in the account's currency
  std::map<std::string, std::int64_t> unconverted;  // by currency (MON-5)
  std::vector<Card> cards;
  std::optional<std::string> next_cursor;
};
struct Board { Uuid process; Position position = 0; std::vector<BoardColumn> columns; };
// KAN-1 to KAN-6. Parameters: filters, sort= (order of cards), limit= (cards a column, default 50).
QueryResult<Board> board(std::shared_ptr<const World> world, const Uuid& process, const Asked& asked, const Parameters& parameters);
// One column, paged: `stage`, cursor=.
QueryResult<Board> board_column(std::shared_ptr<const World> world, const Uuid& process, const Uuid& stage, const Asked& asked, const Parameters& parameters);

// SPEC MON-4: one row per amount of the deals that the reader sees. Parameters: those of the amounts (product_id, category_id,
// cost_category_id, type, kind, date, currency; finances.cpp) and any filter of deals behind `deal.`; sort=date or -date,
// limit=, cursor=, include=total.
struct FinanceRow {
  std::string_view type;                       // line, value, cost
  Uuid deal, id;                               // id of the line or cost; nil: typed-in value
  std::string deal_name, name, currency;
  Uuid product, product_category, cost_category;
  std::optional<Day> day;
  std::uint32_t occurrence = 0;                // from 1; 0: not recurring
  std::optional<std::int64_t> quantity, price; // thousandths, minor units
  std::int64_t minor = 0;                      // in the deal's currency
  bool is_realised = false;
};
// What is summed each for itself; the latter two of costs, the others of lines and values.
inline constexpr std::string_view finance_sums[] = {"forecast", "realised", "forecast_costs", "realised_costs"};
struct FinanceTotals {
  std::array<std::int64_t, std::size(finance_sums)> sums{};                          // in the account's currency
  std::map<std::pair<std::string, std::size_t>, std::int64_t> unconverted;          // by currency, and of which sum (MON-5)
};
struct FinanceAnswer {
  std::vector<FinanceRow> rows;
  std::optional<std::string> next_cursor;
  std::optional<std::uint64_t> total;
  FinanceTotals totals;                        // of all rows, not of the page
};
QueryResult<FinanceAnswer> finances(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);

// SPEC SCO-6: the cards that the reader sees and the filters leave, by group key, oldest first.
struct ScorecardGroup { Uuid key; std::vector<Row> cards; };
QueryResult<std::vector<ScorecardGroup>> scorecard_groups(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);

// A report's numbers, ready for any encoding. Keys keep their order.
struct Cell;
using Cells = std::vector<std::pair<std::string, Cell>>;
struct Money { std::int64_t minor = 0; };
struct Percent { std::int64_t hundredths = 0; };   // GEN-3
struct Cell {
  std::variant<std::monostate, std::int64_t, bool, std::string, Money, Percent, Uuid, Day, Instant, Cells, std::vector<Cells>> value;
};
struct Report { Cells cells; };                    // the whole answer of API.md 3 "A report"

// The reports there are, by name: closed-deals, open-deals, activities, ranking. Rows and summaries carry `items`.
struct ReportInfo { std::string_view name, summary; std::vector<std::pair<std::string_view, std::string_view>> parameters; };
const std::vector<ReportInfo>& reports();
QueryResult<Report> report(std::shared_ptr<const World> world, std::string_view name, const Asked& asked, const Parameters& parameters);

// Fields that filters, sort and group_by know for a kind, built-in and derived: for the OpenAPI document.
struct FilterField { std::string name; FieldType type; bool sortable; std::string doc; };
std::vector<FilterField> filter_fields(Kind kind);

}  // namespace dealog::projections
