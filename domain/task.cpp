#include "domain/task.h"

namespace dealog {
namespace {

namespace t = field::task;

// Due on a day or at a time, never both.
void check_due(Deciding& deciding, const Fields& fields) {
  const auto given = [&](std::uint16_t field) {
    const Value* value = find_value(fields, field);
    return value && !std::holds_alternative<std::monostate>(*value);
  };
  if (given(t::due_on) && given(t::due_at)) deciding.faults.add(Code::invalid, "/due_at", "Due on a day or at a time, not both.");
}

}  // namespace

Decision create_task(Deciding& deciding, const command::Create& create) {
  const auto effective = deciding.effective(create.effective_at);
  Checked checked = check_birth(deciding, Kind::task, create.fields, {t::assignee_id});
  Fields& fields = checked.plain;
  check_due(deciding, fields);
  if (!find_value(fields, t::type_id)) set_value(fields, t::type_id, task_type_id("other"));
  if (!find_value(fields, t::assignee_id)) {
    if (deciding.doer.is_nil()) deciding.faults.add(Code::required, "/assignee_id");
    check_active(deciding, deciding.doer, "/assignee_id");
    set_value(fields, t::assignee_id, deciding.doer);
  }
  const Uuid deal = id_in(fields, t::deal_id), assignee = id_in(fields, t::assignee_id);
  const ObjectRef lead{Kind::lead, id_in(fields, t::lead_id)};
  check_may_hang_on(deciding, {Kind::deal, deal}, pointer_to(Kind::task, t::deal_id));
  check_may_hang_on(deciding, lead, pointer_to(Kind::task, t::lead_id));
  sort_by_number(fields);

  const std::uint32_t born =
      deciding.add(create.object, event::Created{.fields = std::move(fields)}, effective, std::nullopt, std::move(checked.personal));
  let_take_part(deciding, {Kind::deal, deal}, assignee, born);
  let_take_part(deciding, lead, assignee, born);
  return deciding.outcome(create.object, true);
}

Decision edit_task(Deciding& deciding, const command::Edit& edit) {
  const Task& task = deciding.state.tasks.at(edit.object.id);
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  Fields& fields = changed.plain;
  check_due(deciding, edit.fields);
  // Rescheduling to a time takes the day away, and the other way round.
  const auto now_set = [&](std::uint16_t field) {
    const Value* value = find_value(fields, field);
    return value && !std::holds_alternative<std::monostate>(*value);
  };
  if (now_set(t::due_at) && task.prints.is_set(t::due_on)) set_value(fields, t::due_on, Value{});
  if (now_set(t::due_on) && task.prints.is_set(t::due_at)) set_value(fields, t::due_at, Value{});

  const Uuid deal = find_value(fields, t::deal_id) ? id_in(fields, t::deal_id) : task.deal;
  const Uuid lead = find_value(fields, t::lead_id) ? id_in(fields, t::lead_id) : task.lead;
  const Uuid assignee = find_value(fields, t::assignee_id) ? id_in(fields, t::assignee_id) : task.assignee;
  if (deal != task.deal) check_may_hang_on(deciding, {Kind::deal, deal}, pointer_to(Kind::task, t::deal_id));
  if (lead != task.lead) check_may_hang_on(deciding, {Kind::lead, lead}, pointer_to(Kind::task, t::lead_id));
  if (fields.empty() && changed.personal.empty()) return deciding.outcome(edit.object);
  sort_by_number(fields);

  const std::uint32_t edited =
      deciding.add(edit.object, event::Edited{std::move(fields)}, std::nullopt, std::nullopt, std::move(changed.personal));
  if (deal != task.deal || assignee != task.assignee) let_take_part(deciding, {Kind::deal, deal}, assignee, edited);
  if (lead != task.lead || assignee != task.assignee) let_take_part(deciding, {Kind::lead, lead}, assignee, edited);
  return deciding.outcome(edit.object);
}

Decision complete_task(Deciding& deciding, const command::CompleteTask& complete) {
  const ObjectRef object{Kind::task, complete.task};
  const Task& task = deciding.state.tasks.at(complete.task);
  const auto effective = deciding.effective(complete.effective_at);
  if (task.status != TaskStatus::open) deciding.faults.add(Code::task_not_open);
  deciding.not_before(task.status_at, effective);
  deciding.add(object, event::TaskCompleted{deciding.doer}, effective);
  return deciding.outcome(object);
}

Decision reopen_task(Deciding& deciding, const command::ReopenTask& reopen) {
  const ObjectRef object{Kind::task, reopen.task};
  const Task& task = deciding.state.tasks.at(reopen.task);
  const auto effective = deciding.effective(reopen.effective_at);
  if (task.status != TaskStatus::completed) deciding.faults.add(Code::task_not_completed);
  deciding.not_before(task.status_at, effective);
  deciding.add(object, event::TaskReopened{}, effective);
  return deciding.outcome(object);
}

void apply_task(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.tasks.find(envelope.object.id);
  if (found == state.tasks.end()) return;
  Task& task = found->second;
  const auto set = [&](const Fields& fields) {
    if (find_value(fields, t::assignee_id)) task.assignee = id_in(fields, t::assignee_id);
    if (find_value(fields, t::deal_id)) task.deal = id_in(fields, t::deal_id);
    if (find_value(fields, t::lead_id)) task.lead = id_in(fields, t::lead_id);
  };
  if (const auto* created = std::get_if<event::Created>(&event)) {
    set(created->fields);
    task.status_at = envelope.effective_at;
  }
  if (const auto* edited = std::get_if<event::Edited>(&event)) set(edited->fields);
  const bool completed = std::holds_alternative<event::TaskCompleted>(event);
  if (completed || std::holds_alternative<event::TaskReopened>(event)) {
    task.status = completed ? TaskStatus::completed : TaskStatus::open;
    task.status_at = envelope.effective_at;
  }
}

}  // namespace dealog
