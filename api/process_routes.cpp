// Processes and their versions (SPEC 6). Creating, listing and showing them is in object_routes.cpp.

#include <boost/json/object.hpp>

#include "api/ask.h"
#include "api/create.h"
#include "api/decode.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/process_body.h"
#include "api/resources.h"
#include "api/app.h"

namespace dealog::api {
namespace {

constexpr std::string_view define_keys[] = {"name", "is_default", "stages", "removed_stages"};

command::DefineProcess read_definition(const Uuid& process, const json::object& body, Faults& faults) {
  command::DefineProcess define{.process = process};
  for (const auto& member : body)
    if (std::ranges::find(define_keys, std::string_view(member.key())) == std::end(define_keys))
      faults.unknown_field(pointer_to({}, std::string_view(member.key())));
  if (const json::value* name = body.if_contains("name"); name != nullptr && !name->is_null()) define.name = read_text(*name, "/name", faults);
  if (const json::value* flag = body.if_contains("is_default"); flag != nullptr && !flag->is_null())
    define.is_default = read_boolean(*flag, "/is_default", faults);
  if (const json::value* stages = body.if_contains("stages")) define.stages = read_stages(*stages, "/stages", faults);
  else faults.required("/stages");
  if (const json::value* removed = body.if_contains("removed_stages"); removed != nullptr && !removed->is_null()) {
    if (!removed->is_object()) {
      faults.wrong_type("/removed_stages", "an object of stage ids");
      return define;
    }
    for (const auto& member : removed->get_object()) {
      const std::string pointer = pointer_to("/removed_stages", std::string_view(member.key()));
      const auto stage = parse_uuid(std::string_view(member.key()));
      if (!stage) faults.unreadable(pointer, "the id of a stage");
      const auto target = read_uuid(member.value(), pointer, faults);
      if (stage && target) define.removed_stages.push_back({*stage, *target});
    }
  }
  return define;
}

asio::awaitable<Response> define(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = parse_object(call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  Command command = read_definition(*id, *body, call.faults);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

template <bool archived>
asio::awaitable<Response> archive(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Command command = command::ArchiveProcess{*id, archived};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

Response versions(const Call& call, const Question& question, const Uuid& id) {
  const Account& account = *call.principal->account;
  if (question.live->row(Kind::process, id) == projections::no_row) return problem(Problem::not_found);
  const projections::Moment moment = question.world->moment();
  const SetUp setting = set_up(*question.world);
  JsonWriter json;
  json.object().key("data").array();
  account.log().read_object({Kind::process, id}, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.position > std::min(moment.known_at, question.world->position())) return false;
    if (std::holds_alternative<event::ProcessDefined>(event_of(stored.record)) && around.effective_at <= moment.as_of)
      write_object(json, read_object(account, setting, {Kind::process, id}, around.version), setting, {.reader = question.asked.reader.user}, std::nullopt);
    return true;
  });
  json.end().key("page").object().key("next_cursor").null().field("has_more", false).end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> list_versions(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, id](const Question& question) { return versions(call, question, *id); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

}  // namespace

void add_process_routes(Routes& routes) {
  using enum Code;
  const auto process = object_schema(Kind::process, answer_extras(Kind::process));
  const auto body = json_schema("ProcessDefinition",
                                R"({"type":"object","additionalProperties":false,"required":["stages"],"properties":{
    "name":{"type":"string","maxLength":200},"is_default":{"type":"boolean"},
    "stages":{"type":"array","items":{"$ref":"#/components/schemas/Stage"}},
    "removed_stages":{"type":"object","description":"Removed stage to the stage that takes its open deals",
                      "additionalProperties":{"type":"string","format":"uuid"}}}})");
  routes.add({.method = Method::put, .path = "/v1/processes/{id}", .operation_id = "defineProcess", .tag = "processes",
              .summary = "Give a process a new version: all its stages and actions", .shape = Shape::command, .rights = managers,
              .body = body, .answers = {{200, "The process after the command", process}}, .problems = {404},
              .refusals = {name_taken, stage_holds_deals, object_deleted}, .in_bulk = true, .handler = &define});
  routes.add(exported({.method = Method::get, .path = "/v1/processes/{id}/versions", .operation_id = "listProcessVersions", .tag = "processes",
              .summary = "The versions of a process, oldest first", .shape = Shape::query,
              .answers = {{200, "All versions", list_schema(Kind::process, answer_extras(Kind::process))}}, .problems = {404}, .handler = &list_versions}));
  routes.add({.method = Method::post, .path = "/v1/processes/{id}/archive", .operation_id = "archiveProcess", .tag = "processes",
              .summary = "Archive a process: it takes no new deals", .shape = Shape::command, .rights = managers,
              .answers = {{200, "The process after the command", process}}, .problems = {404}, .refusals = {in_use}, .in_bulk = true, .handler = &archive<true>});
  routes.add({.method = Method::post, .path = "/v1/processes/{id}/restore", .operation_id = "restoreProcess", .tag = "processes",
              .summary = "Take a process out of the archive", .shape = Shape::command, .rights = managers,
              .answers = {{200, "The process after the command", process}}, .problems = {404}, .refusals = {name_taken}, .in_bulk = true, .handler = &archive<false>});
}

}  // namespace dealog::api
