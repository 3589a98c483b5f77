#pragma once
// From a command to its answer: the one way by which every handler reaches the writer (API.md 1, Commands).

#include <boost/asio/awaitable.hpp>

#include "api/http.h"
#include "domain/command.h"

namespace dealog::api {

// Reads Idempotency-Key, If-Match and Prefer; submits; waits for the commit; answers with the object as it is after
// the command (201 with Location on creation, else 200; 204 with `Prefer: return=minimal`), ETag and Log-Position;
// refusals and troubles as problems. `performed_by`: nil is the caller.
asio::awaitable<Response> execute(Call& call, Command command, Uuid performed_by = {});

// Runs `work` on the pool and resumes the caller with what it returned. What it throws is thrown here.
asio::awaitable<Response> on_pool(Call& call, std::function<Response()> work);

}  // namespace dealog::api
