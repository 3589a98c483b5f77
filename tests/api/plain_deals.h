#pragma once
// Deals in the plain model [SPEC 7, 8]. `when`: effective time, or none.

#include <tuple>

#include "tests/api/plain_processes.h"

namespace dealog::test::plain {

class Deals : public Processes {
 public:
  struct NewDeal {
    std::optional<std::string> name;
    std::optional<std::int64_t> value;
    std::string currency = "PLN";
    Id owner, company, person, process, stage;  // no process: the default one
    std::optional<Id> source;                   // "" is null
    std::optional<bool> is_public;
    std::vector<Id> groups, tags;
    std::map<Id, std::string> custom;           // by field: JSON
    std::vector<Line> lines = {};
  };
  Verdict create_deal(const Id& user, Ms now, const Id& id, const NewDeal& wish, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    check_deal(faults, wish, "");
    check_amounts(faults, wish.lines, {}, products, "/lines", "/product_id");
    if (faults.any()) return faults.verdict();
    add_deal(user, at, id, wish);
    take_lines(deals.at(id), wish.lines);
    return {201, {}};
  }

  struct DealEdit {
    std::optional<std::string> name;
    std::optional<std::optional<std::int64_t>> value;
    std::optional<Id> owner, company, person, source;   // "" is null
    std::optional<bool> is_public;
    std::optional<std::vector<Id>> groups, tags;
    std::optional<SetChange> change_of_groups, change_of_tags;
  };
  Verdict edit_deal(const Id& user, const Id& id, DealEdit edit) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    const Id company = stand_in(companies, deal.company), person = stand_in(persons, deal.person);
    Faults faults;
    if (edit.owner && edit.owner->empty()) faults.impossible("/owner_id", "required");
    else if (edit.owner && *edit.owner != deal.owner) check_person(faults, *edit.owner, "/owner_id");
    if (edit.company && *edit.company != company) check_named(faults, companies, *edit.company, "/company_id");
    if (edit.person && *edit.person != person) check_named(faults, persons, *edit.person, "/person_id");
    const bool other_company = edit.company && *edit.company != company, other_person = edit.person && *edit.person != person;
    if (client_required && (other_company || other_person) && edit.company.value_or(company).empty() && edit.person.value_or(person).empty())
      faults.not_now(other_company ? "/company_id" : "/person_id", "client_required");
    check_source_edit(faults, edit.source, deal.source);
    if (edit.groups) check_named(faults, deal_groups, *edit.groups, "/groups");
    if (edit.tags) check_named(faults, tags, *edit.tags, "/tags");
    if (edit.change_of_groups) edit.groups = changed_set(faults, deal_groups, deal.groups, *edit.change_of_groups, "/groups");
    if (edit.change_of_tags) edit.tags = changed_set(faults, tags, deal.tags, *edit.change_of_tags, "/tags");
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    if (edit.name) set(deal.name, *edit.name);
    if (edit.value) set(deal.typed, *edit.value);
    if (edit.owner) set(deal.owner, *edit.owner);
    if (edit.company && *edit.company != company) set(deal.company, *edit.company);
    if (edit.person && *edit.person != person) set(deal.person, *edit.person);
    if (edit.source && *edit.source != live(deal.source)) set(deal.source, *edit.source);
    if (edit.is_public) set(deal.is_public, *edit.is_public);
    if (edit.groups && !same_set(*edit.groups, live(deal_groups, deal.groups))) set(deal.groups, *edit.groups);
    if (edit.tags && !same_set(*edit.tags, live(tags, deal.tags))) set(deal.tags, *edit.tags);
    deal.version += changed ? 1 : 0;
    return {};
  }

  // ---- Participants [ACC-4]: given and taken by who has access.
  template <class T>
  Verdict change_participants(const Id& user, std::map<Id, T>& things, const Id& id, const std::vector<Id>& add, const std::vector<Id>& remove) {
    if (auto no = may_write(user, things, id)) return *no;
    T& thing = things.at(id);
    const auto holds = [](const std::vector<Id>& ids, const Id& one) { return std::ranges::find(ids, one) != ids.end(); };
    Faults faults;
    for (std::size_t i = 0; i < add.size(); ++i) {
      const std::string at = "/add/" + std::to_string(i);
      if (holds(remove, add[i])) faults.impossible(at, "invalid");
      if (std::find(add.begin(), add.begin() + static_cast<std::ptrdiff_t>(i), add[i]) != add.begin() + static_cast<std::ptrdiff_t>(i)) faults.impossible(at, "duplicate");
      else if (!holds(thing.participants, add[i])) check_person(faults, add[i], at);
    }
    if (faults.any()) return faults.verdict();
    const std::vector<Id> before = thing.participants;
    std::erase_if(thing.participants, [&](const Id& each) { return holds(remove, each); });
    for (const Id& each : add)
      if (!holds(thing.participants, each)) thing.participants.push_back(each);
    thing.version += thing.participants == before ? 0 : 1;
    return {};
  }

  // ---- Lines and costs: each time the whole set [MON-2, MON-3].
  Verdict set_lines(const Id& user, const Id& id, std::vector<Line> lines) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    check_amounts(faults, lines, deal.lines, products, "/lines", "/product_id");
    if (faults.any()) return faults.verdict();
    return take_lines(deal, std::move(lines));
  }
  Verdict set_costs(const Id& user, const Id& id, std::vector<Line> costs) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    if (!costs_on) faults.not_now("/costs", "feature_off");
    check_amounts(faults, costs, deal.costs, cost_categories, "/costs", "/category_id");
    if (faults.any()) return faults.verdict();
    for (const Line& cost : costs) cost_categories.at(cost.product).is_used = true;
    return set_amounts(deal, deal.costs, std::move(costs));
  }
  // Of one kind; none: nothing of that kind.
  static std::optional<std::int64_t> sum(const std::vector<Line>& lines, bool realised) {
    std::optional<std::int64_t> all;
    for (const Line& line : lines)
      if (line.is_realised == realised)
        all = all.value_or(0) + line.times * ((line.quantity * line.price * (10'000 - line.discount) * 2 + 10'000'000) / 20'000'000);
    return all;
  }
  static std::optional<std::int64_t> value(const Deal& deal) {
    const auto lines = sum(deal.lines, false);
    return lines ? lines : deal.typed;
  }

  // ---- The life of a deal.

  Verdict move(const Id& user, Ms now, const Id& id, const Id& stage, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (deal.closing) faults.not_now("", "deal_not_open");
    if (place(process_of(deal), stage) < 0) faults.not_now("/stage_id", "stage_not_in_process");
    if (faults.any()) return faults.verdict();
    if (stage_now(deal) == stage) return {};
    if (at < deal.stage_or_status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    move_to(deal, stage, at);
    return {};
  }
  // [DEA-5] Within its process it is a move.
  Verdict change_process(const Id& user, Ms now, const Id& id, const Id& process, const Id& stage) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    if (process == deal.process) return move(user, now, id, stage, std::nullopt);
    Faults faults;
    if (deal.closing) faults.not_now("", "deal_not_open");
    check_place(faults, process, stage, "");
    if (faults.any()) return faults.verdict();
    deal.process = process;
    deal.stage = deal.furthest = stage;
    deal.stage_or_status_at = now;
    ++deal.version;
    return {};
  }

  // Dealog makes the note's id.
  struct WithNote { std::optional<std::string> text; Id id; std::vector<Id> files; };
  Verdict complete(const Id& user, Ms now, const Id& id, const Id& action_id, const WithNote& note, std::optional<Ms> when) {
    if (auto no = may_write(user, deals, id)) return *no;
    Deal& deal = deals.at(id);
    const Process& process = process_of(deal);
    const auto [stage, action] = find_action(process, action_id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (!action) {
      faults.missing();
      return faults.verdict();
    }
    if (deal.closing) faults.not_now("", "deal_not_open");
    if (deal.is_done(action_id)) faults.not_now("", "action_already_done");
    if (!action->roles.empty() && !action->roles.contains(users.at(user).role)) faults.not_now("", "not_a_performer");
    check_files(faults, user, note.files);
    if (!note.text && (action->needs_note || action->needs_file || !note.files.empty())) faults.not_now("/note", "note_required");   // files hang on a note
    if (action->needs_file && note.files.empty()) faults.not_now("/file_ids", "file_required");
    Ms last = deal.status_at;
    for (const Done& each : deal.done)
      if (each.action == action_id && each.until != never) last = std::max(last, each.until);
    const bool moves = place(process, stage->id) > place(process, stage_now(deal));
    if (moves) last = std::max(last, deal.stage_or_status_at);
    if (at < last) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    deal.done.push_back({action_id, at});
    ++deal.version;
    tell_of_action(user, id, deal, *action);
    if (moves) move_to(deal, stage->id, at);
    if (note.text) {
      Note& made = notes[note.id];
      born(made, user, at);
      made.text = *note.text;
      made.links.deal = id;
      made.files = note.files;
      hang(note.files, made);
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
    if (held == deal.done.end() && !find_action(process_of(deal), action).second) faults.missing();
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
    closed(deal, outcome, {.at = at, .before = deal.stage_or_status_at, .reason = reason});
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
    const Closing last = *deal.closing;
    deal.closing.reset();
    deal.status = "open";
    deal.stage_or_status_at = deal.status_at = at;
    ++deal.version;
    // The newest version may lack its stage.
    if (whereabouts(deal) != std::pair(deal.stage, deal.furthest)) move_to(deal, stage_now(deal), at);
    else deal.furthest = last.furthest;
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
    if (at != last.at && at < last.before) faults.not_now("/closed_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    if (outcome == deal.status && why == last.reason && at == last.at) return {};
    Closing closing{.at = at, .before = last.before, .reason = why, .skipped_mandatory = last.skipped_mandatory};
    if (at == last.at) closing.put_back_at = last.put_back_at;
    if (closing.holds_from() != at) ++deal.version;   // the time that it keeps is said anew
    closed(deal, outcome, closing);
    return {};
  }

  // ---- What is shown.

  Id stage_shown(const Deal& deal) const { return deal.closing ? deal.closing->stage : whereabouts(deal).first; }
  Id furthest_shown(const Deal& deal) const { return deal.closing ? deal.closing->furthest : whereabouts(deal).second; }

  // Taking back that an action was reopened completes it by an event like any other, which is told like any other.
  void completed_again(const Id& user, const Id& id, const Id& action) {
    const Deal& deal = deals.at(id);
    if (const Action* found = find_action(process_of(deal), action).second) tell_of_action(user, id, deal, *found);
  }
  // What reopening does beside, told apart for what takes a closing back.
  void stand_as_closed(Deal& deal, const Closing& last) const {
    const auto now = whereabouts(deal);
    if (now == std::pair(deal.stage, deal.furthest)) deal.furthest = last.furthest;
    else std::tie(deal.stage, deal.furthest) = now;
  }

 protected:
  // `at`: where the wish stands in the command.
  void check_deal(Faults& faults, const NewDeal& wish, const std::string& at, bool makes_client = false) const {
    if (!wish.owner.empty()) check_person(faults, wish.owner, at + "/owner_id");
    check_named(faults, companies, wish.company, at + "/company_id");
    check_named(faults, persons, wish.person, at + "/person_id");
    check_source(faults, wish.source.value_or(Id()), at + "/source_id");
    if (wish.source && wish.source->empty() && !sources_on) faults.not_now(at + "/source_id", "feature_off");
    check_named(faults, deal_groups, wish.groups, at + "/groups");
    check_named(faults, tags, wish.tags, at + "/tags");
    if (wish.company.empty() && wish.person.empty() && !makes_client && client_required) faults.not_now(at + "/company_id", "client_required");
    if (!wish.name && name_of_client(wish).empty()) faults.impossible(at + "/name", "required");
    check_place(faults, wish.process.empty() ? default_process() : wish.process, wish.stage, at);
    check_custom(faults, "deals", wish.custom, at);
  }
  // "": it has none, or he was erased.
  std::string name_of_client(const NewDeal& wish) const {
    return !wish.company.empty() ? companies.at(wish.company).name : !wish.person.empty() ? persons.at(wish.person).name : "";
  }
  void add_deal(const Id& user, Ms at, const Id& id, const NewDeal& wish) {
    Deal& deal = deals[id];
    born(deal, user, at);
    deal.name = wish.name ? *wish.name : name_of_client(wish);
    deal.typed = wish.value;
    deal.currency = wish.currency;
    deal.owner = wish.owner.empty() ? user : wish.owner;
    deal.company = wish.company;
    deal.person = wish.person;
    deal.source = wish.source ? *wish.source : inherited(wish.company);
    deal.process = wish.process.empty() ? default_process() : wish.process;
    deal.stage = deal.furthest = wish.stage.empty() ? process_of(deal).stages.front().id : wish.stage;
    deal.is_public = wish.is_public.value_or(default_public);
    deal.groups = wish.groups;
    deal.tags = wish.tags;
    deal.custom = wish.custom;
    deal.stage_or_status_at = deal.status_at = at;
    deal.kind = kind_of(deal, id, at);
  }
  template <class T>
  void let_take_part(std::map<Id, T>& things, const Id& id, const Id& user) {
    if (id.empty()) return;
    T& thing = things.at(id);
    if (takes_part(user, thing)) return;
    thing.participants.push_back(user);
    ++thing.version;
  }

 private:
  // What a line has may stay though it was archived, or realised amounts were switched off, since.
  template <class T>
  void check_amounts(Faults& faults, const std::vector<Line>& lines, const std::vector<Line>& held, const std::map<Id, T>& words, const std::string& list, const std::string& member) const {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      const std::string at = list + "/" + std::to_string(i);
      const auto before = std::ranges::find(held, line.id, &Line::id);
      if (line.is_realised && !realised_on && (before == held.end() || *before != line)) faults.not_now(at + "/kind", "feature_off");
      if (line.product.empty()) continue;
      const auto found = words.find(line.product);
      if (found == words.end() || found->second.is_deleted) faults.impossible(at + member, "unknown_reference");
      else if (found->second.is_archived && (before == held.end() || before->product != line.product)) faults.impossible(at + member, "invalid");
    }
  }
  Verdict take_lines(Deal& deal, std::vector<Line> lines) {
    for (const Line& line : lines)
      if (!line.product.empty()) products.at(line.product).is_used = true;
    return set_amounts(deal, deal.lines, std::move(lines));
  }
  static Verdict set_amounts(Deal& deal, std::vector<Line>& held, std::vector<Line> wanted) {
    if (held == wanted) return {};
    held = std::move(wanted);
    ++deal.version;
    return {};
  }
  // Where a deal is to come; no stage: the first.
  void check_place(Faults& faults, const Id& process, const Id& stage, const std::string& at) const {
    const auto found = processes.find(process);
    if (found == processes.end()) return faults.impossible(at + "/process_id", "unknown_reference");
    if (found->second.is_archived) faults.not_now(at + "/process_id", "process_archived");
    if (!stage.empty() && place(found->second, stage) < 0) faults.not_now(at + "/stage_id", "stage_not_in_process");
  }
  void move_to(Deal& deal, const Id& stage, Ms at) const {
    Id furthest = whereabouts(deal).second;
    if (place(process_of(deal), stage) > place(process_of(deal), furthest)) furthest = stage;
    deal.stage = stage;
    deal.furthest = furthest;
    deal.stage_or_status_at = at;
    ++deal.version;
  }
  void closed(Deal& deal, const std::string& outcome, const Closing& closing) {
    deal.status = outcome;
    deal.closing = snapshot(deal, closing);
    deal.stage_or_status_at = deal.status_at = closing.holds_from();
    if (!closing.reason.empty()) reasons.at(closing.reason).is_used = true;
    ++deal.version;
  }
  // As the deal was when it closed, under the version of that time.
  Closing snapshot(const Deal& deal, Closing closing) const {
    const std::vector<ProcessVersion>& versions = process_of(deal).versions;
    const ProcessVersion* version = &versions.front();
    for (const ProcessVersion& each : versions)
      if (each.from <= closing.at) version = &each;
    const auto place_then = [&](const Id& stage) { return std::ranges::find(version->stages, stage, &Stage::id) - version->stages.begin(); };
    std::tie(closing.stage, closing.furthest) = whereabouts(deal, closing.at);
    const auto unknown = static_cast<std::ptrdiff_t>(version->stages.size());
    const auto order = [&](const Id& stage) { return place_then(stage) == unknown ? -1 : place_then(stage); };
    if (order(closing.furthest) < order(closing.stage)) closing.furthest = closing.stage;
    closing.done_weight = closing.total_weight = 0;
    for (const Stage& stage : version->stages)
      for (const Action& action : stage.actions) {
        closing.total_weight += action.weight;
        const bool was_done = std::ranges::any_of(deal.done, [&](const Done& each) { return each.action == action.id && each.since <= closing.at && closing.at < each.until; });
        closing.done_weight += was_done ? action.weight : 0;
      }
    return closing;
  }
  // The client is the company, else the person.
  Id client_of(const Deal& deal) const {
    const Id company = stand_in(companies, deal.company);
    return company.empty() ? stand_in(persons, deal.person) : company;
  }
  // [LEA-2]
  std::string kind_of(const Deal& deal, const Id& self, Ms at) const {
    const Id client = client_of(deal);
    std::string kind = "new";
    if (client.empty()) return kind;
    for (const auto& [id, other] : deals) {
      if (id == self || other.is_deleted || other.created_at > at || client_of(other) != client) continue;
      if (other.status == "won" && other.closing->at <= at) return "repeat";
      kind = "repeat_inquiry";
    }
    return kind;
  }
};

}  // namespace dealog::test::plain
