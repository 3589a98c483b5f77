#pragma once
// The hash tree over an account's records, as RFC 6962 section 2.1 defines it:
//
//     leaf = SHA-256(0x00 | record bytes)      node = SHA-256(0x01 | left | right)      empty = SHA-256()
//
// A tree of n leaves splits at the largest power of two below n. Leaf i (from 0) is the record at position
// i + 1; its bytes are hashed as stored, padding and ciphertext included, so erasing a key changes no leaf.

#include <bit>
#include <span>
#include <vector>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

Hash32 leaf_hash(BytesView record);
Hash32 node_hash(const Hash32& left, const Hash32& right);
Hash32 empty_root();
// Where a tree of n leaves splits. REQUIRES: n > 1.
inline std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// What is needed of a tree to go on appending: the roots of its complete subtrees, the largest first, one
// for each bit set in its size. A plain value.
class Frontier {
 public:
  Frontier() = default;
  // Goes on from saved parts. Nothing when `nodes` are not as many as `size` has bits.
  static std::optional<Frontier> restore(std::uint64_t size, std::span<const Hash32> nodes);

  void append(const Hash32& leaf);

  std::uint64_t size() const { return size_; }
  const std::vector<Hash32>& nodes() const { return nodes_; }
  Hash32 root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash32> nodes_;
};

// A frontier that says so when a subtree of 256 leaves is complete: those roots are kept for sealed history, so that
// all above them is found without the leaves. A plain value.
constexpr std::uint64_t node_leaves = 256;

class NodeTree {
 public:
  explicit NodeTree(const Frontier& from = {});

  // The root of the subtree that this leaf completes, if it does.
  std::optional<Hash32> append(const Hash32& leaf);
  Frontier frontier() const;

 private:
  Frontier above_;  // its leaves are complete subtrees
  Frontier below_;  // the leaves since
};

// Over hashes of leaves in memory. `leaves` are those of the whole tree of the asked size.
Hash32 tree_root(std::span<const Hash32> leaves);
// The audit path of leaf `index`, from the leaf upwards. REQUIRES: index < leaves.size().
std::vector<Hash32> inclusion_proof(std::uint64_t index, std::span<const Hash32> leaves);
// That the tree of the first `old_size` leaves is a prefix. REQUIRES: old_size <= leaves.size().
std::vector<Hash32> consistency_proof(std::uint64_t old_size, std::span<const Hash32> leaves);

// RFC 9162 2.1.3.2 and 2.1.4.2. False also for proofs that are too long or too short.
bool check_inclusion(const Hash32& leaf, std::uint64_t index, std::uint64_t size,
                     std::span<const Hash32> proof, const Hash32& root);
bool check_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash32& old_root,
                       const Hash32& new_root, std::span<const Hash32> proof);

}  // namespace dealog::eventstore
