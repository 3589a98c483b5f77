#include "projections/planned_series.h"

#include <algorithm>
#include <unordered_map>

#include "domain/recurrence.h"

namespace dealog::projections {
namespace {

namespace t = field::task;
namespace s = field::series;

// The day of the newest occurrence of each series: tasks stand in the order in which they came.
std::unordered_map<Handle, Day> newest_days(const Table& tasks) {
  std::unordered_map<Handle, Day> newest;
  const auto& series = tasks.handles(t::series_id);
  const auto& days = tasks.numbers(t::occurrence_on);
  for (Row row = 0; row < tasks.rows(); ++row)
    if (series[row] != 0 && days[row] != null_number && tasks.presence()[row] != 0) newest[series[row]] = Day{static_cast<std::int32_t>(days[row])};
  return newest;
}

std::optional<Recurrence> rule_of(const World& world, Row row) {
  const View view = world.view(Kind::series, row);
  Fields fields;
  for (const std::uint16_t field : {t::frequency, t::every, t::weekdays, t::until, t::times})
    if (const Value& value = view[field]; value != Value{}) fields.push_back({field, value});
  return recurrence_in(fields);
}

}  // namespace

void for_each_to_come(const Ground& ground, const Parameters& filters, const Period& period, const std::function<void(Handle assignee, Day day)>& visit) {
  const World& world = *ground.world;
  if (world.table(Kind::series).rows() == 0) return;
  Parameters own;
  for (const auto& [name, value] : filters)
    if (split_parameter(name).first != "deleted") own.emplace_back(name, value);
  Faults faults;
  const Selection selection(ground, Kind::series, own, faults);
  if (!faults.empty()) return;

  const Table& table = selection.table();
  const auto newest = newest_days(world.table(Kind::task));
  const Day today = world.calendar().day_of(ground.asked.now);
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[i]);
      const auto last = newest.find(table.self()[row]);
      const auto rule = rule_of(world, row);
      const std::int64_t start = table.numbers(s::starts_on)[row];
      if (last == newest.end() || !rule || start == null_number) continue;
      const bool ends = rule->until || rule->times != 0;
      const Day from = std::max(Day{last->second.days + 1}, period.from.value_or(Day{INT32_MIN}));
      const Day to = period.to ? *period.to : ends ? Day{INT32_MAX} : today;
      for_each_occurrence(*rule, Day{static_cast<std::int32_t>(start)}, from, [&](Day day) {
        if (day > to) return false;
        visit(table.handles(s::assignee_id)[row], day);
        return true;
      });
    }
  });
}

}  // namespace dealog::projections
