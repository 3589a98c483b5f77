#pragma once
// The stages of a process in a request body (API.md 3, a process).

#include <string_view>
#include <vector>

#include "api/decode.h"
#include "domain/event.h"

namespace dealog::api {

// The stages that an array says; ids that are left out are nil (the decision makes them). Faults are added.
std::vector<event::Stage> read_stages(const json::value& value, std::string_view pointer, Faults& faults);
SchemaMaker stage_schema();

}  // namespace dealog::api
