#pragma once
// The rule by which a task comes again (SPEC ACT-1): daily, on working days, weekly on some days of the week, monthly or yearly
// on the day of the first, which is kept where the month has it; every n of these; without end, until a day, or so many times.
//
//     monthly from 31 Jan:  31 Jan  28 Feb  31 Mar  30 Apr        every 2 weeks on Monday and Friday:  in every other week, both
//
// Pure arithmetic of local days.

#include <cstdint>
#include <functional>
#include <optional>

#include "domain/event.h"
#include "domain/fields.h"

namespace dealog {

struct Recurrence {
  Frequency frequency = Frequency::daily;
  std::uint32_t every = 1;
  std::uint8_t weekdays = 0;        // of a weekly one: bit 0 is Monday; 0: the day of the first
  std::optional<Day> until;         // the last day that may be one
  std::uint32_t times = 0;          // 0: no limit

  friend bool operator==(const Recurrence&, const Recurrence&) = default;
};

// Visits the days of the rule that counts from `start`, from `from` on and in order, until `visit` returns false or there are no
// more. A rule without end goes on to the year 9999.
void for_each_occurrence(const Recurrence& rule, Day start, Day from, const std::function<bool(Day)>& visit);
// The next day behind `day`; nothing when there is none.
std::optional<Day> occurrence_after(const Recurrence& rule, Day start, Day day);
bool is_occurrence(const Recurrence& rule, Day start, Day day);
// How many days of the rule lie before `day`.
std::uint32_t occurrences_before(const Recurrence& rule, Day start, Day day);

// The rule that fields of a task or a series say; nothing: it does not recur.
std::optional<Recurrence> recurrence_in(const Fields& fields);

}  // namespace dealog
