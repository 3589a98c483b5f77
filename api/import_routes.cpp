// Imports (SPEC IO-1, DEA-9): an import is begun, its commands name it in the header Dealog-Import, and it is taken back as a whole.
// Or a plan is uploaded with its files, and a job does all of that (import_upload.cpp).
//
//     POST /v1/imports {"scope": "old-crm"}  -> 201 {"id", "run": 1}
//     POST /v1/companies   Dealog-Import: <id>
//     POST /v1/undo {"import_id": "<id>"}
//     POST /v1/imports {"scope": "old-crm"}  -> 201 {"id", "run": 2}      before the undo: 200, the same as the first time

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/bulk.h"
#include "api/describe.h"
#include "api/encode.h"
#include "api/execute.h"
#include "api/header_value.h"
#include "api/imports.h"
#include "api/jobs.h"
#include "api/multipart.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/undo.h"

namespace dealog::api {
namespace {

using eventstore::Accepted;
using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Trouble;

struct ImportBody {
  std::string scope;
  static constexpr std::string_view type_name = "Import";
  static constexpr auto describe() {
    return std::tuple{member("scope", &ImportBody::scope).doc("What is imported, in words that stay: the same scope is the same import, until it is taken back")};
  }
};

void write_import(JsonWriter& json, Account& account, const projections::World& live, const Uuid& id, std::optional<int> run) {
  const auto batch = account.writer().batch(id);
  std::size_t events = 0;
  for (const auto& [first, last] : batch->ranges) events += last - first + 1;
  json.object().field("id", id);
  if (run) json.field("run", *run);
  json.field("begun_by", batch->begun_by).field("position", batch->begun).field("events", events).field("is_undone", is_undone(live, id)).end();
}

bool is_form(const Request& request) {
  const std::string_view type = request.header("Content-Type");
  constexpr std::string_view form = "multipart/";
  return type.size() > form.size() && std::ranges::equal(type.substr(0, form.size()), form, {}, lower);
}

asio::awaitable<Response> begin(Call& call) {
  if (is_form(call.request)) {
    asio::awaitable<Response> uploading = upload_import(call);
    co_return co_await std::move(uploading);
  }
  Account& account = *call.principal->account;
  Faults faults;
  const auto body = decode<ImportBody>(call.request.body, faults);
  if (body && body->scope.size() > longest_scope) faults.impossible("/scope", "too_long", "At most 200 bytes.");
  if (body && body->scope.empty()) faults.required("/scope");
  if (!faults.empty()) co_return problem(faults);
  asio::awaitable<BegunImport> beginning = begin_import(call, body->scope);
  const BegunImport begun = co_await std::move(beginning);
  if (begun.refused) co_return *begun.refused;
  std::function<Response()> render = [&] {
    JsonWriter json;
    write_import(json, account, *account.world(), begun.id, begun.run);
    Response response = begun.accepted.created ? created(std::move(json).text(), "/v1/imports/" + to_string(begun.id)) : ok(std::move(json).text());
    response.headers.emplace_back("Log-Position", std::to_string(begun.accepted.position));
    return response;
  };
  asio::awaitable<Response> rendered = on_pool(call, std::move(render));
  co_return co_await std::move(rendered);
}

asio::awaitable<Response> show_import(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Account& account = *call.principal->account;
  std::function<Response(const Question&)> look = [&](const Question& question) {
    const auto found = undoing_batch(account, question.asked.reader.user, *id);
    if (!found || !found->is_import) return problem(Problem::not_found);
    JsonWriter json;
    write_import(json, account, *question.live, *id, std::nullopt);
    return ok(std::move(json).text());
  };
  asio::awaitable<Response> looking = ask(call, std::move(look), true);
  co_return co_await std::move(looking);
}

SchemaMaker import_schema() {
  return json_schema("ImportAnswer", R"({"type":"object","required":["id","begun_by","events","is_undone"],"properties":{
    "id":{"type":"string","format":"uuid","description":"For the header Dealog-Import of its commands, and for POST /v1/undo"},
    "run":{"type":"integer","description":"One more than how often this scope was taken back"},
    "begun_by":{"type":"string","format":"uuid"},"position":{"type":"integer"},
    "events":{"type":"integer","description":"That its commands caused until now"},"is_undone":{"type":"boolean"}}})");
}

SchemaMaker upload_schema() {
  return json_schema("ImportUpload", R"form({"type":"object","required":["plan"],"properties":{
    "plan":{"type":"string","description":"The plan, as JSON (tools/README.md)"},
    "dry_run":{"type":"string","enum":["true","false"],"description":"Only say what would be done, and which rows could not be"}},
    "additionalProperties":{"type":"string","format":"binary","description":"A CSV file for each key of the plan's files, under that name"}})form");
}

}  // namespace

asio::awaitable<BegunImport> begin_import(Call& call, std::string scope, RequestKey key) {
  BegunImport begun;
  // The first run that was not taken back goes on; else the next begins.
  std::function<Response(const Question&)> find = [&](const Question& question) {
    while (begun.run < most_import_runs && is_undone(*question.live, import_run_id(scope, begun.run))) ++begun.run;
    return no_content();
  };
  asio::awaitable<Response> finding = ask(call, std::move(find), true);
  Response found = co_await std::move(finding);
  if (found.status != 204) {
    begun.refused = std::move(found);
    co_return begun;
  }
  begun.id = import_run_id(scope, begun.run);
  Submission submission = beginning_of(call, {.id = begun.id, .kind = BatchKind::import}, key);
  asio::awaitable<Outcome> submitted = submit(call.principal->account->writer(), std::move(submission));
  const Outcome outcome = co_await std::move(submitted);
  if (const auto* what = std::get_if<Trouble>(&outcome)) begun.refused = problem(*what);
  else if (const auto* refused = std::get_if<Refusal>(&outcome))
    begun.refused = refused->code == Code::id_taken
                        ? problem(refusal(Code::id_taken, "/scope", "Somebody else began this import: he goes on with it, or takes it back; or choose another scope."))
                        : problem(*refused);
  else begun.accepted = std::get<Accepted>(outcome);
  if (begun.refused || !begun.accepted.replayed) co_return begun;

  begun.id = begun.accepted.object.id;
  std::function<Response(const Question&)> recall = [&](const Question& question) {
    for (begun.run = 1; begun.run < most_import_runs && import_run_id(scope, begun.run) != begun.id;) ++begun.run;
    if (!is_undone(*question.live, begun.id)) return no_content();
    return problem(refusal(Code::id_taken, "/plan/scope", "What this request imported was taken back since. Under another Idempotency-Key it is imported anew."));
  };
  asio::awaitable<Response> recalling = ask(call, std::move(recall), true);
  Response recalled = co_await std::move(recalling);
  if (recalled.status != 204) begun.refused = std::move(recalled);
  co_return begun;
}

void add_import_routes(Routes& routes, std::uint64_t file_limit) {
  routes.add({.method = Method::post, .path = "/v1/imports", .operation_id = "beginImport", .tag = "imports",
              .summary = "Begin an import, or go on with the one of that scope; or upload a plan with its files",
              .doc = "Commands that name it in the header Dealog-Import belong to it and are taken back with it. Once it was taken back, the "
                     "same scope begins the next run.\n\nAs a form, with a plan and its files, a job does all of it under your rights: sound rows "
                     "are not held back by others, running it twice changes nothing, and the job's result is the report, with file, row, column "
                     "and code of each fault. Faults of the plan itself come at once. Files are held in memory until the job is over.",
              .shape = Shape::command, .rights = managers, .body = schema<ImportBody>(), .body_example = R"({"scope":"old-crm"})",
              .form = upload_schema(),
              .answers = {{200, "The import that goes on", import_schema()}, {201, "A new one", import_schema()}, {202, "The job of an uploaded plan", job_schema()}},
              .refusals = {Code::id_taken}, .body_bytes = static_cast<std::size_t>(file_limit) + form_overhead, .handler = &begin});
  routes.add({.method = Method::get, .path = "/v1/imports/{id}", .operation_id = "getImport", .tag = "imports", .summary = "One import",
              .doc = "Seen by who began it, and by who sees everything.", .shape = Shape::query,
              .answers = {{200, "The import", import_schema()}}, .problems = {404}, .handler = &show_import});
}

}  // namespace dealog::api
