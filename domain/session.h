#pragma once
// Passwords and log-ins (SPEC ACC-7). A session is a token of limited life that a log-in makes:
//
//     absent --log in--> valid --log out, a new password, suspension--> ended, for good
//                          | its time is over
//
// Passwords are never here, only their hashes; that one fits is found out by api/ (it takes long), and the decision compares
// the hash that was found to fit with the one that holds now. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// His own with the old one, once he has one; anybody's by an administrator. Ends his other sessions.
Decision set_password(Deciding& deciding, const command::SetPassword& set);
Decision log_in(Deciding& deciding, const command::LogIn& log_in);
// One's own sessions only.
Decision log_out(Deciding& deciding, const command::LogOut& log_out);

// Ends the user's sessions, but for one (nil: none).
void end_sessions(Deciding& deciding, const Uuid& user, const Uuid& spared, std::uint32_t cause);

// A token was made or revoked.
void apply_token(ModelState& state, const Envelope& envelope, const Event& event);

}  // namespace dealog
