#include "tools/import_dates.h"

#include <date/date.h>
#include <date/tz.h>

#include <algorithm>
#include <array>

namespace dealog::tools {
namespace {

struct Parts {
  int year = -1, month = -1, day = -1, hour = -1, minute = -1, second = -1;
};

// One of the words of a format and where its number goes.
struct Word {
  std::string_view text;
  int Parts::*part;
  std::size_t least, most;  // digits
};
constexpr std::array<Word, 7> words{{{"YYYY", &Parts::year, 4, 4},
                                     {"YY", &Parts::year, 2, 2},
                                     {"MM", &Parts::month, 1, 2},
                                     {"DD", &Parts::day, 1, 2},
                                     {"hh", &Parts::hour, 1, 2},
                                     {"mm", &Parts::minute, 2, 2},
                                     {"ss", &Parts::second, 2, 2}}};

const Word* word_at(std::string_view format) {
  for (const Word& word : words)
    if (format.starts_with(word.text)) return &word;
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Parts> match(std::string_view text, std::string_view format) {
  Parts parts;
  while (!format.empty()) {
    if (const Word* word = word_at(format)) {
      std::size_t digits = 0;
      int number = 0;
      while (digits < word->most && digits < text.size() && is_digit(text[digits]))
        number = number * 10 + (text[digits++] - '0');
      if (digits < word->least) return std::nullopt;
      if (word->text == "YY") number += number < 70 ? 2000 : 1900;
      parts.*word->part = number;
      text.remove_prefix(digits);
      format.remove_prefix(word->text.size());
    } else {
      if (text.empty() || text.front() != format.front()) return std::nullopt;
      text.remove_prefix(1);
      format.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

std::optional<When> when_of(const Parts& parts, const Calendar& calendar) {
  const date::year_month_day ymd{date::year{parts.year}, date::month{static_cast<unsigned>(parts.month)},
                                 date::day{static_cast<unsigned>(parts.day)}};
  if (parts.year < 1 || parts.year > 9999 || !ymd.ok()) return std::nullopt;
  const Day day{static_cast<std::int32_t>(date::sys_days{ymd}.time_since_epoch().count())};
  if (parts.hour < 0 && parts.minute < 0 && parts.second < 0)
    return When{day, calendar.local_noon(day), true};
  const int hour = std::max(parts.hour, 0), minute = std::max(parts.minute, 0), second = std::max(parts.second, 0);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto local = date::local_days{ymd} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                     std::chrono::seconds{second};
  const auto instant = date::locate_zone(calendar.zone())->to_sys(local, date::choose::earliest);
  return When{day, Instant{std::chrono::milliseconds{instant.time_since_epoch()}.count()}, false};
}

std::optional<When> parse_iso(std::string_view text, const Calendar& calendar) {
  if (const auto instant = parse_instant(text)) return When{calendar.day_of(*instant), *instant, false};
  for (const std::string_view format : {"YYYY-MM-DD", "YYYY-MM-DD hh:mm", "YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm",
                                        "YYYY-MM-DDThh:mm:ss"}) {
    if (const auto parts = match(text, format)) return when_of(*parts, calendar);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> fault_of_format(std::string_view format) {
  if (format == "ISO") return std::nullopt;
  Parts parts;
  while (!format.empty()) {
    const Word* word = word_at(format);
    if (word != nullptr) {
      if (parts.*word->part != -1) return std::string(word->text) + " or its like stands in it twice";
      parts.*word->part = 0;
    }
    format.remove_prefix(word != nullptr ? word->text.size() : 1);
  }
  if (parts.year < 0 || parts.month < 0 || parts.day < 0)
    return "it needs YYYY or YY, MM and DD, as in MM/DD/YYYY; or it is ISO";
  return std::nullopt;
}

std::optional<When> parse_when(std::string_view text, std::span<const std::string> formats, const Calendar& calendar) {
  if (formats.empty()) return parse_iso(text, calendar);
  for (const std::string& format : formats) {
    if (format == "ISO") {
      if (auto when = parse_iso(text, calendar)) return when;
    } else if (const auto parts = match(text, format)) {
      if (auto when = when_of(*parts, calendar)) return when;
    }
  }
  return std::nullopt;
}

std::optional<Day> parse_local_day(std::string_view text, std::span<const std::string> formats,
                                   const Calendar& calendar) {
  const auto when = parse_when(text, formats, calendar);
  if (!when) return std::nullopt;
  return when->day;
}

std::optional<std::size_t> order_in_life(std::span<When> moments) {
  // Backwards, what has only a date is pulled before a later deed of that morning; forwards, it is pushed after an
  // earlier deed of that evening.
  for (std::size_t i = moments.size(); i-- > 1;) {
    When& earlier = moments[i - 1];
    if (earlier.bare && earlier.day == moments[i].day) earlier.instant = std::min(earlier.instant, moments[i].instant);
  }
  for (std::size_t i = 1; i < moments.size(); ++i) {
    When& later = moments[i];
    if (later.bare && later.day == moments[i - 1].day) later.instant = std::max(later.instant, moments[i - 1].instant);
    if (later.instant < moments[i - 1].instant) return i;
  }
  return std::nullopt;
}

}  // namespace dealog::tools
