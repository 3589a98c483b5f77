#include "eventstore/rocks_store.h"

#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <limits>

#include "eventstore/bytes.h"

namespace dealog::eventstore {

namespace {

// DO NOT CHANGE: on disk. `tail` holds commits; the rest is room for sealed history (eventstore/README.md).
constexpr const char* column_families[] = {"tail", "log", "index", "commands", "meta"};

// The information log is a file too: a read-only opening must not leave one behind.
class NoLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions database_options(const RocksLogOptions& options, Access access,
                                    rocksdb::WALRecoveryMode recovery) {
  rocksdb::DBOptions db;
  db.env = options.env ? options.env : rocksdb::Env::Default();
  db.create_if_missing = access == Access::create;
  db.create_missing_column_families = access == Access::create;
  db.error_if_exists = access == Access::create;
  db.paranoid_checks = true;
  db.wal_recovery_mode = recovery;
  db.max_bgerror_resume_count = 0;  // A failed write is never tried again: only a restart leaves that state.
  db.max_background_jobs = 2;
  db.max_total_wal_size = 128u << 20;
  db.recycle_log_file_num = 0;
  db.wal_compression = rocksdb::kNoCompression;
  db.allow_mmap_reads = false;
  db.allow_concurrent_memtable_write = false;  // One writer.
  db.enable_write_thread_adaptive_yield = false;
  db.info_log_level = rocksdb::INFO_LEVEL;
  db.max_log_file_size = 1u << 20;
  db.keep_log_file_num = 2;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  if (access == Access::read_only) db.info_log = std::make_shared<NoLogger>();
  if (options.resources) db.write_buffer_manager = options.resources->write_buffers;
  return db;
}

rocksdb::ColumnFamilyOptions family_options(const RocksLogOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;  // What Debian 12's RocksDB reads.
  table.block_size = 64u << 10;
  if (options.resources) table.block_cache = options.resources->cache;
  rocksdb::ColumnFamilyOptions family;
  family.compression = rocksdb::kLZ4Compression;
  family.compaction_style = rocksdb::kCompactionStyleLevel;
  family.write_buffer_size = 64u << 20;
  family.arena_block_size = 128u << 10;  // Hundreds of small accounts are open together.
  family.paranoid_file_checks = false;   // Blocks are checked by XXH3 when read; commits by their checksum.
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

std::string span(Position first, Position last) {
  return first >= last ? "position " + std::to_string(first)
                       : "positions " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

LogResources::LogResources(std::size_t cache_bytes, std::size_t write_buffer_bytes)
    : cache(rocksdb::NewLRUCache(cache_bytes)),
      write_buffers(std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes)) {}

rocksdb::Status RocksStore::open(const std::filesystem::path& directory, const RocksLogOptions& options,
                                 Access access, rocksdb::WALRecoveryMode recovery,
                                 std::unique_ptr<RocksStore>& out) {
  const rocksdb::DBOptions db = database_options(options, access, recovery);
  const rocksdb::ColumnFamilyOptions family = family_options(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, family);
  for (const char* name : column_families) families.emplace_back(name, family);

  std::unique_ptr<RocksStore> store(new RocksStore);
  const rocksdb::Status status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(db, directory.string(), families, &store->handles_, &store->db_)
          : rocksdb::DB::Open(db, directory.string(), families, &store->handles_, &store->db_);
  if (status.ok()) out = std::move(store);
  return status;
}

RocksStore::~RocksStore() { close().PermitUncheckedError(); }

rocksdb::Status RocksStore::close() {
  if (!db_) return rocksdb::Status::OK();
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  handles_.clear();
  const rocksdb::Status status = db_->Close();
  delete db_;
  db_ = nullptr;
  return status;
}

CommitCursor::CommitCursor(const RocksStore& store, const Uuid& account, Reading reading)
    : account_(account) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (reading == Reading::far) {
    options.readahead_size = 2u << 20;
    options.fill_cache = false;
  }
  iterator_.reset(store.db().NewIterator(options, store.tail()));
}

bool CommitCursor::seek(Position position) {
  const CommitKey key = commit_key(position, std::numeric_limits<std::uint64_t>::max());
  iterator_->SeekForPrev({key.data(), key.size()});
  next_number_ = 0;  // Not known: whatever is found.
  next_first_ = position;
  return load();
}

void CommitCursor::seek_commit(Position first, std::uint64_t number) {
  const CommitKey key = commit_key(first, number);
  iterator_->Seek({key.data(), key.size()});
  next_number_ = number;
  next_first_ = first;
  if (!load()) throw StorageError("the log is damaged: commit " + std::to_string(number) + " is missing");
}

bool CommitCursor::first() {
  iterator_->SeekToFirst();
  next_number_ = 1;
  next_first_ = 1;
  return load();
}

bool CommitCursor::next() {
  iterator_->Next();
  return load();
}

bool CommitCursor::load() {
  if (!iterator_->Valid()) {
    if (iterator_->status().ok()) return false;
    throw StorageError("the log is damaged at or after position " + std::to_string(next_first_) + ": " +
                       iterator_->status().ToString());
  }
  const rocksdb::Slice value = iterator_->value();
  buffer_.resize(value.size() / 8 + 1);
  std::memcpy(buffer_.data(), value.data(), value.size());
  std::string why;
  if (!view_.read({reinterpret_cast<const std::uint8_t*>(buffer_.data()), value.size()}, why)) {
    throw StorageError("the log is damaged at or after position " + std::to_string(next_first_) + ": " + why);
  }
  const CommitHeader& header = view_.header();
  if (header.account != account_) {
    throw StorageError("the log holds a commit of another account at position " +
                       std::to_string(header.first));
  }
  const CommitKey key = commit_key(header.first, header.number);
  if (iterator_->key() != rocksdb::Slice(key.data(), key.size())) {
    throw StorageError("the log is damaged: commit " + std::to_string(header.number) +
                       " stands under the key of another, at position " + std::to_string(header.first));
  }
  if (next_number_ != 0 && (header.number != next_number_ || header.first != next_first_)) {
    throw StorageError("the log has a hole: commit " + std::to_string(next_number_) + " is missing, " +
                       span(next_first_, header.first - 1));
  }
  next_number_ = header.number + 1;
  next_first_ = view_.last() + 1;
  return true;
}

RecordFinder::RecordFinder(const RocksStore& store, const Uuid& account) : account_(account) {
  iterator_.reset(store.db().NewIterator({}, store.tail()));
}

void RecordFinder::load(Position position) {
  const auto damaged = [position](const std::string& why) {
    return StorageError("the log is damaged at position " + std::to_string(position) + ": " + why);
  };
  glance_.reset();
  if (!iterator_->Valid()) {
    throw damaged(iterator_->status().ok() ? "nothing is there" : iterator_->status().ToString());
  }
  const rocksdb::Slice value = iterator_->value();
  std::string why;
  glance_ = CommitGlance::at({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()}, why);
  if (!glance_) throw damaged(why);
  if (glance_->header().account != account_) throw damaged("a commit of another account is there");
}

BytesView RecordFinder::record(Position position) {
  if (!glance_ || position < glance_->header().first || position > glance_->last()) {
    const CommitKey key = commit_key(position, std::numeric_limits<std::uint64_t>::max());
    iterator_->SeekForPrev({key.data(), key.size()});
    load(position);
  }
  const auto bytes = glance_->record(position);
  if (!bytes) throw StorageError("the log is damaged: position " + std::to_string(position) + " is missing");
  buffer_.resize(bytes->size() / 8 + 1);
  std::memcpy(buffer_.data(), bytes->data(), bytes->size());
  return {reinterpret_cast<const std::uint8_t*>(buffer_.data()), bytes->size()};
}

CommandEntry RecordFinder::command(Position first, std::uint64_t number, const Hash16& key) {
  const CommitKey at = commit_key(first, number);
  iterator_->Seek({at.data(), at.size()});
  load(first);
  const auto entry = glance_->header().number == number ? glance_->command_with(key) : std::nullopt;
  if (!entry) {
    throw StorageError("the log is damaged: a command is missing from commit " + std::to_string(number));
  }
  return *entry;
}

}  // namespace dealog::eventstore
