// Streams and clients that misuse them.

#include <atomic>
#include <thread>

#include "api/server.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace dealog;
using namespace dealog::api;
using dealog::test::HttpClient;

namespace {

// A server of two routes: a stream that never ends, a MiB a piece, and an answer.
struct Flooding {
  std::atomic<int> pieces{0};
  Routes routes;
  Metrics metrics;
  std::unique_ptr<Server> server;

  explicit Flooding(std::chrono::milliseconds write_time) {
    routes.add({.method = Method::get, .path = "/flood", .operation_id = "flood", .rights = anyone,
                .handler = [this](Call&) -> asio::awaitable<Response> {
                  Response response{.content_type = "text/event-stream", .body = ":\n\n"};
                  response.producer = [this]() -> asio::awaitable<std::optional<std::string>> {
                    ++pieces;
                    co_return std::string(1024 * 1024, 'x');
                  };
                  co_return response;
                }});
    routes.add({.method = Method::get, .path = "/rows", .operation_id = "rows", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> {
                  Response response{.content_type = "text/csv", .body = "a,b\r\n"};
                  response.producer = []() -> asio::awaitable<std::optional<std::string>> { co_return std::string("1,2\r\n"); };
                  co_return response;
                }});
    routes.add({.method = Method::get, .path = "/echo", .operation_id = "echo", .rights = anyone,
                .handler = [](Call&) -> asio::awaitable<Response> { co_return ok("{}"); }});
    ServerOptions options;
    options.port = 0;
    options.threads = 1;
    options.limits.write_time = write_time;
    server = std::make_unique<Server>(std::move(options), routes, nullptr, ServerHooks{}, metrics);
    server->start();
  }
};

}  // namespace

TEST_CASE("a client that does not read its stream costs what the sockets hold, and is cut [IO-3]", "[api][server]") {
  Flooding flooding(std::chrono::milliseconds(50));
  HttpClient slow(flooding.server->port());
  slow.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  while (flooding.pieces < 1) std::this_thread::yield();
  CHECK(HttpClient(flooding.server->port()).get("/echo").status == 200);
  while (flooding.server->connections() > 0) std::this_thread::yield();
  CHECK(flooding.pieces < 100);
}

TEST_CASE("HEAD of a stream is its header, and HTTP/1.0 reads it to the end of the connection [IO-3]", "[api][server]") {
  Flooding flooding(std::chrono::seconds(20));
  HttpClient client(flooding.server->port());
  const auto head = client.request("HEAD", "/flood");
  CHECK(head.status == 200);
  CHECK(flooding.pieces == 0);
  CHECK(client.get("/echo").status == 200);
  HttpClient old(flooding.server->port());
  old.send("GET /flood HTTP/1.0\r\n\r\n");
  const auto answer = old.receive(true);
  REQUIRE(answer);
  CHECK_FALSE(answer->has("Transfer-Encoding"));
  CHECK(old.readable_within(std::chrono::seconds(20)));
}

TEST_CASE("a server that stops ends streams of events, but cuts what would pass for whole [IO-2][IO-3]", "[api][server]") {
  for (const bool is_events : {true, false}) {
    CAPTURE(is_events);
    Flooding flooding(std::chrono::seconds(20));
    HttpClient client(flooding.server->port());
    client.send(std::string("GET ") + (is_events ? "/flood" : "/rows") + " HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(client.receive(true));
    REQUIRE(client.chunk());
    std::thread stopping([&] { flooding.server->stop(std::chrono::seconds(20)); });
    while (client.chunk()) {
    }
    stopping.join();
    CHECK(client.ended_properly() == is_events);
  }
}
