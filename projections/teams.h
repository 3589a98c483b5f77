#pragma once
// Who was in which team when (SPEC ACC-3, GEN-7): memberships and the tree of teams, dated by their events. While a team is
// deleted nobody is in it, nor through it in those above; restored, it has its members again (GEN-5).
//
// Threads: any; answers are remembered behind a lock.

#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "projections/table_model.h"

namespace dealog::projections {

class Teams {
 public:
  // All that the log knew before `cut`.
  Teams(const Storage& storage, const TableModel& users, const TableModel& teams, Stamp cut);

  bool is_member(Handle user, Handle team, Instant at) const;
  // 1 always, 0 never, -1 it depends on the instant.
  int always(Handle user, Handle team) const;

 private:
  struct Membership { std::int64_t from; std::vector<Handle> teams; };
  struct Parent { std::int64_t from; Handle parent; };
  struct Deletion { std::int64_t from; bool is_deleted; };
  // From each instant on; before the first one: no member.
  using Steps = std::vector<std::pair<std::int64_t, bool>>;

  bool compute(Handle user, Handle team, std::int64_t at) const;
  bool is_deleted(Handle team, std::int64_t at) const;
  std::shared_ptr<const Steps> steps(Handle user, Handle team) const;

  std::unordered_map<Handle, std::vector<Membership>> memberships_;  // in the order of the log
  std::unordered_map<Handle, std::vector<Parent>> parents_;
  std::unordered_map<Handle, std::vector<Deletion>> deletions_;      // and restorings
  std::vector<std::int64_t> tree_changes_;
  mutable std::shared_mutex lock_;
  mutable std::unordered_map<std::uint64_t, std::shared_ptr<const Steps>> known_;
};

}  // namespace dealog::projections
