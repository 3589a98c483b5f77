#pragma once
// Writes JSON by appending to a string, in the order of the calls. Commas and escapes are its business; that
// objects and arrays are closed is the caller's.
//
//     JsonWriter json;
//     json.object().key("id").value(id).key("value").money(123450, pln).key("lines").array().end().end();
//     co_return ok(std::move(json).text());

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/money.h"
#include "domain/types.h"

namespace dealog::api {

class JsonWriter {
 public:
  JsonWriter() = default;

  JsonWriter& object();
  JsonWriter& array();
  JsonWriter& end();                         // closes what was opened last
  JsonWriter& key(std::string_view name);    // REQUIRES: in an object, and a value follows

  JsonWriter& value(std::string_view text);  // what is not UTF-8 becomes U+FFFD
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& value(T number) {
    if constexpr (std::unsigned_integral<T>) return unsigned_number(number);
    else return signed_number(number);
  }
  JsonWriter& value(double number);          // the shortest that reads back, never with an exponent; null if not finite
  JsonWriter& value(const Uuid& id);         // null when nil
  JsonWriter& value(Instant instant);        // null at the ends of time
  JsonWriter& value(Day day);
  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) { return maybe ? value(*maybe) : null(); }
  JsonWriter& null();
  // {"amount":"1234.50","currency":"PLN"}, with exactly the currency's decimals.
  JsonWriter& money(std::int64_t minor, Currency currency);
  // Basis points as a number of per cents: 1250 is 12.5.
  JsonWriter& percent(std::int64_t basis_points);
  JsonWriter& raw(std::string_view json);    // a value that is JSON already

  // key and value in one: json.field("name", name).
  template <class T>
  JsonWriter& field(std::string_view name, const T& it) { return key(name).value(it); }

  const std::string& text() const& { return out_; }
  std::string text() && { return std::move(out_); }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

 private:
  void comma();
  JsonWriter& signed_number(std::int64_t number);
  JsonWriter& unsigned_number(std::uint64_t number);

  std::string out_;
  std::string open_;         // the brackets that are open, innermost last
  bool needs_comma_ = false;
};

// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace dealog::api
