// Jobs (API.md 1, "Long jobs"): what is under way beside the requests. Who begins them is for the routes that need them.

#include "api/app.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/event_stream.h"
#include "api/export.h"
#include "api/jobs.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

constexpr std::chrono::milliseconds between_pieces{250};

Response one(const JobShown& job, int status) {
  JsonWriter json;
  write_job(json, job, true);
  Response response = ok(std::move(json).text());
  response.status = status;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// A job as it goes on: each state that it comes to, between them how far it is, and nothing behind the last state.
class JobSource : public StreamSource {
 public:
  JobSource(App& app, std::shared_ptr<Principal> principal, const Uuid& id) : app_(app), principal_(std::move(principal)), id_(id) {}

  Collected collect() override {
    const auto job = app_.jobs().find(*principal_, id_);
    Collected collected{.over = !job || job->is_over()};
    if (!job) return collected;   // forgotten, or not his to see any more
    const Position position = principal_->account->head();
    const auto tell = [&](const JobShown& shown) {
      JsonWriter json;
      write_job(json, shown, true);
      append_message(collected.text, position, json.text());
    };
    // States that came and went since the last time are told as they were. Without a last time there are none to miss.
    for (const JobShown::Turn& turn : job->turns) {
      if (seen_ == 0 || turn.version <= seen_ || turn.state == job->state) continue;
      JobShown then = *job;
      then.state = turn.state;
      then.done = turn.done;
      then.total = turn.total;
      then.rate = 0;
      then.ended_at = {};
      then.result = then.problem = {};
      tell(then);
    }
    if (job->version != seen_) tell(*job);
    seen_ = job->version;
    return collected;
  }
  bool when_new(std::function<void(bool)> then) override {
    app_.jobs().when_changed(id_, seen_, std::move(then));
    return true;
  }
  std::chrono::milliseconds pause() const override { return between_pieces; }

 private:
  App& app_;
  std::shared_ptr<Principal> principal_;
  const Uuid id_;
  std::uint64_t seen_ = 0;
};

asio::awaitable<Response> list(Call& call) {
  JsonWriter json;
  json.object().key("data").array();
  for (const JobShown& job : call.app->jobs().list(*call.principal)) write_job(json, job, false);
  json.end().end();
  co_return ok(std::move(json).text());
}

asio::awaitable<Response> show_job(Call& call) {
  const auto id = call.id(0);
  const auto job = id ? call.app->jobs().find(*call.principal, *id) : std::nullopt;
  if (!job) co_return problem(Problem::not_found);
  if (!wants_stream(call.request)) co_return one(*job, 200);
  auto source = std::make_shared<JobSource>(*call.app, call.principal, *id);
  co_return event_stream(*call.app, call.principal, std::move(source));
}

asio::awaitable<Response> cancel(Call& call) {
  const auto id = call.id(0);
  const auto job = id ? call.app->jobs().cancel(*call.principal, *id) : std::nullopt;
  if (!job) co_return problem(Problem::not_found);
  co_return one(*job, job->is_over() ? 200 : 202);
}

}  // namespace

SchemaMaker job_schema() {
  return json_schema("Job", R"({"type":"object","required":["id","kind","state","done","total"],"properties":{
    "id":{"type":"string","format":"uuid"},"kind":{"type":"string","enum":["import","undo","bulk"]},
    "state":{"type":"string","enum":["queued","running","done","failed","cancelled"]},
    "is_cancelling":{"type":"boolean","description":"It was cancelled and ends with the commit that is under way"},
    "done":{"type":"integer"},"total":{"type":"integer","description":"0 as long as it is not known"},
    "rate":{"type":["number","null"],"description":"Of done, a second"},"seconds_left":{"type":["integer","null"]},
    "created_at":{"type":"string","format":"date-time"},"started_at":{"type":["string","null"],"format":"date-time"},
    "ended_at":{"type":["string","null"],"format":"date-time"},"started_by":{"type":"string","format":"uuid"},
    "result":{"type":["object","null"],"description":"What was done, also by a job that failed or was cancelled. is_shortened: its errors or refusals are told no more, because personal data was erased since"},
    "problem":{"type":["object","null"],"description":"Why it failed"}},
    "examples":[{"id":"0190a000-0000-7000-8000-00000000000a","kind":"import","state":"running","is_cancelling":false,"done":1200,"total":4800,
      "rate":950.5,"seconds_left":4,"created_at":"2026-03-02T09:00:00.000Z","started_at":"2026-03-02T09:00:00.010Z","ended_at":null,
      "started_by":"0190a000-0000-7000-8000-000000000001","result":null,"problem":null}]})");
}

void add_job_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/jobs", .operation_id = "listJobs", .tag = "jobs", .summary = "Your jobs, newest first",
              .doc = "Administrators see those of everybody in the account. Without results and problems. Jobs that are over are kept, the newest 50 "
                     "of an account, until the server is stopped.",
              .answers = {{200, "All of them", json_schema("JobList", R"({"type":"object","required":["data"],"properties":{"data":{"type":"array","items":{
                "type":"object","properties":{"id":{"type":"string","format":"uuid"},"kind":{"type":"string"},"state":{"type":"string"},
                "is_cancelling":{"type":"boolean"},"done":{"type":"integer"},"total":{"type":"integer"},"rate":{"type":["number","null"]},
                "seconds_left":{"type":["integer","null"]},"created_at":{"type":"string","format":"date-time"},
                "started_at":{"type":["string","null"],"format":"date-time"},"ended_at":{"type":["string","null"],"format":"date-time"},
                "started_by":{"type":"string","format":"uuid"}}}}}})")}},
              .handler = &list}));
  routes.add({.method = Method::get, .path = "/v1/jobs/{id}", .operation_id = "getJob", .tag = "jobs", .summary = "One job: how far is it? Or live",
              .doc = "With Accept: text/event-stream a stream of server-sent events: the job as it is, each state that it comes to, between them its "
                     "progress at most four times a second; it ends behind the last state, and the client need not come back. The id is the "
                     "position of the log. A job that is not there was one of before a restart: the same request under the same "
                     "Idempotency-Key goes on with it.",
              .streams = true, .answers = {{200, "The job", job_schema()}}, .problems = {404}, .handler = &show_job});
  routes.add({.method = Method::delete_, .path = "/v1/jobs/{id}", .operation_id = "cancelJob", .tag = "jobs", .summary = "Cancel a job",
              .doc = "It ends between two of its commits; what was committed stays, and its result says what that is. One that is over stays as it "
                     "is. The same request under the same Idempotency-Key goes on with a job that was cancelled.",
              .shape = Shape::command,
              .answers = {{200, "The job, which is over", job_schema()}, {202, "The job, which ends with the commit that is under way", job_schema()}},
              .problems = {404}, .handler = &cancel});
}

}  // namespace dealog::api
