#include "domain/sets.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace dealog {
namespace {

// Where a rule looks at the set it is held for that rule, and not once more. Null: it is among ModelState::sets.
const std::vector<Uuid>* held_for_rules(const ModelState& state, ObjectRef object, std::uint16_t field) {
  switch (object.kind) {
    case Kind::deal: return field == field::deal::participant_ids ? &state.deals.at(object.id).participants : nullptr;
    case Kind::lead: return field == field::lead::participant_ids ? &state.leads.at(object.id).participants : nullptr;
    case Kind::user: return field == field::user::team_ids ? &state.users.at(object.id).teams : nullptr;
    case Kind::note: return field == field::note::file_ids ? &state.notes.at(object.id).files : nullptr;
    default: return nullptr;
  }
}

std::vector<Uuid> held(const ModelState& state, ObjectRef object, std::uint16_t field) {
  if (const std::vector<Uuid>* members = held_for_rules(state, object, field)) return *members;
  const auto sets = state.sets.find(object);
  if (sets == state.sets.end()) return {};
  const auto members = sets->second.find(field);
  return members == sets->second.end() ? std::vector<Uuid>() : members->second;
}

// The custom field of that number, deleted ones among them; null: there is none.
const CustomField* custom_definition(const ModelState& state, Kind kind, std::uint16_t number) {
  const auto definition = state.custom_by_number.find({kind, number});
  return definition == state.custom_by_number.end() ? nullptr : find_in(state.custom_fields, definition->second);
}

// What choices say: those that are no longer offered stand where they stood.
std::vector<std::string> words_of(const CustomField& field, const std::vector<Uuid>& choices) {
  std::unordered_map<Uuid, const std::string*> by_id;
  for (const auto& [word, id] : field.choice_ids) by_id.emplace(id, &word);
  std::vector<std::string> said;
  for (const Uuid& choice : choices)
    if (const auto word = by_id.find(choice); word != by_id.end()) said.push_back(*word->second);
  return said;
}

void strip(const ModelState& state, const FieldSpec& spec, std::vector<Uuid>& members) {
  if (deletion_of(spec.ref) != Deletion::strips) return;
  std::erase_if(members, [&](const Uuid& id) {
    const Object* word = state.find({spec.ref, id});
    return !word || word->is_deleted;
  });
}

Uuid choice_of(const CustomField* field, const std::string& word) {
  if (field != nullptr)
    if (const auto known = field->choice_ids.find(word); known != field->choice_ids.end()) return known->second;
  return choice_id(word);
}

template <class T>
Value changed(const Value& held, const command::Members<T>& members) {
  const auto* before = std::get_if<std::vector<T>>(&held);
  std::vector<T> all = before ? *before : std::vector<T>();
  std::erase_if(all, [&](const T& each) { return is_among(each, members.remove); });
  for (const T& each : members.add)
    if (!is_among(each, all)) all.push_back(each);
  return all;
}

}  // namespace

Value members_of(const ModelState& state, ObjectRef object, const FieldSpec& spec) {
  if (!is_set(spec.type)) return {};
  std::vector<Uuid> members = held(state, object, spec.number);
  if (spec.type == FieldType::words) {
    const CustomField* field = custom_definition(state, object.kind, spec.number);
    return field ? words_of(*field, members) : std::vector<std::string>();
  }
  strip(state, spec, members);
  return members;
}

void leave_out_deleted(const ModelState& state, Kind kind, Fields& fields) {
  for (FieldChange& change : fields)
    if (auto* members = std::get_if<std::vector<Uuid>>(&change.value))
      if (const FieldSpec* spec = find_field(kind, change.field)) strip(state, *spec, *members);
}

void add_whole_sets(const ModelState& state, ObjectRef object, const std::vector<command::SetChange>& changes, Fields& fields) {
  for (const command::SetChange& change : changes) {
    const FieldSpec* spec = find_field(object.kind, change.field);
    const Value before = spec ? members_of(state, object, *spec) : Value{};
    fields.push_back({change.field, std::visit([&](const auto& members) { return changed(before, members); }, change.members)});
  }
}

void note_set(ModelState& state, ObjectRef object, const FieldSpec& spec, const Value& value) {
  if (!is_set(spec.type) || spec.access != Access::given || held_for_rules(state, object, spec.number)) return;
  std::vector<Uuid> members;
  if (const auto* ids = std::get_if<std::vector<Uuid>>(&value)) members = *ids;
  if (const auto* words = std::get_if<std::vector<std::string>>(&value)) {
    const CustomField* field = custom_definition(state, object.kind, spec.number);
    std::ranges::transform(*words, std::back_inserter(members), [&](const std::string& word) { return choice_of(field, word); });
  }
  if (!members.empty()) state.sets[object][spec.number] = std::move(members);
  else if (const auto sets = state.sets.find(object); sets != state.sets.end()) sets->second.erase(spec.number);
}

}  // namespace dealog
