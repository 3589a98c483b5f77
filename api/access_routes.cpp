// Who looked: log-ins, and what auditors read (SPEC AUD-7), newest first.

#include <algorithm>
#include <charconv>

#include "api/app.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/problem.h"
#include "api/resources.h"
#include "domain/calendar.h"

namespace dealog::api {
namespace {

constexpr std::uint64_t most_accesses = 1000;

struct AccessesAsked {
  std::uint64_t limit = 50, before = UINT64_MAX;
  std::optional<Uuid> user;
  std::optional<std::string> action;
  Instant from = beginning_of_time, to = end_of_time;

  bool takes(const eventstore::AccessEntry& entry) const {
    return (!user || entry.user == *user) && (!action || entry.action == *action) && from <= entry.at && entry.at <= to;
  }
};

std::uint64_t number(std::string_view text, std::uint64_t least, std::uint64_t most, std::string_view name, Faults& faults) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_good = error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
  if (!is_good) faults.unreadable(pointer_to({}, name), name == "limit" ? "a number from 1 to 1000" : "a cursor of this server");
  return value;
}

// A log-in, or what a route is kept in the log as.
bool is_logged_action(const Routes& routes, std::string_view action) {
  return action == "log_in" || (!action.empty() && std::ranges::any_of(routes.all(), [&](const auto& route) { return route->access == action; }));
}

AccessesAsked read(const Call& call, Faults& faults) {
  AccessesAsked asked;
  const auto world = call.principal->account->world();
  for (const auto& [name, value] : call.request.parameters) {
    if (name == "limit") asked.limit = number(value, 1, most_accesses, name, faults);
    if (name == "cursor") asked.before = number(value, 1, UINT64_MAX, name, faults);
    if (name == "action") {
      asked.action = value;
      if (!is_logged_action(call.app->routes(), value)) faults.unreadable("/action", "an action such as log_in");
    }
    if (name == "user") {
      asked.user = parse_uuid(value);
      if (!asked.user) faults.unreadable("/user", "the id of a user");
    }
    if (name != "from" && name != "to") continue;
    const auto day = parse_day(value);
    if (!day) faults.unreadable(pointer_to({}, name), "a day such as 2026-03-31");
    else if (name == "from") asked.from = world->calendar().start_of(*day);
    else asked.to = world->calendar().end_of(*day);
  }
  return asked;
}

Response list_accesses(const Call& call) {
  Faults faults;
  const AccessesAsked asked = read(call, faults);
  if (!faults.empty()) return problem(faults);
  JsonWriter json;
  json.object().key("data").array();
  std::uint64_t rows = 0, last = 0;
  bool has_more = false;
  call.principal->account->access_log().read_back(asked.before, [&](const eventstore::AccessEntry& entry) {
    if (entry.at < asked.from) return false;   // older ones are older still
    if (!asked.takes(entry)) return true;
    has_more = rows == asked.limit;
    if (has_more) return false;
    json.object().field("number", entry.number).field("at", entry.at).field("user", entry.user).field("token", entry.token);
    json.field("action", entry.action).field("detail", entry.detail).end();
    ++rows;
    last = entry.number;
    return true;
  });
  json.end().key("page").object().key("next_cursor");
  if (has_more) json.value(std::to_string(last));
  else json.null();
  json.field("has_more", has_more).end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> answer_accesses(Call& call) {
  std::function<Response()> work = [&call] { return list_accesses(call); };
  asio::awaitable<Response> listed = on_pool(call, std::move(work));
  co_return co_await std::move(listed);
}

}  // namespace

void add_access_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/access-log", .operation_id = "listAccesses", .tag = "audit",
              .summary = "Log-ins, and what auditors read, newest first",
              .rights = only({Role::administrator, Role::auditor}),
              .parameters = {{.name = "limit", .doc = "Entries of a page, 1 to 1000 (50)", .type = "integer"},
                             {.name = "cursor", .doc = "The next page: page.next_cursor of the one before"},
                             {.name = "user", .doc = "Only of this user", .format = "uuid"},
                             {.name = "action", .doc = "Only these: log_in, history, states, events, changes, back-dating, proof, hold, export (of a list or report, or of one person's data), access-log"},
                             {.name = "from", .doc = "On this local day or later", .format = "date"},
                             {.name = "to", .doc = "On this local day or earlier", .format = "date"}},
              .access = "access-log",
              .answers = {{200, "One page", json_schema("AccessList", R"({"type":"object","required":["data","page"],"properties":{
                "data":{"type":"array","items":{"type":"object","properties":{"number":{"type":"integer"},
                  "at":{"type":"string","format":"date-time"},"user":{"type":["string","null"],"format":"uuid"},
                  "token":{"type":["string","null"],"format":"uuid"},"action":{"type":"string"},"detail":{"type":"string"}}}},
                "page":{"$ref":"#/components/schemas/Page"}}})")}},
              .problems = {400}, .handler = &answer_accesses}));
}

}  // namespace dealog::api
