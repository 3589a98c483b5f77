#pragma once
// From JSON answers (as parse_exactly reads them) to rows of a table: lists by the schema of their answer, reports by their shape.

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <vector>

#include "api/route.h"
#include "api/set_up.h"
#include "api/sheet.h"

namespace dealog::api {

// A member of a list's rows. An amount takes two columns: "value" and "value.currency".
struct ExportColumn {
  enum class Type : std::uint8_t { text, number, boolean, day, instant, money, anything, custom_fields };

  std::string name;                // "links.deal_id"
  std::vector<std::string> path;   // where it stands in a row
  Type type = Type::anything;
  bool is_reference = false;       // an id of something else, or several
};

// The members of the rows in "data", in the schema's order; objects in objects are taken apart. Empty: the schema has none.
std::vector<ExportColumn> export_columns(const SchemaMaker& answer);

// The same for one export: custom fields by their definitions (of `first`, a row, where there is one; of the set-up else), and of
// all only the members in `fields`, in that order; empty: all.
std::vector<ExportColumn> export_columns(std::span<const ExportColumn> all, Kind kind, const SetUp& set_up, const boost::json::object* first,
                                         const std::vector<std::string>& fields);

// `names`: beside what refers to something, what that is called: "owner_id.name".
std::vector<SheetColumn> sheet_columns(std::span<const ExportColumn> columns, bool names);

// One row as cells, as many as sheet_columns gives. A list is its members, joined by ";"; what has more inside is JSON. `names`: by
// id; null: without.
SheetRow sheet_row(std::span<const ExportColumn> columns, const boost::json::object& row, const boost::json::object* names);

// What stands in an object beside its tables, as names and values: "totals.forecast.amount".
void add_about(About& about, const std::string& prefix, const boost::json::value& value);

// A report: its first column says of which part of it a row is ("summary", "rows", "series", "people", "new_deals.rows").
struct ReportTable {
  std::vector<SheetColumn> columns;
  std::vector<SheetRow> rows;
  About about;
};
ReportTable report_table(const boost::json::object& report);

}  // namespace dealog::api
