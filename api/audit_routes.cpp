// What auditors check the log with (SPEC AUD-3): checkpoints, the key, tiles and proofs, as C2SP tlog-tiles,
// tlog-checkpoint and signed-note have them.

#include <charconv>

#include "api/app.h"
#include "api/bundle_json.h"
#include "api/audit.h"
#include "api/encode.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/tile_path.h"

namespace dealog::api {
namespace {

using eventstore::HashTree;

constexpr Rights auditors = only({Role::administrator, Role::auditor});

// A number in the query; nothing, with a fault unless it may be missing.
std::optional<std::uint64_t> number(const Request& request, const std::string& name, bool required, Faults& faults) {
  const auto text = request.parameter(name);
  if (!text) {
    if (required) faults.required("/" + name);
    return std::nullopt;
  }
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), parsed);
  if (error == std::errc() && end == text->data() + text->size()) return parsed;
  faults.unreadable("/" + name, "a log position");
  return std::nullopt;
}

Response stamped(Response response, Position position) {
  return std::move(response).with("Log-Position", std::to_string(position));
}

// ---- the answers, on the pool

Response checkpoint(const Call& call) {
  Account& account = *call.principal->account;
  Faults faults;
  const Position wanted = number(call.request, "min_position", false, faults).value_or(0);
  if (!faults.empty()) return problem(faults);
  if (wanted > account.head()) return problem(Problem::not_yet, "The log stands at position " + std::to_string(account.head()) + ".");
  const auto newest = account.audit().checkpoint(call.app->now(), wanted);
  return stamped({.content_type = "text/plain; charset=utf-8", .body = newest->note}, newest->checkpoint.size).with("Cache-Control", "no-cache");
}

Response key(const Call& call) {
  const Audit& audit = call.principal->account->audit();
  const eventstore::VerifierKey verifier = audit.verifier();
  JsonWriter json;
  json.object().field("origin", verifier.name).field("verifier_key", eventstore::to_text(verifier)).field("algorithm", "Ed25519");
  json.key("changes").array();
  for (const Audit::KeyChange& each : audit.key_changes()) {
    json.object().field("position", each.position).field("recorded_at", each.recorded_at);
    json.field("previous", eventstore::to_text(eventstore::VerifierKey{each.change.origin, each.change.previous}));
    json.field("next", eventstore::to_text(eventstore::VerifierKey{each.change.origin, each.change.next})).end();
  }
  json.end().end();
  return ok(std::move(json).text());
}

// With the checkpoint when the newest one is of just that size.
void write_checkpoint(JsonWriter& json, Audit& audit, std::uint64_t size, Instant now) {
  const auto newest = audit.checkpoint(now);
  json.key("checkpoint");
  if (newest->checkpoint.size == size) json.value(newest->note);
  else json.null();
}

Response inclusion(const Call& call) {
  Account& account = *call.principal->account;
  Audit& audit = account.audit();
  Faults faults;
  const auto position = number(call.request, "position", true, faults);
  auto size = number(call.request, "size", false, faults);
  const Position head = account.head();
  if (position && (*position == 0 || *position > head)) faults.impossible("/position", "out_of_range", "The log has the positions 1 to " + std::to_string(head) + ".");
  if (position && size && (*size < *position || *size > head)) faults.impossible("/size", "out_of_range", "A tree that holds the position has a size from there to " + std::to_string(head) + ".");
  if (!faults.empty()) return problem(faults);
  const Instant now = call.app->now();
  if (!size) size = audit.checkpoint(now, *position)->checkpoint.size;
  eventstore::Hash32 leaf{};
  account.log().read(*position - 1, *position, [&](const eventstore::StoredRecord& stored) {
    leaf = eventstore::leaf_hash(stored.bytes);
    return true;
  });
  JsonWriter json;
  json.object().field("position", *position).field("leaf_index", *position - 1).field("size", *size);
  json.field("leaf_hash", eventstore::base64(leaf)).field("root_hash", eventstore::base64(audit.tree().root(*size)));
  write_hashes(json, "proof", audit.tree().inclusion(*position - 1, *size));
  write_checkpoint(json, audit, *size, now);
  json.end();
  return stamped(ok(std::move(json).text()), head);
}

Response consistency(const Call& call) {
  Account& account = *call.principal->account;
  Audit& audit = account.audit();
  Faults faults;
  const auto from = number(call.request, "from", true, faults);
  auto to = number(call.request, "to", false, faults);
  const Position head = account.head();
  if (from && *from > head) faults.impossible("/from", "out_of_range", "The log has come to " + std::to_string(head) + ".");
  if (from && to && (*to < *from || *to > head)) faults.impossible("/to", "out_of_range", "From there the log goes on to " + std::to_string(head) + ".");
  if (!faults.empty()) return problem(faults);
  const Instant now = call.app->now();
  if (!to) to = audit.checkpoint(now, *from)->checkpoint.size;
  JsonWriter json;
  json.object().field("from", *from).field("to", *to).field("from_root", eventstore::base64(audit.tree().root(*from)));
  json.field("to_root", eventstore::base64(audit.tree().root(*to)));
  write_hashes(json, "proof", audit.tree().consistency(*from, *to));
  write_checkpoint(json, audit, *to, now);
  json.end();
  return stamped(ok(std::move(json).text()), head);
}

// Records, each behind its length in two bytes, big-endian, as the format has it; nothing when one is longer.
std::optional<std::string> entries(const Account& account, Position first, unsigned width) {
  std::optional<std::string> bundle = std::string();
  account.log().read(first, first + width, [&](const eventstore::StoredRecord& stored) {
    const std::size_t size = stored.bytes.size();
    if (size > 0xFFFF) {
      bundle.reset();
      return false;
    }
    bundle->push_back(static_cast<char>(size >> 8));
    bundle->push_back(static_cast<char>(size & 0xFF));
    bundle->append(reinterpret_cast<const char*>(stored.bytes.data()), size);
    return true;
  });
  return bundle;
}

Response tile(const Call& call) {
  Account& account = *call.principal->account;
  const auto path = parse_tile_path(call.path);
  if (!path) return problem(Problem::not_found, "Tiles are named as in C2SP tlog-tiles: tile/0/x001/234.p/17.");
  const unsigned shift = 8 * path->level.value_or(0);
  const std::uint64_t end = path->number * HashTree::tile + path->width;
  if (end > account.head() >> shift) return problem(Problem::not_found, "The log has not come so far.");
  Response response{.content_type = "application/octet-stream"};
  if (!path->level) {
    auto bundle = entries(account, path->number * HashTree::tile, path->width);
    if (!bundle) return problem(Problem::not_found, "A record among these is longer than this format can tell (65,535 bytes).");
    response.body = std::move(*bundle);
  } else {
    for (const eventstore::Hash32& hash : account.audit().tree().tile_hashes(*path->level, path->number, path->width))
      response.body.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  }
  return std::move(response).with("Cache-Control", "private, max-age=31536000, immutable");
}

template <Response (*answer)(const Call&)>
asio::awaitable<Response> audit_answer(Call& call) {
  std::function<Response()> work = [&call] { return answer(call); };
  asio::awaitable<Response> answered = on_pool(call, std::move(work));
  co_return co_await std::move(answered);
}

// Makes the next key, has the log record the change, and answers as GET key does. What is recorded signs from then on.
asio::awaitable<Response> rotate_key(Call& call) {
  const std::shared_ptr<Account> account = call.principal->account;
  event::SigningKeyChanged change;
  std::function<Response()> prepare = [&] {
    change = account->audit().prepare_key_change();
    return Response{};
  };
  asio::awaitable<Response> prepared = on_pool(call, std::move(prepare));
  co_await std::move(prepared);
  Command command = command::ChangeSigningKey{account->id(), std::move(change)};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  Response done = co_await std::move(executed);
  if (done.status / 100 != 2) co_return done;
  std::function<Response()> tell = [&call] { return key(call); };
  asio::awaitable<Response> told = on_pool(call, std::move(tell));
  Response answer = co_await std::move(told);
  co_return stamped(std::move(answer), account->head());
}

}  // namespace

void add_audit_routes(Routes& routes) {
  const Parameter position{.name = "position", .doc = "Of the record, from 1", .type = "integer", .required = true};
  routes.add({.method = Method::get, .path = "/v1/audit/checkpoint", .operation_id = "getCheckpoint", .tag = "audit",
              .summary = "The newest signed checkpoint of the log", .doc = "A signed note (C2SP tlog-checkpoint): origin, number of records, root of the tree, signature. At most one a second is signed.",
              .rights = auditors,
              .parameters = {{.name = "min_position", .doc = "Sign anew unless it reaches that position", .type = "integer"}},
              .answers = {{200, "The note", {}, "text/plain"}}, .problems = {400, 503, 504}, .handler = &audit_answer<&checkpoint>});
  routes.add({.method = Method::get, .path = "/v1/audit/key", .operation_id = "getAuditKey", .tag = "audit",
              .summary = "The key that signs checkpoints, and its changes", .rights = auditors,
              .answers = {{200, "origin, verifier_key (C2SP signed-note), and the changes that the log holds"}}, .problems = {503}, .handler = &audit_answer<&key>});
  routes.add({.method = Method::post, .path = "/v1/audit/key/rotate", .operation_id = "rotateAuditKey", .tag = "audit",
              .summary = "Sign with a new key from now on", .doc = "The change is recorded and signed by the present key; the present key is then wiped.",
              .shape = Shape::command, .rights = only({Role::administrator}), .answers = {{200, "As GET /v1/audit/key"}}, .problems = {503}, .handler = &rotate_key});
  routes.add({.method = Method::get, .path = "/v1/audit/proof", .operation_id = "proveInclusion", .tag = "audit",
              .summary = "Prove that a record is in the log", .doc = "RFC 6962 audit path from the leaf upwards; hashes in base64.", .rights = auditors,
              .parameters = {position, {.name = "size", .doc = "Of the tree; default: that of the newest checkpoint", .type = "integer"}},
              .access = "proof", .answers = {{200, "The proof"}}, .problems = {400, 422, 503}, .handler = &audit_answer<&inclusion>});
  routes.add({.method = Method::get, .path = "/v1/audit/consistency", .operation_id = "proveConsistency", .tag = "audit",
              .summary = "Prove that the log has only grown", .doc = "RFC 6962 consistency proof between two sizes; hashes in base64.", .rights = auditors,
              .parameters = {{.name = "from", .doc = "The earlier size", .type = "integer", .required = true},
                             {.name = "to", .doc = "The later size; default: that of the newest checkpoint", .type = "integer"}},
              .access = "proof", .answers = {{200, "The proof"}}, .problems = {400, 422, 503}, .handler = &audit_answer<&consistency>});
  // {level}/{number}: the number in groups of three digits, and perhaps the width of a partial tile behind.
  const char* deeper[] = {"", "/{b}", "/{b}/{c}", "/{b}/{c}/{d}"};
  const char* ids[] = {"getTile", "getTile2", "getTile3", "getTile4"};
  for (std::size_t i = 0; i < std::size(deeper); ++i)
    routes.add({.method = Method::get, .path = std::string("/v1/audit/tile/{level}/{a}") + deeper[i], .operation_id = ids[i], .tag = "audit",
                .summary = "A tile of the tree, or its records", .doc = "C2SP tlog-tiles: {level} 0 to 6 gives hashes, 'entries' gives records; then the number and, of a partial tile, its width.",
                .rights = auditors, .access = "proof", .answers = {{200, "The tile", {}, "application/octet-stream"}}, .problems = {404}, .handler = &audit_answer<&tile>});
}

}  // namespace dealog::api
