#pragma once
// A deal: one opportunity (SPEC 7).
//
//     absent --create--> open --win | lose | obsolete--> closed --reopen--> open
//        |                | move, complete and reopen action, change process (any number of times)
//        |                                               | correct (replaces the last closing)
//        '--create with status and closed_at------------> closed
//
// delete and restore at any time; while deleted nothing else. Moving never marks actions as done; completing an
// action of a later stage moves the deal there. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// REQUIRES of all: the actor may do it, the deal is there and not deleted.
Decision create_deal(Deciding& deciding, const command::Create& create);
Decision edit_deal(Deciding& deciding, const command::Edit& edit);
Decision move_deal(Deciding& deciding, const command::MoveDeal& move);
Decision complete_action(Deciding& deciding, const command::CompleteAction& complete);
Decision reopen_action(Deciding& deciding, const command::ReopenAction& reopen);
Decision close_deal(Deciding& deciding, const command::CloseDeal& close);
Decision reopen_deal(Deciding& deciding, const command::ReopenDeal& reopen);
Decision correct_deal(Deciding& deciding, const command::CorrectDeal& correct);
// --- deal_lines.cpp
Decision set_deal_lines(Deciding& deciding, const command::SetDealLines& set);
// The lines as events hold them, of a deal in the currency that has `held`. Adds the faults.
std::vector<event::Line> read_lines(Deciding& deciding, const std::vector<command::Line>& given, const std::string& currency,
                                    const std::vector<event::Line>& held);
// Does the deal hold just these lines? What is left out (an id, a price) may be anything.
bool holds_lines(const Deal& deal, const std::vector<command::Line>& given);
Decision set_deal_costs(Deciding& deciding, const command::SetDealCosts& set);
// Amounts as they were written, as fields, in the currency. Adds a fault for each that cannot be.
void read_amounts(Deciding& deciding, const std::vector<command::AmountOf>& given, const std::string& currency, Fields& fields);

Decision change_process(Deciding& deciding, const command::ChangeProcess& change);

// Clients that are made in the same commit, so that the model does not know them yet; nil: none.
struct MadeClients { Uuid company, person; };
// As create_deal, for a decision that goes on: adds the events, or the faults.
void add_deal(Deciding& deciding, const command::Create& create, const MadeClients& made = {});

// Where an open deal stands at t, and the furthest stage that it visited: from a removed stage it went to another, version by
// version (SPEC PRC-1).
struct Whereabouts { Uuid stage, furthest; };
Whereabouts whereabouts(const ModelState& state, const Deal& deal, Instant t = end_of_time);

// --- deal_closing.cpp
// The snapshot of DEA-4: the deal as it was at t.
event::DealClosed snapshot(const ModelState& state, const Deal& deal, Instant t);
void check_reason(Deciding& deciding, const Uuid& reason, Status outcome, const std::string& pointer);
// The stage, of those two, that stands later in the newest version of the process.
Uuid later_stage(const Process& process, const Uuid& left, const Uuid& right);

// --- deal_model.cpp: events into the model.
void apply_deal(ModelState& state, const Envelope& envelope, const Event& event);
// A deal counts at its stage while it is open and not deleted. REQUIRES: called before and after that changes.
void count_at_stage(ModelState& state, const Deal& deal, int change);

}  // namespace dealog
