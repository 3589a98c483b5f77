#pragma once
// What the plain model (plain_crm.h and its layers) is made of: answers, and the objects as it remembers them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dealog::test::plain {

using Id = std::string;                       // "" is none
using Ms = std::int64_t;
inline constexpr Ms never = INT64_MAX;

// A status, and "pointer code" of each fault, sorted. Accepted: 200 or 201 and no faults.
struct Verdict {
  int status = 200;
  std::vector<std::string> faults;
  bool accepted() const { return status < 300; }
};

// Collects faults; the worst decides the status: 404, then 403, then what is impossible (422), then the present state (409).
class Faults {
 public:
  void impossible(const std::string& pointer, const std::string& code) { add(2, pointer, code); }
  void not_now(const std::string& pointer, const std::string& code) { add(1, pointer, code); }
  void forbidden(const std::string& pointer) { add(3, pointer, "forbidden"); }
  void missing() { add(4, "", "not_found"); }
  bool any() const { return !faults_.empty(); }
  Verdict verdict() {
    constexpr int statuses[] = {200, 409, 422, 403, 404};
    std::ranges::sort(faults_);
    return {statuses[worst_], faults_};
  }

 private:
  void add(int severity, const std::string& pointer, const std::string& code) {
    worst_ = std::max(worst_, severity);
    faults_.push_back(pointer + " " + code);
  }
  int worst_ = 0;
  std::vector<std::string> faults_;
};

// What is added to a set and what is removed from it [DEA-8].
struct SetChange { std::vector<Id> add, remove; };

struct Thing {
  Id creator;
  Ms created_at = 0;
  int version = 0;
  bool is_deleted = false;
  // [CON-3] `has_personal`: some of what may be missing there was sealed; `hold`: why it is held, if it is.
  bool is_erased = false, says_erased = false, has_personal = false;
  std::string hold;
};

// What is set up [SPEC 3, 4].
struct User : Thing {
  std::string role, name, email;
  bool is_suspended = false;
  std::vector<Id> teams;
  Ms teams_since = INT64_MIN;                  // when they last changed
  std::string password;                        // "": he has none
  std::int64_t read_up_to = 0;                 // of what he was told: a position of the log
  int card_deletions = 0;                      // how often all his scorecards were deleted
  std::map<Id, Ms> access_asked;               // by deal: when last
};
// What one may ask with; a session is one that a log-in made [ACC-7].
struct Token : Thing {
  std::string name;
  Id user;
  std::optional<Ms> expires_at;
  bool read_only = false, is_session = false;
  std::vector<std::string> scopes;             // none: all
};
// Somebody completed an action, or asks for access to a deal (no action). `position`: the log came so far with it; 0: not known yet.
struct Notice {
  Id deal, by, action;
  std::set<Id> to;
  std::int64_t position = 0;
};
struct Source : Thing { std::string name; };
struct Reason : Thing { std::string name, outcome; bool is_archived = false, is_used = false; };
struct LeadStage : Thing { std::string name; int position = 0; };
struct Team : Thing { std::string name; Id parent; };
// Groups, tags, types, categories. `keeps`: once used it is archived, never deleted; the others are stripped when deleted.
struct Word : Thing { std::string name; bool is_archived = false, is_used = false; };
struct Product : Word { Id category; std::optional<std::int64_t> price; };
struct Rate : Thing { std::string currency, day, rate; };
struct Field : Thing { std::string collection, key, label, type; bool is_required = false, was_deleted = false; };

// A company or a person.
struct Contact : Thing {
  std::string name, tax_id;
  Id owner, source, company, merged_into;      // company: of persons
  std::vector<std::string> phones;
  std::vector<Id> groups, tags;
  std::map<Id, std::string> custom;            // by field: JSON
};

struct Done { Id action; Ms since = 0, until = never; };
struct Closing {
  Ms at = 0, before = 0;
  Id reason;
  bool skipped_mandatory = false;
  Id stage = {}, furthest = {};                // as they were then, with the weights
  std::int64_t done_weight = 0, total_weight = 0;
  std::optional<Ms> put_back_at = {};          // its reopening was taken back: from then on it is closed again, as of `at`

  Ms holds_from() const { return put_back_at.value_or(at); }
};
// A line of a deal, or (with only a price and a category) a cost. Thousandths, minor units, hundredths of a percent.
struct Line {
  int id = 0;
  std::string name;
  Id product;
  std::int64_t quantity = 1000, price = 0, discount = 0;
  int times = 1;                               // one each month
  bool is_realised = false;

  friend bool operator==(const Line&, const Line&) = default;
};
struct Deal : Thing {
  std::string name, status = "open", kind = "new", currency = "PLN";
  std::optional<std::int64_t> typed;           // minor units; lines come before it
  Id owner, company, person, source, process, stage, furthest;
  bool is_public = false;
  std::vector<Id> participants, groups, tags;
  std::vector<Line> lines, costs;
  std::map<Id, std::string> custom;            // by field: JSON
  std::vector<Done> done;
  std::optional<Closing> closing;
  Ms stage_or_status_at = 0, status_at = 0;

  bool is_done(const Id& action) const {
    return std::ranges::any_of(done, [&](const Done& each) { return each.action == action && each.until == never; });
  }
};
struct Lead : Thing {
  std::string title, status = "active", raw_name, raw_company;
  std::optional<std::int64_t> value;
  Id owner, company, person, source, stage, furthest, deal, reason;
  std::vector<Id> participants, tags;
  std::map<Id, std::string> custom;            // by field: JSON
  bool is_repeat = false;
  std::optional<Ms> closed_at;
  Ms stage_or_status_at = 0;
};

struct Links { Id deal, lead, company, person, space; friend bool operator==(const Links&, const Links&) = default; };
// How a task comes again; days since 1970. frequency "": it does not.
struct Rule {
  std::string frequency;
  int every = 0;                               // 0: not said, which is 1
  std::vector<std::string> weekdays;
  std::optional<std::int64_t> until;
  int times = 0;                               // 0: no limit
  friend bool operator==(const Rule&, const Rule&) = default;
};
struct Task : Thing {
  std::string name, description;
  Id assignee, type;
  Links links;
  bool is_completed = false;
  Ms status_at = 0;
  std::optional<std::int64_t> due;             // a day
  std::optional<Ms> due_at;                    // or a time
  Rule rule;
  Id series, origin;                           // origin: the series that it was born in, left since or not
  std::int64_t occurrence = 0;                 // the day of the rule that it stands for
};
// What the occurrences of a recurring task are born with.
struct Series {
  std::string name;
  Id assignee, type;
  Links links;
  Rule rule;
  std::int64_t starts_on = 0, newest = 0;
  bool is_over = false;
  std::string description = {};
  bool is_erased = false;                      // with one of its tasks
};
struct Note : Thing { std::string text; Links links; bool is_private = false; std::vector<Id> files; };
struct File : Thing {
  std::string name, content;
  Links links;

  bool hangs() const { return !links.deal.empty() || !links.lead.empty() || !links.company.empty() || !links.person.empty() || !links.space.empty(); }
};
struct Space : Thing { std::string name; Id owner; };
struct Email : Thing { std::string message_id, from, subject; Ms sent_at = 0; Links links; };
struct Filter : Thing { std::string name, collection, tree; bool is_shared = false; };

// What a scorecard is about; days since 1970.
struct Period {
  std::string kind;
  std::int64_t start = 0, end = 0, anchor = 0;
  friend bool operator==(const Period&, const Period&) = default;
};
struct Parameter {
  Id id;
  std::string kind, name;                      // a name: of custom ones
  Id object;
  std::int64_t target = 0;                     // whole ones; of money, whole units
  int weight = 0;                              // basis points
  std::optional<std::int64_t> counted_from;
  bool less_is_better = false, is_active = true;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};
struct Card : Thing {
  Id user, team;                               // one of them holds it
  Period period;
  bool duplicates = false;
  std::vector<Parameter> parameters;
  std::map<Id, int> values;                    // of custom ones, counted by hand
  int deletions_seen = 0;
  std::optional<Ms> settled_at;
};

// Who is told that an action was completed.
struct Notify {
  std::set<std::string> roles;
  bool owner = false, participants = false;
  std::vector<Id> users;
  friend bool operator==(const Notify&, const Notify&) = default;
};
struct Action {
  Id id;
  std::string name;
  int weight = 0;
  bool is_mandatory = false, needs_note = false, needs_file = false;   // a file comes with a note
  std::set<std::string> roles;                 // none: everyone
  Notify notify = {};
  friend bool operator==(const Action&, const Action&) = default;
};
struct Stage {
  Id id;
  std::string name;
  std::vector<Action> actions;
  std::optional<int> max_days = {};
  friend bool operator==(const Stage&, const Stage&) = default;
};
struct ProcessVersion { Ms from = 0; std::vector<Stage> stages; };
struct Removed { Id target; std::ptrdiff_t version = 0; };   // which of the versions did it
// A process is its newest version; a closed deal keeps what held when it was closed [PRC-1].
struct Process : Thing {
  std::string name;
  int number = 0;                              // the order in which they came
  bool is_default = false, is_archived = false;
  std::vector<Stage> stages;                   // in order, now
  std::vector<ProcessVersion> versions;        // and all that it had
  std::map<Id, Removed> removed;               // stages: where their deals went
};

// "Name", as names are compared [GEN-11]; ASCII is enough here.
inline std::string key(const std::string& name) {
  std::string made;
  bool gap = false;
  for (const char c : name) {
    if (c == ' ') { gap = !made.empty(); continue; }
    if (gap) made += ' ';
    gap = false;
    made += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return made;
}

}  // namespace dealog::test::plain
