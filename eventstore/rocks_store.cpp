#include "eventstore/rocks_store.h"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <limits>

#include "eventstore/batch_codec.h"
#include "eventstore/bytes.h"

namespace dealog::eventstore {

namespace {

// DO NOT CHANGE: on disk. `tail` holds commits, the others sealed history (eventstore/README.md).
constexpr const char* column_families[] = {"tail", "log", "index", "commands", "meta"};
constexpr double bloom_bits = 10;

// The errors of RocksDB go into our log, and into no file of its own: Debian's RocksDB is built
// with assertions, and one ends the process when that file is written again after the disk was full. Nor may a
// read-only opening leave a file behind.
class ToOurLog final : public rocksdb::Logger {
 public:
  ToOurLog() : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}  // Its warnings speak of what is as it should be.
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 1024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    spdlog::error("RocksDB: {}", text.data());
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level >= GetInfoLogLevel() && level != rocksdb::InfoLogLevel::HEADER_LEVEL) Logv(format, arguments);
  }
};

rocksdb::DBOptions database_options(const RocksLogOptions& options, Access access,
                                    rocksdb::WALRecoveryMode recovery) {
  rocksdb::DBOptions db;
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
  db.info_log = std::make_shared<ToOurLog>();
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  if (options.resources) db.write_buffer_manager = options.resources->write_buffers;
  return db;
}

rocksdb::ColumnFamilyOptions family_options(const RocksLogOptions& options, std::string_view name) {
  const bool by_object = name == "index", by_command = name == "commands";
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;  // What Debian 12's RocksDB reads.
  table.block_size = 64u << 10;
  if (options.resources) table.block_cache = options.resources->cache;
  rocksdb::ColumnFamilyOptions family;
  if (by_object || by_command) {
    // Looked up at random, most of the time for what is not there.
    table.block_size = 16u << 10;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits));
    table.whole_key_filtering = by_command;
    if (by_object) family.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(object_prefix));
  }
  if (name != "tail") {
    // Filled by whole files beside the write path: nobody who commits may wait for their compaction.
    family.level0_slowdown_writes_trigger = family.level0_stop_writes_trigger = 1 << 30;
    family.soft_pending_compaction_bytes_limit = family.hard_pending_compaction_bytes_limit = 0;
  }
  family.compression = rocksdb::kLZ4Compression;
  // Entries of `index` and `commands` come in random order and are never changed: merged seldom, in large steps.
  family.compaction_style = by_object || by_command ? rocksdb::kCompactionStyleUniversal : rocksdb::kCompactionStyleLevel;
  if (by_object || by_command) family.level0_file_num_compaction_trigger = 8;
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
  std::unique_ptr<RocksStore> store(new RocksStore(options.env ? options.env : rocksdb::Env::Default()));
  rocksdb::DBOptions db = database_options(options, access, recovery);
  db.env = store->env_.get();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(options, "meta"));
  for (const char* name : column_families) families.emplace_back(name, family_options(options, name));

  const rocksdb::Status status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(db, directory.string(), families, &store->handles_, &store->db_)
          : rocksdb::DB::Open(db, directory.string(), families, &store->handles_, &store->db_);
  if (status.ok()) out = std::move(store);
  return status;
}

RocksStore::RocksStore(rocksdb::Env* env)
    : files_(std::make_shared<RocksFiles>(env->GetFileSystem())), env_(rocksdb::NewCompositeEnv(files_)) {}

rocksdb::Status RocksStore::take_in(const std::vector<rocksdb::IngestExternalFileArg>& files) const {
  // Nothing may be compacted or flushed meanwhile: RocksDB 7.8 chooses a file's level by the newest version of the database, but
  // looks for what is there in the version that is being read, which may be the one before (an assertion stops the program then), and
  // does not look at what a running compaction is about to put there. It waits for those that run; flushes go on as long as it waits.
  rocksdb::Status status = db_->PauseBackgroundWork();
  if (!status.ok()) return status;
  files_->begin_taking_in();
  status = db_->IngestExternalFiles(files);
  files_->end_taking_in();
  const rocksdb::Status goes_on = db_->ContinueBackgroundWork();
  return status.ok() ? goes_on : status;
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

rocksdb::Options RocksStore::file_options(rocksdb::ColumnFamilyHandle* family) const {
  return db_->GetOptions(family);
}

rocksdb::ReadOptions read_options(Reading reading) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (reading == Reading::far) {
    options.readahead_size = 4u << 20;
    options.fill_cache = false;
  }
  return options;
}

CommitCursor::CommitCursor(const RocksStore& store, const Uuid& account, Reading reading)
    : account_(account), iterator_(store.db().NewIterator(read_options(reading), store.tail())) {}

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

bool CommitCursor::after(Position position, std::uint64_t number) {
  const CommitKey key = commit_key(position + 1, number + 1);
  iterator_->Seek({key.data(), key.size()});
  next_number_ = number + 1;
  next_first_ = position + 1;
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

}  // namespace dealog::eventstore
