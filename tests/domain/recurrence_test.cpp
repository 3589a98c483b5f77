// Recurring tasks (SPEC ACT-1): the rule, and what becomes of occurrences and series.

#include "domain/recurrence.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace t = dealog::field::task;

namespace {

Day on(std::string_view text) { return parse_day(text).value(); }

// The first days of a rule, "01-31 02-28".
std::string days(const Recurrence& rule, std::string_view start, std::size_t most = 6, std::string_view from = "1970-01-01") {
  std::string text;
  std::size_t count = 0;
  for_each_occurrence(rule, on(start), on(from), [&](Day day) {
    text += (text.empty() ? "" : " ") + to_string(day).substr(5);
    return ++count < most;
  });
  return text;
}

const Uuid first = id_of("first");
const ObjectRef first_task{Kind::task, first};

Create recurring(Fields fields = {}, std::int64_t frequency = 0, std::string_view due = "2026-02-10") {
  fields.push_back({t::name, std::string("Call")});
  fields.push_back({t::frequency, frequency});
  if (std::ranges::none_of(fields, [](const FieldChange& change) { return change.field == t::due_at; })) fields.push_back({t::due_on, day(due)});
  return create(Kind::task, first, std::move(fields));
}
// The first_task that the newest event with a birth made.
ObjectRef newest_task(const World& world) {
  for (auto recorded = world.log.rbegin(); recorded != world.log.rend(); ++recorded)
    if (recorded->envelope.object.kind == Kind::task && std::holds_alternative<event::Created>(recorded->event.event)) return recorded->envelope.object;
  return {};
}
ObjectRef series_of(const World& world) { return {Kind::series, world.view(first_task).id(t::series_id)}; }

}  // namespace

TEST_CASE("days of a rule follow the calendar", "[domain][recurrence][ACT-1]") {
  CHECK(days({.frequency = Frequency::daily}, "2026-02-27", 3) == "02-27 02-28 03-01");
  CHECK(days({.frequency = Frequency::daily, .every = 10}, "2026-02-20", 3) == "02-20 03-02 03-12");
  CHECK(days({.frequency = Frequency::working_days}, "2026-02-26", 4) == "02-26 02-27 03-02 03-03");
  CHECK(days({.frequency = Frequency::weekly}, "2026-02-10", 3) == "02-10 02-17 02-24");
  // Monday and Friday of every other week, from a Wednesday on.
  CHECK(days({.frequency = Frequency::weekly, .every = 2, .weekdays = 0b10001}, "2026-02-11", 4) == "02-13 02-23 02-27 03-09");
  CHECK(days({.frequency = Frequency::monthly}, "2026-01-31", 4) == "01-31 02-28 03-31 04-30");
  CHECK(days({.frequency = Frequency::monthly, .every = 3}, "2025-11-30", 3) == "11-30 02-28 05-30");
  CHECK(days({.frequency = Frequency::yearly}, "2024-02-29", 5) == "02-29 02-28 02-28 02-28 02-29");
  CHECK(days({.frequency = Frequency::daily, .until = on("2026-02-12")}, "2026-02-10") == "02-10 02-11 02-12");
  CHECK(days({.frequency = Frequency::working_days, .times = 3}, "2026-02-27") == "02-27 03-02 03-03");
}

TEST_CASE("looking from later on finds the same days", "[domain][recurrence][ACT-1][property]") {
  const Day start = on("2024-01-31");
  for (const Recurrence& rule : {Recurrence{.frequency = Frequency::daily, .every = 7}, Recurrence{.frequency = Frequency::daily, .every = 3, .times = 40},
                                 Recurrence{.frequency = Frequency::working_days}, Recurrence{.frequency = Frequency::working_days, .times = 100},
                                 Recurrence{.frequency = Frequency::weekly, .every = 3, .weekdays = 0b1000110}, Recurrence{.frequency = Frequency::weekly, .weekdays = 0b100, .times = 20},
                                 Recurrence{.frequency = Frequency::monthly}, Recurrence{.frequency = Frequency::monthly, .every = 5, .times = 4},
                                 Recurrence{.frequency = Frequency::yearly, .until = on("2026-06-01")}}) {
    std::vector<Day> all;
    for_each_occurrence(rule, start, start, [&](Day day) {
      all.push_back(day);
      return day < on("2027-01-01");
    });
    for (Day from = start; from < on("2026-12-31"); from = Day{from.days + 1}) {
      const auto expected = std::ranges::lower_bound(all, from);
      const auto found = occurrence_after(rule, start, Day{from.days - 1});
      REQUIRE(found.has_value() == (expected != all.end()));
      if (found) REQUIRE(*found == *expected);
      REQUIRE(is_occurrence(rule, start, from) == (expected != all.end() && *expected == from));
    }
  }
}

TEST_CASE("completing the newest occurrence brings the next, in the same commit", "[domain][recurrence][ACT-1]") {
  World world;
  CHECK(types(world.run(Step(recurring({{t::assignee_id, sue}, {t::description, std::string("Ask how it goes")}})).by(sam))) == "series.created task.created");
  const Decision done = world.run(Step(CompleteTask{first, {}}).by(sue));
  CHECK(types(done) == "task.completed task.created");
  CHECK(done->events[1].cause == 0u);
  const View next = world.view(newest_task(world));
  CHECK(next.text(t::name) == "Call");
  CHECK(next.text(t::description) == "Ask how it goes");
  CHECK(next.id(t::assignee_id) == sue);
  CHECK(next.number(t::due_on) == day("2026-02-11"));
  CHECK(next.number(t::occurrence_on) == day("2026-02-11"));
  CHECK(next.id(t::series_id) == world.view(first_task).id(t::series_id));
  CHECK(next.number(t::frequency, -1) == 0);
  // Reopened and completed again it brings none: there is one already.
  world.accept(ReopenTask{first, {}});
  CHECK(types(world.run(CompleteTask{first, {}})) == "task.completed");
  CHECK(types(world.run(CompleteTask{newest_task(world).id, {}})) == "task.completed task.created");
  CHECK(world.view(newest_task(world)).number(t::due_on) == day("2026-02-12"));
}

TEST_CASE("a next occurrence is there from when the one before was done", "[domain][recurrence][ACT-1][GEN-6]") {
  World world;
  Create old = recurring({}, 0, "2026-01-05");
  old.effective_at = instant("2026-01-02T08:00:00Z");
  world.accept(old).accept(CompleteTask{first, instant("2026-01-05T12:00:00Z")});
  const ObjectRef next = newest_task(world);
  CHECK_FALSE(world.view(next, instant("2026-01-05T11:59:59Z")).exists);
  CHECK(world.view(next, instant("2026-01-05T12:00:00Z")).exists);
}

TEST_CASE("a time keeps its place on the local clock", "[domain][recurrence][ACT-1]") {
  World world;
  // 09:00 in Warsaw, before and after the clocks change on 29 March 2026.
  world.accept(recurring({{t::due_at, instant("2026-03-28T08:00:00Z").ms}}));
  world.accept(CompleteTask{first, {}});
  CHECK(world.view(newest_task(world)).number(t::due_at) == instant("2026-03-29T07:00:00Z").ms);
  CHECK(world.view(newest_task(world))[t::due_on] == Value{});
}

TEST_CASE("a series ends after so many times or on its last day", "[domain][recurrence][ACT-1]") {
  World twice;
  twice.accept(recurring({{t::times, std::int64_t{2}}})).accept(CompleteTask{first, {}});
  CHECK(types(twice.run(CompleteTask{newest_task(twice).id, {}})) == "task.completed");
  World until;
  until.accept(recurring({{t::until, day("2026-02-10")}}));
  CHECK(types(until.run(CompleteTask{first, {}})) == "task.completed");
}

TEST_CASE("a rule that cannot be is refused with its pointer", "[domain][recurrence][ACT-1][GEN-10]") {
  CHECK(given().when(create(Kind::task, first, {{t::name, std::string("Call")}, {t::frequency, std::int64_t{0}}})) == refused(Code::required, "/due_on"));
  CHECK(given().when(create(Kind::task, first, {{t::name, std::string("Call")}, {t::due_on, day("2026-02-10")}, {t::every, std::int64_t{2}}})) == refused(Code::required, "/recurrence/frequency"));
  CHECK(given().when(recurring({{t::every, std::int64_t{0}}})) == refused(Code::out_of_range, "/recurrence/every"));
  CHECK(given().when(recurring({{t::every, std::int64_t{2}}}, 1)) == refused(Code::invalid, "/recurrence/every"));
  CHECK(given().when(recurring({{t::weekdays, std::vector<std::string>{"monday"}}})) == refused(Code::invalid, "/recurrence/weekdays"));
  CHECK(given().when(recurring({{t::weekdays, std::vector<std::string>{"tuesday", "someday"}}}, 2)) == refused(Code::invalid, "/recurrence/weekdays/1"));
  CHECK(given().when(recurring({{t::times, std::int64_t{2}}, {t::until, day("2026-03-01")}})) == refused(Code::invalid, "/recurrence/times"));
  CHECK(given().when(recurring({{t::until, day("2026-02-09")}})) == refused(Code::invalid, "/recurrence/until"));
  CHECK(given().when(recurring({}, 1, "2026-02-14")) == refused(Code::invalid, "/due_on"));   // a Saturday
  CHECK(given(create(Kind::task, first, {{t::name, std::string("Call")}})).when(edit(Kind::task, first, {{t::frequency, std::int64_t{0}}})) == refused(Code::not_writable, "/recurrence"));
  Edit scoped = edit(Kind::task, first, {{t::name, std::string("Ring")}});
  scoped.scope = Scope::all;
  CHECK(given(create(Kind::task, first, {{t::name, std::string("Call")}})).when(scoped) == refused(Code::invalid, "/scope"));
}

TEST_CASE("one occurrence is changed, moved or deleted, and the series goes on as it was", "[domain][recurrence][ACT-1]") {
  World world;
  world.accept(recurring());
  CHECK(types(world.run(edit(Kind::task, first, {{t::name, std::string("Ring")}, {t::due_on, day("2026-02-20")}}))) == "task.edited");
  world.accept(CompleteTask{first, {}});
  const ObjectRef second = newest_task(world);
  CHECK(world.view(second).text(t::name) == "Call");
  CHECK(world.view(second).number(t::due_on) == day("2026-02-11"));
  CHECK(types(world.run(Delete{second})) == "task.deleted task.created");
  CHECK(world.view(newest_task(world)).number(t::due_on) == day("2026-02-12"));
  CHECK(types(world.run(Restore{second})) == "task.restored");
}

TEST_CASE("the series is changed, and what is to come with it", "[domain][recurrence][ACT-1]") {
  World world;
  world.accept(recurring());
  Edit renamed = edit(Kind::task, first, {{t::name, std::string("Ring")}, {t::assignee_id, sue}});
  renamed.scope = Scope::following;
  CHECK(types(world.run(renamed)) == "series.edited task.edited");
  CHECK(types(world.decide(renamed)) == "");
  world.accept(CompleteTask{first, {}});
  const ObjectRef second = newest_task(world);
  CHECK(world.view(second).text(t::name) == "Ring");
  CHECK(world.view(second).id(t::assignee_id) == sue);
  // Another rule, from the newest occurrence on, whatever the scope.
  CHECK(types(world.run(edit(Kind::task, second.id, {{t::frequency, std::int64_t{3}}}))) == "series.edited task.edited");
  world.accept(CompleteTask{second.id, {}});
  CHECK(world.view(newest_task(world)).number(t::due_on) == day("2026-03-11"));
  // Moved with all that are to come.
  Edit moved = edit(Kind::task, newest_task(world).id, {{t::due_on, day("2026-03-31")}});
  moved.scope = Scope::following;
  world.accept(moved).accept(CompleteTask{newest_task(world).id, {}});
  CHECK(world.view(newest_task(world)).number(t::due_on) == day("2026-04-30"));
  // All: those of before that are open too.
  world.accept(ReopenTask{first, {}});
  Edit all = edit(Kind::task, newest_task(world).id, {{t::priority, std::int64_t{2}}});
  all.scope = Scope::all;
  CHECK(types(world.run(all)) == "series.edited task.edited task.edited");
  CHECK(world.view(first_task).number(t::priority) == 2);
  CHECK(world.view(second).number(t::priority, -1) == -1);   // it is done
}

TEST_CASE("how often it still comes is counted on when the rule changes", "[domain][recurrence][ACT-1]") {
  World world;
  world.accept(recurring({{t::times, std::int64_t{3}}})).accept(CompleteTask{first, {}});
  const ObjectRef second = newest_task(world);
  world.accept(edit(Kind::task, second.id, {{t::frequency, std::int64_t{2}}}));
  CHECK(world.view(second).number(t::times) == 2);
  world.accept(CompleteTask{second.id, {}});
  CHECK(world.view(newest_task(world)).number(t::due_on) == day("2026-02-18"));
  CHECK(types(world.run(CompleteTask{newest_task(world).id, {}})) == "task.completed");
}

TEST_CASE("a series is stopped by completing, deleting or forgetting it", "[domain][recurrence][ACT-1]") {
  const auto begun = [] {
    World world;
    world.accept(recurring());
    return world;
  };
  World completed = begun();
  CHECK(types(completed.run(CompleteTask{first, {}, Scope::following})) == "task.completed series.deleted");
  CHECK(types(completed.run(ReopenTask{first, {}})) == "task.reopened");
  CHECK(types(completed.run(CompleteTask{first, {}})) == "task.completed");
  World deleted = begun();
  deleted.accept(CompleteTask{first, {}}).accept(ReopenTask{first, {}});
  CHECK(types(deleted.run(Delete{newest_task(deleted), Scope::all})) == "task.deleted task.deleted series.deleted");
  World plain = begun();
  CHECK(types(plain.run(edit(Kind::task, first, {{t::frequency, Value{}}}))) == "series.deleted task.edited");
  CHECK(plain.view(first_task)[t::frequency] == Value{});
  CHECK(plain.view(first_task).id(t::series_id).is_nil());
  CHECK(types(plain.run(CompleteTask{first, {}})) == "task.completed");
}

TEST_CASE("being born gives an occurrence's assignee no access that who finished the one before could not give", "[domain][recurrence][ACC-4]") {
  const ChangeParticipants removed{{Kind::deal, d1}, {}, {sam}};
  World world;
  world.accept(Step(create_deal(d1)).by(sue)).accept(Step(recurring({{t::deal_id, d1}, {t::assignee_id, sam}})).by(sue)).accept(removed);
  CHECK(types(world.run(Step(CompleteTask{first, {}}).by(sam))) == "task.completed task.created");
  const ObjectRef second = newest_task(world);
  CHECK(world.view(second).id(t::assignee_id) == sam);
  CHECK(world.model.may_see(sam, second));
  CHECK_FALSE(world.model.may_see(sam, {Kind::deal, d1}));
  CHECK(types(world.run(Step(CompleteTask{second.id, {}}).by(sue))) == "task.completed task.created deal.edited");
  // Nor does he say to whom what is to come is given, whatever this one occurrence hangs on.
  world.accept(Step(removed).by(sue));
  const ObjectRef third = newest_task(world);
  Edit assigned = edit(Kind::task, third.id, {{t::assignee_id, manager}});
  assigned.scope = Scope::following;
  CHECK(types(world.run(Step(edit(Kind::task, third.id, {{t::deal_id, Value{}}})).by(sam))) == "task.edited");
  const Decision refused_to_him = world.decide(Step(assigned).by(sam));
  REQUIRE_FALSE(refused_to_him);
  CHECK(refused_to_him.error().code == Code::forbidden);
  CHECK(refused_to_him.error().faults.size() == 1);
  CHECK(refused_to_him.error().faults.front().pointer == "/assignee_id");
}

TEST_CASE("who is suspended gets no occurrence: who finished the one before does", "[domain][recurrence][ACC-2][ACC-6]") {
  const auto suspended = [](std::int64_t is_so) { return edit(Kind::user, sam, {{field::user::is_suspended, is_so}}); };
  World world;
  world.accept(recurring({{t::assignee_id, sam}})).accept(suspended(1));
  world.accept(edit(Kind::task, first, {{t::assignee_id, sue}})).accept(Step(CompleteTask{first, {}}).by(sue));
  const ObjectRef second = newest_task(world);
  CHECK(world.view(second).id(t::assignee_id) == sue);
  CHECK(world.view(series_of(world)).id(field::series::assignee_id) == sam);
  world.accept(suspended(0)).accept(Step(CompleteTask{second.id, {}}).by(sue));
  CHECK(world.view(newest_task(world)).id(t::assignee_id) == sam);   // he is back
  world.accept(suspended(1)).accept(Step(CompleteTask{newest_task(world).id, {}}).by(manager).performed_by(sue));
  CHECK(world.view(newest_task(world)).id(t::assignee_id) == sue);   // not whoever wrote it down
}

TEST_CASE("a series comes to hang only on what its editor sees", "[domain][recurrence][ACC-4][ACC-5]") {
  World world;
  world.accept(create_deal(d1, {{field::deal::owner_id, sam}})).accept(create_deal(d2, {{field::deal::participant_ids, std::vector<Uuid>{sam}}}));
  world.accept(Step(recurring({{t::deal_id, d1}, {t::assignee_id, sam}})).by(sam)).accept(edit(Kind::task, first, {{t::deal_id, d2}}));
  world.accept(ChangeParticipants{.object = {Kind::deal, d2}, .add = {}, .remove = {sam}});
  Edit whole = edit(Kind::task, first, {{t::deal_id, d2}});
  whole.scope = Scope::all;
  CHECK(world.run(Step(whole).by(sam)).error().code == Code::unknown_reference);
  CHECK(world.view(series_of(world)).id(field::series::deal_id) == d1);
}

TEST_CASE("a series is seen by those who see its tasks", "[domain][recurrence][ACC-5]") {
  World world;
  world.accept(create_deal(d1, {{field::deal::owner_id, sue}})).accept(recurring({{t::deal_id, d1}, {t::assignee_id, sue}}));
  CHECK(world.model.may_see(sue, series_of(world)));
  CHECK_FALSE(world.model.may_see(sam, series_of(world)));
  CHECK(world.model.may_see(auditor, series_of(world)));
  CHECK(given(recurring()).when(Delete{series_of(world)}) == refused(Code::not_found));  // another world's
}
