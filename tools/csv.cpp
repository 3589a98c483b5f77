#include "tools/csv.h"

#include <algorithm>
#include <fstream>
#include <iterator>

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
  for (std::size_t column = 1;; ++column) {
    if (!read_cell(cells.emplace_back(), column)) return true;
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

CsvTable parse_csv(std::string_view text, char delimiter) {
  CsvTable table;
  CsvReader reader(text, delimiter);
  std::vector<std::string> cells;
  if (!reader.next(cells)) {
    table.errors.push_back({1, 0, "no_header", "the file is empty; its first line must name the columns"});
    return table;
  }
  if (reader.error()) {
    table.errors.push_back(*reader.error());
    return table;
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string name = trimmed(cells[i]);
    if (name.empty()) table.errors.push_back({reader.row(), i + 1, "empty_column", "this column has no name"});
    else if (table.find(name))
      table.errors.push_back({reader.row(), i + 1, "duplicate_column", "two columns are called '" + name + "'"});
    table.columns.push_back(std::move(name));
  }
  while (reader.next(cells)) {
    if (reader.error()) {
      table.errors.push_back(*reader.error());
    } else if (cells.size() != table.columns.size()) {
      const bool more = cells.size() > table.columns.size();
      table.errors.push_back({reader.row(), more ? table.columns.size() + 1 : cells.size() + 1,
                              more ? "too_many_cells" : "too_few_cells",
                              "the header names " + std::to_string(table.columns.size()) + " columns, this row has " +
                                  std::to_string(cells.size()) + " cells"});
    } else {
      table.rows.push_back({reader.row(), cells});
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
    return table;
  }
  return parse_csv(text, delimiter);
}

}  // namespace dealog::tools
