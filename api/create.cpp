#include "api/create.h"

#include <boost/json/object.hpp>

#include <algorithm>

#include "api/custom_values.h"
#include "api/deal_lines.h"
#include "api/process_body.h"
#include "api/scorecard_json.h"

namespace dealog::api {
namespace {

// What a creation may say beside the kind's fields.
enum class Extra : std::uint8_t { effective_at, performed_by, company_name, person_name, status, closed_at, close_reason_id, close_note, stages, lines };

constexpr std::string_view extra_names[] = {"effective_at", "performed_by", "company_name", "person_name", "status",
                                            "closed_at", "close_reason_id", "close_note", "stages", "lines"};

std::span<const Extra> extras(Kind kind) {
  using enum Extra;
  static constexpr Extra deal[] = {effective_at, performed_by, company_name, person_name, status, closed_at, close_reason_id, close_note, lines};
  static constexpr Extra dated[] = {effective_at, performed_by};
  static constexpr Extra mail[] = {performed_by};
  static constexpr Extra process[] = {stages};
  switch (kind) {
    case Kind::deal: return deal;
    case Kind::company: case Kind::person: case Kind::task: case Kind::note: case Kind::lead: return dated;
    case Kind::email: return mail;
    case Kind::process: return process;
    default: return {};
  }
}

// Required fields that the decision fills in (SPEC DEA-1, ACT-1, LEA-1; a person's name from its parts).
std::span<const std::string_view> defaulted(Kind kind) {
  static constexpr std::string_view deal[] = {"name", "owner_id"};
  static constexpr std::string_view task[] = {"assignee_id"};
  static constexpr std::string_view person[] = {"name"};
  static constexpr std::string_view custom[] = {"label"};
  static constexpr std::string_view lead[] = {"owner_id"};
  static constexpr std::string_view lead_stage[] = {"position"};
  switch (kind) {
    case Kind::deal: return deal;
    case Kind::custom_field: return custom;
    case Kind::task: return task;
    case Kind::person: return person;
    case Kind::lead: return lead;
    case Kind::lead_stage: return lead_stage;
    default: return {};
  }
}

void read_status(const json::value& value, command::Create& create, Faults& faults) {
  const auto word = read_text(value, "/status", faults);
  if (!word) return;
  for (const Status status : {Status::open, Status::won, Status::lost, Status::obsolete})
    if (*word == name(status)) {
      create.status = status;
      return;
    }
  faults.impossible("/status", "invalid", "must be open, won, lost or obsolete");
}

void read_extra(Extra extra, const json::value& value, CreateRequest& into, Faults& faults) {
  command::Create& create = into.command;
  if (value.is_null()) return;
  const std::string pointer = "/" + std::string(extra_names[static_cast<std::size_t>(extra)]);
  switch (extra) {
    case Extra::effective_at: create.effective_at = read_instant(value, pointer, faults); return;
    case Extra::performed_by: into.performed_by = read_uuid(value, pointer, faults).value_or(Uuid{}); return;
    case Extra::company_name: create.company_name = read_text(value, pointer, faults); return;
    case Extra::person_name: create.person_name = read_text(value, pointer, faults); return;
    case Extra::status: read_status(value, create, faults); return;
    case Extra::closed_at: create.closed_at = read_instant(value, pointer, faults); return;
    case Extra::close_reason_id: create.close_reason = read_uuid(value, pointer, faults).value_or(Uuid{}); return;
    case Extra::close_note: create.close_note = read_text(value, pointer, faults); return;
    case Extra::lines: create.lines = read_lines(value, faults); return;
    case Extra::stages: create.stages = read_stages(value, pointer, faults); return;
  }
}

SchemaMaker extra_schema(Extra extra) {
  switch (extra) {
    case Extra::effective_at: case Extra::closed_at: return plain_schema("string", "date-time");
    case Extra::performed_by: case Extra::close_reason_id: return plain_schema("string", "uuid");
    case Extra::company_name: case Extra::person_name: case Extra::close_note: return plain_schema("string");
    case Extra::status: return json_schema("DealStatus", R"({"type":"string","enum":["open","won","lost","obsolete"]})");
    case Extra::lines: return array_schema(schema<LineBody>());
    case Extra::stages: return array_schema(stage_schema());
  }
  return {};
}

}  // namespace

CreateRequest decode_create(Kind kind, std::string_view body, Currency currency, Faults& faults) {
  CreateRequest request;
  request.command.object.kind = kind;
  const auto object = parse_object(body.empty() ? std::string_view("{}") : body, faults);
  if (!object) return request;

  std::vector<std::string_view> allowed{"id"};
  for (const Extra extra : extras(kind)) allowed.push_back(extra_names[static_cast<std::size_t>(extra)]);
  if (has_custom_fields(kind)) {
    allowed.push_back("cf");
    request.command.custom = read_custom_values(*object, faults);
  }
  const FieldRules rules{.mode = Mode::create, .currency = currency, .allowed = allowed, .defaulted = defaulted(kind),
                         .amounts = kind == Kind::deal ? &request.command.amounts : nullptr};
  request.command.fields = decode_fields(kind, *object, rules, faults);
  if (const json::value* id = object->if_contains("id"); id != nullptr && !id->is_null())
    request.command.object.id = read_uuid(*id, "/id", faults).value_or(Uuid{});
  for (const Extra extra : extras(kind))
    if (const json::value* value = object->if_contains(extra_names[static_cast<std::size_t>(extra)]))
      read_extra(extra, *value, request, faults);
  if (faults.names("/status")) {   // what a closing needs depends on it
    request.command.closed_at.reset();
    request.command.close_reason = {};
    request.command.close_note.reset();
  }
  return request;
}

SchemaMaker create_schema(Kind kind) {
  std::vector<ExtraKey> more{{"id", plain_schema("string", "uuid")}};
  for (const Extra extra : extras(kind)) more.push_back({extra_names[static_cast<std::size_t>(extra)], extra_schema(extra)});
  if (has_custom_fields(kind)) more.push_back({"cf", custom_values_schema()});
  std::vector<std::string> filled;
  for (const std::string_view name : defaulted(kind)) filled.emplace_back(name);
  return fields_schema(kind, Mode::create, std::move(more), std::move(filled));
}

namespace {
constexpr std::string_view scope_words[] = {"one", "following", "all"};
}

command::Scope read_scope(const Call& call, Faults& faults) {
  const auto text = call.request.parameter("scope");
  if (!text) return command::Scope::one;
  const auto found = std::ranges::find(scope_words, *text);
  if (found == std::end(scope_words)) faults.unreadable("/scope", "one, following or all");
  return found == std::end(scope_words) ? command::Scope::one : static_cast<command::Scope>(found - std::begin(scope_words));
}

Parameter scope_parameter() {
  return {.name = "scope", .doc = "Of a recurring task: this occurrence, this one and those to come, or all that are open and those to come",
          .words = {scope_words[0].data(), scope_words[1].data(), scope_words[2].data()}};
}

std::vector<ExtraKey> answer_extras(Kind kind) {
  const ExtraKey erased{"erased", plain_schema("boolean")};   // only where it is true
  if (kind == Kind::company || kind == Kind::person) return {{"cf", custom_values_schema()}, erased};
  if (kind == Kind::deal)
    return {{"cf", custom_values_schema()},
            {"lines", array_schema(json_schema("Line", R"({"type":"object","required":["id","quantity","price","kind","value"],"properties":{"id":{"type":"string","format":"uuid"},"product_id":{"type":["string","null"],"format":"uuid"},"name":{"type":["string","null"]},"quantity":{"type":"string"},"price":{"type":"object"},"discount":{"type":"number"},"date":{"type":["string","null"],"format":"date"},"recurrence":{"type":["object","null"]},"kind":{"type":"string","enum":["forecast","realised"]},"value":{"type":"object"}}})"))},
            {"costs", array_schema(json_schema("Cost", R"({"type":"object","required":["id","category_id","amount","kind"],"properties":{"id":{"type":"string","format":"uuid"},"category_id":{"type":"string","format":"uuid"},"amount":{"type":"object"},"date":{"type":["string","null"],"format":"date"},"kind":{"type":"string","enum":["forecast","realised"]}}})"))},
            {"profit", json_schema("Profit", R"({"type":"object","properties":{"forecast":{"$ref":"#/components/schemas/MoneyOrNull"},"realised":{"$ref":"#/components/schemas/MoneyOrNull"}}})")},
            {"progress", plain_schema("number")},
            {"weighted_value", json_schema("MoneyOrNull", R"({"type":["object","null"],"properties":{"amount":{"type":"string"},"currency":{"type":"string"}}})")},
            {"last_activity_at", json_schema("InstantOrNull", R"({"type":["string","null"],"format":"date-time"})")},
            {"done_actions", array_schema(json_schema("DoneAction", R"({"type":"object","required":["action_id","at","by"],"properties":{"action_id":{"type":"string","format":"uuid"},"at":{"type":"string","format":"date-time"},"by":{"type":["string","null"],"format":"uuid"}}})"))}};
  if (kind == Kind::lead) return {{"cf", custom_values_schema()}, erased};
  if (kind == Kind::scorecard) return {{"parameters", array_schema(parameter_schema())}};
  if (kind == Kind::file || kind == Kind::series || std::ranges::find(erasable_kinds(), kind) != erasable_kinds().end()) return {erased};
  if (kind == Kind::process) return {{"process_version", plain_schema("integer")}, {"stages", array_schema(stage_schema())}};
  return {};
}

}  // namespace dealog::api
