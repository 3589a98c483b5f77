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

std::size_t LogIndex::HashOfHash::operator()(const Hash16& hash) const noexcept {
  return std::hash<Uuid>{}(Uuid{hash});
}

void LogIndex::add_record(ObjectRef object) {
  Object& known = objects_[object];
  previous_.push_back(known.newest);
  known.newest = static_cast<std::uint32_t>(previous_.size());
  ++known.version;
}

void LogIndex::add_command(const Hash16& key, CommandPlace place) {
  if (key == Hash16{}) return;
  CommandPlace& known = commands_[key];
  if (known.commit == 0) known = place;
}

Version LogIndex::version_of(ObjectRef object) const {
  const Object* known = objects_.find(object);
  return known ? known->version : 0;
}

std::vector<Position> LogIndex::positions(ObjectRef object, Version last) const {
  const Object* known = objects_.find(object);
  if (!known) return {};
  std::uint32_t at = known->newest;
  for (Version version = known->version; version > last; --version) at = previous_[at - 1];
  std::vector<Position> found;
  for (; at != 0; at = previous_[at - 1]) found.push_back(at);
  std::reverse(found.begin(), found.end());
  return found;
}

std::optional<CommandPlace> LogIndex::find_command(const Hash16& key) const {
  if (key == Hash16{}) return std::nullopt;
  const CommandPlace* place = commands_.find(key);
  return place ? std::optional(*place) : std::nullopt;
}

std::vector<ObjectRef> check_commit(const Commit& commit, const Head& head,
                                    const std::function<Version(ObjectRef)>& version_of) {
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
    if (added) known->second = version_of(object);
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
