#include "api/tile_path.h"

#include <algorithm>
#include <string_view>

namespace dealog::api {

namespace {

constexpr unsigned most_level = 6;   // more than 2^56 records are in none

// Decimal digits, without a zero in front.
std::optional<unsigned> small_number(std::string_view text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

}  // namespace

std::optional<TilePath> parse_tile_path(std::span<const std::string> segments) {
  if (segments.size() < 2) return std::nullopt;
  TilePath path;
  if (segments.front() != "entries") {
    path.level = small_number(segments.front());
    if (!path.level || *path.level > most_level) return std::nullopt;
  }
  segments = segments.subspan(1);
  const bool is_partial = segments.size() > 1 && segments[segments.size() - 2].ends_with(".p");
  if (is_partial) {
    const auto width = small_number(segments.back());
    if (!width || *width == 0 || *width > 255) return std::nullopt;
    path.width = *width;
    segments = segments.first(segments.size() - 1);
  }
  if (segments.size() > 4) return std::nullopt;   // numbers below 10^12
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::string_view group = segments[i];
    const bool is_last = i + 1 == segments.size();
    if (is_last && is_partial) group.remove_suffix(2);
    if (!is_last) {
      if (!group.starts_with('x')) return std::nullopt;
      group.remove_prefix(1);
    }
    if (group.size() != 3 || !std::ranges::all_of(group, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    if (i == 0 && !is_last && group == "000") return std::nullopt;
    path.number = path.number * 1000 + static_cast<std::uint64_t>((group[0] - '0') * 100 + (group[1] - '0') * 10 + (group[2] - '0'));
  }
  return path;
}

}  // namespace dealog::api
