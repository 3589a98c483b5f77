#pragma once
// What an undo needs of the log and the read models (SPEC DEA-9): which events are meant, what happened to their objects, and
// what refers to what they created. The rules are in domain/undo.h. All of it blocks: for the pool.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "api/account.h"
#include "api/ask.h"
#include "domain/undo.h"

namespace dealog::api {

inline constexpr std::size_t most_undone = 4000;             // events of one undo, which is one commit
inline constexpr std::size_t most_undone_of_import = 50000;  // these are taken back in several commits, or by a job:
inline constexpr std::size_t most_undone_by_job = 500000;    // of an import; its plan is held as a whole, some 1.6 kB each

// The events that are to be taken back: those of a batch, or of one command.
struct Undoing {
  Uuid batch;                                             // nil: a command
  Position command = 0;
  std::vector<std::pair<Position, Position>> ranges;      // of positions
  bool is_import = false;

  std::size_t events() const;
  // A request takes so many; an import that has more is for a job.
  std::size_t most_of_request() const { return is_import ? most_undone_of_import : most_undone; }
};

struct UndoPrepared {
  UndoPlan plan;
  std::map<ObjectRef, Version> versions;                  // of all objects concerned, as they were looked at
};

// The batch, under the rights of who asks; nothing: there is none that he sees.
std::optional<Undoing> undoing_batch(Account& account, const Uuid& user, const Uuid& batch);
// The command that begins at `position`: his own, or anybody's for who sees all. Nothing: there is none.
std::optional<Undoing> undoing_command(Account& account, const projections::Reader& reader, Position position);
// The user's newest command; the whole batch, where it is part of one.
std::optional<Undoing> undoing_last(Account& account, const projections::Reader& reader);

// Is what the batch did taken back, by an undo that is not itself taken back?
bool is_undone(const projections::World& live, const Uuid& batch);

// What the undo that is recorded as `batch` takes back, wholly or until it was stopped; nothing: it is a command.
std::optional<Undoing> undone_by(Account& account, const Uuid& user, const Uuid& batch);

UndoPrepared prepare_undo(Account& account, const Question& question, const Undoing& undoing);

// An event that was recorded or would be.
struct Change {
  Envelope around;
  Bytes record;
  Fields personal;
};
// [{"object", "type", "data", "before"}, ...]
void write_changes(JsonWriter& json, Account& account, const Uuid& reader, const std::vector<Change>& changes);
std::vector<Change> changes_of(const Account& account, const std::vector<std::pair<Position, Position>>& ranges);

}  // namespace dealog::api
