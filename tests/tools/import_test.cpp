// Plan and CSV in, requests out, and what a door makes of them [IO-1].

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/tools/fake_door.h"
#include "tools/import_run.h"

using namespace dealog;
using namespace dealog::tools;
using dealog::test::FakeDoor;

namespace {

AccountFacts new_york() { return {*parse_currency("USD"), *Calendar::find("America/New_York"), {}}; }

Plan sound(const std::string& json) {
  auto [plan, faults] = parse_plan(json);
  for (const PlanFault& fault : faults) UNSCOPED_INFO(fault.pointer << " " << fault.code << " " << fault.message);
  REQUIRE(faults.empty());
  return plan;
}

Tables tables_of(const std::vector<std::pair<std::string, std::string>>& files) {
  Tables tables;
  for (const auto& [key, text] : files) tables.emplace(key, parse_csv(text));
  return tables;
}

std::vector<std::string> shown_rows(const std::vector<RowFault>& faults) {
  std::vector<std::string> all;
  for (const RowFault& fault : faults)
    all.push_back(fault.file + ":" + std::to_string(fault.row) + ":" + fault.column + " " + fault.code);
  return all;
}

ImportSettings quick() { return {.dry_run = false, .connections = 8, .progress = {}, .wait = [](int) {}}; }

using Faults = std::vector<std::string>;

const char* const histories = R"({
  "plan": 1, "scope": "test",
  "files": {"deals": "deals.csv", "moves": "moves.csv"},
  "processes": [{"name": "Sales", "stages": [{"name": "Lead"}, {"name": "Offer"}, {"name": "Deal"}]}],
  "close_reasons": [{"name": "Price", "outcome": "lost"}],
  "entities": [
    {"entity": "deal", "file": "deals", "external_id": "id", "process": "Sales", "stage": "stage",
     "effective_at": "created", "status": "status", "closed_at": "closed",
     "close_reason": {"column": "reason", "ref": "close_reason"}, "close_note": "note",
     "fields": {"name": "name", "company_name": "client"}},
    {"entity": "stage_history", "file": "moves", "deal": "deal", "stage": "stage", "at": "at"}
  ]})";

// company_name is no field of the table: this plan goes without.
std::string plan_with_histories() {
  std::string text = histories;
  const std::string unknown = R"(, "company_name": "client")";
  text.erase(text.find(unknown), unknown.size());
  return text;
}

}  // namespace

TEST_CASE("a deal without a history is one request, closing included [DEA-7]", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n"
                                             "1,First,Offer,2017-01-10,lost,2017-02-10,Price,too dear\n"
                                             "2,Second,,2017-01-11,open,,,\n"},
                                   {"moves", "deal,stage,at\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  CHECK(shown_rows(planned.faults).empty());
  REQUIRE(planned.phases.size() == 3);
  CHECK(planned.phases[0].name == "close-reasons");
  CHECK(planned.phases[1].name == "processes");
  const auto& deals = planned.phases[2].chains;
  REQUIRE(deals.size() == 2);
  REQUIRE(deals[0].commands.size() == 1);
  const ApiRequest& request = deals[0].commands[0].request;
  CHECK(request.method == "POST");
  CHECK(request.path == "/v1/deals");
  const Uuid stage = id_of(plan, "stage", std::string("Sales\0Offer", 11));
  CHECK(boost::json::parse(request.body) ==
        boost::json::value({{"id", to_string(id_of(plan, "deal", "1"))},
                            {"name", "First"},
                            {"process_id", to_string(id_of(plan, "process", "Sales"))},
                            {"stage_id", to_string(stage)},
                            {"effective_at", "2017-01-10T17:00:00.000Z"},
                            {"status", "lost"},
                            {"closed_at", "2017-02-10T17:00:00.000Z"},
                            {"close_reason_id", to_string(id_of(plan, "close_reason", "Price"))},
                            {"close_note", "too dear"}}));
  CHECK_FALSE(boost::json::parse(deals[1].commands[0].request.body).as_object().contains("stage_id"));
}

TEST_CASE("with a history a deal is created open, moved in order, and closed", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n"
                                             "1,First,Deal,2017-01-10,won,2017-02-10,,\n"},
                                   {"moves", "deal,stage,at\n1,Deal,2017-02-10\n1,Lead,2017-01-10\n1,offer,2017-01-20 09:00\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  CHECK(shown_rows(planned.faults).empty());

  FakeDoor door;
  const ImportReport report = run_planned(plan, planned, door, quick());
  CHECK(shown_rows(report.faults).empty());
  REQUIRE(door.deals.size() == 1);
  const FakeDoor::Deal& deal = door.deals.begin()->second;
  const auto stage = [&](const std::string& name) { return to_string(id_of(plan, "stage", std::string("Sales") + '\0' + name)); };
  CHECK(deal.status == "won");
  CHECK(std::string(deal.body.at("stage_id").as_string()) == stage("Lead"));
  CHECK(deal.moves == std::vector<std::pair<std::string, std::string>>{{"2017-01-20T14:00:00.000Z", stage("Offer")},
                                                                       {"2017-02-10T17:00:00.000Z", stage("Deal")}});
  CHECK(deal.closed_at == "2017-02-10T17:00:00.000Z");
}

TEST_CASE("every fault of a row is named with file, row and column, and other rows go on", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n"
                                             ",No id,,2017-01-10,open,,,\n"
                                             "2,,Nowhere,10.01.2017,sold,,Weather,\n"
                                             "3,Open but closed,,2017-01-10,open,2017-01-11,,\n"
                                             "4,Closed without a time,,2017-01-10,won,,,\n"
                                             "5,Closed too early,,2017-01-10,won,2017-01-09,,\n"
                                             "6,Good,,2017-01-10,open,,,\n"
                                             "6,Other,,2017-01-10,open,,,\n"
                                             "6,Good,,2017-01-10,open,,,\n"
                                             "7,Moved early,,2017-01-10,open,,,\n"},
                                   {"moves", "deal,stage,at\n9,Lead,2017-01-10\n7,Moon,2017-01-12\n7,Lead,\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  auto faults = shown_rows(planned.faults);
  std::sort(faults.begin(), faults.end());
  Faults wanted{"deals.csv:2:id missing",          "deals.csv:3:name missing",
                "deals.csv:3:stage unknown_stage", "deals.csv:3:created unreadable",
                "deals.csv:3:status out_of_range", "deals.csv:3:reason unknown_reference",
                "deals.csv:4:closed out_of_range", "deals.csv:5:closed missing",
                "deals.csv:6:closed effective_before_last_event", "deals.csv:8:id duplicate_id", "deals.csv:10: held_back",
                "moves.csv:2:deal unknown_reference", "moves.csv:3:stage unknown_stage", "moves.csv:4:at missing"};
  std::sort(wanted.begin(), wanted.end());
  // A name has a default in Dealog (the client's), so its absence is the API's to judge.
  std::erase(wanted, "deals.csv:3:name missing");
  std::erase(faults, "deals.csv:3:name missing");
  CHECK(faults == wanted);
  FakeDoor door;
  run_planned(plan, planned, door, quick());
  REQUIRE(door.deals.size() == 1);
  CHECK(door.deals.begin()->second.body.at("name") == "Good");
}

TEST_CASE("a column that the file lacks stops the plan with its name", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason\n"}, {"moves", "deal,stage\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  CHECK(shown_rows(planned.faults) == Faults{"deals.csv:1:note unknown_column", "moves.csv:1:at unknown_column"});
  CHECK(planned.phases.empty());
}

TEST_CASE("teams come parents first, and a circle of them is named", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"t":"t.csv"},"entities":[
    {"entity":"team","file":"t","external_id":"id","fields":{"name":"id","parent_id":{"column":"parent","ref":"team"}}}]})");
  const PlannedImport tree = plan_import(plan, tables_of({{"t", "id,parent\nleaf,twig\ntwig,root\nroot,\n"}}), new_york());
  CHECK(shown_rows(tree.faults).empty());
  FakeDoor door;
  CHECK(run_planned(plan, tree, door, quick()).ok());
  CHECK(door.objects.size() == 3);
  const PlannedImport circle = plan_import(plan, tables_of({{"t", "id,parent\na,b\nb,a\nc,\n"}}), new_york());
  CHECK(shown_rows(circle.faults) == Faults{"t.csv:2:id team_cycle", "t.csv:3:id team_cycle"});
}

TEST_CASE("running it twice changes nothing", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n1,First,Deal,2017-01-10,won,2017-02-10,,\n"},
                                   {"moves", "deal,stage,at\n1,Offer,2017-01-20\n1,Lead,2017-01-20\n1,Offer,2017-01-20\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  FakeDoor door;
  const ImportReport first = run_planned(plan, planned, door, quick());
  CHECK(first.ok());
  CHECK(first.total().done == 7);  // reason, process, creation, three moves, closing
  const std::size_t commands = door.commands;
  const ImportReport second = run_planned(plan, planned, door, quick());
  CHECK(second.ok());
  CHECK(second.total().unchanged == 7);
  CHECK(second.total().done == 0);
  CHECK(door.commands == commands);
}

TEST_CASE("a dry run sends nothing", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n1,A,,2017-01-10,open,,,\n"},
                                   {"moves", "deal,stage,at\n"}});
  FakeDoor door;
  ImportSettings settings = quick();
  settings.dry_run = true;
  const ImportReport report = run_planned(plan, plan_import(plan, tables, new_york()), door, settings);
  CHECK(door.log.empty());
  CHECK(report.dry_run);
  CHECK(report.total().planned == 3);
  CHECK(report.rows == 1);
}

TEST_CASE("a dry run tells of rows that name a faulty one what a run would tell, unless that is there already [IO-1]", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv","p":"p.csv","d":"d.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","effective_at":"since","fields":{"name":"id"}},
    {"entity":"person","file":"p","external_id":"id","fields":{"name":"id","company_id":{"column":"firm","ref":"company"}}},
    {"entity":"note","file":"d","external_id":"id","fields":{"text":"id","links.person_id":{"column":"who","ref":"person"},"links.company_id":{"column":"firm","ref":"company"}}}]})");
  const Tables tables = tables_of({{"f", "id,since\nGood,2017-01-10\nBad,yesterday\nOld,yesterday\n"}, {"p", "id,firm\nAnna,Good\nBert,Bad\nCarl,Old\n"},
                                   {"d", "id,who,firm\n1,Anna,Good\n2,Bert,\n3,Anna,Bad\n4,Carl,Old\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  FakeDoor door;
  const std::string bad = to_string(id_of(plan, "company", "Bad")), old = to_string(id_of(plan, "company", "Old"));
  door.instead = [&](const ApiRequest&) { return ApiResponse{200, R"({"data":[{"id":")" + old + R"("}],"page":{"next_cursor":null,"has_more":false}})", {}}; };
  ImportSettings settings = quick();
  settings.dry_run = true;
  const ImportReport foretold = run_planned(plan, planned, door, settings);
  const Faults wanted{"f.csv:3:since unreadable", "f.csv:4:since unreadable", "p.csv:3:firm unknown_reference", "d.csv:3: needed_object_failed", "d.csv:4:firm unknown_reference"};
  CHECK(shown_rows(foretold.faults) == wanted);
  CHECK(foretold.total().planned == 8);
  CHECK(foretold.total().failed == 3);
  CHECK(door.commands == 0);
  CHECK(door.log == std::vector<std::string>{"GET /v1/companies?fields=id&limit=100&id[in]=" + bad + "," + old});

  // What is there by an earlier run is there in a real one too. (This door does not look into links.)
  door.kinds[old] = "companies";
  door.instead = {};
  const Faults told = shown_rows(run_planned(plan, planned, door, quick()).faults);
  CHECK(told == Faults(wanted.begin(), wanted.end() - 1));
}

TEST_CASE("a dry run asks for a hundred at once, and foretells nothing where it is stopped or not answered [IO-1]", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv","p":"p.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","effective_at":"since","fields":{"name":"id"}},
    {"entity":"person","file":"p","external_id":"id","fields":{"name":"id","company_id":{"column":"firm","ref":"company"}}}]})");
  std::string firms = "id,since\n", people = "id,firm\n";
  for (int i = 0; i < 250; ++i) {
    firms += "F" + std::to_string(i) + ",yesterday\n";
    people += "P" + std::to_string(i) + ",F" + std::to_string(i) + "\n";
  }
  const PlannedImport planned = plan_import(plan, tables_of({{"f", firms}, {"p", people}}), new_york());
  REQUIRE(planned.faults.size() == 250);
  ImportSettings settings = quick();
  settings.dry_run = true;
  std::vector<std::size_t> told;
  settings.progress = [&](const std::string&, std::size_t done, std::size_t) { told.push_back(done); };
  FakeDoor door;   // it has nothing
  int busy = 3;
  door.instead = [&](const ApiRequest&) { return busy > 0 ? (--busy, ApiResponse{503, "", {}}) : ApiResponse{-1, "", {}}; };
  CHECK(run_planned(plan, planned, door, settings).total().failed == 250);
  CHECK(door.log.size() == 3 + 3);
  CHECK(told == std::vector<std::size_t>{100, 200, 250});

  const auto [status, body] = GENERATE(table<int, std::string>({{403, "{}"}, {200, "[]"}, {0, "nobody there"}}));
  CAPTURE(status);
  FakeDoor closed;
  closed.instead = [&, status = status, body = body](const ApiRequest&) { return ApiResponse{status, body, {}}; };
  const ImportReport unanswered = run_planned(plan, planned, closed, settings);
  REQUIRE(unanswered.ended_by);
  CHECK(unanswered.ended_by->status == (status == 403 ? 403 : 0));
  CHECK(unanswered.faults.size() == 250);
  CHECK(unanswered.total().failed == 0);
  CHECK(closed.log.size() == (status == 0 ? 7u : 1u));

  FakeDoor stopped;
  settings.stop = [&] { return stopped.log.size() == 1; };
  const ImportReport cut = run_planned(plan, planned, stopped, settings);
  CHECK(stopped.log.size() == 1);
  CHECK(cut.faults.size() == 250);
  CHECK_FALSE(cut.ended_by);
}

TEST_CASE("a dry run finds the run that was not taken back by asking, or says why it cannot [DEA-9]", "[tools][import]") {
  Plan plan = sound(plan_with_histories());
  FakeDoor door;
  door.instead = [&](const ApiRequest& request) -> ApiResponse {
    for (const int run : {1, 2})
      if (request.path == "/v1/imports/" + to_string(import_run_id("test", run))) return {200, R"({"is_undone":true})", {}};
    return {404, "{}", {}};
  };
  CHECK(learn_run(door, plan) == "");
  CHECK(plan.run == 3);
  CHECK(plan.import_id.is_nil());
  CHECK(door.log.size() == 3);
  door.instead = [](const ApiRequest&) { return ApiResponse{403, R"({"detail":"Not with this token."})", {}}; };
  CHECK(learn_run(door, plan).ends_with("was answered with 403: Not with this token."));
}

TEST_CASE("a refusal is told by row and column, and what names the refused object is not sent", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","distinct":true,"external_id":"firm","fields":{"name":"firm"}},
    {"entity":"person","file":"f","external_id":"person","fields":{"name":"person","company_id":{"column":"firm","ref":"company"}}}]})");
  const PlannedImport planned = plan_import(plan, tables_of({{"f", "person,firm\nAnna,Good\nBert,Bad\nCarl,Good\n"}}), new_york());
  FakeDoor door;
  door.instead = [](const ApiRequest& request) -> ApiResponse {
    if (request.body.find("\"Bad\"") == std::string::npos) return {-1, "", {}};
    return {409, R"({"code":"name_taken","title":"Refused","errors":[{"pointer":"/name","code":"name_taken","message":"there is one"}]})", {}};
  };
  const ImportReport report = run_planned(plan, planned, door, quick());
  CHECK(shown_rows(report.faults) == Faults{"f.csv:3:firm name_taken", "f.csv:3: needed_object_failed"});
  CHECK(report.total().failed == 2);
  CHECK(report.total().done == 3);
  CHECK(to_json(report, 1).find("\"error_count\":2") != std::string::npos);
}

TEST_CASE("rows behind a refused one of their object are named too, each once [IO-1]", "[tools][import]") {
  const Plan plan = sound(plan_with_histories());
  const Tables tables = tables_of({{"deals", "id,name,stage,created,status,closed,reason,note\n1,First,,2017-01-10,won,2017-02-10,,\n2,Second,,2017-01-10,won,2017-02-10,,\n"},
                                   {"moves", "deal,stage,at\n1,Offer,2017-01-20\n1,Deal,2017-01-21\n2,Offer,2017-01-20\n2,Deal,2017-01-21\n"}});
  const PlannedImport planned = plan_import(plan, tables, new_york());
  FakeDoor door;
  // The creation of one, the first move of the other.
  const std::string first = to_string(id_of(plan, "deal", "1")), second = to_string(id_of(plan, "deal", "2"));
  door.instead = [&](const ApiRequest& request) -> ApiResponse {
    const bool is_refused = (request.path == "/v1/deals" && request.body.find(first) != std::string::npos) || request.path == "/v1/deals/" + second + "/move";
    if (!is_refused) return {-1, "", {}};
    return {422, R"({"code":"validation","errors":[{"pointer":"/effective_at","code":"effective_in_future","message":"not yet"}]})", {}};
  };
  const ImportReport report = run_planned(plan, planned, door, quick());
  Faults faults = shown_rows(report.faults);
  std::sort(faults.begin(), faults.end());
  CHECK(faults == Faults{"deals.csv:2:created effective_in_future", "deals.csv:3: held_back", "moves.csv:2: held_back", "moves.csv:3: held_back",
                         "moves.csv:4:at effective_in_future", "moves.csv:5: held_back"});
  CHECK(report.total().failed == 7);
}

TEST_CASE("what may pass is asked again, and silence ends the run", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","fields":{"name":"id"}}]})");
  const PlannedImport planned = plan_import(plan, tables_of({{"f", "id\na\n"}}), new_york());
  FakeDoor door;
  int busy = 3;
  door.instead = [&](const ApiRequest&) -> ApiResponse {
    if (busy > 0) return --busy, ApiResponse{503, "", {}};
    return {-1, "", {}};
  };
  CHECK(run_planned(plan, planned, door, quick()).ok());
  CHECK(door.log.size() == 4);

  FakeDoor silent;
  silent.instead = [](const ApiRequest&) { return ApiResponse{0, "nobody there", {}}; };
  const ImportReport report = run_planned(plan, planned, silent, quick());
  CHECK(shown_rows(report.faults) == Faults{"f.csv:2: no_answer"});
}

TEST_CASE("what is wrong with the server and not with a row ends the run, and the same run goes on later", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","fields":{"name":"id"}}]})");
  const PlannedImport planned = plan_import(plan, tables_of({{"f", "id\na\nb\nc\nd\n"}}), new_york());
  const auto [status, asked] = GENERATE(std::pair(507, 2u), std::pair(401, 2u), std::pair(503, 8u), std::pair(429, 8u));
  CAPTURE(status);
  ImportSettings settings = quick();
  settings.connections = 1;
  FakeDoor door;
  door.instead = [&, status = status](const ApiRequest&) { return ApiResponse{door.log.size() > 1 ? status : -1, "", {}}; };
  const ImportReport broken = run_planned(plan, planned, door, settings);
  REQUIRE(broken.ended_by);
  CHECK(broken.ended_by->status == status);
  CHECK(door.log.size() == asked);   // the first, and the second as often as it is worth it
  CHECK(broken.total().done == 1);
  CHECK(broken.total().failed == 1);
  CHECK(broken.faults.size() == 1);

  door.instead = {};
  const ImportReport whole = run_planned(plan, planned, door, settings);
  CHECK_FALSE(whole.ended_by);
  CHECK(whole.ok());
  CHECK(whole.total().unchanged == 1);
  CHECK(whole.total().done == 3);
}

TEST_CASE("what is thrown while a phase runs leaves from the run once its threads have ended", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","fields":{"name":"id"}}]})");
  std::string rows = "id\n";
  for (int i = 0; i < 100; ++i) rows += std::to_string(i) + "\n";
  const PlannedImport planned = plan_import(plan, tables_of({{"f", rows}}), new_york());
  FakeDoor door;
  door.instead = [](const ApiRequest&) -> ApiResponse { throw std::bad_alloc(); };
  CHECK_THROWS_AS(run_planned(plan, planned, door, quick()), std::bad_alloc);
  CHECK(door.log.size() <= 8);   // one a thread
}

TEST_CASE("rows that cannot be read are all counted in the report, beyond those that are told", "[tools][import]") {
  const Plan plan = sound(R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","fields":{"name":"id"}}]})");
  std::string rows = "id\n";
  for (std::size_t i = 0; i < most_csv_errors + 7; ++i) rows += "x,y\n";
  FakeDoor door;
  const ImportReport report = run_planned(plan, plan_import(plan, tables_of({{"f", rows + "a\n"}}), new_york()), door, quick());
  CHECK(report.total().done == 1);
  CHECK(report.faults.size() == most_csv_errors);
  CHECK(to_json(report, 10).find("\"error_count\":1007,") != std::string::npos);
  const std::string text = to_text(report, 10);
  CHECK(text.find("... and 997 more faults") != std::string::npos);
  CHECK(text.find("the first 1000 are told, 7 more are only counted") != std::string::npos);
}

TEST_CASE("an existing process is found by its name in the account", "[tools][import]") {
  FakeDoor door;
  door.processes = R"({"data":[{"id":"11111111-1111-4111-8111-111111111111","name":"Sales","is_archived":false,"stages":[
    {"id":"22222222-2222-4222-8222-222222222222","name":"Lead"}]}],"page":{"next_cursor":null,"has_more":false}})";
  const auto text = [](const std::string& name) {
    return R"({"plan":1,"scope":"t","files":{"f":"f.csv"},"processes":[{"key":"p","name":")" + name + R"(","existing":true}],"entities":[
      {"entity":"deal","file":"f","external_id":"id","process":"p","stage":"stage","fields":{"name":"id"}}]})";
  };
  const auto facts = ask_facts(door, sound(text("Sales")));
  REQUIRE(std::holds_alternative<AccountFacts>(facts));
  const Tables tables = tables_of({{"f", "id,stage\na,lead\n"}});
  const PlannedImport planned = plan_import(sound(text(" sales ")), tables, std::get<AccountFacts>(facts));
  CHECK(shown_rows(planned.faults).empty());
  REQUIRE(planned.phases.size() == 1);
  CHECK(planned.phases[0].chains[0].commands[0].request.body.find("22222222-2222") != std::string::npos);
  CHECK(shown_rows(plan_import(sound(text("Other")), tables, std::get<AccountFacts>(facts)).faults) == Faults{":0: unknown_process"});
}
