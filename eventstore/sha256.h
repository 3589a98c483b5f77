#pragma once
// SHA-256 through an algorithm fetched once, which halves the price of hashing a small record.

#include <initializer_list>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

// Of the parts, one after another. Threads: any.
Hash32 sha256(std::initializer_list<BytesView> parts);

// The first 16 bytes of the above: the checksum in our formats. Strong, because a flipped bit must never
// pass for data, and no dearer here than a weak one (SHA instructions: 1.8 GB/s).
Hash16 checksum16(std::initializer_list<BytesView> parts);
inline constexpr std::size_t checksum_size = sizeof(Hash16);

// Lower-case hexadecimal, for messages.
std::string hex(BytesView bytes);

}  // namespace dealog::eventstore
