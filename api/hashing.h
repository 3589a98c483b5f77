#pragma once
// Hashing of passwords (SPEC ACC-7): argon2id, which takes time and memory on purpose. A few at once, on the pool, so that
// log-ins never take all threads and memory; what comes on top waits, and when too many wait it is told so.
//
// Threads: any. Handlers resume on their own.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace dealog::api {

namespace asio = boost::asio;

class Hashing {
 public:
  explicit Hashing(asio::thread_pool& pool) : pool_(pool) {}

  // The hash of a password, with a salt of its own; nothing: too many wait.
  asio::awaitable<std::optional<std::string>> hash(std::string password);
  // Does the password fit the hash? An empty hash fits nothing and takes as long. Nothing: too many wait.
  asio::awaitable<std::optional<bool>> fits(std::string hash, std::string password);
  // Was it made with less effort than new ones are?
  static bool is_outdated(const std::string& hash);

 private:
  static constexpr std::size_t most_at_once = 2, most_waiting = 64;

  // Runs `work` on the pool, in its turn; false: not taken.
  asio::awaitable<bool> run(std::function<void()> work);
  bool take(std::function<void()> work);
  void go_on();

  asio::thread_pool& pool_;
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  std::size_t running_ = 0;
};

// The same at once, for doors without a server.
std::string hash_of_password(const std::string& password);

}  // namespace dealog::api
