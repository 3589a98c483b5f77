#pragma once
// Spaces: rooms for projects, on which tasks and notes may hang (SPEC 1). Everybody sees them; who sells makes and edits them.
//
//     absent --create--> there --edit, delete, restore--> ...
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_space(Deciding& deciding, const command::Create& create);
Decision edit_space(Deciding& deciding, const command::Edit& edit);

void apply_space(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
