#pragma once
// Numbers that look random and are the same on every machine and in every version, because the generator is ours
// (splitmix64) and no floating point or library distribution is involved.

#include <cstddef>
#include <cstdint>

#include "domain/types.h"

namespace dealog::tools {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ull;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBull;
  return bits ^ (bits >> 31);
}

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}
  // A sequence of its own for each (seed, stream, index), so one thing's numbers do not depend on another's.
  constexpr Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t index)
      : state_(mixed(mixed(seed + 0x9E3779B97F4A7C15ull * stream) ^ (index + 0x2545F4914F6CDD1Dull))) {}

  constexpr std::uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15ull); }
  // From 0 to bound - 1; 0 for bound 0. The bias (below 2^-32 for our bounds) does not matter here.
  constexpr std::uint64_t below(std::uint64_t bound) {
    return bound == 0 ? 0 : static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  constexpr bool chance(unsigned per_mille) { return below(1000) < per_mille; }

  // The id of the index-th thing of a kind in a seed's history; marked as a UUID of version 8.
  static Uuid id(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
    Random random(seed, stream ^ 0x1D00000000000000ull, index);
    Uuid id;
    for (std::size_t half = 0; half < 2; ++half) {
      const std::uint64_t bits = random.next();
      for (std::size_t i = 0; i < 8; ++i) id.bytes[half * 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
    }
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
  }

 private:
  std::uint64_t state_;
};

}  // namespace dealog::tools
