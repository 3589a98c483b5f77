#include "api/session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <random>
#include <utility>

#include "api/answer.h"
#include "api/problem.h"

namespace dealog::api {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t write_at = 256 * 1024;      // more answers than this are not gathered
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr auto linger_time = std::chrono::seconds(2);

bool is_sane_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  });
}

// Bytes that wait in the socket: more than 0; nothing yet: -1; the client has gone: 0.
long waiting(Socket& socket) {
  char byte;
  return static_cast<long>(::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT));
}

struct InFlight {
  explicit InFlight(Shared& all) : shared(all) {
    before = shared.in_flight.fetch_add(1, std::memory_order_relaxed);
    shared.dispatcher.in_flight().add(1);
  }
  ~InFlight() {
    shared.in_flight.fetch_sub(1, std::memory_order_relaxed);
    shared.dispatcher.in_flight().add(-1);
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  Shared& shared;
  std::size_t before;
};

// Writes what waits in `out`. False: the client is gone or too slow.
asio::awaitable<bool> flush(Connection& connection) {
  if (connection.out.empty()) co_return true;
  connection.enter(Phase::write, connection.worker.shared.options.limits.write_time);
  const auto [error, bytes] = co_await asio::async_write(connection.socket, asio::buffer(connection.out), as_result);
  // A large answer's memory is not kept by an idle connection.
  if (connection.out.capacity() > write_at) std::string().swap(connection.out);
  else connection.out.clear();
  co_return !error;
}

Sending sending_for(Connection& connection, const Request& request, bool keep_alive) {
  return {.version = connection.reader.version(),
          .keep_alive = keep_alive,
          .is_head = request.method == Method::head,
          .date = connection.worker.now_as_date(),
          .request_id = request.request_id,
          .accept_encoding = request.header("Accept-Encoding"),
          .compress = connection.worker.shared.options.compress};
}

// The pieces of a body that is made while it is sent. False: it is not whole. `is_endless`: events, which are whole wherever they end.
asio::awaitable<bool> stream(Connection& connection, BodyProducer& producer, unsigned version, bool is_endless) {
  const auto executor = co_await asio::this_coro::executor;
  bool is_whole = false;
  while (!connection.worker.shared.stopping.load(std::memory_order_relaxed)) {
    connection.enter(Phase::stream);
    std::optional<std::string> piece;
    bool cancelled = false;
    try {
      // Spawned on its own, so that stopping cancels what the producer awaits and not our own writes.
      auto token = asio::bind_cancellation_slot(connection.stop_stream.slot(), asio::use_awaitable);
      auto made = producer();
      piece = co_await asio::co_spawn(executor, std::move(made), std::move(token));
    } catch (...) {
      cancelled = true;
    }
    is_whole = !piece && !cancelled;
    if (!piece) break;
    append_chunk(connection.out, *piece, version);
    const bool written = co_await flush(connection);
    if (!written) co_return false;
  }
  // Events that were stopped end properly too; all else that is not whole is cut, so that the client sees it.
  if (is_whole || (is_endless && connection.worker.shared.stopping.load(std::memory_order_relaxed)))
    append_last_chunk(connection.out, version);
  const bool written = co_await flush(connection);
  co_return written && is_whole;
}

// Answers the request that the reader holds, into `out`.
asio::awaitable<void> answer(Connection& connection) {
  Shared& shared = connection.worker.shared;
  Request& request = connection.reader.request();
  const Clock::time_point started = Clock::now();
  connection.enter(Phase::handler);

  const std::string_view given_id = request.header("X-Request-Id");
  const std::string made_id = is_sane_id(given_id) ? std::string() : connection.worker.make_request_id();
  request.request_id = made_id.empty() ? given_id : std::string_view(made_id);
  request.peer = connection.peer;
  request.deadline = started + shared.options.limits.handler_time;

  std::optional<InFlight> in_flight(std::in_place, shared);
  Routes::Match match;
  std::optional<Response> response;
  if (in_flight->before >= shared.options.limits.in_flight) response = problem(Problem::overloaded);
  else response = shared.dispatcher.begin(request, match);

  if (!response) {
    Call call{.request = request, .route = *match.route, .path = std::move(match.path_values), .app = shared.app, .principal = {}, .faults = match.faults};
    std::exception_ptr thrown;
    try {
      if (!match.route->rights.is_public) response = co_await shared.hooks.admit(call);
      if (!response) response = co_await match.route->handler(call);
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) response = shared.dispatcher.failed(request, *match.route, thrown);
    if (!match.faults.empty()) response = with_faults(match.faults, std::move(*response));
  }

  const unsigned version = connection.reader.version();
  const bool is_stream = response->producer != nullptr;
  const bool keep_alive = connection.reader.keep_alive() && !shared.stopping.load(std::memory_order_relaxed) &&
                          !(is_stream && version == 10 && !response->length);
  if (!keep_alive) connection.closing = true;
  shared.dispatcher.finish(request, match.route, *response, started);
  const Sending sending = sending_for(connection, request, keep_alive);
  append_response(connection.out, *response, sending);
  if (!is_stream || request.method == Method::head) co_return;

  in_flight.reset();  // a stream that waits is no work under way
  const bool written = co_await flush(connection);
  bool is_whole = false;
  // Announced by its length it is not chunked, as in HTTP/1.0.
  const bool is_endless = response->content_type.starts_with("text/event-stream");
  if (written) is_whole = co_await stream(connection, response->producer, response->length ? 10 : version, is_endless);
  connection.closing = connection.closing || !is_whole || shared.stopping.load(std::memory_order_relaxed);
}

// The answer to what is not read on; the connection ends after it.
void refuse(Connection& connection, Response response) {
  Request& request = connection.reader.request();
  const bool has_header = connection.reader.in_body();
  if (!has_header) request = Request();
  const std::string id = connection.worker.make_request_id();
  request.request_id = id;
  request.peer = connection.peer;
  connection.worker.shared.dispatcher.finish(request, nullptr, response, Clock::now());
  const Sending sending = sending_for(connection, request, false);
  append_response(connection.out, response, sending);
  connection.closing = true;
}

// Before a large body is read: who sends it is asked, and it gets its place. Else it is refused.
asio::awaitable<void> admit_large(Connection& connection, const Route& route) {
  Shared& shared = connection.worker.shared;
  Request& request = connection.reader.request();
  const std::string id = connection.worker.make_request_id();
  request.request_id = id;
  request.peer = connection.peer;
  request.deadline = Clock::now() + shared.options.limits.handler_time;
  Call call{.request = request, .route = route, .path = {}, .app = shared.app, .principal = {}};
  std::optional<Response> refused;
  std::exception_ptr thrown;
  try {
    if (!route.rights.is_public) refused = co_await shared.hooks.admit(call);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) refused = shared.dispatcher.failed(request, route, thrown);
  if (!refused && !connection.take_large()) refused = problem(Problem::overloaded, "Too many large bodies are being read.");
  if (refused) refuse(connection, std::move(*refused));
}

// Reads and throws away, so that the client gets to see our answer before the connection is reset.
asio::awaitable<void> linger(Connection& connection) {
  boost::system::error_code ignored;
  connection.socket.shutdown(Socket::shutdown_send, ignored);
  connection.enter(Phase::linger, linger_time);
  for (std::size_t read = 0; read < linger_bytes;) {
    const std::span<char> space = connection.reader.space(16 * 1024);
    const auto [error, bytes] = co_await connection.socket.async_read_some(asio::buffer(space.data(), space.size()), as_result);
    if (error) break;
    read += bytes;
  }
}

// Answers all requests that are buffered. Then `out` holds what is to be written.
asio::awaitable<void> answer_buffered(Connection& connection) {
  RequestReader& reader = connection.reader;
  while (!connection.closing) {
    const RequestReader::State state = reader.next();
    if (state == RequestReader::State::need_more) co_return;
    if (state == RequestReader::State::header) {
      const Dispatcher::BodyLimit limit = connection.worker.shared.dispatcher.body_limit(reader.request());
      if (limit.large != nullptr && reader.announced().value_or(limit.bytes) > connection.worker.shared.options.limits.body_bytes) {
        co_await admit_large(connection, *limit.large);
        if (connection.closing) co_return;
      }
      reader.limit_body(limit.bytes);
      // A body that is here already needs no invitation; one that is refused gets none.
      if (reader.ended() || !reader.expects_continue() || reader.has_unread()) continue;
      connection.out += "HTTP/1.1 100 Continue\r\n\r\n";
      co_return;
    }
    if (state == RequestReader::State::failed) {
      refuse(connection, problem(reader.problem()));
    } else {
      co_await answer(connection);
      connection.give_large();
      if (connection.out.size() > write_at) {
        const bool written = co_await flush(connection);
        if (!written) connection.closing = true;
      }
    }
  }
}

asio::awaitable<void> run(std::shared_ptr<Connection> owned) {
  Connection& connection = *owned;
  RequestReader& reader = connection.reader;
  Shared& shared = connection.worker.shared;
  const ServerLimits& limits = shared.options.limits;
  bool refused = false;

  while (true) {
    // The deadline of a header or a body stays from its first byte, however it trickles in.
    const Phase wanted = reader.in_body() ? Phase::body : reader.begun() ? Phase::header : Phase::idle;
    if (wanted == Phase::idle && shared.stopping.load(std::memory_order_relaxed) && waiting(connection.socket) < 1) break;
    if (wanted == Phase::idle) connection.enter(wanted, limits.idle_time);
    else if (wanted != connection.phase)
      connection.enter(wanted, wanted != Phase::body ? limits.header_time : connection.holds_large ? limits.large_body_time : limits.body_time);

    const std::span<char> space = reader.space();
    const auto [error, bytes] = co_await connection.socket.async_read_some(asio::buffer(space.data(), space.size()), as_result);
    if (error) {
      if (!connection.timed_out || wanted == Phase::idle) break;
      refuse(connection, problem(Problem::request_timeout));
      refused = true;
    } else {
      reader.received(bytes);
      co_await answer_buffered(connection);
      refused = connection.closing && (reader.ended() || reader.in_body());
    }
    if (!connection.out.empty()) {
      const bool written = co_await flush(connection);
      if (!written) break;
    }
    if (connection.closing) break;
  }
  if (refused) co_await linger(connection);
  boost::system::error_code ignored;
  connection.socket.shutdown(Socket::shutdown_both, ignored);
}

}  // namespace

Connection::Connection(Worker& owner, Socket accepted)
    : worker(owner), socket(std::move(accepted)),
      reader(owner.shared.options.limits.header_bytes, owner.shared.options.limits.hard_body_bytes) {
  boost::system::error_code error;
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  const auto endpoint = socket.remote_endpoint(error);
  if (!error) peer = endpoint.address().to_string();
  worker.connections.insert(this);
}

Connection::~Connection() {
  give_large();
  worker.connections.erase(this);
  const std::size_t left = worker.shared.connections.fetch_sub(1) - 1;
  worker.shared.dispatcher.connections().set(static_cast<std::int64_t>(left));
  const std::scoped_lock lock(worker.shared.mutex);
  worker.shared.closed.notify_all();
}

bool Connection::take_large() {
  if (worker.shared.large_bodies.fetch_add(1) < worker.shared.options.limits.large_bodies) holds_large = true;
  else worker.shared.large_bodies.fetch_sub(1);
  return holds_large;
}

void Connection::give_large() {
  if (std::exchange(holds_large, false)) worker.shared.large_bodies.fetch_sub(1);
}

void Worker::take(Socket socket) {
  auto connection = std::make_shared<Connection>(*this, std::move(socket));
  asio::co_spawn(context, run(std::move(connection)), asio::detached);
}

void Worker::sweep() {
  const ServerLimits& limits = shared.options.limits;
  const auto shortest = std::min({limits.header_time, limits.body_time, limits.idle_time, limits.write_time});
  sweep_timer.expires_after(std::clamp<Clock::duration>(shortest / 4, std::chrono::milliseconds(2), std::chrono::milliseconds(500)));
  sweep_timer.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const Clock::time_point now = Clock::now();
    for (Connection* connection : connections) {
      if (connection->phase == Phase::stream && waiting(connection->socket) == 0)
        connection->stop_stream.emit(asio::cancellation_type::terminal);
      if (connection->deadline > now) continue;
      connection->timed_out = true;
      boost::system::error_code ignored;
      connection->socket.cancel(ignored);
    }
    sweep();
  });
}

void Worker::end_idle() {
  boost::system::error_code ignored;
  for (Connection* connection : connections) {
    // Bytes that have come are a request that was accepted.
    if (connection->phase == Phase::idle && waiting(connection->socket) < 1) connection->socket.cancel(ignored);
    if (connection->phase == Phase::stream) connection->stop_stream.emit(asio::cancellation_type::terminal);
  }
}

void Worker::cut() {
  boost::system::error_code ignored;
  for (Connection* connection : connections) {
    connection->closing = true;
    connection->socket.close(ignored);
    if (connection->phase == Phase::stream) connection->stop_stream.emit(asio::cancellation_type::terminal);
  }
}

std::string_view Worker::now_as_date() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  if (second != date_second) {
    date_second = second;
    date = http_date(Instant{second * 1000});
  }
  return date;
}

std::string Worker::make_request_id() {
  if (ids_made == 0) {
    std::random_device random;
    id_prefix = (std::uint64_t{random()} << 32) | random();
  }
  const std::uint64_t number = id_prefix + ++ids_made;
  std::string id(16, '0');
  for (std::size_t i = 0; i < 16; ++i) id[15 - i] = "0123456789abcdef"[(number >> (4 * i)) & 15];
  return id;
}

}  // namespace dealog::api
