#pragma once
// The parameters of a scorecard as bodies give them and answers show them (API.md 3, card). What was reached is not here yet,
// but for custom parameters, which are counted by hand: their `actual` is what stands in the log.

#include <vector>

#include "api/describe.h"
#include "api/encode.h"
#include "api/set_up.h"
#include "domain/command.h"
#include "domain/scorecard_parameters.h"
#include "domain/view.h"

namespace dealog::api {

template <>
struct Words<ParameterKind> { static constexpr const auto& all = parameter_words; };

struct ParameterBody {
  std::optional<Uuid> id;
  ParameterKind kind{0xFF};   // none: what cannot be read is not taken for the first of them
  std::optional<Uuid> object_id;
  std::optional<std::string> name, unit;
  json::value target;
  std::int64_t weight_bp = 0;
  std::optional<Day> counted_from;
  std::optional<bool> less_is_better, is_active;
  static constexpr std::string_view type_name = "ScorecardParameterInput";
  static constexpr auto describe() {
    return std::tuple{member("id", &ParameterBody::id).doc("Stays the parameter's; made when left out"), member("kind", &ParameterBody::kind),
                      member("object_id", &ParameterBody::object_id).doc("The product, category, action or task type, as the kind asks for"),
                      member("name", &ParameterBody::name).doc("Of a custom one"), member("unit", &ParameterBody::unit).doc("Of a custom one"),
                      member("target", &ParameterBody::target).doc("More than 0: a number, or an amount where the kind counts money"),
                      member("weight_bp", &ParameterBody::weight_bp).doc("Basis points; those of the active parameters add up to 10000"),
                      member("counted_from", &ParameterBody::counted_from), member("less_is_better", &ParameterBody::less_is_better),
                      member("is_active", &ParameterBody::is_active).doc("Default: true")};
  }
};

// A number, or a decimal string, as it was written; nothing and a fault when it is neither.
std::optional<command::Decimal> digits_in(const json::value& value, std::string_view pointer, Faults& faults);
std::vector<command::ScorecardParameter> parameters_in(const std::vector<ParameterBody>& given, Faults& faults);

// The parameters of a card, as a list.
void write_parameters(JsonWriter& json, const View& card, const SetUp& set_up);
SchemaMaker parameter_schema();

}  // namespace dealog::api
