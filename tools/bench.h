#pragma once
// The benches behind `dealog bench NAME`: each makes its data from a seed, runs, and says its figures beside the bars of
// QUALITY 2. Programs, never timed tests: absolute times drift, so what counts are ratios within one run.

#include "tools/bench_figures.h"
#include "tools/commands.h"

namespace dealog::tools {

// P1, P2: commands over HTTP, beside the bare prototype, in alternation. Size: deals.
void bench_commands(const BenchOptions& options, Figures& figures);
// P4, P6: reports over read models in this process. Size: deals.
void bench_reports(const BenchOptions& options, Figures& figures);
// P5: the board, at rest and while 1,000 commands a second are applied. Size: deals.
void bench_board(const BenchOptions& options, Figures& figures);
// P3, P9: the log itself, in this process. Size: events.
void bench_log(const BenchOptions& options, Figures& figures);
// IO-5: moves over HTTP while a backup is made. Size: events in the log before.
void bench_backup(const BenchOptions& options, Figures& figures);
// One event for many objects: a source deleted, companies merged. Size: deals.
void bench_rules(const BenchOptions& options, Figures& figures);

}  // namespace dealog::tools
