#pragma once
// Seals a log in the background: a thread that begins when the first batch is due, and takes one after another.
//
// Threads: every function from any thread. A log that was damaged in the tail is told of; a batch that could not be
// written (a full disk) ends sealing until the next start, and the log goes on in its tail.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "eventstore/rocks_batch.h"

namespace dealog::eventstore {

class Sealer {
 public:
  // What it needs of the log. All are called on its thread.
  struct Log {
    const RocksStore& store;
    Uuid account;
    Files& files;
    std::filesystem::path work;
    std::function<std::optional<CommitRange>()> due;     // the oldest batch that is, or nothing
    std::function<bool(const Hash16&)> may_be_sealed;    // false: no sealed command has that key
    std::function<void()> anchored;                      // back when the anchor tells of it; throws StorageError
    std::function<void(const Batch&)> sealed;            // it is there: look for it in the sealed part from now on
    std::function<void(const std::string&)> damaged;
  };

  // `sealed`: the frontier of all that is sealed.
  Sealer(Log log, Frontier sealed);
  // Stops in the middle of a batch: nothing of it is kept.
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // A batch is due.
  void wake();
  // Back when none is due any more, or sealing has ended.
  void wait();
  // Nothing is sealed while it is held. Waits for the batch under way.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(working_); }
  // Why sealing has ended, if it has.
  std::optional<std::string> trouble() const;

 private:
  void run();
  void seal(const CommitRange& range);

  const Log log_;
  Frontier frontier_;
  std::mutex working_;
  std::atomic<bool> stop_ = false;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  bool wanted_ = false, idle_ = true;
  std::optional<std::string> trouble_;
  std::thread thread_;
};

}  // namespace dealog::eventstore
