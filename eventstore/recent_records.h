#pragma once
// The newest records of a log, in memory: what was just committed is what is asked for most (a command's answer, a live
// board, a stream), and there it costs no look into RocksDB. A cache: forgetting it changes nothing but time.
//
// Threads: add from one (the appender), find from any.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "domain/codec.h"
#include "domain/types.h"

namespace dealog::eventstore {

class RecentRecords {
 public:
  // `most_bytes`: of records; the oldest commits are forgotten beyond that.
  explicit RecentRecords(std::size_t most_bytes = std::size_t{8} << 20) : most_bytes_(most_bytes) {}

  // Those of the next commit: positions go on from `first`. Copies them.
  void add(Position first, std::span<const BytesView> records);

  // 8-aligned, for as long as `held` lives; empty when it is not remembered.
  struct Found {
    BytesView bytes;
    std::shared_ptr<const void> held;
  };
  Found find(Position position) const;

 private:
  struct Run;

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Run>> runs_;  // by position
  std::size_t bytes_ = 0;
};

}  // namespace dealog::eventstore
