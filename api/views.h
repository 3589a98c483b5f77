#pragma once
// The folds of objects that commands have lately touched and the bytes of the newest commits, so that a command's
// answer reads nothing from the log. Caches: forgetting them changes nothing but time. They hold personal words:
// erasing a subject must forget it.
//
// Threads: any.

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>

#include "domain/view.h"
#include "eventstore/event_log.h"
#include "eventstore/keyring.h"
#include "eventstore/writer.h"

namespace dealog::api {

// A fold and where its newest event stands.
struct Folded {
  ViewFold fold;
  Envelope newest;
};

// Feeds the records behind version `after`, up to version `last`, into `folded`.
void fold_records(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version after,
                  Version last, Folded& folded);

// Behind fold.apply of a record that merged another contact into the object: hands over that one as it was then.
void follow_merge(const eventstore::EventLog& log, const eventstore::Keyring& keys, const fb::Record& record, ViewFold& fold);

// An object as its own events say, and the newest of them.
struct Shown {
  View view;
  Envelope newest;
};

class Views {
 public:
  // Told of each commit, in order.
  void remember(std::shared_ptr<const eventstore::Committed> commit);

  // Their keys were destroyed: nothing that was folded before is kept, nor comes back from who is at work on it.
  void forget(std::span<const ObjectRef> objects);

  // The object's own events up to version `last`, folded.
  Shown at(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last);

 private:
  static constexpr std::size_t shard_count = 64, most_in_shard = 256, most_commits = 64;
  using Folds = std::unordered_map<ObjectRef, Folded>;
  struct Shard {
    std::mutex mutex;
    Folds folds;
  };
  bool fold_recent(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last, Folded& folded) const;

  std::atomic<std::uint64_t> forgotten_{0};
  std::array<Shard, shard_count> shards_;
  mutable std::mutex recent_mutex_;
  std::deque<std::shared_ptr<const eventstore::Committed>> recent_;
};

}  // namespace dealog::api
