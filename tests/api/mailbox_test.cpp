// What other threads hand over comes on the socket's thread, in order, once. Under TSan as well.
#include <boost/asio/io_context.hpp>

#include <thread>
#include <vector>

#include "api/mailbox.h"
#include "tests/support/catch.h"

using namespace dealog::api;
namespace asio = boost::asio;

namespace {

// A handler of the context, as a coroutine's is: it knows where it wants to go on.
template <class Then>
struct OnContext {
  using executor_type = asio::io_context::executor_type;
  executor_type get_executor() const noexcept { return executor; }
  template <class... Results>
  void operator()(Results... results) { then(std::move(results)...); }

  executor_type executor;
  Then then;
};
template <class Then>
OnContext(asio::io_context::executor_type, Then) -> OnContext<Then>;

}  // namespace

TEST_CASE("each result comes once, in its sender's order, on the thread of the context", "[api][mailbox][threads]") {
  constexpr int senders = 4, each = 5000;
  asio::io_context context(1);
  std::vector<std::vector<int>> come(senders);   // touched by the context's thread alone
  int missing = senders * each;
  bool is_elsewhere = false;
  std::thread::id home;
  auto open = asio::make_work_guard(context);
  std::thread runs([&] {
    home = std::this_thread::get_id();
    context.run();
  });
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender)
    threads.emplace_back([&, sender] {
      for (int i = 0; i < each; ++i) {
        auto then = [&, sender](int value, std::string text) {
          is_elsewhere = is_elsewhere || std::this_thread::get_id() != home || text != std::to_string(value);
          come[static_cast<std::size_t>(sender)].push_back(value);
          if (--missing == 0) open.reset();
        };
        auto waiting = waiting_for<int, std::string>(OnContext{context.get_executor(), std::move(then)});
        waiting->resume(i, std::to_string(i));
      }
    });
  for (std::thread& thread : threads) thread.join();
  runs.join();
  std::vector<int> wanted;
  for (int i = 0; i < each; ++i) wanted.push_back(i);
  for (const std::vector<int>& values : come) CHECK(values == wanted);
  CHECK_FALSE(is_elsewhere);
}

TEST_CASE("what a handler causes while mail is opened comes as well", "[api][mailbox]") {
  asio::io_context context(1);
  std::vector<int> come;
  const auto send = [&](int value, auto&& then) {
    waiting_for<int>(OnContext{context.get_executor(), std::forward<decltype(then)>(then)})->resume(value);
  };
  send(1, [&](int one) {
    come.push_back(one);
    send(3, [&](int three) { come.push_back(three); });
  });
  send(2, [&](int two) { come.push_back(two); });
  context.run();
  CHECK(come == std::vector<int>{1, 2, 3});
}

TEST_CASE("what the context did not come to is destroyed with it, unopened", "[api][mailbox]") {
  const auto held = std::make_shared<int>(7);
  bool is_opened = false;
  {
    asio::io_context context(1);
    waiting_for<int>(OnContext{context.get_executor(), [&is_opened, held](int) { is_opened = true; }})->resume(1);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK_FALSE(is_opened);
}
