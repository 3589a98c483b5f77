#pragma once
// What a log keeps in memory about itself, so that a commit costs one key on disk: where the events of each
// object are, and where each command was remembered. Derived: rebuilt from the commits at opening.
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

class LogIndex {
 public:
  static constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

  // The next record of the log. REQUIRES: at the next position, at the object's next version.
  void add_record(ObjectRef object);
  // The first place of a key is the one that counts. A zero key is not kept.
  void add_command(const Hash16& key, CommandPlace place);

  Position newest() const { return previous_.size(); }
  Version version_of(ObjectRef object) const;
  // Of an object's events up to version `last`, oldest first.
  std::vector<Position> positions(ObjectRef object, Version last) const;
  std::optional<CommandPlace> find_command(const Hash16& key) const;

 private:
  struct Object {
    std::uint32_t newest = 0;  // Position of its newest event.
    Version version = 0;
  };
  struct HashOfHash {
    std::size_t operator()(const Hash16& hash) const noexcept;
  };

  FlatTable<ObjectRef, Object> objects_;
  FlatTable<Hash16, CommandPlace, HashOfHash> commands_;
  std::deque<std::uint32_t> previous_;  // [position - 1]: the position of the same object's event before.
};

// Throws std::logic_error when `commit` cannot follow `head`: nothing in it, a record of unsound length, or
// at another position than the next, or at another version than its object's next. A bug in the caller, found
// before it is on disk for ever. Returns the objects of the records, in order.
std::vector<ObjectRef> check_commit(const Commit& commit, const Head& head,
                                    const std::function<Version(ObjectRef)>& version_of);

}  // namespace dealog::eventstore
