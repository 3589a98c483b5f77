#include "projections/past_world.h"

#include <algorithm>
#include <ranges>
#include <set>

namespace dealog::projections {

void PastTable::open(const PastWorld& world, const TableModel& model, const Storage& storage) {
  world_ = &world;
  model_ = &model;
  storage_ = &storage;
  // One more than there are: for fields that were never set.
  made_custom_ = std::make_unique<Made[]>(model.custom_slots.size() + 1);
}

PastTable::Made& PastTable::made_of(std::uint16_t field) const {
  const std::size_t at = model_->place(field);
  return at < slot_count ? made_[at] : made_custom_[at - slot_count];
}

bool PastTable::is_unchanged(std::uint16_t field) const {
  const Slot& slot = model_->slot(field);
  if (slot.history == nullptr || slot.size == 0) return true;
  return slot.newest_from <= world_->moment().as_of.ms && slot.history->stamps[slot.size - 1] < world_->cut();
}

template <class T, class F>
void PastTable::replay_field(std::uint16_t field, const SegmentedLog<T> FieldHistory::*values, F&& f) const {
  const Slot& slot = model_->slot(field);
  if (slot.history == nullptr) return;
  const Instant as_of = world_->moment().as_of;
  const std::size_t count = slot.history->known(slot.size, world_->cut());
  replay(*slot.history, slot.history->*values, count, storage_->stamps, as_of, f);
}

const PastTable::Made& PastTable::made(std::uint16_t field) const {
  Made& at = made_of(field);
  std::call_once(at.once, [&] { make(field, at); });
  return at;
}

const Column<std::int64_t>& PastTable::numbers(std::uint16_t field) const {
  if (model_->kind == Kind::deal && (field == derived::done_weight || field == derived::total_weight)) {
    std::call_once(weights_once_, [&] { make_weights(); });
    const Made& at = made_of(field);
    return at.shared ? model_->large(field) : at.large;
  }
  const Made& at = made(field);
  return at.shared ? model_->large(field) : at.large;
}

const Column<Handle>& PastTable::handles(std::uint16_t field) const {
  const Made& at = made(field);
  return at.shared ? model_->small(field) : at.small;
}

void PastTable::make(std::uint16_t field, Made& at) const {
  if (field == derived::visited_stages && held(model_->kind, field) != Held::nowhere) return make_visited_stages(at);
  if (model_->kind == Kind::deal) {
    if (field == derived::last_activity_at) return make_last_activity(at);
    if (field == derived::value) return make_value(at);
    if (field == derived::open_tasks) {
      at.shared = world_->tasks_unchanged();
      if (at.shared) return;
      const auto& starts = world_->task_starts();
      at.large.grow(model_->room);
      const auto chunks = at.large.own_all();
      for (Row row = 0; row < model_->rows; ++row)
        chunks[row >> chunk_bits][row & (chunk_rows - 1)] = starts[row + 1] - starts[row];
      return;
    }
  }
  at.shared = is_unchanged(field);
  if (at.shared) return;
  if (held(model_->kind, field) == Held::number) {
    at.large.grow(model_->room);
    const auto chunks = at.large.own_all();
    replay_field(field, &FieldHistory::large, [&](Row row, std::int64_t value) {
      chunks[row >> chunk_bits][row & (chunk_rows - 1)] = value;
    });
    return;
  }
  at.small.grow(model_->room);
  const auto chunks = at.small.own_all();
  replay_field(field, &FieldHistory::small, [&](Row row, std::uint32_t value) {
    chunks[row >> chunk_bits][row & (chunk_rows - 1)] = value;
  });
  if (model_->kind == Kind::deal && field == field::deal::done_actions && model_->out_of_order) reassemble_deeds(chunks);
}

// Sets of deals whose deeds were not recorded in the order of time, put together from what happened.
void PastTable::reassemble_deeds(const std::vector<std::uint32_t*>& column) const {
  const FieldHistory& history = *model_->slot(field::deal::done_actions).history;
  std::vector<std::size_t> deeds;
  std::vector<Handle> actions;
  const std::lock_guard growing(sets_growing_);
  for (const Row row : *model_->out_of_order) {
    deeds.clear();
    actions.clear();
    for (std::uint32_t at = model_->small(inner::last_deed)[row]; at != 0; at = history.previous[at - 1])
      if (const Stamp stamp = history.stamps[at - 1]; stamp < world_->cut() && storage_->stamps.from(stamp) <= world_->moment().as_of) deeds.push_back(at - 1);
    for (const std::size_t deed : deeds | std::views::reverse) {
      std::erase(actions, history.deeds[deed]);
      if ((history.by[deed] & removal_bit) == 0) actions.push_back(history.deeds[deed]);
    }
    if (!deeds.empty()) column[row >> chunk_bits][row & (chunk_rows - 1)] = sets_.add(actions) | own_set;
  }
}

std::vector<DoneAction> PastTable::done_actions(Row row) const {
  if (model_->kind != Kind::deal) return {};
  const std::span<const Handle> actions = set(field::deal::done_actions, row);
  if (actions.empty()) return {};
  return done_actions_of(*storage_, model_->slot(field::deal::done_actions).history, actions, model_->small(inner::last_deed)[row], world_->cut(),
                         world_->moment().as_of);
}

const Column<std::uint8_t>& PastTable::presence() const {
  std::call_once(presence_once_, [&] {
    const bool may_be_merged = has_merges(model_->kind);
    if (is_unchanged(field::created_at) && is_unchanged(field::is_deleted) && (!may_be_merged || is_unchanged(field::company::merged_into))) {
      presence_ = model_->presence;
      return;
    }
    const auto& created = numbers(field::created_at);
    const auto& deleted = handles(field::is_deleted);
    const auto& merged = handles(may_be_merged ? field::company::merged_into : field::is_deleted);
    presence_.grow(model_->room);
    const auto chunks = presence_.own_all();
    for (Row row = 0; row < model_->rows; ++row) {
      chunks[row >> chunk_bits][row & (chunk_rows - 1)] =
          presence_value(created[row] != null_number, deleted[row] == 2, may_be_merged && merged[row] != 0);
    }
  });
  return presence_;
}

// SPEC PRC-1, PRC-3: an open deal follows the newest version of its process at the moment, a closed one keeps the
// weights of its closing.
void PastTable::make_weights() const {
  namespace d = field::deal;
  Made& done = made_of(derived::done_weight);
  Made& total = made_of(derived::total_weight);
  const bool same_versions = world_->versions_unchanged();
  const bool same = same_versions && std::ranges::all_of(
      std::array{d::status, d::process_id, d::done_actions, d::closing_done_weight, d::closing_total_weight},
      [&](std::uint16_t field) { return is_unchanged(field); });
  done.shared = total.shared = same;
  if (same) return;

  const auto& status = handles(d::status);
  const auto& process = handles(d::process_id);
  const auto& closing_done = numbers(d::closing_done_weight);
  const auto& closing_total = numbers(d::closing_total_weight);
  done.large.grow(model_->room);
  total.large.grow(model_->room);
  const auto done_chunks = done.large.own_all();
  const auto total_chunks = total.large.own_all();
  const auto& actions = handles(d::done_actions);
  Handle of = 0;
  const ProcessVersion* version = nullptr;
  for (Row row = 0; row < model_->rows; ++row) {
    std::int64_t done_weight = 0, total_weight = 0;
    if (status[row] > 1) {
      done_weight = closing_done[row];
      total_weight = closing_total[row];
    } else if (status[row] == 1) {
      if (process[row] != of) {
        of = process[row];
        version = world_->the_processes().version(of);
      }
      if (version != nullptr) {
        total_weight = version->weights.total();
        for (const Handle action : members(actions[row])) done_weight += version->weights.of(action);
      }
    }
    done_chunks[row >> chunk_bits][row & (chunk_rows - 1)] = done_weight;
    total_chunks[row >> chunk_bits][row & (chunk_rows - 1)] = total_weight;
  }
}

// SPEC MON-1: the lines' where there are any.
void PastTable::make_value(Made& at) const {
  at.shared = is_unchanged(field::deal::value) && is_unchanged(field::deal::lines_value);
  if (at.shared) return;
  const auto& typed = numbers(field::deal::value);
  const auto& lines = numbers(field::deal::lines_value);
  at.large.grow(model_->room);
  const auto chunks = at.large.own_all();
  for (Row row = 0; row < model_->rows; ++row)
    chunks[row >> chunk_bits][row & (chunk_rows - 1)] = lines[row] != null_number ? lines[row] : typed[row];
}

void PastTable::make_last_activity(Made& at) const {
  at.shared = is_unchanged(inner::version) && is_unchanged(inner::touched);
  if (at.shared) return;
  at.large.grow(model_->room);
  const auto chunks = at.large.own_all();
  // The value of these rows is when they hold from, which a plain replay does not hand over.
  for (const std::uint16_t field : {inner::version, inner::touched}) {
    const Slot& slot = model_->slot(field);
    if (slot.history == nullptr) continue;
    const std::size_t count = slot.history->known(slot.size, world_->cut());
    FromReader from(storage_->stamps);
    const Instant as_of = world_->moment().as_of;
    slot.history->for_each_holding(count, as_of, [&](std::size_t start, std::size_t length, bool) {
      const std::size_t segment = SegmentedLog<Row>::segment_of(start), skipped = start - SegmentedLog<Row>::start_of(segment);
      const Row* rows = slot.history->rows.segment(segment) + skipped;
      const Stamp* stamps = slot.history->stamps.segment(segment) + skipped;
      for (std::size_t i = 0; i < length; ++i) {
        const std::int64_t when = from(stamps[i]);
        if (when > as_of.ms) continue;
        std::int64_t& newest = chunks[rows[i] >> chunk_bits][rows[i] & (chunk_rows - 1)];
        newest = std::max(newest, when);
      }
    });
  }
}

void PastTable::make_visited_stages(Made& at) const {
  static_assert(field::lead::stage_id == field::deal::stage_id);
  at.shared = is_unchanged(field::deal::stage_id);
  if (at.shared) return;
  // Counted, laid out one after another, filled: three passes, no set per deal.
  std::vector<std::uint32_t> ends(std::size_t{model_->rows} + 1);
  replay_field(field::deal::stage_id, &FieldHistory::small, [&](Row row, Handle) { ++ends[row + 1]; });
  for (std::size_t row = 1; row < ends.size(); ++row) ends[row] += ends[row - 1];
  std::vector<Handle> stages(ends.back());
  std::vector<std::uint32_t> filled(ends.begin(), ends.end() - 1);
  replay_field(field::deal::stage_id, &FieldHistory::small, [&](Row row, Handle stage) {
    const auto first = stages.begin() + ends[row], last = stages.begin() + filled[row];
    if (stage != 0 && std::find(first, last, stage) == last) stages[filled[row]++] = stage;
  });
  at.small.grow(model_->room);
  const auto chunks = at.small.own_all();
  const std::lock_guard growing(sets_growing_);
  for (Row row = 0; row < model_->rows; ++row) {
    if (filled[row] == ends[row]) continue;
    chunks[row >> chunk_bits][row & (chunk_rows - 1)] =
        sets_.add({stages.data() + ends[row], stages.data() + filled[row]}) | own_set;
  }
}

// ---- The world.

PastWorld::PastWorld(std::shared_ptr<const LiveWorld> base, std::shared_ptr<const Pinned> pinned,
                     std::weak_ptr<Caches> caches, Moment moment)
    : WorldBase(std::move(pinned), std::move(caches)), base_(std::move(base)), moment_(moment) {
  cut_ = pinned_->storage->stamps.cut(moment.known_at, pinned_->position, pinned_->stamps);
  for (const Kind kind : all_kinds)
    tables_[index_of(kind)].open(*this, *pinned_->tables[index_of(kind)], *pinned_->storage);
}

std::shared_ptr<const World> PastWorld::at(Moment moment) const {
  moment.known_at = std::min(moment.known_at, moment_.known_at);
  return base_->at(moment);
}

bool PastWorld::tasks_unchanged() const {
  const PastTable& tasks = tables_[index_of(Kind::task)];
  return tasks.is_unchanged(field::created_at) && tasks.is_unchanged(field::is_deleted) &&
         tasks.is_unchanged(field::task::status) && tasks.is_unchanged(field::task::deal_id);
}

bool PastWorld::versions_unchanged() const {
  return !pinned_->versions || std::ranges::all_of(*pinned_->versions, [&](const auto& version) {
    return version->stamp < cut_ && version->from <= moment_.as_of;
  });
}

const std::vector<std::uint32_t>& PastWorld::task_starts() const {
  std::call_once(tasks_once_, [&] {
    const Table& tasks = table(Kind::task);
    const auto& presence = tasks.presence();
    const auto& status = tasks.handles(field::task::status);
    const auto& deal = tasks.handles(field::task::deal_id);
    task_starts_.assign(std::size_t{table(Kind::deal).rows()} + 2, 0);
    const auto each = [&](auto&& f) {
      for (Row task = 0; task < tasks.rows(); ++task) {
        if (presence[task] != 1 || status[task] != 1 || deal[task] == 0) continue;
        if (const Row at = row(Kind::deal, deal[task]); at != no_row) f(at, task);
      }
    };
    // Shifted by one while filling, so that no second array of places is needed.
    each([&](Row at, Row) { ++task_starts_[at + 2]; });
    for (std::size_t at = 2; at < task_starts_.size(); ++at) task_starts_[at] += task_starts_[at - 1];
    task_rows_.resize(task_starts_.back());
    each([&](Row at, Row task) { task_rows_[task_starts_[at + 1]++] = task; });
  });
  return task_starts_;
}

std::span<const Row> PastWorld::open_tasks_of(Row deal) const {
  if (tasks_unchanged()) return base_->open_tasks_of(deal);
  const auto& starts = task_starts();
  return {task_rows_.data() + starts[deal], task_rows_.data() + starts[deal + 1]};
}

std::shared_ptr<const Processes> PastWorld::make_processes() const {
  return std::make_shared<Processes>(table(Kind::process), pinned_->storage->interner, pinned_->versions, cut_, moment_.as_of);
}

std::shared_ptr<const Teams> PastWorld::make_teams() const {
  if (cut_ == pinned_->stamps)
    if (const auto caches = caches_.lock()) return caches->teams(*pinned_);
  return std::make_shared<Teams>(*pinned_->storage, *pinned_->tables[index_of(Kind::user)],
                                 *pinned_->tables[index_of(Kind::team)], cut_);
}

}  // namespace dealog::projections
