#pragma once
// The folds of objects that commands have lately touched, so that a command's answer reads only what came since. A cache:
// forgetting it changes nothing but time. It holds personal words: erasing a subject must forget it.
//
// Threads: any.

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

#include "domain/view.h"
#include "eventstore/event_log.h"
#include "eventstore/keyring.h"

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
  bool is_of_rows = false;    // begun from the read models (shown_since)
};

// The same, from how the read models had the object at a version up to `last`, and its records since. Nothing when these look
// further back: a corrected closing at the one before it, a merge at the other contact.
std::optional<Shown> shown_since(const eventstore::EventLog& log, const eventstore::Keyring& keys, View before, Version last);

class Views {
 public:
  // Their keys were destroyed: nothing that was folded before is kept, nor comes back from who is at work on it.
  void forget(std::span<const ObjectRef> objects);

  // The object's own events up to version `last`, folded.
  Shown at(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last);

 private:
  static constexpr std::size_t shard_count = 64, most_young = 128;
  using Folds = std::unordered_map<ObjectRef, Folded>;
  // What is used goes into `young`; when that is full it becomes `old`, and what nobody used since then is forgotten.
  struct Shard {
    std::mutex mutex;
    Folds young, old;
  };

  std::atomic<std::uint64_t> forgotten_{0};
  std::array<Shard, shard_count> shards_;
};

}  // namespace dealog::api
