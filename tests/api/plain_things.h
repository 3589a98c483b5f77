#pragma once
// What the plain model (plain_crm.h and its layers) is made of: answers, and the objects as it remembers them.

#include <algorithm>
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

struct Thing {
  Id creator;
  Ms created_at = 0;
  int version = 0;
  bool is_deleted = false;
};

// What is set up [SPEC 3, 4].
struct User : Thing { std::string role; bool is_suspended = false; };
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
};

struct Done { Id action; Ms since = 0, until = never; };
struct Closing { Ms at = 0, before = 0; Id reason; bool skipped_mandatory = false; };
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
  Id owner, company, person, source, stage, furthest;
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
  bool is_repeat = false;
  std::optional<Ms> closed_at;
  Ms stage_or_status_at = 0;
};

struct Links { Id deal, lead, company, person, space; };
struct Task : Thing { std::string name; Id assignee, type; Links links; bool is_completed = false; Ms status_at = 0; };
struct Note : Thing { std::string text; Links links; bool is_private = false; };
struct Space : Thing { std::string name; Id owner; };

struct Action { Id id; int weight = 0; bool is_mandatory = false, needs_note = false; std::set<std::string> roles; };  // no roles: everyone
struct Stage { Id id; std::vector<Action> actions; };

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
