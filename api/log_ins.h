#pragma once
// What log-ins need of a process: hashing, and how often they may be tried.

#include "api/hashing.h"
#include "api/throttle.h"

namespace dealog::api {

struct LogIns {
  explicit LogIns(asio::thread_pool& pool) : hashing(pool) {}

  Hashing hashing;
  // Ten wrong passwords for an account and an e-mail, then one every half minute; a hundred from one address, then one a second.
  Throttle by_user{10, std::chrono::seconds(30)};
  Throttle by_address{100, std::chrono::seconds(1)};
};

}  // namespace dealog::api
