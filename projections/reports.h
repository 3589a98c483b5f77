#pragma once
// One function per report; `report` in query.h finds them by name. A new report: its file, a line in
// reports.cpp, a line here.

#include "projections/query.h"

namespace dealog::projections {

QueryResult<Report> closed_deals(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);   // STA-1
QueryResult<Report> open_deals(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);     // STA-2
QueryResult<Report> activities(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);     // STA-4
QueryResult<Report> ranking(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters);        // RNK-1

}  // namespace dealog::projections
