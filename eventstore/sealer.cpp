#include "eventstore/sealer.h"

#include <spdlog/spdlog.h>

namespace dealog::eventstore {

Sealer::Sealer(Log log, Frontier sealed) : log_(std::move(log)), frontier_(std::move(sealed)) {}

Sealer::~Sealer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sealer::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || trouble_) return;
    wanted_ = true;
    idle_ = false;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_all();
}

void Sealer::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return idle_; });
}

std::optional<std::string> Sealer::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Sealer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || wanted_; });
    wanted_ = false;
    lock.unlock();
    std::optional<std::string> trouble;
    try {
      while (!stop_) {
        const auto range = log_.due();
        if (!range) break;
        seal(*range);
      }
    } catch (const SealingStopped&) {
    } catch (const StorageError& error) {
      trouble = error.what();
      log_.damaged(*trouble);
    } catch (const std::exception& error) {
      trouble = error.what();
      spdlog::error("history is not sealed any more until a restart, it stays in the tail: {}", *trouble);
    }
    lock.lock();
    trouble_ = trouble;
    idle_ = stop_ || trouble || !wanted_;
    changed_.notify_all();
    if (stop_ || trouble_) return;
  }
}

void Sealer::seal(const CommitRange& range) {
  const std::lock_guard working(working_);
  log_.anchored();
  const Batch batch = seal_batch({log_.store, log_.account, log_.files, log_.work, range, frontier_, [this] { return stop_.load(); }, log_.may_be_sealed});
  frontier_ = batch.frontier;
  log_.sealed(batch);
  delete_sealed(log_.store, batch.head());
}

}  // namespace dealog::eventstore
