#pragma once
// A gate between a test and a handler: the test knows that a request is inside, and lets it go on when it likes.

#include <condition_variable>
#include <mutex>

namespace dealog::test {

// Handlers that wait until the test opens it.
class Latch {
 public:
  // A request is inside.
  void wait_for_entry() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return entered_ > 0; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    is_open_ = true;
  }
  void enter() {
    const std::scoped_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
  }
  bool is_open() {
    const std::scoped_lock lock(mutex_);
    return is_open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int entered_ = 0;
  bool is_open_ = false;
};

}  // namespace dealog::test
