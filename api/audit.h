#pragma once
// What an open account can prove about its log (SPEC AUD-3): the newest signed checkpoint, the tree for proofs and
// tiles, the newest heads, and the changes of its signing key.
//
// A signing key that is lost or does not fit the log stops no business: the account is open, what needs a signature
// throws StorageError, and the log of the program says why.
//
// Threads: any, after open.

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/event.h"
#include "eventstore/checkpoints.h"
#include "eventstore/hash_tree.h"
#include "eventstore/heads.h"

namespace dealog::api {

class Audit {
 public:
  // `log` outlives it.
  explicit Audit(const eventstore::EventLog& log) : log_(log), tree_(log) {}

  // Told of each record of the log, in order: at opening, then as it is committed.
  void observe(const fb::Record& record);
  // After the records that are there. Throws nothing: see above.
  void open(eventstore::Files& files, const std::filesystem::path& directory, const Uuid& account);

  // The newest checkpoint that reaches `at_least`. Another is signed when that one does not, or is a second old at
  // `now` and the log has gone on. Throws StorageError. REQUIRES: the log has come to `at_least`. Blocks.
  std::shared_ptr<const eventstore::SignedCheckpoint> checkpoint(Instant now, Position at_least = 0);
  // The newest one as it is; null when there is none or none can be signed.
  std::shared_ptr<const eventstore::SignedCheckpoint> newest() const;
  // The last checkpoint, at the end. Throws nothing: what fails is in the log of the program.
  void close();
  // The key that signs now. Throws StorageError.
  eventstore::VerifierKey verifier() const;
  // For a change of key. Throws StorageError. Blocks.
  event::SigningKeyChanged prepare_key_change();

  eventstore::HashTree& tree() { return tree_; }

  struct KeyChange {
    Position position = 0;
    Instant recorded_at;
    event::SigningKeyChanged change;
  };
  std::vector<KeyChange> key_changes() const;

  struct HeadsRecord {
    Position position = 0;
    Instant recorded_at;
    event::HeadsCommitted heads;
  };
  // The newest heads_committed.
  std::optional<HeadsRecord> newest_heads() const;
  // Is it time for the next one? Once in every hour (of UTC) in which something happened.
  bool heads_are_due(Instant now) const;

  struct HeadsAt {
    Position up_to = 0;
    eventstore::Hash32 root{};
    eventstore::Heads::Opening opening;
  };
  // The heads of the first `up_to` records, and the bucket of `object` in them. Reads what has happened since it was
  // asked last (the whole log the first time, and when an earlier position is asked for). Throws StorageError. Blocks.
  HeadsAt heads_at(Position up_to, ObjectRef object);

 private:
  eventstore::Checkpoints& checkpoints() const;

  const eventstore::EventLog& log_;
  eventstore::HashTree tree_;
  mutable std::mutex mutex_;   // guards what is below, but for what checkpoints_ points to
  std::unique_ptr<eventstore::Checkpoints> checkpoints_;
  std::string trouble_ = "the account is not open yet";
  std::optional<Instant> signed_at_;
  std::vector<KeyChange> key_changes_;
  std::optional<HeadsRecord> newest_heads_;
  std::mutex heads_mutex_;     // guards the two below
  std::unique_ptr<eventstore::Heads> heads_;   // null: made again when it is needed
  Position heads_up_to_ = 0;
};

}  // namespace dealog::api
