#pragma once
// What users are told (SPEC ACT-5, ACC-5): of completed actions whose process says so (PRC-2, notify), and of who asks for access
// to a deal that they can give. A fact is a Notice, once; to whom it went is a chain of Deliveries for each user, newest first,
// that begins in a column of the table of users. To whom is settled when it happens, whether they may see it when they look.
//
//     user's inbox ──► Delivery ──► Delivery ──► ...
//                         └► Notice     └► Notice
//
// Append-only, so that Worlds of any moment walk the same chains.

#include <cstdint>

#include "domain/types.h"
#include "projections/interner.h"
#include "projections/segmented_log.h"

namespace dealog::projections {

struct Notice {
  enum class Type : std::uint8_t { action_completed, access_requested };

  Position position = 0;            // of the event
  Instant effective, recorded;
  Handle deal = 0, by = 0, process = 0, action = 0;   // process and action: 0 unless one was completed
  Type type = Type::action_completed;
};

struct Delivery {
  std::uint32_t notice = 0;
  std::uint32_t before = 0;         // number of the user's delivery before this one, plus one; 0: there is none
};

struct Notices {
  SegmentedLog<Notice> notices;
  SegmentedLog<Delivery> deliveries;
};

}  // namespace dealog::projections
