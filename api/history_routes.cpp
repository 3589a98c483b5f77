// The history of an object, and its full state after each event (SPEC AUD-1, AUD-2).

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/decode.h"
#include "api/event_query.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/steps.h"

namespace dealog::api {
namespace {

constexpr std::array state_members = {std::string_view("position"), std::string_view("object_version"), std::string_view("type"),
                                      std::string_view("recorded_at"), std::string_view("effective_at"), std::string_view("actor"),
                                      std::string_view("performed_by"), std::string_view("cause"), std::string_view("state")};

enum class Shows : std::uint8_t { events, states };

// One page of the steps of an object. What is given is counted, so a page goes on where the one before ended; new
// events come behind, and the cursor keeps them out.
class StepsPage {
 public:
  StepsPage(const Account& account, const SetUp& present, const StepsAsked& asked, EventQuery& query, Shows shows)
      : account_(account), present_(present), asked_(asked), query_(query), shows_(shows) {}

  // False: there is no such object at that moment.
  bool read() {
    const std::uint64_t given = query_.cursor ? query_.cursor->last : 0;
    if (query_.newest_first || query_.total) walk(0, 0);
    const std::uint64_t all = total_;
    if (!query_.newest_first) {
      walk(given, given + query_.limit);
      has_more_ = total_ > given + query_.limit;
    } else {
      const std::uint64_t left = all - std::min(all, given);
      walk(left - std::min<std::uint64_t>(left, query_.limit), left);
      std::ranges::reverse(rows_);
      has_more_ = left > query_.limit;
    }
    if (query_.total) total_ = all;
    return exists_;
  }

  Response answer() const {
    JsonWriter json;
    json.object().key("data").array();
    for (const std::string& row : rows_) json.raw(row);
    json.end().key("page").object().key("next_cursor");
    const std::uint64_t given = (query_.cursor ? query_.cursor->last : 0) + rows_.size();
    if (has_more_) json.value(query_.next_cursor(asked_.known_at, asked_.as_of, 0, static_cast<std::uint32_t>(given)));
    else json.null();
    json.field("has_more", has_more_);
    if (query_.total) json.field("total", total_);
    json.end().end();
    return ok(std::move(json).text());
  }

 private:
  // Counts the steps that are wanted, and keeps those from number `from` on, before number `to`. Goes no further than
  // it must.
  void walk(std::uint64_t from, std::uint64_t to) {
    rows_.clear();
    total_ = 0;
    Instant newest = beginning_of_time;
    for_each_step(account_, present_, asked_, [&](const Step& step) {
      exists_ = true;
      newest = std::max(newest, step.around.effective_at);
      if (!query_.filter.takes(step.record)) return true;
      const std::uint64_t number = total_++;
      if (number >= from && number < to) rows_.push_back(row(step, newest));
      return to == 0 || number < to;
    });
  }

  std::string row(const Step& step, Instant newest) const {
    JsonWriter json;
    if (shows_ == Shows::events) {
      write_step(json, step, asked_.object, query_.only);
      return std::move(json).text();
    }
    std::vector<std::string> around = query_.only;
    if (around.empty()) around.assign(state_members.begin(), state_members.end());
    json.object();
    write_around(json, step, asked_.object, around);
    if (wants(query_.only, "state")) write_object(json.key("state"), state_of(step), step.set_up, {.reader = asked_.reader}, newest);
    json.end();
    return std::move(json).text();
  }

  const Account& account_;
  const SetUp& present_;
  const StepsAsked& asked_;
  EventQuery& query_;
  Shows shows_;
  bool exists_ = false, has_more_ = false;
  std::uint64_t total_ = 0;
  std::vector<std::string> rows_;
};

constexpr std::string_view step_parameters[] = {"limit", "cursor", "include", "sort", "type", "actor"};

Response show_steps(const Call& call, const Question& question, ObjectRef object, Shows shows) {
  const projections::Row row = question.live->row(object.kind, object.id);
  if (row == projections::no_row || !may_see(*question.live, question.asked.reader, object.kind, row)) return problem(Problem::not_found);
  Faults faults;
  const std::string scope = (shows == Shows::events ? "history/" : "states/") + to_string(object.id);
  const auto members = shows == Shows::events ? step_members() : std::span<const std::string_view>(state_members);
  EventQuery query = read_event_query(question, scope, step_parameters, members, faults);
  if (!faults.empty()) return problem(faults);

  const projections::Moment moment = question.world->moment();
  StepsAsked asked{.object = object, .reader = question.asked.reader.user, .role = question.asked.reader.role, .live = question.live.get(),
                   .as_of = moment.as_of, .known_at = std::min(moment.known_at, question.world->position())};
  if (query.cursor) {
    asked.as_of = query.cursor->as_of;
    asked.known_at = query.cursor->position;
  }
  const SetUp present = set_up(*question.live);
  StepsPage page(*call.principal->account, present, asked, query, shows);
  return page.read() ? page.answer() : problem(Problem::not_found);
}

asio::awaitable<Response> show(Call& call, Kind kind, Shows shows) {
  const auto id = kind == Kind::account ? std::optional(call.principal->account->id()) : call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const ObjectRef object{kind, *id};
  std::function<Response(const Question&)> answer = [&call, object, shows](const Question& question) {
    return show_steps(call, question, object, shows);
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker history_schema() {
  return json_schema("History", R"({"type":"object","required":["data","page"],"properties":{
    "data":{"type":"array","items":{"$ref":"#/components/schemas/Event"}},"page":{"$ref":"#/components/schemas/Page"}}})");
}

SchemaMaker states_schema(Kind kind) {
  return [kind](Schemas& schemas) {
    const json::value state = object_schema(kind, answer_extras(kind))(schemas);
    json::object step = json::parse(R"({"type":"object","properties":{"position":{"type":"integer"},"object_version":{"type":"integer"},
      "type":{"type":"string"},"recorded_at":{"type":"string","format":"date-time"},"effective_at":{"type":"string","format":"date-time"},
      "actor":{"type":["string","null"],"format":"uuid"},"performed_by":{"type":["string","null"],"format":"uuid"},
      "cause":{"type":["integer","null"]}}})").as_object();
    step["properties"].as_object()["state"] = state;
    json::object made = json::parse(R"({"type":"object","required":["data","page"],"properties":{
      "data":{"type":"array"},"page":{"$ref":"#/components/schemas/Page"}}})").as_object();
    made["properties"].as_object()["data"].as_object()["items"] = std::move(step);
    return json::value(std::move(made));
  };
}

}  // namespace

SchemaMaker event_schema() {
  return json_schema("Event", R"({"type":"object","properties":{"position":{"type":"integer"},
    "object":{"type":"object","properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"}}},
    "object_version":{"type":"integer"},"type":{"type":"string","examples":["deal.moved"]},
    "recorded_at":{"type":"string","format":"date-time"},"effective_at":{"type":"string","format":"date-time"},
    "actor":{"type":["string","null"],"format":"uuid"},"performed_by":{"type":["string","null"],"format":"uuid"},
    "token":{"type":["string","null"],"format":"uuid"},"command_id":{"type":"integer"},
    "batch":{"type":"integer","description":"The position at which the bulk, import or undo began that this is part of"},
    "cause":{"type":["integer","null"],"description":"The position of the event that brought this about; of an entry that follows by rule from an event of another object, that event's, which is also its position"},
    "data":{"type":"object","description":"What the event says; \"erased\": true where a personal part was erased"},
    "before":{"type":"object","description":"What stood in its place"}}})");
}

void add_history_routes(Routes& routes, Kind kind, std::string_view singular) {
  const std::string many(plural(kind));
  const std::string item = kind == Kind::account ? std::string("/v1/account") : "/v1/" + many + "/{id}";
  const auto documented = event_parameters(step_parameters);
  SchemaMaker history = [](Schemas& schemas) {
    (void)event_schema()(schemas);
    return history_schema()(schemas);
  };
  routes.add(exported({.method = Method::get, .path = item + "/history", .operation_id = "history" + std::string(singular), .tag = many,
              .summary = "Who did what, when, with the values before and after", .shape = Shape::query, .parameters = documented, .access = "history",
              .answers = {{200, "One page, oldest first", std::move(history)}}, .problems = {404},
              .handler = [kind](Call& call) { return show(call, kind, Shows::events); }}));
  routes.add(exported({.method = Method::get, .path = item + "/states", .operation_id = "states" + std::string(singular), .tag = many,
              .summary = "The full state after each event", .shape = Shape::query, .parameters = documented, .access = "states",
              .answers = {{200, "One page, oldest first", states_schema(kind)}}, .problems = {404},
              .handler = [kind](Call& call) { return show(call, kind, Shows::states); }}));
}

}  // namespace dealog::api
