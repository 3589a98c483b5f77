#include "domain/lead.h"

namespace dealog {
namespace {

namespace l = field::lead;

void count_at_stage(ModelState& state, const Lead& lead, int change) {
  if (lead.status != LeadStatus::active || lead.stage.is_nil()) return;
  const auto [place, added] = state.active_leads_in.try_emplace(lead.stage, 0u);
  place->second = static_cast<std::uint32_t>(static_cast<std::int64_t>(place->second) + change);
}

void set_fields(Lead& lead, const Fields& fields, Instant at) {
  for (const FieldChange& change : fields) {
    const Uuid* id = std::get_if<Uuid>(&change.value);
    const auto* number = std::get_if<std::int64_t>(&change.value);
    const auto* text = std::get_if<std::string>(&change.value);
    const auto* ids = std::get_if<std::vector<Uuid>>(&change.value);
    switch (change.field) {
      case l::title: lead.title = text ? *text : std::string(); break;
      case l::stage_id: lead.stage = lead.furthest = id ? *id : Uuid{}; break;
      case l::company_id: lead.company = id ? *id : Uuid{}; break;
      case l::person_id: lead.person = id ? *id : Uuid{}; break;
      case l::source_id: lead.source = id ? *id : Uuid{}; break;
      case l::value: lead.value = number ? std::optional(*number) : std::nullopt; break;
      case l::participant_ids: lead.participants = ids ? *ids : std::vector<Uuid>{}; break;
      case l::owner_id:
        if (!lead.owner.is_nil()) lead.earlier_owners.emplace_back(at, lead.owner);
        lead.owner = id ? *id : Uuid{};
        break;
      default: break;
    }
  }
}

bool is_raw(std::uint16_t field) {
  switch (field) {
    case l::raw_name: case l::raw_company_name: case l::raw_job_title: case l::raw_emails: case l::raw_phones: case l::raw_address:
    case l::raw_website: return true;
    default: return false;
  }
}

void keep_raw(Lead& lead, const Fields& personal) {
  for (const FieldChange& change : personal) {
    if (!is_raw(change.field)) continue;
    std::erase_if(lead.raw, [&](const FieldChange& held) { return held.field == change.field; });
    if (!std::holds_alternative<std::monostate>(change.value)) lead.raw.push_back(change);
  }
}

struct LeadApply {
  ModelState& state;
  Lead& lead;
  Instant at;

  void operator()(const event::Created& created) const {
    set_fields(lead, created.fields, at);
    lead.stage_or_status_at = at;
  }
  void operator()(const event::Edited& edited) const { set_fields(lead, edited.fields, at); }
  void operator()(const event::LeadMoved& moved) const {
    lead.stage = moved.stage;
    lead.furthest = moved.furthest;
    lead.stage_or_status_at = at;
  }
  void operator()(const event::LeadLost& lost) const {
    if (const auto reason = state.close_reasons.find(lost.reason); reason != state.close_reasons.end()) reason->second.is_used = true;
    set_status(LeadStatus::lost);
  }
  void operator()(const event::LeadConverted& converted) const {
    if (!converted.company.is_nil()) lead.company = converted.company;
    if (!converted.person.is_nil()) lead.person = converted.person;
    set_status(LeadStatus::converted);
  }
  void operator()(const event::LeadReopened&) const { set_status(LeadStatus::active); }
  template <class Other>
  void operator()(const Other&) const {}  // deletion and restoring concern every object alike

  void set_status(LeadStatus status) const {
    lead.status = status;
    lead.stage_or_status_at = at;
  }
};

}  // namespace

void apply_lead(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  const auto found = state.leads.find(envelope.object.id);
  if (found == state.leads.end()) return;
  Lead& lead = found->second;
  const Uuid company = lead.company, person = lead.person;
  count_at_stage(state, lead, -1);
  std::visit(LeadApply{state, lead, envelope.effective_at}, event);
  keep_raw(lead, personal);
  count_at_stage(state, lead, +1);
  relist(state.leads_of_contact, found->first, state.contact_now(Kind::company, company), state.contact_now(Kind::company, lead.company));
  relist(state.leads_of_contact, found->first, state.contact_now(Kind::person, person), state.contact_now(Kind::person, lead.person));
  // The conversion may have linked others: an edit that names them changes nothing.
  if (lead.company != company) lead.prints.set(l::company_id, lead.company.is_nil() ? Value{} : Value{lead.company});
  if (lead.person != person) lead.prints.set(l::person_id, lead.person.is_nil() ? Value{} : Value{lead.person});
}

}  // namespace dealog
