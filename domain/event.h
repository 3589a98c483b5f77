#pragma once
// Events as values: what `decide` returns and tests compare. Their bytes are defined by events.fbs;
// codec.h goes from one to the other. Folds do not use these: they read the stored bytes (facts.h).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/types.h"

namespace dealog {

// The value of a field; std::monostate is null. Which alternative a field takes follows from its type
// (domain/fields.h): numbers hold integers, minor units of money, basis points, booleans, days, instants
// in milliseconds and choices.
using Value = std::variant<std::monostate, std::int64_t, std::string, Uuid, std::vector<Uuid>,
                           std::vector<std::string>>;

inline bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

struct FieldChange {
  std::uint16_t field = 0;  // A number from the kind's table in domain/fields.h.
  Value value;

  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};
using Fields = std::vector<FieldChange>;

namespace event {

struct Created { Fields fields; bool source_inherited = false; friend bool operator==(const Created&, const Created&) = default; };
struct Edited { Fields fields; friend bool operator==(const Edited&, const Edited&) = default; };
struct Deleted { friend bool operator==(const Deleted&, const Deleted&) = default; };
struct Restored { friend bool operator==(const Restored&, const Restored&) = default; };
// Of a contact: on the target `from` is what was merged into it, on that one `into` is the target; the other is nil.
struct Merged { Uuid from, into; friend bool operator==(const Merged&, const Merged&) = default; };

// A legal hold forbids erasing (SPEC CON-3); why stands in the personal part (field::hold_reason).
struct LegalHoldPlaced { friend bool operator==(const LegalHoldPlaced&, const LegalHoldPlaced&) = default; };
struct LegalHoldLifted { friend bool operator==(const LegalHoldLifted&, const LegalHoldLifted&) = default; };
// Whose keys are destroyed, sorted: what was sealed with them is null from now on, as of any moment.
struct SubjectErased { std::vector<ObjectRef> subjects; friend bool operator==(const SubjectErased&, const SubjectErased&) = default; };

struct DealMoved { Uuid stage; Uuid furthest; friend bool operator==(const DealMoved&, const DealMoved&) = default; };
struct DealActionCompleted { Uuid action; Uuid note; friend bool operator==(const DealActionCompleted&, const DealActionCompleted&) = default; };
struct DealActionReopened { Uuid action; friend bool operator==(const DealActionReopened&, const DealActionReopened&) = default; };
// The snapshot of DEA-4. outcome: a Status (fields.h), never open.
struct DealClosed {
  std::uint8_t outcome = 0;
  Uuid reason, stage, furthest, credited_owner;
  std::int64_t done_weight = 0, total_weight = 0;
  std::vector<Uuid> done_actions;
  std::uint32_t process_version = 0;
  bool skipped_mandatory = false;
  friend bool operator==(const DealClosed&, const DealClosed&) = default;
};
struct DealCorrected { Instant replaced_at; DealClosed closing; friend bool operator==(const DealCorrected&, const DealCorrected&) = default; };
struct DealReopened { std::uint32_t process_version = 0; friend bool operator==(const DealReopened&, const DealReopened&) = default; };
struct DealProcessChanged { Uuid process; Uuid stage; friend bool operator==(const DealProcessChanged&, const DealProcessChanged&) = default; };

// Forecast and realised amounts lie side by side (SPEC 8).
enum class AmountKind : std::uint8_t { forecast = 0, realised = 1 };
struct Line {
  Uuid id, product;                 // product nil: `name` says what it is
  std::string name;
  std::int64_t quantity = 0;        // thousandths
  std::int64_t price = 0;           // of one unit, minor units
  std::int64_t discount = 0;        // basis points
  std::optional<Day> day;           // of the first occurrence
  std::uint32_t every_months = 0, times = 0;  // 0: once
  AmountKind kind = AmountKind::forecast;
  friend bool operator==(const Line&, const Line&) = default;
};
struct DealLinesSet { std::vector<Line> lines; friend bool operator==(const DealLinesSet&, const DealLinesSet&) = default; };
struct Cost {
  Uuid id, category;
  std::int64_t amount = 0;
  std::optional<Day> day;
  AmountKind kind = AmountKind::forecast;
  friend bool operator==(const Cost&, const Cost&) = default;
};
struct DealCostsSet { std::vector<Cost> costs; friend bool operator==(const DealCostsSet&, const DealCostsSet&) = default; };

enum class NoteRule : std::uint8_t { none = 0, note = 1, note_with_file = 2 };
enum class Assignee : std::uint8_t { owner = 0, doer = 1, user = 2 };
struct Performers { bool everyone = true; std::vector<std::uint8_t> roles; std::vector<Uuid> users; friend bool operator==(const Performers&, const Performers&) = default; };
struct Notify { std::vector<std::uint8_t> roles; bool participants = false; bool owner = false; std::vector<Uuid> users; friend bool operator==(const Notify&, const Notify&) = default; };
struct Trigger { std::string name; std::string task_type; std::int32_t due_in_days = 0; Assignee assignee = Assignee::owner; Uuid user; friend bool operator==(const Trigger&, const Trigger&) = default; };
struct Action {
  Uuid id;
  std::string name, hint;
  std::uint32_t weight = 0;
  bool mandatory = false;
  Performers performers;
  NoteRule note = NoteRule::none;
  Notify notify;
  std::optional<Trigger> trigger;
  friend bool operator==(const Action&, const Action&) = default;
};
struct Stage {
  Uuid id;
  std::string name, hint;
  std::optional<std::uint32_t> max_days;
  std::vector<Action> actions;
  friend bool operator==(const Stage&, const Stage&) = default;
};
struct StageTarget { Uuid removed; Uuid target; friend bool operator==(const StageTarget&, const StageTarget&) = default; };
struct ProcessDefined {
  std::uint32_t version = 0;
  std::vector<Stage> stages;
  std::vector<StageTarget> removed_stages;
  friend bool operator==(const ProcessDefined&, const ProcessDefined&) = default;
};

struct TaskCompleted { Uuid by; friend bool operator==(const TaskCompleted&, const TaskCompleted&) = default; };
struct TaskReopened { friend bool operator==(const TaskReopened&, const TaskReopened&) = default; };

// The log about itself (SPEC AUD-3), on the account.
struct HeadsCommitted { Position up_to = 0; std::array<std::uint8_t, 32> root{}; friend bool operator==(const HeadsCommitted&, const HeadsCommitted&) = default; };
struct SigningKeyChanged {
  std::string origin;                           // the name under which both keys sign
  std::array<std::uint8_t, 32> previous{}, next{};  // public keys, Ed25519
  std::vector<std::uint8_t> signature;          // of the previous key: audit.h
  friend bool operator==(const SigningKeyChanged&, const SigningKeyChanged&) = default;
};
struct LeadMoved { Uuid stage; Uuid furthest; friend bool operator==(const LeadMoved&, const LeadMoved&) = default; };
struct LeadLost { Uuid reason; Uuid credited_owner; friend bool operator==(const LeadLost&, const LeadLost&) = default; };
// What the lead became: linked, or made in the same command. Nil: none.
struct LeadConverted { Uuid deal, person, company; Uuid credited_owner; friend bool operator==(const LeadConverted&, const LeadConverted&) = default; };
struct LeadReopened { friend bool operator==(const LeadReopened&, const LeadReopened&) = default; };

// Access, on a user: what he asked for, his password (its hash is personal), what he has read.
struct AccessRequested { Uuid deal; friend bool operator==(const AccessRequested&, const AccessRequested&) = default; };
struct PasswordChanged { bool was_reset = false, was_rehashed = false; friend bool operator==(const PasswordChanged&, const PasswordChanged&) = default; };
struct NotificationsRead { Position up_to = 0; friend bool operator==(const NotificationsRead&, const NotificationsRead&) = default; };
// Of a scorecard (SPEC 14). kind: a ParameterKind (scorecard_parameters.h); amounts in millionths.
struct ScorecardParameter {
  Uuid id;
  std::uint8_t kind = 0;
  Uuid object;
  std::string name, unit;
  std::int64_t target = 0;
  std::uint32_t weight_bp = 0;
  std::optional<Day> counted_from;
  bool less_is_better = false, is_active = true;
  friend bool operator==(const ScorecardParameter&, const ScorecardParameter&) = default;
};
struct ScorecardParametersSet { Uuid group; std::vector<ScorecardParameter> parameters; friend bool operator==(const ScorecardParametersSet&, const ScorecardParametersSet&) = default; };
struct ScorecardValue { Uuid parameter; std::int64_t value = 0; friend bool operator==(const ScorecardValue&, const ScorecardValue&) = default; };
struct ScorecardAdjusted { Uuid parameter; bool is_added = false; std::vector<ScorecardValue> values; friend bool operator==(const ScorecardAdjusted&, const ScorecardAdjusted&) = default; };
struct ScorecardSettled { friend bool operator==(const ScorecardSettled&, const ScorecardSettled&) = default; };
struct ScorecardsDeleted { std::uint32_t times = 0, count = 0; friend bool operator==(const ScorecardsDeleted&, const ScorecardsDeleted&) = default; };

}  // namespace event

// One of them. What copies, moves and destroys it is compiled once, in event.cpp: it is a table of as many functions as there
// are kinds of events, for each file that only hands one on.
struct Event : std::variant<
  event::Created, event::Edited, event::Deleted, event::Restored, event::DealMoved, event::DealActionCompleted,
  event::DealActionReopened, event::DealClosed, event::DealCorrected, event::DealReopened, event::DealProcessChanged,
  event::ProcessDefined, event::TaskCompleted, event::TaskReopened, event::HeadsCommitted, event::SigningKeyChanged,
  event::DealLinesSet, event::DealCostsSet, event::LeadMoved, event::LeadLost, event::LeadConverted,
  event::LeadReopened, event::Merged, event::LegalHoldPlaced, event::LegalHoldLifted, event::SubjectErased,
  event::AccessRequested, event::PasswordChanged, event::NotificationsRead, event::ScorecardParametersSet,
  event::ScorecardAdjusted, event::ScorecardsDeleted, event::ScorecardSettled> {
  using variant::variant;
  Event() = default;
  Event(const Event&);
  Event(Event&&) noexcept;
  Event& operator=(const Event&);
  Event& operator=(Event&&) noexcept;
  ~Event();
};

// Something between a user and his account, which changes nothing of what others are or may.
bool is_private_affair(const Event& event);
// Does it change what is shown of many other objects, as set-up does?
bool is_rule_for_many(Kind kind, const Event& event);

// An event that a decision wants in the log. The writer adds position, version, times and people.
struct NewEvent {
  ObjectRef object;
  Event event;
  Fields personal;                  // Personal fields and free text: sealed before they reach the disk.
  std::optional<Instant> effective_at;  // Nothing: when recorded.
  std::optional<std::uint32_t> cause;   // Index, in the same decision, of the event that brought this about.

  friend bool operator==(const NewEvent&, const NewEvent&) = default;
};

// Everything around the event of a stored record, as events.fbs draws it.
struct Envelope {
  Position position = 0;
  ObjectRef object;
  Version version = 0;
  Instant recorded_at, effective_at;
  Uuid actor, performer, token;     // performer nil: the actor.
  Position command = 0;             // Position of the command's first event: its id.
  Position cause = 0;
  Position batch = 0;               // where the bulk, import or undo that it is part of began; 0: none.
};

}  // namespace dealog
