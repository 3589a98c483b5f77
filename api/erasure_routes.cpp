// Personal data of one subject: erasing it, the legal hold that forbids that, and the export of all of it (SPEC CON-3).

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/mailbox.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/subject_export.h"
#include "projections/mentions.h"

namespace dealog::api {
namespace {

constexpr std::size_t most_mentions = 1'000;

struct HoldBody {
  std::string reason;
  static constexpr std::string_view type_name = "LegalHold";
  static constexpr auto describe() {
    return std::tuple{member("reason", &HoldBody::reason).doc("Why; only administrators and auditors may read it").length(1, 2'000)};
  }
};

struct EraseBody {
  bool dry_run = false;
  std::vector<std::string> include;
  static constexpr std::string_view type_name = "Erase";
  static constexpr auto describe() {
    return std::tuple{member("dry_run", &EraseBody::dry_run).doc("Only say what would be erased").may_be_absent(),
                      member("include", &EraseBody::include).doc("What is about it is erased too: notes, emails, files, tasks, leads").length(0, 20).may_be_absent()};
  }
};

// ---- erasing

asio::awaitable<bool> forgotten(Account& account) {
  const auto start = [](auto handler, Purges* purges) {
    auto waiting = waiting_for<bool>(std::move(handler));
    purges->when_done([waiting = std::move(waiting)](bool done) { waiting->resume(done); });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(start, asio::use_awaitable, &account.purges());
}

std::vector<Kind> kinds_of(const std::vector<std::string>& words, Faults& faults) {
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::span<const Kind> known = kinds_erased_along();
    const auto kind = std::ranges::find(known, words[i], [](Kind each) { return plural(each); });
    if (kind == known.end()) faults.impossible("/include/" + std::to_string(i), "invalid", "Nothing of that name is erased along.");
    else kinds.push_back(*kind);
  }
  return kinds;
}

// Exactly what erasing would erase, and where else words of it stand.
Response preview(const Question& question, ObjectRef object, const Decided& decided) {
  std::vector<ObjectRef> subjects;
  for (const NewEvent& event : decided.events)
    if (const auto* erased = std::get_if<event::SubjectErased>(&event.event)) subjects = erased->subjects;
  const projections::World& world = *question.live;
  std::vector<std::string> words;
  for (const ObjectRef& subject : subjects)
    if (const projections::Row row = world.row(subject.kind, subject.id); subject.kind == object.kind && row != projections::no_row)
      for (std::string& word : projections::words_of(world, subject.kind, row))
        if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  const projections::Mentions found = projections::mentions(world, words, subjects, most_mentions);

  JsonWriter json;
  json.object().field("dry_run", true).key("erases").array();
  for (std::size_t i = 0; i < subjects.size();) {
    std::size_t end = i;
    while (end < subjects.size() && subjects[end].kind == subjects[i].kind) ++end;
    json.object().field("kind", name(subjects[i].kind)).field("count", end - i).key("ids").array();
    for (; i < end; ++i) json.value(subjects[i].id);
    json.end().end();
  }
  json.end().key("mentions").array();
  for (const projections::Mention& mention : found.first) {
    const projections::Table& table = world.table(mention.kind);
    // A private note's text is its author's alone: that it is there may be known (SPEC ACC-5).
    const FieldSpec* flag = mention.kind == Kind::note ? find_field(Kind::note, "is_private") : nullptr;
    const bool is_hidden = flag != nullptr && table.handles(flag->number)[mention.row] == 2 &&
                           world.id(table.handles(field::created_by)[mention.row]) != question.asked.reader.user;
    json.object().field("kind", name(mention.kind)).field("id", world.id(table.self()[mention.row])).field("field", mention.field).key("value");
    if (is_hidden) json.null();
    else json.value(mention.value);
    json.end();
  }
  json.end().field("mentions_total", found.total).end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> dry_run(Call& call, command::Erase erase) {
  const ObjectRef object = erase.object;
  eventstore::Submission submission{.command = std::move(erase), .context = {.actor = call.principal->user, .token = call.principal->token}};
  submission.dry_run = true;
  asio::awaitable<eventstore::Outcome> submitted = submit(call.principal->account->writer(), std::move(submission));
  const eventstore::Outcome outcome = co_await std::move(submitted);
  if (const auto* refused = std::get_if<Refusal>(&outcome)) co_return problem(*refused);
  if (const auto* trouble = std::get_if<eventstore::Trouble>(&outcome)) co_return problem(*trouble);
  const std::shared_ptr<const Decided> decided = std::get<eventstore::Accepted>(outcome).preview;
  std::function<Response(const Question&)> answer = [object, decided](const Question& question) { return preview(question, object, *decided); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

asio::awaitable<Response> erase(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<EraseBody>(call);
  command::Erase wanted{{kind, *id}, kinds_of(body.include, call.faults)};
  if (body.dry_run && call.faults.empty()) {
    asio::awaitable<Response> previewed = dry_run(call, std::move(wanted));
    co_return co_await std::move(previewed);
  }
  Command command = std::move(wanted);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  Response response = co_await std::move(executed);
  if (response.status >= 300) co_return response;
  // Answered when nothing that is asked from now on knows a word of it.
  asio::awaitable<bool> forgetting = forgotten(*call.principal->account);
  const bool is_done = co_await std::move(forgetting);
  if (!is_done) co_return problem(Problem::unavailable, "The keys are destroyed, but lists may still know what they had read; restart the server.");
  co_return response;
}

// ---- holds

asio::awaitable<Response> place_hold(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<HoldBody>(call);
  Command command = command::PlaceHold{{kind, *id}, body.reason};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> lift_hold(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Command command = command::LiftHold{{kind, *id}};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

Response hold_of(const Account& account, const Question& question, ObjectRef object) {
  if (question.live->row(object.kind, object.id) == projections::no_row) return problem(Problem::not_found);
  std::optional<Envelope> placed;
  std::string reason;
  account.log().read_object(object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    const Event event = event_of(stored.record);
    if (std::holds_alternative<event::LegalHoldLifted>(event)) placed.reset();
    if (!std::holds_alternative<event::LegalHoldPlaced>(event)) return true;
    placed = envelope(stored.record);
    reason.clear();
    if (const auto plaintext = account.keys().open(stored.record))
      if (const auto personal = decode_personal(*plaintext))
        for (const FieldChange& change : *personal)
          if (const auto* text = std::get_if<std::string>(&change.value); text && change.field == field::hold_reason) reason = *text;
    return true;
  });
  JsonWriter json;
  json.object().field("legal_hold", placed.has_value());
  if (placed) json.field("reason", reason).field("placed_at", placed->recorded_at).field("placed_by", placed->actor);
  json.end();
  return ok(std::move(json).text());
}

using ShowOne = Response (*)(const Account&, const Question&, ObjectRef);

// What is asked about one object.
asio::awaitable<Response> show(Call& call, Kind kind, ShowOne shown) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const ObjectRef object{kind, *id};
  std::function<Response(const Question&)> answer = [&call, object, shown](const Question& question) {
    return shown(*call.principal->account, question, object);
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker preview_schema() {
  return json_schema("ErasePreview", R"({"type":"object","required":["dry_run","erases","mentions","mentions_total"],"properties":{
    "dry_run":{"type":"boolean"},
    "erases":{"type":"array","items":{"type":"object","required":["kind","count","ids"],"properties":{"kind":{"type":"string"},
      "count":{"type":"integer"},"ids":{"type":"array","items":{"type":"string","format":"uuid"}}}}},
    "mentions":{"type":"array","description":"Where words of it stand that cannot be erased with its key: for editing","items":{"type":"object",
      "required":["kind","id","field","value"],"properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"},
      "field":{"type":"string"},"value":{"type":["string","null"],"description":"null: a private note of somebody else"}}}},
    "mentions_total":{"type":"integer"}}})");
}

// Of a dry run, or the object.
SchemaMaker erase_schema(Kind kind) {
  return [kind](Schemas& schemas) {
    boost::json::array either{object_schema(kind, answer_extras(kind))(schemas), preview_schema()(schemas)};
    return boost::json::value(boost::json::object{{"oneOf", std::move(either)}});
  };
}

SchemaMaker hold_schema() {
  return json_schema("LegalHoldShown", R"({"type":"object","required":["legal_hold"],"properties":{"legal_hold":{"type":"boolean"},"reason":{"type":"string"},
    "placed_at":{"type":"string","format":"date-time"},"placed_by":{"type":["string","null"],"format":"uuid"}}})");
}

std::string_view singular(Kind kind) {
  switch (kind) {
    case Kind::user: return "User";
    case Kind::company: return "Company";
    case Kind::person: return "Person";
    case Kind::task: return "Task";
    case Kind::note: return "Note";
    case Kind::email: return "Email";
    default: return "Lead";
  }
}

}  // namespace

void add_erasure_routes(Routes& routes) {
  using enum Code;
  for (const Kind kind : erasable_kinds()) {
    const std::string many(plural(kind)), one(name(kind)), item = "/v1/" + many + "/{id}";
    routes.add({.method = Method::post, .path = item + "/erase", .operation_id = "erase" + std::string(singular(kind)), .tag = many,
                .summary = "Erase the personal data of the " + one + " for good, or preview that",
                .doc = "Its keys are destroyed, and those of all that was merged into it; with a recurring task goes its series, which has the same words. What was sealed with them is null from then on, as of any moment, and the object says erased. It cannot be undone.",
                .shape = Shape::command, .rights = administrators, .body = schema<EraseBody>(),
                .answers = {{200, "The " + one + ", erased; of a dry run what would be", erase_schema(kind)}}, .problems = {404, 503},
                .refusals = {legal_hold, already_merged, user_active}, .handler = [kind](Call& call) { return erase(call, kind); }});
  }
  for (const Kind kind : holdable_kinds()) {
    const std::string many(plural(kind)), one(name(kind)), item = "/v1/" + many + "/{id}", title(singular(kind));
    routes.add({.method = Method::post, .path = item + "/hold", .operation_id = "hold" + title, .tag = many,
                .summary = "Place a legal hold on the " + one + ": nothing of it can be erased until it is lifted", .shape = Shape::command,
                .rights = administrators, .body = schema<HoldBody>(),
                .answers = {{200, "The " + one, object_schema(kind, answer_extras(kind))}}, .problems = {404}, .refusals = {erased, already_merged},
                .handler = [kind](Call& call) { return place_hold(call, kind); }});
    routes.add({.method = Method::delete_, .path = item + "/hold", .operation_id = "lift" + title + "Hold", .tag = many,
                .summary = "Lift the legal hold of the " + one, .shape = Shape::command, .rights = administrators,
                .answers = {{200, "The " + one, object_schema(kind, answer_extras(kind))}}, .problems = {404},
                .handler = [kind](Call& call) { return lift_hold(call, kind); }});
    routes.add({.method = Method::get, .path = item + "/hold", .operation_id = "get" + title + "Hold", .tag = many,
                .summary = "Whether and why the " + one + " is held", .rights = only({Role::administrator, Role::auditor}), .access = "hold",
                .answers = {{200, "The hold", hold_schema()}}, .problems = {404}, .handler = [kind](Call& call) { return show(call, kind, &hold_of); }});
  }
  for (const Kind kind : exported_kinds()) {
    const std::string many(plural(kind)), one(name(kind));
    routes.add({.method = Method::get, .path = "/v1/" + many + "/{id}/export", .operation_id = "export" + std::string(singular(kind)), .tag = many,
                .summary = "All data that is held on the " + one + ", with its history",
                .doc = "With what was merged into it, and what is linked to it: notes, e-mails and tasks with their histories, deals and leads.",
                .rights = administrators, .access = "export",
                .answers = {{200, "The subject export", subject_export_schema()}}, .problems = {404},
                .handler = [kind](Call& call) { return show(call, kind, &subject_export); }});
  }
}

}  // namespace dealog::api
