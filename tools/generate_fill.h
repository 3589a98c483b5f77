#pragma once
// Stories (generate.h) become events: in memory through the decision model, for measuring read models, or on disk
// through an account's writer.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "domain/codec.h"
#include "domain/event.h"
#include "eventstore/writer.h"
#include "tools/generate.h"

namespace dealog::tools {

struct Filled {
  std::uint64_t commands = 0, events = 0, bytes = 0;
  std::uint64_t refused = 0;        // commands that decide or the writer did not take: 0 in a sound story
  std::string first_refusal;        // for people
  Position position = 0;            // of the newest event
};

// An account as it is before the story: the story's account and its administrator, then the story, decided one after
// another and recorded when it happened. `each` sees the records as they would be stored, but unsealed.
// REQUIRES: story.account is not nil and story.admin is its first administrator (domain/new_account.h).
Filled fold(const Story& story, const std::function<void(const fb::Record&, const Fields* personal)>& each);

// Tells the story to a writer, `ahead` commands under way at once, and waits for the last. `progress` (may be empty)
// is called with the number of commands that were answered, now and then.
Filled fill(eventstore::Writer& writer, const Story& story, const std::function<void(std::uint64_t)>& progress,
            std::uint64_t ahead = 4096);

}  // namespace dealog::tools
