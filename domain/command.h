#pragma once
// Commands: wishes, in the imperative. A command says what and about which object; who asks and when stands in
// the Context. Values of fields are already of the right type (decoded by the field table, fields.h); whether
// they are possible is for `decide` to say.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/event.h"
#include "domain/fields.h"

namespace dealog {

namespace command {

// A custom field's value as the client wrote it: of what type it has to be is for the account's definitions to say.
struct Decimal { std::string digits; };
struct Amount { std::string amount; std::optional<std::string> currency; };
// An amount of a deal, in the deal's currency; nothing: null.
struct AmountOf { std::uint16_t field = 0; std::optional<Amount> amount; };
// What a set is to hold from now on and what it is to hold no more, whatever else it holds by then.
template <class T>
struct Members { std::vector<T> add, remove; };
// Of a field that is a set: ids of refs, words of choices. Choices of custom fields come as CustomValue, as all of their values do.
struct SetChange { std::uint16_t field = 0; std::variant<Members<Uuid>, Members<std::string>> members; };
struct CustomValue {
  using Written = std::variant<std::monostate, bool, Decimal, std::string, std::vector<std::string>, Amount, Members<std::string>>;
  std::string key;
  Written value;
};

// A line of a deal, as the client wrote it.
struct Line {
  Uuid id, product;
  std::optional<std::string> name;
  std::int64_t quantity = 1000;             // thousandths
  std::optional<Amount> price;              // nothing: the product's
  std::int64_t discount = 0;                // basis points
  std::optional<Day> day;
  bool has_recurrence = false;
  std::uint32_t every_months = 0, times = 0;
  event::AmountKind kind = event::AmountKind::forecast;
};

// Any kind of object. `fields` holds what the client gave, personal fields among them.
struct Create {
  ObjectRef object;
  Fields fields;
  std::optional<Instant> effective_at;
  // Deals only: client by name (an exact single match, else created in the same commit), historical closings, and lines, which
  // hold from the creation on (SPEC DEA-1, DEA-7).
  std::optional<std::string> company_name, person_name;
  std::optional<Status> status;
  std::optional<Instant> closed_at;
  Uuid close_reason;
  std::optional<std::string> close_note;
  std::vector<Line> lines;
  // Processes only: the stages.
  std::vector<event::Stage> stages;
  std::vector<CustomValue> custom;
  std::vector<AmountOf> amounts;
};
// Which occurrences of a series of tasks a command is about (SPEC ACT-1): this one; this one and all that are to come; all that
// are open and all that are to come.
enum class Scope : std::uint8_t { one = 0, following = 1, all = 2 };
struct Edit {
  ObjectRef object;
  Fields fields;
  std::optional<Instant> effective_at;
  std::vector<CustomValue> custom;
  std::vector<AmountOf> amounts;
  Scope scope = Scope::one;
  std::vector<SetChange> sets = {};         // of fields that are not in `fields`
  bool takes_back = false;                  // an undo: what of a set was deleted since does not come back
};
struct Delete { ObjectRef object; Scope scope = Scope::one; };
struct Restore { ObjectRef object; };

struct MoveDeal { Uuid deal; Uuid stage; std::optional<Instant> effective_at; };
struct CompleteAction {
  Uuid deal, action;
  std::optional<std::string> note;   // becomes a note on the deal in the same commit
  Uuid note_id;                      // or one that is there already
  std::vector<Uuid> file_ids;
  std::optional<Instant> effective_at;
};
struct ReopenAction { Uuid deal, action; std::optional<Instant> effective_at; };
struct CloseDeal {
  Uuid deal;
  Status outcome = Status::won;
  Uuid reason;
  std::optional<std::string> note;
  std::optional<Instant> effective_at;
};
struct SetDealLines { Uuid deal; std::vector<Line> lines; };
struct Cost {
  Uuid id, category;
  Amount amount;
  std::optional<Day> day;
  event::AmountKind kind = event::AmountKind::forecast;
};
struct SetDealCosts { Uuid deal; std::vector<Cost> costs; };
struct ReopenDeal { Uuid deal; std::optional<Instant> effective_at; };
// Nothing: stays as it is. `reason` present and nil: no reason.
struct CorrectDeal {
  Uuid deal;
  std::optional<Status> status;
  std::optional<Uuid> reason;
  std::optional<std::string> note;
  std::optional<Instant> closed_at;
};
struct ChangeProcess { Uuid deal, process, stage; };
// A new version of a process. Nothing: stays as it is.
struct DefineProcess {
  Uuid process;
  std::optional<std::string> name;
  std::optional<bool> is_default;
  std::vector<event::Stage> stages;
  std::vector<event::StageTarget> removed_stages;
};
struct ArchiveProcess { Uuid process; bool archived = true; };
struct CompleteTask { Uuid task; std::optional<Instant> effective_at; Scope scope = Scope::one; };
struct ReopenTask { Uuid task; std::optional<Instant> effective_at; };

// The log about itself (audit.h). Commands of the system; a change of key may be an administrator's.
struct CommitHeads { Uuid account; Position up_to = 0; std::array<std::uint8_t, 32> root{}; };
struct ChangeSigningKey { Uuid account; event::SigningKeyChanged change; };
struct MoveLead { Uuid lead; Uuid stage; std::optional<Instant> effective_at; };
struct LoseLead { Uuid lead; Uuid reason; std::optional<std::string> note; std::optional<Instant> effective_at; };
struct ReopenLead { Uuid lead; std::optional<Instant> effective_at; };
// What a lead turns into: an object that is there (`id`), else a new one of these values, filled up from the lead; a null is a
// value too, that stays empty. Nulls alone describe nothing.
struct Becoming {
  Uuid id;
  Fields fields;
  std::vector<CustomValue> custom = {};
  std::vector<AmountOf> amounts = {};       // of a deal

  bool says_nothing() const;
};
struct ConvertLead {
  Uuid lead;
  std::optional<Becoming> company, person, deal;
  std::optional<Instant> effective_at;
};

// Something of many parts begins (SPEC DEA-8, DEA-9, IO-1): what follows names it in its Context.
struct BeginBatch {
  Uuid id;
  BatchKind kind = BatchKind::bulk;
  Kind collection = Kind::none;       // of the targets
  std::vector<Uuid> targets;          // where one command is given over many objects; else empty
  Uuid undoes;                        // the batch, or else ...
  Position undoes_command = 0;        // ... the command that this takes back
};
// A state that an object was in before, said by an event that no command of today would cause in just that way: a part of
// an undo (undo.h).
struct PutBack { ObjectRef object; Event event; Fields personal; };

// Two companies, or two persons, become one: `from` goes into the target.
struct MergeContact { ObjectRef into; Uuid from; };

// Legal holds and erasing (erasure.h). `along`: of which kinds what is about the subject is erased with it.
struct PlaceHold { ObjectRef object; std::string reason; };
struct LiftHold { ObjectRef object; };
struct Erase { ObjectRef object; std::vector<Kind> along; };

// Access (SPEC 3). Who has access to a deal or a lead, beside its owner and creator.
struct ChangeParticipants { ObjectRef object; std::vector<Uuid> add, remove; };
struct RequestAccess { Uuid user, deal; };
struct ReadNotifications { Uuid user; Position up_to = 0; };
// Passwords come as their hashes. `verified`: the hash that the user's present password was found to fit; empty: none was given.
struct SetPassword { Uuid user; std::string hash, verified; bool is_rehash = false; };
struct LogIn { Uuid session, user; std::string token_hash; Instant expires_at; std::string verified; };
struct LogOut { Uuid session; };

// Scorecards (SPEC 14). Targets and values as the client wrote them: what form they take follows from the parameter's kind.
struct ScorecardParameter {
  Uuid id;                                  // nil: made
  std::uint8_t kind = 0;                    // ParameterKind
  Uuid object;
  std::optional<std::string> name, unit;
  std::variant<Decimal, Amount> target;
  std::int64_t weight_bp = 0;
  std::optional<Day> counted_from;
  bool less_is_better = false, is_active = true;
};
// One card for each of the users and teams, in one commit. `cards`: their ids in that order; those that are left out follow from the
// first. REQUIRES: there is a first.
struct CreateScorecards {
  std::vector<Uuid> cards, users, teams;
  Fields fields;                            // the period, auto_duplicate
  std::vector<ScorecardParameter> parameters;
};
// As above, and what is not given is the card's; no users and teams: its holder.
struct CopyScorecard {
  Uuid card;
  std::vector<Uuid> cards, users, teams;
  Fields fields;
  std::optional<std::vector<ScorecardParameter>> parameters;
};
struct EditScorecard { Uuid card; Fields fields; std::optional<std::vector<ScorecardParameter>> parameters; };
// All cards of one period with the same parameters.
struct EditScorecardGroup { Uuid group; std::vector<ScorecardParameter> parameters; };
// A custom parameter, by hand: either.
struct AdjustScorecard { Uuid card, parameter; std::optional<Decimal> set, add; };
struct DeleteScorecardsOf { Uuid user; };
struct SettleScorecard { Uuid card; };

}  // namespace command

// One of them; copied, moved and destroyed by functions of command.cpp, as an Event is by its own.
struct Command : std::variant<
  command::Create, command::Edit, command::Delete, command::Restore, command::MoveDeal, command::CompleteAction,
  command::ReopenAction, command::CloseDeal, command::ReopenDeal, command::CorrectDeal, command::ChangeProcess,
  command::DefineProcess, command::ArchiveProcess, command::CompleteTask, command::ReopenTask, command::CommitHeads,
  command::ChangeSigningKey, command::SetDealLines, command::SetDealCosts, command::MoveLead, command::LoseLead,
  command::ReopenLead, command::ConvertLead, command::MergeContact, command::PlaceHold, command::LiftHold,
  command::Erase, command::ChangeParticipants, command::RequestAccess, command::ReadNotifications, command::SetPassword,
  command::LogIn, command::LogOut, command::BeginBatch, command::PutBack, command::CreateScorecards,
  command::CopyScorecard, command::EditScorecard, command::EditScorecardGroup, command::AdjustScorecard,
  command::DeleteScorecardsOf, command::SettleScorecard> {
  using variant::variant;
  Command() = default;
  Command(const Command&);
  Command(Command&&) noexcept;
  Command& operator=(const Command&);
  Command& operator=(Command&&) noexcept;
  ~Command();
};

// The object that a command is about: its answer shows it, its version is compared with If-Match.
ObjectRef target(const Command& command);

// Who asks, when, and the ids that a decision may use: everything a decision needs that is not in the model.
struct Context {
  Uuid actor;                        // the user; nil: the system itself (account creation)
  Uuid token;
  Uuid performed_by;                 // nil: the actor (SPEC GEN-7)
  Instant now;                       // the `recorded_at` that the events will get
  bool is_import = false;            // historical closings skip the mandatory check (SPEC DEA-7)
  std::optional<Version> if_match;
  Uuid batch;                        // what the command is part of: one that its actor began; nil: of nothing
  std::vector<Uuid> fresh_ids;       // at least 8: for objects made on the way (a note, a task, a client, a stage)
};

}  // namespace dealog
