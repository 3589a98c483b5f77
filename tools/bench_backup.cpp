// Backups under load (issue "Sealed history", acceptance 4): how much later answers come while one is made.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tools/bench.h"
#include "tools/bench_moves.h"
#include "tools/bench_server.h"
#include "tools/load.h"

namespace dealog::tools {

namespace {

constexpr double load_seconds = 2;
constexpr unsigned connections = 64;
constexpr std::chrono::seconds backup_patience{30};

struct BackupRound {
  double p50 = 0, p99 = 0;
};

class Loaded {
 public:
  Loaded(const std::filesystem::path& folder, std::uint64_t seed, std::uint64_t deals)
      : account_(create_account_in(this_program(), folder, "bench")), server_(this_program(), folder),
        moves_(account_.token, make_deals(server_.port(), account_.token, seed, deals), default_stages(server_.port(), account_.token), "a-") {}

  LoadResult load(double seconds, double rate) {
    LoadResult result = run_load(moving(moves_, server_.port(), connections, true, seconds, rate));
    if (!result.trouble.empty()) throw std::runtime_error(result.trouble);
    if (result.refused > 0) throw std::runtime_error("refused: " + result.first_refusal);
    return result;
  }
  BackupRound round(double rate) {
    const LoadResult result = load(load_seconds, rate);
    return {static_cast<double>(result.times.quantile(0.5)) / 1e6, static_cast<double>(result.times.quantile(0.99)) / 1e6};
  }
  double events() const { return metric(server_.port(), "dealog_events_total"); }

  // The path of the backup that was begun.
  std::string begin() {
    const Exchange answer = exchange(server_.port(), http_request("POST", "/v1/backups", account_.token, ""), backup_patience);
    if (answer.status != 202) throw std::runtime_error("POST /v1/backups: " + std::to_string(answer.status) + " " + answer.body);
    return std::string(answer.header("Location"));
  }
  bool running(const std::string& path) {
    const Exchange answer = exchange(server_.port(), http_request("GET", path, account_.token, ""), backup_patience);
    if (answer.body.find("\"failed\"") != std::string::npos) throw std::runtime_error(answer.body);
    return answer.body.find("\"running\"") != std::string::npos;
  }

 private:
  BenchAccount account_;
  ServerProcess server_;
  Moves moves_;
};

}  // namespace

void bench_backup(const BenchOptions& options, Figures& figures) {
  const std::uint64_t wanted = options.size > 0 ? options.size : 500'000;
  const int runs = options.runs > 0 ? options.runs : 3;
  const WorkFolder folder(options.data);
  // The server takes its options from here as well.
  if (::setenv("DEALOG_BACKUPS", (folder.path() / "backups").c_str(), 1) != 0) throw std::runtime_error("setenv");
  Loaded subject(folder.path(), options.seed, 20'000);
  std::fprintf(stderr, "making %llu events ...\n", static_cast<unsigned long long>(wanted));
  double rate = 0;
  while (subject.events() < static_cast<double>(wanted)) rate = subject.load(load_seconds, 0).per_second() / 2;
  if (rate == 0) rate = subject.load(load_seconds, 0).per_second() / 2;

  std::vector<double> quiet50, quiet99, busy50, busy99, took;
  for (int run = 0; run < runs; ++run) {
    const BackupRound quiet = subject.round(rate);
    quiet50.push_back(quiet.p50);
    quiet99.push_back(quiet.p99);
    const auto from = std::chrono::steady_clock::now();
    const std::string path = subject.begin();
    do {
      const BackupRound busy = subject.round(rate);
      busy50.push_back(busy.p50);
      busy99.push_back(busy.p99);
    } while (subject.running(path));
    took.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count());
  }
  const std::string at = "moves at " + std::to_string(static_cast<long>(rate)) + "/s over 64 connections, ";
  const std::string remark = std::to_string(static_cast<long>(subject.events())) + " events; a backup took " + std::to_string(median(took)) + " s";
  figures.add({.bar_id = "", .name = at + "p50", .value = median(quiet50), .unit = "ms"});
  figures.add({.bar_id = "", .name = at + "p99", .value = median(quiet99), .unit = "ms"});
  figures.add({.bar_id = "IO-5", .name = "while a backup is made, p50", .value = median(busy50), .unit = "ms", .bar = 2 * median(quiet50), .at_most = true, .remark = remark});
  figures.add({.bar_id = "IO-5", .name = "while a backup is made, p99", .value = median(busy99), .unit = "ms", .bar = 2 * median(quiet99), .at_most = true, .remark = remark});
}

}  // namespace dealog::tools
