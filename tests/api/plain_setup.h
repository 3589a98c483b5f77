#pragma once
// Users, teams, settings and dictionaries in the plain model [SPEC 3, 4].

#include "tests/api/plain_rules.h"

namespace dealog::test::plain {

class Setup : public Rules {
 public:
  // ---- Users and settings.
  Verdict set_role(const Id& user, const Id& id, const std::string& role) {
    if (auto no = may_administer(user)) return *no;
    User& whose = users.at(id);
    if (whose.role == "administrator" && role != "administrator" && !whose.is_suspended && is_last_administrator(id))
      return {409, {"/role last_administrator"}};
    whose.version += whose.role == role ? 0 : 1;
    whose.role = role;
    return {};
  }
  // Who is suspended has no sessions any more.
  Verdict set_suspended(const Id& user, Ms now, const Id& id, bool suspended) {
    if (auto no = may_administer(user)) return *no;
    User& whose = users.at(id);
    if (suspended && !whose.is_suspended && whose.role == "administrator" && is_last_administrator(id))
      return {409, {"/is_suspended last_administrator"}};
    whose.version += whose.is_suspended == suspended ? 0 : 1;
    if (suspended && !whose.is_suspended) end_sessions(id, now, {});
    whose.is_suspended = suspended;
    return {};
  }
  Verdict set_setting(const Id& user, bool Rules::* setting, bool on) {
    if (auto no = may_administer(user)) return *no;
    this->*setting = on;
    return {};
  }

  // Another currency, while anything may hold an amount in the present one; what was deleted may come back [GEN-2].
  bool holds_amounts() const { return !deals.empty() || !leads.empty() || !products.empty() || !rates.empty() || !cards.empty(); }
  Verdict change_currency(const Id& user) const {
    if (auto no = may_administer(user)) return *no;
    return {409, {"/currency in_use"}};
  }

  // ---- Teams are a tree.
  Verdict create_team(const Id& user, const Id& id, const std::string& name, const Id& parent) {
    if (auto no = may_administer(user)) return *no;
    Faults faults;
    if (name_taken(teams, name, id)) faults.not_now("/name", "name_taken");
    check_named(faults, teams, parent, "/parent_id");
    if (faults.any()) return faults.verdict();
    Team& team = teams[id];
    born(team, user, 0);
    team.name = name;
    team.parent = parent;
    return {201, {}};
  }
  Verdict edit_team(const Id& user, const Id& id, const std::optional<std::string>& name, const std::optional<Id>& parent) {
    if (auto no = may_administer(user)) return *no;
    Team& team = teams.at(id);
    if (team.is_deleted) return {409, {" object_deleted"}};
    Faults faults;
    if (name && *name != team.name && name_taken(teams, *name, id)) faults.not_now("/name", "name_taken");
    if (parent && *parent != team.parent) {
      check_named(faults, teams, *parent, "/parent_id");
      for (Id above = *parent; !above.empty(); above = teams.at(above).parent)
        if (above == id) {
          faults.impossible("/parent_id", "invalid");
          break;
        }
    }
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    if (name) set(team.name, *name);
    if (parent) set(team.parent, *parent);
    team.version += changed ? 1 : 0;
    return {};
  }

  // One with teams below it stays.
  Verdict delete_team(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_administer(user)) return *no;
    Team& team = teams.at(id);
    if (team.is_deleted == deleted) return {};
    if (!deleted && name_taken(teams, team.name, id)) return {409, {" name_taken"}};
    const bool is_above = std::ranges::any_of(teams, [&](const auto& each) { return !each.second.is_deleted && each.second.parent == id; });
    if (deleted && is_above) return {409, {" in_use"}};
    return flip(team, deleted);
  }

  // ---- Sources.
  Verdict create_source(const Id& user, const Id& id, const std::string& name) {
    if (auto no = may_administer(user)) return *no;
    if (name_taken(sources, name, id)) return {409, {"/name name_taken"}};
    born(sources[id], user, 0);
    sources.at(id).name = name;
    return {201, {}};
  }
  Verdict rename_source(const Id& user, const Id& id, const std::string& name) {
    if (auto no = may_administer(user)) return *no;
    return rename(sources, id, name);
  }
  Verdict delete_source(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_administer(user)) return *no;
    if (!deleted && sources.at(id).is_deleted) return {409, {" object_deleted"}};
    return flip(sources.at(id), deleted);
  }

  // ---- Close reasons: one list for each outcome; once used they are archived, never deleted [DIC-3].
  Verdict create_reason(const Id& user, const Id& id, const std::string& name, const std::string& outcome) {
    if (auto no = may_manage(user)) return *no;
    if (reason_taken(name, outcome, id)) return {409, {"/name name_taken"}};
    Reason& reason = reasons[id];
    born(reason, user, 0);
    reason.name = name;
    reason.outcome = outcome;
    return {201, {}};
  }
  Verdict archive_reason(const Id& user, const Id& id, bool archived) {
    if (auto no = may_manage(user)) return *no;
    Reason& reason = reasons.at(id);
    if (reason.is_deleted) return {409, {" object_deleted"}};
    reason.version += reason.is_archived == archived ? 0 : 1;
    reason.is_archived = archived;
    return {};
  }
  Verdict delete_reason(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_manage(user)) return *no;
    Reason& reason = reasons.at(id);
    if (reason.is_deleted == deleted) return {};
    if (deleted && reason.is_used) return {409, {" in_use"}};
    if (!deleted && reason_taken(reason.name, reason.outcome, id)) return {409, {" name_taken"}};
    return flip(reason, deleted);
  }

  // ---- Groups, tags, types and categories [DIC-4]. `everybody`: who sells makes them, too (tags). `keeps`: once used
  // archived, never deleted (types of tasks, categories of costs); the others go from wherever they stand, for good.
  struct WordRules { bool everybody = false, keeps = false; };
  Verdict create_word(std::map<Id, Word>& words, const Id& user, const Id& id, const std::string& name, WordRules rules) {
    if (auto no = rules.everybody ? may_sell(user) : may_manage(user)) return *no;
    if (name_taken(words, name, id)) return {409, {"/name name_taken"}};
    born(words[id], user, 0);
    words.at(id).name = name;
    return {201, {}};
  }
  Verdict rename_word(std::map<Id, Word>& words, const Id& user, const Id& id, const std::string& name, WordRules rules) {
    if (auto no = rules.everybody ? may_manage_made_by_all(user) : may_manage(user)) return *no;
    return rename(words, id, name);
  }
  Verdict archive_word(std::map<Id, Word>& words, const Id& user, const Id& id, bool archived) {
    if (auto no = may_manage(user)) return *no;
    Word& word = words.at(id);
    if (word.is_deleted) return {409, {" object_deleted"}};
    word.version += word.is_archived == archived ? 0 : 1;
    word.is_archived = archived;
    return {};
  }
  Verdict delete_word(std::map<Id, Word>& words, const Id& user, const Id& id, bool deleted, WordRules rules) {
    if (auto no = rules.everybody ? may_manage_made_by_all(user) : may_manage(user)) return *no;
    Word& word = words.at(id);
    if (word.is_deleted == deleted) return {};
    if (!rules.keeps && !deleted) return {409, {" object_deleted"}};
    if (rules.keeps && deleted && word.is_used) return {409, {" in_use"}};
    if (!deleted && name_taken(words, word.name, id)) return {409, {" name_taken"}};
    return flip(word, deleted);
  }

  // ---- The stages of leads [LEA-1]: in the order of their positions; one with active leads, deleted
  // ones too (they may come back), stays, and so does the last.
  Verdict create_lead_stage(const Id& user, const Id& id, const std::string& name, std::optional<int> position) {
    if (auto no = may_manage(user)) return *no;
    if (name_taken(lead_stages, name, id)) return {409, {"/name name_taken"}};
    int last = 0;
    for (const auto& [other, stage] : lead_stages)
      if (!stage.is_deleted) last = std::max(last, stage.position);
    LeadStage& stage = lead_stages[id];
    born(stage, user, 0);
    stage.name = name;
    stage.position = position.value_or(last + 10);
    return {201, {}};
  }
  Verdict edit_lead_stage(const Id& user, const Id& id, const std::optional<std::string>& name, std::optional<int> position) {
    if (auto no = may_manage(user)) return *no;
    LeadStage& stage = lead_stages.at(id);
    if (stage.is_deleted) return {409, {" object_deleted"}};
    if (name && *name != stage.name && name_taken(lead_stages, *name, id)) return {409, {"/name name_taken"}};
    bool changed = false;
    const auto set = setter(changed);
    if (name) set(stage.name, *name);
    if (position) set(stage.position, *position);
    stage.version += changed ? 1 : 0;
    return {};
  }
  Verdict delete_lead_stage(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_manage(user)) return *no;
    LeadStage& stage = lead_stages.at(id);
    if (stage.is_deleted == deleted) return {};
    if (!deleted) return name_taken(lead_stages, stage.name, id) ? Verdict{409, {" name_taken"}} : flip(stage, false);
    const bool is_last = std::ranges::none_of(lead_stages, [&](const auto& each) { return each.first != id && !each.second.is_deleted; });
    const bool is_held = std::ranges::any_of(leads, [&](const auto& each) { return each.second.status == "active" && each.second.stage == id; });
    Faults faults;
    if (is_last) faults.not_now("", "in_use");
    if (is_held) faults.not_now("", "in_use");
    return faults.any() ? faults.verdict() : flip(stage, true);
  }

 protected:
  // But for one, and for those whose time is over.
  void end_sessions(const Id& user, Ms now, const Id& spared) {
    for (auto& [id, token] : tokens)
      if (token.is_session && token.user == user && id != spared && *token.expires_at > now) flip(token, true);
  }
  template <class T>
  static Verdict rename(std::map<Id, T>& things, const Id& id, const std::string& name) {
    T& thing = things.at(id);
    if (thing.is_deleted) return {409, {" object_deleted"}};
    if (thing.name == name) return {};
    if (name_taken(things, name, id)) return {409, {"/name name_taken"}};
    thing.name = name;
    ++thing.version;
    return {};
  }

 private:
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
