#pragma once
// What the log says about itself (SPEC AUD-3), as events of the account:
//
//     heads_committed       {up_to, root}: the newest version of every object among the events up to `up_to`, as one
//                           hash (eventstore/heads.h). It makes "complete up to that position" provable.
//     signing_key_changed   {origin, previous, next, signature}: checkpoints are signed with `next` from here on. Who
//                           holds the previous key checks the signature, and so trusts the next one.
//
// The system commits heads; administrators, and the operator, change keys. Inside domain/, but for the text.

#include <string>

#include "domain/deciding.h"

namespace dealog {

// What the previous key signs: a text of three lines, "<origin>", "signing key change", the next key in lower-case
// hexadecimal, each ended by a newline. DO NOT CHANGE: signatures over it are on disk.
std::string key_change_text(const event::SigningKeyChanged& change);
// Is the change signed by its previous key?
bool is_signed(const event::SigningKeyChanged& change);

// Heads lie this far behind the newest event at most, so that who checks the log again need not remember more.
inline constexpr Position most_heads_lag = 65'536;

// Nothing changes when later heads are committed already. Refused: heads of what has not happened, or too far back.
Decision commit_heads(Deciding& deciding, const command::CommitHeads& heads);
// Refused: not signed by the previous key, another previous key or origin than the log names, the same key again.
Decision change_signing_key(Deciding& deciding, const command::ChangeSigningKey& wanted);
void apply_audit(ModelState& state, const Event& event);

}  // namespace dealog
