#include <atomic>
#include <stdexcept>

#include "domain/calendar.h"
#include "projections/worker.h"
#include "projections/world.h"
#include "tests/projections/random_history.h"
#include "tests/projections/world_checks.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::projections;
using namespace dealog::test;

namespace {

std::shared_ptr<const eventstore::Committed> batch_of(const std::vector<Entry>& log, std::size_t from, std::size_t to) {
  auto batch = std::make_shared<eventstore::Committed>();
  std::vector<std::size_t> starts;
  for (std::size_t i = from; i < to; ++i) {
    starts.push_back(batch->storage.size());
    batch->storage.insert(batch->storage.end(), log[i].bytes.begin(), log[i].bytes.end());
  }
  for (std::size_t i = from; i < to; ++i)
    batch->records.push_back(BytesView(batch->storage).subspan(starts[i - from], log[i].bytes.size()));
  batch->first = from + 1;
  batch->last = to;
  return batch;
}

// What opens personal parts: found by position.
Worker::Open opener(const std::vector<Entry>& log) {
  return [&log](const fb::Record& record) { return log[record.position() - 1].personal; };
}

}  // namespace

TEST_CASE("read models rebuilt from the log have the same digest, and one event makes another", "[projections][TIM-3]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  HistoryMaker history(seed);
  history.steps(500);
  ReadModels live, rebuilt;
  std::array<std::uint8_t, 32> before{};
  for (const Entry& entry : history.log) {
    if (&entry == &history.log.back()) before = live.digest();
    live.apply(entry.record(), entry.opened());
    if (entry.envelope.position % 50 == 0) (void)live.live()->at({entry.envelope.effective_at});  // pins and past worlds change nothing
  }
  apply_all(rebuilt, history.log);
  CHECK(live.digest() == rebuilt.digest());
  CHECK(live.digest() != before);
}

TEST_CASE("the digest sees a single changed value", "[projections][TIM-3]") {
  const auto digest = [](std::int64_t value, std::int64_t effective) {
    Envelope envelope;
    envelope.position = 1;
    envelope.object = {Kind::deal, numbered(8, 1)};
    envelope.version = 1;
    envelope.recorded_at = Instant{5000};
    envelope.effective_at = Instant{effective};
    const Bytes bytes = encode(envelope, event::Created{{{field::deal::value, value}}}, nullptr);
    ReadModels models;
    models.apply(*read_record(bytes), nullptr);
    return models.digest();
  };
  CHECK(digest(1, 5000) == digest(1, 5000));
  CHECK(digest(1, 5000) != digest(2, 5000));
  CHECK(digest(1, 5000) != digest(1, 4000));
}

TEST_CASE("records are taken in order, each once; a stray one changes nothing but the willingness to go on", "[projections][TIM-5]") {
  HistoryMaker history(4);
  history.steps(50);
  ReadModels models;
  apply_all(models, history.log, 0, 30);
  const auto digest = models.digest();
  CHECK_THROWS_AS(models.apply(history.log[31].record(), nullptr), std::logic_error);
  CHECK(models.position() == 30);
  CHECK(models.digest() == digest);
  CHECK_THROWS(models.apply(history.log[30].record(), history.log[30].opened()));
}

TEST_CASE("an event that cannot be applied leaves every column as it was before it", "[projections][TIM-5]") {
  HistoryMaker history(5);
  history.steps(200);
  ReadModels models, sound;
  apply_all(models, history.log);
  apply_all(sound, history.log);
  const auto before = models.live();

  // A field of a later release behind some that are known, about a deal that is there and about a new one.
  const auto deal = std::ranges::find(history.log, Kind::deal, [](const Entry& entry) { return entry.envelope.object.kind; });
  const bool is_new = GENERATE(false, true);
  Envelope envelope = deal->envelope;
  envelope.position = history.log.size() + 1;
  if (is_new) envelope.object.id = numbered(8, 8);
  namespace d = field::deal;
  const Bytes bytes = encode(envelope, event::Created{{{d::value, std::int64_t{77}}, {d::name, std::string("other")},
      {d::stage_id, history.all_stages.front()}, {d::status, std::int64_t{2}}, {std::uint16_t{39}, std::int64_t{1}}}}, nullptr);
  CHECK_THROWS(models.apply(*read_record(bytes), nullptr));
  CHECK(models.position() == history.log.size());
  CHECK(models.live()->row(Kind::deal, numbered(8, 8)) == no_row);
  check_world(*models.live(), ReplayOracle(history.log, end_of_time, UINT64_MAX));
  check_world(*models.live()->at({history.log[100].envelope.effective_at}), ReplayOracle(history.log, history.log[100].envelope.effective_at, UINT64_MAX));
}

TEST_CASE("live() is the same World while nothing happens, and knows the account", "[projections]") {
  HistoryMaker history(6);
  history.steps(20);
  ReadModels models;
  CHECK(models.live()->position() == 0);
  CHECK(models.live()->calendar().zone() == "UTC");
  apply_all(models, history.log);
  const auto world = models.live();
  CHECK(models.live() == world);
  CHECK(world->is_live());
  CHECK(world->calendar().zone() == "Europe/Warsaw");
  CHECK(world->currency() == "PLN");
  CHECK(world->setting(field::account::sources_on));
  CHECK_FALSE(world->setting(field::account::costs_on));
  CHECK(world->default_process() != nullptr);
  CHECK(world->handle(numbered(77, 77)) == 0);
  CHECK(world->id(0).is_nil());

  // SPEC TIM-1: known_at as an instant is the last position recorded by then.
  for (std::size_t i = 0; i < history.log.size(); ++i) {
    const Instant recorded = history.log[i].envelope.recorded_at;
    Position expected = 0;
    for (const Entry& entry : history.log)
      if (entry.envelope.recorded_at <= recorded) expected = entry.envelope.position;
    CHECK(world->position_at(recorded) == expected);
    CHECK(world->at({end_of_time, 5})->position_at(recorded) == std::min<Position>(expected, 5));
  }
  CHECK(world->position_at(Instant{0}) == 0);
}

TEST_CASE("participants are found by user", "[projections][ACC-4]") {
  HistoryMaker history(7);
  history.steps(600);
  ReadModels models;
  apply_all(models, history.log);
  const auto world = models.live();
  const Table& deals = world->table(Kind::deal);
  std::size_t found = 0;
  for (const Uuid& user : history.users) {
    std::vector<Row> expected;
    for (Row row = 0; row < deals.rows(); ++row)
      if (std::ranges::count(deals.set(field::deal::participant_ids, row), world->handle(user)) != 0) expected.push_back(row);
    CHECK(world->participated(Kind::deal, world->handle(user)) == expected);
    found += expected.size();
  }
  CHECK(found > 0);
}

TEST_CASE("an id that clients gave to objects of two kinds names both", "[projections]") {
  ReadModels models;
  Envelope envelope;
  const Uuid id = numbered(8, 5);
  for (const Kind kind : {Kind::company, Kind::deal, Kind::task}) {
    ++envelope.position;
    envelope.object = {kind, id};
    envelope.version = 1;
    const Bytes bytes = encode(envelope, event::Created{}, nullptr);
    models.apply(*read_record(bytes), nullptr);
  }
  const auto world = models.live();
  CHECK(world->row(Kind::company, id) == 0);
  CHECK(world->row(Kind::deal, id) == 0);
  CHECK(world->row(Kind::task, id) == 0);
  CHECK(world->row(Kind::person, id) == no_row);
}

TEST_CASE("a worker follows batches, and says when a position is reached", "[projections][worker][threads]") {
  HistoryMaker history(8);
  history.steps(400);
  ReadModels models, rebuilt;
  Worker worker("worlds", models, opener(history.log));
  std::atomic<int> reached{0}, refused{0};
  const std::size_t size = history.log.size();
  for (const Position position : {Position{0}, Position{1}, Position{size}, Position{size + 1}})
    worker.when_at(position, [&](bool ok) { ++(ok ? reached : refused); });
  const std::uint64_t cancelled = worker.when_at(size + 2, [&](bool) { refused += 100; });
  worker.cancel(cancelled);
  for (std::size_t from = 0; from < size; from += 7) worker.feed(batch_of(history.log, from, std::min(size, from + 7)));
  REQUIRE(worker.wait_for(size, std::chrono::minutes(1)));
  CHECK(worker.position() == size);
  CHECK(models.live()->position() >= size);
  CHECK(worker.heartbeats() >= size);
  CHECK_FALSE(worker.wait_for(size + 1, std::chrono::milliseconds(1)));
  worker.close();
  worker.close();
  CHECK(reached == 3);
  CHECK(refused == 1);
  CHECK_FALSE(worker.wait_for(size + 1, std::chrono::minutes(1)));
  apply_all(rebuilt, history.log);
  CHECK(models.digest() == rebuilt.digest());
}

TEST_CASE("a worker skips what the models have already", "[projections][worker]") {
  HistoryMaker history(9);
  history.steps(100);
  ReadModels models;
  apply_all(models, history.log, 0, 40);
  Worker worker("worlds", models, opener(history.log));
  worker.feed(batch_of(history.log, 20, history.log.size()));
  CHECK(worker.wait_for(history.log.size(), std::chrono::minutes(1)));
}

TEST_CASE("a worker that fails on an event stops there, says so and serves what it has", "[projections][worker][TIM-5]") {
  HistoryMaker history(10);
  history.steps(200);
  ReadModels models, sound;
  // The key of one record is damaged.
  Position bad = 0;
  for (const Entry& entry : history.log)
    if (entry.personal && entry.envelope.position > 50 && bad == 0) bad = entry.envelope.position;
  REQUIRE(bad > 0);
  const auto open = opener(history.log);
  Worker worker("worlds", models, [&](const fb::Record& record) -> std::optional<Fields> {
    if (record.position() == bad) throw std::runtime_error("the key of event " + std::to_string(bad) + " is damaged");
    return open(record);
  });
  worker.feed(batch_of(history.log, 0, history.log.size()));
  CHECK_FALSE(worker.wait_for(history.log.size(), std::chrono::minutes(1)));
  const auto failure = worker.failure();
  REQUIRE(failure.has_value());
  CHECK(failure->name == "worlds");
  CHECK(failure->position == bad);
  CHECK(failure->error == "the key of event " + std::to_string(bad) + " is damaged");
  CHECK(worker.position() == bad - 1);
  worker.feed(batch_of(history.log, bad, history.log.size()));
  worker.close();
  CHECK(worker.position() == bad - 1);
  apply_all(sound, history.log, 0, bad - 1);
  CHECK(models.digest() == sound.digest());
}
