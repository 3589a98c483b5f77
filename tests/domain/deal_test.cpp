// A deal from creation through its stages and actions (SPEC 7).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {

Create with_client(const Uuid& id, Fields fields) { return create(Kind::deal, id, std::move(fields)); }

std::vector<event::Stage> stages_with(const std::function<void(event::Action&)>& change) {
  auto stages = stages_abc();
  change(stages[2].actions[0]);  // c1
  return stages;
}
DefineProcess define(std::vector<event::Stage> stages) { return {.process = process, .stages = std::move(stages)}; }

}  // namespace

TEST_CASE("a deal starts in the first stage of the default process, owned by its creator", "[domain][deal][DEA-1][DEA-2]") {
  World world;
  world.accept(Step(create_deal(d1)).by(sam));
  const View deal = world.deal(d1);
  CHECK(deal.id(d::process_id) == process);
  CHECK(deal.id(d::stage_id) == A);
  CHECK(deal.id(d::furthest_stage_id) == A);
  CHECK(deal.id(d::owner_id) == sam);
  CHECK(deal.id(field::created_by) == sam);
  CHECK(deal.number(d::status) == 0);
  CHECK(deal.number(d::visibility, -1) == 0);
  CHECK(deal.text(d::currency) == "PLN");
  CHECK(deal.number(d::kind, -1) == 0);
  CHECK(deal.number(field::created_at) == world.now().ms);
  CHECK(deal.number(d::stage_entered_at) == world.now().ms);
  CHECK(deal.version == 1);
}

TEST_CASE("a deal takes the stage, process and owner it is told, if they belong together", "[domain][deal][DEA-1]") {
  World world;
  world.accept(create_deal(d1, {{d::stage_id, B}, {d::owner_id, sue}}));
  CHECK(world.deal(d1).id(d::stage_id) == B);
  CHECK(world.deal(d1).id(d::furthest_stage_id) == B);
  CHECK(world.deal(d1).id(d::owner_id) == sue);

  const Uuid other = first_process(account);
  CHECK(given().when(create_deal(d1, {{d::process_id, other}, {d::stage_id, B}})) == refused(Code::stage_not_in_process, "/stage_id"));
  CHECK(given(ArchiveProcess{other}).when(create_deal(d1, {{d::process_id, other}})) == refused(Code::process_archived, "/process_id"));
  CHECK(given().when(create_deal(d1, {{d::owner_id, id_of("stranger")}})) == refused(Code::unknown_reference, "/owner_id"));
}

TEST_CASE("a deal is named after its client unless it has a name", "[domain][deal][DEA-1]") {
  World world;
  world.accept(create_company(acme, "Acme")).accept(create_person(ala, "Ala Nowak"));
  world.accept(with_client(d1, {{d::company_id, acme}, {d::person_id, ala}})).accept(with_client(d2, {{d::person_id, ala}}));
  CHECK(world.deal(d1).text(d::name) == "Acme");
  CHECK(world.deal(d2).text(d::name) == "Ala Nowak");
  CHECK(given().when(with_client(d1, {})) == refused(Code::required, "/name"));
}

TEST_CASE("a client by name is the only one of that name, else created in the same commit", "[domain][deal][DEA-1]") {
  World world;
  world.accept(create_company(acme, "Acme  GmbH"));
  Create named = create_deal(d1);
  named.company_name = " ACME gmbh ";
  CHECK(types(world.run(named)) == "deal.created");
  CHECK(world.deal(d1).id(d::company_id) == acme);

  Create fresh = with_client(d2, {});
  fresh.company_name = "Bolt";
  fresh.person_name = "Jan Kos";
  const Uuid bolt = world.fresh(0), jan = world.fresh(1);
  CHECK(types(world.run(fresh)) == "company.created person.created deal.created");
  CHECK(world.deal(d2).id(d::company_id) == bolt);
  CHECK(world.deal(d2).id(d::person_id) == jan);
  CHECK(world.deal(d2).text(d::name) == "Bolt");
  CHECK(world.view({Kind::person, jan}).text(field::person::name) == "Jan Kos");
  CHECK(world.view({Kind::person, jan}).id(field::person::company_id) == bolt);

  world.accept(create_company(id_of("acme 2"), "acme gmbh"));  // no longer the only one
  Create ambiguous = create_deal(d3);
  ambiguous.company_name = "Acme GmbH";
  CHECK(types(world.run(ambiguous)) == "company.created deal.created");

  Create both = create_deal(id_of("d4"), {{d::company_id, acme}});
  both.company_name = "Acme GmbH";
  CHECK(describe(world.decide(both)) == "refused: invalid [/company_name invalid]");
  Create blank = create_deal(id_of("d4"));
  blank.company_name = "  ";
  CHECK(describe(world.decide(blank)) == "refused: required [/company_name required]");
}

TEST_CASE("a client is required only where the account says so", "[domain][deal][ACC-1]") {
  const Step required = set_account(field::account::client_required, 1);
  CHECK(given(required).when(create_deal(d1)) == refused(Code::client_required, "/company_id"));
  CHECK(given(required, create_company(acme, "Acme"), create_deal(d1, {{d::company_id, acme}}))
            .when(edit(Kind::deal, d1, {{d::company_id, Value{}}})) == refused(Code::client_required, "/company_id"));
  World world;
  CHECK(types(world.run(create_deal(d1))) == "deal.created");
}

TEST_CASE("the account's default visibility holds for new deals only", "[domain][deal][ACC-4]") {
  World world;
  world.accept(create_deal(d1)).accept(set_account(field::account::default_visibility, 1)).accept(create_deal(d2));
  CHECK(world.deal(d1).number(d::visibility) == 0);
  CHECK(world.deal(d2).number(d::visibility) == 1);
}

TEST_CASE("a repeated creation is the same object, other content is refused", "[domain][deal][GEN-12]") {
  const Create first = create_deal(d1, {{d::value, std::int64_t{5000}}});
  CHECK(given(first).when(first) == then());
  CHECK(given(first).when(create_deal(d1, {{d::value, std::int64_t{5001}}})) == refused(Code::id_taken, "/id"));
  CHECK(given(Step(first).by(sue)).when(Step(first).by(sam)) == refused(Code::id_taken, "/id"));  // hidden: no answer about it
}

TEST_CASE("all faults of a command are told at once, each with its place", "[domain][deal][GEN-10]") {
  World world;
  const Decision decision = world.decide(create(Kind::deal, d1,
                                                {{d::name, std::string(201, 'x')}, {d::value, std::int64_t{-1}}, {d::participant_ids, std::vector{sam, id_of("x"), sam}},
                                                 {d::status, std::int64_t{1}}, {std::uint16_t{999}, std::int64_t{1}}, {d::description, std::int64_t{1}}}));
  CHECK(describe(decision) ==
        "refused: too_long [/name too_long] [/value negative] [/participant_ids/1 unknown_reference] [/participant_ids/2 duplicate] "
        "[/status not_writable] [ unknown_field] [/description wrong_type]");
  CHECK(given().when(create_deal(d1, {{d::value, std::int64_t{9'000'000'000'001}}})) == refused(Code::out_of_range, "/value"));
  CHECK(types(World().decide(create_deal(d1, {{d::value, std::int64_t{9'000'000'000'000}}}))) == "deal.created");
  CHECK(types(World().decide(create_deal(d1, {{d::name, std::string(200, 'x')}}))) == "deal.created");
  CHECK(given().when(create_deal(d1, {{d::name, std::string("  ")}})) == refused(Code::required, "/name"));
  CHECK(given().when(create_deal(d1, {{d::visibility, std::int64_t{2}}})) == refused(Code::invalid, "/visibility"));
}

TEST_CASE("a deal moves to any stage of its process, and its furthest stage stays", "[domain][deal][DEA-2]") {
  CHECK(given(create_deal(d1)).when(MoveDeal{d1, B, {}}) == then(on(d1, event::DealMoved{B, B})));
  CHECK(given(create_deal(d1)).when(MoveDeal{d1, C, {}}) == then(on(d1, event::DealMoved{C, C})));
  CHECK(given(create_deal(d1), MoveDeal{d1, C, {}}).when(MoveDeal{d1, A, {}}) == then(on(d1, event::DealMoved{A, C})));
  CHECK(given(create_deal(d1)).when(MoveDeal{d1, A, {}}) == then());  // already there [GEN-12]
  CHECK(given(create_deal(d1)).when(MoveDeal{d1, id_of("Z"), {}}) == refused(Code::stage_not_in_process, "/stage_id"));
  CHECK(given(create_deal(d1), CloseDeal{.deal = d1, .outcome = Status::lost}).when(MoveDeal{d1, B, {}}) == refused(Code::deal_not_open));
  CHECK(given(create_deal(d1), Delete{{Kind::deal, d1}}).when(MoveDeal{d1, B, {}}) == refused(Code::object_deleted));
  CHECK(given().when(MoveDeal{d1, B, {}}) == refused(Code::not_found));
}

TEST_CASE("worked example 1: actions carry the deal forward, moving does not undo them", "[domain][deal][example][PRC-3]") {
  World world;
  world.accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = a1});
  CHECK(world.deal(d1).id(d::stage_id) == A);
  CHECK(types(world.run(CompleteAction{.deal = d1, .action = c1})) == "deal.action_completed deal.moved");
  CHECK(world.log.back().envelope.cause == world.log.size() - 1);  // the move names the action
  CHECK(world.deal(d1).id(d::stage_id) == C);
  CHECK(world.deal(d1).done_actions.size() == 2);

  world.accept(ReopenAction{d1, c1, {}});
  CHECK(world.deal(d1).id(d::stage_id) == C);
  CHECK(world.deal(d1).done_actions == std::vector{DoneAction{a1, world.deal(d1).done_actions[0].at, administrator}});

  world.accept(MoveDeal{d1, A, {}}).accept(CloseDeal{.deal = d1, .outcome = Status::lost});
  const auto& closed = std::get<event::DealClosed>(world.log.back().event.event);
  CHECK(closed.stage == A);
  CHECK(closed.furthest == C);
  CHECK(closed.done_weight == 10);
  CHECK(closed.total_weight == 100);
  CHECK(closed.done_actions == std::vector{a1});
}

TEST_CASE("progress before the action is taken back is 35 of 100", "[domain][deal][example][PRC-3]") {
  World world;
  world.accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = a1}).accept(CompleteAction{.deal = d1, .action = c1});
  world.accept(CloseDeal{.deal = d1, .outcome = Status::obsolete});
  CHECK(std::get<event::DealClosed>(world.log.back().event.event).done_weight == 35);
}

TEST_CASE("an action is done once, while the deal is open, and can be taken back", "[domain][deal][DEA-3]") {
  const CompleteAction done{.deal = d1, .action = a1};
  CHECK(given(create_deal(d1)).when(done) == then(on(d1, event::DealActionCompleted{a1, {}})));
  CHECK(given(create_deal(d1), done).when(done) == refused(Code::action_already_done));
  CHECK(given(create_deal(d1), done).when(ReopenAction{d1, a1, {}}) == then(on(d1, event::DealActionReopened{a1})));
  CHECK(given(create_deal(d1), done, ReopenAction{d1, a1, {}}).when(done) == then(on(d1, event::DealActionCompleted{a1, {}})));
  CHECK(given(create_deal(d1)).when(ReopenAction{d1, a1, {}}) == refused(Code::action_not_done));
  CHECK(given(create_deal(d1), CloseDeal{.deal = d1, .outcome = Status::lost}).when(done) == refused(Code::deal_not_open));
  CHECK(given(create_deal(d1)).when(CompleteAction{.deal = d1, .action = id_of("zz")}) == refused(Code::not_found));
}

TEST_CASE("only a performer completes an action, administrators included", "[domain][deal][DEA-3][ACC-5]") {
  const auto managers = define(stages_with([](event::Action& c) { c.performers = {.everyone = false, .roles = {static_cast<std::uint8_t>(Role::manager)}}; }));
  const auto only_sue = define(stages_with([](event::Action& c) { c.performers = {.everyone = false, .users = {sue}}; }));
  const CompleteAction done{.deal = d1, .action = c1};
  const Step shared = create_deal(d1, {{d::participant_ids, std::vector{sam, sue}}});

  CHECK(given(managers, shared).when(Step(done).by(administrator)) == refused(Code::not_a_performer));
  CHECK(given(managers, shared).when(Step(done).by(sam)) == refused(Code::not_a_performer));
  CHECK_FALSE(given(managers, shared).when(Step(done).by(manager)).code);
  CHECK(given(only_sue, shared).when(Step(done).by(manager)) == refused(Code::not_a_performer));
  CHECK_FALSE(given(only_sue, shared).when(Step(done).by(sue)).code);
  CHECK_FALSE(given(only_sue, shared).when(Step(done).by(manager).performed_by(sue)).code);  // the deed is hers [GEN-7]
}

TEST_CASE("an action that needs a note takes one with it or one that is on the deal", "[domain][deal][DEA-3]") {
  const auto noted = define(stages_with([](event::Action& c) { c.note = event::NoteRule::note; }));
  const auto filed = define(stages_with([](event::Action& c) { c.note = event::NoteRule::note_with_file; }));
  const Uuid note = id_of("note");
  const Step on_deal = create(Kind::note, note, {{field::note::text, std::string("Talked")}, {field::note::deal_id, d1}});
  const Step elsewhere = create(Kind::note, note, {{field::note::text, std::string("Talked")}, {field::note::deal_id, d2}});

  CHECK(given(noted, create_deal(d1)).when(CompleteAction{.deal = d1, .action = c1}) == refused(Code::note_required, "/note"));
  CHECK(given(noted, create_deal(d1)).when(CompleteAction{.deal = d1, .action = c1, .note = "  "}) == refused(Code::note_required, "/note"));
  CHECK(given(noted, create_deal(d1), on_deal).when(CompleteAction{.deal = d1, .action = c1, .note_id = note}) ==
        then(on(d1, event::DealActionCompleted{c1, note}),
             NewEvent{.object = {Kind::deal, d1}, .event = event::DealMoved{C, C}, .cause = 0}));
  CHECK(given(noted, create_deal(d1), create_deal(d2), elsewhere).when(CompleteAction{.deal = d1, .action = c1, .note_id = note}) ==
        refused(Code::unknown_reference, "/note_id"));
  CHECK(given(noted, create_deal(d1), on_deal, Delete{{Kind::note, note}}).when(CompleteAction{.deal = d1, .action = c1, .note_id = note}) ==
        refused(Code::unknown_reference, "/note_id"));
  CHECK(given(filed, create_deal(d1)).when(CompleteAction{.deal = d1, .action = c1, .note = "Here"}) == refused(Code::file_required, "/file_ids"));

  World world;
  world.accept(noted).accept(create_deal(d1));
  const Uuid made = world.fresh(0);
  CHECK(types(world.run(CompleteAction{.deal = d1, .action = c1, .note = "Here"})) == "deal.action_completed deal.moved note.created");
  CHECK(world.view({Kind::note, made}).text(field::note::text) == "Here");
  CHECK(world.view({Kind::note, made}).id(field::note::deal_id) == d1);
}

TEST_CASE("a note that nobody demands is kept all the same", "[domain][deal][DEA-3]") {
  World world;
  world.accept(create_deal(d1));
  CHECK(types(world.run(CompleteAction{.deal = d1, .action = a1, .note = "Free"})) == "deal.action_completed note.created");
}

TEST_CASE("an action triggers its task, and the assignee becomes a participant", "[domain][deal][PRC-2][ACC-5]") {
  namespace t = field::task;
  const auto triggering = [](event::Assignee who, const Uuid& user = {}) {
    return define(stages_with([=](event::Action& c) {
      c.trigger = event::Trigger{.name = "Send it", .task_type = "email", .due_in_days = 3, .assignee = who, .user = user};
    }));
  };
  World world;
  world.accept(triggering(event::Assignee::user, sue)).accept(create_deal(d1, {{d::stage_id, C}, {d::owner_id, sam}}));
  const Uuid task = world.fresh(0);
  const Step done = Step(CompleteAction{.deal = d1, .action = c1, .effective_at = instant("2026-02-10T23:30:00Z")}).at("2026-02-11T10:00:00Z");
  CHECK(types(world.run(done)) == "deal.action_completed task.created deal.edited");
  const View made = world.view({Kind::task, task});
  CHECK(made.text(t::name) == "Send it");
  CHECK(made.id(t::type_id) == task_type_id("email"));
  CHECK(made.number(t::due_on) == day("2026-02-14"));  // half past eleven in London is the 11th in Warsaw
  CHECK(made.id(t::assignee_id) == sue);
  CHECK(made.id(t::deal_id) == d1);
  CHECK(world.deal(d1)[d::participant_ids] == Value{std::vector{sue}});

  CHECK(types(world.run(ReopenAction{d1, c1, {}})) == "deal.action_reopened");  // the task stays

  World owners;
  owners.accept(triggering(event::Assignee::owner)).accept(create_deal(d1, {{d::stage_id, C}, {d::owner_id, sam}}));
  const Uuid his = owners.fresh(0);
  CHECK(types(owners.run(CompleteAction{.deal = d1, .action = c1})) == "deal.action_completed task.created");
  CHECK(owners.view({Kind::task, his}).id(t::assignee_id) == sam);

  World doers;
  doers.accept(triggering(event::Assignee::doer)).accept(create_deal(d1, {{d::stage_id, C}}));
  const Uuid mine = doers.fresh(0);
  CHECK(types(doers.run(Step(CompleteAction{.deal = d1, .action = c1}).by(manager))) == "deal.action_completed task.created deal.edited");
  CHECK(doers.view({Kind::task, mine}).id(t::assignee_id) == manager);
}

TEST_CASE("an open deal changes its process, and nothing done before counts there", "[domain][deal][DEA-5]") {
  const Uuid other = first_process(account), first = default_stages(account)[0].id;
  const ChangeProcess change{d1, other, first};
  CHECK(given(create_deal(d1)).when(change) == then(on(d1, event::DealProcessChanged{other, first})));
  CHECK(given(create_deal(d1)).when(ChangeProcess{d1, other, A}) == refused(Code::stage_not_in_process, "/stage_id"));
  CHECK(given(create_deal(d1)).when(ChangeProcess{d1, other, {}}) == refused(Code::required, "/stage_id"));
  CHECK(given(create_deal(d1)).when(ChangeProcess{d1, id_of("p"), first}) == refused(Code::unknown_reference, "/process_id"));
  CHECK(given(create_deal(d1), ArchiveProcess{other}).when(change) == refused(Code::process_archived, "/process_id"));
  CHECK(given(create_deal(d1), CloseDeal{.deal = d1, .outcome = Status::lost}).when(change) == refused(Code::deal_not_open));
  CHECK(given(create_deal(d1)).when(ChangeProcess{d1, process, A}) == then());
  CHECK(given(create_deal(d1)).when(ChangeProcess{d1, process, B}) == then(on(d1, event::DealMoved{B, B})));

  World world;
  world.accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = a1}).accept(change);
  CHECK(world.deal(d1).done_actions.size() == 1);  // history
  world.accept(CloseDeal{.deal = d1, .outcome = Status::lost});
  CHECK(std::get<event::DealClosed>(world.log.back().event.event).done_weight == 0);
}

TEST_CASE("editing records what differs and nothing else", "[domain][deal][GEN-12]") {
  const Step made = create_deal(d1, {{d::value, std::int64_t{100}}, {d::description, std::string("Old")}, {d::participant_ids, std::vector{sam, sue}}});
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::value, std::int64_t{100}}, {d::name, std::string("B")}})) ==
        then(on(d1, event::Edited{{{d::name, std::string("B")}}})));
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::value, std::int64_t{100}}, {d::description, std::string("Old")}})) == then());
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::participant_ids, std::vector{sue, sam}}})) == then());
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::expected_close_on, Value{}}})) == then());
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::value, Value{}}})) == then(on(d1, event::Edited{{{d::value, Value{}}}})));
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::description, std::string("New")}})) ==
        then(NewEvent{.object = {Kind::deal, d1}, .event = event::Edited{}, .personal = {{d::description, std::string("New")}}}));
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::stage_id, B}})) == refused(Code::not_writable, "/stage_id"));
  CHECK(given(made).when(edit(Kind::deal, d1, {{d::owner_id, Value{}}})) == refused(Code::required, "/owner_id"));
}

TEST_CASE("a reference that was deleted since may stay, but not be set anew", "[domain][deal][GEN-12]") {
  const Step acme_made = create_company(acme, "Acme"), with = create_deal(d1, {{d::company_id, acme}}), gone = Delete{{Kind::company, acme}};
  const auto put = edit(Kind::deal, d1, {{d::company_id, acme}});
  CHECK(given(acme_made, with, gone).when(put) == then());
  CHECK(given(acme_made, create_deal(d1), gone).when(put) == refused(Code::unknown_reference, "/company_id"));
}

TEST_CASE("a deal is deleted and comes back as it was", "[domain][deal][DEA-6]") {
  const ObjectRef deal{Kind::deal, d1};
  CHECK(given(create_deal(d1)).when(Delete{deal}) == then(on(d1, event::Deleted{})));
  CHECK(given(create_deal(d1), Delete{deal}).when(Delete{deal}) == then());
  CHECK(given(create_deal(d1)).when(Restore{deal}) == then());
  CHECK(given(create_deal(d1), Delete{deal}).when(edit(Kind::deal, d1, {{d::name, std::string("B")}})) == refused(Code::object_deleted));

  World world;
  world.accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = c1});
  View before = world.deal(d1);
  world.accept(Delete{deal});
  CHECK(world.deal(d1).number(field::is_deleted) == 1);
  world.accept(Restore{deal});
  View after = world.deal(d1);
  CHECK(after.version == before.version + 2);
  after.version = before.version;
  CHECK((after == before));
}

TEST_CASE("a deal is new, repeat or a repeat inquiry by its client's earlier deals", "[domain][deal][LEA-2]") {
  const auto kind_of_next = [](std::vector<Step> before, Fields fields) {
    World world;
    world.accept(create_company(acme, "Acme")).accept(create_company(id_of("bolt"), "Bolt")).accept(create_person(ala, "Ala"));
    for (Step& step : before) world.accept(step);
    world.accept(create_deal(d3, std::move(fields)));
    return static_cast<DealKind>(world.deal(d3).number(d::kind));
  };
  const Fields of_acme{{d::company_id, acme}};
  const Step first = create_deal(d1, of_acme), won = CloseDeal{.deal = d1, .outcome = Status::won}, lost = CloseDeal{.deal = d1, .outcome = Status::lost};
  CHECK(kind_of_next({}, of_acme) == DealKind::new_);
  CHECK(kind_of_next({first}, {}) == DealKind::new_);
  CHECK(kind_of_next({first}, {{d::company_id, id_of("bolt")}}) == DealKind::new_);
  CHECK(kind_of_next({first}, of_acme) == DealKind::repeat_inquiry);
  CHECK(kind_of_next({first, lost}, of_acme) == DealKind::repeat_inquiry);
  CHECK(kind_of_next({first, won}, of_acme) == DealKind::repeat);
  CHECK(kind_of_next({first, won, ReopenDeal{d1, {}}}, of_acme) == DealKind::repeat_inquiry);
  CHECK(kind_of_next({first, won, Delete{{Kind::deal, d1}}}, of_acme) == DealKind::new_);
  CHECK(kind_of_next({create_deal(d1, {{d::person_id, ala}}), won}, {{d::person_id, ala}}) == DealKind::repeat);
  CHECK(kind_of_next({create_deal(d1, {{d::person_id, ala}}), won}, {{d::company_id, acme}, {d::person_id, ala}}) == DealKind::new_);
  CHECK(kind_of_next({first, edit(Kind::deal, d1, {{d::company_id, id_of("bolt")}})}, of_acme) == DealKind::new_);
  // A won deal is its client's, whoever that is by now.
  CHECK(kind_of_next({first, won, edit(Kind::deal, d1, {{d::company_id, id_of("bolt")}})}, of_acme) == DealKind::new_);
  CHECK(kind_of_next({first, won, edit(Kind::deal, d1, {{d::company_id, id_of("bolt")}})}, {{d::company_id, id_of("bolt")}}) == DealKind::repeat);
  CHECK(kind_of_next({create_deal(d1, {{d::company_id, acme}, {d::person_id, ala}}), won, edit(Kind::deal, d1, {{d::company_id, Value{}}})}, {{d::person_id, ala}}) == DealKind::repeat);
  CHECK(kind_of_next({first, won, Delete{{Kind::deal, d1}}, Restore{{Kind::deal, d1}}}, of_acme) == DealKind::repeat);

  World late;  // earlier means by effective time
  late.accept(create_company(acme, "Acme")).accept(create_deal(d1, of_acme)).accept(won);
  late.accept(create_deal(d2, of_acme, instant("2026-01-15T00:00:00Z")));
  CHECK(late.deal(d2).number(d::kind) == static_cast<int>(DealKind::new_));
}
