// POST /v1/<collection>/bulk: a list of commands, or one command over a filter (SPEC DEA-8; API.md 1, Bulk).

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/bulk.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/filter_bulk.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct BulkAsked {
  std::vector<Part> parts;                      // of a list
  std::optional<FilterBulk> over;               // else
  bool atomic = false, dry_run = false;
};

// One command of the body: {"method", "path", "body", "if_match"}.
class CommandReader {
 public:
  CommandReader(const App& app, Kind kind, Faults& faults) : app_(app), base_("/v1/" + std::string(plural(kind))), faults_(faults) {}

  Part read(const json::value& value, const std::string& at, bool is_pattern) {
    Part part;
    const json::object* members = value.if_object();
    if (members == nullptr) {
      faults_.wrong_type(at, "an object");
      return part;
    }
    const std::size_t faults_before = faults_.all.size();
    for (const auto& [raw_key, member] : *members) {
      const std::string_view key(raw_key.data(), raw_key.size());
      const std::string pointer = pointer_to(at, key);
      if (key == "method") read_method(part, member, pointer);
      else if (key == "path") read_path(part, member, pointer);
      else if (key == "body") read_body(part, member, pointer);
      else if (key == "if_match" && !is_pattern) read_version(part, member, pointer);
      else faults_.unknown_field(pointer);
    }
    if (!members->contains("path")) faults_.required(pointer_to(at, "path"));
    else if (faults_.all.size() == faults_before) check_path(part, pointer_to(at, "path"), is_pattern);
    return part;
  }

 private:
  void read_method(Part& part, const json::value& value, const std::string& pointer) {
    const std::string word = read_text(value, pointer, faults_).value_or("");
    for (const Method method : {Method::post, Method::put, Method::patch, Method::delete_})
      if (name(method) == word) {
        part.method = method;
        return;
      }
    faults_.unreadable(pointer, "POST, PUT, PATCH or DELETE");
  }
  // "/v1/tasks/{id}?scope=all": with the parameters that its route takes.
  void read_path(Part& part, const json::value& value, const std::string& pointer) {
    const std::string target = read_text(value, pointer, faults_).value_or("");
    const std::size_t mark = target.find('?');
    part.path = target.substr(0, mark);
    if (mark != std::string::npos) part.query = target.substr(mark + 1);
  }
  void read_body(Part& part, const json::value& value, const std::string& pointer) {
    if (value.is_object()) part.body = json::serialize(value);
    else if (!value.is_null()) faults_.wrong_type(pointer, "an object");
  }
  void read_version(Part& part, const json::value& value, const std::string& pointer) {
    if (const auto version = read_integer(value, pointer, faults_)) part.if_match = '"' + std::to_string(*version) + '"';
  }
  void check_path(const Part& part, const std::string& pointer, bool is_pattern) {
    const bool is_within = part.path == base_ || part.path.starts_with(base_ + "/");
    if (is_pattern && part.path.find(bulk_placeholder) == std::string::npos)
      return faults_.impossible(pointer, "invalid", "The path needs {id} where the id of each object goes: " + base_ + "/{id}.");
    std::string path = part.path;
    if (is_pattern) path.replace(path.find(bulk_placeholder), bulk_placeholder.size(), to_string(Uuid{}));
    const Routes::Match match = app_.routes().find(part.method, path);
    if (!is_within || match.route == nullptr || !match.route->in_bulk)
      return faults_.impossible(pointer, "invalid", "There is no such command of " + base_ + " that can be part of a bulk.");
    const auto parameters = parse_query(part.query);
    if (!parameters) return faults_.unreadable(pointer, "a path, for its query has a percent sign that encodes no character");
    for (const auto& [name, value] : *parameters)
      if (!accepts_parameter(*match.route, name))
        faults_.add({.pointer = pointer, .code = "unknown_parameter", .message = "There is no query parameter " + name + " here.", .malformed = true});
  }

  const App& app_;
  std::string base_;
  Faults& faults_;
};

BulkAsked read_bulk(const Call& call, Kind kind, Faults& faults) {
  BulkAsked asked;
  const auto body = parse_object(call.request.body, faults);
  if (!body) return asked;
  CommandReader reader(*call.app, kind, faults);
  bool has_list = false, has_filter = false, has_command = false;
  FilterBulk over{.kind = kind, .filter = {}, .pattern = {}};
  for (const auto& [raw_key, value] : *body) {
    const std::string_view key(raw_key.data(), raw_key.size());
    const std::string pointer = pointer_to({}, key);
    if (key == "commands") {
      has_list = true;
      const json::array* items = value.if_array();
      if (items == nullptr) faults.wrong_type(pointer, "a list of commands");
      else if (items->empty()) faults.required(pointer);
      else if (items->size() > most_parts) faults.impossible(pointer, "too_long", "A request takes at most 1000 commands.");
      else
        for (std::size_t i = 0; i < items->size(); ++i) asked.parts.push_back(reader.read((*items)[i], pointer_to(pointer, i), false));
    } else if (key == "filter") {
      if (!value.is_object()) faults.wrong_type(pointer, "an object");
      else if (has_filter = true; !value.get_object().empty()) over.filter = json::serialize(value);
    } else if (key == "command") {
      has_command = true;
      over.pattern = reader.read(value, pointer, true);
    } else if (key == "deleted") {
      over.deleted = read_text(value, pointer, faults).value_or("");
    } else if (key == "atomic") {
      asked.atomic = read_boolean(value, pointer, faults).value_or(false);
    } else if (key == "dry_run") {
      asked.dry_run = read_boolean(value, pointer, faults).value_or(false);
    } else {
      faults.unknown_field(pointer);
    }
  }
  if (has_list && (has_filter || has_command))
    faults.impossible("/commands", "invalid", "Give a list of commands, or a filter and a command, not both.");
  if (!has_list && !has_filter && !has_command) faults.required("/commands");
  else if (!has_list && !has_filter) faults.required("/filter");
  else if (!has_list && !has_command) faults.required("/command");
  over.dry_run = asked.dry_run;
  if (has_filter) asked.over = std::move(over);
  return asked;
}

Response answer_bulk(const BulkAsked& asked, const std::vector<Part>& parts, const Uuid& batch, Done done, How how) {
  JsonWriter items;
  write_items(items, parts, how);
  if (done.refused) {
    if (how == How::together && done.refused->status == 409) add_member(*done.refused, "items", items.text());
    return std::move(*done.refused);
  }
  const auto accepted = std::ranges::count_if(parts, [](const Part& part) { return part.response.status < 300; });
  JsonWriter json;
  json.reserve(items.text().size() + 256);
  json.object().key("bulk_id");
  if (how == How::dry_run) json.null();
  else json.value(batch);
  json.field("atomic", asked.atomic).field("dry_run", asked.dry_run).field("accepted", accepted);
  json.field("refused", static_cast<std::ptrdiff_t>(parts.size()) - accepted).key("items").raw(items.text()).end();
  Response response = ok(std::move(json).text());
  if (done.position != 0) response.headers.emplace_back("Log-Position", std::to_string(done.position));
  if (done.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

asio::awaitable<Response> bulk(Call& call, Kind kind) {
  Account& account = *call.principal->account;
  Response refused;
  const std::optional<RequestKey> key = request_key(call, refused);
  if (!key) co_return refused;
  Faults faults;
  BulkAsked asked = read_bulk(call, kind, faults);
  if (!faults.empty()) co_return problem(faults);

  BatchAsked batch;
  batch.key = *key;
  batch.begin.id = batch_id(call, *key);
  batch.begin.collection = kind;
  if (asked.over) {
    if (auto again = job_again(call, *key)) co_return std::move(*again);
    std::vector<Uuid>& targets = batch.begin.targets;
    std::uint64_t total = 0;
    bool is_job = !asked.atomic && (prefers_job(call.request) || is_bulk_job(call, *key));
    if (!asked.dry_run && account.writer().batch(batch.begin.id)) {
      is_job = false;   // it was done by a request: with those that it found when it came first
      std::function<Response()> remember = [&] {
        targets = targets_of(account, batch.begin.id);
        return no_content();
      };
      asio::awaitable<Response> remembered = on_pool(call, std::move(remember));
      co_await std::move(remembered);
    } else {
      std::function<Response(const Question&)> find = [&](const Question& question) { return find_targets(question, *asked.over, false, targets, total); };
      asio::awaitable<Response> asking = ask(call, std::move(find), true);
      Response found = co_await std::move(asking);
      if (found.status != 204) co_return found;
    }
    if (total > most_parts && asked.atomic) {
      faults.impossible("/filter", "too_long", "The filter finds " + std::to_string(total) + "; all or none takes at most 1000. Narrow it.");
      co_return problem(faults);
    }
    if (is_job || total > most_parts) co_return start_job(call, "bulk", *key, static_cast<std::size_t>(total), filter_bulk_job(call, *asked.over, *key));
    for (const Uuid& target : targets) asked.parts.push_back(part_for(asked.over->pattern, target));
  }

  for (Part& part : asked.parts) {
    asio::awaitable<void> preparing = prepare_part(call, part);
    co_await std::move(preparing);
  }
  const How how = asked.dry_run ? How::dry_run : asked.atomic ? How::together : How::each;
  const Uuid id = batch.begin.id;
  asio::awaitable<Done> running = run_parts(call, std::move(batch), asked.parts, how);
  Done done = co_await std::move(running);
  co_return answer_bulk(asked, asked.parts, id, std::move(done), how);
}

SchemaMaker bulk_schema() {
  return json_schema("Bulk", R"({"type":"object","additionalProperties":false,"properties":{
    "commands":{"type":"array","minItems":1,"maxItems":1000,"items":{"$ref":"#/components/schemas/BulkCommand"}},
    "filter":{"type":"object","description":"A filter tree, as filter= takes it; {}: everything"},
    "deleted":{"type":"string","enum":["exclude","include","only"]},
    "command":{"$ref":"#/components/schemas/BulkCommand"},
    "atomic":{"type":"boolean","description":"All or none, in one commit; else each for itself"},
    "dry_run":{"type":"boolean","description":"What each would be answered; nothing changes"}},
    "examples":[{"filter":{"field":"status","value":"open"},"command":{"method":"PATCH","path":"/v1/deals/{id}","body":{"visibility":"public"}},"dry_run":true},
                {"filter":{"field":"status","value":"open"},"command":{"method":"PATCH","path":"/v1/deals/{id}","body":{"tags":{"add":["0190d2c4-0000-7000-8000-000000000001"]}}}}]})");
}

SchemaMaker bulk_command_schema() {
  return json_schema("BulkCommand", R"({"type":"object","additionalProperties":false,"required":["path"],"properties":{
    "method":{"type":"string","enum":["POST","PUT","PATCH","DELETE"],"default":"POST"},
    "path":{"type":"string","description":"Of a command of this collection, with the query parameters that it takes; over a filter, with {id} where the id of each object goes"},
    "body":{"type":["object","null"]},"if_match":{"type":"integer","description":"A version, as If-Match"}}})");
}

}  // namespace

SchemaMaker bulk_answer_schema() {
  return json_schema("BulkAnswer", R"({"type":"object","required":["bulk_id","accepted","refused","items"],"properties":{
    "bulk_id":{"type":["string","null"],"format":"uuid","description":"For POST /v1/undo; null of a dry run"},
    "atomic":{"type":"boolean"},"dry_run":{"type":"boolean"},"accepted":{"type":"integer"},"refused":{"type":"integer"},
    "items":{"type":"array","description":"In order: what the command alone would be answered","items":{"type":"object","required":["status"],"properties":{
      "status":{"type":"integer"},"id":{"type":"string","format":"uuid"},"etag":{"type":"string"},"location":{"type":"string"},
      "events":{"type":"array","items":{"type":"string"},"description":"Of a dry run: what would happen"},
      "body":{"type":"object","description":"The object, or the problem"}}}}}})");
}

void add_bulk_route(Routes& routes, Kind kind, const std::string& operation_id, Rights rights) {
  const std::string many(plural(kind));
  const SchemaMaker body = [](Schemas& schemas) {
    bulk_command_schema()(schemas);
    return bulk_schema()(schemas);
  };
  routes.add({.method = Method::post, .path = "/v1/" + many + "/bulk", .operation_id = operation_id, .tag = many,
              .summary = "Many commands of " + many + " at once, or one over a filter",
              .doc = "At most 1000, each under the rights and rules of the command alone, with an answer for each, in order. The same "
                     "Idempotency-Key gives the same answers. bulk_id takes all of it back: POST /v1/undo.\n\nA filter that finds more (or any, "
                     "with Prefer: respond-async) becomes a job, unless it is to be all or none: its result counts, names what was refused, and has a "
                     "bulk_id for each 1000.",
              .shape = Shape::command, .rights = rights, .body = body,
              .answers = {{200, "An answer for each command", bulk_answer_schema()}, {202, "The job that does it", job_schema()}}, .refusals = {Code::bulk_refused, Code::bulk_too_large},
              .handler = [kind](Call& call) { return bulk(call, kind); }});
}

}  // namespace dealog::api
