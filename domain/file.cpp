#include "domain/file.h"

#include <algorithm>

namespace dealog {
namespace {

namespace f = field::file;

bool is_hash(const std::string& text, std::size_t length) {
  return text.size() == length && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Hung hung(const Fields& fields) {
  return {id_in(fields, f::deal_id), id_in(fields, f::lead_id), id_in(fields, f::person_id), id_in(fields, f::company_id), id_in(fields, f::space_id)};
}

Decision create_file(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::file, create.fields);
  // Without bytes on the disk there is no file, whichever door it comes through.
  if (!is_hash(text_in(checked.plain, f::stored_as), 32)) deciding.faults.add(Code::required, pointer_to(Kind::file, f::stored_as), "A file is uploaded.");
  if (const std::string sha256 = text_in(checked.personal, f::sha256); !sha256.empty() && !is_hash(sha256, 64)) deciding.faults.add(Code::invalid, pointer_to(Kind::file, f::sha256));
  if (const Value* size = find_value(checked.plain, f::size); size && *size < Value{std::int64_t{0}}) deciding.faults.add(Code::negative, pointer_to(Kind::file, f::size));
  check_may_hang_on(deciding, {Kind::deal, id_in(checked.plain, f::deal_id)}, pointer_to(Kind::file, f::deal_id));
  check_may_hang_on(deciding, {Kind::lead, id_in(checked.plain, f::lead_id)}, pointer_to(Kind::file, f::lead_id));
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)}, std::nullopt, std::nullopt, std::move(checked.personal));
  return deciding.outcome(create.object, true);
}

void hang_files(Deciding& deciding, const std::vector<Uuid>& files, const Hung& on, std::uint32_t cause) {
  Fields links;
  // The note may have been written before its contact was merged into another.
  const Uuid person = deciding.state.contact_now(Kind::person, on.person), company = deciding.state.contact_now(Kind::company, on.company);
  for (const auto& [field, id] : {std::pair(f::deal_id, on.deal), std::pair(f::person_id, person), std::pair(f::company_id, company), std::pair(f::lead_id, on.lead),
                                   std::pair(f::space_id, on.space)})
    if (!id.is_nil()) links.push_back({field, id});
  if (links.empty()) return;
  for (const Uuid& id : files)
    if (const File* file = find_in(deciding.state.files, id); file && !file->hangs())
      deciding.add({Kind::file, id}, event::Edited{links}, std::nullopt, cause);
}

void apply_file(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.files.find(envelope.object.id);
  if (found == state.files.end()) return;
  const auto* created = std::get_if<event::Created>(&event);
  const auto* edited = std::get_if<event::Edited>(&event);
  const Fields* fields = created ? &created->fields : edited ? &edited->fields : nullptr;
  if (!fields) return;
  const Hung on = hung(*fields);
  File& file = found->second;
  for (const auto& [field, held, now] : {std::tuple(f::deal_id, &file.deal, on.deal), std::tuple(f::lead_id, &file.lead, on.lead), std::tuple(f::person_id, &file.person, on.person),
                                         std::tuple(f::company_id, &file.company, on.company), std::tuple(f::space_id, &file.space, on.space)})
    if (find_value(*fields, field)) *held = now;   // nil: that it came to hang there was taken back
}

bool is_link_of_file(std::uint16_t field) {
  return field == f::deal_id || field == f::lead_id || field == f::person_id || field == f::company_id || field == f::space_id;
}

}  // namespace dealog
