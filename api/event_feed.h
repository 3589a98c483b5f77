#pragma once
// Events of the whole log, as a reader may see them now (SPEC IO-3, ACC-5): found by a walk over stored records that
// touches no more than their envelopes, then shown through the histories of their objects (steps.h).

#include <functional>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/event_query.h"
#include "api/steps.h"

namespace dealog::api {

struct FoundEvent {
  Position position = 0;
  ObjectRef object;
  Version version = 0;
  Instant recorded_at, effective_at;
  Uuid actor;
};

struct Search {
  Position after = 0, to = 0;
  Instant as_of = end_of_time;               // only what was effective by then
  std::size_t limit = 50;                    // events
  std::size_t budget = 200'000;              // records that are looked at
  bool only_count = false;                   // whatever limit and budget
};

struct FoundEvents {
  std::vector<FoundEvent> events;
  std::uint64_t count = 0;
  Position reached = 0;                      // everything up to here was looked at
};

// `reader`'s rights are those of `live`. REQUIRES: live stands at search.to or further. By the index when the filter names
// an object.
FoundEvents find_events(const Account& account, const projections::World& live, const projections::Reader& reader, EventFilter& filter,
                        const Search& search);

// Visits the records that the reader may see and the filter takes, in the order of the log, until `visit` returns false.
void walk_events(const Account& account, const projections::World& live, const projections::Reader& reader, EventFilter& filter,
                 const Search& search, const std::function<bool(const Envelope&)>& visit);

// Visits the steps of the events with their index, object by object.
void for_each_found(const Account& account, const projections::World& live, const projections::Reader& reader, const std::vector<FoundEvent>& events,
                    const std::function<void(std::size_t index, const Step&)>& visit);

// Each as JSON, in the same order.
std::vector<std::string> show_events(const Account& account, const projections::World& live, const projections::Reader& reader,
                                     const std::vector<FoundEvent>& events, const std::vector<std::string>& only);

}  // namespace dealog::api
