#pragma once
// One question over names, e-mails, phones and tax ids (SPEC CON-4): persons, companies, deals and leads that have every
// word of it in one of these, disregarding case, accents and the way in which phones are written. Best first.

#include <string>
#include <string_view>
#include <vector>

#include "projections/query.h"

namespace dealog::projections {

// How well a value meets the question: it is the same, begins with it, has its words as beginnings of words, or has them
// anywhere.
enum class Match : std::uint8_t { exact, prefix, word, contains };

struct Hit {
  Kind kind = Kind::none;
  Row row = no_row;
  Match match = Match::contains;
  std::string_view field;      // where: "name", "emails"
  std::string value;           // what stands there
  std::string label;           // name or title
};

// The best `limit` hits that the reader may see, in the order of match, kind (as in `kinds`) and age; ones of deleted and
// merged objects are not among them. REQUIRES: the question is not blank.
std::vector<Hit> search(std::shared_ptr<const World> world, const Asked& asked, std::string_view question, std::span<const Kind> kinds,
                        std::size_t limit);

// The kinds that are searched, in the order of answers.
std::span<const Kind> searched_kinds();

}  // namespace dealog::projections
