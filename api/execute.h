#pragma once
// From a command to its answer: the one way by which every handler reaches the writer (API.md 1, Commands).

#include <boost/asio/awaitable.hpp>

#include "api/http.h"
#include "domain/command.h"
#include "eventstore/writer.h"

namespace dealog::api {

class Account;

// Reads Idempotency-Key, If-Match and Prefer; submits; waits for the commit; answers with the object as it is after
// the command (201 with Location on creation, else 200; 204 with `Prefer: return=minimal`), ETag and Log-Position;
// refusals and troubles as problems. `performed_by`: nil is the caller. `render`: another answer than the object, made on the
// pool.
using Render = std::function<Response(Account&, const eventstore::Accepted&)>;
asio::awaitable<Response> execute(Call& call, Command command, Uuid performed_by = {}, Render render = {});

// Submits, and resumes the caller on its own thread when the commit of everything that was seen is durable.
asio::awaitable<eventstore::Outcome> submit(eventstore::Writer& writer, eventstore::Submission submission);
// What could not be decided, or is not known, as a problem.
Response problem(eventstore::Trouble trouble);

// Runs `work` on the pool and resumes the caller with what it returned. What it throws is thrown here.
asio::awaitable<Response> on_pool(Call& call, std::function<Response()> work);

}  // namespace dealog::api
