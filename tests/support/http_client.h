#pragma once
// A small blocking HTTP client for tests, on plain POSIX sockets: it can also send what no proper client would.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dealog::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  std::string version;                 // "HTTP/1.1"
  Headers headers;
  std::string body;                    // chunks are put together
  bool whole = true;                   // false: the connection ended within the body

  std::string header(std::string_view name) const;   // "" when there is none
  bool has(std::string_view name) const;
};

class HttpClient {
 public:
  // Connects to 127.0.0.1. Every wait ends with an exception (std::runtime_error) after `patience`: only a guard
  // against tests that hang.
  explicit HttpClient(std::uint16_t port, std::chrono::seconds patience = std::chrono::seconds(20));
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Bytes as they are. False when the server has closed.
  bool send(std::string_view bytes);
  void end_sending();                  // half-close: the server reads the end

  // The next answer; nothing when the connection ended before one began. "100 Continue" is skipped unless it is
  // asked for. `is_head`: the answer to HEAD, which has no body.
  std::optional<HttpAnswer> receive(bool is_head = false, bool also_100 = false);
  // After receive(true) of an answer that is streamed: its next chunk; nothing when it ended, properly or not.
  std::optional<std::string> chunk();
  bool ended_properly() const { return ended_properly_; }
  // Waits for the server to close; false if bytes come instead.
  bool is_closed();
  // Something that the server sent is waiting, or comes within the time.
  bool readable_within(std::chrono::milliseconds time);

  // A whole request on this connection and its answer. Host, Content-Length and, for bodies, Content-Type are added
  // when `headers` lack them. Throws when there is no answer.
  HttpAnswer request(std::string_view method, std::string_view target, std::string_view body = {}, Headers headers = {});
  HttpAnswer get(std::string_view target, Headers headers = {}) { return request("GET", target, {}, std::move(headers)); }
  HttpAnswer post(std::string_view target, std::string_view body, Headers headers = {}) {
    return request("POST", target, body, std::move(headers));
  }
  // Sent with every request(): "Authorization: Bearer ..." for example.
  Headers always;

 private:
  bool fill();                         // false: the end
  std::optional<std::string> line();

  int fd_ = -1;
  std::chrono::seconds patience_;
  std::string buffer_;
  bool ended_properly_ = false;        // the last chunk came
};

}  // namespace dealog::test
