#pragma once
// Who may see and who may change what (SPEC ACC-4, ACC-5). One table; nothing else decides about rights.

#include "domain/state.h"

namespace dealog {

enum class Deed : std::uint8_t { create, edit, remove };  // verbs are edits; restoring goes with removing

// What does not exist is seen by nobody; a deleted object by those who saw it. Nil is the system: it sees all.
bool may_see(const ModelState& state, const Uuid& user, ObjectRef object);

// May `user` (active, and able to see the object) do this to it? For Deed::create the object's id does not matter.
// Nil, the system, may do what the table lets anybody do at all.
bool may(const ModelState& state, const Uuid& user, Deed deed, ObjectRef object);

// May anybody at all, with whatever role?
bool is_offered(Deed deed, Kind kind);

// Owner, creator or participant.
bool takes_part(const Deal& deal, const Uuid& user);
bool takes_part(const Lead& lead, const Uuid& user);

}  // namespace dealog
