#pragma once
// The opening of a log in three steps (rocks_log.h tells them): what comes out is what RocksLog starts with.

#include "eventstore/batch_codec.h"
#include "eventstore/log_index.h"
#include "eventstore/rocks_store.h"

namespace dealog::eventstore {

struct OpenedLog {
  std::unique_ptr<RocksStore> store;  // Open for writing.
  AnchorReading anchor;
  std::unique_ptr<LogIndex> index;  // of the tail
  std::optional<Batch> sealed;      // the newest sealed batch
  Head head;
  Frontier frontier;
};

// Throws StorageError when the log is refused; then nothing has been changed.
OpenedLog open_checked(const std::filesystem::path& directory, const RocksLogOptions& options);

}  // namespace dealog::eventstore
