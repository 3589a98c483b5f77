// The feed: every event, in the order of the log, as its reader may see it now; page by page, or live (SPEC IO-3).

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/decode.h"
#include "api/event_feed.h"
#include "api/event_stream.h"
#include "api/export.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

constexpr std::string_view feed_parameters[] = {"after", "object", "kind", "type", "actor", "from", "to", "period", "back_dated_days",
                                           "back_dated_month", "limit", "cursor", "include"};

// Events for a client that stays.
class EventSource final : public StreamSource {
 public:
  EventSource(std::shared_ptr<Principal> principal, EventQuery query, Position after)
      : principal_(std::move(principal)), query_(std::move(query)), after_(after) {}

  Collected collect() override {
    constexpr std::size_t most_events = 200, most_records = 20'000;
    const Account& account = *principal_->account;
    const auto live = account.world();
    const Search search{.after = after_, .to = live->position(), .limit = most_events, .budget = most_records};
    const projections::Reader reader{.user = principal_->user, .role = principal_->role};
    const FoundEvents found = find_events(account, *live, reader, query_.filter, search);
    const std::vector<std::string> shown = show_events(account, *live, reader, found.events, query_.only);
    Collected collected{.text = {}, .more = found.reached < live->position()};
    for (std::size_t i = 0; i < shown.size(); ++i) append_message(collected.text, found.events[i].position, shown[i]);
    after_ = std::max(after_, found.reached);
    return collected;
  }

  // Who comes back need not have looked at again what he may not see.
  std::string beat() override { return "id: " + std::to_string(after_) + "\n\n"; }

 private:
  std::shared_ptr<Principal> principal_;
  EventQuery query_;
  Position after_;
};

Response stream_events(Call& call, const Question& question, EventQuery query) {
  const Position start = call.request.parameter("after") ? query.after : question.live->position();
  const auto after = resume_position(call.request, start);
  Faults faults;
  if (!after) return problem(Problem::bad_request, "Last-Event-ID takes the position of an event.");
  for (const std::string_view name : {"limit", "cursor", "include", "from", "to", "period", "as_of", "known_at"})
    if (call.request.parameter(name)) faults.unknown_parameter(name);
  if (!faults.empty()) return problem(faults);
  auto source = std::make_shared<EventSource>(call.principal, std::move(query), *after);
  return event_stream(*call.app, call.principal, std::move(source));
}

Response list_events(Call& call, const Question& question) {
  Faults faults;
  EventQuery query = read_event_query(question, "events", feed_parameters, step_members(), faults);
  if (!faults.empty()) return problem(faults);
  if (wants_stream(call.request)) return stream_events(call, question, std::move(query));

  const Account& account = *call.principal->account;
  const projections::Moment moment = question.world->moment();
  const Positions period = positions_in(*question.live, query.period);
  Search search{.after = std::max(period.after, query.after), .to = std::min({period.to, moment.known_at, question.live->position()}),
                .as_of = moment.as_of, .limit = query.limit};
  const Search whole = search;
  if (query.cursor) {
    search.after = static_cast<Position>(query.cursor->now.ms);
    search.to = std::min(query.cursor->position, question.live->position());
    search.as_of = query.cursor->as_of;
  }
  const FoundEvents found = find_events(account, *question.live, question.asked.reader, query.filter, search);
  const bool has_more = found.reached < search.to;

  JsonWriter json;
  json.object().key("data").array();
  for (const std::string& event : show_events(account, *question.live, question.asked.reader, found.events, query.only)) json.raw(event);
  json.end().field("position", found.reached).key("page").object().key("next_cursor");
  if (has_more) json.value(query.next_cursor(search.to, search.as_of, found.reached, 0));
  else json.null();
  json.field("has_more", has_more);
  if (query.total) {
    Search all = whole;
    all.only_count = true;
    json.field("total", find_events(account, *question.live, question.asked.reader, query.filter, all).count);
  }
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> events(Call& call) {
  std::function<Response(const Question&)> answer = [&call](const Question& question) { return list_events(call, question); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker feed_schema() {
  return [](Schemas& schemas) {
    (void)event_schema()(schemas);
    return json_schema("EventFeed", R"({"type":"object","required":["data","position","page"],"properties":{
      "data":{"type":"array","items":{"$ref":"#/components/schemas/Event"}},
      "position":{"type":"integer","description":"Everything up to here was looked at: the next request's after"},
      "page":{"$ref":"#/components/schemas/Page"}}})")(schemas);
  };
}

}  // namespace

void add_event_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/events", .operation_id = "listEvents", .tag = "events",
              .summary = "Every event in the order of the log, as you may see it now; page by page, or live",
              .doc = "With Accept: text/event-stream a stream of server-sent events: the id is the position, Last-Event-ID (or after) "
                     "resumes without loss, without either it begins now; a comment comes every 15 s.",
              .shape = Shape::query, .parameters = event_parameters(feed_parameters), .streams = true, .access = "events",
              .answers = {{200, "One page, oldest first", feed_schema()}}, .handler = &events}));
}

}  // namespace dealog::api
