#pragma once
// What Dealog should answer, said again without a line of the domain's code: plain maps, one function for each command,
// straight from SPEC. Slow and simple on purpose; model_test.cpp compares it with the real one after every command.

#include <map>
#include <utility>

#include "tests/api/plain_things.h"

namespace dealog::test::plain {

class Crm {
 public:
  std::vector<Stage> stages;                  // of the only process, in order
  std::map<Id, User> users;
  std::map<Id, Source> sources;
  std::map<Id, Reason> reasons;
  std::map<Id, Company> companies;
  std::map<Id, Deal> deals;
  std::map<Id, Task> tasks;
  std::map<Id, Note> notes;
  bool sources_on = false, client_required = false, reason_required = false, default_public = false;

  // ---- Who may [ACC-4, ACC-5].

  bool sees(const Id& user, const Deal& deal) const {
    return users.at(user).role != "salesperson" || deal.is_public || takes_part(user, deal);
  }
  bool sees(const Id& user, const Task& task) const {
    return users.at(user).role != "salesperson" || task.deal.empty() || task.creator == user || task.assignee == user || sees(user, deals.at(task.deal));
  }
  bool sees(const Id& user, const Note& note) const {
    return users.at(user).role != "salesperson" || note.deal.empty() || note.creator == user || sees(user, deals.at(note.deal));
  }
  bool sees(const Id&, const Company&) const { return true; }

  // Everything there is of a kind that the user may see and that is not deleted.
  template <class T>
  std::set<Id> listed(const Id& user, const std::map<Id, T>& things) const {
    std::set<Id> ids;
    for (const auto& [id, thing] : things)
      if (!thing.is_deleted && sees(user, thing)) ids.insert(id);
    return ids;
  }

  // ---- Deals [SPEC 7]. `when`: effective time, or none.

  struct NewDeal {
    std::optional<std::string> name;
    std::optional<std::int64_t> value;
    Id owner, company, source, stage;
    std::optional<bool> is_public;
  };
  Verdict create_deal(const Id& user, Ms now, const Id& id, const NewDeal& wish, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (!wish.owner.empty()) check_person(faults, wish.owner, "/owner_id");
    check_company(faults, wish.company);
    check_source(faults, wish.source);
    if (wish.company.empty() && client_required) faults.not_now("/company_id", "client_required");
    if (!wish.name && wish.company.empty()) faults.impossible("/name", "required");
    if (!wish.stage.empty() && place(wish.stage) < 0) faults.not_now("/stage_id", "stage_not_in_process");
    if (faults.any()) return faults.verdict();

    Deal& deal = deals[id];
    born(deal, user, at);
    deal.name = wish.name ? *wish.name : companies.at(wish.company).name;
    deal.value = wish.value;
    deal.owner = wish.owner.empty() ? user : wish.owner;
    deal.company = wish.company;
    deal.source = wish.source;
    deal.stage = deal.furthest = wish.stage.empty() ? stages.front().id : wish.stage;
    deal.is_public = wish.is_public.value_or(default_public);
    deal.stage_or_status_at = deal.status_at = at;
    deal.kind = kind_of(deal, id, at);
    return {201, {}};
  }

  struct DealEdit {
    std::optional<std::string> name;
    std::optional<std::optional<std::int64_t>> value;
    std::optional<Id> owner, company, source;   // "" is null
    std::optional<bool> is_public;
  };
  Verdict edit_deal(const Id& user, const Id& id, const DealEdit& edit) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    if (edit.owner && edit.owner->empty()) faults.impossible("/owner_id", "required");
    else if (edit.owner && *edit.owner != deal.owner) check_person(faults, *edit.owner, "/owner_id");
    if (edit.company && *edit.company != deal.company) check_company(faults, *edit.company);
    if (edit.company && edit.company->empty() && !deal.company.empty() && client_required) faults.not_now("/company_id", "client_required");
    if (edit.source) {
      if (!sources_on) faults.not_now("/source_id", "feature_off");
      else if (*edit.source != live(deal.source)) check_source(faults, *edit.source);
    }
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = [&changed](auto& field, const auto& value) {
      if (field == value) return;
      field = value;
      changed = true;
    };
    if (edit.name) set(deal.name, *edit.name);
    if (edit.value) set(deal.value, *edit.value);
    if (edit.owner) set(deal.owner, *edit.owner);
    if (edit.company) set(deal.company, *edit.company);
    if (edit.source && *edit.source != live(deal.source)) set(deal.source, *edit.source);
    if (edit.is_public) set(deal.is_public, *edit.is_public);
    deal.version += changed ? 1 : 0;
    return {};
  }

  Verdict move(const Id& user, Ms now, const Id& id, const Id& stage, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (deal.closing) faults.not_now("", "deal_not_open");
    if (place(stage) < 0) faults.not_now("/stage_id", "stage_not_in_process");
    if (faults.any()) return faults.verdict();
    if (deal.stage == stage) return {};
    if (at < deal.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    move_to(deal, stage, at);
    return {};
  }

  Verdict complete(const Id& user, Ms now, const Id& id, const Id& action_id, const std::optional<std::string>& note, const Id& note_id, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    const auto [stage, action] = find_action(action_id);
    if (!action) return {404, {" not_found"}};
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (deal.closing) faults.not_now("", "deal_not_open");
    if (deal.is_done(action_id)) faults.not_now("", "action_already_done");
    if (!action->roles.empty() && !action->roles.contains(users.at(user).role)) faults.not_now("", "not_a_performer");
    if (action->needs_note && !note) faults.not_now("/note", "note_required");
    Ms last = deal.status_at;
    for (const Done& each : deal.done)
      if (each.action == action_id && each.until != never) last = std::max(last, each.until);
    const bool moves = place(stage->id) > place(deal.stage);
    if (moves) last = std::max(last, deal.stage_or_status_at);
    if (at < last) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    deal.done.push_back({action_id, at});
    ++deal.version;
    if (moves) move_to(deal, stage->id, at);
    if (note) {
      Note& made = notes[note_id];
      born(made, user, at);
      made.text = *note;
      made.deal = id;
    }
    return {};
  }

  Verdict reopen_action(const Id& user, Ms now, const Id& id, const Id& action, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (deal.closing) faults.not_now("", "deal_not_open");
    const auto held = std::ranges::find_if(deal.done, [&](const Done& each) { return each.action == action && each.until == never; });
    if (held == deal.done.end()) faults.not_now("", "action_not_done");
    else if (at < std::max(held->since, deal.status_at)) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    held->until = at;
    ++deal.version;
    return {};
  }

  Verdict close(const Id& user, Ms now, const Id& id, const std::string& outcome, const Id& reason, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (deal.closing) faults.not_now("", "deal_not_open");
    check_reason(faults, reason, outcome);
    if (outcome == "won" && !deal.closing && !all_mandatory_done(deal)) faults.not_now("", "mandatory_actions_missing");
    if (at < deal.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    closed(deal, outcome, {at, deal.stage_or_status_at, reason});
    return {};
  }

  Verdict reopen(const Id& user, Ms now, const Id& id, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (!deal.closing) faults.not_now("", "deal_not_closed");
    if (at < deal.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    deal.closing.reset();
    deal.status = "open";
    deal.stage_or_status_at = deal.status_at = at;
    ++deal.version;
    return {};
  }

  Verdict correct(const Id& user, Ms now, const Id& id, const std::optional<std::string>& status, const std::optional<Id>& reason, std::optional<Ms> closed_at) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    if (!deal.closing) {
      faults.not_now("", "deal_not_closed");
      return faults.verdict();
    }
    const Closing last = *deal.closing;
    const std::string outcome = status.value_or(deal.status);
    const Id why = reason.value_or(last.reason);
    Ms at = last.at;
    if (closed_at) at = moment(faults, now, closed_at, "/closed_at");
    if (outcome != deal.status || why != last.reason) check_reason(faults, why, outcome);
    if (outcome == "won" && deal.status != "won" && !last.skipped_mandatory && !all_mandatory_done(deal)) faults.not_now("", "mandatory_actions_missing");
    if (at < last.before) faults.not_now("/closed_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    if (outcome == deal.status && why == last.reason && at == last.at) return {};
    closed(deal, outcome, {at, last.before, why, last.skipped_mandatory});
    return {};
  }

  // ---- Deleting and restoring what salespeople have: own ones only. Twice is nothing [GEN-12].

  template <class T>
  Verdict set_deleted(const Id& user, std::map<Id, T>& things, const Id& id, bool deleted) {
    if (auto no = may_sell(user)) return *no;
    const auto found = things.find(id);
    if (found == things.end() || !sees(user, found->second)) return {404, {" not_found"}};
    if (users.at(user).role == "salesperson" && !is_own(user, found->second)) return {403, {" forbidden"}};
    return flip(found->second, deleted);
  }

  // ---- Companies.

  Verdict create_company(const Id& user, Ms now, const Id& id, const std::string& name, const Id& owner, const Id& source, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (!owner.empty()) check_person(faults, owner, "/owner_id");
    check_source(faults, source);
    if (faults.any()) return faults.verdict();
    Company& company = companies[id];
    born(company, user, at);
    company.name = name;
    company.owner = owner;
    company.source = source;
    return {201, {}};
  }
  Verdict rename_company(const Id& user, const Id& id, const std::string& name) {
    if (auto no = may_sell(user)) return *no;
    const auto found = companies.find(id);
    if (found == companies.end()) return {404, {" not_found"}};
    if (found->second.is_deleted) return {409, {" object_deleted"}};
    found->second.version += found->second.name == name ? 0 : 1;
    found->second.name = name;
    return {};
  }

  // ---- Tasks and notes.

  Verdict create_task(const Id& user, Ms now, const Id& id, const std::string& name, const Id& assignee, const Id& deal, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (!assignee.empty()) check_person(faults, assignee, "/assignee_id");
    check_hang_on(faults, user, deal);
    if (faults.any()) return faults.verdict();
    Task& task = tasks[id];
    born(task, user, at);
    task.name = name;
    task.assignee = assignee.empty() ? user : assignee;
    task.deal = deal;
    task.status_at = at;
    let_take_part(deal, task.assignee);
    return {201, {}};
  }
  Verdict assign_task(const Id& user, const Id& id, const Id& assignee) {
    if (auto no = may_write(user, tasks, id)) return *no;
    Task& task = tasks.at(id);
    Faults faults;
    if (assignee != task.assignee) check_person(faults, assignee, "/assignee_id");
    if (faults.any()) return faults.verdict();
    if (assignee == task.assignee) return {};
    task.assignee = assignee;
    ++task.version;
    let_take_part(task.deal, assignee);
    return {};
  }
  Verdict set_completed(const Id& user, Ms now, const Id& id, bool completed, std::optional<Ms> when) {
    if (auto no = may_write(user, tasks, id)) return *no;
    Task& task = tasks.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (task.is_completed == completed) faults.not_now("", completed ? "task_not_open" : "task_not_completed");
    if (at < task.status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    task.is_completed = completed;
    task.status_at = at;
    ++task.version;
    return {};
  }
  Verdict create_note(const Id& user, Ms now, const Id& id, const std::string& text, const Id& deal, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    check_hang_on(faults, user, deal);
    if (faults.any()) return faults.verdict();
    Note& note = notes[id];
    born(note, user, at);
    note.text = text;
    note.deal = deal;
    return {201, {}};
  }
  Verdict edit_note(const Id& user, const Id& id, const std::string& text) {
    if (auto no = may_write(user, notes, id)) return *no;
    Note& note = notes.at(id);
    note.version += note.text == text ? 0 : 1;
    note.text = text;
    return {};
  }

  // ---- Dictionaries [SPEC 4], users, settings.

  Verdict create_source(const Id& user, const Id& id, const std::string& name) {
    if (users.at(user).role != "administrator") return {403, {}};
    if (name_taken(sources, name, id)) return {409, {"/name name_taken"}};
    born(sources[id], user, 0);
    sources.at(id).name = name;
    return {201, {}};
  }
  Verdict rename_source(const Id& user, const Id& id, const std::string& name) {
    if (users.at(user).role != "administrator") return {403, {}};
    Source& source = sources.at(id);
    if (source.is_deleted) return {409, {" object_deleted"}};
    if (source.name == name) return {};
    if (name_taken(sources, name, id)) return {409, {"/name name_taken"}};
    source.name = name;
    ++source.version;
    return {};
  }
  Verdict delete_source(const Id& user, const Id& id, bool deleted) {
    if (users.at(user).role != "administrator") return {403, {}};
    if (!deleted && sources.at(id).is_deleted) return {409, {" object_deleted"}};
    return flip(sources.at(id), deleted);
  }
  Verdict create_reason(const Id& user, const Id& id, const std::string& name, const std::string& outcome) {
    if (!is_manager(user)) return {403, {}};
    if (reason_taken(name, outcome, id)) return {409, {"/name name_taken"}};
    Reason& reason = reasons[id];
    born(reason, user, 0);
    reason.name = name;
    reason.outcome = outcome;
    return {201, {}};
  }
  Verdict archive_reason(const Id& user, const Id& id, bool archived) {
    if (!is_manager(user)) return {403, {}};
    Reason& reason = reasons.at(id);
    if (reason.is_deleted) return {409, {" object_deleted"}};
    reason.version += reason.is_archived == archived ? 0 : 1;
    reason.is_archived = archived;
    return {};
  }
  Verdict delete_reason(const Id& user, const Id& id, bool deleted) {
    if (!is_manager(user)) return {403, {}};
    Reason& reason = reasons.at(id);
    if (reason.is_deleted == deleted) return {};
    if (deleted && reason.is_used) return {409, {" in_use"}};
    if (!deleted && reason_taken(reason.name, reason.outcome, id)) return {409, {" name_taken"}};
    return flip(reason, deleted);
  }
  Verdict set_role(const Id& user, const Id& id, const std::string& role) {
    if (users.at(user).role != "administrator") return {403, {}};
    User& whose = users.at(id);
    if (whose.role == "administrator" && role != "administrator" && !whose.is_suspended && is_last_administrator(id))
      return {409, {"/role last_administrator"}};
    whose.version += whose.role == role ? 0 : 1;
    whose.role = role;
    return {};
  }
  Verdict set_suspended(const Id& user, const Id& id, bool suspended) {
    if (users.at(user).role != "administrator") return {403, {}};
    User& whose = users.at(id);
    if (suspended && !whose.is_suspended && whose.role == "administrator" && is_last_administrator(id))
      return {409, {"/is_suspended last_administrator"}};
    whose.version += whose.is_suspended == suspended ? 0 : 1;
    whose.is_suspended = suspended;
    return {};
  }
  Verdict set_setting(const Id& user, bool Crm::* setting, bool on) {
    if (users.at(user).role != "administrator") return {403, {}};
    this->*setting = on;
    return {};
  }

  // ---- What is shown.

  Id live(const Id& source) const { return source.empty() || sources.at(source).is_deleted ? Id() : source; }
  // 0 to 100 in hundredths [PRC-3]: of all done actions; a closed deal keeps what was done just before it closed.
  std::int64_t progress(const Deal& deal) const {
    std::int64_t done = 0, all = 0;
    for (const Stage& stage : stages)
      for (const Action& action : stage.actions) {
        all += action.weight;
        const bool counts = std::ranges::any_of(deal.done, [&](const Done& each) {
          if (each.action != action.id) return false;
          return deal.closing ? each.since <= deal.closing->at && deal.closing->at < each.until : each.until == never;
        });
        done += counts ? action.weight : 0;
      }
    return all == 0 ? 0 : (done * 20'000 + all) / (2 * all);
  }

 private:
  static void born(Thing& thing, const Id& user, Ms at) {
    thing.creator = user;
    thing.created_at = at;
    thing.version = 1;
  }
  static Verdict flip(Thing& thing, bool deleted) {
    thing.version += thing.is_deleted == deleted ? 0 : 1;
    thing.is_deleted = deleted;
    return {};
  }
  // [GEN-6]: the past is taken as it is, up to a minute ahead is now, more is refused.
  static Ms moment(Faults& faults, Ms now, std::optional<Ms> when, const std::string& pointer = "/effective_at") {
    if (when && *when - now > 60'000) faults.impossible(pointer, "effective_in_future");
    return when && *when < now ? *when : now;
  }
  bool is_manager(const Id& user) const { return users.at(user).role == "administrator" || users.at(user).role == "manager"; }
  std::optional<Verdict> may_sell(const Id& user) const {
    if (is_manager(user) || users.at(user).role == "salesperson") return std::nullopt;
    return Verdict{403, {}};
  }
  static bool takes_part(const Id& user, const Deal& deal) {
    return deal.owner == user || deal.creator == user || std::ranges::find(deal.participants, user) != deal.participants.end();
  }
  bool is_own(const Id& user, const Deal& deal) const { return takes_part(user, deal); }
  bool is_own(const Id& user, const Task& task) const {
    return task.assignee == user || task.creator == user || (!task.deal.empty() && takes_part(user, deals.at(task.deal)));
  }
  bool is_own(const Id& user, const Note& note) const { return note.creator == user; }
  bool is_own(const Id& user, const Company& company) const { return company.owner == user || company.creator == user; }
  template <class T>
  std::optional<Verdict> may_write(const Id& user, const std::map<Id, T>& things, const Id& id) const {
    if (auto no = may_sell(user)) return no;
    const auto found = things.find(id);
    if (found == things.end() || !sees(user, found->second)) return Verdict{404, {" not_found"}};
    if (users.at(user).role == "salesperson" && !is_own(user, found->second)) return Verdict{403, {" forbidden"}};
    if (found->second.is_deleted) return Verdict{409, {" object_deleted"}};
    return std::nullopt;
  }

  void check_person(Faults& faults, const Id& user, const std::string& pointer) const {
    if (!users.contains(user)) faults.impossible(pointer, "unknown_reference");
    else if (users.at(user).is_suspended) faults.not_now(pointer, "user_suspended");
  }
  void check_company(Faults& faults, const Id& company) const {
    if (company.empty()) return;
    const auto found = companies.find(company);
    if (found == companies.end() || found->second.is_deleted) faults.impossible("/company_id", "unknown_reference");
  }
  void check_source(Faults& faults, const Id& source) const {
    if (source.empty()) return;
    if (!sources_on) return faults.not_now("/source_id", "feature_off");
    const auto found = sources.find(source);
    if (found == sources.end() || found->second.is_deleted) faults.impossible("/source_id", "unknown_reference");
  }
  void check_reason(Faults& faults, const Id& reason, const std::string& outcome) const {
    if (reason.empty()) {
      if (reason_required) faults.not_now("/reason_id", "reason_required");
      return;
    }
    const Reason& found = reasons.at(reason);
    if (found.is_deleted) faults.impossible("/reason_id", "unknown_reference");
    else if (found.outcome != outcome) faults.not_now("/reason_id", "reason_wrong_outcome");
    else if (found.is_archived) faults.impossible("/reason_id", "invalid");
  }
  void check_hang_on(Faults& faults, const Id& user, const Id& deal) const {
    if (deal.empty()) return;
    const Deal& found = deals.at(deal);
    if (found.is_deleted || !sees(user, found)) faults.impossible("/links/deal_id", "unknown_reference");
    if (sees(user, found) && users.at(user).role == "salesperson" && !takes_part(user, found)) faults.forbidden("/links/deal_id");
  }

  int place(const Id& stage) const {
    for (std::size_t i = 0; i < stages.size(); ++i)
      if (stages[i].id == stage) return static_cast<int>(i);
    return -1;
  }
  std::pair<const Stage*, const Action*> find_action(const Id& id) const {
    for (const Stage& stage : stages)
      for (const Action& action : stage.actions)
        if (action.id == id) return {&stage, &action};
    return {nullptr, nullptr};
  }
  bool all_mandatory_done(const Deal& deal) const {
    for (const Stage& stage : stages)
      for (const Action& action : stage.actions)
        if (action.is_mandatory && !deal.is_done(action.id)) return false;
    return true;
  }
  void move_to(Deal& deal, const Id& stage, Ms at) const {
    deal.stage = stage;
    if (place(stage) > place(deal.furthest)) deal.furthest = stage;
    deal.stage_or_status_at = at;
    ++deal.version;
  }
  void closed(Deal& deal, const std::string& outcome, const Closing& closing) {
    deal.status = outcome;
    deal.closing = closing;
    deal.stage_or_status_at = deal.status_at = closing.at;
    if (!closing.reason.empty()) reasons.at(closing.reason).is_used = true;
    ++deal.version;
  }
  // [LEA-2]
  std::string kind_of(const Deal& deal, const Id& self, Ms at) const {
    std::string kind = "new";
    if (deal.company.empty()) return kind;
    for (const auto& [id, other] : deals) {
      if (id == self || other.is_deleted || other.company != deal.company || other.created_at > at) continue;
      if (other.status == "won" && other.closing->at <= at) return "repeat";
      kind = "repeat_inquiry";
    }
    return kind;
  }
  void let_take_part(const Id& id, const Id& user) {
    if (id.empty()) return;
    Deal& deal = deals.at(id);
    if (takes_part(user, deal)) return;
    deal.participants.push_back(user);
    ++deal.version;
  }
  template <class T>
  static bool name_taken(const std::map<Id, T>& things, const std::string& name, const Id& self) {
    return std::ranges::any_of(things, [&](const auto& each) { return each.first != self && !each.second.is_deleted && key(each.second.name) == key(name); });
  }
  bool reason_taken(const std::string& name, const std::string& outcome, const Id& self) const {
    return std::ranges::any_of(reasons, [&](const auto& each) {
      return each.first != self && !each.second.is_deleted && each.second.outcome == outcome && key(each.second.name) == key(name);
    });
  }
  bool is_last_administrator(const Id& self) const {
    return std::ranges::none_of(users, [&](const auto& each) { return each.first != self && each.second.role == "administrator" && !each.second.is_suspended; });
  }
};

}  // namespace dealog::test::plain
