// Random deeds on tasks, alone and in series [SPEC ACT-1].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

constexpr Ms task_day = 86'400'000;
using Scope = plain::Crm::Scope;

// Most deeds are about one occurrence; some say so.
Scope any_scope(Life& l, const Id& id, std::string& target) {
  const auto task = l.crm.tasks.find(id);
  const bool recurs = task != l.crm.tasks.end() && !task->second.series.empty();
  if (!l.once_in(recurs ? 3 : 25)) return Scope::one;
  const auto scope = static_cast<Scope>(l.below(3));
  target += scope == Scope::one ? "?scope=one" : scope == Scope::following ? "?scope=following" : "?scope=all";
  return scope;
}

// What comes to the body of how it comes again.
void say_rule(Life& l, json::object& body, plain::Crm::TaskWish& wish, bool is_new) {
  static constexpr const char* frequencies[] = {"daily", "working_days", "weekly", "monthly", "yearly"};
  static constexpr const char* names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  json::object rule;
  const std::int64_t today = l.now() / task_day;
  if (is_new || l.once_in(3)) rule["frequency"] = *(wish.frequency = frequencies[l.below(5)]);
  if (l.once_in(3)) rule["every"] = *(wish.every = l.once_in(15) ? 1'000 : 1 + static_cast<int>(l.below(3)));
  if (wish.frequency == "weekly" ? l.once_in(2) : l.once_in(25)) {
    wish.weekdays.emplace();
    for (int i = 0; i < 7; ++i)
      if (l.once_in(3)) wish.weekdays->push_back(names[i]);
    rule["weekdays"] = list(*wish.weekdays);
  }
  if (l.once_in(5)) rule["times"] = *(wish.times = 1 + static_cast<int>(l.below(4)));
  if (l.once_in(6)) rule["until"] = plain::day_text(*(wish.until = today + l.below(40) - 3));
  if (!rule.empty()) body["recurrence"] = rule;
}

// Due at a time, or at none.
void say_time(Life& l, json::object& body, plain::Crm::TaskWish& wish) {
  wish.due_at.emplace();
  if (!l.once_in(6)) *wish.due_at = l.now() + l.below(5 * task_day) - 2 * task_day;
  body["due_at"] = time_or_null(*wish.due_at);
}

// Dealog made the id of the next occurrence: of its series and its task_day, one that was not known.
void learn_next(Life& l, const Id& unknown) {
  const auto made = l.crm.tasks.find(unknown);
  if (made == l.crm.tasks.end()) return;
  for (const auto& [id, task] : l.all_of("tasks"))
    if (!l.crm.tasks.contains(id) && task.at("series_id") == json::value(made->second.series) && task.at("occurrence_on") == json::value(plain::day_text(made->second.occurrence))) {
      auto node = l.crm.tasks.extract(made);
      node.key() = id;
      l.crm.tasks.insert(std::move(node));
      return;
    }
  FAIL("the next occurrence is not there");
}
std::function<void(const json::value&)> shows_and_learns(Life& l, const Id& id, const Id& unknown) {
  return [&l, id, unknown, compare = l.answers(l.crm.tasks, id)](const json::value& answer) {
    compare(answer);
    learn_next(l, unknown);
  };
}

Deed create_task(Life& l) {
  const Id id = l.next_id(), user = l.user(), unknown = l.next_id();
  plain::Crm::TaskWish wish;
  const auto when = l.sometimes_past();
  json::object body = l.dated({{"id", id}, {"name", *(wish.name = "Task")}}, when);
  if (l.once_in(3)) body["description"] = *(wish.description = "Words of " + id);
  if (l.once_in(2)) body["assignee_id"] = *(wish.assignee = l.colleague());
  if (const Id type = l.maybe(l.crm.task_types); !type.empty()) body["type_id"] = *(wish.type = type);
  wish.links = l.any_links(body);
  const bool recurs = l.once_in(3);
  if (recurs ? !l.once_in(20) : l.once_in(2)) body["due_on"] = plain::day_text(*(wish.due.emplace() = l.now() / task_day + l.below(9) - 2));
  if (recurs) say_rule(l, body, wish, !l.once_in(25));
  else if (l.once_in(wish.due ? 20 : 4)) say_time(l, body, wish);
  return {.method = "POST", .target = "/v1/tasks", .body = body,
          .model = [&l, user, id, wish, unknown, when](const json::value&) { return l.crm.create_task(user, l.now(), id, wish, unknown, when); },
          .compare = [&l, id, unknown, compare = l.answers(l.crm.tasks, id)](const json::value& answer) {
            plain::Task& task = l.crm.tasks.at(id);
            if (!task.series.empty()) {   // Dealog made its id
              auto node = l.crm.series.extract(unknown);
              node.key() = task.series = task.origin = std::string(answer.at("series_id").as_string());
              l.crm.series.insert(std::move(node));
            }
            compare(answer);
          },
          .can_be_undone = true};
}
Deed edit_task(Life& l, const Id& id) {
  const Id user = l.user();
  const auto task = l.crm.tasks.find(id);
  const bool recurs = task != l.crm.tasks.end() && !task->second.series.empty();
  plain::Crm::TaskWish wish;
  json::object body;
  std::string target = "/v1/tasks/" + id;
  const Scope scope = any_scope(l, id, target);
  if (l.once_in(3)) body["name"] = *(wish.name = "Task " + std::to_string(l.below(3)));
  if (l.once_in(2)) body["assignee_id"] = *(wish.assignee = l.colleague());
  if (l.once_in(3)) body["type_id"] = *(wish.type = l.any(l.crm.task_types));
  if (l.once_in(4)) {
    wish.due.emplace();
    if (!l.once_in(6)) *wish.due = l.now() / task_day + l.below(9) - 2;
    body["due_on"] = *wish.due ? json::value(plain::day_text(**wish.due)) : json::value(nullptr);
  }
  if (!recurs && l.once_in(wish.due ? 8 : 4)) say_time(l, body, wish);
  if (recurs && l.once_in(4)) say_rule(l, body, wish, false);
  if (l.once_in(recurs ? 15 : 30) && !body.contains("recurrence")) {
    body["recurrence"] = nullptr;
    wish.leaves = true;
  }
  if (l.once_in(6) && scope == Scope::one && !body.contains("recurrence")) body["description"] = *(wish.description = "Other words " + std::to_string(l.below(2)));
  return {.method = "PATCH", .target = target, .body = body, .model = [&l, user, id, wish, scope](const json::value&) { return l.crm.edit_task(user, id, wish, scope); },
          .compare = l.answers(l.crm.tasks, id), .in_bulk = target.find('?') == std::string::npos, .can_be_undone = true};
}
Deed finish_task(Life& l, const Id& id) {
  const Id user = l.user(), unknown = l.next_id();
  const bool completed = !l.once_in(3);
  const auto when = l.sometimes_past();
  std::string target = "/v1/tasks/" + id + (completed ? "/complete" : "/reopen");
  const Scope scope = completed ? any_scope(l, id, target) : Scope::one;
  return {.method = "POST", .target = target, .body = l.dated({}, when),
          .model = [&l, user, id, completed, scope, unknown, when](const json::value&) { return l.crm.set_completed(user, l.now(), id, completed, scope, unknown, when); },
          .compare = shows_and_learns(l, id, unknown), .in_bulk = target.find('?') == std::string::npos, .can_be_undone = true};
}
Deed delete_task(Life& l, const Id& id) {
  const Id user = l.user(), unknown = l.next_id();
  const bool deleted = l.once_in(2);
  std::string target = "/v1/tasks/" + id + (deleted ? "" : "/restore");
  const Scope scope = deleted ? any_scope(l, id, target) : Scope::one;
  return {.method = deleted ? "DELETE" : "POST", .target = target, .body = nullptr,
          .model = [&l, user, id, deleted, scope, unknown](const json::value&) { return l.crm.delete_task(user, l.now(), id, deleted, scope, unknown); },
          .compare = shows_and_learns(l, id, unknown), .in_bulk = target.find('?') == std::string::npos, .can_be_undone = true};
}

}  // namespace

std::optional<Deed> any_task_deed(Life& l) {
  if (l.crm.tasks.empty() || l.once_in(4)) return create_task(l);
  const Id id = l.any(l.crm.tasks);
  switch (l.below(5)) {
    case 0: return delete_task(l, id);
    case 1: case 2: return edit_task(l, id);
    default: return finish_task(l, id);
  }
}

void look_at_tasks(Life& l) { l.look("tasks", l.crm.tasks); }

}  // namespace dealog::test::model
