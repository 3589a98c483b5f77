// Tasks, notes and e-mails (SPEC 10).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace t = dealog::field::task;
namespace e = dealog::field::email;

namespace {
const ObjectRef the_task{Kind::task, id_of("task")}, task_note{Kind::note, id_of("note")}, task_email{Kind::email, id_of("email")};
Create call(Fields fields = {}) {
  fields.push_back({t::name, std::string("Call")});
  return create(Kind::task, the_task.id, std::move(fields));
}
Create message(const Uuid& id, std::string message_id, std::string from, Instant sent = instant("2026-02-01T00:00:00Z")) {
  return create(Kind::email, id, {{e::message_id, std::move(message_id)}, {e::from, std::move(from)}, {e::to, std::vector<std::string>{"ala@x.pl"}}, {e::sent_at, sent.ms}});
}
}  // namespace

TEST_CASE("a task is for its creator and of type other unless told otherwise", "[domain][task][ACT-1]") {
  World world;
  world.accept(Step(call()).by(sam));
  const View made = world.view(the_task);
  CHECK(made.id(t::assignee_id) == sam);
  CHECK(made.id(t::type_id) == task_type_id("other"));
  CHECK(made.number(t::status, -1) == 0);
  CHECK(given().when(call({{t::type_id, id_of("dance")}})) == refused(Code::unknown_reference, "/type_id"));
  CHECK(given().when(call({{t::due_on, std::int64_t{1}}, {t::due_at, std::int64_t{1}}})) == refused(Code::invalid, "/due_at"));
}

TEST_CASE("a task is completed once and can be reopened", "[domain][task][ACT-1]") {
  CHECK(given(call()).when(CompleteTask{the_task.id, {}}) == then(on(the_task, event::TaskCompleted{administrator})));
  CHECK(given(call(), CompleteTask{the_task.id, {}}).when(CompleteTask{the_task.id, {}}) == refused(Code::task_not_open));
  CHECK(given(call()).when(ReopenTask{the_task.id, {}}) == refused(Code::task_not_completed));
  CHECK(given(call(), CompleteTask{the_task.id, {}}).when(ReopenTask{the_task.id, {}}) == then(on(the_task, event::TaskReopened{})));
  CHECK(given(call(), Delete{the_task}).when(CompleteTask{the_task.id, {}}) == refused(Code::object_deleted));
  CHECK(given(call()).when(CompleteTask{the_task.id, instant("2026-02-01T00:00:00Z")}) == refused(Code::effective_before_last_event, "/effective_at"));
  World world;
  world.accept(call()).accept(Step(CompleteTask{the_task.id, {}}).by(manager).performed_by(sam));
  CHECK(world.view(the_task).id(t::completed_by) == sam);
  CHECK(world.view(the_task).number(t::completed_at) == world.now().ms);
  world.accept(ReopenTask{the_task.id, {}});
  CHECK(world.view(the_task)[t::completed_at] == Value{});
}

TEST_CASE("rescheduling to a time takes the day away", "[domain][task][ACT-1]") {
  CHECK(given(call({{t::due_on, std::int64_t{5}}})).when(edit(Kind::task, the_task.id, {{t::due_at, std::int64_t{7}}})) ==
        then(on(the_task, event::Edited{{{t::due_on, Value{}}, {t::due_at, std::int64_t{7}}}})));
  CHECK(given(call({{t::due_on, std::int64_t{5}}})).when(edit(Kind::task, the_task.id, {{t::due_on, std::int64_t{5}}})) == then());
}

TEST_CASE("who gets a task of a deal becomes a participant once", "[domain][task][ACC-5]") {
  World world;
  world.accept(create_deal(d1, {{field::deal::owner_id, sue}}));
  CHECK(types(world.run(call({{t::deal_id, d1}, {t::assignee_id, sam}}))) == "task.created deal.edited");
  CHECK(types(world.run(edit(Kind::task, the_task.id, {{t::assignee_id, sue}}))) == "task.edited");  // the owner takes part anyway
  CHECK(types(world.run(edit(Kind::task, the_task.id, {{t::assignee_id, sam}}))) == "task.edited");
  CHECK(types(world.run(edit(Kind::task, the_task.id, {{t::assignee_id, manager}}))) == "task.edited deal.edited");
  CHECK(world.deal(d1)[field::deal::participant_ids] == Value{std::vector{sam, manager}});
}

TEST_CASE("who assigns a task gives access to what it hangs on: nobody gives what he has not himself", "[domain][task][ACC-4][ACC-5]") {
  const auto assign = [](const Uuid& user) { return edit(Kind::task, the_task.id, {{t::assignee_id, user}}); };
  const ObjectRef deal{Kind::deal, d1}, lead{Kind::lead, id_of("lead")};
  const std::vector<Uuid> with_sam{sam};
  const std::pair<Step, Fields> places[] = {
      {Step(create_deal(d1, {{field::deal::participant_ids, with_sam}})).by(sue), {{t::deal_id, d1}}},
      {Step(create(Kind::lead, lead.id, {{field::lead::title, std::string("Fair")}, {field::lead::participant_ids, with_sam}})).by(sue), {{t::lead_id, lead.id}}}};
  for (const auto& [hers, link] : places) {
    const ObjectRef object = link.front().field == t::deal_id ? deal : lead;
    CAPTURE(name(object.kind));
    Fields for_sue = link, for_sam = link;
    for_sue.push_back({t::assignee_id, sue});
    const Step his = Step(call(for_sue)).by(sam), his_own = Step(call(for_sam)).by(sam), removed = Step(ChangeParticipants{object, {}, with_sam}).by(sue);
    // He wrote the the_task, and edits it; the people of what it hangs on are others' to choose.
    CHECK(given(hers, his, removed).when(Step(assign(sam)).by(sam)) == refused(Code::forbidden, "/assignee_id"));
    CHECK(given(hers, his, removed).when(Step(assign(manager)).by(sam)) == refused(Code::forbidden, "/assignee_id"));
    CHECK_FALSE(given(hers, his, removed).when(Step(edit(Kind::task, the_task.id, {{t::name, std::string("Ring")}})).by(sam)).code);
    CHECK_FALSE(given(hers, his, removed).when(Step(assign(sam)).by(sue)).code);
    CHECK_FALSE(given(hers, his, removed).when(Step(assign(sam)).by(manager)).code);
    CHECK_FALSE(given(hers, his_own, removed).when(Step(assign(sue)).by(sam)).code);   // she has it already
    CHECK_FALSE(given(hers, his).when(Step(assign(manager)).by(sam)).code);             // he has it himself
  }
}

TEST_CASE("a note's words are sealed, required and edited", "[domain][note][ACT-2]") {
  const Create made = create(Kind::note, task_note.id, {{field::note::text, std::string("Hello")}});
  CHECK(given().when(made) == then(NewEvent{.object = task_note, .event = event::Created{}, .personal = {{field::note::text, std::string("Hello")}}}));
  CHECK(given().when(create(Kind::note, task_note.id, {})) == refused(Code::required, "/text"));
  CHECK(given(made).when(edit(Kind::note, task_note.id, {{field::note::text, std::string("Hello")}})) == then());
  CHECK(given(made).when(edit(Kind::note, task_note.id, {{field::note::text, std::string("Bye")}})) ==
        then(NewEvent{.object = task_note, .event = event::Edited{}, .personal = {{field::note::text, std::string("Bye")}}}));
  CHECK(given(made).when(edit(Kind::note, task_note.id, {{field::note::deal_id, d1}})) == refused(Code::not_writable, "/links/deal_id"));
}

TEST_CASE("the same message of the same sender is recorded once", "[domain][email][ACT-3]") {
  World world;
  world.accept(message(task_email.id, "<1@x>", "Sam <sam@x.pl>"));
  const Decision again = world.decide(message(id_of("other"), "1@x", "SAM@x.pl"));
  REQUIRE(again);
  CHECK(again->events.empty());
  CHECK(again->object == task_email);
  CHECK_FALSE(again->created);
  CHECK(types(world.decide(message(id_of("other"), "<1@x>", "sue@x.pl"))) == "email.created");
  CHECK(types(world.decide(message(id_of("other"), "<2@x>", "sam@x.pl"))) == "email.created");
}

TEST_CASE("an e-mail takes effect when it was sent", "[domain][email][ACT-3][GEN-6]") {
  World world;
  world.accept(message(task_email.id, "1", "sam@x.pl"));
  CHECK(world.log.back().envelope.effective_at == instant("2026-02-01T00:00:00Z"));
  CHECK(given().when(message(task_email.id, "1", "sam@x.pl", instant("2027-01-01T00:00:00Z"))) == refused(Code::effective_in_future, "/sent_at"));
  Create dated = message(task_email.id, "1", "sam@x.pl");
  dated.effective_at = morning;
  CHECK(given().when(dated) == refused(Code::not_past_capable, "/effective_at"));
  CHECK(given().when(message(task_email.id, "1", "sam")) == refused(Code::invalid, "/from"));
  CHECK(given().when(message(task_email.id, " <> ", "sam@x.pl")) == refused(Code::invalid, "/message_id"));
}
