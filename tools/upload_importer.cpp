#include "tools/upload_importer.h"

#include <algorithm>

#include "api/problem.h"
#include "tools/import_run.h"

namespace dealog::tools {
namespace {

constexpr int connections = 8;   // requests of a job that are under way at once

api::Method import_method(std::string_view name) { return name == "GET" ? api::Method::get : name == "PUT" ? api::Method::put : name == "PATCH" ? api::Method::patch : api::Method::post; }

ApiResponse send(const api::ImportDoor& door, const ApiRequest& request) {
  api::Response answer = door(import_method(request.method), request.path, request.body, request.headers);
  return {answer.status, std::move(answer.body), std::move(answer.headers)};
}

class UploadedPlan : public api::ImportPlan {
 public:
  UploadedPlan(Plan plan, Tables tables) : plan_(std::move(plan)), tables_(std::move(tables)) {}

  const std::string& scope() const override { return plan_.scope; }
  std::size_t rows() const override {
    std::size_t rows = 0;
    for (const auto& [key, table] : tables_) rows += table.rows.size();
    return rows;
  }
  void begun(const Uuid& id, int run) override {
    plan_.import_id = id;
    plan_.run = run;
  }

  api::JobEnd run(const api::ImportDoor& to_api, api::JobRun& job) override {
    std::optional<api::Response> refused;   // of the last request
    LocalDoor asking([&](const ApiRequest& request) {
      ApiResponse answer = send(to_api, request);
      refused.reset();
      if (answer.status >= 400) refused = api::Response{.status = answer.status, .body = answer.body};
      return answer;
    });
    const auto unavailable = [&](const std::string& trouble) { return api::JobEnd{.problem = refused ? *refused : api::problem(api::Problem::unavailable, trouble)}; };
    if (plan_.import_id.is_nil())
      if (const std::string trouble = learn_run(asking, plan_); !trouble.empty()) return unavailable(trouble);
    const auto facts = ask_facts(asking, plan_);
    if (const auto* trouble = std::get_if<std::string>(&facts)) return unavailable(*trouble);
    const PlannedImport planned = plan_import(plan_, tables_, std::get<AccountFacts>(facts));
    tables_.clear();   // all that is needed of them is planned
    const std::size_t total = report_of(plan_, planned).total().planned;
    job.progress(0, total);

    // The phases come one after another; each tells how far it is itself.
    std::size_t phase = 0, before = 0, last = 0;
    const auto commands_of = [&](std::size_t index) {
      std::size_t commands = 0;
      for (const PlannedChain& chain : planned.phases[index].chains) commands += chain.commands.size();
      return commands;
    };
    LocalDoor door([&to_api](const ApiRequest& request) { return send(to_api, request); });
    ImportSettings settings{.dry_run = plan_.import_id.is_nil(), .connections = connections, .progress = {}, .stop = [&job] { return job.ends(); }, .wait = {}};
    if (!settings.dry_run) settings.progress = [&](const std::string& name, std::size_t done, std::size_t) {
      while (phase + 1 < planned.phases.size() && (planned.phases[phase].name != name || done < last)) {
        before += commands_of(phase++);
        last = 0;
      }
      last = done;
      job.progress(before + done, total);
    };
    const ImportReport report = run_planned(plan_, planned, door, settings);
    const ImportCounts counts = report.total();
    const std::size_t over = counts.done + counts.unchanged + counts.failed;
    if (!report.ended_by && (report.dry_run ? !job.ends() : over == total)) {
      job.progress(total, total);
      return {.result = to_json(report, most_told_faults)};
    }
    job.progress(over, total);
    if (job.ends()) return {.result = to_json(report, most_told_faults), .problem = {}, .is_cut = true};
    // Not a row's fault: the job failed, so that the same request goes on with it later.
    if (report.ended_by && report.ended_by->status != 0)
      return {.result = to_json(report, most_told_faults), .problem = api::Response{.status = report.ended_by->status, .body = report.ended_by->body}};
    return {.result = to_json(report, most_told_faults), .problem = api::problem(api::Problem::unavailable, "The account does not answer.")};
  }

 private:
  Plan plan_;
  Tables tables_;
};

class UploadImporter : public api::Importer {
 public:
  std::unique_ptr<api::ImportPlan> read(std::string_view text, const std::vector<api::ImportFile>& files, api::Faults& faults) const override {
    auto [plan, plan_faults] = parse_plan(text);
    for (PlanFault& fault : plan_faults) {
      const bool is_malformed = fault.code == "not_json" || fault.code == "wrong_type" || fault.code == "unknown_field";
      faults.add({"/plan" + fault.pointer, std::move(fault.code), std::move(fault.message), is_malformed});
    }
    for (const api::ImportFile& file : files)
      if (plan.find_file(file.key) == nullptr && plan_faults.empty()) faults.unknown_field(api::pointer_to({}, file.key));
    Tables tables;
    CsvLimits left{.rows = most_uploaded_rows, .cells = most_uploaded_cells};
    bool is_too_much = false;
    for (const PlanFile& file : plan.files) {
      const std::string pointer = api::pointer_to({}, file.key);
      const auto given = std::ranges::find(files, file.key, &api::ImportFile::key);
      if (file.key == "plan" || file.key == "dry_run") {
        faults.impossible("/plan/files" + pointer, "invalid", "In an upload no file can have this key: the form has a part of that name.");
      } else if (given == files.end()) {
        faults.required(pointer);
      } else if (!is_too_much) {
        CsvTable table = parse_csv(given->content, file.delimiter, left);
        left.rows -= table.rows_read;
        left.cells -= table.rows.size() * table.columns.size();
        is_too_much = table.is_cut;
        tables.emplace(file.key, std::move(table));
      }
    }
    if (is_too_much)
      faults.impossible("", "too_long", "The files have more than " + std::to_string(most_uploaded_rows) + " rows, or more than " +
                                            std::to_string(most_uploaded_cells) + " cells. `dealog import` takes them.");
    if (!faults.empty()) return nullptr;
    return std::make_unique<UploadedPlan>(std::move(plan), std::move(tables));
  }
};

}  // namespace

std::shared_ptr<api::Importer> make_upload_importer() { return std::make_shared<UploadImporter>(); }

}  // namespace dealog::tools
