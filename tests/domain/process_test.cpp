// Processes: versions, stable ids, removed stages, the default (SPEC 6).

#include <set>

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace pr = dealog::field::process;

namespace {

const ObjectRef abc{Kind::process, process};
DefineProcess define_process(std::vector<event::Stage> stages, std::vector<event::StageTarget> removed = {}) {
  return {.process = process, .stages = std::move(stages), .removed_stages = std::move(removed)};
}
std::vector<event::Stage> without_b() {
  auto stages = stages_abc();
  stages.erase(stages.begin() + 1);
  return stages;
}
template <class Change>
std::vector<event::Stage> changed(Change change) {
  auto stages = stages_abc();
  change(stages);
  return stages;
}

}  // namespace

TEST_CASE("a new definition is a new version, the same one is nothing", "[domain][process][PRC-1][GEN-12]") {
  auto renamed = changed([](auto& stages) { stages[0].name = "First"; });
  CHECK(given().when(define_process(renamed)) == then(on(abc, event::ProcessDefined{2, renamed, {}})));
  CHECK(given().when(define_process(stages_abc())) == then());
  CHECK(given(define_process(renamed)).when(define_process(stages_abc())) == then(on(abc, event::ProcessDefined{3, stages_abc(), {}})));
}

TEST_CASE("stages and actions without ids get some", "[domain][process][PRC-1]") {
  World world;
  auto more = stages_abc();
  more.push_back({.name = "D", .actions = {action({}, "d1", 5)}});
  const Uuid stage = world.fresh(0), made = world.fresh(1);
  world.accept(define_process(more));
  const auto defined = world.view(abc).process;
  REQUIRE(defined);
  CHECK(defined->stages[3].id == stage);
  CHECK(defined->stages[3].actions[0].id == made);

  // More than the context has ids for.
  std::vector<event::Stage> many;
  for (int i = 0; i < 40; ++i) many.push_back({.name = "Stage " + std::to_string(i)});
  Create big = create(Kind::process, id_of("big"), {{pr::name, std::string("Big")}});
  big.stages = many;
  world.accept(big);
  std::set<Uuid> ids;
  const View shown = world.view({Kind::process, id_of("big")});
  for (const auto& each : shown.process->stages) ids.insert(each.id);
  CHECK(ids.size() == 40);
}

TEST_CASE("what a process may not be is told with its place", "[domain][process][GEN-10][GEN-11]") {
  const auto faults = [](auto change) { return describe(World().decide(define_process(changed(change)))); };
  CHECK(given().when(define_process({})) == refused(Code::required, "/stages"));
  CHECK(faults([](auto& s) { s[1].name = " a "; }) == "refused: duplicate [/stages/1/name duplicate]");
  CHECK(faults([](auto& s) { s[2].actions[1].name = "C1"; }) == "refused: duplicate [/stages/2/actions/1/name duplicate]");
  CHECK(faults([](auto& s) { s[1].name = ""; }) == "refused: required [/stages/1/name required]");
  CHECK(faults([](auto& s) { s[2].actions[0].weight = 1'000'001; }) == "refused: out_of_range [/stages/2/actions/0/weight out_of_range]");
  CHECK(faults([](auto& s) { s[2].actions[0].id = a1; }) == "refused: duplicate [/stages/2/actions/0/id duplicate]");
  CHECK(faults([](auto& s) { s[0].actions[0].performers = {.everyone = false, .users = {id_of("x")}}; }) ==
        "refused: unknown_reference [/stages/0/actions/0/performers/user_ids/0 unknown_reference]");
  CHECK(faults([](auto& s) { s[0].actions[0].performers = {.everyone = false}; }) == "refused: required [/stages/0/actions/0/performers required]");
  CHECK(faults([](auto& s) { s[0].actions[0].trigger = event::Trigger{.name = "", .task_type = "dance", .due_in_days = -1}; }) ==
        "refused: required [/stages/0/actions/0/trigger/name required] [/stages/0/actions/0/trigger/task_type_id unknown_reference] "
        "[/stages/0/actions/0/trigger/due_in_days negative]");
  CHECK(faults([](auto& s) { s.push_back({.id = default_stages(account)[0].id, .name = "D"}); }) == "refused: id_taken [/stages/3/id id_taken]");
  // The same action name in two stages is two actions.
  CHECK_FALSE(World().decide(define_process(changed([](auto& s) { s[2].actions[0].name = "a1"; }))).has_error());
}

TEST_CASE("a stage that holds open deals goes only with a target for them", "[domain][process][PRC-1]") {
  const Step in_b = create_deal(d1, {{field::deal::stage_id, B}});
  const auto gone = [](const Uuid& target) { return event::ProcessDefined{2, without_b(), {{B, target}}}; };
  CHECK(given(in_b).when(define_process(without_b())) == refused(Code::stage_holds_deals, "/removed_stages"));
  CHECK(given(in_b).when(define_process(without_b(), {{B, C}})) == then(on(abc, gone(C))));
  CHECK(given(in_b).when(define_process(without_b(), {{B, B}})) == refused(Code::unknown_reference, "/removed_stages/" + to_string(B)));
  CHECK(given(in_b).when(define_process(stages_abc(), {{B, C}})) == refused(Code::invalid, "/removed_stages/" + to_string(B)));
  CHECK(given().when(define_process(without_b())) == then(on(abc, gone(A))));  // nobody is there: the stage before it
  CHECK(given(in_b, MoveDeal{d1, C, {}}).when(define_process(without_b())) == then(on(abc, gone(A))));
  CHECK(given(in_b, CloseDeal{.deal = d1, .outcome = Status::lost}).when(define_process(without_b())) == then(on(abc, gone(A))));
  CHECK(given(in_b, Delete{{Kind::deal, d1}}).when(define_process(without_b())) == then(on(abc, gone(A))));
  CHECK(given(in_b, Delete{{Kind::deal, d1}}, Restore{{Kind::deal, d1}}).when(define_process(without_b())) == refused(Code::stage_holds_deals, "/removed_stages"));
  CHECK(given(in_b, CloseDeal{.deal = d1, .outcome = Status::lost}, ReopenDeal{d1, {}}).when(define_process(without_b())) ==
        refused(Code::stage_holds_deals, "/removed_stages"));
}

TEST_CASE("deals of a removed stage are in its target from then on", "[domain][process][PRC-1]") {
  World world;
  world.accept(create_deal(d1, {{field::deal::stage_id, B}})).accept(define_process(without_b(), {{B, C}}));
  CHECK(types(world.decide(MoveDeal{d1, C, {}})) == "");  // it is there already
  const Decision closed = world.decide(CloseDeal{.deal = d1, .outcome = Status::lost});
  REQUIRE(closed);
  CHECK(std::get<event::DealClosed>(closed->events[0].event).stage == C);
  CHECK(std::get<event::DealClosed>(closed->events[0].event).furthest == C);
  // The target is guarded in turn.
  auto only_a = stages_abc();
  only_a.resize(1);
  CHECK(describe(world.decide(define_process(only_a))).starts_with("refused: stage_holds_deals"));
  CHECK(types(world.run(define_process(only_a, {{C, A}}))) == "process.defined");
  CHECK(types(world.decide(MoveDeal{d1, A, {}})) == "");
  // A removed stage does not come back, an action may.
  CHECK(describe(world.decide(define_process(stages_abc()))).starts_with("refused: id_taken [/stages/1/id id_taken] [/stages/2/id id_taken]"));
}

TEST_CASE("a closed deal keeps its version and adopts the newest when reopened", "[domain][process][PRC-1]") {
  World world;
  world.accept(create_deal(d1, {{field::deal::stage_id, B}})).accept(CompleteAction{.deal = d1, .action = b1});
  world.accept(CloseDeal{.deal = d1, .outcome = Status::lost}).accept(define_process(without_b()));
  CHECK(world.deal(d1).id(field::deal::stage_id) == B);
  CHECK(types(world.run(ReopenDeal{d1, {}})) == "deal.reopened deal.moved");
  CHECK(world.deal(d1).id(field::deal::stage_id) == A);
  world.accept(CloseDeal{.deal = d1, .outcome = Status::lost});
  const auto& closed = std::get<event::DealClosed>(world.log.back().event.event);
  CHECK(closed.process_version == 2);
  CHECK(closed.done_weight == 0);  // b1 vanished and stops counting
  CHECK(closed.total_weight == 80);
}

TEST_CASE("exactly one process is the default", "[domain][process][PRC-1]") {
  const Uuid other = first_process(account);
  const auto set_default = [](const Uuid& id, bool on) { return edit(Kind::process, id, {{pr::is_default, std::int64_t{on}}}); };
  CHECK(given().when(set_default(other, true)) ==
        then(on({Kind::process, other}, event::Edited{{{pr::is_default, std::int64_t{1}}}}),
             NewEvent{.object = abc, .event = event::Edited{{{pr::is_default, std::int64_t{0}}}}, .cause = 0}));
  CHECK(given().when(set_default(process, true)) == then());
  CHECK(given().when(set_default(other, false)) == then());
  CHECK(given().when(set_default(process, false)) == refused(Code::in_use, "/is_default"));
  CHECK(given().when(ArchiveProcess{process}) == refused(Code::in_use, "/is_archived"));
  CHECK(given(ArchiveProcess{other}).when(set_default(other, true)) == refused(Code::process_archived, "/is_default"));
  CHECK(given(ArchiveProcess{other}).when(ArchiveProcess{other}) == then());
  CHECK_FALSE(given(ArchiveProcess{other}).when(ArchiveProcess{other, false}).code);
  CHECK(given().when(Delete{abc}) == refused(Code::forbidden));
}
