#pragma once
// What all reports share: parameters, one pass of counting, and numbers that carry the filter behind them.
//
// A report turns its parameters into filters of the list language (filter.h) and counts what they select. Its
// links (`items`) are those same filters written out, so a number and its list cannot disagree (SPEC GEN-8).

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/calendar.h"
#include "projections/filter.h"
#include "projections/weighted_sum.h"

namespace dealog::projections {

// from=, to= or period=; user_id=, team_id=, bucket= and the rest. `filters`: what remains, for the list language.
struct ReportRequest {
  Ground ground;
  Period period;
  std::optional<Bucket> bucket;
  // The report's own parameters, by name, each given once: those named to read_report.
  std::map<std::string, std::string, std::less<>> own;
  Parameters filters;

  std::string_view value(std::string_view name, std::string_view otherwise) const {
    const auto found = own.find(name);
    return found == own.end() ? otherwise : std::string_view(found->second);
  }
};
ReportRequest read_report(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters,
                          const std::vector<std::string_view>& own, Faults& faults);

// `name` or `name[op]` of each filter becomes `becomes`: user_id means the credited owner in one report and the
// performer in another.
void rename_filter(Parameters& filters, std::string_view name, std::string_view becomes);
// Faults speak of what was asked: those at a filter that only came of a renaming get its old name.
void name_faults(Faults& faults, const ReportRequest& request, std::string_view name, std::string_view becomes);

// "won,lost" checked against the statuses allowed. Faults at "status".
std::vector<Status> read_statuses(std::string_view text, std::initializer_list<Status> allowed, Faults& faults);
std::pair<std::string, std::string> status_filter(const std::vector<Status>& statuses);
// date_field[between]= (or gte, lte) for the period; nothing for all time.
std::optional<std::pair<std::string, std::string>> period_filter(std::string_view date_field, const Period& period);

// The dates that a period and its buckets are about: a column of instants or of days.
struct Dates {
  std::string field;                                // its name in filters
  const Column<std::int64_t>* column = nullptr;
  bool is_days = false;
  // Where the column is null: a second one, of days (tasks are due at a time or on a day).
  const Column<std::int64_t>* days = nullptr;
};

struct Measure {
  std::uint64_t count = 0;
  std::int64_t value = 0;
  WeightedSum weighted;
};

struct Group {
  Handle key = 0;                                   // 0: none
  Measure measure;
};

// What to count a selection by.
struct Counting {
  const Column<std::int64_t>* value = nullptr;      // null: no values
  const Column<std::int64_t>*done = nullptr, *total = nullptr;  // both: weighted values too
  const Column<Handle>* group = nullptr;
  const Column<Handle>* person = nullptr;           // always
  // Days, for a series of months from the first of them to the last.
  const Column<std::int64_t>* forecast = nullptr;
  // Group by the teams of these persons at these times (null: at asked.now): overlapping.
  const Column<Handle>* team_of = nullptr;
  const Column<std::int64_t>* team_at = nullptr;
  // Group by the members of this set: overlapping.
  std::uint16_t set = 0;
  Dates dates;
  std::optional<Bucket> bucket;                     // wanted series
  Period period;
  std::optional<Period> also;                       // days that the buckets of an open period cover too
};
struct Series {
  std::vector<std::pair<Period, Measure>> buckets;
  Measure undated;
};
struct Counts {
  Measure all;
  std::vector<Group> groups, people;
  Series series, forecast;                          // where they were wanted
};
// Faults: more than 10,000 buckets.
Counts count(const Selected& selected, const Counting& counting, Faults& faults);

// Links and cells.
class Links {
 public:
  Links(const ReportRequest& request, Kind kind, Parameters filters) : Links(request, plural(kind), std::move(filters)) {}
  Links(const ReportRequest& request, std::string_view collection, Parameters filters);
  // The list of exactly the filters, and `more`.
  std::string with(const Parameters& more) const;

 private:
  std::string base_;
  bool is_empty_ = true;
};
std::string percent_encoded(std::string_view text);
// field=<id>, or field[is_null]=true.
std::pair<std::string, std::string> key_filter(const World& world, std::string_view field, Handle key);

Cell text_cell(std::string_view text);
Cell percent_cell(std::int64_t part, std::int64_t whole);
// {"id", "label"}, or null. Stages are looked up in the processes.
enum class KeyKind : std::uint8_t { user, team, source, close_reason, process, stage, deal_group, tag, choice, yes_or_no, product };
Cell key_cell(const World& world, KeyKind kind, Handle key);
std::string label_of(const World& world, KeyKind kind, Handle key);

// Which numbers a row shows.
struct Shown { bool value = false, weighted = false; };
void add_measure(Cells& cells, const Measure& measure, Shown shown);
// key, count, value, shares, items: most first, none last; stages in the order of their processes.
std::vector<Cells> group_rows(const World& world, KeyKind kind, const std::vector<Group>& groups, const Measure& all, Shown shown,
                              std::string_view field, const std::function<std::string(const Parameters&)>& link);
std::vector<Cells> series_rows(const Series& series, Shown shown, std::string_view date_field, const std::function<std::string(const Parameters&)>& link);

// "report", "period", "as_of", "known_at", "position".
Cells report_head(std::string_view name, const ReportRequest& request);

}  // namespace dealog::projections
