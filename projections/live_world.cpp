#include "projections/live_world.h"

#include <algorithm>
#include <limits>

#include "domain/deal_money.h"
#include "domain/scorecard_parameters.h"
#include "projections/past_world.h"

namespace dealog::projections {

std::shared_ptr<const Processes> Caches::processes(const Pinned& pinned, const Table& table) {
  const auto& model = pinned.tables[index_of(Kind::process)];
  const std::lock_guard lock(lock_);
  if (!processes_ || processes_of_.get() != model.get() || versions_of_ != pinned.versions) {
    processes_ = std::make_shared<Processes>(table, pinned.storage->interner, pinned.versions, pinned.stamps, end_of_time);
    processes_of_ = model;
    versions_of_ = pinned.versions;
  }
  return processes_;
}

std::shared_ptr<const Teams> Caches::teams(const Pinned& pinned) {
  const auto& users = pinned.tables[index_of(Kind::user)];
  const auto& teams = pinned.tables[index_of(Kind::team)];
  const std::lock_guard lock(lock_);
  if (!teams_ || users_of_.get() != users.get() || teams_of_.get() != teams.get()) {
    teams_ = std::make_shared<Teams>(*pinned.storage, *users, *teams, pinned.stamps);
    users_of_ = users;
    teams_of_ = teams;
  }
  return teams_;
}

namespace {

// A zone that nobody knows cannot be in the log (commands are checked); an account without one yet is in UTC.
std::shared_ptr<const Calendar> make_calendar(std::string_view zone) {
  auto found = Calendar::find(zone);
  if (!found) found = Calendar::find("UTC");
  return std::make_shared<Calendar>(std::move(*found));
}

}  // namespace

std::shared_ptr<const Calendar> Caches::calendar(std::string_view zone) {
  const std::lock_guard lock(lock_);
  if (!calendar_ || zone_ != zone) {
    calendar_ = make_calendar(zone);
    zone_ = zone;
  }
  return calendar_;
}

namespace {

std::shared_ptr<const Choices> make_choices(const Pinned& pinned) {
  namespace c = field::custom_field;
  const TableModel& fields = *pinned.tables[index_of(Kind::custom_field)];
  auto choices = std::make_shared<Choices>();
  for (Row row = 0; row < fields.rows; ++row)
    for (const std::uint16_t list : {c::choices, c::retired_choices})
      for (const std::string_view word : pinned.storage->texts.list(fields.small(list)[row])) choices->emplace(choice_id(word), word);
  return choices;
}

}  // namespace

std::shared_ptr<const Choices> Caches::choices(const Pinned& pinned) {
  const auto& fields = pinned.tables[index_of(Kind::custom_field)];
  const std::lock_guard lock(choices_lock_);
  if (!choices_ || choices_of_.get() != fields.get()) {
    choices_ = make_choices(pinned);
    choices_of_ = fields;
  }
  return choices_;
}

std::shared_ptr<const PastWorld> Caches::past(const Pinned& pinned, Moment moment,
                                              const std::function<std::shared_ptr<const PastWorld>()>& make) {
  const auto& account = pinned.tables[index_of(Kind::account)];
  const std::lock_guard lock(lock_);
  const auto found = std::ranges::find_if(
      past_, [&](const Kept& kept) { return kept.moment == moment && kept.account.get() == account.get(); });
  if (found != past_.end()) {
    std::rotate(found, found + 1, past_.end());
    return past_.back().world;
  }
  constexpr std::size_t kept_worlds = 8;
  if (past_.size() == kept_worlds) past_.erase(past_.begin());
  past_.push_back({account, moment, make()});
  return past_.back().world;
}

std::vector<DoneAction> done_actions_of(const Storage& storage, const FieldHistory* history, std::span<const Handle> actions,
                                        std::uint32_t newest, Stamp cut, Instant as_of) {
  std::vector<DoneAction> done(actions.size());
  std::vector<bool> is_found(actions.size());
  std::size_t missing = actions.size();
  for (std::uint32_t at = newest; at != 0 && missing != 0; at = history->previous[at - 1]) {
    const std::size_t deed = at - 1;
    const auto place = static_cast<std::size_t>(std::ranges::find(actions, history->deeds[deed]) - actions.begin());
    if (place == actions.size() || is_found[place] || history->stamps[deed] >= cut) continue;
    const Instant from = storage.stamps.from(history->stamps[deed]);
    if (from > as_of) continue;
    done[place] = {storage.interner.id(actions[place]), from, storage.interner.id(history->by[deed] & ~removal_bit)};
    is_found[place] = true;
    --missing;
  }
  return done;
}

std::vector<DoneAction> LiveTable::done_actions(Row row) const {
  if (model_->kind != Kind::deal) return {};
  return done_actions_of(*storage_, model_->slot(field::deal::done_actions).history, set(field::deal::done_actions, row),
                         model_->small(inner::last_deed)[row], std::numeric_limits<Stamp>::max(), end_of_time);
}

// ---- What present and past have in common.

Row WorldBase::row(Kind kind, Handle handle) const {
  if (handle == 0) return no_row;
  const Row row = pinned_->storage->interner.row(handle, kind);
  return row < pinned_->tables[index_of(kind)]->rows ? row : no_row;
}

const Processes& WorldBase::the_processes() const {
  std::call_once(processes_once_, [&] { processes_ = make_processes(); });
  return *processes_;
}

const Teams& WorldBase::the_teams() const {
  std::call_once(teams_once_, [&] { teams_ = make_teams(); });
  return *teams_;
}

// Settings are today's, whatever the moment (SPEC GEN-1).
const Calendar& WorldBase::calendar() const {
  std::call_once(calendar_once_, [&] {
    const TableModel& account = *pinned_->tables[index_of(Kind::account)];
    std::string_view zone;
    if (account.rows > 0) zone = pinned_->storage->texts.text(account.small(field::account::time_zone)[0]);
    const auto caches = caches_.lock();
    calendar_ = caches ? caches->calendar(zone) : make_calendar(zone);
  });
  return *calendar_;
}

std::string_view WorldBase::currency() const {
  const TableModel& account = *pinned_->tables[index_of(Kind::account)];
  return account.rows > 0 ? pinned_->storage->texts.text(account.small(field::account::currency)[0]) : std::string_view();
}

bool WorldBase::setting(std::uint16_t account_field) const {
  const TableModel& account = *pinned_->tables[index_of(Kind::account)];
  return account.rows > 0 && account.small(account_field)[0] == 2;
}

Position WorldBase::position_at(Instant recorded) const {
  const Storage& storage = *pinned_->storage;
  std::size_t low = 0, high = pinned_->recorded;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (storage.recorded_at[middle] <= recorded.ms) low = middle + 1;
    else high = middle;
  }
  // Sample `low` is the first that was recorded later.
  const Position last = low == pinned_->recorded ? pinned_->position : storage.recorded_from[low] - 1;
  return std::min(last, position());
}

std::span<const CustomInfo> WorldBase::custom_fields(Kind kind) const {
  namespace c = field::custom_field;
  std::call_once(custom_once_, [&] {
    const Table& fields = table(Kind::custom_field);
    for (Row row = 0; row < fields.rows(); ++row) {
      const Handle collection = fields.handles(c::collection)[row];
      if (fields.presence()[row] != 1 || collection == 0 || collection > custom_collections().size()) continue;
      const Kind about = custom_collections()[collection - 1];
      custom_[index_of(about)].push_back({id(fields.self()[row]), about, static_cast<std::uint16_t>(fields.numbers(c::number)[row]),
                                          std::string(fields.text(c::key, row)), std::string(fields.text(c::label, row))});
    }
  });
  return custom_[index_of(kind)];
}

// What was ever offered, whatever the moment: an object of the past may have a choice of a later list.
std::string_view WorldBase::choice(Handle handle) const {
  std::call_once(choices_once_, [&] {
    const auto caches = caches_.lock();
    choices_ = caches ? caches->choices(*pinned_) : make_choices(*pinned_);
  });
  const auto found = choices_->find(pinned_->storage->interner.id(handle));
  return found == choices_->end() ? std::string_view() : found->second;
}

void WorldBase::for_each_notice(Handle user, const std::function<bool(const Notice&)>& visit) const {
  const Row row = this->row(Kind::user, user);
  if (row == no_row || row >= pinned_->tables[index_of(Kind::user)]->rows) return;
  const Notices& told = pinned_->storage->notices;
  const Moment at = moment();
  for (std::uint32_t next = pinned_->tables[index_of(Kind::user)]->small(inner::inbox)[row]; next != 0;) {
    const Delivery& delivery = told.deliveries[next - 1];
    const Notice& notice = told.notices[delivery.notice];
    next = delivery.before;
    const bool holds = notice.position <= at.known_at && notice.effective <= at.as_of;
    if (holds && !visit(notice)) return;
  }
}

View WorldBase::view(Kind kind, Row row) const {
  const Table& from = table(kind);
  const Interner& interner = pinned_->storage->interner;
  View view;
  view.object = {kind, interner.id(from.self()[row])};
  view.version = from.version(row);
  view.exists = from.presence()[row] != 0;
  view.erased = from.is_erased(row);
  const auto add = [&](const FieldSpec& spec) {
    const auto show = [&](Value value) { view.fields.emplace(spec.number, std::move(value)); };
    switch (held(kind, spec.number)) {
      case Held::nowhere: break;
      case Held::number:
        if (const std::int64_t number = from.numbers(spec.number)[row]; number != null_number) show(number);
        break;
      case Held::handle:
        if (const Handle handle = from.handles(spec.number)[row]; handle != 0) {
          if (spec.type == FieldType::ref) show(interner.id(handle));
          else if (spec.type == FieldType::word) show(std::string(choice(handle)));
          else show(std::int64_t{handle} - 1);
        }
        break;
      case Held::text:
        if (from.has_text(spec.number, row)) show(std::string(from.text(spec.number, row)));
        break;
      case Held::texts:
        if (from.has_text(spec.number, row)) {
          const auto texts = from.texts(spec.number, row);
          show(std::vector<std::string>(texts.begin(), texts.end()));
        }
        break;
      case Held::set:
        if (from.has_set(spec.number, row) && spec.type == FieldType::words) {
          std::vector<std::string> words;
          for (const Handle handle : from.set(spec.number, row)) words.emplace_back(choice(handle));
          show(std::move(words));
        } else if (from.has_set(spec.number, row)) {
          std::vector<Uuid> ids;
          for (const Handle handle : from.set(spec.number, row)) ids.push_back(interner.id(handle));
          show(std::move(ids));
        }
        break;
    }
  };
  for (const FieldSpec& spec : fields_of(kind)) add(spec);
  for (const std::uint16_t number : pinned_->tables[index_of(kind)]->custom_fields) add(*find_field(kind, number));
  if (kind == Kind::deal) {
    view.done_actions = from.done_actions(row);
    view.lines = unpacked_lines(from.text(field::deal::lines, row));
    view.costs = unpacked_costs(from.text(field::deal::costs, row));
  }
  if (kind == Kind::scorecard) {
    view.parameters = unpacked_parameters(from.text(field::scorecard::parameters, row));
    view.values = unpacked_values(from.text(field::scorecard::values, row));
  }
  if (kind == Kind::process) {
    if (const ProcessVersion* version = the_processes().version(from.self()[row])) view.process = version->defined;
  }
  return view;
}

// ---- The present.

LiveWorld::LiveWorld(std::shared_ptr<const Pinned> pinned, std::weak_ptr<Caches> caches)
    : WorldBase(std::move(pinned), std::move(caches)) {
  for (const Kind kind : all_kinds) tables_[index_of(kind)] = LiveTable(*pinned_->tables[index_of(kind)], *pinned_->storage);
}

std::shared_ptr<const World> LiveWorld::at(Moment moment) const {
  moment.known_at = std::min(moment.known_at, pinned_->position);
  if (moment == this->moment()) return shared_from_this();
  const auto make = [&] {
    const auto self = std::static_pointer_cast<const LiveWorld>(shared_from_this());
    return std::make_shared<const PastWorld>(self, pinned_, caches_, moment);
  };
  const auto caches = caches_.lock();
  return caches ? caches->past(*pinned_, moment, make) : make();
}

std::shared_ptr<const Processes> LiveWorld::make_processes() const {
  const Table& table = tables_[index_of(Kind::process)];
  if (const auto caches = caches_.lock()) return caches->processes(*pinned_, table);
  return std::make_shared<Processes>(table, pinned_->storage->interner, pinned_->versions, pinned_->stamps, end_of_time);
}

std::shared_ptr<const Teams> LiveWorld::make_teams() const {
  if (const auto caches = caches_.lock()) return caches->teams(*pinned_);
  return std::make_shared<Teams>(*pinned_->storage, *pinned_->tables[index_of(Kind::user)],
                                 *pinned_->tables[index_of(Kind::team)], pinned_->stamps);
}

}  // namespace dealog::projections
