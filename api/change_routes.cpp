// Reports over all events: who changed what from what to what (SPEC AUD-5), and what was recorded late (AUD-6).

#include <algorithm>
#include <map>

#include "api/app.h"
#include "api/ask.h"
#include "api/decode.h"
#include "api/event_feed.h"
#include "api/export.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

constexpr std::string_view change_parameters[] = {"from", "to", "period", "object", "kind", "field", "type", "actor", "limit", "cursor"};
constexpr std::string_view late_parameters[] = {"from", "to", "period", "kind", "actor", "back_dated_days", "back_dated_month"};
constexpr std::string_view change_members[] = {"position", "recorded_at", "effective_at", "object", "type", "field", "old", "new", "actor",
                                               "performed_by", "token", "command_id", "cause"};

bool is_nothing(const std::string& json) { return json == "null" || json == "[]" || json == "{}" || json == "false"; }

struct Change { std::string field, before, after; };

// What the step changed: for a birth all that it set.
std::vector<Change> changes_of(const Step& step) {
  std::vector<Change> changes;
  const JsonMembers data = data_of(step);
  if (!step.before.exists && !step.follows) {
    for (const JsonMember& member : data)
      if (!is_nothing(member.json)) changes.push_back({member.name, "null", member.json});
    return changes;
  }
  for (const JsonMember& old : before_of(step)) {
    const auto now = std::ranges::find(data, old.name, &JsonMember::name);
    if (now != data.end() && now->json != old.json) changes.push_back({old.name, old.json, now->json});
  }
  return changes;
}

// One page of changes. A cursor says behind which event it goes on, and how many changes of the next were given.
class ChangesPage {
 public:
  ChangesPage(const Account& account, const Question& question, EventQuery& query, Search search)
      : account_(account), live_(*question.live), reader_(question.asked.reader), query_(query), search_(search), reached_(search.after) {}

  void read() {
    if (query_.filter.object()) read_object();
    else read_log();
  }

  Response answer() const {
    JsonWriter json;
    json.object().key("data").array();
    for (const std::string& row : rows_) json.raw(row);
    json.end().key("page").object().key("next_cursor");
    const bool has_more = is_full_ || reached_ < search_.to;
    if (has_more) json.value(query_.next_cursor(search_.to, search_.as_of, reached_, given_));
    else json.null();
    json.field("has_more", has_more).end().end();
    return ok(std::move(json).text());
  }

 private:
  void read_log() {
    constexpr std::size_t batch = 200, most_records = 500'000;
    Search part = search_;
    part.limit = batch;
    for (std::size_t looked = 0; !is_full_ && part.after < part.to && looked < most_records;) {
      const Position before = part.after;
      const FoundEvents found = find_events(account_, live_, reader_, query_.filter, part);
      std::vector<std::vector<std::string>> rows(found.events.size());
      for_each_found(account_, live_, reader_, found.events,
                     [&](std::size_t index, const Step& step) { rows[index] = rows_of(step, found.events[index].object); });
      for (std::size_t i = 0; i < rows.size() && !is_full_; ++i) add(found.events[i].position, std::move(rows[i]));
      if (!is_full_) reached_ = found.reached;
      part.after = found.reached;
      looked += found.reached - before;
    }
  }

  // With what followed for it from events of others.
  void read_object() {
    const SetUp present = set_up(live_);
    for (const Kind kind : all_kinds) {
      const ObjectRef object{kind, *query_.filter.object()};
      const projections::Row row = live_.row(kind, object.id);
      if (row == projections::no_row || !may_see(live_, reader_, kind, row)) continue;
      const StepsAsked asked{.object = object, .reader = reader_.user, .role = reader_.role, .live = &live_, .as_of = search_.as_of, .known_at = search_.to};
      for_each_step(account_, present, asked, [&](const Step& step) {
        const bool is_wanted = step.follows ? query_.filter.takes_as_cause(step.record) : query_.filter.takes(step.record);
        if (is_wanted && step.around.position > search_.after) add(step.around.position, rows_of(step, object));
        return !is_full_;
      });
    }
    if (!is_full_) reached_ = search_.to;
  }

  void add(Position position, std::vector<std::string> rows) {
    const bool is_first = query_.cursor && position == search_.after + 1;
    const std::size_t skipped = is_first ? std::min<std::size_t>(query_.cursor->last, rows.size()) : 0;
    for (std::size_t i = skipped; i < rows.size(); ++i) {
      if (rows_.size() == query_.limit) {
        is_full_ = true;
        reached_ = position - 1;
        given_ = static_cast<std::uint32_t>(i);
        return;
      }
      rows_.push_back(std::move(rows[i]));
    }
    reached_ = position;
  }

  std::vector<std::string> rows_of(const Step& step, ObjectRef object) const {
    std::vector<std::string> rows;
    const auto wanted = [&](std::string_view member) {
      return query_.only.empty() || std::ranges::find(query_.only, member) != query_.only.end();
    };
    for (const Change& change : changes_of(step)) {
      if (!query_.fields.empty() && std::ranges::find(query_.fields, change.field) == query_.fields.end()) continue;
      JsonWriter json;
      json.object();
      write_around(json, step, object, around_);
      if (wanted("field")) json.field("field", change.field);
      if (wanted("old")) json.key("old").raw(change.before);
      if (wanted("new")) json.key("new").raw(change.after);
      json.end();
      rows.push_back(std::move(json).text());
    }
    return rows;
  }

  std::vector<std::string> members_around() const {
    if (!query_.only.empty()) return query_.only;
    return {std::begin(change_members), std::end(change_members)};
  }

  const Account& account_;
  const projections::World& live_;
  const projections::Reader reader_;
  EventQuery& query_;
  Search search_;
  std::vector<std::string> around_ = members_around();
  std::vector<std::string> rows_;
  bool is_full_ = false;        // a row more was there
  Position reached_ = 0;
  std::uint32_t given_ = 0;     // changes of the event behind it
};

// Where a query over recorded time begins and ends.
Search search_of(const Question& question, const EventQuery& query) {
  const projections::Moment moment = question.world->moment();
  const Positions period = positions_in(*question.live, query.period);
  Search search{.after = period.after, .to = std::min({period.to, moment.known_at, question.live->position()}), .as_of = moment.as_of};
  if (query.cursor) {
    search.after = static_cast<Position>(query.cursor->now.ms);
    search.to = std::min(query.cursor->position, question.live->position());
    search.as_of = query.cursor->as_of;
  }
  return search;
}

Response list_changes(const Call& call, const Question& question) {
  Faults faults;
  EventQuery query = read_event_query(question, "changes", change_parameters, change_members, faults);
  if (!faults.empty()) return problem(faults);
  ChangesPage page(*call.principal->account, question, query, search_of(question, query));
  page.read();
  return page.answer();
}

// ---- what was recorded late

struct Late {
  std::uint64_t count = 0, by_days = 0, by_month_end = 0;
  std::int64_t longest_ms = 0;

  void add(bool later, bool behind_month_end, std::int64_t ms) {
    ++count;
    by_days += later;
    by_month_end += behind_month_end;
    longest_ms = std::max(longest_ms, ms);
  }
};

// The link repeats everything that the count was asked with.
std::string link_to(const Call& call, const BackDating& rule, const Uuid& user) {
  std::string link = "/v1/events?";
  if (rule.days) link += "back_dated_days=" + std::to_string(*rule.days) + "&";
  if (rule.month_end) link += "back_dated_month=true&";
  for (const auto& [name, value] : call.request.parameters)
    for (const std::string_view kept : {"from", "to", "period", "kind", "as_of", "known_at"})
      if (name == kept) link += name + "=" + value + "&";
  if (!user.is_nil()) {
    link += "actor=" + to_string(user);
  } else {
    if (const auto actors = call.request.parameter("actor")) (link += "actor=") += *actors;
    else link.pop_back();
  }
  return link;
}

void write_late(JsonWriter& json, const Late& late, std::string_view items) {
  constexpr std::int64_t ms_per_day = 86'400'000;
  json.field("count", late.count).field("by_days", late.by_days).field("by_month_end", late.by_month_end);
  json.field("longest_days", late.longest_ms / ms_per_day).field("items", items);
}

Response report_back_dating(const Call& call, const Question& question) {
  Faults faults;
  EventQuery query = read_event_query(question, "back-dating", late_parameters, {}, faults);
  if (!faults.empty()) return problem(faults);
  constexpr int usual_days = 7;
  if (!query.back_dating.is_asked()) {
    query.back_dating = {.days = usual_days, .month_end = true};
    query.filter.only_back_dated(query.back_dating, question.live->calendar());
  }
  const BackDating& rule = query.back_dating;

  Late all;
  std::map<Uuid, Late> by_user;
  DayFinder days(question.live->calendar());
  const Search search = search_of(question, query);
  walk_events(*call.principal->account, *question.live, question.asked.reader, query.filter, search, [&](const Envelope& around) {
    const bool later = rule.days && is_later_than(*rule.days, around.effective_at, around.recorded_at);
    const bool behind = rule.month_end && is_behind_month_end(days, around.effective_at, around.recorded_at);
    const std::int64_t ms = around.recorded_at.ms - around.effective_at.ms;
    all.add(later, behind, ms);
    by_user[around.actor].add(later, behind, ms);
    return true;
  });
  std::vector<std::pair<Uuid, Late>> rows(by_user.begin(), by_user.end());
  std::ranges::stable_sort(rows, std::greater<>(), [](const auto& row) { return row.second.count; });

  const projections::World& live = *question.live;
  JsonWriter json;
  json.object().field("report", "back-dating").key("period").object();
  const Period period = query.period.value_or(Period{});
  json.field("from", period.from).field("to", period.to).end();
  const projections::Moment moment = question.world->moment();
  json.key("as_of");
  if (moment.as_of == end_of_time) json.null();
  else json.value(moment.as_of);
  json.key("known_at");
  if (question.world->is_live()) json.null();
  else json.value(question.world->position());
  json.field("position", question.world->position()).key("rule").object().field("days", rule.days).field("month_end", rule.month_end).end();
  json.key("summary").object();
  write_late(json, all, link_to(call, rule, {}));
  json.end().key("rows").array();
  for (const auto& [user, late] : rows) {
    const projections::Row row = live.row(Kind::user, user);
    json.object().key("key");
    if (row == projections::no_row) json.null();
    else json.object().field("id", user).field("label", live.table(Kind::user).text(field::user::name, row)).end();
    write_late(json, late, link_to(call, rule, user));
    json.end();
  }
  json.end().end();
  return ok(std::move(json).text());
}

template <Response (*make)(const Call&, const Question&)>
asio::awaitable<Response> answer(Call& call) {
  std::function<Response(const Question&)> made = [&call](const Question& question) { return make(call, question); };
  asio::awaitable<Response> asked = ask(call, std::move(made), false);
  co_return co_await std::move(asked);
}

}  // namespace

void add_change_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/changes", .operation_id = "listChanges", .tag = "events",
              .summary = "Who changed what from what to what, over a period, across all objects",
              .doc = "Every intermediate value, in the order of recording; from and to are the days of recording. With object= also "
                     "what followed for it by rule from events of others.",
              .shape = Shape::query, .parameters = event_parameters(change_parameters), .access = "changes",
              .answers = {{200, "One page", json_schema("ChangeList", R"({"type":"object","required":["data","page"],"properties":{
                "data":{"type":"array","items":{"type":"object","properties":{"position":{"type":"integer"},
                  "recorded_at":{"type":"string","format":"date-time"},"effective_at":{"type":"string","format":"date-time"},
                  "object":{"type":"object","properties":{"kind":{"type":"string"},"id":{"type":"string","format":"uuid"}}},"type":{"type":"string"},"field":{"type":"string"},"old":{},"new":{},
                  "actor":{"type":["string","null"],"format":"uuid"},"performed_by":{"type":["string","null"],"format":"uuid"},
                  "token":{"type":["string","null"],"format":"uuid"},"command_id":{"type":"integer"},"cause":{"type":["integer","null"]}}}},
                "page":{"$ref":"#/components/schemas/Page"}}})")}},
              .handler = &answer<&list_changes>}));
  routes.add(exported({.method = Method::get, .path = "/v1/reports/back-dating", .operation_id = "reportBackDating", .tag = "reports",
              .summary = "What was recorded long after it was effective, or after its month's end, by user",
              .doc = "More than 7 days or a month's end, unless the parameters say otherwise. The period is that of recording.",
              .shape = Shape::query, .parameters = event_parameters(late_parameters), .access = "back-dating",
              .answers = {{200, "The report", json_schema("Report", R"({"type":"object","required":["report","position"],
                "properties":{"report":{"type":"string"},"position":{"type":"integer"},"period":{"type":"object"},
                "summary":{"type":"object"},"rows":{"type":"array","items":{"type":"object"}},
                "series":{"type":"array","items":{"type":"object"}}}})")}},
              .handler = &answer<&report_back_dating>}));
}

}  // namespace dealog::api
