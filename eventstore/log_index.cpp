#include "eventstore/log_index.h"

#include <algorithm>
#include <unordered_map>

#include "domain/events_generated.h"
#include "eventstore/bytes.h"

namespace dealog::eventstore {

ObjectRef object_of(const fb::Record& record) {
  ObjectRef object;
  object.kind = static_cast<Kind>(record.kind());
  std::memcpy(object.id.bytes.data(), record.object()->bytes()->data(), object.id.bytes.size());
  return object;
}

struct HashOfHash {
  std::size_t operator()(const Hash16& hash) const noexcept { return std::hash<Uuid>{}(Uuid{hash}); }
};

class LogIndex::Segment {
 public:
  struct Object {
    std::uint32_t newest = 0;  // Position of its newest event here.
    Version version = 0;
  };

  Segment(Position before, std::uint64_t commit_before) : range{before + 1, before, commit_before + 1, commit_before} {}

  // The position of the same object's event before, in this segment; 0: none.
  std::uint32_t previous(std::uint32_t position) const { return previous_[position - range.first]; }

  void add_record(ObjectRef object, Version version) {
    Object& known = objects[object];
    previous_.push_back(known.newest);
    range.last = range.first + previous_.size() - 1;
    known = {static_cast<std::uint32_t>(range.last), version};
  }

  CommitRange range;
  FlatTable<ObjectRef, Object> objects;
  FlatTable<Hash16, CommandPlace, HashOfHash> commands;
  std::uint64_t command_count = 0;

 private:
  std::deque<std::uint32_t> previous_;
};

LogIndex::LogIndex(Position sealed, std::uint64_t sealed_commit, std::uint64_t seal_every)
    : seal_every_(seal_every), newest_(sealed) {
  segments_.push_back(std::make_unique<Segment>(sealed, sealed_commit));
}

LogIndex::~LogIndex() = default;

void LogIndex::add_record(ObjectRef object, Version version) {
  segments_.back()->add_record(object, version);
  ++newest_;
}

void LogIndex::add_command(const Hash16& key, CommandPlace place) {
  if (key == Hash16{}) return;
  Segment& segment = *segments_.back();
  ++segment.command_count;
  CommandPlace& known = segment.commands[key];
  if (known.commit == 0) known = place;
}

void LogIndex::end_commit(std::uint64_t number) {
  Segment& segment = *segments_.back();
  segment.range.last_commit = number;
  const std::uint64_t events = segment.range.last + 1 - segment.range.first;
  if (seal_every_ != 0 && std::max(events, segment.command_count) >= seal_every_) {
    segments_.push_back(std::make_unique<Segment>(newest_, number));
  }
}

Version LogIndex::version_of(ObjectRef object) const {
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (const auto* known = (*segment)->objects.find(object)) return known->version;
  }
  return 0;
}

std::optional<TailPositions> LogIndex::positions(ObjectRef object, Version last) const {
  std::optional<TailPositions> found;
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    const auto* known = (*segment)->objects.find(object);
    if (!known) continue;
    if (!found) found.emplace();
    Version version = known->version;
    for (std::uint32_t at = known->newest; at != 0; at = (*segment)->previous(at), --version) {
      if (version <= last) found->positions.push_back(at);
    }
    found->before = version;
  }
  if (found) std::reverse(found->positions.begin(), found->positions.end());
  return found;
}

std::optional<CommandPlace> LogIndex::find_command(const Hash16& key) const {
  if (key == Hash16{}) return std::nullopt;
  for (const auto& segment : segments_) {
    if (const CommandPlace* place = segment->commands.find(key)) return *place;
  }
  return std::nullopt;
}

std::vector<Hash16> LogIndex::oldest_keys() const {
  const auto& commands = segments_.front()->commands;
  std::vector<Hash16> keys;
  keys.reserve(commands.size());
  commands.for_each_key([&](const Hash16& key) { keys.push_back(key); });
  return keys;
}

std::optional<CommitRange> LogIndex::oldest_full() const {
  return segments_.size() > 1 ? std::optional(segments_.front()->range) : std::nullopt;
}

std::shared_ptr<void> LogIndex::drop_oldest() {
  std::shared_ptr<Segment> oldest = std::move(segments_.front());
  segments_.pop_front();
  return oldest;
}

std::vector<ObjectRef> check_commit(const Commit& commit, const Head& head,
                                    const std::function<Version(ObjectRef, Version claimed)>& version_of) {
  if (commit.records.empty() && commit.commands.empty()) throw std::logic_error("an empty commit");
  std::vector<ObjectRef> objects;
  objects.reserve(commit.records.size());
  std::unordered_map<ObjectRef, Version> versions;
  Position position = head.position;
  for (const BytesView bytes : commit.records) {
    if (bytes.empty() || bytes.size() % 8 != 0) throw std::logic_error("a record that is not padded to 8");
    const fb::Record* record = trusted_record(bytes);
    const ObjectRef object = object_of(*record);
    const auto [known, added] = versions.try_emplace(object, 0);
    if (added) known->second = version_of(object, record->version() - 1);
    if (record->position() != ++position || record->version() != ++known->second) {
      throw std::logic_error("a record at position " + std::to_string(record->position()) + ", version " +
                             std::to_string(record->version()) + " where position " +
                             std::to_string(position) + ", version " + std::to_string(known->second) +
                             " follows");
    }
    objects.push_back(object);
  }
  return objects;
}

}  // namespace dealog::eventstore
