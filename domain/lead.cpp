#include "domain/lead.h"

#include <algorithm>

#include "domain/deal.h"
#include "domain/lead_stage.h"

namespace dealog {
namespace {

namespace l = field::lead;

// SPEC LEA-2, from what is recorded now and by effective time.
bool had_lead_or_deal(const ModelState& state, const Uuid& contact, Instant at) {
  if (contact.is_nil()) return false;
  const auto any_earlier = [&](const auto& lists, const auto& objects) {
    const auto listed = lists.find(contact);
    return listed != lists.end() && std::ranges::any_of(listed->second, [&](const Uuid& id) {
      const Object& earlier = objects.at(id);
      return !earlier.is_deleted && earlier.created_at <= at;
    });
  };
  return any_earlier(state.leads_of_contact, state.leads) || any_earlier(state.deals_of_contact, state.deals);
}

// An account from before there were leads: its first lead brings the stages along.
Uuid bring_stages(Deciding& deciding) {
  std::vector<NewEvent> stages = default_lead_stages(deciding.state.account.id);
  const Uuid first = stages.front().object.id;
  for (NewEvent& stage : stages) deciding.events.push_back(std::move(stage));
  return first;
}

}  // namespace

Decision create_lead(Deciding& deciding, const command::Create& create) {
  const ModelState& state = deciding.state;
  const auto effective = deciding.effective(create.effective_at);
  Checked checked = check_birth(deciding, Kind::lead, create.fields, {l::owner_id});
  Fields& fields = checked.plain;

  if (!find_value(fields, l::owner_id)) {
    if (deciding.doer.is_nil()) deciding.faults.add(Code::required, "/owner_id");
    check_active(deciding, deciding.doer, "/owner_id");
    set_value(fields, l::owner_id, deciding.doer);
  }
  if (!find_value(fields, l::stage_id)) {
    const Uuid first = first_lead_stage(state);
    set_value(fields, l::stage_id, first.is_nil() ? bring_stages(deciding) : first);
  }
  const Instant at = deciding.moment(effective);
  const bool is_repeat = had_lead_or_deal(state, id_in(fields, l::company_id), at) || had_lead_or_deal(state, id_in(fields, l::person_id), at);
  set_value(fields, l::is_repeat, std::int64_t{is_repeat});
  sort_by_number(fields);
  deciding.add(create.object, event::Created{.fields = std::move(fields)}, effective, std::nullopt, std::move(checked.personal));
  return deciding.outcome(create.object, true);
}

Decision edit_lead(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (!changed.plain.empty() || !changed.personal.empty())
    deciding.add(edit.object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  return deciding.outcome(edit.object);
}

Decision move_lead(Deciding& deciding, const command::MoveLead& move) {
  const ObjectRef object{Kind::lead, move.lead};
  const Lead& lead = deciding.state.leads.at(move.lead);
  const auto effective = deciding.effective(move.effective_at);

  if (lead.status != LeadStatus::active) deciding.faults.add(Code::lead_not_active);
  const LeadStage* stage = find_in(deciding.state.lead_stages, move.stage);
  if (!stage || stage->is_deleted) deciding.faults.add(Code::unknown_reference, "/stage_id");
  if (deciding.faults.any() || lead.stage == move.stage) return deciding.outcome(object);

  deciding.not_before(lead.stage_or_status_at, effective);
  deciding.add(object, event::LeadMoved{move.stage, later_lead_stage(deciding.state, lead.furthest, move.stage)}, effective);
  return deciding.outcome(object);
}

Decision lose_lead(Deciding& deciding, const command::LoseLead& lose) {
  const ObjectRef object{Kind::lead, lose.lead};
  const Lead& lead = deciding.state.leads.at(lose.lead);
  const auto effective = deciding.effective(lose.effective_at);

  if (lead.status != LeadStatus::active) deciding.faults.add(Code::lead_not_active);
  check_reason(deciding, lose.reason, Status::lost, "/reason_id");
  const bool says_something = lose.note && !is_blank(*lose.note);
  if (says_something) check_text(deciding, *lose.note, longest_close_note, "/note");
  deciding.not_before(lead.stage_or_status_at, effective);

  Fields note;
  if (says_something) note.push_back({l::close_note, *lose.note});
  deciding.add(object, event::LeadLost{lose.reason, lead.owner_at(deciding.moment(effective))}, effective, std::nullopt, std::move(note));
  return deciding.outcome(object);
}

Decision reopen_lead(Deciding& deciding, const command::ReopenLead& reopen) {
  const ModelState& state = deciding.state;
  const ObjectRef object{Kind::lead, reopen.lead};
  const Lead& lead = state.leads.at(reopen.lead);
  const auto effective = deciding.effective(reopen.effective_at);
  if (deciding.faults.any() || lead.status == LeadStatus::active) return deciding.outcome(object);

  deciding.not_before(lead.stage_or_status_at, effective);
  const std::uint32_t reopened = deciding.add(object, event::LeadReopened{}, effective);
  // The stage may have been deleted while the lead was closed.
  if (const LeadStage* stage = find_in(state.lead_stages, lead.stage); !stage || stage->is_deleted) {
    const Uuid first = first_lead_stage(state);
    deciding.add(object, event::LeadMoved{first, later_lead_stage(state, lead.furthest, first)}, effective, reopened);
  }
  return deciding.outcome(object);
}

}  // namespace dealog
