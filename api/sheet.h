#pragma once
// A table on its way out: what CSV and XLSX have in common, and CSV itself (RFC 4180).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dealog::api {

enum class CellType : std::uint8_t { empty, text, number, money, boolean, day, instant };

struct SheetCell {
  CellType type = CellType::empty;
  std::string text;   // as the JSON answer has it: "1234.50", "true", "2026-03-31", an instant in UTC
};
using SheetRow = std::vector<SheetCell>;

struct SheetColumn {
  std::string name;
  CellType type = CellType::text;   // what its cells are; empty: anything
};

// What a table is about, as names and values.
using About = std::vector<std::pair<std::string, std::string>>;

// One record and its CRLF. Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break)
// gets an apostrophe in front, unless `guard` is false; numbers and dates are never touched.
void append_csv(std::string& out, const SheetRow& row, bool guard);
void append_csv(std::string& out, const std::vector<SheetColumn>& header);
void append_csv(std::string& out, const About& about, bool guard);

}  // namespace dealog::api
