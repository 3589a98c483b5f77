#pragma once
// Tasks in the plain model, alone and in series [SPEC ACT-1].

#include "tests/api/plain_activities.h"
#include "tests/api/plain_days.h"

namespace dealog::test::plain {

class Tasks : public Activities {
 public:
  // How much of a series is meant.
  enum class Scope { one, following, all };

  struct TaskWish {
    std::optional<std::string> name, description;   // description: of one, without its rule
    std::optional<Id> assignee, type;
    std::optional<std::optional<std::int64_t>> due;
    std::optional<std::optional<Ms>> due_at;    // of what does not recur
    std::optional<Links> links;                 // of a new one
    // Of a new one the whole rule; of an edit what is said of it. `leaves`: it recurs no more.
    std::optional<std::string> frequency;
    std::optional<int> every, times;
    std::optional<std::vector<std::string>> weekdays;
    std::optional<std::int64_t> until;
    bool leaves = false;
    bool says_rule() const { return frequency || every || times || weekdays || until; }
  };
  // `series_id`: what its series is to be called.
  Verdict create_task(const Id& user, Ms now, const Id& id, const TaskWish& wish, const Id& series_id, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    const Links links = wish.links.value_or(Links());
    if (wish.assignee) check_person(faults, *wish.assignee, "/assignee_id");
    check_type(faults, wish.type.value_or(Id()));
    check_due(faults, wish);
    check_links(faults, user, links);
    Task task;
    take_rule(task.rule, wish);
    task.due = wish.due.value_or(std::nullopt);
    task.due_at = wish.due_at.value_or(std::nullopt);
    if (wish.says_rule()) check_rule(faults, task.rule, task.due);
    if (faults.any()) return faults.verdict();
    born(task, user, at);
    task.name = *wish.name;
    task.description = wish.description.value_or("");
    task.has_personal = wish.description.has_value();
    task.assignee = wish.assignee.value_or(user);
    task.type = wish.type.value_or(live(task_types, usual_task_type));
    task.links = links;
    task.status_at = at;
    if (wish.says_rule()) {
      task.series = task.origin = series_id;
      task.occurrence = *task.due;
      series[series_id] = {task.name, task.assignee, task.type, task.links, task.rule, *task.due, *task.due, false, task.description};
    }
    use_type(task.type);
    let_take_part(task);
    tasks[id] = task;
    return {201, {}};
  }
  Verdict edit_task(const Id& user, const Id& id, const TaskWish& wish, Scope scope) {
    if (auto no = may_write(user, tasks, id)) return *no;
    Task after = tasks.at(id);
    Faults faults;
    const bool recurs = !after.series.empty();
    bool changed = edit_one(faults, after, wish);
    if (scope != Scope::one && !recurs) faults.impossible("/scope", "invalid");
    if (!recurs && wish.says_rule()) faults.impossible("/recurrence", "not_writable");   // it recurs from its creation on, or never
    std::optional<Series> whole;
    std::vector<std::pair<Id, Task>> others;
    if (recurs && wish.leaves) {
      whole = series.at(after.series);
      whole->is_over = true;
      after.rule = {};
      after.occurrence = 0;
      changed = true;
    } else if (recurs && (scope != Scope::one || wish.says_rule())) {
      whole = series.at(after.series);
      edit_series(faults, *whole, after, changed, wish);
      TaskWish theirs = wish;
      theirs.due.reset();
      for (const Id& other : in_scope(faults, user, id, scope)) {
        Task each = tasks.at(other);
        if (edit_one(faults, each, theirs)) {
          ++each.version;
          others.emplace_back(other, each);
        }
      }
    }
    bool is_too_much = after.assignee != tasks.at(id).assignee && gives_too_much(user, after.links, after.assignee);
    for (const auto& [of, each] : others) is_too_much |= each.assignee != tasks.at(of).assignee && gives_too_much(user, each.links, each.assignee);
    if (whole) is_too_much |= whole->assignee != series.at(after.series).assignee && gives_too_much(user, whole->links, whole->assignee);
    if (is_too_much) faults.forbidden("/assignee_id");
    if (faults.any()) return faults.verdict();
    if (whole) series.at(after.series) = *whole;
    if (recurs && wish.leaves) after.series.clear();
    others.emplace_back(id, after);
    others.back().second.version += changed ? 1 : 0;
    for (const auto& [of, each] : others) {
      const bool is_other = tasks.at(of).assignee != each.assignee;
      tasks.at(of) = each;
      use_type(each.type);
      if (is_other) let_take_part(each);
    }
    return {};
  }
  // `next`: what the next occurrence is to be called.
  Verdict set_completed(const Id& user, Ms now, const Id& id, bool completed, Scope scope, const Id& next, std::optional<Ms> when) {
    if (auto no = may_write(user, tasks, id)) return *no;
    Task& task = tasks.at(id);
    Faults faults;
    const Ms at = moment(faults, now, when);
    if (task.is_completed == completed) faults.not_now("", completed ? "task_not_open" : "task_not_completed");
    if (at < task.status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (scope != Scope::one && task.series.empty()) faults.impossible("/scope", "invalid");
    const std::vector<Id> others = completed ? in_scope(faults, user, id, scope) : std::vector<Id>();
    for (const Id& other : others)
      if (at < tasks.at(other).status_at) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    finish(task, completed, at);
    for (const Id& other : others) finish(tasks.at(other), true, at);
    if (completed) goes_on(user, at, id, scope, next);
    return {};
  }
  Verdict delete_task(const Id& user, Ms now, const Id& id, bool deleted, Scope scope, const Id& next) {
    const bool was_deleted = tasks.contains(id) && tasks.at(id).is_deleted;
    Verdict verdict = set_deleted(user, tasks, id, deleted);
    if (!verdict.accepted() || !deleted || was_deleted) return verdict;
    Task& task = tasks.at(id);
    Faults faults;
    if (scope != Scope::one && task.series.empty()) faults.impossible("/scope", "invalid");
    const std::vector<Id> others = in_scope(faults, user, id, scope);
    if (faults.any()) {
      flip(task, false);
      task.version -= 2;
      return faults.verdict();
    }
    for (const Id& other : others) flip(tasks.at(other), true);
    if (!task.is_completed || scope != Scope::one) goes_on(user, now, id, scope, next);
    return verdict;
  }
  // Taking an edit back assigns the task again, and who is assigned takes part [ACC-5]. What is newest goes back first: of a task
  // that was handed over with its deal, while others own that (`deals_then`, `leads_then`).
  void assigned_again(const Id& id, const std::map<Id, Deal>& deals_then, const std::map<Id, Lead>& leads_then) {
    const Task& task = tasks.at(id);
    let_take_part_of(deals, deals_then, task.links.deal, task.assignee);
    let_take_part_of(leads, leads_then, task.links.lead, task.assignee);
  }

 private:
  static void check_due(Faults& faults, const TaskWish& wish) {
    if (wish.due && *wish.due && wish.due_at && *wish.due_at) faults.impossible("/due_at", "invalid");
  }
  void check_type(Faults& faults, const Id& type) const {
    if (type.empty()) return;
    const auto found = task_types.find(type);
    if (found == task_types.end() || found->second.is_deleted) faults.impossible("/type_id", "unknown_reference");
    else if (found->second.is_archived) faults.impossible("/type_id", "invalid");
  }
  void use_type(const Id& type) {
    if (!type.empty()) task_types.at(type).is_used = true;
  }
  void let_take_part(const Task& task) {
    Deals::let_take_part(deals, task.links.deal, task.assignee);
    Deals::let_take_part(leads, task.links.lead, task.assignee);
  }
  // Access is given by who has it [ACC-4].
  template <class T>
  bool may_let_in(const Id& user, const std::map<Id, T>& things, const Id& id) const {
    return is_manager(user) || takes_part(user, things.at(id));
  }
  // Would he, by assigning this, let somebody in where he may not?
  bool gives_too_much(const Id& user, const Links& links, const Id& assignee) const {
    const auto is_shut = [&](const auto& things, const Id& id) {
      return !id.empty() && !takes_part(assignee, things.at(id)) && !may_let_in(user, things, id);
    };
    return is_shut(deals, links.deal) || is_shut(leads, links.lead);
  }
  template <class T>
  void let_take_part_of(std::map<Id, T>& things, const std::map<Id, T>& then, const Id& id, const Id& user) {
    if (id.empty()) return;
    const Id owner = std::exchange(things.at(id).owner, then.at(id).owner);
    Deals::let_take_part(things, id, user);
    things.at(id).owner = owner;
  }
  static void finish(Task& task, bool completed, Ms at) {
    task.is_completed = completed;
    task.status_at = at;
    ++task.version;
  }
  bool edit_one(Faults& faults, Task& task, const TaskWish& wish) const {
    if (wish.assignee && *wish.assignee != task.assignee) check_person(faults, *wish.assignee, "/assignee_id");
    if (wish.type && *wish.type != task.type) check_type(faults, *wish.type);
    check_due(faults, wish);
    bool changed = false;
    const auto set = setter(changed);
    if (wish.name) set(task.name, *wish.name);
    if (wish.description && task.is_erased) faults.not_now("/description", "erased");
    if (wish.description) set(task.description, *wish.description);
    task.has_personal |= wish.description.has_value();
    if (wish.assignee) set(task.assignee, *wish.assignee);
    if (wish.type) set(task.type, *wish.type);
    if (wish.due) set(task.due, *wish.due);
    if (wish.due_at) set(task.due_at, *wish.due_at);
    // A day takes the time away, and the other way round.
    if (wish.due && *wish.due) task.due_at.reset();
    if (wish.due_at && *wish.due_at) task.due.reset();
    return changed;
  }

  // ---- Series.

  // Open occurrences beside this one that are meant, all of them his to change.
  std::vector<Id> in_scope(Faults& faults, const Id& user, const Id& id, Scope scope) const {
    const Task& task = tasks.at(id);
    std::vector<Id> ids;
    if (scope == Scope::one || task.series.empty()) return ids;
    for (const auto& [other, each] : tasks) {
      if (other == id || each.series != task.series || each.is_deleted || each.is_completed || (scope == Scope::following && each.occurrence <= task.occurrence)) continue;
      ids.push_back(other);
      if (!is_manager(user) && !is_own(user, each)) faults.forbidden("/scope");
    }
    return ids;
  }
  // One occurrence is done with: the next is born, if it was the newest. More than one: nothing more comes.
  void goes_on(const Id& user, Ms at, const Id& id, Scope scope, const Id& next) {
    const Task& task = tasks.at(id);
    if (task.series.empty()) return;
    Series& whole = series.at(task.series);
    if (scope != Scope::one) {
      whole.is_over = true;
      return;
    }
    if (whole.is_over || task.occurrence != whole.newest) return;
    const auto day = day_after(whole.rule, whole.starts_on, whole.newest);
    if (!day) return;
    Task born_next;
    born(born_next, user, at);
    born_next.name = whole.name;
    born_next.description = whole.description;
    born_next.has_personal = !whole.description.empty();
    born_next.assignee = users.at(whole.assignee).is_suspended ? user : whole.assignee;   // nobody who has left gets work [ACC-2]
    born_next.type = whole.type;
    born_next.links = whole.links;
    born_next.rule = whole.rule;
    born_next.due = day;
    born_next.series = born_next.origin = task.series;
    born_next.occurrence = whole.newest = *day;
    born_next.status_at = at;
    // It comes by rule, and lets nobody in where who finished the one before may not.
    const Links& on = born_next.links;
    if (!on.deal.empty() && may_let_in(user, deals, on.deal)) Deals::let_take_part(deals, on.deal, born_next.assignee);
    if (!on.lead.empty() && may_let_in(user, leads, on.lead)) Deals::let_take_part(leads, on.lead, born_next.assignee);
    tasks[next] = born_next;
  }
  // What is said of the series, and what the task has of that.
  void edit_series(Faults& faults, Series& whole, Task& task, bool& changed, const TaskWish& wish) const {
    if (wish.name) whole.name = *wish.name;
    if (wish.assignee) whole.assignee = *wish.assignee;
    if (wish.type) whole.type = *wish.type;
    const bool is_moved = wish.due && *wish.due;
    if (!wish.says_rule() && !is_moved) return;
    if (task.occurrence != whole.newest) faults.impossible("/scope", "invalid");
    const std::int64_t starts_on = is_moved ? **wish.due : task.occurrence;
    Rule rule = whole.rule;
    take_rule(rule, wish);
    if (rule.times != 0 && !wish.times && !wish.until) rule.times -= count_before(whole.rule, whole.starts_on, task.occurrence);
    if (wish.until && !wish.times) rule.times = 0;
    if (wish.times && !wish.until) rule.until.reset();
    check_rule(faults, rule, starts_on);
    const auto set = setter(changed);
    if (starts_on != task.occurrence) whole.newest = starts_on;
    set(task.occurrence, starts_on);
    set(task.rule, rule);
    whole.rule = rule;
    whole.starts_on = starts_on;
  }
  static void take_rule(Rule& rule, const TaskWish& wish) {
    if (wish.frequency) rule.frequency = *wish.frequency;
    if (wish.every) rule.every = *wish.every;
    if (wish.times) rule.times = *wish.times;
    if (wish.weekdays) rule.weekdays = *wish.weekdays;
    if (wish.until) rule.until = *wish.until;
  }
  static void check_rule(Faults& faults, const Rule& rule, std::optional<std::int64_t> start) {
    if (rule.frequency.empty()) return faults.impossible("/recurrence/frequency", "required");
    if (rule.every < 0 || rule.every > 999) faults.impossible("/recurrence/every", "out_of_range");
    else if (rule.every > 1 && rule.frequency == "working_days") faults.impossible("/recurrence/every", "invalid");
    if (!rule.weekdays.empty() && rule.frequency != "weekly") faults.impossible("/recurrence/weekdays", "invalid");
    if (rule.times < 0 || rule.times > 1'000) faults.impossible("/recurrence/times", "out_of_range");
    if (rule.times != 0 && rule.until) faults.impossible("/recurrence/times", "invalid");
    if (!start) return faults.impossible("/due_on", "required");
    if (rule.until && *rule.until < *start) faults.impossible("/recurrence/until", "invalid");
    if (!faults.any() && !is_day(rule, *start, *start)) faults.impossible("/due_on", "invalid");
  }
  static bool is_day(const Rule& rule, std::int64_t start, std::int64_t day) {
    static constexpr const char* names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    const int every = std::max(rule.every, 1);
    if (rule.frequency == "daily") return (day - start) % every == 0;
    if (rule.frequency == "working_days") return weekday(day) < 5;
    if (rule.frequency == "weekly") {
      const std::int64_t weeks = ((day - weekday(day)) - (start - weekday(start))) / 7;
      const bool is_named = rule.weekdays.empty() ? weekday(day) == weekday(start) : std::ranges::find(rule.weekdays, names[weekday(day)]) != rule.weekdays.end();
      return weeks % every == 0 && is_named;
    }
    const Date from = date_of(start), to = date_of(day);
    const int months = (to.year - from.year) * 12 + to.month - from.month;
    return months % (every * (rule.frequency == "yearly" ? 12 : 1)) == 0 && months_later(start, months) == day;
  }
  // The days of the rule in order, as long as `visit` says so; a rule that comes no more within some years comes no more.
  template <class Visit>
  static void visit_days(const Rule& rule, std::int64_t start, Visit visit) {
    int seen = 0;
    for (std::int64_t day = start; day < start + 20'000; ++day) {
      if (rule.until && day > *rule.until) return;
      if (!is_day(rule, start, day)) continue;
      if (rule.times != 0 && seen == rule.times) return;
      ++seen;
      if (!visit(day)) return;
    }
  }
  static std::optional<std::int64_t> day_after(const Rule& rule, std::int64_t start, std::int64_t day) {
    std::optional<std::int64_t> next;
    visit_days(rule, start, [&](std::int64_t each) {
      if (each > day) next = each;
      return !next;
    });
    return next;
  }
  static int count_before(const Rule& rule, std::int64_t start, std::int64_t day) {
    int count = 0;
    visit_days(rule, start, [&](std::int64_t each) {
      count += each < day ? 1 : 0;
      return each < day;
    });
    return count;
  }
};

}  // namespace dealog::test::plain
