#pragma once
// Dictionaries (SPEC 4): sources, close reasons, groups, tags, task types, products, categories, exchange rates: words that
// other objects refer to. What becomes of their users when they are deleted: deletion_of in fields.h.
//
//     source         absent --create--> there --delete--> gone for good: it is null wherever it stands (DIC-1)
//     close reason   absent --create--> there <--edit is_archived--> archived; deleted only while never used (DIC-3)
//     word           one of the two, by its kind; a product is named freely, an exchange rate by its currency and day
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_source(Deciding& deciding, const command::Create& create);
Decision edit_source(Deciding& deciding, const command::Edit& edit);
Decision create_close_reason(Deciding& deciding, const command::Create& create);
Decision edit_close_reason(Deciding& deciding, const command::Edit& edit);
Decision create_word(Deciding& deciding, const command::Create& create);
Decision edit_word(Deciding& deciding, const command::Edit& edit);
// Is the object in the way of its own removal or restoring? For every kind of dictionary; others have nothing to say.
void check_word_removal(Deciding& deciding, ObjectRef object);
void check_word_restoring(Deciding& deciding, ObjectRef object);

void apply_source(ModelState& state, const Envelope& envelope, const Event& event);
void apply_close_reason(ModelState& state, const Envelope& envelope, const Event& event);
void apply_word(ModelState& state, const Envelope& envelope, const Event& event);
// Another object came to use the word, for ever.
void use_word(ModelState& state, ObjectRef word);

}  // namespace dealog
