#pragma once
// What stands in the way of an undo (undo.h), and what does not any more, for it was taken back since. Inside domain/ only.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "domain/undo.h"

namespace dealog {

// What of an object an event is about.
struct Facet {
  // course: stage and status; definition: stages of a process; action: of a deal, or what a card counts by hand
  enum class Of : std::uint8_t { field, course, action, lines, costs, definition, parameters, all } of = Of::field;
  std::uint16_t field = 0;
  Uuid action;
  bool ends = false;                // a course event that closes, reopens or changes the process

  bool meets(const Facet& later) const {
    if (of == Of::all || later.of == Of::all) return true;
    // A closing tells which actions were done.
    if (of == Of::action && later.of == Of::course) return later.ends;
    return of == later.of && field == later.field && action == later.action;
  }
};

std::vector<Facet> facets_of(const Happened& happened);
// Is the later event about any of them?
bool meet(const std::vector<Facet>& done, const Happened& later);

// What in a history was taken back since, and by what. Newest first: an undo that was taken back itself took nothing back.
class Settled {
 public:
  explicit Settled(const std::vector<Happened>& history);

  // The event that took it back; nothing: it stands.
  std::optional<std::size_t> by(std::size_t place) const { return by_[place]; }
  // Where what was taken back began, of its events and of those that took it back: together they say nothing to what lies before. 0: it stands.
  Position since(std::size_t place) const { return since_[place]; }

 private:
  void look(const std::vector<Happened>& history, std::size_t place, const std::vector<std::size_t>& undos);

  std::vector<std::optional<std::size_t>> by_;
  std::vector<Position> since_;
  std::map<Position, Position> began_;   // by undo
};

}  // namespace dealog
