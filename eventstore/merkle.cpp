#include "eventstore/merkle.h"

#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::uint8_t leaf_mark[] = {0};
constexpr std::uint8_t node_mark[] = {1};

void consistency(std::uint64_t old_size, std::span<const Hash32> leaves, bool whole,
                 std::vector<Hash32>& proof) {
  if (old_size == leaves.size()) {
    if (!whole) proof.push_back(tree_root(leaves));
    return;
  }
  const std::uint64_t k = split(leaves.size());
  if (old_size <= k) {
    consistency(old_size, leaves.first(k), whole, proof);
    proof.push_back(tree_root(leaves.subspan(k)));
  } else {
    consistency(old_size - k, leaves.subspan(k), false, proof);
    proof.push_back(tree_root(leaves.first(k)));
  }
}

}  // namespace

Hash32 leaf_hash(BytesView record) { return sha256({leaf_mark, record}); }

Hash32 node_hash(const Hash32& left, const Hash32& right) { return sha256({node_mark, left, right}); }

Hash32 empty_root() { return sha256({}); }

std::optional<Frontier> Frontier::restore(std::uint64_t size, std::span<const Hash32> nodes) {
  if (nodes.size() != static_cast<std::size_t>(std::popcount(size))) return std::nullopt;
  Frontier frontier;
  frontier.size_ = size;
  frontier.nodes_.assign(nodes.begin(), nodes.end());
  return frontier;
}

void Frontier::append(const Hash32& leaf) {
  // Adding one to the size carries through its trailing ones: each is a subtree that becomes a left child.
  Hash32 node = leaf;
  for (std::uint64_t size = size_; (size & 1) != 0; size >>= 1) {
    node = node_hash(nodes_.back(), node);
    nodes_.pop_back();
  }
  nodes_.push_back(node);
  ++size_;
}

Hash32 Frontier::root() const {
  if (nodes_.empty()) return empty_root();
  Hash32 root = nodes_.back();
  for (std::size_t i = nodes_.size() - 1; i-- > 0;) root = node_hash(nodes_[i], root);
  return root;
}

NodeTree::NodeTree(const Frontier& from) {
  const std::span nodes(from.nodes());
  const auto above = static_cast<std::size_t>(std::popcount(from.size() / node_leaves));
  above_ = *Frontier::restore(from.size() / node_leaves, nodes.first(above));
  below_ = *Frontier::restore(from.size() % node_leaves, nodes.subspan(above));
}

std::optional<Hash32> NodeTree::append(const Hash32& leaf) {
  below_.append(leaf);
  if (below_.size() < node_leaves) return std::nullopt;
  const Hash32 node = below_.root();
  below_ = {};
  above_.append(node);
  return node;
}

Frontier NodeTree::frontier() const {
  std::vector<Hash32> nodes = above_.nodes();
  nodes.insert(nodes.end(), below_.nodes().begin(), below_.nodes().end());
  return *Frontier::restore(above_.size() * node_leaves + below_.size(), nodes);
}

Hash32 tree_root(std::span<const Hash32> leaves) {
  Frontier frontier;
  for (const Hash32& leaf : leaves) frontier.append(leaf);
  return frontier.root();
}

std::vector<Hash32> inclusion_proof(std::uint64_t index, std::span<const Hash32> leaves) {
  if (leaves.size() <= 1) return {};
  const std::uint64_t k = split(leaves.size());
  if (index < k) {
    std::vector<Hash32> proof = inclusion_proof(index, leaves.first(k));
    proof.push_back(tree_root(leaves.subspan(k)));
    return proof;
  }
  std::vector<Hash32> proof = inclusion_proof(index - k, leaves.subspan(k));
  proof.push_back(tree_root(leaves.first(k)));
  return proof;
}

std::vector<Hash32> consistency_proof(std::uint64_t old_size, std::span<const Hash32> leaves) {
  std::vector<Hash32> proof;
  if (old_size != 0 && old_size != leaves.size()) consistency(old_size, leaves, true, proof);
  return proof;
}

bool check_inclusion(const Hash32& leaf, std::uint64_t index, std::uint64_t size,
                     std::span<const Hash32> proof, const Hash32& root) {
  if (index >= size) return false;
  std::uint64_t at = index, last = size - 1;
  Hash32 hash = leaf;
  for (const Hash32& sibling : proof) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      hash = node_hash(sibling, hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool check_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash32& old_root,
                       const Hash32& new_root, std::span<const Hash32> proof) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  // When the old tree is complete, its root is the first node and is not repeated in the proof.
  const bool complete = std::has_single_bit(old_size);
  if (proof.empty() && !complete) return false;
  std::uint64_t at = old_size - 1, last = new_size - 1;
  while ((at & 1) != 0) {
    at >>= 1;
    last >>= 1;
  }
  Hash32 old_hash = complete ? old_root : proof.front();
  Hash32 new_hash = old_hash;
  for (const Hash32& node : complete ? proof : proof.subspan(1)) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      old_hash = node_hash(node, old_hash);
      new_hash = node_hash(node, new_hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, node);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace dealog::eventstore
