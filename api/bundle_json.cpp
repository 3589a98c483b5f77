#include "api/bundle_json.h"

#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

#include "api/encode.h"

namespace dealog::api {

namespace {

namespace json = boost::json;
using eventstore::Bundle;
using eventstore::Hash32;
using eventstore::ProvenRecord;

constexpr std::string_view format = "dealog-proof/1";

// Members of an object that is open.
void write_record(JsonWriter& out, const ProvenRecord& record) {
  out.field("position", record.position).field("bytes", eventstore::base64(record.bytes));
  write_hashes(out, "proof", record.proof);
  if (!record.keys) return;
  out.key("keys").object().field("sealing", eventstore::base64(record.keys->sealing));
  out.field("committing", eventstore::base64(record.keys->committing)).end();
}

// ---- and back. What is wrong is thrown inside here as words.

[[noreturn]] void wrong(const std::string& what) { throw std::invalid_argument(what); }

const json::value& member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (!found) wrong("it has no \"" + std::string(name) + "\"");
  return *found;
}
const json::object& object_in(const json::value& value, std::string_view name) {
  if (!value.is_object()) wrong("\"" + std::string(name) + "\" is no object");
  return value.get_object();
}
std::string text_in(const json::object& object, std::string_view name) {
  const json::value& value = member(object, name);
  if (!value.is_string()) wrong("\"" + std::string(name) + "\" is no text");
  return std::string(value.get_string());
}
std::uint64_t number_in(const json::object& object, std::string_view name) {
  const json::value& value = member(object, name);
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  if (value.is_uint64()) return value.get_uint64();
  wrong("\"" + std::string(name) + "\" is no number");
}
Bytes bytes_of(const std::string& text, std::string_view name) {
  auto bytes = eventstore::base64_bytes(text);
  if (!bytes) wrong("\"" + std::string(name) + "\" is no base64");
  return std::move(*bytes);
}
Hash32 hash_of(const std::string& text, std::string_view name) {
  const Bytes bytes = bytes_of(text, name);
  Hash32 hash;
  if (bytes.size() != hash.size()) wrong("\"" + std::string(name) + "\" has another length than a hash");
  std::ranges::copy(bytes, hash.begin());
  return hash;
}
const json::array& list_in(const json::object& object, std::string_view name) {
  const json::value& value = member(object, name);
  if (!value.is_array()) wrong("\"" + std::string(name) + "\" is no list");
  return value.get_array();
}
std::vector<Hash32> hashes_in(const json::object& object, std::string_view name) {
  std::vector<Hash32> hashes;
  for (const json::value& each : list_in(object, name)) {
    if (!each.is_string()) wrong("\"" + std::string(name) + "\" holds more than hashes");
    hashes.push_back(hash_of(std::string(each.get_string()), name));
  }
  return hashes;
}
ProvenRecord record_in(const json::object& object) {
  ProvenRecord record{.position = number_in(object, "position"), .bytes = bytes_of(text_in(object, "bytes"), "bytes"), .proof = hashes_in(object, "proof"), .keys = {}};
  if (const json::value* keys = object.if_contains("keys")) {
    const json::object& both = object_in(*keys, "keys");
    record.keys = eventstore::EventKeys{hash_of(text_in(both, "sealing"), "sealing"), hash_of(text_in(both, "committing"), "committing")};
  }
  return record;
}
std::vector<ProvenRecord> records_in(const json::object& object, std::string_view name) {
  std::vector<ProvenRecord> records;
  for (const json::value& each : list_in(object, name)) records.push_back(record_in(object_in(each, name)));
  return records;
}

Bundle bundle_in(const json::object& all) {
  if (text_in(all, "format") != format) wrong("it is not of the format " + std::string(format));
  Bundle bundle;
  const json::object& object = object_in(member(all, "object"), "object");
  const auto kind = parse_kind(text_in(object, "kind"));
  const auto id = parse_uuid(text_in(object, "id"));
  if (!kind || !id) wrong("it does not name its object");
  bundle.object = {*kind, *id};
  bundle.up_to = number_in(all, "complete_up_to");
  bundle.records = records_in(all, "records");
  const json::object& heads = object_in(member(all, "heads"), "heads");
  bundle.heads = record_in(heads);
  bundle.opening = {.bucket = number_in(heads, "bucket"), .entries = bytes_of(text_in(heads, "entries"), "entries"), .proof = hashes_in(heads, "bucket_proof")};
  bundle.key_changes = records_in(all, "key_changes");
  bundle.checkpoint = text_in(all, "checkpoint");
  if (const json::value* earlier = all.if_contains("consistency"); earlier && !earlier->is_null()) {
    const json::object& proof = object_in(*earlier, "consistency");
    bundle.consistency = Bundle::Consistency{number_in(proof, "from"), hashes_in(proof, "proof")};
  }
  return bundle;
}

}  // namespace

void write_hashes(JsonWriter& out, std::string_view name, const std::vector<Hash32>& hashes) {
  out.key(name).array();
  for (const Hash32& hash : hashes) out.value(eventstore::base64(hash));
  out.end();
}

std::string to_json(const Bundle& bundle, const eventstore::VerifierKey& signer) {
  JsonWriter out;
  out.object().field("format", format);
  out.key("object").object().field("kind", name(bundle.object.kind)).field("id", bundle.object.id).end();
  out.field("complete_up_to", bundle.up_to).field("checkpoint", bundle.checkpoint).field("verifier_key", eventstore::to_text(signer));
  out.key("records").array();
  for (const ProvenRecord& record : bundle.records) {
    out.object();
    write_record(out, record);
    out.end();
  }
  out.end().key("heads").object();
  write_record(out, bundle.heads);
  out.field("bucket", bundle.opening.bucket).field("entries", eventstore::base64(bundle.opening.entries));
  write_hashes(out, "bucket_proof", bundle.opening.proof);
  out.end().key("key_changes").array();
  for (const ProvenRecord& record : bundle.key_changes) {
    out.object();
    write_record(out, record);
    out.end();
  }
  out.end().key("consistency");
  if (bundle.consistency) {
    out.object().field("from", bundle.consistency->from);
    write_hashes(out, "proof", bundle.consistency->proof);
    out.end();
  } else {
    out.null();
  }
  out.end();
  return std::move(out).text();
}

std::optional<Bundle> parse_bundle(std::string_view text, std::string& why) {
  boost::system::error_code error;
  const json::value all = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) {
    why = "it is no JSON";
    return std::nullopt;
  }
  try {
    return bundle_in(object_in(all, "the document"));
  } catch (const std::invalid_argument& fault) {
    why = fault.what();
    return std::nullopt;
  }
}

}  // namespace dealog::api
