#pragma once
// Custom fields (SPEC DIC-5): fields that an account adds to its deals, leads, persons and companies. A definition gives its
// field a number that is never used again; the number alone says how values are held (fields.h), so folds, views and
// columns need no definition. Only here do keys, labels, choices and what is required matter.
//
//     absent --create--> there --delete--> hidden with its values, its key free again --restore--> there
//
// Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

Decision create_custom_field(Deciding& deciding, const command::Create& create);
Decision edit_custom_field(Deciding& deciding, const command::Edit& edit);
void check_custom_field_restoring(Deciding& deciding, const Uuid& id);

void apply_custom_field(ModelState& state, const Envelope& envelope, const Event& event);

// The values that a client wrote by key, as fields: by the definitions of the account. Adds a fault for each that cannot be.
// `sets`: where changes of choices go; null: choices are given whole.
void read_custom_values(Deciding& deciding, Kind kind, const std::vector<command::CustomValue>& given, Fields& fields,
                        std::vector<command::SetChange>* sets = nullptr);

// The definition of a custom field that is there, or null.
const CustomField* custom_field(const ModelState& state, Kind kind, std::uint16_t number);
// The keys of the custom fields that a new object must have and is not given.
std::vector<std::string> missing_custom(const ModelState& state, Kind kind, const Fields& given);
// Adds a fault for each of them.
void check_required_custom(Deciding& deciding, Kind kind, const Fields& given);
// A choice must be among those of the definition.
void check_choice(Deciding& deciding, const CustomField& field, const std::string& word, const std::string& pointer);

}  // namespace dealog
