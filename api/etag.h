#pragma once
// Entity tags: `"12"` is the version of an object; queries make theirs from what their answer depends on.

#include <optional>
#include <string>
#include <string_view>

#include "domain/types.h"

namespace dealog::api {

// "\"12\"".
std::string etag(Version version);
// "\"12-9f2c...\"": of an answer that may change although the object's version does not.
std::string etag(Version version, std::string_view answer);
// W/"..." over anything that the answer depends on: the position, the rights, the day, the target.
std::string weak_etag(std::string_view what_it_depends_on);

// Does `header` (If-None-Match: a list of tags, or *) name `etag`? Weak comparison: W/"1" equals "1".
bool names_etag(std::string_view header, std::string_view etag);

// If-Match of a command: the version it asks for, in either form above; nothing when the header is empty or "*".
// `bad` is set when it is neither (a weak tag, a list, not a version): 400.
std::optional<Version> version_asked(std::string_view if_match, bool& bad);

}  // namespace dealog::api
