#include "tools/import_fields.h"

#include <algorithm>

#include <boost/json.hpp>

#include "domain/text.h"
#include "tools/import_dates.h"

namespace dealog::tools {
namespace {

namespace json = boost::json;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = normalised(text);
  for (const std::string_view yes : {"true", "yes", "1", "y", "t"})
    if (word == yes) return true;
  for (const std::string_view no : {"false", "no", "0", "n", "f"})
    if (word == no) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  try {
    std::size_t read = 0;
    const std::int64_t number = std::stoll(std::string(text), &read);
    if (read == text.size()) return number;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

// The API's code for a number that a field of its own never takes; nothing: none is known here.
std::optional<std::string_view> out_of_bounds(const FieldSpec& spec, std::int64_t value) {
  constexpr std::int64_t millionths = 1'000'000;
  const bool is_quantity = spec.name == "quantity", is_percent = spec.type == FieldType::percent, repeats = spec.name.starts_with("recurrence.");
  if ((spec.type == FieldType::money || is_quantity) && value < 0) return "negative";
  if (is_percent && (value < 0 || value > 100 * millionths)) return "out_of_range";
  if (repeats && value < 1) return "out_of_range";
  if ((is_quantity && value % 1'000 != 0) || (is_percent && value % 10'000 != 0)) return "invalid";   // three decimals and two
  return std::nullopt;
}

// As a JSON number. The shortest digits of a double are these again: it is read as text by the server.
json::value number(std::int64_t millionths) {
  if (millionths % 1'000'000 == 0) return millionths / 1'000'000;
  return std::stod(format_decimal(millionths));
}

// "links.deal_id" stands inside the object "links".
void put(json::object& body, std::string_view name, json::value value) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) {
    body[name] = std::move(value);
    return;
  }
  json::value& inner = body[name.substr(0, dot)];
  if (!inner.is_object()) inner.emplace_object();
  put(inner.get_object(), name.substr(dot + 1), std::move(value));
}

}  // namespace

std::optional<Uuid> FieldReader::look_up(const ValueRule& rule, Kind kind, const std::string& value, std::vector<Uuid>& needs) const {
  if (rule.by_name) {
    if (const Uuid id = words.find(kind, value); !id.is_nil()) {
      needs.push_back(id);
      return id;
    }
    fault(rule.column, "unknown_reference", "there is no " + std::string(name(kind)) + " '" + value + "', or more than one");
    return std::nullopt;
  }
  const auto set = sets.find(rule.ref);
  if (set != sets.end()) {
    if (const auto found = set->second.find(value); found != set->second.end()) {
      needs.push_back(found->second);
      return found->second;
    }
  }
  fault(rule.column, "unknown_reference", "the plan's files have no " + rule.ref + " '" + value + "'");
  return std::nullopt;
}

std::optional<Uuid> FieldReader::reference(const ValueRule& rule, Kind kind, std::vector<Uuid>& needs) const {
  try {
    const auto value = value_of(rule, row);
    if (!value) return std::nullopt;
    return look_up(rule, kind, *value, needs);
  } catch (const Unmapped& unmapped) {
    fault(rule.column, "out_of_range", "the plan's map does not know '" + unmapped.value + "'");
    return std::nullopt;
  }
}

void FieldReader::read(const FieldSpec& spec, const FieldRule& field, json::object& body, std::vector<Uuid>& needs) const {
  const ValueRule& rule = field.rule;
  const std::string called = field.name();
  std::vector<std::string> values;
  const bool is_list = spec.type == FieldType::texts || spec.type == FieldType::refs || spec.type == FieldType::words;
  try {
    if (is_list) values = values_of(rule, row);
    else if (auto value = value_of(rule, row)) values.push_back(std::move(*value));
  } catch (const Unmapped& unmapped) {
    return fault(rule.column, "out_of_range", "the plan's map does not know '" + unmapped.value + "'");
  }
  if (values.empty()) {
    if (spec.required && !spec.doc.starts_with("default:")) fault(rule.column, "missing", "'" + called + "' is needed");
    return;
  }
  const std::string& value = values.front();
  const auto unreadable = [&](std::string_view what) {
    fault(rule.column, "unreadable", "'" + value + "' is no " + std::string(what));
  };
  const auto is_taken = [&](std::int64_t number) {
    const auto code = out_of_bounds(spec, number);
    if (code) fault(rule.column, std::string(*code), "'" + value + "' can be no " + called);
    return !code;
  };
  switch (spec.type) {
    case FieldType::text:
    case FieldType::texts:
      for (const std::string& text : values)
        if (characters(text) > spec.max_length)
          return fault(rule.column, "too_long", "at most " + std::to_string(spec.max_length) + " characters fit here");
      if (spec.type == FieldType::text) return put(body, called, json::value(value));
      return put(body, called, json::value_from(values));
    case FieldType::integer:
      if (const auto number = parse_integer(value)) {
        if (is_taken(*number)) put(body, called, json::value(*number));
        return;
      }
      return unreadable("whole number");
    case FieldType::decimal:
      if (const auto millionths = parse_decimal(value)) {
        if (is_taken(*millionths)) put(body, called, is_custom(spec.number) ? number(*millionths) : json::value(format_decimal(*millionths)));
        return;
      }
      return unreadable("number with at most six decimals");
    case FieldType::percent:
      if (const auto millionths = parse_decimal(value)) {
        if (is_taken(*millionths)) put(body, called, number(*millionths));
        return;
      }
      return unreadable("percentage");
    case FieldType::json:
      return unreadable("value that imports set");
    case FieldType::word:
    case FieldType::words: {
      const auto known = choices.find(&field);
      for (const std::string& word : values)
        if (known != choices.end() && std::ranges::find(known->second, word) == known->second.end())
          return fault(rule.column, "invalid", "'" + word + "' is none of the choices of " + called);
      return put(body, called, is_list ? json::value_from(values) : json::value(value));
    }
    case FieldType::boolean:
      if (const auto boolean = parse_boolean(value)) return put(body, called, json::value(*boolean));
      return unreadable("yes or no");
    case FieldType::money: {
      const Currency in = is_custom(spec.number) ? facts.currency : currency;
      const auto minor = parse_amount(value, in);
      if (!minor) return unreadable("amount of " + std::string(in.code()));
      if (!is_taken(*minor)) return;
      return put(body, called, json::object{{"amount", format_amount(*minor, in)}, {"currency", in.code()}});
    }
    case FieldType::day:
      if (const auto day = parse_local_day(value, rule.formats, facts.calendar))
        return put(body, called, json::value(to_string(*day)));
      return unreadable("date of the format that the plan names");
    case FieldType::instant:
      if (const auto when = parse_when(value, rule.formats, facts.calendar))
        return put(body, called, json::value(to_string(when->instant)));
      return unreadable("date of the format that the plan names");
    case FieldType::choice:
      if (std::ranges::find(spec.choices, std::string_view(value)) != spec.choices.end())
        return put(body, called, json::value(value));
      return fault(rule.column, "out_of_range", "'" + value + "' is no " + called + "; map it to one");
    case FieldType::ref:
      if (const auto id = look_up(rule, spec.ref, value, needs)) put(body, called, json::value(to_string(*id)));
      return;
    case FieldType::refs: {
      json::array ids;
      for (const std::string& member : values)
        if (const auto id = look_up(rule, spec.ref, member, needs)) ids.emplace_back(to_string(*id));
      return put(body, called, std::move(ids));
    }
  }
}

Uuid PlannedProcess::stage(std::string_view name) const {
  const std::string wanted = normalised(name);
  for (const AccountFacts::Stage& candidate : stages)
    if (normalised(candidate.name) == wanted) return candidate.id;
  return {};
}

std::vector<PlannedProcess> planned_processes(const Plan& plan, const AccountFacts& facts) {
  std::vector<PlannedProcess> processes;
  for (const PlanProcess& given : plan.processes) {
    PlannedProcess& made = processes.emplace_back();
    made.plan = &given;
    if (given.existing) {
      for (const AccountFacts::Process& there : facts.processes)
        if (normalised(there.name) == normalised(given.name)) {
          made.id = there.id;
          made.stages = there.stages;
        }
      continue;
    }
    const Identity identity = identity_of(plan, facts, Kind::process, "process", given.key);
    const auto id_of_part = [&](std::string_view set, const std::string& external) { return to_string(id_in_run(plan, identity.run, set, external)); };
    made.id = identity.id;
    made.is_there = identity.is_there;
    made.body = given.body;
    made.body["id"] = to_string(made.id);
    // Stages and actions get ids that stay the same, so that a second run says the same again.
    for (json::value& stage : made.body["stages"].as_array()) {
      json::object& members = stage.as_object();
      const std::string name(members["name"].as_string());
      const std::string in_process = given.key + '\0' + name;
      if (!members.contains("id")) members["id"] = id_of_part("stage", in_process);
      made.stages.push_back({name, parse_uuid(std::string_view(members["id"].as_string())).value_or(Uuid{})});
      json::value* actions = members.if_contains("actions");
      if (actions == nullptr || !actions->is_array()) continue;
      for (json::value& action : actions->get_array()) {
        if (!action.is_object() || action.get_object().contains("id")) continue;
        const json::value* called = action.get_object().if_contains("name");
        if (called == nullptr || !called->is_string()) continue;  // the API says what is wrong
        action.get_object()["id"] =
            id_of_part("action", in_process + '\0' + std::string(called->get_string()));
      }
    }
  }
  return processes;
}

std::vector<const ValueRule*> rules_of(const PlanEntity& entity) {
  std::vector<const ValueRule*> rules;
  if (entity.what == PlanEntity::What::objects) rules.push_back(&entity.external_id);
  for (const FieldRule& field : entity.fields) rules.push_back(&field.rule);
  for (const auto* rule : {&entity.effective_at, &entity.stage, &entity.status, &entity.closed_at, &entity.close_reason,
                           &entity.close_note, &entity.performed_by, &entity.to_company.rule, &entity.to_person.rule,
                           &entity.to_deal.rule, &entity.completed_at, &entity.deal, &entity.lead, &entity.at})
    if (rule->has_value()) rules.push_back(&**rule);
  return rules;
}

}  // namespace dealog::tools
