#pragma once
// Notes and e-mails (SPEC ACT-2, ACT-3): what people wrote about deals and contacts.
//
//     note     absent --create--> there --edit text, delete, restore--> ...; a private one is edited by its author alone
//     e-mail   absent --create--> there; the same Message-ID of the same sender is recorded once, and a repeated
//              one answers what is there, deleted or not; but what was taken back (undo.h) was never recorded
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_note(Deciding& deciding, const command::Create& create);
Decision edit_note(Deciding& deciding, const command::Edit& edit);
Decision create_email(Deciding& deciding, const command::Create& create);
// The same message may have been recorded anew since.
void check_email_restoring(Deciding& deciding, const Uuid& id);

void apply_note(ModelState& state, const Envelope& envelope, const Event& event);
void apply_email(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);

}  // namespace dealog
