#pragma once
// What is kept beside the chunks of a sealed batch: the batch itself, where the events of each object are, and its
// commands. A batch is the commits of about 64 Ki events, sealed in one step.
//
// DO NOT CHANGE: on disk. A new form gets a new format number, and these are read for ever (tests/golden/batch_v1.hex,
// object_positions_v1.hex, sealed_command_v1.hex). Numbers are little-endian, except in keys, and where `varint` is
// said: seven bits a byte, the lowest first, the high bit set on all bytes but the last.
//
// The batch, in the column family `meta` under "batch" and the number of its last commit, u64 big-endian:
//
//     offset  size
//          0     4  magic "DLGB"
//          4     2  format: 1
//          6     2  zero
//          8    16  account
//         24     8  position of the first event
//         32     8  position of the last; one less than the first: a batch of commands without events
//         40     8  number of the first commit
//         48     8  number of the last commit
//         56    32  root of the tree after the batch
//         88     8  number of entries that it added to `index`
//         96     8  number of entries that it added to `commands`
//        104    16  digest of those commands: the sum of the entries' digests (see below)
//        120     4  F, number of frontier nodes: as many as the last position has bits set
//        124     4  N, number of kept nodes
//        128  32 F  frontier after the batch, the largest subtree first (merkle.h)
//             32 N  kept nodes: roots of the complete subtrees of 256 leaves that end in this batch, in order
//               16  checksum: the first 16 bytes of SHA-256 over everything before
//
// The events of an object in the batch, in `index` under its kind (1 byte), its id (16) and the position of the first
// of them (u64 big-endian): varint version of the first; then for each further one the varint distance of its position
// from the one before.
//
// A command with a key, in `commands` under the keyed hash of its key (16 bytes):
//
//          0    16  keyed hash of the request
//         16    16  object id
//         32     1  object kind
//              ...  varints: outcome, version after, first position of its events (0: none), number of its events
//
// Its digest: the first 16 bytes of SHA-256 over key and value, as one number; sums are modulo 2 to the 128.

#include <array>

#include "eventstore/event_log.h"
#include "eventstore/merkle.h"

namespace dealog::eventstore {

struct Batch {
  Uuid account;
  Position first = 0, last = 0;
  std::uint64_t first_commit = 0, last_commit = 0;
  Hash32 root{};
  std::uint64_t objects = 0, commands = 0;
  Hash16 command_digest{};
  Frontier frontier;
  std::vector<Hash32> nodes;

  Head head() const { return {last, last_commit, root}; }
};

using BatchKey = std::array<char, 13>;
BatchKey batch_key(std::uint64_t last_commit);
Bytes encode_batch(const Batch& batch);
// Nothing, with a reason in `why`, when the bytes are not a whole, undamaged batch.
std::optional<Batch> decode_batch(BytesView bytes, std::string& why);

// The events of one object in one batch.
struct ObjectPositions {
  ObjectRef object;
  Version first_version = 0;
  std::vector<Position> positions;  // ascending, at least one

  Version last_version() const { return first_version + static_cast<Version>(positions.size()) - 1; }
};

using ObjectKey = std::array<char, 25>;
constexpr std::size_t object_prefix = 17;  // of the key: which object
ObjectKey object_key(ObjectRef object, Position first);
Bytes encode_positions(const ObjectPositions& entry);
// Nothing when key and value are not a sound entry.
std::optional<ObjectPositions> decode_positions(BytesView key, BytesView value);

// Gathers the events of a batch by object.
class ObjectCollector {
 public:
  // REQUIRES: positions ascend.
  void add(ObjectRef object, Version version, Position position) { events_.push_back({object, version, position}); }
  // Each object's, in the order of their keys. Forgets all. Throws StorageError when an object's versions have a gap.
  void take(const std::function<void(const ObjectPositions&)>& visit);

 private:
  struct Event {
    ObjectRef object;
    Version version;
    Position position;
  };
  std::vector<Event> events_;
};

Bytes encode_sealed_command(const CommandEntry& command);
std::optional<CommandEntry> decode_sealed_command(BytesView key, BytesView value);

// A sum over entries in any order.
class EntryDigest {
 public:
  void add(BytesView key, BytesView value);
  void add(const Hash16& sum);
  Hash16 sum() const;

 private:
  std::uint64_t low_ = 0, high_ = 0;
};

}  // namespace dealog::eventstore
