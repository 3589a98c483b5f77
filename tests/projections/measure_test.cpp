// Opt-in: how much memory a deal takes and how long an event does (QUALITY P3, P6, P8).
//     projections_tests "[.measure]"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include "projections/world.h"
#include "tests/projections/random_history.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::projections;
using namespace dealog::test;

namespace {

std::int64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

// Of this process's time on a core, since the machine may be busy with other things.
class Stopwatch {
 public:
  double ms() const { return static_cast<double>(std::clock() - start_) * 1e3 / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

Uuid plain(std::uint64_t space, std::uint64_t number) {
  Uuid id;
  number = number * 0x9E3779B97F4A7C15ull + space;
  std::memcpy(id.bytes.data(), &number, 8);
  std::memcpy(id.bytes.data() + 8, &space, 8);
  return id;
}

}  // namespace

TEST_CASE("memory of a deal and time of an event at 1 M deals and 10 M events", "[.measure]") {
  namespace d = field::deal;
  HistoryMaker set_up(1);  // users, teams, processes
  const Instant start{1'800'000'000'000};
  ReadModels models;
  for (const Entry& entry : set_up.log) models.apply(entry.record(), entry.opened());

  std::mt19937_64 random(1);
  const char* asked = std::getenv("DEALOG_MEASURE_DEALS");
  const std::uint64_t deals = asked != nullptr ? std::stoull(asked) : 1'000'000;
  const std::uint64_t events = deals * 10;
  const auto process = models.live()->processes()[0];
  std::vector<Uuid> actions;
  for (const event::Stage& stage : process.stages)
    for (const event::Action& action : stage.actions) actions.push_back(action.id);
  std::vector<std::uint32_t> versions(deals), done(deals);

  Position position = models.position();
  const std::int64_t before = resident_bytes();
  double folding = 0;
  Bytes bytes;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  const auto flush = [&] {
    const Stopwatch watch;
    for (const auto& [at, size] : places) models.apply(*trusted_record(BytesView(bytes).subspan(at, size)), nullptr);
    folding += watch.ms();
    bytes.clear();
    places.clear();
  };
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::uint64_t deal = i < deals ? i : random() % deals;
    Envelope envelope;
    envelope.position = ++position;
    envelope.object = {Kind::deal, plain(2, deal)};
    envelope.version = ++versions[deal];
    envelope.actor = set_up.users[random() % set_up.users.size()];
    envelope.recorded_at = envelope.effective_at = Instant{start.ms + static_cast<std::int64_t>(i) * 5};
    Event event;
    if (i < deals) {
      event = event::Created{{{d::name, "deal " + std::to_string(i)}, {d::process_id, process.id}, {d::stage_id, process.stages[0].id},
          {d::owner_id, envelope.actor}, {d::currency, std::string("PLN")}, {d::value, static_cast<std::int64_t>(random() % 100000)},
          {d::company_id, plain(3, random() % (deals / 4 + 1))}, {d::source_id, set_up.sources[random() % set_up.sources.size()]},
          {d::visibility, std::int64_t{0}}}};
    } else if (random() % 2 == 0 || done[deal] == actions.size()) {
      const Uuid& stage = process.stages[random() % process.stages.size()].id;
      event = event::DealMoved{stage, stage};
    } else {
      event = event::DealActionCompleted{actions[done[deal]++], {}};
    }
    const std::size_t at = bytes.size();
    encode_into(bytes, envelope, event, nullptr);
    places.emplace_back(at, bytes.size() - at);
    if (places.size() == 10'000) flush();
  }
  flush();
  std::printf("fold: %.0f ns an event, %.2f M events/s\n", folding * 1e6 / static_cast<double>(events), static_cast<double>(events) / folding / 1e3);
  const std::int64_t grown = resident_bytes() - before;
  std::printf("memory: %lld MB in all, %lld bytes a deal with its 10 events\n", static_cast<long long>(grown >> 20),
              static_cast<long long>(grown / static_cast<std::int64_t>(deals)));

  const Stopwatch pinning;
  const auto live = models.live();
  std::printf("live(): %.1f us\n", pinning.ms() * 1e3);
  const auto time = [&](const char* what, auto&& f) {
    const Stopwatch watch;
    f();
    std::printf("%s: %.1f ms\n", what, watch.ms());
  };
  time("scan of a live column", [&] {
    std::int64_t sum = 0;
    const auto& value = live->table(Kind::deal).numbers(d::value);
    for (std::size_t chunk = 0; chunk < value.chunks(); ++chunk)
      for (std::size_t i = 0; i < std::min<std::size_t>(chunk_rows, deals - chunk * chunk_rows); ++i) sum += value.chunk(chunk)[i];
    CHECK(sum > 0);
  });
  const auto half = live->at({Instant{start.ms + static_cast<std::int64_t>(events) * 5 / 2}});
  const Table& past = half->table(Kind::deal);
  time("past, stage_id (rows: a birth, 4.5 moves)", [&] { CHECK(past.handles(d::stage_id)[0] != 0); });
  time("past, stage_entered_at", [&] { CHECK(past.numbers(d::stage_entered_at)[0] != 0); });
  time("past, presence", [&] { CHECK(past.presence()[0] == 1); });
  time("past, value (births alone)", [&] { CHECK(past.numbers(d::value)[0] != 1); });
  time("past, done_actions", [&] { CHECK(past.set(d::done_actions, 0).size() < 100); });
  time("past, done_weight and total_weight", [&] { CHECK(past.numbers(derived::done_weight)[0] >= 0); });
  time("past, last_activity_at", [&] { CHECK(past.numbers(derived::last_activity_at)[0] > 0); });
  time("past, visited_stages", [&] { CHECK(!past.set(derived::visited_stages, 0).empty()); });
  std::printf("memory with that past: %lld MB\n", static_cast<long long>((resident_bytes() - before) >> 20));
}
