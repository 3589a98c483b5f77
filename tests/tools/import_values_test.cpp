#include "tools/import_values.h"

#include "tests/support/catch.h"
#include "tools/import_dates.h"

using namespace dealog;
using namespace dealog::tools;

namespace {

Calendar in_warsaw() { return *Calendar::find("Europe/Warsaw"); }

std::optional<std::string> read(const std::string& text, std::vector<std::string> formats) {
  const auto when = parse_when(text, formats, in_warsaw());
  if (!when) return std::nullopt;
  return to_string(when->instant) + (when->bare ? " bare" : "");
}

When bare(const std::string& day) { return *parse_when(day, {}, in_warsaw()); }
When timed(const std::string& instant) { return *parse_when(instant, {}, in_warsaw()); }

std::vector<std::string> instants(const std::vector<When>& moments) {
  std::vector<std::string> all;
  for (const When& when : moments) all.push_back(to_string(when.instant));
  return all;
}

}  // namespace

TEST_CASE("a bare date is local noon [IO-1]", "[tools][import]") {
  CHECK(read("2017-01-15", {}) == "2017-01-15T11:00:00.000Z bare");
  CHECK(read("2017-07-15", {"ISO"}) == "2017-07-15T10:00:00.000Z bare");
  CHECK(read("10/20/2016", {"MM/DD/YYYY"}) == "2016-10-20T10:00:00.000Z bare");
  CHECK(read("1/2/2017", {"MM/DD/YYYY"}) == "2017-01-02T11:00:00.000Z bare");
  CHECK(read("03-01-17", {"MM-DD-YY"}) == "2017-03-01T11:00:00.000Z bare");
  CHECK(read("03-01-17", {"DD-MM-YY"}) == "2017-01-03T11:00:00.000Z bare");
  CHECK(read("03-01-71", {"DD-MM-YY"}) == "1971-01-03T11:00:00.000Z bare");
  CHECK(read("31.12.2016", {"DD.MM.YYYY"}) == "2016-12-31T11:00:00.000Z bare");
}

TEST_CASE("a date with a time is local, RFC 3339 brings its offset", "[tools][import]") {
  CHECK(read("2017-01-15 08:30", {}) == "2017-01-15T07:30:00.000Z");
  CHECK(read("2017-01-15T08:30:05", {}) == "2017-01-15T07:30:05.000Z");
  CHECK(read("2017-01-15T08:30:00+09:00", {}) == "2017-01-14T23:30:00.000Z");
  CHECK(read("15.01.2017 8:05", {"DD.MM.YYYY hh:mm"}) == "2017-01-15T07:05:00.000Z");
  CHECK(read("2017-10-29 02:30", {}) == "2017-10-29T00:30:00.000Z");  // twice on that clock: the first
  CHECK(timed("2017-01-15T23:30:00Z").day == *parse_day("2017-01-16"));
}

TEST_CASE("formats are tried in order, and a date that is none is none", "[tools][import]") {
  CHECK(read("10/20/2016", {"MM-DD-YY", "MM/DD/YYYY"}) == "2016-10-20T10:00:00.000Z bare");
  CHECK_FALSE(read("02/30/2017", {"MM/DD/YYYY"}));
  CHECK_FALSE(read("13/01/2017", {"MM/DD/YYYY"}));
  CHECK_FALSE(read("2017-01-15", {"MM/DD/YYYY"}));
  CHECK_FALSE(read("01/02/2017x", {"MM/DD/YYYY"}));
  CHECK_FALSE(read("01/02/17", {"MM/DD/YYYY"}));
  CHECK_FALSE(read("2017-01-15 24:00", {}));
  CHECK_FALSE(read("", {}));
  CHECK_FALSE(fault_of_format("MM/DD/YYYY"));
  CHECK_FALSE(fault_of_format("ISO"));
  CHECK(fault_of_format("MM/DD"));
  CHECK(fault_of_format("MM/DD/YYYY MM"));
}

TEST_CASE("bare dates give way so that a life stays in order [IO-1]", "[tools][import]") {
  std::vector<When> same_day{bare("2017-01-15"), bare("2017-01-15"), bare("2017-01-15")};
  CHECK_FALSE(order_in_life(same_day));

  std::vector<When> before_a_morning{bare("2017-01-15"), timed("2017-01-15T07:00:00Z")};
  CHECK_FALSE(order_in_life(before_a_morning));
  CHECK(instants(before_a_morning) == std::vector<std::string>{"2017-01-15T07:00:00.000Z", "2017-01-15T07:00:00.000Z"});

  std::vector<When> after_an_evening{timed("2017-01-15T18:00:00Z"), bare("2017-01-15")};
  CHECK_FALSE(order_in_life(after_an_evening));
  CHECK(instants(after_an_evening) == std::vector<std::string>{"2017-01-15T18:00:00.000Z", "2017-01-15T18:00:00.000Z"});

  std::vector<When> wrong{bare("2017-01-15"), bare("2017-01-14")};
  CHECK(order_in_life(wrong) == 1u);
  std::vector<When> wrong_times{timed("2017-01-15T18:00:00Z"), timed("2017-01-15T07:00:00Z")};
  CHECK(order_in_life(wrong_times) == 1u);
}

TEST_CASE("values come from columns, constants and templates", "[tools][import]") {
  const CsvTable table = parse_csv("name,mail,phones,price\n Zo\xC3\xAB \xC5\x81uk ,, 1; ;2 ,\"$1,234.50\"\n");
  const RowView row{table, table.rows[0]};
  const auto rule = [](std::string column) {
    ValueRule made;
    made.column = std::move(column);
    return made;
  };

  CHECK(value_of(rule("name"), row) == "Zo\xC3\xAB \xC5\x81uk");
  CHECK_FALSE(value_of(rule("mail"), row));
  ValueRule filled = rule("mail");
  filled.empty = "none@example.com";
  CHECK(value_of(filled, row) == "none@example.com");
  ValueRule mapped = rule("name");
  mapped.map = {{"Zo\xC3\xAB \xC5\x81uk", "Zoe"}};
  CHECK(value_of(mapped, row) == "Zoe");
  ValueRule strict = rule("name");
  strict.only_mapped = true;
  CHECK_THROWS_AS(value_of(strict, row), Unmapped);
  ValueRule price = rule("price");
  price.strip = "$,";
  CHECK(value_of(price, row) == "1234.50");
  ValueRule phones = rule("phones");
  phones.split = {";"};
  CHECK(values_of(phones, row) == std::vector<std::string>{"1", "2"});

  ValueRule made;
  made.from = ValueRule::From::parts;
  made.parts = *parse_template("{slug(name)}@example.com");
  CHECK(value_of(made, row) == "zoe-luk@example.com");
  made.parts = *parse_template("<{mail}>");
  CHECK_FALSE(value_of(made, row));  // of empty cells only
  made.parts = *parse_template("{upper(name)}/{ mail }");
  CHECK(value_of(made, row) == "ZO\xC3\xAB \xC5\x81UK/");
}

TEST_CASE("a template whose braces do not pair is none", "[tools][import]") {
  for (const char* wrong : {"{a", "a}", "{}", "{shout(a)}", "{slug(a}", "{{a}}", "{slug()}"}) {
    INFO(wrong);
    CHECK_FALSE(parse_template(wrong));
  }
  CHECK(parse_template("plain")->size() == 1);
}

TEST_CASE("slugs are small letters, digits and single hyphens", "[tools][import]") {
  CHECK(slug("Vicki Laflamme") == "vicki-laflamme");
  CHECK(slug("  Mei-Mei  Johns, Jr. ") == "mei-mei-johns-jr");
  CHECK(slug("\xC5\x81\xC3\xB3" "d\xC5\xBA") == "lodz");
  CHECK(slug("---").empty());
}
