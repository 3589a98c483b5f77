// Win, lose, mark obsolete; reopen; correct (SPEC DEA-4).

#include <algorithm>

#include "domain/deal.h"

namespace dealog {
namespace {

// SPEC DEA-4: every mandatory action, by all that is recorded, whatever the effective time.
void check_mandatory(Deciding& deciding, const Deal& deal) {
  std::vector<Uuid> missing;
  for (const Uuid& action : deciding.state.processes.at(deal.process).mandatory)
    if (!deal.is_done(action)) missing.push_back(action);
  if (missing.empty()) return;
  deciding.faults.add(Code::mandatory_actions_missing);
  deciding.faults.in_the_way(std::move(missing));
}

Fields sealed_note(const std::optional<std::string>& note) {
  if (!note) return {};
  if (is_blank(*note)) return {{field::deal::close_note, Value{}}};
  return {{field::deal::close_note, *note}};
}

}  // namespace

event::DealClosed snapshot(const ModelState& state, const Deal& deal, Instant t) {
  const ProcessVersion& version = state.processes.at(deal.process).version_at(t);
  const auto order = [&](const Uuid& stage) {
    const auto found = version.stages.find(stage);
    return found == version.stages.end() ? -1 : static_cast<std::int64_t>(found->second);
  };
  const Whereabouts then = whereabouts(state, deal, t);
  event::DealClosed closing{.stage = then.stage, .furthest = then.furthest,
                            .credited_owner = deal.owner_at(t), .total_weight = version.total_weight,
                            .process_version = version.number};
  if (order(closing.furthest) < order(closing.stage)) closing.furthest = closing.stage;
  for (const DoneSpan& span : deal.done) {
    const auto place = version.actions.find(span.action);
    if (place == version.actions.end() || t < span.since || t >= span.until) continue;
    closing.done_weight += place->second.weight;
    closing.done_actions.push_back(span.action);
  }
  return closing;
}

void check_reason(Deciding& deciding, const Uuid& id, Status outcome, const std::string& pointer) {
  if (id.is_nil()) {
    if (deciding.state.account.reason_required) deciding.faults.add(Code::reason_required, pointer);
    return;
  }
  const CloseReason* reason = find_in(deciding.state.close_reasons, id);
  if (!reason || reason->is_deleted) deciding.faults.add(Code::unknown_reference, pointer);
  else if (reason->outcome != outcome) deciding.faults.add(Code::reason_wrong_outcome, pointer);
  else if (reason->is_archived) deciding.faults.add(Code::invalid, pointer, "The close reason is archived.");
}

Decision close_deal(Deciding& deciding, const command::CloseDeal& close) {
  const ObjectRef object{Kind::deal, close.deal};
  const Deal& deal = deciding.state.deals.at(close.deal);
  const auto effective = deciding.effective(close.effective_at);

  if (close.outcome == Status::open) deciding.faults.add(Code::invalid, "/status");
  if (deal.closing) deciding.faults.add(Code::deal_not_open);
  check_reason(deciding, close.reason, close.outcome, "/reason_id");
  if (close.note && !is_blank(*close.note)) check_text(deciding, *close.note, longest_close_note, "/note");
  const bool may_skip = deciding.context.is_import;
  if (close.outcome == Status::won && !deal.closing && !may_skip) check_mandatory(deciding, deal);
  deciding.not_before(deal.stage_or_status_at, effective);
  if (deciding.faults.any()) return deciding.outcome(object);

  event::DealClosed closed = snapshot(deciding.state, deal, deciding.moment(effective));
  closed.outcome = static_cast<std::uint8_t>(close.outcome);
  closed.reason = close.reason;
  closed.skipped_mandatory = may_skip && close.outcome == Status::won;
  const bool says_something = close.note && !is_blank(*close.note);
  deciding.add(object, std::move(closed), effective, std::nullopt, says_something ? sealed_note(close.note) : Fields{});
  return deciding.outcome(object);
}

Decision reopen_deal(Deciding& deciding, const command::ReopenDeal& reopen) {
  const ModelState& state = deciding.state;
  const ObjectRef object{Kind::deal, reopen.deal};
  const Deal& deal = state.deals.at(reopen.deal);
  const Process& process = state.processes.at(deal.process);
  const auto effective = deciding.effective(reopen.effective_at);

  if (!deal.closing) deciding.faults.add(Code::deal_not_closed);
  deciding.not_before(deal.stage_or_status_at, effective);
  const std::uint32_t reopened = deciding.add(object, event::DealReopened{process.newest().number}, effective);

  // The newest version may lack the stage in which the deal was closed, or the furthest one that it had visited.
  const auto [stage, furthest] = whereabouts(state, deal);
  if (stage != deal.stage || furthest != deal.furthest)
    deciding.add(object, event::DealMoved{stage, later_stage(process, furthest, stage)}, effective, reopened);
  return deciding.outcome(object);
}

Decision correct_deal(Deciding& deciding, const command::CorrectDeal& correct) {
  namespace d = field::deal;
  const ObjectRef object{Kind::deal, correct.deal};
  const Deal& deal = deciding.state.deals.at(correct.deal);
  if (!deal.closing) {
    deciding.faults.add(Code::deal_not_closed);
    return deciding.outcome(object);
  }
  const Closing& last = *deal.closing;
  const Status status = correct.status.value_or(deal.status);
  const Uuid reason = correct.reason.value_or(last.reason);
  const Instant at = correct.closed_at ? deciding.moment(deciding.effective(correct.closed_at, "/closed_at")) : last.closed_at;
  const bool keeps_time = at == last.closed_at;

  const Value note = correct.note && !is_blank(*correct.note) ? Value{*correct.note} : Value{};
  const bool other_note = correct.note && print_of(note) != deal.prints.of(d::close_note);
  if (status == Status::open) deciding.faults.add(Code::invalid, "/status", "A correction does not reopen; reopen does.");
  if (status != deal.status || reason != last.reason) check_reason(deciding, reason, status, "/reason_id");
  if (correct.note && !is_blank(*correct.note)) check_text(deciding, *correct.note, longest_close_note, "/note");
  const bool may_skip = last.skipped_mandatory || deciding.context.is_import;
  if (status == Status::won && deal.status != Status::won && !may_skip) check_mandatory(deciding, deal);
  if (!keeps_time && at < last.before) deciding.faults.add(Code::effective_before_last_event, "/closed_at");

  const bool same = status == deal.status && reason == last.reason && keeps_time && !other_note;
  if (same || deciding.faults.any()) return deciding.outcome(object);

  event::DealClosed closed = snapshot(deciding.state, deal, at);
  closed.outcome = static_cast<std::uint8_t>(status);
  closed.reason = reason;
  closed.skipped_mandatory = may_skip && status == Status::won;
  // One that was put back when its reopening was undone holds from then on, and tells of a time before it (undo.h).
  const Instant holds = keeps_time ? last.at : at;
  const std::uint32_t corrected =
      deciding.add(object, event::DealCorrected{last.at, std::move(closed)}, holds, std::nullopt, other_note ? sealed_note(correct.note) : Fields{});
  if (holds != at) deciding.add(object, event::Edited{{{d::closed_at, at.ms}}}, holds, corrected);
  return deciding.outcome(object);
}

}  // namespace dealog
