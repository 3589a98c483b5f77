#include "eventstore/rocks_sealed.h"

#include <algorithm>
#include <limits>

#include "eventstore/bytes.h"

namespace dealog::eventstore {

namespace {

StorageError damaged(Position position, const std::string& why) {
  return StorageError("the log is damaged at position " + std::to_string(position) + ": " + why);
}

constexpr std::string_view batch_prefix = "batch";

Batch decoded(const rocksdb::Iterator& at, const Uuid& account) {
  std::string why;
  auto batch = decode_batch(view_of(at.value()), why);
  if (!batch) throw StorageError("the log is damaged: a sealed batch is not sound: " + why);
  if (batch->account != account) throw StorageError("the log holds a sealed batch of another account");
  if (at.key() != slice_of(batch_key(batch->last_commit))) {
    throw damaged(batch->first, "a sealed batch stands under the key of another");
  }
  return std::move(*batch);
}

bool at_batch(const rocksdb::Iterator& iterator) {
  if (iterator.Valid()) return iterator.key().starts_with(rocksdb::Slice(batch_prefix.data(), batch_prefix.size()));
  if (!iterator.status().ok()) throw StorageError("the log is damaged: " + iterator.status().ToString());
  return false;
}

}  // namespace

ChunkCursor::ChunkCursor(const RocksStore& store, const Uuid& account, Reading reading)
    : account_(account), iterator_(store.db().NewIterator(read_options(reading), store.log())) {}

void ChunkCursor::seek(Position position) {
  iterator_->SeekForPrev(slice_of(chunk_key(position)));
  load(position);
}

void ChunkCursor::next() {
  const Position position = view_.last() + 1;
  iterator_->Next();
  load(position);
  if (view_.first() != position) throw damaged(position, "its chunk overlaps the one before");
}

void ChunkCursor::load(Position position) {
  if (!iterator_->Valid()) {
    throw damaged(position, iterator_->status().ok() ? "no chunk holds it" : iterator_->status().ToString());
  }
  const BytesView value = view_of(iterator_->value());
  buffer_.resize(value.size() / 8 + 1);
  std::memcpy(buffer_.data(), value.data(), value.size());
  std::string why;
  if (!view_.read({reinterpret_cast<const std::uint8_t*>(buffer_.data()), value.size()}, why)) {
    throw damaged(position, "its chunk is not sound: " + why);
  }
  if (view_.account() != account_) throw damaged(position, "a chunk of another account is there");
  if (iterator_->key() != slice_of(chunk_key(view_.first()))) throw damaged(position, "its chunk stands under the key of another");
  if (view_.first() > position || view_.last() < position) throw damaged(position, "no chunk holds it");
}

rocksdb::Iterator& SealedObjects::iterator(Position sealed) {
  if (!iterator_ || seen_ < sealed) {
    rocksdb::ReadOptions options = read_options(Reading::near);
    options.prefix_same_as_start = true;
    iterator_.reset(store_.db().NewIterator(options, store_.index()));
    seen_ = sealed;
  }
  return *iterator_;
}

// The entry that the iterator is at, when it is one of this object.
std::optional<ObjectPositions> SealedObjects::here(ObjectRef object) {
  if (!iterator_->Valid()) {
    if (!iterator_->status().ok()) throw StorageError("the index of sealed events is damaged: " + iterator_->status().ToString());
    return std::nullopt;
  }
  const ObjectKey prefix = object_key(object, 0);
  if (!iterator_->key().starts_with({prefix.data(), object_prefix})) return std::nullopt;
  auto entry = decode_positions(view_of(iterator_->key()), view_of(iterator_->value()));
  if (!entry) throw StorageError("the index of sealed events is damaged: an entry of " + to_string(object.id) + " is not sound");
  return entry;
}

Version SealedObjects::version_of(ObjectRef object, Position sealed) {
  iterator(sealed).SeekForPrev(slice_of(object_key(object, std::numeric_limits<Position>::max())));
  const auto newest = here(object);
  return newest ? newest->last_version() : 0;
}

std::vector<Position> SealedObjects::positions(ObjectRef object, Version after, Version last, Position until) {
  std::vector<Position> found;
  Version version = 0;
  iterator(until).Seek(slice_of(object_key(object, 0)));
  for (auto entry = here(object); entry; iterator_->Next(), entry = here(object)) {
    if (entry->first_version != version + 1) {
      throw StorageError("the index of sealed events is damaged: version " + std::to_string(version + 1) + " of " +
                         to_string(object.id) + " is missing");
    }
    for (const Position position : entry->positions) {
      if (++version > last || position > until) return found;
      if (version > after) found.push_back(position);
    }
  }
  return found;
}

std::optional<CommandEntry> sealed_command(const RocksStore& store, const Hash16& key) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = store.db().Get(read_options(Reading::near), store.commands(), slice_of(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) throw StorageError("the commands of sealed history are damaged: " + status.ToString());
  auto command = decode_sealed_command(key, view_of(value));
  if (!command) throw StorageError("the commands of sealed history are damaged: one is not sound");
  return command;
}

bool read_entries(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, const std::function<bool(BytesView, BytesView)>& visit) {
  rocksdb::ReadOptions options = read_options(Reading::far);
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> iterator(store.db().NewIterator(options, family));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
    if (!visit(view_of(iterator->key()), view_of(iterator->value()))) return false;
  if (!iterator->status().ok()) throw StorageError("the index or the commands of sealed history are damaged: " + iterator->status().ToString());
  return true;
}

void read_batches(const RocksStore& store, const Uuid& account, const std::function<bool(const Batch&)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> iterator(store.db().NewIterator(read_options(Reading::near), store.meta()));
  Position position = 0;
  std::uint64_t commit = 0;
  for (iterator->Seek(slice_of(batch_prefix)); at_batch(*iterator); iterator->Next()) {
    const Batch batch = decoded(*iterator, account);
    if (batch.first != position + 1 || batch.first_commit != commit + 1) {
      throw StorageError("the log has a hole: the sealed batch behind position " + std::to_string(position) + ", commit " +
                         std::to_string(commit) + " is missing");
    }
    position = batch.last;
    commit = batch.last_commit;
    if (!visit(batch)) return;
  }
}

std::optional<Batch> newest_batch(const RocksStore& store, const Uuid& account) {
  const std::unique_ptr<rocksdb::Iterator> iterator(store.db().NewIterator(read_options(Reading::near), store.meta()));
  iterator->SeekForPrev(slice_of(batch_key(std::numeric_limits<std::uint64_t>::max())));
  if (!at_batch(*iterator)) return std::nullopt;
  return decoded(*iterator, account);
}

Hash32 sealed_root(const RocksStore& store, const Uuid& account, Position size) {
  // A tree over kept nodes has the shape of the tree above their height.
  Frontier above, below;
  const std::uint64_t whole = size / node_leaves;
  read_batches(store, account, [&](const Batch& batch) {
    for (const Hash32& node : batch.nodes) {
      if (above.size() < whole) above.append(node);
    }
    return above.size() < whole;
  });
  if (above.size() != whole) throw StorageError("position " + std::to_string(size) + " is not sealed");
  if (size % node_leaves != 0) {
    ChunkCursor cursor(store, account, Reading::near);
    cursor.seek(whole * node_leaves + 1);
    for (Position position = whole * node_leaves + 1; position <= size; ++position) {
      if (position > cursor.chunk().last()) cursor.next();
      below.append(leaf_hash(cursor.chunk().record(position)));
    }
  }
  std::vector<Hash32> nodes = above.nodes();
  nodes.insert(nodes.end(), below.nodes().begin(), below.nodes().end());
  return Frontier::restore(size, nodes)->root();
}

RecordFinder::RecordFinder(const RocksStore& store, const Uuid& account, const std::atomic<Position>& sealed)
    : store_(store), account_(account), iterator_(store.db().NewIterator({}, store.tail())), sealed_(sealed.load()) {}

void RecordFinder::load(Position position) {
  glance_.reset();
  if (!iterator_->Valid()) {
    throw damaged(position, iterator_->status().ok() ? "nothing is there" : iterator_->status().ToString());
  }
  std::string why;
  glance_ = CommitGlance::at(view_of(iterator_->value()), why);
  if (!glance_) throw damaged(position, why);
  if (glance_->header().account != account_) throw damaged(position, "a commit of another account is there");
}

BytesView RecordFinder::record(Position position) {
  if (position <= sealed_) {
    if (!chunks_) chunks_.emplace(store_, account_, Reading::near);
    const ChunkView& chunk = chunks_->chunk();
    if (chunk.records().empty() || position < chunk.first() || position > chunk.last()) chunks_->seek(position);
    return chunk.record(position);
  }
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
  iterator_->Seek(slice_of(commit_key(first, number)));
  load(first);
  const auto entry = glance_->header().number == number ? glance_->command_with(key) : std::nullopt;
  if (!entry) {
    throw StorageError("the log is damaged: a command is missing from commit " + std::to_string(number));
  }
  return *entry;
}

}  // namespace dealog::eventstore
