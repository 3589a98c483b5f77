#pragma once
// What the log says was erased, made so (ARCHITECTURE 8): the commit comes first, then the keys go. Between the two the
// program may have been killed, so this is done again at every open.

#include "eventstore/event_log.h"
#include "eventstore/keyring.h"

namespace dealog::eventstore {

// Whose keys the record says are destroyed; none when it is about something else.
std::vector<ObjectRef> erased_by(const fb::Record& record);

// Destroys the keys that the newest commit says are destroyed, where they are still there; returns how many were. No commit
// follows one whose erasures failed, so older ones are done. (The account's writer looks at all of them in passing.)
// REQUIRES: nobody uses the keys yet. Throws StorageError.
std::size_t finish_erasures(const EventLog& log, Keyring& keys);

}  // namespace dealog::eventstore
