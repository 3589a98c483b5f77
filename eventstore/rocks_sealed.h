#pragma once
// Reading what is sealed: chunks, the events of an object, commands, batches. And the one place that knows in which of
// the two parts, sealed or tail, a record is to be found.
//
// One view of both parts. Sealing adds a batch in one step, then tells of it (the number `sealed`), then deletes it from
// `tail`. So who opens an iterator on the tail first and reads `sealed` after that finds everything up to it in the
// sealed part, and everything behind it in that iterator, whatever is sealed meanwhile.

#include <atomic>

#include "eventstore/batch_codec.h"
#include "eventstore/chunk_codec.h"
#include "eventstore/rocks_store.h"

namespace dealog::eventstore {

// Goes over chunks in order and checks each. Throws StorageError at a damaged or missing one.
class ChunkCursor {
 public:
  // Sees what is in the store now.
  ChunkCursor(const RocksStore& store, const Uuid& account, Reading reading);

  // At the chunk that holds `position`.
  void seek(Position position);
  // At the one that follows.
  void next();
  const ChunkView& chunk() const { return view_; }

 private:
  void load(Position position);

  const Uuid account_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<std::uint64_t> buffer_;  // The chunk's bytes, aligned for FlatBuffers.
  ChunkView view_;
};

// The packed index of objects. Throws StorageError at an entry that is not sound.
class SealedObjects {
 public:
  explicit SealedObjects(const RocksStore& store) : store_(store) {}

  // Of the newest event; 0: none. Sees at least what was sealed up to `sealed` before it was asked.
  Version version_of(ObjectRef object, Position sealed);
  // Of the events behind version `after` and up to version `last` and position `until`, oldest first; all up to there
  // must be sealed.
  std::vector<Position> positions(ObjectRef object, Version after, Version last, Position until);

 private:
  rocksdb::Iterator& iterator(Position sealed);
  std::optional<ObjectPositions> here(ObjectRef object);

  const RocksStore& store_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  Position seen_ = 0;  // The iterator was made when that much was sealed.
};

// The sealed command with this key, or nothing. Throws StorageError.
std::optional<CommandEntry> sealed_command(const RocksStore& store, const Hash16& key);
// The entries of `index` or `commands`, by key, until `visit` has enough: then false. Throws StorageError.
bool read_entries(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, const std::function<bool(BytesView key, BytesView value)>& visit);

// All batches, oldest first, each checked by itself and against the one before. `visit` returns false to stop. Throws
// StorageError.
void read_batches(const RocksStore& store, const Uuid& account, const std::function<bool(const Batch&)>& visit);
// The newest; nothing when nothing is sealed. Throws StorageError.
std::optional<Batch> newest_batch(const RocksStore& store, const Uuid& account);
// The root of the tree of that size, from kept nodes and at most 255 records. REQUIRES: all of it is sealed.
Hash32 sealed_root(const RocksStore& store, const Uuid& account, Position size);

// Finds single records and commands in both parts. Throws StorageError when what must be there is not.
class RecordFinder {
 public:
  // Sees what is in the store now; see above for `sealed`.
  RecordFinder(const RocksStore& store, const Uuid& account, const std::atomic<Position>& sealed);

  // The bytes at `position`, 8-aligned, until the next call.
  BytesView record(Position position);
  // The command remembered with `key` in the commit (first, number) of the tail.
  CommandEntry command(Position first, std::uint64_t number, const Hash16& key);

 private:
  void load(Position position);

  const RocksStore& store_;
  const Uuid account_;
  std::unique_ptr<rocksdb::Iterator> iterator_;  // over the tail
  const Position sealed_;
  std::optional<ChunkCursor> chunks_;
  std::optional<CommitGlance> glance_;  // Of the commit that the iterator is at.
  std::vector<std::uint64_t> buffer_;
};

}  // namespace dealog::eventstore
