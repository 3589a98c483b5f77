#include "api/views.h"

#include <optional>

namespace dealog::api {

void fold_records(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version after,
                  Version last, Folded& folded) {
  log.read_object(
      object, last,
      [&](const eventstore::StoredRecord& stored) {
        std::optional<Fields> personal;
        if (const auto plaintext = keys.open(stored.record)) personal = decode_personal(*plaintext);
        folded.fold.apply(stored.record, personal ? &*personal : nullptr);
        folded.newest = envelope(stored.record);
        return true;
      },
      after);
}

Folded Views::at(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last) {
  Shard& shard = shards_[std::hash<ObjectRef>{}(object) % shard_count];
  Folded folded{ViewFold(object), {}};
  {
    const std::lock_guard lock(shard.mutex);
    const auto known = shard.folds.find(object);
    // A fold goes forward only: an older version is folded afresh.
    if (known != shard.folds.end() && known->second.newest.version <= last) folded = known->second;
  }
  if (folded.newest.version == last) return folded;
  fold_records(log, keys, object, folded.newest.version, last, folded);

  const std::lock_guard lock(shard.mutex);
  if (shard.folds.size() >= most_in_shard) shard.folds.erase(shard.folds.begin());
  const auto [place, is_new] = shard.folds.try_emplace(object, folded);
  if (!is_new && place->second.newest.version < folded.newest.version) place->second = folded;
  return folded;
}

}  // namespace dealog::api
