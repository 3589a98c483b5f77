// What a lead becomes (SPEC LEA-1): a company, a person and a deal, each linked or made, in one commit.

#include <algorithm>

#include "domain/contact.h"
#include "domain/custom_field.h"
#include "domain/deal.h"
#include "domain/lead.h"
#include "domain/rights.h"

namespace dealog {
namespace {

namespace l = field::lead;

// Values from the lead, for those that the command does not give. An explicit null is given: it means none.
class Filling {
 public:
  Filling(Fields given, const Lead& lead) : fields_(std::move(given)), lead_(lead) {}

  void with(std::uint16_t field, Value value) {
    if (!find_value(fields_, field)) fields_.push_back({field, std::move(value)});
  }
  void with_id(std::uint16_t field, const Uuid& id) {
    if (!id.is_nil()) with(field, id);
  }
  void with_raw(std::uint16_t field, std::uint16_t raw) {
    if (const Value* value = find_value(lead_.raw, raw)) with(field, *value);
  }
  // The lead's source, or that it has none, is explicit on what it creates (SPEC DIC-2).
  void with_source(std::uint16_t field, const ModelState& state) {
    if (!state.account.sources_on) return;
    with(field, state.is_live_source(lead_.source) ? Value{lead_.source} : Value{});
  }
  Fields fields() && { return std::move(fields_); }

 private:
  Fields fields_;
  const Lead& lead_;
};

class Conversion {
 public:
  Conversion(Deciding& deciding, const command::ConvertLead& convert, const Lead& lead, const std::optional<Instant>& effective)
      : deciding_(deciding), state_(deciding.state), convert_(convert), lead_(lead), effective_(effective) {}

  event::LeadConverted run() {
    const Uuid linked_company = state_.contact_now(Kind::company, lead_.company), linked_person = state_.contact_now(Kind::person, lead_.person);
    const Uuid company = becomes(Kind::company, convert_.company, linked_company);
    if (is_new(convert_.company, linked_company)) {
      made_.company = company;
      make_company(company);
    }
    company_ = company;
    const Uuid person = becomes(Kind::person, convert_.person, linked_person);
    if (is_new(convert_.person, linked_person)) {
      made_.person = person;
      make_person(person);
    }
    person_ = person;
    const Uuid deal = becomes(Kind::deal, convert_.deal, {});
    if (is_new(convert_.deal, {})) make_deal(deal);
    deciding_.faults.within({});
    return {.deal = deal, .person = person, .company = company, .credited_owner = lead_.owner_at(deciding_.moment(effective_))};
  }

 private:
  // The lead's owner looks after what it becomes, unless he is suspended.
  Uuid owner() const {
    const User* user = find_in(state_.users, lead_.owner);
    return user && user->is_suspended ? Uuid{} : lead_.owner;
  }

  // "true", and nulls alone, take what the lead is linked to, where it is; else something new is made.
  static bool is_new(const std::optional<command::Becoming>& wanted, const Uuid& linked) {
    return wanted && wanted->id.is_nil() && (linked.is_nil() || !wanted->says_nothing());
  }

  // The id of what the lead is to be linked to.
  Uuid becomes(Kind kind, const std::optional<command::Becoming>& wanted, const Uuid& linked) {
    deciding_.faults.within("/" + std::string(name(kind)));
    if (is_new(wanted, linked)) return deciding_.fresh_id();
    if (!wanted || wanted->id.is_nil()) {
      if (wanted) said(kind, *wanted);   // nulls: of custom fields that there are
      return linked;
    }
    const Object* there = state_.find({kind, wanted->id});
    if (!there || there->is_deleted || !may_see(state_, deciding_.actor, {kind, wanted->id}))
      deciding_.faults.add(Code::unknown_reference, "/id");
    else if (state_.merged_contacts.contains({kind, wanted->id}))
      deciding_.faults.add(Code::already_merged, "/id");
    return wanted->id;
  }

  // What the command says of the new object, its custom fields among it: those are its own, the lead's stay the lead's.
  Fields said(Kind kind, const command::Becoming& becoming) {
    Fields fields = becoming.fields;
    read_custom_values(deciding_, kind, becoming.custom, fields);
    return fields;
  }

  void make_company(const Uuid& id) {
    namespace c = field::company;
    Filling filling(said(Kind::company, *convert_.company), lead_);
    filling.with_raw(c::name, l::raw_company_name);
    filling.with_id(c::owner_id, owner());
    filling.with_source(c::source_id, state_);
    const bool has_person = convert_.person || !lead_.person.is_nil();
    if (!has_person) {  // nobody else to be reached there
      filling.with_raw(c::emails, l::raw_emails);
      filling.with_raw(c::phones, l::raw_phones);
      filling.with_raw(c::address, l::raw_address);
      filling.with_raw(c::website, l::raw_website);
    }
    add_contact(deciding_, creation({Kind::company, id}, std::move(filling).fields()));
  }

  void make_person(const Uuid& id) {
    namespace p = field::person;
    Filling filling(said(Kind::person, *convert_.person), lead_);
    const Fields& given = convert_.person->fields;
    if (text_in(given, p::first_name).empty() && text_in(given, p::last_name).empty()) filling.with_raw(p::name, l::raw_name);
    filling.with_raw(p::job_title, l::raw_job_title);
    filling.with_raw(p::emails, l::raw_emails);
    filling.with_raw(p::phones, l::raw_phones);
    filling.with_raw(p::address, l::raw_address);
    filling.with_raw(p::website, l::raw_website);
    filling.with_id(p::owner_id, owner());
    filling.with_source(p::source_id, state_);
    const bool is_elsewhere = find_value(given, p::company_id) != nullptr;
    if (made_.company.is_nil() && is_there(Kind::company, company_)) filling.with_id(p::company_id, company_);
    add_contact(deciding_, creation({Kind::person, id}, std::move(filling).fields()), is_elsewhere ? Uuid{} : made_.company);
  }

  void make_deal(const Uuid& id) {
    namespace d = field::deal;
    const std::string &own = state_.account.currency, named = text_in(convert_.deal->fields, d::currency);
    const std::string& currency = named.empty() ? own : named;
    Fields given = said(Kind::deal, *convert_.deal);
    read_amounts(deciding_, convert_.deal->amounts, currency, given);
    Filling filling(std::move(given), lead_);
    filling.with(d::name, lead_.title);
    filling.with_id(d::owner_id, owner());
    // What the lead is worth is in the account's currency, and what that is in another is never guessed (SPEC MON-5).
    if (lead_.value && currency == own) filling.with(d::value, *lead_.value);
    filling.with_source(d::source_id, state_);
    MadeClients made = made_;
    if (find_value(convert_.deal->fields, d::company_id)) made.company = {};
    else if (made.company.is_nil() && is_there(Kind::company, company_)) filling.with_id(d::company_id, company_);
    if (find_value(convert_.deal->fields, d::person_id)) made.person = {};
    else if (made.person.is_nil() && is_there(Kind::person, person_)) filling.with_id(d::person_id, person_);
    add_deal(deciding_, creation({Kind::deal, id}, std::move(filling).fields()), made);
  }

  // A client that was deleted since it was linked to the lead stays the lead's, but nothing new refers to it. One that is named
  // though it was merged is a fault where it is named, and there only.
  bool is_there(Kind kind, const Uuid& id) const {
    const Contact* contact = find_in(state_.contacts(kind), id);
    return contact && !contact->is_deleted && contact->merged_into.is_nil();
  }

  command::Create creation(ObjectRef object, Fields fields) const {
    return {.object = object, .fields = std::move(fields), .effective_at = effective_};
  }

  Deciding& deciding_;
  const ModelState& state_;
  const command::ConvertLead& convert_;
  const Lead& lead_;
  std::optional<Instant> effective_;
  Uuid company_, person_;
  MadeClients made_;
};

}  // namespace

Decision convert_lead(Deciding& deciding, const command::ConvertLead& convert) {
  const ObjectRef object{Kind::lead, convert.lead};
  const Lead& lead = deciding.state.leads.at(convert.lead);
  const auto effective = deciding.effective(convert.effective_at);
  if (lead.status != LeadStatus::active) deciding.faults.add(Code::lead_not_active);
  deciding.not_before(lead.stage_or_status_at, effective);

  const std::uint32_t converted = deciding.add(object, event::LeadConverted{}, effective);
  Conversion conversion(deciding, convert, lead, effective);
  const event::LeadConverted outcome = conversion.run();
  deciding.events[converted].event = outcome;
  for (std::size_t i = converted + 1; i < deciding.events.size(); ++i)
    if (!deciding.events[i].cause) deciding.events[i].cause = converted;
  return deciding.outcome(object);
}

}  // namespace dealog
