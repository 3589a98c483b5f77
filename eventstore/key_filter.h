#pragma once
// Which keys were never added, told without looking for them: a Bloom filter that grows. A command whose key is new, as nearly
// all are, then costs two or three cache lines instead of a look into each file of sealed commands.
//
// Layers of blocks of one cache line, each layer four times as large as the one before; a key sets six bits of one
// block of the newest layer. Memory: 12 bits for each key in full layers, so that less than one in a hundred of what was never
// added is taken for added by a layer. In memory only. Threads: the caller's business.

#include <array>
#include <cstdint>
#include <vector>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

class KeyFilter {
 public:
  // REQUIRES: keys are uniform, as keyed hashes are.
  void add(const Hash16& key);
  // False: it was never added.
  bool may_contain(const Hash16& key) const;

 private:
  using Block = std::array<std::uint64_t, 8>;
  struct Layer { std::vector<Block> blocks; std::size_t keys = 0; };

  std::vector<Layer> layers_;
};

}  // namespace dealog::eventstore
