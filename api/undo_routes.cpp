// POST /v1/undo: a command, a bulk, an import or another undo is taken back (SPEC DEA-9).

#include <algorithm>
#include <map>
#include <optional>

#include "api/app.h"
#include "api/bulk.h"
#include "api/describe.h"
#include "api/encode.h"
#include "api/jobs.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/run_here.h"
#include "api/undo.h"
#include "domain/codec.h"

namespace dealog::api {
namespace {

using eventstore::Accepted;
using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Together;
using eventstore::Trouble;

struct UndoBody {
  std::optional<std::int64_t> command_id;
  std::optional<Uuid> bulk_id, import_id;
  std::optional<bool> last, dry_run;
  static constexpr std::string_view type_name = "Undo";
  static constexpr auto describe() {
    return std::tuple{member("command_id", &UndoBody::command_id).doc("One of these four: of an event in a history"),
                      member("bulk_id", &UndoBody::bulk_id).doc("Of a bulk, a hand-over or another undo"),
                      member("import_id", &UndoBody::import_id).doc("Of an import: POST /v1/imports"),
                      member("last", &UndoBody::last).doc("true: your newest command, or the whole that it was part of"),
                      member("dry_run", &UndoBody::dry_run).doc("Only say what would change")};
  }
};

constexpr std::size_t steps_of_a_commit = 2000;   // of an import; each may cause more than one event

// Steps that were tried or done together.
struct Commit {
  std::shared_ptr<Together> together;
  std::size_t first = 0, steps = 0;   // of the plan
  bool begins = false;                // its first part begins the batch
};

// An undo on its way.
struct Undo {
  UndoBody body;
  BatchAsked batch;
  std::optional<Undoing> undoing;
  bool goes_on = false;               // one that stopped on the way: its batch is begun
  UndoPrepared prepared;
  std::vector<Commit> commits;
  std::optional<Accepted> accepted;   // of the first commit, at the position of the last
  JobRun* job = nullptr;
  std::size_t steps_done = 0;         // by this request
  std::size_t most_steps = steps_of_a_commit;   // fewer once so many were more than a commit takes
  std::map<std::string, std::size_t> would_be = {};   // a job's dry run: how many events of each type

  bool is_dry_run() const { return body.dry_run.value_or(false); }
  // Several commits that the same request goes on with: the last one says that it is the last.
  bool says_end() const { return !is_dry_run() && undoing->is_import && batch.key.key != eventstore::Hash16{}; }
};

std::optional<Undoing> find_undoing(Account& account, const projections::Reader& reader, const UndoBody& body) {
  if (body.command_id) return undoing_command(account, reader, static_cast<Position>(std::max<std::int64_t>(*body.command_id, 0)));
  if (body.bulk_id) return undoing_batch(account, reader.user, *body.bulk_id);
  if (body.import_id) {
    const auto found = undoing_batch(account, reader.user, *body.import_id);
    return found && found->is_import ? found : std::nullopt;
  }
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

// What is meant; 204: it is known.
Response find_answer(Account& account, const Question& question, Undo& undo) {
  const Uuid& batch = undo.batch.begin.id;
  undo.undoing = undo.goes_on ? undone_by(account, question.asked.reader.user, batch) : find_undoing(account, question.asked.reader, undo.body);
  if (undo.undoing) return no_content();
  // A command is one commit, of which nothing is left to be done. Of a batch that he sees no more nobody knows here.
  const bool is_of_command = undo.goes_on && account.shown({Kind::batch, batch}, UINT32_MAX).view.id(field::batch::undoes_id).is_nil();
  return is_of_command ? no_content() : problem(Problem::not_found);
}

Response prepare_answer(Account& account, const Question& question, Undo& undo) {
  if (const Response found = find_answer(account, question, undo); found.status != 204) return found;
  if (!undo.undoing) return problem(Problem::not_found);   // he sees it no more
  const std::size_t most = undo.job ? most_undone_by_job : undo.undoing->most_of_request();
  if (undo.undoing->events() > most)
    return problem(refusal(Code::bulk_too_large, {}, "An undo takes back at most " + std::to_string(most) + " events."));
  undo.batch.begin.undoes = undo.undoing->batch;
  undo.batch.begin.undoes_command = undo.undoing->command;
  undo.prepared = prepare_undo(account, question, *undo.undoing);
  if (!undo.prepared.plan.obstacles.empty()) return blocked(undo.prepared.plan.obstacles);
  return no_content();
}

// The next steps of the plan, as one commit.
Submission submission_of(const Call& call, const Undo& undo, std::size_t first, Commit& commit) {
  const std::vector<UndoStep>& steps = undo.prepared.plan.steps;
  commit = {.together = std::make_shared<Together>(), .first = first, .steps = undo.undoing->is_import ? std::min(steps.size() - first, undo.most_steps) : steps.size(),   // the others: all or nothing
            .begins = undo.commits.empty() && !undo.goes_on};
  Context context;
  context.actor = call.principal->user;
  context.token = call.principal->token;
  commit.together->dry_run = undo.is_dry_run();
  // Trying it out, each commit stands for itself: it begins the batch that is not kept.
  const bool begins = commit.begins || undo.is_dry_run();
  commit.begins = begins;
  const RequestKey key = undo.is_dry_run() ? RequestKey{} : undo.batch.key;
  if (begins) commit.together->parts.push_back({undo.batch.begin, context, key.key, key.request});
  context.batch = undo.batch.begin.id;
  for (std::size_t i = first; i < first + commit.steps; ++i) {
    const ObjectRef object = target(steps[i].command);
    if (const auto version = undo.prepared.versions.find(object); version != undo.prepared.versions.end())
      commit.together->expected.push_back(*version);
    commit.together->parts.push_back({steps[i].command, context});
  }
  if (first + commit.steps == steps.size() && undo.says_end()) {
    const RequestKey end = part_key(call, end_part);
    context.batch = {};
    commit.together->parts.push_back({undo.batch.begin, context, end.key, end.request});   // which is begun: it changes nothing
  }
  Submission submission;
  submission.together = commit.together;
  submission.bulk = true;
  return submission;
}

// Of the steps that were refused: those that may stay leave the plan; the others are reasons. `any`: there were some.
std::vector<Obstacle> sort_refusals(Undo& undo, const Commit& commit, bool& any) {
  std::vector<Obstacle> obstacles;
  std::vector<UndoStep>& steps = undo.prepared.plan.steps;
  const std::size_t offset = commit.begins ? 1 : 0;
  any = false;
  for (std::size_t i = commit.together->came.size(); i-- > offset;) {
    const auto* refused = std::get_if<Refusal>(&commit.together->came[i].outcome);
    if (refused == nullptr) continue;
    any = true;
    if (i - offset >= commit.steps) continue;   // the end
    const std::size_t place = commit.first + i - offset;
    const ObjectRef object = target(steps[place].command);
    if (!steps[place].may_stay) {
      obstacles.push_back({.object = object, .position = steps[place].undoes, .type = {}, .code = refused->code});
      continue;
    }
    undo.prepared.plan.stays.push_back(object);
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(place));
  }
  std::ranges::reverse(obstacles);
  return obstacles;
}

std::vector<Change> would_be(const Undo& undo) {
  std::vector<Change> changes;
  std::map<ObjectRef, Version> versions = undo.prepared.versions;
  for (const Commit& commit : undo.commits)
    for (std::size_t i = 1; i < commit.together->came.size(); ++i)
      for (const NewEvent& event : commit.together->came[i].events) {
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
  json.key("stays").array();
  for (const ObjectRef& object : undo.prepared.plan.stays) json.object().field("kind", name(object.kind)).field("id", object.id).end();
  json.end().end();
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

// What stands in the way; nothing: it is done.
struct Went {
  bool again = false;                 // somebody was quicker, the rest is to be looked at anew
  bool is_cut = false;                // the job is to end
  std::optional<Response> answer;     // why it does not go on
};

// The same request came before: what it did then is accepted; one that stopped on the way goes on.
asio::awaitable<Went> come_back(Call& call, Undo& undo) {
  Account& account = *call.principal->account;
  Went went;
  Submission again = beginning_of(call, undo.batch.begin, undo.batch.key);
  asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(again));
  const Outcome outcome = co_await std::move(submitted);
  if (const auto* refused = std::get_if<Refusal>(&outcome)) went.answer = problem(*refused);
  if (const auto* what = std::get_if<Trouble>(&outcome)) went.answer = problem(*what);
  if (went.answer) co_return went;
  undo.goes_on = true;
  std::function<Response(const Question&)> look = [&](const Question& question) { return find_answer(account, question, undo); };
  asio::awaitable<Response> looking = ask(call, std::move(look), true);
  Response looked = co_await std::move(looking);
  if (looked.status != 204) {
    went.answer = std::move(looked);
    co_return went;
  }
  undo.goes_on = false;
  undo.accepted = std::get<Accepted>(outcome);
  if (!undo.undoing || !undo.undoing->is_import) co_return went;   // those are one commit

  asio::awaitable<Outcome> asked = look_for_end(call, undo.batch.begin);
  const Outcome ended = co_await std::move(asked);
  if (const auto* what = std::get_if<Trouble>(&ended)) went.answer = problem(*what);
  undo.goes_on = std::holds_alternative<Refusal>(ended);
  if (undo.goes_on) undo.accepted.reset();
  co_return went;
}

// Commit after commit.
asio::awaitable<Went> carry_out(Call& call, Undo& undo) {
  Account& account = *call.principal->account;
  const std::vector<UndoStep>& steps = undo.prepared.plan.steps;
  std::size_t next = 0;
  Went went;
  bool is_said = !undo.says_end() && (undo.goes_on || !undo.commits.empty());   // what is to be said without steps, too
  while (next < steps.size() || !is_said) {
    if (undo.job) {
      undo.job->progress(undo.steps_done, undo.steps_done + steps.size() - next);
      went.is_cut = undo.job->ends();
      if (went.is_cut) co_return went;
      asio::awaitable<std::optional<Response>> admitting = admit_again(call);
      went.answer = co_await std::move(admitting);
      if (went.answer) co_return went;
    }
    Commit commit;
    Submission submission = submission_of(call, undo, next, commit);
    asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(submission));
    const Outcome outcome = co_await std::move(submitted);
    if (const auto* what = std::get_if<Trouble>(&outcome)) {
      went.answer = problem(*what);
      co_return went;
    }
    const auto* whole = std::get_if<Refusal>(&outcome);
    went.again = whole != nullptr && whole->code == Code::version_mismatch;
    if (went.again) co_return went;
    const bool is_too_large = whole != nullptr && whole->code == Code::bulk_too_large;
    if (is_too_large && undo.undoing->is_import && commit.steps > 1) {   // the others are one commit or nothing
      undo.most_steps = commit.steps / 2;
      continue;
    }
    bool any = false;
    const std::vector<Obstacle> refusals = sort_refusals(undo, commit, any);
    if (!refusals.empty()) went.answer = blocked(refusals);
    else if (whole != nullptr && !any) went.answer = problem(*whole);
    if (went.answer) co_return went;
    if (any) continue;   // without what stays
    next += commit.steps;
    undo.steps_done += commit.steps;
    const Accepted accepted = std::get<Accepted>(outcome);
    const bool replayed = undo.accepted ? undo.accepted->replayed : accepted.replayed;
    undo.accepted = accepted;   // of its first part
    undo.accepted->replayed = replayed;
    for (const Together::Came& came : commit.together->came)
      undo.accepted->position = std::max(undo.accepted->position, std::get<Accepted>(came.outcome).position);
    if (undo.job) {   // so many are counted, not kept
      for (const Together::Came& came : commit.together->came)
        for (const NewEvent& event : came.events)
          if (undo.is_dry_run() && event.object.kind != Kind::batch) ++undo.would_be[event_type(event.object.kind, event.event)];
      commit.together.reset();
    }
    undo.commits.push_back(std::move(commit));
    is_said = true;
  }
  if (undo.job) undo.job->progress(undo.steps_done, undo.steps_done);
  co_return went;
}

// All of it, from looking to the last commit.
asio::awaitable<Went> take_back(Call& call, Undo& undo) {
  Account& account = *call.principal->account;
  Went went;
  if (!undo.is_dry_run() && account.writer().batch(undo.batch.begin.id)) {
    asio::awaitable<Went> coming = come_back(call, undo);
    went = co_await std::move(coming);
    if (went.answer || !undo.goes_on) co_return went;
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (undo.is_dry_run()) {   // nothing came of what was tried before: all of it is tried anew
      undo.commits.clear();
      undo.would_be.clear();
      undo.steps_done = 0;
    }
    std::function<Response(const Question&)> look = [&](const Question& question) { return prepare_answer(account, question, undo); };
    asio::awaitable<Response> looking = ask(call, std::move(look), true);
    Response looked = co_await std::move(looking);
    if (looked.status != 204) {
      went.answer = std::move(looked);
      co_return went;
    }
    const std::size_t done_before = undo.steps_done;
    asio::awaitable<Went> going = carry_out(call, undo);
    went = co_await std::move(going);
    if (!went.again) co_return went;
    undo.goes_on = undo.goes_on || (undo.undoing->is_import && !undo.commits.empty() && !undo.is_dry_run());
    if (!undo.is_dry_run() && undo.steps_done > done_before) attempt = 0;   // it gets on
  }
  went.answer = problem(Problem::overloaded, "The objects change all the time; try again.");
  co_return went;
}

// What came of a job: numbers, for there are many. "": nothing was begun.
std::string result_of(Account& account, const Undo& undo) {
  const auto batch = undo.is_dry_run() ? std::nullopt : account.writer().batch(undo.batch.begin.id);
  if (!batch && undo.would_be.empty()) return {};
  std::map<std::string, std::size_t> counts = undo.would_be;
  if (batch)
    for (const auto& [first, last] : batch->ranges)
      account.log().read(first - 1, last, [&](const eventstore::StoredRecord& stored) {
        ++counts[event_type(envelope(stored.record).object.kind, event_of(stored.record))];
        return true;
      });
  std::size_t events = 0;
  for (const auto& [type, count] : counts) events += count;
  JsonWriter json;
  json.object().field("bulk_id", batch ? undo.batch.begin.id : Uuid{}).field("dry_run", undo.is_dry_run()).field("events", events).key("counts").object();
  for (const auto& [type, count] : counts) json.field(type, count);
  json.end().key("stays").array();
  for (const ObjectRef& object : undo.prepared.plan.stays) json.object().field("kind", name(object.kind)).field("id", object.id).end();
  json.end().end();
  return std::move(json).text();
}

JobWork work_of(const Call& call, const Undo& asked) {
  auto kept = std::make_shared<KeptCall>(call);
  return [kept, asked](JobRun& job) {
    Undo undo = asked;
    undo.job = &job;
    const std::shared_ptr<Account> account = kept->call().principal->account;
    Went went = run_here(take_back(kept->call(), undo));
    return JobEnd{.result = result_of(*account, undo), .problem = std::move(went.answer), .is_cut = went.is_cut};
  };
}

asio::awaitable<Response> undo_it(Call& call) {
  Account& account = *call.principal->account;
  Response refused_request;
  const std::optional<RequestKey> key = request_key(call, refused_request);
  if (!key) co_return refused_request;
  Faults faults;
  const auto body = decode<UndoBody>(call.request.body, faults);
  if (!body) co_return problem(faults);
  const int named = body->command_id.has_value() + body->bulk_id.has_value() + body->import_id.has_value() + body->last.value_or(false);
  if (named != 1) faults.impossible("", "invalid", "Name one of command_id, bulk_id, import_id, or last: true.");
  if (!faults.empty()) co_return problem(faults);
  if (auto again = job_again(call, *key)) co_return std::move(*again);

  Undo undo;
  undo.body = *body;
  undo.batch.key = *key;
  undo.batch.begin.id = batch_id(call, *key);
  undo.batch.begin.kind = BatchKind::undo;
  undo.goes_on = !undo.is_dry_run() && account.writer().batch(undo.batch.begin.id).has_value();
  std::function<Response(const Question&)> look = [&](const Question& question) { return find_answer(account, question, undo); };
  asio::awaitable<Response> looking = ask(call, std::move(look), true);
  Response looked = co_await std::move(looking);
  if (looked.status != 204) co_return looked;
  undo.goes_on = false;
  if (undo.undoing && undo.undoing->is_import && (undo.undoing->events() > most_undone_of_import || prefers_job(call.request)))
    co_return start_job(call, "undo", *key, 0, work_of(call, undo));

  asio::awaitable<Went> taking = take_back(call, undo);
  Went went = co_await std::move(taking);
  if (went.answer) co_return std::move(*went.answer);
  const Accepted* recorded = undo.is_dry_run() ? nullptr : &*undo.accepted;
  asio::awaitable<Response> rendered = answered(call, undo, recorded);
  co_return co_await std::move(rendered);
}

SchemaMaker undo_schema() {
  return json_schema("UndoAnswer", R"({"type":"object","required":["bulk_id","dry_run","changes"],"properties":{
    "bulk_id":{"type":["string","null"],"format":"uuid","description":"Of the undo itself, which can be taken back as well; null of a dry run"},
    "dry_run":{"type":"boolean"},
    "changes":{"type":"array","items":{"type":"object","required":["object","type","data","before"],"properties":{
      "object":{"type":"object","properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"}}},
      "type":{"type":"string"},"data":{"type":"object"},"before":{"type":"object"}}}},
    "stays":{"type":"array","description":"Set-up that an import made and that is not taken back",
      "items":{"type":"object","properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"}}}}}})");
}

}  // namespace

void add_undo_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/undo", .operation_id = "undo", .tag = "undo",
              .summary = "Take a command, a bulk, an import or an undo back",
              .doc = "By events that put back what was before; nothing is removed from the history, and it holds from now on. All or nothing. "
                     "Refused with undo_blocked, and `reasons`, where something later depends on it: the same field, the same action, stage and "
                     "status together, anything about what was created or deleted, and whatever refers to what was created (at "
                     "most 100 are named); what was itself taken back since does not stand in the way. Merges, versions of processes that removed stages, occurrences of recurring tasks and what "
                     "changed their series, deleting all cards of a user, settling, erasure and keys stay. "
                     "Of an import, most set-up stays and is named; more than 2000 steps are several commits. Where these stop on the way, what "
                     "was taken back stays so: the same request again, under the same Idempotency-Key or another, takes back the rest. An import "
                     "of more than 50000 events (or any, with Prefer: respond-async) is taken back by a job, whose result counts the events.",
              .shape = Shape::command, .rights = business, .body = schema<UndoBody>(), .body_example = R"({"last":true,"dry_run":true})",
              .answers = {{200, "What changed, or would", undo_schema()}, {202, "The job that takes an import back", job_schema()}}, .problems = {404},
              .refusals = {Code::undo_blocked, Code::bulk_too_large}, .handler = &undo_it});
}

}  // namespace dealog::api
