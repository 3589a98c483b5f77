#include "domain/space.h"

namespace dealog {

Decision create_space(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::space, create.fields);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)}, std::nullopt, std::nullopt, std::move(checked.personal));
  return deciding.outcome(create.object, true);
}

Decision edit_space(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_may_give_away(deciding, edit.object, changed.plain, field::space::owner_id);
  if (!changed.plain.empty() || !changed.personal.empty())
    deciding.add(edit.object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  return deciding.outcome(edit.object);
}

void apply_space(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.spaces.find(envelope.object.id);
  if (found == state.spaces.end()) return;
  const auto set = [&](const Fields& fields) {
    if (find_value(fields, field::space::owner_id)) found->second.owner = id_in(fields, field::space::owner_id);
  };
  if (const auto* created = std::get_if<event::Created>(&event)) set(created->fields);
  if (const auto* edited = std::get_if<event::Edited>(&event)) set(edited->fields);
}

}  // namespace dealog
