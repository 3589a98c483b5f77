#include "api/subject_export.h"

#include <algorithm>

#include "api/decode.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/steps.h"

namespace dealog::api {
namespace {

constexpr Kind subject_kinds[] = {Kind::user, Kind::company, Kind::person, Kind::lead};

bool has_history(Kind kind) { return std::ranges::find(erasable_kinds(), kind) != erasable_kinds().end(); }

void write_one(JsonWriter& json, const Account& account, const Question& question, const SetUp& setting, ObjectRef object) {
  json.object();
  if (!has_history(object.kind)) {
    const View view = read_object(account, setting, object, UINT32_MAX, end_of_time, question.live->position());
    write_object(json.key("object"), view, setting, eyes_on(*question.live, question.asked.reader.user, object), last_activity(*question.live, view));
    json.end();
    return;
  }
  // The object is what its last step leaves of it. A private note's text is its author's alone, here too (SPEC ACC-5).
  View view;
  JsonWriter steps;
  steps.array();
  const StepsAsked asked{.object = object, .reader = question.asked.reader.user, .known_at = question.live->position()};
  for_each_step(account, setting, asked, [&](const Step& step) {
    write_step(steps, step, object);
    view = state_of(step);
    return true;
  });
  steps.end();
  write_object(json.key("object"), view, setting, eyes_on(*question.live, question.asked.reader.user, object), std::nullopt);
  json.key("history").raw(steps.text()).end();
}

// Objects of the kind that name one of the subjects, in the order of the log.
std::vector<Uuid> naming(const projections::World& world, Kind kind, std::span<const ObjectRef> subjects) {
  std::vector<Uuid> found;
  std::vector<projections::Handle> handles;
  for (const ObjectRef& subject : subjects) handles.push_back(world.handle(subject.id));
  const projections::Table& table = world.table(kind);
  for (projections::Row row = 0; row < table.rows(); ++row) {
    if (table.presence()[row] == 0) continue;
    const Uuid id = world.id(table.self()[row]);
    if (std::ranges::find(subjects, ObjectRef{kind, id}) != subjects.end()) continue;
    const bool names = std::ranges::any_of(fields_of(kind), [&](const FieldSpec& spec) {
      if (spec.type != FieldType::ref || spec.ref != subjects.front().kind) return false;
      const projections::Handle named = table.handles(spec.number)[row];
      return named != 0 && std::ranges::find(handles, named) != handles.end();
    });
    if (names) found.push_back(id);
  }
  return found;
}

}  // namespace

std::span<const Kind> exported_kinds() { return subject_kinds; }

Response subject_export(const Account& account, const Question& question, ObjectRef object) {
  const projections::World& world = *question.live;
  if (world.row(object.kind, object.id) == projections::no_row) return problem(Problem::not_found);
  std::vector<ObjectRef> subjects;
  for (const Uuid& id : account.subjects_of(object)) subjects.push_back({object.kind, id});
  const SetUp setting = set_up(world);

  JsonWriter json;
  json.object().field("kind", name(object.kind)).field("id", object.id).field("position", world.position()).key("subjects").array();
  for (const ObjectRef& subject : subjects) write_one(json, account, question, setting, subject);
  json.end();
  // Everything that is done by a user names him: that is the account's business, not data on him.
  if (object.kind != Kind::user)
    for (const Kind kind : all_kinds) {
      const bool may_name = std::ranges::any_of(fields_of(kind), [&](const FieldSpec& spec) { return spec.type == FieldType::ref && spec.ref == object.kind; });
      if (!may_name) continue;
      json.key(plural(kind)).array();
      for (const Uuid& id : naming(world, kind, subjects)) write_one(json, account, question, setting, {kind, id});
      json.end();
    }
  json.end();
  return ok(std::move(json).text());
}

SchemaMaker subject_export_schema() {
  return json_schema("SubjectExport", R"({"type":"object","required":["kind","id","position","subjects"],"properties":{
    "kind":{"type":"string"},"id":{"type":"string","format":"uuid"},"position":{"type":"integer"},
    "subjects":{"type":"array","items":{"type":"object","required":["object"],"properties":{"object":{"type":"object"},
      "history":{"type":"array","items":{"type":"object"}}}}}},
    "additionalProperties":{"type":"array","items":{"type":"object"}}})");
}

}  // namespace dealog::api
