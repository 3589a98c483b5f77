#pragma once
// One decision in the making: what the deciders of all aggregates share. Inside domain/ only.
//
// When events take effect (SPEC GEN-6):
//   * Only creating deals, leads, contacts, tasks and notes, the verbs of deals, leads and tasks, team membership and an
//     e-mail's sent_at accept a past time; all else is effective when recorded (not_past_capable).
//   * Up to 60 s ahead of now is set to now; more is effective_in_future.
//   * Nothing precedes its own object's creation, and per object and field effective time never goes back
//     (effective_before_last_event); equal is allowed. The fields that move together are one here:
//       deal    stage and status together (moves, closings, reopening, another process): a closing says in which
//               stage it happened, so neither may get behind the other;
//               each action by itself, and not before the last closing or reopening;
//               a correction is compared with what came before the closing that it replaces
//       lead    stage and status together
//       task    status;      user   team_ids
//     Every other field only changes at `now`, which never goes back (but when and by whom a deal was closed, which goes with its
//     closing). What is given at creation, the lines of a deal among it, holds from the creation's time on.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/command.h"
#include "domain/model.h"
#include "domain/refusal.h"
#include "domain/state.h"

namespace dealog {

// All faults of a command.
class Faults {
 public:
  void add(Code code, std::string pointer = {}, std::string message = {});
  // Pointers added from now on stand below this one ("/deal"; "": the whole request).
  void within(std::string outer) { outer_ = std::move(outer); }
  bool any() const { return !refusal_.faults.empty(); }
  bool holds(Code code, std::string_view pointer) const;
  // What stands in the way, e.g. the actions that are missing.
  void in_the_way(std::vector<Uuid> objects) { refusal_.objects = std::move(objects); }
  // REQUIRES: any(). The code is that of the worst: not to be seen, not allowed, impossible, not now.
  Refusal refusal() &&;

 private:
  Refusal refusal_;
  std::string outer_;
};

struct Deciding {
  const ModelState& state;
  const Context& context;
  Faults faults;
  std::vector<NewEvent> events;
  std::vector<command::SetChange> sets;   // of an edit: what it adds to sets and takes out of them, which its fields have whole
  Uuid actor, doer;                 // who asks; who did it (performed_by, else the actor)
  Role doer_role = Role::salesperson;
  std::size_t fresh_ids_used = 0;

  Deciding(const ModelState& model, const Context& asked) : state(model), context(asked), actor(asked.actor), doer(asked.actor) {}

  // An id for an object made on the way: the context's, then ids derived from its first.
  Uuid fresh_id();

  // When the command takes effect; nothing: when recorded. Adds a fault when it lies in the future.
  std::optional<Instant> effective(const std::optional<Instant>& given, std::string_view pointer = "/effective_at");
  void not_past_capable(const std::optional<Instant>& given);
  Instant moment(const std::optional<Instant>& effective_at) const { return effective_at.value_or(context.now); }
  void not_before(Instant last, const std::optional<Instant>& effective_at, std::string_view pointer = "/effective_at");

  // The index of the event, for causes.
  std::uint32_t add(ObjectRef object, Event event, const std::optional<Instant>& effective_at = {},
                    std::optional<std::uint32_t> cause = {}, Fields personal = {});

  // Null: the set is given whole.
  const command::SetChange* change_of_set(std::uint16_t field) const;

  // The events so far, or the refusal.
  Decision outcome(ObjectRef object, bool created = false);
};

// Checked values, ready for an event: plain ones and those to be sealed, both by number.
struct Checked { Fields plain, personal; };

// Values given at creation. Nulls are dropped (the command still has them). Adds a fault for each value that cannot
// be: type, length, range, shape, references that do not exist or are not to be seen, fields not to be set, required
// ones that are missing but for those in `defaulted`.
Checked check_birth(Deciding& deciding, Kind kind, const Fields& given, std::initializer_list<std::uint16_t> defaulted = {});
// Values of an edit: only those that differ from what the object holds come back. REQUIRES: it exists.
Checked check_edit(Deciding& deciding, ObjectRef object, const Fields& given);
// The event of an edit that says something, and the outcome.
Decision edited(Deciding& deciding, ObjectRef object, Checked changed);

// One value as if it were given in that field.
void check_value(Deciding& deciding, Kind kind, std::uint16_t field, const Value& value);

// "/links/deal_id".
std::string pointer_to(Kind kind, std::uint16_t field);
std::size_t length_of(std::string_view text);  // in characters
bool is_blank(std::string_view text);
inline constexpr std::size_t longest_name = 200, longest_close_note = 10'000;
// Free text of a command: not blank, at most `most` characters.
void check_text(Deciding& deciding, std::string_view text, std::size_t most, const std::string& pointer);
// The address in "Ala Nowak <ala@example.com>", normalised; empty when there is none.
std::string address_in(std::string_view mailbox);

// The user is named anew as an owner, an assignee or a participant: not while he is suspended (SPEC ACC-2). Imports and the
// system itself tell of the past, which knows people who have left.
void check_active(Deciding& deciding, const Uuid& user, const std::string& pointer);
bool is_suspended(const ModelState& state, const Uuid& user);
// Of a deal or lead; null: it is neither, or not there.
const std::vector<Uuid>* participants_of(const ModelState& state, ObjectRef object);
// A contact or space gets another owner, who may delete it: for those to say who may (SPEC ACC-5). `changed`: what the edit changes.
void check_may_give_away(Deciding& deciding, ObjectRef object, const Fields& changed, std::uint16_t owner_field);
// Something is hung on a deal or a lead: who may see it must also be allowed to write it. (Seeing is checked with the field.)
void check_may_hang_on(Deciding& deciding, ObjectRef object, const std::string& pointer);
// Somebody got a task of the deal or lead: he becomes a participant, unless he takes part already (SPEC ACC-5).
void let_take_part(Deciding& deciding, ObjectRef object, const Uuid& user, std::uint32_t cause);
// That gives him access, which is for those to give who have it (SPEC ACC-4): who may write the deal or lead.
bool may_give_access(const Deciding& deciding, ObjectRef object);
// The fault is said once, however much it is that the user would get access to.
void check_may_let_take_part(Deciding& deciding, ObjectRef object, const Uuid& user, const std::string& pointer);

// SPEC DIC-2: the company's source for what is created for it. True when it was taken.
bool inherit_source(const Deciding& deciding, const Fields& given, std::uint16_t field, const Uuid& company, Fields& fields);

}  // namespace dealog
