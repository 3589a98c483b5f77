#pragma once
// Lead stages: the ordered dictionary of stages that a lead goes through before it is converted or lost (SPEC LEA-1).
//
//     absent --create--> there --edit, delete (while no active lead stands in it), restore--> ...
//
// They stand in the order of their positions; at least one is always there. A new account has some; an account that was
// made before there were leads gets the same ones with its first lead. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_lead_stage(Deciding& deciding, const command::Create& create);
Decision edit_lead_stage(Deciding& deciding, const command::Edit& edit);
void check_lead_stage_removal(Deciding& deciding, const Uuid& stage);
void check_lead_stage_restoring(Deciding& deciding, const Uuid& stage);
void apply_lead_stage(ModelState& state, const Envelope& envelope, const Event& event);

// The first stage in order; nil: none is there.
Uuid first_lead_stage(const ModelState& state);
// The stage, of those two, that stands later. A deleted one stands before all others.
Uuid later_lead_stage(const ModelState& state, const Uuid& left, const Uuid& right);

// The stages that an account begins with; their ids are derived from the account's. The first comes first.
std::vector<NewEvent> default_lead_stages(const Uuid& account);

}  // namespace dealog
