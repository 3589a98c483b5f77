#include "api/scorecard_json.h"

#include <algorithm>

namespace dealog::api {
namespace {

constexpr std::int64_t million = 1'000'000;

// Of `unit`, in millionths.
void write_amount(JsonWriter& json, std::int64_t millionths, ParameterUnit unit, Currency currency) {
  if (unit != ParameterUnit::money) {
    json.raw(format_decimal(millionths));
    return;
  }
  Int128 minor = millionths;
  for (int i = decimals(currency).value_or(0); i > 0; --i) minor *= 10;
  json.money(static_cast<std::int64_t>(divide_half_away(minor, million)), currency);
}

}  // namespace

std::optional<command::Decimal> digits_in(const json::value& value, std::string_view pointer, Faults& faults) {
  if (value.is_number()) return command::Decimal{digits_of(value)};
  const json::string* text = value.if_string();
  if (text != nullptr && is_decimal(std::string_view(*text))) return command::Decimal{std::string(*text)};
  faults.wrong_type(std::string(pointer), "a number such as 12.5");
  return std::nullopt;
}

std::vector<command::ScorecardParameter> parameters_in(const std::vector<ParameterBody>& given, Faults& faults) {
  std::vector<command::ScorecardParameter> parameters;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const ParameterBody& body = given[i];
    const std::string pointer = "/parameters/" + std::to_string(i) + "/target";
    command::ScorecardParameter& it = parameters.emplace_back();
    it.id = body.id.value_or(Uuid{});
    it.kind = static_cast<std::uint8_t>(body.kind);
    it.object = body.object_id.value_or(Uuid{});
    it.name = body.name;
    it.unit = body.unit;
    it.weight_bp = body.weight_bp;
    it.counted_from = body.counted_from;
    it.less_is_better = body.less_is_better.value_or(false);
    it.is_active = body.is_active.value_or(true);
    if (faults.names(pointer)) continue;   // it is missing
    if (body.target.is_object()) {
      MoneyInput money;
      if (!detail::read(body.target, money, pointer, faults)) continue;
      if (!is_decimal(money.amount)) faults.unreadable(pointer + "/amount", "a decimal number such as 1234.50");
      it.target = command::Amount{money.amount, money.currency};
    } else if (auto digits = digits_in(body.target, pointer, faults)) {
      it.target = std::move(*digits);
    }
  }
  return parameters;
}

void write_parameters(JsonWriter& json, const View& card, const SetUp& set_up) {
  json.array();
  for (const event::ScorecardParameter& it : card.parameters) {
    const ParameterSpec& spec = spec_of(it);
    json.object().field("id", it.id).field("kind", spec.name).key("object_id");
    // A deleted category is null wherever it stands.
    if (set_up.deleted_words.contains(it.object)) json.null();
    else json.value(it.object);
    if (is_custom(it)) {
      json.field("name", it.name).key("unit");
      if (it.unit.empty()) json.null();
      else json.value(it.unit);
    }
    json.key("target");
    write_amount(json, it.target, spec.unit, set_up.currency);
    json.field("weight_bp", it.weight_bp).field("counted_from", it.counted_from);
    json.field("less_is_better", it.less_is_better).field("is_active", it.is_active);
    if (is_custom(it)) {
      const auto value = std::ranges::find(card.values, it.id, &event::ScorecardValue::parameter);
      json.key("actual");
      write_amount(json, value == card.values.end() ? 0 : value->value, spec.unit, set_up.currency);
    }
    json.end();
  }
  json.end();
}

SchemaMaker parameter_schema() {
  return json_schema("ScorecardParameter", R"({"type":"object","required":["id","kind","target","weight_bp","less_is_better","is_active"],"properties":{
    "id":{"type":"string","format":"uuid"},"kind":{"type":"string"},"object_id":{"type":["string","null"],"format":"uuid"},"name":{"type":"string"},
    "unit":{"type":["string","null"]},"target":{"description":"a number, or an amount of money"},"weight_bp":{"type":"integer"},
    "counted_from":{"type":["string","null"],"format":"date"},"less_is_better":{"type":"boolean"},"is_active":{"type":"boolean"},
    "actual":{"type":"number","description":"of a custom parameter: as it was set by hand"}}})");
}

}  // namespace dealog::api
