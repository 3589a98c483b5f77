#pragma once
// What the decision model remembers: of each object only what some decision asks for. Inside domain/ only.
//
// Every value of a field that can be edited leaves a print (prints.h); what rules look at is held as it is. What
// follows by rule for many objects is looked up, not written to each: a deal keeps the stage that its own events
// name, and `stage_now` follows the stages that were removed since; a source that was deleted is null wherever
// it stands.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "domain/calendar.h"
#include "domain/card_period.h"
#include "domain/event.h"
#include "domain/fields.h"
#include "domain/prints.h"
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
  std::unique_ptr<Closing> closing;                      // null: open
  std::unique_ptr<DealMoney> money;                      // null: neither
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
struct Note : Object { Uuid deal, lead, person, company; bool has_files = false, is_private = false; };
struct File : Object { Uuid deal, lead, person, company; };   // all nil: it hangs on nothing yet
struct Email : Object { Uuid deal, lead; std::uint64_t sender = 0; };  // 0: erased

struct RemovedStage { Uuid target; Instant at; };

template <class T>
using Objects = std::unordered_map<Uuid, T>;
using Names = std::unordered_map<std::string, Uuid>;       // normalised
using NamesOfMany = std::unordered_multimap<std::size_t, Uuid>;  // hash of the normalised name

struct ModelState {
  Position position = 0;            // of the newest event
  Account account;
  Objects<User> users;
  Objects<Team> teams;
  Objects<Token> tokens;
  Objects<Source> sources;
  Objects<CloseReason> close_reasons;
  Objects<Contact> companies, persons;
  Objects<Process> processes;
  Objects<Deal> deals;
  Objects<Task> tasks;
  Objects<Note> notes;
  Objects<Email> emails;
  Objects<Word> contact_groups, deal_groups, tags, task_types, products, product_categories, cost_categories, exchange_rates;
  Objects<SavedFilter> saved_filters;
  Objects<Space> spaces;
  Objects<CustomField> custom_fields;
  Objects<File> files;
  Objects<Lead> leads;
  Objects<LeadStage> lead_stages;
  Objects<Scorecard> scorecards;
  Objects<Series> series;
  std::unordered_map<Uuid, std::vector<Uuid>> cards_of_user, cards_of_group;

  Uuid default_process;
  Names user_by_email, token_by_hash, team_by_name, source_by_name, lead_stage_by_name;
  std::unordered_map<Uuid, std::vector<Uuid>> sessions_of;  // by user, oldest first; neither ended nor long over
  Names reason_by_name[4];                                  // by outcome
  std::unordered_map<Kind, Names> word_by_name;
  std::unordered_map<Uuid, std::int64_t> prices;            // of products
  Names custom_by_key;                                      // "deals/<key>"
  std::map<std::pair<Kind, std::uint16_t>, Uuid> custom_by_number;
  std::map<std::pair<Kind, std::uint16_t>, unsigned> custom_numbers;  // by the first number of a type: how many were given
  // Members of sets that are stripped of deleted words: what an edit of such a set is compared with (SPEC GEN-12).
  std::unordered_map<ObjectRef, std::unordered_map<std::uint16_t, std::vector<Uuid>>> sets;
  NamesOfMany company_by_name, person_by_name;
  // By company and by person: where each of them stands, client of the deal or not.
  std::unordered_map<Uuid, std::vector<Uuid>> deals_of_contact, leads_of_contact;
  std::unordered_map<Uuid, std::uint32_t> active_leads_in;  // lead stage -> active leads, deleted ones too
  std::unordered_multimap<std::string, Uuid> email_by_message_id;
  std::unordered_map<Uuid, std::uint32_t> open_deals_in;    // stage -> open deals that are not deleted
  std::unordered_map<Uuid, RemovedStage> removed_stages;
  std::unordered_map<Uuid, Uuid> process_of_stage, process_of_action;  // of every version
  std::unordered_set<std::uint64_t> prints_of_deleted;        // of words that are stripped where they stood

  // Contacts that were merged, one step at a time; the other way round; and by the print of their id in other objects.
  std::unordered_map<ObjectRef, Uuid> merged_contacts;
  std::unordered_map<ObjectRef, std::vector<Uuid>> merged_from;
  std::unordered_map<std::uint64_t, ObjectRef> contact_of_merged_print;

  // Erasure (erasure.h): what is held, with the print of the reason; what was erased; and what is about a contact or a lead,
  // or was once: its print of the link tells whether it still is.
  std::unordered_map<ObjectRef, std::uint64_t> held;
  std::unordered_set<ObjectRef> erased;
  std::unordered_map<ObjectRef, std::vector<ObjectRef>> linked_to;

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
void relist(std::unordered_map<Uuid, std::vector<Uuid>>& lists, const Uuid& object, const Uuid& from, const Uuid& to);

// Reading the values of an event or a command.
const Value* find_value(const Fields& fields, std::uint16_t field);   // null: not among them
Uuid id_in(const Fields& fields, std::uint16_t field);                // nil: not among them or null
std::vector<Uuid> ids_in(const Fields& fields, std::uint16_t field);  // empty: not among them or null
std::string text_in(const Fields& fields, std::uint16_t field);
void set_value(Fields& fields, std::uint16_t field, Value value);
void sort_by_number(Fields& fields);

}  // namespace dealog
