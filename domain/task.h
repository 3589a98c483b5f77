#pragma once
// A task: something to do, maybe with a due date, maybe again and again (SPEC ACT-1; series.h).
//
//     absent --create--> open --complete--> completed --reopen--> open;   delete and restore at any time
//
// Who gets a task of a deal or lead becomes a participant of it; so who assigns it anew gives access, and must be one of those
// who may (SPEC ACC-4). Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// What a task hangs on, and who is to do it: as it is, and as an edit leaves it.
struct Placed { Uuid deal, lead, assignee; };
Placed placed(const Fields& fields, const Placed& before = {});
// The faults of such a change, which nobody makes for access that he has not himself.
void check_placing(Deciding& deciding, const Placed& before, const Placed& after);

Decision create_task(Deciding& deciding, const command::Create& create);
Decision edit_task(Deciding& deciding, const command::Edit& edit);
Decision complete_task(Deciding& deciding, const command::CompleteTask& complete);
Decision reopen_task(Deciding& deciding, const command::ReopenTask& reopen);
Decision delete_task(Deciding& deciding, const command::Delete& remove);
void apply_task(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
