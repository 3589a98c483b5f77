#pragma once
// Reads CSV as RFC 4180 describes it, and as it is met: LF, CRLF or a lone CR as line ends (mixed too), a UTF-8 byte
// order mark, line breaks and doubled quotes inside quoted cells, a last line without an end, another delimiter.
// Wholly empty lines are skipped. What is not sound is refused with its place, never guessed.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dealog::tools {

struct CsvError {
  std::size_t row = 0;     // the line of the file where the record starts, the first is 1 (as editors count)
  std::size_t column = 0;  // the cell in that record, the first is 1; 0: the whole record
  std::string code;        // unclosed_quote, text_after_quote, stray_quote, too_many_cells, too_few_cells,
                           // not_utf8, no_header, duplicate_column, empty_column, too_many_columns, unreadable
  std::string message;
};

// One record at a time from text that outlives the reader.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text, char delimiter = ',');

  // The next record in `cells`, and true; false at the end. After an error (error() is set) the record is
  // nevertheless passed over, so that reading on finds the faults of later records; an unclosed quote ends it all.
  bool next(std::vector<std::string>& cells);
  // Of each record that follows at most so many cells are given; the others are passed over, and counted.
  void keep(std::size_t most_cells) { most_cells_ = most_cells; }
  // How many cells the last record has.
  std::size_t width() const { return width_; }
  const std::optional<CsvError>& error() const { return error_; }
  // The line where the last record started.
  std::size_t row() const { return row_; }

 private:
  void fault(std::size_t column, std::string code, std::string message);
  bool read_cell(std::string& cell, std::size_t column);
  bool end_of_line();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_ = 0;
  std::size_t most_cells_ = SIZE_MAX;
  std::size_t width_ = 0;
  char delimiter_;
  std::optional<CsvError> error_;
};

inline constexpr std::size_t most_csv_columns = 16'384;   // as many as the widest spreadsheet has
inline constexpr std::size_t most_csv_errors = 1000;      // of the rows of a file that are kept with their words

// How much of a file becomes a table: a file of small cells takes many times its size in memory.
struct CsvLimits {
  std::size_t rows = SIZE_MAX;    // below the header, sound or not
  std::size_t cells = SIZE_MAX;   // of sound rows
};

// A whole file with a header line. Rows whose number of cells differs from the header's are left out and named in
// `errors`, as are those with other faults.
struct CsvTable {
  struct Row {
    std::size_t number;  // the line of the file where it starts
    std::vector<std::string> cells;
  };
  std::vector<std::string> columns;  // the header's cells without white space at their ends
  std::vector<Row> rows;
  std::vector<CsvError> errors;      // all of the header; of the rows the first most_csv_errors
  std::size_t error_count = 0;       // of all
  std::size_t rows_read = 0;         // sound or not
  bool is_cut = false;               // a limit was met: what follows was not read

  // The index of a column, or nothing.
  std::optional<std::size_t> find(std::string_view column) const;
};

CsvTable parse_csv(std::string_view text, char delimiter = ',', CsvLimits limits = {});
// As parse_csv; a file that cannot be read is one error, `unreadable`.
CsvTable read_csv(const std::filesystem::path& file, char delimiter = ',');

}  // namespace dealog::tools
