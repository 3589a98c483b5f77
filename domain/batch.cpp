#include "domain/batch.h"

namespace dealog {

std::optional<Refusal> guard_batch(const Deciding& deciding) {
  const Uuid& id = deciding.context.batch;
  if (id.is_nil()) return std::nullopt;   // REQUIRES of the doors: none is named for an import
  const Batch* batch = find_in(deciding.state.batches, id);
  if (!batch || batch->created_by != deciding.actor) return refusal(Code::forbidden, {}, "This belongs to what somebody else began, or nobody.");
  // Only an import brings what skips rules of the present (DEA-7), and only those who may import begin one.
  if (deciding.context.is_import && batch->kind != BatchKind::import) return refusal(Code::forbidden, {}, "This is no import.");
  return std::nullopt;
}

Decision begin_batch(Deciding& deciding, const command::BeginBatch& begin) {
  namespace b = field::batch;
  const ObjectRef object{Kind::batch, begin.id};
  if (const Batch* held = find_in(deciding.state.batches, begin.id)) {
    if (held->created_by != deciding.actor) return refusal(Code::id_taken, "/id");
    return deciding.outcome(object);
  }
  Fields fields{{b::kind, static_cast<std::int64_t>(begin.kind)}};
  if (begin.collection != Kind::none) fields.push_back({b::collection, std::string(plural(begin.collection))});
  if (!begin.targets.empty()) fields.push_back({b::target_ids, begin.targets});
  if (!begin.undoes.is_nil()) fields.push_back({b::undoes_id, begin.undoes});
  if (begin.undoes_command != 0) fields.push_back({b::undoes_command, static_cast<std::int64_t>(begin.undoes_command)});
  deciding.add(object, event::Created{.fields = std::move(fields)});
  return deciding.outcome(object, true);
}

void apply_batch(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto* created = std::get_if<event::Created>(&event);
  if (!created) return;
  Batch& batch = state.batches.find(envelope.object.id)->second;
  batch.begun = envelope.position;
  const Value* kind = find_value(created->fields, field::batch::kind);
  if (const auto* number = kind ? std::get_if<std::int64_t>(kind) : nullptr) batch.kind = static_cast<BatchKind>(*number);
  state.batch_at[envelope.position] = envelope.object.id;
}

bool is_of_undo(const ModelState& state, const Envelope& envelope) {
  const auto begun = state.batch_at.find(envelope.batch);
  return envelope.batch != 0 && begun != state.batch_at.end() && state.batches.at(begun->second).kind == BatchKind::undo;
}

namespace {

// Logging in and out, a password, what was read: no "last command" that he would take back.
bool is_between_user_and_account(const ModelState& state, const Envelope& envelope, const Event& event) {
  if (is_private_affair(event)) return true;
  if (envelope.object.kind != Kind::token) return false;
  if (const auto* created = std::get_if<event::Created>(&event)) {
    const Value* is_session = find_value(created->fields, field::token::is_session);
    return is_session && *is_session == Value{std::int64_t{1}};
  }
  const Token* token = find_in(state.tokens, envelope.object.id);
  return token && token->is_session;
}

}  // namespace

void note_command(ModelState& state, const Envelope& envelope, const Event& event) {
  const bool is_command = !envelope.actor.is_nil() && envelope.command == envelope.position;
  if (is_command && !is_between_user_and_account(state, envelope, event)) state.last_command_of[envelope.actor] = envelope.position;
  if (envelope.batch == 0) return;
  const auto begun = state.batch_at.find(envelope.batch);
  if (begun == state.batch_at.end()) return;
  auto& ranges = state.batches.find(begun->second)->second.events;
  if (!ranges.empty() && ranges.back().second + 1 == envelope.position) ranges.back().second = envelope.position;
  else ranges.emplace_back(envelope.position, envelope.position);
}

}  // namespace dealog
