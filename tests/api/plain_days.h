#pragma once
// Days of the calendar in the plain model: counted since 1970, by going through years and months.

#include <algorithm>
#include <cstdint>
#include <string>

namespace dealog::test::plain {

inline std::int64_t day_number(int year, int month, int day) {
  std::int64_t days = day - 1;
  for (int y = 1970; y < year; ++y) days += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += m == 2 ? (year % 4 == 0 ? 29 : 28) : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
  return days;
}
struct Date { int year = 1970, month = 1, day = 1; };
inline Date date_of(std::int64_t days) {
  Date date;
  while (day_number(date.year + 1, 1, 1) <= days) ++date.year;
  while (date.month < 12 && day_number(date.year, date.month + 1, 1) <= days) ++date.month;
  date.day = static_cast<int>(days - day_number(date.year, date.month, 1)) + 1;
  return date;
}
inline std::string day_text(std::int64_t days) {
  const Date date = date_of(days);
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(date.year) + "-" + two(date.month) + "-" + two(date.day);
}
// The same day of the month, or its last.
inline std::int64_t months_later(std::int64_t from, int months) {
  const Date date = date_of(from);
  const int count = date.year * 12 + date.month - 1 + months, year = count / 12, month = count % 12 + 1;
  const std::int64_t first = day_number(year, month, 1), next = month == 12 ? day_number(year + 1, 1, 1) : day_number(year, month + 1, 1);
  return std::min(first + date.day - 1, next - 1);
}
// The day that it is in Warsaw, in 2026: summer time from 29 March to 25 October, each at 1:00 UTC.
inline std::int64_t day_in_warsaw(std::int64_t ms) {
  constexpr std::int64_t hour = 3'600'000;
  const bool is_summer = ms >= (day_number(2026, 3, 29) * 24 + 1) * hour && ms < (day_number(2026, 10, 25) * 24 + 1) * hour;
  return (ms + (is_summer ? 2 : 1) * hour) / (24 * hour);
}
inline int weekday(std::int64_t days) { return static_cast<int>((days + 3) % 7); }   // Monday is 0
// The day in Warsaw at a time, in milliseconds: an hour ahead of UTC, two from the last Sunday of March to that of October.
inline std::int64_t local_day(std::int64_t ms) {
  constexpr std::int64_t hour = 3'600'000, day = 24 * hour;
  const auto changes = [year = date_of(ms / day).year](int month) {
    const std::int64_t last = day_number(year, month, 31);
    return (last - (weekday(last) + 1) % 7) * day + hour;
  };
  const bool is_summer = ms >= changes(3) && ms < changes(10);
  return (ms + (is_summer ? 2 : 1) * hour) / day;
}

}  // namespace dealog::test::plain
