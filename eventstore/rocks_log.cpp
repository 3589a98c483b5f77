#include "eventstore/rocks_log.h"

#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "domain/events_generated.h"
#include "eventstore/rocks_open.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

// A commit that crosses a multiple of this many leaves keeps the frontier, so that opening hashes no more
// than about this many leaves again.
constexpr std::uint64_t frontier_every = 8192;

// Reading more than this is a walk over the log: read ahead, and leave the cache to others.
constexpr Position long_read = 4096;

bool keeps_frontier(Position before, Position after) {
  return before / frontier_every != after / frontier_every;
}

}  // namespace

struct RocksLog::State {
  // The order of destruction is the reverse: the anchor's thread ends first, the store is closed last.
  OpenedLog opened;
  Uuid account;
  mutable std::shared_mutex mutex;  // Guards the index, the head and `failed`; never held during I/O.
  Head head;
  std::optional<std::string> failed;
  std::mutex appending;  // One appender: a second one waits and gets a conflict.
  Frontier frontier;     // Only the appender uses it.
  std::unique_ptr<AnchorWriter> anchor;
};

std::shared_ptr<LogResources> make_log_resources(std::size_t cache_bytes, std::size_t write_buffer_bytes) {
  return std::make_shared<LogResources>(cache_bytes, write_buffer_bytes);
}

void create_rocks_log(const fs::path& directory, const Uuid& account, const RocksLogOptions& options) {
  Files& files = options.files ? *options.files : posix_files();
  files.create_directory(directory / "log");
  std::unique_ptr<RocksStore> store;
  rocksdb::Status status = RocksStore::open(directory / "log", options, Access::create,
                                            rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, store);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Slice id(reinterpret_cast<const char*>(account.bytes.data()), account.bytes.size());
  if (status.ok()) status = store->db().Put(synced, store->meta(), "account", id);
  // Out of the write-ahead log, so that losing that one loses no more than commits.
  if (status.ok()) status = store->db().Flush({}, store->meta());
  if (!status.ok()) {
    throw StorageError("cannot make " + (directory / "log").string() + ": " + status.ToString());
  }
  store.reset();
  create_anchor(files, directory / "anchor", account);
}

RocksLog::RocksLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<RocksLog> RocksLog::open(const fs::path& directory, const RocksLogOptions& options) {
  Files& files = options.files ? *options.files : posix_files();
  auto state = std::make_unique<State>();
  state->opened = open_checked(directory, options);
  state->account = state->opened.anchor.anchored.account;
  state->head = state->opened.head;
  state->frontier = state->opened.frontier;
  std::unique_ptr<RocksLog> log(new RocksLog(std::move(state)));
  log->state_->anchor = std::make_unique<AnchorWriter>(
      files, directory / "anchor", log->state_->opened.anchor,
      [at = log.get()](const std::string& reason) { at->fail("the anchor: " + reason); });
  log->state_->anchor->note(log->state_->head);
  return log;
}

RocksLog::~RocksLog() {
  try {
    if (state_->anchor) state_->anchor->flush();
  } catch (const StorageError& error) {
    spdlog::error("while closing a log: {}", error.what());
  }
}

void RocksLog::fail(const std::string& reason) {
  const std::unique_lock lock(state_->mutex);
  if (state_->failed) return;
  state_->failed = "the log has failed and takes no more commits until a restart: " + reason;
  spdlog::critical("{}", *state_->failed);
}

std::variant<Head, Conflict> RocksLog::append(const Head& expected, const Commit& commit) {
  const std::lock_guard appending(state_->appending);
  if (const auto reason = failed()) throw StorageError(*reason);
  const Head before = head();
  if (expected.position != before.position || expected.commit != before.commit) return Conflict{before};
  const auto objects = check_commit(commit, before, [this](ObjectRef object) { return version_of(object); });
  if (before.position + objects.size() > LogIndex::most || before.commit + 1 > LogIndex::most) {
    throw StorageError("the log is full: it holds as many events as this version of dealog can index");
  }

  Frontier frontier = state_->frontier;
  for (const BytesView record : commit.records) frontier.append(leaf_hash(record));
  const Head after{frontier.size(), before.commit + 1, frontier.root()};
  const CommitHeader header{state_->account, after.commit, before.position + 1, after.root};
  const Bytes bytes =
      encode_commit(header, commit, keeps_frontier(before.position, after.position) ? &frontier : nullptr);

  const CommitKey key = commit_key(header.first, header.number);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const RocksStore& store = *state_->opened.store;
  const rocksdb::Status status = store.db().Put(synced, store.tail(), {key.data(), key.size()},
                                                {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!status.ok()) {
    fail("commit " + std::to_string(after.commit) + " after position " + std::to_string(before.position) +
         " could not be written: " + status.ToString());
    throw StorageError(*failed());
  }

  state_->frontier = std::move(frontier);
  {
    const std::unique_lock lock(state_->mutex);
    for (const ObjectRef object : objects) state_->opened.index->add_record(object);
    for (const CommandEntry& command : commit.commands) {
      state_->opened.index->add_command(
          command.key, {static_cast<std::uint32_t>(header.first), static_cast<std::uint32_t>(header.number)});
    }
    state_->head = after;
  }
  state_->anchor->note(after);
  return after;
}

namespace {

// Gives the record with these bytes to `visit`. Throws when it is not the sound one of that position.
bool show(BytesView bytes, Position position, const std::function<bool(const StoredRecord&)>& visit) {
  const fb::Record* record = read_record(bytes);
  if (!record || record->position() != position) {
    throw StorageError("the log is damaged: no sound record at position " + std::to_string(position));
  }
  return visit(StoredRecord{bytes, *record});
}

}  // namespace

void RocksLog::read(Position after, Position to,
                    const std::function<bool(const StoredRecord&)>& visit) const {
  const Position end = std::min(to, head().position);
  if (after >= end) return;
  CommitCursor cursor(*state_->opened.store, state_->account,
                      end - after > long_read ? CommitCursor::Reading::far : CommitCursor::Reading::near);
  if (!cursor.seek(after + 1) || cursor.commit().last() <= after) {
    throw StorageError("the log is damaged: position " + std::to_string(after + 1) + " is missing");
  }
  for (Position position = after; position < end;) {
    if (position >= cursor.commit().last()) {
      if (!cursor.next()) {
        throw StorageError("the log is damaged: position " + std::to_string(position + 1) + " is missing");
      }
      continue;
    }
    const CommitView& commit = cursor.commit();
    ++position;
    if (!show(commit.records()[position - commit.header().first], position, visit)) return;
  }
}

void RocksLog::read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                           Version after) const {
  std::vector<Position> positions;
  {
    const std::shared_lock lock(state_->mutex);
    positions = state_->opened.index->positions(object, last);
  }
  if (positions.size() <= after) return;
  RecordFinder finder(*state_->opened.store, state_->account);
  for (const Position position : std::span(positions).subspan(after)) {
    if (!show(finder.record(position), position, visit)) return;
  }
}

Version RocksLog::version_of(ObjectRef object) const {
  const std::shared_lock lock(state_->mutex);
  return state_->opened.index->version_of(object);
}

std::optional<CommandEntry> RocksLog::find_command(const Hash16& key) const {
  std::optional<CommandPlace> place;
  {
    const std::shared_lock lock(state_->mutex);
    place = state_->opened.index->find_command(key);
  }
  if (!place) return std::nullopt;
  return RecordFinder(*state_->opened.store, state_->account).command(place->first, place->commit, key);
}

Head RocksLog::head() const {
  const std::shared_lock lock(state_->mutex);
  return state_->head;
}

std::optional<std::string> RocksLog::failed() const {
  const std::shared_lock lock(state_->mutex);
  return state_->failed;
}

void RocksLog::read_commits(const std::function<bool(const CommitView&)>& visit) const {
  const Head end = head();
  CommitCursor cursor(*state_->opened.store, state_->account, CommitCursor::Reading::far);
  std::uint64_t seen = 0;
  for (bool more = cursor.first(); more && seen < end.commit; more = cursor.next()) {
    seen = cursor.commit().header().number;
    if (!visit(cursor.commit())) return;
  }
  if (seen != end.commit) {
    throw StorageError("the log is damaged: commit " + std::to_string(seen + 1) + " is missing");
  }
}

const Uuid& RocksLog::account() const { return state_->account; }

void RocksLog::flush_anchor() { state_->anchor->flush(); }

void RocksLog::close() {
  state_->anchor->flush();
  state_->anchor.reset();
  RocksStore& store = *state_->opened.store;
  rocksdb::Status status = store.db().Flush({}, store.tail());
  const rocksdb::Status closed = store.close();
  if (status.ok()) status = closed;
  if (!status.ok()) throw StorageError("while closing the log: " + status.ToString());
}

}  // namespace dealog::eventstore
