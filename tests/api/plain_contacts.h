#pragma once
// Companies and persons in the plain model [SPEC 5].

#include "tests/api/plain_setup.h"

namespace dealog::test::plain {

class Contacts : public Setup {
 public:
  struct ContactWish {
    std::optional<std::string> name, tax_id;
    std::optional<Id> owner, source, company;   // "" is null
    std::optional<std::vector<std::string>> phones;
    std::optional<std::vector<Id>> groups, tags;
    std::map<Id, std::string> custom;           // of a new one, by field: JSON
  };
  const char* collection_of(const std::map<Id, Contact>& contacts) const { return &contacts == &companies ? "companies" : "persons"; }

  Verdict create_contact(std::map<Id, Contact>& contacts, const Id& user, Ms now, const Id& id, const ContactWish& wish, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    check_contact(faults, wish, {});
    check_custom(faults, collection_of(contacts), wish.custom);
    if (faults.any()) return faults.verdict();
    Contact& contact = contacts[id];
    born(contact, user, at);
    fill(contact, wish);
    contact.custom = wish.custom;
    inherit(contact, wish);
    return {201, {}};
  }
  Verdict edit_contact(std::map<Id, Contact>& contacts, const Id& user, const Id& id, const ContactWish& wish) {
    if (auto no = may_write(user, contacts, id, false)) return *no;
    Contact& contact = contacts.at(id);
    Faults faults;
    check_contact(faults, wish, contact);
    if (wish.owner && *wish.owner != contact.owner && !is_manager(user) && !is_own(user, contact)) faults.forbidden("/owner_id");
    if (contact.is_erased && &contacts == &persons) {   // of companies nothing of this is personal
      if (wish.name) faults.not_now("/name", "erased");
      if (wish.phones) faults.not_now("/phones", "erased");
    }
    if (faults.any()) return faults.verdict();
    contact.version += fill(contact, wish) ? 1 : 0;
    return {};
  }
  // [CON-2]: the target's values win, what it lacks it takes, lists become one; the other stands for the target from then on.
  Verdict merge(std::map<Id, Contact>& contacts, const Id& user, const Id& id, const Id& from_id) {
    if (auto no = may_write(user, contacts, id)) return *no;
    Contact& into = contacts.at(id);
    const auto found = contacts.find(from_id);
    if (found == contacts.end()) return {422, {"/from_id unknown_reference"}};
    Contact& from = found->second;
    Faults faults;
    if (id == from_id) faults.impossible("/from_id", "invalid");
    if (!is_manager(user) && !is_own(user, from)) faults.forbidden("/from_id");
    if (was_merged(from)) faults.not_now("/from_id", "already_merged");
    else if (from.is_deleted) faults.not_now("/from_id", "object_deleted");
    if (into.is_erased) faults.not_now("", "erased");
    if (from.is_erased) faults.not_now("/from_id", "erased");
    if (faults.any()) return faults.verdict();
    const auto take = [](auto& mine, const auto& theirs) {
      if (mine.empty()) mine = theirs;
    };
    const auto unite = [](auto& mine, const auto& theirs) {
      for (const auto& each : theirs)
        if (std::ranges::find(mine, each) == mine.end()) mine.push_back(each);
    };
    into.source = live(into.source);
    take(into.tax_id, from.tax_id);
    take(into.owner, from.owner);
    take(into.source, live(from.source));
    take(into.company, from.company);
    unite(into.phones, from.phones);
    unite(into.groups, from.groups);
    unite(into.tags, from.tags);
    into.custom.insert(from.custom.begin(), from.custom.end());
    from.merged_into = id;
    ++into.version;
    ++from.version;
    return {};
  }

 protected:
  // A person made for a company takes its source, unless one, or none, was named [DIC-2].
  Id inherited(const Id& company) const {
    if (!sources_on || !inheritance_on || company.empty()) return {};
    return live(companies.at(company).source);
  }

 private:
  void check_contact(Faults& faults, const ContactWish& wish, const Contact& held) const {
    if (wish.owner && *wish.owner != held.owner && !wish.owner->empty()) check_person(faults, *wish.owner, "/owner_id");
    check_source_edit(faults, wish.source, held.source);
    if (wish.company && *wish.company != stand_in(companies, held.company)) check_named(faults, companies, *wish.company, "/company_id");
    if (wish.groups) check_named(faults, contact_groups, *wish.groups, "/groups");
    if (wish.tags) check_named(faults, tags, *wish.tags, "/tags");
  }
  bool fill(Contact& contact, const ContactWish& wish) const {
    bool changed = false;
    const auto set = setter(changed);
    if (wish.name) set(contact.name, *wish.name);
    if (wish.tax_id) set(contact.tax_id, *wish.tax_id);
    if (wish.owner) set(contact.owner, *wish.owner);
    if (wish.source && *wish.source != live(contact.source)) set(contact.source, *wish.source);
    if (wish.company && *wish.company != stand_in(companies, contact.company)) set(contact.company, *wish.company);
    if (wish.phones) set(contact.phones, *wish.phones);
    if (wish.groups && !same_set(*wish.groups, live(contact_groups, contact.groups))) set(contact.groups, *wish.groups);
    if (wish.tags && !same_set(*wish.tags, live(tags, contact.tags))) set(contact.tags, *wish.tags);
    return changed;
  }
  void inherit(Contact& contact, const ContactWish& wish) const {
    if (!wish.source) contact.source = inherited(contact.company);
  }
};

}  // namespace dealog::test::plain
