#pragma once
// Uploaded files (SPEC ACT-4): what is known of one. Its bytes are on the disk before it is born (eventstore/stored_files.h)
// and never change.
//
//     absent --create--> there --delete, restore--> ...
//
// A file hangs on what its links name: who sees that, sees it. One that hangs on nothing is its author's; it comes to hang
// where the first note does that carries it and is not private, and stays there unless that is taken back (undo.h).
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// What a note or a file hangs on.
struct Hung { Uuid deal = {}, lead = {}, person = {}, company = {}, space = {}; };
Hung hung(const Fields& fields);

Decision create_file(Deciding& deciding, const command::Create& create);
// A note that hangs there carries these files from the event `cause` on. What of them does not exist is passed over.
void hang_files(Deciding& deciding, const std::vector<Uuid>& files, const Hung& on, std::uint32_t cause);

bool is_link_of_file(std::uint16_t field);

void apply_file(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
