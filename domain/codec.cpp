#include "domain/codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "domain/events_generated.h"
#include "domain/fields.h"

namespace dealog {

namespace {

template <class T>
using Offset = flatbuffers::Offset<T>;

constexpr flatbuffers::uoffset_t max_depth = 16;       // A trigger in an action in a stage in a process: 5.
constexpr flatbuffers::uoffset_t max_tables = 100'000;  // So that small bytes cannot ask for much work.

static_assert(sizeof(fb::Uuid) == 16 && alignof(fb::Uuid) == 1 && alignof(Uuid) == 1);

std::array<std::uint8_t, 32> hash(const fb::Hash* stored) {
  std::array<std::uint8_t, 32> bytes{};
  if (stored != nullptr) std::memcpy(bytes.data(), stored, bytes.size());
  return bytes;
}

Uuid uuid(const fb::Uuid* stored) {
  Uuid id;
  if (stored != nullptr) std::memcpy(id.bytes.data(), stored, id.bytes.size());
  return id;
}

std::string text(const flatbuffers::String* stored) { return stored != nullptr ? stored->str() : std::string(); }

std::vector<Uuid> uuids(const flatbuffers::Vector<const fb::Uuid*>* stored) {
  std::vector<Uuid> ids(stored != nullptr ? stored->size() : 0);
  if (!ids.empty()) std::memcpy(ids.data(), stored->Data(), ids.size() * sizeof(Uuid));
  return ids;
}

std::vector<std::uint8_t> small_numbers(const flatbuffers::Vector<std::uint8_t>* stored) {
  return stored != nullptr ? std::vector<std::uint8_t>(stored->begin(), stored->end()) : std::vector<std::uint8_t>();
}

// ---- Bytes to values. Whatever a writer may leave out reads as the value's default.

Fields fields_of(const flatbuffers::Vector<Offset<fb::FieldValue>>* stored) {
  Fields fields;
  if (stored == nullptr) return fields;
  fields.reserve(stored->size());
  for (const fb::FieldValue* value : *stored) fields.push_back({value->field(), value_of(*value)});
  return fields;
}

event::Performers performers_of(const fb::Performers* stored) {
  if (stored == nullptr) return {};
  return {stored->everyone(), small_numbers(stored->roles()), uuids(stored->users())};
}

event::Notify notify_of(const fb::Notify* stored) {
  if (stored == nullptr) return {};
  return {small_numbers(stored->roles()), stored->participants(), stored->owner(), uuids(stored->users())};
}

std::optional<event::Trigger> trigger_of(const fb::Trigger* stored) {
  if (stored == nullptr) return std::nullopt;
  return event::Trigger{text(stored->name()), text(stored->task_type()), stored->due_in_days(),
                        static_cast<event::Assignee>(stored->assignee()), uuid(stored->user())};
}

event::Action action_of(const fb::Action& stored) {
  return {uuid(stored.id_()), text(stored.name()), text(stored.hint()), stored.weight(), stored.mandatory(),
          performers_of(stored.performers()), static_cast<event::NoteRule>(stored.note()),
          notify_of(stored.notify()), trigger_of(stored.trigger())};
}

event::Stage stage_of(const fb::Stage& stored) {
  event::Stage stage{uuid(stored.id_()), text(stored.name()), text(stored.hint()), std::nullopt, {}};
  if (const auto max_days = stored.max_days()) stage.max_days = *max_days;
  if (stored.actions() != nullptr) {
    for (const fb::Action* action : *stored.actions()) stage.actions.push_back(action_of(*action));
  }
  return stage;
}

event::DealClosed closing_of(const fb::DealClosed* stored) {
  if (stored == nullptr) return {};
  return {stored->outcome(), uuid(stored->reason()), uuid(stored->stage()), uuid(stored->furthest()),
          uuid(stored->credited_owner()), stored->done_weight(), stored->total_weight(),
          uuids(stored->done_actions()), stored->process_version(), stored->skipped_mandatory()};
}

std::optional<Day> day_of(const flatbuffers::Optional<std::int32_t>& stored) { return stored ? std::optional(Day{*stored}) : std::nullopt; }

event::DealLinesSet lines_of(const fb::DealLinesSet& stored) {
  event::DealLinesSet set;
  if (stored.lines() == nullptr) return set;
  for (const fb::Line* line : *stored.lines())
    set.lines.push_back({uuid(line->id_()), uuid(line->product()), text(line->name()), line->quantity(), line->price(), line->discount(), day_of(line->day()),
                         line->every_months(), line->times(), static_cast<event::AmountKind>(line->kind())});
  return set;
}

event::DealCostsSet costs_of(const fb::DealCostsSet& stored) {
  event::DealCostsSet set;
  if (stored.costs() == nullptr) return set;
  for (const fb::Cost* cost : *stored.costs())
    set.costs.push_back({uuid(cost->id_()), uuid(cost->category()), cost->amount(), day_of(cost->day()), static_cast<event::AmountKind>(cost->kind())});
  return set;
}

event::ScorecardParametersSet parameters_of(const fb::ScorecardParametersSet& stored) {
  event::ScorecardParametersSet set{.group = uuid(stored.group()), .parameters = {}};
  if (stored.parameters() == nullptr) return set;
  for (const fb::ScorecardParameter* one : *stored.parameters())
    set.parameters.push_back({uuid(one->id_()), one->kind(), uuid(one->object()), text(one->name()), text(one->unit()), one->target(), one->weight_bp(),
                              day_of(one->counted_from()), one->less_is_better(), one->is_active()});
  return set;
}

event::ScorecardAdjusted adjustment_of(const fb::ScorecardAdjusted& stored) {
  event::ScorecardAdjusted adjusted{.parameter = uuid(stored.parameter()), .is_added = stored.is_added(), .values = {}};
  if (stored.values() == nullptr) return adjusted;
  for (const fb::ScorecardValue* value : *stored.values()) adjusted.values.push_back({uuid(value->parameter()), value->value()});
  return adjusted;
}

event::ProcessDefined definition_of(const fb::ProcessDefined& stored) {
  event::ProcessDefined defined;
  defined.version = stored.version();
  if (stored.stages() != nullptr) {
    for (const fb::Stage* stage : *stored.stages()) defined.stages.push_back(stage_of(*stage));
  }
  if (stored.removed_stages() != nullptr) {
    for (const fb::StageTarget* target : *stored.removed_stages()) {
      defined.removed_stages.push_back({uuid(target->removed()), uuid(target->target())});
    }
  }
  return defined;
}

event::SubjectErased erased_of(const fb::SubjectErased& stored) {
  event::SubjectErased erased;
  if (stored.subjects() == nullptr) return erased;
  for (const fb::Erased* of_kind : *stored.subjects())
    for (const Uuid& id : uuids(of_kind->object_ids())) erased.subjects.push_back({static_cast<Kind>(of_kind->kind()), id});
  return erased;
}

// The part of an event's name behind the kind's; null for none and for what this program does not know.
// No default, so that the compiler names a forgotten event.
const char* verb(fb::Event type) {
  switch (type) {
    case fb::Event::NONE: return nullptr;
    case fb::Event::Created: return "created";
    case fb::Event::Edited: return "edited";
    case fb::Event::Deleted: return "deleted";
    case fb::Event::Restored: return "restored";
    case fb::Event::Merged: return "merged";
    case fb::Event::LegalHoldPlaced: return "hold_placed";
    case fb::Event::LegalHoldLifted: return "hold_lifted";
    case fb::Event::SubjectErased: return "erased";
    case fb::Event::DealMoved: return "moved";
    case fb::Event::DealActionCompleted: return "action_completed";
    case fb::Event::DealActionReopened: return "action_reopened";
    case fb::Event::DealClosed: return "closed";
    case fb::Event::DealCorrected: return "corrected";
    case fb::Event::DealReopened: return "reopened";
    case fb::Event::DealProcessChanged: return "process_changed";
    case fb::Event::DealLinesSet: return "lines_set";
    case fb::Event::DealCostsSet: return "costs_set";
    case fb::Event::ProcessDefined: return "defined";
    case fb::Event::TaskCompleted: return "completed";
    case fb::Event::TaskReopened: return "reopened";
    case fb::Event::HeadsCommitted: return "heads_committed";
    case fb::Event::SigningKeyChanged: return "signing_key_changed";
    case fb::Event::LeadMoved: return "moved";
    case fb::Event::LeadLost: return "lost";
    case fb::Event::LeadConverted: return "converted";
    case fb::Event::LeadReopened: return "reopened";
    case fb::Event::AccessRequested: return "access_requested";
    case fb::Event::PasswordChanged: return "password_changed";
    case fb::Event::NotificationsRead: return "notifications_read";
    case fb::Event::ScorecardParametersSet: return "parameters_set";
    case fb::Event::ScorecardAdjusted: return "adjusted";
    case fb::Event::ScorecardsDeleted: return "scorecards_deleted";
    case fb::Event::ScorecardSettled: return "settled";
  }
  return nullptr;
}

// Whose events can be of this type. No default, as above.
bool can_happen_to(Kind kind, fb::Event type) {
  switch (type) {
    case fb::Event::NONE: return false;
    case fb::Event::Created: case fb::Event::Edited: case fb::Event::Deleted: case fb::Event::Restored: return true;
    case fb::Event::Merged: return kind == Kind::company || kind == Kind::person;
    case fb::Event::LegalHoldPlaced: case fb::Event::LegalHoldLifted: return is_among(kind, holdable_kinds());
    case fb::Event::SubjectErased: return is_among(kind, erasable_kinds());
    case fb::Event::DealMoved: case fb::Event::DealActionCompleted: case fb::Event::DealActionReopened: case fb::Event::DealClosed:
    case fb::Event::DealCorrected: case fb::Event::DealReopened: case fb::Event::DealProcessChanged: case fb::Event::DealLinesSet:
    case fb::Event::DealCostsSet: return kind == Kind::deal;
    case fb::Event::ProcessDefined: return kind == Kind::process;
    case fb::Event::TaskCompleted: case fb::Event::TaskReopened: return kind == Kind::task;
    case fb::Event::HeadsCommitted: case fb::Event::SigningKeyChanged: return kind == Kind::account;
    case fb::Event::LeadMoved: case fb::Event::LeadLost: case fb::Event::LeadConverted: case fb::Event::LeadReopened: return kind == Kind::lead;
    case fb::Event::AccessRequested: case fb::Event::PasswordChanged: case fb::Event::NotificationsRead:
    case fb::Event::ScorecardsDeleted: return kind == Kind::user;
    case fb::Event::ScorecardParametersSet: case fb::Event::ScorecardAdjusted: case fb::Event::ScorecardSettled: return kind == Kind::scorecard;
  }
  return false;
}

struct TypeOf {
  fb::Event operator()(const event::Created&) const { return fb::Event::Created; }
  fb::Event operator()(const event::Edited&) const { return fb::Event::Edited; }
  fb::Event operator()(const event::Deleted&) const { return fb::Event::Deleted; }
  fb::Event operator()(const event::Restored&) const { return fb::Event::Restored; }
  fb::Event operator()(const event::Merged&) const { return fb::Event::Merged; }
  fb::Event operator()(const event::DealMoved&) const { return fb::Event::DealMoved; }
  fb::Event operator()(const event::DealActionCompleted&) const { return fb::Event::DealActionCompleted; }
  fb::Event operator()(const event::DealActionReopened&) const { return fb::Event::DealActionReopened; }
  fb::Event operator()(const event::DealClosed&) const { return fb::Event::DealClosed; }
  fb::Event operator()(const event::DealCorrected&) const { return fb::Event::DealCorrected; }
  fb::Event operator()(const event::DealReopened&) const { return fb::Event::DealReopened; }
  fb::Event operator()(const event::DealProcessChanged&) const { return fb::Event::DealProcessChanged; }
  fb::Event operator()(const event::DealLinesSet&) const { return fb::Event::DealLinesSet; }
  fb::Event operator()(const event::DealCostsSet&) const { return fb::Event::DealCostsSet; }
  fb::Event operator()(const event::ProcessDefined&) const { return fb::Event::ProcessDefined; }
  fb::Event operator()(const event::TaskCompleted&) const { return fb::Event::TaskCompleted; }
  fb::Event operator()(const event::TaskReopened&) const { return fb::Event::TaskReopened; }
  fb::Event operator()(const event::HeadsCommitted&) const { return fb::Event::HeadsCommitted; }
  fb::Event operator()(const event::SigningKeyChanged&) const { return fb::Event::SigningKeyChanged; }
  fb::Event operator()(const event::LeadMoved&) const { return fb::Event::LeadMoved; }
  fb::Event operator()(const event::LeadLost&) const { return fb::Event::LeadLost; }
  fb::Event operator()(const event::LeadConverted&) const { return fb::Event::LeadConverted; }
  fb::Event operator()(const event::LeadReopened&) const { return fb::Event::LeadReopened; }
  fb::Event operator()(const event::LegalHoldPlaced&) const { return fb::Event::LegalHoldPlaced; }
  fb::Event operator()(const event::LegalHoldLifted&) const { return fb::Event::LegalHoldLifted; }
  fb::Event operator()(const event::SubjectErased&) const { return fb::Event::SubjectErased; }
  fb::Event operator()(const event::AccessRequested&) const { return fb::Event::AccessRequested; }
  fb::Event operator()(const event::PasswordChanged&) const { return fb::Event::PasswordChanged; }
  fb::Event operator()(const event::NotificationsRead&) const { return fb::Event::NotificationsRead; }
  fb::Event operator()(const event::ScorecardParametersSet&) const { return fb::Event::ScorecardParametersSet; }
  fb::Event operator()(const event::ScorecardAdjusted&) const { return fb::Event::ScorecardAdjusted; }
  fb::Event operator()(const event::ScorecardsDeleted&) const { return fb::Event::ScorecardsDeleted; }
  fb::Event operator()(const event::ScorecardSettled&) const { return fb::Event::ScorecardSettled; }
};

std::string event_type(Kind kind, fb::Event type) {
  std::string words(name(kind));
  words += '.';
  if (const char* known = verb(type)) words += known;
  return words;
}

bool is_aligned(const void* bytes) { return reinterpret_cast<std::uintptr_t>(bytes) % record_alignment == 0; }

}  // namespace

const fb::Record* read_record(BytesView bytes) {
  if (bytes.empty() || bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE || !is_aligned(bytes.data())) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), max_depth, max_tables);
  if (!fb::VerifyRecordBuffer(verifier)) return nullptr;

  // The verifier lets absent parts and unknown members of the union pass.
  const fb::Record* record = fb::GetRecord(bytes.data());
  const bool known_kind = is_known(static_cast<Kind>(record->kind()));
  const bool known_event = verb(record->event_type()) != nullptr && record->event() != nullptr;
  if (record->position() == 0 || !known_kind || record->object() == nullptr || !known_event) return nullptr;
  return record;
}

const fb::Record* trusted_record(BytesView bytes) { return fb::GetRecord(bytes.data()); }

Envelope envelope(const fb::Record& record) {
  return {record.position(),
          {static_cast<Kind>(record.kind()), uuid(record.object())},
          record.version(),
          Instant{record.recorded_at()},
          Instant{record.effective_at()},
          uuid(record.actor()),
          uuid(record.performer()),
          uuid(record.token()),
          record.command(),
          record.cause(),
          record.batch()};
}

// REQUIRES: read_record has passed it, so the event is there and of a known type.
Event event_of(const fb::Record& record) {
  switch (record.event_type()) {
    case fb::Event::NONE: break;
    case fb::Event::Created: {
      const fb::Created& created = *record.event_as_Created();
      return event::Created{fields_of(created.fields()), created.source_inherited()};
    }
    case fb::Event::Edited: return event::Edited{fields_of(record.event_as_Edited()->fields())};
    case fb::Event::Deleted: return event::Deleted{};
    case fb::Event::Restored: return event::Restored{};
    case fb::Event::Merged: {
      const fb::Merged& merged = *record.event_as_Merged();
      return event::Merged{uuid(merged.from()), uuid(merged.into())};
    }
    case fb::Event::DealMoved: {
      const fb::DealMoved& moved = *record.event_as_DealMoved();
      return event::DealMoved{uuid(moved.stage()), uuid(moved.furthest())};
    }
    case fb::Event::DealActionCompleted: {
      const fb::DealActionCompleted& completed = *record.event_as_DealActionCompleted();
      return event::DealActionCompleted{uuid(completed.action()), uuid(completed.note())};
    }
    case fb::Event::DealActionReopened:
      return event::DealActionReopened{uuid(record.event_as_DealActionReopened()->action())};
    case fb::Event::DealClosed: return closing_of(record.event_as_DealClosed());
    case fb::Event::DealCorrected: {
      const fb::DealCorrected& corrected = *record.event_as_DealCorrected();
      return event::DealCorrected{Instant{corrected.replaced_at()}, closing_of(corrected.closing())};
    }
    case fb::Event::DealReopened: return event::DealReopened{record.event_as_DealReopened()->process_version()};
    case fb::Event::DealProcessChanged: {
      const fb::DealProcessChanged& changed = *record.event_as_DealProcessChanged();
      return event::DealProcessChanged{uuid(changed.process()), uuid(changed.stage())};
    }
    case fb::Event::DealLinesSet: return lines_of(*record.event_as_DealLinesSet());
    case fb::Event::DealCostsSet: return costs_of(*record.event_as_DealCostsSet());
    case fb::Event::ProcessDefined: return definition_of(*record.event_as_ProcessDefined());
    case fb::Event::TaskCompleted: return event::TaskCompleted{uuid(record.event_as_TaskCompleted()->by())};
    case fb::Event::TaskReopened: return event::TaskReopened{};
    case fb::Event::HeadsCommitted: {
      const fb::HeadsCommitted& heads = *record.event_as_HeadsCommitted();
      return event::HeadsCommitted{heads.up_to(), hash(heads.root())};
    }
    case fb::Event::SigningKeyChanged: {
      const fb::SigningKeyChanged& changed = *record.event_as_SigningKeyChanged();
      return event::SigningKeyChanged{text(changed.origin()), hash(changed.previous()), hash(changed.next()),
                                      small_numbers(changed.signature())};
    }
    case fb::Event::LeadMoved: {
      const fb::LeadMoved& moved = *record.event_as_LeadMoved();
      return event::LeadMoved{uuid(moved.stage()), uuid(moved.furthest())};
    }
    case fb::Event::LeadLost: {
      const fb::LeadLost& lost = *record.event_as_LeadLost();
      return event::LeadLost{uuid(lost.reason()), uuid(lost.credited_owner())};
    }
    case fb::Event::LeadConverted: {
      const fb::LeadConverted& converted = *record.event_as_LeadConverted();
      return event::LeadConverted{uuid(converted.deal()), uuid(converted.person()), uuid(converted.company()), uuid(converted.credited_owner())};
    }
    case fb::Event::LeadReopened: return event::LeadReopened{};
    case fb::Event::LegalHoldPlaced: return event::LegalHoldPlaced{};
    case fb::Event::LegalHoldLifted: return event::LegalHoldLifted{};
    case fb::Event::SubjectErased: return erased_of(*record.event_as_SubjectErased());
    case fb::Event::AccessRequested: return event::AccessRequested{uuid(record.event_as_AccessRequested()->deal())};
    case fb::Event::PasswordChanged: {
      const fb::PasswordChanged& changed = *record.event_as_PasswordChanged();
      return event::PasswordChanged{changed.was_reset(), changed.was_rehashed()};
    }
    case fb::Event::NotificationsRead: return event::NotificationsRead{record.event_as_NotificationsRead()->up_to()};
    case fb::Event::ScorecardParametersSet: return parameters_of(*record.event_as_ScorecardParametersSet());
    case fb::Event::ScorecardAdjusted: return adjustment_of(*record.event_as_ScorecardAdjusted());
    case fb::Event::ScorecardSettled: return event::ScorecardSettled{};
    case fb::Event::ScorecardsDeleted: {
      const fb::ScorecardsDeleted& deleted = *record.event_as_ScorecardsDeleted();
      return event::ScorecardsDeleted{deleted.times(), deleted.count()};
    }
  }
  return event::Edited{};  // Never for a record that read_record has passed.
}

std::optional<Fields> decode_personal(BytesView bytes) {
  if (bytes.empty() || bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return std::nullopt;
  Bytes copy;  // What an allocator gives is aligned; a slice of a decrypted buffer need not be.
  if (!is_aligned(bytes.data())) {
    copy.assign(bytes.begin(), bytes.end());
    bytes = copy;
  }
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), max_depth, max_tables);
  if (!verifier.VerifyBuffer<fb::Personal>(nullptr)) return std::nullopt;
  return fields_of(flatbuffers::GetRoot<fb::Personal>(bytes.data())->fields());
}

Value value_of(const fb::FieldValue& value) {
  if (const auto number = value.number()) return *number;
  if (value.text() != nullptr) return value.text()->str();
  if (value.id() != nullptr) return uuid(value.id());
  if (value.ids() != nullptr) return uuids(value.ids());
  if (value.texts() != nullptr) {
    std::vector<std::string> texts;
    texts.reserve(value.texts()->size());
    for (const flatbuffers::String* words : *value.texts()) texts.push_back(words->str());
    return texts;
  }
  return std::monostate{};
}

std::string event_type(Kind kind, const Event& event) { return event_type(kind, std::visit(TypeOf{}, event)); }

std::string event_type(const fb::Record& record) {
  return event_type(static_cast<Kind>(record.kind()), record.event_type());
}

bool is_event_type(std::string_view type) {
  const std::size_t dot = std::min(type.find('.'), type.size());
  const auto kind = parse_kind(type.substr(0, dot));
  return kind && std::ranges::any_of(fb::EnumValuesEvent(), [&](fb::Event event) { return can_happen_to(*kind, event) && event_type(*kind, event) == type; });
}

}  // namespace dealog
