#pragma once
// The account and its settings, users, teams and tokens (SPEC 3).
//
//     user    absent --create--> active <--edit is_suspended--> suspended; never deleted
//     team    a tree; deleted when no team is below it
//     token   absent --create--> valid --delete--> revoked, for good (sessions: session.h)
//
// The last active administrator stays one. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision edit_account(Deciding& deciding, const command::Edit& edit);
Decision create_user(Deciding& deciding, const command::Create& create);
Decision edit_user(Deciding& deciding, const command::Edit& edit);
Decision create_team(Deciding& deciding, const command::Create& create);
Decision edit_team(Deciding& deciding, const command::Edit& edit);
Decision create_token(Deciding& deciding, const command::Create& create);
// A team goes only when no team is below it.
void check_team_removal(Deciding& deciding, const Uuid& team);

void apply_account(ModelState& state, const Event& event);
void apply_user(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);
void apply_team(ModelState& state, const Envelope& envelope, const Event& event);

// Names that are unique among live objects (SPEC GEN-11): the name's holder other than `self`, if there is one.
bool is_taken(const Names& names, const std::string& name, const Uuid& self);
// Keeps an index of names up to date: `held` is what the object had (normalised), null when it has none now.
void rename(Names& names, std::string& held, const Uuid& id, const std::string* name);

}  // namespace dealog
