#include "tools/import_plan.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>

#include "tools/import_dates.h"

namespace dealog::tools {
namespace {

namespace json = boost::json;

constexpr Kind importable[] = {Kind::source, Kind::close_reason, Kind::team, Kind::user,
                               Kind::company, Kind::person, Kind::deal};

std::string escaped(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '~') result += "~0";
    else if (c == '/') result += "~1";
    else result += c;
  }
  return result;
}

// Reads the plan's JSON and keeps all faults. Each `take_...` remembers the name, so that `finish` finds strangers.
class Reader {
 public:
  explicit Reader(std::vector<PlanFault>& faults) : faults_(faults) {}

  void fault(std::string pointer, std::string code, std::string message) {
    faults_.push_back({std::move(pointer), std::move(code), std::move(message)});
  }

  // The members of one JSON object.
  struct Members {
    Reader& reader;
    const json::object& object;
    std::string pointer;
    std::set<std::string, std::less<>> known = {};

    std::string at(std::string_view name) const { return pointer + "/" + escaped(name); }
    const json::value* find(std::string_view name, bool required = false) {
      known.emplace(name);
      const json::value* value = object.if_contains(name);
      if (value == nullptr && required) reader.fault(at(name), "missing", "this is needed");
      return value;
    }
    std::string text(std::string_view name, bool required = false) {
      const json::value* value = find(name, required);
      if (value == nullptr) return {};
      if (const json::string* words = value->if_string()) {
        if (required && words->empty()) reader.fault(at(name), "missing", "this must not be empty");
        return std::string(*words);
      }
      reader.fault(at(name), "wrong_type", "this must be a string");
      return {};
    }
    bool flag(std::string_view name) {
      const json::value* value = find(name);
      if (value == nullptr) return false;
      if (const bool* b = value->if_bool()) return *b;
      reader.fault(at(name), "wrong_type", "this must be true or false");
      return false;
    }
    const json::array* list(std::string_view name) {
      const json::value* value = find(name);
      if (value == nullptr) return nullptr;
      if (const json::array* members = value->if_array()) return members;
      reader.fault(at(name), "wrong_type", "this must be a list");
      return nullptr;
    }
    // A string, or a list of them.
    std::vector<std::string> texts(std::string_view name) {
      const json::value* value = find(name);
      std::vector<std::string> result;
      if (value == nullptr) return result;
      if (const json::string* words = value->if_string()) {
        result.emplace_back(*words);
        return result;
      }
      const json::array* members = value->if_array();
      if (members != nullptr && std::ranges::all_of(*members, [](const json::value& v) { return v.is_string(); })) {
        for (const json::value& member : *members) result.emplace_back(member.get_string());
        return result;
      }
      reader.fault(at(name), "wrong_type", "this must be a string or a list of strings");
      return result;
    }
    std::optional<ValueRule> rule(std::string_view name, bool required = false) {
      const json::value* value = find(name, required);
      if (value == nullptr) return std::nullopt;
      return reader.rule(*value, at(name));
    }
    void finish() const {
      for (const auto& member : object)
        if (!known.contains(member.key()))
          reader.fault(at(member.key()), "unknown_field", "plans do not know '" + std::string(member.key()) + "' here");
    }
  };

  std::optional<Members> members(const json::value& value, const std::string& pointer) {
    if (const json::object* object = value.if_object()) return Members{*this, *object, pointer};
    fault(pointer, "wrong_type", "this must be an object");
    return std::nullopt;
  }

  ValueRule rule(const json::value& value, const std::string& pointer) {
    ValueRule rule;
    rule.pointer = pointer;
    if (const json::string* column = value.if_string()) {
      rule.column = std::string(*column);
      return rule;
    }
    auto from = members(value, pointer);
    if (!from) return rule;
    const int sources = static_cast<int>(from->object.contains("column")) +
                        static_cast<int>(from->object.contains("constant")) +
                        static_cast<int>(from->object.contains("template"));
    if (sources != 1) fault(pointer, "missing", "a value comes from one of: column, constant, template");
    rule.column = from->text("column");
    if (from->object.contains("constant")) rule.from = ValueRule::From::constant;
    rule.constant = from->text("constant");
    if (const std::string text = from->text("template"); from->object.contains("template")) {
      rule.from = ValueRule::From::parts;
      if (auto parts = parse_template(text)) rule.parts = std::move(*parts);
      else fault(from->at("template"), "unreadable", "as in {slug(name)}@example.com; functions: slug, lower, upper");
      for (const TemplatePart& part : rule.parts)
        if (rule.column.empty()) rule.column = part.column;
    }
    if (from->object.contains("empty")) rule.empty = from->text("empty");
    if (const json::value* map = from->find("map")) {
      if (auto pairs = members(*map, from->at("map"))) {
        for (const auto& pair : pairs->object) {
          if (const json::string* to = pair.value().if_string()) rule.map.emplace(pair.key(), std::string(*to));
          else fault(pairs->at(pair.key()), "wrong_type", "a map gives strings for strings");
        }
      }
    }
    rule.only_mapped = from->flag("only_mapped");
    rule.formats = from->texts("format");
    for (const std::string& format : rule.formats)
      if (const auto why = fault_of_format(format))
        fault(from->at("format"), "unreadable", "'" + format + "' is no format of dates: " + *why);
    rule.split = from->text("split");
    rule.strip = from->text("strip");
    rule.ref = from->text("ref");
    from->finish();
    return rule;
  }

 private:
  std::vector<PlanFault>& faults_;
};

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

void read_constants(Reader& reader, Members& top, Plan& plan) {
  for (const std::string& name : top.texts("sources")) plan.constants.push_back({Kind::source, name, {}});
  const json::array* reasons = top.list("close_reasons");
  if (reasons == nullptr) return;
  for (std::size_t i = 0; i < reasons->size(); ++i) {
    auto given = reader.members((*reasons)[i], top.at("close_reasons") + "/" + std::to_string(i));
    if (!given) continue;
    PlanConstant reason{Kind::close_reason, given->text("name", true), given->text("outcome", true)};
    if (reason.outcome != "won" && reason.outcome != "lost" && reason.outcome != "obsolete")
      reader.fault(given->at("outcome"), "out_of_range", "an outcome is won, lost or obsolete");
    given->finish();
    plan.constants.push_back(std::move(reason));
  }
}

void read_fields(Reader& reader, Members& given, PlanEntity& entity) {
  const json::value* value = given.find("fields", true);
  if (value == nullptr) return;
  auto fields = reader.members(*value, given.at("fields"));
  if (!fields) return;
  for (const auto& member : fields->object) {
    const FieldSpec* spec = find_field(entity.kind, std::string_view(member.key()));
    const std::string pointer = fields->at(member.key());
    if (spec == nullptr || spec->access == Access::derived || spec->name == "stage_id" || spec->name == "process_id") {
      reader.fault(pointer, "unknown_field",
                   "a " + std::string(name(entity.kind)) + " takes no '" + std::string(member.key()) + "' here");
      continue;
    }
    FieldRule field{spec, reader.rule(member.value(), pointer)};
    const bool wants_ref = (spec->type == FieldType::ref || spec->type == FieldType::refs) && spec->ref != Kind::none;
    if (wants_ref && field.rule.ref.empty())
      reader.fault(pointer, "missing", "this names a " + std::string(name(spec->ref)) + ": add \"ref\": and its set");
    if (!wants_ref && !field.rule.ref.empty())
      reader.fault(pointer + "/ref", "unknown_field", "this field names no other object");
    entity.fields.push_back(std::move(field));
  }
  for (const FieldSpec& spec : fields_of(entity.kind)) {
    const bool has = std::ranges::any_of(entity.fields, [&](const FieldRule& f) { return f.spec == &spec; });
    // The server has defaults for these.
    const bool defaulted = spec.doc.starts_with("default:");
    if (spec.required && spec.access != Access::derived && !defaulted && !has)
      reader.fault(fields->at(spec.name), "missing", "a " + std::string(name(entity.kind)) + " needs this");
  }
}

void read_entities(Reader& reader, Members& top, Plan& plan) {
  top.find("entities", true);
  const json::array* list = top.list("entities");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto given = reader.members((*list)[i], top.at("entities") + "/" + std::to_string(i));
    if (!given) continue;
    PlanEntity entity;
    entity.pointer = given->pointer;
    const std::string what = given->text("entity", true);
    entity.file = given->text("file", true);
    if (!entity.file.empty() && plan.find_file(entity.file) == nullptr)
      reader.fault(given->at("file"), "unknown_file", "no file of the plan is called '" + entity.file + "'");
    if (what == "stage_history") {
      entity.what = PlanEntity::What::stage_history;
      entity.deal = given->rule("deal", true);
      entity.stage = given->rule("stage", true);
      entity.at = given->rule("at", true);
      if (entity.deal && entity.deal->ref.empty()) entity.deal->ref = "deal";
    } else {
      const auto kind = parse_kind(what);
      if (!kind || std::ranges::find(importable, *kind) == std::end(importable)) {
        if (!what.empty())
          reader.fault(given->at("entity"), "out_of_range",
                       "an entity is one of: source, close_reason, team, user, company, person, deal, stage_history");
        continue;
      }
      entity.kind = *kind;
      entity.set = given->text("set");
      if (entity.set.empty()) entity.set = std::string(name(*kind));
      entity.distinct = given->flag("distinct");
      if (auto id = given->rule("external_id", true)) entity.external_id = std::move(*id);
      read_fields(reader, *given, entity);
      if (*kind == Kind::company || *kind == Kind::person || *kind == Kind::deal)
        entity.effective_at = given->rule("effective_at");
      if (*kind == Kind::deal) {
        entity.process = given->text("process");
        entity.stage = given->rule("stage");
        entity.status = given->rule("status");
        entity.closed_at = given->rule("closed_at");
        entity.close_reason = given->rule("close_reason");
        entity.close_note = given->rule("close_note");
        entity.performed_by = given->rule("performed_by");
        if (entity.stage && entity.process.empty())
          reader.fault(given->at("process"), "missing", "stages are names within a process: which one?");
        if (!entity.process.empty() && plan.find_process(entity.process) == nullptr)
          reader.fault(given->at("process"), "unknown_process", "no process of the plan is '" + entity.process + "'");
        if (entity.status.has_value() != entity.closed_at.has_value())
          reader.fault(given->pointer, "missing", "status and closed_at go together");
        for (const auto* rule : {&entity.close_reason, &entity.performed_by})
          if (rule->has_value() && (*rule)->ref.empty())
            reader.fault((*rule)->pointer, "missing", "this names another object: add \"ref\": and its set");
      }
    }
    given->finish();
    plan.entities.push_back(std::move(entity));
  }
  if (list->empty()) reader.fault(top.at("entities"), "missing", "a plan makes at least one kind of objects");
}

// Every `ref` names a set of the right kind.
void check_refs(Reader& reader, const Plan& plan) {
  const auto kind_of = [&](std::string_view set) {
    for (const PlanEntity& entity : plan.entities)
      if (entity.what == PlanEntity::What::objects && entity.set == set) return entity.kind;
    for (const PlanConstant& constant : plan.constants)
      if (name(constant.kind) == set) return constant.kind;
    return Kind::none;
  };
  const auto check = [&](const ValueRule& rule, Kind wanted) {
    if (rule.ref.empty()) return;
    const Kind found = kind_of(rule.ref);
    if (found == Kind::none)
      reader.fault(rule.pointer + "/ref", "unknown_set", "nothing in the plan makes a set '" + rule.ref + "'");
    else if (found != wanted)
      reader.fault(rule.pointer + "/ref", "wrong_type",
                   "'" + rule.ref + "' holds " + std::string(plural(found)) + ", here stand " + std::string(plural(wanted)));
  };
  for (const PlanEntity& entity : plan.entities) {
    for (const FieldRule& field : entity.fields)
      if (field.spec->ref != Kind::none) check(field.rule, field.spec->ref);
    if (entity.close_reason) check(*entity.close_reason, Kind::close_reason);
    if (entity.performed_by) check(*entity.performed_by, Kind::user);
    if (entity.deal) check(*entity.deal, Kind::deal);
    for (const PlanEntity& other : plan.entities)
      if (&other < &entity && other.set == entity.set && other.kind != entity.kind)
        reader.fault(entity.pointer + "/set", "duplicate", "the set '" + entity.set + "' holds another kind already");
  }
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

Uuid id_of(const Plan& plan, std::string_view set, std::string_view external_id) {
  return derived_uuid("import:" + plan.scope + ":" + std::string(set), external_id);
}

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
