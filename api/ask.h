#pragma once
// From a question to its answer: the one way by which every query reaches the read models (API.md 1, Queries).

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

#include "api/faults.h"
#include "api/http.h"
#include "projections/query.h"
#include "projections/world.h"

namespace dealog::api {

// What a query stands on.
struct Question {
  std::shared_ptr<const projections::World> world;   // at the moment that was asked for
  std::shared_ptr<const projections::World> live;    // the present: rights are read there
  projections::Asked asked;
  projections::Parameters parameters;                // without the reserved ones
  bool historical = false;                           // as_of or known_at was given
};

// Waits until the read models hold everything that was acknowledged before the request came (or `min_position`, at
// most 5 s: 504 not_yet), reads as_of and known_at, answers If-None-Match, and calls `answer` on the pool. Adds
// Log-Position and ETag. `timed`: the answer depends on the clock even when nothing happens (dots, days in
// stage), so the ETag includes the minute.
asio::awaitable<Response> ask(Call& call, std::function<Response(const Question&)> answer, bool timed);

// 400 with all faults of a query.
Response problem(const std::vector<projections::QueryFault>& faults);
// The same faults, to be told with others.
void add_faults(const std::vector<projections::QueryFault>& found, Faults& faults);

}  // namespace dealog::api
