#pragma once
// Where the value of a field comes from: a column, a constant, or a template over columns, with a map of values and a
// constant for empty cells. Pure: the same row gives the same value.
//
//   "sales_agent"                                                the cell of that column
//   {"column": "product", "map": {"GTXPro": "GTX Pro"}}           that cell, some values replaced
//   {"column": "account", "empty": "Unknown account"}             a constant for empty cells
//   {"constant": "salesperson"}
//   {"template": "{slug(sales_agent)}@example.com"}               functions: slug, lower, upper
//   {"column": "close_date", "format": "MM/DD/YYYY"}              dates; a list of formats is tried in order
//   {"column": "phones", "split": ";"}                            lists; several separators: [",", ";"]
//   {"column": "value", "strip": "$,"}                            characters to drop
//   {"column": "manager", "ref": "team"}                          the id of what has that external id in set `team`
//   {"column": "tags", "by_name": true}                           the id of what has that name in the account, or gets it

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/csv.h"

namespace dealog::tools {

struct TemplatePart {
  std::string literal;   // when `column` is empty
  std::string column;
  std::string function;  // "", slug, lower, upper
};

struct ValueRule {
  enum class From { column, constant, parts };
  From from = From::column;
  std::string column;    // or the first column of a template: what faults are blamed on
  std::string constant;
  std::vector<TemplatePart> parts;
  std::map<std::string, std::string> map;
  bool only_mapped = false;                 // a value that the map does not name is a fault
  std::optional<std::string> empty;
  std::vector<std::string> formats;
  std::vector<std::string> split;           // separators, any of which parts a list; none: one value
  std::string strip;
  std::string ref;                          // a set; "": none
  bool by_name = false;                     // instead of `ref`: the value is a name, not an external id
  std::string pointer;                      // where it stands in the plan
};

// Small ASCII letters, digits and single hyphens: "Vicki Laflamme" -> "vicki-laflamme", "Łódź" -> "lodz".
std::string slug(std::string_view text);

// "{slug(a)}@b" in parts; nothing when braces do not pair or the function is unknown.
std::optional<std::vector<TemplatePart>> parse_template(std::string_view text);

// A row with its header, for looking cells up by name.
struct RowView {
  const CsvTable& table;
  const CsvTable::Row& row;

  // The cell without white space at its ends; "" when the table has no such column.
  std::string_view cell(std::string_view column) const;
};

struct Unmapped {
  std::string value;
};

// The value, nothing when it is empty and has no constant. Throws Unmapped.
std::optional<std::string> value_of(const ValueRule& rule, const RowView& row);
// The members of a list, without empty ones; without `split`, the one value.
std::vector<std::string> values_of(const ValueRule& rule, const RowView& row);
// The columns that a rule reads.
std::vector<std::string> columns_of(const ValueRule& rule);

}  // namespace dealog::tools
