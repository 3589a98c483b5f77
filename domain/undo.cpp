#include "domain/undo.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "domain/codec.h"
#include "domain/deal.h"
#include "domain/fields.h"
#include "domain/file.h"
#include "domain/rights.h"
#include "domain/scorecard_parameters.h"
#include "domain/task.h"
#include "domain/undo_settled.h"

namespace dealog {
namespace {

// The newest event of the type before `place` that fits; null: none.
template <class E, class Fits>
const Happened* earlier(const std::vector<Happened>& history, std::size_t place, Fits fits) {
  while (place-- > 0)
    if (const auto* found = std::get_if<E>(&history[place].event); found && fits(*found)) return &history[place];
  return nullptr;
}
constexpr auto any = [](const auto&) { return true; };

Fields note_before(const View& before, std::uint16_t field) {
  const Value& note = before[field];
  if (std::holds_alternative<std::monostate>(note)) return {};
  return {{field, note}};
}

// What takes one event back: commands, in order. Nothing: it cannot be taken back.
struct Inverse {
  const std::vector<Happened>& history;
  std::size_t place;

  using Commands = std::optional<std::vector<Command>>;
  const Happened& it() const { return history[place]; }
  const View& before() const { return it().before; }
  ObjectRef object() const { return it().around.object; }
  template <class... C>
  static Commands these(C... commands) {
    std::vector<Command> all;
    (all.push_back(Command(std::move(commands))), ...);
    return all;
  }
  Command put(Event event, Fields personal = {}) const { return command::PutBack{object(), std::move(event), std::move(personal)}; }

  // Users and processes stay, whoever asks.
  Commands operator()(const event::Created&) const {
    if (!is_offered(Deed::remove, object().kind)) return std::nullopt;
    return these(command::Delete{object()});
  }
  Commands operator()(const event::Deleted&) const { return these(command::Restore{object()}); }
  Commands operator()(const event::Restored&) const { return these(command::Delete{object()}); }
  Commands operator()(const event::Edited& edited) const {
    if (object().kind == Kind::file) {   // it came to hang with a note
      event::Edited links;
      for (const FieldChange& change : edited.fields) links.fields.push_back({change.field, before()[change.field]});
      return these(put(std::move(links)));
    }
    if (object().kind == Kind::series) return these(put(event::Edited{{{field::series::assignee_id, before()[field::series::assignee_id]}}}));
    command::Edit back{.object = object(), .takes_back = true};
    for (const Fields* part : {&edited.fields, &it().personal})
      for (const FieldChange& change : *part)
        if (const FieldSpec* spec = find_field(object().kind, change.field); spec && spec->access == Access::given)
          back.fields.push_back({change.field, before()[change.field]});
    if (back.fields.empty()) return std::vector<Command>{};   // it went with another event, which is taken back with it
    return these(std::move(back));
  }

  Commands operator()(const event::DealMoved&) const { return these(put(course_before())); }
  Commands operator()(const event::DealActionCompleted& done) const { return these(command::ReopenAction{object().id, done.action}); }
  Commands operator()(const event::DealActionReopened& reopened) const {
    const Happened* done = earlier<event::DealActionCompleted>(history, place, [&](const auto& e) { return e.action == reopened.action; });
    if (!done) return std::nullopt;
    return these(put(done->event));
  }
  Commands operator()(const event::DealLinesSet&) const { return these(put(event::DealLinesSet{before().lines})); }
  Commands operator()(const event::DealCostsSet&) const { return these(put(event::DealCostsSet{before().costs})); }
  Commands operator()(const event::DealClosed&) const { return these(command::ReopenDeal{object().id}); }
  // The closing as it was, from when it held: put_back takes that from replaced_at.
  Commands operator()(const event::DealCorrected&) const {
    namespace d = field::deal;
    const std::optional<ClosingBefore> closing = closing_before();
    if (!closing) return std::nullopt;
    return these(put(event::DealCorrected{closing->at, closing->closed}, {{d::close_note, before()[d::close_note]}}),
                 put(times_before({d::closed_at, d::closed_by})));   // by whom, too: who undoes has not closed it
  }
  Commands operator()(const event::DealReopened&) const {
    namespace d = field::deal;
    const std::optional<ClosingBefore> closing = closing_before();
    if (!closing) return std::nullopt;
    return these(put(closing->closed, note_before(before(), d::close_note)), put(times_before({d::closed_at, d::closed_by})));
  }
  Commands operator()(const event::DealProcessChanged&) const {
    namespace d = field::deal;
    return these(put(event::DealProcessChanged{before().id(d::process_id), before().id(d::stage_id)}), put(course_before()));
  }

  Commands operator()(const event::TaskCompleted&) const { return these(command::ReopenTask{object().id}); }
  Commands operator()(const event::TaskReopened&) const {
    const Happened* done = earlier<event::TaskCompleted>(history, place, any);
    if (!done) return std::nullopt;
    return these(put(done->event), put(times_before({field::task::completed_at, field::task::completed_by})));
  }

  Commands operator()(const event::LeadMoved&) const { return these(put(course_before())); }
  Commands operator()(const event::LeadLost&) const { return these(command::ReopenLead{object().id}); }
  Commands operator()(const event::LeadConverted&) const {
    namespace l = field::lead;
    command::Edit links{.object = object()};
    for (const std::uint16_t number : {l::company_id, l::person_id}) links.fields.push_back({number, before()[number]});
    return these(command::ReopenLead{object().id}, std::move(links));
  }
  Commands operator()(const event::LeadReopened&) const {
    namespace l = field::lead;
    const auto is_end = [](const Happened& each) {
      return std::holds_alternative<event::LeadLost>(each.event) || std::holds_alternative<event::LeadConverted>(each.event);
    };
    for (std::size_t i = place; i-- > 0;)
      if (is_end(history[i]))
        return these(put(history[i].event, note_before(before(), l::close_note)), put(times_before({l::closed_at, l::closed_by, l::converted_at})));
    return std::nullopt;
  }

  // Stages that it brought are removed again, unless deals stand there; a removed one never comes back, and its deals are elsewhere.
  Commands operator()(const event::ProcessDefined& defined) const {
    const Happened* version = earlier<event::ProcessDefined>(history, place, any);
    if (!version || !defined.removed_stages.empty()) return std::nullopt;
    return these(command::DefineProcess{.process = object().id, .name = {}, .is_default = {}, .stages = std::get<event::ProcessDefined>(version->event).stages, .removed_stages = {}});
  }

  Commands operator()(const event::ScorecardParametersSet&) const {
    const Happened* set = earlier<event::ScorecardParametersSet>(history, place, any);
    if (!set) return std::nullopt;
    return these(put(set->event));
  }
  // The number of this parameter alone, or none: put_back leaves the others as they are.
  Commands operator()(const event::ScorecardAdjusted& adjusted) const {
    event::ScorecardAdjusted back{.parameter = adjusted.parameter};
    if (const Happened* counted = earlier<event::ScorecardAdjusted>(history, place, any))
      for (const event::ScorecardValue& value : std::get<event::ScorecardAdjusted>(counted->event).values)
        if (value.parameter == adjusted.parameter) back.values.push_back(value);
    return these(put(std::move(back)));
  }
  template <class Other>
  Commands operator()(const Other&) const { return std::nullopt; }

  struct ClosingBefore { event::DealClosed closed; Instant at; };   // at: from when it held
  std::optional<ClosingBefore> closing_before() const {
    for (std::size_t i = place; i-- > 0;) {
      const Instant at = history[i].around.effective_at;
      if (const auto* closed = std::get_if<event::DealClosed>(&history[i].event)) return ClosingBefore{*closed, at};
      if (const auto* corrected = std::get_if<event::DealCorrected>(&history[i].event)) return ClosingBefore{corrected->closing, at};
    }
    return std::nullopt;
  }
  // When, and by whom, it was closed: beside the closing that is put back.
  Event times_before(std::initializer_list<std::uint16_t> fields) const {
    event::Edited times;
    for (const std::uint16_t field : fields)
      if (const Value& value = before()[field]; !std::holds_alternative<std::monostate>(value)) times.fields.push_back({field, value});
    sort_by_number(times.fields);
    return times;
  }
  Event course_before() const {
    static_assert(field::deal::stage_id == field::lead::stage_id && field::deal::furthest_stage_id == field::lead::furthest_stage_id);
    const Uuid stage = before().id(field::deal::stage_id), furthest = before().id(field::deal::furthest_stage_id);
    if (object().kind == Kind::lead) return event::LeadMoved{stage, furthest};
    return event::DealMoved{stage, furthest};
  }
};

// Whose what is to come is, and no more of the series: a hand-over says so, which is taken back as a whole (SPEC ACC-6).
bool only_assigns(const event::Edited* edited) { return edited && edited->fields.size() == 1 && edited->fields.front().field == field::series::assignee_id; }

// Occurrences follow one from another (series.h): taking one of them away would bring the next. What was done is reopened or
// restored instead.
bool is_of_series(const Happened& it) {
  if (it.around.object.kind == Kind::series) return !only_assigns(std::get_if<event::Edited>(&it.event)) || !it.personal.empty() || it.is_erased;
  const auto* created = it.around.object.kind == Kind::task ? std::get_if<event::Created>(&it.event) : nullptr;
  return created && find_value(created->fields, field::task::series_id);
}

// Set-up that goes with its import unless it was used, which the decision says. All other stays: users and processes, what these
// name (teams, task types), custom fields, which others may have filled in, and words whose deletion is for good.
constexpr bool goes_with_import(Kind kind) {
  return kind == Kind::product || kind == Kind::close_reason || kind == Kind::cost_category || kind == Kind::lead_stage;
}

bool is_gone(const std::vector<Happened>& history) {
  for (std::size_t i = history.size(); i-- > 0;) {
    if (std::holds_alternative<event::Deleted>(history[i].event)) return true;
    if (std::holds_alternative<event::Restored>(history[i].event)) return false;
  }
  return false;
}

class Planning {
 public:
  // Of an import.
  void add_imported(const std::vector<Happened>& history) {
    if (is_gone(history)) return;
    const ObjectRef object = history.front().around.object;
    if (!is_setup(object.kind)) return add(history);
    Planning alone;
    alone.add(history);
    if (!alone.plan_.obstacles.empty() || !goes_with_import(object.kind)) return plan_.stays.push_back(object);
    for (Undone& each : alone.undone_) {
      each.may_stay = true;
      undone_.push_back(std::move(each));
    }
  }

  void add(const std::vector<Happened>& history) {
    const Settled settled(history);
    const auto is_wanted = [&](std::size_t i) { return history[i].is_undone && !settled.by(i); };
    bool is_born_here = false;
    for (std::size_t i = 0; i < history.size(); ++i) is_born_here = is_born_here || (is_wanted(i) && std::holds_alternative<event::Created>(history[i].event));
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (history[i].is_undone && settled.by(i)) in_the_way(history[*settled.by(i)], Code::undo_blocked, plan_.taken_back_by);
      if (!is_wanted(i)) continue;
      block_by_later(history, settled, i);
      // What goes away as a whole needs nothing taken back in it.
      if (is_born_here && !std::holds_alternative<event::Created>(history[i].event)) continue;
      const auto commands = is_of_series(history[i]) ? std::nullopt : std::visit(Inverse{history, i}, history[i].event);
      if (!commands) in_the_way(history[i], Code::not_undoable);
      else if (history[i].is_erased && !std::holds_alternative<event::Created>(history[i].event)) in_the_way(history[i], Code::erased);
      else undone_.push_back({.position = history[i].around.position, .commands = *commands});
    }
  }

  UndoPlan finish() && {
    std::ranges::sort(undone_, std::ranges::greater{}, &Undone::position);
    for (Undone& each : undone_)
      for (Command& command : each.commands) plan_.steps.push_back({std::move(command), each.position, each.may_stay});
    put_in_order(plan_.steps);
    return std::move(plan_);
  }

 private:
  struct Undone { Position position; std::vector<Command> commands; bool may_stay = false; };

  void in_the_way(const Happened& it, Code code) { in_the_way(it, code, plan_.obstacles); }
  static void in_the_way(const Happened& it, Code code, std::vector<Obstacle>& obstacles) {
    const Obstacle obstacle{it.around.object, it.around.position, event_type(it.around.object.kind, it.event), code};
    if (!is_among(obstacle, obstacles)) obstacles.push_back(obstacle);
  }
  void block_by_later(const std::vector<Happened>& history, const Settled& settled, std::size_t done) {
    const std::vector<Facet> facets = facets_of(history[done]);
    for (std::size_t later = done + 1; later < history.size(); ++later) {
      const bool is_settled = settled.since(later) > history[done].around.position;
      if (!history[later].is_undone && !is_settled && meet(facets, history[later])) in_the_way(history[later], Code::undo_blocked);
    }
  }

  UndoPlan plan_;
  std::vector<Undone> undone_;
};

// --- Putting back: what must hold for the event to be true.

// What is counted by hand on the card, with the number of one parameter as it was.
std::vector<event::ScorecardValue> counted_with(const Scorecard& card, const event::ScorecardAdjusted& back) {
  std::vector<event::ScorecardValue> values = card.values;
  const auto held = std::ranges::find(values, back.parameter, &event::ScorecardValue::parameter);
  if (back.values.empty()) {
    if (held != values.end()) values.erase(held);
  } else if (held == values.end()) {
    values.push_back(back.values.front());
  } else {
    *held = back.values.front();
  }
  return values;
}

struct Putting {
  Deciding& deciding;
  const command::PutBack& put;

  const Deal* open_deal() const {
    const Deal* deal = put.object.kind == Kind::deal ? find_in(deciding.state.deals, put.object.id) : nullptr;
    if (!deal) deciding.faults.add(Code::not_undoable);
    else if (deal->closing) deciding.faults.add(Code::deal_not_open);
    return deal;
  }
  const Lead* active_lead() const {
    const Lead* lead = put.object.kind == Kind::lead ? find_in(deciding.state.leads, put.object.id) : nullptr;
    if (!lead) deciding.faults.add(Code::not_undoable);
    else if (lead->status != LeadStatus::active) deciding.faults.add(Code::lead_not_active);
    return lead;
  }
  // Does the event change anything? False: it is not to be added.
  bool operator()(const event::DealMoved& moved) const {
    const Deal* deal = open_deal();
    if (!deal) return false;
    const ModelState& state = deciding.state;
    const auto& stages = state.processes.at(deal->process).newest().stages;
    if (!stages.contains(moved.stage) || !stages.contains(moved.furthest)) deciding.faults.add(Code::stage_not_in_process);
    return state.stage_now(deal->stage) != moved.stage || state.stage_now(deal->furthest) != moved.furthest;
  }
  // Back where it was, though that process was archived: it takes no new deals, and this is none (SPEC PRC-1).
  bool operator()(const event::DealProcessChanged& changed) const {
    const Deal* deal = open_deal();
    const Process* process = find_in(deciding.state.processes, changed.process);
    if (!process || !process->newest().stages.contains(changed.stage)) deciding.faults.add(Code::stage_not_in_process);
    return deal && deal->process != changed.process;
  }
  bool operator()(const event::DealClosed& closed) const {
    open_deal();
    const CloseReason* reason = find_in(deciding.state.close_reasons, closed.reason);
    if (!closed.reason.is_nil() && (!reason || reason->is_deleted)) deciding.faults.add(Code::unknown_reference);
    return true;
  }
  bool operator()(const event::DealCorrected&) const {
    const Deal* deal = find_in(deciding.state.deals, put.object.id);
    if (!deal || !deal->closing) deciding.faults.add(Code::deal_not_closed);
    return deal && deal->closing;
  }
  bool operator()(const event::DealActionCompleted& done) const {
    const Deal* deal = open_deal();
    if (!deal) return false;
    if (!deciding.state.processes.at(deal->process).find_action(done.action)) deciding.faults.add(Code::not_undoable, {}, "The action is no longer part of the process.");
    else if (deal->is_done(done.action)) deciding.faults.add(Code::action_already_done);
    return true;
  }
  bool operator()(const event::DealLinesSet& set) const {
    const Deal* deal = find_in(deciding.state.deals, put.object.id);
    return deal && (deal->money ? deal->money->lines != set.lines : !set.lines.empty());
  }
  bool operator()(const event::DealCostsSet& set) const {
    const Deal* deal = find_in(deciding.state.deals, put.object.id);
    return deal && (deal->money ? deal->money->costs != set.costs : !set.costs.empty());
  }
  bool operator()(const event::TaskCompleted&) const {
    const Task* task = find_in(deciding.state.tasks, put.object.id);
    if (task && task->status != TaskStatus::open) deciding.faults.add(Code::task_not_open);
    return task != nullptr;
  }
  // All else that was edited is edited back.
  bool operator()(const event::Edited& edited) const {
    if (put.object.kind == Kind::series) return assigns(edited);
    return put.object.kind == Kind::file ? hangs(edited) : puts_times_back(edited);
  }
  bool hangs(const event::Edited& edited) const {
    if (!find_in(deciding.state.files, put.object.id) || !std::ranges::all_of(edited.fields, [](const FieldChange& change) { return is_link_of_file(change.field); }))
      return deciding.faults.add(Code::not_undoable), false;
    return !edited.fields.empty();
  }
  // Who has what is to come of a series.
  bool assigns(const event::Edited& edited) const {
    const Series* series = only_assigns(&edited) ? find_in(deciding.state.series, put.object.id) : nullptr;
    if (!series) return deciding.faults.add(Code::not_undoable), false;
    const Placed before = placed(series->fields), after = placed(edited.fields, before);
    check_active(deciding, after.assignee, {});
    check_placing(deciding, before, after);
    return after.assignee != before.assignee;
  }
  bool operator()(const event::LeadMoved& moved) const {
    const Lead* lead = active_lead();
    for (const Uuid& id : {moved.stage, moved.furthest})
      if (const LeadStage* stage = find_in(deciding.state.lead_stages, id); !stage || stage->is_deleted) return deciding.faults.add(Code::unknown_reference), false;
    return lead && (lead->stage != moved.stage || lead->furthest != moved.furthest);
  }
  bool operator()(const event::LeadLost&) const { return active_lead() != nullptr; }
  bool operator()(const event::LeadConverted&) const { return active_lead() != nullptr; }
  static bool says(const event::Edited& edited, std::uint16_t field, const Value& value) {
    const Value* said = find_value(edited.fields, field);
    return said && *said == value;
  }
  // The times of a closing that was put back just before.
  bool puts_times_back(const event::Edited& edited) const {
    namespace d = field::deal;
    namespace l = field::lead;
    namespace t = field::task;
    const Uuid& id = put.object.id;
    const auto only = [&](std::initializer_list<std::uint16_t> times) {
      return std::ranges::all_of(edited.fields, [&](const FieldChange& change) { return std::ranges::find(times, change.field) != times.end(); });
    };
    bool is_closed = false;
    if (const Deal* deal = put.object.kind == Kind::deal ? find_in(deciding.state.deals, id) : nullptr)
      if (is_closed = deal->closing && only({d::closed_at, d::closed_by}); is_closed && says(edited, d::closed_at, deal->closing->closed_at.ms) && says(edited, d::closed_by, deciding.doer))
        return false;   // the closing that was put back says all of it
    if (const Lead* lead = put.object.kind == Kind::lead ? find_in(deciding.state.leads, id) : nullptr)
      is_closed = lead->status != LeadStatus::active && only({l::closed_at, l::closed_by, l::converted_at});
    if (const Task* task = put.object.kind == Kind::task ? find_in(deciding.state.tasks, id) : nullptr)
      is_closed = task->status == TaskStatus::completed && only({t::completed_at, t::completed_by});
    if (!is_closed) deciding.faults.add(Code::not_undoable);
    return !edited.fields.empty();
  }
  const Scorecard* unsettled_card() const {
    const Scorecard* card = put.object.kind == Kind::scorecard ? find_in(deciding.state.scorecards, put.object.id) : nullptr;
    if (!card) deciding.faults.add(Code::not_undoable);
    else if (card->is_settled) deciding.faults.add(Code::card_settled);
    return card;
  }
  bool operator()(const event::ScorecardParametersSet& set) const {
    const Scorecard* card = unsettled_card();
    if (!card) return false;
    // What was counted since for a parameter that came with what is taken back.
    for (const event::ScorecardParameter& held : card->parameters) {
      const auto counted = std::ranges::find(card->values, held.id, &event::ScorecardValue::parameter);
      const bool is_counted = counted != card->values.end() && counted->value != 0;
      if (is_counted && std::ranges::find(set.parameters, held.id, &event::ScorecardParameter::id) == set.parameters.end()) {
        deciding.faults.add(Code::undo_blocked);
        break;
      }
    }
    return card->parameters != set.parameters;
  }
  bool operator()(const event::ScorecardAdjusted& back) const {
    const Scorecard* card = unsettled_card();
    if (!card) return false;
    if (std::ranges::find(card->parameters, back.parameter, &event::ScorecardParameter::id) == card->parameters.end()) deciding.faults.add(Code::undo_blocked);
    return counted_with(*card, back) != card->values;
  }
  template <class Other>
  bool operator()(const Other&) const {
    deciding.faults.add(Code::not_undoable);
    return false;
  }
};

}  // namespace

void put_in_order(std::vector<UndoStep>& steps) {
  std::ranges::stable_sort(steps, std::ranges::greater{}, &UndoStep::undoes);
  std::set<ObjectRef> begun;
  std::vector<UndoStep> first, rest;
  for (UndoStep& step : steps) {
    const ObjectRef object = target(step.command);
    const bool is_first_of_it = begun.insert(object).second;
    // Set-up has names that what comes before it may have to free.
    const bool comes_back = is_first_of_it && !is_setup(object.kind) && std::holds_alternative<command::Restore>(step.command);
    (comes_back ? first : rest).push_back(std::move(step));
  }
  std::ranges::move(rest, std::back_inserter(first));
  steps = std::move(first);
}

UndoPlan plan_undo(const std::vector<std::vector<Happened>>& histories, bool is_import) {
  Planning planning;
  for (const std::vector<Happened>& history : histories) is_import ? planning.add_imported(history) : planning.add(history);
  return std::move(planning).finish();
}

Decision put_back(Deciding& deciding, const command::PutBack& put) {
  if (!std::visit(Putting{deciding, put}, put.event)) return deciding.outcome(put.object);
  Event event = put.event;
  std::optional<Instant> effective_at;   // when recorded, but for a closing that is put right
  if (auto* corrected = std::get_if<event::DealCorrected>(&event)) {
    effective_at = corrected->replaced_at;
    corrected->replaced_at = deciding.state.deals.at(put.object.id).closing->at;
  }
  if (std::holds_alternative<event::Edited>(event) && put.object.kind == Kind::deal && !deciding.faults.any()) {
    const Instant at = deciding.state.deals.at(put.object.id).closing->at;
    if (at != deciding.context.now) effective_at = at;   // as long as the closing holds
  }
  if (auto* set = std::get_if<event::ScorecardParametersSet>(&event))
    set->group = group_key(deciding.state.scorecards.at(put.object.id).period, set->parameters);
  if (auto* adjusted = std::get_if<event::ScorecardAdjusted>(&event))
    adjusted->values = counted_with(deciding.state.scorecards.at(put.object.id), *adjusted);
  // Reopening left the lead's contacts alone, and others may have been linked before or since: they stay,
  // as what they were merged into.
  if (auto* converted = std::get_if<event::LeadConverted>(&event)) {
    const Lead& lead = deciding.state.leads.at(put.object.id);
    converted->company = deciding.state.contact_now(Kind::company, lead.company);
    converted->person = deciding.state.contact_now(Kind::person, lead.person);
  }
  deciding.add(put.object, std::move(event), effective_at, std::nullopt, put.personal);
  return deciding.outcome(put.object);
}

}  // namespace dealog
