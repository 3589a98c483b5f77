#pragma once
// Sales processes in the plain model [SPEC 6]: their stages and actions, version by version, the default one, archived ones; and
// where deals stand in them.

#include "tests/api/plain_contacts.h"

namespace dealog::test::plain {

class Processes : public Contacts {
 public:
  // A whole definition. Ids of stages and actions that are "" are for Dealog to make.
  struct ProcessWish {
    std::optional<std::string> name;
    std::optional<bool> is_default, is_archived;
    std::vector<Stage> stages;
    std::map<Id, Id> targets;                  // of removed stages: where their deals go
  };
  Verdict create_process(const Id& user, const Id& id, const ProcessWish& wish) {
    if (auto no = may_manage(user)) return *no;
    Faults faults;
    check_stages(faults, {}, wish.stages);
    const bool is_default = wish.is_default.value_or(false), is_archived = wish.is_archived.value_or(false);
    if (is_default && is_archived) faults.impossible("/is_archived", "invalid");
    if (faults.any()) return faults.verdict();
    Process& made = processes[id];
    born(made, user, 0);
    ++made.version;                            // it is born, and defined
    made.name = *wish.name;
    made.number = static_cast<int>(processes.size());
    made.is_archived = is_archived;
    made.stages = wish.stages;
    made.versions = {{INT64_MIN, wish.stages}};   // set-up holds from the beginning of time [GEN-6]
    if (is_default) becomes_default(id);
    return {201, {}};
  }

  // A new version [PRC-1].
  Verdict define_process(const Id& user, Ms now, const Id& id, const ProcessWish& wish) {
    if (auto no = may_manage(user)) return *no;
    if (!processes.contains(id)) return {404, {" not_found"}};
    Process& process = processes.at(id);
    Faults faults;
    check_stages(faults, id, wish.stages);
    const auto stays = [&](const Id& stage) { return std::ranges::find(wish.stages, stage, &Stage::id) != wish.stages.end(); };
    for (const auto& [stage, target] : wish.targets) {
      const std::string at = "/removed_stages/" + stage;
      if (place(process, stage) < 0) faults.not_now(at, "stage_not_in_process");
      else if (stays(stage)) faults.impossible(at, "invalid");
      else if (!stays(target)) faults.impossible(at, "unknown_reference");
    }
    std::map<Id, Removed> gone;
    bool are_held = false;
    Id before;
    for (const Stage& stage : process.stages) {
      if (stays(stage.id)) {
        before = stage.id;
        continue;
      }
      const auto named = wish.targets.find(stage.id);
      are_held |= named == wish.targets.end() && holds_open_deals(id, stage.id);
      gone[stage.id] = {named != wish.targets.end() ? named->second : before.empty() ? wish.stages.front().id : before, static_cast<std::ptrdiff_t>(process.versions.size())};
    }
    if (are_held) faults.not_now("/removed_stages", "stage_holds_deals");
    if (wish.is_default && *wish.is_default != process.is_default) {
      if (process.is_default) faults.not_now("/is_default", "in_use");
      else if (process.is_archived) faults.not_now("/is_default", "process_archived");
    }
    if (faults.any()) return faults.verdict();
    if (wish.stages != process.stages) {
      process.stages = wish.stages;
      process.versions.push_back({now, wish.stages});
      process.removed.insert(gone.begin(), gone.end());
      ++process.version;
    }
    const bool is_renamed = wish.name && *wish.name != process.name, is_raised = wish.is_default && *wish.is_default != process.is_default;
    if (wish.name) process.name = *wish.name;
    if (is_raised) becomes_default(id);
    process.version += is_renamed || is_raised ? 1 : 0;
    return {};
  }
  // An archived one takes no new deals; the default one is not archived.
  Verdict archive_process(const Id& user, const Id& id, bool archived) {
    if (auto no = may_manage(user)) return *no;
    if (!processes.contains(id)) return {404, {" not_found"}};
    Process& process = processes.at(id);
    if (archived && process.is_default) return {409, {"/is_archived in_use"}};
    process.version += process.is_archived == archived ? 0 : 1;
    process.is_archived = archived;
    return {};
  }

  // ---- What is where.

  Id default_process() const {
    for (const auto& [id, process] : processes)
      if (process.is_default) return id;
    return {};
  }
  // In the order in which they came, whatever their ids.
  std::vector<Id> processes_in_order() const {
    std::vector<Id> ids;
    for (const auto& [id, process] : processes) ids.push_back(id);
    std::ranges::sort(ids, {}, [&](const Id& id) { return processes.at(id).number; });
    return ids;
  }
  static std::vector<Id> removed_in_order(const Process& process) {
    std::vector<Id> ids;
    for (std::size_t i = 0; i + 1 < process.versions.size(); ++i)
      for (const Stage& stage : process.versions[i].stages)
        if (process.removed.contains(stage.id) && process.removed.at(stage.id).version == static_cast<std::ptrdiff_t>(i + 1)) ids.push_back(stage.id);
    return ids;
  }
  const Process& process_of(const Deal& deal) const { return processes.at(deal.process); }

  // Where an open deal stands: a removed stage's deals went to another, by and by.
  Id stage_now(const Deal& deal) const {
    const std::map<Id, Removed>& removed = process_of(deal).removed;
    Id stage = deal.stage;
    for (auto gone = removed.find(stage); gone != removed.end(); gone = removed.find(stage)) stage = gone->second.target;
    return stage;
  }
  // Since when: it entered another stage when the version took hold that removed its own.
  Ms stage_entered_at(const Deal& deal) const {
    const Process& process = process_of(deal);
    Id stage = deal.stage;
    Ms since = deal.stage_or_status_at;
    for (auto gone = process.removed.find(stage); gone != process.removed.end(); gone = process.removed.find(stage)) {
      stage = gone->second.target;
      since = process.versions[static_cast<std::size_t>(gone->second.version)].from;
    }
    return since;
  }
  // Where it stands at that time, and the furthest stage that it visited: version by version, and it has been where it stands.
  std::pair<Id, Id> whereabouts(const Deal& deal, Ms at = never) const {
    const Process& process = process_of(deal);
    std::pair<Id, Id> now{deal.stage, deal.furthest};
    for (const ProcessVersion& version : process.versions) {
      bool was_moved = false;
      if (version.from > at) break;
      const auto order = [&](const Id& stage) { return std::ranges::find(version.stages, stage, &Stage::id) - version.stages.begin(); };
      const auto is_gone = [&](const Id& stage) { return process.removed.contains(stage) && process.removed.at(stage).version == &version - process.versions.data(); };
      for (Id* stage : {&now.first, &now.second})
        if (is_gone(*stage)) {
          *stage = process.removed.at(*stage).target;
          was_moved = true;
        }
      if (was_moved && order(now.second) < order(now.first)) now.second = now.first;
    }
    return now;
  }

  // The weights of what is done and of all there is [PRC-3]; a closed deal keeps those of its closing. Done actions of a process
  // that it left stay in its history, and do not count [DEA-5].
  std::pair<std::int64_t, std::int64_t> weights(const Deal& deal) const {
    if (deal.closing) return {deal.closing->done_weight, deal.closing->total_weight};
    std::pair<std::int64_t, std::int64_t> sum{0, 0};
    for (const Stage& stage : process_of(deal).stages)
      for (const Action& action : stage.actions) {
        sum.first += deal.is_done(action.id) ? action.weight : 0;
        sum.second += action.weight;
      }
    return sum;
  }
  // 0 to 100 in hundredths.
  std::int64_t progress(const Deal& deal) const {
    const auto [done, all] = weights(deal);
    return all == 0 ? 0 : (done * 20'000 + all) / (2 * all);
  }
  bool all_mandatory_done(const Deal& deal) const {
    for (const Stage& stage : process_of(deal).stages)
      for (const Action& action : stage.actions)
        if (action.is_mandatory && !deal.is_done(action.id)) return false;
    return true;
  }

 protected:
  static int place(const Process& process, const Id& stage) {
    for (std::size_t i = 0; i < process.stages.size(); ++i)
      if (process.stages[i].id == stage) return static_cast<int>(i);
    return -1;
  }
  static std::pair<const Stage*, const Action*> find_action(const Process& process, const Id& id) {
    for (const Stage& stage : process.stages)
      for (const Action& action : stage.actions)
        if (action.id == id) return {&stage, &action};
    return {nullptr, nullptr};
  }

 private:
  void becomes_default(const Id& id) {
    for (auto& [each, process] : processes) {
      if (!process.is_default || each == id) continue;
      process.is_default = false;
      ++process.version;
    }
    processes.at(id).is_default = true;
  }
  bool holds_open_deals(const Id& process, const Id& stage) const {
    return std::ranges::any_of(deals, [&](const auto& each) {
      return !each.second.closing && !each.second.is_deleted && each.second.process == process && stage_now(each.second) == stage;
    });
  }
  // `self`: whose new version it is; "": of a new process. A stage that was removed, or is another process's, is no longer to be had; an
  // action may come back to its own process.
  void check_stages(Faults& faults, const Id& self, const std::vector<Stage>& wanted) const {
    if (wanted.empty()) faults.impossible("/stages", "required");
    std::set<Id> ids;
    std::set<std::string> names;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::string at = "/stages/" + std::to_string(i);
      if (!names.insert(key(wanted[i].name)).second) faults.impossible(at + "/name", "duplicate");
      check_id(faults, ids, wanted[i].id, at, [&] { return was_stage(wanted[i].id) && (self.empty() || place(processes.at(self), wanted[i].id) < 0); });
      std::set<std::string> action_names;
      for (std::size_t j = 0; j < wanted[i].actions.size(); ++j) {
        const Action& action = wanted[i].actions[j];
        const std::string each = at + "/actions/" + std::to_string(j);
        if (!action_names.insert(key(action.name)).second) faults.impossible(each + "/name", "duplicate");
        check_id(faults, ids, action.id, each, [&] { return is_action_of_another(self, action.id); });
      }
    }
  }
  template <class IsTaken>
  static void check_id(Faults& faults, std::set<Id>& ids, const Id& id, const std::string& at, IsTaken is_taken) {
    if (id.empty()) return;
    if (!ids.insert(id).second) faults.impossible(at + "/id", "duplicate");
    else if (is_taken()) faults.not_now(at + "/id", "id_taken");
  }
  bool was_stage(const Id& id) const {
    return std::ranges::any_of(processes, [&](const auto& each) {
      return std::ranges::any_of(each.second.versions, [&](const ProcessVersion& version) { return std::ranges::find(version.stages, id, &Stage::id) != version.stages.end(); });
    });
  }
  bool is_action_of_another(const Id& self, const Id& id) const {
    const auto has = [&](const Stage& stage) { return std::ranges::find(stage.actions, id, &Action::id) != stage.actions.end(); };
    return std::ranges::any_of(processes, [&](const auto& each) {
      return each.first != self && std::ranges::any_of(each.second.versions, [&](const ProcessVersion& version) { return std::ranges::any_of(version.stages, has); });
    });
  }
};

}  // namespace dealog::test::plain
