#pragma once
// Objects as answers show them.

#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/encode.h"
#include "domain/view.h"
#include "projections/world.h"

namespace dealog::api {

// The object folded from its own events in the log, up to a version and a moment, with what follows by rule from
// events of others: a deleted source is stripped, a removed stage replaced by its target. `world` stands at the
// same moment; of it only the set-up is used.
//
// `newest`: told of the envelope of the newest event that was applied; may be null.
View read_object(const Account& account, const projections::World& world, ObjectRef object,
                 Version last = UINT32_MAX, Instant as_of = end_of_time, Position known_at = UINT64_MAX,
                 Envelope* newest = nullptr);

// Appends the object as API.md 3 shapes it. `only`: names of top-level members to show; empty: all. `last_activity`: of a
// deal, when the answer must be the same for ever (a command's); nothing: what the world knows.
void write_object(JsonWriter& json, const View& view, const projections::World& world,
                  const std::vector<std::string>& only = {}, std::optional<Instant> last_activity = std::nullopt);

}  // namespace dealog::api
