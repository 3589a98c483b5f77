// P1 and P2: how many commands a second are acknowledged, and how soon.

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tools/bench.h"
#include "tools/bench_figures.h"
#include "tools/bench_moves.h"
#include "tools/bench_server.h"
#include "tools/generate_random.h"
#include "tools/load.h"
#include "tools/prototype.h"

namespace dealog::tools {

namespace {

constexpr double round_seconds = 2;

struct Round { double per_second = 0, events_per_commit = 0, cpu_us = 0; Histogram times; };  // cpu_us: of the server, a command

void check(const LoadResult& result, std::string_view whose) {
  if (!result.trouble.empty()) throw std::runtime_error(std::string(whose) + ": " + result.trouble);
  if (result.refused > 0) throw std::runtime_error(std::string(whose) + " refused " + std::to_string(result.refused) + " commands: " + result.first_refusal);
}

// Dealog in a process of its own, with an account and deals to move.
class Subject {
 public:
  Subject(const std::filesystem::path& program, const std::filesystem::path& folder, std::uint64_t seed, std::uint64_t deals)
      : account_(create_account_in(program, folder, "bench")), server_(program, folder),
        moves_(account_.token, make_deals(server_.port(), account_.token, seed, deals), default_stages(server_.port(), account_.token), "a-"),
        own_(account_.token, make_deals(server_.port(), account_.token, seed + 1, 64), default_stages(server_.port(), account_.token), "b-") {}

  Round round(unsigned connections, bool minimal, double seconds, double rate = 0) {
    const double events = metric(server_.port(), "dealog_events_total"), commits = metric(server_.port(), "dealog_commits_total");
    const double cpu = server_.cpu_seconds();
    const LoadResult result = run_load(moving(moves_, server_.port(), connections, minimal, seconds, rate));
    check(result, "dealog");
    Round made{.per_second = result.per_second(), .times = result.times};
    if (result.times.count() > 0) made.cpu_us = (server_.cpu_seconds() - cpu) * 1e6 / static_cast<double>(result.times.count());
    const double more = metric(server_.port(), "dealog_commits_total") - commits;
    if (more > 0) made.events_per_commit = (metric(server_.port(), "dealog_events_total") - events) / more;
    return made;
  }

  // A move, then reads of the moved deal with min_position and without, again and again over one connection.
  void read_own_writes(double seconds, Histogram& with, Histogram& without) {
    std::string position = "0";
    unsigned turn = 0;
    std::chrono::steady_clock::time_point asked;
    Load load{.port = server_.port(), .connections = 1};
    load.duration = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    load.next = [&](unsigned, std::string& request) {
      const std::string target = "/v1/deals/" + to_string(own_.last_deal());
      if (turn == 0) own_.next(0, 1, true, request);
      else request = http_request("GET", turn == 1 ? target + "?min_position=" + position : target, account_.token, "");
      asked = std::chrono::steady_clock::now();
      return true;
    };
    load.answered = [&](unsigned, const Answer& answer) {
      const auto ns = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - asked).count());
      if (turn == 0) position = std::string(answer.header("Log-Position"));
      else (turn == 1 ? with : without).add(ns);
      turn = (turn + 1) % 3;
    };
    check(run_load(load), "dealog, reading");
  }

  const ServerProcess& server() const { return server_; }
  std::uint16_t port() const { return server_.port(); }

 private:
  BenchAccount account_;
  ServerProcess server_;
  Moves moves_;
  Moves own_;  // of the one who reads his own writes
};

class Floor {
 public:
  Floor(const std::filesystem::path& folder, std::uint64_t seed)
      : prototype_(folder), moves_("a-token-of-the-usual-length-for-fairness-0123456789", ids(seed, 510, 20'000), ids(seed, 511, 4), "p-") {}

  Round round(unsigned connections, double seconds, double rate = 0) {
    const Prototype::Stats before = prototype_.stats();
    const LoadResult result = run_load(moving(moves_, prototype_.port(), connections, true, seconds, rate));
    check(result, "prototype");
    const Prototype::Stats after = prototype_.stats();
    Round made{.per_second = result.per_second(), .times = result.times};
    if (after.commits > before.commits)
      made.events_per_commit = static_cast<double>(after.events - before.events) / static_cast<double>(after.commits - before.commits);
    return made;
  }

 private:
  static std::vector<Uuid> ids(std::uint64_t seed, std::uint64_t stream, std::uint64_t count) {
    std::vector<Uuid> made(count);
    for (std::uint64_t i = 0; i < count; ++i) made[i] = Random::id(seed, stream, i);
    return made;
  }

  Prototype prototype_;
  Moves moves_;
};

// Dealog with many accounts in one server, each with one connection of its own (QUALITY 2, P1: spread over 64 accounts).
class Spread {
 public:
  Spread(const std::filesystem::path& folder, std::uint64_t seed, unsigned accounts) {
    std::vector<BenchAccount> made;
    for (unsigned i = 0; i < accounts; ++i) made.push_back(create_account_in(this_program(), folder, "bench-" + std::to_string(i)));
    server_ = std::make_unique<ServerProcess>(this_program(), folder);
    for (unsigned i = 0; i < accounts; ++i)
      moves_.emplace_back(made[i].token, make_deals(server_->port(), made[i].token, seed + i, 64), default_stages(server_->port(), made[i].token), "s-");
  }

  Round round(double seconds) {
    Load load{.port = server_->port(), .connections = static_cast<unsigned>(moves_.size())};
    load.duration = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    load.next = [this](unsigned connection, std::string& request) {
      moves_[connection].next(0, 1, true, request);
      return true;
    };
    const LoadResult result = run_load(load);
    check(result, "dealog, many accounts");
    return {.per_second = result.per_second(), .times = result.times};
  }

 private:
  std::unique_ptr<ServerProcess> server_;
  std::vector<Moves> moves_;
};

// One way of asking, measured several times.
struct Series {
  std::vector<double> rates, grouped, cpu_us, p50, p99;
  void add(const Round& round) {
    rates.push_back(round.per_second);
    grouped.push_back(round.events_per_commit);
    cpu_us.push_back(round.cpu_us);
    p50.push_back(ms(round.times.quantile(0.5)));
    p99.push_back(ms(round.times.quantile(0.99)));
  }
  std::string remark() const {
    char text[160];
    std::snprintf(text, sizeof text, "closed loop p50 %.2f ms p99 %.2f ms", median(p50), median(p99));
    std::string all = text;
    std::snprintf(text, sizeof text, ", %.1f events per fsync", median(grouped));
    all += median(grouped) == 0 ? ", events per fsync not told by the server" : text;
    std::snprintf(text, sizeof text, ", %.1f us of the server's processors each", median(cpu_us));
    if (median(cpu_us) != 0) all += text;
    return all;
  }
};

double ratio(const Series& of, const Series& to) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < of.rates.size(); ++i) ratios.push_back(of.rates[i] / to.rates[i]);
  return median(ratios);
}

void say(Figures& figures, const std::string& name, const Series& series) {
  figures.add({.bar_id = "P1", .name = name, .value = median(series.rates), .unit = "commands/s", .remark = series.remark()});
}

// What one program answers, asked in every way.
struct Answers {
  Series minimal_one, full_one, minimal_many, full_many;
  void add(Subject& subject, unsigned many) {
    minimal_one.add(subject.round(1, true, round_seconds));
    full_one.add(subject.round(1, false, round_seconds));
    minimal_many.add(subject.round(many, true, round_seconds));
    full_many.add(subject.round(many, false, round_seconds));
  }
  void say(Figures& figures, const std::string& whose, const std::string& all) const {
    tools::say(figures, whose + "1 connection, minimal answers", minimal_one);
    tools::say(figures, whose + "1 connection, full answers", full_one);
    tools::say(figures, whose + all + ", minimal answers", minimal_many);
    tools::say(figures, whose + all + ", full answers", full_many);
  }
};

void bench_floor_alone(Figures& figures, Floor& floor, unsigned many, int runs) {
  Series one, all;
  floor.round(many, 0.5);
  for (int run = 0; run < runs; ++run) {
    one.add(floor.round(1, round_seconds));
    all.add(floor.round(many, round_seconds));
  }
  say(figures, "prototype, 1 connection", one);
  say(figures, "prototype, " + std::to_string(many) + " connections", all);
}

void bench_spread(Figures& figures, Subject& subject, const std::filesystem::path& folder, std::uint64_t seed, unsigned many, int runs) {
  std::fprintf(stderr, "making %u accounts ...\n", many);
  Spread spread(folder / "spread", seed, many);
  spread.round(0.5);
  Series one_account, many_accounts;
  for (int run = 0; run < runs; ++run) {
    one_account.add(subject.round(many, true, round_seconds));
    many_accounts.add(spread.round(round_seconds));
  }
  say(figures, std::to_string(many) + " connections over " + std::to_string(many) + " accounts, minimal answers", many_accounts);
  figures.add({.bar_id = "P1", .name = "spread over " + std::to_string(many) + " accounts", .value = ratio(many_accounts, one_account),
               .unit = "x one account", .bar = 0.5});
}

// What one who reads his own writes sees while others move deals at the rate.
void read_beside(Subject& subject, unsigned many, double rate, Histogram& with, Histogram& without) {
  std::exception_ptr failure;
  std::thread background([&] {
    try {
      subject.round(many, true, round_seconds, rate);
    } catch (...) {
      failure = std::current_exception();
    }
  });
  try {
    subject.read_own_writes(round_seconds * 0.9, with, without);
  } catch (...) {
    if (!failure) failure = std::current_exception();
  }
  background.join();
  if (failure) std::rethrow_exception(failure);
}

void bench_open_loop(Figures& figures, Subject& subject, Subject* other, Floor& floor, unsigned many, double rate, int runs) {
  Series dealog, before, bare;
  Histogram with, without;
  for (int run = 0; run < runs; ++run) {
    if (other && run % 2 == 0) before.add(other->round(many, true, round_seconds, rate));
    dealog.add(subject.round(many, true, round_seconds, rate));
    if (other && run % 2 != 0) before.add(other->round(many, true, round_seconds, rate));
    bare.add(floor.round(many, round_seconds, rate));
    read_beside(subject, many, rate, with, without);
  }
  const std::string at = "open loop at " + std::to_string(static_cast<long>(rate)) + "/s, ";
  figures.add({.bar_id = "P2", .name = at + "p50", .value = median(dealog.p50), .unit = "ms"});
  figures.add({.bar_id = "P2", .name = at + "prototype p99", .value = median(bare.p99), .unit = "ms"});
  if (other) figures.add({.bar_id = "P2", .name = at + "the other program's p99", .value = median(before.p99), .unit = "ms"});
  figures.add({.bar_id = "P2", .name = at + "p99", .value = median(dealog.p99), .unit = "ms", .bar = std::max(5.0, 2 * median(bare.p99)), .at_most = true,
               .remark = "twice the prototype's or 5 ms"});
  figures.add({.bar_id = "P2", .name = "a read with min_position adds, p95", .value = ms(with.quantile(0.95)) - ms(without.quantile(0.95)), .unit = "ms",
               .bar = 2.0, .at_most = true, .remark = std::to_string(with.count()) + " reads at that rate"});
}

}  // namespace

void bench_commands(const BenchOptions& options, Figures& figures) {
  const unsigned many = options.writers > 0 ? static_cast<unsigned>(options.writers) : 64;
  const int runs = options.runs > 0 ? options.runs : 5;
  const WorkFolder folder(options.data);
  Floor floor(folder.path() / ("prototype-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count())), options.seed);
  if (options.prototype) return bench_floor_alone(figures, floor, many, runs);

  const std::uint64_t deals = std::max<std::uint64_t>(options.size > 0 ? options.size : 20'000, many);
  std::fprintf(stderr, "making %llu deals ...\n", static_cast<unsigned long long>(deals));
  Subject subject(this_program(), folder.path() / "data", options.seed, deals);
  std::unique_ptr<Subject> other;
  if (!options.against.empty()) other = std::make_unique<Subject>(options.against, folder.path() / "other", options.seed, deals);

  Series bare_one, bare_many;
  Answers own, others;
  floor.round(many, 0.5);
  subject.round(many, true, 0.5);
  if (other) other->round(many, true, 0.5);
  for (int run = 0; run < runs; ++run) {
    bare_one.add(floor.round(1, round_seconds));
    bare_many.add(floor.round(many, round_seconds));
    // Who comes second may meet what the first still does in the background: in turn.
    if (other && run % 2 == 0) others.add(*other, many);
    own.add(subject, many);
    if (other && run % 2 != 0) others.add(*other, many);
  }
  const std::string all = std::to_string(many) + " connections";
  say(figures, "prototype, 1 connection", bare_one);
  say(figures, "prototype, " + all, bare_many);
  own.say(figures, "", all);
  if (other) {
    others.say(figures, "the other program, ", all);
    for (const auto& [name, mine, its] : {std::tuple{", minimal", &own.minimal_many, &others.minimal_many}, {", full", &own.full_many, &others.full_many}})
      figures.add({.bar_id = "P1", .name = all + name + ", beside the other program", .value = ratio(*mine, *its), .unit = "x"});
  }
  figures.add({.bar_id = "P1", .name = all + ", minimal", .value = ratio(own.minimal_many, bare_many), .unit = "x prototype", .bar = 0.55});
  figures.add({.bar_id = "P1", .name = all + ", full", .value = ratio(own.full_many, bare_many), .unit = "x prototype", .bar = 0.55});
  figures.add({.bar_id = "P1", .name = "1 connection, minimal", .value = ratio(own.minimal_one, bare_one), .unit = "x prototype",
               .remark = "the bar, 2 x Fastify + PostgreSQL, needs tools/bench-peers"});
  bench_open_loop(figures, subject, other.get(), floor, many, median(own.minimal_many.rates) / 2, runs);
  bench_spread(figures, subject, folder.path(), options.seed, many, runs);
  figures.add({.bar_id = "P8", .name = "resident memory of the server", .value = static_cast<double>(subject.server().resident_bytes()) / 1e6, .unit = "MB",
               .remark = std::to_string(deals) + " deals"});
}

}  // namespace dealog::tools
