#include "domain/recurrence.h"

#include <algorithm>

#include "domain/days.h"
#include "domain/state.h"

namespace dealog {
namespace {

int months_of(const Recurrence& rule) { return static_cast<int>(rule.every) * (rule.frequency == Frequency::yearly ? 12 : 1); }

// The nth day, from 0, of a rule of equal steps.
Day nth_day(const Recurrence& rule, Day start, std::int64_t n) {
  if (rule.frequency == Frequency::daily) return Day{static_cast<std::int32_t>(start.days + n * rule.every)};
  return add_months(start, static_cast<int>(n * months_of(rule)));
}

// A step that is not behind `from`, and not far before it.
std::int64_t step_near(const Recurrence& rule, Day start, Day from) {
  if (from <= start) return 0;
  if (rule.frequency == Frequency::daily) return (std::int64_t{from.days} - start.days) / rule.every;
  const Civil first = civil(start), wanted = civil(from);
  return std::max(0, ((wanted.year - first.year) * 12 + wanted.month - first.month) / months_of(rule) - 1);
}

}  // namespace

void for_each_occurrence(const Recurrence& rule, Day start, Day from, const std::function<bool(Day)>& visit) {
  std::int64_t seen = 0;
  const auto take = [&](Day day) {
    if ((rule.until && day > *rule.until) || (rule.times != 0 && seen >= rule.times) || day > latest_day) return false;
    ++seen;
    return day < from || visit(day);
  };
  switch (rule.frequency) {
    case Frequency::daily: case Frequency::monthly: case Frequency::yearly:
      seen = step_near(rule, start, from);
      for (std::int64_t n = seen; take(nth_day(rule, start, n)); ++n) {}
      return;
    // Days are counted from the first where only so many are wanted.
    case Frequency::working_days: {
      Day day = rule.times != 0 ? start : std::max(start, from);
      while (weekday(day) >= 5 || take(day)) day = add_days(day, 1);
      return;
    }
    case Frequency::weekly: {
      const int days = static_cast<int>(7 * rule.every);
      const unsigned wanted = rule.weekdays != 0 ? rule.weekdays : 1u << weekday(start);
      Day week = start_of_week(start);
      if (rule.times == 0 && from > week) week = add_days(week, (from.days - week.days) / days * days);
      for (;; week = add_days(week, days))
        for (int i = 0; i < 7; ++i)
          if (const Day day = add_days(week, i); (wanted >> i & 1) != 0 && day >= start && !take(day)) return;
    }
  }
}

std::optional<Day> occurrence_after(const Recurrence& rule, Day start, Day day) {
  std::optional<Day> next;
  for_each_occurrence(rule, start, add_days(day, 1), [&](Day found) {
    next = found;
    return false;
  });
  return next;
}

bool is_occurrence(const Recurrence& rule, Day start, Day day) {
  bool is = false;
  for_each_occurrence(rule, start, day, [&](Day found) {
    is = found == day;
    return false;
  });
  return is;
}

std::uint32_t occurrences_before(const Recurrence& rule, Day start, Day day) {
  std::uint32_t before = 0;
  for_each_occurrence(rule, start, start, [&](Day found) {
    if (found >= day) return false;
    ++before;
    return true;
  });
  return before;
}

std::optional<Recurrence> recurrence_in(const Fields& fields) {
  namespace t = field::task;
  const auto number = [&](std::uint16_t field) -> std::optional<std::int64_t> {
    const Value* value = find_value(fields, field);
    const auto* held = value ? std::get_if<std::int64_t>(value) : nullptr;
    return held ? std::optional(*held) : std::nullopt;
  };
  const auto frequency = number(t::frequency);
  if (!frequency) return std::nullopt;
  Recurrence rule{.frequency = static_cast<Frequency>(*frequency), .every = static_cast<std::uint32_t>(number(t::every).value_or(1)),
                  .times = static_cast<std::uint32_t>(number(t::times).value_or(0))};
  if (const auto until = number(t::until)) rule.until = Day{static_cast<std::int32_t>(*until)};
  if (const Value* days = find_value(fields, t::weekdays))
    if (const auto* names = std::get_if<std::vector<std::string>>(days))
      for (const std::string& name : *names)
        if (const auto at = std::ranges::find(weekday_words(), name); at != weekday_words().end())
          rule.weekdays = static_cast<std::uint8_t>(rule.weekdays | 1u << (at - weekday_words().begin()));
  return rule;
}

}  // namespace dealog
