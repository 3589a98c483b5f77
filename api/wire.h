#pragma once
// Bytes from a client to requests, one after another, without any socket: the session feeds it, tests and the fuzzer
// feed it too. Refuses what two parsers could read differently (Content-Length beside Transfer-Encoding, two Hosts).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "api/http.h"
#include "api/problem.h"

namespace dealog::api {

class RequestReader {
 public:
  RequestReader(std::size_t header_bytes, std::size_t hard_body_bytes);
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;

  // Where the next bytes go, at least `least` of them, and how many came. Invalidates the request.
  std::span<char> space(std::size_t least = 8 * 1024);
  void received(std::size_t bytes);

  enum class State : std::uint8_t {
    need_more,  // nothing wrong so far
    header,     // the header is complete and a body follows: set its limit with limit_body, then go on with next()
    complete,   // request() is whole; valid until next() is called again
    failed,     // problem() says why; nothing behind it can be read
  };
  // Goes on with what is buffered; after `complete` it begins the next request.
  State next();

  // 413 if the announced body is longer already, or grows longer.
  void limit_body(std::size_t bytes);
  // How long the body will be, when the header says so.
  std::optional<std::uint64_t> announced() const;

  bool begun() const;            // some bytes of a request are here, but not all
  bool in_body() const;
  bool expects_continue() const;   // the client waits for "100 Continue" before it sends the body
  bool has_unread() const;         // bytes behind what was parsed
  bool ended() const;              // it failed: nothing more can be read
  bool keep_alive() const;
  unsigned version() const;      // 10 or 11
  Request& request();
  Problem problem() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace dealog::api
