#include "domain/series.h"

#include <algorithm>

#include "domain/recurrence.h"
#include "domain/rights.h"
#include "domain/task.h"

namespace dealog {
namespace {

namespace t = field::task;
namespace s = field::series;

constexpr std::int64_t most_every = 999, most_times = 1'000;
constexpr std::uint16_t of_rule[] = {t::frequency, t::every, t::weekdays, t::until, t::times};
// What a task is born with.
constexpr std::uint16_t of_template[] = {t::name, t::type_id, t::priority, t::assignee_id, t::deal_id, t::lead_id, t::person_id, t::company_id,
                                         t::space_id};

bool is_in(std::span<const std::uint16_t> fields, std::uint16_t field) { return std::ranges::find(fields, field) != fields.end(); }

const Value* given_value(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  return value && !is_null(*value) ? value : nullptr;
}

void put(Fields& fields, const FieldChange& change) {
  if (is_null(change.value)) std::erase_if(fields, [&](const FieldChange& held) { return held.field == change.field; });
  else set_value(fields, change.field, change.value);
}

// When a task of these fields is due: its local day, and the time on it.
struct Due { std::optional<Day> day; std::optional<std::int64_t> time_of_day; };
Due due_in(const Deciding& deciding, const Fields& fields) {
  if (const Value* day = given_value(fields, t::due_on)) return {Day{static_cast<std::int32_t>(std::get<std::int64_t>(*day))}, std::nullopt};
  const Value* at = given_value(fields, t::due_at);
  if (!at || !deciding.state.account.calendar) return {};
  const Instant instant{std::get<std::int64_t>(*at)};
  return {deciding.state.account.calendar->day_of(instant), deciding.state.account.calendar->time_of_day(instant)};
}

void set_due(const Deciding& deciding, Fields& fields, Day day, const std::optional<std::int64_t>& time_of_day) {
  if (time_of_day && deciding.state.account.calendar) set_value(fields, t::due_at, deciding.state.account.calendar->at(day, *time_of_day).ms);
  else set_value(fields, t::due_on, std::int64_t{day.days});
}

std::optional<Recurrence> rule_of(const Series& series) { return recurrence_in(series.fields); }

}  // namespace

void check_recurrence(Deciding& deciding, const Fields& fields, const std::optional<Day>& start, std::string_view pointer_of_day) {
  Faults& faults = deciding.faults;
  const auto number = [&](std::uint16_t field) {
    const Value* value = given_value(fields, field);
    return value ? std::optional(std::get<std::int64_t>(*value)) : std::nullopt;
  };
  const auto frequency = number(t::frequency), every = number(t::every), until = number(t::until), times = number(t::times);
  if (!frequency) return faults.add(Code::required, "/recurrence/frequency");
  const auto how = static_cast<Frequency>(*frequency);
  if (every && (*every < 1 || *every > most_every)) faults.add(Code::out_of_range, "/recurrence/every", "From 1 to 999.");
  else if (every.value_or(1) != 1 && how == Frequency::working_days) faults.add(Code::invalid, "/recurrence/every", "Working days are every one; say daily.");
  if (const Value* days = given_value(fields, t::weekdays)) {
    const auto& names = std::get<std::vector<std::string>>(*days);
    if (!names.empty() && how != Frequency::weekly) faults.add(Code::invalid, "/recurrence/weekdays", "Only of a weekly one.");
    for (std::size_t i = 0; i < names.size(); ++i)
      if (std::ranges::find(weekday_words(), names[i]) == weekday_words().end())
        faults.add(Code::invalid, "/recurrence/weekdays/" + std::to_string(i), "From monday to sunday.");
  }
  if (times && (*times < 1 || *times > most_times)) faults.add(Code::out_of_range, "/recurrence/times", "From 1 to 1000.");
  if (times && until) faults.add(Code::invalid, "/recurrence/times", "It ends after so many times or on a day, not both.");
  if (!start) return faults.add(Code::required, std::string(pointer_of_day), "When it is due first.");
  if (until && *until < start->days) faults.add(Code::invalid, "/recurrence/until", "It lies before the first day.");
  if (!faults.any() && !is_occurrence(*recurrence_in(fields), *start, *start))
    faults.add(Code::invalid, std::string(pointer_of_day), "This day is none of the rule's: the first must be one.");
}

void begin_series(Deciding& deciding, Fields& fields, const Fields& personal, const std::optional<Instant>& effective) {
  const Due due = due_in(deciding, fields);
  check_recurrence(deciding, fields, due.day, find_value(fields, t::due_at) ? "/due_at" : "/due_on");
  if (deciding.faults.any()) return;

  const ObjectRef series{Kind::series, deciding.fresh_id()};
  Fields of_series;
  for (const FieldChange& change : fields)
    if (is_in(of_template, change.field) || is_in(of_rule, change.field)) of_series.push_back(change);
  set_value(of_series, s::starts_on, std::int64_t{due.day->days});
  if (due.time_of_day) set_value(of_series, s::time_of_day, *due.time_of_day);
  sort_by_number(of_series);
  deciding.add(series, event::Created{.fields = std::move(of_series)}, effective, std::nullopt, personal);
  set_value(fields, t::series_id, series.id);
  set_value(fields, t::occurrence_on, std::int64_t{due.day->days});
}

void check_scope(Deciding& deciding, const Task& task, command::Scope scope) {
  if (scope != command::Scope::one && task.series.is_nil()) deciding.faults.add(Code::invalid, "/scope", "The task does not recur.");
}

std::vector<Uuid> others_in_scope(Deciding& deciding, const Uuid& id, command::Scope scope, bool removing) {
  const ModelState& state = deciding.state;
  const Task& task = state.tasks.at(id);
  const Series* series = find_in(state.series, task.series);
  std::vector<Uuid> others;
  if (!series || scope == command::Scope::one) return others;
  for (const Uuid& other : series->occurrences) {
    const Task& each = state.tasks.at(other);
    const bool is_meant = other != id && !each.is_deleted && each.series == task.series && each.status == TaskStatus::open &&
                          (scope == command::Scope::all || each.occurrence_on > task.occurrence_on);
    if (is_meant) others.push_back(other);
  }
  std::ranges::sort(others);
  for (const Uuid& other : others)
    if (!may(state, deciding.actor, removing ? Deed::remove : Deed::edit, {Kind::task, other})) deciding.faults.add(Code::forbidden, "/scope");
  return others;
}

void go_on(Deciding& deciding, const Task& task, const std::optional<Instant>& effective, std::uint32_t cause) {
  const ModelState& state = deciding.state;
  const Series* series = find_in(state.series, task.series);
  if (!series || series->is_deleted || task.occurrence_on != series->newest) return;
  const auto rule = rule_of(*series);
  const auto next = rule ? occurrence_after(*rule, series->starts_on, series->newest) : std::nullopt;
  if (!next) return;

  Fields fields = series->fields;
  for (FieldChange& change : fields) {   // a contact may have been merged since
    if (change.field == t::company_id) change.value = state.contact_now(Kind::company, std::get<Uuid>(change.value));
    if (change.field == t::person_id) change.value = state.contact_now(Kind::person, std::get<Uuid>(change.value));
  }
  if (is_suspended(state, id_in(fields, t::assignee_id)) && !deciding.actor.is_nil())
    set_value(fields, t::assignee_id, is_suspended(state, deciding.doer) ? deciding.actor : deciding.doer);
  set_due(deciding, fields, *next, series->time_of_day);
  set_value(fields, t::series_id, task.series);
  set_value(fields, t::occurrence_on, std::int64_t{next->days});
  sort_by_number(fields);
  const Placed at = placed(fields);
  // Its id follows from the series and its number in it.
  const ObjectRef object{Kind::task, derived_uuid("occurrence " + to_string(task.series), std::to_string(series->occurrences.size()))};
  const std::uint32_t born = deciding.add(object, event::Created{.fields = std::move(fields)}, effective, cause, series->personal);
  for (const ObjectRef& hangs_on : {ObjectRef{Kind::deal, at.deal}, ObjectRef{Kind::lead, at.lead}})
    if (may_give_access(deciding, hangs_on)) let_take_part(deciding, hangs_on, at.assignee, born);
}

void stop_series(Deciding& deciding, const Task& task, const std::optional<std::uint32_t>& cause) {
  const Series* series = find_in(deciding.state.series, task.series);
  if (series && !series->is_deleted) deciding.add({Kind::series, task.series}, event::Deleted{}, std::nullopt, cause);
}

void edit_series(Deciding& deciding, const Uuid& id, const Fields& given, Fields& fields) {
  const Task& task = deciding.state.tasks.at(id);
  const Series& series = deciding.state.series.at(task.series);
  Fields after = series.fields, personal;
  for (const FieldChange& change : given) {
    if (is_in(of_template, change.field) || is_in(of_rule, change.field)) put(after, change);
    if (change.field == t::description) personal.push_back(change);
  }
  const auto changes_rule = std::ranges::any_of(given, [](const FieldChange& change) { return is_in(of_rule, change.field); });
  const Due due = due_in(deciding, given);
  Day starts_on = series.starts_on;
  std::optional<std::int64_t> time_of_day = series.time_of_day;
  if (changes_rule || due.day) {
    // From this occurrence on; how often it still comes is counted from here.
    if (task.occurrence_on != series.newest) deciding.faults.add(Code::invalid, "/scope", "Only the newest occurrence says when the others come.");
    starts_on = due.day.value_or(task.occurrence_on);
    if (due.day) time_of_day = due.time_of_day;
    const auto rule = rule_of(series);
    if (const Value* times = given_value(given, t::times); !times && rule && rule->times != 0 && find_value(after, t::times) && !given_value(given, t::until))
      set_value(after, t::times, std::int64_t{rule->times - occurrences_before(*rule, series.starts_on, task.occurrence_on)});
    // Who says when it ends says it instead of how it ended before.
    if (given_value(given, t::until) && !given_value(given, t::times)) put(after, {t::times, {}});
    if (given_value(given, t::times) && !given_value(given, t::until)) put(after, {t::until, {}});
    check_recurrence(deciding, after, starts_on, find_value(given, t::due_at) ? "/due_at" : "/due_on");
    if (starts_on != task.occurrence_on) set_value(fields, t::occurrence_on, std::int64_t{starts_on.days});
    for (const std::uint16_t field : of_rule) {
      const Value* now = find_value(after, field);
      const std::uint64_t print = now ? print_of(*now) : 0;
      if (print != task.prints.of(field)) set_value(fields, field, now ? *now : Value{});
      else std::erase_if(fields, [&](const FieldChange& change) { return change.field == field; });
    }
  }
  // The series may hang elsewhere than this one of its tasks.
  const Placed before = placed(series.fields), then = placed(after);
  check_placing(deciding, before, then);
  for (const auto& [held, wanted, field] : {std::tuple(ObjectRef{Kind::deal, before.deal}, ObjectRef{Kind::deal, then.deal}, t::deal_id),
                                               std::tuple(ObjectRef{Kind::lead, before.lead}, ObjectRef{Kind::lead, then.lead}, t::lead_id)})
    if (held != wanted && !wanted.id.is_nil() && !may_see(deciding.state, deciding.actor, wanted) && !deciding.faults.holds(Code::unknown_reference, pointer_to(Kind::task, field)))
      deciding.faults.add(Code::unknown_reference, pointer_to(Kind::task, field));
  if (deciding.faults.any()) return;

  Fields changed;
  const auto compare = [&](std::uint16_t field) {
    const Value *held = find_value(series.fields, field), *now = find_value(after, field);
    if ((held ? *held : Value{}) != (now ? *now : Value{})) changed.push_back({field, now ? *now : Value{}});
  };
  for (const std::uint16_t field : of_template) compare(field);
  for (const std::uint16_t field : of_rule) compare(field);
  if (starts_on != series.starts_on) set_value(changed, s::starts_on, std::int64_t{starts_on.days});
  if (time_of_day != series.time_of_day) set_value(changed, s::time_of_day, time_of_day ? Value{*time_of_day} : Value{});
  if (!personal.empty() && find_value(series.personal, t::description) && *find_value(series.personal, t::description) == personal.front().value) personal.clear();
  sort_by_number(changed);
  if (!changed.empty() || !personal.empty())
    deciding.add({Kind::series, task.series}, event::Edited{std::move(changed)}, std::nullopt, std::nullopt, std::move(personal));
}

void apply_series(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  const auto found = state.series.find(envelope.object.id);
  if (found == state.series.end()) return;
  Series& series = found->second;
  const auto set = [&](const Fields& fields) {
    for (const FieldChange& change : fields) {
      const auto* number = std::get_if<std::int64_t>(&change.value);
      if (change.field == s::starts_on) series.starts_on = Day{number ? static_cast<std::int32_t>(*number) : 0};
      else if (change.field == s::time_of_day) series.time_of_day = number ? std::optional(*number) : std::nullopt;
      else put(series.fields, change);
    }
  };
  if (const auto* created = std::get_if<event::Created>(&event)) set(created->fields);
  if (const auto* edited = std::get_if<event::Edited>(&event)) set(edited->fields);
  for (const FieldChange& change : personal) put(series.personal, change);
}

}  // namespace dealog
