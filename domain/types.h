#pragma once
// The words under everything: ids, places in the log, instants and days.
//
// Ids are made at the edge (api/, tools/) and handed in; code under domain/ never makes one, because a
// decision that makes ids cannot be replayed or tested by value. All of these are plain values without
// arithmetic that means nothing; a nil id stands for "none".

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dealog {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  constexpr bool is_nil() const { return *this == Uuid{}; }
  // As two words: of two arrays of bytes the library would have it done by a call.
  friend constexpr bool operator==(const Uuid& a, const Uuid& b) {
    using Words = std::array<std::uint64_t, 2>;
    const Words x = std::bit_cast<Words>(a.bytes), y = std::bit_cast<Words>(b.bytes);
    return x[0] == y[0] && x[1] == y[1];
  }
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};
static_assert(sizeof(Uuid) == 16);

// Lower-case 8-4-4-4-12.
std::string to_string(const Uuid& id);
// The id that `text` spells (either case), or nothing.
std::optional<Uuid> parse_uuid(std::string_view text);
// The same 16 bytes for the same words, for ever: ids that imports and built-in objects derive from names.
// SHA-256 of scope, a zero byte and name, marked as a UUID of version 8.
Uuid derived_uuid(std::string_view scope, std::string_view name);

// The kinds of objects. DO NOT RENUMBER: on disk (events.fbs ObjectKind has the same numbers).
enum class Kind : std::uint8_t {
  none = 0, account = 1, user = 2, team = 3, token = 4, source = 5, close_reason = 6, company = 7,
  person = 8, process = 9, deal = 10, task = 11, note = 12, email = 13,
  contact_group = 14, deal_group = 15, tag = 16, task_type = 17, product = 18, product_category = 19,
  cost_category = 20, exchange_rate = 21, custom_field = 22, saved_filter = 23,
  space = 24, file = 25, scorecard = 26, batch = 28,
  lead = 29, lead_stage = 30, series = 31,
};
inline constexpr Kind all_kinds[] = {Kind::account, Kind::user, Kind::team, Kind::token, Kind::source,
                                     Kind::close_reason, Kind::company, Kind::person, Kind::process,
                                     Kind::deal, Kind::task, Kind::note, Kind::email,
                                     Kind::contact_group, Kind::deal_group, Kind::tag, Kind::task_type, Kind::product,
                                     Kind::product_category, Kind::cost_category, Kind::exchange_rate, Kind::custom_field, Kind::saved_filter,
                                     Kind::space, Kind::file, Kind::scorecard, Kind::batch,
                                     Kind::lead, Kind::lead_stage, Kind::series};

// Is it one of all_kinds? Numbers may have gaps.
bool is_known(Kind kind);
// "deal", "close_reason": as in the types of events ("deal.created") and in histories.
std::string_view name(Kind kind);
// "deals", "close-reasons": as in paths.
std::string_view plural(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

// Set-up holds from the beginning of time in its first version (SPEC GEN-6).
constexpr bool is_setup(Kind kind) {
  switch (kind) {
    case Kind::account: case Kind::user: case Kind::team: case Kind::token: case Kind::source:
    case Kind::close_reason: case Kind::process: case Kind::contact_group: case Kind::deal_group: case Kind::tag:
    case Kind::task_type: case Kind::product: case Kind::product_category: case Kind::cost_category:
    case Kind::exchange_rate: case Kind::custom_field: case Kind::saved_filter: case Kind::lead_stage: return true;
    default: return false;
  }
}

struct ObjectRef {
  Kind kind = Kind::none;
  Uuid id;

  friend constexpr auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

// A place in the account's log: 1, 2, 3, ... ; 0 is the place before the first.
using Position = std::uint64_t;
// The number of events that an object has seen.
using Version = std::uint32_t;

// Milliseconds since 1970-01-01T00:00:00Z. An instant, never a local time.
struct Instant {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
};
inline constexpr Instant beginning_of_time{INT64_MIN};
inline constexpr Instant end_of_time{INT64_MAX};

// A calendar day: days since 1970-01-01. Which instants it holds depends on the account's time zone
// (domain/calendar.h).
struct Day {
  std::int32_t days = 0;

  friend constexpr auto operator<=>(const Day&, const Day&) = default;
};

// RFC 3339 in UTC with milliseconds, "2026-03-31T21:59:59.999Z", and back (any offset is accepted, up to
// nanoseconds are cut to milliseconds); years 1 to 9999. "2026-03-31" and back. Nothing if unreadable.
std::string to_string(Instant instant);
std::optional<Instant> parse_instant(std::string_view text);
std::string to_string(Day day);
std::optional<Day> parse_day(std::string_view text);

template <class One, class All>
bool is_among(const One& one, const All& all) { return std::ranges::find(all, one) != std::end(all); }

}  // namespace dealog

template <>
struct std::hash<dealog::Uuid> {
  std::size_t operator()(const dealog::Uuid& id) const noexcept {
    // Ids may come from clients, so their bits are mixed before they choose a bucket.
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, id.bytes.data(), 8);
    std::memcpy(&high, id.bytes.data() + 8, 8);
    std::uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15ull));
    mixed ^= mixed >> 32;
    mixed *= 0xD6E8FEB86659FD93ull;
    mixed ^= mixed >> 32;
    return static_cast<std::size_t>(mixed);
  }
};

template <>
struct std::hash<dealog::ObjectRef> {
  std::size_t operator()(const dealog::ObjectRef& object) const noexcept {
    return std::hash<dealog::Uuid>{}(object.id) ^ static_cast<std::size_t>(object.kind);
  }
};
