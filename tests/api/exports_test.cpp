// Lists and reports as CSV and XLSX (SPEC IO-2): the same rows as the JSON list, under the same rights, whole.

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"
#include "tests/support/workbook.h"
#include "tools/csv.h"

using namespace dealog;
using namespace dealog::test;
using tools::CsvTable;

namespace {

constexpr const char* csv = "text/csv";
constexpr const char* xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

std::string with(const std::string& target, const std::string& parameters) {
  return target + (target.find('?') == std::string::npos ? "?" : "&") + parameters;
}

CsvTable table(const Answer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("Content-Type") == "text/csv; charset=utf-8; header=present");
  CsvTable parsed = tools::parse_csv(answer.body);
  REQUIRE(parsed.errors.empty());
  return parsed;
}
CsvTable csv_of(const Api& api, const std::string& target) { return table(api.get(with(target, "format=csv"))); }

std::vector<std::string> cells(const CsvTable& csv_table, std::string_view column) {
  const auto at = csv_table.find(column);
  REQUIRE(at);
  std::vector<std::string> found;
  for (const auto& row : csv_table.rows) found.push_back(row.cells[*at]);
  return found;
}

// All rows of a JSON list, by small pages.
std::vector<json::value> all_rows(const Api& api, const std::string& target) {
  std::vector<json::value> rows;
  for (std::string cursor;;) {
    const Answer page = api.get(with(target, "limit=7" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    INFO(page.body);
    REQUIRE(page.status == 200);
    for (const json::value& row : page.at("/data").as_array()) rows.push_back(row);
    if (!page.flag("/page/has_more")) return rows;
    cursor = page.text("/page/next_cursor");
  }
}

// What a cell has to say, by the JSON row: the column's name is the path of the member.
std::string expected_cell(const json::value& row, const std::string& column) {
  std::string name = column;
  const bool is_currency = name.ends_with(".currency");
  if (is_currency) name.resize(name.size() - std::string(".currency").size());
  std::string pointer = "/" + name;
  std::ranges::replace(pointer, '.', '/');
  boost::system::error_code error;
  const json::value* found = row.find_pointer(pointer, error);
  if (found == nullptr || found->is_null()) return "";
  if (const json::object* object = found->if_object(); object != nullptr && object->contains("amount"))
    return std::string(object->at(is_currency ? "currency" : "amount").as_string());
  if (found->is_string()) return std::string(found->as_string());
  if (found->is_bool()) return found->as_bool() ? "true" : "false";
  if (found->is_double()) {
    std::string digits = std::to_string(found->as_double());
    while (digits.ends_with('0')) digits.pop_back();
    return digits;
  }
  if (const json::array* array = found->if_array()) {
    std::string joined;
    for (const json::value& member : *array) {
      if (!member.is_string()) return json::serialize(*found);
      joined += (joined.empty() ? "" : ";") + std::string(member.as_string());
    }
    return joined;
  }
  return json::serialize(*found);
}

std::string random_name(std::mt19937_64& random) {
  constexpr const char* words[] = {"Most", "Bridge, big", "say \"yes\"", "zażółć", "two\nlines", " spaces ", "5 < 6 & 7", "semi;colon"};
  return std::string(words[random() % std::size(words)]) + " " + std::to_string(random() % 1000);
}

// Deals of two salespeople, with custom fields, lines, words that need quotes.
struct ExportOffice {
  test::Server server;
  test::Server::Abc abc = server.add_abc();
  Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  Person auditor = server.add_user("Audrey", "auditor");

  explicit ExportOffice(std::uint64_t seed, int deals = 60) {
    server.must_patch("/v1/account", {{"sources_on", true}, {"costs_on", true}});
    const auto define = [&](const char* key, const char* type, json::object more = {}) {
      more["collection"] = "deals";
      more["key"] = key;
      more["type"] = type;
      server.create("/v1/custom-fields", more);
    };
    define("area", "number");
    define("urgent", "boolean");
    define("size", "choice", {{"choices", {"Small", "Large"}}});
    define("colours", "choices", {{"choices", {"red", "blue"}}});
    define("due", "date");
    define("fee", "money");
    const std::string source = server.create("/v1/sources", {{"name", "Fair"}}), group = server.create("/v1/deal-groups", {{"name", "Key"}});
    std::mt19937_64 random(seed);
    for (int i = 0; i < deals; ++i) {
      json::object cf, body{{"name", random_name(random)}, {"owner_id", random() % 2 == 0 ? sam.id : sue.id}};
      const auto often = [&] { return random() % 3 != 0; };
      if (often()) body["value"] = {{"amount", std::to_string(random() % 100'000) + ".5"}};
      if (often()) body["expected_close_on"] = "2026-0" + std::to_string(1 + random() % 9) + "-15";
      if (often()) body["source_id"] = source;
      if (often()) body["groups"] = {group};
      if (often()) cf["area"] = static_cast<double>(random() % 1000) / 4;
      if (often()) cf["urgent"] = random() % 2 == 0;
      if (often()) cf["size"] = random() % 2 == 0 ? "Small" : "Large";
      if (often()) cf["colours"] = {"red", "blue"};
      if (often()) cf["due"] = "2026-05-01";
      if (often()) cf["fee"] = {{"amount", "7.50"}};
      if (random() % 5 == 0) body["visibility"] = "public";
      if (random() % 4 == 0) body["effective_at"] = "2026-01-1" + std::to_string(random() % 9) + "T09:00:00Z";
      body["cf"] = cf;
      server.create("/v1/deals", body);
    }
  }
};

std::vector<std::string> labels(const WorkbookSheet& about) {
  std::vector<std::string> lines;
  for (const auto& row : about.rows) lines.push_back(row.at(0).text + "=" + (row.size() > 1 ? row[1].text : ""));
  return lines;
}
bool holds(const std::vector<std::string>& lines, const std::string& line) { return std::ranges::find(lines, line) != lines.end(); }

}  // namespace

TEST_CASE("CSV holds what the JSON list holds, row by row and cell by cell, whatever the filters [IO-2]", "[api][acceptance][exports]") {
  const ExportOffice office(11);
  std::mt19937_64 random(12);
  const std::vector<std::string> conditions = {
      "value[gte]=50000", "cf.urgent=true", "cf.size[is_null]=false", "owner_id=" + office.sam.id, "name[contains]=bridge",
      "expected_close_on[lt]=2026-05-01", "cf.area[lt]=100", "stage_id=" + office.abc.a, "as_of=2026-01-20", "visibility=public"};
  const std::vector<std::string> orders = {"", "sort=-value", "sort=name", "sort=cf.area,-expected_close_on"};
  std::size_t compared = 0;
  for (int i = 0; i < 12; ++i) {
    std::string target = "/v1/deals?" + orders[random() % orders.size()];
    std::set<std::string> chosen;
    for (std::uint64_t n = random() % 3; n > 0; --n) chosen.insert(conditions[random() % conditions.size()]);
    for (const std::string& each : chosen) target += "&" + each;
    CAPTURE(target);
    const std::vector<json::value> rows = all_rows(office.server.admin(), target);
    const CsvTable found = csv_of(office.server.admin(), target);
    REQUIRE(found.rows.size() == rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (std::size_t column = 0; column < found.columns.size(); ++column) {
        CAPTURE(row, found.columns[column]);
        CHECK(found.rows[row].cells[column] == expected_cell(rows[row], found.columns[column]));
        ++compared;
      }
  }
  CHECK(compared > 2000);
}

TEST_CASE("fields= picks the columns and their order; custom fields and currencies stand where their member does [IO-2]", "[api][acceptance][exports]") {
  const ExportOffice office(3, 4);
  CHECK(office.server.admin().get("/v1/deals?fields=name,links&format=csv").errors() == std::vector<std::string>{"/fields unknown_field"});
  const CsvTable found = csv_of(office.server.admin(), "/v1/deals?fields=name,cf,value,id");
  CHECK(found.columns == std::vector<std::string>{"name", "cf.area", "cf.urgent", "cf.size", "cf.colours", "cf.due", "cf.fee", "cf.fee.currency",
                                                  "value", "value.currency", "id"});
  const CsvTable none = csv_of(office.server.admin(), "/v1/deals?fields=name,cf&name=nobody");
  CHECK(none.columns.size() == 8);
  CHECK(none.rows.empty());
}

TEST_CASE("numbers keep every digit that the JSON list has [IO-2][GEN-3]", "[api][acceptance][exports]") {
  test::Server server;
  server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "area"}, {"type", "number"}});
  const std::vector<std::string> numbers = {"0.57", "-0.1", "12.5", "1000000", "900719925.474099", "0.000001", "-7"};
  for (const std::string& number : numbers) {
    const Answer made = server.admin().send("POST", "/v1/deals", R"({"name":"One","cf":{"area":)" + number + "}}");
    INFO(made.body);
    REQUIRE(made.status == 201);
    REQUIRE(made.body.find("\"area\":" + number + "}") != std::string::npos);
  }
  const CsvTable found = csv_of(server.admin(), "/v1/deals");
  CHECK(cells(found, "cf.area") == numbers);
  const WorkbookSheet sheet = read_workbook(server.admin().get("/v1/deals?format=xlsx").body).at(0);
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(std::stod(sheet.at(i + 1, sheet.column("cf.area")).text) == std::stod(numbers[i]));
}

TEST_CASE("an export is the whole list on one position, however many pages that takes [IO-2][TIM-1]", "[api][acceptance][exports]") {
  test::Server server;
  for (int batch = 0; batch < 3; ++batch) {
    json::array commands;
    for (int i = 0; i < 900; ++i)
      commands.emplace_back(json::object{{"path", "/v1/companies"}, {"body", {{"name", "Company " + std::to_string(batch * 900 + i)}}}});
    REQUIRE(server.admin().post("/v1/companies/bulk", {{"commands", commands}}).status == 200);
  }
  const Answer whole = server.admin().get("/v1/companies?format=csv");
  CHECK(whole.header("Transfer-Encoding") == "chunked");
  const CsvTable found = table(whole);
  REQUIRE(found.rows.size() == 2700);
  const std::vector<std::string> names = cells(found, "name");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != "Company " + std::to_string(i)) FAIL("row " << i << " is " << names[i]);
  CHECK(csv_of(server.admin(), "/v1/companies?limit=1500").rows.size() == 1500);
  CHECK(csv_of(server.admin(), "/v1/companies?limit=3").rows.size() == 3);
  CHECK(server.admin().get("/v1/companies?format=csv&cursor=abc").errors() == std::vector<std::string>{"/cursor unknown_parameter"});
  CHECK(server.admin().get("/v1/companies?format=csv&limit=0").errors() == std::vector<std::string>{"/limit unreadable"});

  const auto sheets = read_workbook(server.admin().get("/v1/companies?format=xlsx").body);
  CHECK(sheets.at(0).rows.size() == 2701);

  // What it says that it stands on gives it again, whatever happens later.
  server.create("/v1/companies", {{"name", "Later"}});
  const Answer again = server.admin().get(whole.header("Content-Location"));
  CHECK(again.body == whole.body);
  CHECK(csv_of(server.admin(), "/v1/companies").rows.size() == 2701);
}

TEST_CASE("text that a spreadsheet would run as a formula is only text [IO-2][R13]", "[api][acceptance][exports]") {
  test::Server server;
  const std::vector<std::string> names = {"=1+1", "+48 600", "-2", "@SUM(A1)", "\tTab", "plain", "=cmd|' /C calc'!A0,\"x\""};
  for (const std::string& name : names) server.create("/v1/companies", {{"name", name}, {"phones", {"+48 600"}}});
  const std::vector<std::string> stored = cells(csv_of(server.admin(), "/v1/companies?guard=false"), "name");
  const std::vector<std::string> guarded = cells(csv_of(server.admin(), "/v1/companies"), "name");
  REQUIRE(guarded.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(guarded[i] == (names[i] == "plain" ? stored[i] : "'" + stored[i]));
  CHECK(stored[0] == "=1+1");
  CHECK(cells(csv_of(server.admin(), "/v1/companies"), "phones")[0] == "'+48 600");

  // Numbers are no text, even those below zero; in a workbook nothing is a formula.
  server.must_patch("/v1/account", {{"costs_on", true}});
  const std::string deal = server.create("/v1/deals", {{"name", "Loss"}}), travel = server.create("/v1/cost-categories", {{"name", "Travel"}});
  const json::object cost{{"category_id", travel}, {"amount", {{"amount", "75.00"}}}};
  REQUIRE(server.admin().put("/v1/deals/" + deal + "/costs", {{"costs", json::array{cost}}}).status == 200);
  CHECK(cells(csv_of(server.admin(), "/v1/deals"), "profit.forecast")[0] == "-75.00");
  const WorkbookSheet sheet = read_workbook(server.admin().get("/v1/companies?format=xlsx").body).at(0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const WorkbookCell& cell = sheet.at(i + 1, sheet.column("name"));
    CHECK(cell.type == 's');
    CHECK(cell.text == stored[i]);
  }
}

TEST_CASE("in a workbook numbers, amounts and dates are numbers, in the account's time zone, and the filter is stated [IO-2]", "[api][acceptance][exports]") {
  test::Server server;   // Europe/Warsaw, 2 March 2026, 10:00 there
  server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "area"}, {"type", "number"}});
  server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "urgent"}, {"type", "boolean"}});
  server.create("/v1/deals", {{"name", "Most & <tunel>"}, {"value", {{"amount", "1234.50"}}}, {"expected_close_on", "2026-03-31"},
                              {"cf", {{"area", 12.25}, {"urgent", true}}}});
  server.create("/v1/deals", {{"name", "Cheap"}, {"value", {{"amount", "1.00"}}}});
  const Answer answer = server.admin().get("/v1/deals?value[gte]=100&format=xlsx");
  REQUIRE(answer.status == 200);
  CHECK(answer.header("Content-Type") == xlsx);
  CHECK(answer.header("Content-Disposition").find("deals-2026-03-02.xlsx") != std::string::npos);
  CHECK(answer.header("Content-Length") == std::to_string(answer.body.size()));
  const auto sheets = read_workbook(answer.body);
  REQUIRE(sheets.size() == 2);
  const WorkbookSheet& deals = sheets[0];
  CHECK(deals.name == "deals");
  REQUIRE(deals.rows.size() == 2);
  for (const WorkbookCell& header : deals.rows[0]) CHECK(header.bold);
  CHECK(deals.xml.find("state=\"frozen\"") != std::string::npos);
  const auto cell = [&](std::string_view column) { return deals.at(1, deals.column(column)); };
  CHECK(cell("name").text == "Most & <tunel>");
  CHECK(cell("value").type == 'n');
  CHECK(std::stod(cell("value").text) == 1234.5);
  CHECK(cell("value").format == "#,##0.00");
  CHECK(cell("value.currency").text == "PLN");
  CHECK(cell("cf.area").type == 'n');
  CHECK(std::stod(cell("cf.area").text) == 12.25);
  CHECK(cell("cf.urgent").type == 'b');
  CHECK(cell("cf.urgent").text == "1");
  CHECK(cell("expected_close_on").type == 'n');
  CHECK(cell("expected_close_on").text == "46112");   // days since 1899-12-30
  CHECK(cell("expected_close_on").format == "yyyy-mm-dd");
  CHECK(cell("created_at").type == 'n');
  CHECK(cell("created_at").format == "yyyy-mm-dd hh:mm:ss");
  CHECK(std::abs(std::stod(cell("created_at").text) - (46083 + 10.0 / 24)) < 0.0001);
  CHECK(cell("id").type == 's');
  CHECK(cell("closed_at").type == ' ');

  CHECK(sheets[1].name == "About");
  const std::vector<std::string> about = labels(sheets[1]);
  for (const char* line : {"value[gte]=100", "time zone=Europe/Warsaw", "made at=2026-03-02T09:00:00.000Z", "rows=1"}) CHECK(holds(about, line));
  CHECK(holds(about, "log position=" + answer.header("Log-Position")));
}

TEST_CASE("CSV states what was asked when asked to, and always says where exactly it can be had again [IO-2]", "[api][acceptance][exports]") {
  test::Server server;
  server.create("/v1/deals", {{"name", "One"}});
  const Answer answer = server.admin().get("/v1/deals?name[contains]=two,%20three&fields=name&about=true&format=csv");
  REQUIRE(answer.status == 200);
  const std::size_t head = answer.body.find("\r\n\r\n");
  REQUIRE(head != std::string::npos);
  CHECK(answer.body.starts_with("what,"));
  CHECK(answer.body.find("\r\npath,/v1/deals\r\n") < head);
  CHECK(answer.body.find("\r\nname[contains],\"two, three\"\r\n") < head);
  CHECK(answer.body.substr(head + 4) == "name\r\n");
  CHECK(answer.header("Content-Disposition").starts_with("attachment; filename=\"deals-2026-03-02.csv\""));
  CHECK(answer.header("Content-Location") == "/v1/deals?name%5Bcontains%5D=two,%20three&fields=name"
                                             "&as_of=2026-03-02T09:00:00.000Z&known_at=" + answer.header("Log-Position") + "&about=true&format=csv");
  CHECK(server.admin().get("/v1/deals?about=true").errors() == std::vector<std::string>{"/about unknown"});
  CHECK(server.admin().get("/v1/deals?format=csv&about=yes&guard=no").errors() == std::vector<std::string>{"/about unreadable", "/guard unreadable"});
}

TEST_CASE("the format is what format= says, else what Accept likes best; what is not there is refused [IO-2]", "[api][acceptance][exports]") {
  test::Server server;
  server.create("/v1/deals", {{"name", "One"}});
  const auto type = [&](const std::string& accept, const std::string& target = "/v1/deals") {
    const Answer answer = server.admin().get(target, {{"Accept", accept}});
    const std::string found = answer.header("Content-Type");
    return answer.status == 200 ? found.substr(0, found.find(';')) : std::to_string(answer.status) + " " + answer.code();
  };
  CHECK(type("*/*") == "application/json");
  CHECK(type("text/csv") == csv);
  CHECK(type("Text/CSV; charset=utf-8") == csv);
  CHECK(type(xlsx) == xlsx);
  CHECK(type("text/*") == csv);
  CHECK(type("application/json, text/csv") == "application/json");
  CHECK(type("application/json;q=0.5, text/csv;q=0.9") == csv);
  CHECK(type("text/html, application/xhtml+xml, */*;q=0.8") == "application/json");
  CHECK(type("application/*, application/json;q=0") == xlsx);
  CHECK(type("text/html") == "406 not_acceptable");
  CHECK(type("text/csv;q=0") == "406 not_acceptable");
  CHECK(type("text/html", "/v1/deals?format=csv") == csv);
  CHECK(type("text/csv", "/v1/deals?format=json") == "application/json");
  CHECK(type("text/csv", "/v1/reports/open-deals") == csv);
  CHECK(server.admin().get("/v1/deals?format=pdf").errors() == std::vector<std::string>{"/format unreadable"});
  CHECK(server.admin().get("/v1/deals?format=csv&format=xlsx").errors() == std::vector<std::string>{"/format duplicate"});
  CHECK(server.admin().get("/v1/boards/" + server.add_abc().process + "?format=csv").errors() == std::vector<std::string>{"/format unreadable"});
  // A filter that cannot be is told as the JSON list tells it.
  CHECK(server.admin().get("/v1/deals?format=xlsx&colour=red").errors() == server.admin().get("/v1/deals?colour=red").errors());

  const Answer json_list = server.admin().get("/v1/deals"), found = server.admin().get("/v1/deals", {{"Accept", csv}});
  CHECK(found.header("ETag") != json_list.header("ETag"));
  CHECK(found.header("Vary").find("Accept") != std::string::npos);
  CHECK(server.admin().get("/v1/deals", {{"Accept", csv}, {"If-None-Match", found.header("ETag")}}).status == 304);
  CHECK(server.admin().get("/v1/deals", {{"Accept", xlsx}, {"If-None-Match", found.header("ETag")}}).status == 200);
  CHECK(server.admin().send("HEAD", "/v1/deals?format=xlsx", "").status == 200);
}

TEST_CASE("a workbook takes any text: what XML cannot hold is replaced, what a cell cannot hold is cut [IO-2][R13]", "[api][acceptance][exports]") {
  test::Server server;
  const std::string odd = "a\x01" "b\xEF\xBF\xBE" "c\xF0\x9F\x98\x80 <&> \"q\"";
  server.create("/v1/companies", {{"name", "Odd"}, {"description", odd}});
  const Answer list = server.admin().get("/v1/companies");
  REQUIRE(list.text("/data/0/description") == odd);
  const WorkbookSheet sheet = read_workbook(server.admin().get("/v1/companies?format=xlsx").body).at(0);
  CHECK(sheet.at(1, sheet.column("description")).text == "a b\xEF\xBF\xBD" "c\xF0\x9F\x98\x80 <&> \"q\"");
  CHECK(cells(csv_of(server.admin(), "/v1/companies"), "description") == std::vector<std::string>{odd});

  const std::string deal = server.create("/v1/deals", {{"name", "Long"}});
  const json::object line{{"name", std::string(180, 'x')}, {"price", {{"amount", "1.00"}}}};
  json::array lines;
  for (int i = 0; i < 100; ++i) lines.push_back(line);
  REQUIRE(server.admin().put("/v1/deals/" + deal + "/lines", {{"lines", lines}}).status == 200);
  const std::string whole = cells(csv_of(server.admin(), "/v1/deals"), "lines")[0];
  REQUIRE(whole.size() > 32'767);
  const WorkbookSheet deals = read_workbook(server.admin().get("/v1/deals?format=xlsx").body).at(0);
  CHECK(deals.at(1, deals.column("lines")).text == whole.substr(0, 32'766) + "…");
}

TEST_CASE("without room for temporary files there is no workbook, but CSV goes on [IO-2][R5]", "[api][acceptance][exports]") {
  test::Server server;
  server.create("/v1/deals", {{"name", "One"}});
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/nowhere", 1);
  const Answer refused = server.admin().get("/v1/deals?format=xlsx"), found = server.admin().get("/v1/deals?format=csv");
  if (before == nullptr) ::unsetenv("TMPDIR");
  else ::setenv("TMPDIR", kept.c_str(), 1);
  CHECK(refused.status == 507);
  CHECK(refused.code() == "disk_reserve");
  CHECK(found.status == 200);
  CHECK(server.admin().get("/v1/deals?format=xlsx").status == 200);
}

TEST_CASE("who exports gets what he may see, and an auditor leaves a trace [IO-2][ACC-4][AUD-7]", "[api][acceptance][exports]") {
  const ExportOffice office(5, 30);
  const CsvTable all = csv_of(office.server.admin(), "/v1/deals"), his = csv_of(office.sam.api, "/v1/deals");
  CHECK(his.rows.size() < all.rows.size());
  CHECK(his.rows.size() == all_rows(office.sam.api, "/v1/deals").size());
  const std::vector<std::string> owners = cells(his, "owner_id"), visible = cells(his, "visibility");
  for (std::size_t i = 0; i < owners.size(); ++i) CHECK((owners[i] == office.sam.id || visible[i] == "public"));
  CHECK(read_workbook(office.sam.api.get("/v1/deals?format=xlsx").body).at(0).rows.size() == his.rows.size() + 1);
  CHECK(office.server.nobody().get("/v1/deals?format=csv").status == 401);
  CHECK(office.sam.api.get("/v1/access-log?format=csv").status == 403);

  csv_of(office.auditor.api, "/v1/deals?name[contains]=x");
  REQUIRE(office.auditor.api.get("/v1/reports/closed-deals?format=xlsx").status == 200);
  csv_of(office.auditor.api, "/v1/changes");
  office.auditor.api.get("/v1/deals");
  const Answer log = office.server.admin().get("/v1/access-log");
  const auto line = [&](int i) { return log.text("/data/" + std::to_string(i) + "/action") + " " + log.text("/data/" + std::to_string(i) + "/detail"); };
  CHECK(line(0) == "changes /v1/changes?format=csv");
  CHECK(line(1) == "export /v1/reports/closed-deals?format=xlsx xlsx");
  CHECK(line(2) == "export /v1/deals?name[contains]=x&format=csv csv");
  CHECK(log.at("/data").as_array().size() == 3);
}

TEST_CASE("names=true says what ids stand for, of what the reader may see and at the list's moment [IO-2][ACC-4][TIM-1]", "[api][acceptance][exports]") {
  test::Server server;
  const test::Server::Abc abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string company = server.create("/v1/companies", {{"name", "Acme"}});
  server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "helper"}, {"type", "user"}});
  const std::string deal = server.create("/v1/deals", {{"name", "Hers"}, {"owner_id", sue.id}, {"company_id", company}, {"cf", {{"helper", sam.id}}},
                                                       {"participant_ids", {sam.id, server.admin_id()}}});
  const std::string position = server.admin().get("/v1/companies").header("Log-Position");
  server.must_patch("/v1/companies/" + company, {{"name", "Acme, renamed"}});

  const Answer list = server.admin().get("/v1/deals?names=true");
  CHECK(list.text("/names/" + company) == "Acme, renamed");
  CHECK(list.text("/names/" + sue.id) == "Sue");
  CHECK(list.text("/names/" + abc.a) == "A");
  CHECK(list.text("/names/" + abc.process) == "ABC");
  CHECK(server.admin().get("/v1/deals?names=true&known_at=" + position).text("/names/" + company) == "Acme");
  CHECK(server.admin().get("/v1/deals").at("/names").is_null());
  CHECK(server.admin().get("/v1/deals?names=yes").errors() == std::vector<std::string>{"/names unreadable"});

  const CsvTable named = csv_of(server.admin(), "/v1/deals?names=true");
  CHECK(cells(named, "owner_id.name") == std::vector<std::string>{"Sue"});
  CHECK(cells(named, "company_id.name") == std::vector<std::string>{"Acme, renamed"});
  CHECK(cells(named, "stage_id.name") == std::vector<std::string>{"A"});
  CHECK(cells(named, "cf.helper.name") == std::vector<std::string>{"Sam"});
  CHECK(cells(named, "participant_ids.name")[0].find("Sam") != std::string::npos);
  CHECK_FALSE(named.find("id.name"));
  CHECK_FALSE(csv_of(server.admin(), "/v1/deals").find("owner_id.name"));
  const WorkbookSheet sheet = read_workbook(server.admin().get("/v1/deals?format=xlsx").body).at(0);
  CHECK(sheet.at(1, sheet.column("owner_id.name")).text == "Sue");
  const WorkbookSheet bare = read_workbook(server.admin().get("/v1/deals?format=xlsx&names=false").body).at(0);
  CHECK(bare.rows.at(0).size() == csv_of(server.admin(), "/v1/deals").columns.size());

  // A task is its assignee's; the deal that it hangs on is none of his business once he has left it.
  server.create("/v1/tasks", {{"name", "Call"}, {"assignee_id", sam.id}, {"links", {{"deal_id", deal}}}});
  CHECK(cells(csv_of(sam.api, "/v1/tasks?names=true"), "links.deal_id.name") == std::vector<std::string>{"Hers"});
  REQUIRE(server.admin().post("/v1/deals/" + deal + "/participants", {{"remove", {sam.id}}}).status == 200);
  REQUIRE(sam.api.get("/v1/deals/" + deal).status == 404);
  const CsvTable tasks = csv_of(sam.api, "/v1/tasks?names=true");
  CHECK(cells(tasks, "assignee_id.name") == std::vector<std::string>{"Sam"});
  CHECK(cells(tasks, "links.deal_id.name") == std::vector<std::string>{""});
}

TEST_CASE("a private note's text is nobody else's, in an export as anywhere [IO-2][ACC-5]", "[api][acceptance][exports]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = server.create("/v1/deals", {{"name", "One"}, {"owner_id", sam.id}});
  REQUIRE(sam.api.post("/v1/notes", {{"text", "for my eyes"}, {"is_private", true}, {"links", {{"deal_id", deal}}}}).status == 201);
  const std::string path = "/v1/deals/" + deal + "/notes";
  CHECK(cells(csv_of(sam.api, path), "text") == std::vector<std::string>{"for my eyes"});
  const Answer others = server.admin().get(path + "?format=csv");
  CHECK(others.status == 200);
  CHECK(others.body.find("for my eyes") == std::string::npos);
  CHECK(others.header("Content-Disposition").find("deals-notes-") != std::string::npos);
}

TEST_CASE("a report's rows, people, series and sum are its export's, with the same numbers [IO-2][STA-1]", "[api][acceptance][exports]") {
  const ExportOffice office(7, 30);
  const Api& api = office.server.admin();
  int closed = 0;
  for (const json::value& deal : all_rows(api, "/v1/deals")) {
    if (++closed > 10) break;
    const std::string path = "/v1/deals/" + std::string(deal.at("id").as_string());
    REQUIRE(api.post(path + (closed % 3 == 0 ? "/lose" : "/obsolete")).status == 200);
  }
  const std::string target = "/v1/reports/closed-deals?from=2026-01-01&to=2026-03-31&bucket=month&group_by=source";
  const Answer report = api.get(target);
  REQUIRE(report.status == 200);
  const CsvTable found = csv_of(api, target);
  CHECK(found.columns.front() == "part");
  const std::vector<std::string> parts = cells(found, "part"), counts = cells(found, "count"), values = cells(found, "value");
  const auto in_part = [&](const char* part) { return std::ranges::count(parts, part); };
  CHECK(in_part("summary") == 1);
  for (const char* part : {"rows", "people", "series"}) {
    const json::array& rows = report.at(std::string("/") + part).as_array();
    REQUIRE(in_part(part) == static_cast<std::ptrdiff_t>(rows.size()));
    const auto first = static_cast<std::size_t>(std::ranges::find(parts, part) - parts.begin());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CHECK(counts[first + i] == std::to_string(rows[i].at("count").as_int64()));
      CHECK(values[first + i] == rows[i].at("value").at("amount").as_string());
    }
  }
  CHECK(counts[0] == std::to_string(report.number("/summary/count")));
  CHECK(values[0] == report.text("/summary/value/amount"));

  const auto sheets = read_workbook(api.get(target + "&format=xlsx").body);
  const WorkbookSheet& sheet = sheets.at(0);
  CHECK(sheet.rows.size() == found.rows.size() + 1);
  CHECK(sheet.at(1, sheet.column("count")).type == 'n');
  CHECK(sheet.at(1, sheet.column("value")).format == "#,##0.00");
  const auto series = static_cast<std::size_t>(std::ranges::find(parts, "series") - parts.begin());
  CHECK(sheet.at(series + 1, sheet.column("from")).format == "yyyy-mm-dd");
  for (const char* line : {"from=2026-01-01", "to=2026-03-31", "group_by=source", "period.from=2026-01-01"})
    CHECK(holds(labels(sheets.at(1)), line));
}

TEST_CASE("every list and every report there is can be had as CSV and as XLSX, with a column for each member [IO-2]", "[api][acceptance][exports][openapi]") {
  ExportOffice office(9, 3);
  const Api& api = office.server.admin();
  const auto make = [&](const char* path, json::object body) { return office.server.create(path, std::move(body)); };
  const std::string person = make("/v1/persons", {{"name", "Ala"}, {"emails", {"ala@acme.example"}}});
  const std::string company = make("/v1/companies", {{"name", "Acme"}, {"emails", {"ala@acme.example"}}});
  make("/v1/companies", {{"name", "Acme"}});
  const std::string deal(api.get("/v1/deals").text("/data/0/id"));
  make("/v1/notes", {{"text", "Hello"}, {"links", {{"deal_id", deal}}}});
  make("/v1/tasks", {{"name", "Call"}, {"links", {{"deal_id", deal}}}, {"due_on", "2026-03-05"}});
  make("/v1/leads", {{"title", "Fair"}, {"person_id", person}});
  const json::object line{{"name", "Set-up"}, {"price", {{"amount", "10.00"}}}, {"quantity", "1.500"}};
  REQUIRE(api.put("/v1/deals/" + deal + "/lines", {{"lines", json::array{line}}}).status == 200);
  const Answer document = api.get("/openapi.json");
  const auto resolve = [&](const json::value* schema) {
    while (schema != nullptr && schema->is_object() && schema->as_object().contains("$ref"))
      schema = &document.at(std::string(schema->as_object().at("$ref").as_string()).substr(1));
    return schema;
  };

  std::size_t lists = 0, reports = 0, filled = 0;
  for (const auto& route : office.server.app().routes().all()) {
    if (route->method != api::Method::get || !route->path.starts_with("/v1/")) continue;
    CAPTURE(route->path);
    std::string key = route->path;
    for (std::size_t at = 0; (at = key.find('/', at)) != std::string::npos; at += 2) key.replace(at, 1, "~1");
    const json::value& content = document.at("/paths/" + key + "/get/responses/200/content");
    if (!content.is_object()) continue;
    const json::value* json_media = content.as_object().if_contains("application/json");
    const json::value* schema = json_media == nullptr ? nullptr : resolve(&json_media->at("schema"));
    const json::value* members = schema != nullptr && schema->is_object() ? schema->as_object().if_contains("properties") : nullptr;
    const bool is_list = members != nullptr && members->as_object().contains("data");
    const bool is_report = route->path.starts_with("/v1/reports/");
    const bool is_exported = content.as_object().contains(csv) && content.as_object().contains(xlsx);
    CHECK(is_exported == (is_list || is_report));
    if (!is_list && !is_report) continue;
    ++(is_list ? lists : reports);

    std::string path = route->path;
    if (const auto brace = path.find("{id}"); brace != std::string::npos) {
      std::string id = path.starts_with("/v1/deals/") ? deal : path.starts_with("/v1/companies/") ? company : "";
      if (id.empty()) id = api.get(path.substr(0, brace - 1)).text("/data/0/id");
      if (id.empty()) continue;
      path.replace(brace, 4, id);
    }
    if (path == "/v1/search") path += "?q=acme";
    const Answer shown = api.get(path), exported = api.get(with(path, "format=csv"));
    INFO(shown.body);
    CHECK(exported.status == shown.status);
    if (shown.status != 200) continue;
    const CsvTable found = table(exported);
    CHECK(read_workbook(api.get(with(path, "format=xlsx")).body).at(0).rows.size() == found.rows.size() + 1);
    if (!is_list) continue;
    const bool is_grown = path == "/v1/access-log" || path == "/v1/sessions";   // by asking
    if (!is_grown && !shown.flag("/page/has_more")) CHECK(found.rows.size() == shown.at("/data").as_array().size());
    for (const json::value& row : shown.at("/data").as_array())
      for (const auto& member : row.as_object()) {
        const std::string name(member.key());
        if (member.value().is_object() && member.value().as_object().empty()) continue;   // no custom fields are defined there
        CAPTURE(name);
        const auto is_of_it = [&](const std::string& column) { return column == name || column.starts_with(name + "."); };
        CHECK(std::ranges::any_of(found.columns, is_of_it));
        ++filled;
      }
  }
  CHECK(lists > 90);
  CHECK(reports >= 5);
  CHECK(filled > 300);
}
