#pragma once
// What belongs together: bulks, hand-overs, undos; imports will (SPEC DEA-8, DEA-9). A batch is an object that is begun once; every event of
// its parts names the position at which it began, and the model remembers where these are.
//
//     POST /v1/deals/bulk ->  batch.created   deal.moved   deal.moved   note.created
//                                 17          18 (of 17)   19 (of 17)    20 (of 17)
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// May the command be part of what its context names?
std::optional<Refusal> guard_batch(const Deciding& deciding);

// Once more with the same id is nothing, for whoever began it.
Decision begin_batch(Deciding& deciding, const command::BeginBatch& begin);

void apply_batch(ModelState& state, const Envelope& envelope, const Event& event);
// Is the event part of taking something back?
bool is_of_undo(const ModelState& state, const Envelope& envelope);
// Of every event, whatever it is about.
void note_command(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
