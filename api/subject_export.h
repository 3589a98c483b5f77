#pragma once
// All data that is held on one subject, as one JSON document (SPEC CON-3):
//
//     {"kind": "person", "id": ..., "position": ..., "subjects": [{"object": {...}, "history": [...]}],
//      "notes": [{"object": {...}, "history": [...]}], "emails": ..., "tasks": ..., "leads": ..., "deals": [{"object": {...}}], ...}
//
// `subjects`: the object and all that were merged into it. Beside them, by collection, whatever names one of them. What can
// be erased has its history with all values; of what many share (deals, companies) the object is shown.

#include <span>

#include "api/account.h"
#include "api/ask.h"
#include "api/route.h"

namespace dealog::api {

std::span<const Kind> exported_kinds();
// 404 when there is no such object. REQUIRES: the reader may see everything.
Response subject_export(const Account& account, const Question& question, ObjectRef object);
SchemaMaker subject_export_schema();

}  // namespace dealog::api
