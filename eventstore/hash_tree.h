#pragma once
// The tree over a whole log, for proofs and tiles: any node of it, without keeping the hash of every record.
//
// In memory stand the roots of complete subtrees of 256, 65,536, ... records: an eighth of a byte a record. What is
// below is hashed again from the log when it is asked for: 256 records at a time.
//
// Threads: any. Reaching further holds up others that also have to; the first time it takes what the log keeps, and reads
// what is behind that.

#include <mutex>
#include <shared_mutex>

#include "eventstore/merkle.h"

namespace dealog::eventstore {

class HashTree {
 public:
  static constexpr std::uint64_t tile = 256;

  // `log` outlives the tree.
  explicit HashTree(const EventLog& log) : log_(log) {}

  // Every call below throws StorageError when the log is damaged. REQUIRES: sizes are not beyond the log's head, and
  // what is asked for lies within the size.

  // Of the first `size` records.
  Hash32 root(std::uint64_t size);
  // merkle.h says what these are.
  std::vector<Hash32> inclusion(std::uint64_t index, std::uint64_t size);
  // Of several records at once, each hashed once.
  std::vector<std::vector<Hash32>> inclusions(std::span<const std::uint64_t> indexes, std::uint64_t size);
  std::vector<Hash32> consistency(std::uint64_t old_size, std::uint64_t size);
  // Nodes of one level: the roots of complete subtrees of 2^(8 level) records, `count` of them (1 to 256) from
  // 256 `number` on.
  std::vector<Hash32> tile_hashes(unsigned level, std::uint64_t number, std::uint64_t count);

 private:
  class Reader;

  void reach(std::uint64_t size);
  void add(const Hash32& subtree);

  const EventLog& log_;
  std::mutex reaching_;
  mutable std::shared_mutex mutex_;              // guards what is below
  std::vector<std::vector<Hash32>> levels_;      // [k]: the roots of complete subtrees of 256^(k + 1) records
};

}  // namespace dealog::eventstore
