#pragma once
// Lists and reports as files (SPEC IO-2): CSV (RFC 4180) and XLSX beside JSON, by format= or Accept.
//
//     routes.add(exported({.method = Method::get, .path = "/v1/finances", ...}));
//
// An export is the whole list: its own handler is asked page by page, so rights, filters and moments are those of the JSON list,
// and all pages stand on the position of the first. CSV is sent while it is made; XLSX is made first, in an unnamed file.

#include <string_view>

#include "api/route.h"

namespace dealog::api {

inline constexpr std::string_view csv_type = "text/csv", xlsx_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// The route with its formats: handler, parameters and document. REQUIRES: the schema of its first answer names the members of the
// rows in "data"; without "data" it is a report. Its handler takes `limit` up to 1000 where it takes a cursor.
Route exported(Route route);

}  // namespace dealog::api
