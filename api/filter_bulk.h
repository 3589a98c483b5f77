#pragma once
// One command over all that a filter finds (SPEC DEA-8). What one request takes is done by it (bulk_routes.cpp); more is a job of
// many batches, each of as many objects as a request takes and taken back by its own id.
//
//     found ─► 1000 ─► batch ─► 1000 ─► batch ─► ...
//
// Under an Idempotency-Key the batches and their parts have keys made of it: the same request goes on where a job stopped. What
// was begun has the targets that it was begun with; the rest is what the filter finds by then. Once the job came to its end that is
// known by a key as well: from then on the same request does nothing, whatever the filter finds, and tells what was done.

#include <string>
#include <vector>

#include "api/ask.h"
#include "api/bulk.h"
#include "api/jobs.h"

namespace dealog::api {

struct FilterBulk {
  Kind kind = Kind::none;
  std::string filter;                // a tree as JSON; "": everything
  std::string deleted = "exclude";
  Part pattern;                      // the command, {id} in its path
  bool dry_run = false;
};

inline constexpr std::string_view bulk_placeholder = "{id}";
Part part_for(const Part& pattern, const Uuid& target);

// What the filter finds now, under the rights of who asks: all, or the first that a request takes. 204 and how many there are, or
// what is wrong with the filter.
Response find_targets(const Question& question, const FilterBulk& bulk, bool all, std::vector<Uuid>& targets, std::uint64_t& total);
// What the batch was begun over. Blocks: for the pool.
std::vector<Uuid> targets_of(Account& account, const Uuid& batch);

// Was a job begun of that request, before a restart maybe?
bool is_bulk_job(const Call& call, const RequestKey& key);
JobWork filter_bulk_job(const Call& call, FilterBulk bulk, const RequestKey& key);

}  // namespace dealog::api
