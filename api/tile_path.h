#pragma once
// Paths of tiles as C2SP tlog-tiles writes them: "<level>/<number>[.p/<width>]" and "entries/<number>[.p/<width>]",
// the number in groups of three digits, all but the last with an x before them: 1234067 is "x001/x234/067".

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace dealog::api {

struct TilePath {
  std::optional<unsigned> level;   // nothing: entries
  std::uint64_t number = 0;
  unsigned width = 256;            // 1 to 256; below 256: a partial tile

  friend bool operator==(const TilePath&, const TilePath&) = default;
};

// Of the segments behind "tile/"; nothing when they are no such path, or not written in the one way there is.
std::optional<TilePath> parse_tile_path(std::span<const std::string> segments);

}  // namespace dealog::api
