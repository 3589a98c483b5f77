// Backups while the server runs (SPEC IO-5): begun, listed, looked at. The folder is the operator's choice
// (dealog serve --backups), never the caller's.

#include "api/app.h"
#include "api/backups.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/problem.h"
#include "api/resources.h"
#include "eventstore/sha256.h"

namespace dealog::api {
namespace {

constexpr std::string_view no_folder = "This server keeps no backups: it was started without --backups DIR.";

void write_backup(JsonWriter& json, const Backups::Entry& entry) {
  constexpr std::string_view states[] = {"running", "done", "failed"};
  json.object().field("name", entry.name).field("state", states[static_cast<std::size_t>(entry.state)]).field("made_at", entry.made_at);
  if (entry.state == Backups::State::done) {
    json.field("position", entry.head.position).field("root_hash", eventstore::hex(entry.head.root));
  }
  if (entry.state == Backups::State::failed) json.field("message", entry.message);
  json.end();
}

Response one(const Backups::Entry& entry, int status) {
  JsonWriter json;
  write_backup(json, entry);
  Response response = ok(std::move(json).text());
  response.status = status;
  return response;
}

Response start(const Call& call) {
  Backups& backups = call.principal->account->backups();
  if (!backups.enabled()) return problem(Problem::not_found, std::string(no_folder));
  const Backups::Entry entry = backups.start(call.app->now());
  return one(entry, 202).with("Location", "/v1/backups/" + entry.name);
}

Response list(const Call& call) {
  JsonWriter json;
  json.object().key("data").array();
  for (const Backups::Entry& entry : call.principal->account->backups().list()) write_backup(json, entry);
  json.end().end();
  return ok(std::move(json).text());
}

Response show(const Call& call) {
  const auto entry = call.principal->account->backups().find(call.path[0]);
  return entry ? one(*entry, 200) : problem(Problem::not_found);
}

template <Response (*answer)(const Call&)>
asio::awaitable<Response> backup_answer(Call& call) {
  std::function<Response()> work = [&call] { return answer(call); };
  asio::awaitable<Response> answered = on_pool(call, std::move(work));
  co_return co_await std::move(answered);
}

}  // namespace

void add_backup_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/backups", .operation_id = "startBackup", .tag = "backups",
              .summary = "Begin a backup of the account", .doc = "While commands keep coming. What is under way, or was made in this very second, is not begun again: it is the answer. Done means: copied, opened and verified.",
              .rights = administrators, .answers = {{202, "name, state (running, done or failed), made_at"}}, .problems = {404, 503}, .handler = &backup_answer<&start>});
  routes.add(exported({.method = Method::get, .path = "/v1/backups", .operation_id = "listBackups", .tag = "backups",
              .summary = "Backups of the account on this server", .rights = administrators,
              .answers = {{200, "All of them", json_schema("BackupList", R"({"type":"object","required":["data"],"properties":{"data":{"type":"array","items":{
                "type":"object","properties":{"name":{"type":"string"},"state":{"type":"string","enum":["running","done","failed"]},
                "made_at":{"type":"string","format":"date-time"},"position":{"type":"integer","description":"When done, as root_hash"},
                "root_hash":{"type":"string"},"message":{"type":"string","description":"When failed"}}}}}})")}},
              .problems = {503}, .handler = &backup_answer<&list>}));
  routes.add({.method = Method::get, .path = "/v1/backups/{name}", .operation_id = "getBackup", .tag = "backups",
              .summary = "One backup: is it done?", .rights = administrators,
              .answers = {{200, "name, state, made_at; when done, position and root_hash; when failed, message"}}, .problems = {404, 503}, .handler = &backup_answer<&show>});
}

}  // namespace dealog::api
