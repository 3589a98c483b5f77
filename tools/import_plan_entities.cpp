// The entities of a plan: what the rows of a file become, and from which columns.

#include "tools/import_plan_reader.h"

namespace dealog::tools {
namespace {

using Members = Reader::Members;
using enum Kind;

// What a plan can make of rows, and what it can say of them beside their fields.
struct Importable {
  Kind kind;
  bool is_dated = false;       // effective_at
  bool has_performer = false;  // performed_by
};
constexpr Importable importable[] = {
    {source}, {close_reason}, {contact_group}, {deal_group}, {tag}, {task_type}, {product_category}, {cost_category}, {lead_stage},
    {team}, {user}, {product}, {space}, {company, true, true}, {person, true, true}, {deal, true, true}, {lead, true, true},
    {task, true, true}, {note, true, true}, {email, false, true}};

constexpr Nameable nameable[] = {{source, true}, {contact_group, true}, {deal_group, true}, {tag, true}, {task_type, true},
                                 {product_category, true}, {cost_category, true}, {product, true}, {lead_stage, true},
                                 {team, false}, {user, false}};

// Rows of deals have shapes of their own (API.md 3).
constexpr std::string_view amount_kinds[] = {"forecast", "realised"};
constexpr FieldSpec line_fields[] = {
    {.number = 1, .name = "product_id", .type = FieldType::ref, .ref = product},
    {.number = 2, .name = "name", .type = FieldType::text},
    {.number = 3, .name = "quantity", .type = FieldType::decimal},
    {.number = 4, .name = "price", .type = FieldType::money},
    {.number = 5, .name = "discount", .type = FieldType::percent},
    {.number = 6, .name = "date", .type = FieldType::day},
    {.number = 7, .name = "recurrence.every_months", .type = FieldType::integer},
    {.number = 8, .name = "recurrence.times", .type = FieldType::integer},
    {.number = 9, .name = "kind", .type = FieldType::choice, .choices = amount_kinds},
};
constexpr FieldSpec cost_fields[] = {
    {.number = 1, .name = "category_id", .type = FieldType::ref, .required = true, .ref = cost_category},
    {.number = 2, .name = "amount", .type = FieldType::money, .required = true},
    {.number = 3, .name = "date", .type = FieldType::day},
    {.number = 4, .name = "kind", .type = FieldType::choice, .choices = amount_kinds},
};

std::string what_of(const PlanEntity& entity) {
  switch (entity.what) {
    case PlanEntity::What::deal_lines: return "line of a deal";
    case PlanEntity::What::deal_costs: return "cost of a deal";
    default: return std::string(name(entity.kind));
  }
}

// Whether the rule says in a sound way what the field names.
void check_reference(Reader& reader, ValueRule& rule, Kind named, bool is_list) {
  const auto can = std::ranges::find(nameable, named, &Nameable::kind);
  if (rule.by_name && can == std::end(nameable))
    reader.fault(rule.pointer + "/by_name", "unknown_field", "a " + std::string(name(named)) + " is not known by its name: use \"ref\"");
  else if (!rule.by_name && rule.ref.empty())
    reader.fault(rule.pointer, "missing", "this names a " + std::string(name(named)) + ": add \"ref\": and its set" +
                                              (can == std::end(nameable) ? "" : ", or \"by_name\": true"));
  if (rule.by_name && is_list && rule.split.empty()) rule.split = {",", ";"};
}

void check_no_reference(Reader& reader, const ValueRule& rule) {
  if (!rule.ref.empty()) reader.fault(rule.pointer + "/ref", "unknown_field", "this field names no other object");
  if (rule.by_name) reader.fault(rule.pointer + "/by_name", "unknown_field", "this field names no other object");
}

bool is_for_plans(const FieldSpec& spec) {
  return spec.access != Access::derived && spec.name != "stage_id" && spec.name != "process_id" && spec.name != "file_ids";
}

void read_fields(Reader& reader, Members& given, PlanEntity& entity) {
  const json::value* value = given.find("fields", true);
  if (value == nullptr) return;
  auto fields = reader.members(*value, given.at("fields"));
  if (!fields) return;
  const auto specs = fields_of(entity);
  for (const auto& member : fields->object) {
    const std::string_view called(member.key());
    const std::string pointer = fields->at(called);
    if (called.starts_with("cf.") && called.size() > 3 && entity.what == PlanEntity::What::objects && has_custom_fields(entity.kind)) {
      entity.fields.push_back({nullptr, reader.rule(member.value(), pointer), std::string(called.substr(3))});
      continue;
    }
    const auto spec = std::ranges::find(specs, called, &FieldSpec::name);
    if (spec == specs.end() || !is_for_plans(*spec)) {
      reader.fault(pointer, "unknown_field", "a " + what_of(entity) + " takes no '" + std::string(called) + "' here");
      continue;
    }
    FieldRule field{&*spec, reader.rule(member.value(), pointer), {}};
    const bool is_list = spec->type == FieldType::refs;
    if ((spec->type == FieldType::ref || is_list) && spec->ref != Kind::none) check_reference(reader, field.rule, spec->ref, is_list);
    else check_no_reference(reader, field.rule);
    entity.fields.push_back(std::move(field));
  }
  for (const FieldSpec& spec : specs) {
    const bool has = std::ranges::any_of(entity.fields, [&](const FieldRule& f) { return f.spec == &spec; });
    // The server has defaults for these.
    const bool defaulted = spec.doc.starts_with("default:");
    if (spec.required && spec.access != Access::derived && !defaulted && !has)
      reader.fault(fields->at(spec.name), "missing", "a " + what_of(entity) + " needs this");
  }
}

// `deal` and `lead`: of which a row is a part.
void read_owner(Reader& reader, Members& given, PlanEntity& entity, bool may_be_lead) {
  if (may_be_lead) entity.lead = given.rule("lead");
  entity.deal = given.rule("deal", !entity.lead);
  if (entity.lead && entity.deal) reader.fault(given.at("lead"), "unknown_field", "a row is of a deal or of a lead, not of both");
  if (entity.deal && entity.deal->ref.empty()) entity.deal->ref = "deal";
  if (entity.lead && entity.lead->ref.empty()) entity.lead->ref = "lead";
}

ConversionRule read_conversion(Members& given, std::string_view member) {
  ConversionRule made;
  const json::value* value = given.find(member);
  if (value == nullptr) return made;
  if (const bool* flag = value->if_bool()) made.always = *flag;
  else made.rule = given.reader.rule(*value, given.at(member));
  if (made.rule && made.rule->ref.empty()) given.reader.fault(given.at(member), "missing", "true, or a value with \"ref\": and its set");
  return made;
}

void read_life(Reader& reader, Members& given, PlanEntity& entity, const Plan& plan) {
  entity.stage = given.rule("stage");
  entity.status = given.rule("status");
  entity.closed_at = given.rule("closed_at");
  entity.close_reason = given.rule("close_reason");
  entity.close_note = given.rule("close_note");
  if (entity.status.has_value() != entity.closed_at.has_value())
    reader.fault(given.pointer, "missing", "status and closed_at go together");
  if (entity.close_reason && entity.close_reason->ref.empty())
    reader.fault(entity.close_reason->pointer, "missing", "this names another object: add \"ref\": and its set");
  if (entity.kind == lead) {
    const json::value* value = given.find("converts_to");
    if (value == nullptr) return;
    auto targets = reader.members(*value, given.at("converts_to"));
    if (!targets) return;
    entity.to_company = read_conversion(*targets, "company");
    entity.to_person = read_conversion(*targets, "person");
    entity.to_deal = read_conversion(*targets, "deal");
    targets->finish();
    return;
  }
  entity.process = given.text("process");
  if (entity.stage && entity.process.empty())
    reader.fault(given.at("process"), "missing", "stages are names within a process: which one?");
  if (!entity.process.empty() && plan.find_process(entity.process) == nullptr)
    reader.fault(given.at("process"), "unknown_process", "no process of the plan is '" + entity.process + "'");
}

// False: it is no entity that there is.
bool read_objects(Reader& reader, Members& given, PlanEntity& entity, const std::string& what, const Plan& plan) {
  const auto kind = parse_kind(what);
  const auto known = kind ? std::ranges::find(importable, *kind, &Importable::kind) : std::end(importable);
  if (known == std::end(importable)) {
    std::string all;
    for (const Importable& each : importable) all += std::string(name(each.kind)) + ", ";
    if (!what.empty())
      reader.fault(given.at("entity"), "out_of_range", "an entity is one of: " + all + "stage_history, deal_line, deal_cost");
    return false;
  }
  entity.kind = *kind;
  entity.set = given.text("set");
  if (entity.set.empty()) entity.set = std::string(name(*kind));
  entity.distinct = given.flag("distinct");
  if (auto id = given.rule("external_id", true)) entity.external_id = std::move(*id);
  read_fields(reader, given, entity);
  if (known->is_dated) entity.effective_at = given.rule("effective_at");
  if (known->has_performer) entity.performed_by = given.rule("performed_by");
  if (entity.performed_by) check_reference(reader, *entity.performed_by, user, false);
  if (*kind == deal || *kind == lead) read_life(reader, given, entity, plan);
  if (*kind == task) entity.completed_at = given.rule("completed_at");
  return true;
}

}  // namespace

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
      read_owner(reader, *given, entity, true);
      entity.stage = given->rule("stage", true);
      entity.at = given->rule("at", true);
    } else if (what == "deal_line" || what == "deal_cost") {
      entity.what = what == "deal_line" ? PlanEntity::What::deal_lines : PlanEntity::What::deal_costs;
      read_owner(reader, *given, entity, false);
      read_fields(reader, *given, entity);
    } else if (!read_objects(reader, *given, entity, what, plan)) {
      continue;
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
  const auto check = [&](const std::optional<ValueRule>& rule, Kind wanted) {
    if (!rule || rule->ref.empty()) return;
    const Kind found = kind_of(rule->ref);
    if (found == Kind::none)
      reader.fault(rule->pointer + "/ref", "unknown_set", "nothing in the plan makes a set '" + rule->ref + "'");
    else if (found != wanted)
      reader.fault(rule->pointer + "/ref", "wrong_type",
                   "'" + rule->ref + "' holds " + std::string(plural(found)) + ", here stand " + std::string(plural(wanted)));
  };
  for (const PlanEntity& entity : plan.entities) {
    for (const FieldRule& field : entity.fields)
      if (field.spec == nullptr || field.spec->ref != Kind::none) check(field.rule, field.spec == nullptr ? user : field.spec->ref);
    check(entity.close_reason, close_reason);
    check(entity.performed_by, user);
    check(entity.deal, deal);
    check(entity.lead, lead);
    check(entity.to_company.rule, company);
    check(entity.to_person.rule, person);
    check(entity.to_deal.rule, deal);
    for (const PlanEntity& other : plan.entities)
      if (&other < &entity && other.what == entity.what && other.set == entity.set && other.kind != entity.kind)
        reader.fault(entity.pointer + "/set", "duplicate", "the set '" + entity.set + "' holds another kind already");
  }
}

std::span<const FieldSpec> fields_of(const PlanEntity& entity) {
  switch (entity.what) {
    case PlanEntity::What::deal_lines: return line_fields;
    case PlanEntity::What::deal_costs: return cost_fields;
    default: return dealog::fields_of(entity.kind);
  }
}

std::span<const Nameable> nameable_kinds() { return nameable; }

}  // namespace dealog::tools
