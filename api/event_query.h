#pragma once
// What can be asked of events, wherever they are listed: histories, the feed, the change report. Read once, with all faults.
//
//     limit= cursor= include=total sort=position|-position fields= | type= actor= object= kind= field= | from= to= period=

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/ask.h"
#include "api/route.h"
#include "domain/calendar.h"
#include "domain/codec.h"
#include "domain/period.h"
#include "projections/cursor.h"

namespace dealog::api {

// What counts as recorded late (SPEC AUD-6): more than so many days after it was effective, or after the end of the month in
// which it was. Either, where both are asked for.
struct BackDating {
  std::optional<int> days;
  bool month_end = false;

  bool is_asked() const { return days || month_end; }
};
bool is_later_than(int days, Instant effective, Instant recorded);
bool is_behind_month_end(DayFinder& days, Instant effective, Instant recorded);

// Which events.
class EventFilter {
 public:
  bool takes(const fb::Record& record);
  // The same of an event of another object, from which something followed for this one.
  bool takes_as_cause(const fb::Record& record);

  void only_back_dated(const BackDating& back_dating, const Calendar& calendar);

  // The object it is restricted to.
  const std::optional<Uuid>& object() const { return object_; }

 private:
  friend struct EventQueryReader;
  bool takes_type(const fb::Record& record);
  bool takes_times(const fb::Record& record);

  std::vector<std::string> types_;     // "deal.moved", "deal.*"
  std::vector<Uuid> actors_;
  std::optional<Uuid> object_;
  std::vector<Kind> kinds_;
  BackDating back_dating_ = {};
  std::optional<DayFinder> days_;
  std::unordered_map<unsigned, bool> known_types_;   // by kind and event: is it taken?
};

struct EventQuery {
  EventFilter filter;
  std::size_t limit = 50;
  bool total = false, newest_first = false;
  std::optional<projections::Cursor> cursor;   // of the page before
  std::uint64_t digest = 0;                    // of the query, for the next one
  std::vector<std::string> only;               // members to show; empty: all
  std::vector<std::string> fields;             // field=: names of fields that changed
  std::optional<Period> period;                // of recording
  BackDating back_dating;
  Position after = 0;                          // only events behind this position

  // `pinned`: the log as the pages see it; `reached` and `last`: where the next one goes on, as its route counts.
  std::string next_cursor(Position pinned, Instant as_of, std::uint64_t reached, std::uint32_t last) const;
};

// Reads the parameters among `names`; others are faults, but for fields and deleted, which every query takes. `members`:
// what `fields=` may name. `scope` keeps cursors of different routes apart.
EventQuery read_event_query(const Question& question, std::string_view scope, std::span<const std::string_view> names,
                            std::span<const std::string_view> members, Faults& faults);

// The same parameters for the document.
std::vector<Parameter> event_parameters(std::span<const std::string_view> names);

// An event as histories and the feed show it.
SchemaMaker event_schema();

// The positions that a period of recording holds: after the first, up to the second.
struct Positions { Position after = 0, to = 0; };
Positions positions_in(const projections::World& live, const std::optional<Period>& period);

}  // namespace dealog::api
