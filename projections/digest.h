#pragma once
// SHA-256 over everything a query can see, in a fixed order: by content, not by where it lies in memory.

#include <array>
#include <cstdint>

#include "projections/live_world.h"

namespace dealog::projections {

std::array<std::uint8_t, 32> digest_of(const LiveWorld& world);

}  // namespace dealog::projections
