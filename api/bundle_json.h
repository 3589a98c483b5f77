#pragma once
// A proof bundle (eventstore/bundle.h) as one JSON document, and back: what GET /v1/deals/{id}/proof answers and
// `dealog verify --bundle` reads. Bytes and hashes in base64; "format" is "dealog-proof/1", read for ever.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/bundle.h"

namespace dealog::api {

class JsonWriter;

// A member of an open object: in base64.
void write_hashes(JsonWriter& json, std::string_view name, const std::vector<eventstore::Hash32>& hashes);

std::string to_json(const eventstore::Bundle& bundle, const eventstore::VerifierKey& signer);
// Nothing, with a reason in `why`, when the text is no such document. Whether what it says is true is not asked here.
std::optional<eventstore::Bundle> parse_bundle(std::string_view text, std::string& why);

}  // namespace dealog::api
