#pragma once
// The account's writer: the only place where decide meets the log.
//
// Operation. Commands wait in a queue. Whoever finds the writer idle starts a drain on the pool it was given;
// a drain takes all that is waiting, decides one command after another (each sees what the ones before it
// caused), appends everything as one commit with one sync, and then tells every caller. Interactive commands
// overtake bulk and imports. So rules that span objects are simply true, positions have no gaps, and 64 clients
// share one fsync.
//
// Speculation. The decision model is folded forward while deciding, before the commit is durable. No answer
// leaves before the commit of everything its decision saw, refusals too. If the append throws, the model is
// ahead of a disk whose content is unknown: the writer latches *failed*, answers `outcome_unknown` to the batch,
// and refuses everything until the process restarts. So nothing ever has to be rolled back.
//
// Threads. submit: any thread. Callbacks run on the draining thread: they must be short and must not throw.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "domain/command.h"
#include "domain/model.h"
#include "domain/refusal.h"
#include "eventstore/event_log.h"
#include "eventstore/keyring.h"

namespace dealog::eventstore {

struct Accepted {
  ObjectRef object;
  Version version = 0;
  Position position = 0;       // The log stands here or further: min_position for reading one's own write.
  Position command = 0;        // Position of the command's first event; 0: it caused none.
  bool created = false;
  bool replayed = false;       // The answer of an earlier command under the same key.
  Position rules = 0;          // The newest rule for many (event.h) that shows in `object`; 0: not known, the newest of all.
  std::shared_ptr<const Decided> preview = {};  // Of a dry run: what it would have done. Null otherwise.
};

// Not decided, or not known: nothing a command could mend.
enum class Trouble : std::uint8_t {
  key_reused,       // the same Idempotency-Key with another request
  overloaded,       // the queue is full
  outcome_unknown,  // the write failed: repeat with the same key after the restart
  failed,           // an earlier write failed: nothing is taken any more
  reserve,          // the disk is nearly full
  closed,           // the account is closing
};

using Outcome = std::variant<Accepted, Refusal, Trouble>;

// Several commands at once, decided one after another, each seeing the ones before it: all or none, in one commit. Or a dry
// run: what would come of each, and nothing changes. All are decided either way, so that all that is wrong is known.
struct Together {
  struct Part {
    Command command;
    Context context;           // `now` is set by the writer
    Hash16 key{}, request{};
    bool dry_run = false;      // only tried: those behind it do not see it, and the whole is not done
  };
  struct Came {
    Outcome outcome;
    std::vector<NewEvent> events;   // what it caused, or would have
  };
  std::vector<Part> parts;
  bool dry_run = false;
  // What the parts were made from: if an object has another version by now, nothing is decided (version_mismatch).
  std::vector<std::pair<ObjectRef, Version>> expected;
  std::vector<Came> came;      // set by the writer before it calls `done`, as many as parts
};

struct Submission {
  Command command;
  Context context;             // `now` is set by the writer
  Hash16 key{};                // zero: no Idempotency-Key
  Hash16 request{};
  bool bulk = false;           // imports and bulk: yield to interactive commands
  // In place of `command`. The outcome is then that of the first part if all are accepted (or were only tried), or a refusal,
  // and nothing was done: bulk_refused, bulk_too_large, version_mismatch.
  std::shared_ptr<Together> together;
  bool dry_run = false;        // decided like any other, but nothing happens and nothing is remembered
  std::function<void(Outcome&&)> done;
};

// A commit as the projections take it, in order. `records` are the stored bytes, one after another.
struct Committed {
  Position first = 0, last = 0;
  Bytes storage;
  std::vector<BytesView> records;   // into storage
};

class Writer {
 public:
  struct Config {
    std::function<Instant()> clock;                          // wall clock; recorded_at = max(last, now)
    std::function<void(std::function<void()>)> post;         // runs a drain on a pool thread
    std::function<void(std::shared_ptr<const Committed>)> published;  // after each commit, in order, on the draining thread
    std::size_t queue_limit = 16384;
    std::size_t batch_events = 4096;                         // ARCHITECTURE 3: the cap of a commit
    std::size_t together_bytes = 1 << 20;                    // ... of what is done together
  };

  // Folds the whole log into a fresh decision model. Throws StorageError. `each` sees every record in passing (null:
  // nobody is interested), so that read models start in the same scan.
  Writer(EventLog& log, Keyring& keys, Config config,
         const std::function<void(const StoredRecord&, const Fields* personal)>& each = {});
  ~Writer();                                                 // REQUIRES: closed and idle

  void submit(Submission&& submission);

  // Takes no more, waits for what was accepted.
  void close();

  // For authentication and rights, on any thread (a lock is held for the short look-up).
  std::optional<Model::Principal> principal_by_token(std::string_view hash_hex) const;
  // Grows whenever a user or a token changes: a principal that was looked up stays true while it stands still.
  std::uint64_t people_epoch() const;
  // The position of the newest event that changes how many others are shown: set-up, merges (event.h is_rule_for_many).
  Position set_up_position() const;
  std::optional<Uuid> user_by_email(std::string_view email) const;
  std::string password_of(const Uuid& user) const;   // Model::password_of
  // The objects whose data are one person's: the contact and all that were merged into it.
  std::vector<Uuid> subjects_of(ObjectRef object) const;
  // Keys were still there, at the opening, that the log says are destroyed: what `each` was given of them is to be forgotten.
  bool erased_late() const;
  bool may_see(const Uuid& user, ObjectRef object) const;

  std::optional<Model::BatchEvents> batch(const Uuid& id) const;
  std::optional<Model::BatchEvents> batch_at(Position begun) const;
  Position last_command_of(const Uuid& user) const;

  struct Stats { std::uint64_t commits = 0, events = 0, commands = 0, refused = 0, queued = 0; };
  Stats stats() const;
  std::optional<std::string> failed() const;
  void set_reserve(bool on);                                 // commands get Trouble::reserve while on

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dealog::eventstore
