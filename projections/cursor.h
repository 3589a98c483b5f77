#pragma once
// Where a list goes on: opaque to clients, pinned to the position of the first page, so that pages never lose
// or repeat a row whatever is recorded meanwhile. Base64url of 48 bytes, little endian:
//
//     1  format   8  digest of the query   8  position   8  as_of   8  now   4  last row   8  check sum (of all before)
//     (and 3 zero bytes between last row and check sum)
//
// Nothing in it is secret or trusted: a reader's rights are asked on every page.

#include <optional>
#include <string>
#include <string_view>

#include "projections/query.h"

namespace dealog::projections {

struct Cursor {
  std::uint64_t query = 0;
  Position position = 0;
  Instant as_of, now;
  Row last = 0;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

std::string encode(const Cursor& cursor);
// Nothing when it is not one of ours, or was damaged.
std::optional<Cursor> decode_cursor(std::string_view text);

// What makes two pages pages of the same list: `scope`, the parameters but cursor, limit and include, in any
// order, the reader, and as_of. (known_at is the cursor's own position.)
std::uint64_t query_digest(std::string_view scope, const Parameters& parameters, const Reader& reader, const World& world);

}  // namespace dealog::projections
