#pragma once
// A contact: a company or a person (SPEC 5). absent --create--> there --edit, delete, restore--> ...
// A deleted contact's links stay. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_contact(Deciding& deciding, const command::Create& create);
// The same for a decision that goes on. `made_company`: a person's company that is made in the same commit; nil: none.
void add_contact(Deciding& deciding, const command::Create& create, const Uuid& made_company = {});
Decision edit_contact(Deciding& deciding, const command::Edit& edit);
void apply_contact(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);

// --- contact_merge.cpp. REQUIRES of the decision: the actor may do it to the target, which is there, not deleted, not merged.
Decision merge_contact(Deciding& deciding, const command::MergeContact& merge);
void apply_merge(ModelState& state, const Envelope& envelope, const event::Merged& merged);
// Nobody finds it by its name any more.
void unindex_name(ModelState& state, Kind kind, const Uuid& id);

}  // namespace dealog
