// Imports end to end: plan and CSV in, the account as it is afterwards out [IO-1].

#include <algorithm>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/server.h"
#include "tools/door.h"
#include "tools/import_run.h"
#include "tools/upload_importer.h"

using namespace dealog::test;
using dealog::tools::ImportReport;
using Files = std::vector<std::pair<std::string, std::string>>;

namespace {

// A small business that moves in with all that it has.
const char* const whole_plan = R"({
  "plan": 1, "scope": "old-crm",
  "files": {"firms": "firms.csv", "people": "people.csv", "goods": "goods.csv", "deals": "deals.csv", "lines": "lines.csv", "leads": "leads.csv", "doings": "doings.csv"},
  "processes": [{"name": "Old sales", "stages": [{"name": "Offer"}, {"name": "Contract"}]}],
  "lead_stages": ["Fresh", "Called"],
  "close_reasons": [{"name": "Price", "outcome": "lost"}],
  "custom_fields": [{"collection": "companies", "key": "size", "type": "choice", "choices": ["small", "large"]},
                    {"collection": "leads", "key": "budget", "type": "number"},
                    {"collection": "deals", "key": "keeper", "type": "user"}],
  "entities": [
    {"entity": "product", "file": "goods", "external_id": "sku", "fields": {"name": "name", "sku": "sku", "price": "price", "category_id": {"column": "category", "by_name": true}}},
    {"entity": "company", "file": "firms", "external_id": "id", "effective_at": "since",
     "fields": {"name": "name", "cf.size": "size", "groups": {"column": "groups", "by_name": true}, "tags": {"column": "tags", "by_name": true}}},
    {"entity": "person", "file": "people", "external_id": "mail", "effective_at": {"constant": "2025-01-02"},
     "fields": {"name": "name", "emails": "mail", "company_id": {"column": "firm", "ref": "company"}}},
    {"entity": "deal", "file": "deals", "external_id": "id", "process": "Old sales", "stage": "stage", "effective_at": "created", "status": "status", "closed_at": "closed",
     "fields": {"name": "name", "company_id": {"column": "firm", "ref": "company"}, "owner_id": {"column": "owner", "by_name": true},
                "groups": {"column": "groups", "by_name": true}, "cf.keeper": {"column": "owner", "by_name": true}}},
    {"entity": "deal_line", "file": "lines", "deal": "deal", "fields": {"product_id": {"column": "sku", "ref": "product"}, "quantity": "n", "price": "price", "discount": "off"}},
    {"entity": "deal_cost", "file": "lines", "deal": "deal", "fields": {"category_id": {"constant": "Freight", "by_name": true}, "amount": "freight"}},
    {"entity": "lead", "file": "leads", "external_id": "id", "effective_at": "created", "stage": "stage", "status": "status", "closed_at": "closed",
     "close_reason": {"column": "reason", "ref": "close_reason"}, "close_note": "why",
     "converts_to": {"deal": {"column": "deal", "ref": "deal"}, "company": true},
     "fields": {"title": "title", "company_id": {"column": "firm", "ref": "company"}, "cf.budget": "budget", "raw.name": "who"}},
    {"entity": "task", "file": "doings", "external_id": "id", "effective_at": "at", "completed_at": "done",
     "fields": {"name": "what", "type_id": {"constant": "call", "by_name": true}, "links.deal_id": {"column": "deal", "ref": "deal"}}},
    {"entity": "note", "file": "doings", "external_id": "id", "effective_at": "at", "fields": {"text": "what", "links.deal_id": {"column": "deal", "ref": "deal"}}},
    {"entity": "email", "file": "doings", "external_id": "id",
     "fields": {"message_id": {"template": "<{id}@old.example>"}, "from": {"constant": "us@acme.example"}, "to": "mail", "subject": "what", "sent_at": "at"}}
  ]})";

const Files whole_files{
    {"firms", "id,name,since,size,groups,tags\nF1,Alfa,2025-01-02,small,\"Partners; VIP\",hot\nF2,Beta,2025-01-02,large,vip,\"hot,cold\"\n"},
    {"people", "mail,name,firm\nann@alfa.example,Ann,F1\n"},
    {"goods", "sku,name,price,category\nP1,Pump,100,Water\nP2,Pipe,3.50,water\n"},
    {"deals", "id,name,firm,owner,created,stage,status,closed,groups\n1,Big,F1,sam@acme.example,2025-02-03,Contract,won,2025-03-04,Key\n2,Small,F2,sam@acme.example,2025-02-03,Offer,open,,\n"},
    {"lines", "deal,sku,n,price,off,freight\n1,P1,2,100,12.5,7\n1,P2,10,3.50,,8\n"},
    {"leads", "id,title,firm,created,stage,status,closed,reason,why,deal,budget,who\nL1,First,F1,2025-01-10,Called,converted,2025-02-03,,,1,12.5,Ann\n"
              "L2,Second,F1,2025-04-10,,lost,2025-05-01,Price,too dear,,,\nL3,Third,,2025-04-10,Fresh,active,,,,,,Somebody\n"},
    {"doings", "id,at,done,what,deal,mail\nD1,2025-02-10,2025-02-11,Call Ann,1,ann@alfa.example\nD2,2025-02-12,,Call again,2,ann@alfa.example\n"}};

const char* const firms_and_people = R"({"plan":1,"scope":"firms","files":{"f":"f.csv","p":"p.csv"},"entities":[
  {"entity":"company","file":"f","external_id":"id","effective_at":"since","fields":{"name":"id"}},
  {"entity":"person","file":"p","external_id":"id","fields":{"name":"id","company_id":{"column":"firm","ref":"company"}}}]})";

std::vector<std::string> row_faults(const ImportReport& report) {
  std::vector<std::string> faults;
  for (const auto& fault : report.faults) faults.push_back(fault.file + ":" + std::to_string(fault.row) + ":" + fault.column + " " + fault.code);
  std::sort(faults.begin(), faults.end());
  return faults;
}

struct ImportOffice {
  Server server;
  Person sam = server.add_user("Sam", "salesperson");

  ImportOffice() { server.must_patch("/v1/account", {{"costs_on", true}, {"sources_on", true}}); }
  const Api& admin() const { return server.admin(); }
  std::string position() const { return admin().get("/v1/account").header("Log-Position"); }
  Answer only(const std::string& collection, const std::string& filter) const {
    Answer listed = admin().get("/v1/" + collection + "?" + filter);
    INFO(listed.body);
    REQUIRE(listed.at("/data").is_array());
    REQUIRE(listed.at("/data").as_array().size() == 1);
    Answer one;
    one.status = listed.status;
    one.json = listed.at("/data/0");
    return one;
  }
  ImportReport import(const std::string& text, const Files& files, bool dry_run = false) const {
    auto [plan, faults] = dealog::tools::parse_plan(text);
    for (const auto& fault : faults) UNSCOPED_INFO(fault.pointer << " " << fault.message);
    REQUIRE(faults.empty());
    dealog::tools::HttpDoor door("http://127.0.0.1:" + std::to_string(server.port()), admin().token());
    REQUIRE((dry_run ? dealog::tools::learn_run(door, plan) : dealog::tools::begin_import(door, plan)) == "");
    const auto facts = dealog::tools::ask_facts(door, plan);
    REQUIRE(std::holds_alternative<dealog::tools::AccountFacts>(facts));
    dealog::tools::Tables tables;
    for (const auto& [key, content] : files) tables.emplace(key, dealog::tools::parse_csv(content));
    const auto planned = dealog::tools::plan_import(plan, tables, std::get<dealog::tools::AccountFacts>(facts));
    ImportReport report = dealog::tools::run_planned(plan, planned, door, {.dry_run = dry_run, .connections = 4, .progress = {}, .wait = [](int) {}});
    for (const auto& fault : report.faults) UNSCOPED_INFO(fault.file << ":" << fault.row << ":" << fault.column << " " << fault.code << " " << fault.message);
    return report;
  }
  Answer undo(const ImportReport& report, bool dry_run = false) const {
    return admin().post("/v1/undo", {{"import_id", to_string(report.import_id)}, {"dry_run", dry_run}});
  }
  std::int64_t count(const std::string& collection) const {
    return admin().get("/v1/" + collection + "?include=total&limit=1").number("/page/total");
  }
};

}  // namespace

TEST_CASE("A business moves in with everything, and a second run changes nothing [IO-1]", "[api][acceptance][IO-1]") {
  ImportOffice office;
  const ImportReport report = office.import(whole_plan, whole_files);
  REQUIRE(report.faults.empty());
  CHECK(report.total().failed == 0);

  const Answer alfa = office.only("companies", "name=Alfa"), beta = office.only("companies", "name=Beta");
  CHECK(alfa.text("/cf/size") == "small");
  CHECK(alfa.at("/groups").as_array().size() == 2);
  CHECK(beta.at("/groups/0") == office.only("contact-groups", "name=VIP").at("/id"));
  CHECK(beta.at("/tags").as_array().size() == 2);
  CHECK(office.only("products", "sku=P2").at("/category_id") == office.only("product-categories", "name=Water").at("/id"));

  const Answer big = office.only("deals", "name=Big");
  CHECK(big.text("/value/amount") == "210.00");          // 2 x 100 less 12.5 %, and 10 x 3.50
  CHECK(big.at("/costs").as_array().size() == 2);
  CHECK(big.text("/status") == "won");
  CHECK(big.text("/closed_at") == "2025-03-04T11:00:00.000Z");
  CHECK(big.text("/owner_id") == office.sam.id);
  CHECK(big.text("/cf/keeper") == office.sam.id);
  CHECK(big.at("/groups/0") == office.only("deal-groups", "name=Key").at("/id"));

  const Answer first = office.only("leads", "title=First"), second = office.only("leads", "title=Second"), third = office.only("leads", "title=Third");
  CHECK(first.text("/status") == "converted");
  CHECK(first.text("/converted_at") == "2025-02-03T11:00:00.000Z");
  CHECK(first.text("/deal_id") == big.text("/id"));
  CHECK(first.at("/cf/budget") == 12.5);
  CHECK_FALSE(first.flag("/is_repeat"));
  CHECK(second.flag("/is_repeat"));
  CHECK(second.text("/status") == "lost");
  CHECK(second.text("/close_note") == "too dear");
  CHECK(third.text("/status") == "active");
  CHECK(third.text("/raw/name") == "Somebody");

  const Answer done = office.only("tasks", "status=completed"), open = office.only("tasks", "status=open");
  CHECK(done.text("/completed_at") == "2025-02-11T11:00:00.000Z");
  CHECK(done.text("/links/deal_id") == big.text("/id"));
  CHECK(open.text("/name") == "Call again");
  CHECK(office.admin().get("/v1/notes?include=total").number("/page/total") == 2);
  CHECK(office.only("emails", "subject[eq]=Call+Ann").text("/sent_at") == "2025-02-10T11:00:00.000Z");

  const std::string position = office.position();
  const ImportReport again = office.import(whole_plan, whole_files);
  CHECK(again.faults.empty());
  CHECK(again.total().done == 0);
  CHECK(again.total().unchanged == report.total().done);
  CHECK(office.position() == position);
}

TEST_CASE("Of a plan with more faults than are told the first are told [IO-1]", "[api][IO-1]") {
  std::string members;
  for (std::size_t i = 0; i < dealog::most_faults + 10; ++i) members += "\"x" + std::to_string(i) + "\":1,";
  dealog::api::Faults faults;
  CHECK(dealog::tools::make_upload_importer()->read("{" + members + "\"plan\":1}", {}, faults) == nullptr);
  CHECK(faults.all.size() == dealog::most_faults);
}

TEST_CASE("What the account refuses is told by row and column, and the rest is there [IO-1]", "[api][acceptance][IO-1]") {
  ImportOffice office;
  Files files = whole_files;
  for (auto& [key, text] : files) {
    if (key == "firms") text += "F3,Gamma,2025-01-02,huge,,\n";
    if (key == "lines") text += "2,P1,1,-5,,1\n";
  }
  const ImportReport report = office.import(whole_plan, files);
  CHECK(row_faults(report) == std::vector<std::string>{"firms.csv:4:size invalid", "lines.csv:4:price negative"});
  CHECK(office.only("deals", "name=Small").at("/lines").as_array().empty());
  CHECK(office.only("deals", "name=Big").at("/lines").as_array().size() == 2);
}

TEST_CASE("What was imported with a choice that is no longer offered is there still in a second run; a new row cannot have it [IO-1][DIC-5]", "[api][acceptance][IO-1]") {
  ImportOffice office;
  REQUIRE(office.import(whole_plan, whole_files).faults.empty());
  office.server.must_patch("/v1/custom-fields/" + office.only("custom-fields", "key=size").text("/id"), {{"choices", json::array{"small"}}});
  const ImportReport again = office.import(whole_plan, whole_files);
  CHECK(again.faults.empty());
  CHECK(again.total().done == 0);

  Files more = whole_files;
  more[0].second += "F3,Gamma,2025-01-02,large,,\n";
  const ImportReport refused = office.import(whole_plan, more);
  CHECK(row_faults(refused) == std::vector<std::string>{"firms.csv:4:size invalid"});
  CHECK(refused.total().failed == 1);
}

TEST_CASE("A dry run tells who names what was deleted or merged since, as a run does [IO-1][CON-2]", "[api][acceptance][IO-1]") {
  ImportOffice office;
  REQUIRE(office.import(firms_and_people, {{"f", "id,since\nGone,2025-01-02\nOld,2025-01-02\nNew,2025-01-02\n"}, {"p", "id,firm\n"}}).faults.empty());
  const auto id = [&](const std::string& firm) { return office.only("companies", "name=" + firm).text("/id"); };
  REQUIRE(office.admin().remove("/v1/companies/" + id("Gone")).status == 200);
  REQUIRE(office.admin().post("/v1/companies/" + id("New") + "/merge", {{"from_id", id("Old")}}).status == 200);

  const Files files{{"f", "id,since\nGone,x\nOld,x\nNew,x\n"}, {"p", "id,firm\nAnn,Gone\nBob,Old\nCid,New\n"}};
  std::vector<std::string> wanted{"f.csv:2:since unreadable", "f.csv:3:since unreadable", "f.csv:4:since unreadable", "p.csv:2:firm unknown_reference", "p.csv:3:firm unknown_reference"};
  CHECK(row_faults(office.import(firms_and_people, files, true)) == wanted);
  CHECK(office.count("persons") == 0);
  wanted.back() = "p.csv:3:firm already_merged";
  CHECK(row_faults(office.import(firms_and_people, files)) == wanted);
  CHECK(office.count("persons") == 1);
}

TEST_CASE("An import is taken back as a whole, after a preview, and the same plan then imports anew [IO-1][DEA-9]", "[api][acceptance][IO-1][DEA-9]") {
  ImportOffice office;
  const ImportReport report = office.import(whole_plan, whole_files);
  REQUIRE(report.faults.empty());
  const std::string shown = "/v1/imports/" + to_string(report.import_id);
  CHECK(office.admin().get(shown).number("/events") > 20);
  CHECK_FALSE(office.admin().get(shown).flag("/is_undone"));

  const std::string before = office.position();
  const Answer preview = office.undo(report, true);
  INFO(preview.body);
  REQUIRE(preview.status == 200);
  CHECK(preview.at("/changes").as_array().size() >= 15);
  CHECK(office.position() == before);

  const Answer undone = office.undo(report);
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/changes") == preview.at("/changes"));
  for (const char* collection : {"companies", "persons", "deals", "leads", "tasks", "notes", "emails"}) {
    INFO(collection);
    CHECK(office.count(collection) == 0);
  }
  // Of the set-up stays what cannot be deleted, or not brought back.
  std::set<std::string> kinds;
  for (const json::value& each : undone.at("/stays").as_array()) kinds.insert(std::string(each.at("kind").as_string()));
  CHECK(kinds == std::set<std::string>{"contact_group", "cost_category", "custom_field", "deal_group", "lead_stage", "process", "product", "product_category", "tag"});
  CHECK(office.admin().get(shown).flag("/is_undone"));

  const ImportReport again = office.import(whole_plan, whole_files);
  REQUIRE(again.faults.empty());
  CHECK(again.import_id != report.import_id);
  CHECK(again.total().unchanged == 0);
  CHECK(office.only("deals", "name=Big").text("/value/amount") == "210.00");
  CHECK(office.only("leads", "title=First").text("/status") == "converted");
  CHECK(office.count("products") == 2);
  CHECK(office.only("products", "sku=P2").at("/category_id") == office.only("product-categories", "name=Water").at("/id"));
  CHECK(office.admin().get("/v1/processes?name=Old+sales").at("/data").as_array().size() == 1);

  // And the undo of the undo brings the first back; then the plan is that one's again.
  REQUIRE(office.undo(again).status == 200);
  const Answer redone = office.admin().post("/v1/undo", {{"bulk_id", undone.text("/bulk_id")}});
  INFO(redone.body);
  REQUIRE(redone.status == 200);
  CHECK(office.count("deals") == 2);
  const std::string position = office.position();
  CHECK(office.import(whole_plan, whole_files).total().done == 0);
  CHECK(office.position() == position);
}

TEST_CASE("After an undo a dry run is of the run that would come: what that one made is there, what was taken back is not [IO-1][DEA-9]", "[api][acceptance][IO-1][DEA-9]") {
  ImportOffice office;
  const Files sound{{"f", "id,since\nA,2025-01-02\n"}, {"p", "id,firm\n"}}, faulty{{"f", "id,since\nA,x\n"}, {"p", "id,firm\nAnn,A\n"}};
  const std::vector<std::string> there{"f.csv:2:since unreadable"}, gone{"f.csv:2:since unreadable", "p.csv:2:firm unknown_reference"};
  REQUIRE(office.undo(office.import(firms_and_people, sound)).status == 200);
  CHECK(row_faults(office.import(firms_and_people, faulty, true)) == gone);
  const ImportReport second = office.import(firms_and_people, sound);
  REQUIRE(second.faults.empty());
  const std::string position = office.position();
  CHECK(row_faults(office.import(firms_and_people, faulty, true)) == there);
  CHECK(office.position() == position);
  REQUIRE(office.undo(second).status == 200);
  CHECK(row_faults(office.import(firms_and_people, faulty, true)) == gone);
}

TEST_CASE("What was done with imported data since stands in the way of the undo; what is gone does not [DEA-9]", "[api][acceptance][IO-1][DEA-9]") {
  ImportOffice office;
  const ImportReport report = office.import(whole_plan, whole_files);
  REQUIRE(report.faults.empty());
  const std::string small = office.only("deals", "name=Small").text("/id"), beta = office.only("companies", "name=Beta").text("/id");
  REQUIRE(office.admin().remove("/v1/companies/" + office.only("companies", "name=Alfa").text("/id")).status == 200);
  const std::string other = office.server.create("/v1/deals", {{"name", "Later"}, {"company_id", beta}});
  const Answer referred = office.undo(report);
  INFO(referred.body);
  REQUIRE(referred.status == 409);
  CHECK(referred.code() == "undo_blocked");
  CHECK(referred.text("/reasons/0/object/id") == other);
  REQUIRE(office.admin().remove("/v1/deals/" + other).status == 200);

  office.server.must_patch("/v1/deals/" + small, {{"name", "Smaller"}});
  CHECK(office.undo(report).text("/reasons/0/type") == "deal.edited");
  REQUIRE(office.admin().remove("/v1/deals/" + small).status == 200);
  const Answer undone = office.undo(report);
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(office.count("deals") == 0);
}

TEST_CASE("Imports are begun by administrators and managers, and are whose they are [IO-1][DEA-9]", "[api][acceptance][IO-1]") {
  ImportOffice office;
  const Person mia = office.server.add_user("Mia", "manager");
  CHECK(office.sam.api.post("/v1/imports", {{"scope", "s"}}).status == 403);
  const Answer begun = mia.api.post("/v1/imports", {{"scope", "s"}});
  INFO(begun.body);
  REQUIRE(begun.status == 201);
  CHECK(begun.number("/run") == 1);
  CHECK(mia.api.post("/v1/imports", {{"scope", "s"}}).status == 200);
  CHECK(office.admin().post("/v1/imports", {{"scope", "s"}}).code() == "id_taken");
  CHECK(office.admin().post("/v1/imports", json::object{}).status == 422);
  CHECK(office.admin().get("/v1/imports/" + begun.text("/id")).text("/begun_by") == mia.id);
  CHECK(office.sam.api.get("/v1/imports/" + begun.text("/id")).status == 404);
  // Nobody else's commands become part of it, and a bulk is no import.
  CHECK(office.admin().post("/v1/companies", {{"name", "C"}}, {{"Dealog-Import", begun.text("/id")}}).status == 403);
  CHECK(mia.api.post("/v1/companies", {{"name", "C"}}, {{"Dealog-Import", begun.text("/id")}}).status == 201);
  // A wrong id does not make it a command that no undo of the import would find.
  CHECK(mia.api.post("/v1/companies", {{"name", "D"}}, {{"Dealog-Import", begun.text("/id") + "0"}}).status == 400);
  CHECK(mia.api.get("/v1/companies?name=D&include=total").number("/page/total") == 0);
  CHECK(office.admin().get("/v1/imports/" + begun.text("/id")).number("/events") == 1);
  // Without an import that was begun, nothing skips a rule.
  for (const char* none : {"1", "", "yes", "00000000-0000-0000-0000-000000000000"}) CHECK(mia.api.post("/v1/companies", {{"name", "D"}}, {{"Dealog-Import", none}}).status == 400);
  const Answer bulk = mia.api.post("/v1/companies/bulk", {{"commands", json::array{json::object{{"path", "/v1/companies"}, {"body", {{"name", "D"}}}}}}});
  REQUIRE(bulk.status == 200);
  CHECK(mia.api.post("/v1/companies", {{"name", "E"}}, {{"Dealog-Import", bulk.text("/bulk_id")}}).status == 403);
  CHECK(mia.api.post("/v1/undo", {{"import_id", bulk.text("/bulk_id")}}).status == 404);
  REQUIRE(mia.api.post("/v1/undo", {{"import_id", begun.text("/id")}}).status == 200);
  CHECK(mia.api.post("/v1/imports", {{"scope", "s"}}).number("/run") == 2);
}

TEST_CASE("An import of more than one commit takes is taken back as well [DEA-9]", "[api][acceptance][IO-1][DEA-9]") {
  ImportOffice office;
  std::string rows = "id,tag\n";
  for (int i = 0; i < 4500; ++i) rows += "F" + std::to_string(i) + ",T" + std::to_string(i % 3) + "\n";
  const char* const plan = R"({"plan":1,"scope":"many","files":{"f":"f.csv"},"entities":[
    {"entity":"company","file":"f","external_id":"id","fields":{"name":"id","tags":{"column":"tag","by_name":true}}}]})";
  const ImportReport report = office.import(plan, {{"f", rows}});
  REQUIRE(report.faults.empty());
  REQUIRE(office.count("companies") == 4500);
  const Answer preview = office.undo(report, true);
  REQUIRE(preview.status == 200);
  CHECK(preview.at("/changes").as_array().size() == 4500);
  const Answer undone = office.undo(report);
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/stays").as_array().size() == 3);
  CHECK(office.count("companies") == 0);
}

TEST_CASE("Products that nobody used go with their import, those of a deal stay [DEA-9][DIC-3]", "[api][acceptance][IO-1][DEA-9]") {
  ImportOffice office;
  const ImportReport report = office.import(R"({"plan":1,"scope":"goods","files":{"g":"g.csv"},"entities":[
    {"entity":"product","file":"g","external_id":"sku","fields":{"name":"sku","price":"price"}}]})", {{"g", "sku,price\nP1,1\nP2,2\n"}});
  REQUIRE(report.faults.empty());
  const std::string used = office.only("products", "name=P1").text("/id"), deal = office.server.create("/v1/deals", {{"name", "D"}});
  REQUIRE(office.admin().put("/v1/deals/" + deal + "/lines", {{"lines", json::array{json::object{{"product_id", used}}}}}).status == 200);
  const Answer undone = office.undo(report);
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/stays") == json::array{json::object{{"kind", "product"}, {"id", used}}});
  CHECK(office.only("products", "name[starts]=P").text("/id") == used);
}
