#pragma once
// An object's history, step by step (SPEC AUD-1, AUD-2): its own events in the order of the log, and between them what
// follows for it by rule from events of others, which stand in nobody's record: its source was deleted, its stage removed.
//
//     deal.created    deal.moved    source.deleted (follows: source_id is null)    deal.closed

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/event_json.h"
#include "api/set_up.h"
#include "domain/view.h"

namespace dealog::api {

// Valid while it is visited.
struct Step {
  const fb::Record& record;      // of the event; where it follows, the other object's
  Envelope around;               // of the same
  bool follows = false;
  const View& before;            // the object, with what followed until then
  const View& after;
  const SetUp& set_up;           // as it was right after the event
  const fb::Record* replaced = nullptr;  // an event that says the whole anew: the one before it, if any
  const Fields* personal = nullptr;      // the event's opened part
  const std::vector<std::uint16_t>& fields;  // that the event assigns, each once
  bool conceals = false;         // personal fields are not the reader's business: another's private note
  bool hides_reason = false;     // nor why it is held

  bool erased() const;           // the event has a personal part that cannot be opened any more
};

struct StepsAsked {
  ObjectRef object;
  Uuid reader;                          // who sees the object; nil: everything is shown
  Role role = Role::administrator;      // the reader's
  const projections::World* live = nullptr;   // his rights are those of now; null: nothing but his role counts
  Instant as_of = end_of_time;          // only what holds by then
  Position known_at = UINT64_MAX;       // only what was recorded by then
};

// An event that not everybody may see who sees its object. That a user had scorecards, which were deleted, is known to those who
// see his scorecards; that he asks for access to a deal, to those who see the deal (SPEC ACC-5): what he guessed tells nobody else.
// He sees both himself.
bool is_hidden(const fb::Record& record, const projections::World* live, const projections::Reader& reader);

// Why a legal hold was placed is for administrators and auditors (SPEC CON-3).
constexpr bool sees_holds(Role role) { return role == Role::administrator || role == Role::auditor; }

// Visits the steps, oldest first, until `visit` returns false. `present`: the set-up of now. Reads the object's events
// by the index, never the log.
void for_each_step(const Account& account, const SetUp& present, const StepsAsked& asked, const std::function<bool(const Step&)>& visit);

// The object after the step, as its reader may see it.
View state_of(const Step& step);

// What the step says, and what stood in its place: what the event assigns, and what else it says.
JsonMembers data_of(const Step& step);
JsonMembers before_of(const Step& step);

// Is the member asked for? `only` empty: each is.
bool wants(const std::vector<std::string>& only, std::string_view member);

// What stands around the event (API.md 3), as members of an open JSON object; and the event with all it says. `only`:
// names of members to show; empty: all.
void write_around(JsonWriter& json, const Step& step, ObjectRef object, const std::vector<std::string>& only = {});
void write_step(JsonWriter& json, const Step& step, ObjectRef object, const std::vector<std::string>& only = {});
std::string type_of(const Step& step);

// The members of an event, for `fields=`.
std::span<const std::string_view> step_members();

}  // namespace dealog::api
