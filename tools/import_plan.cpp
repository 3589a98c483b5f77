#include "tools/import_plan.h"

#include <algorithm>

#include "tools/import_plan_reader.h"

namespace dealog::tools {
namespace {

using Members = Reader::Members;

void read_files(Reader& reader, Members& top, Plan& plan) {
  const json::value* value = top.find("files", true);
  if (value == nullptr) return;
  auto files = reader.members(*value, top.at("files"));
  if (!files) return;
  for (const auto& member : files->object) {
    const std::string pointer = files->at(member.key());
    PlanFile file{std::string(member.key()), {}, ','};
    if (const json::string* path = member.value().if_string()) {
      file.path = std::string(*path);
    } else if (auto details = reader.members(member.value(), pointer)) {
      file.path = details->text("path", true);
      if (const std::string delimiter = details->text("delimiter"); details->object.contains("delimiter")) {
        if (delimiter.size() == 1 && delimiter != "\"" && delimiter != "\n" && delimiter != "\r")
          file.delimiter = delimiter.front();
        else reader.fault(details->at("delimiter"), "out_of_range", "a delimiter is one character, such as ; or a tab");
      }
      details->finish();
    }
    plan.files.push_back(std::move(file));
  }
  if (plan.files.empty()) reader.fault(top.at("files"), "missing", "a plan reads at least one file");
}

void read_processes(Reader& reader, Members& top, Plan& plan) {
  const json::array* list = top.list("processes");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto given = reader.members((*list)[i], top.at("processes") + "/" + std::to_string(i));
    if (!given) continue;
    PlanProcess process;
    process.name = given->text("name", true);
    process.key = given->text("key");
    if (process.key.empty()) process.key = process.name;
    process.existing = given->flag("existing");
    if (plan.find_process(process.key) != nullptr)
      reader.fault(given->pointer, "duplicate", "two processes are called '" + process.key + "'");
    process.body["name"] = process.name;
    if (given->object.contains("is_default")) process.body["is_default"] = given->flag("is_default");
    given->find("stages", !process.existing);
    if (process.existing && given->object.size() > (given->object.contains("key") ? 3u : 2u))
      reader.fault(given->pointer, "unknown_field", "an existing process is named, not defined");
    if (const json::array* stages = given->list("stages")) {
      if (stages->empty()) reader.fault(given->at("stages"), "missing", "a process has at least one stage");
      for (std::size_t n = 0; n < stages->size(); ++n) {
        auto stage = reader.members((*stages)[n], given->at("stages") + "/" + std::to_string(n));
        if (!stage) continue;
        const std::string name = stage->text("name", true);
        if (std::ranges::find(process.stage_names, name) != process.stage_names.end())
          reader.fault(stage->pointer, "duplicate", "two stages are called '" + name + "'");
        process.stage_names.push_back(name);
      }
      process.body["stages"] = *stages;
    }
    given->finish();
    plan.processes.push_back(std::move(process));
  }
}

void add_constant(Reader& reader, Plan& plan, PlanConstant constant, const std::string& pointer) {
  const bool is_there = std::ranges::any_of(plan.constants, [&](const PlanConstant& other) {
    return other.kind == constant.kind && other.name == constant.name;
  });
  if (is_there) return reader.fault(pointer, "duplicate", "'" + constant.name + "' stands here twice");
  plan.constants.push_back(std::move(constant));
}

void read_names(Reader& reader, Members& top, Plan& plan, std::string_view member, Kind kind) {
  for (const std::string& name : top.texts(member)) add_constant(reader, plan, {kind, name, {{"name", name}}}, top.at(member));
}

void read_close_reasons(Reader& reader, Members& top, Plan& plan) {
  const json::array* reasons = top.list("close_reasons");
  for (std::size_t i = 0; reasons != nullptr && i < reasons->size(); ++i) {
    auto given = reader.members((*reasons)[i], top.at("close_reasons") + "/" + std::to_string(i));
    if (!given) continue;
    const std::string name = given->text("name", true), outcome = given->text("outcome", true);
    if (outcome != "won" && outcome != "lost" && outcome != "obsolete")
      reader.fault(given->at("outcome"), "out_of_range", "an outcome is won, lost or obsolete");
    given->finish();
    add_constant(reader, plan, {Kind::close_reason, name, {{"name", name}, {"outcome", outcome}}}, given->pointer);
  }
}

// A custom field is said as its creation takes it (SPEC DIC-5).
void read_custom_fields(Reader& reader, Members& top, Plan& plan) {
  const json::array* fields = top.list("custom_fields");
  for (std::size_t i = 0; fields != nullptr && i < fields->size(); ++i) {
    auto given = reader.members((*fields)[i], top.at("custom_fields") + "/" + std::to_string(i));
    if (!given) continue;
    const auto word = [&](std::string_view member) {
      const std::string text = given->text(member, true);
      const auto& words = find_field(Kind::custom_field, member)->choices;
      if (!text.empty() && std::ranges::find(words, std::string_view(text)) == words.end())
        reader.fault(given->at(member), "out_of_range", "there is no " + std::string(member) + " '" + text + "'");
      return text;
    };
    const std::string collection = word("collection"), type = word("type"), key = given->text("key", true);
    json::object body{{"collection", collection}, {"key", key}, {"type", type}};
    if (const std::string label = given->text("label"); !label.empty()) body["label"] = label;
    for (const char* member : {"required", "personal"})
      if (given->flag(member)) body[member] = true;
    if (const auto choices = given->texts("choices"); !choices.empty()) body["choices"] = json::value_from(choices);
    given->finish();
    add_constant(reader, plan, {Kind::custom_field, collection + ":" + key, std::move(body)}, given->pointer);
  }
}

void read_constants(Reader& reader, Members& top, Plan& plan) {
  read_names(reader, top, plan, "sources", Kind::source);
  read_names(reader, top, plan, "lead_stages", Kind::lead_stage);
  read_close_reasons(reader, top, plan);
  read_custom_fields(reader, top, plan);
}

}  // namespace

const PlanFile* Plan::find_file(std::string_view key) const {
  const auto found = std::ranges::find(files, key, &PlanFile::key);
  return found == files.end() ? nullptr : &*found;
}

const PlanProcess* Plan::find_process(std::string_view key) const {
  const auto found = std::ranges::find(processes, key, &PlanProcess::key);
  return found == processes.end() ? nullptr : &*found;
}

PlanOrFaults parse_plan(std::string_view text) {
  PlanOrFaults result;
  Reader reader(result.faults);
  json::error_code failed;
  const json::value value = json::parse({text.data(), text.size()}, failed);
  if (failed) {
    reader.fault("", "not_json", "the plan is not JSON: " + failed.message());
    return result;
  }
  auto top = reader.members(value, "");
  if (!top) return result;
  Plan& plan = result.plan;
  const json::value* version = top->find("plan", true);
  if (version != nullptr && *version != json::value(1))
    reader.fault("/plan", "out_of_range", "this program reads plans of version 1");
  plan.scope = top->text("scope", true);
  plan.name = top->text("name");
  top->text("doc");
  plan.folders = top->texts("folder");
  if (plan.folders.empty()) plan.folders.emplace_back(".");
  read_files(reader, *top, plan);
  read_processes(reader, *top, plan);
  read_constants(reader, *top, plan);
  read_entities(reader, *top, plan);
  top->finish();
  check_refs(reader, plan);
  return result;
}

std::string scope_of(const Plan& plan, int run) { return run == 1 ? plan.scope : plan.scope + "#" + std::to_string(run); }

Uuid id_in_run(const Plan& plan, int run, std::string_view set, std::string_view external_id) {
  return derived_uuid("import:" + scope_of(plan, run) + ":" + std::string(set), external_id);
}

Uuid id_of(const Plan& plan, std::string_view set, std::string_view external_id) { return id_in_run(plan, plan.run, set, external_id); }

std::optional<std::filesystem::path> find_folder(const Plan& plan, const std::filesystem::path& plan_file) {
  std::error_code ignored;
  for (const std::string& folder : plan.folders) {
    for (const std::filesystem::path& base : {plan_file.parent_path(), std::filesystem::path()}) {
      const std::filesystem::path candidate = base / folder;
      if (std::ranges::all_of(plan.files, [&](const PlanFile& file) {
            return std::filesystem::is_regular_file(candidate / file.path, ignored);
          }))
        return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace dealog::tools
