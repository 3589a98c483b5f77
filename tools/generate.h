#pragma once
// Believable histories of a sales team, made from a seed: people, firms, processes, and deals that are opened, moved,
// worked on and closed over two years. What comes out are commands of the domain in the order of time, each with
// who gives it and when it happened; so the same story can be folded in memory, fed to an account's writer, or
// told over HTTP (generate_fill.h).
//
// Pure: no clock, no I/O. The same story is the same sequence of commands on every machine.
//
// How: every deal has a random sequence of its own, from which its beats are planned (16 bytes each: when, which
// deal, what). All beats are sorted by time; a command is made when its beat's turn comes. So a million deals need
// about 150 MB here and no command is kept.

#include <cstdint>
#include <functional>
#include <vector>

#include "domain/command.h"
#include "domain/days.h"
#include "domain/types.h"

namespace dealog::tools {

struct Story {
  std::uint64_t seed = 1;
  std::uint64_t deals = 3000;
  Instant from;              // the first deal is opened after it; set-up is a day older
  Instant until;             // nothing happens at or after it
  // Plain: one process without mandatory actions, about five stage visits a deal, few notes and tasks, no
  // e-mails: for measuring. Else everything there is.
  bool plain = false;
  Uuid admin;                // an administrator who is there already: gives the commands of set-up
  Uuid account;              // the account's object: sources are switched on in it; nil: the story has no sources
};
// Two years that end at `now`.
Story two_years(std::uint64_t seed, std::uint64_t deals, const Uuid& account, const Uuid& admin, Instant now);

// `at` is the command's effective time where its kind accepts the past, and stands in it. Set-up and edits of the
// account's shape are effective when recorded (SPEC GEN-6).
struct Step {
  Command command;
  Uuid actor;
  Instant at;
};

// The cast: who and what a story is about. All ids follow from the seed alone.
struct Cast {
  std::uint64_t seed = 0;
  std::vector<Uuid> managers, salespeople, teams, sources, companies, persons;
  std::vector<Uuid> won_reasons, lost_reasons, obsolete_reasons;
  Uuid process;              // of most deals; its stages and actions in order
  std::vector<Uuid> stages, actions;
  std::vector<std::size_t> action_stage;  // the stage that an action stands in
  Uuid second_process;       // nil in plain stories
  std::vector<Uuid> second_stages;

  Uuid deal(std::uint64_t index) const;
  std::uint64_t owner_of(std::uint64_t deal) const;  // index into salespeople
};
Cast cast_of(const Story& story);

// Tells the whole story, oldest first. Returns the number of steps.
std::uint64_t tell(const Story& story, const std::function<void(Step&&)>& listen);

}  // namespace dealog::tools
