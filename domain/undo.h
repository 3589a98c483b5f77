#pragma once
// Taking back what was done (SPEC DEA-9): compensating commands, computed from the histories of the objects. Nothing is
// removed from the log; an undo is a batch like any other, and is taken back like any other.
//
//     what was done                         what takes it back
//     created                               delete (with all that the creation's command said of it)
//     edited                                edit, to the values before
//     deleted, restored                     restore, delete
//     moved, in another process, actions,   the state before (command::PutBack)
//     lines, costs
//     closed, corrected, reopened           reopen, correct, the closing before with its times
//     a version of a process                a version with the stages before, where no stage was removed
//     parameters of a card, counted by hand the parameters, the number before
//     merged, stages removed, settled,      nothing: not_undoable
//     users, processes, keys, what the log
//     says of itself
//
// What happened later to the same thing stands in the way: the same field; stage and status, which go together; the same
// action; anything at all of what was created, deleted or restored; and what refers to what was created (api/undo.h). What was
// taken back since does not, nor does the undo that did it (commands are taken back one after the other, newest first), and what
// was taken back already needs nothing. It takes effect when it is recorded (GEN-6), under the rights of who takes back: a salesperson who gave away a contact that he had not made
// cannot take it again. Pure: histories come in as values.
//
// A closing (of a deal, a lead, a task) that comes back does so when the undo is recorded, for as of any moment before that the
// object was open; but it tells of its own time, so that it counts in the period where it counted before. That time is an edit
// beside the closing: no closing's event says another time than that from which it holds.

#include <string>
#include <vector>

#include "domain/command.h"
#include "domain/deciding.h"
#include "domain/view.h"

namespace dealog {

// What the batch that an event is part of takes back: another batch, by where that began, or a command. Both 0: nothing.
struct Undoes {
  Position batch = 0, command = 0;
  bool is_whole = true;             // not of an import, of which some may stay
};

// An event of an object, as far as it is known.
struct Happened {
  Envelope around;
  Event event;
  Fields personal;
  bool is_erased = false;           // it has a personal part that cannot be opened any more
  bool is_undone = false;           // is to be taken back
  View before = {};                 // the object before it, by the log; only where is_undone
  Undoes undoes = {};
};

// Why something cannot be taken back: a later event, or the event itself.
struct Obstacle {
  ObjectRef object;
  Position position = 0;
  std::string type;                 // "deal.closed"
  Code code = Code::undo_blocked;

  friend bool operator==(const Obstacle&, const Obstacle&) = default;
};

struct UndoStep {
  Command command;
  Position undoes = 0;
  bool may_stay = false;            // where it is refused, it is left out
};

struct UndoPlan {
  std::vector<UndoStep> steps;      // in the order in which they are to be decided, each seeing the ones before it
  std::vector<Obstacle> obstacles;  // empty: it can be tried
  std::vector<ObjectRef> stays;     // set-up of an import that is not taken back
  std::vector<Obstacle> taken_back_by;   // of what was taken back already: the undo, which stands; not in the way of the rest
};

// `histories`: of each object that is concerned, all its events, oldest first. Of an import (`is_import`), little of the
// set-up that it made goes, and only where it was not used; what is gone already is no matter.
UndoPlan plan_undo(const std::vector<std::vector<Happened>>& histories, bool is_import = false);

// The order in which steps are decided, whatever plans they came from: the newest first, but what was deleted comes back before
// anything that may name it. (A conversion names what it makes, and stands before it in the log.)
void put_in_order(std::vector<UndoStep>& steps);

// Inside domain/ only. REQUIRES: the actor may edit the object, which is there and not deleted.
Decision put_back(Deciding& deciding, const command::PutBack& put);

}  // namespace dealog
