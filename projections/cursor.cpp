#include "projections/cursor.h"

#include <algorithm>
#include <array>

namespace dealog::projections {
namespace {

constexpr std::size_t size = 48, checked = 40;
constexpr std::uint8_t format = 1;
using Raw = std::array<std::uint8_t, size>;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// FNV-1a, 64 bits.
constexpr std::uint64_t fnv_start = 0xcbf29ce484222325ull;
std::uint64_t fnv(std::uint64_t hash, const void* data, std::size_t bytes) {
  const auto* byte = static_cast<const std::uint8_t*>(data);
  for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ byte[i]) * 0x100000001b3ull;
  return hash;
}
std::uint64_t fnv(std::uint64_t hash, std::string_view text) {
  const std::uint64_t length = text.size();
  return fnv(fnv(hash, &length, sizeof length), text.data(), text.size());
}

void put(Raw& raw, std::size_t at, std::uint64_t value, std::size_t bytes = 8) {
  for (std::size_t i = 0; i < bytes; ++i) raw[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}
std::uint64_t get(const Raw& raw, std::size_t at, std::size_t bytes = 8) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{raw[at + i]} << (8 * i);
  return value;
}

}  // namespace

std::string encode(const Cursor& cursor) {
  Raw raw{};
  raw[0] = format;
  put(raw, 1, cursor.query);
  put(raw, 9, cursor.position);
  put(raw, 17, static_cast<std::uint64_t>(cursor.as_of.ms));
  put(raw, 25, static_cast<std::uint64_t>(cursor.now.ms));
  put(raw, 33, cursor.last, 4);
  put(raw, checked, fnv(fnv_start, raw.data(), checked));
  std::string text;
  for (std::size_t i = 0; i < size; i += 3) {
    const unsigned three = unsigned{raw[i]} << 16 | unsigned{raw[i + 1]} << 8 | raw[i + 2];
    for (const unsigned shift : {18u, 12u, 6u, 0u}) text += alphabet[three >> shift & 63];
  }
  return text;
}

std::optional<Cursor> decode_cursor(std::string_view text) {
  if (text.size() != size / 3 * 4) return std::nullopt;
  Raw raw{};
  for (std::size_t i = 0; i < size / 3; ++i) {
    unsigned three = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t digit = alphabet.find(text[4 * i + j]);
      if (digit == std::string_view::npos) return std::nullopt;
      three = three << 6 | static_cast<unsigned>(digit);
    }
    for (std::size_t j = 0; j < 3; ++j) raw[3 * i + j] = static_cast<std::uint8_t>(three >> (16 - 8 * j));
  }
  if (raw[0] != format || get(raw, checked) != fnv(fnv_start, raw.data(), checked)) return std::nullopt;
  Cursor cursor;
  cursor.query = get(raw, 1);
  cursor.position = get(raw, 9);
  cursor.as_of.ms = static_cast<std::int64_t>(get(raw, 17));
  cursor.now.ms = static_cast<std::int64_t>(get(raw, 25));
  cursor.last = static_cast<Row>(get(raw, 33, 4));
  return cursor;
}

std::uint64_t query_digest(std::string_view scope, const Parameters& parameters, const Reader& reader, const World& world) {
  Parameters sorted;
  for (const auto& each : parameters)
    if (each.first != "cursor" && each.first != "limit" && each.first != "include") sorted.push_back(each);
  std::ranges::sort(sorted);
  std::uint64_t hash = fnv(fnv_start, scope);
  for (const auto& [name, value] : sorted) hash = fnv(fnv(hash, name), value);
  hash = fnv(hash, reader.user.bytes.data(), reader.user.bytes.size());
  const std::int64_t as_of = world.moment().as_of.ms;
  return fnv(hash, &as_of, sizeof as_of);
}

}  // namespace dealog::projections
