#pragma once
// One description per request struct, a table of its members, from which come the decoder and the JSON schema:
//
//     struct MoveDeal {
//       Uuid stage_id;
//       std::optional<Instant> effective_at;
//
//       static constexpr std::string_view type_name = "MoveDeal";
//       static constexpr auto describe() {
//         return std::tuple{member("stage_id", &MoveDeal::stage_id).doc("Where the deal goes"),
//                           member("effective_at", &MoveDeal::effective_at)};
//       }
//     };
//
//     const auto body = decode<MoveDeal>(call);   // what is wrong with it is in call.faults, for `execute` to answer with
//
// Where no command is executed: decode<MoveDeal>(call.request.body, faults), which is nothing where there are faults.
//
// Members: std::string, bool, std::int64_t, Uuid, Instant, Day, MoneyInput, json::value (anything), enums with words,
// described structs, std::vector and std::optional of these, Patch of these. A plain member is required unless it
// is marked `.may_be_absent()` (it then keeps its default); an optional one may be absent or null; a Patch tells the
// two apart.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "api/decode.h"

namespace dealog::api {

// A member of a merge patch: absent, null or a value.
template <class T>
struct Patch {
  bool given = false;
  std::optional<T> value;   // given and nothing: null

  bool is_null() const { return given && !value; }
};

// {"amount": "1234.50", "currency"?: "PLN"}, a JSON number is refused. Minor units come with the currency of the
// account: amount_in.
struct MoneyInput {
  std::string amount;
  std::optional<std::string> currency;
};
// In minor units of `currency`; nothing and a fault at `pointer` when the amount does not fit it or names another.
std::optional<std::int64_t> amount_in(const MoneyInput& money, Currency currency, std::string_view pointer, Faults& faults);

// The words of an enum, numbered from 0: specialise it.
//     template <> struct Words<Outcome> { static constexpr std::string_view all[] = {"won", "lost"}; };
template <class E>
struct Words;

template <class Struct, class T>
struct Member {
  std::string_view name;
  T Struct::* place;
  std::string_view text{};
  std::size_t min_length = 0, max_length = 10'000;   // characters of a string, members of an array
  std::int64_t lowest = std::numeric_limits<std::int64_t>::min(), highest = std::numeric_limits<std::int64_t>::max();
  bool optional = false;

  constexpr Member doc(std::string_view words) const { Member m = *this; m.text = words; return m; }
  constexpr Member length(std::size_t least, std::size_t most) const { Member m = *this; m.min_length = least; m.max_length = most; return m; }
  constexpr Member range(std::int64_t least, std::int64_t most) const { Member m = *this; m.lowest = least; m.highest = most; return m; }
  constexpr Member may_be_absent() const { Member m = *this; m.optional = true; return m; }
};
template <class Struct, class T>
constexpr Member<Struct, T> member(std::string_view name, T Struct::* place) { return {.name = name, .place = place}; }

template <class T>
concept Described = requires { T::type_name; T::describe(); };

namespace detail {

template <class T> struct IsVector : std::false_type {};
template <class T> struct IsVector<std::vector<T>> : std::true_type {};
template <class T> struct IsOptional : std::false_type {};
template <class T> struct IsOptional<std::optional<T>> : std::true_type {};
template <class T> struct IsPatch : std::false_type {};
template <class T> struct IsPatch<Patch<T>> : std::true_type {};

// The limits of a member without its type.
struct Limits {
  std::size_t min_length, max_length;
  std::int64_t lowest, highest;
};

bool read(const json::value& from, std::string& into, const Limits& limits, std::string_view pointer, Faults& faults);
bool read(const json::value& from, std::int64_t& into, const Limits& limits, std::string_view pointer, Faults& faults);
bool read(const json::value& from, bool& into, std::string_view pointer, Faults& faults);
bool read(const json::value& from, Uuid& into, std::string_view pointer, Faults& faults);
bool read(const json::value& from, Instant& into, std::string_view pointer, Faults& faults);
bool read(const json::value& from, Day& into, std::string_view pointer, Faults& faults);
bool read(const json::value& from, MoneyInput& into, std::string_view pointer, Faults& faults);
// The index of a word among `words`.
std::optional<std::size_t> read_word(const json::value& from, std::span<const std::string_view> words,
                                     std::string_view pointer, Faults& faults);
const json::array* read_array(const json::value& from, const Limits& limits, std::string_view pointer, Faults& faults);
void refuse_unknown(const json::object& from, std::span<const std::string_view> known, std::string_view pointer, Faults& faults);

json::object string_schema(const Limits& limits, std::string_view format);
json::object integer_schema(const Limits& limits);
json::object words_schema(std::span<const std::string_view> words);
json::object or_null(json::object schema);
// A reference to the named schema, which `make` fills in the first time.
json::value named_schema(Schemas& schemas, std::string_view name, const std::function<json::object(Schemas&)>& make);

template <Described T>
void decode_members(const json::object& from, T& into, std::string_view pointer, Faults& faults);

template <class T>
bool decode_value(const json::value& from, T& into, const Limits& limits, std::string_view pointer, Faults& faults) {
  if constexpr (std::same_as<T, std::string> || std::same_as<T, std::int64_t>) {
    return read(from, into, limits, pointer, faults);
  } else if constexpr (std::same_as<T, json::value>) {
    into = from;
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    const auto index = read_word(from, Words<T>::all, pointer, faults);
    if (index) into = static_cast<T>(*index);
    return index.has_value();
  } else if constexpr (IsOptional<T>::value) {
    if (from.is_null()) { into.reset(); return true; }
    const bool is_read = decode_value(from, into.emplace(), limits, pointer, faults);
    if constexpr (std::is_enum_v<typename T::value_type>)   // a word that is none of them does not stand for the first
      if (!is_read) into.reset();
    return is_read;
  } else if constexpr (IsPatch<T>::value) {
    into.given = true;
    return decode_value(from, into.value, limits, pointer, faults);
  } else if constexpr (IsVector<T>::value) {
    const json::array* items = read_array(from, limits, pointer, faults);
    if (items == nullptr) return false;
    // The limits of a vector's strings are the widest; its own length is its members'.
    const Limits of_items{0, 10'000, limits.lowest, limits.highest};
    std::size_t index = 0;
    for (const json::value& item : *items) {
      typename T::value_type one{};
      decode_value(item, one, of_items, pointer_to(pointer, index++), faults);
      into.push_back(std::move(one));
    }
    return true;
  } else if constexpr (Described<T>) {
    if (!from.is_object()) { faults.wrong_type(std::string(pointer), "an object"); return false; }
    decode_members(from.get_object(), into, pointer, faults);
    return true;
  } else {
    return read(from, into, pointer, faults);
  }
}

template <Described T>
void decode_members(const json::object& from, T& into, std::string_view pointer, Faults& faults) {
  std::apply([&](const auto&... members) {
    const auto one = [&](const auto& m) {
      using Type = std::remove_cvref_t<decltype(into.*m.place)>;
      const json::value* given = from.if_contains(m.name);
      if (given != nullptr) {
        const Limits limits{m.min_length, m.max_length, m.lowest, m.highest};
        decode_value(*given, into.*m.place, limits, pointer_to(pointer, m.name), faults);
      } else if (!m.optional && !IsOptional<Type>::value && !IsPatch<Type>::value) {
        faults.required(pointer_to(pointer, m.name));
      }
    };
    (one(members), ...);
    const std::string_view known[] = {members.name..., std::string_view()};
    refuse_unknown(from, std::span(known, sizeof...(members)), pointer, faults);
  }, T::describe());
}

template <class T>
json::value schema_value(Schemas& schemas, const Limits& limits) {
  if constexpr (std::same_as<T, std::string>) return string_schema(limits, {});
  else if constexpr (std::same_as<T, std::int64_t>) return integer_schema(limits);
  else if constexpr (std::same_as<T, bool>) return json::object{{"type", "boolean"}};
  else if constexpr (std::same_as<T, json::value>) return json::object{};
  else if constexpr (std::same_as<T, Uuid>) return json::object{{"type", "string"}, {"format", "uuid"}};
  else if constexpr (std::same_as<T, Instant>) return json::object{{"type", "string"}, {"format", "date-time"}};
  else if constexpr (std::same_as<T, Day>) return json::object{{"type", "string"}, {"format", "date"}};
  else if constexpr (std::same_as<T, MoneyInput>) return money_schema()(schemas);
  else if constexpr (std::is_enum_v<T>) return words_schema(Words<T>::all);
  else if constexpr (IsOptional<T>::value) {
    json::value inner = schema_value<typename T::value_type>(schemas, limits);
    return or_null(std::move(inner.as_object()));
  } else if constexpr (IsPatch<T>::value) {
    json::value inner = schema_value<typename decltype(T::value)::value_type>(schemas, limits);
    return or_null(std::move(inner.as_object()));
  } else if constexpr (IsVector<T>::value) {
    json::object array{{"type", "array"}};
    array["items"] = schema_value<typename T::value_type>(schemas, Limits{0, 10'000, limits.lowest, limits.highest});
    array["maxItems"] = limits.max_length;
    if (limits.min_length > 0) array["minItems"] = limits.min_length;
    return array;
  } else {
    static_assert(Described<T>, "this type has no JSON form");
    return named_schema(schemas, T::type_name, [](Schemas& all) {
      json::object properties;
      json::array required;
      std::apply([&](const auto&... members) {
        const auto one = [&](const auto& m) {
          using Type = std::remove_cvref_t<decltype(std::declval<T&>().*m.place)>;
          json::value made = schema_value<Type>(all, Limits{m.min_length, m.max_length, m.lowest, m.highest});
          if (!m.text.empty()) made.as_object()["description"] = m.text;
          properties[m.name] = std::move(made);
          if (!m.optional && !IsOptional<Type>::value && !IsPatch<Type>::value) required.emplace_back(m.name);
        };
        (one(members), ...);
      }, T::describe());
      json::object object{{"type", "object"}, {"additionalProperties", false}};
      object["properties"] = std::move(properties);
      if (!required.empty()) object["required"] = std::move(required);
      return object;
    });
  }
}

}  // namespace detail

// The struct that an object says; faults are added to `faults`.
template <Described T>
T decode_object(const json::object& from, Faults& faults, std::string_view pointer = {}) {
  T made{};
  detail::decode_members(from, made, pointer, faults);
  return made;
}

// The struct that a body says, or nothing and at least one fault. An empty body is an empty object.
template <Described T>
std::optional<T> decode(std::string_view body, Faults& faults) {
  const auto object = parse_object(body.empty() ? std::string_view("{}") : body, faults);
  if (!object) return std::nullopt;
  T made = decode_object<T>(*object, faults);
  if (!faults.empty()) return std::nullopt;
  return made;
}

// The body of a call whose command is executed, as far as it can be read; its faults are the call's.
template <Described T>
T decode(Call& call) {
  const auto object = parse_object(call.request.body.empty() ? std::string_view("{}") : call.request.body, call.faults);
  return object ? decode_object<T>(*object, call.faults) : T{};
}

template <class T>
SchemaMaker schema() {
  return [](Schemas& schemas) {
    return detail::schema_value<T>(schemas, detail::Limits{0, 10'000, std::numeric_limits<std::int64_t>::min(),
                                                           std::numeric_limits<std::int64_t>::max()});
  };
}

}  // namespace dealog::api
