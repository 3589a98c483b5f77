// POST /v1/undo: a command, a bulk or another undo is taken back (SPEC DEA-9). Imports begin no batch, so none can be named.

#include <algorithm>
#include <map>
#include <optional>

#include "api/app.h"
#include "api/bulk.h"
#include "api/describe.h"
#include "api/encode.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/undo.h"

namespace dealog::api {
namespace {

using eventstore::Accepted;
using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Together;
using eventstore::Trouble;

constexpr Rights business = only({Role::administrator, Role::manager, Role::salesperson});

struct UndoBody {
  std::optional<std::int64_t> command_id;
  std::optional<Uuid> bulk_id;
  std::optional<bool> last, dry_run;
  static constexpr std::string_view type_name = "Undo";
  static constexpr auto describe() {
    return std::tuple{member("command_id", &UndoBody::command_id).doc("One of these three: of an event in a history"),
                      member("bulk_id", &UndoBody::bulk_id).doc("Of a bulk, a hand-over or another undo"),
                      member("last", &UndoBody::last).doc("true: your newest command, or the whole that it was part of"),
                      member("dry_run", &UndoBody::dry_run).doc("Only say what would change")};
  }
};

// An undo on its way.
struct Undo {
  UndoBody body;
  BatchAsked batch;
  UndoPrepared prepared;
  std::shared_ptr<Together> together;
};

std::optional<Undoing> find_undoing(Account& account, const projections::Reader& reader, const UndoBody& body) {
  if (body.command_id) return undoing_command(account, reader, static_cast<Position>(std::max<std::int64_t>(*body.command_id, 0)));
  if (body.bulk_id) return undoing_batch(account, reader.user, *body.bulk_id);
  return undoing_last(account, reader);
}

Response blocked(const std::vector<Obstacle>& obstacles) {
  Response response = problem(refusal(Code::undo_blocked));
  JsonWriter json;
  json.array();
  for (const Obstacle& each : obstacles) {
    json.object().key("object").object().field("kind", name(each.object.kind)).field("id", each.object.id).end().key("position");
    if (each.position == 0) json.null();
    else json.value(each.position);
    json.field("type", each.type).field("code", name(each.code)).field("message", title(each.code)).end();
  }
  json.end();
  add_member(response, "reasons", json.text());
  return response;
}

Response prepare_answer(Account& account, const Question& question, Undo& undo) {
  const auto undoing = find_undoing(account, question.asked.reader, undo.body);
  if (!undoing) return problem(Problem::not_found);
  undo.batch.begin.undoes = undoing->batch;
  undo.batch.begin.undoes_command = undoing->command;
  undo.prepared = prepare_undo(account, question, *undoing);
  if (undo.prepared.too_many)
    return problem(refusal(Code::bulk_too_large, {}, "An undo takes back at most " + std::to_string(most_undone) + " events, in one commit."));
  if (!undo.prepared.plan.obstacles.empty()) return blocked(undo.prepared.plan.obstacles);
  return no_content();
}

Submission submission_of(const Call& call, Undo& undo) {
  const bool dry_run = undo.body.dry_run.value_or(false);
  Context context;
  context.actor = call.principal->user;
  context.token = call.principal->token;
  undo.together = std::make_shared<Together>();
  undo.together->dry_run = dry_run;
  const RequestKey key = dry_run ? RequestKey{} : undo.batch.key;
  undo.together->parts.push_back({undo.batch.begin, context, key.key, key.request});
  context.batch = undo.batch.begin.id;
  undo.together->expected.assign(undo.prepared.versions.begin(), undo.prepared.versions.end());
  for (const UndoStep& step : undo.prepared.plan.steps) undo.together->parts.push_back({step.command, context});
  Submission submission;
  submission.together = undo.together;
  submission.bulk = true;
  return submission;
}

// Why a step was refused, as reasons; empty: none was.
std::vector<Obstacle> refusals_of(const Undo& undo) {
  std::vector<Obstacle> obstacles;
  for (std::size_t i = 1; i < undo.together->came.size(); ++i) {
    const auto* refused = std::get_if<Refusal>(&undo.together->came[i].outcome);
    if (refused == nullptr) continue;
    const UndoStep& step = undo.prepared.plan.steps[i - 1];
    obstacles.push_back({.object = target(step.command), .position = step.undoes, .type = {}, .code = refused->code});
  }
  return obstacles;
}

std::vector<Change> would_be(const Undo& undo) {
  std::vector<Change> changes;
  std::map<ObjectRef, Version> versions = undo.prepared.versions;
  for (std::size_t i = 1; i < undo.together->came.size(); ++i)
    for (const NewEvent& event : undo.together->came[i].events) {
      Envelope around{.position = 1, .object = event.object, .version = ++versions[event.object]};
      around.recorded_at = around.effective_at = event.effective_at.value_or(Instant{});
      Bytes record = encode(around, event.event, nullptr);
      changes.push_back({around, std::move(record), event.personal});
    }
  return changes;
}

Response answer_undo(Account& account, const Uuid& reader, const Undo& undo, const Accepted* accepted) {
  const bool dry_run = accepted == nullptr;
  JsonWriter json;
  json.object().key("bulk_id");
  if (dry_run) json.null();
  else json.value(undo.batch.begin.id);
  json.field("dry_run", dry_run).key("changes");
  const auto batch = dry_run ? std::nullopt : account.writer().batch(undo.batch.begin.id);
  write_changes(json, account, reader, dry_run ? would_be(undo) : batch ? changes_of(account, batch->ranges) : std::vector<Change>());
  json.end();
  Response response = ok(std::move(json).text());
  if (accepted != nullptr) {
    response.headers.emplace_back("Log-Position", std::to_string(accepted->position));
    if (accepted->replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  }
  return response;
}

asio::awaitable<Response> answered(Call& call, const Undo& undo, const Accepted* accepted) {
  Account& account = *call.principal->account;
  const Uuid reader = call.principal->user;
  std::function<Response()> render = [&account, reader, &undo, accepted] { return answer_undo(account, reader, undo, accepted); };
  asio::awaitable<Response> rendered = on_pool(call, std::move(render));
  co_return co_await std::move(rendered);
}

// The same request came before: what it did then.
asio::awaitable<Response> answer_again(Call& call, const Undo& undo) {
  Submission again;
  again.command = undo.batch.begin;
  again.context.actor = call.principal->user;
  again.context.token = call.principal->token;
  again.key = undo.batch.key.key;
  again.request = undo.batch.key.request;
  asio::awaitable<Outcome> submitted = submit(call.principal->account->writer(), std::move(again));
  const Outcome outcome = co_await std::move(submitted);
  if (const auto* refused = std::get_if<Refusal>(&outcome)) co_return problem(*refused);
  if (const auto* what = std::get_if<Trouble>(&outcome)) co_return problem(*what);
  const Accepted accepted = std::get<Accepted>(outcome);
  asio::awaitable<Response> rendered = answered(call, undo, &accepted);
  co_return co_await std::move(rendered);
}

asio::awaitable<Response> undo_it(Call& call) {
  Account& account = *call.principal->account;
  Response refused_request;
  const std::optional<RequestKey> key = request_key(call, refused_request);
  if (!key) co_return refused_request;
  Faults faults;
  const auto body = decode<UndoBody>(call.request.body, faults);
  if (!body) co_return problem(faults);
  const int named = body->command_id.has_value() + body->bulk_id.has_value() + body->last.value_or(false);
  if (named != 1) faults.impossible("", "invalid", "Name one of command_id, bulk_id, or last: true.");
  if (!faults.empty()) co_return problem(faults);

  Undo undo;
  undo.body = *body;
  undo.batch.key = *key;
  undo.batch.begin.id = batch_id(call, *key);
  undo.batch.begin.kind = BatchKind::undo;
  if (!body->dry_run.value_or(false) && account.writer().batch(undo.batch.begin.id)) {
    asio::awaitable<Response> again = answer_again(call, undo);
    co_return co_await std::move(again);
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::function<Response(const Question&)> look = [&](const Question& question) { return prepare_answer(account, question, undo); };
    asio::awaitable<Response> looking = ask(call, std::move(look), true);
    Response looked = co_await std::move(looking);
    if (looked.status != 204) co_return looked;

    Submission submission = submission_of(call, undo);
    asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(submission));
    const Outcome outcome = co_await std::move(submitted);
    if (const auto* what = std::get_if<Trouble>(&outcome)) co_return problem(*what);
    const auto* whole = std::get_if<Refusal>(&outcome);
    if (whole != nullptr && whole->code == Code::version_mismatch) continue;   // somebody was quicker: look again
    const std::vector<Obstacle> refusals = refusals_of(undo);
    if (!refusals.empty()) co_return blocked(refusals);
    if (whole != nullptr) co_return problem(*whole);
    const Accepted accepted = std::get<Accepted>(outcome);
    const Accepted* recorded = undo.together->dry_run ? nullptr : &accepted;
    asio::awaitable<Response> rendered = answered(call, undo, recorded);
    co_return co_await std::move(rendered);
  }
  co_return problem(Problem::overloaded, "The objects change all the time; try again.");
}

SchemaMaker undo_schema() {
  return json_schema("UndoAnswer", R"({"type":"object","required":["bulk_id","dry_run","changes"],"properties":{
    "bulk_id":{"type":["string","null"],"format":"uuid","description":"Of the undo itself, which can be taken back as well; null of a dry run"},
    "dry_run":{"type":"boolean"},
    "changes":{"type":"array","items":{"type":"object","required":["object","type","data","before"],"properties":{
      "object":{"type":"object","properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"}}},
      "type":{"type":"string"},"data":{"type":"object"},"before":{"type":"object"}}}}}})");
}

}  // namespace

void add_undo_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/undo", .operation_id = "undo", .tag = "undo",
              .summary = "Take a command, a bulk or an undo back",
              .doc = "By events that put back what was before; nothing is removed from the history, and it holds from now on. All or nothing. "
                     "Refused with undo_blocked, and `reasons`, where something later depends on it: the same field, the same action, stage and "
                     "status together, anything about what was created or deleted. Merges, versions of processes, erasure and keys stay.",
              .shape = Shape::command, .rights = business, .body = schema<UndoBody>(), .body_example = R"({"last":true,"dry_run":true})",
              .answers = {{200, "What changed, or would", undo_schema()}}, .problems = {404},
              .refusals = {Code::undo_blocked, Code::bulk_too_large}, .handler = &undo_it});
}

}  // namespace dealog::api
