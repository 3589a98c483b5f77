#pragma once
// Keeps read models up with the log: a thread that applies committed batches in order and then says how far it is.
//
//     Worker worker("worlds", models, open);
//     writer's published = [&](auto commit) { worker.feed(std::move(commit)); };
//     worker.when_at(min_position, [](bool reached) { ... });
//
// An event that cannot be applied stops the worker there for good (SPEC TIM-5): it keeps what it has, the models go
// on serving the state before that event, failure() says why, and everybody who waits is told "no".
//
// Threads: every function from any thread. Callbacks must be short and must not throw or call close().

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "eventstore/writer.h"
#include "projections/world.h"

namespace dealog::projections {

class Worker {
 public:
  // The personal part of a record that has one, or nothing when it was erased. May throw: then the worker stops.
  using Open = std::function<std::optional<Fields>(const fb::Record&)>;

  struct Failure {
    std::string name;          // the worker's
    Position position = 0;     // of the event that could not be applied
    std::string error;
  };

  // `models` must outlive the worker; nobody else applies to them meanwhile.
  Worker(std::string name, ReadModels& models, Open open);
  ~Worker();                   // close()

  // REQUIRES: batches come in order, without gaps. Records that the models have already are skipped. Never waits.
  void feed(std::shared_ptr<const eventstore::Committed> batch);

  // Everything up to here is applied and can be asked for.
  Position position() const;

  // Calls back with true once `position` is applied: at once, on the caller's thread, when it is already, else on the
  // worker's. With false when the worker has failed or is closed. The number names the wait; 0: it is over.
  std::uint64_t when_at(Position position, std::function<void(bool)> callback);
  // The callback will not be called any more, or is being called right now.
  void cancel(std::uint64_t wait);
  // For tests and tools: blocks. False at the deadline, or when the worker has failed or is closed.
  bool wait_for(Position position, std::chrono::milliseconds deadline);

  std::optional<Failure> failure() const;
  // Goes up while the thread lives, several times a second also when there is nothing to do.
  std::uint64_t heartbeats() const;
  std::size_t queued_batches() const;

  // Applies what was fed, then ends the thread. Waits that are left are told false. Repeating it does nothing.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dealog::projections
