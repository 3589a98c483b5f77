#pragma once
// The floor that Dealog's commands are measured against (QUALITY 1): what HTTP, JSON, FlatBuffers and one synced write
// to RocksDB cost when nothing else is done. A request's body is parsed, becomes one event's bytes, waits with the
// others for one batch of one committer thread, and is answered after the sync. No route, user, rule, version,
// idempotency or projection; never part of the product's serving.
//
// Threads: one for sockets and one committer, both its own.

#include <cstdint>
#include <filesystem>
#include <memory>

namespace dealog::tools {

class Prototype {
 public:
  // Opens RocksDB in the new folder `directory` and serves on a free port of 127.0.0.1. Throws std::runtime_error.
  explicit Prototype(const std::filesystem::path& directory);
  // Answers what was committed, closes everything. The folder stays.
  ~Prototype();

  std::uint16_t port() const;

  struct Stats { std::uint64_t commits = 0, events = 0; };
  Stats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dealog::tools
