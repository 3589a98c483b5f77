#pragma once
// What happens to one deal, planned as beats.

#include <compare>
#include <cstdint>
#include <vector>

#include "tools/generate.h"

namespace dealog::tools {

enum class What : std::uint8_t {
  meet_company, meet_person, open, move, complete_action, take_note, plan_task, complete_task, send_email, change_value,
  hand_over, win, lose, make_obsolete, reopen, remove,
};

// Something that happens to a deal (or, when meeting, to a client). Ordered by time, then by deal, then as planned.
struct Beat {
  Instant at;
  std::uint32_t subject;    // index of the deal, company or person
  std::uint16_t sequence;   // within the subject
  What what;
  std::uint8_t argument;    // the stage, the action, the number of the task

  friend constexpr auto operator<=>(const Beat&, const Beat&) = default;
};
static_assert(sizeof(Beat) == 16);

// What a deal is from the start; the same whenever it is asked for.
struct DealSketch {
  std::uint64_t index = 0;
  Instant opened;
  std::size_t owner = 0, company = 0, person = 0, source = 0;
  std::int64_t value = 0;   // minor units; 0: not known
  bool in_second_process = false;
};
DealSketch sketch_of(const Story& story, const Cast& cast, std::uint64_t deal);

std::size_t company_of_person(const Cast& cast, std::size_t person);

void plan_deal(const Story& story, const Cast& cast, const DealSketch& sketch, std::vector<Beat>& beats);

// The command that a beat stands for.
Step step_of(const Story& story, const Cast& cast, const Beat& beat);

}  // namespace dealog::tools
