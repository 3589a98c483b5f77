#include "domain/dictionary.h"

#include <algorithm>

#include "domain/money.h"
#include "domain/people.h"

namespace dealog {
namespace {

const Names& reasons_of(const ModelState& state, std::int64_t outcome) {
  return state.reason_by_name[outcome >= 0 && outcome < 4 ? outcome : 0];
}

void check_name(Deciding& deciding, const Names& names, const std::string& name, const Uuid& self) {
  if (!name.empty() && is_taken(names, name, self)) deciding.faults.add(Code::name_taken, "/name");
}

void check_free(Deciding& deciding, ObjectRef object, const std::string& name, const std::string& pointer) {
  const auto names = deciding.state.word_by_name.find(object.kind);
  if (!name.empty() && names != deciding.state.word_by_name.end() && is_taken(names->second, name, object.id))
    deciding.faults.add(Code::name_taken, pointer);
}

// One rate of a currency for a day.
std::string rate_name(const Fields& fields) {
  const Value* day = find_value(fields, field::exchange_rate::day);
  const auto* number = day ? std::get_if<std::int64_t>(day) : nullptr;
  return number ? text_in(fields, field::exchange_rate::currency) + " " + std::to_string(*number) : std::string();
}

void check_rate(Deciding& deciding, const Fields& fields) {
  namespace r = field::exchange_rate;
  if (const Value* given = find_value(fields, r::currency); given && std::holds_alternative<std::string>(*given)) {
    const auto currency = parse_currency(std::get<std::string>(*given));
    if (!currency || !decimals(*currency)) deciding.faults.add(Code::invalid, "/currency", "There is no such currency.");
    else if (currency->code() == deciding.state.account.currency) deciding.faults.add(Code::invalid, "/currency", "This is the account's own currency.");
  }
  if (const Value* given = find_value(fields, r::rate); given && std::holds_alternative<std::int64_t>(*given) && std::get<std::int64_t>(*given) <= 0)
    deciding.faults.add(Code::out_of_range, "/rate", "A rate is above zero.");
}

void check_word(Deciding& deciding, ObjectRef object, const Fields& fields) {
  if (object.kind == Kind::exchange_rate) check_rate(deciding, fields);
  else if (object.kind != Kind::product) check_free(deciding, object, text_in(fields, field::word::name), "/name");
}

// Does a trigger of the newest version of a process name the task type?
bool is_triggered(const ModelState& state, ObjectRef object) {
  if (object.kind != Kind::task_type) return false;
  return std::ranges::any_of(state.processes, [&](const auto& process) {
    for (const event::Stage& stage : process.second.definition.stages)
      for (const event::Action& action : stage.actions)
        if (action.trigger && trigger_type_id(action.trigger->task_type) == object.id) return true;
    return false;
  });
}

}  // namespace

Decision create_source(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::source, create.fields);
  check_name(deciding, deciding.state.source_by_name, text_in(checked.plain, field::source::name), create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_source(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_name(deciding, deciding.state.source_by_name, text_in(changed.plain, field::source::name), edit.object.id);
  return edited(deciding, edit.object, std::move(changed));
}

Decision create_close_reason(Deciding& deciding, const command::Create& create) {
  namespace r = field::close_reason;
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::close_reason, create.fields);
  const Value* outcome = find_value(checked.plain, r::outcome);
  const auto* number = outcome ? std::get_if<std::int64_t>(outcome) : nullptr;
  if (number) check_name(deciding, reasons_of(deciding.state, *number), text_in(checked.plain, r::name), create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_close_reason(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  const CloseReason& reason = deciding.state.close_reasons.at(edit.object.id);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_name(deciding, reasons_of(deciding.state, static_cast<std::int64_t>(reason.outcome)), text_in(changed.plain, field::close_reason::name),
             edit.object.id);
  return edited(deciding, edit.object, std::move(changed));
}

Decision create_word(Deciding& deciding, const command::Create& create) {
  const Kind kind = create.object.kind;
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, kind, create.fields);
  check_word(deciding, create.object, checked.plain);
  if (kind == Kind::exchange_rate) check_free(deciding, create.object, rate_name(checked.plain), "/day");
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_word(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_word(deciding, edit.object, changed.plain);
  return edited(deciding, edit.object, std::move(changed));
}

void check_word_removal(Deciding& deciding, ObjectRef object) {
  const ModelState& state = deciding.state;
  bool is_used = false;
  if (object.kind == Kind::close_reason) is_used = state.close_reasons.at(object.id).is_used;
  else if (deletion_of(object.kind) == Deletion::kept) is_used = state.words(object.kind)->at(object.id).is_used || is_triggered(state, object);
  if (is_used) deciding.faults.add(Code::in_use, {}, "It was used; archive it instead.");
}

void check_word_restoring(Deciding& deciding, ObjectRef object) {
  const ModelState& state = deciding.state;
  if (deletion_of(object.kind) == Deletion::strips) return deciding.faults.add(Code::object_deleted, {}, "It is gone for good; create another.");
  if (object.kind == Kind::close_reason) {
    const CloseReason& reason = state.close_reasons.at(object.id);
    if (is_taken(reasons_of(state, static_cast<std::int64_t>(reason.outcome)), reason.name, object.id)) deciding.faults.add(Code::name_taken);
  } else if (const Objects<Word>* words = state.words(object.kind); words && object.kind != Kind::product) {
    check_free(deciding, object, words->at(object.id).name, {});
  }
}

void apply_source(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.sources.find(envelope.object.id);
  if (found == state.sources.end()) return;
  if (const Fields* fields = fields_in(event))
    if (const std::string name = text_in(*fields, field::source::name); !name.empty())
      rename(state.source_by_name, found->second.name, found->first, &name);
  if (std::holds_alternative<event::Deleted>(event)) {
    rename(state.source_by_name, found->second.name, found->first, nullptr);
    state.prints_of_deleted[print_of(Value{found->first})] = true;
  }
}

void apply_close_reason(ModelState& state, const Envelope& envelope, const Event& event) {
  namespace r = field::close_reason;
  const auto found = state.close_reasons.find(envelope.object.id);
  if (found == state.close_reasons.end()) return;
  CloseReason& reason = found->second;
  if (const Fields* fields = fields_in(event)) {
    for (const FieldChange& change : *fields) {
      const auto* number = std::get_if<std::int64_t>(&change.value);
      if (change.field == r::outcome && number && *number >= 0 && *number < 4) reason.outcome = static_cast<Status>(*number);
      if (change.field == r::is_archived) reason.is_archived = number && *number != 0;
    }
  }
  Names& names = state.reason_by_name[static_cast<std::size_t>(reason.outcome)];
  if (const Fields* fields = fields_in(event))
    if (const std::string name = text_in(*fields, r::name); !name.empty()) rename(names, reason.name, found->first, &name);
  const std::string held = reason.name;  // a deleted name is free again
  if (std::holds_alternative<event::Deleted>(event)) names.erase(held);
  if (std::holds_alternative<event::Restored>(event)) rename(names, reason.name, found->first, &held);
}

void apply_word(ModelState& state, const Envelope& envelope, const Event& event) {
  const ObjectRef object = envelope.object;
  Word* word = state.word(object);
  if (!word) return;
  const bool is_unique = object.kind != Kind::product;
  Names& names = state.names_of_words(object.kind);
  if (const Fields* fields = fields_in(event)) {
    const std::string name = object.kind == Kind::exchange_rate ? rate_name(*fields) : text_in(*fields, field::word::name);
    if (!name.empty() && is_unique) rename(names, word->name, object.id, &name);
    if (const Value* price = object.kind == Kind::product ? find_value(*fields, field::product::price) : nullptr) {
      if (const auto* minor = std::get_if<std::int64_t>(price)) state.prices[object.id] = *minor;
      else state.prices.erase(object.id);
    }
    if (const Value* archived = find_value(*fields, field::word::is_archived); archived && deletion_of(object.kind) == Deletion::kept)
      word->is_archived = *archived == Value{std::int64_t{1}};
  }
  const std::string held = word->name;  // a deleted name is free again
  if (std::holds_alternative<event::Deleted>(event)) {
    if (is_unique) names.erase(held);
    if (deletion_of(object.kind) == Deletion::strips) state.prints_of_deleted[print_of(Value{object.id})] = true;
  }
  if (std::holds_alternative<event::Restored>(event) && is_unique) rename(names, word->name, object.id, &held);
}

void use_word(ModelState& state, ObjectRef object) {
  if (Word* word = state.word(object)) word->is_used = true;
}

}  // namespace dealog
