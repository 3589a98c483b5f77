#include "domain/access.h"

#include <algorithm>
#include <unordered_set>

namespace dealog {
namespace {

constexpr std::size_t most_participants = 200, most_requests_a_day = 100;

// Each once, and known.
void check_users(Deciding& deciding, const std::vector<Uuid>& users, const std::string& pointer) {
  std::unordered_set<Uuid> seen;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const std::string member = pointer + "/" + std::to_string(i);
    if (!seen.insert(users[i]).second) deciding.faults.add(Code::duplicate, member);
    else if (!find_in(deciding.state.users, users[i])) deciding.faults.add(Code::unknown_reference, member);
  }
}

}  // namespace

Decision change_participants(Deciding& deciding, const command::ChangeParticipants& change) {
  static_assert(field::deal::participant_ids == field::lead::participant_ids);
  check_users(deciding, change.add, "/add");
  check_users(deciding, change.remove, "/remove");
  const std::vector<Uuid>& held = *participants_of(deciding.state, change.object);
  std::vector<Uuid> all = held;
  for (std::size_t i = 0; i < change.add.size(); ++i) {
    if (is_among(change.add[i], change.remove)) deciding.faults.add(Code::invalid, "/add/" + std::to_string(i), "Added or removed, not both.");
    if (is_among(change.add[i], all)) continue;
    check_active(deciding, change.add[i], "/add/" + std::to_string(i));
    all.push_back(change.add[i]);
  }
  std::erase_if(all, [&](const Uuid& user) { return is_among(user, change.remove); });
  if (all.size() > std::max(most_participants, held.size())) deciding.faults.add(Code::too_long, "/add");   // assignees come in beyond it
  if (!deciding.faults.any() && all != held) deciding.add(change.object, event::Edited{{{field::deal::participant_ids, std::move(all)}}});
  return deciding.outcome(change.object);
}

Decision request_access(Deciding& deciding, const command::RequestAccess& request) {
  const ObjectRef object{Kind::user, request.user};
  if (deciding.actor != request.user) return refusal(Code::forbidden);
  const auto& asked = deciding.state.users.at(request.user).access_asked;
  const auto is_recent = [&](Instant at) { return deciding.context.now.ms - at.ms < ms_per_day; };
  const auto before = asked.find(request.deal);
  const auto recent = std::ranges::count_if(asked, [&](const auto& each) { return is_recent(each.second); });
  const bool is_told = (before == asked.end() || !is_recent(before->second)) && static_cast<std::size_t>(recent) < most_requests_a_day;
  if (is_told) deciding.add(object, event::AccessRequested{request.deal});
  return deciding.outcome(object);
}

Decision read_notifications(Deciding& deciding, const command::ReadNotifications& read) {
  const ObjectRef object{Kind::user, read.user};
  if (deciding.actor != read.user) return refusal(Code::forbidden);
  if (read.up_to > deciding.state.position) deciding.faults.add(Code::out_of_range, "/up_to", "The log has not come that far.");
  if (read.up_to > deciding.state.users.at(read.user).notifications_read) deciding.add(object, event::NotificationsRead{read.up_to});
  return deciding.outcome(object);
}

}  // namespace dealog
