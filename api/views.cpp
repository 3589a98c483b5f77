#include "api/views.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "domain/events_generated.h"
#include "domain/fields.h"

namespace dealog::api {
namespace {

void feed(const eventstore::EventLog& log, const fb::Record& record, Envelope around, const eventstore::Keyring& keys, Folded& folded) {
  std::optional<Fields> personal;
  if (const auto plaintext = keys.open(record)) personal = decode_personal(*plaintext);
  folded.fold.apply(record, personal ? &*personal : nullptr);
  folded.newest = around;
  follow_merge(log, keys, record, folded.fold);
}

// Fields that name a word which was deleted before `position`, for good.
std::vector<std::uint16_t> stripped_fields(const eventstore::EventLog& log, const View& view, Position position) {
  std::vector<std::uint16_t> stripped;
  for (const FieldSpec& spec : fields_of(view.object.kind)) {
    if (spec.type != FieldType::ref || deletion_of(spec.ref) != Deletion::strips || view.id(spec.number).is_nil()) continue;
    log.read_object({spec.ref, view.id(spec.number)}, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
      if (stored.record.position() >= position) return false;
      if (stored.record.event_type() == fb::Event::Deleted) stripped.push_back(spec.number);
      return true;
    });
  }
  return stripped;
}

}  // namespace

// What was merged has not changed since.
void follow_merge(const eventstore::EventLog& log, const eventstore::Keyring& keys, const fb::Record& record, ViewFold& fold) {
  const Uuid from = ViewFold::merged_from(record);
  if (from.is_nil()) return;
  const Envelope around = envelope(record);
  const ObjectRef merged{around.object.kind, from};
  Folded source{ViewFold(merged, fold.as_of(), std::min(fold.known_at(), around.position - 1)), {}};
  fold_records(log, keys, merged, 0, UINT32_MAX, source);
  fold.merge(record, source.fold.view(), stripped_fields(log, fold.view(), around.position));
}

void fold_records(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version after,
                  Version last, Folded& folded) {
  const auto visit = [&](const eventstore::StoredRecord& stored) {
    feed(log, stored.record, envelope(stored.record), keys, folded);
    return true;
  };
  log.read_object(object, last, visit, after);
}

std::optional<Shown> shown_since(const eventstore::EventLog& log, const eventstore::Keyring& keys, View before, Version last) {
  const ObjectRef object = before.object;
  const Version known = before.version;
  if (known > last) return std::nullopt;
  Folded folded{ViewFold(std::move(before)), {}};
  const auto visit = [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.version <= known) folded.newest = around;
    else if (ViewFold::looks_back(stored.record)) return false;
    else feed(log, stored.record, around, keys, folded);
    return true;
  };
  log.read_object(object, last, visit, std::min(known, last - 1));
  if (folded.newest.version != last) return std::nullopt;
  return Shown{folded.fold.view(), folded.newest, true};
}

void Views::forget(std::span<const ObjectRef> objects) {
  forgotten_.fetch_add(1, std::memory_order_acq_rel);
  for (const ObjectRef& object : objects) {
    Shard& shard = shards_[std::hash<ObjectRef>{}(object) % shard_count];
    const std::lock_guard lock(shard.mutex);
    shard.young.erase(object);
    shard.old.erase(object);
  }
}

Shown Views::at(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last) {
  const std::uint64_t forgotten = forgotten_.load(std::memory_order_acquire);
  Shard& shard = shards_[std::hash<ObjectRef>{}(object) % shard_count];
  Folds::node_type node;
  {
    const std::lock_guard lock(shard.mutex);
    // Taken out while it is worked on: who asks for the same object meanwhile folds afresh.
    for (Folds* folds : {&shard.young, &shard.old})
      if (const auto known = folds->find(object); node.empty() && known != folds->end() && known->second.newest.version <= last)
        node = folds->extract(known);
  }
  if (node.empty()) {
    Folds fresh;
    fresh.emplace(object, Folded{ViewFold(object), {}});
    node = fresh.extract(fresh.begin());
  }
  Folded& folded = node.mapped();
  if (folded.newest.version < last) fold_records(log, keys, object, folded.newest.version, last, folded);
  Shown shown{folded.fold.view(), folded.newest};

  Folds unused;   // freed when the lock is not held any more
  const std::lock_guard lock(shard.mutex);
  if (forgotten_.load(std::memory_order_acquire) != forgotten) return shown;
  const auto placed = shard.young.insert(std::move(node));
  if (!placed.inserted && placed.position->second.newest.version < placed.node.mapped().newest.version)
    placed.position->second = std::move(placed.node.mapped());
  if (shard.young.size() >= most_young) {
    unused = std::exchange(shard.old, std::exchange(shard.young, {}));
  }
  return shown;
}

}  // namespace dealog::api
