// POST /v1/users/{id}/hand-over: what a user looks after goes to others, as one bulk with a preview (SPEC ACC-6).

#include <algorithm>
#include <optional>

#include "api/app.h"
#include "api/ask.h"
#include "api/bulk.h"
#include "api/describe.h"
#include "api/encode.h"
#include "api/problem.h"
#include "api/resources.h"
#include "projections/query.h"

namespace dealog::api {
namespace {

using projections::no_row;
using projections::Row;

struct HandOverBody {
  std::optional<Uuid> to_user_id, deals_to, leads_to, companies_to, persons_to, tasks_to;
  std::optional<bool> dry_run;
  static constexpr std::string_view type_name = "HandOver";
  static constexpr auto describe() {
    return std::tuple{member("to_user_id", &HandOverBody::to_user_id).doc("Who gets what is not named below"),
                      member("deals_to", &HandOverBody::deals_to).doc("Open deals"), member("leads_to", &HandOverBody::leads_to).doc("Active leads"),
                      member("companies_to", &HandOverBody::companies_to), member("persons_to", &HandOverBody::persons_to),
                      member("tasks_to", &HandOverBody::tasks_to).doc("Open tasks; with one of a series that is his, what is to come of it"),
                      member("dry_run", &HandOverBody::dry_run).doc("Only say what would change")};
  }
};

// What is handed over, in this order.
struct Handed {
  Kind kind;
  const char* by;                              // the field that says whose it is
  std::uint16_t field;
  const char* status;                          // only what is so; null: all
  std::optional<Uuid> HandOverBody::* to;
};
const Handed handed[] = {
    {Kind::deal, "owner_id", field::deal::owner_id, "open", &HandOverBody::deals_to},
    {Kind::lead, "owner_id", field::lead::owner_id, "active", &HandOverBody::leads_to},
    {Kind::company, "owner_id", field::company::owner_id, nullptr, &HandOverBody::companies_to},
    {Kind::person, "owner_id", field::person::owner_id, nullptr, &HandOverBody::persons_to},
    {Kind::task, "assignee_id", field::task::assignee_id, "open", &HandOverBody::tasks_to},
};

struct HandedObject {
  const Handed* what;
  Uuid id;
  command::Scope scope = command::Scope::one;
};

struct HandOver {
  HandOverBody body;
  Uuid from;
  std::vector<HandedObject> objects;
  std::uint64_t left = 0;                      // that did not fit into this request

  std::optional<Uuid> recipient(const Handed& what) const { return body.*what.to ? body.*what.to : body.to_user_id; }
};

// A recipient is an active user, and another one.
void check_recipients(const projections::World& live, const HandOver& over, Faults& faults) {
  const projections::Table& users = live.table(Kind::user);
  const auto check = [&](const char* pointer, const std::optional<Uuid>& to) {
    if (!to) return;
    const Row row = live.row(Kind::user, *to);
    constexpr projections::Handle is_true = 2;
    if (row == no_row) faults.impossible(pointer, "unknown_reference", "There is no such user.");
    else if (*to == over.from) faults.impossible(pointer, "invalid", "This is the user himself.");
    else if (users.handles(field::user::is_suspended)[row] == is_true) faults.impossible(pointer, "invalid", "The user is suspended.");
  };
  check("/to_user_id", over.body.to_user_id);
  check("/deals_to", over.body.deals_to);
  check("/leads_to", over.body.leads_to);
  check("/companies_to", over.body.companies_to);
  check("/persons_to", over.body.persons_to);
  check("/tasks_to", over.body.tasks_to);
}

// With a task of a series that is his goes what is to come of it; of another's series, this occurrence alone.
HandedObject handed_object(const projections::World& live, const Handed& what, const Uuid& id, const Uuid& from) {
  HandedObject object{&what, id};
  if (what.kind != Kind::task) return object;
  const projections::Handle series = live.table(Kind::task).handles(field::task::series_id)[live.row(Kind::task, id)];
  const Row row = series == 0 ? no_row : live.row(Kind::series, series);
  if (row == no_row) return object;
  const projections::Table& all = live.table(Kind::series);
  const bool goes_on = all.presence()[row] == 1;
  if (goes_on && all.handles(field::series::assignee_id)[row] == live.handle(from)) object.scope = command::Scope::following;
  return object;
}

Response find_objects(const Question& question, HandOver& over) {
  if (question.live->row(Kind::user, over.from) == no_row) return problem(Problem::not_found);
  Faults faults;
  check_recipients(*question.live, over, faults);
  if (!faults.empty()) return problem(faults);
  for (const Handed& what : handed) {
    if (!over.recipient(what)) continue;
    const std::size_t room = most_parts - over.objects.size();
    projections::Parameters parameters{{what.by, to_string(over.from)}, {"sort", "id"}, {"include", "total"}, {"limit", std::to_string(std::max<std::size_t>(room, 1))}};
    if (what.status != nullptr) parameters.emplace_back("status", what.status);
    const auto listed = projections::list(question.live, what.kind, question.asked, parameters);
    if (!listed) return problem(listed.error());
    const projections::Table& table = listed->world->table(what.kind);
    const std::size_t taken = std::min(room, listed->page.rows.size());
    for (std::size_t i = 0; i < taken; ++i)
      over.objects.push_back(handed_object(*question.live, what, listed->world->id(table.self()[listed->page.rows[i]]), over.from));
    over.left += listed->page.total.value_or(0) - taken;
  }
  return no_content();
}

// The same request came before: what it was about then.
Response find_again(Account& account, const Question& question, const Uuid& batch, HandOver& over) {
  const View view = account.shown({Kind::batch, batch}, UINT32_MAX).view;
  const auto* ids = std::get_if<std::vector<Uuid>>(&view[field::batch::target_ids]);
  for (const Uuid& id : ids ? *ids : std::vector<Uuid>())
    for (const Handed& what : handed)
      if (over.recipient(what) && question.live->row(what.kind, id) != no_row)
        over.objects.push_back(handed_object(*question.live, what, id, over.from));
  return no_content();
}

std::vector<Part> parts_of(const Call& call, const HandOver& over) {
  std::vector<Part> parts;
  for (const HandedObject& object : over.objects) {
    const Handed& what = *object.what;
    Part part;
    part.target = object.id;
    part.prepared = std::make_shared<eventstore::Submission>();
    part.prepared->command = command::Edit{.object = {what.kind, object.id}, .fields = {{what.field, *over.recipient(what)}}, .scope = object.scope};
    part.prepared->context.actor = call.principal->user;
    part.prepared->context.token = call.principal->token;
    parts.push_back(std::move(part));
  }
  return parts;
}

Response answer_hand_over(const HandOver& over, const std::vector<Part>& parts, const Uuid& batch, Done done, bool dry_run) {
  if (done.refused) return std::move(*done.refused);
  const auto accepted = std::ranges::count_if(parts, [](const Part& part) { return part.response.status < 300; });
  JsonWriter json;
  json.object().key("bulk_id");
  if (dry_run) json.null();
  else json.value(batch);
  json.field("dry_run", dry_run).field("accepted", accepted).field("refused", static_cast<std::ptrdiff_t>(parts.size()) - accepted);
  json.field("left", over.left).key("items").array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Response& response = parts[i].response;
    json.object().field("kind", name(over.objects[i].what->kind)).field("id", parts[i].target).field("to", *over.recipient(*over.objects[i].what));
    json.field("status", response.status);
    if (response.status >= 300) json.key("body").raw(response.body);
    json.end();
  }
  json.end().end();
  Response response = ok(std::move(json).text());
  if (done.position != 0) response.headers.emplace_back("Log-Position", std::to_string(done.position));
  if (done.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

asio::awaitable<Response> hand_over(Call& call) {
  const auto from = call.id(0);
  if (!from) co_return problem(Problem::not_found);
  Response refused;
  const std::optional<RequestKey> key = request_key(call, refused);
  if (!key) co_return refused;
  Faults faults;
  const auto body = decode<HandOverBody>(call.request.body, faults);
  if (!body) co_return problem(faults);
  HandOver over;
  over.body = *body;
  over.from = *from;
  if (std::ranges::none_of(handed, [&](const Handed& what) { return over.recipient(what).has_value(); })) {
    faults.required("/to_user_id");
    co_return problem(faults);
  }

  Account& account = *call.principal->account;
  const bool dry_run = body->dry_run.value_or(false);
  BatchAsked batch;
  batch.key = *key;
  batch.begin.id = batch_id(call, *key);
  batch.begin.kind = BatchKind::hand_over;
  const Uuid id = batch.begin.id;
  const bool came_before = !dry_run && account.writer().batch(id).has_value();
  std::function<Response(const Question&)> find = [&](const Question& question) {
    return came_before ? find_again(account, question, id, over) : find_objects(question, over);
  };
  asio::awaitable<Response> asking = ask(call, std::move(find), true);
  Response found = co_await std::move(asking);
  if (found.status != 204) co_return found;

  for (const HandedObject& object : over.objects) batch.begin.targets.push_back(object.id);
  std::vector<Part> parts = parts_of(call, over);
  const How how = dry_run ? How::dry_run : How::each;
  asio::awaitable<Done> running = run_parts(call, std::move(batch), parts, how);
  Done done = co_await std::move(running);
  co_return answer_hand_over(over, parts, id, std::move(done), dry_run);
}

SchemaMaker hand_over_schema() {
  return json_schema("HandOverAnswer", R"({"type":"object","required":["bulk_id","accepted","refused","left","items"],"properties":{
    "bulk_id":{"type":["string","null"],"format":"uuid","description":"For POST /v1/undo; null of a dry run"},
    "dry_run":{"type":"boolean"},"accepted":{"type":"integer"},"refused":{"type":"integer"},
    "left":{"type":"integer","description":"What a request of 1000 did not hold: send another"},
    "items":{"type":"array","items":{"type":"object","required":["kind","id","to","status"],"properties":{"kind":{"type":"string"},
      "id":{"type":"string","format":"uuid"},"to":{"type":"string","format":"uuid"},"status":{"type":"integer"},
      "body":{"type":"object","description":"The problem, where it was refused"}}}}}})");
}

}  // namespace

void add_hand_over_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/users/{id}/hand-over", .operation_id = "handOver", .tag = "users",
              .summary = "Hand a user's open deals and tasks, active leads and contacts over to others",
              .doc = "Before he is suspended or after. At most 1000 objects a request, each for itself; bulk_id takes all of it back: POST /v1/undo.",
              .shape = Shape::command, .rights = only({Role::administrator}), .body = schema<HandOverBody>(),
              .answers = {{200, "What became of each", hand_over_schema()}}, .problems = {404}, .refusals = {Code::unknown_reference},
              .handler = &hand_over});
}

}  // namespace dealog::api
