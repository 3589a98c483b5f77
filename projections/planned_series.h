#pragma once
// What series of tasks are still to bring (SPEC STA-4): the days of their rules that have no occurrence yet. They have no object, so
// they are in no list; reports of planned tasks count them from the rule.

#include <functional>

#include "projections/report_common.h"

namespace dealog::projections {

// Calls `visit` with the assignee and the day of each that is to come in the period, of series that the reader sees and the filters
// leave. A filter that says something about single tasks (status, completed_at) leaves none, and so does an unknown one. In a period
// without an end a series without one counts up to today.
void for_each_to_come(const Ground& ground, const Parameters& filters, const Period& period, const std::function<void(Handle assignee, Day day)>& visit);

}  // namespace dealog::projections
