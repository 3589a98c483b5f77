#pragma once
// Parts of the planner: the fields of one row as members of a JSON body, and the processes that deals go through.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "tools/import_planner.h"
#include "tools/import_words.h"

namespace dealog::tools {

// By set and external id: every object that the import makes.
using IdSets = std::map<std::string, std::map<std::string, Uuid, std::less<>>, std::less<>>;

// What custom fields of choices can be.
using CustomChoices = std::map<const FieldRule*, std::vector<std::string>>;

struct FieldReader {
  const AccountFacts& facts;
  const IdSets& sets;
  const NamedWords& words;
  const CustomChoices& choices;
  RowView row;
  std::function<void(std::string column, std::string code, std::string message)> fault;
  Currency currency;   // of the object's own amounts; custom fields are in the account's

  // `spec`: of the field; the rule has none of a custom one.
  // Puts the field's value into `body` under its name (an empty one is left out) and the ids that it names into
  // `needs`; what is not sound is told through `fault`, so that a dry run knows it: what the API would refuse by its code.
  void read(const FieldSpec& spec, const FieldRule& field, boost::json::object& body, std::vector<Uuid>& needs) const;
  // The id of the object of that kind that the rule's value names; nothing when the value is empty or (told) unknown.
  std::optional<Uuid> reference(const ValueRule& rule, Kind kind, std::vector<Uuid>& needs) const;

 private:
  std::optional<Uuid> look_up(const ValueRule& rule, Kind kind, const std::string& value, std::vector<Uuid>& needs) const;
};

// A process of the plan with its id, the ids of its stages, and the body that makes it.
struct PlannedProcess {
  const PlanProcess* plan = nullptr;
  Uuid id;                                     // nil: an existing one that the account does not have
  std::vector<AccountFacts::Stage> stages;
  boost::json::object body;
  bool is_there = false;                       // made by an earlier run

  // Nil when there is no such stage. Names are compared as the business compares them.
  Uuid stage(std::string_view name) const;
};
std::vector<PlannedProcess> planned_processes(const Plan& plan, const AccountFacts& facts);

// All value rules of an entity.
std::vector<const ValueRule*> rules_of(const PlanEntity& entity);

}  // namespace dealog::tools
