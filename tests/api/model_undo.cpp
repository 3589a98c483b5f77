// Taking back [DEA-9]: what was done a moment ago is as it was, in all that the model knows.

#include "tests/api/model_life.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

bool is_closed(const plain::Deal& deal) { return deal.closing.has_value(); }
bool is_closed(const plain::Lead& lead) { return lead.closed_at.has_value(); }
void close_again(plain::Deal& deal, Ms now, Ms before) {
  deal.closing->put_back_at = now;
  deal.closing->before = before;
}
void close_again(plain::Lead&, Ms, Ms) {}

template <class T>
bool same_versions(const std::map<Id, T>& a, const std::map<Id, T>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first && x.second.version == y.second.version; });
}

}  // namespace

template <class T>
void Life::restore(const std::string& collection, std::map<Id, T>& things, const std::map<Id, T>& before) {
  for (auto& [id, thing] : things) {
    const auto old = before.find(id);
    if (old != before.end() && old->second.version == thing.version) continue;
    T restored = old == before.end() ? thing : old->second;
    restored.has_personal = thing.has_personal;   // its history has it
    if (old == before.end()) restored.is_deleted = true;
    const Answer real = send(some_administrator(), "GET", "/v1/" + collection + "/" + id + "?fields=version&min_position=" + position_, nullptr);
    restored.version = static_cast<int>(real.number("/version"));
    REQUIRE(restored.version > thing.version);
    // It takes effect when it is recorded [GEN-6]; a closing tells of its own time again.
    if constexpr (requires { restored.stage_or_status_at; }) {
      const bool was_closed = is_closed(restored), is_closed_now = is_closed(thing);
      if (was_closed != is_closed_now || restored.stage != thing.stage) restored.stage_or_status_at = now();
      if (was_closed && !is_closed_now) close_again(restored, now(), thing.stage_or_status_at);
    }
    if constexpr (std::is_same_v<T, plain::Deal>) {
      if (!is_closed(restored) && is_closed(thing)) crm.stand_as_closed(restored, *thing.closing);
      if (is_closed(restored) != is_closed(thing)) restored.status_at = now();
      for (const plain::Done& each : thing.done)   // what was done is taken back now; what was taken back is done again
        if (!restored.is_done(each.action) && each.until == plain::never) restored.done.push_back({each.action, each.since, now()});
    }
    if constexpr (requires { restored.is_completed; }) {
      if (restored.is_completed != thing.is_completed) restored.status_at = now();
    }
    const T undone = std::exchange(thing, restored);
    if constexpr (std::is_same_v<T, plain::Deal>) {
      for (const plain::Done& each : restored.done)
        if (each.until == plain::never && !undone.is_done(each.action)) crm.completed_again(user_, id, each.action);
    }
  }
}

void Life::take_back(const plain::Crm& before) {
  if (same_versions(crm.deals, before.deals) && same_versions(crm.leads, before.leads) && same_versions(crm.tasks, before.tasks) &&
      same_versions(crm.notes, before.notes) && same_versions(crm.files, before.files) && same_versions(crm.companies, before.companies) && same_versions(crm.persons, before.persons))
    return;   // nothing happened
  const Answer answer = send(user_, "POST", "/v1/undo", {{"last", true}});
  INFO("undone: " << answer.status << " " << answer.body);
  if (answer.status == 404) {   // he has given it away, and sees it no more
    REQUIRE(crm.users.at(user_).role == "salesperson");
    return;
  }
  if (answer.status == 409) {
    ++left_;
    REQUIRE(answer.code() == "undo_blocked");
    REQUIRE_FALSE(answer.at("/reasons").as_array().empty());
    return;
  }
  REQUIRE(answer.status == 200);
  ++taken_back_;
  ++routes_accepted_["POST /v1/undo"];
  const std::map<Id, plain::Task> undone = crm.tasks;
  const std::map<Id, plain::Deal> deals_then = crm.deals;
  const std::map<Id, plain::Lead> leads_then = crm.leads;
  restore("deals", crm.deals, before.deals);
  crm.told_by(head());
  restore("leads", crm.leads, before.leads);
  restore("tasks", crm.tasks, before.tasks);
  for (auto& [id, series] : crm.series)   // all else of a series stays, and with it what would be taken back
    if (const auto old = before.series.find(id); old != before.series.end()) series.assignee = old->second.assignee;
  restore("notes", crm.notes, before.notes);
  restore("companies", crm.companies, before.companies);
  restore("persons", crm.persons, before.persons);
  for (auto& [id, file] : crm.files) {
    const auto old = before.files.find(id);
    const bool was_there = old != before.files.end() && !old->second.is_deleted;
    if (file.is_deleted == was_there) ++file.version;
    file.is_deleted = !was_there;
    if (old == before.files.end() || file.links == old->second.links) continue;
    file.links = old->second.links;   // a note had hung it
    ++file.version;
  }
  for (const auto& [id, task] : undone) {
    if (task.assignee == crm.tasks.at(id).assignee) continue;
    crm.assigned_again(id, deals_then, leads_then);
    const auto reread = [&](const std::string& collection, const Id& of, auto& things) {
      if (of.empty()) return;
      const Answer real = send(some_administrator(), "GET", "/v1/" + collection + "/" + of + "?fields=version&min_position=" + position_, nullptr);
      things.at(of).version = static_cast<int>(real.number("/version"));
    };
    reread("deals", task.links.deal, crm.deals);
    reread("leads", task.links.lead, crm.leads);
  }
  const auto see = [&](const std::string& collection, const auto& things, const auto& old) {
    for (const auto& [id, thing] : things) {
      if (old.contains(id) && old.at(id).version == thing.version) continue;
      INFO(collection << " " << id);
      const Answer real = send(some_administrator(), "GET", "/v1/" + collection + "/" + id + "?min_position=" + position_, nullptr);
      compare(shown(crm, thing, some_administrator()), real.json);
      compare_more(crm, thing, real.json);
    }
  };
  see("deals", crm.deals, before.deals);
  see("leads", crm.leads, before.leads);
  see("tasks", crm.tasks, before.tasks);
  see("notes", crm.notes, before.notes);
  see("files", crm.files, before.files);
  see("companies", crm.companies, before.companies);
  see("persons", crm.persons, before.persons);
}

}  // namespace dealog::test::model
