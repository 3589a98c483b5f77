#pragma once
// Text as the business compares it. Stored text is what was given; these are keys beside it.

#include <string>
#include <string_view>

namespace dealog {

// Sound UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. (U+0000 is sound.)
bool is_valid_utf8(std::string_view text);

// The key under which unique names are compared [GEN-11]: NFKC, white space at the ends dropped and elsewhere
// collapsed to one space, case folded (full, locale-independent: "STRASSE" meets "Straße"). Applying it twice
// changes nothing. What is not UTF-8 is read with replacement characters. Any thread.
std::string normalised(std::string_view text);

// As `normalised`, and without diacritics, so that "lodz" finds "Łódź". For looking up, never for
// equality of names.
std::string fold_for_search(std::string_view text);

}  // namespace dealog
