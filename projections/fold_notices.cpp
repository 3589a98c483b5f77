// Who is told of what (notices.h).

#include <algorithm>

#include "domain/events_generated.h"
#include "projections/fold.h"

namespace dealog::projections {
namespace {

namespace u = field::user;

constexpr std::uint32_t is_true = 2;

constexpr std::uint32_t held_role(Role role) { return static_cast<std::uint32_t>(role) + 1; }

const event::Action* find_action(const event::ProcessDefined& process, const Uuid& action) {
  for (const event::Stage& stage : process.stages)
    for (const event::Action& each : stage.actions)
      if (each.id == action) return &each;
  return nullptr;
}

}  // namespace

// The users whose role is among those given.
void Fold::add_by_roles(std::span<const std::uint8_t> roles, std::vector<Handle>& receivers) const {
  if (roles.empty()) return;
  const TableModel& users = *tables_[index_of(Kind::user)];
  for (Row row = 0; row < users.rows; ++row) {
    const std::uint32_t role = users.small(u::role)[row];
    if (std::ranges::any_of(roles, [&](std::uint8_t wanted) { return held_role(static_cast<Role>(wanted)) == role; })) receivers.push_back(users.self[row]);
  }
}

void Fold::add_people_of(Row deal, std::vector<Handle>& receivers) const {
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  receivers.push_back(deals.small(field::deal::owner_id)[deal]);
  const auto participants = storage_->sets.members(deals.small(field::deal::participant_ids)[deal]);
  receivers.insert(receivers.end(), participants.begin(), participants.end());
}

// SPEC PRC-2, by the version of the process that holds now.
void Fold::tell_of_action(const fb::Record& record, Row deal, Handle doer) {
  namespace d = field::deal;
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  const Handle process = deals.small(d::process_id)[deal];
  const auto version = newest_version_.find(process);
  if (version == newest_version_.end()) return;
  const Uuid id = id_of(record.event_as_DealActionCompleted()->action());
  const event::Action* action = find_action(version->second->defined, id);
  if (action == nullptr || action->notify == event::Notify{}) return;

  std::vector<Handle> receivers;
  add_by_roles(action->notify.roles, receivers);
  if (action->notify.owner) receivers.push_back(deals.small(d::owner_id)[deal]);
  if (action->notify.participants) {
    const auto participants = storage_->sets.members(deals.small(d::participant_ids)[deal]);
    receivers.insert(receivers.end(), participants.begin(), participants.end());
  }
  for (const Uuid& user : action->notify.users) receivers.push_back(storage_->interner.intern(user));
  const Notice notice{.position = record.position(), .effective = Instant{record.effective_at()}, .recorded = Instant{record.recorded_at()},
                      .deal = deals.self[deal], .by = doer, .process = process, .action = storage_->interner.intern(id), .type = Notice::Type::action_completed};
  tell(notice, std::move(receivers));
}

// SPEC ACC-5: those who can give access. Nobody, where the deal is not there or he has access already.
void Fold::tell_of_request(const fb::Record& record, Row user, Handle doer) {
  const Handle handle = storage_->interner.find(id_of(record.event_as_AccessRequested()->deal()));
  const Row deal = row_of(Kind::deal, handle);
  if (deal == no_row || tables_[index_of(Kind::deal)]->presence[deal] != 1) return;
  const TableModel& users = *tables_[index_of(Kind::user)];
  std::vector<Handle> receivers;
  add_people_of(deal, receivers);
  receivers.push_back(tables_[index_of(Kind::deal)]->small(field::created_by)[deal]);
  const bool has_access = std::ranges::find(receivers, users.self[user]) != receivers.end();
  if (has_access || users.small(u::role)[user] != held_role(Role::salesperson)) return;
  std::erase_if(receivers, [&](Handle receiver) {   // analysts and auditors give nothing
    const Row row = row_of(Kind::user, receiver);
    return row == no_row || users.small(u::role)[row] > held_role(Role::salesperson);
  });
  const std::uint8_t givers[] = {static_cast<std::uint8_t>(Role::administrator), static_cast<std::uint8_t>(Role::manager)};
  add_by_roles(givers, receivers);
  const Notice notice{.position = record.position(), .effective = Instant{record.effective_at()}, .recorded = Instant{record.recorded_at()},
                      .deal = handle, .by = doer, .type = Notice::Type::access_requested};
  tell(notice, std::move(receivers));
}

// Not of one's own deeds, and nobody who is suspended.
void Fold::tell(const Notice& notice, std::vector<Handle> receivers) {
  std::ranges::sort(receivers);
  receivers.erase(std::ranges::unique(receivers).begin(), receivers.end());
  bool is_kept = false;
  for (const Handle receiver : receivers) {
    const Row row = row_of(Kind::user, receiver);
    if (row == no_row || receiver == notice.by) continue;
    const TableModel& users = *tables_[index_of(Kind::user)];
    if (users.presence[row] != 1 || users.small(u::is_suspended)[row] == is_true) continue;
    if (!is_kept) storage_->notices.notices.write(notices_++, notice);
    is_kept = true;
    storage_->notices.deliveries.write(deliveries_, {.notice = static_cast<std::uint32_t>(notices_ - 1), .before = users.small(inner::inbox)[row]});
    put(Kind::user, inner::inbox, row, static_cast<std::int64_t>(++deliveries_), false, false);
  }
}

}  // namespace dealog::projections
