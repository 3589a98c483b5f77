#pragma once
// Numbers as bytes on disk: little-endian wherever our own formats are drawn; big-endian only in keys that
// RocksDB sorts.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "domain/codec.h"

namespace dealog::eventstore {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bytes on disk are little-endian");

template <class T>
void put(Bytes& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto* raw = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), raw, raw + sizeof(T));
}

inline BytesView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

inline void put_bytes(Bytes& out, BytesView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// REQUIRES: `bytes` is long enough.
template <class T>
T get(BytesView bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <class T>
void set(std::uint8_t* at, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(at, &value, sizeof(T));
}

inline void put_big_endian(char* at, std::uint64_t value) {
  for (int i = 7; i >= 0; --i, value >>= 8) at[i] = static_cast<char>(value & 0xFF);
}

inline std::uint64_t get_big_endian(BytesView bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | bytes[offset + i];
  return value;
}

constexpr std::size_t padded8(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

}  // namespace dealog::eventstore
