#pragma once
// What happens to a request between the wire and its handler, and to the answer afterwards. No coroutines here: the
// session awaits the handler itself.

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/server.h"

namespace dealog::api {

class Dispatcher {
 public:
  Dispatcher(const ServerOptions& options, const Routes& routes, const ServerHooks& hooks, Metrics& metrics);

  // How long the body may be of the request whose header is here. `large`: the route that takes more than others do.
  struct BodyLimit {
    std::size_t bytes = 0;
    const Route* large = nullptr;
  };
  BodyLimit body_limit(const Request& request) const;

  // Finds the route and checks what needs no handler. `match` gets the route and the path values; a response is the
  // answer already (404, 405, 415, a preflight, ...). Fills in request.parameters, but for those that match.faults tells of.
  std::optional<Response> begin(Request& request, Routes::Match& match) const;

  // The answer to what was thrown.
  Response failed(const Request& request, const Route& route, std::exception_ptr thrown) const;

  // CORS headers and the request id of problems; counts and logs. `route` is null when there was none.
  void finish(const Request& request, const Route* route, Response& response, Clock::time_point started) const;

  Gauge& in_flight() const { return in_flight_; }
  Gauge& connections() const { return connections_; }

 private:
  struct Series {
    Counter* by_class[5];    // 1xx to 5xx
    Histogram* latency;
  };
  bool origin_allowed(std::string_view origin) const;
  Response preflight(const Request& request) const;

  const ServerOptions& options_;
  const Routes& routes_;
  const ServerHooks& hooks_;
  std::vector<Series> series_;   // by index of the route; the last one is for no route
  Gauge& in_flight_;
  Gauge& connections_;
};

}  // namespace dealog::api
