#include "tools/import_plan.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/catch.h"
#include "tests/support/places.h"

using namespace dealog;
using namespace dealog::tools;

namespace {

std::vector<std::string> faults_of(const std::string& json) {
  std::vector<std::string> all;
  for (const PlanFault& fault : parse_plan(json).faults) all.push_back(fault.pointer + " " + fault.code);
  std::sort(all.begin(), all.end());
  return all;
}

std::string with_entity(const std::string& entity, const std::string& more = "") {
  return R"({"plan":1,"scope":"s","files":{"f":"f.csv"},)" + more + R"("entities":[)" + entity + "]}";
}

using Faults = std::vector<std::string>;

}  // namespace

TEST_CASE("the plan of the Maven data is sound", "[tools][import]") {
  std::ifstream in(test::source_root() / "tools/plans/maven-crm.json");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  REQUIRE_FALSE(text.empty());
  CHECK(faults_of(text).empty());
}

TEST_CASE("all faults of a plan are found at once, each with its pointer", "[tools][import]") {
  CHECK(faults_of("{") == Faults{" not_json"});
  CHECK(faults_of("[]") == Faults{" wrong_type"});
  CHECK(faults_of("{}") == Faults{"/entities missing", "/files missing", "/plan missing", "/scope missing"});
  CHECK(faults_of(R"({"plan":2,"scope":7,"files":{},"entities":[],"colour":"red"})") ==
        Faults{"/colour unknown_field", "/entities missing", "/files missing", "/plan out_of_range", "/scope wrong_type"});
}

TEST_CASE("entities name known kinds, files and fields", "[tools][import]") {
  CHECK(faults_of(with_entity(R"({"entity":"company","file":"f","external_id":"a","fields":{"name":"a"}})")).empty());
  CHECK(faults_of(with_entity(R"({"entity":"planet","file":"f","external_id":"a","fields":{}})")) ==
        Faults{"/entities/0/entity out_of_range"});
  CHECK(faults_of(with_entity(R"({"entity":"company","file":"g","fields":{"colour":"a","created_at":"b"},"deal":"x"})")) ==
        Faults{"/entities/0/deal unknown_field", "/entities/0/external_id missing", "/entities/0/fields/colour unknown_field",
               "/entities/0/fields/created_at unknown_field", "/entities/0/fields/name missing", "/entities/0/file unknown_file"});
  CHECK(faults_of(with_entity(R"({"entity":"user","file":"f","external_id":"a","fields":{"name":"a"}})")) ==
        Faults{"/entities/0/fields/email missing", "/entities/0/fields/role missing"});
}

TEST_CASE("values come from exactly one place, by formats that are some", "[tools][import]") {
  const auto company = [](const std::string& name) {
    return with_entity(R"({"entity":"company","file":"f","external_id":"a","fields":{"name":)" + name + "}}");
  };
  CHECK(faults_of(company(R"({"constant":"x"})")).empty());
  CHECK(faults_of(company("7")) == Faults{"/entities/0/fields/name wrong_type"});
  CHECK(faults_of(company("{}")) == Faults{"/entities/0/fields/name missing"});
  CHECK(faults_of(company(R"({"column":"a","constant":"x"})")) == Faults{"/entities/0/fields/name missing"});
  CHECK(faults_of(company(R"({"template":"{shout(a)}"})")) == Faults{"/entities/0/fields/name/template unreadable"});
  CHECK(faults_of(company(R"({"column":"a","map":{"x":1},"format":"MM/YYYY","colour":1})")) ==
        Faults{"/entities/0/fields/name/colour unknown_field", "/entities/0/fields/name/format unreadable",
               "/entities/0/fields/name/map/x wrong_type"});
}

TEST_CASE("references name sets of the right kind", "[tools][import]") {
  const std::string team = R"({"entity":"team","file":"f","external_id":"a","fields":{"name":"a"}})";
  const auto user = [](const std::string& teams) {
    return R"({"entity":"user","file":"f","external_id":"a","fields":{"name":"a","email":"a","role":"a","team_ids":)" + teams + "}}";
  };
  CHECK(faults_of(with_entity(team + "," + user(R"({"column":"t","ref":"team"})"))).empty());
  CHECK(faults_of(with_entity(team + "," + user(R"("t")"))) == Faults{"/entities/1/fields/team_ids missing"});
  CHECK(faults_of(with_entity(user(R"({"column":"t","ref":"team"})"))) == Faults{"/entities/0/fields/team_ids/ref unknown_set"});
  CHECK(faults_of(with_entity(team + "," + user(R"({"column":"t","ref":"user"})"))) ==
        Faults{"/entities/1/fields/team_ids/ref wrong_type"});
  CHECK(faults_of(with_entity(R"({"entity":"team","file":"f","external_id":"a","fields":{"name":{"column":"a","ref":"team"}}})")) ==
        Faults{"/entities/0/fields/name/ref unknown_field"});
}

TEST_CASE("deals say by which process and close with a time", "[tools][import]") {
  const std::string process = R"("processes":[{"name":"p","stages":[{"name":"one"}]}],)";
  const auto deal = [](const std::string& more) {
    return R"({"entity":"deal","file":"f","external_id":"a","fields":{"name":"a"})" + more + "}";
  };
  CHECK(faults_of(with_entity(deal(R"(,"process":"p","stage":"s","status":"t","closed_at":"c")"), process)).empty());
  CHECK(faults_of(with_entity(deal(R"(,"stage":"s","status":"t")"))) == Faults{"/entities/0 missing", "/entities/0/process missing"});
  CHECK(faults_of(with_entity(deal(R"(,"process":"q")"), process)) == Faults{"/entities/0/process unknown_process"});
  CHECK(faults_of(with_entity(deal(R"(,"close_reason":"r")"))) == Faults{"/entities/0/close_reason missing"});
  CHECK(faults_of(with_entity(deal(""), R"("processes":[{"name":"p","stages":[]},{"name":"p","stages":[{"name":"a"},{"name":"a"}]}],)")) ==
        Faults{"/processes/0/stages missing", "/processes/1 duplicate", "/processes/1/stages/1 duplicate"});
  CHECK(faults_of(with_entity(deal(""), R"("close_reasons":[{"name":"x","outcome":"open"}],)")) ==
        Faults{"/close_reasons/0/outcome out_of_range"});
}

TEST_CASE("ids depend on scope, set and external id alone", "[tools][import]") {
  Plan a, b;
  a.scope = "one";
  b.scope = "two";
  CHECK(id_of(a, "deal", "1") == id_of(a, "deal", "1"));
  CHECK(id_of(a, "deal", "1") != id_of(a, "deal", "2"));
  CHECK(id_of(a, "deal", "1") != id_of(a, "user", "1"));
  CHECK(id_of(a, "deal", "1") != id_of(b, "deal", "1"));
  // Written down: another value here would make every old import import again.
  CHECK(to_string(id_of(a, "deal", "1")) == to_string(derived_uuid("import:one:deal", "1")));
}
