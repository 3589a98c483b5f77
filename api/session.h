#pragma once
// A connection's life: read, answer all that is buffered, write, again. Everything of one connection happens on the
// thread of its Worker, so nothing here is locked.
//
//     idle ──bytes──► header ──► body ──► handler ──► write ──► idle
//       ▲                                    │ (more requests are buffered: handler again, one write for all)
//       └────────────────────────────────────┘
// Every phase but `handler` has a deadline, which the worker's sweep watches.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_set>

#include "api/dispatch.h"
#include "api/server.h"
#include "api/wire.h"

namespace dealog::api {

// Not asio's default, whose executor is type-erased: this one costs nothing.
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

// What all connections of a server share. Any thread.
struct Shared {
  const ServerOptions& options;
  const Dispatcher& dispatcher;
  const ServerHooks& hooks;
  App* app;

  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::size_t> large_bodies{0};   // that are being read or answered
  std::atomic<std::size_t> connections{0};
  std::mutex mutex;
  std::condition_variable closed;          // a connection went
};

enum class Phase : std::uint8_t { idle, header, body, handler, stream, write, linger };

struct Worker;

struct Connection {
  Connection(Worker& owner, Socket accepted);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void enter(Phase next, Clock::duration time) {
    phase = next;
    deadline = Clock::now() + time;
    timed_out = false;
  }
  void enter(Phase next) {
    phase = next;
    deadline = Clock::time_point::max();
  }

  Worker& worker;
  Socket socket;
  RequestReader reader;
  std::string out;                       // answers that wait for the next write
  std::string peer;
  Phase phase = Phase::idle;
  Clock::time_point deadline = Clock::time_point::max();
  bool timed_out = false;                // the sweep has cancelled what was under way
  bool closing = false;                  // no further request is read
  bool holds_large = false;              // one of Shared::large_bodies is its request's
  asio::cancellation_signal stop_stream;

  // False: there are as many as may be.
  bool take_large();
  void give_large();
};

// One thread's part of the server.
struct Worker {
  explicit Worker(Shared& all) : shared(all), sweep_timer(context) {}

  Shared& shared;
  asio::io_context context{1};
  asio::steady_timer sweep_timer;
  std::unordered_set<Connection*> connections;
  std::string date;                      // for answers; renewed once a second
  std::int64_t date_second = 0;
  std::uint64_t id_prefix = 0, ids_made = 0;

  // On its thread:
  void take(Socket socket);
  void sweep();                          // starts the sweep, which goes on by itself
  void end_idle();                       // the server stops: close idle connections, end streams
  void cut();                            // close all
  std::string_view now_as_date();
  std::string make_request_id();
};

}  // namespace dealog::api
