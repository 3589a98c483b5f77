#include "api/custom_values.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/set_change.h"

namespace dealog::api {
namespace {

std::optional<command::CustomValue::Written> read(const json::value& value, Mode mode, const std::string& pointer, Faults& faults) {
  if (value.is_null()) return command::CustomValue::Written();
  if (const bool* flag = value.if_bool()) return *flag;
  if (value.is_number()) return command::Decimal{digits_of(value)};
  if (const json::string* text = value.if_string()) return std::string(text->data(), text->size());
  if (const json::array* items = value.if_array()) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (auto word = read_text((*items)[i], pointer_to(pointer, i), faults)) words.push_back(std::move(*word));
    if (words.size() != items->size()) return std::nullopt;
    return words;
  }
  if (const json::object* members = value.if_object(); mode == Mode::patch && members != nullptr && (members->contains("add") || members->contains("remove"))) {
    auto change = read_members<std::string>(*members, pointer, faults);
    return change ? std::optional<command::CustomValue::Written>(std::move(*change)) : std::nullopt;
  }
  MoneyInput money;
  if (!detail::read(value, money, pointer, faults)) return std::nullopt;
  return command::Amount{money.amount, money.currency};
}

}  // namespace

std::vector<command::CustomValue> read_custom_values(const json::object& body, Faults& faults, Mode mode) {
  std::vector<command::CustomValue> values;
  const json::value* given = body.if_contains("cf");
  if (given == nullptr) return values;
  const json::object* members = given->if_object();
  if (members == nullptr) {
    faults.wrong_type("/cf", "an object");
    return values;
  }
  for (const auto& [raw_key, value] : *members) {
    const std::string key(raw_key.data(), raw_key.size());
    if (auto written = read(value, mode, pointer_to("/cf", key), faults)) values.push_back({key, std::move(*written)});
  }
  return values;
}

SchemaMaker custom_values_schema() {
  return json_schema("CustomValues", R"({"type":"object","additionalProperties":true,
    "description":"Values of custom fields by their key; null empties one. Numbers, strings, booleans, lists of choices, amounts, by the field's type. To edit a list of choices also {\"add\": [...], \"remove\": [...]}: the others stay"})");
}

}  // namespace dealog::api
