// P5: the Kanban board over a million deals, at rest and while 1,000 moves a second are folded in.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench.h"
#include "tools/bench_figures.h"
#include "tools/bench_world.h"
#include "tools/generate_random.h"

namespace dealog::tools {

namespace {

using projections::Parameters;

struct Look {
  std::string name;
  projections::Asked asked;
  Parameters parameters;
  double bar_ms;
};

std::vector<Uuid> open_deals(const projections::World& world) {
  std::vector<Uuid> open;
  const projections::Table& deals = world.table(Kind::deal);
  const auto& status = deals.handles(field::deal::status);
  for (projections::Row row = 0; row < deals.rows(); ++row)
    if (status[row] == static_cast<projections::Handle>(Status::open) + 1) open.push_back(world.id(deals.self()[row]));
  return open;
}

// Folds moves of random open deals into the models at a steady rate, until it goes. Its thread is the models' worker.
class Traffic {
 public:
  Traffic(BenchWorld& world, std::vector<Uuid> deals, unsigned per_second)
      : world_(world), deals_(std::move(deals)), per_second_(per_second), thread_([this] { work(); }) {}
  ~Traffic() {
    stopping_ = true;
    thread_.join();
  }
  std::uint64_t applied() const { return applied_; }

 private:
  void work() {
    Random random(world_.story.seed, 950, world_.position);
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t number = 0; !stopping_; ++number) {
      std::this_thread::sleep_until(start + std::chrono::nanoseconds(number * 1'000'000'000 / per_second_));
      const Uuid& deal = deals_[random.below(deals_.size())];
      const Uuid& stage = world_.cast.stages[random.below(world_.cast.stages.size())];
      const Instant now{world_.story.until.ms + static_cast<std::int64_t>(number)};
      const Envelope envelope{.position = ++world_.position, .object = {Kind::deal, deal}, .version = 1000, .recorded_at = now, .effective_at = now,
                              .actor = world_.story.admin, .performer = {}, .token = {}, .command = world_.position, .cause = 0};
      const Bytes bytes = encode(envelope, event::DealMoved{stage, world_.cast.stages.back()}, nullptr);
      world_.models.apply(*trusted_record(bytes), nullptr);
      ++applied_;
    }
  }

  BenchWorld& world_;
  std::vector<Uuid> deals_;
  unsigned per_second_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> applied_{0};
  std::thread thread_;  // the last: it uses all of the above
};

void look_at_boards(BenchWorld& world, const std::vector<Look>& looks, int runs, const std::string& when, const Uuid& process, Figures& figures) {
  for (const Look& look : looks) {
    const Histogram times = timed(runs, [&] {
      const auto board = projections::board(world.models.live(), process, look.asked, look.parameters);
      if (!board) refused(board.error(), look.name);
    });
    figures.add({.bar_id = "P5", .name = look.name + ", " + when + ", p50", .value = ms(times.quantile(0.5)), .unit = "ms", .bar = look.bar_ms, .at_most = true});
    figures.add({.bar_id = "P5", .name = look.name + ", " + when + ", p99", .value = ms(times.quantile(0.99)), .unit = "ms", .bar = 10.0, .at_most = true,
                 .remark = std::to_string(times.count()) + " boards"});
  }
}

}  // namespace

void bench_board(const BenchOptions& options, Figures& figures) {
  BenchWorld world(options.seed, options.size > 0 ? options.size : 1'000'000, figures);
  const int runs = options.runs > 0 ? options.runs : 300;
  const projections::Asked admin = world.asked_by_admin();
  const std::vector<Look> looks = {
      {"board of who sees all", admin, {}, 1},
      {"board of a salesperson", world.asked_by_salesperson(), {}, 4},
      {"board, value above 10,000", admin, {{"value[gte]", "10000"}}, 4},
      {"board of one owner", admin, {{"owner_id", to_string(world.cast.salespeople[1])}}, 4},
      {"board, an action done", admin, {{"done_action_id", to_string(world.cast.actions[0])}}, 4},
  };
  std::vector<Uuid> open = open_deals(*world.models.live());
  figures.add({.bar_id = "", .name = "open deals on the board", .value = static_cast<double>(open.size()), .unit = "deals"});
  look_at_boards(world, looks, runs, "at rest", world.cast.process, figures);

  constexpr unsigned per_second = 1000;
  const auto start = std::chrono::steady_clock::now();
  Traffic traffic(world, std::move(open), per_second);
  look_at_boards(world, looks, runs, "at 1,000/s", world.cast.process, figures);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  figures.add({.bar_id = "", .name = "moves folded meanwhile", .value = static_cast<double>(traffic.applied()) / seconds, .unit = "events/s"});
}

}  // namespace dealog::tools
