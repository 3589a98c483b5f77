#pragma once
// Carries out a planned import through a door: asks the account what the plan needs to know, sends phase after phase
// with many requests under way, and reports row by row. A second run sends the same requests under the same keys, so
// it changes nothing; a run that broke off is simply run again.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/import_planner.h"

namespace dealog::tools {

struct ImportCounts {
  std::size_t planned = 0;    // commands
  std::size_t done = 0;       // carried out now
  std::size_t unchanged = 0;  // carried out by an earlier run
  std::size_t failed = 0;     // refused, or not sent because something before it was
};

struct ImportReport {
  std::string scope;
  Uuid import_id;             // with which it is taken back; nil: nothing was begun
  bool dry_run = false;
  std::size_t rows = 0;
  std::vector<std::pair<std::string, ImportCounts>> phases;  // in order; phases of one name are one entry
  std::vector<RowFault> faults;                              // of the files and of refused commands
  std::size_t more_faults = 0;                               // of the files, only counted (PlannedImport::more_faults)
  // The answer that ended the run before its end, because the next command would have been answered alike: nobody lets us in, the
  // disk is nearly full, the server stays overloaded or silent. The same run again goes on from there.
  std::optional<ApiResponse> ended_by = {};
  double seconds = 0;

  ImportCounts total() const;
  std::size_t fault_count() const { return faults.size() + more_faults; }
  bool ok() const { return faults.empty(); }
};

struct ImportSettings {
  bool dry_run = false;
  int connections = 16;
  // Called now and then while a phase runs, from any of the threads, one at a time.
  std::function<void(const std::string& phase, std::size_t done, std::size_t planned)> progress;
  // True: nothing more is to be begun. What was sent stays, and the same run again goes on from there. Any thread.
  std::function<bool()> stop = {};
  // How long to wait before the n-th repetition of a request (from 1); a test waits for nothing.
  std::function<void(int repetition)> wait;
};

// What the account says of itself, as far as the plan needs it: currency, time zone, processes, what is named by name, custom
// fields. The string says for people why it could not.
std::variant<AccountFacts, std::string> ask_facts(Door& door, const Plan& plan);

// Begins the import in the account, or goes on with it: the plan then knows its run and id. "", or why that was not possible.
std::string begin_import(Door& door, Plan& plan);
// For a dry run, which begins nothing: the plan then knows the run that would be begun or gone on with. "", or why that is not known.
std::string learn_run(Door& door, Plan& plan);

// What is planned, without sending it or asking for anything.
ImportReport report_of(const Plan& plan, const PlannedImport& planned);

// REQUIRES: `plan` is what `planned` was made of. A dry run only asks the door whether what rows name is there, where those that
// describe it have faults; an answer that does not say so ends it, and the report is of the rows by themselves.
ImportReport run_planned(const Plan& plan, const PlannedImport& planned, Door& door, const ImportSettings& settings);

// The report as one JSON object (tools/README.md), with at most `max_faults` faults and the number of all.
std::string to_json(const ImportReport& report, std::size_t max_faults);
// The same for people.
std::string to_text(const ImportReport& report, std::size_t max_faults);

}  // namespace dealog::tools
