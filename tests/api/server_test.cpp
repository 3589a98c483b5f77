// The server from outside, over real sockets: what HTTP promises and what hostile clients get. The sockets' events
// order the tests; the tiny limits are the only clocks.

#include "api/server.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <zlib.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "api/describe.h"
#include "api/logging.h"
#include "api/problem.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/support/latch.h"

namespace dealog::api {
// The tests' own definition: only this program has it.
struct Principal { std::string who; };
}  // namespace dealog::api

using namespace dealog;
using namespace dealog::api;
using dealog::test::HttpAnswer;
using dealog::test::HttpClient;
using dealog::test::Latch;

namespace {

struct Note {
  std::string text;
  static constexpr std::string_view type_name = "Note";
  static constexpr auto describe() { return std::tuple{member("text", &Note::text).length(1, 100'000)}; }
};

struct Running {
  Routes routes;
  Metrics metrics;
  Latch latch;
  std::unique_ptr<Server> server;

  explicit Running(ServerOptions options = {}) {
    set_up_logging(LogLevel::off);
    routes.add({.method = Method::get, .path = "/echo/{word}", .operation_id = "echo", .rights = anyone,
                .parameters = {{.name = "q"}},
                .handler = [](Call& call) -> asio::awaitable<Response> {
                  const auto q = call.request.parameter("q");
                  co_return ok("{\"word\":\"" + call.path[0] + "\",\"q\":\"" + std::string(q.value_or("")) + "\"}");
                }});
    routes.add({.method = Method::post, .path = "/notes", .operation_id = "addNote", .rights = anyone, .body = schema<Note>(),
                .handler = [](Call& call) -> asio::awaitable<Response> {
                  Faults faults;
                  const auto note = decode<Note>(call.request.body, faults);
                  if (!note) co_return problem(faults);
                  co_return created("{\"length\":" + std::to_string(note->text.size()) + "}", "/notes/1");
                }});
    routes.add({.method = Method::post, .path = "/small", .operation_id = "small", .rights = anyone, .body = schema<Note>(),
                .body_bytes = 64, .handler = [](Call&) -> asio::awaitable<Response> { co_return ok("{}"); }});
    routes.add({.method = Method::get, .path = "/big", .operation_id = "big", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> { co_return ok('"' + std::string(200'000, 'x') + '"'); }});
    routes.add({.method = Method::get, .path = "/throw", .operation_id = "throwing", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> { throw std::runtime_error("secret"); co_return ok("{}"); }});
    routes.add({.method = Method::get, .path = "/split", .operation_id = "split", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> { co_return ok("{}").with("X-Name", "a\r\nSet-Cookie: b"); }});
    routes.add({.method = Method::get, .path = "/wait", .operation_id = "waiting", .rights = anyone,
                .handler = [this](Call&) -> asio::awaitable<Response> {
                  latch.enter();
                  asio::steady_timer timer(co_await asio::this_coro::executor);
                  while (!latch.is_open()) {
                    timer.expires_after(std::chrono::milliseconds(1));
                    co_await timer.async_wait(asio::use_awaitable);
                  }
                  co_return ok("\"waited\"");
                }});
    routes.add({.method = Method::get, .path = "/stream", .operation_id = "streaming", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> {
                  Response response{.content_type = "text/event-stream", .body = "first;"};
                  auto left = std::make_shared<int>(3);
                  response.producer = [left]() -> asio::awaitable<std::optional<std::string>> {
                    if ((*left)-- == 0) co_return std::nullopt;
                    co_return "piece;";
                  };
                  co_return response;
                }});
    routes.add({.method = Method::get, .path = "/endless", .operation_id = "endless", .rights = anyone,
                .handler = [this](Call&) -> asio::awaitable<Response> {
                  Response response{.content_type = "text/event-stream", .body = "first;"};
                  response.producer = [this]() -> asio::awaitable<std::optional<std::string>> {
                    latch.enter();
                    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
                    co_await timer.async_wait(asio::use_awaitable);
                    co_return "never";
                  };
                  co_return response;
                }});
    routes.add({.method = Method::get, .path = "/private", .operation_id = "private", .rights = only({Role::administrator}),
                .handler = [](Call& call) -> asio::awaitable<Response> { co_return ok('"' + call.principal->who + '"'); }});
    add_health_routes(routes, [] { return Health{.ready = false, .json = "{\"status\":\"opening\"}"}; }, metrics, {});

    options.port = 0;
    if (options.threads == 0) options.threads = 2;
    ServerHooks hooks;
    hooks.admit = [](Call& call) -> asio::awaitable<std::optional<Response>> {
      const std::string_view token = call.request.header("Authorization");
      if (token.empty()) co_return problem(Problem::unauthenticated);
      if (!call.route.rights.allow(token == "Bearer admin" ? Role::administrator : Role::analyst)) co_return problem(Problem::forbidden);
      call.principal = std::make_shared<Principal>(Principal{"admin"});
      co_return std::nullopt;
    };
    server = std::make_unique<Server>(std::move(options), routes, nullptr, std::move(hooks), metrics);
    server->start();
  }
  HttpClient client() { return HttpClient(server->port()); }
};

ServerOptions with_limits(ServerLimits limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

bool is_problem(const HttpAnswer& answer, int status, std::string_view code) {
  UNSCOPED_INFO(answer.status << " " << answer.body);
  return answer.status == status && answer.header("Content-Type") == "application/problem+json" &&
         answer.body.find("\"code\":\"" + std::string(code) + '"') != std::string::npos &&
         answer.body.find("\"request_id\":\"" + answer.header("X-Request-Id") + '"') != std::string::npos;
}

std::string unzip(const std::string& packed) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("one connection answers one request after another", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  for (int i = 0; i < 3; ++i) {
    const HttpAnswer answer = client.get("/echo/a%20b?q=x%2By+z");
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"word":"a b","q":"x+y z"})");
    CHECK_FALSE(answer.has("Connection"));
    CHECK(answer.has("Date"));
  }
  CHECK(running.server->connections() == 1);
}

TEST_CASE("pipelined requests are answered in their order, also those after a slow one", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += "GET /echo/" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
    if (i == 100) all += "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n";
  }
  REQUIRE(client.send(all));
  running.latch.wait_for_entry();
  running.latch.open();
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->body == "{\"word\":\"" + std::to_string(i) + "\",\"q\":\"\"}");
    if (i == 100) CHECK(client.receive()->body == "\"waited\"");
  }
}

TEST_CASE("a request may come byte by byte", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const std::string request = "POST /notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"text\":\"abc\"}";
  for (const char c : request) REQUIRE(client.send({&c, 1}));
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->header("Location") == "/notes/1");
  CHECK(answer->body == "{\"length\":3}");
}

TEST_CASE("a chunked body is put together", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  client.send("POST /notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\n{\"tex\r\n9\r\nt\":\"abc\"}\r\n0\r\n\r\nGET /echo/next HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.receive()->body == "{\"length\":3}");
  CHECK(client.receive()->status == 200);
}

TEST_CASE("Expect: 100-continue gets its word before the body is sent, or the refusal", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  client.send("POST /notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n");
  CHECK(client.receive(false, true)->status == 100);
  client.send("{\"text\":\"abc\"}");
  CHECK(client.receive()->status == 201);

  client.send("POST /small HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 65\r\n\r\n");
  CHECK(is_problem(*client.receive(false, true), 413, "payload_too_large"));
  CHECK(client.is_closed());
}

TEST_CASE("the connection ends when the client asks for it, and with HTTP/1.0 unless it asks otherwise", "[api][server]") {
  Running running;
  {
    HttpClient client = running.client();
    const HttpAnswer answer = client.get("/echo/a", {{"Connection", "close"}});
    CHECK(answer.header("Connection") == "close");
    CHECK(client.is_closed());
  }
  {
    HttpClient client = running.client();
    client.send("GET /echo/a HTTP/1.0\r\n\r\n");
    CHECK(client.receive()->version == "HTTP/1.0");
    CHECK(client.is_closed());
  }
  HttpClient client = running.client();
  client.send("GET /echo/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.receive()->header("Connection") == "keep-alive");
  CHECK(client.get("/echo/b").status == 200);
}

TEST_CASE("HEAD is GET without the body", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer head = client.request("HEAD", "/echo/abc");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == std::to_string(client.get("/echo/abc").body.size()));
}

TEST_CASE("unknown paths are 404, other methods 405 with Allow, unknown parameters 400", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  CHECK(is_problem(client.get("/nothing"), 404, "not_found"));
  CHECK(is_problem(client.get("/echo/a/"), 404, "not_found"));
  CHECK(is_problem(client.get("/echo/"), 404, "not_found"));
  const HttpAnswer answer = client.request("DELETE", "/notes");
  CHECK(is_problem(answer, 405, "method_not_allowed"));
  CHECK(answer.header("Allow") == "POST, OPTIONS");
  CHECK(is_problem(client.request("BREW", "/notes"), 405, "method_not_allowed"));
  CHECK(is_problem(client.get("/echo/a?w=1"), 400, "unknown_parameter"));
  CHECK(is_problem(client.get("/echo/a?q=%ZZ"), 400, "bad_request"));
  CHECK(is_problem(client.get("/echo/%00"), 400, "bad_request"));
  CHECK(is_problem(client.get("/echo/%FF"), 400, "bad_request"));
}

TEST_CASE("bodies must be JSON and say so", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  CHECK(is_problem(client.post("/notes", "text=abc", {{"Content-Type", "application/x-www-form-urlencoded"}}), 415, "unsupported_media_type"));
  CHECK(is_problem(client.post("/notes", "{}", {{"Content-Encoding", "gzip"}}), 415, "unsupported_media_type"));
  CHECK(is_problem(client.post("/notes", "{\"text\":"), 400, "not_json"));
  CHECK(is_problem(client.post("/notes", "{}"), 422, "required"));
  CHECK(client.post("/notes", "{\"text\":\"a\"}", {{"Content-Type", "Application/JSON; charset=utf-8"}}).status == 201);
}

TEST_CASE("a body beyond the limit is 413 whether announced or grown, and the connection ends", "[api][server]") {
  Running running(with_limits({.body_bytes = 1000}));
  const std::string long_body = "{\"text\":\"" + std::string(5000, 'x') + "\"}";
  SECTION("announced") {
    HttpClient client = running.client();
    CHECK(is_problem(client.post("/notes", long_body), 413, "payload_too_large"));
    CHECK(client.is_closed());
  }
  SECTION("in chunks") {
    HttpClient client = running.client();
    client.send("POST /notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + long_body.substr(0, 5000));
    CHECK(is_problem(*client.receive(), 413, "payload_too_large"));
    CHECK(client.is_closed());
  }
  SECTION("a route's own limit") {
    HttpClient client = running.client();
    CHECK(is_problem(client.post("/small", std::string(65, ' ')), 413, "payload_too_large"));
  }
  SECTION("a length that no memory holds") {
    HttpClient client = running.client();
    CHECK(is_problem(client.post("/notes", "x", {{"Content-Length", "99999999999999999"}}), 413, "payload_too_large"));
  }
  HttpClient exact = running.client();
  CHECK(exact.post("/notes", "{\"text\":\"" + std::string(989, 'x') + "\"}").status == 201);  // 1,000 bytes
}

TEST_CASE("a header beyond the limit is 431", "[api][server]") {
  Running running(with_limits({.header_bytes = 2000}));
  HttpClient client = running.client();
  CHECK(client.get("/echo/a", {{"X-Long", std::string(1500, 'x')}}).status == 200);
  CHECK(is_problem(client.get("/echo/a", {{"X-Long", std::string(2500, 'x')}}), 431, "headers_too_large"));
  CHECK(client.is_closed());
}

TEST_CASE("what is not HTTP, or could be read in two ways, is 400 and ends the connection", "[api][server]") {
  Running running;
  const auto given = GENERATE(as<std::string>(),
      "garbage\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15),
      "GET /echo/a HTTP/1.1\r\n\r\n",                                            // no Host
      "GET /echo/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /echo/a HTTP/1.1\r\nHost: a\r\nBad Header: b\r\n\r\n",
      "GET  /echo/a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET echo HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
      "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
      "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\nabc",
      "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc",
      "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\nabc\r\n0\r\n\r\n",
      "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n");
  CAPTURE(given);
  HttpClient client = running.client();
  client.send(given);
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK((answer->status == 400 || answer->status == 413));
  CHECK(answer->header("Connection") == "close");
  CHECK(client.is_closed());
  CHECK(running.client().get("/echo/a").status == 200);  // others are served
}

TEST_CASE("another version of HTTP is refused", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  client.send("GET /echo/a HTTP/2.0\r\nHost: a\r\n\r\n");
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK((answer->status == 505 || answer->status == 400));
  CHECK(client.is_closed());
}

TEST_CASE("slow clients are told so, or cut", "[api][server]") {
  ServerLimits limits;
  SECTION("a header that does not end") {
    limits.header_time = std::chrono::milliseconds(30);
    Running running(with_limits(limits));
    HttpClient client = running.client();
    client.send("GET /echo/a HTTP/1.1\r\nHost:");
    CHECK(is_problem(*client.receive(), 408, "request_timeout"));
    CHECK(client.is_closed());
  }
  SECTION("a header that trickles for ever") {
    limits.header_time = std::chrono::milliseconds(60);
    Running running(with_limits(limits));
    HttpClient client = running.client();
    client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\n");
    while (!client.readable_within(std::chrono::milliseconds(5)))
      if (!client.send("X: y\r\n")) break;
    CHECK(client.receive()->status == 408);
  }
  SECTION("half a body") {
    limits.body_time = std::chrono::milliseconds(30);
    Running running(with_limits(limits));
    HttpClient client = running.client();
    client.send("POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"te");
    CHECK(is_problem(*client.receive(), 408, "request_timeout"));
    CHECK(client.is_closed());
  }
  SECTION("an idle connection is closed without a word") {
    limits.idle_time = std::chrono::milliseconds(30);
    Running running(with_limits(limits));
    HttpClient client = running.client();
    CHECK(client.get("/echo/a").status == 200);
    CHECK(client.is_closed());
  }
  SECTION("an answer that is not read") {
    limits.write_time = std::chrono::milliseconds(50);
    Running running(with_limits(limits));
    HttpClient client = running.client();
    std::string many;
    for (int i = 0; i < 500; ++i) many += "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";  // 100 MB of answers
    client.send(many);
    while (running.server->connections() > 0) std::this_thread::yield();
    CHECK(running.server->connections() == 0);
  }
}

TEST_CASE("a body that ends early reaches no handler", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  client.send("POST /notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"text\":\"a\"}");
  client.end_sending();
  CHECK(client.is_closed());
  CHECK(running.client().get("/metrics").body.find("operation=\"addNote\",status=\"2xx\"} 0") != std::string::npos);
}

TEST_CASE("more requests than the limit at once are 503 with Retry-After, and only those", "[api][server]") {
  Running running(with_limits({.in_flight = 1}));
  HttpClient first = running.client();
  first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  running.latch.wait_for_entry();
  HttpClient second = running.client();
  const HttpAnswer refused = second.get("/echo/a");
  CHECK(is_problem(refused, 503, "overloaded"));
  CHECK(refused.header("Retry-After") == "1");
  running.latch.open();
  CHECK(first.receive()->body == "\"waited\"");
  CHECK(second.get("/echo/a").status == 200);
}

TEST_CASE("more connections than the limit are closed at once", "[api][server]") {
  Running running(with_limits({.connections = 2}));
  HttpClient first = running.client(), second = running.client();
  CHECK(first.get("/echo/a").status == 200);
  CHECK(second.get("/echo/a").status == 200);
  CHECK(running.client().is_closed());
  CHECK(first.get("/echo/b").status == 200);
}

TEST_CASE("what a handler throws is a bare 500 that ends nothing and says nothing", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer answer = client.get("/throw");
  CHECK(is_problem(answer, 500, "internal"));
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(client.get("/echo/a").status == 200);
}

TEST_CASE("an answer cannot be split by what a handler puts into a header", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer answer = client.get("/split");
  CHECK(answer.header("X-Name") == "aSet-Cookie: b");
  CHECK_FALSE(answer.has("Set-Cookie"));
}

TEST_CASE("who asks is found out before the handler, by the rights of the route", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer nobody = client.get("/private");
  CHECK(is_problem(nobody, 401, "unauthenticated"));
  CHECK(nobody.header("WWW-Authenticate") == "Bearer");
  CHECK(is_problem(client.get("/private", {{"Authorization", "Bearer other"}}), 403, "forbidden"));
  CHECK(client.get("/private", {{"Authorization", "Bearer admin"}}).body == "\"admin\"");
}

TEST_CASE("the client's request id is kept when it is sane", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  CHECK(client.get("/echo/a", {{"X-Request-Id", "abc-1.2_3"}}).header("X-Request-Id") == "abc-1.2_3");
  const std::string made = client.get("/echo/a", {{"X-Request-Id", "no \"good\""}}).header("X-Request-Id");
  CHECK(made.size() == 16);
  CHECK(client.get("/echo/a").header("X-Request-Id") != made);
}

TEST_CASE("large answers are compressed for who takes gzip", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer plain = client.get("/big");
  const HttpAnswer packed = client.get("/big", {{"Accept-Encoding", "br, gzip;q=0.5"}});
  const HttpAnswer refused = client.get("/big", {{"Accept-Encoding", "gzip;q=0"}});
  CHECK(plain.header("Vary") == "Accept-Encoding");
  CHECK_FALSE(plain.has("Content-Encoding"));
  CHECK_FALSE(refused.has("Content-Encoding"));
  CHECK(packed.header("Content-Encoding") == "gzip");
  CHECK(packed.body.size() < plain.body.size() / 10);
  CHECK(unzip(packed.body) == plain.body);
  CHECK_FALSE(client.get("/echo/a", {{"Accept-Encoding", "gzip"}}).has("Content-Encoding"));
}

TEST_CASE("other origins are let in by the list only", "[api][server]") {
  ServerOptions options;
  options.allowed_origins = {"https://app.example.com"};
  Running running(options);
  HttpClient client = running.client();
  const test::Headers good = {{"Origin", "https://app.example.com"}}, bad = {{"Origin", "https://evil.example.com"}};
  CHECK(client.get("/echo/a", good).header("Access-Control-Allow-Origin") == "https://app.example.com");
  CHECK(client.get("/echo/a", good).header("Vary") == "Origin");
  CHECK_FALSE(client.get("/echo/a", bad).has("Access-Control-Allow-Origin"));
  const HttpAnswer preflight = client.request("OPTIONS", "/notes", {}, {good[0], {"Access-Control-Request-Method", "POST"}});
  CHECK(preflight.status == 204);
  CHECK(preflight.header("Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK_FALSE(client.request("OPTIONS", "/notes", {}, {bad[0], {"Access-Control-Request-Method", "POST"}}).has("Access-Control-Allow-Methods"));
}

TEST_CASE("a body that is made while it is sent comes in chunks, and the connection goes on", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  const HttpAnswer answer = client.get("/stream");
  CHECK(answer.whole);
  CHECK(answer.header("Transfer-Encoding") == "chunked");
  CHECK(answer.body == "first;piece;piece;piece;");
  CHECK(client.get("/echo/a").status == 200);
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  CHECK(client.receive()->body == "first;piece;piece;piece;");
}

TEST_CASE("a stream ends when its client leaves", "[api][server]") {
  ServerLimits limits;
  limits.idle_time = std::chrono::milliseconds(40);  // makes the sweep quick
  Running running(with_limits(limits));
  {
    HttpClient client = running.client();
    client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    running.latch.wait_for_entry();
  }
  while (running.server->connections() > 0) std::this_thread::yield();
  CHECK(running.server->connections() == 0);
}

TEST_CASE("stopping finishes what was accepted, ends streams and closes the idle", "[api][server]") {
  Running running;
  HttpClient idle = running.client(), busy = running.client(), watcher = running.client();
  CHECK(idle.get("/echo/a").status == 200);
  watcher.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
  running.latch.wait_for_entry();
  Latch& latch = running.latch;
  busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  while (running.server->connections() < 3) std::this_thread::yield();

  auto stopped = std::async(std::launch::async, [&] { running.server->stop(std::chrono::seconds(20)); });
  CHECK(idle.is_closed());
  const auto streamed = watcher.receive();
  REQUIRE(streamed);
  CHECK(streamed->whole);
  CHECK(streamed->body == "first;");
  latch.open();
  const auto answer = busy.receive();
  REQUIRE(answer);
  CHECK(answer->body == "\"waited\"");
  CHECK(answer->header("Connection") == "close");
  CHECK(busy.is_closed());
  stopped.get();
  CHECK(running.server->connections() == 0);
  CHECK_THROWS(HttpClient(running.server->port()).get("/echo/a"));
}

TEST_CASE("after the grace what still hangs is cut", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  client.send("POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  while (running.server->connections() < 1) std::this_thread::yield();
  running.server->stop(std::chrono::milliseconds(20));
  CHECK(client.is_closed());
  CHECK(running.server->connections() == 0);
}

TEST_CASE("a thousand idle connections do not keep others from being served", "[api][server]") {
  Running running;
  std::vector<HttpClient> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(running.client());
    if (i % 2 == 0) idle.back().send("GET /echo/a HT");
  }
  CHECK(running.client().get("/echo/a").status == 200);
}

TEST_CASE("health and metrics", "[api][server]") {
  Running running;
  HttpClient client = running.client();
  CHECK(client.get("/health/live").status == 200);
  CHECK(client.get("/health/ready").status == 503);
  CHECK(client.get("/health/ready").body == "{\"status\":\"opening\"}");
  client.get("/echo/a");
  const HttpAnswer metrics = client.get("/metrics");
  CHECK(metrics.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(metrics.body.find("dealog_http_requests_total{operation=\"echo\",status=\"2xx\"} 1\n") != std::string::npos);
  CHECK(metrics.body.find("dealog_http_connections 1\n") != std::string::npos);
}

TEST_CASE("a port that is taken is said at start", "[api][server]") {
  Running running;
  ServerOptions options;
  options.port = running.server->port();
  Server second(options, running.routes, nullptr, {.admit = [](Call&) -> asio::awaitable<std::optional<Response>> { co_return std::nullopt; }}, running.metrics);
  CHECK_THROWS_AS(second.start(), std::system_error);
}
