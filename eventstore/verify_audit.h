#pragma once
// What verify (verify.h) checks of the things that the log says about itself and promises to others: every
// heads_committed is made again, every change of the signing key is signed by the previous one, the key's file has the
// key that must sign, and the newest checkpoint is signed by a key of the log and commits to the tree as it is.
//
// Throws StorageError at the first thing that is wrong; changes nothing on disk.

#include <deque>

#include "domain/event.h"
#include "eventstore/checkpoints.h"
#include "eventstore/heads.h"

namespace dealog::eventstore {

class AuditVerifier {
 public:
  AuditVerifier(Files& files, const std::filesystem::path& directory, const Uuid& account);

  // Each record, in order, with its leaf hash; `frontier` includes it.
  void record(const fb::Record& record, const Hash32& leaf, const Frontier& frontier);
  // Behind the last one.
  void finish(const Head& head);

  std::uint64_t heads_seen() const { return heads_seen_; }
  std::uint64_t changes_seen() const { return changes_.size(); }
  std::optional<Checkpoint> checkpoint() const;

 private:
  struct Pending {
    Position position = 0;
    ObjectRef object;
    Version version = 0;
    Hash32 leaf{};
  };
  void settle(Position up_to);
  void check_heads(const event::HeadsCommitted& committed, Position at);
  void check_change(const event::SigningKeyChanged& change);

  Files& files_;
  const std::filesystem::path directory_;
  const Uuid account_;
  std::optional<SignedCheckpoint> promised_;
  Heads heads_;
  std::deque<Pending> pending_;      // not yet in heads_: the newest of them, as many as heads may lag
  Position settled_ = 0;
  std::vector<event::SigningKeyChanged> changes_;
  std::uint64_t heads_seen_ = 0;
};

}  // namespace dealog::eventstore
