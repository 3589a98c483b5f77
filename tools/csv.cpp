#include "tools/csv.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "domain/text.h"

namespace dealog::tools {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

}  // namespace

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
}

void CsvReader::fault(std::size_t column, std::string code, std::string message) {
  if (!error_) error_ = CsvError{row_, column, std::move(code), std::move(message)};
}

// Passes over one line end, if one stands here.
bool CsvReader::end_of_line() {
  if (at_ >= text_.size() || (text_[at_] != '\n' && text_[at_] != '\r')) return false;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++line_;
  return true;
}

// Reads one cell and stops before what ends it. False: the file ended inside quotes.
bool CsvReader::read_cell(std::string& cell, std::size_t column) {
  const auto ends_cell = [&] {
    return at_ >= text_.size() || text_[at_] == delimiter_ || text_[at_] == '\n' || text_[at_] == '\r';
  };
  cell.clear();
  if (at_ < text_.size() && text_[at_] == '"') {
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) {
        fault(column, "unclosed_quote", "the quotes that open this cell are never closed");
        return false;
      }
      const char c = text_[at_];
      if (c == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          cell += '"';
          at_ += 2;
          continue;
        }
        ++at_;
        break;
      }
      const std::size_t before = at_;
      if (end_of_line()) {
        cell += text_.substr(before, at_ - before);
      } else {
        cell += c;
        ++at_;
      }
    }
    if (!ends_cell()) {
      fault(column, "text_after_quote", "text stands after the closing quotes; quotes inside a cell are doubled");
      while (!ends_cell()) ++at_;
    }
  } else {
    while (!ends_cell()) {
      if (text_[at_] == '"') fault(column, "stray_quote", "quotes inside a cell need quotes around the cell");
      cell += text_[at_++];
    }
  }
  if (!is_valid_utf8(cell)) fault(column, "not_utf8", "this cell is not UTF-8; save the file as UTF-8");
  return true;
}

bool CsvReader::next(std::vector<std::string>& cells) {
  error_.reset();
  cells.clear();
  while (end_of_line()) {
  }
  if (at_ >= text_.size()) return false;
  row_ = line_;
  std::string beyond;
  for (width_ = 1;; ++width_) {
    std::string& cell = width_ <= most_cells_ ? cells.emplace_back() : beyond;
    if (!read_cell(cell, width_)) return true;
    if (at_ >= text_.size() || text_[at_] != delimiter_) break;
    ++at_;
  }
  end_of_line();
  return true;
}

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

CsvTable parse_csv(std::string_view text, char delimiter, CsvLimits limits) {
  CsvTable table;
  CsvReader reader(text, delimiter);
  std::vector<std::string> cells;
  const auto header_error = [&table](CsvError error) {
    table.errors.push_back(std::move(error));
    ++table.error_count;
  };
  const auto row_error = [&table](CsvError error) {
    if (table.error_count++ < most_csv_errors) table.errors.push_back(std::move(error));
  };

  reader.keep(most_csv_columns);
  if (!reader.next(cells)) {
    header_error({1, 0, "no_header", "the file is empty; its first line must name the columns"});
    return table;
  }
  if (reader.error()) {
    header_error(*reader.error());
    return table;
  }
  if (reader.width() > most_csv_columns) {
    header_error({reader.row(), 0, "too_many_columns", "the header names " + std::to_string(reader.width()) +
                                                           " columns; at most " + std::to_string(most_csv_columns) + " are read"});
    return table;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string name = trimmed(cells[i]);
    if (name.empty()) header_error({reader.row(), i + 1, "empty_column", "this column has no name"});
    else if (!names.insert(name).second)
      header_error({reader.row(), i + 1, "duplicate_column", "two columns are called '" + name + "'"});
    table.columns.push_back(std::move(name));
  }

  const std::size_t width = table.columns.size();
  std::size_t cells_left = limits.cells;
  reader.keep(width);
  while (reader.next(cells)) {
    const bool is_sound = !reader.error() && reader.width() == width;
    if (table.rows_read == limits.rows || (is_sound && cells_left < width)) {
      table.is_cut = true;
      break;
    }
    ++table.rows_read;
    if (is_sound) {
      cells_left -= width;
      table.rows.push_back({reader.row(), cells});
    } else if (reader.error()) {
      row_error(*reader.error());
    } else {
      const bool more = reader.width() > width;
      row_error({reader.row(), more ? width + 1 : reader.width() + 1, more ? "too_many_cells" : "too_few_cells",
                 "the header names " + std::to_string(width) + " columns, this row has " + std::to_string(reader.width()) + " cells"});
    }
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& file, char delimiter) {
  CsvTable table;
  std::error_code ignored;
  std::ifstream in;
  if (std::filesystem::is_regular_file(file, ignored)) in.open(file, std::ios::binary);
  std::string text;
  if (in.is_open()) text.assign(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) {
    table.errors.push_back({0, 0, "unreadable", "cannot read " + file.string()});
    table.error_count = 1;
    return table;
  }
  return parse_csv(text, delimiter);
}

}  // namespace dealog::tools
