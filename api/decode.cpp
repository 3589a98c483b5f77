#include "api/decode.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/describe.h"
#include "api/set_change.h"

namespace dealog::api {
namespace {

constexpr std::string_view money_example = "an object such as {\"amount\": \"1234.50\", \"currency\": \"PLN\"}";

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

// Characters, not bytes; the parser has refused what is not UTF-8.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void too_long(std::string_view pointer, std::size_t most, std::string_view what, Faults& faults) {
  faults.impossible(std::string(pointer), "too_long", "This may have at most " + std::to_string(most) + " " + std::string(what) + ".");
}

std::optional<Value> read_field(const FieldSpec& spec, const json::value& value, const FieldRules& rules,
                                std::string_view pointer, Faults& faults) {
  const detail::Limits limits{0, spec.max_length, INT64_MIN, INT64_MAX};
  const auto number = [](std::optional<std::int64_t> read) { return read ? std::optional<Value>(*read) : std::nullopt; };
  switch (spec.type) {
    case FieldType::text: {
      std::string text;
      // Too long a text still counts in what else there is to say: a name may be made of it.
      if (!detail::read(value, text, limits, pointer, faults) && !value.is_string()) return std::nullopt;
      return Value(std::move(text));
    }
    case FieldType::texts: {
      const json::array* items = detail::read_array(value, {0, 50, 0, 0}, pointer, faults);
      if (items == nullptr) return std::nullopt;
      std::vector<std::string> texts(items->size());
      bool sound = true;
      for (std::size_t i = 0; i < texts.size(); ++i)
        sound = detail::read((*items)[i], texts[i], limits, pointer_to(pointer, i), faults) && sound;
      return sound ? std::optional<Value>(std::move(texts)) : std::nullopt;
    }
    case FieldType::integer: return number(read_integer(value, pointer, faults));
    case FieldType::money: return number(read_money(value, rules.currency, pointer, faults));
    case FieldType::percent: return number(read_percent(value, pointer, faults));
    case FieldType::decimal: return number(read_decimal(value, pointer, faults));
    case FieldType::word: case FieldType::words: return std::nullopt;   // custom fields: custom_values.h
    case FieldType::json: {
      if (!value.is_object()) {
        faults.wrong_type(std::string(pointer), "an object");
        return std::nullopt;
      }
      std::string text = json::serialize(value);
      if (length_of(text) <= spec.max_length) return Value(std::move(text));
      too_long(pointer, spec.max_length, "characters", faults);
      return std::nullopt;
    }
    case FieldType::boolean: {
      const auto flag = read_boolean(value, pointer, faults);
      return flag ? std::optional<Value>(std::int64_t{*flag}) : std::nullopt;
    }
    case FieldType::day: {
      const auto day = read_day(value, pointer, faults);
      return day ? std::optional<Value>(std::int64_t{day->days}) : std::nullopt;
    }
    case FieldType::instant: {
      const auto instant = read_instant(value, pointer, faults);
      return instant ? std::optional<Value>(instant->ms) : std::nullopt;
    }
    case FieldType::choice: {
      const auto index = detail::read_word(value, spec.choices, pointer, faults);
      return index ? std::optional<Value>(static_cast<std::int64_t>(*index)) : std::nullopt;
    }
    case FieldType::ref: {
      const auto id = read_uuid(value, pointer, faults);
      return id ? std::optional<Value>(*id) : std::nullopt;
    }
    case FieldType::refs: {
      const json::array* items = detail::read_array(value, {0, 200, 0, 0}, pointer, faults);
      if (items == nullptr) return std::nullopt;
      std::vector<Uuid> ids;
      for (std::size_t i = 0; i < items->size(); ++i)
        if (const auto id = read_uuid((*items)[i], pointer_to(pointer, i), faults)) ids.push_back(*id);
      return ids.size() == items->size() ? std::optional<Value>(std::move(ids)) : std::nullopt;
    }
  }
  return std::nullopt;
}

// "links.deal_id": the object that it stands in, "links", and its name there.
struct Place {
  std::string_view outer, name;
};
Place place_of(const FieldSpec& spec) {
  const std::size_t dot = spec.name.find('.');
  if (dot == std::string_view::npos) return {"", spec.name};
  return {spec.name.substr(0, dot), spec.name.substr(dot + 1)};
}

void find_unknown(Kind kind, const json::object& body, std::span<const std::string_view> allowed, Faults& faults) {
  for (const auto& [raw_key, value] : body) {
    const std::string_view key(raw_key.data(), raw_key.size());
    if (std::ranges::find(allowed, key) != allowed.end()) continue;
    bool known = false, is_outer = false;
    for (const FieldSpec& spec : fields_of(kind)) {
      const Place place = place_of(spec);
      known = known || (place.outer.empty() && place.name == key);
      is_outer = is_outer || (!place.outer.empty() && place.outer == key);
    }
    if (!known && !is_outer) {
      faults.unknown_field(pointer_to({}, key));
    } else if (is_outer && !value.is_null()) {
      const json::object* inner = value.if_object();
      if (inner == nullptr) {
        faults.wrong_type(pointer_to({}, key), "an object");
        continue;
      }
      for (const auto& [inner_key, inner_value] : *inner) {
        const std::string full = std::string(key) + '.' + std::string(inner_key.data(), inner_key.size());
        if (find_field(kind, full) == nullptr)
          faults.unknown_field(pointer_to(pointer_to({}, key), std::string_view(inner_key.data(), inner_key.size())));
      }
    }
  }
}

}  // namespace

bool is_decimal(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

std::optional<std::int64_t> read_percent(const json::value& value, std::string_view pointer, Faults& faults) {
  if (!value.is_number()) {
    faults.wrong_type(std::string(pointer), "a number of per cents");
    return std::nullopt;
  }
  const double hundredths = value.to_number<double>() * 100;
  if (!(hundredths >= 0 && hundredths <= 10'000)) {
    faults.impossible(std::string(pointer), "out_of_range", "This must be between 0 and 100.");
    return std::nullopt;
  }
  if (std::abs(hundredths - std::round(hundredths)) > 1e-6) {
    faults.impossible(std::string(pointer), "invalid", "Per cents have at most two decimals.");
    return std::nullopt;
  }
  return std::llround(hundredths);
}

std::optional<std::string> read_text(const json::value& value, std::string_view pointer, Faults& faults) {
  const json::string* text = value.if_string();
  if (text == nullptr) {
    faults.wrong_type(std::string(pointer), "a string");
    return std::nullopt;
  }
  return std::string(view(*text));
}

std::optional<std::int64_t> read_integer(const json::value& value, std::string_view pointer, Faults& faults) {
  if (const std::int64_t* number = value.if_int64()) return *number;
  if (value.is_uint64()) faults.impossible(std::string(pointer), "out_of_range", "This number is too large.");
  else faults.wrong_type(std::string(pointer), "a whole number");
  return std::nullopt;
}

std::optional<bool> read_boolean(const json::value& value, std::string_view pointer, Faults& faults) {
  if (const bool* flag = value.if_bool()) return *flag;
  faults.wrong_type(std::string(pointer), "true or false");
  return std::nullopt;
}

std::optional<Uuid> read_uuid(const json::value& value, std::string_view pointer, Faults& faults) {
  const json::string* text = value.if_string();
  if (text == nullptr) {
    faults.wrong_type(std::string(pointer), "an id (a UUID as a string)");
    return std::nullopt;
  }
  const auto id = parse_uuid(view(*text));
  if (!id) faults.unreadable(std::string(pointer), "a UUID");
  else if (id->is_nil()) faults.impossible(std::string(pointer), "invalid", "The nil UUID is no id; null says none.");
  else return id;
  return std::nullopt;
}

std::optional<Instant> read_instant(const json::value& value, std::string_view pointer, Faults& faults) {
  const json::string* text = value.if_string();
  if (text == nullptr) {
    faults.wrong_type(std::string(pointer), "a time (RFC 3339 as a string)");
    return std::nullopt;
  }
  const auto instant = parse_instant(view(*text));
  if (!instant) faults.unreadable(std::string(pointer), "a time such as 2026-03-31T21:59:59Z");
  return instant;
}

std::optional<Day> read_day(const json::value& value, std::string_view pointer, Faults& faults) {
  const json::string* text = value.if_string();
  if (text == nullptr) {
    faults.wrong_type(std::string(pointer), "a day (YYYY-MM-DD as a string)");
    return std::nullopt;
  }
  const auto day = parse_day(view(*text));
  if (!day) faults.unreadable(std::string(pointer), "a day such as 2026-03-31");
  return day;
}

std::string digits_of(const json::value& value) {
  char digits[400];  // 1.8e308 and 5e-324 without an exponent fit
  const auto end = value.is_double() ? std::to_chars(digits, digits + sizeof digits, value.get_double(), std::chars_format::fixed).ptr
                   : value.is_int64() ? std::to_chars(digits, digits + sizeof digits, value.get_int64()).ptr
                                      : std::to_chars(digits, digits + sizeof digits, value.get_uint64()).ptr;
  return {digits, end};
}

std::optional<std::int64_t> read_decimal(const json::value& value, std::string_view pointer, Faults& faults) {
  std::string text;
  if (const json::string* given = value.if_string()) {
    text = std::string(view(*given));
  } else if (value.is_number()) {
    text = digits_of(value);
  } else {
    faults.wrong_type(std::string(pointer), "a decimal number such as 12.5");
    return std::nullopt;
  }
  const auto millionths = parse_decimal(text);
  if (millionths) return millionths;
  if (!is_decimal(text)) faults.unreadable(std::string(pointer), "a decimal number such as 12.5");
  else if (const auto point = text.find('.'); point != std::string::npos && text.size() - point > 7)
    faults.impossible(std::string(pointer), "invalid", "This may have at most six decimals.");
  else faults.impossible(std::string(pointer), "out_of_range", "This number is too large.");
  return std::nullopt;
}

std::optional<std::int64_t> read_money(const json::value& value, Currency currency, std::string_view pointer, Faults& faults) {
  MoneyInput money;
  if (!detail::read(value, money, pointer, faults)) return std::nullopt;
  return amount_in(money, currency, pointer, faults);
}

std::optional<std::int64_t> amount_in(const MoneyInput& money, Currency currency, std::string_view pointer, Faults& faults) {
  if (money.currency && *money.currency != currency.code()) {
    faults.impossible(pointer_to(pointer, "currency"), "invalid", "The currency here is " + std::string(currency.code()) + ".");
    return std::nullopt;
  }
  const auto minor = parse_amount(money.amount, currency);
  if (minor) return minor;
  const std::string there = pointer_to(pointer, "amount");
  if (!is_decimal(money.amount)) {
    faults.unreadable(there, "a decimal number such as 1234.50");
  } else {
    const std::size_t point = money.amount.find('.');
    const auto most = static_cast<std::size_t>(decimals(currency).value_or(0));
    if (point != std::string::npos && money.amount.size() - point - 1 > most)
      faults.impossible(there, "invalid", std::string(currency.code()) + " has " + std::to_string(most) + " decimals.");
    else
      faults.impossible(there, "out_of_range", "This amount is too large.");
  }
  return std::nullopt;
}

Fields decode_fields(Kind kind, const json::object& body, const FieldRules& rules, Faults& faults) {
  find_unknown(kind, body, rules.allowed, faults);
  Fields fields;
  for (const FieldSpec& spec : fields_of(kind)) {
    const Place place = place_of(spec);
    // A key that the handler reads itself is its own business, even where a field has the same name.
    if (place.outer.empty() && std::ranges::find(rules.allowed, place.name) != rules.allowed.end()) continue;
    const json::object* in = &body;
    std::string pointer;
    if (!place.outer.empty()) {
      const json::value* outer = body.if_contains(place.outer);
      in = outer == nullptr ? nullptr : outer->if_object();
      pointer = pointer_to({}, place.outer);
    }
    const json::value* given = in == nullptr ? nullptr : in->if_contains(place.name);
    const bool must_be_given = spec.required && rules.mode == Mode::create && spec.access != Access::derived &&
                               std::ranges::find(rules.defaulted, spec.name) == rules.defaulted.end();
    if (given == nullptr && !must_be_given) continue;
    pointer = pointer_to(pointer, place.name);

    if (given == nullptr) {
      faults.required(pointer);
    } else if (spec.access == Access::derived || (spec.access == Access::at_birth && rules.mode == Mode::patch)) {
      faults.impossible(pointer, name(Code::not_writable),
                        spec.access == Access::derived ? "This follows from what happens; it cannot be set."
                                                       : "This is set at creation and stays.");
    } else if (spec.type == FieldType::money && rules.amounts != nullptr && (rules.mode == Mode::patch || !given->is_null())) {
      MoneyInput money;
      if (given->is_null()) rules.amounts->push_back({spec.number, std::nullopt});
      else if (!detail::read(*given, money, pointer, faults)) continue;
      else if (!is_decimal(money.amount)) faults.unreadable(pointer_to(pointer, "amount"), "a decimal number such as 1234.50");
      else rules.amounts->push_back({spec.number, command::Amount{money.amount, money.currency}});
    } else if (given->is_null()) {
      if (must_be_given || (spec.required && rules.mode == Mode::patch)) faults.required(pointer);
      // An explicit null source wins over an inherited one (SPEC DIC-2).
      else if (rules.mode == Mode::patch || spec.ref == Kind::source || (rules.keeps_nulls && !spec.required)) fields.push_back({spec.number, Value()});
    } else if (const json::object* change = given->if_object(); change != nullptr && is_set(spec.type) && rules.sets != nullptr) {
      if (auto members = read_members<Uuid>(*change, pointer, faults)) rules.sets->push_back({spec.number, std::move(*members)});
    } else if (auto value = read_field(spec, *given, rules, pointer, faults)) {
      fields.push_back({spec.number, std::move(*value)});
    }
  }
  return fields;
}

namespace detail {

bool read(const json::value& from, std::string& into, const Limits& limits, std::string_view pointer, Faults& faults) {
  auto text = read_text(from, pointer, faults);
  if (!text) return false;
  into = std::move(*text);
  const std::size_t length = length_of(into);
  if (length > limits.max_length) {
    too_long(pointer, limits.max_length, "characters", faults);
    return false;
  }
  if (length < limits.min_length) {
    faults.impossible(std::string(pointer), "too_short", "This must have at least " + std::to_string(limits.min_length) + " characters.");
    return false;
  }
  return true;
}

bool read(const json::value& from, std::int64_t& into, const Limits& limits, std::string_view pointer, Faults& faults) {
  const auto number = read_integer(from, pointer, faults);
  if (!number) return false;
  if (*number < limits.lowest || *number > limits.highest) {
    faults.impossible(std::string(pointer), "out_of_range",
                      "This must be between " + std::to_string(limits.lowest) + " and " + std::to_string(limits.highest) + ".");
    return false;
  }
  into = *number;
  return true;
}

template <class T>
bool take(const std::optional<T>& read, T& into) {
  if (read) into = *read;
  return read.has_value();
}

bool read(const json::value& from, bool& into, std::string_view pointer, Faults& faults) { return take(read_boolean(from, pointer, faults), into); }
bool read(const json::value& from, Uuid& into, std::string_view pointer, Faults& faults) { return take(read_uuid(from, pointer, faults), into); }
bool read(const json::value& from, Instant& into, std::string_view pointer, Faults& faults) { return take(read_instant(from, pointer, faults), into); }
bool read(const json::value& from, Day& into, std::string_view pointer, Faults& faults) { return take(read_day(from, pointer, faults), into); }

bool read(const json::value& from, MoneyInput& into, std::string_view pointer, Faults& faults) {
  const json::object* object = from.if_object();
  if (object == nullptr) {
    faults.wrong_type(std::string(pointer), money_example);
    return false;
  }
  const std::size_t before = faults.all.size();
  constexpr std::string_view known[] = {"amount", "currency"};
  refuse_unknown(*object, known, pointer, faults);
  if (const json::value* amount = object->if_contains("amount")) {
    if (auto text = read_text(*amount, pointer_to(pointer, "amount"), faults)) into.amount = std::move(*text);
  } else {
    faults.required(pointer_to(pointer, "amount"));
  }
  if (const json::value* currency = object->if_contains("currency"); currency != nullptr && !currency->is_null())
    into.currency = read_text(*currency, pointer_to(pointer, "currency"), faults);
  return faults.all.size() == before;
}

std::optional<std::size_t> read_word(const json::value& from, std::span<const std::string_view> words,
                                     std::string_view pointer, Faults& faults) {
  const json::string* text = from.if_string();
  if (text == nullptr) {
    faults.wrong_type(std::string(pointer), "a string");
    return std::nullopt;
  }
  std::string expected;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) continue;  // a number that no word stands for
    if (words[i] == view(*text)) return i;
    if (!expected.empty()) expected += ", ";
    expected += words[i];
  }
  faults.impossible(std::string(pointer), "invalid", "This must be one of: " + expected + ".");
  return std::nullopt;
}

const json::array* read_array(const json::value& from, const Limits& limits, std::string_view pointer, Faults& faults) {
  const json::array* items = from.if_array();
  if (items == nullptr) {
    faults.wrong_type(std::string(pointer), "a list");
    return nullptr;
  }
  if (items->size() > limits.max_length) {
    too_long(pointer, limits.max_length, "members", faults);
    return nullptr;
  }
  if (items->size() < limits.min_length) {
    faults.impossible(std::string(pointer), "too_short", "This must have at least " + std::to_string(limits.min_length) + " members.");
    return nullptr;
  }
  return items;
}

void refuse_unknown(const json::object& from, std::span<const std::string_view> known, std::string_view pointer, Faults& faults) {
  for (const auto& [key, value] : from) {
    const std::string_view name(key.data(), key.size());
    if (std::ranges::find(known, name) == known.end()) faults.unknown_field(pointer_to(pointer, name));
  }
}

}  // namespace detail
}  // namespace dealog::api
