#pragma once
// The body of a creation: the kind's fields (domain/fields.h) and what a creation may say beside them.

#include <string>
#include <string_view>
#include <vector>

#include "api/decode.h"
#include "api/http.h"
#include "domain/command.h"

namespace dealog::api {

struct CreateRequest {
  command::Create command;   // its object's id is nil when the client gave none
  Uuid performed_by;
};

CreateRequest decode_create(Kind kind, std::string_view body, Currency currency, Faults& faults);
SchemaMaker create_schema(Kind kind);

// scope=one|following|all in the query: which occurrences of a recurring task a command is about.
command::Scope read_scope(const Call& call, Faults& faults);
Parameter scope_parameter();

// What answers show beside the fields: a deal's progress, a process's stages.
std::vector<ExtraKey> answer_extras(Kind kind);

}  // namespace dealog::api
