// `dealog import`: the plan and its files from disk, the door, and the report.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tools/commands.h"
#include "tools/import_run.h"

namespace dealog::tools {
namespace {

int usage(const std::string& message) {
  std::cerr << "dealog import: " << message << "\n";
  return exit_usage;
}

std::optional<std::string> contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return std::nullopt;
  return text;
}

// One line that is written over on a terminal, a line every two seconds elsewhere.
class ProgressLine {
 public:
  void operator()(const std::string& phase, std::size_t done, std::size_t planned) {
    const auto now = std::chrono::steady_clock::now();
    if (phase != phase_) {
      phase_ = phase;
      phase_started_ = now;
      first_ = 0;
    }
    const bool is_last = done >= planned;
    if (!terminal_ && !is_last && now - told_ < std::chrono::seconds(2)) return;
    told_ = now;
    const double seconds = std::chrono::duration<double>(now - phase_started_).count();
    if (first_ == 0) first_ = done;
    const double rate = seconds > 0.5 ? static_cast<double>(done - first_) / seconds : 0;
    std::string line = phase + ": " + std::to_string(done) + " of " + std::to_string(planned);
    if (rate >= 1) {
      line += ", " + std::to_string(static_cast<long>(rate)) + "/s";
      if (!is_last) line += ", " + std::to_string(static_cast<long>(static_cast<double>(planned - done) / rate) + 1) + " s left";
    }
    if (terminal_) std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), is_last ? "\n" : "");
    else std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
  }

 private:
  bool terminal_ = isatty(2) == 1;
  std::string phase_;
  std::size_t first_ = 0;
  std::chrono::steady_clock::time_point phase_started_, told_{};
};

int print_plan_faults(const std::vector<PlanFault>& faults, const ImportOptions& options) {
  for (const PlanFault& fault : faults)
    std::cerr << options.plan.string() << ": " << (fault.pointer.empty() ? "/" : fault.pointer) << ": " << fault.message
              << " [" << fault.code << "]\n";
  std::cerr << "The plan has " << faults.size() << (faults.size() == 1 ? " fault" : " faults")
            << "; nothing was sent. Plans are described in tools/README.md.\n";
  return exit_usage;
}

int import(const ImportOptions& options) {
  const auto text = contents(options.plan);
  if (!text) return usage("cannot read the plan " + options.plan.string());
  auto [plan, plan_faults] = parse_plan(*text);
  if (!plan_faults.empty()) return print_plan_faults(plan_faults, options);

  std::filesystem::path folder = options.from;
  if (folder.empty()) {
    const auto found = find_folder(plan, options.plan);
    if (!found) {
      std::string files;
      for (const PlanFile& file : plan.files) files += (files.empty() ? "" : ", ") + file.path;
      return usage("no folder that the plan names holds its files (" + files + "); say where they are with --from DIR");
    }
    folder = *found;
  }
  Tables tables;
  for (const PlanFile& file : plan.files) tables.emplace(file.key, read_csv(folder / file.path, file.delimiter));

  std::unique_ptr<Door> door;
  if (!options.url.empty()) door = std::make_unique<HttpDoor>(options.url, options.token);
  else door = open_local_door(options.data.string(), options.account);
  if (const std::string trouble = options.dry_run ? learn_run(*door, plan) : begin_import(*door, plan); !trouble.empty()) {
    std::cerr << "dealog import: " << trouble << "\n";
    return exit_failed;
  }
  const auto facts = ask_facts(*door, plan);
  if (const auto* trouble = std::get_if<std::string>(&facts)) {
    std::cerr << "dealog import: " << *trouble << "\n";
    return exit_failed;
  }

  const PlannedImport planned = plan_import(plan, tables, std::get<AccountFacts>(facts));
  ProgressLine line;
  ImportSettings settings{.dry_run = options.dry_run, .connections = options.connections, .progress = {}, .wait = {}};
  if (!options.quiet) settings.progress = [&line](const std::string& phase, std::size_t done, std::size_t all) { line(phase, done, all); };
  const ImportReport report = run_planned(plan, planned, *door, settings);

  std::cerr << to_text(report, options.max_errors);
  if (!report.dry_run && report.ok()) std::cerr << "Imported in " << static_cast<long>(report.seconds * 1000) << " ms.\n";
  if (!report.ok())
    std::cerr << report.fault_count() << (report.fault_count() == 1 ? " fault" : " faults")
              << ". Sound rows are not held back by others; mend these and run the same command again.\n";
  if (report.ended_by && report.dry_run)
    std::cerr << "Whether rows name what is left out is not known: the account does not say what is there.\n";
  else if (report.ended_by)
    std::cerr << "The import ended early, as nothing more would have been taken; the same command goes on from there.\n";
  if (options.json) std::cout << to_json(report, options.max_errors) << std::endl;
  return report.ok() ? exit_ok : exit_failed;
}

}  // namespace

int run_import(const ImportOptions& options) {
  const bool local = !options.data.empty() || !options.account.empty();
  if (local == !options.url.empty())
    return usage("say where to: --data DIR --account SLUG (no server is running), or --url http://... --token T");
  if (local && (options.data.empty() || options.account.empty())) return usage("--data and --account go together");
  if (!options.url.empty() && options.token.empty()) return usage("--url needs --token (or DEALOG_TOKEN)");
  try {
    return import(options);
  } catch (const LocalDoorError& error) {
    std::cerr << "dealog import: " << error.message << "\n";
    return error.exit_code;
  } catch (const std::invalid_argument& error) {
    return usage(error.what());
  } catch (const std::exception& error) {
    std::cerr << "dealog import: " << error.what() << "\n";
    return exit_failed;
  }
}

}  // namespace dealog::tools
