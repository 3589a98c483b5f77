#include "eventstore/rocks_log.h"

#include <rocksdb/utilities/checkpoint.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "domain/events_generated.h"
#include "eventstore/key_filter.h"
#include "eventstore/recent_records.h"
#include "eventstore/rocks_open.h"
#include "eventstore/rocks_sealed.h"
#include "eventstore/sealer.h"
#include "eventstore/version_memory.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

// A commit that crosses a multiple of this many leaves keeps the frontier, so that opening hashes no more
// than about this many leaves again.
constexpr std::uint64_t frontier_every = 8192;

// Reading more than this is a walk over the log: read ahead, and leave the cache to others.
constexpr Position long_read = 4096;

// So many keys are added to the filter under the lock at once: tens of microseconds.
constexpr std::size_t keys_at_once = 1024;

bool keeps_frontier(Position before, Position after) {
  return before / frontier_every != after / frontier_every;
}

}  // namespace

struct RocksLog::State {
  // The order of destruction is the reverse: filling and sealing end first, then the anchor's thread; the store is closed last.
  OpenedLog opened;
  Uuid account;
  mutable std::shared_mutex mutex;  // Guards the index, the head and `failed`; never held during I/O.
  Head head;
  std::optional<std::string> failed;
  std::mutex appending;  // One appender: a second one waits and gets a conflict.
  Frontier frontier;     // Only the appender uses it.
  VersionMemory versions;  // As well.
  std::unique_ptr<AnchorWriter> anchor;
  std::atomic<Position> sealed = 0;        // Changed under `mutex`; rocks_sealed.h tells how it is read.
  std::atomic<bool> any_sealed = false;    // A batch may be one of commands alone.
  RecentRecords recent;
  KeyFilter sealed_keys;                   // Guarded by `mutex`.
  bool knows_sealed_keys = false;          // The filter has all of them. Guarded by `mutex`.
  std::unique_ptr<Sealer> sealer;
  std::jthread filling;                    // Of the filter, with what was sealed before the opening.

  // False: no sealed command has the key. REQUIRES: `mutex` is held.
  bool may_be_sealed(const Hash16& key) const { return !knows_sealed_keys || sealed_keys.may_contain(key); }
  void know(std::span<const Hash16> keys) {
    for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), keys_at_once))) {
      std::size_t wanted = 0;
      {
        const std::shared_lock lock(mutex);
        wanted = sealed_keys.blocks_wanted();
      }
      KeyFilter::Blocks blocks(wanted);
      const std::unique_lock lock(mutex);
      if (wanted != 0 && sealed_keys.blocks_wanted() == wanted) sealed_keys.grow(std::move(blocks));
      for (const Hash16& key : keys.first(std::min(keys.size(), keys_at_once))) sealed_keys.add(key);
    }
  }
  void fill_filter(const std::stop_token& stop);
};

// Until it is through, and where it cannot be, new keys are looked for on the disk.
void RocksLog::State::fill_filter(const std::stop_token& stop) {
  try {
    std::vector<Hash16> keys;
    const bool all = read_entries(*opened.store, opened.store->commands(), [&](BytesView key, BytesView) {
      if (key.size() != sizeof(Hash16)) throw StorageError("a sealed command has no sound key");
      std::ranges::copy(key, keys.emplace_back().begin());
      if (keys.size() < keys_at_once) return true;
      know(keys);
      keys.clear();
      return !stop.stop_requested();
    });
    if (!all) return;
    know(keys);
    const std::unique_lock lock(mutex);
    knows_sealed_keys = true;
  } catch (const std::exception& error) {
    spdlog::error("the keys of sealed commands cannot be read: {}", error.what());
  }
}

std::shared_ptr<LogResources> make_log_resources(std::size_t cache_bytes, std::size_t write_buffer_bytes) {
  return std::make_shared<LogResources>(cache_bytes, write_buffer_bytes);
}

Files& files_of(const RocksLogOptions& options) { return options.files ? *options.files : posix_files(); }

void create_rocks_log(const fs::path& directory, const Uuid& account, const RocksLogOptions& options) {
  Files& files = files_of(options);
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
  create_anchor(files, directory / "anchor", account, Head{0, 0, empty_root()});
}

RocksLog::RocksLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<RocksLog> RocksLog::open(const fs::path& directory, const RocksLogOptions& options) {
  Files& files = files_of(options);
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
  log->start_sealing(directory / "sealing", files, options.seal_every != 0);
  return log;
}

void RocksLog::start_sealing(const fs::path& work, Files& files, bool is_sealing) {
  State& state = *state_;
  if (files.exists(work)) files.remove_all(work);
  Frontier frontier;
  if (const auto& newest = state.opened.sealed) {
    frontier = newest->frontier;
    state.sealed = newest->last;
    state.any_sealed = true;
  }
  const auto due = [&state] {
    const std::shared_lock lock(state.mutex);
    return state.opened.index->oldest_full();
  };
  state.knows_sealed_keys = !state.any_sealed;
  // Who does not seal asks for no keys either: backups, and what they are restored by.
  if (state.any_sealed && is_sealing) state.filling = std::jthread([&state](const std::stop_token& stop) { state.fill_filter(stop); });
  const auto sealed = [&state](const Batch& batch) {
    std::vector<Hash16> keys;
    {
      const std::shared_lock lock(state.mutex);
      keys = state.opened.index->oldest_keys();
    }
    state.know(keys);
    std::shared_ptr<void> segment;  // Freed when the lock is not held any more.
    const std::unique_lock lock(state.mutex);
    state.any_sealed = true;
    state.sealed = batch.last;
    segment = state.opened.index->drop_oldest();
  };
  const auto may_be_sealed = [&state](const Hash16& key) {
    const std::shared_lock lock(state.mutex);
    return state.may_be_sealed(key);
  };
  state.sealer = std::make_unique<Sealer>(
      Sealer::Log{*state.opened.store, state.account, files, work, due, may_be_sealed, [&state] { state.anchor->flush(); }, sealed,
                  [this](const std::string& reason) { fail("while sealing: " + reason); }},
      std::move(frontier));
  if (due()) state.sealer->wake();
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
  SealedObjects sealed_objects(*state_->opened.store);
  const auto objects = check_commit(commit, before, [&](ObjectRef object, Version claimed) {
    if (claimed != 0 && state_->versions.find(object) == claimed) return claimed;
    return version_in(object, sealed_objects);
  });
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
  for (std::size_t i = 0; i < objects.size(); ++i) state_->versions.put(objects[i], trusted_record(commit.records[i])->version());
  state_->recent.add(header.first, commit.records);
  bool seal = false;
  {
    const std::unique_lock lock(state_->mutex);
    LogIndex& index = *state_->opened.index;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      index.add_record(objects[i], trusted_record(commit.records[i])->version());
    }
    for (const CommandEntry& command : commit.commands) {
      index.add_command(command.key,
                        {static_cast<std::uint32_t>(header.first), static_cast<std::uint32_t>(header.number)});
    }
    index.end_commit(header.number);
    seal = index.oldest_full().has_value();
    state_->head = after;
  }
  state_->anchor->note(after);
  if (seal) state_->sealer->wake();
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
  const Reading reading = end - after > long_read ? Reading::far : Reading::near;
  // The tail first, then what is sealed: rocks_sealed.h tells why.
  CommitCursor tail(*state_->opened.store, state_->account, reading);
  const Position sealed = std::min(state_->sealed.load(), end);
  Position position = after;
  if (position < sealed) {
    ChunkCursor chunks(*state_->opened.store, state_->account, reading);
    for (chunks.seek(position + 1);; chunks.next()) {
      const ChunkView& chunk = chunks.chunk();
      while (position < std::min(sealed, chunk.last())) {
        ++position;
        if (!show(chunk.record(position), position, visit)) return;
      }
      if (position == sealed) break;
    }
  }
  if (position == end) return;
  if (!tail.seek(position + 1) || tail.commit().last() <= position) {
    throw StorageError("the log is damaged: position " + std::to_string(position + 1) + " is missing");
  }
  while (position < end) {
    if (position >= tail.commit().last()) {
      if (!tail.next()) {
        throw StorageError("the log is damaged: position " + std::to_string(position + 1) + " is missing");
      }
      continue;
    }
    const CommitView& commit = tail.commit();
    ++position;
    if (!show(commit.records()[position - commit.header().first], position, visit)) return;
  }
}

std::vector<Position> RocksLog::positions_of(ObjectRef object, Version after, Version last) const {
  std::optional<TailPositions> tail;
  Position sealed = 0;
  {
    const std::shared_lock lock(state_->mutex);
    tail = state_->opened.index->positions(object, last);
    sealed = state_->sealed;
  }
  const Version before = tail ? std::min(tail->before, last) : last;  // Of the sealed ones, as many at most.
  std::vector<Position> positions;
  if (after < before && sealed != 0) {
    positions = SealedObjects(*state_->opened.store).positions(object, after, before, sealed);
  }
  if (!tail) return positions;
  if (after < before && positions.size() != before - after) {
    throw StorageError("the index of sealed events is damaged: versions of " + to_string(object.id) + " are missing");
  }
  const std::size_t skipped = after > tail->before ? after - tail->before : 0;
  if (skipped < tail->positions.size()) {
    positions.insert(positions.end(), tail->positions.begin() + static_cast<std::ptrdiff_t>(skipped), tail->positions.end());
  }
  return positions;
}

void RocksLog::read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                           Version after) const {
  const std::vector<Position> positions = positions_of(object, after, last);
  if (positions.empty()) return;
  std::optional<RecordFinder> finder;  // made when the newest records in memory do not do
  Version version = after;
  for (const Position position : positions) {
    const auto visit_checked = [&](const StoredRecord& stored) {
      if (object_of(stored.record) != object || stored.record.version() != version) {
        throw StorageError("the log is damaged: at position " + std::to_string(position) + " is not version " +
                           std::to_string(version) + " of " + to_string(object.id));
      }
      return visit(stored);
    };
    ++version;
    const RecentRecords::Found recent = state_->recent.find(position);
    if (recent.bytes.empty() && !finder) finder.emplace(*state_->opened.store, state_->account, state_->sealed);
    if (!show(recent.bytes.empty() ? finder->record(position) : recent.bytes, position, visit_checked)) return;
  }
}

Version RocksLog::version_in(ObjectRef object, SealedObjects& sealed_objects) const {
  Position sealed = 0;
  {
    const std::shared_lock lock(state_->mutex);
    if (const Version version = state_->opened.index->version_of(object)) return version;
    sealed = state_->sealed;
  }
  return sealed == 0 ? 0 : sealed_objects.version_of(object, sealed);
}

Version RocksLog::version_of(ObjectRef object) const {
  SealedObjects sealed_objects(*state_->opened.store);
  return version_in(object, sealed_objects);
}

std::optional<CommandEntry> RocksLog::find_command(const Hash16& key) const {
  if (key == Hash16{}) return std::nullopt;
  std::optional<CommandPlace> place;
  bool may_be_sealed = false;
  {
    const std::shared_lock lock(state_->mutex);
    place = state_->opened.index->find_command(key);
    may_be_sealed = state_->may_be_sealed(key);
  }
  const RocksStore& store = *state_->opened.store;
  if (!place) return may_be_sealed ? sealed_command(store, key) : std::nullopt;
  // The tail first, then what is sealed. The first time counts, so that the sealed one is the right one.
  RecordFinder finder(store, state_->account, state_->sealed);
  if (state_->any_sealed) {
    if (auto command = sealed_command(store, key)) return command;
  }
  return finder.command(place->first, place->commit, key);
}

Head RocksLog::head() const {
  const std::shared_lock lock(state_->mutex);
  return state_->head;
}

std::optional<std::string> RocksLog::failed() const {
  const std::shared_lock lock(state_->mutex);
  return state_->failed;
}

void RocksLog::read_parts(const LogParts& parts) const {
  const auto held = state_->sealer->hold();
  const Head end = head();
  const RocksStore& store = *state_->opened.store;
  ChunkCursor chunks(store, state_->account, Reading::far);
  Head sealed{0, 0, empty_root()};
  read_batches(store, state_->account, [&](const Batch& batch) {
    parts.batch(batch);
    for (Position position = batch.first; position <= batch.last; position = chunks.chunk().last() + 1) {
      position == 1 ? chunks.seek(position) : chunks.next();
      if (chunks.chunk().last() > batch.last) {
        throw StorageError("the log is damaged at position " + std::to_string(position) + ": a chunk crosses the end of its batch");
      }
      parts.chunk(chunks.chunk());
    }
    sealed = batch.head();
    return true;
  });
  CommitCursor cursor(store, state_->account, Reading::far);
  std::uint64_t seen = sealed.commit;
  for (bool more = cursor.after(sealed.position, sealed.commit); more && seen < end.commit; more = cursor.next()) {
    seen = cursor.commit().header().number;
    parts.commit(cursor.commit());
  }
  if (seen != end.commit) {
    throw StorageError("the log is damaged: commit " + std::to_string(seen + 1) + " is missing");
  }
  const auto all_to = [](const auto& visit) {
    return [&visit](BytesView key, BytesView value) {
      visit(key, value);
      return true;
    };
  };
  read_entries(store, store.index(), all_to(parts.index_entry));
  read_entries(store, store.commands(), all_to(parts.command_entry));
}

Position RocksLog::sealed() const { return state_->sealed; }

void RocksLog::seal() {
  state_->sealer->wake();
  state_->sealer->wait();
  if (const auto trouble = state_->sealer->trouble()) throw StorageError("sealing has ended: " + *trouble);
}

std::vector<Hash32> RocksLog::kept_nodes() const {
  std::vector<Hash32> nodes;
  read_batches(*state_->opened.store, state_->account, [&](const Batch& batch) {
    nodes.insert(nodes.end(), batch.nodes.begin(), batch.nodes.end());
    return true;
  });
  return nodes;
}

Hash32 RocksLog::root_at(Position position) const {
  const RocksStore& store = *state_->opened.store;
  const auto newest = newest_batch(store, state_->account);
  if (newest && position <= newest->last) return sealed_root(store, state_->account, position);
  Frontier frontier = newest ? newest->frontier : Frontier{};
  read(frontier.size(), position, [&](const StoredRecord& record) {
    frontier.append(leaf_hash(record.bytes));
    return true;
  });
  return frontier.root();
}

void RocksLog::copy_to(const fs::path& to) const {
  // RocksDB copies its manifest first and its write-ahead log last: a batch sealed between the two would be in the copy
  // only as what its sealing deleted from the tail.
  const auto held = state_->sealer->hold();
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&state_->opened.store->db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(to.string());
  if (!status.ok()) throw StorageError("cannot copy the log to " + to.string() + ": " + status.ToString());
}

const Uuid& RocksLog::account() const { return state_->account; }

void RocksLog::flush_anchor() { state_->anchor->flush(); }

void RocksLog::close() {
  state_->filling = {};
  state_->sealer.reset();
  state_->anchor->flush();
  state_->anchor.reset();
  RocksStore& store = *state_->opened.store;
  rocksdb::Status status = store.db().Flush({}, store.tail());
  const rocksdb::Status closed = store.close();
  if (status.ok()) status = closed;
  if (!status.ok()) throw StorageError("while closing the log: " + status.ToString());
}

}  // namespace dealog::eventstore
