#pragma once
// Cards of the Kanban board (SPEC 11), shared by the ways to find them.

#include "projections/query.h"

namespace dealog::projections {

// What a card shows of the deal at asked.now.
Card card(const World& world, const Asked& asked, Row deal, std::optional<std::uint32_t> max_days);

// KAN-3: none, later, today, overdue.
std::string_view task_dot(const World& world, Instant now, Row deal);

// KAN-6: in the stage for longer than max_days days. The last instant of entering that is still fresh.
Instant fresh_since(Instant now, std::uint32_t max_days);

}  // namespace dealog::projections
