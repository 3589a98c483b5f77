#include "api/throttle.h"

#include <algorithm>

namespace dealog::api {

std::optional<std::chrono::seconds> Throttle::try_now(const std::string& key, Instant now) {
  const std::lock_guard lock(mutex_);
  if (free_at_.size() >= most_keys_) {
    std::erase_if(free_at_, [&](const auto& each) { return each.second <= now.ms; });
    if (free_at_.size() >= most_keys_) free_at_.erase(free_at_.begin());
  }
  std::int64_t& free_at = free_at_[key];
  const std::int64_t after = std::max(free_at, now.ms) + pause_ms_;
  const std::int64_t wait = after - now.ms - burst_ * pause_ms_;
  if (wait > 0) return std::chrono::seconds((wait + 999) / 1000);
  free_at = after;
  return std::nullopt;
}

void Throttle::forgive(const std::string& key, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = free_at_.find(key);
  if (found == free_at_.end()) return;
  found->second -= pause_ms_;
  if (found->second <= now.ms) free_at_.erase(found);
}

}  // namespace dealog::api
