#include "domain/process_stages.h"

#include <algorithm>
#include <unordered_set>

#include "domain/text.h"

namespace dealog {
namespace {

constexpr std::size_t most_stages = 100, most_actions = 100, longest_hint = 2'000;
constexpr std::uint32_t largest_weight = 1'000'000, most_days = 36'500;

class Prepare {
 public:
  Prepare(Deciding& deciding, const Uuid& process) : deciding_(deciding), state_(deciding.state), process_(process) {
    const Process* held = find_in(state_.processes, process);
    newest_ = held ? &held->newest() : nullptr;
  }

  void stages(std::vector<event::Stage>& stages) {
    if (stages.empty()) deciding_.faults.add(Code::required, "/stages", "A process has at least one stage.");
    if (stages.size() > most_stages) return deciding_.faults.add(Code::out_of_range, "/stages");
    std::unordered_set<std::string> names;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      event::Stage& stage = stages[i];
      const std::string pointer = "/stages/" + std::to_string(i);
      name(stage.name, pointer, names);
      hint(stage.hint, pointer);
      if (stage.max_days && *stage.max_days > most_days) deciding_.faults.add(Code::out_of_range, pointer + "/max_days");
      stage_id(stage.id, pointer);
      if (stage.actions.size() > most_actions) {
        deciding_.faults.add(Code::out_of_range, pointer + "/actions");
        continue;
      }
      std::unordered_set<std::string> action_names;
      for (std::size_t j = 0; j < stage.actions.size(); ++j)
        action(stage.actions[j], pointer + "/actions/" + std::to_string(j), action_names);
    }
  }

 private:
  void name(const std::string& name, const std::string& at, std::unordered_set<std::string>& taken) {
    check_text(deciding_, name, longest_name, at + "/name");
    if (!is_blank(name) && !taken.insert(normalised(name)).second) deciding_.faults.add(Code::duplicate, at + "/name");
  }
  void hint(const std::string& hint, const std::string& at) {
    if (!hint.empty() && !is_blank(hint)) check_text(deciding_, hint, longest_hint, at + "/hint");
  }

  // A stage that was removed stays removed: deals were sent on from it.
  void stage_id(Uuid& id, const std::string& at) {
    if (id.is_nil()) id = deciding_.fresh_id();
    if (!ids_.insert(id).second) return deciding_.faults.add(Code::duplicate, at + "/id");
    const bool held = newest_ && newest_->stages.contains(id);
    if (!held && state_.process_of_stage.contains(id)) deciding_.faults.add(Code::id_taken, at + "/id");
  }
  void action_id(Uuid& id, const std::string& at) {
    if (id.is_nil()) id = deciding_.fresh_id();
    if (!ids_.insert(id).second) return deciding_.faults.add(Code::duplicate, at + "/id");
    const auto held = state_.process_of_action.find(id);
    if (held != state_.process_of_action.end() && held->second != process_) deciding_.faults.add(Code::id_taken, at + "/id");
  }

  void users(const std::vector<Uuid>& users, const std::string& at) {
    for (std::size_t i = 0; i < users.size(); ++i)
      if (!state_.users.contains(users[i])) deciding_.faults.add(Code::unknown_reference, at + "/" + std::to_string(i));
  }
  void roles(const std::vector<std::uint8_t>& roles, const std::string& at) {
    for (std::size_t i = 0; i < roles.size(); ++i)
      if (roles[i] > static_cast<std::uint8_t>(Role::auditor)) deciding_.faults.add(Code::invalid, at + "/" + std::to_string(i));
  }

  void action(event::Action& action, const std::string& at, std::unordered_set<std::string>& names) {
    name(action.name, at, names);
    hint(action.hint, at);
    action_id(action.id, at);
    if (action.weight > largest_weight) deciding_.faults.add(Code::out_of_range, at + "/weight");
    if (!action.performers.everyone) {
      if (action.performers.roles.empty() && action.performers.users.empty())
        deciding_.faults.add(Code::required, at + "/performers", "Somebody must be able to do it.");
      roles(action.performers.roles, at + "/performers/roles");
      users(action.performers.users, at + "/performers/user_ids");
    }
    roles(action.notify.roles, at + "/notify/roles");
    users(action.notify.users, at + "/notify/user_ids");
    if (action.trigger) trigger(*action.trigger, at + "/trigger");
  }

  void trigger(const event::Trigger& trigger, const std::string& at) {
    check_text(deciding_, trigger.name, longest_name, at + "/name");
    const Uuid type = trigger_type_id(trigger.task_type);
    const Word* known = find_in(state_.task_types, type);
    const bool is_usual = type == task_type_id("other");   // or names none; its tasks then are of no type, as others are (task.cpp)
    if (!is_usual && (known ? known->is_deleted : !is_built_in_task_type(type)))
      deciding_.faults.add(Code::unknown_reference, at + "/task_type_id");
    if (trigger.due_in_days < 0) deciding_.faults.add(Code::negative, at + "/due_in_days");
    if (trigger.due_in_days > static_cast<std::int32_t>(most_days)) deciding_.faults.add(Code::out_of_range, at + "/due_in_days");
    if (trigger.assignee == event::Assignee::user && !state_.users.contains(trigger.user))
      deciding_.faults.add(Code::unknown_reference, at + "/assignee");
  }

  Deciding& deciding_;
  const ModelState& state_;
  Uuid process_;
  const ProcessVersion* newest_ = nullptr;
  std::unordered_set<Uuid> ids_;
};

}  // namespace

void prepare_stages(Deciding& deciding, const Uuid& process, std::vector<event::Stage>& stages) {
  Prepare(deciding, process).stages(stages);
}

}  // namespace dealog
