#pragma once
// Sealing one batch: commits of the tail become chunks, index entries and commands.
//
// Operation. Files are built in a directory beside the log, out of everybody's way: chunks first; then these are read
// back from their file, each record is hashed, and the root must be the one that the batch's last commit keeps. Index
// and batch are made from what was read back. Then RocksDB takes all files in, in one step of its manifest, synced: the
// batch is there wholly or not at all. Last the commits are deleted from the tail.
//
// What a kill leaves: before that one step, files in the directory, thrown away at the next start; after it, commits in
// the tail that are sealed as well, which opening ignores and deletes. At no moment is an event in neither part.

#include <filesystem>

#include "eventstore/batch_codec.h"
#include "eventstore/log_index.h"
#include "eventstore/rocks_store.h"

namespace dealog::eventstore {

// Sealing could not be done, and the log is as good as before: it goes on in the tail.
class SealingFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `stop` was true.
struct SealingStopped {};

struct BatchJob {
  const RocksStore& store;
  Uuid account;
  Files& files;
  std::filesystem::path work;    // made for it, and removed
  CommitRange range;
  Frontier before;               // of all that is sealed already
  std::function<bool()> stop;    // asked now and then
  std::function<bool(const Hash16&)> may_be_sealed;   // false: no sealed command has that key
};

// Adds the batch to the sealed part. Throws SealingFailed, SealingStopped; StorageError when what is in the tail is
// damaged. In each case nothing was changed.
Batch seal_batch(const BatchJob& job);

// Deletes from the tail what is in the batch, and older. Not synced: it may have to be done again after a crash.
// Throws SealingFailed.
void delete_sealed(const RocksStore& store, const Head& sealed);

}  // namespace dealog::eventstore
