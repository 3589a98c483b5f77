#pragma once
// What a token can be limited to (SPEC ACC-7): scopes. Every route has one, by its tag, so that none can be forgotten: a tag that no
// scope gathers is a scope of its own, and outside of every token that does not name it.

#include <string_view>
#include <vector>

#include "api/route.h"

namespace dealog::api {

std::string_view scope_of(const Route& route);
// All there are, sorted. Public routes need none.
std::vector<std::string_view> scopes_of(const Routes& routes);

}  // namespace dealog::api
