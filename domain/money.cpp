#include "domain/money.h"

#include <algorithm>
#include <limits>

namespace dealog {

namespace {

// ISO 4217 list one, and the codes withdrawn in the last few years, which old deals carry (ANG, BGN, CUC, ZWL).
// Codes of metals, baskets and tests (XAU, XDR, XTS, XXX ...) have no minor unit there: no amount can be in them.
constexpr std::string_view two_decimals =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
    "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
    "XCD XCG YER ZAR ZMW ZWG ZWL";
constexpr std::string_view no_decimals =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view three_decimals = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view four_decimals = "CLF UYW";

// Each three letters, as a number in base 26, with its decimals: one look-up, since money is written often.
constexpr std::size_t codes = 26 * 26 * 26;
constexpr std::uint8_t unknown = 0xFF;

constexpr std::size_t index_of(const char* letters) {
  std::size_t index = 0;
  for (int i = 0; i < 3; ++i) index = index * 26 + static_cast<std::size_t>(letters[i] - 'A');
  return index;
}

struct Table {
  std::array<std::uint8_t, codes> decimals{};
};
constexpr Table currencies = [] {
  Table built;
  for (std::uint8_t& entry : built.decimals) entry = unknown;
  const auto add = [&built](std::string_view list, std::uint8_t decimals) {
    for (std::size_t at = 0; at < list.size(); at += 4) built.decimals[index_of(list.data() + at)] = decimals;
  };
  add(two_decimals, 2);
  add(no_decimals, 0);
  add(three_decimals, 3);
  add(four_decimals, 4);
  return built;
}();

constexpr bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::int64_t> narrow(Int128 value) {
  if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

// A decimal number as a count of units of its last place.
std::optional<std::int64_t> parse_scaled(std::string_view text, int places) {
  if (text.empty()) return std::nullopt;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), is_digit)) return std::nullopt;
  if (point != std::string_view::npos && part.empty()) return std::nullopt;
  if (part.size() > static_cast<std::size_t>(places) || !std::all_of(part.begin(), part.end(), is_digit)) {
    return std::nullopt;
  }

  // Counted downwards, because the lowest number has no positive twin.
  std::int64_t minor = 0;
  const auto append = [&minor](char digit) {
    return !__builtin_mul_overflow(minor, std::int64_t{10}, &minor) &&
           !__builtin_sub_overflow(minor, std::int64_t{digit - '0'}, &minor);
  };
  for (const char digit : whole) {
    if (!append(digit)) return std::nullopt;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(places); ++i) {
    if (!append(i < part.size() ? part[i] : '0')) return std::nullopt;
  }
  if (!negative && __builtin_sub_overflow(std::int64_t{0}, minor, &minor)) return std::nullopt;
  return minor;
}

std::string format_scaled(std::int64_t minor, int decimals) {
  const auto places = static_cast<std::size_t>(decimals);
  const bool negative = minor < 0;
  const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  std::string digits = std::to_string(magnitude);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  if (negative) digits.insert(0, 1, '-');
  return digits;
}

constexpr int decimal_places = 6;

}  // namespace

std::optional<Currency> parse_currency(std::string_view code) {
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), is_letter)) return std::nullopt;
  return Currency{{code[0], code[1], code[2], '\0'}};
}

std::optional<int> decimals(Currency currency) {
  const auto& letters = currency.letters;
  if (!std::all_of(letters.begin(), letters.begin() + 3, is_letter)) return std::nullopt;
  const std::uint8_t known = currencies.decimals[index_of(letters.data())];
  if (known == unknown) return std::nullopt;
  return known;
}

std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
  return sum;
}

std::optional<Money> checked_add(const Money& left, const Money& right) {
  if (left.currency != right.currency) return std::nullopt;
  const auto sum = checked_add(left.minor, right.minor);
  if (!sum) return std::nullopt;
  return Money{*sum, left.currency};
}

std::optional<std::int64_t> parse_amount(std::string_view text, Currency currency) {
  const auto places = decimals(currency);
  return places ? parse_scaled(text, *places) : std::nullopt;
}

std::optional<std::int64_t> parse_decimal(std::string_view text) { return parse_scaled(text, decimal_places); }

std::string format_decimal(std::int64_t millionths) {
  std::string text = format_scaled(millionths, decimal_places);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string format_amount(std::int64_t minor, Currency currency) { return format_scaled(minor, decimals(currency).value_or(0)); }

Int128 divide_half_away(Int128 n, Int128 d) {
  const bool negative = (n < 0) != (d < 0);
  if (n < 0) n = -n;
  if (d < 0) d = -d;
  const Int128 rest = n % d;
  const Int128 rounded = n / d + (rest >= d - rest ? 1 : 0);
  return negative ? -rounded : rounded;
}

std::optional<std::int64_t> multiply_ratio(std::int64_t value, std::int64_t n, std::int64_t d) {
  if (d == 0) return std::nullopt;
  // |value * n| is 2^126 at most, reached by the lowest number twice only; that still has a positive twin.
  return narrow(divide_half_away(Int128{value} * n, d));
}

std::optional<std::int64_t> percent2(std::int64_t n, std::int64_t d) { return multiply_ratio(n, 10'000, d); }

}  // namespace dealog
