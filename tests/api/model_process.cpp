// Random deeds on processes: new ones and copies, new versions, the default one, the archive [SPEC 6].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

using Stages = std::vector<plain::Stage>;
using Wish = plain::Crm::ProcessWish;

json::array sent(const Stages& stages) {
  json::array all;
  for (const plain::Stage& stage : stages) {
    json::array actions;
    for (const plain::Action& action : stage.actions) {
      json::object each{{"name", action.name}, {"weight", action.weight}, {"mandatory", action.is_mandatory}, {"note", action.needs_file ? "note_with_file" : action.needs_note ? "note" : "none"}};
      if (!action.id.empty()) each["id"] = action.id;
      if (!action.roles.empty()) each["performers"] = {{"roles", list({action.roles.begin(), action.roles.end()})}, {"user_ids", json::array()}};
      if (action.notify != plain::Notify())
        each["notify"] = {{"roles", list({action.notify.roles.begin(), action.notify.roles.end()})}, {"owner", action.notify.owner}, {"participants", action.notify.participants}, {"user_ids", list(action.notify.users)}};
      actions.push_back(each);
    }
    json::object each{{"name", stage.name}, {"actions", actions}};
    if (!stage.id.empty()) each["id"] = stage.id;
    if (stage.max_days) each["max_days"] = *stage.max_days;
    all.push_back(each);
  }
  return all;
}
json::object body_of(const Wish& wish) {
  json::object body{{"stages", sent(wish.stages)}}, removed;
  if (wish.name) body["name"] = *wish.name;
  if (wish.is_default) body["is_default"] = *wish.is_default;
  if (wish.is_archived) body["is_archived"] = *wish.is_archived;
  for (const auto& [stage, target] : wish.targets) removed[stage] = target;
  if (!removed.empty()) body["removed_stages"] = removed;
  return body;
}

plain::Notify any_notify(Life& l) {
  plain::Notify notify;
  if (!l.once_in(3)) return notify;
  if (l.once_in(3)) notify.roles.insert(l.once_in(2) ? "manager" : "administrator");
  notify.owner = l.once_in(2);
  notify.participants = l.once_in(2);
  if (l.once_in(3)) notify.users.push_back(l.colleague());
  return notify;
}
plain::Action any_action(Life& l) {
  const Id id = l.next_id();
  return {.id = id, .name = "Action " + id, .weight = static_cast<int>(l.below(4) * 10), .is_mandatory = l.once_in(6), .needs_note = l.once_in(5), .needs_file = l.once_in(8), .roles = {}, .notify = any_notify(l)};
}
plain::Stage any_stage(Life& l, const Id& id) {
  plain::Stage stage{.id = id, .name = "Stage " + l.next_id(), .actions = {any_action(l)}};
  if (l.once_in(3)) stage.max_days = static_cast<int>(1 + l.below(5));
  return stage;
}
std::size_t any_place(Life& l, const Stages& stages) { return static_cast<std::size_t>(l.below(static_cast<Ms>(stages.size()))); }

// One change of the stages; what is removed goes where `targets` says, if it says.
void change(Life& l, const Id& process, Stages& stages, std::map<Id, Id>& targets) {
  const std::size_t place = any_place(l, stages);
  plain::Stage& stage = stages[place];
  switch (l.below(7)) {
    case 5: std::swap(stage, stages[any_place(l, stages)]); return;
    case 0:
      if (!stage.actions.empty()) stage.actions.front().weight = static_cast<int>(l.below(5) * 10);
      return;
    case 1: stage.actions.push_back(any_action(l)); return;
    case 2:
      // One at least stays, so that there is something to do.
      if (stage.actions.size() > 1) stage.actions.erase(stage.actions.begin() + static_cast<std::ptrdiff_t>(any_place(l, stages) % stage.actions.size()));
      return;
    case 3: {
      if (stages.size() > 5) return;
      const std::vector<Id> removed = plain::Crm::removed_in_order(l.crm.processes.at(process));
      const Id id = l.once_in(15) && !removed.empty() ? removed.back() : l.next_id();
      stages.insert(stages.begin() + static_cast<std::ptrdiff_t>(place), any_stage(l, id));
      return;
    }
    case 4:
      if (l.once_in(10)) stage.name = stages.front().name;
      stage.max_days.reset();
      if (!l.once_in(3)) stage.max_days = static_cast<int>(1 + l.below(5));
      return;
    default: {
      if (stages.size() < 3) return;
      const Id gone = stage.id;
      stages.erase(stages.begin() + static_cast<std::ptrdiff_t>(place));
      if (!l.once_in(3)) targets[gone] = l.once_in(12) ? l.nowhere() : stages[any_place(l, stages)].id;
      return;
    }
  }
}

// Those of another process, under new ids that Dealog makes; or, which cannot be, under its ids.
Stages copied(Life& l, const Id& from) {
  Stages stages = l.crm.processes.at(from).stages;
  if (l.once_in(6)) return stages;
  for (plain::Stage& stage : stages) {
    stage.id.clear();
    for (plain::Action& action : stage.actions) action.id.clear();
  }
  return stages;
}
void take_ids(Stages& stages, const json::value& answer) {
  const json::value* made = answer.is_object() ? answer.get_object().if_contains("stages") : nullptr;
  if (!made) return;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const json::value& stage = made->at(i);
    if (stages[i].id.empty()) stages[i].id = std::string(stage.at("id").as_string());
    for (std::size_t j = 0; j < stages[i].actions.size(); ++j)
      if (Id& id = stages[i].actions[j].id; id.empty()) id = std::string(stage.at("actions").at(j).at("id").as_string());
  }
}

Deed create_process(Life& l) {
  const Id id = l.next_id(), user = l.user();
  Wish wish{.name = l.name()};
  if (l.once_in(2)) wish.stages = copied(l, l.crm.processes_in_order()[static_cast<std::size_t>(l.below(static_cast<Ms>(l.crm.processes.size())))]);
  else
    for (Ms n = l.once_in(12) ? 0 : 1 + l.below(3); n > 0; --n) wish.stages.push_back(any_stage(l, l.next_id()));
  if (l.once_in(3)) wish.is_default = l.once_in(2);
  if (l.once_in(5)) wish.is_archived = l.once_in(2);
  json::object body = body_of(wish);
  body["id"] = id;
  return {.method = "POST", .target = "/v1/processes", .body = body,
          .model = [&l, user, id, wish](const json::value& answer) {
            Wish told = wish;
            take_ids(told.stages, answer);
            return l.crm.create_process(user, id, told);
          },
          .compare = l.answers(l.crm.processes, id)};
}

Deed define_process(Life& l, const Id& id) {
  const Id user = l.user();
  Wish wish;
  const auto process = l.crm.processes.find(id);
  if (process == l.crm.processes.end()) wish.stages = {any_stage(l, l.next_id())};
  else {
    wish.stages = process->second.stages;
    for (Ms n = 1 + l.below(2); n > 0; --n) change(l, id, wish.stages, wish.targets);
  }
  if (l.once_in(25)) wish.targets[wish.stages.front().id] = wish.stages.back().id;
  if (l.once_in(6)) wish.name = l.name();
  if (l.once_in(6)) wish.is_default = !l.once_in(4);
  return deed("PUT", "/v1/processes/" + id, body_of(wish), [&l, user, id, wish] { return l.crm.define_process(user, l.now(), id, wish); }, l.answers(l.crm.processes, id));
}

Deed archive_process(Life& l, const Id& id) {
  const Id user = l.user();
  const bool archived = l.once_in(2);
  return deed("POST", "/v1/processes/" + id + (archived ? "/archive" : "/restore"), nullptr, [&l, user, id, archived] { return l.crm.archive_process(user, id, archived); },
              l.answers(l.crm.processes, id));
}

plain::Stage stage_of(const json::value& shown) {
  plain::Stage stage{.id = std::string(shown.at("id").as_string()), .name = std::string(shown.at("name").as_string()), .actions = {}};
  if (!shown.at("max_days").is_null()) stage.max_days = shown.at("max_days").to_number<int>();
  for (const json::value& each : shown.at("actions").as_array()) {
    plain::Action& action = stage.actions.emplace_back();
    action = {.id = std::string(each.at("id").as_string()), .name = std::string(each.at("name").as_string()), .weight = each.at("weight").to_number<int>(),
              .is_mandatory = each.at("mandatory").as_bool(), .needs_note = each.at("note") == json::value("note"), .needs_file = each.at("note") == json::value("note_with_file"), .roles = {}};
    if (each.at("performers").is_object())
      for (const json::value& role : each.at("performers").at("roles").as_array()) action.roles.emplace(role.as_string());
    if (const json::value& told = each.at("notify"); told.is_object()) {
      for (const json::value& role : told.at("roles").as_array()) action.notify.roles.emplace(role.as_string());
      for (const json::value& user : told.at("user_ids").as_array()) action.notify.users.emplace_back(user.as_string());
      action.notify.owner = told.at("owner").as_bool();
      action.notify.participants = told.at("participants").as_bool();
    }
  }
  return stage;
}

}  // namespace

Id any_process(Life& l) {
  if (l.once_in(60)) return l.nowhere();
  const std::vector<Id> ids = l.crm.processes_in_order();
  return ids[static_cast<std::size_t>(l.below(static_cast<Ms>(ids.size())))];
}

void learn_processes(Life& l) {
  for (const auto& [id, each] : l.all_of("processes")) {
    plain::Process& process = l.crm.processes[id];
    process.version = each.at("version").to_number<int>();
    process.creator = each.at("created_by").is_null() ? Id() : Id(each.at("created_by").as_string());
    process.name = std::string(each.at("name").as_string());
    process.is_default = each.at("is_default").as_bool();
    process.number = process.is_default ? 2 : 1;   // that which an account begins with is no longer the default one
    for (const json::value& stage : each.at("stages").as_array()) process.stages.push_back(stage_of(stage));
    process.versions = {{INT64_MIN, process.stages}};   // set-up holds from the beginning of time [GEN-6]
  }
}

std::optional<Deed> any_process_deed(Life& l) {
  l.prefer_administrator();
  const Ms what = l.below(6);
  if (what == 0 && (l.crm.processes.size() < 6 || l.once_in(4))) return create_process(l);
  const Id id = any_process(l);
  return what < 3 ? archive_process(l, id) : define_process(l, id);
}

void look_at_process(Life& l) { l.look("processes", l.crm.processes); }

}  // namespace dealog::test::model
