#include "api/dispatch.h"

#include <algorithm>
#include <charconv>

#include "api/header_value.h"
#include "api/logging.h"
#include "api/problem.h"

namespace dealog::api {
namespace {

// "Application/JSON; charset=utf-8" -> "application/json".
std::string media_type(std::string_view content_type) {
  std::string made(next_part(content_type, ';'));
  std::ranges::transform(made, made.begin(), lower);
  return made;
}

bool takes_type(const Route& route, std::string_view content_type) {
  const std::string type = media_type(content_type);
  if (type == route.body_type || (route.form && type == "multipart/form-data")) return true;
  // A merge patch is JSON: clients that say only that are understood.
  return route.method == Method::patch && (type == "application/json" || type == "application/merge-patch+json");
}

bool is_time_or_day(std::string_view text) { return parse_day(text).has_value() || parse_instant(text).has_value(); }
bool is_position(std::string_view text) {
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  return error == std::errc() && end == text.data() + text.size();
}

// Can it be read, when and up to where is asked? What is there then is for the handler to say (ask.h).
void check_moment(const Request& request, Faults& faults) {
  if (const auto text = request.parameter("as_of"); text && !is_time_or_day(*text)) faults.unreadable("/as_of", "a time or a day");
  if (const auto text = request.parameter("known_at"); text && !is_time_or_day(*text) && !is_position(*text))
    faults.unreadable("/known_at", "a time, a day or a log position");
  if (const auto text = request.parameter("min_position"); text && !is_position(*text)) faults.unreadable("/min_position", "a log position");
}

constexpr std::string_view exposed = "Content-Disposition, Content-Location, ETag, Location, Log-Position, Idempotent-Replayed, Retry-After, X-Request-Id";
constexpr std::string_view taken =
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Prefer, Last-Event-ID, X-Request-Id";

}  // namespace

Dispatcher::Dispatcher(const ServerOptions& options, const Routes& routes, const ServerHooks& hooks, Metrics& metrics)
    : options_(options), routes_(routes), hooks_(hooks),
      in_flight_(metrics.gauge("dealog_http_in_flight", "Requests inside handlers")),
      connections_(metrics.gauge("dealog_http_connections", "Open connections")) {
  constexpr std::string_view classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto make = [&](const std::string& operation) {
    Series series{};
    for (std::size_t i = 0; i < 5; ++i)
      series.by_class[i] = &metrics.counter("dealog_http_requests_total", "Requests answered",
                                            {{"operation", operation}, {"status", std::string(classes[i])}});
    series.latency = &metrics.histogram("dealog_http_request_seconds", "From the parsed request to its answer",
                                        {{"operation", operation}});
    series_.push_back(series);
  };
  for (const auto& route : routes.all()) make(route->operation_id);
  make("none");
}

Dispatcher::BodyLimit Dispatcher::body_limit(const Request& request) const {
  std::size_t bytes = options_.limits.body_bytes;
  const Routes::Match match = routes_.find(request.method, request.path);
  if (match.route != nullptr && match.route->body_bytes != 0) bytes = match.route->body_bytes;
  bytes = std::min(bytes, options_.limits.hard_body_bytes);
  return {bytes, bytes > options_.limits.body_bytes ? match.route : nullptr};
}

bool Dispatcher::origin_allowed(std::string_view origin) const {
  return std::ranges::any_of(options_.allowed_origins, [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

Response Dispatcher::preflight(const Request& request) const {
  Response response = no_content();
  const Routes::Match match = routes_.find(Method::other, request.path);  // no route has this method: names them all
  std::string allow = match.allow;
  if (request.path == "*") allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  if (allow.empty()) return problem(Problem::not_found);
  if (request.has_header("Access-Control-Request-Method") && origin_allowed(request.header("Origin"))) {
    response.headers.emplace_back("Access-Control-Allow-Methods", allow);
    response.headers.emplace_back("Access-Control-Allow-Headers", taken);
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  }
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

std::optional<Response> Dispatcher::begin(Request& request, Routes::Match& match) const {
  if (request.method == Method::options) return preflight(request);
  match = routes_.find(request.method, request.path);
  if (match.route == nullptr) {
    if (match.allow.empty()) return problem(Problem::not_found, "There is no such path.");
    return problem(Problem::method_not_allowed).with("Allow", match.allow);
  }
  if (match.bad_path) return problem(Problem::bad_request, "The path has a percent sign that encodes no character.");
  if (!request.query.empty()) {
    auto parameters = parse_query(request.query);
    if (!parameters) return problem(Problem::bad_request, "The query has a percent sign that encodes no character.");
    request.parameters = std::move(*parameters);
    Faults faults;
    for (const auto& [key, value] : request.parameters)
      if (!accepts_parameter(*match.route, key)) faults.unknown_parameter(key);
    const bool is_query = match.route->is_query();
    if (is_query) check_moment(request, faults);
    if (!faults.empty() && !is_query) return problem(faults);
    // A query is asked without them, of the present where no moment can be read, so that all that is wrong with it is told at once.
    std::erase_if(request.parameters, [&](const auto& each) { return faults.names(pointer_to({}, each.first)); });
    match.faults = std::move(faults);
  }
  if (!request.body.empty()) {
    const bool is_packed = request.has_header("Content-Encoding") && request.header("Content-Encoding") != "identity";
    if (is_packed) return problem(Problem::unsupported_media_type, "Bodies are taken without Content-Encoding only.");
    if (match.route->body && !takes_type(*match.route, request.header("Content-Type")))
      return problem(Problem::unsupported_media_type, "The body must be " + match.route->body_type + ".");
  }
  return std::nullopt;
}

Response Dispatcher::failed(const Request& request, const Route& route, std::exception_ptr thrown) const {
  if (hooks_.failed) return hooks_.failed(request, thrown);
  std::string what = "unknown";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  log(LogLevel::error, "a handler failed",
      {{"operation", route.operation_id}, {"error", what}, {"request_id", request.request_id}});
  return problem(Problem::internal);
}

void Dispatcher::finish(const Request& request, const Route* route, Response& response, Clock::time_point started) const {
  stamp(response, request.request_id);
  if (!options_.allowed_origins.empty()) {
    const std::string_view origin = request.header("Origin");
    response.headers.emplace_back("Vary", "Origin");
    if (!origin.empty() && origin_allowed(origin)) {
      response.headers.emplace_back("Access-Control-Allow-Origin", origin);
      response.headers.emplace_back("Access-Control-Expose-Headers", exposed);
    }
  }

  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started).count();
  const Series& series = series_[route == nullptr ? series_.size() - 1 : route->index];
  series.by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 1, 5)) - 1]->add();
  series.latency->observe_us(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)));

  const LogLevel level = response.status >= 500 ? LogLevel::warn : LogLevel::debug;
  if (!logs(level)) return;
  log(level, "request",
      {{"method", name(request.method)}, {"operation", route == nullptr ? std::string_view("none") : route->operation_id},
       {"status", std::int64_t{response.status}}, {"us", us}, {"request_id", request.request_id}, {"peer", request.peer}});
}

}  // namespace dealog::api
