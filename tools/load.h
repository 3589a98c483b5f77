#pragma once
// The load client: many keep-alive connections to a server on this machine, driven by one thread over epoll, cheap
// enough to share two cores with what it measures.
//
// Two ways to ask. *Closed loop* (rate 0): each connection asks again as soon as it was answered; gives throughput.
// *Open loop* (rate r): request i is due at start + i / r whether or not earlier ones were answered, and its time
// counts from when it was due, not from when a connection became free; so a server that stalls cannot hide it (no
// coordinated omission).
//
// Bounds: only 127.0.0.1, at most 4,096 connections, at most an hour; a connection that says nothing for
// `patience` ends the run. One request is on its way per connection at a time.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tools/load_histogram.h"

namespace dealog::tools {

// An answer as it came; views until the callback returns.
struct Answer {
  int status = 0;
  std::string_view head;      // status line and header fields, with the empty line
  std::string_view body;

  // The value of a header field, "" when there is none. Names in any case.
  std::string_view header(std::string_view name) const;
};

struct Load {
  std::uint16_t port = 0;
  unsigned connections = 1;
  std::chrono::milliseconds duration{1000};
  std::uint64_t requests = 0;                // stop after so many; 0: only by time
  double rate = 0;                           // requests a second over all connections; 0: closed loop
  std::chrono::milliseconds patience{10000};
  // Writes the next request of a connection, whole, into `request` (which holds that connection's last one); false:
  // this connection has no more to ask.
  std::function<bool(unsigned connection, std::string& request)> next;
  // Sees each answer (may be empty). Called on the load's thread: its time is the client's.
  std::function<void(unsigned connection, const Answer& answer)> answered;
};

struct LoadResult {
  std::uint64_t answers = 0;
  std::uint64_t refused = 0;                 // answers with a status of 400 and above
  std::uint64_t unsent = 0;                  // open loop: due by the end, but no connection was free
  std::map<int, std::uint64_t> statuses;
  double seconds = 0;
  Histogram times;                           // ns, one for each answer
  std::string trouble;                       // why the run ended early; empty: it did not
  std::string first_refusal;                 // the first answer of 400 and above, shortened: for people

  double per_second() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
};

// Runs the load on the calling thread. Trouble with sockets (refused, closed by the server, silent) ends the run and
// is told in `trouble`; nothing is thrown for it. Throws std::invalid_argument when the load breaks a bound.
LoadResult run_load(const Load& load);

// An answer that one may keep.
struct Exchange {
  int status = 0;
  std::string head, body;
  std::string_view header(std::string_view name) const { return Answer{status, head, body}.header(name); }
};

// One keep-alive connection, one request at a time: for set-up, checks and clients that think. All functions throw
// std::runtime_error with the reason; after that, connect another one.
class Caller {
 public:
  explicit Caller(std::uint16_t port);
  ~Caller();
  Caller(Caller&& other) noexcept;
  Caller& operator=(Caller&& other) noexcept;
  Exchange ask(std::string_view request, std::chrono::milliseconds patience);

 private:
  int fd_ = -1;
  std::string received_;
};

// One exchange over a connection of its own.
Exchange exchange(std::uint16_t port, std::string_view request, std::chrono::milliseconds patience);

// The bytes of a request with a JSON body (PATCH: a JSON merge patch). `extra`: header lines, each ended by \r\n.
std::string http_request(std::string_view method, std::string_view target, std::string_view token, std::string_view body,
                         std::string_view extra = {});

}  // namespace dealog::tools
