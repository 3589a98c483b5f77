#include "tools/bench.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

namespace dealog::tools {

namespace {

struct Bench { std::string_view name; void (*run)(const BenchOptions&, Figures&); };
constexpr Bench benches[] = {
    {"commands", bench_commands}, {"reports", bench_reports}, {"board", bench_board},
    {"log", bench_log}, {"backup", bench_backup}, {"rules", bench_rules},
};

}  // namespace

std::vector<std::string> bench_names() {
  std::vector<std::string> names;
  for (const Bench& bench : benches) names.emplace_back(bench.name);
  return names;
}

int run_bench(const BenchOptions& options) {
  const auto bench = std::ranges::find(benches, options.name, &Bench::name);
  if (bench == std::end(benches)) {
    std::fprintf(stderr, "dealog bench: there is no bench \"%s\" (see dealog bench --help).\n", options.name.c_str());
    return exit_usage;
  }
  if (!options.against.empty() && (options.name != "commands" || options.prototype)) {
    std::fprintf(stderr, "dealog bench: --against goes with the bench \"commands\", and not with --prototype.\n");
    return exit_usage;
  }
  Figures figures(options.name, options.json);
  try {
    bench->run(options, figures);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog bench %s: %s\n", options.name.c_str(), error.what());
    return exit_failed;
  }
  figures.finish();
  return exit_ok;
}

}  // namespace dealog::tools
