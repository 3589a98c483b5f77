#include "api/purges.h"

#include <algorithm>

namespace dealog::api {

// REQUIRES: the mutex is held.
void Purges::wake() {
  is_due_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_all();
}

void Purges::ask(Position position) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::max(wanted_, position);
  owing_.store(done_ < wanted_, std::memory_order_release);
  if (!is_closing()) wake();
}

void Purges::when_done(std::function<void(bool)> then) {
  bool is_done = false;
  {
    const std::lock_guard lock(mutex_);
    is_done = done_ >= wanted_;
    if (!is_done && !is_closing()) {
      waiting_.emplace_back(wanted_, std::move(then));
      return wake();
    }
  }
  then(is_done);
}

void Purges::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_due_ || is_closing(); });
    if (is_closing()) break;
    is_due_ = false;
    const Position position = wanted_;
    if (done_ < position) {
      lock.unlock();
      const bool is_done = purge_(position);
      if (is_done) count_.fetch_add(1, std::memory_order_acq_rel);
      lock.lock();
      if (is_done) done_ = position;
      owing_.store(done_ < wanted_, std::memory_order_release);
    }
    std::vector<std::function<void(bool)>> told;
    for (auto& [at, then] : waiting_)
      if (at <= position) told.push_back(std::move(then));
    std::erase_if(waiting_, [&](const auto& each) { return each.first <= position; });
    const bool is_done = done_ >= position;
    lock.unlock();
    for (const auto& then : told) then(is_done);
    lock.lock();
  }
  const auto left = std::exchange(waiting_, {});
  lock.unlock();
  for (const auto& [at, then] : left) then(false);
}

void Purges::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_.store(true, std::memory_order_release);
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace dealog::api
