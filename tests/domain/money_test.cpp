#include "domain/money.h"

#include <random>

#include "tests/support/catch.h"

using namespace dealog;

namespace {

Currency currency(std::string_view code) {
  const auto parsed = parse_currency(code);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a currency is three upper-case letters, and knows its decimals if it is in use", "[domain][money]") {
  CHECK(decimals(currency("PLN")) == 2);
  CHECK(decimals(currency("EUR")) == 2);
  CHECK(decimals(currency("JPY")) == 0);
  CHECK(decimals(currency("ISK")) == 0);
  CHECK(decimals(currency("KWD")) == 3);
  CHECK(decimals(currency("CLF")) == 4);
  CHECK(decimals(currency("ZWG")) == 2);
  CHECK(!decimals(currency("XXX")));
  CHECK(!decimals(currency("XAU")));
  CHECK(!decimals(currency("AAA")));
  CHECK(!decimals(Currency{}));
  CHECK(!decimals(Currency{{'e', 'u', 'r', '\0'}}));
  CHECK(currency("PLN").code() == "PLN");
  CHECK(Currency{}.code().empty());
  for (const char* code : {"", "PL", "PLNN", "pln", "PL1", "PL ", "Zł"}) CHECK(!parse_currency(code));
}

TEST_CASE("an amount may have as many decimals as its currency, or fewer", "[domain][money]") {
  const Currency pln = currency("PLN"), jpy = currency("JPY"), kwd = currency("KWD");
  CHECK(parse_amount("1234.50", pln) == 123'450);
  CHECK(parse_amount("1234.5", pln) == 123'450);
  CHECK(parse_amount("1234", pln) == 123'400);
  CHECK(parse_amount("+7", pln) == 700);
  CHECK(parse_amount("-0.01", pln) == -1);
  CHECK(parse_amount("-0", pln) == 0);
  CHECK(parse_amount("0007", pln) == 700);
  CHECK(parse_amount("1234", jpy) == 1'234);
  CHECK(parse_amount("1.234", kwd) == 1'234);
  CHECK(parse_amount("92233720368547758.07", pln) == INT64_MAX);
  CHECK(parse_amount("-92233720368547758.08", pln) == INT64_MIN);
}

TEST_CASE("nothing else is an amount", "[domain][money]") {
  const Currency pln = currency("PLN");
  for (const char* text : {"", "-", "+", ".", "1.", ".5", "1.234", "1.000", "1e3", "1E3", " 1", "1 ", "1 000", "1,5",
                           "--1", "+-1", "1.2.3", "0x10", "1.-5", "NaN", "inf", "92233720368547758.08",
                           "-92233720368547758.09", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK(!parse_amount(text, pln));
  }
  CHECK(!parse_amount("1.0", currency("JPY")));
  CHECK(!parse_amount("1", currency("XXX")));
}

TEST_CASE("an amount is written with all its decimals and read back", "[domain][money][property]") {
  const Currency pln = currency("PLN");
  CHECK(format_amount(0, pln) == "0.00");
  CHECK(format_amount(-5, pln) == "-0.05");
  CHECK(format_amount(123'450, pln) == "1234.50");
  CHECK(format_amount(7, currency("JPY")) == "7");
  CHECK(format_amount(7, currency("KWD")) == "0.007");
  CHECK(format_amount(INT64_MIN, pln) == "-92233720368547758.08");
  std::mt19937_64 random(3);
  for (const char* code : {"PLN", "JPY", "KWD", "UYW"}) {
    for (int i = 0; i < 500; ++i) {
      const auto minor = static_cast<std::int64_t>(random()) >> (random() % 64);
      CAPTURE(code, minor);
      REQUIRE(parse_amount(format_amount(minor, currency(code)), currency(code)) == minor);
    }
  }
}

TEST_CASE("amounts are added only within one currency and within range", "[domain][money]") {
  const Money one{100, currency("EUR")}, other{100, currency("USD")};
  CHECK((checked_add(one, one) == Money{200, currency("EUR")}));
  CHECK(!checked_add(one, other));
  CHECK(!checked_add(Money{INT64_MAX, currency("EUR")}, one));
  CHECK(checked_add(std::int64_t{INT64_MIN}, std::int64_t{INT64_MAX}) == -1);
  CHECK(!checked_add(std::int64_t{INT64_MIN}, std::int64_t{-1}));
}

TEST_CASE("halves are rounded away from zero [GEN-2]", "[domain][money]") {
  const auto divided = [](std::int64_t n, std::int64_t d) { return static_cast<std::int64_t>(divide_half_away(n, d)); };
  CHECK(divided(5, 2) == 3);
  CHECK(divided(-5, 2) == -3);
  CHECK(divided(5, -2) == -3);
  CHECK(divided(-5, -2) == 3);
  CHECK(divided(4, 3) == 1);
  CHECK(divided(-4, 3) == -1);
  CHECK(divided(0, 7) == 0);
  CHECK(divided(1, 3) == 0);
  CHECK(divided(INT64_MIN, 1) == INT64_MIN);
  for (std::int64_t n = -50; n <= 50; ++n) {
    for (std::int64_t d = 1; d <= 12; ++d) {
      const std::int64_t magnitude = (2 * std::abs(n) + d) / (2 * d);
      CAPTURE(n, d);
      REQUIRE(divided(n, d) == (n < 0 ? -magnitude : magnitude));
    }
  }
}

TEST_CASE("a ratio is rounded once and never overflows", "[domain][money]") {
  CHECK(multiply_ratio(1'000, 35, 100) == 350);
  CHECK(multiply_ratio(1, 1, 2) == 1);
  CHECK(multiply_ratio(-1, 1, 2) == -1);
  CHECK(multiply_ratio(INT64_MAX, INT64_MAX, INT64_MAX) == INT64_MAX);
  CHECK(multiply_ratio(INT64_MIN, INT64_MIN, INT64_MIN) == INT64_MIN);
  CHECK(!multiply_ratio(INT64_MIN, INT64_MIN, -1));
  CHECK(!multiply_ratio(INT64_MAX, 2, 1));
  CHECK(!multiply_ratio(1, 1, 0));
}

TEST_CASE("a percentage has two decimals, and none without a whole [GEN-3]", "[domain][money]") {
  CHECK(percent2(1, 3) == 3'333);
  CHECK(percent2(2, 3) == 6'667);
  CHECK(percent2(35, 100) == 3'500);
  CHECK(percent2(1, 8) == 1'250);
  CHECK(percent2(1, 16'000) == 1);     // 0.00625 % is above half of 0.01 %.
  CHECK(percent2(1, 20'000) == 1);     // Exactly half.
  CHECK(percent2(-1, 20'000) == -1);
  CHECK(percent2(1, 20'001) == 0);
  CHECK(percent2(0, 5) == 0);
  CHECK(!percent2(0, 0));
  CHECK(!percent2(5, 0));
}
