#pragma once
// What an answer needs of the set-up to show an object: processes, custom fields, deleted words, the currency. A small copy of what
// a World knows, so that answering a command pins no World (a pinned one makes the worker copy what it writes).

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "domain/money.h"
#include "projections/world.h"

namespace dealog::api {

// All scorecards of a user were deleted (SPEC SCO-6): how often, and when last.
struct CardDeletions { std::int64_t times = 0; std::int64_t at_ms = 0; };

// Keys of custom fields, by collection and number: of all that ever were, for histories speak of them. A deleted field is not
// among them once its key is another's.
using CustomKeys = std::map<std::pair<Kind, std::uint16_t>, std::string>;

struct SetUp {
  Position position = 0;             // where the World stood
  Currency currency;
  std::unordered_map<Uuid, projections::ProcessInfo> processes;
  std::unordered_map<Kind, std::vector<projections::CustomInfo>> custom;   // definitions of custom fields that are there
  CustomKeys custom_keys;
  std::unordered_set<Uuid> deleted_words;   // sources, groups and the like, which are stripped where they stood
  projections::Shared<const projections::Merges> merges;
  std::unordered_map<Uuid, CardDeletions> card_deletions;   // by user, of those to whom that happened

  // Null when there is none of that id.
  const projections::ProcessInfo* process(const Uuid& id) const {
    const auto found = processes.find(id);
    return found == processes.end() ? nullptr : &found->second;
  }
};

// The set-up as of the World's moment.
SetUp set_up(const projections::World& world);
CustomKeys custom_keys(const projections::World& world);
// What custom fields go by in histories: their keys, or their numbers once the key is another's.
std::unordered_set<std::string> custom_names(const projections::World& world);

}  // namespace dealog::api
