#include "api/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <system_error>
#include <thread>

#include "api/logging.h"
#include "api/session.h"

namespace dealog::api {

using asio::ip::tcp;

struct Server::State {
  State(ServerOptions given, const Routes& routes, App* app, ServerHooks given_hooks, Metrics& metrics)
      : options(std::move(given)), hooks(std::move(given_hooks)), dispatcher(options, routes, hooks, metrics),
        shared{.options = options, .dispatcher = dispatcher, .hooks = hooks, .app = app} {}

  void accept_next();
  void give(Socket socket, std::size_t to);
  bool wait_for_closed(std::chrono::milliseconds at_most);

  ServerOptions options;
  ServerHooks hooks;
  Dispatcher dispatcher;
  Shared shared;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<tcp::acceptor> acceptor;            // lives on the first worker's thread
  std::unique_ptr<asio::steady_timer> accept_pause;
  std::vector<std::thread> threads;
  std::size_t next_worker = 0;
  std::uint16_t port = 0;
  bool running = false;
};

Server::Server(ServerOptions options, const Routes& routes, App* app, ServerHooks hooks, Metrics& metrics)
    : state_(std::make_unique<State>(std::move(options), routes, app, std::move(hooks), metrics)) {
  for (const auto& route : routes.all()) {
    if (route->rights.is_public || state_->hooks.admit) continue;
    throw std::logic_error("the route " + route->operation_id + " is not public and there is no admit hook");
  }
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::start() {
  State& s = *state_;
  unsigned count = s.options.threads != 0 ? s.options.threads : std::thread::hardware_concurrency();
  if (count == 0) count = 1;
  for (unsigned i = 0; i < count; ++i) s.workers.push_back(std::make_unique<Worker>(s.shared));

  boost::system::error_code error;
  const auto address = asio::ip::make_address(s.options.address, error);
  if (error) throw std::system_error(error, "cannot listen on " + s.options.address);
  const tcp::endpoint endpoint(address, s.options.port);
  s.acceptor = std::make_unique<tcp::acceptor>(s.workers[0]->context);
  s.accept_pause = std::make_unique<asio::steady_timer>(s.workers[0]->context);
  s.acceptor->open(endpoint.protocol(), error);
  if (!error) s.acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) s.acceptor->bind(endpoint, error);
  if (!error) s.acceptor->listen(4096, error);
  if (error)
    throw std::system_error(error, "cannot listen on " + s.options.address + ":" + std::to_string(s.options.port));
  s.port = s.acceptor->local_endpoint().port();

  s.running = true;
  s.accept_next();
  for (const auto& worker : s.workers) {
    worker->sweep();
    s.threads.emplace_back([context = &worker->context] { context->run(); });
  }
}

// In turn to each worker: with few connections no thread stays idle while another has two.
void Server::State::give(Socket socket, std::size_t to) {
  if (shared.connections.fetch_add(1) >= options.limits.connections) {
    shared.connections.fetch_sub(1);
    return;  // closes it
  }
  dispatcher.connections().set(static_cast<std::int64_t>(shared.connections.load()));
  Worker& worker = *workers[to];
  asio::post(worker.context, [&worker, taken = std::move(socket)]() mutable { worker.take(std::move(taken)); });
}

void Server::State::accept_next() {
  const std::size_t to = next_worker++ % workers.size();
  acceptor->async_accept(workers[to]->context, [this, to](const boost::system::error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted || !acceptor->is_open()) return;
    if (!error) {
      give(std::move(socket), to);
      accept_next();
      return;
    }
    // Out of descriptors, mostly: others must close first.
    log(LogLevel::warn, "cannot accept a connection", {{"error", error.message()}});
    accept_pause->expires_after(std::chrono::milliseconds(20));
    accept_pause->async_wait([this](const boost::system::error_code& stopped) {
      if (!stopped) accept_next();
    });
  });
}

bool Server::State::wait_for_closed(std::chrono::milliseconds at_most) {
  std::unique_lock lock(shared.mutex);
  return shared.closed.wait_for(lock, at_most, [this] { return shared.connections.load() == 0; });
}

void Server::stop(std::chrono::milliseconds grace) {
  State& s = *state_;
  if (!s.running) return;
  s.running = false;

  asio::post(s.workers[0]->context, [&s] {
    // What the kernel has accepted for us is accepted: take it before the door closes.
    boost::system::error_code error;
    s.acceptor->non_blocking(true, error);
    s.acceptor->cancel(error);
    while (!error) {
      const std::size_t to = s.next_worker++ % s.workers.size();
      Socket socket(s.workers[to]->context);
      s.acceptor->accept(socket, error);
      if (!error) s.give(std::move(socket), to);
    }
    s.acceptor->close(error);
    s.accept_pause->cancel();
    s.shared.stopping.store(true);
    for (const auto& worker : s.workers)
      asio::post(worker->context, [one = worker.get()] { one->end_idle(); });
  });

  // The connections may all be gone before `stopping` is set, so it is part of the wait.
  const auto until = Clock::now() + grace;
  while (!s.shared.stopping.load() && Clock::now() < until) std::this_thread::yield();
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  if (!s.wait_for_closed(std::max(rest, std::chrono::milliseconds(0)))) {
    s.shared.stopping.store(true);
    for (const auto& worker : s.workers)
      asio::post(worker->context, [one = worker.get()] { one->cut(); });
    // Handlers that still wait for something get a last moment; their frames go with the contexts otherwise.
    s.wait_for_closed(std::chrono::milliseconds(500));
  }
  for (const auto& worker : s.workers) worker->context.stop();
  for (std::thread& thread : s.threads) thread.join();
  s.threads.clear();
}

std::uint16_t Server::port() const { return state_->port; }
std::size_t Server::connections() const { return state_->shared.connections.load(); }

namespace {

bool may_read_metrics(const Request& request, const std::string& token) {
  if (token.empty()) return request.peer.starts_with("127.") || request.peer == "::1" || request.peer == "local";
  const std::string_view given = request.header("Authorization");
  const std::string wanted = "Bearer " + token;
  unsigned differs = given.size() == wanted.size() ? 0 : 1;   // takes as long wherever the first difference stands
  for (std::size_t i = 0; i < std::min(given.size(), wanted.size()); ++i)
    differs |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(wanted[i]);
  return differs == 0;
}

}  // namespace

void add_health_routes(Routes& routes, std::function<Health()> ready, const Metrics& metrics, std::string metrics_token) {
  Handler live = [](Call&) -> asio::awaitable<Response> { co_return ok("{\"status\":\"live\"}"); };
  Handler is_ready = [ready = std::move(ready)](Call&) -> asio::awaitable<Response> {
    Health health = ready();
    Response response = ok(std::move(health.json));
    if (!health.ready) response.status = 503;
    co_return response;
  };
  Handler exposition = [&metrics, token = std::move(metrics_token)](Call& call) -> asio::awaitable<Response> {
    if (!may_read_metrics(call.request, token)) co_return problem(Problem::unauthenticated);
    Response response = ok(metrics.text());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  };
  routes.add({.method = Method::get, .path = "/health/live", .operation_id = "healthLive", .tag = "operations",
              .summary = "The process answers", .rights = anyone, .answers = {{200, "It does"}}, .handler = std::move(live)});
  routes.add({.method = Method::get, .path = "/health/ready", .operation_id = "healthReady", .tag = "operations",
              .summary = "Commands and queries are served", .rights = anyone,
              .answers = {{200, "They are"}, {503, "They are not, and why"}}, .handler = std::move(is_ready)});
  routes.add({.method = Method::get, .path = "/metrics", .operation_id = "metrics", .tag = "operations",
              .summary = "Counters for Prometheus", .rights = anyone,
              .answers = {{200, "Text format 0.0.4", {}, "text/plain; version=0.0.4"}}, .problems = {401}, .handler = std::move(exposition)});
}

}  // namespace dealog::api
