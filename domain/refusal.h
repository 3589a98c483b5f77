#pragma once
// Why a command was refused: an ordinary answer, not a failure of the program. Deciders return it, nothing
// throws it, and all faults of a command come at once. No HTTP number enters here (api/problem.* maps them).

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/types.h"

namespace dealog {

// The closed list. Names reach clients: add to the end, never rename, renumber or reuse one.
enum class Code : std::uint16_t {
  // Impossible by itself, whatever the state (422).
  required = 1, too_long = 2, invalid = 3, negative = 4, out_of_range = 5, unknown_reference = 6, duplicate = 7,
  effective_in_future = 8, not_past_capable = 9, not_writable = 10, unknown_field = 11, wrong_type = 12,
  // Refused by the present state (409).
  mandatory_actions_missing = 40, note_required = 41, file_required = 42, not_a_performer = 43,
  action_already_done = 44, action_not_done = 45, deal_not_open = 46, deal_not_closed = 47, object_deleted = 48,
  stage_not_in_process = 49, stage_holds_deals = 50, process_archived = 51, reason_required = 52,
  reason_wrong_outcome = 53, feature_off = 54, name_taken = 55, id_taken = 56, effective_before_last_event = 57,
  lead_not_active = 58, already_merged = 59, card_settled = 60, undo_blocked = 61, last_administrator = 62,
  legal_hold = 63, erased = 64, task_not_open = 65, task_not_completed = 66, in_use = 67, client_required = 68,
  user_active = 100,
  bulk_too_large = 130, bulk_refused = 131, not_undoable = 132,
  // Not there, or not to be seen (404); visible but not allowed (403); another version than asked for (412).
  not_found = 80, forbidden = 81, version_mismatch = 82,
  // Refused by the present state (409), once more.
  user_suspended = 120, wrong_password = 121,
  // Impossible by itself too (422).
  weights_not_100 = 140,
};

// "deal_not_open".
std::string_view name(Code code);
// For people: "The deal is not open."
std::string_view title(Code code);

struct Fault {
  std::string pointer;   // JSON pointer into the request body, "" for the whole
  Code code;
  std::string message;

  friend bool operator==(const Fault&, const Fault&) = default;
};

// So many are told at once; of more, these and the worst.
inline constexpr std::size_t most_faults = 1000;

struct Refusal {
  Code code;                       // of the worst fault: decides the status of the answer
  std::vector<Fault> faults;       // never empty unless code is not_found, forbidden or version_mismatch
  std::vector<Uuid> objects;       // what stands in the way, e.g. the mandatory actions that are missing
  Version version = 0;             // version_mismatch: the current one

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

template <class T, class E = Refusal>
using Result = boost::system::result<T, E>;

inline Refusal refusal(Code code, std::string pointer = {}, std::string message = {}) {
  Refusal made{.code = code};
  made.faults.push_back({std::move(pointer), code, message.empty() ? std::string(title(code)) : std::move(message)});
  return made;
}

}  // namespace dealog
