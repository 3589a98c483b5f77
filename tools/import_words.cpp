#include "tools/import_words.h"

#include <algorithm>

#include "domain/text.h"

namespace dealog::tools {
namespace {

std::optional<CustomType> parse_type(std::string_view word) {
  const auto& words = find_field(Kind::custom_field, field::custom_field::type)->choices;
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<CustomType>(found - words.begin());
}

std::optional<CustomType> custom_type(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key) {
  for (const AccountFacts::CustomField& field : facts.custom_fields)
    if (field.about == about && field.key == key) return field.type;
  for (const PlanConstant& constant : plan.constants)
    if (constant.kind == Kind::custom_field && constant.name == std::string(plural(about)) + ":" + std::string(key))
      return parse_type(std::string_view(constant.body.at("type").as_string()));
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
