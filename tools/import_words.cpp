#include "tools/import_words.h"

#include <algorithm>

#include <boost/json.hpp>

#include "domain/text.h"

namespace dealog::tools {
namespace {

std::optional<CustomType> parse_type(std::string_view word) {
  const auto& words = find_field(Kind::custom_field, field::custom_field::type)->choices;
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<CustomType>(found - words.begin());
}

const AccountFacts::CustomField* in_account(const AccountFacts& facts, Kind about, std::string_view key) {
  const auto is_it = [&](const AccountFacts::CustomField& field) { return field.about == about && field.key == key; };
  const auto found = std::ranges::find_if(facts.custom_fields, is_it);
  return found == facts.custom_fields.end() ? nullptr : &*found;
}

const PlanConstant* in_plan(const Plan& plan, Kind about, std::string_view key) {
  const std::string name = std::string(plural(about)) + ":" + std::string(key);
  const auto found = std::ranges::find_if(plan.constants, [&](const PlanConstant& each) { return each.kind == Kind::custom_field && each.name == name; });
  return found == plan.constants.end() ? nullptr : &*found;
}

std::optional<CustomType> custom_type(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key) {
  if (const auto* field = in_account(facts, about, key)) return field->type;
  if (const PlanConstant* made = in_plan(plan, about, key)) return parse_type(std::string_view(made->body.at("type").as_string()));
  return std::nullopt;
}

}  // namespace

Uuid NamedWords::find(Kind kind, std::string_view name) const {
  const auto of_kind = all_.find(kind);
  if (of_kind == all_.end()) return {};
  const auto found = of_kind->second.find(normalised(name));
  return found == of_kind->second.end() ? Uuid{} : found->second;
}

void NamedWords::add(Kind kind, std::string_view name, const Uuid& id) { all_[kind].emplace(normalised(name), id); }

const FieldSpec* custom_spec(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key) {
  const auto type = custom_type(plan, facts, about, key);
  return type ? find_field(about, custom_number(*type, false, 0)) : nullptr;
}

std::vector<std::string> custom_choices(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key) {
  if (const auto* field = in_account(facts, about, key)) return field->choices;
  const PlanConstant* made = in_plan(plan, about, key);
  const boost::json::value* choices = made == nullptr ? nullptr : made->body.if_contains("choices");
  return choices == nullptr ? std::vector<std::string>() : boost::json::value_to<std::vector<std::string>>(*choices);
}

std::vector<std::pair<Kind, const ValueRule*>> naming_rules(const Plan& plan, const PlanEntity& entity, const AccountFacts& facts) {
  std::vector<std::pair<Kind, const ValueRule*>> rules;
  for (const FieldRule& field : entity.fields) {
    if (!field.rule.by_name) continue;
    const FieldSpec* spec = field.spec != nullptr ? field.spec : custom_spec(plan, facts, entity.kind, field.custom);
    if (spec != nullptr && spec->ref != Kind::none) rules.emplace_back(spec->ref, &field.rule);
  }
  if (entity.performed_by && entity.performed_by->by_name) rules.emplace_back(Kind::user, &*entity.performed_by);
  return rules;
}

Identity identity_of(const Plan& plan, const AccountFacts& facts, Kind kind, std::string_view set, std::string_view external_id) {
  for (int run = is_setup(kind) ? plan.run - 1 : 0; run >= 1; --run)
    if (const Uuid id = id_in_run(plan, run, set, external_id); facts.there.contains(id)) return {id, run, true};
  return {id_of(plan, set, external_id), plan.run, false};
}

Wanted wanted_facts(const Plan& plan) {
  Wanted wanted;
  const auto add = [](std::vector<Kind>& kinds, Kind kind) {
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
  };
  const auto want = [&](Kind kind) {
    add(wanted.named, kind);
    add(wanted.set_up, kind);
  };
  if (!plan.processes.empty()) add(wanted.set_up, Kind::process);
  for (const PlanConstant& constant : plan.constants) {
    if (constant.kind == Kind::custom_field) wanted.custom_fields = true, add(wanted.set_up, Kind::custom_field);
    else want(constant.kind);
  }
  for (const PlanEntity& entity : plan.entities) {
    if (is_setup(entity.kind)) add(wanted.set_up, entity.kind);
    if (entity.kind == Kind::lead || entity.lead) want(Kind::lead_stage);
    if (entity.performed_by && entity.performed_by->by_name) want(Kind::user);
    for (const FieldRule& field : entity.fields) {
      if (field.spec == nullptr) wanted.custom_fields = true;
      if (field.rule.by_name) want(field.spec != nullptr ? field.spec->ref : Kind::user);
    }
  }
  return wanted;
}

}  // namespace dealog::tools
