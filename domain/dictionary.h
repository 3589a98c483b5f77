#pragma once
// Sources and close reasons (SPEC 4): words that other objects refer to.
//
//     source         absent --create--> there --delete--> gone for good: it is null wherever it stands (DIC-1)
//     close reason   absent --create--> there <--edit is_archived--> archived; deleted only while never used (DIC-3)
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_source(Deciding& deciding, const command::Create& create);
Decision edit_source(Deciding& deciding, const command::Edit& edit);
Decision create_close_reason(Deciding& deciding, const command::Create& create);
Decision edit_close_reason(Deciding& deciding, const command::Edit& edit);
void check_close_reason_removal(Deciding& deciding, const Uuid& reason);
void check_close_reason_restoring(Deciding& deciding, const Uuid& reason);

void apply_source(ModelState& state, const Envelope& envelope, const Event& event);
void apply_close_reason(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
