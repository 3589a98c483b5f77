#pragma once
// Where the faults of requests belong in the files: the row that a command comes from, the column that a member of its body is made of.

#include <string>
#include <string_view>
#include <vector>

#include "tools/import_planner.h"

namespace dealog::tools {

// About the command's row as a whole.
RowFault fault_of(const Plan& plan, const PlannedCommand& command, std::string code, std::string message);
// Moves a fault of the command to where a pointer into the request's body leads: /name, /links/deal_id, /lines/2/price.
void place_by(const Plan& plan, std::string_view pointer, const PlannedCommand& command, RowFault& fault);
// Names the rows of the chain's commands from there on, which are not sent or were refused; but not those that `faults` tells of
// from `told` on.
void hold_back(const Plan& plan, const PlannedChain& chain, std::size_t from, std::size_t told, std::vector<RowFault>& faults);

// The codes of rows that are not sent because of what they belong to, or name.
inline constexpr std::string_view held_back = "held_back", needed_object_failed = "needed_object_failed";

}  // namespace dealog::tools
