#pragma once
// The set-up that a story plays in: teams, people, processes, dictionaries.

#include <functional>

#include "tools/generate.h"

namespace dealog::tools {

// Streams of random numbers and ids. DO NOT RENUMBER: a seed's story would change.
namespace stream {
enum : std::uint64_t { user = 1, team = 2, source = 3, reason = 4, company = 5, person = 6, process = 7, stage = 8, action = 9,
                       deal = 10, note = 11, task = 12, email = 13, plan = 20, text = 21, owner = 22 };
}

void tell_setup(const Story& story, const Cast& cast, const std::function<void(Step&&)>& listen);

}  // namespace dealog::tools
