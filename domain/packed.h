#pragma once
// Values as bytes in memory, one behind the other: what read models keep of lines, costs and parameters. Never on disk.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dealog {

inline constexpr std::int32_t no_day = INT32_MIN;

template <class T>
void append(std::string& bytes, const T& value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }

// REQUIRES: so many bytes are there.
template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

}  // namespace dealog
