#pragma once
// Who joins, and who hands over what he looks after, in the plain model [SPEC ACC-2, ACC-6].

#include "tests/api/plain_erasure.h"

namespace dealog::test::plain {

class People : public Erasure {
 public:
  Verdict create_user(const Id& user, const Id& id, const std::string& name, const std::string& email, const std::string& role) {
    if (auto no = may_administer(user)) return *no;
    if (std::ranges::any_of(users, [&](const auto& each) { return each.second.email == email; })) return {409, {"/email name_taken"}};
    User& made = users[id];
    born(made, user, 0);
    made.name = name;
    made.email = email;
    made.role = role;
    return {201, {}};
  }

  // What goes to whom, in this order: open deals, active leads, companies, persons, open tasks; each kind by id.
  struct Handed { std::string kind; Id id, to; friend bool operator==(const Handed&, const Handed&) = default; };
  struct HandOver { Id all, deals, leads, companies, persons, tasks; bool is_tried = false; };   // "": not said
  Verdict hand_over(const Id& user, const Id& from, const HandOver& wish, std::vector<Handed>& handed) {
    handed.clear();
    if (auto no = may_administer(user)) return *no;
    if (!users.contains(from)) return {404, {}};
    Faults faults;
    for (const auto& [pointer, to] : {std::pair{"/to_user_id", wish.all}, {"/deals_to", wish.deals}, {"/leads_to", wish.leads}, {"/companies_to", wish.companies},
                                      {"/persons_to", wish.persons}, {"/tasks_to", wish.tasks}}) {
      if (to.empty()) continue;
      if (!users.contains(to)) faults.impossible(pointer, "unknown_reference");
      else if (to == from || users.at(to).is_suspended) faults.impossible(pointer, "invalid");
    }
    if (faults.any()) return faults.verdict();
    take(handed, "deal", deals, wish, wish.deals, [&](const Deal& deal) { return deal.owner == from && !deal.closing; });
    take(handed, "lead", leads, wish, wish.leads, [&](const Lead& lead) { return lead.owner == from && lead.status == "active"; });
    take(handed, "company", companies, wish, wish.companies, [&](const Contact& contact) { return contact.owner == from; });
    take(handed, "person", persons, wish, wish.persons, [&](const Contact& contact) { return contact.owner == from; });
    take(handed, "task", tasks, wish, wish.tasks, [&](const Task& task) { return task.assignee == from && !task.is_completed; });
    if (wish.is_tried) return {};
    // Of a series that is his, what is to come goes along.
    std::map<Id, Scope> scopes;
    for (const auto& [kind, id, to] : handed) {
      const Id of = kind == "task" ? tasks.at(id).series : Id();
      scopes[id] = !of.empty() && series.at(of).assignee == from && !series.at(of).is_over ? Scope::following : Scope::one;
    }
    for (const auto& [kind, id, to] : handed) {
      if (kind == "deal") edit_deal(user, id, {.owner = to});
      if (kind == "lead") edit_lead(user, id, {.owner = to});
      if (kind == "company") edit_contact(companies, user, id, {.owner = to});
      if (kind == "person") edit_contact(persons, user, id, {.owner = to});
      if (kind == "task") edit_task(user, id, {.assignee = to}, scopes.at(id));
    }
    return {};
  }

 private:
  template <class T, class IsHis>
  static void take(std::vector<Handed>& handed, const std::string& kind, const std::map<Id, T>& things, const HandOver& wish, const Id& named, IsHis is_his) {
    const Id to = named.empty() ? wish.all : named;
    if (to.empty()) return;
    for (const auto& [id, thing] : things)
      if (!thing.is_deleted && !was_merged(thing) && is_his(thing)) handed.push_back({kind, id, to});
  }
};

}  // namespace dealog::test::plain
