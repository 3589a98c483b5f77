#pragma once
// Which commands and batches were taken back, by undos that stand (SPEC DEA-9), from the read models.

#include <map>
#include <vector>

#include "api/account.h"
#include "domain/undo.h"
#include "projections/query.h"

namespace dealog::api {

class TakenBack {
 public:
  // One pass over the batches; what is recorded behind `live` is not known.
  explicit TakenBack(const projections::World& live);

  bool has(const Uuid& batch) const { return batches_.contains(batch); }

  // Notes in the history of one object (all its events, oldest first) what was taken back in it since: Happened::settled_since.
  // REQUIRES: a thread that may wait for the writer's lock.
  void settle(Account& account, std::vector<Happened>& history) const;

 private:
  // By what: a batch, itself not taken back.
  std::map<Uuid, Uuid> batches_;
  std::map<Position, Uuid> commands_;
};

}  // namespace dealog::api
