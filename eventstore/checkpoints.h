#pragma once
// The signed checkpoints of an open account: what its log promises to the world (SPEC AUD-3). The newest stands in its
// file `checkpoint`, as the very note that was given out (note.h), replaced in one step. Only what is durable in the
// log is signed; a log that has come less far than its own checkpoint, or elsewhere, is never signed again.
//
// Threads: any.

#include <filesystem>
#include <memory>
#include <mutex>

#include "domain/event.h"
#include "eventstore/signing_key.h"

namespace dealog::eventstore {

struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string note;
};

// What stands in the file; nothing when there is none. Throws StorageError when it is no checkpoint.
std::optional<SignedCheckpoint> read_checkpoint(Files& files, const std::filesystem::path& directory);

class Checkpoints {
 public:
  // `head`: of the log; `named`: as in SigningKeyFile. An account that has neither key nor checkpoint, made before there
  // were any, gets a key. Throws StorageError when the key or the checkpoint does not fit the log.
  Checkpoints(Files& files, std::filesystem::path directory, const Uuid& account, const Head& head,
              const std::optional<Hash32>& named);

  // Null: none was signed yet.
  std::shared_ptr<const SignedCheckpoint> newest() const;
  // Of `head`, which is durable; synced when it comes back. The newest when that is not older. Throws StorageError.
  std::shared_ptr<const SignedCheckpoint> sign(const Head& head);

  VerifierKey verifier() const;

  // A change to a new key, signed by the present one. The new one is on disk when it comes back, and signs once the log
  // holds the change and `changed` was called. Asked again before that, it is the same change: a key that the log may
  // still come to name is never written over. Throws StorageError.
  event::SigningKeyChanged prepare_change();
  // The log holds that change.
  void changed(const event::SigningKeyChanged& change);

 private:
  Files& files_;
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::unique_ptr<SigningKeyFile> key_;
  std::optional<SigningKey> next_;
  std::shared_ptr<const SignedCheckpoint> newest_;
};

}  // namespace dealog::eventstore
