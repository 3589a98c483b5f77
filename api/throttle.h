#pragma once
// How often something may be tried under a key: `burst` times at once, then once every `pause`. What succeeds is forgiven, so
// only what fails counts. Its memory is bounded: keys that may be tried freely again are forgotten.
//
// Threads: any. The clock is the caller's.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "domain/types.h"

namespace dealog::api {

class Throttle {
 public:
  Throttle(std::int64_t burst, std::chrono::milliseconds pause, std::size_t most_keys = 100'000)
      : burst_(burst), pause_ms_(pause.count()), most_keys_(most_keys) {}

  // Nothing: go on, and it has counted. Else how long to wait.
  std::optional<std::chrono::seconds> try_now(const std::string& key, Instant now);
  // One try less has been made.
  void forgive(const std::string& key, Instant now);

 private:
  const std::int64_t burst_, pause_ms_;
  const std::size_t most_keys_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> free_at_;   // when all of the burst is there again, ms since 1970
};

}  // namespace dealog::api
