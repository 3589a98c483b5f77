#include "domain/task.h"

#include <algorithm>

#include "domain/series.h"

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

bool is_of_rule(std::uint16_t field) { return field >= t::frequency && field <= t::times; }
static_assert(t::every > t::frequency && t::weekdays > t::frequency && t::until < t::times);

bool says_rule(const Fields& fields) {
  return std::ranges::any_of(fields, [](const FieldChange& change) { return is_of_rule(change.field); });
}

// It recurs no more: nothing is to come, and the task is one by itself.
bool leaves_series(const Fields& given) {
  const Value* frequency = find_value(given, t::frequency);
  return frequency && std::holds_alternative<std::monostate>(*frequency);
}

// Of an edit for one occurrence: what another one has of it. Each keeps the day that it is due.
Fields without_due(Fields fields) {
  std::erase_if(fields, [](const FieldChange& change) { return change.field == t::due_on || change.field == t::due_at || is_of_rule(change.field); });
  return fields;
}

Placed placed(const Task& task) { return {task.deal, task.lead, task.assignee}; }

// Who is assigned to what hangs there takes part in it from then on.
void let_take_part(Deciding& deciding, const Placed& before, const Placed& after, std::uint32_t cause) {
  const bool is_assigned = after.assignee != before.assignee;
  if (after.deal != before.deal || is_assigned) let_take_part(deciding, {Kind::deal, after.deal}, after.assignee, cause);
  if (after.lead != before.lead || is_assigned) let_take_part(deciding, {Kind::lead, after.lead}, after.assignee, cause);
}

}  // namespace

Placed placed(const Fields& fields, const Placed& before) {
  const auto now = [&](std::uint16_t field, const Uuid& held) { return find_value(fields, field) ? id_in(fields, field) : held; };
  return {now(t::deal_id, before.deal), now(t::lead_id, before.lead), now(t::assignee_id, before.assignee)};
}

void check_placing(Deciding& deciding, const Placed& before, const Placed& after) {
  const auto check = [&](ObjectRef was, ObjectRef now, std::uint16_t field) {
    if (now != was) check_may_hang_on(deciding, now, pointer_to(Kind::task, field));
    else if (after.assignee != before.assignee) check_may_let_take_part(deciding, now, after.assignee, pointer_to(Kind::task, t::assignee_id));
  };
  check({Kind::deal, before.deal}, {Kind::deal, after.deal}, t::deal_id);
  check({Kind::lead, before.lead}, {Kind::lead, after.lead}, t::lead_id);
}

Decision create_task(Deciding& deciding, const command::Create& create) {
  const auto effective = deciding.effective(create.effective_at);
  Checked checked = check_birth(deciding, Kind::task, create.fields, {t::assignee_id});
  Fields& fields = checked.plain;
  check_due(deciding, fields);
  if (!find_value(fields, t::type_id)) {
    const Word* other = find_in(*deciding.state.words(Kind::task_type), task_type_id("other"));
    if (!other || !other->is_deleted) set_value(fields, t::type_id, task_type_id("other"));
  }
  if (!find_value(fields, t::assignee_id)) {
    if (deciding.doer.is_nil()) deciding.faults.add(Code::required, "/assignee_id");
    check_active(deciding, deciding.doer, "/assignee_id");
    set_value(fields, t::assignee_id, deciding.doer);
  }
  const Uuid deal = id_in(fields, t::deal_id), assignee = id_in(fields, t::assignee_id);
  const ObjectRef lead{Kind::lead, id_in(fields, t::lead_id)};
  check_may_hang_on(deciding, {Kind::deal, deal}, pointer_to(Kind::task, t::deal_id));
  check_may_hang_on(deciding, lead, pointer_to(Kind::task, t::lead_id));
  if (says_rule(fields)) begin_series(deciding, fields, checked.personal, effective);
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
  check_scope(deciding, task, edit.scope);
  const bool recurs = !task.series.is_nil();
  if (!recurs && says_rule(fields))
    deciding.faults.add(Code::not_writable, "/recurrence", "A task recurs from its creation on, or never.");
  // Rescheduling to a time takes the day away, and the other way round.
  const auto now_set = [&](std::uint16_t field) {
    const Value* value = find_value(fields, field);
    return value && !std::holds_alternative<std::monostate>(*value);
  };
  if (now_set(t::due_at) && task.prints.is_set(t::due_on)) set_value(fields, t::due_on, Value{});
  if (now_set(t::due_on) && task.prints.is_set(t::due_at)) set_value(fields, t::due_at, Value{});

  const Placed before = placed(task), after = placed(fields, before);
  check_placing(deciding, before, after);
  // A rule is about what is to come, whatever the scope.
  if (recurs && leaves_series(edit.fields)) {
    stop_series(deciding, task, {});
    for (const std::uint16_t field : {t::frequency, t::every, t::weekdays, t::until, t::times, t::series_id, t::occurrence_on})
      if (is_of_rule(field) ? task.prints.is_set(field) : true) set_value(fields, field, Value{});
  } else if (recurs && (edit.scope != command::Scope::one || says_rule(edit.fields))) {
    edit_series(deciding, edit.object.id, edit.fields, fields);
    for (const Uuid& other : others_in_scope(deciding, edit.object.id, edit.scope, false)) {
      Checked theirs = check_edit(deciding, {Kind::task, other}, without_due(edit.fields));
      if (theirs.plain.empty() && theirs.personal.empty()) continue;
      const Placed was = placed(deciding.state.tasks.at(other)), is = placed(theirs.plain, was);
      check_placing(deciding, was, is);
      const std::uint32_t changed_too =
          deciding.add({Kind::task, other}, event::Edited{std::move(theirs.plain)}, std::nullopt, std::nullopt, std::move(theirs.personal));
      let_take_part(deciding, was, is, changed_too);
    }
  }
  if (fields.empty() && changed.personal.empty()) return deciding.outcome(edit.object);
  sort_by_number(fields);

  const std::uint32_t edited =
      deciding.add(edit.object, event::Edited{std::move(fields)}, std::nullopt, std::nullopt, std::move(changed.personal));
  let_take_part(deciding, before, after, edited);
  return deciding.outcome(edit.object);
}

Decision complete_task(Deciding& deciding, const command::CompleteTask& complete) {
  const ObjectRef object{Kind::task, complete.task};
  const Task& task = deciding.state.tasks.at(complete.task);
  const auto effective = deciding.effective(complete.effective_at);
  if (task.status != TaskStatus::open) deciding.faults.add(Code::task_not_open);
  deciding.not_before(task.status_at, effective);
  check_scope(deciding, task, complete.scope);
  const std::uint32_t completed = deciding.add(object, event::TaskCompleted{deciding.doer}, effective);
  if (complete.scope == command::Scope::one) {
    go_on(deciding, task, effective, completed);
    return deciding.outcome(object);
  }
  for (const Uuid& other : others_in_scope(deciding, complete.task, complete.scope, false)) {
    deciding.not_before(deciding.state.tasks.at(other).status_at, effective);
    deciding.add({Kind::task, other}, event::TaskCompleted{deciding.doer}, effective, completed);
  }
  stop_series(deciding, task, completed);
  return deciding.outcome(object);
}

Decision delete_task(Deciding& deciding, const command::Delete& remove) {
  const Task& task = deciding.state.tasks.at(remove.object.id);
  check_scope(deciding, task, remove.scope);
  const std::uint32_t removed = deciding.add(remove.object, event::Deleted{});
  if (remove.scope == command::Scope::one) {
    if (task.status == TaskStatus::open) go_on(deciding, task, std::nullopt, removed);
    return deciding.outcome(remove.object);
  }
  for (const Uuid& other : others_in_scope(deciding, remove.object.id, remove.scope, true))
    deciding.add({Kind::task, other}, event::Deleted{}, std::nullopt, removed);
  stop_series(deciding, task, removed);
  return deciding.outcome(remove.object);
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

namespace {

// The task is the occurrence of that day.
void stands_for(ModelState& state, const Uuid& id, Task& task, Day day) {
  const auto series = state.series.find(task.series);
  if (series == state.series.end()) return;
  auto& all = series->second.occurrences;
  const bool is_new = std::ranges::find(all, id) == all.end();
  if (is_new) all.push_back(id);
  if (is_new || series->second.newest == task.occurrence_on) series->second.newest = day;
  task.occurrence_on = day;
}

}  // namespace

void apply_task(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.tasks.find(envelope.object.id);
  if (found == state.tasks.end()) return;
  Task& task = found->second;
  const auto set = [&](const Fields& fields) {
    if (find_value(fields, t::assignee_id)) task.assignee = id_in(fields, t::assignee_id);
    if (find_value(fields, t::deal_id)) task.deal = id_in(fields, t::deal_id);
    if (find_value(fields, t::lead_id)) task.lead = id_in(fields, t::lead_id);
    if (find_value(fields, t::series_id)) task.series = id_in(fields, t::series_id);
    if (const Value* day = find_value(fields, t::occurrence_on))
      if (const auto* days = std::get_if<std::int64_t>(day)) stands_for(state, found->first, task, Day{static_cast<std::int32_t>(*days)});
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
