// The half of codec.h that writes: values to bytes.

#include "domain/codec.h"

#include "domain/events_generated.h"

namespace dealog {

namespace {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T>
using Offset = flatbuffers::Offset<T>;
template <class T>
using VectorOffset = Offset<flatbuffers::Vector<T>>;

static_assert(sizeof(fb::Uuid) == 16 && alignof(fb::Uuid) == 1 && alignof(Uuid) == 1);
static_assert(sizeof(fb::Hash) == 32 && alignof(fb::Hash) == 1);

// Both are 16 bytes of the same kind and order, so a pointer to one may be read as the other.
const fb::Uuid* as_stored(const Uuid& id) { return reinterpret_cast<const fb::Uuid*>(id.bytes.data()); }
// Nil is told by absence.
const fb::Uuid* unless_nil(const Uuid& id) { return id.is_nil() ? nullptr : as_stored(id); }

const fb::Hash* as_stored(const std::array<std::uint8_t, 32>& hash) { return reinterpret_cast<const fb::Hash*>(hash.data()); }

// Children are written before their tables, each in a statement of its own: the order of a call's arguments is not
// defined, and the same event must always give the same bytes.

VectorOffset<const fb::Uuid*> write(Builder& builder, const std::vector<Uuid>& ids) {
  return builder.CreateVectorOfStructs(reinterpret_cast<const fb::Uuid*>(ids.data()), ids.size());
}
VectorOffset<const fb::Uuid*> write_unless_empty(Builder& builder, const std::vector<Uuid>& ids) {
  if (ids.empty()) return 0;
  return write(builder, ids);
}
VectorOffset<std::uint8_t> write_unless_empty(Builder& builder, const std::vector<std::uint8_t>& numbers) {
  if (numbers.empty()) return 0;
  return builder.CreateVector(numbers);
}
Offset<flatbuffers::String> write_unless_empty(Builder& builder, const std::string& words) {
  if (words.empty()) return 0;
  return builder.CreateString(words);
}

// In a field, empty is something and nil is an id like any other: null alone is told by absence.
Offset<fb::FieldValue> write(Builder& builder, const FieldChange& change) {
  struct Writer {
    Builder& builder;
    std::uint16_t field;

    Offset<fb::FieldValue> operator()(std::monostate) const { return fb::CreateFieldValue(builder, field); }
    Offset<fb::FieldValue> operator()(std::int64_t number) const {
      return fb::CreateFieldValue(builder, field, number);
    }
    Offset<fb::FieldValue> operator()(const std::string& words) const {
      const auto written = builder.CreateString(words);
      return fb::CreateFieldValue(builder, field, flatbuffers::nullopt, written);
    }
    Offset<fb::FieldValue> operator()(const Uuid& id) const {
      return fb::CreateFieldValue(builder, field, flatbuffers::nullopt, 0, as_stored(id));
    }
    Offset<fb::FieldValue> operator()(const std::vector<Uuid>& ids) const {
      const auto written = write(builder, ids);
      return fb::CreateFieldValue(builder, field, flatbuffers::nullopt, 0, nullptr, written);
    }
    Offset<fb::FieldValue> operator()(const std::vector<std::string>& texts) const {
      const auto written = builder.CreateVectorOfStrings(texts);
      return fb::CreateFieldValue(builder, field, flatbuffers::nullopt, 0, nullptr, 0, written);
    }
  };
  return std::visit(Writer{builder, change.field}, change.value);
}

Offset<fb::Action> write(Builder& builder, const event::Action& action);
Offset<fb::Stage> write(Builder& builder, const event::Stage& stage);
Offset<fb::StageTarget> write(Builder& builder, const event::StageTarget& target);
Offset<fb::Line> write(Builder& builder, const event::Line& line);
Offset<fb::Cost> write(Builder& builder, const event::Cost& cost);
Offset<fb::ScorecardParameter> write(Builder& builder, const event::ScorecardParameter& parameter);
Offset<fb::ScorecardValue> write(Builder& builder, const event::ScorecardValue& value);

template <class T, class Item>
VectorOffset<Offset<T>> write_all(Builder& builder, const std::vector<Item>& items) {
  if (items.empty()) return 0;
  std::vector<Offset<T>> written;
  written.reserve(items.size());
  for (const Item& item : items) written.push_back(write(builder, item));
  return builder.CreateVector(written);
}

Offset<fb::Action> write(Builder& builder, const event::Action& action) {
  const auto name = write_unless_empty(builder, action.name);
  const auto hint = write_unless_empty(builder, action.hint);

  Offset<fb::Performers> performers;
  if (action.performers != event::Performers{}) {
    const auto roles = write_unless_empty(builder, action.performers.roles);
    const auto users = write_unless_empty(builder, action.performers.users);
    performers = fb::CreatePerformers(builder, action.performers.everyone, roles, users);
  }
  Offset<fb::Notify> notify;
  if (action.notify != event::Notify{}) {
    const auto roles = write_unless_empty(builder, action.notify.roles);
    const auto users = write_unless_empty(builder, action.notify.users);
    notify = fb::CreateNotify(builder, roles, action.notify.participants, action.notify.owner, users);
  }
  Offset<fb::Trigger> trigger;
  if (action.trigger) {
    const auto trigger_name = write_unless_empty(builder, action.trigger->name);
    const auto task_type = write_unless_empty(builder, action.trigger->task_type);
    trigger = fb::CreateTrigger(builder, trigger_name, task_type, action.trigger->due_in_days,
                                static_cast<std::uint8_t>(action.trigger->assignee), unless_nil(action.trigger->user));
  }
  return fb::CreateAction(builder, unless_nil(action.id), name, hint, action.weight, action.mandatory, performers,
                          static_cast<std::uint8_t>(action.note), notify, trigger);
}

Offset<fb::Stage> write(Builder& builder, const event::Stage& stage) {
  const auto name = write_unless_empty(builder, stage.name);
  const auto hint = write_unless_empty(builder, stage.hint);
  const auto actions = write_all<fb::Action>(builder, stage.actions);
  const auto max_days = stage.max_days ? flatbuffers::Optional<std::uint32_t>(*stage.max_days) : flatbuffers::nullopt;
  return fb::CreateStage(builder, unless_nil(stage.id), name, hint, max_days, actions);
}

Offset<fb::StageTarget> write(Builder& builder, const event::StageTarget& target) {
  return fb::CreateStageTarget(builder, unless_nil(target.removed), unless_nil(target.target));
}

flatbuffers::Optional<std::int32_t> write(const std::optional<Day>& day) {
  return day ? flatbuffers::Optional<std::int32_t>(day->days) : flatbuffers::nullopt;
}

Offset<fb::Line> write(Builder& builder, const event::Line& line) {
  const auto name = write_unless_empty(builder, line.name);
  return fb::CreateLine(builder, unless_nil(line.id), unless_nil(line.product), name, line.quantity, line.price, line.discount, write(line.day),
                        line.every_months, line.times, static_cast<std::uint8_t>(line.kind));
}

Offset<fb::Cost> write(Builder& builder, const event::Cost& cost) {
  return fb::CreateCost(builder, unless_nil(cost.id), unless_nil(cost.category), cost.amount, write(cost.day), static_cast<std::uint8_t>(cost.kind));
}

Offset<fb::ScorecardParameter> write(Builder& builder, const event::ScorecardParameter& parameter) {
  const auto name = write_unless_empty(builder, parameter.name);
  const auto unit = write_unless_empty(builder, parameter.unit);
  return fb::CreateScorecardParameter(builder, unless_nil(parameter.id), parameter.kind, unless_nil(parameter.object), name, unit, parameter.target,
                                      parameter.weight_bp, write(parameter.counted_from), parameter.less_is_better, parameter.is_active);
}

Offset<fb::ScorecardValue> write(Builder& builder, const event::ScorecardValue& value) {
  return fb::CreateScorecardValue(builder, unless_nil(value.parameter), value.value);
}

Offset<fb::DealClosed> write(Builder& builder, const event::DealClosed& closed) {
  const auto done_actions = write_unless_empty(builder, closed.done_actions);
  return fb::CreateDealClosed(builder, closed.outcome, unless_nil(closed.reason), unless_nil(closed.stage),
                              unless_nil(closed.furthest), unless_nil(closed.credited_owner), closed.done_weight,
                              closed.total_weight, done_actions, closed.process_version, closed.skipped_mandatory);
}

// REQUIRES: sorted, so that a kind stands once.
VectorOffset<Offset<fb::Erased>> write_by_kind(Builder& builder, const std::vector<ObjectRef>& objects) {
  std::vector<Offset<fb::Erased>> written;
  for (std::size_t i = 0; i < objects.size();) {
    const Kind kind = objects[i].kind;
    std::vector<Uuid> ids;
    for (; i < objects.size() && objects[i].kind == kind; ++i) ids.push_back(objects[i].id);
    const auto stored = write(builder, ids);
    written.push_back(fb::CreateErased(builder, static_cast<std::uint8_t>(kind), stored));
  }
  return builder.CreateVector(written);
}

// An event's table and its number in the union. No overload, no compilation: none can be forgotten.
struct Written {
  fb::Event type;
  Offset<void> table;
};

struct EventWriter {
  Builder& builder;

  Written operator()(const event::Created& created) const {
    const auto fields = write_all<fb::FieldValue>(builder, created.fields);
    return {fb::Event::Created, fb::CreateCreated(builder, fields, created.source_inherited).Union()};
  }
  Written operator()(const event::Edited& edited) const {
    const auto fields = write_all<fb::FieldValue>(builder, edited.fields);
    return {fb::Event::Edited, fb::CreateEdited(builder, fields).Union()};
  }
  Written operator()(const event::Deleted&) const { return {fb::Event::Deleted, fb::CreateDeleted(builder).Union()}; }
  Written operator()(const event::Restored&) const {
    return {fb::Event::Restored, fb::CreateRestored(builder).Union()};
  }
  Written operator()(const event::Merged& merged) const {
    return {fb::Event::Merged, fb::CreateMerged(builder, unless_nil(merged.from), unless_nil(merged.into)).Union()};
  }
  Written operator()(const event::LegalHoldPlaced&) const { return {fb::Event::LegalHoldPlaced, fb::CreateLegalHoldPlaced(builder).Union()}; }
  Written operator()(const event::LegalHoldLifted&) const { return {fb::Event::LegalHoldLifted, fb::CreateLegalHoldLifted(builder).Union()}; }
  Written operator()(const event::SubjectErased& erased) const {
    const auto subjects = write_by_kind(builder, erased.subjects);
    return {fb::Event::SubjectErased, fb::CreateSubjectErased(builder, subjects).Union()};
  }
  Written operator()(const event::DealMoved& moved) const {
    const auto table = fb::CreateDealMoved(builder, unless_nil(moved.stage), unless_nil(moved.furthest));
    return {fb::Event::DealMoved, table.Union()};
  }
  Written operator()(const event::DealActionCompleted& done) const {
    const auto table = fb::CreateDealActionCompleted(builder, unless_nil(done.action), unless_nil(done.note));
    return {fb::Event::DealActionCompleted, table.Union()};
  }
  Written operator()(const event::DealActionReopened& reopened) const {
    const auto table = fb::CreateDealActionReopened(builder, unless_nil(reopened.action));
    return {fb::Event::DealActionReopened, table.Union()};
  }
  Written operator()(const event::DealClosed& closed) const {
    return {fb::Event::DealClosed, write(builder, closed).Union()};
  }
  Written operator()(const event::DealCorrected& corrected) const {
    const auto closing = write(builder, corrected.closing);
    const auto table = fb::CreateDealCorrected(builder, corrected.replaced_at.ms, closing);
    return {fb::Event::DealCorrected, table.Union()};
  }
  Written operator()(const event::DealReopened& reopened) const {
    return {fb::Event::DealReopened, fb::CreateDealReopened(builder, reopened.process_version).Union()};
  }
  Written operator()(const event::DealProcessChanged& changed) const {
    const auto table = fb::CreateDealProcessChanged(builder, unless_nil(changed.process), unless_nil(changed.stage));
    return {fb::Event::DealProcessChanged, table.Union()};
  }
  Written operator()(const event::DealLinesSet& set) const {
    const auto lines = write_all<fb::Line>(builder, set.lines);
    return {fb::Event::DealLinesSet, fb::CreateDealLinesSet(builder, lines).Union()};
  }
  Written operator()(const event::DealCostsSet& set) const {
    const auto costs = write_all<fb::Cost>(builder, set.costs);
    return {fb::Event::DealCostsSet, fb::CreateDealCostsSet(builder, costs).Union()};
  }
  Written operator()(const event::ProcessDefined& defined) const {
    const auto stages = write_all<fb::Stage>(builder, defined.stages);
    const auto removed = write_all<fb::StageTarget>(builder, defined.removed_stages);
    return {fb::Event::ProcessDefined, fb::CreateProcessDefined(builder, defined.version, stages, removed).Union()};
  }
  Written operator()(const event::TaskCompleted& completed) const {
    return {fb::Event::TaskCompleted, fb::CreateTaskCompleted(builder, unless_nil(completed.by)).Union()};
  }
  Written operator()(const event::TaskReopened&) const {
    return {fb::Event::TaskReopened, fb::CreateTaskReopened(builder).Union()};
  }
  Written operator()(const event::HeadsCommitted& heads) const {
    return {fb::Event::HeadsCommitted, fb::CreateHeadsCommitted(builder, heads.up_to, as_stored(heads.root)).Union()};
  }
  Written operator()(const event::SigningKeyChanged& changed) const {
    const auto origin = write_unless_empty(builder, changed.origin);
    const auto signature = write_unless_empty(builder, changed.signature);
    const auto table = fb::CreateSigningKeyChanged(builder, origin, as_stored(changed.previous), as_stored(changed.next), signature);
    return {fb::Event::SigningKeyChanged, table.Union()};
  }
  Written operator()(const event::LeadMoved& moved) const {
    return {fb::Event::LeadMoved, fb::CreateLeadMoved(builder, unless_nil(moved.stage), unless_nil(moved.furthest)).Union()};
  }
  Written operator()(const event::LeadLost& lost) const {
    return {fb::Event::LeadLost, fb::CreateLeadLost(builder, unless_nil(lost.reason), unless_nil(lost.credited_owner)).Union()};
  }
  Written operator()(const event::LeadConverted& converted) const {
    const auto table = fb::CreateLeadConverted(builder, unless_nil(converted.deal), unless_nil(converted.person),
                                               unless_nil(converted.company), unless_nil(converted.credited_owner));
    return {fb::Event::LeadConverted, table.Union()};
  }
  Written operator()(const event::LeadReopened&) const {
    return {fb::Event::LeadReopened, fb::CreateLeadReopened(builder).Union()};
  }
  Written operator()(const event::AccessRequested& requested) const {
    return {fb::Event::AccessRequested, fb::CreateAccessRequested(builder, unless_nil(requested.deal)).Union()};
  }
  Written operator()(const event::PasswordChanged& changed) const {
    return {fb::Event::PasswordChanged, fb::CreatePasswordChanged(builder, changed.was_reset, changed.was_rehashed).Union()};
  }
  Written operator()(const event::NotificationsRead& read) const {
    return {fb::Event::NotificationsRead, fb::CreateNotificationsRead(builder, read.up_to).Union()};
  }
  Written operator()(const event::ScorecardParametersSet& set) const {
    const auto parameters = write_all<fb::ScorecardParameter>(builder, set.parameters);
    return {fb::Event::ScorecardParametersSet, fb::CreateScorecardParametersSet(builder, unless_nil(set.group), parameters).Union()};
  }
  Written operator()(const event::ScorecardAdjusted& adjusted) const {
    const auto values = write_all<fb::ScorecardValue>(builder, adjusted.values);
    const auto table = fb::CreateScorecardAdjusted(builder, unless_nil(adjusted.parameter), adjusted.is_added, values);
    return {fb::Event::ScorecardAdjusted, table.Union()};
  }
  Written operator()(const event::ScorecardSettled&) const { return {fb::Event::ScorecardSettled, fb::CreateScorecardSettled(builder).Union()}; }
  Written operator()(const event::ScorecardsDeleted& deleted) const {
    return {fb::Event::ScorecardsDeleted, fb::CreateScorecardsDeleted(builder, deleted.times, deleted.count).Union()};
  }
};

// One builder for each thread, because its memory is what an encoding would otherwise spend its time on.
Builder& cleared_builder() {
  thread_local Builder builder;
  builder.Clear();
  return builder;
}

std::size_t append_padded(Bytes& out, const Builder& builder) {
  const std::size_t size = builder.GetSize();
  const std::size_t padded = (size + record_alignment - 1) / record_alignment * record_alignment;
  const std::uint8_t* bytes = builder.GetBufferPointer();
  out.insert(out.end(), bytes, bytes + size);
  out.insert(out.end(), padded - size, std::uint8_t{0});
  return padded;
}

}  // namespace

std::size_t encode_into(Bytes& out, const Envelope& envelope, const Event& event, const Sealed* sealed) {
  Builder& builder = cleared_builder();
  const Written written = std::visit(EventWriter{builder}, event);

  Offset<fb::Sealed> sealed_part;
  if (sealed != nullptr) {
    const auto ciphertext = builder.CreateVector(sealed->ciphertext);
    const auto* commitment = reinterpret_cast<const fb::Hash*>(sealed->commitment.data());
    sealed_part = fb::CreateSealed(builder, ciphertext, commitment);
  }
  const auto record = fb::CreateRecord(
      builder, envelope.position, static_cast<fb::ObjectKind>(envelope.object.kind), unless_nil(envelope.object.id),
      envelope.version, envelope.recorded_at.ms, envelope.effective_at.ms, unless_nil(envelope.actor),
      unless_nil(envelope.performer), unless_nil(envelope.token), envelope.command, envelope.cause, written.type,
      written.table, sealed_part, envelope.batch);
  fb::FinishRecordBuffer(builder, record);
  return append_padded(out, builder);
}

Bytes encode(const Envelope& envelope, const Event& event, const Sealed* sealed) {
  Bytes bytes;
  encode_into(bytes, envelope, event, sealed);
  return bytes;
}

Bytes encode_personal(const Fields& fields) {
  Builder& builder = cleared_builder();
  const auto written = write_all<fb::FieldValue>(builder, fields);
  builder.Finish(fb::CreatePersonal(builder, written));
  Bytes bytes;
  append_padded(bytes, builder);
  return bytes;
}

}  // namespace dealog
