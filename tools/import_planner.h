#pragma once
// From a plan and its files to the requests that carry it out. A pure function: nothing is sent or read here, so a dry
// run is this alone. Rows with faults are left out and named; the others stand in phases (what is named comes before
// what names it), in chains (the commands of one object, in effective order).

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/calendar.h"
#include "domain/fields.h"
#include "domain/money.h"
#include "tools/csv.h"
#include "tools/door.h"
#include "tools/import_plan.h"

namespace dealog::tools {

// What of the account the plan needs to know.
struct AccountFacts {
  Currency currency;
  Calendar calendar;
  struct Stage {
    std::string name;
    Uuid id;
  };
  struct Process {
    std::string name;
    Uuid id;
    std::vector<Stage> stages;
  };
  std::vector<Process> processes;  // not archived
  // By kind and normalised name: of kinds that the plan names things of. Of users, by their e-mail addresses too; nil: two are
  // called that.
  std::map<Kind, std::map<std::string, Uuid, std::less<>>> named = {};
  struct CustomField {
    Kind about;
    std::string key;
    CustomType type;
    Uuid id;
    std::vector<std::string> choices = {};   // those that are no longer offered, too
  };
  std::vector<CustomField> custom_fields = {};
  // Set-up that is there, of the kinds that the plan makes; known only when an earlier run was taken back.
  std::set<Uuid> there = {};
};

struct RowFault {
  std::string file;      // as the plan spells its path; "" for what the plan itself makes
  std::size_t row = 0;   // the line in that file; 0: the whole file
  std::string column;    // "" when no single column is at fault
  std::string code;
  std::string message;
};

// A row of the file that an entity is read from.
struct RowPlace {
  std::uint32_t entity = 0;       // an index of Plan::entities
  std::size_t row = 0;

  bool operator==(const RowPlace&) const = default;
};

// One request, and where it comes from.
struct PlannedCommand {
  ApiRequest request;             // with its Idempotency-Key
  std::uint32_t entity = 0;       // as of RowPlace; no_entity: made by the plan itself
  std::size_t row = 0;
  std::vector<RowPlace> item_rows = {};  // of one request for many rows, such as the lines of a deal: where each comes from
};
inline constexpr std::uint32_t no_entity = UINT32_MAX;

struct PlannedChain {
  Uuid object;
  std::vector<Uuid> needs;        // objects of this import that must be there before
  std::vector<PlannedCommand> commands;
};

struct PlannedPhase {
  std::string name;               // "teams", "deals"
  std::vector<PlannedChain> chains;
};

struct PlannedImport {
  std::vector<PlannedPhase> phases;
  // What rows describe and the phases do not make, because of their faults. An earlier run may have made it all the same.
  std::map<Uuid, Kind> left_out;
  std::vector<RowFault> faults;
  std::size_t more_faults = 0;    // rows that cannot be read beyond the first most_csv_errors of their file: only counted
  std::size_t rows = 0;           // read, faulty ones included
};

// The tables by the keys of Plan::files. REQUIRES: `plan` has no faults.
using Tables = std::map<std::string, CsvTable, std::less<>>;
PlannedImport plan_import(const Plan& plan, const Tables& tables, const AccountFacts& facts);

}  // namespace dealog::tools
