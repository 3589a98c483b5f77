#include "domain/period.h"

#include <algorithm>
#include <charconv>

namespace dealog {

namespace {

constexpr int max_last_days = 36'500;

// The unit that starts on `start` and its end, the day before the next one starts.
Period whole(Bucket bucket, Day start) { return {start, add_days(next_start(bucket, start), -1)}; }

struct NamedUnit {
  std::string_view name;
  Bucket bucket;
  bool last;  // The one before today's.
};
constexpr NamedUnit named_units[] = {
    {"today", Bucket::day, false},          {"yesterday", Bucket::day, true},
    {"this_week", Bucket::week, false},     {"last_week", Bucket::week, true},
    {"this_month", Bucket::month, false},   {"last_month", Bucket::month, true},
    {"this_quarter", Bucket::quarter, false}, {"last_quarter", Bucket::quarter, true},
    {"this_year", Bucket::year, false},     {"last_year", Bucket::year, true},
};

constexpr std::string_view bucket_names[] = {"auto", "day", "week", "month", "quarter", "year"};

// The n of "last_<n>_days", or nothing.
std::optional<int> last_days(std::string_view name) {
  constexpr std::string_view before = "last_", after = "_days";
  if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(before.size(), name.size() - before.size() - after.size());
  int days = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), days);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '0') return std::nullopt;
  if (days < 1 || days > max_last_days) return std::nullopt;
  return days;
}

int months_between(Day from, Day to) {
  const Civil first = civil(from), last = civil(to);
  return (last.year - first.year) * 12 + last.month - first.month;
}

}  // namespace

std::optional<std::int64_t> Period::length() const {
  if (!from || !to) return std::nullopt;
  return std::max<std::int64_t>(0, std::int64_t{to->days} - from->days + 1);
}

std::optional<Period> preset_period(std::string_view name, Day today) {
  if (name == "all_time") return Period{};
  for (const NamedUnit& unit : named_units) {
    if (unit.name != name) continue;
    const Day start = start_of(unit.bucket, today);
    return whole(unit.bucket, unit.last ? start_of(unit.bucket, add_days(start, -1)) : start);
  }
  if (const auto days = last_days(name)) return Period{add_days(today, 1 - *days), today};
  return std::nullopt;
}

std::optional<Period> previous_period(const Period& period) {
  const auto length = period.length();
  if (!length || *length == 0) return std::nullopt;
  const Day from = *period.from, after = add_days(*period.to, 1);
  const Day to = add_days(from, -1);
  if (civil(from).day == 1 && civil(after).day == 1) return Period{add_months(from, -months_between(from, after)), to};
  return Period{add_days(from, -static_cast<int>(*length)), to};
}

std::optional<Bucket> parse_bucket(std::string_view name) {
  const auto* found = std::find(std::begin(bucket_names), std::end(bucket_names), name);
  if (found == std::end(bucket_names)) return std::nullopt;
  return static_cast<Bucket>(found - std::begin(bucket_names));
}

std::string_view name(Bucket bucket) { return bucket_names[static_cast<std::size_t>(bucket)]; }

Bucket chosen_bucket(const Period& period, Bucket bucket) {
  if (bucket != Bucket::automatic) return bucket;
  const auto length = period.length();
  if (!length) return Bucket::month;
  return *length <= 31 ? Bucket::day : *length <= 26 * 7 ? Bucket::week : Bucket::month;
}

Day start_of(Bucket bucket, Day day) {
  switch (bucket) {
    case Bucket::automatic:
    case Bucket::day: return day;
    case Bucket::week: return start_of_week(day);
    case Bucket::month: return start_of_month(day);
    case Bucket::quarter: return start_of_quarter(day);
    case Bucket::year: return start_of_year(day);
  }
  return day;
}

Day next_start(Bucket bucket, Day start) {
  switch (bucket) {
    case Bucket::automatic:
    case Bucket::day: return add_days(start, 1);
    case Bucket::week: return add_days(start, 7);
    case Bucket::month: return add_months(start, 1);
    case Bucket::quarter: return add_months(start, 3);
    case Bucket::year: return add_months(start, 12);
  }
  return add_days(start, 1);
}

std::size_t bucket_count(const Period& period, Bucket bucket) {
  const auto length = period.length();
  if (!length || *length == 0) return 0;
  const Bucket chosen = chosen_bucket(period, bucket);
  const Day first = start_of(chosen, *period.from), last = start_of(chosen, *period.to);
  switch (chosen) {
    case Bucket::automatic:
    case Bucket::day: return static_cast<std::size_t>(*length);
    case Bucket::week: return static_cast<std::size_t>((last.days - first.days) / 7 + 1);
    case Bucket::month: return static_cast<std::size_t>(months_between(first, last) + 1);
    case Bucket::quarter: return static_cast<std::size_t>(months_between(first, last) / 3 + 1);
    case Bucket::year: return static_cast<std::size_t>(months_between(first, last) / 12 + 1);
  }
  return 0;
}

std::vector<Period> split(const Period& period, Bucket bucket) {
  std::vector<Period> buckets;
  buckets.reserve(bucket_count(period, bucket));
  if (!period.from || !period.to) return buckets;
  const Bucket chosen = chosen_bucket(period, bucket);
  for (Day start = start_of(chosen, *period.from); start <= *period.to;) {
    const Day next = next_start(chosen, start);
    if (next > *period.from) {
      buckets.push_back({std::max(start, *period.from), std::min(add_days(next, -1), *period.to)});
    }
    start = next;
  }
  return *period.from <= *period.to ? buckets : std::vector<Period>();
}

}  // namespace dealog
