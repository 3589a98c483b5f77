#include "projections/fold.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "domain/events_generated.h"

namespace dealog::projections {
namespace {

constexpr std::uint32_t status_open = 1;  // index + 1, of deals and of tasks

// Deals and leads go through stages and have participants, in columns of the same numbers.
constexpr bool has_stages(Kind kind) { return kind == Kind::deal || kind == Kind::lead; }
static_assert(field::lead::stage_id == field::deal::stage_id && field::lead::participant_ids == field::deal::participant_ids);

}  // namespace

struct Fold::Current {
  Kind kind = Kind::none;
  Row row = 0;
  Handle self = 0;
  Handle doer = 0;
  Instant effective;
  Row open_task_of = no_row;  // before the event
  std::optional<Ref> participants;  // before the event, when it sets them
  bool weights_change = false, value_changes = false;
  bool born = false;
  bool word_deleted = false;
  Instant deleted_from;
};

Fold::Fold() : storage_(std::make_shared<Storage>()), participation_(new Participation), lead_participation_(new Participation), merges_(new Merges) {
  for (const Kind kind : all_kinds) {
    tables_[index_of(kind)] = Shared<TableModel>(new TableModel);
    tables_[index_of(kind)]->kind = kind;
  }
}

std::shared_ptr<const Pinned> Fold::pin() const {
  auto pinned = std::make_shared<Pinned>();
  pinned->storage = storage_;
  for (const Kind kind : all_kinds) pinned->tables[index_of(kind)] = tables_[index_of(kind)].as_const();
  pinned->participation = participation_.as_const();
  pinned->lead_participation = lead_participation_.as_const();
  pinned->merges = merges_.as_const();
  pinned->versions = versions_;
  pinned->position = position_;
  pinned->stamps = storage_->stamps.size();
  pinned->recorded = storage_->recorded_at.size();
  pinned->handles = storage_->interner.size();
  pinned->notices = notices_;
  pinned->deliveries = deliveries_;
  return pinned;
}

// ---- Writing.

TableModel& Fold::edit(Kind kind) {
  Shared<TableModel>& table = tables_[index_of(kind)];
  if (!table.is_sole()) table = Shared<TableModel>(new TableModel(*table));
  return *table;
}

Row Fold::row_of(Kind kind, Handle handle) const {
  if (handle == 0) return no_row;
  const Row row = storage_->interner.row(handle, kind);
  return row < tables_[index_of(kind)]->rows ? row : no_row;
}

// An event touches a dozen columns, each far from the others: asked for at once, they arrive together.
void Fold::prefetch_deal(Row row, bool is_move) const {
  namespace d = field::deal;
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  const auto small = [&](std::initializer_list<std::uint16_t> fields) {
    for (const std::uint16_t each : fields) deals.slot(each).small.prefetch(row);
  };
  const auto large = [&](std::initializer_list<std::uint16_t> fields) {
    for (const std::uint16_t each : fields) deals.slot(each).large.prefetch(row);
  };
  small({inner::version});
  large({derived::last_activity_at});
  if (is_move) {
    small({derived::visited_stages, d::stage_id, d::furthest_stage_id});
    large({d::stage_entered_at});
  } else {
    small({d::done_actions, inner::last_deed, d::status, d::process_id});
    large({derived::done_weight, derived::total_weight});
  }
}

void Fold::put(Kind kind, std::uint16_t field, Row row, std::int64_t value, bool is_large, bool has_history) {
  TableModel& table = edit(kind);
  const std::int64_t before = is_large ? table.large(field)[row] : std::int64_t{table.small(field)[row]};
  undo_.push_back({kind, is_large, has_history, field, row, before});
  if (value == before) return;
  if (is_large) table.put_large(field, row, value);
  else table.put_small(field, row, static_cast<std::uint32_t>(value));
}

void Fold::refresh_presence(Kind kind, Row row) {
  TableModel& table = edit(kind);
  const bool exists = table.large(field::created_at)[row] != null_number;
  const bool merged = has_merges(kind) && table.small(field::company::merged_into)[row] != 0;
  table.presence.set(row, presence_value(exists, table.small(field::is_deleted)[row] == 2, merged));
}

FieldHistory& Fold::history(Slot& slot) {
  if (slot.history == nullptr) {
    storage_->histories.push_back(std::make_unique<FieldHistory>());
    slot.history = storage_->histories.back().get();
  }
  return *slot.history;
}

// The end of a history is the slot's, so that what a failed record left behind is written over.
void Fold::note(Slot& slot, Row row, Stamp stamp, Instant from) {
  slot.history->rows.write(slot.size, row);
  slot.history->stamps.write(slot.size, stamp);
  slot.history->note_from(slot.size, from.ms);
  ++slot.size;
  slot.newest_from = std::max(slot.newest_from, from.ms);
}

void Fold::assign_small(Kind kind, std::uint16_t field, Row row, std::uint32_t value, Instant from) {
  Slot& slot = edit(kind).own_slot(field);
  history(slot).small.write(slot.size, value);
  note(slot, row, storage_->stamps.stamp(from), from);
  put(kind, field, row, value, false, true);
}

void Fold::assign_large(Kind kind, std::uint16_t field, Row row, std::int64_t value, Instant from) {
  Slot& slot = edit(kind).own_slot(field);
  history(slot).large.write(slot.size, value);
  note(slot, row, storage_->stamps.stamp(from), from);
  put(kind, field, row, value, true, true);
}

void Fold::roll_back() {
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
    TableModel& table = edit(undo->kind);
    Slot& slot = table.own_slot(undo->field);
    if (undo->has_history) --slot.size;
    if (undo->is_large) table.put_large(undo->field, undo->row, undo->before);
    else table.put_small(undo->field, undo->row, static_cast<std::uint32_t>(undo->before));
  }
  for (const RowsBefore& before : rows_before_) edit(before.kind).rows = before.rows;
  notices_ = notices_before_;
  deliveries_ = deliveries_before_;
  for (const Undo& undo : undo_)
    if (sets_presence(undo.kind, undo.field)) refresh_presence(undo.kind, undo.row);
}

// ---- A record.

void Fold::apply(const fb::Record& record, const Fields* personal) {
  if (record.position() != position_ + 1)
    throw std::logic_error("read models stand at position " + std::to_string(position_) + " and were given " +
                           std::to_string(record.position()));
  undo_.clear();
  rows_before_.clear();
  notices_before_ = notices_;
  deliveries_before_ = deliveries_;
  try {
    fold(record, personal);
  } catch (...) {
    roll_back();
    throw;
  }
  position_ = record.position();
  if (record.recorded_at() != recorded_at_) {
    recorded_at_ = record.recorded_at();
    storage_->recorded_from.push_back(position_);
    storage_->recorded_at.push_back(recorded_at_);
  }
}

void Fold::fold(const fb::Record& record, const Fields* personal) {
  Current current;
  current.kind = static_cast<Kind>(record.kind());
  current.effective = Instant{record.effective_at()};
  current.self = storage_->interner.intern(id_of(record.object()));
  current.doer = storage_->interner.intern(id_of(record.performer() != nullptr ? record.performer() : record.actor()));
  storage_->stamps.begin(record.position());
  first_stamp_ = storage_->stamps.size();

  current.row = row_of(current.kind, current.self);
  if (current.row == no_row) {
    TableModel& table = edit(current.kind);
    rows_before_.push_back({current.kind, table.rows});
    current.row = table.add_row(current.self);
    storage_->interner.place(current.self, current.kind, current.row);
    if (current.kind == Kind::deal) {
      put(Kind::deal, derived::done_weight, current.row, 0, true, false);
      put(Kind::deal, derived::total_weight, current.row, 0, true, false);
      put(Kind::deal, derived::open_tasks, current.row, 0, true, false);
    }
  } else if (current.kind == Kind::deal) {
    prefetch_deal(current.row, record.event_type() == fb::Event::DealMoved);
  } else if (current.kind == Kind::task) {
    current.open_task_of = deal_of_open_task(current.row);
  }

  const Ref note_before = record.event_type() == fb::Event::DealCorrected ? tables_[index_of(Kind::deal)]->small(field::deal::close_note)[current.row] : 0;
  for_each_fact(record, personal, [this, &current](const Fact& each) { fact(current, each); });

  // From when on the record as a whole holds; the same as ViewFold's.
  Instant holds = current.effective;
  if (is_setup(current.kind) && record.event_type() == fb::Event::Created) holds = beginning_of_time;
  if (const auto* corrected = record.event_as_DealCorrected()) {
    holds = std::min(holds, Instant{corrected->replaced_at()});
    // A correction that names no note keeps the one of the closing that it replaces, but at its own time.
    const bool named = personal != nullptr && std::ranges::any_of(*personal, [](const FieldChange& change) {
      return change.field == field::deal::close_note;
    });
    const Ref kept = named ? tables_[index_of(Kind::deal)]->small(field::deal::close_note)[current.row] : note_before;
    assign_small(Kind::deal, field::deal::close_note, current.row, 0, Instant{corrected->replaced_at()});
    if (kept != 0) assign_small(Kind::deal, field::deal::close_note, current.row, kept, current.effective);
    follow_versions_between(current.row, Instant{corrected->replaced_at()}, current.effective);
  }
  if (const auto* defined = record.event_as_ProcessDefined(); defined != nullptr && defined->version() == 1) holds = beginning_of_time;
  assign_small(current.kind, inner::version, current.row, record.version(), holds);
  if ((record.sealed() != nullptr && personal == nullptr) || record.event_type() == fb::Event::SubjectErased)
    assign_small(current.kind, inner::erased, current.row, 1, beginning_of_time);

  if (current.kind == Kind::deal) after_deal(current);
  if (current.kind == Kind::task) after_task(current);
  if (current.born && (current.kind == Kind::note || current.kind == Kind::email)) {
    const std::uint16_t link = current.kind == Kind::note ? field::note::deal_id : field::email::deal_id;
    const Row deal = row_of(Kind::deal, tables_[index_of(current.kind)]->small(link)[current.row]);
    if (deal != no_row) activity(deal, current.effective);
  }
  if (current.word_deleted) strip(current.kind, current.self, current.deleted_from);
  if (record.event_type() == fb::Event::ProcessDefined) define(current, record);
  if (record.event_type() == fb::Event::ScorecardsDeleted) delete_cards_of(current.self, current.effective);
  if (record.event_type() == fb::Event::Merged) merge(current.kind, current.row, current.self, record);
  if (has_stages(current.kind)) after_participants(current);
  if (record.event_type() == fb::Event::DealActionCompleted) tell_of_action(record, current.row, current.doer);
  if (record.event_type() == fb::Event::AccessRequested) tell_of_request(record, current.row, current.doer);
}

void Fold::fact(Current& current, const Fact& fact) {
  const Kind kind = current.kind;
  switch (held(kind, fact.field)) {
    case Held::nowhere:
      throw std::runtime_error("a field of a later release: " + std::string(name(kind)) + " " + std::to_string(fact.field));
    case Held::number:
      assign_large(kind, fact.field, current.row, fact.is_null ? null_number : fact.number, fact.from);
      break;
    case Held::handle: {
      std::uint32_t value = 0;
      if (!fact.is_null) {
        const FieldSpec* spec = nullptr;
        // Choices and booleans are told from ids by the fact itself: only a reference names one.
        if (fact.id.is_nil() && (spec = find_field(kind, fact.field)) != nullptr && spec->type != FieldType::ref)
          value = spec->type == FieldType::word ? storage_->interner.intern(choice_id(fact.text)) : static_cast<std::uint32_t>(fact.number + 1);
        else value = storage_->interner.intern(fact.id);
      }
      assign_small(kind, fact.field, current.row, value, fact.from);
      if (has_stages(kind) && fact.field == field::deal::stage_id) visit_stage(kind, current.row, value);
      break;
    }
    case Held::text: {
      Ref value = 0;
      if (!fact.is_null) {
        Ref other = 0;
        Ref& last = is_custom(fact.field) ? other : last_text_[index_of(kind)][slot_of(fact.field)];
        if (last == 0 || storage_->texts.text(last) != fact.text) last = storage_->texts.add(fact.text);
        value = last;
      }
      assign_small(kind, fact.field, current.row, value, fact.from);
      break;
    }
    case Held::texts: {
      static const std::vector<std::string> none;
      const Ref value = fact.is_null ? 0 : storage_->texts.add_list(fact.texts != nullptr ? *fact.texts : none);
      assign_small(kind, fact.field, current.row, value, fact.from);
      break;
    }
    case Held::set: {
      if (fact.op != Fact::Op::set) return deed(current, fact);
      Ref value = 0;
      if (!fact.is_null) {
        members_.clear();
        for (const Uuid& id : fact.ids) members_.push_back(storage_->interner.intern(id));
        if (fact.texts != nullptr)
          for (const std::string& word : *fact.texts) members_.push_back(storage_->interner.intern(choice_id(word)));
        value = storage_->sets.add(members_);
      }
      if (has_stages(kind) && fact.field == field::deal::participant_ids && !current.participants)
        current.participants = tables_[index_of(kind)]->small(fact.field)[current.row];
      assign_small(kind, fact.field, current.row, value, fact.from);
      break;
    }
  }

  if (sets_presence(kind, fact.field)) {
    refresh_presence(kind, current.row);
    const bool deleted = tables_[index_of(kind)]->small(field::is_deleted)[current.row] == 2;
    current.born |= fact.field == field::created_at;
    if (deletion_of(kind) == Deletion::strips && deleted && fact.field == field::is_deleted) {
      current.word_deleted = true;
      current.deleted_from = fact.from;
    }
  }
  if (kind == Kind::deal) current.value_changes |= fact.field == field::deal::value || fact.field == field::deal::lines_value;
  if (kind == Kind::deal && fact.field == field::deal::currency) {
    const TableModel& account = *tables_[index_of(Kind::account)];
    const bool is_own = account.rows > 0 && storage_->texts.text(account.small(field::account::currency)[0]) == fact.text;
    std::uint32_t code = 0;
    if (!is_own && !fact.is_null)
      for (const char letter : fact.text) code = code << 8 | static_cast<unsigned char>(letter);
    if (code != 0) assign_small(kind, inner::foreign, current.row, code, fact.from);
  }
  if (kind == Kind::deal)
    current.weights_change |= fact.field == field::deal::status || fact.field == field::deal::process_id ||
                              fact.field == field::deal::closing_done_weight || fact.field == field::deal::closing_total_weight;
}

// A member is added to or taken out of the done actions; adding again makes it the newest.
void Fold::deed(Current& current, const Fact& fact) {
  const Handle member = storage_->interner.intern(fact.id);
  TableModel& table = edit(current.kind);
  Slot& slot = table.own_slot(fact.field);
  FieldHistory& history = this->history(slot);
  const Ref before = table.small(fact.field)[current.row];
  members_.clear();
  const std::uint32_t last = table.small(inner::last_deed)[current.row];
  if (last != 0 && storage_->stamps.from(history.stamps[last - 1]) > fact.from) {
    auto rows_out_of_order = table.out_of_order ? std::make_shared<std::set<Row>>(*table.out_of_order)
                                                : std::make_shared<std::set<Row>>();
    rows_out_of_order->insert(current.row);
    table.out_of_order = std::move(rows_out_of_order);
  }
  for (const Handle each : storage_->sets.members(before))
    if (each != member) members_.push_back(each);
  const bool adds = fact.op == Fact::Op::add;
  if (adds) members_.push_back(member);
  put(current.kind, inner::last_deed, current.row, static_cast<std::int64_t>(slot.size) + 1, false, false);
  history.deeds.write(slot.size, member);
  history.by.write(slot.size, adds ? current.doer : current.doer | removal_bit);
  history.previous.write(slot.size, last);
  assign_small(current.kind, fact.field, current.row, storage_->sets.add(members_), fact.from);
  current.weights_change = true;
}

// ---- Deals.

void Fold::after_deal(Current& current) {
  if (current.weights_change) refresh_weights(current.row);
  if (current.value_changes) refresh_value(current.row);
  const std::int64_t newest = tables_[index_of(Kind::deal)]->large(derived::last_activity_at)[current.row];
  if (current.effective.ms > newest) put(Kind::deal, derived::last_activity_at, current.row, current.effective.ms, true, false);
  // The record's own version row says since when; only a correction's is earlier than the deed.
  const Slot& versions = tables_[index_of(Kind::deal)]->slot(inner::version);
  if (storage_->stamps.from(versions.history->stamps[versions.size - 1]) != current.effective) activity(current.row, current.effective);
}

void Fold::after_participants(Current& current) {
  if (!current.participants) return;
  const Ref after = tables_[index_of(current.kind)]->small(field::deal::participant_ids)[current.row];
  if (after == *current.participants) return;
  Shared<Participation>& participation = current.kind == Kind::lead ? lead_participation_ : participation_;
  if (!participation.is_sole()) participation = Shared<Participation>(new Participation(*participation));
  participation->change(current.row, storage_->sets.members(*current.participants), storage_->sets.members(after));
}

void Fold::activity(Row deal, Instant at) {
  assign_small(Kind::deal, inner::touched, deal, 0, at);
  if (at.ms > tables_[index_of(Kind::deal)]->large(derived::last_activity_at)[deal])
    put(Kind::deal, derived::last_activity_at, deal, at.ms, true, false);
}

// SPEC MON-1: neither deletes the other.
void Fold::refresh_value(Row deal) {
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  const std::int64_t of_lines = deals.large(field::deal::lines_value)[deal];
  put(Kind::deal, derived::value, deal, of_lines != null_number ? of_lines : deals.large(field::deal::value)[deal], true, false);
}

void Fold::refresh_weights(Row deal) {
  namespace d = field::deal;
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  std::int64_t done = 0, total = 0;
  const std::uint32_t status = deals.small(d::status)[deal];
  if (status > status_open) {
    done = deals.large(d::closing_done_weight)[deal];
    total = deals.large(d::closing_total_weight)[deal];
  } else if (status == status_open) {
    if (const auto found = newest_version_.find(deals.small(d::process_id)[deal]); found != newest_version_.end()) {
      const Weights& weights = found->second->weights;
      total = weights.total();
      for (const Handle action : storage_->sets.members(deals.small(d::done_actions)[deal])) done += weights.of(action);
    }
  }
  put(Kind::deal, derived::done_weight, deal, done, true, false);
  put(Kind::deal, derived::total_weight, deal, total, true, false);
}

void Fold::visit_stage(Kind kind, Row row, Handle stage) {
  if (stage == 0) return;
  const Ref before = tables_[index_of(kind)]->small(derived::visited_stages)[row];
  const auto visited = storage_->sets.members(before);
  if (std::ranges::find(visited, stage) != visited.end()) return;
  members_.assign(visited.begin(), visited.end());
  members_.push_back(stage);
  put(kind, derived::visited_stages, row, storage_->sets.add(members_), false, false);
}

// ---- Tasks.

// The deal that lists this task as open, or no_row.
Row Fold::deal_of_open_task(Row task) const {
  const TableModel& tasks = *tables_[index_of(Kind::task)];
  if (tasks.presence[task] != 1 || tasks.small(field::task::status)[task] != status_open) return no_row;
  return row_of(Kind::deal, tasks.small(field::task::deal_id)[task]);
}

void Fold::after_task(Current& current) {
  const TableModel& tasks = *tables_[index_of(Kind::task)];
  // Completed by this very event: its completion is not older than the event.
  if (tasks.small(field::task::status)[current.row] > status_open) {
    const Slot& completed = tasks.slot(field::task::completed_at);
    if (completed.size > 0 && completed.history->rows[completed.size - 1] == current.row &&
        completed.history->stamps[completed.size - 1] >= first_stamp_) {
      const Row deal = row_of(Kind::deal, tasks.small(field::task::deal_id)[current.row]);
      if (deal != no_row) activity(deal, current.effective);
    }
  }
  const Row now = deal_of_open_task(current.row);
  if (now == current.open_task_of) return;
  const auto relist = [&](Row deal, bool with) {
    const Ref before = tables_[index_of(Kind::deal)]->small(inner::task_set)[deal];
    const auto listed = storage_->sets.members(before);
    members_.assign(listed.begin(), listed.end());
    const auto place = std::ranges::lower_bound(members_, current.row);
    if (with) members_.insert(place, current.row);
    else if (place != members_.end() && *place == current.row) members_.erase(place);
    put(Kind::deal, inner::task_set, deal, members_.empty() ? 0 : storage_->sets.add(members_), false, false);
    put(Kind::deal, derived::open_tasks, deal, static_cast<std::int64_t>(members_.size()), true, false);
  };
  if (current.open_task_of != no_row) relist(current.open_task_of, false);
  if (now != no_row) relist(now, true);
}

// ---- What follows for many objects.

// SPEC DIC-1: from its deletion on, nothing has the word, deleted objects neither.
void Fold::strip(Kind word_kind, Handle word, Instant from) {
  for (const Kind kind : all_kinds)
    for (const FieldSpec& spec : fields_of(kind)) {
      if (spec.ref != word_kind) continue;
      if (spec.type == FieldType::refs) {
        strip_members(kind, spec.number, word, from);
        continue;
      }
      const Row rows = tables_[index_of(kind)]->rows;
      for (Row row = 0; row < rows; ++row)
        if (tables_[index_of(kind)]->small(spec.number)[row] == word) assign_small(kind, spec.number, row, 0, from);
    }
}

void Fold::strip_members(Kind kind, std::uint16_t field, Handle word, Instant from) {
  const Row rows = tables_[index_of(kind)]->rows;
  for (Row row = 0; row < rows; ++row) {
    const auto members = storage_->sets.members(tables_[index_of(kind)]->small(field)[row]);
    if (std::ranges::find(members, word) == members.end()) continue;
    members_.assign(members.begin(), members.end());
    std::erase(members_, word);
    assign_small(kind, field, row, storage_->sets.add(members_), from);
  }
}

// SPEC SCO-6: all scorecards of a user, those that are deleted already excepted.
void Fold::delete_cards_of(Handle user, Instant from) {
  const Row rows = tables_[index_of(Kind::scorecard)]->rows;
  for (Row row = 0; row < rows; ++row) {
    const TableModel& cards = *tables_[index_of(Kind::scorecard)];
    if (cards.small(field::scorecard::holder_user_id)[row] != user || cards.presence[row] != 1) continue;
    assign_small(Kind::scorecard, field::is_deleted, row, 2, from);
    assign_large(Kind::scorecard, field::deleted_at, row, from.ms, from);
    refresh_presence(Kind::scorecard, row);
  }
}

// SPEC PRC-1: open deals follow the newest version at once.
void Fold::define(Current& current, const fb::Record& record) {
  auto version = std::make_shared<ProcessVersion>();
  version->row = current.row;
  version->process = current.self;
  version->defined = std::get<event::ProcessDefined>(event_of(record));
  version->from = version->defined.version == 1 ? beginning_of_time : current.effective;
  version->stamp = storage_->stamps.stamp(version->from);
  std::vector<Handle> actions;
  for (const event::Stage& stage : version->defined.stages) {
    storage_->interner.intern(stage.id);   // a board tells its columns apart by them, though no deal was ever there
    for (const event::Action& action : stage.actions) actions.push_back(storage_->interner.intern(action.id));
  }
  version->weights = Weights(version->defined, actions);

  auto versions = versions_ ? std::make_shared<ProcessVersions>(*versions_) : std::make_shared<ProcessVersions>();
  versions->push_back(version);
  newest_version_[current.self] = version;
  versions_ = std::move(versions);

  move_from_removed_stages(*version, current.effective);
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  for (Row deal = 0; deal < deals.rows; ++deal)
    if (tables_[index_of(Kind::deal)]->small(field::deal::process_id)[deal] == current.self &&
        tables_[index_of(Kind::deal)]->small(field::deal::status)[deal] == status_open)
      refresh_weights(deal);
}

// Where a version puts the deals of the stages that it removed.
struct Fold::Removal {
  Removal(const ProcessVersion& version, Interner& interner) {
    for (const event::StageTarget& removed : version.defined.removed_stages)
      targets[interner.intern(removed.removed)] = interner.intern(removed.target);
    for (const event::Stage& stage : version.defined.stages) order.emplace(interner.intern(stage.id), order.size());
  }
  Handle moved(Handle stage) const {
    const auto found = targets.find(stage);
    return found == targets.end() ? stage : found->second;
  }
  std::size_t place(Handle stage) const {
    const auto found = order.find(stage);
    return found == order.end() ? std::size_t{0} : found->second;
  }

  std::unordered_map<Handle, Handle> targets;
  std::unordered_map<Handle, std::size_t> order;
};

void Fold::move_if_removed(const Removal& removal, Row deal, Instant from) {
  namespace d = field::deal;
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  const Handle stage = deals.small(d::stage_id)[deal], furthest = deals.small(d::furthest_stage_id)[deal];
  const Handle new_stage = removal.moved(stage);
  Handle new_furthest = removal.moved(furthest);
  if (new_stage == stage && new_furthest == furthest) return;   // another order alone takes nobody anywhere
  if (removal.place(new_furthest) < removal.place(new_stage)) new_furthest = new_stage;
  if (new_stage != stage) {
    assign_small(Kind::deal, d::stage_id, deal, new_stage, from);
    assign_large(Kind::deal, d::stage_entered_at, deal, from.ms, from);
    visit_stage(Kind::deal, deal, new_stage);
  }
  if (new_furthest != furthest) assign_small(Kind::deal, d::furthest_stage_id, deal, new_furthest, from);
}

void Fold::move_from_removed_stages(const ProcessVersion& version, Instant from) {
  namespace d = field::deal;
  if (version.defined.removed_stages.empty()) return;
  const Removal removal(version, storage_->interner);
  const Row rows = tables_[index_of(Kind::deal)]->rows;
  for (Row deal = 0; deal < rows; ++deal) {
    const TableModel& deals = *tables_[index_of(Kind::deal)];
    if (deals.small(d::process_id)[deal] == version.process && deals.small(d::status)[deal] == status_open)
      move_if_removed(removal, deal, from);
  }
}

// A correction that moves a closing to a later time opens the deal in between: what process versions of that time did to
// open deals happened to it too. From its new closing on it stands again where it was closed.
void Fold::follow_versions_between(Row deal, Instant after, Instant before) {
  namespace d = field::deal;
  if (!versions_) return;
  const TableModel& deals = *tables_[index_of(Kind::deal)];
  const Handle stage = deals.small(d::stage_id)[deal], furthest = deals.small(d::furthest_stage_id)[deal];
  const std::int64_t entered = deals.large(d::stage_entered_at)[deal];
  for (const auto& version : *versions_) {
    const TableModel& now = *tables_[index_of(Kind::deal)];
    if (version->process != now.small(d::process_id)[deal] || version->from <= after || version->from >= before) continue;
    const Removal removal(*version, storage_->interner);
    if (removal.targets.contains(now.small(d::stage_id)[deal]) || removal.targets.contains(now.small(d::furthest_stage_id)[deal]))
      move_if_removed(removal, deal, version->from);
  }
  const TableModel& moved = *tables_[index_of(Kind::deal)];
  if (moved.small(d::stage_id)[deal] != stage) {
    assign_small(Kind::deal, d::stage_id, deal, stage, before);
    assign_large(Kind::deal, d::stage_entered_at, deal, entered, before);
  }
  if (moved.small(d::furthest_stage_id)[deal] != furthest) assign_small(Kind::deal, d::furthest_stage_id, deal, furthest, before);
}

}  // namespace dealog::projections
