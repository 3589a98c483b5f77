#pragma once
// Which contacts were merged into which (SPEC CON-2): a small read model beside the columns, for who shows an object by
// its own events and has to know where the contacts that they name have gone. Copied to pin it, like a table.

#include <unordered_map>

#include "domain/types.h"
#include "projections/shared.h"

namespace dealog::projections {

class Merges : public Counted {
 public:
  // The contact that stands for `contact` at the moment: itself, or what it was merged into, step by step.
  Uuid now(ObjectRef contact, Instant as_of, Position known_at) const {
    for (auto found = merged_.find(contact); found != merged_.end(); found = merged_.find(contact)) {
      if (found->second.at > as_of || found->second.position > known_at) break;
      contact.id = found->second.into;
    }
    return contact.id;
  }
  bool empty() const { return merged_.empty(); }

  // The fold's.
  void add(ObjectRef from, const Uuid& into, Instant at, Position position) { merged_[from] = {into, at, position}; }

 private:
  struct Merge { Uuid into; Instant at; Position position = 0; };
  std::unordered_map<ObjectRef, Merge> merged_;
};

}  // namespace dealog::projections
