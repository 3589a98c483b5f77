#pragma once
// Arithmetic of calendar days, where no time zone matters: the proleptic Gregorian calendar, weeks from
// Monday [GEN-1]. Right for the years 1 to 9999 and far around them; all constexpr, no failures.

#include <cstdint>

#include "domain/types.h"

namespace dealog {

struct Civil {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31

  friend constexpr auto operator<=>(const Civil&, const Civil&) = default;
};

// After H. Hinnant, "chrono-compatible low-level date algorithms". REQUIRES: month 1 to 12.
constexpr Day day_from(int year, int month, int day) {
  const int shifted = year - (month <= 2 ? 1 : 0);  // Years from March, so that the leap day is the last.
  const int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const int year_of_era = shifted - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return Day{era * 146'097 + day_of_era - 719'468};
}

constexpr Civil civil(Day day) {
  const std::int64_t days = std::int64_t{day.days} + 719'468;
  const auto era = static_cast<int>((days >= 0 ? days : days - 146'096) / 146'097);
  const auto day_of_era = static_cast<int>(days - std::int64_t{era} * 146'097);
  const int year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * day_of_year + 2) / 153;
  const int month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr int days_in_month(int year, int month) {
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : lengths[month - 1];
}

// 0 Monday to 6 Sunday.
constexpr int weekday(Day day) {
  const int from_monday = (day.days % 7 + 3) % 7;  // 1970-01-01 was a Thursday.
  return from_monday < 0 ? from_monday + 7 : from_monday;
}

inline constexpr std::int64_t ms_per_day = 86'400'000;
inline constexpr Day earliest_day = day_from(1, 1, 1), latest_day = day_from(9999, 12, 31);   // that can be said
inline constexpr std::int64_t earliest_ms = earliest_day.days * ms_per_day, latest_ms = (latest_day.days + 1) * ms_per_day - 1;

constexpr Day add_days(Day day, int days) { return Day{day.days + days}; }

// The same day of the month, or the month's last: a month after January 31st is the end of February.
constexpr Day add_months(Day day, int months) {
  const Civil from = civil(day);
  const int count = from.year * 12 + (from.month - 1) + months;
  const int year = (count >= 0 ? count : count - 11) / 12;
  const int month = count - year * 12 + 1;
  const int length = days_in_month(year, month);
  return day_from(year, month, from.day < length ? from.day : length);
}

constexpr Day start_of_week(Day day) { return add_days(day, -weekday(day)); }
constexpr Day start_of_month(Day day) { return add_days(day, 1 - civil(day).day); }
constexpr Day start_of_quarter(Day day) {
  const Civil on = civil(day);
  return day_from(on.year, (on.month - 1) / 3 * 3 + 1, 1);
}
constexpr Day start_of_year(Day day) { return day_from(civil(day).year, 1, 1); }

}  // namespace dealog
