#include "api/names.h"

#include <algorithm>

#include "domain/fields.h"

namespace dealog::api {
namespace {

// The field that objects of a kind are called by; null: they have no name.
const FieldSpec* name_field(Kind kind) {
  const FieldSpec* named = find_field(kind, "name");
  return named != nullptr ? named : find_field(kind, "title");
}

}  // namespace

void Names::add(Kind kind, const Uuid& id) {
  if (id.is_nil() || names_.contains(id)) return;
  const FieldSpec* named = name_field(kind);
  const projections::Row row = world_.row(kind, id);
  if (named == nullptr || row == projections::no_row || !may_see(*question_.live, question_.asked.reader, kind, row)) return;
  if (std::string name(world_.table(kind).text(named->number, row)); !name.empty()) names_.emplace(id, std::move(name));
}

void Names::add(Kind kind, const Value& value) {
  if (const auto* id = std::get_if<Uuid>(&value)) add(kind, *id);
  if (const auto* ids = std::get_if<std::vector<Uuid>>(&value))
    for (const Uuid& each : *ids) add(kind, each);
}

void Names::add(const View& object) {
  const Kind kind = object.object.kind;
  for (const FieldSpec& spec : fields_of(kind))
    if (spec.ref != Kind::none && !spec.secret) add(spec.ref, object[spec.number]);
  if (const auto custom = set_up_.custom.find(kind); custom != set_up_.custom.end())
    for (const projections::CustomInfo& info : custom->second)
      if (custom_type(info.number) == CustomType::user) add(Kind::user, object[info.number]);
  if (kind != Kind::deal) return;
  const projections::ProcessInfo* process = set_up_.process(object.id(field::deal::process_id));
  for (const std::uint16_t number : {field::deal::stage_id, field::deal::furthest_stage_id}) {
    const Uuid stage = object.id(number);
    if (process == nullptr || names_.contains(stage)) continue;
    const auto found = std::ranges::find(process->stages, stage, &event::Stage::id);
    if (found != process->stages.end()) names_.emplace(stage, found->name);
  }
}

void Names::write(JsonWriter& json) const {
  json.object();
  for (const auto& [id, name] : names_) json.field(to_string(id), name);
  json.end();
}

}  // namespace dealog::api
