#pragma once
// A coroutine of a handler on a thread that may block: for what has no connection (doors inside the process, jobs).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <utility>

namespace dealog::api {

namespace asio = boost::asio;

// What `work` comes back with; what it throws is thrown here. Blocks, and runs `work` on this thread. REQUIRES: T has a default.
template <class T>
T run_here(asio::awaitable<T> work) {
  asio::io_context io;
  std::promise<T> promised;
  std::future<T> done = promised.get_future();
  asio::co_spawn(io, std::move(work), [&promised](std::exception_ptr error, T made) {
    if (error) promised.set_exception(error);
    else promised.set_value(std::move(made));
  });
  // Work that goes over to the pool comes back to this context: it is kept alive until the end is there.
  const auto guard = asio::make_work_guard(io);
  while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
  return done.get();
}

}  // namespace dealog::api
