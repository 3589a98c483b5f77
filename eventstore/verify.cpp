#include "eventstore/verify.h"

#include "domain/events_generated.h"
#include "eventstore/flat_table.h"
#include "eventstore/log_index.h"

namespace dealog::eventstore {

namespace {

constexpr Position report_every = 65536;

class Verifier {
 public:
  Verifier(const Keyring& keys, const Anchored& anchored, VerifyReport& report)
      : keys_(keys), anchored_(anchored), report_(report) {}

  // Throws StorageError at the first thing that is wrong; `report.head` and `at` say how far all was well.
  void commit(const CommitView& commit) {
    for (const BytesView bytes : commit.records()) record(bytes);
    for (const CommandEntry& entry : commit.commands()) command(commit, entry);
    if (frontier_.root() != commit.header().root) {
      throw StorageError("the records up to here do not hash to the root that the commit keeps");
    }
    report_.head = commit.head();
    ++report_.commits;
    if (report_.head.commit == anchored_.head.commit && report_.head != anchored_.head) {
      throw StorageError("the anchor tells of another log");
    }
  }

  Position at = 0;

 private:
  void record(BytesView bytes) {
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
    frontier_.append(leaf_hash(bytes));
    if (record->sealed()) {
      ++report_.sealed;
      if (!keys_.open(*record)) ++report_.erased;
    }
    ++report_.events;
  }

  void command(const CommitView& commit, const CommandEntry& entry) {
    ++report_.commands;
    const Position last = entry.first_position + entry.events;
    if (entry.events != 0 && (entry.first_position == 0 || last > commit.last() + 1)) {
      throw StorageError("a command of the commit names events that are not there");
    }
  }

  const Keyring& keys_;
  const Anchored anchored_;
  VerifyReport& report_;
  Frontier frontier_;
  FlatTable<ObjectRef, Version> versions_;
  std::int64_t recorded_at_ = INT64_MIN;
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
    const Head end = log.head();
    Verifier verifier(keys, anchor.anchored, report);
    Position reported = 0;
    try {
      log.read_commits([&](const CommitView& commit) {
        verifier.commit(commit);
        if (progress && verifier.at - reported >= report_every) progress(reported = verifier.at);
        return commit.header().number < end.commit;
      });
    } catch (...) {
      at = verifier.at;
      throw;
    }
    if (end.commit < anchor.anchored.head.commit) throw StorageError("the anchor is ahead of the log");
    if (report.head != end) throw StorageError("the log does not end where its head is");
  } catch (const StorageError& error) {
    report.wrong = VerifyReport::Wrong{at, error.what()};
  }
  return report;
}

}  // namespace dealog::eventstore
