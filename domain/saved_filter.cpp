#include "domain/saved_filter.h"

namespace dealog {

Decision create_saved_filter(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::saved_filter, create.fields);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_saved_filter(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  return edited(deciding, edit.object, std::move(changed));
}

void apply_saved_filter(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.saved_filters.find(envelope.object.id);
  if (found == state.saved_filters.end()) return;
  const auto set = [&](const Fields& fields) {
    if (const Value* shared = find_value(fields, field::saved_filter::is_shared)) found->second.is_shared = *shared == Value{std::int64_t{1}};
  };
  if (const auto* created = std::get_if<event::Created>(&event)) set(created->fields);
  if (const auto* edited = std::get_if<event::Edited>(&event)) set(edited->fields);
}

}  // namespace dealog
