#include "eventstore/key_filter.h"

#include <algorithm>
#include <cstring>

namespace dealog::eventstore {
namespace {

constexpr std::size_t bits_for_each = 12, bits_of_block = 512;
constexpr std::size_t first_blocks = 1024, blocks_growth = 4;
constexpr int bits_set = 6;

struct Place {
  std::uint64_t block = 0, bits = 0;   // nine of `bits` for each bit that is set

  explicit Place(const Hash16& key) {
    std::memcpy(&block, key.data(), sizeof block);
    std::memcpy(&bits, key.data() + sizeof block, sizeof bits);
  }
  std::size_t in(std::size_t blocks) const { return static_cast<std::size_t>((block & 0xFFFFFFFF) * blocks >> 32); }
};

}  // namespace

std::size_t KeyFilter::blocks_wanted() const {
  if (layers_.empty()) return first_blocks;
  const Layer& newest = layers_.back();
  return newest.keys * bits_for_each < newest.blocks.size() * bits_of_block ? 0 : newest.blocks.size() * blocks_growth;
}

void KeyFilter::add(const Hash16& key) {
  const Place place(key);
  Layer& layer = layers_.back();
  Block& block = layer.blocks[place.in(layer.blocks.size())];
  std::uint64_t bits = place.bits;
  for (int i = 0; i < bits_set; ++i, bits >>= 9) block.words[(bits >> 6) & 7] |= std::uint64_t{1} << (bits & 63);
  ++layer.keys;
}

bool KeyFilter::may_contain(const Hash16& key) const {
  const Place place(key);
  return std::ranges::any_of(layers_, [&](const Layer& layer) {
    const Block& block = layer.blocks[place.in(layer.blocks.size())];
    std::uint64_t bits = place.bits;
    for (int i = 0; i < bits_set; ++i, bits >>= 9)
      if ((block.words[(bits >> 6) & 7] >> (bits & 63) & 1) == 0) return false;
    return true;
  });
}

}  // namespace dealog::eventstore
