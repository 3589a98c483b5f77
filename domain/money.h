#pragma once
// Money as integers [GEN-2]: a count of minor units and a currency that says how many of them make one.
// Nothing here knows floating point, and nothing overflows silently.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dealog {

// The three letters of an ISO 4217 code, or nothing ("" is the value-initialised one). Any three upper-case
// letters are a Currency; whether it is an active one is what `decimals` says.
struct Currency {
  std::array<char, 4> letters{};

  constexpr std::string_view code() const { return {letters.data(), letters[0] == '\0' ? 0u : 3u}; }
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;
};
static_assert(sizeof(Currency) == 4);

// The currency that exactly three upper-case ASCII letters spell, or nothing.
std::optional<Currency> parse_currency(std::string_view code);
// How many decimals an active ISO 4217 currency has (PLN 2, JPY 0, KWD 3), or nothing for any other code.
std::optional<int> decimals(Currency currency);

struct Money {
  std::int64_t minor = 0;
  Currency currency;

  friend constexpr bool operator==(const Money&, const Money&) = default;
};

// The sum, or nothing when it does not fit or the currencies differ.
std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right);
std::optional<Money> checked_add(const Money& left, const Money& right);

// "1234.50", "-0.5", "+7" in minor units. Fewer decimals than the currency has are fine, more are not, zeros
// included. Nothing for anything else: no digit before or after the point, an exponent, spaces, separators,
// what does not fit, an unknown currency.
std::optional<std::int64_t> parse_amount(std::string_view text, Currency currency);
// With all decimals of the currency, "-1234.50"; an unknown currency is written with none.
std::string format_amount(std::int64_t minor, Currency currency);

// "4.3215" in millionths, and back without zeros at the end. Nothing for more than six decimals or what does not fit.
std::optional<std::int64_t> parse_decimal(std::string_view text);
std::string format_decimal(std::int64_t millionths);

__extension__ using Int128 = __int128;

// n / d, halves away from zero: 5/2 is 3 and -5/2 is -3. REQUIRES: d != 0, and |n|, |d| below 2^126.
Int128 divide_half_away(Int128 n, Int128 d);
// value * n / d, rounded once; nothing when d is 0 or the result does not fit.
std::optional<std::int64_t> multiply_ratio(std::int64_t value, std::int64_t n, std::int64_t d);
// 100 * n / d with two decimals, in hundredths of a per cent: 1 of 3 is 3333. Nothing when d is 0 [GEN-3],
// or when the result does not fit.
std::optional<std::int64_t> percent2(std::int64_t n, std::int64_t d);

}  // namespace dealog
