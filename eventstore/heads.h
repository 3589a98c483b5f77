#pragma once
// One hash over the newest version of every object: what `heads_committed` records, so that a proof of one object's
// history can show that nothing of it was left out (SPEC AUD-3).
//
// DO NOT CHANGE: roots are on disk (tests/golden/heads_v1.hex).
//
//     name of an object   SHA-256("dealog/object/1" | kind u8 | id, 16 bytes)
//     bucket of it        the first two bytes of its name, big-endian: 0 to 65,535
//     entry, 68 bytes     name 32 | newest version u32 little-endian | leaf hash of that version's record 32
//     a bucket's leaf     leaf_hash (merkle.h) of its entries, one after another, ascending by name; of nothing when empty
//     root                tree_root over the 65,536 leaves
//
// An opening is one bucket's entries with its inclusion proof: it shows for an object which version is the newest (or
// that there is none: then no entry has its name), and of the others only their names and numbers of versions.
//
// Threads: one at a time.

#include <vector>

#include "eventstore/merkle.h"

namespace dealog::eventstore {

inline constexpr std::size_t head_buckets = 65'536;
inline constexpr std::size_t head_entry_size = 68;

struct HeadEntry {
  Hash32 name{};
  Version version = 0;
  Hash32 leaf{};

  friend bool operator==(const HeadEntry&, const HeadEntry&) = default;
};

Hash32 head_name(ObjectRef object);
std::size_t bucket_of(const Hash32& name);
Bytes encode_head_entries(std::span<const HeadEntry> entries);
// Nothing unless they are whole entries of one bucket, ascending, each name once.
std::optional<std::vector<HeadEntry>> decode_head_entries(BytesView bytes, std::size_t bucket);

class Heads {
 public:
  Heads();

  // The record, whose leaf hash is given, is the newest of its object. In the order of the log.
  void add(ObjectRef object, Version version, const Hash32& leaf);
  // Costs as much as has changed since it was asked for last.
  Hash32 root();

  struct Opening {
    std::size_t bucket = 0;
    Bytes entries;
    std::vector<Hash32> proof;
  };
  // Of the object's bucket, under root().
  Opening open(ObjectRef object);

 private:
  void settle();

  std::vector<std::vector<HeadEntry>> buckets_;
  std::vector<Hash32> nodes_;      // a heap: the root is 1, the children of n are 2 n and 2 n + 1, bucket b is 65,536 + b
  std::vector<std::uint32_t> changed_;  // buckets, some perhaps twice
};

}  // namespace dealog::eventstore
