#pragma once
// Who has access to deals and leads, who asks for it, and what a user has read of what he was told (SPEC ACC-4, ACC-5, ACT-5).
// Whom a fact is told to is for the read models to say (projections/notices.h). Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// By who may write the deal or lead.
Decision change_participants(Deciding& deciding, const command::ChangeParticipants& change);
// Accepted whatever the deal is, so that it reveals nothing; once a day for each.
Decision request_access(Deciding& deciding, const command::RequestAccess& request);
Decision read_notifications(Deciding& deciding, const command::ReadNotifications& read);

}  // namespace dealog
