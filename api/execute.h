#pragma once
// From a command to its answer: the one way by which every handler reaches the writer (API.md 1, Commands).

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>

#include "api/http.h"
#include "api/set_up.h"
#include "domain/command.h"
#include "eventstore/writer.h"

namespace dealog::api {

class Account;

// What a command's answer shows where it is more than one object: status, Location and body. Runs on the pool.
using Render = std::function<Response(Account& account, const eventstore::Accepted& accepted)>;

// What decoding found wrong (call.faults) comes first: malformed is the answer; what is impossible travels with the command,
// which is then only tried, so that what else is wrong with it is told at the same time (API.md 1, Errors).
// Reads Idempotency-Key, If-Match and Prefer; submits; waits for the commit; answers with the object as it is after
// the command (201 with Location on creation, else 200; 204 with `Prefer: return=minimal`), ETag and Log-Position;
// refusals and troubles as problems. `performed_by`: nil is the caller. `render`: another answer than the object.
asio::awaitable<Response> execute(Call& call, Command command, Uuid performed_by = {}, Render render = {});

// "/v1/deals/<id>".
std::string location(ObjectRef object);
// The set-up as it was at that position of the log, `present` where no rule has changed since: an answer shows the same for
// ever.
std::shared_ptr<const SetUp> set_up_then(Account& account, Position position, std::shared_ptr<const SetUp> present);

// The Idempotency-Key of the request as the log keeps it, and of a part of it; zero: there is none. Nothing: `refused` is the
// answer.
struct RequestKey { eventstore::Hash16 key{}, request{}; };
std::optional<RequestKey> request_key(const Call& call, Response& refused, std::string_view part = {});

// The same in two steps, for commands that are part of something larger: what is submitted, read from the request's headers;
// nothing: `refused` is the answer. And the answer once it was accepted (blocks: for the pool).
std::optional<eventstore::Submission> prepare(Call& call, Command command, Uuid performed_by, Response& refused);
Response answer_to(Account& account, const Uuid& reader, const eventstore::Accepted& accepted, bool minimal, const Render& render = {});

// Submits, and resumes the caller on its own thread when the commit of everything that was seen is durable.
asio::awaitable<eventstore::Outcome> submit(eventstore::Writer& writer, eventstore::Submission submission);
// What could not be decided, or is not known, as a problem.
Response problem(eventstore::Trouble trouble);
// Of a command that was only tried, because of these faults.
Response problem(const Faults& faults, const eventstore::Outcome& tried);

// Runs `work` on the pool and resumes the caller with what it returned. What it throws is thrown here.
asio::awaitable<Response> on_pool(Call& call, std::function<Response()> work);

}  // namespace dealog::api
