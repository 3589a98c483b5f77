#pragma once
// Reads XLSX as far as tests need it: sheets, cells with their types and number formats, frozen rows.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dealog::test {

struct WorkbookCell {
  char type = ' ';        // s text, n number, b boolean; ' ' nothing
  std::string text;       // of a number its digits
  std::string format;     // the number format, "yyyy-mm-dd"; "" is General
  bool bold = false;
};
struct WorkbookSheet {
  std::string name;
  std::vector<std::vector<WorkbookCell>> rows;
  std::string xml;

  const WorkbookCell& at(std::size_t row, std::size_t column) const;   // nothing where there is none
  // The column under that header; fails the test when there is none.
  std::size_t column(std::string_view header) const;
};

// The files in a ZIP archive. Throws std::runtime_error when it is none, or a check sum is wrong.
std::map<std::string, std::string> unzip(std::string_view archive);
std::vector<WorkbookSheet> read_workbook(std::string_view file);

}  // namespace dealog::test
