// What was taken back already: it stands in nobody's way, until it is done again [DEA-9].

#include <random>

#include "tests/domain/taking_back.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

TEST_CASE("what was taken back since does not stand in the way; what takes back something older does", "[domain][DEA-9]") {
  World world;
  world.accept(create_deal(d1));
  const std::size_t older = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::owner_id, sam}}));
  const std::size_t done = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::owner_id, sue}}));
  const std::size_t later = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::owner_id, manager}}));
  const std::size_t end = world.log.size();
  REQUIRE(take_back(world, done, later) == "blocked by deal.edited: undo_blocked");
  REQUIRE(take_back(world, later, end) == "done");
  const Pair settled{later, end, world.log.size()};
  const UndoPlan again = plan_for(world, later, end, false, {settled});
  CHECK(again.steps.empty());
  REQUIRE(again.taken_back_by.size() == 1);
  CHECK(again.taken_back_by.front().position == world.log[end].envelope.position);
  const std::size_t undo = world.log.size();
  REQUIRE(take_back(world, done, later, {settled}) == "done");
  CHECK((world.deal(d1).id(d::owner_id) == sam));
  CHECK(take_back(world, older, done, {settled, {done, undo, world.log.size()}}) == "done");
}

TEST_CASE("what was taken back and then done again stands in the way again, though by a step of the undo alone", "[domain][DEA-9]") {
  World world;
  world.accept(create_deal(d1));
  const std::size_t done = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::name, std::string("Two")}}));
  const std::size_t later = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::name, std::string("Three")}}));
  const std::size_t undo = world.log.size();
  REQUIRE(take_back(world, later, undo) == "done");
  const std::size_t redo = world.log.size();
  REQUIRE(take_back(world, undo, redo) == "done");
  REQUIRE((world.deal(d1).text(d::name) == "Three"));
  const std::vector<Pair> settled{{later, undo, redo}, {undo, redo, world.log.size()}};
  CHECK(take_back(world, done, later, settled) == "blocked by deal.edited: undo_blocked");
  REQUIRE(take_back(world, later, undo, settled) == "done");
  CHECK((world.deal(d1).text(d::name) == "Two"));
}

TEST_CASE("of an import only what was taken back is settled", "[domain][DEA-9][IO-1]") {
  const auto happened = [](Position position, event::Edited edited, Position batch, Undoes undoes = {}) {
    return Happened{.around = {.position = position, .object = {Kind::deal, d1}, .version = static_cast<Version>(position), .command = position, .batch = batch}, .event = std::move(edited), .undoes = undoes};
  };
  const event::Edited name{{{d::name, std::string("A")}}}, owner{{{d::owner_id, sam}}};
  std::vector<Happened> history{happened(1, name, 0), happened(2, name, 10), happened(3, owner, 10), happened(4, owner, 11, {.batch = 10, .is_whole = false})};
  history.front().is_undone = true;
  const auto blocked_by = [&] {
    const UndoPlan plan = plan_undo({history});
    return plan.obstacles.empty() ? Position{0} : plan.obstacles.front().position;
  };
  CHECK(blocked_by() == 2);   // the name stayed
  history.push_back(happened(5, name, 12, {.batch = 10, .is_whole = false}));   // and went later, with another undo
  CHECK(blocked_by() == 0);
  // All of the import again: both are gone already, which is in nobody's way.
  history.front().is_undone = false;
  history[1].is_undone = history[2].is_undone = true;
  const UndoPlan rest = plan_undo({history}, true);
  CHECK(rest.steps.empty());
  CHECK(rest.obstacles.empty());
  CHECK(rest.taken_back_by.size() == 2);
}

TEST_CASE("commands taken back one by one, the newest first, lead back to where it began", "[domain][property][DEA-9]") {
  const auto seed = GENERATE(range(0u, 20u));
  std::mt19937 random(seed);
  const auto one_of = [&](std::initializer_list<Uuid> ids) { return *(ids.begin() + random() % ids.size()); };
  World world;
  world.accept(create_deal(d1));
  struct Accepted { std::size_t first, last; std::string before; };
  std::vector<Accepted> accepted;
  for (int step = 0; step < 30; ++step) {
    const auto wish = [&]() -> Step {
      switch (random() % 8) {
        case 0: return MoveDeal{d1, one_of({A, B, C}), {}};
        case 1: return CompleteAction{.deal = d1, .action = one_of({a1, b1, c1}), .note = "words"};
        case 2: return ReopenAction{d1, one_of({a1, b1, c1}), {}};
        case 3: return CloseDeal{.deal = d1, .outcome = static_cast<Status>(1 + random() % 3)};
        case 4: return ReopenDeal{d1, {}};
        case 5: return CorrectDeal{.deal = d1, .status = static_cast<Status>(1 + random() % 3), .note = "so"};
        case 6: return lines(d1, random() % 2 ? "one" : "two");
        default: return edit(Kind::deal, d1, {{d::owner_id, one_of({sam, sue, manager})}});
      }
    }();
    const Accepted each{world.log.size(), 0, state_of(world, {Kind::deal, d1})};
    if (const Decision decision = world.run(wish); !decision || decision->events.empty()) continue;
    accepted.push_back({each.first, world.log.size(), each.before});
  }
  CHECK(accepted.size() > 5);
  std::vector<Pair> settled;
  for (std::size_t i = accepted.size(); i-- > 0;) {
    const std::size_t undo = world.log.size();
    CAPTURE(seed, i, event_type(Kind::deal, world.log[accepted[i].first].event.event));
    REQUIRE(take_back(world, accepted[i].first, accepted[i].last, settled) == "done");
    REQUIRE(state_of(world, {Kind::deal, d1}) == accepted[i].before);
    settled.push_back({accepted[i].first, undo, world.log.size()});
  }
}
