#pragma once
// Dates as they stand in files, in the account's time zone. A bare date is local noon [IO-1]; a date with a time of
// day is local time, the earlier one where clocks show it twice; RFC 3339 brings its own offset.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/calendar.h"
#include "domain/types.h"

namespace dealog::tools {

// A moment read from a cell. `bare`: only the day was given, so the instant may give way to others of that day.
struct When {
  Day day;
  Instant instant;
  bool bare = false;

  friend bool operator==(const When&, const When&) = default;
};

// Why a format is none, or nothing when it is one: made of YYYY or YY (70 to 99 are of the last century), MM, DD,
// hh, mm, ss, each at most once, and other characters that stand for themselves; year, month and day must be there.
// "ISO" is a format: YYYY-MM-DD, "YYYY-MM-DD hh:mm[:ss]" or RFC 3339.
std::optional<std::string> fault_of_format(std::string_view format);

// Reads `text` by the first format that fits it wholly. Months, days and hours may have one digit. Nothing when
// none fits, or when there is no such day ("02/30/2017").
std::optional<When> parse_when(std::string_view text, std::span<const std::string> formats, const Calendar& calendar);

// As parse_when, for a field that is a day.
std::optional<Day> parse_local_day(std::string_view text, std::span<const std::string> formats, const Calendar& calendar);

// Makes the moments of one object, in their life-cycle order, stand in that order: a bare date gives way within its
// own day to a neighbour with a time. Returns the index of the first that still lies before its predecessor.
std::optional<std::size_t> order_in_life(std::span<When> moments);

}  // namespace dealog::tools
