// Create, list, show, edit, delete and restore: the same for every kind of object, by the field table. What a kind
// allows stands in one table below.

#include <boost/json/object.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/custom_values.h"
#include "api/decode.h"
#include "api/etag.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/names.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/saved_filter.h"

namespace dealog::api {
namespace {

using projections::no_row;
using projections::Row;

// ---- which kinds can do what over REST

struct Collection {
  Kind kind;
  std::string_view singular;    // for operation ids: "createCloseReason"
  bool create = true, edit = true, erase = true;
  Rights writers = signed_in;   // who may try; what exactly is for the rules of the domain
};

constexpr Collection collections[] = {
    {.kind = Kind::user, .singular = "User", .erase = false, .writers = administrators},
    {.kind = Kind::team, .singular = "Team", .writers = administrators},
    {.kind = Kind::token, .singular = "Token", .create = false, .edit = false, .erase = false},   // by account_routes.cpp
    {.kind = Kind::source, .singular = "Source", .writers = administrators},
    {.kind = Kind::close_reason, .singular = "CloseReason", .writers = managers},
    {.kind = Kind::company, .singular = "Company", .writers = business},
    {.kind = Kind::person, .singular = "Person", .writers = business},
    {.kind = Kind::process, .singular = "Process", .edit = false, .erase = false, .writers = managers},
    {.kind = Kind::deal, .singular = "Deal", .writers = business},
    {.kind = Kind::task, .singular = "Task", .writers = business},
    {.kind = Kind::note, .singular = "Note", .writers = business},
    {.kind = Kind::file, .singular = "File", .create = false, .edit = false, .writers = business},   // created by file_routes.cpp
    {.kind = Kind::email, .singular = "Email", .edit = false, .erase = false, .writers = business},
    {.kind = Kind::contact_group, .singular = "ContactGroup", .writers = managers},
    {.kind = Kind::deal_group, .singular = "DealGroup", .writers = managers},
    {.kind = Kind::tag, .singular = "Tag", .writers = business},
    {.kind = Kind::task_type, .singular = "TaskType", .writers = managers},
    {.kind = Kind::product_category, .singular = "ProductCategory", .writers = managers},
    {.kind = Kind::product, .singular = "Product", .writers = managers},
    {.kind = Kind::cost_category, .singular = "CostCategory", .writers = managers},
    {.kind = Kind::exchange_rate, .singular = "ExchangeRate", .writers = managers},
    {.kind = Kind::custom_field, .singular = "CustomField", .writers = administrators},
    {.kind = Kind::saved_filter, .singular = "SavedFilter", .writers = business},
    {.kind = Kind::scorecard, .singular = "Scorecard", .create = false, .edit = false, .writers = managers},
    {.kind = Kind::space, .singular = "Space", .writers = business},
    {.kind = Kind::lead, .singular = "Lead", .writers = business},
    {.kind = Kind::lead_stage, .singular = "LeadStage", .writers = managers},
    {.kind = Kind::series, .singular = "Series", .create = false, .edit = false, .erase = false},
};

// SPEC GEN-6: what may be edited as of a past day.
constexpr bool edits_the_past(Kind kind) { return kind == Kind::user; }

Currency account_currency(const Call& call) {
  return parse_currency(call.principal->account->world()->currency()).value_or(Currency{});
}

// "recurrence": null is each of its members null.
void say_no_recurrence(json::object& body) {
  const json::value* recurrence = body.if_contains("recurrence");
  if (recurrence != nullptr && recurrence->is_null()) body["recurrence"] = json::object{{"frequency", nullptr}};
}

// A body that says nothing.
void refuse_members(Call& call) {
  if (call.request.body.empty()) return;
  if (const auto body = parse_object(call.request.body, call.faults))
    for (const auto& member : *body) call.faults.unknown_field(pointer_to({}, std::string_view(member.key())));
}

// ---- handlers

asio::awaitable<Response> create_object(Call& call, Kind kind) {
  CreateRequest wanted = decode_create(kind, call.request.body, account_currency(call), call.faults);
  if (wanted.command.object.id.is_nil()) wanted.command.object.id = call.app->new_id();
  if (kind == Kind::saved_filter) {
    asio::awaitable<void> checking = check_saved_filter(call, wanted.command.object.id, wanted.command.fields);
    co_await std::move(checking);
  }
  Command command = std::move(wanted.command);
  asio::awaitable<Response> executed = execute(call, std::move(command), wanted.performed_by);
  co_return co_await std::move(executed);
}

asio::awaitable<Response> edit_object(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  auto body = parse_object(call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  if (kind == Kind::task) say_no_recurrence(*body);
  std::vector<std::string_view> allowed;
  if (edits_the_past(kind)) allowed.push_back("effective_at");
  if (has_custom_fields(kind)) allowed.push_back("cf");
  command::Edit edit{.object = {kind, *id}};
  if (kind == Kind::task) edit.scope = read_scope(call, call.faults);
  const FieldRules rules{.mode = Mode::patch, .currency = account_currency(call), .allowed = allowed,
                         .amounts = kind == Kind::deal ? &edit.amounts : nullptr, .sets = &edit.sets};
  edit.fields = decode_fields(kind, *body, rules, call.faults);
  if (has_custom_fields(kind)) edit.custom = read_custom_values(*body, call.faults, Mode::patch);
  if (edits_the_past(kind))
    if (const json::value* at = body->if_contains("effective_at"); at != nullptr && !at->is_null())
      edit.effective_at = read_instant(*at, "/effective_at", call.faults);
  if (kind == Kind::saved_filter) {
    asio::awaitable<void> checking = check_saved_filter(call, *id, edit.fields);
    co_await std::move(checking);
  }
  Command command = std::move(edit);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

// Deletes; of a recurring task as much of it as the scope says.
asio::awaitable<Response> delete_object(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  command::Delete remove{.object = {kind, *id}};
  if (kind == Kind::task) remove.scope = read_scope(call, call.faults);
  refuse_members(call);
  Command command = remove;
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

template <class Verb>
asio::awaitable<Response> plain_verb(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  refuse_members(call);
  Command command = Verb{ObjectRef{kind, *id}};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

Response show(const Call& call, const Question& question, Kind kind, const Uuid& id) {
  const Row row = question.live->row(kind, id);
  if (row == no_row || !may_see(*question.live, question.asked.reader, kind, row)) return problem(Problem::not_found);
  return answer_object(call, question, {kind, id});
}

asio::awaitable<Response> show_object(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, kind, id](const Question& question) {
    return show(call, question, kind, *id);
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

bool read_names(std::string_view text, Faults& faults) {
  if (text != "true" && text != "false") faults.unreadable("/names", "true or false");
  return text == "true";
}

Parameter names_parameter() {
  return {.name = "names", .doc = "true: also the names of what the objects refer to, by id, in \"names\"; in CSV and XLSX (there it is so unless "
                                  "false is said) as columns beside the ids", .type = "boolean"};
}

// `parameters`: filters that the route brings along.
Response list_page(const Call& call, const Question& question, Kind kind, projections::Parameters parameters = {}) {
  Faults faults;
  bool with_names = false;
  for (const auto& parameter : question.parameters) {
    if (parameter.first == "names") with_names = read_names(parameter.second, faults);
    else if (parameter.first != "fields") parameters.push_back(parameter);
  }
  const auto listed = projections::list(question.world, kind, question.asked, parameters);
  if (!listed) add_faults(listed.error(), faults);
  const std::vector<std::string> only = members_asked(call, listed ? *listed->world : *question.world, kind, faults);
  if (!faults.empty()) return problem(faults);
  const projections::World& world = *listed->world;

  JsonWriter json;
  json.reserve(512 + 700 * listed->page.rows.size());
  const SetUp setting = set_up(world);
  Names names(question, world, setting);
  json.object().key("data").array();
  for (const Row row : listed->page.rows) {
    const View view = world.view(kind, row);
    write_object(json, view, setting, eyes_on(*question.live, question.asked.reader.user, view.object), last_activity(world, view), only);
    if (with_names) names.add(view);
  }
  json.end();
  if (with_names) names.write(json.key("names"));
  json.key("page").object();
  json.field("next_cursor", listed->page.next_cursor).field("has_more", listed->page.next_cursor.has_value());
  if (listed->page.total) json.field("total", *listed->page.total);
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> list_objects(Call& call, Kind kind) {
  std::function<Response(const Question&)> answer = [&call, kind](const Question& question) {
    return list_page(call, question, kind);
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

// What hangs on a deal: a list like any other, under the rights of whoever asks.
asio::awaitable<Response> list_linked(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, kind, id](const Question& question) {
    const Row row = question.live->row(Kind::deal, *id);
    if (row == no_row || !may_see(*question.live, question.asked.reader, Kind::deal, row)) return problem(Problem::not_found);
    return list_page(call, question, kind, {{"links.deal_id", to_string(*id)}});
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

// ---- the table of routes

std::string words(Kind kind) {
  std::string text(name(kind));
  std::ranges::replace(text, '_', ' ');
  return text;
}

}  // namespace

void add_object_routes(Routes& routes) {
  for (const Collection& collection : collections) {
    const Kind kind = collection.kind;
    const std::string many(plural(kind)), one = words(kind), singular(collection.singular);
    const std::string path = "/v1/" + many, item = path + "/{id}";
    const std::vector<Parameter> scopes = kind == Kind::task ? std::vector{scope_parameter()} : std::vector<Parameter>{};
    const std::string article = std::string("aeiou").find(one[0]) == std::string::npos ? "a " : "an ";

    routes.add(exported({.method = Method::get, .path = path, .operation_id = "list" + camel(many), .tag = many,
                .summary = "List " + many + ", filtered, sorted and paged", .shape = Shape::list, .parameters = {names_parameter()}, .searched = true,
                .answers = {{200, "One page", list_schema(kind, answer_extras(kind))}},
                .handler = [kind](Call& call) { return list_objects(call, kind); }}));
    routes.add({.method = Method::get, .path = item, .operation_id = "get" + singular, .tag = many,
                .summary = "Show " + article + one + ", now or at any moment", .shape = Shape::query,
                .answers = {{200, "The " + one, object_schema(kind, answer_extras(kind))}}, .problems = {404},
                .handler = [kind](Call& call) { return show_object(call, kind); }});
    add_history_routes(routes, kind, singular);
    if (collection.create)
      routes.add({.method = Method::post, .path = path, .operation_id = "create" + singular, .tag = many,
                  .summary = "Create " + article + one, .shape = Shape::command, .rights = collection.writers,
                  .body = create_schema(kind), .answers = {{201, "The new " + one, object_schema(kind, answer_extras(kind))}},
                  .refusals = {Code::id_taken, Code::name_taken, Code::unknown_reference}, .in_bulk = true,
                  .handler = [kind](Call& call) { return create_object(call, kind); }});
    if (collection.create || collection.erase) add_bulk_route(routes, kind, "bulk" + camel(many), collection.writers);
    if (collection.edit) {
      std::vector<ExtraKey> more;
      if (edits_the_past(kind)) more.push_back({"effective_at", plain_schema("string", "date-time")});
      if (has_custom_fields(kind)) more.push_back({"cf", custom_values_schema()});
      routes.add({.method = Method::patch, .path = item, .operation_id = "edit" + singular, .tag = many,
                  .summary = "Edit " + article + one + " (JSON merge patch)", .shape = Shape::command,
                  .rights = collection.writers, .body = fields_schema(kind, Mode::patch, more),
                  .body_type = "application/merge-patch+json", .parameters = scopes,
                  .answers = {{200, "The " + one + " after the edit", object_schema(kind, answer_extras(kind))}}, .problems = {404},
                  .refusals = {Code::object_deleted, Code::name_taken, Code::unknown_reference}, .in_bulk = true,
                  .handler = [kind](Call& call) { return edit_object(call, kind); }});
    }
    if (collection.erase) {
      routes.add({.method = Method::delete_, .path = item, .operation_id = "delete" + singular, .tag = many,
                  .summary = "Delete " + article + one + " (it can be restored)", .shape = Shape::command,
                  .rights = collection.writers, .parameters = scopes,
                  .answers = {{200, "The deleted " + one, object_schema(kind, answer_extras(kind))}}, .problems = {404},
                  .refusals = {Code::in_use}, .in_bulk = true,
                  .handler = [kind](Call& call) { return delete_object(call, kind); }});
      routes.add({.method = Method::post, .path = item + "/restore", .operation_id = "restore" + singular, .tag = many,
                  .summary = "Restore a deleted " + one, .shape = Shape::command, .rights = collection.writers,
                  .answers = {{200, "The restored " + one, object_schema(kind, answer_extras(kind))}}, .problems = {404},
                  .refusals = {Code::name_taken}, .in_bulk = true,
                  .handler = [kind](Call& call) { return plain_verb<command::Restore>(call, kind); }});
    }
  }

  for (const Kind kind : {Kind::note, Kind::task, Kind::email}) {
    const std::string many(plural(kind));
    routes.add(exported({.method = Method::get, .path = "/v1/deals/{id}/" + many, .operation_id = "listDeal" + camel(many), .tag = "deals",
                .summary = "List the " + many + " of a deal, filtered, sorted and paged", .shape = Shape::list, .parameters = {names_parameter()}, .searched = true,
                .answers = {{200, "One page", list_schema(kind, answer_extras(kind))}}, .problems = {404},
                .handler = [kind](Call& call) { return list_linked(call, kind); }}));
  }
}

void add_resource_routes(Routes& routes, std::uint64_t file_limit) {
  add_object_routes(routes);
  add_deal_routes(routes);
  add_deal_money_routes(routes);
  add_file_routes(routes, file_limit);
  add_finance_routes(routes);
  add_lead_routes(routes);
  add_scorecard_routes(routes);
  add_contact_routes(routes);
  add_erasure_routes(routes);
  add_timeline_routes(routes);
  add_task_routes(routes);
  add_process_routes(routes);
  add_account_routes(routes);
  add_board_routes(routes);
  add_event_routes(routes);
  add_change_routes(routes);
  add_access_routes(routes);
  add_participation_routes(routes);
  add_session_routes(routes);
  add_notification_routes(routes);
  add_report_routes(routes);
  add_audit_routes(routes);
  add_proof_routes(routes);
  add_backup_routes(routes);
  add_hand_over_routes(routes);
  add_undo_routes(routes);
  add_import_routes(routes, file_limit);
  add_job_routes(routes);
  add_search_routes(routes);
}

}  // namespace dealog::api
