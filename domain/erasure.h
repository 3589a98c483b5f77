#pragma once
// Erasing personal data for good, and legal holds that forbid it (SPEC CON-3).
//
//     readable --erase--> erased            for ever: the keys are destroyed, nothing more can be sealed
//      |    ^
//  place    lift
//      v    |
//       held                                nothing that is held can be erased
//
// One event names everything whose key goes: a contact with all that were merged into it, and of the kinds that were
// chosen (kinds_erased_along) what is about it. What stays is what is not personal: owners, amounts, dates, counts.
// Only administrators do any of this. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision place_hold(Deciding& deciding, const command::PlaceHold& place);
Decision lift_hold(Deciding& deciding, const command::LiftHold& lift);
Decision erase_subject(Deciding& deciding, const command::Erase& erase);

// Of every event, behind what it says to the aggregates.
void apply_erasure(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);
// Nothing personal of the object is left in the model, and nothing is ever sealed for it again.
void forget(ModelState& state, ObjectRef subject);
// Something is about a contact or a lead: an event has set a reference.
void note_link(ModelState& state, ObjectRef object, const FieldSpec& spec, const Value& value);

}  // namespace dealog
