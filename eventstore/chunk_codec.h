#pragma once
// The bytes of a chunk: up to 64 records of sealed history, one after another, as they stand under one key in the
// column family `log`.
//
// DO NOT CHANGE: on disk. A new form gets a new format number, and this one is read for ever
// (tests/golden/chunk_v1.hex). All numbers little-endian; every section starts at a multiple of 8.
//
//     offset  size
//          0     4  magic "DLGS"
//          4     2  format: 1
//          6     2  zero
//          8    16  account
//         24     8  position of the first record
//         32     4  R, number of records, at least 1
//         36     4  zero
//         40   4 R  length of each record, then zeros up to a multiple of 8
//              ...  records (domain/events.fbs), one after another; each length is a multiple of 8
//               16  checksum: the first 16 bytes of SHA-256 over everything before
//
// The key is the first position, u64 big-endian: the chunk that holds position p is the last one whose key is not
// above p.

#include <array>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

// How many records are written to a chunk. Every count up to it is read. Small, because a single record is served
// only out of a chunk whose checksum was computed; large enough for the price of a key to vanish.
constexpr std::size_t chunk_records = 64;

using ChunkKey = std::array<char, 8>;

ChunkKey chunk_key(Position first);

// REQUIRES: records are not empty; their lengths are multiples of 8.
Bytes encode_chunk(const Uuid& account, Position first, std::span<const BytesView> records);

// A chunk's bytes taken apart and checked. Meant to be used again for the next one without allocating anew.
class ChunkView {
 public:
  // False, with a reason in `why`, when the bytes are not a whole, undamaged chunk. Views point into `bytes`.
  // REQUIRES: `bytes` is 8-aligned.
  bool read(BytesView bytes, std::string& why);

  const Uuid& account() const { return account_; }
  Position first() const { return first_; }
  Position last() const { return first_ + records_.size() - 1; }
  const std::vector<BytesView>& records() const { return records_; }
  // REQUIRES: first() <= position <= last().
  BytesView record(Position position) const { return records_[position - first_]; }

 private:
  Uuid account_;
  Position first_ = 0;
  std::vector<BytesView> records_;
};

}  // namespace dealog::eventstore
