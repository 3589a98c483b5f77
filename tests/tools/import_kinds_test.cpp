// What plans say of leads, activities, lines, custom fields and of what is named by name, and the requests that come of it [IO-1].

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/tools/fake_door.h"
#include "tools/import_run.h"

using namespace dealog;
using namespace dealog::tools;
using dealog::test::FakeDoor;

namespace {

namespace json = boost::json;
using Faults = std::vector<std::string>;

AccountFacts warsaw() { return {*parse_currency("PLN"), *Calendar::find("Europe/Warsaw"), {}}; }

Plan sound_kinds(const std::string& text) {
  auto [plan, faults] = parse_plan(text);
  for (const PlanFault& fault : faults) UNSCOPED_INFO(fault.pointer << " " << fault.code << " " << fault.message);
  REQUIRE(faults.empty());
  return plan;
}

Faults kind_faults(const std::string& text) {
  Faults all;
  for (const PlanFault& fault : parse_plan(text).faults) all.push_back(fault.pointer + " " + fault.code);
  std::sort(all.begin(), all.end());
  return all;
}

Faults shown_faults(const std::vector<RowFault>& faults) {
  Faults all;
  for (const RowFault& fault : faults) all.push_back(fault.file + ":" + std::to_string(fault.row) + ":" + fault.column + " " + fault.code);
  std::sort(all.begin(), all.end());
  return all;
}

std::string plan_text(const std::string& entities, const std::string& more = "") {
  return R"({"plan":1,"scope":"s","files":{"a":"a.csv","b":"b.csv"},)" + more + R"("entities":[)" + entities + "]}";
}

PlannedImport planned(const Plan& plan, const std::string& a, const std::string& b = "x\n", const AccountFacts& facts = warsaw()) {
  Tables tables;
  tables.emplace("a", parse_csv(a));
  tables.emplace("b", parse_csv(b));
  return plan_import(plan, tables, facts);
}

const PlannedPhase& phase(const PlannedImport& import, std::string_view name) {
  const auto found = std::ranges::find(import.phases, name, &PlannedPhase::name);
  REQUIRE(found != import.phases.end());
  return *found;
}

json::object body(const PlannedCommand& command) { return json::parse(command.request.body).as_object(); }

const char* const companies = R"({"entity":"company","file":"a","external_id":"id","fields":{"name":"id","groups":{"column":"groups","by_name":true},
  "tags":{"column":"tags","by_name":true,"split":"|"}}})";

}  // namespace

TEST_CASE("groups and tags are named by name, several in a cell, and made once [IO-1][GEN-11]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(companies));
  const PlannedImport made = planned(plan, "id,groups,tags\n1,Partner; KEY ,hot|big\n2,\"key,New\",\n3,,HOT\n");
  CHECK(shown_faults(made.faults).empty());
  const PlannedPhase& groups = phase(made, "contact-groups");
  REQUIRE(groups.chains.size() == 3);
  CHECK(body(groups.chains[0].commands[0]).at("name") == "Partner");
  CHECK(body(groups.chains[1].commands[0]).at("name") == "KEY");
  CHECK(phase(made, "tags").chains.size() == 2);
  const auto& firms = phase(made, "companies").chains;
  const json::object first = body(firms[0].commands[0]), second = body(firms[1].commands[0]), third = body(firms[2].commands[0]);
  CHECK(first.at("groups").as_array()[1] == second.at("groups").as_array()[0]);
  CHECK(first.at("tags").as_array()[0] == third.at("tags").as_array()[0]);
  CHECK_FALSE(third.contains("groups"));
}

TEST_CASE("what the account has under a name is used, and not made", "[tools][import]") {
  const Uuid theirs = *parse_uuid("11111111-1111-4111-8111-111111111111");
  AccountFacts facts = warsaw();
  facts.named[Kind::tag]["hot"] = theirs;
  facts.named[Kind::source]["web"] = theirs;
  const PlannedImport made = planned(sound_kinds(plan_text(companies, R"("sources":["Web"],)")), "id,groups,tags\n1,,Hot\n", "x\n", facts);
  REQUIRE(made.phases.size() == 1);
  CHECK(body(made.phases[0].chains[0].commands[0]).at("tags").as_array() == json::array({to_string(theirs)}));
}

TEST_CASE("people and teams are only found by name: they are never made", "[tools][import]") {
  AccountFacts facts = warsaw();
  facts.named[Kind::user]["ann@example.com"] = *parse_uuid("11111111-1111-4111-8111-111111111111");
  const Plan plan = sound_kinds(plan_text(R"({"entity":"company","file":"a","external_id":"id","fields":{"name":"id","owner_id":{"column":"owner","by_name":true}}})"));
  const PlannedImport made = planned(plan, "id,owner\n1,Ann@Example.com\n2,Bob\n", "x\n", facts);
  CHECK(shown_faults(made.faults) == Faults{"a.csv:3:owner unknown_reference"});
  REQUIRE(made.phases.size() == 1);
  CHECK(made.phases[0].chains.size() == 1);
}

TEST_CASE("custom fields have the type that the plan or the account gives them [DIC-5]", "[tools][import]") {
  const std::string entity = R"({"entity":"company","file":"a","external_id":"id","fields":{"name":"id","cf.size":"size","cf.kinds":{"column":"kinds","split":";"},
    "cf.score":"score","cf.since":{"column":"since","format":"DD.MM.YYYY"},"cf.fee":"fee","cf.vip":"vip"}})";
  const std::string fields = R"("custom_fields":[{"collection":"companies","key":"size","type":"choice","choices":["small","large"]},
    {"collection":"companies","key":"kinds","type":"choices","choices":["a","b"]},{"collection":"companies","key":"score","type":"number"},
    {"collection":"companies","key":"since","type":"date"},{"collection":"companies","key":"fee","type":"money"}],)";
  const Plan plan = sound_kinds(plan_text(entity, fields));
  const std::string rows = "id,size,kinds,score,since,fee,vip\n1,small,a; b,12.5,02.01.2020,10.50,yes\n2,,,x,2020,1.234,no\n";
  CHECK(shown_faults(planned(plan, rows).faults) == Faults{"a.csv:1:vip unknown_field"});   // neither knows it

  AccountFacts facts = warsaw();
  facts.custom_fields.push_back({Kind::company, "vip", CustomType::boolean, *parse_uuid("11111111-1111-4111-8111-111111111111")});
  const PlannedImport made = planned(plan, rows, "x\n", facts);
  CHECK(shown_faults(made.faults) == Faults{"a.csv:3:fee unreadable", "a.csv:3:score unreadable", "a.csv:3:since unreadable"});
  CHECK(phase(made, "custom-fields").chains.size() == 5);
  CHECK(body(phase(made, "companies").chains[0].commands[0]).at("cf") ==
        json::value({{"size", "small"}, {"kinds", {"a", "b"}}, {"score", 12.5}, {"since", "2020-01-02"},
                     {"fee", {{"amount", "10.50"}, {"currency", "PLN"}}}, {"vip", true}}));
}

TEST_CASE("what the account would never take of a row is told before anything is sent, in a dry run too [IO-1][DIC-5][MON-2]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"deal","file":"a","external_id":"id","fields":{"name":"id","value":"value","cf.size":"size","cf.kinds":{"column":"kinds","split":";"},"cf.fee":"value"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"name":"deal","quantity":"n","price":"price","discount":"off","recurrence.every_months":"every","recurrence.times":{"constant":"2"}}},
    {"entity":"deal_cost","file":"b","deal":"deal","fields":{"category_id":{"constant":"Travel","by_name":true},"amount":"price"}})",
                                    R"("custom_fields":[{"collection":"deals","key":"size","type":"choice","choices":["small","large"]},{"collection":"deals","key":"fee","type":"money"}],)"));
  AccountFacts facts = warsaw();
  facts.custom_fields.push_back({Kind::deal, "kinds", CustomType::choices, *parse_uuid("11111111-1111-4111-8111-111111111111"), {"a", "b"}});
  const PlannedImport made = planned(plan, "id,value,size,kinds\n1,1,small,a; b\n2,1,huge,a;c\n3,-1,,\n4,,,\n5,,,\n6,,,\n7,,,\n8,,,\n",
                                     "deal,n,price,off,every\n1,0.125,0,12.25,1\n4,-1,1,,1\n5,0.1234,1,101,1\n6,1,-0.01,1.125,0\n7,1,1,-1,1\n8,1,1,100,-3\n", facts);
  CHECK(shown_faults(made.faults) == Faults{"a.csv:3:kinds invalid", "a.csv:3:size invalid", "a.csv:4:value negative", "a.csv:4:value negative", "b.csv:3:n negative", "b.csv:4:n invalid",
                                     "b.csv:4:off out_of_range", "b.csv:5:every out_of_range", "b.csv:5:off invalid", "b.csv:5:price negative", "b.csv:5:price negative",
                                     "b.csv:6:off out_of_range", "b.csv:7:every out_of_range"});
  CHECK(phase(made, "deals").chains.size() == 6);
  CHECK(phase(made, "deals").chains[0].commands.size() == 3);
}

TEST_CASE("leads are created, moved, and lost or converted, in effective order [LEA-1]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"lead","file":"a","external_id":"id","effective_at":"created","stage":"stage","status":"status","closed_at":"closed",
      "close_reason":{"column":"reason","ref":"close_reason"},"converts_to":{"person":true},"fields":{"title":"id"}},
    {"entity":"stage_history","file":"b","lead":"lead","stage":"stage","at":"at"})",
                                    R"("lead_stages":["Fresh","Called"],"close_reasons":[{"name":"Price","outcome":"lost"}],)"));
  const PlannedImport made = planned(plan,
                                     "id,created,stage,status,closed,reason\n1,2025-01-10,Called,active,,\n2,2025-01-10,,lost,2025-02-01,Price\n"
                                     "3,2025-01-10,,converted,2025-02-01,\n4,2025-01-10,Moon,active,,\n5,2025-01-10,,won,2025-02-01,\n6,2025-01-10,,lost,2025-01-01,\n",
                                     "lead,stage,at\n3,Called,2025-01-20\n3,Fresh,2025-01-10\n");
  CHECK(shown_faults(made.faults) == Faults{"a.csv:5:stage unknown_stage", "a.csv:6:status out_of_range", "a.csv:7:closed effective_before_last_event"});
  CHECK(std::ranges::count(made.phases, "lead-stages", &PlannedPhase::name) == 2);   // in their order
  const auto& leads = phase(made, "leads").chains;
  REQUIRE(leads.size() == 3);
  CHECK(leads[0].commands.size() == 1);
  REQUIRE(leads[1].commands.size() == 2);
  CHECK(leads[1].commands[1].request.path.ends_with("/lose"));
  CHECK(body(leads[1].commands[1]).at("effective_at") == "2025-02-01T11:00:00.000Z");   // local noon
  REQUIRE(leads[2].commands.size() == 3);
  CHECK(body(leads[2].commands[0]).at("stage_id") == json::value(to_string(id_of(plan, "lead_stage", "Fresh"))));
  CHECK(leads[2].commands[1].request.path.ends_with("/move"));
  CHECK(leads[2].commands[2].request.path.ends_with("/convert"));
  CHECK(body(leads[2].commands[2]).at("person") == true);
}

TEST_CASE("leads of one contact are sent one after another, the oldest first [LEA-2]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"company","file":"b","external_id":"firm","fields":{"name":"firm"}},
    {"entity":"lead","file":"a","external_id":"id","effective_at":"created","fields":{"title":"id","company_id":{"column":"firm","ref":"company"}}})"));
  const PlannedImport made = planned(plan, "id,created,firm\nlate,2025-03-01,F\nearly,2025-01-01,F\nother,2025-02-01,G\nalone,2025-02-01,\n", "firm\nF\nG\n");
  REQUIRE(made.phases.size() == 3);
  CHECK(made.phases[1].chains.size() == 3);
  REQUIRE(made.phases[2].chains.size() == 1);
  CHECK(body(made.phases[2].chains[0].commands[0]).at("title") == "late");
}

TEST_CASE("lines and costs of a deal are one request each, behind all that happened to it [MON-2][MON-3]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"deal","file":"a","external_id":"id","effective_at":"created","status":"status","closed_at":"closed","fields":{"name":"id"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"product_id":{"column":"product","by_name":true},"quantity":"n","price":"price","discount":"off"}},
    {"entity":"deal_cost","file":"b","deal":"deal","fields":{"category_id":{"constant":"Travel","by_name":true},"amount":"cost"}})"));
  const PlannedImport made = planned(plan, "id,created,status,closed\n1,2025-01-10,won,2025-02-01\n2,2025-01-10,open,\n",
                                     "deal,product,n,price,off,cost\n1,Pump,2,100,12.5,5\n2,Pump,two,1,,1\n1,Pipe,1,3.50,,6\n9,Pipe,1,1,,1\n2,Pipe,1,1,,1\n");
  CHECK(shown_faults(made.faults) == Faults{"b.csv:3:n unreadable", "b.csv:5:deal unknown_reference", "b.csv:5:deal unknown_reference", "b.csv:6: held_back"});
  CHECK(phase(made, "products").chains.size() == 2);
  CHECK(phase(made, "cost-categories").chains.size() == 1);
  const auto& deals = phase(made, "deals").chains;
  REQUIRE(deals.size() == 2);
  REQUIRE(deals[0].commands.size() == 3);
  CHECK(deals[0].commands[1].request.method == "PUT");
  CHECK(deals[0].commands[1].request.path.ends_with("/lines"));
  CHECK(deals[0].commands[1].item_rows == std::vector<RowPlace>{{1, 2}, {1, 4}});
  const json::object lines = body(deals[0].commands[1]);
  REQUIRE(lines.at("lines").as_array().size() == 2);
  const json::object& pump = lines.at("lines").as_array()[0].as_object();
  CHECK(pump.at("discount") == 12.5);
  CHECK(pump.at("price") == json::value({{"amount", "100.00"}, {"currency", "PLN"}}));
  CHECK(deals[0].commands[2].request.path.ends_with("/costs"));
  // A faulty line holds back the lines of its deal, and nothing else.
  REQUIRE(deals[1].commands.size() == 2);
  CHECK(deals[1].commands[1].request.path.ends_with("/costs"));
}

TEST_CASE("the amounts of a deal, its lines and costs among them, are in the currency that its row names [IO-1][MON-5]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"deal","file":"a","external_id":"id","fields":{"name":"id","currency":"currency","value":"value","cf.fee":"fee"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"name":{"constant":"Work"},"price":"price"}},
    {"entity":"deal_cost","file":"b","deal":"deal","fields":{"category_id":{"constant":"Travel","by_name":true},"amount":"price"}})",
                                    R"("custom_fields":[{"collection":"deals","key":"fee","type":"money"}],)"));
  const PlannedImport made = planned(plan, "id,currency,value,fee\n1,EUR,100.00,5.00\n2,,7.50,\n3,JPY,300,1.25\n4,JPY,1.50,\n5,XXL,1,\n", "deal,price\n3,20\n1,2.50\n2,1\n");
  CHECK(shown_faults(made.faults) == Faults{"a.csv:5:value unreadable", "a.csv:6:currency out_of_range"});
  const auto money = [](const char* amount, const char* currency) { return json::value({{"amount", amount}, {"currency", currency}}); };
  const auto& deals = phase(made, "deals").chains;
  REQUIRE(deals.size() == 3);
  REQUIRE(deals[0].commands.size() == 3);
  REQUIRE(deals[2].commands.size() == 3);
  CHECK(body(deals[0].commands[0]).at("value") == money("100.00", "EUR"));
  CHECK(body(deals[0].commands[0]).at("currency") == "EUR");
  CHECK(body(deals[0].commands[0]).at("cf").at("fee") == money("5.00", "PLN"));   // of the account
  CHECK(body(deals[0].commands[1]).at("lines").at(0).at("price") == money("2.50", "EUR"));
  CHECK(body(deals[0].commands[2]).at("costs").at(0).at("amount") == money("2.50", "EUR"));
  CHECK(body(deals[1].commands[0]).at("value") == money("7.50", "PLN"));
  CHECK(body(deals[1].commands[1]).at("lines").at(0).at("price") == money("1.00", "PLN"));
  CHECK(body(deals[2].commands[0]).at("value") == money("300", "JPY"));
  CHECK(body(deals[2].commands[1]).at("lines").at(0).at("price") == money("20", "JPY"));
}

TEST_CASE("rows that say more of an object whose own row is faulty are named as held back [IO-1]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"deal","file":"a","external_id":"id","fields":{"name":"id","value":"value"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"name":{"constant":"Work"},"price":"price"}})"));
  const PlannedImport made = planned(plan, "id,value\n1,much\n2,5\n", "deal,price\n1,1\n2,1\n1,x\n1,2\n");
  CHECK(shown_faults(made.faults) == Faults{"a.csv:2:value unreadable", "b.csv:2: held_back", "b.csv:4:price unreadable", "b.csv:5: held_back"});
  CHECK(made.left_out == std::map<Uuid, Kind>{{id_of(plan, "deal", "1"), Kind::deal}});
  CHECK(phase(made, "deals").chains.size() == 1);
}

TEST_CASE("a refused line is told by its own row and column", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"deal","file":"a","external_id":"id","fields":{"name":"id"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"name":"name","price":"price"}})"));
  FakeDoor door;
  door.instead = [](const ApiRequest& request) -> ApiResponse {
    if (request.method != "PUT") return {-1, "", {}};
    return {422, R"({"code":"validation","errors":[{"pointer":"/lines/1/price","code":"negative","message":"below zero"}]})", {}};
  };
  const ImportReport report = run_planned(plan, planned(plan, "id\n1\n", "deal,name,price\n1,A,1\n1,B,2\n"), door, {.connections = 1, .progress = {}, .wait = [](int) {}});
  CHECK(shown_faults(report.faults) == Faults{"b.csv:2: held_back", "b.csv:3:price negative"});   // they were one request
}

TEST_CASE("lines of one deal that come from two files are each told by the file, row and column of their own [IO-1][MON-2]", "[tools][import]") {
  const Plan plan = sound_kinds(R"({"plan":1,"scope":"s","files":{"d":"d.csv","f":"forecast.csv","r":"realised.csv"},"entities":[
    {"entity":"deal","file":"d","external_id":"id","fields":{"name":"id"}},
    {"entity":"deal_line","file":"f","deal":"deal","fields":{"name":{"constant":"Work"},"quantity":"n","price":"price"}},
    {"entity":"deal_line","file":"r","deal":"deal","fields":{"name":{"constant":"Work"},"quantity":"n","price":"paid","kind":{"constant":"realised"}}}]})");
  const auto planned_with = [&](const std::string& realised) {
    Tables tables;
    tables.emplace("d", parse_csv("id\n1\n"));
    tables.emplace("f", parse_csv("deal,n,price\n1,1,5\n"));
    tables.emplace("r", parse_csv("deal,n,paid\n" + realised));
    return plan_import(plan, tables, warsaw());
  };
  CHECK(shown_faults(planned_with("1,x,5\n1,1,5\n").faults) == Faults{"forecast.csv:2: held_back", "realised.csv:2:n unreadable", "realised.csv:3: held_back"});

  FakeDoor door;
  door.instead = [](const ApiRequest& request) -> ApiResponse {
    if (request.method != "PUT") return {-1, "", {}};
    return {422, R"({"code":"validation","errors":[{"pointer":"/lines/1/price","code":"negative","message":"below zero"}]})", {}};
  };
  const ImportReport report = run_planned(plan, planned_with("1,1,5\n1,1,5\n"), door, {.connections = 1, .progress = {}, .wait = [](int) {}});
  CHECK(shown_faults(report.faults) == Faults{"forecast.csv:2: held_back", "realised.csv:2:paid negative", "realised.csv:3: held_back"});
}

TEST_CASE("a dry run tells each line of a deal that names what is left out [IO-1][MON-2]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"product","file":"a","external_id":"sku","fields":{"name":"sku","price":"price"}},
    {"entity":"deal","file":"b","distinct":true,"external_id":"deal","fields":{"name":"deal"}},
    {"entity":"deal_line","file":"b","deal":"deal","fields":{"product_id":{"column":"sku","ref":"product"}}})"));
  FakeDoor door;   // it has nothing
  const ImportReport report = run_planned(plan, planned(plan, "sku,price\nP1,1\nP2,dear\n", "deal,sku\n1,P2\n1,P1\n1,P2\n"), door, {.dry_run = true, .progress = {}, .wait = {}});
  CHECK(shown_faults(report.faults) == Faults{"a.csv:3:price unreadable", "b.csv:2:sku unknown_reference", "b.csv:3: held_back", "b.csv:4:sku unknown_reference"});
  CHECK(report.total().failed == 1);
}

TEST_CASE("tasks are done when they were, notes and messages hang where the rows say [ACT-1][ACT-2][ACT-3]", "[tools][import]") {
  const Plan plan = sound_kinds(plan_text(R"({"entity":"person","file":"b","external_id":"p","fields":{"name":"p"}},
    {"entity":"task","file":"a","external_id":"id","effective_at":"created","completed_at":"done","fields":{"name":"id","type_id":{"constant":"call","by_name":true},
      "due_on":"due","links.person_id":{"column":"who","ref":"person"}}},
    {"entity":"note","file":"a","external_id":"id","effective_at":"created","fields":{"text":"id","links.person_id":{"column":"who","ref":"person"}}},
    {"entity":"email","file":"a","external_id":"id","fields":{"message_id":{"template":"<{id}@example.com>"},"from":{"constant":"us@example.com"},
      "to":{"constant":"them@example.com"},"subject":"id","sent_at":"created"}})"));
  const PlannedImport made = planned(plan, "id,created,done,due,who\n1,2025-01-10,2025-01-10 09:00,2025-01-12,P\n2,2025-01-10,,,P\n3,2025-01-10,2025-01-09,,P\n4,2025-01-10,,,Q\n", "p\nP\n");
  CHECK(shown_faults(made.faults) == Faults{"a.csv:4:done effective_before_last_event", "a.csv:5:who unknown_reference", "a.csv:5:who unknown_reference"});
  const auto& tasks = phase(made, "tasks").chains;
  REQUIRE(tasks.size() == 2);
  REQUIRE(tasks[0].commands.size() == 2);
  // A bare date gives way within its day: the task was there before it was done.
  CHECK(body(tasks[0].commands[0]).at("effective_at") == "2025-01-10T08:00:00.000Z");
  CHECK(tasks[0].commands[1].request.path.ends_with("/complete"));
  CHECK(body(tasks[0].commands[1]).at("effective_at") == "2025-01-10T08:00:00.000Z");
  CHECK(body(tasks[0].commands[0]).at("links") == json::value({{"person_id", to_string(id_of(plan, "person", "P"))}}));
  CHECK(phase(made, "notes").chains.size() == 3);
  CHECK(body(phase(made, "emails").chains[0].commands[0]).at("sent_at") == "2025-01-10T11:00:00.000Z");
}

TEST_CASE("plans of the new kinds are checked as a whole", "[tools][import]") {
  CHECK(kind_faults(plan_text(R"({"entity":"deal_line","file":"a","deal":"d","fields":{"colour":"x","product_id":"p"},"external_id":"x"})")) ==
        Faults{"/entities/0/deal/ref unknown_set", "/entities/0/external_id unknown_field", "/entities/0/fields/colour unknown_field", "/entities/0/fields/product_id missing"});
  CHECK(kind_faults(plan_text(R"({"entity":"lead","file":"a","external_id":"i","converts_to":{"deal":"d","team":true},"process":"p","fields":{"title":"t","cf.":"x"}})")) ==
        Faults{"/entities/0/converts_to/deal missing", "/entities/0/converts_to/team unknown_field", "/entities/0/fields/cf. unknown_field", "/entities/0/process unknown_field"});
  CHECK(kind_faults(plan_text(R"({"entity":"note","file":"a","external_id":"i","fields":{"text":"t","links.deal_id":{"column":"d","by_name":true},"file_ids":"f"}})")) ==
        Faults{"/entities/0/fields/file_ids unknown_field", "/entities/0/fields/links.deal_id/by_name unknown_field"});
  CHECK(kind_faults(plan_text(companies, R"("custom_fields":[{"collection":"tasks","key":"k","type":"colour"}],"lead_stages":["A","A"],)")) ==
        Faults{"/custom_fields/0/collection out_of_range", "/custom_fields/0/type out_of_range", "/lead_stages duplicate"});
  CHECK(kind_faults(plan_text(R"({"entity":"stage_history","file":"a","deal":"d","lead":"l","stage":"s","at":"t"})")) ==
        Faults{"/entities/0/deal/ref unknown_set", "/entities/0/lead unknown_field", "/entities/0/lead/ref unknown_set"});
}

TEST_CASE("another run, after the first was taken back, makes other objects on the set-up that stayed [DEA-9]", "[tools][import]") {
  Plan plan = sound_kinds(plan_text(companies, R"("sources":["Web"],"processes":[{"name":"Sales","stages":[{"name":"Offer"}]}],)"));
  const std::string rows = "id,groups,tags\n1,Key,hot\n";
  const PlannedImport first = planned(plan, rows);
  AccountFacts facts = warsaw();
  facts.there = {id_of(plan, "process", "Sales"), id_of(plan, "named:tag", "hot")};
  plan.run = 2;
  const PlannedImport second = planned(plan, rows, "x\n", facts);
  CHECK(shown_faults(second.faults).empty());
  std::vector<std::string> phases;
  for (const PlannedPhase& each : second.phases) phases.push_back(each.name);
  CHECK(phases == std::vector<std::string>{"sources", "contact-groups", "companies"});
  const PlannedCommand &before = phase(first, "companies").chains[0].commands[0], &after = phase(second, "companies").chains[0].commands[0];
  CHECK(body(before).at("id") != body(after).at("id"));
  CHECK(body(before).at("tags") == body(after).at("tags"));
  CHECK(body(before).at("groups") != body(after).at("groups"));
  CHECK(before.request.headers[1] != after.request.headers[1]);
}
