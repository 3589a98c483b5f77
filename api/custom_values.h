#pragma once
// The object "cf" of a body: values of custom fields by their key (SPEC DIC-5). Only their shape is read here; whether
// there is such a field and what it takes is for the decision to say.

#include <vector>

#include "api/decode.h"
#include "domain/command.h"

namespace dealog::api {

// The members of body["cf"]; nothing when it is absent. A patch may also add choices and remove some (set_change.h).
std::vector<command::CustomValue> read_custom_values(const json::object& body, Faults& faults, Mode mode = Mode::create);
SchemaMaker custom_values_schema();

}  // namespace dealog::api
