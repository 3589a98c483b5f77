#pragma once
// The log in memory: the model that RocksLog is compared with, and the log of tests that need no disk. The
// same promises as event_log.h tells, except that nothing survives the process.

#include <deque>
#include <map>
#include <shared_mutex>

#include "eventstore/event_log.h"
#include "eventstore/merkle.h"

namespace dealog::eventstore {

class MemoryLog final : public EventLog {
 public:
  std::variant<Head, Conflict> append(const Head& expected, const Commit& commit) override;
  void read(Position after, Position to,
            const std::function<bool(const StoredRecord&)>& visit) const override;
  void read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                   Version after = 0) const override;
  Version version_of(ObjectRef object) const override;
  std::optional<CommandEntry> find_command(const Hash16& key) const override;
  Head head() const override;
  std::optional<std::string> failed() const override;

  // From now on the log has failed, as if a write had: for tests of what stands on a log.
  void fail(std::string reason);

 private:
  const Bytes& at(Position position) const;

  mutable std::shared_mutex mutex_;  // Guards everything below; records do not move once they are in.
  std::deque<Bytes> records_;
  std::map<ObjectRef, std::vector<Position>> objects_;
  std::map<Hash16, CommandEntry> commands_;
  Frontier frontier_;
  std::uint64_t commits_ = 0;
  std::optional<std::string> failed_;
};

}  // namespace dealog::eventstore
