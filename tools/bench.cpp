#include "tools/bench.h"

#include <cstdio>
#include <exception>

namespace dealog::tools {

int run_bench(const BenchOptions& options) {
  Figures figures(options.name, options.json);
  try {
    if (options.name == "commands") {
      bench_commands(options, figures);
    } else if (options.name == "reports") {
      bench_reports(options, figures);
    } else if (options.name == "board") {
      bench_board(options, figures);
    } else if (options.name == "log") {
      bench_log(options, figures);
    } else if (options.name == "backup") {
      bench_backup(options, figures);
    } else {
      std::fprintf(stderr, "dealog bench: there is no bench \"%s\". There are: commands, reports, board, log, backup.\n", options.name.c_str());
      return exit_usage;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog bench %s: %s\n", options.name.c_str(), error.what());
    return exit_failed;
  }
  figures.finish();
  return exit_ok;
}

}  // namespace dealog::tools
