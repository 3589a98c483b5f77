#pragma once
// What the decision model remembers: of each object only what some decision asks for. Inside domain/ only.
//
// Every value of a field that can be edited leaves a print (prints.h); what rules look at is held as it is. What
// follows by rule for many objects is looked up, not written to each: a deal keeps the stage that its own events
// name, and `stage_now` follows the stages that were removed since; a source that was deleted is null wherever
// it stands.
//
// Whatever changes with events is a Tried map or one of the Singles, so that a trial (trial.h) can take it back.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/calendar.h"
#include "domain/card_period.h"
#include "domain/event.h"
#include "domain/fields.h"
#include "domain/prints.h"
#include "domain/trial.h"
#include "domain/types.h"

namespace dealog {

struct Object {
  Instant created_at;               // effective; set-up: the beginning of time
  Uuid created_by;
  Version version = 0;
  bool is_deleted = false;
  Prints prints;
};

struct Account : Object {
  Uuid id;
  std::string currency;
  bool sources_on = false, source_inheritance_on = false, client_required = false, reason_required = false, costs_on = false, realised_on = false;
  Visibility default_visibility = Visibility::private_;
  std::optional<Calendar> calendar;
  Position heads_up_to = 0;                           // of the newest heads_committed
  std::optional<event::SigningKeyChanged> signing_key;  // the newest change of key; nothing: never changed
};

struct User : Object {
  Role role = Role::salesperson;
  bool is_suspended = false;
  std::string email;                // normalised; empty: erased
  std::string password_hash;        // empty: none was set, or erased
  Instant teams_since = beginning_of_time;
  Position notifications_read = 0;
  std::map<Uuid, Instant> access_asked;  // deals, and when last
  std::vector<Uuid> teams;          // without those above them
  std::uint32_t card_deletions = 0; // how often all his scorecards were deleted
};

struct Team : Object { std::string name; Uuid parent; };   // names here are normalised (GEN-11)
struct Token : Object {
  std::string hash;                 // empty: it was revoked, or is long over
  Uuid user;
  std::optional<Instant> expires_at;
  std::vector<std::string> scopes;  // none: all
  bool read_only = false, is_session = false;
};
struct Source : Object { std::string name; };
// A word of the other dictionaries: a group, a tag, a task type, a product, a category; an exchange rate is named by its
// currency and day.
struct Word : Object { std::string name; bool is_archived = false, is_used = false; };
// Its key is in `name`, normalised, behind its collection.
struct CustomField : Object {
  Kind about = Kind::none;
  std::string key, name;
  CustomType type = CustomType::text;
  bool is_required = false;
  std::uint16_t number = 0;
  std::vector<std::string> choices, retired_choices;
  std::unordered_map<std::string, Uuid> choice_ids;   // of both: the choice_id, a hash, is made once for each
};
struct SavedFilter : Object { bool is_shared = false; };
struct Space : Object { Uuid owner; };
struct CloseReason : Object { std::string name; Status outcome = Status::won; bool is_archived = false, is_used = false; };

struct Contact : Object {           // a company or a person
  std::string name;                 // as given: a deal may take it; empty: erased
  Uuid owner, source, company;
  Uuid merged_into;                 // nil: it stands for itself
};

// One version of a process, for snapshots of the past.
struct ProcessVersion {
  struct Place { std::uint32_t stage = 0, index = 0, weight = 0; };

  Version number = 0;
  Instant from = beginning_of_time;
  std::int64_t total_weight = 0;
  std::unordered_map<Uuid, std::uint32_t> stages;   // id -> order
  std::unordered_map<Uuid, Place> actions;
};

struct Process : Object {
  bool is_default = false, is_archived = false;
  event::ProcessDefined definition;                 // the newest
  std::vector<ProcessVersion> versions;             // oldest first
  std::vector<Uuid> mandatory;                      // of the newest

  const ProcessVersion& newest() const { return versions.back(); }
  const ProcessVersion& version_at(Instant t) const;
  const event::Action* find_action(const Uuid& action) const;
};

// An action was done from `since` until it was taken back.
struct DoneSpan { Uuid action; Instant since; Instant until = end_of_time; };

struct Closing {
  Instant at;                       // effective
  Instant closed_at;                // as it is shown: `at`, but of one that was put back when its reopening was undone (undo.h)
  Instant before;                   // of the last event of the stage or status before it
  Uuid reason;
  bool skipped_mandatory = false;
};

// Lines and costs, where there are any.
struct DealMoney { std::vector<event::Line> lines; std::vector<event::Cost> costs; };

struct Deal : Object {
  Uuid process, stage, furthest, company, person, owner;
  std::vector<Uuid> participants;
  std::vector<DoneSpan> done;
  std::vector<std::pair<Instant, Uuid>> earlier_owners;  // {until when, who}, oldest first
  Own<Closing> closing;                                  // null: open
  Own<DealMoney> money;                                  // null: neither
  std::string currency;
  Instant stage_or_status_at;       // effective time of the last event that set either
  Instant status_at;                // ... the status
  Status status = Status::open;
  Visibility visibility = Visibility::private_;

  const Uuid& client() const { return company.is_nil() ? person : company; }
  Uuid owner_at(Instant t) const;
  bool is_done(const Uuid& action) const { return is_done_at(action, Instant{end_of_time.ms - 1}); }
  bool is_done_at(const Uuid& action, Instant t) const;
};

struct LeadStage : Object { std::string name; std::int64_t position = 0; };

struct Lead : Object {
  Uuid stage, furthest, company, person, owner, source;
  std::vector<Uuid> participants;
  std::vector<std::pair<Instant, Uuid>> earlier_owners;  // {until when, who}, oldest first
  Instant stage_or_status_at;       // effective time of the last event that set either
  LeadStatus status = LeadStatus::active;
  // What its conversion fills new objects with.
  std::string title;
  std::optional<std::int64_t> value;
  Fields raw;                       // contact data as they came in, personal; empty: none or erased

  Uuid owner_at(Instant t) const;
};

struct Scorecard : Object {
  Uuid user, team;                  // one of them: the holder
  CardPeriod period;
  Uuid group;
  std::uint32_t deletions_seen = 0; // its holder's card_deletions when it came, or came back
  std::vector<event::ScorecardParameter> parameters;
  std::vector<event::ScorecardValue> values;
  bool is_settled = false;
};

// What its next occurrence is born with, and when.
struct Series : Object {
  Fields fields, personal;          // by the numbers of a task
  Day starts_on;
  std::optional<std::int64_t> time_of_day;
  Day newest;                       // the latest day of the rule that has an occurrence
  std::vector<Uuid> occurrences;    // all that were made
};

struct Task : Object {
  Uuid assignee, deal, lead;
  Uuid series;                      // nil: it does not recur
  Day occurrence_on;
  Instant status_at;
  TaskStatus status = TaskStatus::open;
};
struct Note : Object { Uuid deal, lead, person, company, space; std::vector<Uuid> files; bool is_private = false; };
struct File : Object {
  Uuid deal, lead, person, company, space;
  bool hangs() const { return !deal.is_nil() || !lead.is_nil() || !person.is_nil() || !company.is_nil() || !space.is_nil(); }
};
struct Email : Object {
  Uuid deal, lead;
  std::uint64_t sender = 0;         // 0: erased
  std::uint64_t message = 0;        // print of its Message-ID
  bool is_discarded = false;        // somebody has deleted it; false: whatever deleted it took its recording back
};

struct RemovedStage { Uuid target; Instant at; };

// What belongs together: a bulk, an import, an undo. Its events name the position at which it began.
struct Batch : Object {
  BatchKind kind = BatchKind::bulk;
  Position begun = 0;
  std::vector<std::pair<Position, Position>> events;       // {first, last}, in order
};

template <class Key, class Value>
using Tries = Tried<std::unordered_map<Key, Value>>;
template <class T>
using Objects = Tries<Uuid, T>;
using Names = Tries<std::string, Uuid>;                    // normalised
using NamesOfMany = TriedMany<std::unordered_multimap<std::size_t, Uuid>>;  // hash of the normalised name
using Lists = Tries<Uuid, std::vector<Uuid>>;

// What there is one of: a trial copies all of it.
struct Singles {
  Position position = 0;            // of the newest event
  Account account;
  Uuid default_process;
};

struct ModelState : Singles {
  Trial trial;                      // of all maps below
  Objects<User> users{trial};
  Objects<Team> teams{trial};
  Objects<Token> tokens{trial};
  Objects<Source> sources{trial};
  Objects<CloseReason> close_reasons{trial};
  Objects<Contact> companies{trial}, persons{trial};
  Objects<Process> processes{trial};
  Objects<Deal> deals{trial};
  Objects<Task> tasks{trial};
  Objects<Note> notes{trial};
  Objects<Email> emails{trial};
  Objects<Word> contact_groups{trial}, deal_groups{trial}, tags{trial}, task_types{trial}, products{trial}, product_categories{trial},
      cost_categories{trial}, exchange_rates{trial};
  Objects<SavedFilter> saved_filters{trial};
  Objects<Space> spaces{trial};
  Objects<CustomField> custom_fields{trial};
  Objects<File> files{trial};
  Objects<Batch> batches{trial};
  Objects<Lead> leads{trial};
  Objects<LeadStage> lead_stages{trial};
  Objects<Scorecard> scorecards{trial};
  Objects<Series> series{trial};
  Lists cards_of_user{trial}, cards_of_group{trial};

  Names user_by_email{trial}, token_by_hash{trial}, team_by_name{trial}, source_by_name{trial}, lead_stage_by_name{trial};
  Lists sessions_of{trial};                                 // by user, oldest first; neither ended nor long over
  Names reason_by_name[4]{Names(trial), Names(trial), Names(trial), Names(trial)};  // by outcome
  std::map<Kind, Names> word_by_name;                       // grows only: names_of_words
  Tries<Uuid, std::int64_t> prices{trial};                  // of products
  Names custom_by_key{trial};                               // "deals/<key>"
  Tried<std::map<std::pair<Kind, std::uint16_t>, Uuid>> custom_by_number{trial};
  Tried<std::map<std::pair<Kind, std::uint16_t>, unsigned>> custom_numbers{trial};  // by the first number of a type: how many were given
  // Members of the sets that no rule looks at elsewhere, and of choices the choice_id: what an edit of a set is compared with
  // (SPEC GEN-12), and what is added to (sets.h).
  Tries<ObjectRef, std::unordered_map<std::uint16_t, std::vector<Uuid>>> sets{trial};
  NamesOfMany company_by_name{trial}, person_by_name{trial};
  // By company and by person: where each of them stands, client of the deal or not.
  Lists deals_of_contact{trial}, leads_of_contact{trial};
  // By company and by person: every deal that was won while it stood there. May hold some that no longer count, and one twice:
  // who reads it looks at the deal.
  Lists won_deals_of_contact{trial};
  Tries<Uuid, std::uint32_t> active_leads_in{trial};        // lead stage -> active leads, deleted ones too
  TriedMany<std::unordered_multimap<std::uint64_t, Uuid>> email_by_message_id{trial};   // by its print
  Tries<Uuid, std::uint32_t> open_deals_in{trial};          // stage -> open deals that are not deleted
  Tries<Uuid, RemovedStage> removed_stages{trial};
  Tries<Uuid, Uuid> process_of_stage{trial}, process_of_action{trial};  // of every version
  Tries<std::uint64_t, bool> prints_of_deleted{trial};      // of words that are stripped where they stood
  Tries<Position, Uuid> batch_at{trial};                    // by the position at which it began
  Tries<Uuid, Position> last_command_of{trial};             // by actor: where it began

  // Contacts that were merged, one step at a time; the other way round; and by the print of their id in other objects.
  Tries<ObjectRef, Uuid> merged_contacts{trial};
  Tries<ObjectRef, std::vector<Uuid>> merged_from{trial};
  Tries<std::uint64_t, ObjectRef> contact_of_merged_print{trial};

  // Erasure (erasure.h): what is held, with the print of the reason; what was erased; and what is about a contact or a lead,
  // or was once: its print of the link tells whether it still is.
  Tries<ObjectRef, std::uint64_t> held{trial};
  Tries<ObjectRef, bool> erased{trial};
  Tries<ObjectRef, std::vector<ObjectRef>> linked_to{trial};

  // What stands for the contact now: itself, or what it was merged into.
  Uuid contact_now(Kind kind, Uuid id) const;
  // What stands for a deal's or lead's client now.
  Uuid client_now(const Uuid& company, const Uuid& person) const {
    return company.is_nil() ? contact_now(Kind::person, person) : contact_now(Kind::company, company);
  }
  // The contact and all that were merged into it, directly or not.
  std::vector<Uuid> subjects_of(ObjectRef contact) const;

  const Object* find(ObjectRef object) const;
  Object* find(ObjectRef object);
  Object& born(ObjectRef object);
  // The stage that holds the deals of `stage` at t.
  Uuid stage_at(Uuid stage, Instant t) const;
  Uuid stage_now(const Uuid& stage) const { return stage_at(stage, end_of_time); }
  bool is_live_source(const Uuid& source) const;
  // Null: the kind is not one of words.
  const Objects<Word>* words(Kind kind) const;
  Names& names_of_words(Kind kind) { return word_by_name.try_emplace(kind, trial).first->second; }
  // Null: there is no such word.
  Word* word(ObjectRef object);
  const Objects<Contact>& contacts(Kind kind) const { return kind == Kind::company ? companies : persons; }
};

template <class T>
const T* find_in(const Objects<T>& objects, const Uuid& id) {
  const auto found = objects.find(id);
  return found == objects.end() ? nullptr : &found->second;
}

// `object` goes from the list of one contact to that of another; nil: of none.
void relist(Lists& lists, const Uuid& object, const Uuid& from, const Uuid& to);

// Reading the values of an event or a command.
const Value* find_value(const Fields& fields, std::uint16_t field);   // null: not among them
std::optional<std::int64_t> number_in(const Fields& fields, std::uint16_t field);   // nothing: not among them, or none
const Fields* fields_in(const Event& event);   // of a creation or an edit; null: it is another
Uuid id_in(const Fields& fields, std::uint16_t field);                // nil: not among them or null
std::vector<Uuid> ids_in(const Fields& fields, std::uint16_t field);  // empty: not among them or null
std::string text_in(const Fields& fields, std::uint16_t field);
void set_value(Fields& fields, std::uint16_t field, Value value);
void sort_by_number(Fields& fields);

}  // namespace dealog
