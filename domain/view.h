#pragma once
// `view`: an object as its events say, up to a version or a moment: for command answers, repeated keys, GET by id
// at any moment and replay state by state. One fold over facts.h, for every kind of object.

#include <map>
#include <optional>
#include <vector>

#include "domain/codec.h"
#include "domain/event.h"
#include "domain/fields.h"

namespace dealog {

struct DoneAction { Uuid action; Instant at; Uuid by; friend bool operator==(const DoneAction&, const DoneAction&) = default; };

struct View {
  ObjectRef object;
  Version version = 0;                       // of the newest event applied
  bool exists = false;                       // created by (as_of, known_at)
  std::map<std::uint16_t, Value> fields;     // by number; absent: null
  std::vector<DoneAction> done_actions;      // deals, in the order of the log; their ids also stand in `fields`
  std::vector<event::Line> lines;            // deals
  std::vector<event::Cost> costs;
  std::vector<event::ScorecardParameter> parameters;  // scorecards
  std::vector<event::ScorecardValue> values;          // of custom parameters, set by hand
  std::optional<event::ProcessDefined> process;  // processes: the newest definition applied
  bool erased = false;                       // a personal part cannot be opened, for its key was erased, or an event says that it was

  const Value& operator[](std::uint16_t field) const;
  std::int64_t number(std::uint16_t field, std::int64_t otherwise = 0) const;
  Uuid id(std::uint16_t field) const;        // nil when null
  std::string text(std::uint16_t field) const;

  friend bool operator==(const View&, const View&) = default;
};

class ViewFold {
 public:
  // State at (as_of, known_at), SPEC GEN-6: only records up to position `known_at` that hold by `as_of` count.
  explicit ViewFold(ObjectRef object, Instant as_of = end_of_time, Position known_at = UINT64_MAX);
  // Goes on from the present, for records that do not look back.
  explicit ViewFold(View so_far);
  // Does what it changes hang on more than a View says? A corrected closing does on the one before it, a merge on the other.
  static bool looks_back(const fb::Record& record);

  // Feed the object's records oldest first, with their personal parts (null: none or erased).
  void apply(const fb::Record& record, const Fields* personal);

  // What was merged into the object by this record; nil: nothing. Then, behind apply, hand over the view of that one as of
  // the same moment, by what was known before the record: the object takes what it lacks, and lists become one (SPEC CON-2).
  // `stripped`: fields of the object that name a word which was deleted before the record (DIC-1), and so hold nothing.
  static Uuid merged_from(const fb::Record& record);
  void merge(const fb::Record& record, const View& from, const std::vector<std::uint16_t>& stripped);

  View view() const;
  Instant as_of() const { return as_of_; }
  Position known_at() const { return known_at_; }

 private:
  void apply_note_of_closing(const fb::Record& record, const Fields* personal);

  View view_;
  Value last_note_;                          // of the last closing in the log, whether it holds by as_of or not
  Instant as_of_;
  Position known_at_;
};

}  // namespace dealog
