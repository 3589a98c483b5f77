#pragma once
// Saved filters (SPEC GEN-9): a filter tree under a name, for one collection; its creator's own, or shared. Whether the
// tree can be read is checked where filters are known (projections/); here it is JSON that is kept.
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_saved_filter(Deciding& deciding, const command::Create& create);
Decision edit_saved_filter(Deciding& deciding, const command::Edit& edit);

void apply_saved_filter(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
