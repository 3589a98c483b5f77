#pragma once
// What a log keeps in memory about the part that is not sealed yet, so that a commit costs one key on disk: where the
// events of each object are, and where each command was remembered. Derived: rebuilt from the commits at opening.
//
// Operation. The part is cut into segments of commits: one ends with the commit that brings it to `seal_every` events
// or as many commands. All but the newest are full and wait to be sealed, the oldest first; a sealed one goes away
// whole. So what is in memory is bounded by the pace of sealing, not by the length of the history.
//
// Memory: 28 bytes for each object and 24 for each command over a load of 3/8 to 3/4, and 4 for each event.
// Positions and commit numbers are kept in 32 bits: an account holds at most 4,294,967,295 events.
// Threads: the caller's business.

#include <deque>
#include <limits>

#include "eventstore/event_log.h"
#include "eventstore/flat_table.h"

namespace dealog::eventstore {

ObjectRef object_of(const fb::Record& record);

// Where a command is remembered: the key of its commit.
struct CommandPlace {
  std::uint32_t first = 0;
  std::uint32_t commit = 0;
};

// Events of an object that are not sealed: its versions behind `before`, in order.
struct TailPositions {
  Version before = 0;
  std::vector<Position> positions;
};

// A run of commits and of the events in them; without events, `last` is one less than `first`.
struct CommitRange {
  Position first = 0, last = 0;
  std::uint64_t first_commit = 0, last_commit = 0;
};

class LogIndex {
 public:
  static constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

  // Of what follows this position and commit. `seal_every`: 0: one segment for ever.
  explicit LogIndex(Position sealed = 0, std::uint64_t sealed_commit = 0, std::uint64_t seal_every = 0);
  ~LogIndex();

  // The next record of the log. REQUIRES: at the next position; unless it is the object's first here, at its next version.
  void add_record(ObjectRef object, Version version);
  // The first place of a key is the one that counts. A zero key is not kept.
  void add_command(const Hash16& key, CommandPlace place);
  // All of that commit was added.
  void end_commit(std::uint64_t number);

  Position newest() const { return newest_; }
  // Zero when none of its events are here.
  Version version_of(ObjectRef object) const;
  // Of an object's events here, up to version `last`; nothing when none of its events are here.
  std::optional<TailPositions> positions(ObjectRef object, Version last) const;
  std::optional<CommandPlace> find_command(const Hash16& key) const;

  // The keys of the oldest segment's commands.
  std::vector<Hash16> oldest_keys() const;
  // The oldest segment, when it is full.
  std::optional<CommitRange> oldest_full() const;
  // Forgets it. What comes back is its memory, to be freed where nobody waits. REQUIRES: there is a full one.
  std::shared_ptr<void> drop_oldest();

 private:
  class Segment;

  const std::uint64_t seal_every_;
  Position newest_;
  std::deque<std::unique_ptr<Segment>> segments_;  // Never empty; only the last takes more.
};

// Throws std::logic_error when `commit` cannot follow `head`: nothing in it, a record of unsound length, or
// at another position than the next, or at another version than its object's next. A bug in the caller, found
// before it is on disk for ever. Returns the objects of the records, in order.
// `version_of`: of the object's newest event; `claimed` is what its first record in the commit takes it for.
std::vector<ObjectRef> check_commit(const Commit& commit, const Head& head,
                                    const std::function<Version(ObjectRef, Version claimed)>& version_of);

}  // namespace dealog::eventstore
