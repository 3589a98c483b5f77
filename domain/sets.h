#pragma once
// Sets of an object: tags, groups, participants, teams, files of a note, choices of a custom field. Of other fields the model
// has prints; of these it knows the members, so that a command can add some and take some out without saying the rest, and
// whoever else does so meanwhile loses nothing (SPEC DEA-8):
//
//     {"add": [hot], "remove": [cold]} --add_whole_sets, with what is there now--> the whole set --every rule, as if it had been given
//     so--> Edited
//
// Only what is new of such a set is looked at (check.cpp): what was there stays, though it could not be named any more.
//
// Inside domain/ only.

#include "domain/command.h"
#include "domain/state.h"

namespace dealog {

// What the set holds, as it is shown: without words that were deleted. Null: the field is no set.
Value members_of(const ModelState& state, ObjectRef object, const FieldSpec& spec);
// The sets that come of the changes, beside the other fields of an edit.
void add_whole_sets(const ModelState& state, ObjectRef object, const std::vector<command::SetChange>& changes, Fields& fields);

// Without what of sets was deleted: words that go from everything with their deletion.
void leave_out_deleted(const ModelState& state, Kind kind, Fields& fields);

// A field of the object has the value from now on.
void note_set(ModelState& state, ObjectRef object, const FieldSpec& spec, const Value& value);

}  // namespace dealog
