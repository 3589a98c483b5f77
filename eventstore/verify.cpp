#include "eventstore/verify.h"

#include <algorithm>

#include "domain/events_generated.h"
#include "eventstore/flat_table.h"
#include "eventstore/log_index.h"
#include "eventstore/verify_audit.h"
#include "eventstore/verify_files.h"

namespace dealog::eventstore {

namespace {

constexpr Position report_every = 65536;

class Verifier {
 public:
  Verifier(const Keyring& keys, const Anchored& anchored, AuditVerifier& audit, FileVerifier& files, const std::function<void(Position)>& progress, VerifyReport& report)
      : keys_(keys), anchored_(anchored), audit_(audit), files_(files), progress_(progress), report_(report) {}

  // Each throws StorageError at the first thing that is wrong; `report.head` and `at` say how far all was well.
  void batch(const Batch& batch) {
    end_batch();
    open_ = batch;
    node_ = 0;
    if (batch.first == batch.last + 1) end_batch();
  }

  void chunk(const ChunkView& chunk) {
    for (const BytesView bytes : chunk.records()) {
      const ObjectRef object = record(bytes);
      collector_.add(object, versions_[object], at);
      if (at % node_leaves == 0 && open_->nodes[node_++] != newest_node_) throw StorageError("a kept node of the tree is not what the records hash to");
    }
    if (at == open_->last) end_batch();
  }

  void commit(const CommitView& commit) {
    end_batch();
    for (const BytesView bytes : commit.records()) record(bytes);
    for (const CommandEntry& entry : commit.commands()) command(entry, commit.last());
    if (tree_.frontier().root() != commit.header().root) {
      throw StorageError("the records up to here do not hash to the root that the commit keeps");
    }
    report_.head = commit.head();
    ++report_.commits;
    if (report_.head.commit == anchored_.head.commit && report_.head != anchored_.head) {
      throw StorageError("the anchor tells of another log");
    }
  }

  void index_entry(BytesView key, BytesView value) {
    const auto entry = decode_positions(key, value);
    if (!entry) throw StorageError("an entry of the index of objects is not sound");
    const auto batch = std::upper_bound(batches_.begin(), batches_.end(), entry->positions.front(),
                                        [](Position position, const Sealed& known) { return position <= known.last; });
    if (batch == batches_.end()) throw StorageError("an entry of the index of objects tells of position " + std::to_string(entry->positions.front()) + ", which is not sealed");
    batch->found.add(key, value);
  }

  void command_entry(BytesView key, BytesView value) {
    const auto entry = decode_sealed_command(key, value);
    if (!entry) throw StorageError("a command of sealed history is not sound");
    command(*entry, sealed_);
    commands_found_.add(key, value);
    ++commands_;
  }

  // All was seen.
  void finish() {
    end_batch();
    for (const Sealed& batch : batches_) {
      if (batch.found.sum() == batch.expected.sum()) continue;
      at = batch.first;
      throw StorageError("the index of objects is not that of the events at positions " + std::to_string(batch.first) + " to " + std::to_string(batch.last));
    }
    if (commands_ != commands_expected_ || commands_found_.sum() != command_digest_.sum()) {
      throw StorageError("the commands of sealed history are not those that were sealed: " + std::to_string(commands_) + " of " +
                         std::to_string(commands_expected_) + " are there");
    }
  }

  Position at = 0;

 private:
  // What is known of a batch whose records were seen.
  struct Sealed {
    Position first = 0, last = 0;
    EntryDigest expected, found;
  };

  void end_batch() {
    if (!open_) return;
    if (at != open_->last) throw StorageError("the batch of sealed history ends too early");
    if (tree_.frontier().root() != open_->root) throw StorageError("the records up to here do not hash to the root that their batch keeps");
    Sealed seen{open_->first, open_->last, {}, {}};
    std::uint64_t objects = 0;
    collector_.take([&](const ObjectPositions& entry) {
      const ObjectKey key = object_key(entry.object, entry.positions.front());
      seen.expected.add({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, encode_positions(entry));
      ++objects;
    });
    if (objects != open_->objects) throw StorageError("a batch of sealed history counts other objects than it has");
    if (open_->first <= open_->last) batches_.push_back(seen);
    command_digest_.add(open_->command_digest);
    commands_expected_ += open_->commands;
    sealed_ = open_->last;
    report_.head = open_->head();
    report_.commits += open_->last_commit - open_->first_commit + 1;
    if (report_.head.commit == anchored_.head.commit && report_.head != anchored_.head) {
      throw StorageError("the anchor tells of another log");
    }
    open_.reset();
  }

  ObjectRef record(BytesView bytes) {
    ++at;
    const fb::Record* record = read_record(bytes);
    if (!record) throw StorageError("the record is not sound");
    if (record->position() != at) throw StorageError("the record says that it is at another position");
    const ObjectRef object = object_of(*record);
    if (record->version() != ++versions_[object]) {
      throw StorageError("version " + std::to_string(record->version()) + " of " + to_string(object.id) +
                         " where " + std::to_string(versions_[object]) + " follows");
    }
    if (record->recorded_at() < recorded_at_) throw StorageError("recorded before the event before it");
    recorded_at_ = record->recorded_at();
    const Hash32 leaf = leaf_hash(bytes);
    if (const auto node = tree_.append(leaf)) newest_node_ = *node;
    if (at == anchored_.head.position && open_ && at < open_->last && tree_.frontier().root() != anchored_.head.root) {
      throw StorageError("the anchor tells of another log");
    }
    audit_.record(*record, leaf, tree_.frontier());
    bool erased = false;
    if (record->sealed()) {
      ++report_.sealed;
      erased = !keys_.open(*record);
      report_.erased += erased;
    }
    files_.record(*record, erased);
    ++report_.events;
    if (progress_ && at % report_every == 0) progress_(at);
    return object;
  }

  void command(const CommandEntry& entry, Position last) {
    ++report_.commands;
    if (entry.events != 0 && (entry.first_position == 0 || entry.first_position + entry.events > last + 1)) {
      throw StorageError("a command names events that are not there");
    }
  }

  const Keyring& keys_;
  const Anchored anchored_;
  AuditVerifier& audit_;
  FileVerifier& files_;
  const std::function<void(Position)>& progress_;
  VerifyReport& report_;
  NodeTree tree_;
  Hash32 newest_node_{};
  FlatTable<ObjectRef, Version> versions_;
  std::int64_t recorded_at_ = INT64_MIN;

  std::optional<Batch> open_;  // the batch whose chunks are being seen
  std::size_t node_ = 0;       // the next of its kept nodes
  ObjectCollector collector_;
  std::vector<Sealed> batches_;
  EntryDigest command_digest_, commands_found_;
  std::uint64_t commands_expected_ = 0, commands_ = 0;
  Position sealed_ = 0;
};

}  // namespace

VerifyReport verify(const RocksLog& log, const Keyring& keys, const std::filesystem::path& directory,
                    Files& files, const std::function<void(Position)>& progress) {
  VerifyReport report;
  report.head.root = empty_root();
  Position at = 0;
  try {
    // Read before the log, so that what it tells of is there.
    const AnchorReading anchor = read_anchor(files, directory / "anchor");
    if (anchor.anchored.account != log.account()) throw StorageError("the anchor is another account's");
    AuditVerifier audit(files, directory, log.account());
    FileVerifier uploads(files, directory / "files", keys);
    Verifier verifier(keys, anchor.anchored, audit, uploads, progress, report);
    try {
      log.read_parts({.batch = [&](const Batch& batch) { verifier.batch(batch); },
                      .chunk = [&](const ChunkView& chunk) { verifier.chunk(chunk); },
                      .commit = [&](const CommitView& commit) { verifier.commit(commit); },
                      .index_entry = [&](BytesView key, BytesView value) { verifier.index_entry(key, value); },
                      .command_entry = [&](BytesView key, BytesView value) { verifier.command_entry(key, value); }});
      verifier.finish();
      uploads.finish(verifier.at);
    } catch (...) {
      at = verifier.at;
      throw;
    }
    if (report.head.commit < anchor.anchored.head.commit) throw StorageError("the anchor is ahead of the log");
    audit.finish(report.head);
    report.heads = audit.heads_seen();
    report.key_changes = audit.changes_seen();
    report.files = uploads.files_seen();
    if (audit.checkpoint()) report.checkpoint = audit.checkpoint()->size;
  } catch (const StorageError& error) {
    report.wrong = VerifyReport::Wrong{at, error.what()};
  }
  return report;
}

}  // namespace dealog::eventstore
