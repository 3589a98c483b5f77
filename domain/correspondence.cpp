#include "domain/correspondence.h"

#include <algorithm>

#include "domain/batch.h"
#include "domain/file.h"
#include "domain/rights.h"

namespace dealog {
namespace {

std::uint64_t sender_print(const Fields& personal) {
  const std::string address = address_in(text_in(personal, field::email::from));
  return address.empty() ? 0 : print_of(Value{address});
}

// "<id@host>" and "id@host" are the same message.
std::string message_key(const std::string& message_id) {
  const auto first = message_id.find_first_not_of(" \t\r\n<");
  const auto last = message_id.find_last_not_of(" \t\r\n>");
  return first == std::string::npos || last == std::string::npos || last < first ? std::string() : message_id.substr(first, last - first + 1);
}

// The same message of the same sender. Once a sender was erased, the Message-ID alone decides: recording it anew would bring him back.
// What somebody has deleted stays so, however often a mailbox delivers it; what was never to be recorded (its recording was taken
// back, SPEC DEA-9) may come again.
std::optional<Uuid> recorded_before(const Deciding& deciding, std::uint64_t message, std::uint64_t sender) {
  std::optional<Uuid> of_erased;
  const auto [first, last] = deciding.state.email_by_message_id.equal_range(message);
  for (auto recorded = first; recorded != last; ++recorded) {
    const Email& email = deciding.state.emails.at(recorded->second);
    if (email.is_deleted && deciding.context.is_import) continue;   // of an import that was taken back and comes again
    if (email.is_deleted && !email.is_discarded && email.sender != 0) continue;
    if (email.sender == sender) return recorded->second;
    if (email.sender == 0 && (!of_erased || recorded->second < *of_erased)) of_erased = recorded->second;
  }
  return of_erased;
}

}  // namespace

Decision create_note(Deciding& deciding, const command::Create& create) {
  const auto effective = deciding.effective(create.effective_at);
  Checked checked = check_birth(deciding, Kind::note, create.fields);
  check_may_hang_on(deciding, {Kind::deal, id_in(checked.plain, field::note::deal_id)}, pointer_to(Kind::note, field::note::deal_id));
  check_may_hang_on(deciding, {Kind::lead, id_in(checked.plain, field::note::lead_id)}, pointer_to(Kind::note, field::note::lead_id));
  const std::vector<Uuid> files = ids_in(checked.plain, field::note::file_ids);
  const Hung links = hung(checked.plain);
  const Value* is_private = find_value(checked.plain, field::note::is_private);
  const bool is_open = !is_private || *is_private != Value{std::int64_t{1}};
  const std::uint32_t note =
      deciding.add(create.object, event::Created{.fields = std::move(checked.plain)}, effective, std::nullopt, std::move(checked.personal));
  if (is_open) hang_files(deciding, files, links, note);   // what a private note carries stays its author's
  return deciding.outcome(create.object, true);
}

Decision edit_note(Deciding& deciding, const command::Edit& edit) {
  namespace n = field::note;
  deciding.not_past_capable(edit.effective_at);
  // Said whatever the values are: that an edit changes nothing would tell what the note says.
  const Note& note = deciding.state.notes.at(edit.object.id);
  const bool is_author = deciding.actor.is_nil() || deciding.actor == note.created_by;
  for (const FieldChange& change : edit.fields)
    if (!is_author && (note.is_private || (change.field == n::is_private && change.value == Value{std::int64_t{1}})))
      deciding.faults.add(Code::forbidden, pointer_to(Kind::note, change.field), "A private note is its author's to edit.");
  if (deciding.faults.any()) return deciding.outcome(edit.object);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (changed.plain.empty() && changed.personal.empty()) return deciding.outcome(edit.object);
  const std::vector<Uuid> files = find_value(changed.plain, n::file_ids) ? ids_in(changed.plain, n::file_ids) : note.files;
  const Value* is_private = find_value(changed.plain, n::is_private);
  const bool is_open = is_private ? *is_private != Value{std::int64_t{1}} : !note.is_private;
  const std::uint32_t edited =
      deciding.add(edit.object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  // All that it carries, for it may have been private until now.
  if (is_open) hang_files(deciding, files, {note.deal, note.lead, note.person, note.company, note.space}, edited);
  return deciding.outcome(edit.object);
}

Decision create_email(Deciding& deciding, const command::Create& create) {
  namespace e = field::email;
  deciding.not_past_capable(create.effective_at);  // its sent_at is its effective time
  Checked checked = check_birth(deciding, Kind::email, create.fields);
  const std::string key = message_key(text_in(checked.plain, e::message_id));
  if (find_value(checked.plain, e::message_id) && key.empty()) deciding.faults.add(Code::invalid, "/message_id");

  std::optional<Instant> effective;
  if (const Value* sent = find_value(checked.plain, e::sent_at))
    if (const auto* ms = std::get_if<std::int64_t>(sent)) effective = deciding.effective(Instant{*ms}, "/sent_at");
  check_may_hang_on(deciding, {Kind::deal, id_in(checked.plain, e::deal_id)}, pointer_to(Kind::email, e::deal_id));
  check_may_hang_on(deciding, {Kind::lead, id_in(checked.plain, e::lead_id)}, pointer_to(Kind::email, e::lead_id));
  if (deciding.faults.any()) return deciding.outcome(create.object);

  if (const auto recorded = recorded_before(deciding, print_of(Value{key}), sender_print(checked.personal))) {
    // What hangs on a deal that he may not see is not shown to who guesses, or has, its Message-ID.
    if (!may_see(deciding.state, deciding.actor, {Kind::email, *recorded})) return refusal(Code::id_taken, "/message_id");
    return deciding.outcome({Kind::email, *recorded});
  }

  set_value(checked.plain, e::sent_at, deciding.moment(effective).ms);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)}, effective, std::nullopt, std::move(checked.personal));
  return deciding.outcome(create.object, true);
}

void check_email_restoring(Deciding& deciding, const Uuid& id) {
  const Email& email = deciding.state.emails.at(id);
  if (email.sender == 0) return;   // erased: whose it was is not known
  const auto [first, last] = deciding.state.email_by_message_id.equal_range(email.message);
  const bool is_there = std::any_of(first, last, [&](const auto& recorded) {
    const Email& other = deciding.state.emails.at(recorded.second);
    return recorded.second != id && !other.is_deleted && other.sender == email.sender;
  });
  if (is_there) deciding.faults.add(Code::id_taken, {}, "The message was recorded again.");
}

void apply_note(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.notes.find(envelope.object.id);
  if (found == state.notes.end()) return;
  Note& note = found->second;
  const auto* created = std::get_if<event::Created>(&event);
  const auto* edited = std::get_if<event::Edited>(&event);
  const Fields* fields = created ? &created->fields : edited ? &edited->fields : nullptr;
  if (fields && find_value(*fields, field::note::file_ids)) note.files = ids_in(*fields, field::note::file_ids);
  if (const Value* is_private = fields ? find_value(*fields, field::note::is_private) : nullptr) note.is_private = *is_private == Value{std::int64_t{1}};
  if (!created) return;
  note.deal = id_in(*fields, field::note::deal_id);
  note.lead = id_in(*fields, field::note::lead_id);
  note.person = id_in(*fields, field::note::person_id);
  note.company = id_in(*fields, field::note::company_id);
  note.space = id_in(*fields, field::note::space_id);
}

void apply_email(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  const auto found = state.emails.find(envelope.object.id);
  if (found == state.emails.end()) return;
  if (std::holds_alternative<event::Deleted>(event) && !is_of_undo(state, envelope)) found->second.is_discarded = true;
  const auto* created = std::get_if<event::Created>(&event);
  if (!created) return;
  found->second.deal = id_in(created->fields, field::email::deal_id);
  found->second.lead = id_in(created->fields, field::email::lead_id);
  found->second.sender = sender_print(personal);
  found->second.message = print_of(Value{message_key(text_in(created->fields, field::email::message_id))});
  state.email_by_message_id.emplace(found->second.message, found->first);
}

}  // namespace dealog
