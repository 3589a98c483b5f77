#include "api/process_body.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

#include "api/describe.h"
#include "domain/fields.h"

namespace dealog::api {
namespace {

enum class NoteWord : std::uint8_t { none, note, note_with_file };

struct NotifyBody {
  std::optional<std::vector<std::string>> roles;
  std::optional<bool> participants, owner;
  std::optional<std::vector<Uuid>> user_ids;

  static constexpr std::string_view type_name = "ActionNotify";
  static constexpr auto describe() {
    return std::tuple{member("roles", &NotifyBody::roles), member("participants", &NotifyBody::participants),
                      member("owner", &NotifyBody::owner), member("user_ids", &NotifyBody::user_ids)};
  }
};

struct PerformersBody {
  std::optional<std::vector<std::string>> roles;
  std::optional<std::vector<Uuid>> user_ids;

  static constexpr std::string_view type_name = "ActionPerformers";
  static constexpr auto describe() {
    return std::tuple{member("roles", &PerformersBody::roles), member("user_ids", &PerformersBody::user_ids)};
  }
};

struct TriggerBody {
  std::string name;
  std::optional<Uuid> task_type_id;
  std::optional<std::int64_t> due_in_days;
  std::optional<std::string> assignee;

  static constexpr std::string_view type_name = "ActionTrigger";
  static constexpr auto describe() {
    return std::tuple{member("name", &TriggerBody::name).length(1, 200).doc("Name of the task to add when the action is done"),
                      member("task_type_id", &TriggerBody::task_type_id),
                      member("due_in_days", &TriggerBody::due_in_days).range(0, 3650),
                      member("assignee", &TriggerBody::assignee).doc("owner (default), doer, or a user's id")};
  }
};

}  // namespace

template <>
struct Words<NoteWord> { static constexpr std::string_view all[] = {"none", "note", "note_with_file"}; };

namespace {

struct ActionBody {
  std::optional<Uuid> id;
  std::string name;
  std::optional<std::string> hint;
  std::optional<std::int64_t> weight;
  std::optional<bool> mandatory;
  std::optional<json::value> performers;
  std::optional<NoteWord> note;
  std::optional<NotifyBody> notify;
  std::optional<TriggerBody> trigger;

  static constexpr std::string_view type_name = "StageAction";
  static constexpr auto describe() {
    return std::tuple{member("id", &ActionBody::id), member("name", &ActionBody::name).length(1, 200),
                      member("hint", &ActionBody::hint).length(0, 2000),
                      member("weight", &ActionBody::weight).range(0, 1'000'000),
                      member("mandatory", &ActionBody::mandatory).doc("Must be done before the deal can be won"),
                      member("performers", &ActionBody::performers).doc("\"everyone\" or {\"roles\": [...], \"user_ids\": [...]}"),
                      member("note", &ActionBody::note), member("notify", &ActionBody::notify),
                      member("trigger", &ActionBody::trigger)};
  }
};

struct StageBody {
  std::optional<Uuid> id;
  std::string name;
  std::optional<std::string> hint;
  std::optional<std::int64_t> max_days;
  std::optional<std::vector<ActionBody>> actions;

  static constexpr std::string_view type_name = "Stage";
  static constexpr auto describe() {
    return std::tuple{member("id", &StageBody::id), member("name", &StageBody::name).length(1, 200),
                      member("hint", &StageBody::hint).length(0, 2000),
                      member("max_days", &StageBody::max_days).range(1, 3650).doc("Cards that stay longer are stale"),
                      member("actions", &StageBody::actions).length(0, 100)};
  }
};

std::vector<std::uint8_t> roles_of(const std::optional<std::vector<std::string>>& words, const std::string& pointer, Faults& faults) {
  std::vector<std::uint8_t> roles;
  if (!words) return roles;
  for (std::size_t i = 0; i < words->size(); ++i) {
    if (const auto role = parse_role((*words)[i])) roles.push_back(static_cast<std::uint8_t>(*role));
    else faults.impossible(pointer_to(pointer, i), "invalid", "is no role");
  }
  return roles;
}

event::Performers performers_of(const json::value& value, const std::string& pointer, Faults& faults) {
  event::Performers performers;
  if (value.is_string()) {
    if (value.get_string() != "everyone") faults.impossible(pointer, "invalid", "must be \"everyone\" or an object");
    return performers;
  }
  PerformersBody body;
  detail::decode_value(value, body, detail::Limits{0, 10'000, INT64_MIN, INT64_MAX}, pointer, faults);
  performers.everyone = false;
  performers.roles = roles_of(body.roles, pointer + "/roles", faults);
  performers.users = body.user_ids.value_or(std::vector<Uuid>{});
  return performers;
}

event::Trigger trigger_of(const TriggerBody& body, const std::string& pointer, Faults& faults) {
  event::Trigger trigger{.name = body.name, .due_in_days = static_cast<std::int32_t>(body.due_in_days.value_or(0))};
  trigger.task_type = "other";
  if (body.task_type_id) {
    // Whether there is such a type is for the decision to say.
    const auto types = task_types();
    const auto known = std::ranges::find_if(types, [&](std::string_view type) { return task_type_id(type) == *body.task_type_id; });
    trigger.task_type = known != types.end() ? std::string(*known) : to_string(*body.task_type_id);
  }
  const std::string assignee = body.assignee.value_or("owner");
  if (assignee == "doer") {
    trigger.assignee = event::Assignee::doer;
  } else if (assignee != "owner") {
    trigger.assignee = event::Assignee::user;
    if (const auto user = parse_uuid(assignee)) trigger.user = *user;
    else faults.impossible(pointer + "/assignee", "invalid", "must be owner, doer or a user's id");
  }
  return trigger;
}

event::Action action_of(const ActionBody& body, const std::string& pointer, Faults& faults) {
  event::Action action{.id = body.id.value_or(Uuid{}), .name = body.name, .hint = body.hint.value_or(""),
                       .weight = static_cast<std::uint32_t>(body.weight.value_or(0)), .mandatory = body.mandatory.value_or(false)};
  if (body.performers) action.performers = performers_of(*body.performers, pointer + "/performers", faults);
  action.note = static_cast<event::NoteRule>(body.note.value_or(NoteWord::none));
  if (body.notify) {
    action.notify.roles = roles_of(body.notify->roles, pointer + "/notify/roles", faults);
    action.notify.participants = body.notify->participants.value_or(false);
    action.notify.owner = body.notify->owner.value_or(false);
    action.notify.users = body.notify->user_ids.value_or(std::vector<Uuid>{});
  }
  if (body.trigger) action.trigger = trigger_of(*body.trigger, pointer + "/trigger", faults);
  return action;
}

}  // namespace

std::vector<event::Stage> read_stages(const json::value& value, std::string_view pointer, Faults& faults) {
  std::vector<StageBody> bodies;
  std::vector<event::Stage> stages;
  if (!detail::decode_value(value, bodies, detail::Limits{0, 200, INT64_MIN, INT64_MAX}, pointer, faults)) return stages;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const StageBody& body = bodies[i];
    const std::string at = pointer_to(pointer, i);
    event::Stage stage{.id = body.id.value_or(Uuid{}), .name = body.name, .hint = body.hint.value_or("")};
    if (body.max_days) stage.max_days = static_cast<std::uint32_t>(*body.max_days);
    if (body.actions)
      for (std::size_t j = 0; j < body.actions->size(); ++j)
        stage.actions.push_back(action_of((*body.actions)[j], pointer_to(at + "/actions", j), faults));
    stages.push_back(std::move(stage));
  }
  return stages;
}

SchemaMaker stage_schema() { return schema<StageBody>(); }

}  // namespace dealog::api
