#include "domain/dictionary.h"

#include "domain/people.h"

namespace dealog {
namespace {

const Names& reasons_of(const ModelState& state, std::int64_t outcome) {
  return state.reason_by_name[outcome >= 0 && outcome < 4 ? outcome : 0];
}

Decision edited(Deciding& deciding, ObjectRef object, Checked changed) {
  if (!changed.plain.empty()) deciding.add(object, event::Edited{std::move(changed.plain)});
  return deciding.outcome(object);
}

void check_name(Deciding& deciding, const Names& names, const std::string& name, const Uuid& self) {
  if (!name.empty() && is_taken(names, name, self)) deciding.faults.add(Code::name_taken, "/name");
}

const Fields* fields_in(const Event& event) {
  if (const auto* created = std::get_if<event::Created>(&event)) return &created->fields;
  if (const auto* edited = std::get_if<event::Edited>(&event)) return &edited->fields;
  return nullptr;
}

}  // namespace

Decision create_source(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::source, create.fields);
  check_name(deciding, deciding.state.source_by_name, text_in(checked.plain, field::source::name), create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_source(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, Kind::source, edit.fields, *deciding.state.find(edit.object));
  check_name(deciding, deciding.state.source_by_name, text_in(changed.plain, field::source::name), edit.object.id);
  return edited(deciding, edit.object, std::move(changed));
}

Decision create_close_reason(Deciding& deciding, const command::Create& create) {
  namespace r = field::close_reason;
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::close_reason, create.fields);
  const Value* outcome = find_value(checked.plain, r::outcome);
  const auto* number = outcome ? std::get_if<std::int64_t>(outcome) : nullptr;
  if (number) check_name(deciding, reasons_of(deciding.state, *number), text_in(checked.plain, r::name), create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_close_reason(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  const CloseReason& reason = deciding.state.close_reasons.at(edit.object.id);
  Checked changed = check_edit(deciding, Kind::close_reason, edit.fields, reason);
  check_name(deciding, reasons_of(deciding.state, static_cast<std::int64_t>(reason.outcome)), text_in(changed.plain, field::close_reason::name),
             edit.object.id);
  return edited(deciding, edit.object, std::move(changed));
}

void check_close_reason_removal(Deciding& deciding, const Uuid& reason) {
  if (deciding.state.close_reasons.at(reason).is_used)
    deciding.faults.add(Code::in_use, {}, "Deals were closed with this reason; archive it instead.");
}

void check_close_reason_restoring(Deciding& deciding, const Uuid& id) {
  const CloseReason& reason = deciding.state.close_reasons.at(id);
  if (is_taken(reasons_of(deciding.state, static_cast<std::int64_t>(reason.outcome)), reason.name, id)) deciding.faults.add(Code::name_taken);
}

void apply_source(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.sources.find(envelope.object.id);
  if (found == state.sources.end()) return;
  if (const Fields* fields = fields_in(event))
    if (const std::string name = text_in(*fields, field::source::name); !name.empty())
      rename(state.source_by_name, found->second.name, found->first, &name);
  if (std::holds_alternative<event::Deleted>(event)) {
    rename(state.source_by_name, found->second.name, found->first, nullptr);
    state.prints_of_deleted_sources.insert(print_of(Value{found->first}));
  }
}

void apply_close_reason(ModelState& state, const Envelope& envelope, const Event& event) {
  namespace r = field::close_reason;
  const auto found = state.close_reasons.find(envelope.object.id);
  if (found == state.close_reasons.end()) return;
  CloseReason& reason = found->second;
  if (const Fields* fields = fields_in(event)) {
    for (const FieldChange& change : *fields) {
      const auto* number = std::get_if<std::int64_t>(&change.value);
      if (change.field == r::outcome && number && *number >= 0 && *number < 4) reason.outcome = static_cast<Status>(*number);
      if (change.field == r::is_archived) reason.is_archived = number && *number != 0;
    }
  }
  Names& names = state.reason_by_name[static_cast<std::size_t>(reason.outcome)];
  if (const Fields* fields = fields_in(event))
    if (const std::string name = text_in(*fields, r::name); !name.empty()) rename(names, reason.name, found->first, &name);
  const std::string held = reason.name;  // a deleted name is free again
  if (std::holds_alternative<event::Deleted>(event)) names.erase(held);
  if (std::holds_alternative<event::Restored>(event)) rename(names, reason.name, found->first, &held);
}

}  // namespace dealog
