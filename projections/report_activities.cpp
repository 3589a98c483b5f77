// STA-4: ten counts, each with its total, split by person and distribution over time.
//
// A filter counts in every section whose objects have that field; a section whose objects do not have it is
// null, since it cannot say what was asked.
#include <algorithm>

#include "projections/amounts.h"
#include "projections/planned_series.h"
#include "projections/report_common.h"
#include "projections/reports.h"

namespace dealog::projections {
namespace {

namespace f = field;

struct Section {
  std::string_view name;
  Kind kind;
  std::optional<Status> status;
  std::uint16_t person;
  std::string_view person_field, team_field, date_field;
  std::uint16_t date;
  bool has_value = false;
};

constexpr Section sections[] = {
    {"new_persons", Kind::person, {}, f::created_by, "created_by", "created_team_id", "created_at", f::created_at},
    {"new_companies", Kind::company, {}, f::created_by, "created_by", "created_team_id", "created_at", f::created_at},
    {"new_deals", Kind::deal, {}, f::created_by, "created_by", "created_team_id", "created_at", f::created_at, true},
    {"won_deals", Kind::deal, Status::won, f::deal::closed_by, "closed_by", "closed_team_id", "closed_at", f::deal::closed_at, true},
    {"lost_deals", Kind::deal, Status::lost, f::deal::closed_by, "closed_by", "closed_team_id", "closed_at", f::deal::closed_at, true},
    {"obsolete_deals", Kind::deal, Status::obsolete, f::deal::closed_by, "closed_by", "closed_team_id", "closed_at", f::deal::closed_at, true},
    {"planned_tasks", Kind::task, {}, f::task::assignee_id, "assignee_id", "team_id", "due", f::task::due_at},
    {"completed_tasks", Kind::task, {}, f::task::completed_by, "completed_by", "completed_team_id", "completed_at", f::task::completed_at},
    {"notes", Kind::note, {}, f::created_by, "created_by", "created_team_id", "created_at", f::created_at},
    {"sent_emails", Kind::email, {}, f::created_by, "created_by", "sent_team_id", "sent_at", f::email::sent_at},
};

// Which planned tasks are wanted: done, current (open, due by today), future (open, due later).
struct Planned {
  bool current = true, future = true;                               // of those that are open
  std::optional<std::pair<std::string, std::string>> filter;       // nothing when all are wanted
};

Planned read_planned(const ReportRequest& request, Faults& faults) {
  constexpr std::string_view known[] = {"done", "current", "future"};
  bool wanted[] = {true, true, true};
  if (request.own.contains("tasks")) {
    std::ranges::fill(wanted, false);
    std::string_view text = request.value("tasks", "");
    for (;;) {
      const std::size_t comma = text.find(',');
      const auto found = std::ranges::find(known, text.substr(0, comma));
      if (found == std::end(known)) {
        faults.push_back({"tasks", "invalid", "One or several, by commas, of done current future."});
        return {};
      }
      wanted[found - std::begin(known)] = true;
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
  }
  // A single day shows only what was done.
  if (request.period.from && request.period.from == request.period.to) wanted[1] = wanted[2] = false;
  if (wanted[0] && wanted[1] && wanted[2]) return {};
  const std::string today = to_string(request.ground.world->calendar().day_of(request.ground.asked.now));
  const std::string parts[] = {
      R"({"field":"status","value":"completed"})",
      R"({"and":[{"field":"status","value":"open"},{"field":"due","op":"lte","value":")" + today + R"("}]})",
      R"({"and":[{"field":"status","value":"open"},{"field":"due","op":"gt","value":")" + today + R"("}]})",
  };
  std::string joined;
  for (std::size_t i = 0; i < 3; ++i)
    if (wanted[i]) joined += (joined.empty() ? "" : ",") + parts[i];
  // A single day that asks for open tasks only shows nothing, and says so by a filter that nothing meets.
  if (joined.empty()) joined = R"({"and":[{"field":"status","value":"open"},{"field":"status","value":"completed"}]})";
  return {.current = wanted[1], .future = wanted[2], .filter = {{"filter", R"({"or":[)" + joined + "]}"}}};
}

// What series are still to bring: open tasks that nobody has touched yet.
struct ToCome { Handle assignee; Day day; };
std::vector<ToCome> to_come(const ReportRequest& request, const Planned& planned) {
  std::vector<ToCome> found;
  if (!planned.current && !planned.future) return found;
  Parameters filters = request.filters;
  rename_filter(filters, "user_id", "assignee_id");
  const Day today = request.ground.world->calendar().day_of(request.ground.asked.now);
  for_each_to_come(request.ground, filters, request.period, [&](Handle assignee, Day day) {
    if (day <= today ? planned.current : planned.future) found.push_back({assignee, day});
  });
  return found;
}

void add(Counts& counts, const std::vector<ToCome>& more) {
  counts.all.count += more.size();
  for (const ToCome& each : more) {
    auto person = std::ranges::find(counts.people, each.assignee, &Group::key);
    if (person == counts.people.end()) person = counts.people.insert(person, Group{.key = each.assignee, .measure = {}});
    ++person->measure.count;
    for (auto& [bucket, measure] : counts.series.buckets)
      if (bucket.contains(each.day)) ++measure.count;
  }
}

// The deals that were closed in the period, for the three sections that split them by how.
class ClosedDeals {
 public:
  // `filters`: those of a section, its status first.
  Selected with_status(const Ground& ground, Parameters filters, Status status, Faults& faults) {
    if (!all_) {
      filters.front() = status_filter({Status::won, Status::lost, Status::obsolete});
      all_.emplace(Selection(ground, Kind::deal, filters, faults));
    }
    return Selected(*all_, all_->table().handles(f::deal::status), static_cast<Handle>(status) + 1);
  }

 private:
  std::optional<Selected> all_;
};

Cell section_cell(const Section& section, const ReportRequest& request, const Planned& planned, ClosedDeals& closed,
                  Faults& faults) {
  const World& world = *request.ground.world;
  const Table& table = world.table(section.kind);
  Parameters filters = request.filters;
  rename_filter(filters, "user_id", section.person_field);
  rename_filter(filters, "team_id", section.team_field);
  if (section.status) filters.insert(filters.begin(), status_filter({*section.status}));
  Dates dates{.field = std::string(section.date_field), .column = &table.numbers(section.date)};
  if (section.date_field == "due") dates.days = &table.numbers(f::task::due_on);
  const bool is_planned = section.name == "planned_tasks";
  if (is_planned) {
    filters.emplace_back("due[is_null]", "false");
    if (planned.filter) filters.push_back(*planned.filter);
  }
  if (section.name == "completed_tasks") filters.insert(filters.begin(), {"status", "completed"});
  const Links outside_period(request, section.kind, filters);
  if (const auto in_period = period_filter(dates.field, request.period)) filters.push_back(*in_period);
  const Links links(request, section.kind, filters);
  const Selection selection(request.ground, section.kind, filters, faults);
  name_faults(faults, request, "user_id", section.person_field);
  name_faults(faults, request, "team_id", section.team_field);
  if (!faults.empty()) return {};

  Counting counting{.person = &table.handles(section.person), .dates = dates, .bucket = request.bucket, .period = request.period};
  const auto values = section.has_value ? values_of(request.ground, ValueKind::forecast) : nullptr;
  if (values) counting.value = &values->column;
  const Selected selected = section.status ? closed.with_status(request.ground, filters, *section.status, faults) : Selected(selection);
  const std::vector<ToCome> coming = is_planned ? to_come(request, planned) : std::vector<ToCome>();
  if (!coming.empty()) {
    const auto [first, last] = std::ranges::minmax_element(coming, {}, &ToCome::day);
    counting.also = Period{first->day, last->day};
  }
  Counts counts = count(selected, counting, faults);
  add(counts, coming);
  const Shown shown{.value = section.has_value};
  const auto link = [&](const Parameters& more) { return links.with(more); };
  const auto bucket_link = [&](const Parameters& more) { return outside_period.with(more); };
  Cells summary;
  add_measure(summary, counts.all, shown);
  if (Cell unconverted = values ? unconverted_cell(selected, *values) : Cell{}; unconverted.value.index() != 0)
    summary.emplace_back("unconverted", std::move(unconverted));
  // Those of the number that no list can show yet.
  if (is_planned) summary.emplace_back("to_come", Cell{static_cast<std::int64_t>(coming.size())});
  summary.emplace_back("items", text_cell(links.with({})));
  Cells cells;
  cells.emplace_back("summary", Cell{std::move(summary)});
  cells.emplace_back("rows", Cell{group_rows(world, KeyKind::user, counts.people, counts.all, shown, section.person_field, link)});
  if (request.bucket) cells.emplace_back("series", Cell{series_rows(counts.series, shown, dates.field, bucket_link)});
  return {std::move(cells)};
}

}  // namespace

QueryResult<Report> activities(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const ReportRequest request = read_report(std::move(world), asked, parameters, {"tasks"}, faults);
  const Planned planned = read_planned(request, faults);
  const auto applies = [&request](Kind kind, const std::string& parameter) {
    const std::string_view name = split_parameter(parameter).first;
    return name == "user_id" || name == "team_id" || name == "deleted" || knows_field(*request.ground.world, kind, name);
  };
  for (const auto& [parameter, value] : request.filters) {
    if (parameter == "filter" || parameter == "filter_id") faults.push_back({parameter, "invalid", "This report is about several kinds of objects: use field=value."});
    else if (std::ranges::none_of(sections, [&](const Section& section) { return applies(section.kind, parameter); }))
      faults.push_back({parameter, "unknown", "There is no field or parameter " + parameter + "."});
  }
  if (!faults.empty()) return faults;

  Report report{report_head("activities", request)};
  ClosedDeals closed;
  for (const Section& section : sections) {
    const bool is_asked = std::ranges::all_of(request.filters, [&](const auto& each) { return applies(section.kind, each.first); });
    Faults own;
    Cell cell = is_asked ? section_cell(section, request, planned, closed, own) : Cell{};
    for (QueryFault& fault : own)
      if (std::ranges::none_of(faults, [&](const QueryFault& known) { return known.parameter == fault.parameter && known.inside == fault.inside && known.message == fault.message; }))
        faults.push_back(std::move(fault));
    report.cells.emplace_back(section.name, std::move(cell));
  }
  if (!faults.empty()) return faults;
  return report;
}

}  // namespace dealog::projections
