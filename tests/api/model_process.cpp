// Random new versions of the process that the deals are in [SPEC PRC-1].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

using Stages = std::vector<plain::Stage>;

json::array sent(const Stages& stages) {
  json::array all;
  for (const plain::Stage& stage : stages) {
    json::array actions;
    for (const plain::Action& action : stage.actions) {
      json::object each{{"id", action.id}, {"name", action.name}, {"weight", action.weight}, {"mandatory", action.is_mandatory}, {"note", action.needs_note ? "note" : "none"}};
      if (!action.roles.empty()) each["performers"] = {{"roles", list({action.roles.begin(), action.roles.end()})}, {"user_ids", json::array()}};
      actions.push_back(each);
    }
    all.push_back({{"id", stage.id}, {"name", stage.name}, {"actions", actions}});
  }
  return all;
}

plain::Action any_action(Life& l) {
  const Id id = l.next_id();
  return {.id = id, .name = "Action " + id, .weight = static_cast<int>(l.below(4) * 10), .is_mandatory = l.once_in(6), .needs_note = l.once_in(5), .roles = {}};
}
std::size_t any_place(Life& l, const Stages& stages) { return static_cast<std::size_t>(l.below(static_cast<Ms>(stages.size()))); }

// One change of the stages, whose order stays (what becomes of the furthest one in another order, after another was removed,
// lists and single objects see each in its way); what is removed goes where `targets` says, if it says.
void change(Life& l, Stages& stages, std::map<Id, Id>& targets) {
  const std::size_t place = any_place(l, stages);
  plain::Stage& stage = stages[place];
  switch (l.below(5)) {
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
      const std::vector<Id> removed = l.crm.removed_in_order();
      const Id id = l.once_in(15) && !removed.empty() ? removed.back() : l.next_id();
      stages.insert(stages.begin() + static_cast<std::ptrdiff_t>(place), {id, "Stage " + l.next_id(), {any_action(l)}});
      return;
    }
    default: {
      if (stages.size() < 3) return;
      const Id gone = stage.id;
      stages.erase(stages.begin() + static_cast<std::ptrdiff_t>(place));
      if (!l.once_in(3)) targets[gone] = l.once_in(12) ? l.nowhere() : stages[any_place(l, stages)].id;
      return;
    }
  }
}

}  // namespace

std::optional<Deed> any_process_deed(Life& l) {
  l.prefer_administrator();
  const Id user = l.user();
  Stages stages = l.crm.stages;
  std::map<Id, Id> targets;
  for (Ms n = 1 + l.below(2); n > 0; --n) change(l, stages, targets);
  if (l.once_in(25)) targets[stages.front().id] = stages.back().id;
  json::object body{{"stages", sent(stages)}}, removed;
  for (const auto& [stage, target] : targets) removed[stage] = target;
  if (!removed.empty()) body["removed_stages"] = removed;
  Deed made = deed("PUT", "/v1/processes/" + l.process(), body, [&l, user, stages, targets] { return l.crm.define_process(user, l.now(), stages, targets); },
                   [stages](const json::value& answer) {
                     REQUIRE(answer.at("stages").as_array().size() == stages.size());
                     for (std::size_t i = 0; i < stages.size(); ++i) {
                       REQUIRE(answer.at("stages").at(i).at("id") == json::value(stages[i].id));
                       REQUIRE(answer.at("stages").at(i).at("actions").as_array().size() == stages[i].actions.size());
                     }
                   });
  made.in_bulk = false;
  return made;
}

void look_at_process(Life& l) {
  const std::map<Id, json::value> all = l.all_of("processes");
  const json::array& stages = all.at(l.process()).at("stages").as_array();
  REQUIRE(stages.size() == l.crm.stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) REQUIRE(stages[i].at("id") == json::value(l.crm.stages[i].id));
}

}  // namespace dealog::test::model
