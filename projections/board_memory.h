#pragma once
// What boards remember of the last one, so that the usual board (no filter, everything visible, longest in the
// stage first) costs what has changed since: for each chunk of the deals' columns, the totals of its open deals
// in each stage. A chunk that nobody wrote to is the same memory, so it needs no second look.
//
// It only ever answers what a scan would (board.cpp has that; a test compares them). Belongs to the live models;
// any thread.

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "projections/weighted_sum.h"
#include "projections/world.h"

namespace dealog::projections {

class BoardMemory {
 public:
  // A board's column as it is cheap to have.
  struct Column {
    std::uint64_t count = 0, stale = 0;
    std::int64_t value = 0;
    WeightedSum weighted;
    std::vector<Row> first;      // up to `wanted`, longest in the stage first
  };
  static constexpr std::size_t most_wanted = 64;

  BoardMemory();
  ~BoardMemory();
  // The columns of the process's stages at `world`. `fresh_since`: per stage, deals that entered before it are stale
  // (null_number: none). REQUIRES: world is live, wanted <= most_wanted.
  std::vector<Column> columns(const World& world, const ProcessInfo& process, const std::vector<std::int64_t>& fresh_since, std::size_t wanted);

 private:
  struct OfProcess;
  std::mutex lock_;
  std::map<Handle, std::unique_ptr<OfProcess>> processes_;
};

}  // namespace dealog::projections
