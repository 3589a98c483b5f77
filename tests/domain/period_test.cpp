#include "domain/period.h"

#include "tests/support/catch.h"

using namespace dealog;

namespace {

Day period_day(std::string_view text) {
  const auto parsed = parse_day(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

Period period(std::string_view from, std::string_view to) { return {period_day(from), period_day(to)}; }

std::string text(const std::optional<Period>& period) {
  if (!period) return "none";
  return (period->from ? to_string(*period->from) : "") + ".." + (period->to ? to_string(*period->to) : "");
}

}  // namespace

TEST_CASE("arithmetic of days follows the calendar", "[domain][calendar]") {
  CHECK((civil(period_day("2024-02-29")) == Civil{2024, 2, 29}));
  CHECK((day_from(1969, 12, 31) == Day{-1}));
  CHECK(weekday(period_day("1970-01-01")) == 3);
  CHECK(weekday(period_day("2026-11-23")) == 0);
  CHECK(weekday(period_day("1969-12-28")) == 6);
  CHECK((add_months(period_day("2026-01-31"), 1) == period_day("2026-02-28")));
  CHECK((add_months(period_day("2024-01-31"), 1) == period_day("2024-02-29")));
  CHECK((add_months(period_day("2024-02-29"), 12) == period_day("2025-02-28")));
  CHECK((add_months(period_day("2026-03-31"), -1) == period_day("2026-02-28")));
  CHECK((add_months(period_day("2026-01-15"), -1) == period_day("2025-12-15")));
  CHECK((add_months(period_day("2026-12-15"), 1) == period_day("2027-01-15")));
  CHECK((start_of_week(period_day("2026-11-22")) == period_day("2026-11-16")));
  CHECK((start_of_week(period_day("2026-11-23")) == period_day("2026-11-23")));
  CHECK((start_of_quarter(period_day("2026-06-30")) == period_day("2026-04-01")));
  CHECK((start_of_year(period_day("2026-06-30")) == period_day("2026-01-01")));
  for (Day on = period_day("1896-01-01"); on < period_day("2104-01-01"); on = add_days(on, 1)) {
    const Civil parts = civil(on);
    REQUIRE((day_from(parts.year, parts.month, parts.day) == on));
    REQUIRE(parts.day <= days_in_month(parts.year, parts.month));
    REQUIRE(weekday(add_days(on, 1)) == (weekday(on) + 1) % 7);
  }
}

TEST_CASE("each preset names its period [GEN-1]", "[domain][calendar]") {
  const Day today = period_day("2026-11-21");  // A Saturday.
  const auto preset = [&](std::string_view name) { return text(preset_period(name, today)); };
  CHECK(preset("today") == "2026-11-21..2026-11-21");
  CHECK(preset("yesterday") == "2026-11-20..2026-11-20");
  CHECK(preset("this_week") == "2026-11-16..2026-11-22");
  CHECK(preset("last_week") == "2026-11-09..2026-11-15");
  CHECK(preset("this_month") == "2026-11-01..2026-11-30");
  CHECK(preset("last_month") == "2026-10-01..2026-10-31");
  CHECK(preset("this_quarter") == "2026-10-01..2026-12-31");
  CHECK(preset("last_quarter") == "2026-07-01..2026-09-30");
  CHECK(preset("this_year") == "2026-01-01..2026-12-31");
  CHECK(preset("last_year") == "2025-01-01..2025-12-31");
  CHECK(preset("last_1_days") == "2026-11-21..2026-11-21");
  CHECK(preset("last_30_days") == "2026-10-23..2026-11-21");
  CHECK(preset("all_time") == "..");
  CHECK(text(preset_period("last_month", period_day("2026-01-31"))) == "2025-12-01..2025-12-31");
  CHECK(text(preset_period("last_quarter", period_day("2026-02-01"))) == "2025-10-01..2025-12-31");
  CHECK(text(preset_period("last_month", period_day("2024-03-31"))) == "2024-02-01..2024-02-29");
  for (const char* name : {"", "Today", "next_week", "last_0_days", "last__days", "last_days", "last_-1_days", "last_+1_days",
                           "last_01_days", "last_1x_days", "last_36501_days", "last_99999999999_days", "this_day", "last_1_day"}) {
    CAPTURE(name);
    CHECK(preset(name) == "none");
  }
}

TEST_CASE("a period is compared with the one before it", "[domain][calendar]") {
  const auto before = [](std::string_view from, std::string_view to) { return text(previous_period(period(from, to))); };
  CHECK(before("2026-03-01", "2026-03-31") == "2026-02-01..2026-02-28");
  CHECK(before("2026-01-01", "2026-03-31") == "2025-10-01..2025-12-31");
  CHECK(before("2024-01-01", "2024-12-31") == "2023-01-01..2023-12-31");
  CHECK(before("2026-11-16", "2026-11-22") == "2026-11-09..2026-11-15");
  CHECK(before("2026-11-21", "2026-11-21") == "2026-11-20..2026-11-20");
  CHECK(before("2026-03-02", "2026-03-31") == "2026-01-31..2026-03-01");
  CHECK(before("2026-03-01", "2026-03-30") == "2026-01-30..2026-02-28");
  CHECK(before("2026-03-02", "2026-03-01") == "none");
  CHECK(text(previous_period({})) == "none");
  CHECK(text(previous_period({period_day("2026-01-01"), std::nullopt})) == "none");
}

TEST_CASE("a period contains both its ends, and all days on an open side", "[domain][calendar]") {
  CHECK(period("2026-01-01", "2026-01-02").contains(period_day("2026-01-01")));
  CHECK(period("2026-01-01", "2026-01-02").contains(period_day("2026-01-02")));
  CHECK(!period("2026-01-01", "2026-01-02").contains(period_day("2026-01-03")));
  CHECK(!period("2026-01-01", "2026-01-02").contains(period_day("2025-12-31")));
  CHECK(Period{}.contains(period_day("0001-01-01")));
  CHECK(!Period{period_day("2026-01-01"), std::nullopt}.contains(period_day("2025-12-31")));
  CHECK(period("2026-01-01", "2026-01-31").length() == 31);
  CHECK(period("2026-01-02", "2026-01-01").length() == 0);
  CHECK(!Period{}.length());
}

TEST_CASE("buckets are chosen by the length of the period", "[domain][calendar]") {
  const auto chosen = [](std::string_view from, std::string_view to) {
    return chosen_bucket(period(from, to), Bucket::automatic);
  };
  CHECK(chosen("2026-01-01", "2026-01-31") == Bucket::day);
  CHECK(chosen("2026-01-01", "2026-02-01") == Bucket::week);
  CHECK(chosen("2026-01-01", "2026-07-01") == Bucket::week);   // 182 days.
  CHECK(chosen("2026-01-01", "2026-07-02") == Bucket::month);
  CHECK(chosen_bucket(period("2026-01-01", "2026-01-01"), Bucket::year) == Bucket::year);
  CHECK(parse_bucket("auto") == Bucket::automatic);
  CHECK(parse_bucket("quarter") == Bucket::quarter);
  CHECK(!parse_bucket("hour"));
  CHECK(name(Bucket::week) == "week");
}

TEST_CASE("a period is cut into buckets at its own ends", "[domain][calendar]") {
  const auto months = split(period("2026-01-15", "2026-03-02"), Bucket::month);
  REQUIRE(months.size() == 3);
  CHECK(text(months[0]) == "2026-01-15..2026-01-31");
  CHECK(text(months[1]) == "2026-02-01..2026-02-28");
  CHECK(text(months[2]) == "2026-03-01..2026-03-02");
  CHECK(split({}, Bucket::day).empty());
  CHECK(split(period("2026-01-02", "2026-01-01"), Bucket::day).empty());
  CHECK(split(period("2026-11-20", "2026-11-16"), Bucket::week).empty());
}

TEST_CASE("buckets together are the period, each within one unit", "[domain][calendar][property]") {
  for (const Bucket bucket : {Bucket::automatic, Bucket::day, Bucket::week, Bucket::month, Bucket::quarter, Bucket::year}) {
    for (int length = 1; length < 800; length += 13) {
      for (int shift = 0; shift < 40; shift += 3) {
        const Period whole{add_days(period_day("2023-11-25"), shift), add_days(period_day("2023-11-25"), shift + length - 1)};
        const auto parts = split(whole, bucket);
        CAPTURE(name(bucket), text(whole));
        REQUIRE(parts.size() == bucket_count(whole, bucket));
        REQUIRE((parts.front().from == whole.from));
        REQUIRE((parts.back().to == whole.to));
        const Bucket chosen = chosen_bucket(whole, bucket);
        for (std::size_t i = 0; i < parts.size(); ++i) {
          REQUIRE((start_of(chosen, *parts[i].from) == start_of(chosen, *parts[i].to)));
          if (i == 0) continue;
          REQUIRE((*parts[i].from == add_days(*parts[i - 1].to, 1)));
          REQUIRE((start_of(chosen, *parts[i].from) == *parts[i].from));
        }
      }
    }
  }
}
