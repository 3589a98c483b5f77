#include "eventstore/erasure.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "domain/events_generated.h"

namespace dealog::eventstore {

namespace {

// More than any commit has: its cap and one command's events beyond it.
constexpr Position most_in_a_commit = 8'192;

}  // namespace

std::vector<ObjectRef> erased_by(const fb::Record& record) {
  if (record.event_type() != fb::Event::SubjectErased) return {};
  return std::get<event::SubjectErased>(event_of(record)).subjects;
}

std::size_t finish_erasures(const EventLog& log, Keyring& keys) {
  const Position end = log.head().position;
  std::size_t late = 0;
  log.read(end - std::min(end, most_in_a_commit), end, [&](const StoredRecord& stored) {
    const std::vector<ObjectRef> subjects = erased_by(stored.record);
    if (!subjects.empty()) late += keys.erase(subjects);
    return true;
  });
  if (late != 0) spdlog::warn("{} keys are destroyed that the log says were destroyed before the last stop", late);
  return late;
}

}  // namespace dealog::eventstore
