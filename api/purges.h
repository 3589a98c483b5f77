#pragma once
// What was erased, out of the read models of one account (SPEC CON-3). Its keys are gone already, so nothing of it can be
// read from the log; a thread of its own now makes the read models forget what they had read before. Those who erase at
// the same time share one run. The thread is made when something is erased for the first time.
//
// Threads: any. Callbacks run on the caller's thread or on that thread; they must be short.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "domain/types.h"

namespace dealog::api {

class Purges {
 public:
  // `purge` makes everything forget what was erased up to a position. False: it could not, or gave up. Blocks.
  explicit Purges(std::function<bool(Position)> purge) : purge_(std::move(purge)) {}
  ~Purges() { close(); }

  // Something is erased at `position`. Never waits.
  void ask(Position position);
  // Calls `then(true)` once all that was asked for by now is forgotten, at once where it is; `then(false)` when it cannot be:
  // then it is tried again with the next one who asks, and at the next start nothing of it is read at all.
  void when_done(std::function<void(bool)> then);

  // Is something erased that read models may still hold?
  bool is_owing() const { return owing_.load(std::memory_order_acquire); }
  // How often something was forgotten: answers that were made before are not those of now.
  std::uint64_t count() const { return count_.load(std::memory_order_acquire); }
  // A run is to give up.
  bool is_closing() const { return closing_.load(std::memory_order_acquire); }
  // Twice is once.
  void close();

 private:
  void run();
  void wake();

  const std::function<bool(Position)> purge_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> closing_{false}, owing_{false};
  std::mutex mutex_;                 // guards all below
  std::condition_variable changed_;
  Position wanted_ = 0, done_ = 0;
  bool is_due_ = false;
  std::vector<std::pair<Position, std::function<void(bool)>>> waiting_;
  std::thread thread_;
};

}  // namespace dealog::api
