#pragma once
// Which calendar day an instant is in, in an account's IANA time zone [GEN-1], and back. The zone's offsets are
// copied out of the system's time zone database once, when the calendar is made; afterwards everything is
// arithmetic on a sorted list, and nothing is read or locked. A copy is cheap (it shares the list); any thread
// may use any calendar.
//
// The list covers 1970 to 2100; the offsets at its ends hold before and after. Days of years below 1 or
// above 9999 are read as the first and last of those.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/days.h"
#include "domain/period.h"
#include "domain/types.h"

namespace dealog {

class Calendar {
 public:
  // The calendar of "Europe/Warsaw", "UTC"; nothing when the database has no such zone. Spelling and case
  // matter, and "localtime" is nobody's zone: it would mean another thing on another machine.
  static std::optional<Calendar> find(std::string_view zone);

  const std::string& zone() const { return zone_; }

  // The local day of an instant. For many instants: DayFinder.
  Day day_of(Instant instant) const;
  // The first instant whose local day is `day`: where clocks skip midnight (Cairo, 2024-04-26), the end of the
  // skip. For a day that a zone never had (Apia, 2011-12-30), the start of the one after it.
  Instant start_of(Day day) const;
  // The last millisecond before the start of the next day.
  Instant end_of(Day day) const;
  // When clocks show that time of the day (milliseconds from midnight), for the first time; the first instant after it where they
  // never do. And what clocks show at an instant.
  Instant at(Day day, std::int64_t time_of_day) const;
  std::int64_t time_of_day(Instant instant) const;
  // When clocks show 12:00 on that day, for the first time; the first instant after it where they never do.
  Instant local_noon(Day day) const;

 private:
  friend class DayFinder;

  // From from_ms up to the next span's, local time is UTC plus offset_ms.
  struct Span {
    std::int64_t from_ms;
    std::int64_t offset_ms;
  };
  using Spans = std::vector<Span>;

  Calendar(std::string zone, std::shared_ptr<const Spans> spans)
      : zone_(std::move(zone)), spans_(std::move(spans)) {}
  std::size_t span_at(std::int64_t ms) const;
  Instant first_at_local(std::int64_t local_ms) const;

  std::string zone_;
  std::shared_ptr<const Spans> spans_;  // Sorted; the first begins with the beginning of time.
};

// Calendar::day_of for very many instants, fastest when neighbours are near each other in time: remembers the
// span it used last. A small value for one thread; shares the calendar's list, so it may outlive it.
class DayFinder {
 public:
  explicit DayFinder(const Calendar& calendar) : calendar_(calendar) {}

  Day day_of(Instant instant) {
    if (instant.ms < from_ms_ || instant.ms >= to_ms_) return seek(instant);
    const std::int64_t local = instant.ms + offset_ms_;
    return Day{static_cast<std::int32_t>((local >= 0 ? local : local - (ms_per_day - 1)) / ms_per_day)};
  }

 private:
  Day seek(Instant instant);

  Calendar calendar_;
  std::int64_t from_ms_ = 0, to_ms_ = 0, offset_ms_ = 0;  // Nothing remembered yet: an empty range.
};

}  // namespace dealog
