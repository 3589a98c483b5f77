#pragma once
// The read model that every list, board and report stands on: one table per kind of object, one column per
// field (domain/fields.h), each with its history. A World is all tables at one moment; queries are functions of
// a World and cannot tell whether it is the present or the past.
//
//     World live = models.live();            // pinned: nothing changes under a query
//     World past = live.at({as_of, known_at});   // the same columns as they were; made lazily, per column
//
// Columns lie in chunks of 16 Ki rows behind shared pointers: pinning a World copies pointers, and the worker
// copies a chunk only when somebody has pinned it, so a long report never holds up the fold.
//
// Everything here is a pure fold over facts (domain/facts.h). No clock, no I/O, no ids made.
//
// Threads: a World may be used from any number of threads for reading; `models` belongs to its worker, except
// for live().

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "domain/codec.h"
#include "domain/event.h"
#include "domain/fields.h"
#include "domain/types.h"
#include "domain/view.h"
#include "projections/arenas.h"
#include "projections/columns.h"
#include "projections/interner.h"
#include "projections/merges.h"
#include "projections/notices.h"

namespace dealog {
class Calendar;
}

namespace dealog::projections {

// Handle: interner.h. Row, null_number, Column: columns.h.

// Both clocks (SPEC GEN-6, TIM-1).
struct Moment {
  Instant as_of = end_of_time;
  Position known_at = std::numeric_limits<Position>::max();

  friend bool operator==(const Moment&, const Moment&) = default;
};

// Columns that no event sets as such, kept by rules. Numbers beside those of domain/fields.h.
namespace derived {
inline constexpr std::uint16_t done_weight = 300,     // deals: of done actions that count in its process version (closed: of the closing)
    total_weight = 301,                               // deals: of all actions of that version
    last_activity_at = 302,                           // deals: newest of its events, its notes, e-mails and task completions
    open_tasks = 303,                                 // deals: number of open, not deleted tasks
    visited_stages = 304,                             // deals and leads: a set; every stage it has been in, also by a change of process, in order of first entry
    value = 310;                                      // deals: the sum of the forecast lines, else what was typed in (MON-1)
}

// One kind's table at one moment.
//   numbers: integer, money, percent, day, instant and derived columns; null: null_number
//   handles: ref (0: null), choice and boolean (index + 1; 0: null. So false = 1, true = 2)
class Table {
 public:
  virtual ~Table() = default;
  virtual Kind kind() const = 0;
  virtual Row rows() const = 0;                                        // known to the log; existing or not at the moment
  virtual const Column<std::int64_t>& numbers(std::uint16_t field) const = 0;
  virtual const Column<Handle>& handles(std::uint16_t field) const = 0;
  virtual std::string_view text(std::uint16_t field, Row row) const = 0;          // "" when null; see has_text
  virtual bool has_text(std::uint16_t field, Row row) const = 0;
  virtual const TextArena& arena() const = 0;                                     // where texts lie; handles(field) has the references
  virtual std::vector<std::string_view> texts(std::uint16_t field, Row row) const = 0;
  // Of a set, which handles(field) has the reference of: refs, in order of adding. Within one table equal references are equal sets; 0: null.
  virtual std::span<const Handle> members(Handle set) const = 0;
  std::span<const Handle> set(std::uint16_t field, Row row) const { return members(handles(field)[row]); }   // empty when null
  bool has_set(std::uint16_t field, Row row) const { return handles(field)[row] != 0; }   // also true of an empty set that was given
  // 0: not there at the moment; 1: there; 2: there and deleted; 3: merged into another, in no list.
  virtual const Column<std::uint8_t>& presence() const = 0;
  virtual const Column<Handle>& self() const = 0;                       // the object's own handle
  virtual std::vector<DoneAction> done_actions(Row row) const = 0;      // deals
  virtual Version version(Row row) const = 0;                           // of the newest event that holds; 0: none
  virtual bool is_erased(Row row) const = 0;                            // a personal part could not be opened
};

struct ProcessInfo {
  Handle self = 0;
  Uuid id;
  std::string name;
  bool is_default = false, is_archived = false, is_deleted = false;
  std::uint32_t version = 0;
  std::vector<event::Stage> stages;                                     // the newest version at the moment
  std::int64_t total_weight = 0;
};

struct CustomInfo {
  Uuid id;
  Kind about = Kind::none;
  std::uint16_t number = 0;
  std::string key, label;
};

class BoardMemory;

class World {
 public:
  virtual ~World() = default;

  virtual Position position() const = 0;            // the log position it stands on
  virtual Moment moment() const = 0;
  virtual bool is_live() const = 0;
  // The same log as of another moment. Materialised columns of the last few moments are shared between calls.
  virtual std::shared_ptr<const World> at(Moment moment) const = 0;

  virtual const Table& table(Kind kind) const = 0;

  virtual Handle handle(const Uuid& id) const = 0;  // 0 when the log never named it
  virtual Uuid id(Handle handle) const = 0;
  virtual Row row(Kind kind, Handle handle) const = 0;   // no_row when there is no such object of that kind
  Row row(Kind kind, const Uuid& uuid) const { return row(kind, handle(uuid)); }

  // Processes in order of creation, and where a stage stands.
  virtual std::span<const ProcessInfo> processes() const = 0;
  virtual const ProcessInfo* process(Handle handle) const = 0;
  virtual const ProcessInfo* default_process() const = 0;

  // Was the user, at `at`, a member of the team or of one below it (SPEC GEN-7)? Dated by membership events.
  virtual bool in_team(Handle user, Handle team, Instant at) const = 0;
  // Users whose answer to in_team does not depend on `at`: 1 always a member, 0 never, -1 it depends.
  virtual int always_in_team(Handle user, Handle team) const = 0;

  virtual std::span<const Row> open_tasks_of(Row deal) const = 0;       // rows of the task table
  // Rows of deals (or leads) that have this user as a participant, ascending: the rights mask of a salesperson over 1 M deals
  // must not ask every row for its set. Rights are today's: a past World answers what the World answers that it came from.
  virtual std::vector<Row> participated(Kind kind, Handle user) const = 0;
  virtual const Calendar& calendar() const = 0;                         // of the account's time zone (today's setting, SPEC GEN-1)
  virtual std::string_view currency() const = 0;
  // Which contacts were merged into which, all that the present knows: to be asked as of a moment (merges.h).
  virtual Shared<const Merges> merges() const = 0;
  virtual bool setting(std::uint16_t account_field) const = 0;          // a boolean of the account
  virtual Position position_at(Instant recorded) const = 0;             // the last position recorded by then

  // What the boards of the live world remember of one another (board_memory.h); null where there is nothing to remember.
  virtual std::shared_ptr<BoardMemory> board_memory() const { return nullptr; }

  // What the user was told, newest first, until `visit` returns false. Whether he may see the deals now is for the caller to ask.
  virtual void for_each_notice(Handle user, const std::function<bool(const Notice&)>& visit) const = 0;

  // Was any deal ever in another currency than the account's (MON-5)?
  virtual bool has_foreign_deals() const = 0;
  // Definitions of custom fields that are there at the moment, in order of creation (SPEC DIC-5).
  virtual std::span<const CustomInfo> custom_fields(Kind kind) const = 0;
  // The choice that columns hold by its choice_id; "" when there never was one.
  virtual std::string_view choice(Handle handle) const = 0;
  // The object as a View (domain/view.h), the same as ViewFold gives, with deleted sources stripped.
  virtual View view(Kind kind, Row row) const = 0;
};

// The live read models of one account.
class ReadModels {
 public:
  ReadModels();
  ~ReadModels();

  // In order, each record once. `personal`: opened, or null.
  void apply(const fb::Record& record, const Fields* personal);

  // Folds the log anew, beside the live models, and puts the result in their place: what was erased since the records were
  // applied is in none of it, neither in columns and histories nor in caches; and it is what any rebuild gives. Worlds that
  // somebody holds stay as they were until he lets go of them. `read` hands over the records behind the first position up to
  // the second, in order, with their personal parts; it returns false to give up, and then nothing changes. Any thread;
  // records are applied meanwhile. Throws what `read` throws.
  using Sink = std::function<void(const fb::Record& record, const Fields* personal)>;
  bool replace(const std::function<bool(Position after, Position to, const Sink& sink)>& read);
  Position position() const;

  // The present, pinned; cheap when nothing changed since the last call. Any thread.
  std::shared_ptr<const World> live() const;
  // An object as the newest applied record left it; nothing when it is not there, or of a kind that rows do not hold whole
  // (they do deals, leads, tasks, companies and persons). Pins nothing, so that the fold need not copy what it writes.
  std::optional<View> present(ObjectRef object) const;

  // SHA-256 over everything a query can see, in a fixed order (SPEC TIM-3).
  std::array<std::uint8_t, 32> digest() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace dealog::projections
