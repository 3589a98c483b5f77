#pragma once
// Parts of the planner: what the rows name by name and not by an external id. The account's word of that name is used; where
// it has none the import makes one, once for all rows that name it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/import_planner.h"

namespace dealog::tools {

class NamedWords {
 public:
  explicit NamedWords(const AccountFacts& facts) : all_(facts.named) {}

  // Nil: there is none, or more than one. Names are compared as the business compares them [GEN-11].
  Uuid find(Kind kind, std::string_view name) const;
  // One that the import makes. What the account has under that name stays the one that is meant.
  void add(Kind kind, std::string_view name, const Uuid& id);

 private:
  std::map<Kind, std::map<std::string, Uuid, std::less<>>> all_;
};

// What has that external id in the set. Set-up that an earlier run made and that stayed when it was taken back is that one's still.
struct Identity {
  Uuid id;
  int run = 1;
  bool is_there = false;
};
Identity identity_of(const Plan& plan, const AccountFacts& facts, Kind kind, std::string_view set, std::string_view external_id);

// A value that names something: the kind, and how the value comes about.
std::vector<std::pair<Kind, const ValueRule*>> naming_rules(const Plan& plan, const PlanEntity& entity, const AccountFacts& facts);

// The kinds of which the account's names must be known, and whether its custom fields must be.
struct Wanted {
  std::vector<Kind> named;
  bool custom_fields = false;
  std::vector<Kind> set_up;   // that the plan makes
};
Wanted wanted_facts(const Plan& plan);

// The custom field of that key: the account's, else the plan's. Nothing: neither has it. The spec lives as long as the program.
const FieldSpec* custom_spec(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key);
// What it can be, when it is one of choices.
std::vector<std::string> custom_choices(const Plan& plan, const AccountFacts& facts, Kind about, std::string_view key);

}  // namespace dealog::tools
