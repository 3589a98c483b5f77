#pragma once
// The log on disk: RocksDB under `<account>/log`, checked against `<account>/anchor`.
//
// Operation. A commit is one key in the column family `tail`, written with one synced batch; what is needed
// to find objects and commands of the tail is in memory (log_index.h) and rebuilt at opening by reading its commits.
// Every 64 Ki events the oldest of them are sealed in the background (sealer.h, rocks_batch.h): packed into chunks, with
// an index of objects and commands on disk. Opening reads the newest batch and the tail, never all.
//
// Opening never loses silently. (1) The log is opened read-only, so that nothing is touched, with a recovery
// that accepts only an unfinished last write. (2) If RocksDB calls that corruption (a power cut may leave a
// hole in what was not synced yet), it is opened read-only up to the hole. (3) If what is there reaches the
// anchor, with the anchor's root, the log is good: after (2) the write-ahead log is copied to
// `<account>/wal-before-recovery-<n>` before it is cut. If not, opening is refused, naming the positions.
//
// Concurrency and durability: as in event_log.h. No reader may be at work when the log is destroyed.

#include <filesystem>

#include "eventstore/anchor.h"
#include "eventstore/batch_codec.h"
#include "eventstore/chunk_codec.h"
#include "eventstore/commit_codec.h"
#include "eventstore/event_log.h"

namespace rocksdb {
class Env;
}

namespace dealog::eventstore {

class SealedObjects;

// What open accounts share: a block cache and a budget for write buffers.
class LogResources;
std::shared_ptr<LogResources> make_log_resources(std::size_t cache_bytes = 256u << 20,
                                                 std::size_t write_buffer_bytes = 256u << 20);

struct RocksLogOptions {
  std::shared_ptr<LogResources> resources;  // Null: some of its own.
  Files* files = nullptr;                   // Null: posix_files().
  rocksdb::Env* env = nullptr;              // Null: rocksdb::Env::Default(). Lives longer than the log.
  std::uint64_t seal_every = 65536;         // Events, or commands, of a batch; 0: nothing is sealed.
};

// Where its own files lie.
Files& files_of(const RocksLogOptions& options);

// All that a log consists of, for verification: each sealed batch, then its chunks; the commits of the tail; the entries
// of the index and the commands of sealed history, in the order of their keys, as bytes.
struct LogParts {
  std::function<void(const Batch&)> batch;
  std::function<void(const ChunkView&)> chunk;
  std::function<void(const CommitView&)> commit;
  std::function<void(BytesView key, BytesView value)> index_entry, command_entry;
};

// Makes `<directory>/log` and `<directory>/anchor`, synced, for a log without commits.
void create_rocks_log(const std::filesystem::path& directory, const Uuid& account,
                      const RocksLogOptions& options);

class RocksLog final : public EventLog {
 public:
  // Throws StorageError when opening is refused, as told above; then nothing has been changed.
  static std::unique_ptr<RocksLog> open(const std::filesystem::path& directory,
                                        const RocksLogOptions& options);
  // Writes the anchor. Errors are logged; call close() first to have them thrown.
  ~RocksLog() override;

  std::variant<Head, Conflict> append(const Head& expected, const Commit& commit) override;
  void read(Position after, Position to,
            const std::function<bool(const StoredRecord&)>& visit) const override;
  void read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                   Version after = 0) const override;
  Version version_of(ObjectRef object) const override;
  std::optional<CommandEntry> find_command(const Hash16& key) const override;
  std::vector<Hash32> kept_nodes() const override;
  Head head() const override;
  std::optional<std::string> failed() const override;

  // Up to the head when it starts; nothing is sealed meanwhile. Chunks and commits are checked by their checksums and
  // for holes. Throws StorageError at the first damaged part, and whatever the functions throw.
  void read_parts(const LogParts& parts) const;
  const Uuid& account() const;
  // Everything up to there is sealed.
  Position sealed() const;
  // Seals what is due and returns when it is done. Throws StorageError with the reason when sealing has ended.
  void seal();
  // The root of the tree as it was at that position. REQUIRES: position <= head().position. Throws StorageError.
  Hash32 root_at(Position position) const;
  // Copies what RocksDB holds, without holding up commits, into `to`, which must not exist: a directory `log` that
  // opens with every commit that was acknowledged before, and maybe later ones. Throws StorageError.
  void copy_to(const std::filesystem::path& to) const;
  // Waits until the anchor tells of the newest commit. Throws StorageError when it cannot be written.
  void flush_anchor();
  // Anchors the head, flushes what RocksDB holds in memory and closes: the next opening has nothing to
  // replay. Throws StorageError. After it, only the destructor may be called.
  void close();

 private:
  struct State;
  explicit RocksLog(std::unique_ptr<State> state);
  void fail(const std::string& reason);
  void start_sealing(const std::filesystem::path& work, Files& files, bool is_sealing);
  Version version_in(ObjectRef object, SealedObjects& sealed_objects) const;
  std::vector<Position> positions_of(ObjectRef object, Version after, Version last) const;

  std::unique_ptr<State> state_;
};

}  // namespace dealog::eventstore
