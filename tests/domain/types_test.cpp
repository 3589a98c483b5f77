#include "domain/fields.h"
#include "domain/types.h"

#include <random>

#include "tests/support/catch.h"

using namespace dealog;

TEST_CASE("an id is written in lower case and read in either", "[domain]") {
  const auto id = parse_uuid("00112233-4455-6677-8899-AABBCCDDEEFF");
  REQUIRE(id);
  CHECK(id->bytes[0] == 0x00);
  CHECK(id->bytes[15] == 0xFF);
  CHECK(to_string(*id) == "00112233-4455-6677-8899-aabbccddeeff");
  CHECK(to_string(Uuid{}) == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("whatever id is written can be read", "[domain][property]") {
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    Uuid id;
    for (std::uint8_t& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
    REQUIRE((parse_uuid(to_string(id)) == id));
  }
}

TEST_CASE("nothing else is an id", "[domain]") {
  const std::string good = "00112233-4455-6677-8899-aabbccddeeff";
  REQUIRE(parse_uuid(good));
  CHECK(!parse_uuid(""));
  CHECK(!parse_uuid(good + " "));
  CHECK(!parse_uuid(good.substr(1)));
  CHECK(!parse_uuid("{" + good + "}"));
  CHECK(!parse_uuid("00112233445566778899aabbccddeeff0000"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char wrong : {'g', ' ', '/', ':', '@', '`', 'G', '\0', '\x80', '\xFF'}) {
      std::string text = good;
      text[at] = wrong;
      CAPTURE(at, static_cast<int>(wrong));
      REQUIRE(!parse_uuid(text));
    }
    if (good[at] != '-') {
      std::string text = good;
      text[at] = '-';
      REQUIRE(!parse_uuid(text));
    }
  }
}

TEST_CASE("a derived id is the same for ever", "[domain][golden]") {
  // SHA-256 of "source", a zero byte, "web"; by another program.
  CHECK(to_string(derived_uuid("source", "web")) == "46fe8cec-5c9c-8e9f-a2f7-dc1a0f0b45ec");
  CHECK(to_string(derived_uuid("", "")) == "6e340b9c-ffb3-8a98-9ca5-44e6bb780a2c");
  CHECK((derived_uuid("a", "bc") != derived_uuid("ab", "c")));
}

TEST_CASE("no two fields of a kind have the same number or name", "[domain]") {
  for (const Kind kind : all_kinds) {
    const auto fields = fields_of(kind);
    for (std::size_t i = 0; i < fields.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        CAPTURE(name(kind), fields[i].name, fields[j].name);
        CHECK(fields[i].number != fields[j].number);
        CHECK(fields[i].name != fields[j].name);
      }
  }
}

TEST_CASE("each kind has its own names", "[domain]") {
  for (const Kind kind : all_kinds) {
    CHECK((parse_kind(name(kind)) == kind));
    CHECK(!plural(kind).empty());
  }
  CHECK(name(Kind::close_reason) == "close_reason");
  CHECK(plural(Kind::close_reason) == "close-reasons");
  CHECK(plural(Kind::person) == "persons");
  CHECK(!parse_kind("none"));
  CHECK(!parse_kind("Deal"));
  CHECK(!parse_kind(""));
}

TEST_CASE("an instant is written in UTC with milliseconds", "[domain]") {
  CHECK(to_string(Instant{0}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_string(Instant{-1}) == "1969-12-31T23:59:59.999Z");
  CHECK(to_string(Instant{1'774'994'399'999}) == "2026-03-31T21:59:59.999Z");
  CHECK(to_string(beginning_of_time) == "0001-01-01T00:00:00.000Z");
  CHECK(to_string(end_of_time) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("an instant is read at any offset and cut to milliseconds", "[domain]") {
  const auto ms = [](std::string_view text) {
    const auto instant = parse_instant(text);
    CAPTURE(text);
    REQUIRE(instant);
    return instant->ms;
  };
  CHECK(ms("1970-01-01T00:00:00Z") == 0);
  CHECK(ms("1970-01-01t00:00:00z") == 0);
  CHECK(ms("1970-01-01T00:00:00-00:00") == 0);
  CHECK(ms("1970-01-01T01:30:00+01:30") == 0);
  CHECK(ms("1969-12-31T18:30:00-05:30") == 0);
  CHECK(ms("1970-01-01T00:00:00.1Z") == 100);
  CHECK(ms("1970-01-01T00:00:00.0129Z") == 12);
  CHECK(ms("1970-01-01T00:00:00.123456789Z") == 123);
  CHECK(ms("1969-12-31T23:59:59.9999Z") == -1);
  CHECK(ms("2024-02-29T12:00:00Z") == 1'709'208'000'000);
  CHECK(ms("0001-01-01T00:00:00Z") == -62'135'596'800'000);
  CHECK(ms("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
}

TEST_CASE("nothing else is an instant", "[domain]") {
  for (const char* text :
       {"", "2026-03-31", "2026-03-31T21:59:59", "2026-03-31 21:59:59Z", "2026-03-31T21:59Z", "2026-3-31T21:59:59Z",
        "2026-03-31T24:00:00Z", "2026-03-31T23:60:00Z", "2026-06-30T23:59:60Z", "2026-03-31T21:59:59.Z",
        "2026-03-31T21:59:59.1234567890Z", "2026-03-31T21:59:59,5Z", "2026-03-31T21:59:59+0100",
        "2026-03-31T21:59:59+01", "2026-03-31T21:59:59+24:00", "2026-03-31T21:59:59+01:60", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-03-31T21:59:59ZZ", " 2026-03-31T21:59:59Z",
        "+026-03-31T21:59:59Z", "2026-03-31T-1:59:59Z", "2026-03-31T21:59:59.-1Z"}) {
    CAPTURE(text);
    CHECK(!parse_instant(text));
  }
}

TEST_CASE("every instant and day that is written can be read", "[domain][property]") {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000, 253'402'300'799'999);
  for (int i = 0; i < 2000; ++i) {
    const Instant instant{any(random)};
    CAPTURE(instant.ms);
    REQUIRE((parse_instant(to_string(instant)) == instant));
    const Day day{static_cast<std::int32_t>(instant.ms / 86'400'000)};
    REQUIRE((parse_day(to_string(day)) == day));
  }
}

TEST_CASE("a day is read strictly", "[domain]") {
  CHECK((parse_day("1970-01-01") == Day{0}));
  CHECK((parse_day("2026-03-31") == Day{20'543}));
  CHECK((parse_day("2000-02-29")));
  for (const char* text : {"", "1900-02-29", "2026-04-31", "2026-4-01", "20260401", "2026-04-01 ", " 2026-04-01",
                           "2026-04-01T00:00:00Z", "0000-01-01", "2026/04/01", "2026-04-0a", "-026-04-01", "12026-04-01"}) {
    CAPTURE(text);
    CHECK(!parse_day(text));
  }
}
