#include <thread>

#include "projections/world.h"
#include "tests/projections/random_history.h"
#include "tests/projections/replay_oracle.h"
#include "tests/projections/world_checks.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::projections;
using namespace dealog::test;

namespace {

// An instant of the log, or one beside it.
Instant some_instant(std::mt19937_64& random, const std::vector<Entry>& log) {
  const Envelope& envelope = log[random() % log.size()].envelope;
  switch (random() % 5) {
    case 0: return Instant{envelope.effective_at.ms - 1};
    case 1: return envelope.recorded_at;
    case 2: return random() % 4 == 0 ? beginning_of_time : end_of_time;
    default: return envelope.effective_at;
  }
}

// An event that happened and was recorded at that moment.
void record(ReadModels& models, Position position, ObjectRef object, const Event& event, std::int64_t at) {
  Envelope envelope;
  envelope.position = position;
  envelope.object = object;
  envelope.version = 1;
  envelope.recorded_at = envelope.effective_at = Instant{at};
  const Bytes bytes = encode(envelope, event, nullptr);
  models.apply(*read_record(bytes), nullptr);
}

}  // namespace

TEST_CASE("every column at any two clocks is what a replay from zero of the events that count gives", "[projections][TIM-1][GEN-6]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
  CAPTURE(seed);
  HistoryMaker history(seed);
  history.steps(500);
  ReadModels models;
  apply_all(models, history.log);
  std::mt19937_64 random(seed);
  check_world(*models.live(), ReplayOracle(history.log, end_of_time, UINT64_MAX));
  for (int i = 0; i < 25; ++i) {
    const Moment moment{some_instant(random, history.log), random() % 3 == 0 ? UINT64_MAX : 1 + random() % history.log.size()};
    CAPTURE(moment.as_of.ms, moment.known_at);
    const auto past = models.live()->at(moment);
    check_world(*past, ReplayOracle(history.log, moment.as_of, moment.known_at));
  }
}

TEST_CASE("a view is what ViewFold makes of the object's own records, when no rule reaches over from others", "[projections][TIM-1]") {
  const auto seed = GENERATE(11u, 12u, 13u, 14u);
  CAPTURE(seed);
  HistoryMaker history(seed);
  history.with_rules = false;
  history.steps(400);
  ReadModels models;
  apply_all(models, history.log);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10; ++i) {
    const Moment moment{i == 0 ? end_of_time : some_instant(random, history.log), i == 0 ? UINT64_MAX : 1 + random() % history.log.size()};
    CAPTURE(moment.as_of.ms, moment.known_at);
    std::map<ObjectRef, ViewFold> folds;
    for (const Entry& entry : history.log) {
      const ObjectRef object = entry.envelope.object;
      folds.try_emplace(object, object, moment.as_of, moment.known_at).first->second.apply(entry.record(), entry.opened());
    }
    const auto world = models.live()->at(moment);
    for (const auto& [object, fold] : folds)
      REQUIRE(difference(world->view(object.kind, world->row(object.kind, object.id)), fold.view()) == "");
  }
}

TEST_CASE("a later World at an earlier position is the World that stood there", "[projections][TIM-1]") {
  HistoryMaker history(21);
  history.steps(400);
  ReadModels models;
  std::vector<std::shared_ptr<const World>> pinned;
  for (const Entry& entry : history.log) {
    models.apply(entry.record(), entry.opened());
    if (entry.envelope.position % 57 == 0) pinned.push_back(models.live());
  }
  REQUIRE(pinned.size() > 3);
  for (const auto& then : pinned) {
    const ReplayOracle oracle(history.log, end_of_time, then->position());
    CAPTURE(then->position());
    check_world(*then, oracle);
    const auto again = models.live()->at({end_of_time, then->position()});
    REQUIRE(again->position() == then->position());
    check_world(*again, oracle);
    // What a World does not know, no moment of it knows.
    REQUIRE(then->at({end_of_time, UINT64_MAX}) == then);
    REQUIRE(again->at({end_of_time, UINT64_MAX})->position() == then->position());
  }
}

TEST_CASE("membership of teams is answered for any instant, with what was known then", "[projections][ACC-3][GEN-7]") {
  const auto seed = GENERATE(31u, 32u, 33u);
  CAPTURE(seed);
  HistoryMaker history(seed);
  history.steps(600);
  ReadModels models;
  apply_all(models, history.log);
  std::mt19937_64 random(seed);
  int yes = 0, depends = 0;
  for (int i = 0; i < 12; ++i) {
    const Position known_at = i == 0 ? history.log.size() : 20 + random() % history.log.size();
    const auto world = models.live()->at({random() % 2 ? end_of_time : some_instant(random, history.log), known_at});
    for (int j = 0; j < 6; ++j) {
      const Instant at = some_instant(random, history.log);
      const ReplayOracle oracle(history.log, at, known_at);
      for (const Uuid& user : history.users)
        for (const Uuid& team : history.teams) {
          const auto* object = oracle.find({Kind::user, user});
          bool expected = false;
          if (object)
            if (const auto* in = std::get_if<std::vector<Uuid>>(&object->seen[field::user::team_ids]))
              for (Uuid above : *in)
                for (int climbed = 0; climbed < 10 && !above.is_nil(); ++climbed) {
                  expected |= above == team;
                  const auto* parent = oracle.find({Kind::team, above});
                  above = parent ? parent->seen.id(field::team::parent_id) : Uuid{};
                }
          const Handle u = world->handle(user), t = world->handle(team);
          CAPTURE(to_string(user), to_string(team), at.ms);
          REQUIRE(world->in_team(u, t, at) == expected);
          const int always = world->always_in_team(u, t);
          if (always >= 0) REQUIRE(expected == (always == 1));
          yes += expected;
          depends += always < 0;
        }
    }
  }
  CHECK(yes > 0);
  CHECK(depends > 0);
}

TEST_CASE("nobody is in a team while it is deleted, nor through it in those above", "[projections][ACC-3][GEN-5]") {
  ReadModels models;
  Position last = 0;
  const auto add = [&](ObjectRef object, Event event, std::int64_t at) { record(models, ++last, object, event, at); };
  const ObjectRef poland{Kind::team, numbered(9, 1)}, north{Kind::team, numbered(9, 2)}, user{Kind::user, numbered(9, 3)};
  add(poland, event::Created{{{field::team::name, std::string("Poland")}}}, 1000);
  add(north, event::Created{{{field::team::name, std::string("North")}, {field::team::parent_id, poland.id}}}, 1000);
  add(user, event::Created{{{field::user::name, std::string("Sam")}, {field::user::team_ids, std::vector<Uuid>{north.id}}}}, 1000);
  const auto is_in = [&](ObjectRef team, std::int64_t at) {
    const auto live = models.live();
    return live->in_team(live->handle(user.id), live->handle(team.id), Instant{at});
  };
  CHECK(is_in(poland, 9000));
  add(north, event::Deleted{}, 2000);
  for (const ObjectRef& team : {north, poland}) {
    CHECK(is_in(team, 1999));
    CHECK_FALSE(is_in(team, 2000));
    CHECK_FALSE(is_in(team, 9000));
  }
  add(north, event::Restored{}, 3000);
  for (const ObjectRef& team : {north, poland}) {
    CHECK_FALSE(is_in(team, 2999));
    CHECK(is_in(team, 3000));
  }
}

TEST_CASE("a source that is deleted was never anybody's from then on, and still was before", "[projections][DIC-1]") {
  HistoryMaker history(41);
  ReadModels models;
  Position last = 0;
  const auto add = [&](ObjectRef object, Event event, std::int64_t at) { record(models, ++last, object, event, at); };
  const ObjectRef fair{Kind::source, numbered(9, 1)}, deal{Kind::deal, numbered(9, 2)}, person{Kind::person, numbered(9, 3)};
  add(fair, event::Created{{{field::source::name, std::string("Fair")}}}, 1000);
  add(deal, event::Created{{{field::deal::source_id, fair.id}}}, 2000);
  add(person, event::Created{{{field::person::source_id, fair.id}}}, 2000);
  add(deal, event::Deleted{}, 2500);
  const auto before = models.live();
  add(fair, event::Deleted{}, 3000);
  const auto after = models.live();
  const Handle handle = after->handle(fair.id);
  const auto source = [&](const World& world, ObjectRef object) {
    return world.table(object.kind).handles(object.kind == Kind::deal ? field::deal::source_id : field::person::source_id)[world.row(object.kind, object.id)];
  };
  CHECK(source(*before, deal) == handle);
  CHECK(source(*after, deal) == 0);
  CHECK(source(*after, person) == 0);
  CHECK(source(*after->at({Instant{2999}}), deal) == handle);
  CHECK(source(*after->at({Instant{3000}}), deal) == 0);
  CHECK(source(*after->at({end_of_time, before->position()}), person) == handle);
}

TEST_CASE("a pinned World stays as it was while the log goes on, whoever reads it", "[projections][threads]") {
  HistoryMaker history(51);
  history.steps(1500);
  ReadModels models;
  const std::size_t half = history.log.size() / 2;
  apply_all(models, history.log, 0, half);
  const auto pinned = models.live();
  const ReplayOracle oracle(history.log, end_of_time, half);
  const ReplayOracle past_oracle(history.log, history.log[half / 2].envelope.effective_at, half / 2);

  std::jthread reader([&](const std::stop_token& stop) {
    std::mt19937_64 random(1);
    while (!stop.stop_requested()) {
      const auto live = models.live();
      const auto past = live->at({end_of_time, 1 + random() % live->position()});
      std::int64_t sum = 0;
      for (const auto& world : {live, past}) {
        const Table& deals = world->table(Kind::deal);
        for (Row row = 0; row < deals.rows(); ++row) {
          sum += deals.numbers(field::deal::value)[row] != null_number;
          sum += static_cast<std::int64_t>(deals.text(field::deal::name, row).size());
          sum += static_cast<std::int64_t>(world->view(Kind::deal, row).done_actions.size());
        }
        sum += static_cast<std::int64_t>(world->processes().size());
      }
      if (sum < 0) break;
    }
  });
  apply_all(models, history.log, half);
  reader.request_stop();
  reader.join();
  check_world(*pinned, oracle);
  check_world(*pinned->at({history.log[half / 2].envelope.effective_at, half / 2}), past_oracle);
  check_world(*models.live(), ReplayOracle(history.log, end_of_time, UINT64_MAX));
}

TEST_CASE("two columns of sets of one past World may be made at the same time", "[projections][threads]") {
  HistoryMaker history(52);
  history.steps(800);
  ReadModels models, others;
  apply_all(models, history.log);
  apply_all(others, history.log);
  const auto members = [](const World& world, std::uint16_t field) {
    const Table& deals = world.table(Kind::deal);
    std::vector<Handle> all;
    for (Row row = 0; row < deals.rows(); ++row) {
      const auto set = deals.set(field, row);
      all.push_back(static_cast<Handle>(set.size()));
      all.insert(all.end(), set.begin(), set.end());
    }
    return all;
  };
  const auto live = models.live(), alone = others.live();
  for (std::size_t at = 40; at < history.log.size(); at += history.log.size() / 20) {
    const Moment moment{history.log[at].envelope.effective_at, at};
    const auto past = live->at(moment);
    std::vector<Handle> done, visited;
    std::jthread one([&] { done = members(*past, field::deal::done_actions); });
    std::jthread other([&] { visited = members(*past, derived::visited_stages); });
    one.join();
    other.join();
    CAPTURE(at);
    CHECK(done == members(*alone->at(moment), field::deal::done_actions));
    CHECK(visited == members(*alone->at(moment), derived::visited_stages));
  }
}

TEST_CASE("deeds that were recorded out of order come out in the order of time, taken back ones too", "[projections][GEN-6]") {
  ReadModels models;
  std::vector<Entry> log;
  const Uuid a = numbered(9, 11), b = numbered(9, 12);
  const auto add = [&](Event event, std::int64_t effective) {
    Envelope envelope;
    envelope.position = log.size() + 1;
    envelope.object = {Kind::deal, numbered(9, 10)};
    envelope.version = static_cast<Version>(log.size() + 1);
    envelope.recorded_at = Instant{1000};
    envelope.effective_at = Instant{effective};
    log.push_back({encode(envelope, event, nullptr), envelope, std::nullopt});
    models.apply(log.back().record(), nullptr);
  };
  add(event::Created{}, 1);
  add(event::DealActionCompleted{a, {}}, 10);
  add(event::DealActionReopened{a}, 20);
  add(event::DealActionCompleted{b, {}}, 15);
  for (const std::int64_t t : {9, 10, 14, 15, 17, 20, 25})
    for (const Position known_at : {1u, 2u, 3u, 4u}) {
      CAPTURE(t, known_at);
      check_world(*models.live()->at({Instant{t}, known_at}), ReplayOracle(log, Instant{t}, known_at));
    }
}

TEST_CASE("a closing that is corrected to a later time leaves its deal where the versions in between put open deals",
          "[projections][DEA-4][PRC-1]") {
  const auto id = [](std::string_view name) { return derived_uuid("corrected across a version", name); };
  const ObjectRef process{Kind::process, id("process")}, deal{Kind::deal, id("deal")};
  const auto stage = [&](std::string_view name) { return event::Stage{.id = id(name), .name = std::string(name)}; };
  const auto day = [](int n) { return Instant{1'760'000'000'000 + n * 86'400'000ll}; };

  ReadModels models;
  Position position = 0;
  std::map<ObjectRef, Version> versions;
  const auto record = [&](ObjectRef object, Event event, Instant recorded, Instant effective) {
    const Bytes bytes = encode({.position = ++position, .object = object, .version = ++versions[object], .recorded_at = recorded,
                                .effective_at = effective, .actor = id("anna")}, event, nullptr);
    models.apply(*trusted_record(bytes), nullptr);
  };
  record(process, event::Created{.fields = {{field::process::name, std::string("P")}}}, day(0), day(0));
  record(process, event::ProcessDefined{.version = 1, .stages = {stage("first"), stage("second")}}, day(0), day(0));
  record(deal, event::Created{.fields = {{field::deal::name, std::string("D")}, {field::deal::process_id, process.id},
                                         {field::deal::stage_id, id("first")}}}, day(1), day(1));
  event::DealClosed won{.outcome = 1, .stage = id("first"), .furthest = id("first"), .process_version = 1};
  record(deal, won, day(2), day(2));
  record(process, event::ProcessDefined{.version = 2, .stages = {stage("second")}, .removed_stages = {{id("first"), id("second")}}},
         day(4), day(4));
  record(deal, event::DealCorrected{.replaced_at = day(2), .closing = won}, day(8), day(6));

  const auto stage_on = [&](int n) {
    const auto world = models.live()->at({.as_of = day(n)});
    return world->id(world->table(Kind::deal).handles(field::deal::stage_id)[0]);
  };
  CHECK(stage_on(3) == id("first"));
  CHECK(stage_on(5) == id("second"));
  CHECK(stage_on(7) == id("first"));    // closed where it was closed
  const auto between = models.live()->at({.as_of = day(5)});
  CHECK(between->table(Kind::deal).numbers(field::deal::stage_entered_at)[0] == day(4).ms);
  CHECK(models.live()->table(Kind::deal).numbers(field::deal::stage_entered_at)[0] == day(1).ms);
}
