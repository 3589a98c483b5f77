#pragma once
// Where words of a person stand that are not sealed with his key: in the name of a deal, of a task, in somebody's note, in a
// shared filter (SPEC CON-3). Erasing him leaves them, so they are listed, for editing.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/world.h"

namespace dealog::projections {

// What the object is called and reached by, as it is looked for: each word of its names, its addresses and numbers.
std::vector<std::string> words_of(const World& world, Kind kind, Row row);

struct Mention {
  Kind kind = Kind::none;
  Row row = no_row;
  std::string field;              // "name", "cf.size"
  std::string_view value;         // in the world's arena
};
struct Mentions {
  std::vector<Mention> first;     // at most `most`, by kind and row
  std::size_t total = 0;
};

// Texts that somebody gave in which any of the words stands, but for what is personal of the objects in `erased` (sorted).
Mentions mentions(const World& world, const std::vector<std::string>& words, std::span<const ObjectRef> erased, std::size_t most);

}  // namespace dealog::projections
