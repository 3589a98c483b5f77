// One deal's whole history as a file that is checked without server or log (SPEC AUD-3): eventstore/bundle.h.

#include <algorithm>
#include <charconv>

#include "api/app.h"
#include "api/audit.h"
#include "api/bundle_json.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

using eventstore::Bundle;
using eventstore::ProvenRecord;
using eventstore::StoredRecord;

// Somebody else may commit heads in between; each time that takes a commit, so a few are enough.
constexpr int most_attempts = 8;

// What a proof stands on: the heads up to a position, and the record that commits to them (0: still to be written).
struct Footing {
  Audit::HeadsAt heads;
  Position record = 0;
};

// The newest heads when nothing has happened since, else those of now.
Footing footing(Account& account, ObjectRef object) {
  Audit& audit = account.audit();
  const Position head = account.head();
  const auto newest = audit.newest_heads();
  const bool covers_all = newest && newest->position == head && newest->heads.up_to + 1 == newest->position;
  if (covers_all) return {audit.heads_at(newest->heads.up_to, object), newest->position};
  return {audit.heads_at(head, object), 0};
}

ProvenRecord stored(const StoredRecord& record) {
  return {.position = envelope(record.record).position, .bytes = Bytes(record.bytes.begin(), record.bytes.end()), .proof = {}, .keys = {}};
}

ProvenRecord record_at(const eventstore::EventLog& log, Position position) {
  ProvenRecord found;
  log.read(position - 1, position, [&](const StoredRecord& record) {
    found = stored(record);
    return true;
  });
  return found;
}

void prove_all(eventstore::HashTree& tree, std::uint64_t size, Bundle& bundle) {
  std::vector<ProvenRecord*> all{&bundle.heads};
  for (ProvenRecord& record : bundle.records) all.push_back(&record);
  for (ProvenRecord& record : bundle.key_changes) all.push_back(&record);
  std::vector<std::uint64_t> indexes;
  for (const ProvenRecord* record : all) indexes.push_back(record->position - 1);
  auto proofs = tree.inclusions(indexes, size);
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->proof = std::move(proofs[i]);
}

Response collect(Account& account, ObjectRef object, const Footing& on, std::optional<std::uint64_t> from, Instant now) {
  Audit& audit = account.audit();
  const eventstore::EventLog& log = account.log();
  Bundle bundle{.object = object, .up_to = on.heads.up_to, .heads = record_at(log, on.record), .opening = on.heads.opening};
  log.read_object(object, UINT32_MAX, [&](const StoredRecord& record) {
    if (envelope(record.record).position > bundle.up_to) return false;
    bundle.records.push_back(stored(record));
    bundle.records.back().keys = account.keys().disclose(record.record);
    return true;
  });
  for (const Audit::KeyChange& change : audit.key_changes()) bundle.key_changes.push_back(record_at(log, change.position));
  Position newest = on.record;
  for (const ProvenRecord& change : bundle.key_changes) newest = std::max(newest, change.position);
  const auto checkpoint = audit.checkpoint(now, newest);
  const std::uint64_t size = checkpoint->checkpoint.size;
  bundle.checkpoint = checkpoint->note;
  prove_all(audit.tree(), size, bundle);
  if (from) bundle.consistency = Bundle::Consistency{*from, audit.tree().consistency(*from, size)};
  return ok(to_json(bundle, audit.verifier())).with("Log-Position", std::to_string(size)).with("Cache-Control", "no-store");
}

asio::awaitable<Response> prove_deal(Call& call) {
  const std::shared_ptr<Account> account = call.principal->account;
  const auto id = call.id(0);
  if (!id || account->log().version_of({Kind::deal, *id}) == 0) co_return problem(Problem::not_found);
  const ObjectRef deal{Kind::deal, *id};

  std::optional<std::uint64_t> from;
  if (const auto text = call.request.parameter("from")) {
    Faults faults;
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
    if (error != std::errc() || end != text->data() + text->size()) faults.unreadable("/from", "the number of records of an earlier checkpoint");
    else if (size > account->head()) faults.impossible("/from", "out_of_range", "The log has only come to " + std::to_string(account->head()) + ".");
    if (!faults.empty()) co_return problem(faults);
    from = size;
  }

  Footing on;
  for (int attempt = 0; attempt < most_attempts && on.record == 0; ++attempt) {
    std::function<Response()> prepare = [&] {
      on = footing(*account, deal);
      return Response{};
    };
    asio::awaitable<Response> prepared = on_pool(call, std::move(prepare));
    co_await std::move(prepared);
    if (on.record != 0) break;
    eventstore::Submission submission;
    submission.command = command::CommitHeads{account->id(), on.heads.up_to, on.heads.root};
    asio::awaitable<eventstore::Outcome> submitted = submit(account->writer(), std::move(submission));
    const eventstore::Outcome outcome = co_await std::move(submitted);
    if (const auto* trouble = std::get_if<eventstore::Trouble>(&outcome)) co_return problem(*trouble);
    if (const auto* accepted = std::get_if<eventstore::Accepted>(&outcome)) on.record = accepted->command;
  }
  if (on.record == 0) co_return problem(Problem::overloaded, "Too much happens at once for a proof to be made; try again.");

  const Instant now = call.app->now();
  std::function<Response()> work = [&] { return collect(*account, deal, on, from, now); };
  asio::awaitable<Response> collected = on_pool(call, std::move(work));
  co_return co_await std::move(collected);
}

}  // namespace

void add_proof_routes(Routes& routes) {
  routes.add({.method = Method::get, .path = "/v1/deals/{id}/proof", .operation_id = "proveDeal", .tag = "audit",
              .summary = "The whole history of a deal as a proof that is checked offline",
              .doc = "Records, inclusion proofs, and the heads_committed that shows that none is missing, under a signed checkpoint. "
                     "Personal parts come with keys that open only them. `dealog verify --bundle` checks it. When something has happened since "
                     "the newest heads_committed, another is recorded first.",
              .rights = only({Role::administrator, Role::auditor}),
              .parameters = {{.name = "from", .doc = "The number of records of an earlier checkpoint, to prove that it is the same log", .type = "integer"}},
              .access = "proof", .answers = {{200, "The bundle"}}, .problems = {400, 404, 422, 503}, .handler = &prove_deal});
}

}  // namespace dealog::api
