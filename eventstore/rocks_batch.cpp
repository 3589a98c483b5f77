#include "eventstore/rocks_batch.h"

#include <rocksdb/convenience.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>

#include "domain/events_generated.h"
#include "eventstore/bytes.h"
#include "eventstore/chunk_codec.h"
#include "eventstore/rocks_sealed.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

void check(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw SealingFailed(std::string(what) + ": " + status.ToString());
}

// A file of one column family, written in the order of its keys.
class TableFile {
 public:
  TableFile(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, fs::path path)
      : options_(store.file_options(family)),
        writer_(rocksdb::EnvOptions(), options_, family, /*invalidate_page_cache=*/false),
        family_(family),
        path_(std::move(path)) {
    check(writer_.Open(path_.string()), "cannot make a file of sealed history");
  }

  template <class Key>
  void put(const Key& key, const Bytes& value) {
    check(writer_.Put(slice_of(key), slice_of(value)), "cannot write sealed history");
    ++entries_;
  }
  // Synced. An empty file is not one.
  void finish() {
    if (entries_ != 0) check(writer_.Finish(), "cannot write sealed history");
  }

  std::uint64_t entries() const { return entries_; }
  const rocksdb::Options& options() const { return options_; }
  std::string path() const { return path_.string(); }
  rocksdb::IngestExternalFileArg ingestion() const {
    rocksdb::IngestExternalFileArg arg;
    arg.column_family = family_;
    arg.external_files = {path_.string()};
    arg.options.move_files = true;
    arg.options.write_global_seqno = false;
    arg.options.allow_blocking_flush = false;   // nothing is written there otherwise, and no flush runs meanwhile (RocksStore::take_in)
    return arg;
  }

 private:
  const rocksdb::Options options_;
  rocksdb::SstFileWriter writer_;
  rocksdb::ColumnFamilyHandle* family_;
  const fs::path path_;
  std::uint64_t entries_ = 0;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchJob& job)
      : job_(job),
        chunks_(job.store, job.store.log(), job.work / "log.sst"),
        objects_(job.store, job.store.index(), job.work / "index.sst"),
        commands_(job.store, job.store.commands(), job.work / "commands.sst"),
        batches_(job.store, job.store.meta(), job.work / "meta.sst"),
        next_(job.range.first) {
    batch_.account = job.account;
    batch_.first = job.range.first;
    batch_.last = job.range.last;
    batch_.first_commit = job.range.first_commit;
    batch_.last_commit = job.range.last_commit;
  }

  Batch build() {
    read_commits();
    chunks_.finish();
    NodeTree tree(job_.before);
    if (chunks_.entries() != 0) read_back(tree);
    batch_.frontier = tree.frontier();
    if (batch_.frontier.size() != batch_.last || batch_.frontier.root() != batch_.root) {
      throw StorageError("the log is damaged: positions " + std::to_string(batch_.first) + " to " + std::to_string(batch_.last) +
                         " do not hash to the root kept with them");
    }
    collector_.take([this](const ObjectPositions& entry) {
      objects_.put(object_key(entry.object, entry.positions.front()), encode_positions(entry));
    });
    objects_.finish();
    write_commands();
    batch_.objects = objects_.entries();
    batch_.commands = commands_.entries();
    batches_.put(batch_key(batch_.last_commit), encode_batch(batch_));
    batches_.finish();
    take_in();
    return std::move(batch_);
  }

 private:
  // Tail to chunks.
  void read_commits() {
    CommitCursor cursor(job_.store, job_.account, Reading::far);
    bool more = cursor.after(job_.range.first - 1, job_.range.first_commit - 1);
    for (;; more = cursor.next()) {
      if (!more) throw StorageError("the log is damaged: the tail ends within a batch, before commit " + std::to_string(job_.range.last_commit));
      if (job_.stop()) throw SealingStopped{};
      const CommitView& commit = cursor.commit();
      for (const BytesView record : commit.records()) add(record);
      for (const CommandEntry& command : commit.commands()) {
        if (command.key != Hash16{}) kept_.push_back(command);
      }
      if (commit.header().number == batch_.last_commit) {
        if (commit.last() != batch_.last) throw StorageError("the log is damaged: commit " + std::to_string(batch_.last_commit) + " does not end where it did");
        batch_.root = commit.header().root;
        break;
      }
    }
    flush();
  }

  void add(BytesView record) {
    lengths_.push_back(record.size());
    put_bytes(gathered_, record);
    if (lengths_.size() == chunk_records) flush();
  }

  void flush() {
    if (lengths_.empty()) return;
    std::vector<BytesView> records;
    std::size_t at = 0;
    for (const std::size_t length : lengths_) {
      records.push_back(BytesView(gathered_).subspan(at, length));
      at += length;
    }
    chunks_.put(chunk_key(next_), encode_chunk(job_.account, next_, records));
    next_ += records.size();
    lengths_.clear();
    gathered_.clear();
  }

  // Chunks as they are in their file, to leaves and index.
  void read_back(NodeTree& tree) {
    rocksdb::SstFileReader reader(chunks_.options());
    check(reader.Open(chunks_.path()), "cannot read sealed history back");
    const std::unique_ptr<rocksdb::Iterator> iterator(reader.NewIterator(read_options(Reading::far)));
    std::vector<std::uint64_t> buffer;
    ChunkView chunk;
    Position position = batch_.first;
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      if (job_.stop()) throw SealingStopped{};
      const BytesView value = view_of(iterator->value());
      buffer.resize(value.size() / 8 + 1);
      std::memcpy(buffer.data(), value.data(), value.size());
      std::string why;
      if (!chunk.read({reinterpret_cast<const std::uint8_t*>(buffer.data()), value.size()}, why) || chunk.first() != position) {
        throw SealingFailed("sealed history did not come back from its file as it was written: " + why);
      }
      for (const BytesView bytes : chunk.records()) {
        const fb::Record* record = read_record(bytes);
        if (!record || record->position() != position) throw StorageError("the log is damaged: no sound record at position " + std::to_string(position));
        if (const auto node = tree.append(leaf_hash(bytes))) batch_.nodes.push_back(*node);
        collector_.add(object_of(*record), record->version(), position);
        ++position;
      }
    }
    check(iterator->status(), "cannot read sealed history back");
  }

  // The first time of a key is the one that counts, also against what is sealed already.
  void write_commands() {
    std::stable_sort(kept_.begin(), kept_.end(), [](const CommandEntry& a, const CommandEntry& b) { return a.key < b.key; });
    EntryDigest digest;
    const CommandEntry* before = nullptr;
    for (const CommandEntry& command : kept_) {
      if (before && before->key == command.key) continue;
      before = &command;
      if (job_.may_be_sealed(command.key) && sealed_command(job_.store, command.key)) continue;
      const Bytes value = encode_sealed_command(command);
      commands_.put(command.key, value);
      digest.add(command.key, value);
    }
    commands_.finish();
    batch_.command_digest = digest.sum();
  }

  void take_in() {
    if (job_.stop()) throw SealingStopped{};
    std::vector<rocksdb::IngestExternalFileArg> files;
    for (const TableFile* file : {&chunks_, &objects_, &commands_, &batches_}) {
      if (file->entries() != 0) files.push_back(file->ingestion());
    }
    check(job_.store.take_in(files), "cannot take in sealed history");
  }

  const BatchJob& job_;
  Batch batch_;
  TableFile chunks_, objects_, commands_, batches_;
  Position next_;  // of the next chunk
  Bytes gathered_;
  std::vector<std::size_t> lengths_;
  ObjectCollector collector_;
  std::vector<CommandEntry> kept_;
};

}  // namespace

Batch seal_batch(const BatchJob& job) {
  Batch batch;
  try {
    job.files.remove_all(job.work);
    job.files.create_directory(job.work);
  } catch (const StorageError& error) {
    throw SealingFailed(error.what());
  }
  batch = BatchBuilder(job).build();
  try {
    job.files.remove_all(job.work);
  } catch (const StorageError&) {
    // The next one removes it.
  }
  return batch;
}

void delete_sealed(const RocksStore& store, const Head& sealed) {
  const CommitKey begin = commit_key(0, 0), end = commit_key(sealed.position + 1, sealed.commit + 1);
  const rocksdb::Slice from = slice_of(begin), to = slice_of(end);
  check(store.db().DeleteRange({}, store.tail(), from, to), "cannot delete from the tail");
  // Whole files that hold nothing else: without waiting for their compaction.
  check(rocksdb::DeleteFilesInRange(&store.db(), store.tail(), &from, &to, /*include_end=*/false), "cannot delete files of the tail");
}

}  // namespace dealog::eventstore
