#pragma once
// Objects as answers show them.

#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/ask.h"
#include "api/encode.h"
#include "api/set_up.h"
#include "api/faults.h"
#include "domain/view.h"
#include "projections/world.h"

namespace dealog::api {

// The object folded from its own events in the log, up to a version and a moment, with what follows by rule from
// events of others: a deleted source is stripped, a removed stage replaced by its target. `set_up`: of the same moment.
View read_object(const Account& account, const SetUp& set_up, ObjectRef object, Version last = UINT32_MAX,
                 Instant as_of = end_of_time, Position known_at = UINT64_MAX);
// The object as it was right after its event number `version`, for command answers; `newest` is that event's envelope.
View object_at_version(Account& account, const SetUp& set_up, ObjectRef object, Version version, Envelope& newest);

// What follows for the object, at a moment, from events of others: its source was deleted, its stage removed. `set_up`: of
// the same moment. `is_of_rows`: the view is of the read models (Shown), which know what happened to a deal before it was closed.
void apply_rules(View& view, const Account& account, const SetUp& set_up, Instant as_of, Position known_at, bool is_of_rows = false);

// One value as answers show it. Is the field shown at all? Secrets are not.
void write_value(JsonWriter& json, const FieldSpec& spec, const Value& value, Currency currency);
// In which amounts of the object are: a deal's own currency, else the account's.
Currency currency_of(const View& view, const SetUp& set_up);
bool is_shown(const FieldSpec& spec);

// A deal's last activity as the World knows it; nothing for other kinds.
std::optional<Instant> last_activity(const projections::World& world, const View& view);

// Whose eyes an answer is for. A private note's text, and what hangs on it, is its author's alone (SPEC ACC-5): where it was
// private then, and everywhere while it is.
struct Eyes {
  Uuid reader;
  bool is_private_now = false;
};
// `present`: the live world.
Eyes eyes_on(const projections::World& present, const Uuid& reader, ObjectRef object);
// Is what the object says not for those eyes? Then the private parts of it are null.
bool conceals(const View& view, const Eyes& eyes);
bool is_private_part(const FieldSpec& spec);

// Appends the object as API.md 3 shapes it. `last_activity`: of a deal. `only`: names of top-level members to show, and of
// custom fields ("cf.delivery"); empty: all.
void write_object(JsonWriter& json, const View& view, const SetUp& set_up, const Eyes& eyes, std::optional<Instant> last_activity,
                  const std::vector<std::string>& only = {});

// What `fields=` picks of a kind; empty: everything. Adds a fault for each name that the kind does not have in that world.
std::vector<std::string> members_asked(const Call& call, const projections::World& world, Kind kind, Faults& faults);

// The answer to a GET of one object, at the question's moment: 404 when it is not there, 304 when the client has it, 400
// for parameters that cannot be. REQUIRES: the reader may see it.
Response answer_object(const Call& call, const Question& question, ObjectRef object);

}  // namespace dealog::api
