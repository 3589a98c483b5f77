#include "eventstore/rocks_open.h"

#include <spdlog/spdlog.h>

#include "domain/events_generated.h"
#include "eventstore/bytes.h"
#include "eventstore/rocks_batch.h"
#include "eventstore/rocks_sealed.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;
using rocksdb::WALRecoveryMode;

constexpr auto only_unfinished_tail = WALRecoveryMode::kTolerateCorruptedTailRecords;
constexpr auto up_to_first_damage = WALRecoveryMode::kPointInTimeRecovery;

struct Scan {
  std::unique_ptr<LogIndex> index;
  std::optional<Batch> sealed;
  Head head{0, 0, empty_root()};
  Frontier frontier;
};

void check_meta(const RocksStore& store, const Uuid& account) {
  std::string value;
  const rocksdb::Status status = store.db().Get({}, store.meta(), "account", &value);
  if (!status.ok()) throw StorageError("the log does not say whose it is: " + status.ToString());
  if (value != std::string_view(reinterpret_cast<const char*>(account.bytes.data()), 16)) {
    throw StorageError("the log belongs to another account");
  }
}

void index_commit(const CommitView& commit, LogIndex& index) {
  Position position = commit.header().first;
  for (const BytesView bytes : commit.records()) {
    const fb::Record* record = read_record(bytes);
    const Version before = record ? index.version_of(object_of(*record)) : 0;
    if (!record || record->position() != position || (before != 0 && record->version() != before + 1)) {
      throw StorageError("the log is damaged: no sound record at position " + std::to_string(position));
    }
    index.add_record(object_of(*record), record->version());
    ++position;
  }
  if (commit.last() > LogIndex::most || commit.header().number > LogIndex::most) {
    throw StorageError("the log is longer than this version of dealog can index");
  }
  for (const CommandEntry& command : commit.commands()) {
    index.add_command(command.key, {static_cast<std::uint32_t>(commit.header().first),
                                    static_cast<std::uint32_t>(commit.header().number)});
  }
  index.end_commit(commit.header().number);
}

// The frontier of the whole log: the last one kept, and the leaves since. `kept`: the commit of the tail that keeps it;
// if none does, the sealed part.
Frontier frontier_of(CommitCursor& cursor, const std::optional<CommitHeader>& kept, const std::optional<Batch>& sealed) {
  Frontier frontier;
  bool more = true;
  if (kept) {
    cursor.seek_commit(kept->first, kept->number);
    frontier = *cursor.commit().frontier();
    more = cursor.next();
  } else {
    if (sealed) frontier = sealed->frontier;
    more = cursor.after(sealed ? sealed->last : 0, sealed ? sealed->last_commit : 0);
  }
  for (; more; more = cursor.next()) {
    for (const BytesView record : cursor.commit().records()) frontier.append(leaf_hash(record));
  }
  return frontier;
}

// Was this the head of the sealed part at some time? Of commits before its newest nothing is known but the tree.
bool was_sealed(const RocksStore& store, const Anchored& anchored, const Batch& sealed) {
  if (anchored.head.commit == sealed.last_commit) return anchored.head == sealed.head();
  return anchored.head.position <= sealed.last &&
         sealed_root(store, anchored.account, anchored.head.position) == anchored.head.root;
}

// Reads the newest batch and every commit behind it, checks these and what must hold between them and with the anchor.
// What is sealed was checked when it was; it is checked again when it is read, and by verification.
Scan scan(const RocksStore& store, const Anchored& anchored, std::uint64_t seal_every) {
  check_meta(store, anchored.account);
  Scan result;
  result.sealed = newest_batch(store, anchored.account);
  if (result.sealed) result.head = result.sealed->head();
  result.index = std::make_unique<LogIndex>(result.head.position, result.head.commit, seal_every);
  bool anchor_found = anchored.head == result.head;
  if (result.sealed && anchored.head.commit <= result.sealed->last_commit) {
    anchor_found = was_sealed(store, anchored, *result.sealed);
  }
  std::optional<CommitHeader> kept;
  CommitCursor cursor(store, anchored.account, Reading::far);
  for (bool more = cursor.after(result.head.position, result.head.commit); more; more = cursor.next()) {
    const CommitView& commit = cursor.commit();
    index_commit(commit, *result.index);
    result.head = commit.head();
    if (commit.frontier()) kept = commit.header();
    if (result.head.commit == anchored.head.commit) anchor_found = result.head == anchored.head;
  }
  if (result.head.commit < anchored.head.commit) {
    const Position last = result.head.position, acknowledged = anchored.head.position;
    throw StorageError("the log ends at position " + std::to_string(last) + ", commit " +
                       std::to_string(result.head.commit) + ", but position " + std::to_string(acknowledged) +
                       ", commit " + std::to_string(anchored.head.commit) +
                       " was acknowledged: its end is lost, or an older copy of it was put back");
  }
  if (!anchor_found) {
    throw StorageError("the log is an older or different copy: at position " +
                       std::to_string(anchored.head.position) + ", commit " +
                       std::to_string(anchored.head.commit) + " it does not hold what was acknowledged");
  }
  result.frontier = frontier_of(cursor, kept, result.sealed);
  if (result.frontier.size() != result.head.position || result.frontier.root() != result.head.root) {
    throw StorageError("the log is damaged: its records do not hash to the root kept with position " +
                       std::to_string(result.head.position));
  }
  return result;
}

// So that nothing is lost to a recovery that cuts the write-ahead log.
void keep_wal(const fs::path& directory, Files& files) {
  fs::path copy;
  for (int n = 1; copy.empty() || files.exists(copy); ++n) {
    copy = directory / ("wal-before-recovery-" + std::to_string(n));
  }
  files.create_directory(copy);
  for (const std::string& name : files.list(directory / "log")) {
    if (!name.ends_with(".log")) continue;
    const auto from = files.open(directory / "log" / name, OpenMode::existing);
    const auto to = files.open(copy / name, OpenMode::create_new);
    to->write_at(0, read_all(*from));
    to->sync();
  }
  files.sync_directory(copy);
  files.sync_directory(directory);
  spdlog::warn(
      "{}: the end of the write-ahead log was damaged behind all that was anchored; it was cut there, "
      "and a copy is kept in {}",
      directory.string(), copy.string());
}

// A crash may come between the sealing of a batch and the deleting of its commits.
void delete_leftovers(const RocksStore& store, const Head& sealed) {
  const std::unique_ptr<rocksdb::Iterator> first(store.db().NewIterator(read_options(Reading::near), store.tail()));
  first->SeekToFirst();
  if (!first->Valid() || first->key().compare(slice_of(commit_key(sealed.position + 1, sealed.commit + 1))) >= 0) return;
  try {
    delete_sealed(store, sealed);
  } catch (const SealingFailed& error) {
    throw StorageError(error.what());
  }
}

}  // namespace

OpenedLog open_checked(const fs::path& directory, const RocksLogOptions& options) {
  Files& files = files_of(options);
  OpenedLog opened;
  opened.anchor = read_anchor(files, directory / "anchor");
  const fs::path log = directory / "log";
  if (!files.exists(log / "CURRENT")) throw StorageError(log.string() + " is missing or is not a log");

  const auto refuse = [&](const std::string& reason) -> StorageError {
    return StorageError(log.string() + " is not opened, and nothing in it was changed: " + reason);
  };

  WALRecoveryMode recovery = only_unfinished_tail;
  std::unique_ptr<RocksStore> looked_at;
  rocksdb::Status status = RocksStore::open(log, options, Access::read_only, recovery, looked_at);
  if (status.IsCorruption()) {
    const std::string first_reason = status.ToString();
    recovery = up_to_first_damage;
    status = RocksStore::open(log, options, Access::read_only, recovery, looked_at);
    if (!status.ok()) throw refuse(first_reason);
  }
  if (!status.ok()) throw refuse(status.ToString());

  Scan found;
  try {
    found = scan(*looked_at, opened.anchor.anchored, options.seal_every);
  } catch (const StorageError& error) {
    looked_at.reset();
    throw refuse(error.what());
  }
  looked_at.reset();

  if (recovery == up_to_first_damage) keep_wal(directory, files);
  status = RocksStore::open(log, options, Access::read_write, recovery, opened.store);
  if (!status.ok()) throw StorageError("cannot open " + log.string() + ": " + status.ToString());

  // The same files were read twice; that they said the same is cheap to make sure of.
  const Uuid& account = opened.anchor.anchored.account;
  const Head sealed = found.sealed ? found.sealed->head() : Head{0, 0, empty_root()};
  const auto again = newest_batch(*opened.store, account);
  CommitCursor cursor(*opened.store, account, Reading::near);
  const bool tail = found.head.commit != sealed.commit;
  const bool same_tail = tail ? cursor.seek(found.head.position + 1) && cursor.commit().head() == found.head
                              : !cursor.after(sealed.position, sealed.commit);
  if (!same_tail || (again ? again->head() : Head{0, 0, empty_root()}) != sealed) {
    throw StorageError(log.string() + " changed while it was opened");
  }
  if (found.sealed) delete_leftovers(*opened.store, sealed);
  opened.index = std::move(found.index);
  opened.sealed = std::move(found.sealed);
  opened.head = found.head;
  opened.frontier = std::move(found.frontier);
  return opened;
}

}  // namespace dealog::eventstore
