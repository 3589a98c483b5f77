#include "domain/deal.h"

#include <algorithm>

#include "domain/file.h"
#include "domain/rights.h"
#include "domain/text.h"

namespace dealog {
namespace {

constexpr std::size_t longest_note = 20'000;

// SPEC DEA-3: everyone, or certain roles, or certain users. Binds administrators too; only the system is free.
bool is_performer(const event::Performers& performers, const Deciding& deciding) {
  if (performers.everyone || deciding.doer.is_nil()) return true;
  return std::ranges::find(performers.roles, static_cast<std::uint8_t>(deciding.doer_role)) != performers.roles.end() ||
         std::ranges::find(performers.users, deciding.doer) != performers.users.end();
}

void check_note(Deciding& deciding, const command::CompleteAction& complete, event::NoteRule rule) {
  Faults& faults = deciding.faults;
  const bool given = complete.note && !is_blank(*complete.note);
  if (given) check_text(deciding, *complete.note, longest_note, "/note");
  bool has_file = !complete.file_ids.empty();
  check_value(deciding, Kind::note, field::note::file_ids, complete.file_ids);
  if (!complete.note_id.is_nil()) {
    const Note* note = find_in(deciding.state.notes, complete.note_id);
    if (complete.note) faults.add(Code::invalid, "/note_id", "Give a note or the id of one, not both.");
    else if (!note || note->is_deleted || note->deal != complete.deal) faults.add(Code::unknown_reference, "/note_id");
    else if (has_file) faults.add(Code::invalid, "/file_ids", "They go with a new note; that one has its own.");
    else has_file = !note->files.empty();
  } else if ((rule != event::NoteRule::none || has_file) && !given) {
    faults.add(Code::note_required, "/note");   // files hang on a note
  }
  if (rule == event::NoteRule::note_with_file && !has_file) faults.add(Code::file_required, "/file_ids");
}

Uuid wanted_assignee(const event::Trigger& trigger, const Deal& deal, const Deciding& deciding) {
  switch (trigger.assignee) {
    case event::Assignee::owner: return deal.owner;
    case event::Assignee::doer: return deciding.doer.is_nil() ? deal.owner : deciding.doer;
    case event::Assignee::user: return trigger.user;
  }
  return deal.owner;
}

// Whoever is suspended gets nothing to do any more (SPEC ACC-2): the owner does, else who does the action.
Uuid assignee_of(const event::Trigger& trigger, const Deal& deal, const Deciding& deciding) {
  const Uuid wanted = wanted_assignee(trigger, deal, deciding);
  if (!is_suspended(deciding.state, wanted)) return wanted;
  return is_suspended(deciding.state, deal.owner) && !deciding.actor.is_nil() ? deciding.actor : deal.owner;
}

// SPEC PRC-2: the task that is to be done after an action.
void add_triggered_task(Deciding& deciding, const event::Trigger& trigger, const Uuid& deal_id, const Deal& deal,
                        const std::optional<Instant>& effective, std::uint32_t cause) {
  namespace t = field::task;
  const auto& calendar = deciding.state.account.calendar;
  const Uuid assignee = assignee_of(trigger, deal, deciding);
  Fields fields{{t::name, trigger.name}, {t::assignee_id, assignee}, {t::deal_id, deal_id}};
  const Uuid type = trigger_type_id(trigger.task_type);
  const Word* word = find_in(deciding.state.task_types, type);
  if (!word || !word->is_deleted) fields.push_back({t::type_id, type});
  if (calendar) {
    const Day done_on = calendar->day_of(deciding.moment(effective));
    fields.push_back({t::due_on, std::int64_t{done_on.days} + trigger.due_in_days});
  }
  sort_by_number(fields);
  const std::uint32_t task =
      deciding.add({Kind::task, deciding.fresh_id()}, event::Created{.fields = std::move(fields)}, effective, cause);
  let_take_part(deciding, {Kind::deal, deal_id}, assignee, task);
}

}  // namespace

Uuid later_stage(const Process& process, const Uuid& left, const Uuid& right) {
  const auto& stages = process.newest().stages;
  const auto order = [&](const Uuid& stage) {
    const auto found = stages.find(stage);
    return found == stages.end() ? -1 : static_cast<std::int64_t>(found->second);
  };
  return order(left) < order(right) ? right : left;
}

Whereabouts whereabouts(const ModelState& state, const Deal& deal, Instant t) {
  Whereabouts now{deal.stage, deal.furthest};
  const Process& process = state.processes.at(deal.process);
  if (process.newest().stages.contains(now.stage) && process.newest().stages.contains(now.furthest)) return now;
  for (const ProcessVersion& version : process.versions) {
    if (version.from > t) break;
    bool was_moved = false;   // by this version; another order alone takes nobody anywhere
    for (Uuid* stage : {&now.stage, &now.furthest}) {
      const auto removed = state.removed_stages.find(*stage);
      if (removed == state.removed_stages.end() || removed->second.at > version.from || version.stages.contains(*stage)) continue;
      *stage = removed->second.target;
      was_moved = true;
    }
    // It has been where it stands, whatever became of the furthest one.
    const auto order = [&](const Uuid& stage) {
      const auto found = version.stages.find(stage);
      return found == version.stages.end() ? -1 : static_cast<std::int64_t>(found->second);
    };
    if (was_moved && order(now.furthest) < order(now.stage)) now.furthest = now.stage;
  }
  return now;
}

Decision edit_deal(Deciding& deciding, const command::Edit& edit) {
  namespace d = field::deal;
  const Deal& deal = deciding.state.deals.at(edit.object.id);
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);

  const Value* company = find_value(changed.plain, d::company_id);
  const Value* person = find_value(changed.plain, d::person_id);
  const bool has_client = !(company ? id_in(changed.plain, d::company_id) : deal.company).is_nil() ||
                          !(person ? id_in(changed.plain, d::person_id) : deal.person).is_nil();
  if ((company || person) && !has_client && deciding.state.account.client_required)
    deciding.faults.add(Code::client_required, company ? "/company_id" : "/person_id");

  if (!changed.plain.empty() || !changed.personal.empty())
    deciding.add(edit.object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  return deciding.outcome(edit.object);
}

Decision move_deal(Deciding& deciding, const command::MoveDeal& move) {
  const ModelState& state = deciding.state;
  const ObjectRef object{Kind::deal, move.deal};
  const Deal& deal = state.deals.at(move.deal);
  const Process& process = state.processes.at(deal.process);
  const auto effective = deciding.effective(move.effective_at);

  if (deal.closing) deciding.faults.add(Code::deal_not_open);
  if (!process.newest().stages.contains(move.stage)) deciding.faults.add(Code::stage_not_in_process, "/stage_id");
  if (deciding.faults.any() || state.stage_now(deal.stage) == move.stage) return deciding.outcome(object);

  deciding.not_before(deal.stage_or_status_at, effective);
  const Uuid furthest = later_stage(process, whereabouts(state, deal).furthest, move.stage);
  deciding.add(object, event::DealMoved{move.stage, furthest}, effective);
  return deciding.outcome(object);
}

Decision complete_action(Deciding& deciding, const command::CompleteAction& complete) {
  const ModelState& state = deciding.state;
  Faults& faults = deciding.faults;
  const ObjectRef object{Kind::deal, complete.deal};
  const Deal& deal = state.deals.at(complete.deal);
  const Process& process = state.processes.at(deal.process);
  const auto effective = deciding.effective(complete.effective_at);

  const event::Action* action = process.find_action(complete.action);
  if (!action) {
    faults.add(Code::not_found);
    return deciding.outcome(object);
  }
  if (deal.closing) faults.add(Code::deal_not_open);
  if (deal.is_done(complete.action)) faults.add(Code::action_already_done);
  if (!is_performer(action->performers, deciding)) faults.add(Code::not_a_performer);
  check_note(deciding, complete, action->note);

  Instant last = deal.status_at;
  for (const DoneSpan& span : deal.done)
    if (span.action == complete.action && span.until != end_of_time) last = std::max(last, span.until);

  const Uuid action_stage = process.definition.stages[process.newest().actions.at(complete.action).stage].id;
  const Uuid stage = state.stage_now(deal.stage);
  const bool moves = later_stage(process, stage, action_stage) != stage;
  if (moves) last = std::max(last, deal.stage_or_status_at);
  deciding.not_before(last, effective);
  if (faults.any()) return deciding.outcome(object);

  const bool writes_note = complete.note && !is_blank(*complete.note);
  const Uuid note = writes_note ? deciding.fresh_id() : complete.note_id;
  const std::uint32_t done = deciding.add(object, event::DealActionCompleted{complete.action, note}, effective);
  if (moves) {
    const Uuid furthest = later_stage(process, whereabouts(state, deal).furthest, action_stage);
    deciding.add(object, event::DealMoved{action_stage, furthest}, effective, done);
  }
  if (writes_note) {
    Fields fields{{field::note::deal_id, complete.deal}};
    if (!complete.file_ids.empty()) fields.push_back({field::note::file_ids, complete.file_ids});
    const std::uint32_t written = deciding.add({Kind::note, note}, event::Created{.fields = std::move(fields)}, effective, done, {{field::note::text, *complete.note}});
    hang_files(deciding, complete.file_ids, {.deal = complete.deal}, written);
  }
  if (action->trigger) add_triggered_task(deciding, *action->trigger, complete.deal, deal, effective, done);
  return deciding.outcome(object);
}

Decision reopen_action(Deciding& deciding, const command::ReopenAction& reopen) {
  const ObjectRef object{Kind::deal, reopen.deal};
  const Deal& deal = deciding.state.deals.at(reopen.deal);
  const Process& process = deciding.state.processes.at(deal.process);
  const auto effective = deciding.effective(reopen.effective_at);

  const auto held = std::ranges::find_if(
      deal.done, [&](const DoneSpan& span) { return span.action == reopen.action && span.until == end_of_time; });
  if (held == deal.done.end() && !process.find_action(reopen.action)) deciding.faults.add(Code::not_found);
  if (deal.closing) deciding.faults.add(Code::deal_not_open);
  if (held == deal.done.end()) deciding.faults.add(Code::action_not_done);
  else deciding.not_before(std::max(held->since, deal.status_at), effective);

  deciding.add(object, event::DealActionReopened{reopen.action}, effective);
  return deciding.outcome(object);
}

Decision change_process(Deciding& deciding, const command::ChangeProcess& change) {
  const ObjectRef object{Kind::deal, change.deal};
  const Deal& deal = deciding.state.deals.at(change.deal);
  const Process* process = find_in(deciding.state.processes, change.process);
  if (process && change.process == deal.process) return move_deal(deciding, {change.deal, change.stage, std::nullopt});

  if (deal.closing) deciding.faults.add(Code::deal_not_open);
  if (!process) {
    deciding.faults.add(Code::unknown_reference, "/process_id");
  } else {
    if (process->is_archived) deciding.faults.add(Code::process_archived, "/process_id");
    if (change.stage.is_nil()) deciding.faults.add(Code::required, "/stage_id");
    else if (!process->newest().stages.contains(change.stage)) deciding.faults.add(Code::stage_not_in_process, "/stage_id");
  }
  deciding.add(object, event::DealProcessChanged{change.process, change.stage});
  return deciding.outcome(object);
}

}  // namespace dealog
