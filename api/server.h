#pragma once
// Serves a table of routes over HTTP/1.1. One thread per core with an io_context of its own; a connection stays on
// the thread it was given to, so sessions need no locks. Requests that a client pipelines are answered in order, those
// that are already here in one write. One sweep per thread watches all deadlines.
//
//     accept -> read -> parse -> route -> admit -> rights -> handler -> encode -> write -> ...
//
// What a client can do wrong is answered by a problem here and never reaches a handler: 400 (not HTTP, bad path or
// query, unknown parameter), 404, 405, 408, 413, 415, 431, 503 when too many requests are under way.

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http.h"
#include "api/metrics.h"
#include "api/route.h"

namespace dealog::api {

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;         // unless the route says otherwise
  std::size_t hard_body_bytes = 32 * 1024 * 1024;  // whatever the route says
  // Bodies that only some routes take, larger than `body_bytes`: who sends one is admitted before it is read, and so many
  // are held at once by all connections; further ones get 503.
  std::size_t large_bodies = 8;
  std::chrono::milliseconds large_body_time{300'000};
  std::size_t connections = 20'000;             // further ones are closed at once
  std::size_t in_flight = 4'096;                // requests inside handlers; further ones get 503
  std::chrono::milliseconds header_time{10'000};   // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_time{60'000};     // from there to the end of its body, unless that is a large one
  std::chrono::milliseconds idle_time{60'000};     // between requests
  std::chrono::milliseconds write_time{30'000};    // for a write to be taken by the client
  std::chrono::milliseconds handler_time{30'000};  // Request::deadline
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;                    // 0: any free one, see Server::port
  unsigned threads = 0;                         // 0: one per core
  ServerLimits limits = {};
  std::vector<std::string> allowed_origins = {};   // CORS: "https://app.example.com"; "*" allows all
  bool compress = true;                         // gzip for JSON, HTML, CSV and text above 1 KiB, when asked for
};

struct ServerHooks {
  // Called before the handler of every route that is not public: finds out who asks (sets call.principal) and
  // whether the route's rights allow it. A response refuses (401, 403, 429), nothing admits. Runs on the connection's
  // thread, as handlers do. REQUIRES: set when there is a route that is not public.
  std::function<asio::awaitable<std::optional<Response>>(Call&)> admit;
  // Called with what a handler or `admit` threw; its answer goes out. Unset: 500, logged. Never sees bodies.
  std::function<Response(const Request&, std::exception_ptr)> failed;
};

class Server {
 public:
  // `routes`, `app` and `metrics` must outlive the server. Nothing is bound yet.
  Server(ServerOptions options, const Routes& routes, App* app, ServerHooks hooks, Metrics& metrics);
  ~Server();  // stops at once if still running
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, listens and starts the threads. Throws std::system_error when the address cannot be had.
  void start();
  std::uint16_t port() const;

  // Accepts no more, answers what was accepted (with "Connection: close"), closes idle connections, cancels streams;
  // after `grace` cuts the rest. Returns when all threads have ended. Handlers' work must still be able to go on
  // meanwhile. Not from a thread of the server.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What /health/ready says: JSON text, and whether it is 200 or 503.
struct Health {
  bool ready = true;
  std::string json = "{\"status\":\"ready\"}";
};

// GET /health/live, /health/ready (asks `ready` each time, on the connection's thread), public both, and /metrics: for
// who brings `metrics_token` as a bearer token; when that is empty, for this machine only.
void add_health_routes(Routes& routes, std::function<Health()> ready, const Metrics& metrics, std::string metrics_token);

}  // namespace dealog::api
