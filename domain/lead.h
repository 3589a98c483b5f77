#pragma once
// A lead: what may become a deal (SPEC 9).
//
//     absent --create--> active --convert--> converted --reopen--> active
//                          | move (any number of times)
//                          '----lose-------> lost -------reopen--> active
//
// Edit, delete and restore at any time; while deleted nothing else. Converting makes or links any of a company, a person
// and a deal, in the same commit. Leads are like private deals: who takes part sees and writes them. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// REQUIRES of all: the actor may do it, the lead is there and not deleted.
Decision create_lead(Deciding& deciding, const command::Create& create);
Decision edit_lead(Deciding& deciding, const command::Edit& edit);
Decision move_lead(Deciding& deciding, const command::MoveLead& move);
Decision lose_lead(Deciding& deciding, const command::LoseLead& lose);
Decision reopen_lead(Deciding& deciding, const command::ReopenLead& reopen);

// --- lead_convert.cpp
Decision convert_lead(Deciding& deciding, const command::ConvertLead& convert);

// --- lead_model.cpp: events into the model.
void apply_lead(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);

}  // namespace dealog
