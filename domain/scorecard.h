#pragma once
// Scorecards: weighted targets of a user or a team in a period (SPEC 14). What was reached is for read models to say; here is
// what is agreed upon, and what is counted by hand.
//
//     absent --create, copy--> there --adjust, edit--> there --settle, once the period is over--> settled, for good
//     delete and restore at any time
//     all cards of a user are deleted by one event of the user; each can be restored
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_scorecards(Deciding& deciding, const command::CreateScorecards& create);
Decision copy_scorecard(Deciding& deciding, const command::CopyScorecard& copy);
Decision edit_scorecard(Deciding& deciding, const command::EditScorecard& edit);
// REQUIRES: the group has cards that are there (cards_of_group).
Decision edit_scorecard_group(Deciding& deciding, const command::EditScorecardGroup& edit);
Decision adjust_scorecard(Deciding& deciding, const command::AdjustScorecard& adjust);
// SPEC SCO-7. Nothing is computed here: the numbers of a settled card are those of the position of its settling.
Decision settle_scorecard(Deciding& deciding, const command::SettleScorecard& settle);
Decision delete_scorecards_of(Deciding& deciding, const command::DeleteScorecardsOf& remove);
// What must be recorded so that the restoring outlives earlier deletions of all of its holder's cards.
void note_scorecard_restoring(Deciding& deciding, const Uuid& card);

// Cards of a group, or of a user, that are there, in a fixed order.
std::vector<Uuid> live_cards(const ModelState& state, const Lists& lists, const Uuid& of);

// The parameters as a client wrote them, for a card of that period; adds a fault for each that cannot be. `held`: what the card has
// now, whose products may have been archived since. (scorecard_check.cpp)
std::vector<event::ScorecardParameter> read_parameters(Deciding& deciding, const std::vector<command::ScorecardParameter>& given,
                                                       const std::vector<event::ScorecardParameter>& held);
// What holds between them, and between them and the period: weights, dates.
void check_parameters(Deciding& deciding, const std::vector<event::ScorecardParameter>& parameters, const CardPeriod& period);

void apply_scorecard(ModelState& state, const Envelope& envelope, const Event& event);
// All cards of the user are gone.
void apply_scorecards_deleted(ModelState& state, const Uuid& user, const event::ScorecardsDeleted& deleted);

}  // namespace dealog
