#pragma once
// Erasing what is personal, for good, and legal holds that forbid it, in the plain model [SPEC CON-3].

#include "tests/api/plain_files.h"

namespace dealog::test::plain {

// Of a collection; in the order of both.
using Subject = std::pair<std::string, Id>;

class Erasure : public Files {
 public:
  // `along`: the collections of which what is about the subject goes with it. `subjects`: what is erased by that, and was not before.
  struct ErasureWish { std::vector<std::string> along; bool is_tried = false; };
  Verdict erase(const Id& user, const std::string& collection, const Id& id, const ErasureWish& wish, std::set<Subject>& subjects) {
    subjects.clear();
    if (auto no = may_administer(user)) return *no;
    Thing* thing = held(collection, id);
    if (!thing) return {404, {" not_found"}};
    if (was_merged_away(collection, id)) return {409, {" already_merged"}};   // it goes with what it was merged into
    Faults faults;
    if (collection == "users" && !users.at(id).is_suspended) faults.not_now("", "user_active");
    for (const Subject& subject : about(collection, id, wish.along))
      if (!was_erased(subject)) subjects.insert(subject);
    if (std::ranges::any_of(subjects, [&](const Subject& subject) { return is_held(subject); })) faults.not_now("", "legal_hold");
    if (faults.any()) return faults.verdict();
    if (wish.is_tried || subjects.empty()) return {};
    ++thing->version;
    for (const Subject& subject : subjects) forget(subject.first, subject.second);
    thing->says_erased = true;                 // whatever it had
    return {};
  }

  // Why may be said anew; to lift what is not held is nothing.
  Verdict place_hold(const Id& user, const std::string& collection, const Id& id, const std::string& why) {
    if (auto no = may_administer(user)) return *no;
    Thing* thing = held(collection, id);
    if (!thing) return {404, {" not_found"}};
    if (was_merged_away(collection, id)) return {409, {" already_merged"}};
    if (thing->is_erased) return {409, {" erased"}};
    thing->version += thing->hold == why ? 0 : 1;
    thing->hold = why;
    thing->has_personal = true;                // why is sealed with it
    return {};
  }
  Verdict lift_hold(const Id& user, const std::string& collection, const Id& id) {
    if (auto no = may_administer(user)) return *no;
    Thing* thing = held(collection, id);
    if (!thing) return {404, {" not_found"}};
    thing->version += thing->hold.empty() ? 0 : 1;
    thing->hold.clear();
    return {};
  }

  const Thing* thing(const std::string& collection, const Id& id) const { return const_cast<Erasure*>(this)->held(collection, id); }

 private:
  Thing* held(const std::string& collection, const Id& id) {
    const auto in = [&](auto& things) -> Thing* {
      const auto found = things.find(id);
      return found == things.end() ? nullptr : &found->second;
    };
    if (collection == "users") return in(users);
    if (collection == "companies") return in(companies);
    if (collection == "persons") return in(persons);
    if (collection == "leads") return in(leads);
    if (collection == "tasks") return in(tasks);
    if (collection == "notes") return in(notes);
    if (collection == "emails") return in(emails);
    return in(files);
  }
  bool was_erased(const Subject& subject) const { return subject.first == "series" ? series.at(subject.second).is_erased : thing(subject.first, subject.second)->is_erased; }
  bool is_held(const Subject& subject) const { return subject.first != "series" && !thing(subject.first, subject.second)->hold.empty(); }
  bool was_merged_away(const std::string& collection, const Id& id) const {
    return (collection == "companies" && was_merged(companies.at(id))) || (collection == "persons" && was_merged(persons.at(id)));
  }

  // The subject with what was merged into it; of what is about any of them what goes along, and what is about leads that do.
  std::set<Subject> about(const std::string& collection, const Id& id, const std::vector<std::string>& along) const {
    std::set<Subject> all{{collection, id}};
    const auto goes = [&](const char* name) { return std::ranges::find(along, name) != along.end(); };
    const auto is_it = [&](const char* name, const std::map<Id, Contact>& contacts, const Id& contact) { return collection == name && stand_in(contacts, contact) == id; };
    for (const auto& [name, contacts] : {std::pair{"companies", &companies}, {"persons", &persons}})
      if (collection == name)
        for (const auto& [contact, each] : *contacts)
          if (is_it(name, *contacts, contact)) all.insert({collection, contact});
    const auto names_it = [&](const Id& company, const Id& person) { return is_it("companies", companies, company) || is_it("persons", persons, person); };
    if (goes("leads"))
      for (const auto& [lead, each] : leads)
        if (names_it(each.company, each.person)) all.insert({"leads", lead});
    const auto take = [&](const char* name, const auto& things) {
      if (!goes(name)) return;
      for (const auto& [one, each] : things)
        if (names_it(each.links.company, each.links.person) || all.contains({"leads", each.links.lead})) all.insert({name, one});
    };
    take("notes", notes);
    take("emails", emails);
    take("files", files);
    take("tasks", tasks);
    // Those have their words from their series, and so would all that is yet to come.
    for (const auto& [task, each] : tasks)
      if (all.contains({"tasks", task}) && !each.origin.empty()) all.insert({"series", each.origin});
    return all;
  }

  // What is personal is gone; all else of it stays. Of companies, leads and tasks there may have been nothing.
  void forget(const std::string& collection, const Id& id) {
    if (collection == "series") {
      series.at(id).description.clear();
      series.at(id).is_erased = true;
      return;
    }
    Thing& thing = *held(collection, id);
    thing.is_erased = true;
    thing.says_erased = thing.has_personal || (collection != "companies" && collection != "leads" && collection != "tasks");
    if (collection == "users") users.at(id).name = users.at(id).email = users.at(id).password = "";
    if (collection == "persons") {
      persons.at(id).name.clear();
      persons.at(id).phones.clear();
    }
    if (collection == "leads") leads.at(id).raw_name = leads.at(id).raw_company = "";
    if (collection == "tasks") tasks.at(id).description.clear();
    if (collection == "notes") notes.at(id).text.clear();
    if (collection == "emails") emails.at(id).from = emails.at(id).subject = "";
    if (collection == "files") files.at(id).name.clear();
  }
};

}  // namespace dealog::test::plain
