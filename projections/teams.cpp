#include "projections/teams.h"

#include <algorithm>
#include <mutex>

namespace dealog::projections {

Teams::Teams(const Storage& storage, const TableModel& users, const TableModel& teams, Stamp cut) {
  const auto each = [&](const Slot& slot, auto&& f) {
    if (slot.history == nullptr) return;
    const std::size_t count = slot.history->known(slot.size, cut);
    for (std::size_t i = 0; i < count; ++i)
      f(slot.history->rows[i], storage.stamps.from(slot.history->stamps[i]).ms, slot.history->small[i]);
  };
  each(users.slot(field::user::team_ids), [&](Row row, std::int64_t from, Ref set) {
    const auto members = storage.sets.members(set);
    memberships_[users.self[row]].push_back({from, {members.begin(), members.end()}});
  });
  each(teams.slot(field::team::parent_id), [&](Row row, std::int64_t from, Handle parent) {
    parents_[teams.self[row]].push_back({from, parent});
    tree_changes_.push_back(from);
  });
  each(teams.slot(field::is_deleted), [&](Row row, std::int64_t from, Handle is_deleted) {
    constexpr Handle is_true = 2;
    deletions_[teams.self[row]].push_back({from, is_deleted == is_true});
    tree_changes_.push_back(from);
  });
}

bool Teams::is_deleted(Handle team, std::int64_t at) const {
  const auto found = deletions_.find(team);
  bool is_so = false;
  if (found != deletions_.end())
    for (const Deletion& one : found->second)
      if (one.from <= at) is_so = one.is_deleted;
  return is_so;
}

bool Teams::compute(Handle user, Handle team, std::int64_t at) const {
  const auto member = memberships_.find(user);
  if (member == memberships_.end()) return false;
  const Membership* holds = nullptr;
  for (const Membership& one : member->second)
    if (one.from <= at) holds = &one;
  if (holds == nullptr) return false;
  for (Handle above : holds->teams) {
    // A tree, but for damaged input: nobody climbs for ever.
    for (std::size_t climbed = 0; above != 0 && climbed <= parents_.size(); ++climbed) {
      if (is_deleted(above, at)) break;
      if (above == team) return true;
      const auto parent = parents_.find(above);
      above = 0;
      if (parent == parents_.end()) break;
      for (const Parent& one : parent->second)
        if (one.from <= at) above = one.parent;
    }
  }
  return false;
}

std::shared_ptr<const Teams::Steps> Teams::steps(Handle user, Handle team) const {
  const std::uint64_t key = std::uint64_t{user} << 32 | team;
  {
    const std::shared_lock lock(lock_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  auto made = std::make_shared<Steps>();
  if (const auto member = memberships_.find(user); member != memberships_.end()) {
    std::vector<std::int64_t> changes = tree_changes_;
    for (const Membership& one : member->second) changes.push_back(one.from);
    std::ranges::sort(changes);
    changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
    bool before = false;
    for (const std::int64_t at : changes) {
      const bool now = compute(user, team, at);
      if (now != before) made->push_back({at, now});
      before = now;
    }
  }
  const std::unique_lock lock(lock_);
  return known_.try_emplace(key, std::move(made)).first->second;
}

bool Teams::is_member(Handle user, Handle team, Instant at) const {
  const auto made = steps(user, team);
  bool is = false;
  for (const auto& [from, member] : *made) {
    if (from > at.ms) break;
    is = member;
  }
  return is;
}

int Teams::always(Handle user, Handle team) const {
  const auto made = steps(user, team);
  if (made->empty()) return 0;
  return made->size() == 1 && made->front().first == beginning_of_time.ms ? 1 : -1;
}

}  // namespace dealog::projections
