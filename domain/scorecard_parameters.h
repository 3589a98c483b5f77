#pragma once
// The parameters of scorecards (SPEC SCO-3): what there is to be counted, as a table of data; which cards are alike; and
// how columns hold them.

#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "domain/card_period.h"
#include "domain/event.h"

namespace dealog {

// In what a parameter is counted, and so which form its target has: a whole number, an amount of the account's currency, per cents,
// a quantity of at most three decimals, or whatever a custom one calls its unit.
enum class ParameterUnit : std::uint8_t { count, money, percent, quantity, own };
// What it refers to: nothing; one of these, always; a task type, if it is only about one.
enum class ParameterObject : std::uint8_t { none, product, category, action, task_type };

struct ParameterSpec {
  std::string_view name;
  ParameterUnit unit = ParameterUnit::count;
  ParameterObject object = ParameterObject::none;
};

// Indexes of the table below. DO NOT RENUMBER: on disk (events.fbs ScorecardParameter.kind has the same words).
enum class ParameterKind : std::uint8_t { custom = 0 };
inline constexpr ParameterSpec parameter_specs[] = {
    {"custom", ParameterUnit::own},
    {"deals_created"},
    {"deals_created_value", ParameterUnit::money},
    {"deals_won"},
    {"deals_lost"},
    {"deals_obsolete"},
    {"won_value", ParameterUnit::money},
    {"won_realised", ParameterUnit::money},
    {"won_profit", ParameterUnit::money},
    {"win_rate", ParameterUnit::percent},
    {"product_value", ParameterUnit::money, ParameterObject::product},
    {"product_quantity", ParameterUnit::quantity, ParameterObject::product},
    {"category_value", ParameterUnit::money, ParameterObject::category},
    {"category_quantity", ParameterUnit::quantity, ParameterObject::category},
    {"persons_added"},
    {"companies_added"},
    {"tasks_completed", ParameterUnit::count, ParameterObject::task_type},
    {"tasks_planned", ParameterUnit::count, ParameterObject::task_type},
    {"notes_added"},
    {"emails_sent"},
    {"action_done", ParameterUnit::count, ParameterObject::action},
    {"leads_created"},
    {"leads_converted"},
};
inline constexpr auto parameter_words = [] {
  std::array<std::string_view, std::size(parameter_specs)> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = parameter_specs[i].name;
  return words;
}();
// Of a later release: as a custom one.
constexpr const ParameterSpec& spec_of(const event::ScorecardParameter& parameter) {
  return parameter_specs[parameter.kind < std::size(parameter_specs) ? parameter.kind : 0];
}
constexpr bool is_custom(const event::ScorecardParameter& parameter) { return parameter.kind == static_cast<std::uint8_t>(ParameterKind::custom); }

// The same for cards of one period with the same parameters, whatever their ids and order (SPEC SCO-6).
Uuid group_key(const CardPeriod& period, const std::vector<event::ScorecardParameter>& parameters);

// As columns hold them: bytes of the same machine, in memory only, and back.
std::string packed(const std::vector<event::ScorecardParameter>& parameters);
std::string packed(const std::vector<event::ScorecardValue>& values);
std::vector<event::ScorecardParameter> unpacked_parameters(std::string_view bytes);
std::vector<event::ScorecardValue> unpacked_values(std::string_view bytes);

}  // namespace dealog
