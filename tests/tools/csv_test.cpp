#include "tools/csv.h"

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/catch.h"

using namespace dealog::tools;

namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> records(std::string_view text, char delimiter = ',') {
  CsvReader reader(text, delimiter);
  std::vector<Cells> all;
  Cells cells;
  while (reader.next(cells)) {
    INFO(std::string(text));
    REQUIRE_FALSE(reader.error());
    all.push_back(cells);
  }
  return all;
}

struct Place {
  std::size_t row, column;
  std::string code;
  bool operator==(const Place&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Place& place) {
  return out << place.row << ":" << place.column << " " << place.code;
}

std::vector<Place> places(const CsvTable& table) {
  std::vector<Place> all;
  for (const CsvError& error : table.errors) all.push_back({error.row, error.column, error.code});
  return all;
}

std::string in_quotes(const std::string& cell) {
  std::string result = "\"";
  for (const char c : cell) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace

TEST_CASE("cells are split at delimiters and line ends [IO-1]", "[tools][csv]") {
  CHECK(records("a,b\nc,d\n") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
  CHECK(records("a,b\r\nc,d") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
  CHECK(records("a,b\rc,d\r") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
  CHECK(records("a,,\n,,\n") == std::vector<Cells>{{"a", "", ""}, {"", "", ""}});
  CHECK(records(" a , b \n") == std::vector<Cells>{{" a ", " b "}});
  CHECK(records("a;b,c\n", ';') == std::vector<Cells>{{"a", "b,c"}});
  CHECK(records("").empty());
  CHECK(records("\r\n\n").empty());
  CHECK(records("a\n\n\nb\n") == std::vector<Cells>{{"a"}, {"b"}});
}

TEST_CASE("quotes keep delimiters, line ends and doubled quotes", "[tools][csv]") {
  CHECK(records("\"a,b\",\"c\"\"d\"\n") == std::vector<Cells>{{"a,b", "c\"d"}});
  CHECK(records("\"a\nb\",\"c\r\nd\"\r\n") == std::vector<Cells>{{"a\nb", "c\r\nd"}});
  CHECK(records("\"\",\"\"\"\"\n") == std::vector<Cells>{{"", "\""}});
  CHECK(records("\"\"\n") == std::vector<Cells>{{""}});
}

TEST_CASE("a byte order mark is not part of the first column's name", "[tools][csv]") {
  const CsvTable table = parse_csv("\xEF\xBB\xBFname,city\nAnna,\xC5\x81\xC3\xB3" "d\xC5\xBA\n");
  CHECK(table.columns == Cells{"name", "city"});
  CHECK(table.errors.empty());
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].cells[1] == "\xC5\x81\xC3\xB3" "d\xC5\xBA");
  CHECK(parse_csv("a\n\xEF\xBB\xBFx\n").rows[0].cells[0] == "\xEF\xBB\xBFx");  // only at the very start
}

TEST_CASE("rows are numbered by the line where they start", "[tools][csv]") {
  const CsvTable table = parse_csv("h1,h2\n\n\"a\nb\",c\r\nd,e\n");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].number == 3);
  CHECK(table.rows[1].number == 5);
}

TEST_CASE("what is not sound is named with row and column, and other rows are read", "[tools][csv]") {
  CHECK(places(parse_csv("")) == std::vector<Place>{{1, 0, "no_header"}});
  CHECK(places(parse_csv("a,a\n")) == std::vector<Place>{{1, 2, "duplicate_column"}});
  CHECK(places(parse_csv("a,\n")) == std::vector<Place>{{1, 2, "empty_column"}});

  const CsvTable table = parse_csv("a,b\n1\n2,3,4\n5,x\"y\n\"6\"z,7\n\xFF,8\n9,10\n11,\"12\n");
  CHECK(places(table) == std::vector<Place>{{2, 2, "too_few_cells"},
                                            {3, 3, "too_many_cells"},
                                            {4, 2, "stray_quote"},
                                            {5, 1, "text_after_quote"},
                                            {6, 1, "not_utf8"},
                                            {8, 2, "unclosed_quote"}});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].cells == Cells{"9", "10"});
}

TEST_CASE("of many faulty rows the first are told and all are counted, and a limit ends the reading [IO-1]", "[tools][csv]") {
  std::string text = "a,b\n";
  for (std::size_t i = 0; i < most_csv_errors + 500; ++i) text += "x\n";
  text += "1,2\n";
  const CsvTable all = parse_csv(text);
  CHECK(all.errors.size() == most_csv_errors);
  CHECK(all.errors.back().row == most_csv_errors + 1);
  CHECK(all.error_count == most_csv_errors + 500);
  CHECK(all.rows_read == most_csv_errors + 501);
  CHECK(all.rows.size() == 1);
  CHECK_FALSE(all.is_cut);

  const CsvTable exactly = parse_csv("a,b\n1,2\nx\n3,4\n", ',', {.rows = 3, .cells = 4});
  CHECK_FALSE(exactly.is_cut);
  CHECK(exactly.rows.size() == 2);
  const CsvTable rows = parse_csv("a,b\nx\nx\nx\n1,2\n", ',', {.rows = 3});
  CHECK(rows.is_cut);
  CHECK(rows.rows_read == 3);
  CHECK(rows.rows.empty());
  const CsvTable cells = parse_csv("a,b\n1,2\nx\n3,4\n5,6\n", ',', {.cells = 5});
  CHECK(cells.is_cut);
  CHECK(cells.rows.size() == 2);
}

TEST_CASE("the cells of a line that is far too wide are counted and not kept, and so are the columns of such a header", "[tools][csv]") {
  CsvReader reader("a,b,\"c,c\",d\ne\n");
  reader.keep(2);
  Cells record;
  REQUIRE(reader.next(record));
  CHECK(record == Cells{"a", "b"});
  CHECK(reader.width() == 4);
  REQUIRE(reader.next(record));
  CHECK(record == Cells{"e"});
  CHECK(reader.width() == 1);

  const CsvTable row = parse_csv("a,b\n" + std::string(99'999, ',') + "\n1,2\n");
  CHECK(places(row) == std::vector<Place>{{2, 3, "too_many_cells"}});
  CHECK(row.errors[0].message.find("100000 cells") != std::string::npos);
  CHECK(row.rows.size() == 1);
  const CsvTable header = parse_csv(std::string(99'999, ',') + "\n1,2\n");
  CHECK(places(header) == std::vector<Place>{{1, 0, "too_many_columns"}});
  CHECK(header.columns.empty());
  CHECK(header.rows.empty());
}

TEST_CASE("a file that cannot be read is an error, not an empty table", "[tools][csv]") {
  CHECK(places(read_csv("/nonexistent/file.csv")) == std::vector<Place>{{0, 0, "unreadable"}});
  CHECK(places(read_csv(std::filesystem::temp_directory_path())) == std::vector<Place>{{0, 0, "unreadable"}});
}

TEST_CASE("any table survives being written and read again", "[tools][csv][property]") {
  const unsigned seed = GENERATE(range(0u, 50u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string letters[] = {"a", ",", "\"", "\n", "\r\n", " ", ";", "\xC5\xBC", "\xE2\x82\xAC"};
  const char delimiter = seed % 2 == 0 ? ',' : ';';
  const std::string line_end = seed % 3 == 0 ? "\r\n" : "\n";
  std::vector<Cells> written(1 + random() % 5);
  const std::size_t width = 1 + random() % 4;
  std::string text;
  for (Cells& row : written) {
    for (std::size_t i = 0; i < width; ++i) {
      std::string& cell = row.emplace_back();
      for (std::size_t n = random() % 6; n > 0; --n) cell += letters[random() % std::size(letters)];
      text += (i == 0 ? "" : std::string(1, delimiter)) + in_quotes(cell);
    }
    text += line_end;
  }
  CHECK(records(text, delimiter) == written);
}
