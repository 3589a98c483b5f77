#include "domain/lead_stage.h"

#include <algorithm>
#include <tuple>

#include "domain/people.h"

namespace dealog {
namespace {

namespace ls = field::lead_stage;

constexpr std::int64_t step = 10;  // room for stages in between

std::int64_t behind_the_last(const ModelState& state) {
  std::int64_t last = 0;
  for (const auto& [id, stage] : state.lead_stages)
    if (!stage.is_deleted) last = std::max(last, stage.position);
  return last + step;
}

const LeadStage* there(const ModelState& state, const Uuid& id) {
  const LeadStage* stage = find_in(state.lead_stages, id);
  return stage && !stage->is_deleted ? stage : nullptr;
}

}  // namespace

Decision create_lead_stage(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::lead_stage, create.fields, {ls::position});
  if (const std::string name = text_in(checked.plain, ls::name); !name.empty() && is_taken(deciding.state.lead_stage_by_name, name, create.object.id))
    deciding.faults.add(Code::name_taken, "/name");
  if (!find_value(checked.plain, ls::position)) set_value(checked.plain, ls::position, behind_the_last(deciding.state));
  sort_by_number(checked.plain);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_lead_stage(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (const std::string name = text_in(changed.plain, ls::name); !name.empty() && is_taken(deciding.state.lead_stage_by_name, name, edit.object.id))
    deciding.faults.add(Code::name_taken, "/name");
  return edited(deciding, edit.object, std::move(changed));
}

void check_lead_stage_removal(Deciding& deciding, const Uuid& stage) {
  const ModelState& state = deciding.state;
  const auto active = state.active_leads_in.find(stage);
  if (active != state.active_leads_in.end() && active->second > 0)
    deciding.faults.add(Code::in_use, {}, "Active leads stand in this stage; move them first.");
  if (std::ranges::none_of(state.lead_stages, [&](const auto& other) { return other.first != stage && !other.second.is_deleted; }))
    deciding.faults.add(Code::in_use, {}, "The last lead stage must stay.");
}

void check_lead_stage_restoring(Deciding& deciding, const Uuid& stage) {
  if (is_taken(deciding.state.lead_stage_by_name, deciding.state.lead_stages.at(stage).name, stage)) deciding.faults.add(Code::name_taken);
}

void apply_lead_stage(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.lead_stages.find(envelope.object.id);
  if (found == state.lead_stages.end()) return;
  LeadStage& stage = found->second;
  const auto* created = std::get_if<event::Created>(&event);
  const auto* edited = std::get_if<event::Edited>(&event);
  if (created || edited) {
    const Fields& fields = created ? created->fields : edited->fields;
    const Value* position = find_value(fields, ls::position);
    if (const auto* number = position ? std::get_if<std::int64_t>(position) : nullptr) stage.position = *number;
    if (const std::string name = text_in(fields, ls::name); !name.empty()) rename(state.lead_stage_by_name, stage.name, found->first, &name);
  }
  const std::string held = stage.name;  // a deleted name is free again
  if (std::holds_alternative<event::Deleted>(event)) state.lead_stage_by_name.erase(held);
  if (std::holds_alternative<event::Restored>(event)) rename(state.lead_stage_by_name, stage.name, found->first, &held);
}

Uuid first_lead_stage(const ModelState& state) {
  Uuid first;
  const LeadStage* lowest = nullptr;
  for (const auto& [id, stage] : state.lead_stages) {
    if (stage.is_deleted || (lowest && std::tie(lowest->position, first) < std::tie(stage.position, id))) continue;
    first = id;
    lowest = &stage;
  }
  return first;
}

Uuid later_lead_stage(const ModelState& state, const Uuid& left, const Uuid& right) {
  const LeadStage *a = there(state, left), *b = there(state, right);
  if (!a || !b) return a ? left : right;
  return std::tie(a->position, left) < std::tie(b->position, right) ? right : left;
}

std::vector<NewEvent> default_lead_stages(const Uuid& account) {
  std::vector<NewEvent> events;
  std::int64_t position = 0;
  for (const std::string_view name : {"New", "In contact", "Qualified"}) {
    const Uuid id = derived_uuid(to_string(account), "lead stage " + std::string(name));
    events.push_back({.object = {Kind::lead_stage, id}, .event = event::Created{.fields = {{ls::name, std::string(name)}, {ls::position, position += step}}}});
  }
  return events;
}

}  // namespace dealog
