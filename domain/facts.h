#pragma once
// What an event says, as assignments to fields: the one interpretation of every event. Views (view.h), read
// models and their version rows (projections/), histories and the change report all stand on it, so they
// cannot disagree. Reads the stored bytes without copying.

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "domain/codec.h"
#include "domain/event.h"
#include "domain/fields.h"

namespace dealog {

struct Fact {
  enum class Op : std::uint8_t { set, add, remove };  // add and remove: one member of a refs field

  std::uint16_t field = 0;
  Op op = Op::set;
  // From when on it holds: the event's effective_at, or the beginning of time for the first version of
  // set-up (SPEC GEN-6). A correction also sets fields back as of the closing that it replaces.
  Instant from;
  bool is_null = false;
  std::int64_t number = 0;               // integer, money, percent, boolean, day, instant, choice
  std::string_view text;                 // text
  Uuid id;                               // ref; add and remove
  std::span<const Uuid> ids;             // refs, set
  const std::vector<std::string>* texts = nullptr;  // texts, set
};

// Calls `sink` for each field that the event assigns, in the order in which they are to be applied. `personal`:
// the record's opened personal part, null when it has none or it was erased (then those fields get no fact).
// A birth also sets created_at, created_by and, for deals and leads, status, stage_entered_at, furthest_stage_id and
// a deal's kind; so a reader needs no event names. ProcessDefined has no facts: its stages are read from the event. Lines and
// costs of a deal come packed (deal_money.h), with their sums; a scorecard's parameters and values too.
void for_each_fact(const fb::Record& record, const Fields* personal, const std::function<void(const Fact&)>& sink);

}  // namespace dealog
