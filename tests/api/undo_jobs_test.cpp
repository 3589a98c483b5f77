// Imports that are taken back in several commits: stopped on the way, gone on with, and as a job [DEA-9].

#include <future>

#include "api/app.h"
#include "api/bulk.h"
#include "eventstore/writer.h"
#include "tests/api/jobs_helpers.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr int many = 45;

struct Moved {
  test::Server server;
  std::string import;
  json::object undo;

  explicit Moved(int companies = many) {
    std::string rows = "id\n";
    for (int i = 0; i < companies; ++i) rows += "F" + std::to_string(1000 + i) + "\n";
    const char* const plan = R"({"plan":1,"scope":"many","files":{"f":"f.csv"},"sources":["Web"],"entities":[{"entity":"company","file":"f","external_id":"id","fields":{"name":"id"}}]})";
    server.must_patch("/v1/account", {{"sources_on", true}});
    const Answer job = finished(server, server.admin(), upload_plan(server.admin(), {{"plan", plan}, {"f", rows}}));
    REQUIRE(job.flag("/result/ok"));
    import = job.text("/result/import_id");
    undo = {{"import_id", import}};
    REQUIRE(count() == companies);
  }
  std::int64_t count() const { return server.admin().get("/v1/companies?include=total&limit=1").number("/page/total"); }
  std::string position() const { return server.admin().get("/v1/account").header("Log-Position"); }

  // What a first commit of the undo under that key leaves when nothing follows it.
  void stop_midway(const std::string& key, int done) { stop_midway(key, done, server.admin_id()); }
  void stop_midway(const std::string& key, int done, const std::string& administrator) {
    api::App& app = server.app();
    const std::string body = json::serialize(undo);
    api::Request request{.method = api::Method::post, .target = "/v1/undo", .path = "/v1/undo", .query = {}, .parameters = {},
                         .headers = {{"Idempotency-Key", key}}, .body = body, .peer = {}, .request_id = {}, .deadline = {}};
    const api::Routes::Match match = app.routes().find(api::Method::post, "/v1/undo");
    const auto account = app.account("acme");
    const Uuid admin = *parse_uuid(administrator);
    api::Call call{.request = request, .route = *match.route, .path = {}, .app = &app,
                   .principal = std::make_shared<api::Principal>(api::Principal{account, admin, Uuid{}, Role::administrator})};
    api::Response unused;
    const api::RequestKey hashed = *api::request_key(call, unused);
    auto together = std::make_shared<eventstore::Together>();
    Context context;
    context.actor = admin;
    const Uuid batch = api::batch_id(call, hashed);
    together->parts.push_back({command::BeginBatch{.id = batch, .kind = BatchKind::undo, .undoes = *parse_uuid(import)}, context, hashed.key, hashed.request});
    context.batch = batch;
    const Answer companies = server.admin().get("/v1/companies?sort=-name&limit=" + std::to_string(done));
    for (const json::value& each : companies.at("/data").as_array())
      together->parts.push_back({command::Delete{{Kind::company, *parse_uuid(std::string(each.at("id").as_string()))}}, context});
    std::promise<eventstore::Outcome> promised;
    eventstore::Submission submission;
    submission.together = together;
    submission.done = [&promised](eventstore::Outcome&& outcome) { promised.set_value(std::move(outcome)); };
    account->writer().submit(std::move(submission));
    REQUIRE(std::holds_alternative<eventstore::Accepted>(promised.get_future().get()));
  }
};

}  // namespace

TEST_CASE("An undo of an import that stopped on the way goes on under the same key, and is done once [DEA-9]", "[api][acceptance][jobs][DEA-9]") {
  Moved it;
  const Headers key{{"Idempotency-Key", "k"}};
  it.stop_midway("k", 10);
  REQUIRE(it.count() == many - 10);
  const Answer undone = it.server.admin().post("/v1/undo", it.undo, key);
  INFO(undone.body);
  REQUIRE(undone.status == 200);
  CHECK(undone.header("Idempotent-Replayed").empty());
  CHECK(undone.at("/changes").as_array().size() == many);   // of both parts
  CHECK(it.count() == 0);

  const std::string after = it.position();
  const Answer again = it.server.admin().post("/v1/undo", it.undo, key);
  CHECK(again.status == 200);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(again.at("/changes") == undone.at("/changes"));
  it.server.restart();
  CHECK(it.server.admin().post("/v1/undo", it.undo, key).header("Idempotent-Replayed") == "true");
  CHECK(it.position() == after);
  CHECK(it.server.admin().post("/v1/undo", {{"last", true}}, key).code() == "key_reused");

  // Done is done: what was brought back since is not taken back by the old request.
  REQUIRE(it.server.admin().post("/v1/undo", {{"bulk_id", undone.text("/bulk_id")}}).status == 200);
  CHECK(it.count() == many);
  CHECK(it.server.admin().post("/v1/undo", it.undo, key).header("Idempotent-Replayed") == "true");
  CHECK(it.count() == many);
}

TEST_CASE("What somebody did with the rest meanwhile stands in the way of going on, with reasons [DEA-9]", "[api][acceptance][jobs][DEA-9]") {
  Moved it;
  it.stop_midway("k", 10);
  const std::string first = it.server.admin().get("/v1/companies?sort=name&limit=1").text("/data/0/id");
  it.server.must_patch("/v1/companies/" + first, {{"name", "Ours now"}});
  const Answer blocked = it.server.admin().post("/v1/undo", it.undo, {{"Idempotency-Key", "k"}});
  CHECK(blocked.status == 409);
  CHECK(blocked.code() == "undo_blocked");
  CHECK(blocked.text("/reasons/0/object/id") == first);
  CHECK(it.count() == many - 10);
  REQUIRE(it.server.admin().remove("/v1/companies/" + first).status == 200);
  CHECK(it.server.admin().post("/v1/undo", it.undo, {{"Idempotency-Key", "k"}}).status == 200);
  CHECK(it.count() == 0);
}

TEST_CASE("An import is taken back by a job for who prefers one: tried, done, known again and brought back [DEA-9]", "[api][acceptance][jobs][DEA-9]") {
  Moved it(4500);
  const Headers wishes{{"Idempotency-Key", "k"}, {"Prefer", "respond-async"}};
  const std::string before = it.position();
  json::object trial = it.undo;
  trial["dry_run"] = true;
  const Answer tried = finished(it.server, it.server.admin(), it.server.admin().post("/v1/undo", trial, {{"Prefer", "respond-async"}}));
  INFO(tried.body);
  CHECK(tried.flag("/result/dry_run"));
  CHECK(tried.number("/result/counts/company.deleted") == 4500);
  CHECK(it.position() == before);

  const Answer job = finished(it.server, it.server.admin(), it.server.admin().post("/v1/undo", it.undo, wishes));
  INFO(job.body);
  CHECK(job.text("/kind") == "undo");
  CHECK(job.text("/state") == "done");
  CHECK(job.number("/result/events") == 4500);
  CHECK(job.number("/result/counts/company.deleted") == 4500);
  CHECK(job.text("/result/stays/0/kind") == "source");
  CHECK(job.number("/done") == job.number("/total"));
  CHECK(it.count() == 0);
  CHECK(it.server.admin().post("/v1/undo", it.undo, wishes).text("/state") == "done");

  it.server.restart();
  const std::string after = it.position();
  const Answer again = finished(it.server, it.server.admin(), it.server.admin().post("/v1/undo", it.undo, wishes));
  CHECK(again.text("/id") == job.text("/id"));
  CHECK(again.number("/result/counts/company.deleted") == 4500);
  CHECK(it.position() == after);
}

TEST_CASE("A job goes on with an undo that stopped on the way, and says why it cannot [DEA-9]", "[api][acceptance][jobs][DEA-9]") {
  Moved it;
  const Headers wishes{{"Idempotency-Key", "k"}, {"Prefer", "respond-async"}};
  it.stop_midway("k", 10);
  const std::string first = it.server.admin().get("/v1/companies?sort=name&limit=1").text("/data/0/id");
  it.server.must_patch("/v1/companies/" + first, {{"name", "Ours now"}});
  const Answer failed = finished(it.server, it.server.admin(), it.server.admin().post("/v1/undo", it.undo, wishes));
  INFO(failed.body);
  CHECK(failed.text("/state") == "failed");
  CHECK(failed.text("/problem/code") == "undo_blocked");
  CHECK(failed.text("/problem/reasons/0/object/id") == first);
  CHECK(failed.number("/result/events") == 10);
  REQUIRE(it.server.admin().remove("/v1/companies/" + first).status == 200);
  const Answer job = finished(it.server, it.server.admin(), it.server.admin().post("/v1/undo", it.undo, wishes));
  CHECK(job.text("/state") == "done");
  CHECK(job.number("/result/events") == many - 1);
  CHECK(it.count() == 0);
}

TEST_CASE("Who sees the import no more is not told that his half undo were whole [DEA-9][ACC-1]", "[api][acceptance][jobs][DEA-9]") {
  Moved it;
  const Person bea = it.server.add_user("Bea", "administrator");
  it.stop_midway("k", 10, bea.id);
  it.server.must_patch("/v1/users/" + bea.id, {{"role", "salesperson"}});
  const Answer unseen = bea.api.post("/v1/undo", it.undo, {{"Idempotency-Key", "k"}});
  INFO(unseen.body);
  CHECK(unseen.status == 404);
  CHECK(it.count() == many - 10);
}

TEST_CASE("Of an import that is more than a commit takes, fewer steps at once are taken back [DEA-9]", "[api][acceptance][jobs][DEA-9]") {
  test::Server server;
  constexpr int companies = 120;   // with texts of 10 kB: more than the 1 MiB of a commit
  const std::string text(10'000, 'x');
  const Headers import{{"Dealog-Import", server.must_post("/v1/imports", {{"scope", "texts"}}).text("/id")}};
  std::vector<std::string> ids;
  for (int i = 0; i < companies; ++i) ids.push_back(server.create("/v1/companies", {{"name", "C" + std::to_string(i)}, {"description", text}}));
  for (const std::string& id : ids) REQUIRE(server.admin().patch("/v1/companies/" + id, {{"description", "short"}}, import).status == 200);
  const Answer undone = server.admin().post("/v1/undo", {{"import_id", import.front().second}});
  INFO(undone.body.substr(0, 500));
  REQUIRE(undone.status == 200);
  CHECK(undone.at("/changes").as_array().size() == companies);
  for (const std::string& id : {ids.front(), ids.back()}) CHECK(server.admin().get("/v1/companies/" + id).text("/description") == text);
}
