#include "eventstore/hash_tree.h"

#include <bit>
#include <map>

namespace dealog::eventstore {

namespace {

constexpr unsigned tile_bits = 8;

}  // namespace

// One question's look at the tree; it remembers the leaves that it had to hash.
class HashTree::Reader {
 public:
  explicit Reader(const HashTree& tree) : tree_(tree) {}

  // The root of the complete subtree number `index` of 2^level records.
  Hash32 node(unsigned level, std::uint64_t index) {
    if (level < tile_bits) {
      const std::uint64_t first = index << level, count = std::uint64_t{1} << level;
      const std::vector<Hash32>& leaves = block(first / tile, first % tile + count);
      return tree_root(std::span(leaves).subspan(first % tile, count));
    }
    const unsigned kept = level / tile_bits * tile_bits;
    const std::uint64_t count = std::uint64_t{1} << (level - kept);
    const std::shared_lock lock(tree_.mutex_);
    return tree_root(std::span(tree_.levels_[level / tile_bits - 1]).subspan(index * count, count));
  }

  // The root over `size` records from `first` on, which is a multiple of the next power of two.
  Hash32 range(std::uint64_t first, std::uint64_t size) {
    if (std::has_single_bit(size)) {
      const auto level = static_cast<unsigned>(std::countr_zero(size));
      return node(level, first >> level);
    }
    const std::uint64_t left = split(size);
    const Hash32 left_root = range(first, left);
    return node_hash(left_root, range(first + left, size - left));
  }

  void inclusion(std::uint64_t index, std::uint64_t first, std::uint64_t size, std::vector<Hash32>& proof) {
    if (size == 1) return;
    const std::uint64_t left = split(size);
    if (index < left) {
      inclusion(index, first, left, proof);
      proof.push_back(range(first + left, size - left));
    } else {
      inclusion(index - left, first + left, size - left, proof);
      proof.push_back(range(first, left));
    }
  }

  void consistency(std::uint64_t old_size, std::uint64_t first, std::uint64_t size, bool whole, std::vector<Hash32>& proof) {
    if (old_size == size) {
      if (!whole) proof.push_back(range(first, size));
      return;
    }
    const std::uint64_t left = split(size);
    if (old_size <= left) {
      consistency(old_size, first, left, whole, proof);
      proof.push_back(range(first + left, size - left));
    } else {
      consistency(old_size - left, first + left, size - left, false, proof);
      proof.push_back(range(first, left));
    }
  }

  // Hashes of the first `count` records of a block of 256.
  const std::vector<Hash32>& block(std::uint64_t number, std::uint64_t count) {
    std::vector<Hash32>& leaves = blocks_[number];
    const Position have = number * tile + leaves.size();
    if (leaves.size() < count)
      tree_.log_.read(have, number * tile + count, [&](const StoredRecord& stored) {
        leaves.push_back(leaf_hash(stored.bytes));
        return true;
      });
    if (leaves.size() < count) throw StorageError("the log ends before position " + std::to_string(number * tile + count));
    return leaves;
  }

 private:
  const HashTree& tree_;
  std::map<std::uint64_t, std::vector<Hash32>> blocks_;
};

void HashTree::add(const Hash32& subtree) {
  const std::unique_lock lock(mutex_);
  Hash32 node = subtree;
  for (std::size_t k = 0;; ++k) {
    if (k == levels_.size()) levels_.emplace_back();
    levels_[k].push_back(node);
    if (levels_[k].size() % tile != 0) return;
    node = tree_root(std::span(levels_[k]).last(tile));
  }
}

void HashTree::reach(std::uint64_t size) {
  const auto blocks = [this]() -> std::uint64_t {
    const std::shared_lock lock(mutex_);
    return levels_.empty() ? 0 : levels_.front().size();
  };
  if (blocks() >= size / tile) return;
  const std::lock_guard reaching(reaching_);
  if (blocks() == 0) {
    for (const Hash32& node : log_.kept_nodes()) add(node);
    if (blocks() >= size / tile) return;
  }
  std::vector<Hash32> leaves;
  leaves.reserve(tile);
  log_.read(blocks() * tile, size / tile * tile, [&](const StoredRecord& stored) {
    leaves.push_back(leaf_hash(stored.bytes));
    if (leaves.size() == tile) {
      add(tree_root(leaves));
      leaves.clear();
    }
    return true;
  });
  if (blocks() < size / tile) throw StorageError("the log ends before position " + std::to_string(size));
}

Hash32 HashTree::root(std::uint64_t size) {
  if (size == 0) return empty_root();
  reach(size);
  return Reader(*this).range(0, size);
}

std::vector<Hash32> HashTree::inclusion(std::uint64_t index, std::uint64_t size) {
  return inclusions({&index, 1}, size).front();
}

std::vector<std::vector<Hash32>> HashTree::inclusions(std::span<const std::uint64_t> indexes, std::uint64_t size) {
  reach(size);
  Reader reader(*this);
  std::vector<std::vector<Hash32>> proofs(indexes.size());
  for (std::size_t i = 0; i < indexes.size(); ++i) reader.inclusion(indexes[i], 0, size, proofs[i]);
  return proofs;
}

std::vector<Hash32> HashTree::consistency(std::uint64_t old_size, std::uint64_t size) {
  std::vector<Hash32> proof;
  if (old_size == 0 || old_size == size) return proof;
  reach(size);
  Reader(*this).consistency(old_size, 0, size, true, proof);
  return proof;
}

std::vector<Hash32> HashTree::tile_hashes(unsigned level, std::uint64_t number, std::uint64_t count) {
  if (level == 0) return Reader(*this).block(number, count);
  reach((number * tile + count) << (tile_bits * level));
  const std::shared_lock lock(mutex_);
  const auto nodes = std::span(levels_[level - 1]).subspan(number * tile, count);
  return {nodes.begin(), nodes.end()};
}

}  // namespace dealog::eventstore
