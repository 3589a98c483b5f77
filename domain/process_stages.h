#pragma once
// The stages of a new version: checked, with ids. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// Gives ids to stages and actions that have none, and adds a fault for each thing that cannot be. `process`: whose
// new version this is; nil: a new process.
void prepare_stages(Deciding& deciding, const Uuid& process, std::vector<event::Stage>& stages);

}  // namespace dealog
