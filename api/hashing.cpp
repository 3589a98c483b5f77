#include "api/hashing.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sodium.h>

#include <array>
#include <memory>
#include <new>

#include "api/mailbox.h"

namespace dealog::api {
namespace {

// OWASP's recommendation for argon2id. Hashes of less effort are made anew at the next log-in.
constexpr unsigned long long effort = 2;
constexpr std::size_t memory = 19 * 1024 * 1024;

// Of no password, with the same effort: what is compared when there is nobody to log in.
constexpr const char* nobodys = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

}  // namespace

std::string hash_of_password(const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), effort, memory, crypto_pwhash_ALG_ARGON2ID13) != 0) throw std::bad_alloc();
  return text.data();
}

bool Hashing::is_outdated(const std::string& hash) { return crypto_pwhash_str_needs_rehash(hash.c_str(), effort, memory) != 0; }

bool Hashing::take(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ == most_at_once) {
      if (waiting_.size() == most_waiting) return false;
      waiting_.push_back(std::move(work));
      return true;
    }
    ++running_;
  }
  asio::post(pool_, [this, work = std::move(work)] {
    work();
    go_on();
  });
  return true;
}

void Hashing::go_on() {
  std::function<void()> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --running_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  asio::post(pool_, [this, next = std::move(next)] {
    next();
    go_on();
  });
}

asio::awaitable<bool> Hashing::run(std::function<void()> work) {
  const auto start = [](auto handler, Hashing* hashing, std::function<void()> what) {
    const auto waiting = waiting_for<std::exception_ptr, bool>(std::move(handler));
    const bool is_taken = hashing->take([what = std::move(what), waiting] {
      std::exception_ptr error;
      try {
        what();
      } catch (...) {
        error = std::current_exception();
      }
      waiting->resume(error, true);
    });
    if (!is_taken) waiting->resume(nullptr, false);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, bool)>(start, asio::use_awaitable, this, std::move(work));
}

asio::awaitable<std::optional<std::string>> Hashing::hash(std::string password) {
  std::string made;
  std::function<void()> work = [&made, &password] { made = hash_of_password(password); };
  asio::awaitable<bool> running = run(std::move(work));
  const bool is_taken = co_await std::move(running);
  if (!is_taken) co_return std::nullopt;
  co_return std::move(made);
}

asio::awaitable<std::optional<bool>> Hashing::fits(std::string hash, std::string password) {
  bool is_right = false;
  std::function<void()> work = [&] {
    const char* against = hash.empty() ? nobodys : hash.c_str();
    is_right = crypto_pwhash_str_verify(against, password.data(), password.size()) == 0 && !hash.empty();
  };
  asio::awaitable<bool> running = run(std::move(work));
  const bool is_taken = co_await std::move(running);
  if (!is_taken) co_return std::nullopt;
  co_return is_right;
}

}  // namespace dealog::api
