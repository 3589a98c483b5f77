#pragma once
// Periods of calendar days, as reports and filters take them [GEN-1], and their division into buckets. Pure
// arithmetic of days; which instants a day holds is calendar.h.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/days.h"

namespace dealog {

// Both ends are inside; an absent end is open.
struct Period {
  std::optional<Day> from, to;

  constexpr bool contains(Day day) const { return (!from || *from <= day) && (!to || day <= *to); }
  // Days in a closed period, 0 when its end lies before its start; nothing when it is open.
  std::optional<std::int64_t> length() const;

  friend constexpr bool operator==(const Period&, const Period&) = default;
};

// The period that a preset names on the day `today`: today yesterday this_week last_week this_month last_month
// this_quarter last_quarter this_year last_year last_<n>_days (n from 1 to 36500, ending today) all_time.
// "this_..." is the whole unit, its future days too. Nothing for any other name.
std::optional<Period> preset_period(std::string_view name, Day today);

// What a period is compared with: for whole months (so quarters and years too) as many months before it, for
// any other n days the n days before it (so a week for a week). Nothing for an open or reversed period.
std::optional<Period> previous_period(const Period& period);

enum class Bucket : std::uint8_t { automatic, day, week, month, quarter, year };

// "auto", "day", ... "year", or nothing.
std::optional<Bucket> parse_bucket(std::string_view name);
std::string_view name(Bucket bucket);

// What `automatic` means for a period: days up to 31 days, weeks up to 26 weeks, else months; any other bucket
// is itself. For an open period: months.
Bucket chosen_bucket(const Period& period, Bucket bucket);

// The first day of the bucket that `day` is in. REQUIRES: not automatic.
Day start_of(Bucket bucket, Day day);
// The first day of the bucket after the one that starts on `start`. REQUIRES: not automatic.
Day next_start(Bucket bucket, Day start);

// How many buckets `split` would give; so a caller can refuse a million of them first.
std::size_t bucket_count(const Period& period, Bucket bucket);
// The buckets of a closed period in order, each of them closed, the first and last cut at the period's ends:
// together exactly the period. None for an open or reversed period.
std::vector<Period> split(const Period& period, Bucket bucket);

}  // namespace dealog
