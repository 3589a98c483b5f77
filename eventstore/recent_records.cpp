#include "eventstore/recent_records.h"

#include <algorithm>
#include <cstring>

namespace dealog::eventstore {

struct RecentRecords::Run {
  Position first = 0;
  std::vector<std::size_t> ends;         // of each record, in bytes
  std::vector<std::uint64_t> storage;    // aligned for FlatBuffers

  Position last() const { return first + ends.size() - 1; }
};

void RecentRecords::add(Position first, std::span<const BytesView> records) {
  if (records.empty()) return;
  auto run = std::make_shared<Run>();
  run->first = first;
  std::size_t size = 0;
  for (const BytesView record : records) run->ends.push_back(size += record.size());
  run->storage.resize((size + 7) / 8);
  auto* to = reinterpret_cast<std::uint8_t*>(run->storage.data());
  for (const BytesView record : records) to = std::copy(record.begin(), record.end(), to);

  std::vector<std::shared_ptr<const Run>> forgotten;  // freed when the lock is not held any more
  const std::lock_guard lock(mutex_);
  bytes_ += size;
  runs_.push_back(std::move(run));
  while (bytes_ > most_bytes_ && runs_.size() > 1) {
    bytes_ -= runs_.front()->ends.back();
    forgotten.push_back(std::move(runs_.front()));
    runs_.pop_front();
  }
}

RecentRecords::Found RecentRecords::find(Position position) const {
  std::shared_ptr<const Run> run;
  {
    const std::lock_guard lock(mutex_);
    const auto behind = std::ranges::upper_bound(runs_, position, {}, [](const auto& held) { return held->first; });
    if (behind == runs_.begin()) return {};
    run = *std::prev(behind);
  }
  if (position > run->last()) return {};
  const std::size_t index = position - run->first;
  const std::size_t from = index == 0 ? 0 : run->ends[index - 1];
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(run->storage.data());
  return {BytesView(bytes + from, run->ends[index] - from), std::move(run)};
}

}  // namespace dealog::eventstore
