#pragma once
// Between events as values (event.h) and their bytes (events.fbs): the only file that knows both.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"

namespace dealog::fb {
struct Record;
struct FieldValue;
struct Uuid;
}  // namespace dealog::fb

namespace dealog {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

struct Sealed {
  Bytes ciphertext;
  std::array<std::uint8_t, 32> commitment{};
};

// Where records lie, and what they are padded to.
inline constexpr std::size_t record_alignment = 8;

// The bytes of a record, padded to a multiple of 8. `sealed`: null where the event has no personal part.
Bytes encode(const Envelope& envelope, const Event& event, const Sealed* sealed);
// As above, appended to `out` (which stays 8-aligned when it was). Returns the number of bytes added.
std::size_t encode_into(Bytes& out, const Envelope& envelope, const Event& event, const Sealed* sealed);

// The record that `bytes` hold, or null when they are not a sound one: the FlatBuffers verifier accepts them
// and a kind, an object, an event of a known type and a position are there. The result points into `bytes`,
// which must be 8-aligned and outlive it. (A verifier is no checksum: the log checks those.)
const fb::Record* read_record(BytesView bytes);

// Without checks: for bytes that read_record or our own encode has already passed.
const fb::Record* trusted_record(BytesView bytes);

Envelope envelope(const fb::Record& record);
Event event_of(const fb::Record& record);

// The plaintext that is sealed, and back. Nothing when the bytes are unsound.
Bytes encode_personal(const Fields& fields);
std::optional<Fields> decode_personal(BytesView bytes);

Value value_of(const fb::FieldValue& value);
// Nil: none is there.
inline Uuid id_of(const fb::Uuid* stored) {
  Uuid id;
  if (stored != nullptr) std::memcpy(id.bytes.data(), stored, sizeof id);
  return id;
}

// "created", "deal_moved" is "moved": the event's name without the kind; with it, "deal.moved".
std::string event_type(Kind kind, const Event& event);
std::string event_type(const fb::Record& record);
// Is it one that an event can have? "deal.merged" is none, though companies are merged.
bool is_event_type(std::string_view type);

}  // namespace dealog
