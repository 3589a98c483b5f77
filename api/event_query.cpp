#include "api/event_query.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "api/event_json.h"
#include "api/problem.h"
#include "api/set_up.h"
#include "domain/calendar.h"
#include "domain/days.h"
#include "domain/events_generated.h"

namespace dealog::api {
namespace {

constexpr std::size_t most_listed = 1000;

const Parameter documented[] = {
    {.name = "limit", .doc = "Events of a page, 1 to 1000 (50)", .type = "integer"},
    {.name = "cursor", .doc = "The next page: page.next_cursor of the one before"},
    {.name = "include", .doc = "total: also count all", .words = {"total"}},
    {.name = "sort", .doc = "-position: the newest first", .words = {"position", "-position"}},
    {.name = "type", .doc = "Only events of these types, by commas: deal.moved,deal.closed; deal.* are all of a kind"},
    {.name = "actor", .doc = "Only what these users did, by commas"},
    {.name = "object", .doc = "Only events of this object", .format = "uuid"},
    {.name = "kind", .doc = "Only events of these kinds of objects, by commas: deal,company"},
    {.name = "field", .doc = "Only changes of these fields, by commas; of custom ones cf.<key>"},
    {.name = "after", .doc = "Only events behind this position of the log", .type = "integer"},
    {.name = "back_dated_days", .doc = "Only what was recorded more than so many days after it was effective", .type = "integer"},
    {.name = "back_dated_month", .doc = "Only what was recorded after the end of the month in which it was effective; with the days, either", .words = {"true"}},
    {.name = "from", .doc = "Recorded on this local day or later", .format = "date"},
    {.name = "to", .doc = "Recorded on this local day or earlier", .format = "date"},
    {.name = "period", .doc = "Instead of from and to: this_month, last_quarter, last_30_days, ..."},
};

std::vector<std::string_view> by_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// "deal.moved", or "deal.*".
bool is_type(std::string_view text) {
  constexpr std::string_view all = ".*";
  return text.ends_with(all) ? parse_kind(text.substr(0, text.size() - all.size())).has_value() : is_event_type(text);
}

}  // namespace

bool EventFilter::takes_type(const fb::Record& record) {
  const auto [known, is_new] = known_types_.try_emplace(static_cast<unsigned>(record.kind()) << 8 | static_cast<unsigned>(record.event_type()), false);
  if (is_new) {
    const std::string type = event_type(record);
    const std::string all = type.substr(0, type.find('.')) + ".*";
    known->second = std::ranges::any_of(types_, [&](const std::string& wanted) { return wanted == type || wanted == all; });
  }
  return known->second;
}

bool EventFilter::takes(const fb::Record& record) {
  if (object_ && id_of(record.object()) != *object_) return false;
  if (!kinds_.empty() && std::ranges::find(kinds_, static_cast<Kind>(record.kind())) == kinds_.end()) return false;
  return takes_as_cause(record);
}

bool EventFilter::takes_as_cause(const fb::Record& record) {
  if (!actors_.empty() && std::ranges::find(actors_, id_of(record.actor())) == actors_.end()) return false;
  return takes_times(record) && (types_.empty() || takes_type(record));
}

bool EventFilter::takes_times(const fb::Record& record) {
  if (!back_dating_.is_asked()) return true;
  const Instant effective{record.effective_at()}, recorded{record.recorded_at()};
  return (back_dating_.days && is_later_than(*back_dating_.days, effective, recorded)) ||
         (back_dating_.month_end && is_behind_month_end(*days_, effective, recorded));
}

void EventFilter::only_back_dated(const BackDating& back_dating, const Calendar& calendar) {
  back_dating_ = back_dating;
  days_.emplace(calendar);
}

bool is_later_than(int days, Instant effective, Instant recorded) {
  constexpr std::int64_t ms_per_day = 86'400'000;
  return recorded.ms - effective.ms > std::int64_t{days} * ms_per_day;
}

bool is_behind_month_end(DayFinder& days, Instant effective, Instant recorded) {
  return effective < recorded && start_of_month(days.day_of(effective)) < start_of_month(days.day_of(recorded));
}

std::string EventQuery::next_cursor(Position pinned, Instant as_of, std::uint64_t reached, std::uint32_t last) const {
  return projections::encode({.query = digest, .position = pinned, .as_of = as_of, .now = Instant{static_cast<std::int64_t>(reached)}, .last = last});
}

struct EventQueryReader {
  const Question& question;
  std::span<const std::string_view> members;
  Faults& faults;
  EventQuery query = {};
  std::optional<Day> from, to;
  BackDating back_dating = {};
  std::optional<std::unordered_set<std::string>> custom_fields = {};   // names of them, once one is asked for

  void bad(std::string_view name, std::string_view expected) { faults.unreadable(pointer_to({}, name), expected); }

  void read(std::string_view name, std::string_view value) {
    if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      if (error != std::errc() || end != value.data() + value.size() || query.limit < 1 || query.limit > most_listed) bad(name, "a number from 1 to 1000");
    } else if (name == "cursor") {
      query.cursor = projections::decode_cursor(value);
      if (!query.cursor) bad(name, "a cursor of this server");
    } else if (name == "include") {
      query.total = value == "total";
      if (!query.total) bad(name, "total");
    } else if (name == "after") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.after);
      if (error != std::errc() || end != value.data() + value.size()) bad(name, "a position of the log");
    } else if (name == "back_dated_days") {
      int days = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), days);
      if (error != std::errc() || end != value.data() + value.size() || days < 0 || days > 36'500) bad(name, "a number of days");
      back_dating.days = days;
    } else if (name == "back_dated_month") {
      back_dating.month_end = value == "true";
      if (!back_dating.month_end) bad(name, "true");
    } else if (name == "sort") {
      query.newest_first = value == "-position";
      if (value != "position" && value != "-position") bad(name, "position or -position");
    } else if (name == "fields") {
      for (const std::string_view member : by_commas(value)) {
        query.only.emplace_back(member);
        if (std::ranges::find(members, member) == members.end())
          faults.add({.pointer = "/fields", .code = "unknown_field", .message = "There is no member " + std::string(member) + "."});
      }
    } else {
      filter(name, value);
    }
  }

  void filter(std::string_view name, std::string_view value) {
    EventFilter& wanted = query.filter;
    if (name == "object") {
      wanted.object_ = parse_uuid(value);
      if (!wanted.object_) bad(name, "the id of an object");
    } else if (name == "from" || name == "to") {
      const auto day = parse_day(value);
      if (!day) bad(name, "a day such as 2026-03-31");
      (name == "from" ? from : to) = day;
    } else if (name == "period") {
      query.period = preset_period(value, question.live->calendar().day_of(question.asked.now));
      if (!query.period) bad(name, "a period such as last_month");
    } else {
      for (const std::string_view part : by_commas(value)) list(name, part);
    }
  }

  bool is_field(std::string_view part) {
    constexpr std::string_view custom = "cf.";
    if (!part.starts_with(custom))
      return is_told_as_field(part) || std::ranges::any_of(all_kinds, [&](Kind kind) { return find_field(kind, part) != nullptr; });
    if (!custom_fields) custom_fields = custom_names(*question.live);
    return custom_fields->contains(std::string(part.substr(custom.size())));
  }

  void list(std::string_view name, std::string_view part) {
    EventFilter& wanted = query.filter;
    if (name == "type") {
      wanted.types_.emplace_back(part);
      if (!is_type(part)) bad(name, "a type such as deal.moved");
    } else if (name == "actor") {
      const auto user = parse_uuid(part);
      wanted.actors_.push_back(user.value_or(Uuid{}));
      if (!user) bad(name, "the id of a user");
    } else if (name == "kind") {
      const auto kind = parse_kind(part);
      wanted.kinds_.push_back(kind.value_or(Kind::none));
      if (!kind) bad(name, "a kind of object such as deal");
    } else if (name == "field") {
      query.fields.emplace_back(part);
      if (!is_field(part)) bad(name, "the name of a field");
    }
  }
};

EventQuery read_event_query(const Question& question, std::string_view scope, std::span<const std::string_view> names,
                            std::span<const std::string_view> members, Faults& faults) {
  EventQueryReader reader{question, members, faults};
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : question.parameters) {
    if (name == "deleted") continue;   // what is deleted has its history
    if (name != "fields" && std::ranges::find(names, name) == names.end()) {
      faults.unknown_parameter(name);
      continue;
    }
    if (std::ranges::find(seen, name) != seen.end())
      faults.add({.pointer = pointer_to({}, name), .code = "duplicate", .message = "Given twice.", .malformed = true});
    seen.push_back(name);
    reader.read(name, value);
  }
  EventQuery query = std::move(reader.query);
  query.back_dating = reader.back_dating;
  if (query.back_dating.is_asked()) query.filter.only_back_dated(query.back_dating, question.live->calendar());
  if (reader.from || reader.to) {
    if (query.period) reader.bad("period", "a period without from and to");
    query.period = Period{reader.from, reader.to};
  }
  query.digest = projections::query_digest(scope, question.parameters, question.asked.reader, *question.live);
  if (query.cursor && query.cursor->query != query.digest) faults.unreadable("/cursor", "a cursor of this very query");
  return query;
}

std::vector<Parameter> event_parameters(std::span<const std::string_view> names) {
  std::vector<Parameter> parameters;
  for (const std::string_view name : names)
    for (const Parameter& parameter : documented)
      if (parameter.name == name) parameters.push_back(parameter);
  return parameters;
}

Positions positions_in(const projections::World& live, const std::optional<Period>& period) {
  Positions positions{0, live.position()};
  if (!period) return positions;
  const Calendar& calendar = live.calendar();
  if (period->from) positions.after = live.position_at(Instant{calendar.start_of(*period->from).ms - 1});
  if (period->to) positions.to = live.position_at(calendar.end_of(*period->to));
  positions.to = std::max(positions.to, positions.after);
  return positions;
}

}  // namespace dealog::api
