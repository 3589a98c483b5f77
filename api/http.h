#pragma once
// The vocabulary of HTTP that handlers speak: a request, a call of a route, a response. No socket and no library
// of HTTP enters here, so a handler's file compiles quickly and a test can make a Call by hand.
//
//     asio::awaitable<Response> show(Call& call) {
//       const auto id = call.id(0);
//       if (!id) co_return problem(Problem::not_found);
//       ...
//       co_return ok(std::move(json)).with("ETag", etag(version));
//     }
//
// The session that calls a handler keeps the Call (and all that its views point to) alive until the handler is
// done: it awaits the handler on the spot and never detaches it. That is why `Call&` may be a reference although
// a coroutine takes it. A handler runs on the thread of its connection: it must not block, and what it awaits must
// resume it there (asio does so for use_awaitable; from other threads `asio::post` to the executor).
// GCC 12: name every aggregate and every capturing lambda before a co_await that uses it.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/faults.h"
#include "domain/types.h"

namespace dealog::eventstore {
struct Submission;
}

namespace dealog::api {

namespace asio = boost::asio;

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
std::string_view name(Method method);  // "GET"

using Clock = std::chrono::steady_clock;

struct Request {
  Method method = Method::get;
  std::string_view target;       // "/v1/deals/1?limit=2", as sent
  std::string_view path;         // "/v1/deals/1", as sent (still percent-encoded)
  std::string_view query;        // "limit=2", as sent; "" when there is none
  std::vector<std::pair<std::string, std::string>> parameters;  // the query, decoded, in order
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  std::string_view peer;         // the client's address, "127.0.0.1"
  std::string_view request_id;   // the client's X-Request-Id if that was sane, else made
  Clock::time_point deadline;    // when the answer is worthless

  // The value of the first header of that name (ASCII case does not matter); "" when there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  // The first query parameter of that name; nothing when it was not given.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Pieces of a body that is made while it is sent: each call gives the next piece, nothing ends the body. When the
// client leaves or the server stops, what the producer awaits is cancelled and it is not called again.
using BodyProducer = std::function<asio::awaitable<std::optional<std::string>>()>;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // not Content-Type, Content-Length, Connection, Date
  BodyProducer producer;   // when set, `body` is only its first piece: chunked, never compressed
  std::optional<std::uint64_t> length = {};   // of all that a producer gives, `body` included: announced instead of chunks

  // For one-liners: ok(json).with("ETag", "\"3\"").
  Response&& with(std::string name, std::string value) &&;
  // The value of the first header of that name, "" when there is none.
  std::string_view header(std::string_view name) const;
};

Response ok(std::string json);                                 // 200
Response created(std::string json, std::string location);      // 201
Response no_content();                                         // 204
Response not_modified(std::string etag);                       // 304
Response html(std::string page);                               // 200, text/html

class App;           // What handlers may use: accounts, the clock, the ids. Defined beside the handlers.
struct Principal;    // Who asks. Defined beside the handlers; made by ServerHooks::admit.
struct Route;        // route.h

struct Call {
  const Request& request;
  const Route& route;
  std::vector<std::string> path;          // the values of the {names} in the route's path, decoded, in order
  App* app = nullptr;
  std::shared_ptr<Principal> principal;   // null on public routes
  // Where the command goes instead of to the writer, when it is a part of something larger (bulk.h); null: it is executed.
  std::shared_ptr<eventstore::Submission>* prepared = nullptr;
  // What was wrong in the body as far as it was decoded: `execute` answers with it. Of a query, in its parameters: `ask` does.
  Faults faults = {};

  // The path value as a UUID; nothing when it is not one.
  std::optional<Uuid> id(std::size_t index) const;
};

using Handler = std::function<asio::awaitable<Response>(Call&)>;

}  // namespace dealog::api
