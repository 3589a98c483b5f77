#pragma once
// From a Response to the bytes that a client reads.

#include <string>
#include <string_view>

#include "api/http.h"

namespace dealog::api {

// What the answer depends on besides the response itself.
struct Sending {
  unsigned version = 11;           // of the request
  bool keep_alive = true;
  bool is_head = false;            // the header of the body, without it
  std::string_view date;           // "Sat, 21 Nov 2026 21:37:19 GMT"
  std::string_view request_id;
  std::string_view accept_encoding;
  bool compress = true;
};

// Appends the whole answer; of a response with a producer the header and the first piece (chunked unless HTTP/1.0).
// Control characters in header values are dropped: an answer cannot be split.
void append_response(std::string& out, Response& response, const Sending& sending);
// One piece of a streamed body, and its end.
void append_chunk(std::string& out, std::string_view piece, unsigned version);
void append_last_chunk(std::string& out, unsigned version);

// Does an Accept-Encoding header allow gzip?
bool accepts_gzip(std::string_view accept_encoding);
// `body` as a gzip file; "" when compressing failed.
std::string gzip(std::string_view body);

// "Sat, 21 Nov 2026 21:37:19 GMT".
std::string http_date(Instant now);

}  // namespace dealog::api
