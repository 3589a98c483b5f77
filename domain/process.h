#pragma once
// A process: ordered stages of ordered actions (SPEC 6). Editing makes a new version with stable ids; open deals
// follow the newest at once, closed ones keep theirs (their closing says which).
//
//     absent --create--> version 1 --define--> version 2 ... ; archive and back at any time; never deleted
//
// Exactly one process is the default. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_process(Deciding& deciding, const command::Create& create);
Decision edit_process(Deciding& deciding, const command::Edit& edit);
Decision define_process(Deciding& deciding, const command::DefineProcess& define);
Decision archive_process(Deciding& deciding, const command::ArchiveProcess& archive);

// A repeated creation: the same stages, whatever ids were made for them?
bool same_stages(std::vector<event::Stage> given, const std::vector<event::Stage>& held);

void apply_process(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
