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
};

}  // namespace dealog::api
