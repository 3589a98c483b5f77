#include "api/encode.h"

#include <array>
#include <charconv>
#include <cmath>

namespace dealog::api {
namespace {

// The length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// 0: as it is; 1: needs a look.
constexpr std::array<bool, 256> special = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) table[i] = i < 0x20 || i == '"' || i == '\\' || i >= 0x80;
  return table;
}();

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0, i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!special[c]) { ++i; continue; }
    if (c >= 0x80) {
      const std::size_t length = sequence_length(text.substr(i));
      if (length != 0) { i += length; continue; }
    }
    out.append(text.substr(done, i - done));
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (c >= 0x80) {
          out += "\xEF\xBF\xBD";
        } else {
          constexpr char digits[] = "0123456789abcdef";
          out += "\\u00";
          out += digits[c >> 4];
          out += digits[c & 15];
        }
    }
    done = ++i;
  }
  out.append(text.substr(done));
  out += '"';
}

void JsonWriter::comma() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::object() {
  comma();
  out_ += '{';
  open_ += '}';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::array() {
  comma();
  out_ += '[';
  open_ += ']';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end() {
  if (!open_.empty()) {
    out_ += open_.back();
    open_.pop_back();
  }
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  comma();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  comma();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) { return raw(flag ? "true" : "false"); }

JsonWriter& JsonWriter::signed_number(std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return raw({digits, static_cast<std::size_t>(end - digits)});
}

JsonWriter& JsonWriter::unsigned_number(std::uint64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return raw({digits, static_cast<std::size_t>(end - digits)});
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  char digits[400];  // 1.8e308 and 5e-324 without an exponent fit
  const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
  return raw({digits, static_cast<std::size_t>(end - digits)});
}

JsonWriter& JsonWriter::value(const Uuid& id) {
  if (id.is_nil()) return null();
  constexpr char hex[] = "0123456789abcdef";
  char text[38];
  std::size_t at = 0;
  text[at++] = '"';
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    text[at++] = hex[id.bytes[i] >> 4];
    text[at++] = hex[id.bytes[i] & 15];
  }
  text[at++] = '"';
  return raw({text, at});
}

JsonWriter& JsonWriter::value(Instant instant) {
  if (instant == beginning_of_time || instant == end_of_time) return null();
  comma();
  out_ += '"';
  out_ += to_string(instant);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::value(Day day) {
  comma();
  out_ += '"';
  out_ += to_string(day);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::money(std::int64_t minor, Currency currency) {
  comma();
  out_ += "{\"amount\":\"";
  out_ += format_amount(minor, currency);
  out_ += "\",\"currency\":\"";
  out_ += currency.code();
  out_ += "\"}";
  return *this;
}

JsonWriter& JsonWriter::percent(std::int64_t basis_points) {
  comma();
  const bool negative = basis_points < 0;
  const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(basis_points) : static_cast<std::uint64_t>(basis_points);
  if (negative) out_ += '-';
  out_ += std::to_string(size / 100);
  if (const std::uint64_t rest = size % 100; rest != 0) {
    out_ += '.';
    out_ += static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0) out_ += static_cast<char>('0' + rest % 10);
  }
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}

}  // namespace dealog::api
