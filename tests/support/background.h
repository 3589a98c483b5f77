#pragma once
// A thread beside a test. It is told to stop and waited for at the latest when the test ends, also by an exception: what
// went wrong is reported then, not that a thread was left behind.

#include <atomic>
#include <functional>
#include <thread>

namespace dealog::test {

class Background {
 public:
  // `work` ends soon after `stop` is set, and throws nothing.
  Background(std::atomic<bool>& stop, std::function<void()> work) : stop_(stop), thread_(std::move(work)) {}
  ~Background() { end(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool>& stop_;
  std::thread thread_;
};

}  // namespace dealog::test
