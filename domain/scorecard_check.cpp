// The parameters of a scorecard (SPEC SCO-2, SCO-3): each by itself, then together.

#include <algorithm>
#include <unordered_set>

#include "domain/money.h"
#include "domain/scorecard.h"
#include "domain/scorecard_parameters.h"

namespace dealog {
namespace {

constexpr std::size_t most_parameters = 100, longest_unit = 50;
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t most_target = 9'000'000'000'000 * million;
constexpr std::uint32_t whole_weight = 10'000;

std::string at(std::size_t index, std::string_view member) { return "/parameters/" + std::to_string(index) + "/" + std::string(member); }

class Reading {
 public:
  Reading(Deciding& deciding, const std::vector<event::ScorecardParameter>& held) : deciding_(deciding), held_(held) {}

  event::ScorecardParameter read(const command::ScorecardParameter& given, std::size_t index) {
    event::ScorecardParameter it{.id = given.id, .kind = given.kind, .object = given.object, .counted_from = given.counted_from,
                                 .less_is_better = given.less_is_better, .is_active = given.is_active};
    if (given.kind >= std::size(parameter_specs)) {
      faults().add(Code::invalid, at(index, "kind"));
      return it;
    }
    words(given, it, index);
    if (it.id.is_nil()) it.id = id_of_held(it);
    if (!ids_.insert(it.id).second) faults().add(Code::duplicate, at(index, "id"));
    object(it, index);
    it.target = target(given, it, index);
    if (given.weight_bp < 0 || given.weight_bp > whole_weight) faults().add(Code::out_of_range, at(index, "weight_bp"), "From 0 to 10000 basis points.");
    else it.weight_bp = static_cast<std::uint32_t>(given.weight_bp);
    return it;
  }

 private:
  Faults& faults() { return deciding_.faults; }

  // Who names no id means the one that is there, with what was counted for it.
  Uuid id_of_held(const event::ScorecardParameter& it) {
    for (const event::ScorecardParameter& held : held_)
      if (held.kind == it.kind && held.object == it.object && held.name == it.name && !ids_.contains(held.id)) return held.id;
    return deciding_.fresh_id();
  }

  // Custom ones have a name, and may have a unit; the others say what they are by their kind.
  void words(const command::ScorecardParameter& given, event::ScorecardParameter& it, std::size_t index) {
    if (is_custom(it)) {
      if (given.name) check_text(deciding_, *given.name, longest_name, at(index, "name"));
      else faults().add(Code::required, at(index, "name"));
      if (given.unit) check_text(deciding_, *given.unit, longest_unit, at(index, "unit"));
      it.name = given.name.value_or("");
      it.unit = given.unit.value_or("");
      return;
    }
    if (given.name) faults().add(Code::invalid, at(index, "name"), "Only custom parameters have a name of their own.");
    if (given.unit) faults().add(Code::invalid, at(index, "unit"), "Only custom parameters have a unit of their own.");
  }

  void object(const event::ScorecardParameter& it, std::size_t index) {
    const ModelState& state = deciding_.state;
    const ParameterObject wanted = spec_of(it).object;
    if (wanted == ParameterObject::none) {
      if (!it.object.is_nil()) faults().add(Code::invalid, at(index, "object_id"), "A parameter of this kind refers to nothing.");
      return;
    }
    if (it.object.is_nil()) {
      if (wanted != ParameterObject::task_type) faults().add(Code::required, at(index, "object_id"));
      return;
    }
    if (wanted == ParameterObject::action) {
      if (!state.process_of_action.contains(it.object)) faults().add(Code::unknown_reference, at(index, "object_id"));
      return;
    }
    const Kind kind = wanted == ParameterObject::product ? Kind::product : wanted == ParameterObject::category ? Kind::product_category : Kind::task_type;
    const Word* word = find_in(*state.words(kind), it.object);
    if (!word && kind == Kind::task_type && is_built_in_task_type(it.object)) return;
    const bool is_held = std::ranges::any_of(held_, [&](const auto& held) { return held.kind == it.kind && held.object == it.object; });
    if (!word || word->is_deleted) faults().add(Code::unknown_reference, at(index, "object_id"));
    else if (word->is_archived && !is_held) faults().add(Code::invalid, at(index, "object_id"), "It is archived.");
  }

  // In millionths.
  std::int64_t target(const command::ScorecardParameter& given, const event::ScorecardParameter& it, std::size_t index) {
    const std::string pointer = at(index, "target");
    const auto wrong = [&](Code code, std::string message) {
      faults().add(code, pointer, std::move(message));
      return std::int64_t{0};
    };
    const auto* amount = std::get_if<command::Amount>(&given.target);
    const auto* decimal = std::get_if<command::Decimal>(&given.target);
    const ParameterUnit unit = spec_of(it).unit;
    if ((unit == ParameterUnit::money) != (amount != nullptr))
      return wrong(Code::wrong_type, amount ? "A number." : "An object such as {\"amount\": \"1234.50\"}.");
    const std::string& own = deciding_.state.account.currency;
    if (amount && amount->currency && *amount->currency != own) return wrong(Code::invalid, "The currency here is " + own + ".");
    // Not by way of an amount in minor units: it says no more than how many decimals there may be.
    const auto read = parse_decimal(amount ? amount->amount : decimal->digits);
    if (!read) return wrong(Code::invalid, "A number of at most six decimals.");
    if (*read < 0) return wrong(Code::negative, "A target is more than zero.");
    if (*read == 0 || *read > most_target) return wrong(Code::out_of_range, "A target is more than zero.");
    std::int64_t step = 1;
    switch (unit) {
      case ParameterUnit::count: step = million; break;
      case ParameterUnit::quantity: step = 1'000; break;
      case ParameterUnit::percent:
        step = 10'000;
        if (*read > 100 * million) return wrong(Code::out_of_range, "At most 100 %.");
        break;
      case ParameterUnit::money:
        step = million;
        for (int i = decimals(parse_currency(own).value_or(Currency{})).value_or(0); i > 0; --i) step /= 10;
        break;
      case ParameterUnit::own: break;
    }
    if (*read % step != 0) return wrong(Code::invalid, step == million ? "A whole number." : "Too many decimals.");
    return *read;
  }

  Deciding& deciding_;
  const std::vector<event::ScorecardParameter>& held_;
  std::unordered_set<Uuid> ids_;
};

}  // namespace

std::vector<event::ScorecardParameter> read_parameters(Deciding& deciding, const std::vector<command::ScorecardParameter>& given,
                                                       const std::vector<event::ScorecardParameter>& held) {
  std::vector<event::ScorecardParameter> parameters;
  if (given.size() > most_parameters) {
    deciding.faults.add(Code::too_long, "/parameters", "At most " + std::to_string(most_parameters) + ".");
    return parameters;
  }
  Reading reading(deciding, held);
  for (std::size_t i = 0; i < given.size(); ++i) parameters.push_back(reading.read(given[i], i));
  return parameters;
}

void check_parameters(Deciding& deciding, const std::vector<event::ScorecardParameter>& parameters, const CardPeriod& period) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].is_active) sum += parameters[i].weight_bp;
    if (parameters[i].counted_from && *parameters[i].counted_from > period.end)
      deciding.faults.add(Code::out_of_range, at(i, "counted_from"), "The period ends on " + to_string(period.end) + ".");
  }
  if (parameters.empty()) deciding.faults.add(Code::required, "/parameters");
  else if (sum != whole_weight)
    deciding.faults.add(Code::weights_not_100, "/parameters",
                        "The weights of the active parameters add up to " + format_decimal(std::int64_t{sum} * 10'000) + " %, not to 100 %.");
}

}  // namespace dealog
