#include "domain/calendar.h"

#include <random>

#include "tests/support/catch.h"

using namespace dealog;

namespace {

Day the_day(std::string_view text) {
  const auto parsed = parse_day(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

Instant at(std::string_view text) {
  const auto parsed = parse_instant(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

Calendar calendar(std::string_view zone) {
  const auto found = Calendar::find(zone);
  CAPTURE(zone);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("only zones of the database are zones", "[domain][calendar]") {
  CHECK(Calendar::find("Europe/Warsaw"));
  CHECK(Calendar::find("UTC"));
  CHECK(calendar("Asia/Kathmandu").zone() == "Asia/Kathmandu");
  for (const char* name : {"", "europe/warsaw", "Europe/Nowhere", "localtime", "../../etc/passwd", "/etc/passwd", "+02:00", "CEST"}) {
    CAPTURE(name);
    CHECK(!Calendar::find(name));
  }
}

TEST_CASE("a day ends and begins at the zone's midnight [GEN-1]", "[domain][calendar]") {
  const Calendar warsaw = calendar("Europe/Warsaw");
  CHECK((warsaw.day_of(at("2026-03-31T21:59:59.999Z")) == the_day("2026-03-31")));
  CHECK((warsaw.day_of(at("2026-03-31T22:00:00Z")) == the_day("2026-04-01")));
  CHECK((warsaw.start_of(the_day("2026-04-01")) == at("2026-03-31T22:00:00Z")));
  CHECK((warsaw.end_of(the_day("2026-03-31")) == at("2026-03-31T21:59:59.999Z")));
  CHECK((warsaw.start_of(the_day("2026-01-01")) == at("2025-12-31T23:00:00Z")));
  CHECK((warsaw.local_noon(the_day("2026-07-01")) == at("2026-07-01T10:00:00Z")));
  CHECK((warsaw.local_noon(the_day("2026-01-01")) == at("2026-01-01T11:00:00Z")));
  CHECK((calendar("Asia/Kathmandu").start_of(the_day("2026-01-01")) == at("2025-12-31T18:15:00Z")));
}

TEST_CASE("days on which clocks change have 23 or 25 hours", "[domain][calendar]") {
  const Calendar warsaw = calendar("Europe/Warsaw");
  const auto hours = [&](std::string_view text) {
    return (warsaw.end_of(the_day(text)).ms + 1 - warsaw.start_of(the_day(text)).ms) / 3'600'000;
  };
  CHECK(hours("2026-03-29") == 23);
  CHECK(hours("2026-10-25") == 25);
  CHECK(hours("2026-06-01") == 24);
}

TEST_CASE("a day whose midnight clocks skip begins after the skip", "[domain][calendar]") {
  const Calendar cairo = calendar("Africa/Cairo");
  CHECK((cairo.start_of(the_day("2024-04-26")) == at("2024-04-25T22:00:00Z")));  // 01:00 there.
  CHECK((cairo.end_of(the_day("2024-04-25")) == at("2024-04-25T21:59:59.999Z")));
  CHECK((cairo.day_of(at("2024-04-25T22:00:00Z")) == the_day("2024-04-26")));
  CHECK((cairo.start_of(the_day("2024-11-01")) == at("2024-10-31T22:00:00Z")));  // Midnight twice: the second one.
  CHECK((cairo.day_of(at("2024-10-31T21:30:00Z")) == the_day("2024-10-31")));
}

TEST_CASE("a day that a zone never had is empty", "[domain][calendar]") {
  const Calendar apia = calendar("Pacific/Apia");
  CHECK((apia.start_of(the_day("2011-12-30")) == apia.start_of(the_day("2011-12-31"))));
  CHECK((apia.start_of(the_day("2011-12-31")) == at("2011-12-30T10:00:00Z")));
  CHECK((apia.day_of(at("2011-12-30T09:59:59.999Z")) == the_day("2011-12-29")));
  CHECK((apia.day_of(at("2011-12-30T10:00:00Z")) == the_day("2011-12-31")));
}

TEST_CASE("clocks go on changing after the years that the database spells out", "[domain][calendar]") {
  const Calendar warsaw = calendar("Europe/Warsaw");
  CHECK((warsaw.start_of(the_day("2038-07-01")) == at("2038-06-30T22:00:00Z")));
  CHECK((warsaw.start_of(the_day("2038-12-01")) == at("2038-11-30T23:00:00Z")));
  CHECK((warsaw.end_of(the_day("2040-03-25")).ms - warsaw.start_of(the_day("2040-03-25")).ms) == 23 * 3'600'000 - 1);
  CHECK((warsaw.end_of(the_day("2099-10-25")).ms - warsaw.start_of(the_day("2099-10-25")).ms) == 25 * 3'600'000 - 1);
  CHECK((calendar("Africa/Cairo").start_of(the_day("2060-04-30")) == at("2060-04-29T22:00:00Z")));  // The last Friday.
  CHECK((calendar("Asia/Tokyo").start_of(the_day("2060-07-01")) == at("2060-06-30T15:00:00Z")));
  // Last Sundays of March and October in every year, which is Warsaw's rule.
  for (int year = 2027; year <= 2100; ++year) {
    for (const int month : {3, 10}) {
      const Day end = day_from(year, month, 31);
      const Day sunday = add_days(end, -((weekday(end) + 1) % 7));
      CAPTURE(year, month);
      REQUIRE(warsaw.end_of(sunday).ms + 1 - warsaw.start_of(sunday).ms == (month == 3 ? 23 : 25) * 3'600'000);
    }
  }
}

TEST_CASE("starts of days and days of instants agree in every zone", "[domain][calendar][property]") {
  for (const char* zone : {"UTC", "Europe/Warsaw", "America/New_York", "Africa/Cairo", "Africa/Casablanca",
                           "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Kiritimati", "America/Havana"}) {
    const Calendar local = calendar(zone);
    for (Day on = the_day("1969-12-01"); on < the_day("2102-01-01"); on = add_days(on, 1)) {
      const Instant start = local.start_of(on);
      if (local.start_of(add_days(on, 1)) == start) continue;  // Never had.
      CAPTURE(zone, to_string(on));
      REQUIRE((local.day_of(start) == on));
      REQUIRE(local.day_of(Instant{start.ms - 1}) < on);
      REQUIRE((local.day_of(local.end_of(on)) == on));
      REQUIRE((local.day_of(local.local_noon(on)) == on));
    }
  }
}

TEST_CASE("the finder of many days finds what the calendar does", "[domain][calendar][property]") {
  const auto seed = 17u;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const char* zone : {"UTC", "Europe/Warsaw", "America/St_Johns", "Pacific/Apia"}) {
    const Calendar local = calendar(zone);
    DayFinder finder(local);
    std::uniform_int_distribution<std::int64_t> any(at("1960-01-01T00:00:00Z").ms, at("2110-01-01T00:00:00Z").ms);
    for (int i = 0; i < 20'000; ++i) {
      const Instant instant{any(random)};
      CAPTURE(zone, instant.ms);
      REQUIRE((finder.day_of(instant) == local.day_of(instant)));
    }
    for (const Instant instant : {beginning_of_time, end_of_time, at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59.999Z"),
                                  at("0001-01-02T12:00:00Z"), at("9999-12-30T12:00:00Z"), Instant{0}}) {
      CAPTURE(zone, instant.ms);
      CHECK((finder.day_of(instant) == local.day_of(instant)));
      CHECK((DayFinder(local).day_of(instant) == local.day_of(instant)));
    }
  }
}

TEST_CASE("the ends of time are in the first and last day", "[domain][calendar]") {
  const Calendar utc = calendar("UTC");
  CHECK((utc.day_of(beginning_of_time) == the_day("0001-01-01")));
  CHECK((utc.day_of(end_of_time) == the_day("9999-12-31")));
}
