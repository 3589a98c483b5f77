// Two clocks (SPEC GEN-6).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {
const Instant jan_1 = instant("2026-01-01T00:00:00Z"), jan_10 = instant("2026-01-10T00:00:00Z"), jan_20 = instant("2026-01-20T00:00:00Z");
Instant ms_after(Instant t, std::int64_t ms) { return {t.ms + ms}; }
}  // namespace

TEST_CASE("the past is accepted where history happens", "[domain][GEN-6]") {
  World world;
  world.accept(create(Kind::company, acme, {{field::company::name, std::string("Acme")}}, jan_1));
  world.accept(create(Kind::person, ala, {{field::person::name, std::string("Ala")}}, jan_1));
  world.accept(create_deal(d1, {}, jan_1));
  world.accept(create(Kind::task, id_of("t"), {{field::task::name, std::string("Call")}}, jan_1));
  world.accept(create(Kind::note, id_of("n"), {{field::note::text, std::string("Hm")}}, jan_1));
  for (const auto& recorded : world.log)
    if (recorded.envelope.recorded_at >= morning) CHECK(recorded.envelope.effective_at == jan_1);
  CHECK(world.deal(d1).number(field::created_at) == jan_1.ms);
  CHECK_FALSE(world.deal(d1, Instant{jan_1.ms - 1}).exists);
  CHECK(world.deal(d1, jan_1).exists);
}

TEST_CASE("all else takes effect when it is recorded", "[domain][GEN-6]") {
  const auto no_past = refused(Code::not_past_capable, "/effective_at");
  CHECK(given(create_deal(d1)).when(edit(Kind::deal, d1, {{d::value, std::int64_t{1}}}, jan_10)) == no_past);
  CHECK(given().when(edit(Kind::account, account, {{field::account::name, std::string("B")}}, jan_10)) == no_past);
  CHECK(given().when(create(Kind::team, id_of("t"), {{field::team::name, std::string("T")}}, jan_10)) == no_past);
  CHECK(given().when(create(Kind::close_reason, id_of("r"), {{field::close_reason::name, std::string("R")}, {field::close_reason::outcome, std::int64_t{1}}}, jan_10)) == no_past);
  CHECK(given().when(edit(Kind::user, sam, {{field::user::role, std::int64_t{1}}}, jan_10)) == no_past);
  CHECK(given(create_company(acme, "A")).when(edit(Kind::company, acme, {{field::company::name, std::string("B")}}, jan_10)) == no_past);
}

TEST_CASE("up to a minute ahead is now, more is refused", "[domain][GEN-6]") {
  World world;
  const auto created_at = [&](std::int64_t ahead_ms) { return Step(create_deal(d1, {}, ms_after(morning, ahead_ms))).at(morning); };
  CHECK(world.decide(created_at(0))->events[0].effective_at == std::nullopt);
  CHECK(world.decide(created_at(60'000))->events[0].effective_at == std::nullopt);
  CHECK(world.decide(created_at(-1))->events[0].effective_at == ms_after(morning, -1));
  CHECK(describe(world.decide(created_at(60'001))) == "refused: effective_in_future [/effective_at effective_in_future]");
}

TEST_CASE("nothing precedes its object's creation", "[domain][GEN-6]") {
  const auto early = refused(Code::effective_before_last_event, "/effective_at");
  const Step born = create_deal(d1, {}, jan_10);
  const Instant before = ms_after(jan_10, -1);
  CHECK(given(born).when(MoveDeal{d1, B, before}) == early);
  CHECK(given(born).when(CompleteAction{.deal = d1, .action = a1, .effective_at = before}) == early);
  CHECK(given(born).when(CloseDeal{.deal = d1, .outcome = Status::lost, .effective_at = before}) == early);
  CHECK_FALSE(given(born).when(MoveDeal{d1, B, jan_10}).code);
  CHECK_FALSE(given(born).when(CompleteAction{.deal = d1, .action = a1, .effective_at = jan_10}).code);
}

TEST_CASE("a deal's stage and status never go back; equal is allowed", "[domain][GEN-6]") {
  const auto early = refused(Code::effective_before_last_event, "/effective_at");
  const Step born = create_deal(d1, {}, jan_1), moved = MoveDeal{d1, B, jan_10};
  const CloseDeal close_before{.deal = d1, .outcome = Status::lost, .effective_at = ms_after(jan_10, -1)}, close_then{.deal = d1, .outcome = Status::lost, .effective_at = jan_10};
  CHECK(given(born, moved).when(MoveDeal{d1, C, ms_after(jan_10, -1)}) == early);
  CHECK_FALSE(given(born, moved).when(MoveDeal{d1, C, jan_10}).code);
  CHECK(given(born, moved).when(close_before) == early);
  CHECK_FALSE(given(born, moved).when(close_then).code);
  CHECK(given(born, moved, close_then).when(ReopenDeal{d1, ms_after(jan_10, -1)}) == early);
  CHECK_FALSE(given(born, moved, close_then).when(ReopenDeal{d1, jan_10}).code);
}

TEST_CASE("each action has a time of its own", "[domain][GEN-6]") {
  const auto early = refused(Code::effective_before_last_event, "/effective_at");
  const Step born = create_deal(d1, {{d::stage_id, C}}, jan_1);
  const auto done = [](const Uuid& action, Instant at) { return CompleteAction{.deal = d1, .action = action, .effective_at = at}; };
  CHECK_FALSE(given(born, done(a1, jan_20)).when(done(a2, jan_10)).code);       // another action
  CHECK_FALSE(given(born, MoveDeal{d1, B, jan_20}, MoveDeal{d1, C, jan_20}).when(done(a2, jan_10)).code);  // no move comes of it
  CHECK(given(born, done(a1, jan_20)).when(ReopenAction{d1, a1, jan_10}) == early);
  CHECK_FALSE(given(born, done(a1, jan_20)).when(ReopenAction{d1, a1, jan_20}).code);
  CHECK(given(born, done(a1, jan_10), ReopenAction{d1, a1, jan_20}).when(done(a1, ms_after(jan_20, -1))) == early);
  CHECK(given(born, MoveDeal{d1, A, jan_20}).when(done(c1, jan_10)) == early);  // it would move the deal before its last move
  const CloseDeal close{.deal = d1, .outcome = Status::lost, .effective_at = jan_10};
  CHECK(given(born, close, ReopenDeal{d1, jan_20}).when(done(a1, jan_10)) == early);  // it was closed then
}

TEST_CASE("team membership may be dated, in order", "[domain][GEN-6][ACC-3]") {
  namespace u = field::user;
  const Uuid north = id_of("north"), south = id_of("south");
  const auto team = [](const Uuid& id, std::string name) { return create(Kind::team, id, {{field::team::name, std::move(name)}}); };
  World world;
  world.accept(team(north, "North")).accept(team(south, "South"));
  world.accept(edit(Kind::user, sam, {{u::team_ids, std::vector{north}}}, jan_10));
  CHECK(world.log.back().envelope.effective_at == jan_10);
  CHECK(describe(world.decide(edit(Kind::user, sam, {{u::team_ids, std::vector{south}}}, jan_1))) ==
        "refused: effective_before_last_event [/effective_at effective_before_last_event]");
  CHECK(types(world.decide(edit(Kind::user, sam, {{u::team_ids, std::vector{south}}}, jan_20))) == "user.edited");
}

TEST_CASE("set-up holds from the beginning of time in its first version", "[domain][GEN-6]") {
  World world;
  const Instant long_ago = instant("1990-01-01T00:00:00Z");
  CHECK(world.view({Kind::user, sam}, long_ago).exists);
  CHECK(world.view({Kind::user, sam}, long_ago).number(field::user::role) == static_cast<int>(Role::salesperson));
  CHECK(world.view({Kind::process, process}, long_ago).process->stages.size() == 3);
  world.accept(edit(Kind::user, sam, {{field::user::role, std::int64_t{1}}}));
  CHECK(world.view({Kind::user, sam}, long_ago).number(field::user::role) == static_cast<int>(Role::salesperson));
  CHECK(world.view({Kind::user, sam}).number(field::user::role) == static_cast<int>(Role::manager));
  CHECK_FALSE(world.view({Kind::user, sam}, end_of_time, 3).exists);  // known_at hides what was not recorded yet
}
