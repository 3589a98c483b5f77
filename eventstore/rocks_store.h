#pragma once
// RocksDB as we use it: options, column families, handles that are closed in the right order. Only the
// rocks_*.cpp files include this header, because RocksDB's are heavy.
//
// Debian's RocksDB aborts when an iterator, snapshot or handle outlives its database: everything here owns
// what it opened.

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_buffer_manager.h>

#include "eventstore/commit_codec.h"
#include "eventstore/rocks_files.h"
#include "eventstore/rocks_log.h"

namespace dealog::eventstore {

class LogResources {
 public:
  LogResources(std::size_t cache_bytes, std::size_t write_buffer_bytes);

  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

enum class Access { create, read_only, read_write };

class RocksStore {
 public:
  // `out` is set when the status is ok. read_only leaves every file as it is.
  static rocksdb::Status open(const std::filesystem::path& directory, const RocksLogOptions& options,
                              Access access, rocksdb::WALRecoveryMode recovery,
                              std::unique_ptr<RocksStore>& out);
  ~RocksStore();
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  // Ends all use and closes the files; the destructor does so too, without telling of errors.
  rocksdb::Status close();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* tail() const { return handles_[1]; }
  rocksdb::ColumnFamilyHandle* log() const { return handles_[2]; }
  rocksdb::ColumnFamilyHandle* index() const { return handles_[3]; }
  rocksdb::ColumnFamilyHandle* commands() const { return handles_[4]; }
  rocksdb::ColumnFamilyHandle* meta() const { return handles_[5]; }
  // What files of a column family are made with, for those that are made beside the database.
  rocksdb::Options file_options(rocksdb::ColumnFamilyHandle* family) const;
  // Adds such files, all of them or none, synced. They are moved away from where they are.
  rocksdb::Status take_in(const std::vector<rocksdb::IngestExternalFileArg>& files) const;

 private:
  explicit RocksStore(rocksdb::Env* env);

  std::shared_ptr<RocksFiles> files_;
  std::unique_ptr<rocksdb::Env> env_;

  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // "default", then ours in the order of rocks_store.cpp
};

// near: a little, which may stay in the cache; far: a walk over the log, reading ahead.
enum class Reading { near, far };
rocksdb::ReadOptions read_options(Reading reading);

// Bytes as RocksDB takes and gives them.
template <class Bytes>
rocksdb::Slice slice_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline BytesView view_of(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

// Goes over the commits of `tail` in order and checks each. Throws StorageError at a damaged or missing one.
class CommitCursor {
 public:

  // Sees what is in the store now.
  CommitCursor(const RocksStore& store, const Uuid& account, Reading reading);

  // At the commit that holds `position`, or the last one before. False when the log is empty.
  bool seek(Position position);
  // At the commit with that very key. Throws StorageError when there is none.
  void seek_commit(Position first, std::uint64_t number);
  // At the first commit behind that position and commit, and then at the next; false at the end.
  bool after(Position position, std::uint64_t number);
  bool next();

  const CommitView& commit() const { return view_; }

 private:
  bool load();

  const Uuid account_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<std::uint64_t> buffer_;  // The commit's bytes, aligned for FlatBuffers.
  CommitView view_;
  Position next_first_ = 1;  // What the key of the next commit must say, for gaps to be found.
  std::uint64_t next_number_ = 1;
};

}  // namespace dealog::eventstore
