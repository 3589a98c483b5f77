#pragma once
// Many commands as one request (SPEC DEA-8): each is read by the handler of its own route, which hands its command over
// instead of executing it; then all go to the writer, one by one or together, as one batch.
//
//     Work work{.batch = ..., .parts = ...};
//     prepare each part -> run (or try) all -> an answer for each, in order

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

#include "api/execute.h"
#include "api/encode.h"
#include "api/http.h"
#include "domain/command.h"

namespace dealog::api {

inline constexpr std::size_t most_parts = 1000;   // of one request

// One command of many.
struct Part {
  // As it was asked for; what the request of the part points into.
  Method method = Method::post;
  std::string path, query, body, if_match;         // query: without its question mark
  Uuid target;                                     // where one command is given over many objects

  std::shared_ptr<eventstore::Submission> prepared;  // null: `response` says why not
  Faults faults = {};                              // of its body: it is only tried
  Response response = {};
  std::vector<std::string> events = {};            // types of what it causes; filled by trying it out
};

// Where the parts belong; begun by running them.
struct BatchAsked {
  command::BeginBatch begin;
  RequestKey key;                                  // of the whole request
  std::string part = {};                           // which part of the request this is, where it is several batches
};

enum class How : std::uint8_t { each, together, dry_run };

// What came of all.
struct Done {
  std::optional<Response> refused;                 // the whole: nothing was done
  bool replayed = false;
  Position position = 0;
};

// The command of the part, through its route's handler. REQUIRES: the path is that of a route that is `in_bulk`.
asio::awaitable<void> prepare_part(Call& whole, Part& part);

// Runs what is prepared, as one batch, and fills in the answers. `each`: every part on its own; `together`: all or none, in
// one commit; `dry_run`: what would come of each, and nothing changes.
asio::awaitable<Done> run_parts(Call& whole, BatchAsked batch, std::vector<Part>& parts, How how);

// The id of the batch of a request: the same for the same Idempotency-Key.
Uuid batch_id(const Call& call, const RequestKey& key);

// What a part of the request is done under, made of its Idempotency-Key; zero: it has none. REQUIRES: request_key took it.
RequestKey part_key(const Call& call, std::string_view part);
// The batch, begun in the caller's name.
eventstore::Submission beginning_of(const Call& call, const command::BeginBatch& begin, const RequestKey& key);

// The key's part under which it is recorded that a request of many commits came to its end: by its batch, begun again, which
// changes nothing.
inline constexpr std::string_view end_part = "end";
// Accepted: it came to its end before. Refused: it did not, as far as the caller sees its batch (else not_found).
asio::awaitable<eventstore::Outcome> look_for_end(Call& call, command::BeginBatch begin);

// [{"status", "id", "etag", "location", "body"}, ...]; of a dry run {"status", "events"} where it would be accepted.
void write_items(JsonWriter& json, const std::vector<Part>& parts, How how);

// Puts one more member into the JSON object that is the response's body.
void add_member(Response& response, std::string_view name, std::string_view json);

}  // namespace dealog::api
