// Jobs over HTTP (API.md 1, "Long jobs"), and what is done by them: uploaded plans [IO-1] and bulks beyond a request [DEA-8].

#include <atomic>
#include <memory>
#include <thread>

#include "api/app.h"
#include "api/importer.h"
#include "tests/api/jobs_helpers.h"

using namespace dealog;
using namespace dealog::test;

namespace {

const char* const small_plan = R"({"plan": 1, "scope": "old-crm", "files": {"firms": "firms.csv", "deals": "deals.csv"}, "entities": [
  {"entity": "company", "file": "firms", "external_id": "id", "fields": {"name": "name"}},
  {"entity": "deal", "file": "deals", "external_id": "id", "effective_at": "created",
   "fields": {"name": "name", "value": "value", "company_id": {"column": "firm", "ref": "company"}}}]})";
const FormParts small_form{{"plan", small_plan},
                           {"firms", "id,name\nF1,Alfa\nF2,Beta\n"},
                           {"deals", "id,name,firm,value,created\n1,Big,F1,100,2025-02-03\n2,Small,F2,5.50,2025-02-04\n"}};

std::int64_t count(const Api& api, const std::string& collection, const std::string& filter = "") {
  return api.get("/v1/" + collection + "?include=total&limit=1" + filter).number("/page/total");
}
std::string position(const test::Server& server) { return server.admin().get("/v1/account").header("Log-Position"); }

// What the test lets go on, step by step.
class Gate {
 public:
  void let(int more) { permits_ += more; }
  // Waits for a step; false: the job is to end.
  bool pass(const api::JobRun& job) {
    ++waiting_;
    for (;;) {
      if (job.ends()) return false;
      int permits = permits_;
      if (permits > 0 && permits_.compare_exchange_weak(permits, permits - 1)) return true;
      std::this_thread::yield();
    }
  }
  void wait_for(int waits) const {
    while (waiting_ < waits) std::this_thread::yield();
  }

 private:
  std::atomic<int> permits_{0}, waiting_{0};
};

// Three companies, each when the gate lets it.
class GatedPlan : public api::ImportPlan {
 public:
  GatedPlan(std::string scope, Gate& gate) : scope_(std::move(scope)), gate_(gate) {}
  const std::string& scope() const override { return scope_; }
  std::size_t rows() const override { return 3; }
  void begun(const Uuid&, int) override {}
  api::JobEnd run(const api::ImportDoor& door, api::JobRun& job) override {
    int made = 0;
    bool is_cut = false;
    job.progress(0, 3);
    for (; made < 3; ++made) {
      is_cut = !gate_.pass(job);
      if (is_cut) break;
      const std::string name = scope_ + " " + std::to_string(made);
      const api::Response answer = door(api::Method::post, "/v1/companies", R"({"name":")" + name + "\"}", {{"Idempotency-Key", "k-" + std::to_string(made) + scope_}});
      if (answer.status >= 300) break;
      job.progress(static_cast<std::size_t>(made) + 1, 3);
    }
    return {.result = R"({"made":)" + std::to_string(made) + "}", .problem = {}, .is_cut = is_cut};
  }

 private:
  std::string scope_;
  Gate& gate_;
};
class GatedImporter : public api::Importer {
 public:
  explicit GatedImporter(Gate& gate) : gate_(gate) {}
  std::unique_ptr<api::ImportPlan> read(std::string_view plan, const std::vector<api::ImportFile>&, api::Faults&) const override {
    return std::make_unique<GatedPlan>(std::string(plan), gate_);
  }

 private:
  Gate& gate_;
};

struct Gated {
  Gate gate;
  test::Server server{[this](api::AppOptions& options) { options.importer = std::make_shared<GatedImporter>(gate); }};

  Answer begin(const Api& api, const std::string& scope, const Headers& headers = {}) const { return upload_plan(api, {{"plan", scope}}, headers); }
};

}  // namespace

TEST_CASE("A plan is uploaded with its files and carried out by a job, and a second time changes nothing [IO-1]", "[api][acceptance][jobs][IO-1]") {
  test::Server server;
  const Answer begun = upload_plan(server.admin(), small_form);
  const Answer job = finished(server, server.admin(), begun);
  INFO(job.body);
  CHECK(job.text("/kind") == "import");
  CHECK(job.text("/state") == "done");
  CHECK(job.number("/done") == 4);
  CHECK(job.number("/total") == 4);
  CHECK(job.text("/started_by") == server.admin_id());
  CHECK(job.at("/problem").is_null());
  CHECK(job.flag("/result/ok"));
  CHECK(job.number("/result/rows") == 4);
  CHECK(job.number("/result/phases/deals/done") == 2);
  CHECK(count(server.admin(), "companies") == 2);
  const Answer deals = server.admin().get("/v1/deals?name=Small");
  CHECK(deals.text("/data/0/value/amount") == "5.50");
  CHECK(deals.text("/data/0/created_at") == "2025-02-04T11:00:00.000Z");

  const std::string before = position(server);
  const Answer again = finished(server, server.admin(), upload_plan(server.admin(), small_form));
  CHECK(again.text("/id") != job.text("/id"));
  CHECK(again.number("/result/total/unchanged") == 4);
  CHECK(again.text("/result/import_id") == job.text("/result/import_id"));
  CHECK(position(server) == before);

  // It is an import like any other.
  REQUIRE(server.admin().post("/v1/undo", {{"import_id", job.text("/result/import_id")}}).status == 200);
  CHECK(count(server.admin(), "deals") == 0);
  CHECK(finished(server, server.admin(), upload_plan(server.admin(), small_form)).number("/result/total/done") == 4);
}

TEST_CASE("Faulty rows are told by file, row, column and code, and the sound ones are there [IO-1]", "[api][acceptance][jobs][IO-1]") {
  test::Server server;
  FormParts form = small_form;
  form[2].second += "3,Odd,F9,7,2025-02-05\n4,Bad,F1,-8,2025-02-05\n5,short\n";
  const Answer job = finished(server, server.admin(), upload_plan(server.admin(), form));
  INFO(job.body);
  CHECK(job.text("/state") == "done");
  CHECK_FALSE(job.flag("/result/ok"));
  CHECK(job.number("/result/error_count") == 3);
  std::vector<std::string> faults;
  for (const json::value& each : job.at("/result/errors").as_array())
    faults.push_back(std::string(each.at("file").as_string()) + ":" + std::to_string(each.at("row").as_int64()) + ":" + std::string(each.at("column").as_string()) + " " + std::string(each.at("code").as_string()));
  std::ranges::sort(faults);
  CHECK(faults == std::vector<std::string>{"deals.csv:4:firm unknown_reference", "deals.csv:5:value negative", "deals.csv:6:firm too_few_cells"});
  CHECK(count(server.admin(), "deals") == 2);
}

TEST_CASE("Faults of the plan and the form come at once, each with its pointer, and nothing is begun [IO-1][GEN-10]", "[api][acceptance][jobs][IO-1]") {
  test::Server server;
  const std::string before = position(server);
  CHECK(upload_plan(server.admin(), {{"firms", "id\n"}}).errors() == std::vector<std::string>{"/plan required"});
  const Answer faulty = upload_plan(server.admin(), {{"plan", R"({"plan": 1, "scope": "s", "colour": 1, "files": {"f": "f.csv"}, "entities": [{"entity": "company", "file": "g", "external_id": "id"}]})"}, {"dry_run", "maybe"}});
  INFO(faulty.body);
  CHECK(faulty.status == 400);
  const std::vector<std::string> errors = faulty.errors();
  for (const char* error : {"/dry_run unreadable", "/plan/colour unknown_field", "/plan/entities/0/file unknown_file"}) CHECK(std::ranges::find(errors, error) != errors.end());
  FormParts strangers = small_form;
  strangers.erase(strangers.begin() + 1);
  strangers.emplace_back("people", "id\n");
  CHECK(upload_plan(server.admin(), strangers).errors() == std::vector<std::string>{"/firms required", "/people unknown_field"});
  CHECK(upload_plan(server.admin(), {{"plan", "no json"}}).status == 400);
  CHECK(server.admin().send("POST", "/v1/imports", "no form", {{"Content-Type", "multipart/form-data; boundary=b"}}).status == 400);
  CHECK(position(server) == before);
  CHECK(server.admin().get("/v1/jobs").at("/data").as_array().empty());
}

TEST_CASE("Once personal data is erased no report of before quotes any more what stood in the files [CON-3]", "[api][acceptance][jobs][erasure]") {
  test::Server server;
  FormParts form = small_form;
  form[2].second += "3,Odd,Jan Kowalski,7,2025-02-05\n";
  const Answer job = finished(server, server.admin(), upload_plan(server.admin(), form, {{"Idempotency-Key", "k"}}));
  CHECK(job.body.find("Jan Kowalski") != std::string::npos);
  const std::string person = server.create("/v1/persons", {{"name", "Jan Kowalski"}});
  REQUIRE(server.admin().post("/v1/persons/" + person + "/erase").status == 200);
  const Answer later = server.admin().get("/v1/jobs/" + job.text("/id"));
  CHECK(later.body.find("Jan Kowalski") == std::string::npos);
  CHECK(later.flag("/result/is_shortened"));
  CHECK(later.number("/result/error_count") == 1);
  CHECK(upload_plan(server.admin(), form, {{"Idempotency-Key", "k"}}).body.find("Jan Kowalski") == std::string::npos);
}

TEST_CASE("A dry run of an upload tells what would be done and changes nothing [IO-1]", "[api][acceptance][jobs][IO-1]") {
  test::Server server;
  const std::string before = position(server);
  FormParts form = small_form;
  form.emplace_back("dry_run", "true");
  form[2].second += "3,Odd,F9,7,2025-02-05\n";
  const Answer job = finished(server, server.admin(), upload_plan(server.admin(), form));
  INFO(job.body);
  CHECK(job.text("/state") == "done");
  CHECK(job.flag("/result/dry_run"));
  CHECK(job.at("/result/import_id").is_null());
  CHECK(job.number("/result/total/planned") == 4);
  CHECK(job.text("/result/errors/0/code") == "unknown_reference");
  CHECK(position(server) == before);
}

TEST_CASE("Uploads have the limits of files, and the rights of imports [R13][ACC-4]", "[api][acceptance][jobs][R13]") {
  test::Server server([](api::AppOptions& options) { options.file_limit = 100'000; });
  FormParts form = small_form;
  form[1].second += std::string(200'000, ' ');
  CHECK(upload_plan(server.admin(), form).status == 413);
  for (const char* role : {"salesperson", "analyst", "auditor"}) CHECK(upload_plan(server.add_user(role, role).api, small_form).status == 403);
  // Each row is under the rights of the token: one for other things does not make companies.
  const auto with = [&](const json::array& scopes) {
    const Api api = server.as(server.must_post("/v1/tokens", {{"name", "narrow"}, {"user_id", server.admin_id()}, {"scopes", scopes}}).text("/token"));
    return finished(server, api, upload_plan(api, small_form));
  };
  const Answer blind = with({"imports", "jobs"});
  CHECK(blind.text("/state") == "failed");
  CHECK(blind.text("/problem/code") == "forbidden");
  const Answer narrow = with({"imports", "jobs", "setup"});
  INFO(narrow.body);
  CHECK(narrow.text("/state") == "done");
  CHECK(narrow.number("/result/total/failed") == 4);
  CHECK(narrow.text("/result/errors/0/code") == "forbidden");
  CHECK(count(server.admin(), "companies") == 0);
}

TEST_CASE("An upload has so many rows at most, and is told so before anything is done [R13]", "[api][acceptance][jobs][R13]") {
  test::Server server;
  FormParts form = small_form;
  for (int i = 0; i < 199'997; ++i) form[1].second += "x,y\n";
  const Answer refused = upload_plan(server.admin(), form);
  INFO(refused.body);
  CHECK(refused.status == 422);
  CHECK(refused.errors() == std::vector<std::string>{" too_long"});
  CHECK(server.admin().get("/v1/jobs").at("/data").as_array().empty());
}

TEST_CASE("Rows that cannot be read count as rows, cells that say nothing as cells, and an upload of too many is refused [R13]", "[api][acceptance][jobs][R13]") {
  test::Server server;
  FormParts unsound = small_form;
  for (int i = 0; i < 200'001; ++i) unsound[1].second += "x\n";
  CHECK(upload_plan(server.admin(), unsound).errors() == std::vector<std::string>{" too_long"});
  FormParts wide = small_form;
  wide[1].second = "id,name";
  for (int i = 0; i < 98; ++i) wide[1].second += ",c" + std::to_string(i);
  for (int i = 0; i < 40'001; ++i) wide[1].second += "\n" + std::string(99, ',');
  CHECK(upload_plan(server.admin(), wide).errors() == std::vector<std::string>{" too_long"});
  CHECK(server.admin().get("/v1/jobs").at("/data").as_array().empty());
}

TEST_CASE("Under an Idempotency-Key the same upload is the same job, however its form is drawn", "[api][acceptance][jobs]") {
  test::Server server;
  const Headers key{{"Idempotency-Key", "move"}};
  const Answer begun = upload_plan(server.admin(), small_form, key);
  CHECK(begun.header("Idempotent-Replayed").empty());
  const Answer again = upload_plan(server.admin(), small_form, key, "another-boundary");
  CHECK(again.status == 202);
  CHECK(again.text("/id") == begun.text("/id"));
  CHECK(again.header("Idempotent-Replayed") == "true");
  (void)finished(server, server.admin(), begun);
  CHECK(upload_plan(server.admin(), small_form, key).text("/state") == "done");
  CHECK(server.admin().get("/v1/jobs").at("/data").as_array().size() == 1);
  FormParts other = small_form;
  other[1].second += "F3,Gamma\n";
  CHECK(upload_plan(server.admin(), other, key).code() == "key_reused");

  // After a restart nobody knows the job; the same request does again what was done, which changes nothing.
  server.restart();
  const std::string before = position(server);
  CHECK(server.admin().get(begun.header("Location")).status == 404);
  const Answer anew = finished(server, server.admin(), upload_plan(server.admin(), small_form, key));
  CHECK(anew.text("/id") == begun.text("/id"));
  CHECK(anew.number("/result/total/unchanged") == 4);
  CHECK(position(server) == before);
}

TEST_CASE("A job tells each of its states and its progress live, and the stream ends behind the last", "[api][acceptance][jobs]") {
  Gated it;
  const Answer begun = it.begin(it.server.admin(), "s");
  REQUIRE(begun.status == 202);
  it.gate.wait_for(1);
  Watcher watcher(it.server, it.server.admin(), begun.header("Location"));
  std::vector<std::pair<std::string, std::int64_t>> seen;
  std::string id;
  const auto next = [&] {
    const auto message = watcher.message();
    REQUIRE(message);
    id = message->first;
    seen.emplace_back(std::string(message->second.at("state").as_string()), message->second.at("done").as_int64());
    return message->second;
  };
  const json::value first = next();
  CHECK(first.at("rate").is_null());
  CHECK(id == position(it.server));
  it.gate.let(1);
  const json::value second = next();
  CHECK(second.at("total") == 3);
  CHECK(second.at("rate").to_number<double>() >= 0);
  CHECK(second.at("seconds_left").to_number<double>() >= 0);
  it.gate.let(2);
  while (seen.back().first != "done") next();
  CHECK(id == position(it.server));
  CHECK_FALSE(watcher.message());
  CHECK(watcher.client.ended_properly());
  CHECK(seen.front() == std::pair<std::string, std::int64_t>("running", 0));
  CHECK(seen.at(1) == std::pair<std::string, std::int64_t>("running", 1));
  CHECK(seen.back() == std::pair<std::string, std::int64_t>("done", 3));

  // Who comes late is told the end, and no more.
  Watcher late(it.server, it.server.admin(), begun.header("Location"));
  CHECK(late.message()->second.at("result").at("made").as_int64() == 3);
  CHECK_FALSE(late.message());
}

TEST_CASE("States that pass while nobody reads are told as well", "[api][acceptance][jobs]") {
  Gated it;
  const Answer one = it.begin(it.server.admin(), "one"), two = it.begin(it.server.admin(), "two"), three = it.begin(it.server.admin(), "three");
  it.gate.wait_for(2);
  CHECK(it.server.admin().get(three.header("Location")).text("/state") == "queued");
  Watcher watcher(it.server, it.server.admin(), three.header("Location"));
  std::vector<std::string> states;
  states.emplace_back(watcher.message()->second.at("state").as_string());
  it.gate.let(9);   // all three run to their ends
  while (const auto message = watcher.message())
    if (std::string state(message->second.at("state").as_string()); state != states.back()) states.push_back(std::move(state));
  CHECK(states == std::vector<std::string>{"queued", "running", "done"});
  for (const Answer& each : {one, two}) CHECK(finished(it.server, it.server.admin(), each).text("/state") == "done");
}

TEST_CASE("A cancelled job ends between two commands, says what was done, and the same request goes on", "[api][acceptance][jobs]") {
  Gated it;
  const Headers key{{"Idempotency-Key", "k"}};
  const Answer begun = it.begin(it.server.admin(), "s", key);
  it.gate.let(1);
  it.gate.wait_for(2);
  const Answer cancelling = it.server.admin().remove(begun.header("Location"));
  CHECK(cancelling.status == 202);
  CHECK(cancelling.flag("/is_cancelling"));
  const Answer over = finished(it.server, it.server.admin(), begun);
  CHECK(over.text("/state") == "cancelled");
  CHECK(over.number("/result/made") == 1);
  CHECK_FALSE(over.flag("/is_cancelling"));
  CHECK(count(it.server.admin(), "companies") == 1);
  CHECK(it.server.admin().remove(begun.header("Location")).text("/state") == "cancelled");   // it stays as it is

  it.gate.let(3);
  const Answer again = it.begin(it.server.admin(), "s", key);
  CHECK(again.text("/id") == begun.text("/id"));
  CHECK(again.header("Idempotent-Replayed").empty());
  CHECK(finished(it.server, it.server.admin(), again).text("/state") == "done");
  CHECK(count(it.server.admin(), "companies") == 3);
  CHECK(it.server.admin().remove(begun.header("Location")).text("/state") == "done");
}

TEST_CASE("Two jobs of an account run, some wait, further ones are refused, and other accounts are not held up", "[api][acceptance][jobs][R13]") {
  Gated it;
  const Person other = it.server.add_account("other");
  std::vector<Answer> jobs;
  for (int i = 0; i < 6; ++i) jobs.push_back(it.begin(it.server.admin(), "s" + std::to_string(i)));
  it.gate.wait_for(2);
  const Answer refused = it.begin(it.server.admin(), "s6");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "too_many_requests");
  CHECK_FALSE(refused.header("Retry-After").empty());
  std::vector<std::string> states;
  const Answer listed = it.server.admin().get("/v1/jobs");
  for (const json::value& each : listed.at("/data").as_array()) states.emplace_back(each.at("state").as_string());
  CHECK(states == std::vector<std::string>{"queued", "queued", "queued", "queued", "running", "running"});

  const std::string metrics = it.server.nobody().get("/metrics").body;
  CHECK(metrics.find("\ndealog_jobs_running 2\n") != std::string::npos);
  CHECK(metrics.find("\ndealog_jobs_waiting 4\n") != std::string::npos);

  const Answer theirs = it.begin(other.api, "t");
  it.gate.wait_for(3);
  CHECK(other.api.get(theirs.header("Location")).text("/state") == "running");
  CHECK(it.server.admin().get(theirs.header("Location")).status == 404);

  // One that waits is cancelled at once, and leaves its place to another.
  const Answer cancelled = it.server.admin().remove(jobs[3].header("Location"));
  CHECK(cancelled.status == 200);
  CHECK(cancelled.text("/state") == "cancelled");
  jobs[3] = it.begin(it.server.admin(), "s6");
  CHECK(jobs[3].status == 202);
  it.gate.let(21);
  for (const Answer& job : jobs) CHECK(finished(it.server, it.server.admin(), job).text("/state") == "done");
  CHECK(finished(it.server, other.api, theirs).text("/state") == "done");
  CHECK(count(it.server.admin(), "companies") == 18);
  CHECK(count(other.api, "companies") == 3);
}

TEST_CASE("A job has the rights of who began it as they are: suspended, revoked or of a lesser role he ends it [ACC-4][ACC-7]", "[api][acceptance][jobs][ACC-7]") {
  Gated it;
  const Person mia = it.server.add_user("Mia", "manager"), max = it.server.add_user("Max", "manager");
  const Answer of_mia = it.begin(mia.api, "mia"), of_max = it.begin(max.api, "max");
  it.gate.wait_for(2);
  it.server.must_patch("/v1/users/" + mia.id, {{"is_suspended", true}});
  it.server.must_patch("/v1/users/" + max.id, {{"role", "analyst"}});
  it.gate.let(2);
  const Answer suspended = finished(it.server, it.server.admin(), of_mia), lesser = finished(it.server, it.server.admin(), of_max);
  INFO(suspended.body << lesser.body);
  CHECK(suspended.text("/state") == "failed");
  CHECK(suspended.text("/problem/code") == "unauthenticated");
  CHECK(suspended.number("/result/made") == 0);
  CHECK(lesser.text("/state") == "failed");
  CHECK(lesser.text("/problem/code") == "forbidden");
  CHECK(count(it.server.admin(), "companies") == 0);
}

TEST_CASE("Jobs are seen by who began them and by administrators [ACC-1][ACC-4]", "[api][acceptance][jobs]") {
  Gated it;
  const Person mia = it.server.add_user("Mia", "manager"), max = it.server.add_user("Max", "manager");
  it.gate.let(3);
  const Answer begun = it.begin(mia.api, "s");
  CHECK(finished(it.server, mia.api, begun).text("/state") == "done");
  CHECK(max.api.get(begun.header("Location")).status == 404);
  CHECK(max.api.remove(begun.header("Location")).status == 404);
  CHECK(max.api.get("/v1/jobs").at("/data").as_array().empty());
  CHECK(mia.api.get("/v1/jobs").text("/data/0/id") == begun.text("/id"));
  CHECK(it.server.admin().get("/v1/jobs").text("/data/0/started_by") == mia.id);
  CHECK(it.server.admin().get("/v1/jobs?format=csv").body.find(begun.text("/id")) != std::string::npos);
}

TEST_CASE("Stopping the server ends jobs between two commands, and the same request goes on after it", "[api][acceptance][jobs]") {
  Gated it;
  const Headers key{{"Idempotency-Key", "k"}};
  const Answer begun = it.begin(it.server.admin(), "s", key);
  it.gate.let(2);
  it.gate.wait_for(3);
  it.server.restart();
  CHECK(count(it.server.admin(), "companies") == 2);
  CHECK(it.server.admin().get(begun.header("Location")).status == 404);
  it.gate.let(3);
  const Answer again = it.begin(it.server.admin(), "s", key);
  CHECK(again.text("/id") == begun.text("/id"));
  CHECK(finished(it.server, it.server.admin(), again).text("/state") == "done");
  CHECK(count(it.server.admin(), "companies") == 3);
}

TEST_CASE("One command over more than a request takes is a job of many batches, each taken back by its id [DEA-8][DEA-9]", "[api][acceptance][jobs][DEA-8]") {
  test::Server server;
  const Api& api = server.admin();
  for (const int many : {1000, 200}) {
    json::array commands;
    for (int i = 0; i < many; ++i) commands.push_back({{"path", "/v1/companies"}, {"body", {{"name", "C" + std::to_string(many + i)}}}});
    REQUIRE(api.post("/v1/companies/bulk", {{"commands", commands}}, {{"Prefer", "return=minimal"}}).number("/accepted") == many);
  }
  REQUIRE(api.patch("/v1/companies/" + api.get("/v1/companies?name=C1000").text("/data/0/id"), {{"description", "moved away"}}).status == 200);
  json::object bulk{{"filter", {{"field", "name"}, {"op", "starts"}, {"value", "C"}}},
                    {"command", {{"method", "PATCH"}, {"path", "/v1/companies/{id}"}, {"body", {{"description", "moved in"}}}}}};
  const std::string before = position(server);
  bulk["atomic"] = true;
  CHECK(api.post("/v1/companies/bulk", bulk).errors() == std::vector<std::string>{"/filter too_long"});
  bulk["atomic"] = false;
  bulk["dry_run"] = true;
  const Answer tried = finished(server, api, api.post("/v1/companies/bulk", bulk));
  INFO(tried.body);
  CHECK(tried.number("/result/accepted") == 1200);
  CHECK(tried.at("/result/bulk_ids").as_array().empty());
  CHECK(position(server) == before);

  bulk["dry_run"] = false;
  const Headers key{{"Idempotency-Key", "k"}};
  const Answer job = finished(server, api, api.post("/v1/companies/bulk", bulk, key));
  INFO(job.body);
  CHECK(job.text("/kind") == "bulk");
  CHECK(job.text("/state") == "done");
  CHECK(job.number("/done") == 1200);
  CHECK(job.number("/result/accepted") == 1200);
  CHECK(job.number("/result/refused") == 0);
  REQUIRE(job.at("/result/bulk_ids").as_array().size() == 2);
  CHECK(count(api, "companies", "&description=moved+in") == 1200);
  CHECK(api.post("/v1/companies/bulk", bulk, key).text("/id") == job.text("/id"));

  // The process forgets the job; the log does not forget what was done.
  server.restart();
  const std::string after = position(server);
  const Answer again = finished(server, server.admin(), server.admin().post("/v1/companies/bulk", bulk, key));
  INFO(again.body);
  CHECK(again.number("/result/accepted") == 1200);
  CHECK(again.at("/result/bulk_ids") == job.at("/result/bulk_ids"));
  CHECK(position(server) == after);

  for (const json::value& id : job.at("/result/bulk_ids").as_array()) REQUIRE(server.admin().post("/v1/undo", {{"bulk_id", id}}).status == 200);
  CHECK(count(server.admin(), "companies", "&description=moved+in") == 0);
  CHECK(count(server.admin(), "companies", "&description=moved+away") == 1);
}

TEST_CASE("A small bulk over a filter is a job for who prefers one, and names what is refused [DEA-8]", "[api][acceptance][jobs][DEA-8]") {
  test::Server server;
  const Api& api = server.admin();
  const auto abc = server.add_abc();
  const std::string open = server.create("/v1/deals", {{"name", "Open"}}), won = server.create("/v1/deals", {{"name", "Won"}});
  server.must_post("/v1/deals/" + won + "/win");
  const json::object bulk{{"filter", json::object{}}, {"command", {{"path", "/v1/deals/{id}/move"}, {"body", {{"stage_id", abc.b}}}}}};
  const Answer job = finished(server, api, api.post("/v1/deals/bulk", bulk, {{"Prefer", "respond-async"}}));
  INFO(job.body);
  CHECK(job.number("/result/accepted") == 1);
  CHECK(job.number("/result/refused") == 1);
  CHECK(job.text("/result/refusals/0/id") == won);
  CHECK(job.text("/result/refusals/0/problem/code") == "deal_not_open");
  CHECK(api.get("/v1/deals/" + open).text("/stage_id") == abc.b);
  CHECK(api.post("/v1/deals/bulk", bulk).status == 200);
}

TEST_CASE("What a bulk job did under a key is all that the key does, whatever the filter finds later [DEA-8]", "[api][acceptance][jobs][DEA-8]") {
  test::Server server;
  const auto abc = server.add_abc();
  const std::string open = server.create("/v1/deals", {{"name", "Open"}}), won = server.create("/v1/deals", {{"name", "Won"}});
  server.must_post("/v1/deals/" + won + "/win");
  const auto moving = [&](const json::object& filter) {
    return json::object{{"filter", filter}, {"command", {{"path", "/v1/deals/{id}/move"}, {"body", {{"stage_id", abc.b}}}}}};
  };
  const json::object all = moving({}), none = moving({{"field", "name"}, {"value", "New"}});
  const auto ask = [&](const json::object& bulk, const std::string& key) {
    return finished(server, server.admin(), server.admin().post("/v1/deals/bulk", bulk, {{"Idempotency-Key", key}, {"Prefer", "respond-async"}}));
  };
  const Answer job = ask(all, "all"), empty = ask(none, "none");
  INFO(job.body << empty.body);
  CHECK(job.number("/result/accepted") == 1);
  CHECK(job.number("/result/refused") == 1);
  CHECK(empty.number("/result/accepted") == 0);

  // A month later: the job is forgotten, there is a new deal, and the one that was refused could be moved.
  server.restart();
  const std::string found_anew = server.create("/v1/deals", {{"name", "New"}});
  server.must_post("/v1/deals/" + won + "/reopen");
  const std::string before = position(server);
  const Answer again = ask(all, "all"), empty_again = ask(none, "none");
  INFO(again.body << empty_again.body);
  CHECK(again.text("/state") == "done");
  CHECK(again.number("/done") == 2);
  CHECK(again.number("/result/accepted") == 1);
  CHECK(again.number("/result/refused") == 1);
  CHECK(again.text("/result/refusals/0/id") == won);
  CHECK(again.at("/result/bulk_ids") == job.at("/result/bulk_ids"));
  CHECK(empty_again.text("/state") == "done");
  CHECK(empty_again.number("/result/accepted") == 0);
  CHECK(position(server) == before);
  CHECK(server.admin().get("/v1/deals/" + open).text("/stage_id") == abc.b);
  for (const std::string& deal : {found_anew, won}) CHECK(server.admin().get("/v1/deals/" + deal).text("/stage_id") == abc.a);
  CHECK(ask(all, "another").number("/result/accepted") == 3);
}

TEST_CASE("The same upload under the same key imports nothing again that was taken back since [IO-1][DEA-9]", "[api][acceptance][jobs][IO-1]") {
  test::Server server;
  const Headers key{{"Idempotency-Key", "move"}};
  const Answer job = finished(server, server.admin(), upload_plan(server.admin(), small_form, key));
  REQUIRE(job.number("/result/total/done") == 4);
  REQUIRE(server.admin().post("/v1/undo", {{"import_id", job.text("/result/import_id")}}).status == 200);
  server.restart();
  const std::string before = position(server);
  const Answer again = upload_plan(server.admin(), small_form, key);
  INFO(again.body);
  CHECK(again.status == 409);
  CHECK(again.errors() == std::vector<std::string>{"/plan/scope id_taken"});
  FormParts other = small_form;
  other[1].second += "F3,Gamma\n";
  CHECK(upload_plan(server.admin(), other, key).code() == "key_reused");
  CHECK(position(server) == before);
  CHECK(count(server.admin(), "companies") == 0);
  CHECK(finished(server, server.admin(), upload_plan(server.admin(), small_form, {{"Idempotency-Key", "anew"}})).number("/result/total/done") == 4);
  CHECK(count(server.admin(), "companies") == 2);
}
