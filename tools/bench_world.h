#pragma once
// Read models full of a plain story, for the benches of queries.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "projections/query.h"
#include "projections/world.h"
#include "tools/bench_figures.h"
#include "tools/generate.h"
#include "tools/load_histogram.h"

namespace dealog::tools {

// Two years that end at a fixed instant, folded into models; says how long that took and what memory it needs.
// Throws std::runtime_error when a command of the story was refused.
struct BenchWorld {
  Story story;
  Cast cast;
  projections::ReadModels models;
  Position position = 0;

  BenchWorld(std::uint64_t seed, std::uint64_t deals, Figures& figures);
  projections::Asked asked_by_admin() const;
  projections::Asked asked_by_salesperson() const;  // the one with the most deals
};

// How long `query` takes, `runs` times after some for warming up. It throws when the query was refused.
Histogram timed(int runs, const std::function<void()>& query);

// Throws std::runtime_error with the faults' words.
[[noreturn]] void refused(const std::vector<projections::QueryFault>& faults, const std::string& what);

}  // namespace dealog::tools
