#include "api/event_feed.h"

#include <unordered_map>

#include "domain/events_generated.h"
#include "projections/query.h"

namespace dealog::api {
namespace {

// What the reader may see, remembered for one search.
class Sight {
 public:
  Sight(const projections::World& live, const projections::Reader& reader) : live_(live), reader_(reader) {}

  bool of(ObjectRef object) {
    const auto [known, is_new] = seen_.try_emplace(object, false);
    if (is_new) {
      const projections::Row row = live_.row(object.kind, object.id);
      known->second = row != projections::no_row && projections::may_see(live_, reader_, object.kind, row);
    }
    return known->second;
  }

 private:
  const projections::World& live_;
  projections::Reader reader_;
  std::unordered_map<ObjectRef, bool> seen_;
};

}  // namespace

void walk_events(const Account& account, const projections::World& live, const projections::Reader& reader, EventFilter& filter,
                 const Search& search, const std::function<bool(const Envelope&)>& visit) {
  Sight sight(live, reader);
  account.log().read(search.after, search.to, [&](const eventstore::StoredRecord& stored) {
    if (stored.record.effective_at() > search.as_of.ms || !filter.takes(stored.record)) return true;
    const Envelope around = envelope(stored.record);
    return !sight.of(around.object) || is_hidden(stored.record, &live, reader) || visit(around);
  });
}

FoundEvents find_events(const Account& account, const projections::World& live, const projections::Reader& reader, EventFilter& filter,
                        const Search& search) {
  FoundEvents found{.events = {}, .count = 0, .reached = std::max(search.after, search.to)};
  Sight sight(live, reader);
  std::size_t looked = 0;
  const auto visit = [&](const eventstore::StoredRecord& stored) {
    const fb::Record& record = stored.record;
    if (record.position() > search.to) return false;
    if (!search.only_count && (found.events.size() == search.limit || ++looked > search.budget)) {
      found.reached = record.position() - 1;
      return false;
    }
    if (record.position() <= search.after || record.effective_at() > search.as_of.ms || !filter.takes(record)) return true;
    const Envelope around = envelope(record);
    if (!sight.of(around.object) || is_hidden(record, &live, reader)) return true;
    ++found.count;
    if (!search.only_count)
      found.events.push_back({around.position, around.object, around.version, around.recorded_at, around.effective_at, around.actor});
    return true;
  };
  if (!filter.object()) {
    account.log().read(search.after, search.to, visit);
    return found;
  }
  for (const Kind kind : all_kinds)
    if (live.row(kind, *filter.object()) != projections::no_row) account.log().read_object({kind, *filter.object()}, UINT32_MAX, visit);
  return found;
}

void for_each_found(const Account& account, const projections::World& live, const projections::Reader& reader, const std::vector<FoundEvent>& events,
                    const std::function<void(std::size_t index, const Step&)>& visit) {
  std::unordered_map<ObjectRef, std::vector<std::size_t>> by_object;   // indexes, ascending
  for (std::size_t i = 0; i < events.size(); ++i) by_object[events[i].object].push_back(i);
  const SetUp present = set_up(live);
  for (const auto& [object, indexes] : by_object) {
    std::size_t next = 0;
    const StepsAsked asked{.object = object, .reader = reader.user, .role = reader.role, .live = &live, .known_at = events[indexes.back()].position};
    for_each_step(account, present, asked, [&](const Step& step) {
      if (!step.follows && step.around.position == events[indexes[next]].position) visit(indexes[next++], step);
      return next < indexes.size();
    });
  }
}

std::vector<std::string> show_events(const Account& account, const projections::World& live, const projections::Reader& reader,
                                     const std::vector<FoundEvent>& events, const std::vector<std::string>& only) {
  std::vector<std::string> shown(events.size());
  for_each_found(account, live, reader, events, [&](std::size_t index, const Step& step) {
    JsonWriter json;
    write_step(json, step, events[index].object, only);
    shown[index] = std::move(json).text();
  });
  return shown;
}

}  // namespace dealog::api
