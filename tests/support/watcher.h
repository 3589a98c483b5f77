#pragma once
// A client of a live stream (server-sent events) of a test server.

#include <optional>
#include <string>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/support/server.h"

namespace dealog::test {

// A client that stays on a stream.
struct Watcher {
  HttpClient client;
  std::string text;          // what came and was not looked at yet

  Watcher(const test::Server& server, const Api& api, const std::string& target, const test::Headers& headers = {}) : client(server.port()) {
    std::string request = "GET " + target + " HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + api.token() + "\r\n";
    for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
    client.send(request + "\r\n");
    const auto head = client.receive(true);
    REQUIRE(head);
    REQUIRE(head->status == 200);
    CHECK(head->header("Content-Type") == "text/event-stream");
    CHECK(head->header("Cache-Control") == "no-store");
  }

  // The next part up to an empty line; nothing when the stream has ended.
  std::optional<std::string> part() {
    std::size_t end;
    while ((end = text.find("\n\n")) == std::string::npos) {
      const auto chunk = client.chunk();
      if (!chunk) return std::nullopt;
      text += *chunk;
    }
    std::string found = text.substr(0, end);
    text.erase(0, end + 2);
    return found;
  }
  // The next message with data, its id first.
  std::optional<std::pair<std::string, json::value>> message() {
    while (const auto next = part()) {
      const auto data = next->find("\ndata: ");
      if (next->starts_with("id: ") && data != std::string::npos) return std::pair(next->substr(4, data - 4), json::parse(next->substr(data + 7)));
    }
    return std::nullopt;
  }
  json::value event() {
    const auto next = message();
    REQUIRE(next);
    CHECK(next->first == std::to_string(next->second.at("position").as_int64()));
    return next->second;
  }
};

}  // namespace dealog::test
