#include "api/sheet.h"

namespace dealog::api {
namespace {

bool needs_quotes(std::string_view text) {
  return text.find_first_of(",\"\r\n") != std::string_view::npos || (!text.empty() && (text.front() == ' ' || text.back() == ' '));
}

// OWASP, CSV injection.
bool reads_as_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

void append_cell(std::string& out, std::string_view text, bool guard) {
  const bool guarded = guard && reads_as_formula(text);
  if (!guarded && !needs_quotes(text)) {
    out += text;
    return;
  }
  out += '"';
  if (guarded) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

void append_csv(std::string& out, const SheetRow& row, bool guard) {
  // A record of one empty cell would be an empty line, which is none.
  if (row.size() == 1 && row.front().text.empty()) out += "\"\"";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) out += ',';
    append_cell(out, row[i].text, guard && row[i].type == CellType::text);
  }
  out += "\r\n";
}

void append_csv(std::string& out, const std::vector<SheetColumn>& header) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i != 0) out += ',';
    append_cell(out, header[i].name, false);
  }
  out += "\r\n";
}

void append_csv(std::string& out, const About& about, bool guard) {
  for (const auto& [name, value] : about) {
    append_cell(out, name, guard);
    out += ',';
    append_cell(out, value, guard);
    out += "\r\n";
  }
}

}  // namespace dealog::api
