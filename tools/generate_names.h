#pragma once
// Words that made-up histories are written with: Polish and English people, firms, deals, notes.

#include <span>
#include <string>
#include <string_view>

#include "tools/generate_random.h"

namespace dealog::tools::names {

struct Person { std::string first, last; };
Person person(Random& random);
// "Kowalski i Synowie", "Northgate Logistics Ltd".
std::string company(Random& random);
// "wdrożenie", "annual licence": what a deal is about.
std::string_view subject(Random& random);
std::string_view note(Random& random);
std::string_view job(Random& random);
std::string_view task(Random& random);
// Only a-z and 0-9, for addresses: "Żółw & Co" becomes "zolwco".
std::string slug(std::string_view name);

}  // namespace dealog::tools::names
