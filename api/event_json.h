#pragma once
// Any event as JSON, read from the schema of events (domain/events.fbs) by reflection: an event that is added there is
// shown without anything being written here. Its attributes say how: which member is which field of the object, which
// number is a word, an instant, an amount.
//
// Values of fields go by the table of fields: their names, types and words. What is secret is left out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/encode.h"
#include "api/set_up.h"
#include "domain/codec.h"
#include "domain/fields.h"

namespace dealog::api {

// One member of a JSON object that is being put together. "links.deal_id" stands inside the object "links".
struct JsonMember {
  std::string name;
  std::string json;

  friend bool operator==(const JsonMember&, const JsonMember&) = default;
};
using JsonMembers = std::vector<JsonMember>;

// The name of the member that says that an event has a sealed part which cannot be opened any more.
inline constexpr std::string_view erased_mark = "erased";

// What things are called in an account.
struct Terms {
  Currency currency;
  const CustomKeys* keys = nullptr;   // null: nobody knows them here
};

bool has(const JsonMembers& members, std::string_view name);
// The field's value under its name; nothing of a field that is never shown. A field that the kind does not have (of a
// later release) is "field_<number>"; a custom one "cf.<key>", or "cf.<number>" where its key is not known, or another's by now.
void add_field(JsonMembers& members, Kind kind, const FieldChange& change, const Terms& terms);
void write_members(JsonWriter& json, const JsonMembers& members);

// What the event of the record says, its sealed part aside.
JsonMembers members_of(const fb::Record& record, const Terms& terms);

// An event of this type says the whole anew (a version of a process), so that the one before it tells the values before.
bool replaces_the_whole(const fb::Record& record);

// Does the change report tell of such a member beside the fields: of an event that says the whole anew, or of a birth?
bool is_told_as_field(std::string_view name);

}  // namespace dealog::api
