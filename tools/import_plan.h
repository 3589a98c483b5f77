#pragma once
// A plan: which files, and how their columns become objects. A plan is one unit; its JSON is described in
// tools/README.md. Reading one finds all its faults, each with a pointer into the JSON.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "domain/fields.h"
#include "domain/types.h"
#include "tools/import_values.h"

namespace dealog::tools {

struct PlanFault {
  std::string pointer;  // "/entities/2/fields/owner_id"
  std::string code;     // missing, wrong_type, unknown_field, unknown_file, unknown_set, unknown_process, ...
  std::string message;
};

struct PlanFile {
  std::string key;
  std::string path;  // relative to the plan's folder
  char delimiter = ',';
};

// A process that the plan makes, or one that the account has already.
struct PlanProcess {
  std::string key;
  std::string name;
  bool existing = false;      // found in the account by its name
  boost::json::object body;   // as API.md has it; stages and actions without ids get derived ones
  std::vector<std::string> stage_names;
};

// A source, a close reason, a stage of leads or a custom field that the plan makes itself.
struct PlanConstant {
  Kind kind = Kind::source;
  std::string name;           // its external id; of custom fields "deals:size"
  boost::json::object body;   // of the request, without the id
};

struct FieldRule {
  const FieldSpec* spec = nullptr;  // null: a custom field
  ValueRule rule;
  std::string custom;               // its key

  std::string name() const { return spec != nullptr ? std::string(spec->name) : "cf." + custom; }
};

// What a lead is converted into, or one of it.
struct ConversionRule {
  bool always = false;              // "true": made from the lead, or what it is linked to
  std::optional<ValueRule> rule;    // else what the row names; an empty value: none
};

// The rows of one file as objects of one kind, as stage histories, or as lines or costs of deals.
struct PlanEntity {
  enum class What { objects, stage_history, deal_lines, deal_costs };
  What what = What::objects;
  Kind kind = Kind::none;
  std::string set;            // the name under which `ref` finds them; the kind's name unless given
  std::string file;           // a key of `files`
  bool distinct = false;      // one object for each different external id; rows without one are passed over
  ValueRule external_id;
  std::vector<FieldRule> fields;
  std::optional<ValueRule> effective_at, performed_by;
  // Deals and leads only.
  std::string process;        // of deals
  std::optional<ValueRule> stage, status, closed_at, close_reason, close_note;
  ConversionRule to_company, to_person, to_deal;  // of leads
  // Tasks only.
  std::optional<ValueRule> completed_at;
  // Stage histories (of deals or leads, and `stage`), lines and costs (of deals).
  std::optional<ValueRule> deal, lead, at;
  std::string pointer;

  // Whose history, lines or costs these are.
  const ValueRule& owner() const { return lead ? *lead : *deal; }
};

// What a row of that entity can say: the kind's fields, or those of a line or a cost.
std::span<const FieldSpec> fields_of(const PlanEntity& entity);

// The kinds whose objects can be named by name (`by_name`), and whether what the account does not have is made.
struct Nameable {
  Kind kind;
  bool is_made;
};
std::span<const Nameable> nameable_kinds();

struct Plan {
  std::string scope;          // ids are derived from it: the same scope and external id is the same object
  std::string name;
  std::vector<std::string> folders;
  std::vector<PlanFile> files;
  std::vector<PlanProcess> processes;
  std::vector<PlanConstant> constants;
  std::vector<PlanEntity> entities;
  // Where it is carried out, not part of the plan: how often the account took this import back, plus one, and the id of this run.
  int run = 1;
  Uuid import_id;             // nil: none was begun, it is only planned

  const PlanFile* find_file(std::string_view key) const;
  const PlanProcess* find_process(std::string_view key) const;
};

struct PlanOrFaults {
  Plan plan;                      // sound when there are no faults
  std::vector<PlanFault> faults;
};
PlanOrFaults parse_plan(std::string_view json);

// The id of the object with that external id in that set: the same for ever and in every account, of each run. What was taken
// back is gone, so another run makes other objects.
Uuid id_of(const Plan& plan, std::string_view set, std::string_view external_id);
Uuid id_in_run(const Plan& plan, int run, std::string_view set, std::string_view external_id);
// The scope of that run's ids and keys.
std::string scope_of(const Plan& plan, int run);

// The first of the plan's folders (each tried from the plan's own folder, then from the current one) that holds all
// its files; nothing when none does.
std::optional<std::filesystem::path> find_folder(const Plan& plan, const std::filesystem::path& plan_file);

}  // namespace dealog::tools
