#include "eventstore/memory_log.h"

#include <algorithm>
#include <mutex>

#include "eventstore/log_index.h"

namespace dealog::eventstore {

std::variant<Head, Conflict> MemoryLog::append(const Head& expected, const Commit& commit) {
  if (const auto reason = failed()) throw StorageError(*reason);
  const Head before = head();
  if (expected.position != before.position || expected.commit != before.commit) return Conflict{before};
  const auto objects = check_commit(commit, before, [this](ObjectRef o, Version) { return version_of(o); });

  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const BytesView bytes = commit.records[i];
    records_.emplace_back(bytes.begin(), bytes.end());
    objects_[objects[i]].push_back(records_.size());
    frontier_.append(leaf_hash(bytes));
  }
  for (const CommandEntry& command : commit.commands) {
    if (command.key != Hash16{}) commands_.try_emplace(command.key, command);
  }
  ++commits_;
  return Head{records_.size(), commits_, frontier_.root()};
}

const Bytes& MemoryLog::at(Position position) const {
  const std::shared_lock lock(mutex_);
  return records_[position - 1];
}

void MemoryLog::read(Position after, Position to,
                     const std::function<bool(const StoredRecord&)>& visit) const {
  const Position end = std::min(to, head().position);
  for (Position position = after; position < end;) {
    const Bytes& bytes = at(++position);
    if (!visit(StoredRecord{bytes, *trusted_record(bytes)})) return;
  }
}

void MemoryLog::read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                            Version after) const {
  std::vector<Position> positions;
  {
    const std::shared_lock lock(mutex_);
    const auto known = objects_.find(object);
    if (known != objects_.end()) positions = known->second;
  }
  if (positions.size() > last) positions.resize(last);
  for (std::size_t i = after; i < positions.size(); ++i) {
    const Bytes& bytes = at(positions[i]);
    if (!visit(StoredRecord{bytes, *trusted_record(bytes)})) return;
  }
}

Version MemoryLog::version_of(ObjectRef object) const {
  const std::shared_lock lock(mutex_);
  const auto known = objects_.find(object);
  return known == objects_.end() ? 0 : static_cast<Version>(known->second.size());
}

std::optional<CommandEntry> MemoryLog::find_command(const Hash16& key) const {
  const std::shared_lock lock(mutex_);
  const auto known = commands_.find(key);
  return known == commands_.end() ? std::nullopt : std::optional(known->second);
}

Head MemoryLog::head() const {
  const std::shared_lock lock(mutex_);
  return {records_.size(), commits_, frontier_.root()};
}

std::optional<std::string> MemoryLog::failed() const {
  const std::shared_lock lock(mutex_);
  return failed_;
}

void MemoryLog::fail(std::string reason) {
  const std::unique_lock lock(mutex_);
  if (!failed_) failed_ = std::move(reason);
}

}  // namespace dealog::eventstore
