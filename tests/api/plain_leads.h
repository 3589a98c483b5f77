#pragma once
// Leads in the plain model [SPEC 9].

#include "tests/api/plain_deals.h"

namespace dealog::test::plain {

class Leads : public Deals {
 public:
  struct LeadWish {
    std::optional<std::string> title, raw_name, raw_company;
    std::optional<std::optional<std::int64_t>> value;
    std::optional<Id> owner, company, person, source, stage;   // "" is null
    std::optional<std::vector<Id>> tags;
    std::map<Id, std::string> custom;           // of a new one, by field: JSON
  };
  Verdict create_lead(const Id& user, Ms now, const Id& id, const LeadWish& wish, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    check_lead(faults, wish, {});
    if (wish.stage) check_named(faults, lead_stages, *wish.stage, "/stage_id");
    check_custom(faults, "leads", wish.custom);
    if (faults.any()) return faults.verdict();
    Lead lead;
    born(lead, user, at);
    lead.owner = user;
    lead.stage = lead.furthest = wish.stage.value_or(first_stage());
    lead.stage_or_status_at = at;
    fill(lead, wish);
    lead.custom = wish.custom;
    lead.is_repeat = was_met(companies, lead.company, &Lead::company, &Deal::company, at) || was_met(persons, lead.person, &Lead::person, &Deal::person, at);
    leads[id] = lead;
    return {201, {}};
  }
  Verdict edit_lead(const Id& user, const Id& id, const LeadWish& wish) {
    if (auto no = may_write(user, leads, id)) return *no;
    Lead& lead = leads.at(id);
    Faults faults;
    check_lead(faults, wish, lead);
    if (lead.is_erased && wish.raw_name) faults.not_now("/raw/name", "erased");
    if (lead.is_erased && wish.raw_company) faults.not_now("/raw/company_name", "erased");
    if (faults.any()) return faults.verdict();
    lead.version += fill(lead, wish) ? 1 : 0;
    return {};
  }
  Verdict move_lead(const Id& user, Ms now, const Id& id, const Id& stage, std::optional<Ms> when) {
    if (auto no = may_write(user, leads, id)) return *no;
    Lead& lead = leads.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (lead.status != "active") faults.not_now("", "lead_not_active");
    check_named(faults, lead_stages, stage, "/stage_id");
    if (faults.any()) return faults.verdict();
    if (lead.stage == stage) return {};
    if (at < lead.stage_or_status_at) return {409, {"/effective_at effective_before_last_event"}};
    move_to(lead, stage, at);
    return {};
  }
  Verdict lose_lead(const Id& user, Ms now, const Id& id, const Id& reason, std::optional<Ms> when) {
    if (auto no = may_write(user, leads, id)) return *no;
    Lead& lead = leads.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (lead.status != "active") faults.not_now("", "lead_not_active");
    check_reason(faults, reason, "lost");
    if (at < lead.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    lead.status = "lost";
    lead.reason = reason;
    if (!reason.empty()) reasons.at(reason).is_used = true;
    closed(lead, at);
    return {};
  }
  Verdict reopen_lead(const Id& user, Ms now, const Id& id, std::optional<Ms> when) {
    if (auto no = may_write(user, leads, id)) return *no;
    Lead& lead = leads.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (faults.any()) return faults.verdict();
    if (lead.status == "active") return {};
    if (at < lead.stage_or_status_at) return {409, {"/effective_at effective_before_last_event"}};
    lead.status = "active";
    lead.closed_at.reset();
    lead.reason.clear();
    lead.deal.clear();                          // it was of the conversion
    lead.stage_or_status_at = at;
    ++lead.version;
    // Its stage may have been deleted meanwhile.
    if (lead_stages.at(lead.stage).is_deleted) move_to(lead, first_stage(), at);
    return {};
  }

  // What it becomes: nothing, what it is linked to already or else something new, something new by that name, or an object.
  struct Becoming {
    enum class How { nothing, linked, named, given } how = How::nothing;
    std::string name = {};                      // "": what the lead is called
    Id id = {}, process = {}, stage = {};
    std::map<Id, std::string> custom = {};      // by field: JSON
    std::string currency = "PLN";               // of a deal, and its value, if one is named
    std::optional<std::int64_t> value = {};
  };
  // `made`: the ids that the new ones got.
  struct Made { Id company, person, deal; };
  Verdict convert(const Id& user, Ms now, const Id& id, const Becoming& company, const Becoming& person, const Becoming& deal, const Made& made, std::optional<Ms> when) {
    if (auto no = may_write(user, leads, id)) return *no;
    Lead& lead = leads.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (lead.status != "active") faults.not_now("", "lead_not_active");
    if (at < lead.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    const Id owner = users.at(lead.owner).is_suspended ? Id() : lead.owner;

    // The companies and persons first, for the deal is theirs.
    const Id had_company = stand_in(companies, lead.company), had_person = stand_in(persons, lead.person);
    const bool new_company = is_new(company, had_company), new_person = is_new(person, had_person);
    const Id old_company = becomes(faults, companies, company, had_company, "/company"), old_person = becomes(faults, persons, person, had_person, "/person");
    const std::string company_name = company.how == Becoming::How::named ? company.name : lead.raw_company;
    const std::string person_name = person.how == Becoming::How::named ? person.name : lead.raw_name;
    if (new_company && company_name.empty()) faults.impossible("/company/name", "required");
    if (new_person && person_name.empty()) faults.impossible("/person/name", "required");
    if (new_company) check_custom(faults, "companies", company.custom, "/company");
    if (new_person) check_custom(faults, "persons", person.custom, "/person");
    NewDeal wish;
    if (deal.how == Becoming::How::given) becomes(faults, deals, deal, {}, "/deal", &user);
    const bool new_deal = deal.how == Becoming::How::linked || deal.how == Becoming::How::named;
    if (new_deal) {
      wish.name = deal.name.empty() ? lead.title : deal.name;
      wish.process = deal.process;
      wish.stage = deal.stage;
      wish.currency = deal.currency;
      wish.value = deal.value;
      if (!deal.value && deal.currency == "PLN") wish.value = lead.value;   // that is the account's: in no other is it guessed [MON-5]
      wish.custom = deal.custom;
      wish.owner = owner;
      if (sources_on) wish.source = live(lead.source);
      if (!new_company && is_there(companies, old_company)) wish.company = old_company;
      if (!new_person && is_there(persons, old_person)) wish.person = old_person;
      check_deal(faults, wish, "/deal", new_company || new_person);
    }
    if (faults.any()) return faults.verdict();

    if (new_company) make_contact(companies[made.company], user, at, company_name, owner, lead, company.custom);
    if (new_person) {
      make_contact(persons[made.person], user, at, person_name, owner, lead, person.custom);
      persons.at(made.person).company = new_company ? made.company : is_there(companies, old_company) ? old_company : Id();
    }
    if (new_company) wish.company = made.company;
    if (new_person) wish.person = made.person;
    if (new_deal) add_deal(user, at, made.deal, wish);
    lead.company = new_company ? made.company : old_company;
    lead.person = new_person ? made.person : old_person;
    lead.deal = new_deal ? made.deal : deal.how == Becoming::How::given ? deal.id : Id();
    lead.status = "converted";
    closed(lead, at);
    return {};
  }

 private:
  void check_lead(Faults& faults, const LeadWish& wish, const Lead& held) const {
    if (wish.owner && wish.owner->empty()) faults.impossible("/owner_id", "required");
    else if (wish.owner && *wish.owner != held.owner) check_person(faults, *wish.owner, "/owner_id");
    if (wish.company && *wish.company != stand_in(companies, held.company)) check_named(faults, companies, *wish.company, "/company_id");
    if (wish.person && *wish.person != stand_in(persons, held.person)) check_named(faults, persons, *wish.person, "/person_id");
    check_source_edit(faults, wish.source, held.source);
    if (wish.tags) check_named(faults, tags, *wish.tags, "/tags");
  }
  bool fill(Lead& lead, const LeadWish& wish) const {
    bool changed = false;
    const auto set = setter(changed);
    if (wish.title) set(lead.title, *wish.title);
    if (wish.raw_name) set(lead.raw_name, *wish.raw_name);
    if (wish.raw_company) set(lead.raw_company, *wish.raw_company);
    lead.has_personal |= wish.raw_name || wish.raw_company;
    if (wish.value) set(lead.value, *wish.value);
    if (wish.owner) set(lead.owner, *wish.owner);
    if (wish.company && *wish.company != stand_in(companies, lead.company)) set(lead.company, *wish.company);
    if (wish.person && *wish.person != stand_in(persons, lead.person)) set(lead.person, *wish.person);
    if (wish.source && *wish.source != live(lead.source)) set(lead.source, *wish.source);
    if (wish.tags && !same_set(*wish.tags, live(tags, lead.tags))) set(lead.tags, *wish.tags);
    return changed;
  }
  Id first_stage() const {
    const Id* first = nullptr;
    for (const auto& [id, stage] : lead_stages)
      if (!stage.is_deleted && (!first || stage.position < lead_stages.at(*first).position)) first = &id;
    return *first;
  }
  void move_to(Lead& lead, const Id& stage, Ms at) const {
    lead.stage = stage;
    // A deleted stage has no place in the order any more.
    const LeadStage &to = lead_stages.at(stage), &furthest = lead_stages.at(lead.furthest);
    if (furthest.is_deleted || to.position > furthest.position || (to.position == furthest.position && stage > lead.furthest)) lead.furthest = stage;
    lead.stage_or_status_at = at;
    ++lead.version;
  }
  static void closed(Lead& lead, Ms at) {
    lead.closed_at = at;
    lead.stage_or_status_at = at;
    ++lead.version;
  }
  // [LEA-2]: the contact had a lead or a deal by then.
  bool was_met(const std::map<Id, Contact>& contacts, const Id& contact, Id Lead::* of_lead, Id Deal::* of_deal, Ms at) const {
    if (contact.empty()) return false;
    const auto earlier = [&](const auto& things, auto member) {
      return std::ranges::any_of(things, [&](const auto& each) {
        return !each.second.is_deleted && each.second.created_at <= at && stand_in(contacts, each.second.*member) == contact;
      });
    };
    return earlier(leads, of_lead) || earlier(deals, of_deal);
  }
  static bool is_new(const Becoming& becoming, const Id& had) {
    return becoming.how == Becoming::How::named || (becoming.how == Becoming::How::linked && had.empty());
  }
  template <class T>
  Id becomes(Faults& faults, const std::map<Id, T>& things, const Becoming& becoming, const Id& had, const std::string& at, const Id* reader = nullptr) const {
    if (becoming.how != Becoming::How::given) return had;
    const auto found = things.find(becoming.id);
    if (found != things.end() && reader && !sees(*reader, found->second)) faults.impossible(at + "/id", "unknown_reference");
    else check_named(faults, things, becoming.id, at + "/id");
    return becoming.id;
  }
  template <class T>
  static bool is_there(const std::map<Id, T>& things, const Id& id) {
    const auto found = things.find(id);
    return found != things.end() && !found->second.is_deleted && !was_merged(found->second);
  }
  void make_contact(Contact& contact, const Id& user, Ms at, const std::string& name, const Id& owner, const Lead& lead, const std::map<Id, std::string>& custom) const {
    born(contact, user, at);
    contact.name = name;
    contact.custom = custom;
    contact.owner = owner;
    if (sources_on) contact.source = live(lead.source);
  }
};

}  // namespace dealog::test::plain
