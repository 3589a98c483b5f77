#include <random>

#include "domain/money.h"
#include "domain/new_account.h"
#include "projections/weighted_sum.h"
#include "tests/support/queried.h"

namespace dealog::test {
namespace {

namespace f = field;
using query::Parameters;
const Instant board_noon = instant("2026-03-15T11:00:00Z");

query::Board board(const Queried& in, const Parameters& parameters, Instant now = board_noon, const Uuid& user = administrator, Role role = Role::administrator) {
  return must(query::board(in.live, process, as(user, role, now), parameters));
}
Fields valued(std::int64_t value, const Uuid& owner = administrator) {
  return {{f::deal::name, std::string("Deal")}, {f::deal::value, value}, {f::deal::owner_id, owner}};
}
Step task(const Uuid& id, const Uuid& deal, Fields fields = {}) {
  fields.push_back({f::task::name, std::string("Do")});
  fields.push_back({f::task::deal_id, deal});
  return Step(create(Kind::task, id, fields));
}

}  // namespace

TEST_CASE("columns are the stages in order, with number, value and weighted value of open deals", "[projections][board][KAN-1][KAN-2]") {
  World world;
  world.accept(Step(create_deal(d1, valued(33300))).at("2026-03-01T10:00:00Z"));
  world.accept(Step(create_deal(d2, valued(100))).at("2026-03-02T10:00:00Z"));
  world.accept(Step(create_deal(d3, valued(700))).at("2026-03-03T10:00:00Z"));
  world.accept(Step(command::CompleteAction{.deal = d1, .action = a1}));
  world.accept(Step(command::CompleteAction{.deal = d2, .action = a1}));
  world.accept(Step(command::MoveDeal{d2, C}));
  world.accept(Step(command::CloseDeal{.deal = d3, .outcome = Status::lost, .reason = price}));
  Queried in(world);
  const query::Board all = board(in, {});
  REQUIRE(all.columns.size() == 3);
  CHECK(all.position == in.live->position());
  CHECK(all.columns[0].stage == A);
  CHECK(all.columns[0].count == 1);
  CHECK(all.columns[0].value == 33300);
  CHECK(all.columns[0].weighted_value == 3330);
  CHECK(all.columns[1].count == 0);
  CHECK(all.columns[2].count == 1);
  CHECK(all.columns[2].weighted_value == 10);
  CHECK(all.columns[2].cards.front().progress_hundredths == 1000);

  SECTION("all filters apply, and totals follow [KAN-5]") {
    world.accept(Step(edit(Kind::deal, d1, {{f::deal::owner_id, sam}})));
    in.catch_up(world);
    CHECK(board(in, {{"owner_id", to_string(sam)}}).columns[0].value == 33300);
    CHECK(board(in, {{"owner_id", to_string(sam)}}).columns[2].count == 0);
    CHECK(board(in, {{"done_action_id", to_string(a1)}}).columns[2].count == 1);
    CHECK(board(in, {}, board_noon, sam, Role::salesperson).columns[0].count == 1);
    CHECK(board(in, {}, board_noon, sue, Role::salesperson).columns[0].count == 0);
  }
  SECTION("faults come at once, an unknown process or stage among them") {
    const auto bad = query::board(in.live, d1, as(administrator, Role::administrator, board_noon), {{"valeu", "1"}, {"cursor", "x"}, {"deleted", "only"}, {"include", "total"}});
    REQUIRE(bad.has_error());
    CHECK(print(bad.error()) == "cursor invalid; cursor unknown; deleted unknown; include unknown; valeu unknown; process_id unknown");
    CHECK(print(query::board_column(in.live, process, d1, as(administrator, Role::administrator, board_noon), {}).error()) == "stage_id unknown");
  }
}

TEST_CASE("a deal is in its column, whatever stages before it no deal was ever in", "[projections][board][KAN-1]") {
  const std::vector<event::Stage> stages = default_stages(account);
  World world;
  world.accept(create_deal(d1, {{f::deal::process_id, first_process(account)}, {f::deal::stage_id, stages[3].id}}));
  Queried in(world);
  for (const Parameters& each : {Parameters{}, Parameters{{"limit", "1000"}}}) {   // the usual board, and any other
    const query::Board all = must(query::board(in.live, first_process(account), as(administrator, Role::administrator, board_noon), each));
    REQUIRE(all.columns.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(all.columns[i].count == (i == 3 ? 1 : 0));
  }
}

TEST_CASE("worked example 9: dots", "[projections][board][KAN-3][example-9]") {
  World world;
  const Uuid d4 = id_of("d4");
  for (const Uuid& deal : {d1, d2, d3, d4}) world.accept(Step(create_deal(deal)).at("2026-03-01T10:00:00Z"));
  const auto due = [](const char* on) { return Fields{{f::task::due_on, day(on)}}; };
  world.accept(Step(task(id_of("t1"), d1, due("2026-03-14"))).at("2026-03-02T10:00:00Z"));
  world.accept(task(id_of("t2"), d1, due("2026-03-15")));
  world.accept(task(id_of("t3"), d2, due("2026-03-15")));
  world.accept(task(id_of("t4"), d2, due("2026-03-22")));
  world.accept(task(id_of("t5"), d3));
  world.accept(task(id_of("t6"), d4, due("2026-03-15")));
  world.accept(Step(command::CompleteTask{id_of("t6")}));
  Queried in(world);
  const auto dots = [&](Instant now) {
    std::vector<std::string> found;
    const query::Board all = board(in, {{"sort", "created_at"}}, now);
    for (const query::Card& card : all.columns[0].cards) found.emplace_back(card.task_dot);
    return found;
  };
  CHECK(dots(board_noon) == std::vector<std::string>{"overdue", "today", "later", "none"});
  // No event is needed at midnight: 22:59:59.999 UTC is the last moment of the 15th in Warsaw.
  CHECK(dots(instant("2026-03-15T22:59:59.999Z"))[1] == "today");
  CHECK(dots(instant("2026-03-15T23:00:00Z"))[1] == "overdue");

  SECTION("a timed task is overdue when its time has passed") {
    world.accept(task(id_of("t7"), d3, {{f::task::due_at, instant("2026-03-15T12:00:00Z").ms}}));
    in.catch_up(world);
    CHECK(dots(instant("2026-03-15T12:00:00Z"))[2] == "today");
    CHECK(dots(instant("2026-03-15T12:00:00.001Z"))[2] == "overdue");
  }
}

TEST_CASE("days in a stage are local midnights; a stage's age limit marks and counts stale cards", "[projections][board][KAN-4][KAN-6]") {
  World world;
  std::vector<event::Stage> stages = stages_abc();
  stages[0].max_days = 3;
  world.accept(Step(command::DefineProcess{.process = process, .stages = stages}));
  world.accept(Step(create_deal(d1)).at("2026-03-10T22:59:00Z"));
  world.accept(Step(create_deal(d2)).at("2026-03-10T23:01:00Z"));
  const Queried in(world);
  const auto at = [&](const char* time) { return board(in, {}, instant(time)).columns[0]; };
  CHECK(at("2026-03-10T23:02:00Z").cards[0].days_in_stage == 1);
  CHECK(at("2026-03-10T23:02:00Z").cards[1].days_in_stage == 0);
  CHECK(at("2026-03-13T22:59:00Z").stale_count == 0);
  CHECK(at("2026-03-13T23:00:00Z").stale_count == 1);
  CHECK(at("2026-03-13T23:00:00Z").cards[0].is_stale);
  CHECK_FALSE(at("2026-03-13T23:00:00Z").cards[1].is_stale);
}

TEST_CASE("each column pages on its own and stays where it began", "[projections][board][KAN-4]") {
  World world;
  std::vector<Uuid> made;
  for (int i = 0; i < 25; ++i) {
    made.push_back(id_of("deal" + std::to_string(i)));
    world.accept(Step(create_deal(made.back(), valued(100 * i))));
  }
  Queried in(world);
  const query::Board first = board(in, {{"limit", "10"}, {"sort", "-value"}});
  CHECK(first.columns[0].count == 25);
  std::vector<Uuid> seen;
  for (const query::Card& card : first.columns[0].cards) seen.push_back(card.deal);
  std::optional<std::string> cursor = first.columns[0].next_cursor;
  while (cursor) {
    world.accept(Step(command::MoveDeal{made[3], world.log.size() % 2 ? A : B}));
    world.accept(Step(create_deal(id_of("late" + std::to_string(world.log.size())), valued(1250))));
    in.catch_up(world);
    const auto page = must(query::board_column(in.live, process, A, as(administrator, Role::administrator, board_noon), {{"limit", "10"}, {"sort", "-value"}, {"cursor", *cursor}}));
    CHECK(page.columns[0].count == 25);
    for (const query::Card& card : page.columns[0].cards) seen.push_back(card.deal);
    cursor = page.columns[0].next_cursor;
  }
  std::ranges::reverse(made);
  CHECK(seen == made);
}

TEST_CASE("the usual board, remembered, is what a scan counts", "[projections][board][property]") {
  const auto seed = GENERATE(range(0u, 4u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  World world;
  std::vector<event::Stage> limited = stages_abc();
  limited[0].max_days = 2;
  limited[2].max_days = 0;
  world.accept(Step(command::DefineProcess{.process = process, .stages = limited}));
  Queried in(world);
  std::vector<Uuid> deals;
  Instant at = instant("2026-03-01T10:00:00Z");
  for (int round = 0; round < 300; ++round) {
    at.ms += static_cast<std::int64_t>(random() % 3'000'000);
    const Uuid deal = deals.empty() ? nobody : deals[random() % deals.size()];
    switch (deals.empty() ? 0 : random() % 7) {
      case 0: case 1:
        deals.push_back(id_of("deal" + std::to_string(round)));
        world.accept(Step(create_deal(deals.back(), valued(static_cast<std::int64_t>(random() % 1000)))).at(at));
        break;
      case 2: world.run(Step(command::MoveDeal{deal, random() % 2 ? B : C}).at(at)); break;
      case 3: world.run(Step(command::CompleteAction{.deal = deal, .action = random() % 2 ? a1 : b1}).at(at)); break;
      case 4: world.run(Step(command::CloseDeal{.deal = deal, .outcome = Status::lost, .reason = price}).at(at)); break;
      case 5: world.run(Step(command::Delete{{Kind::deal, deal}}).at(at)); break;
      default: world.run(Step(command::ReopenDeal{deal}).at(at)); break;
    }
    if (round % 10 != 0) continue;
    in.catch_up(world);
    if (round % 100 == 50) world.accept(Step(command::DefineProcess{.process = process, .stages = {limited[0], limited[1], limited[2]}}));
    const query::Board fast = board(in, {{"limit", "5"}}, at);
    const query::Board slow = board(in, {{"limit", "5"}, {"value[is_null]", "false"}}, at);
    REQUIRE(fast.columns.size() == slow.columns.size());
    for (std::size_t i = 0; i < fast.columns.size(); ++i) {
      const query::BoardColumn &left = fast.columns[i], &right = slow.columns[i];
      CHECK(left.count == right.count);
      CHECK(left.stale_count == right.stale_count);
      CHECK(left.value == right.value);
      CHECK(left.weighted_value == right.weighted_value);
      CHECK(left.next_cursor.has_value() == right.next_cursor.has_value());
      REQUIRE(left.cards.size() == right.cards.size());
      for (std::size_t card = 0; card < left.cards.size(); ++card) CHECK(left.cards[card].deal == right.cards[card].deal);
    }
  }
}

TEST_CASE("a weighted total is rounded once over the exact sum", "[projections][board][GEN-2]") {
  query::WeightedSum halves;
  for (int i = 0; i < 3; ++i) halves.add(1, 1, 2);   // 0.5 each: rounded one by one it would be 3
  CHECK(halves.rounded() == 2);
  query::WeightedSum mixed;
  mixed.add(1, 1, 3);
  mixed.add(1, 1, 6);
  CHECK(mixed.rounded() == 1);                       // exactly a half, away from zero
  mixed.add(-1, 1, 3);
  mixed.add(-1, 1, 6);
  mixed.add(-1, 1, 2);
  CHECK(mixed.rounded() == -1);
  mixed.add(100, 5, 0);
  CHECK(mixed.rounded() == -1);

  std::mt19937 random(7);
  query::WeightedSum sum, parts[2];
  Int128 over_420 = 0;
  for (int i = 0; i < 1000; ++i) {
    constexpr std::int64_t totals[] = {3, 4, 5, 7, 12, 420};
    const std::int64_t value = static_cast<std::int64_t>(random() % 100000) - 50000, total = totals[random() % 6], done = static_cast<std::int64_t>(random() % 420) % (total + 1);
    sum.add(value, done, total);
    parts[i % 2].add(value, done, total);
    over_420 += static_cast<Int128>(value) * done * (420 / total);
  }
  parts[0].add(parts[1]);
  CHECK(sum.rounded() == static_cast<std::int64_t>(divide_half_away(over_420, 420)));
  CHECK(parts[0].rounded() == sum.rounded());
}

}  // namespace dealog::test
