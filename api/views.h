#pragma once
// The folds of objects that commands have lately touched, so that the answer of the next command costs one record and
// not the object's whole history. A cache: forgetting it changes nothing but time. It holds personal words: erasing a
// subject must forget it.
//
// Threads: any.

#include <array>
#include <mutex>
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

class Views {
 public:
  // The object's own events up to version `last`, folded.
  Folded at(const eventstore::EventLog& log, const eventstore::Keyring& keys, ObjectRef object, Version last);

 private:
  static constexpr std::size_t shard_count = 64, most_in_shard = 256;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<ObjectRef, Folded> folds;
  };
  std::array<Shard, shard_count> shards_;
};

}  // namespace dealog::api
