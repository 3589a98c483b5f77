#pragma once
// Which keys were never added, told without looking for them: a Bloom filter that grows. A command whose key is new, as nearly
// all are, then costs a cache line for each layer instead of a look into each file of sealed commands.
//
// Layers of blocks of one cache line, each layer four times as large as the one before; a key sets six bits of one
// block of the newest layer. Memory: 12 bits for each key where layers are full, four times that when one has just begun; at least
// 64 KiB. A full layer takes less than one in a hundred of what was never added for added. In memory only.
// Threads: the caller's business.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

class KeyFilter {
 public:
  struct alignas(64) Block { std::array<std::uint64_t, 8> words{}; };
  using Blocks = std::vector<Block>;

  // How many blocks the next layer has; 0: the newest has room. Making them takes milliseconds where they are many: not for under
  // a lock.
  std::size_t blocks_wanted() const;
  void grow(Blocks blocks) { layers_.push_back({std::move(blocks), 0}); }
  // REQUIRES: grown; keys are uniform, as keyed hashes are. A few thousand more than there is room for make it a little worse.
  void add(const Hash16& key);
  // False: it was never added.
  bool may_contain(const Hash16& key) const;

 private:
  struct Layer { Blocks blocks; std::size_t keys = 0; };

  std::vector<Layer> layers_;
};

}  // namespace dealog::eventstore
