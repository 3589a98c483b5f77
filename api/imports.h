#pragma once
// Imports (SPEC IO-1, DEA-9): how one begins, whoever carries it out.

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

#include "api/execute.h"
#include "api/http.h"
#include "domain/types.h"
#include "eventstore/writer.h"

namespace dealog::api {

inline constexpr std::size_t longest_scope = 200;   // bytes

struct BegunImport {
  std::optional<Response> refused;   // else what follows
  Uuid id;
  int run = 1;
  eventstore::Accepted accepted;
};
// Begins the import of that scope in the caller's name, or goes on with the run that was not taken back. Under a key it is the run
// that the same request began or went on with first; once that was taken back, it is refused: nothing is imported a second time.
asio::awaitable<BegunImport> begin_import(Call& call, std::string scope, RequestKey key = {});

// POST /v1/imports with a form: a plan and its files become a job.
asio::awaitable<Response> upload_import(Call& call);

}  // namespace dealog::api
