#pragma once
// Server-sent events (API.md 1, Live): a response that lasts, fed from a source that is asked whenever the read models
// have gone on.
//
//     commit ─► read models ─► wake ─► source.collect() on the pool ─► one chunk ─► client
//                                └── 15 s without anything: a comment
//
// Nothing is gathered for a client that is slow: the next piece is made when the one before has been written, from
// where the source stands, and a write that takes longer than ServerLimits::write_time ends the connection. So a stream
// costs its source and nothing else. It ends when its client leaves, when its token or user may no longer read, and
// (properly, with its last chunk) when the server stops.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "api/app.h"
#include "api/http.h"

namespace dealog::api {

class StreamSource {
 public:
  virtual ~StreamSource() = default;

  struct Collected {
    std::string text;       // messages, each with its empty line; "": nothing new
    bool more = false;      // ask again at once
    bool over = false;      // the stream ends behind the text
  };
  // What is new since the last call. On the pool, one call at a time.
  virtual Collected collect() = 0;
  // Calls `then(true)`, once, when there may be something new since the last collect (at once, where there is already), and
  // `then(false)` when there never will be. False: the source is fed from the read models, and is asked when they have gone on.
  virtual bool when_new(std::function<void(bool)> then) { (void)then; return false; }
  // At the heartbeat: what goes along with the comment. On the connection's thread.
  virtual std::string beat() { return {}; }
  // Is it asked at each heartbeat too, because what it shows depends on the clock?
  virtual bool is_timed() const { return false; }
  // At least so long between two pieces, so that many changes are told as one.
  virtual std::chrono::milliseconds pause() const { return std::chrono::milliseconds(0); }
};

// "id: 12\ndata: ...\n\n". `data` may hold line breaks.
void append_message(std::string& out, Position id, std::string_view data);

// Does the request ask for a stream?
bool wants_stream(const Request& request);
// The value of Last-Event-ID, else `otherwise`; nothing when it is no position.
std::optional<Position> resume_position(const Request& request, Position otherwise);

// The response that follows `source` under the rights of `principal`.
Response event_stream(App& app, std::shared_ptr<Principal> principal, std::shared_ptr<StreamSource> source);

}  // namespace dealog::api
