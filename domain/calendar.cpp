#include "domain/calendar.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

namespace dealog {

namespace {

constexpr int first_year = 1970, last_year = 2100;
// Up to here the system's database spells out transitions. It leaves the years after it to a rule at the end
// of each file, which date-tz does not read.
constexpr int last_spelled_year = 2037;

constexpr Day day_at(std::int64_t local_ms) {
  const std::int64_t clamped = std::clamp(local_ms, earliest_ms, latest_ms);
  return Day{static_cast<std::int32_t>((clamped >= 0 ? clamped : clamped - (ms_per_day - 1)) / ms_per_day)};
}

int year_of(std::int64_t ms) { return civil(day_at(ms)).year; }

// A rule says "the last Sunday in March": it falls on the same day of the year, counted from March 1st, in all
// years whose March 1st is on the same weekday. So each year to come repeats the last spelled year that starts
// its March alike; the eleven years before the end hold all seven weekdays under the rule that stays in force.
template <class Spans>
void repeat_last_rule(Spans& spans) {
  const bool has_rule = spans.size() > 2 && year_of(spans.back().from_ms) == last_spelled_year &&
                        year_of(spans[spans.size() - 2].from_ms) == last_spelled_year;
  if (!has_rule) return;
  const Spans spelled = spans;
  for (int year = last_spelled_year + 1; year <= last_year; ++year) {
    const Day march = day_from(year, 3, 1);
    int model = last_spelled_year;
    while (weekday(day_from(model, 3, 1)) != weekday(march)) --model;
    const std::int64_t shift = (march.days - day_from(model, 3, 1).days) * ms_per_day;
    for (const auto& span : spelled) {
      if (year_of(span.from_ms) == model) spans.push_back({span.from_ms + shift, span.offset_ms});
    }
  }
}

}  // namespace

std::optional<Calendar> Calendar::find(std::string_view zone) {
  if (zone == "localtime") return std::nullopt;
  const date::time_zone* found = nullptr;
  try {
    found = date::locate_zone(std::string(zone));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }

  const auto seconds_at = [](int year) {
    return date::sys_seconds(std::chrono::seconds(std::int64_t{day_from(year, 1, 1).days} * 86'400));
  };
  const date::sys_seconds end = seconds_at(last_year + 1);
  Spans spans;
  for (date::sys_seconds at = seconds_at(first_year); at < end;) {
    const date::sys_info info = found->get_info(at);
    const std::int64_t from = spans.empty() ? INT64_MIN : info.begin.time_since_epoch().count() * 1'000;
    const std::int64_t offset = info.offset.count() * std::int64_t{1'000};
    // A change of the zone's name alone is no change of the clock.
    if (spans.empty() || spans.back().offset_ms != offset) spans.push_back({from, offset});
    at = info.end;
  }
  repeat_last_rule(spans);
  spans.shrink_to_fit();
  return Calendar(std::string(zone), std::make_shared<const Spans>(std::move(spans)));
}

std::size_t Calendar::span_at(std::int64_t ms) const {
  const auto after = std::upper_bound(spans_->begin(), spans_->end(), ms,
                                      [](std::int64_t value, const Span& span) { return value < span.from_ms; });
  return static_cast<std::size_t>(after - spans_->begin()) - 1;
}

Day Calendar::day_of(Instant instant) const {
  const std::int64_t ms = std::clamp(instant.ms, earliest_ms, latest_ms);
  return day_at(ms + (*spans_)[span_at(ms)].offset_ms);
}

// The first instant at which local clocks show `local_ms` or later.
Instant Calendar::first_at_local(std::int64_t local_ms) const {
  std::size_t i = span_at(local_ms - 2 * ms_per_day);  // No offset is as large as that.
  while (i + 1 < spans_->size() && (*spans_)[i + 1].from_ms + (*spans_)[i].offset_ms <= local_ms) ++i;
  const Span& span = (*spans_)[i];
  return Instant{std::max(span.from_ms, local_ms - span.offset_ms)};
}

Instant Calendar::start_of(Day day) const { return first_at_local(day.days * ms_per_day); }

Instant Calendar::end_of(Day day) const { return Instant{start_of(add_days(day, 1)).ms - 1}; }

Instant Calendar::at(Day day, std::int64_t time_of_day) const { return first_at_local(day.days * ms_per_day + time_of_day); }

std::int64_t Calendar::time_of_day(Instant instant) const {
  const std::int64_t ms = std::clamp(instant.ms, earliest_ms, latest_ms);
  return ms + (*spans_)[span_at(ms)].offset_ms - day_of(instant).days * ms_per_day;
}

Instant Calendar::local_noon(Day day) const { return at(day, ms_per_day / 2); }

Day DayFinder::seek(Instant instant) {
  const std::int64_t ms = std::clamp(instant.ms, earliest_ms, latest_ms);
  const auto& spans = *calendar_.spans_;
  const std::size_t i = calendar_.span_at(ms);
  from_ms_ = std::max(spans[i].from_ms, earliest_ms + ms_per_day);  // A day inside, so that no offset leaves the years.
  to_ms_ = i + 1 < spans.size() ? spans[i + 1].from_ms : latest_ms - ms_per_day;
  offset_ms_ = spans[i].offset_ms;
  return day_at(ms + offset_ms_);
}

}  // namespace dealog
