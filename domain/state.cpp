#include "domain/state.h"

#include <algorithm>

namespace dealog {
namespace {

// One list of the maps for the three ways to look an object up.
template <class State, class Use>
auto with_objects(State& state, Kind kind, Use use) -> decltype(use(state.users)) {
  switch (kind) {
    case Kind::user: return use(state.users);
    case Kind::team: return use(state.teams);
    case Kind::token: return use(state.tokens);
    case Kind::source: return use(state.sources);
    case Kind::close_reason: return use(state.close_reasons);
    case Kind::company: return use(state.companies);
    case Kind::person: return use(state.persons);
    case Kind::process: return use(state.processes);
    case Kind::deal: return use(state.deals);
    case Kind::task: return use(state.tasks);
    case Kind::note: return use(state.notes);
    case Kind::email: return use(state.emails);
    case Kind::contact_group: return use(state.contact_groups);
    case Kind::deal_group: return use(state.deal_groups);
    case Kind::tag: return use(state.tags);
    case Kind::task_type: return use(state.task_types);
    case Kind::product: return use(state.products);
    case Kind::product_category: return use(state.product_categories);
    case Kind::cost_category: return use(state.cost_categories);
    case Kind::exchange_rate: return use(state.exchange_rates);
    case Kind::saved_filter: return use(state.saved_filters);
    case Kind::space: return use(state.spaces);
    case Kind::custom_field: return use(state.custom_fields);
    case Kind::file: return use(state.files);
    case Kind::scorecard: return use(state.scorecards);
    case Kind::batch: return use(state.batches);
    case Kind::lead: return use(state.leads);
    case Kind::lead_stage: return use(state.lead_stages);
    case Kind::series: return use(state.series);
    case Kind::account: case Kind::none: break;
  }
  return {};
}

}  // namespace

const ProcessVersion& Process::version_at(Instant t) const {
  const ProcessVersion* found = &versions.front();
  for (const ProcessVersion& later : versions)
    if (later.from <= t) found = &later;
  return *found;
}

const event::Action* Process::find_action(const Uuid& action) const {
  const auto found = newest().actions.find(action);
  if (found == newest().actions.end()) return nullptr;
  return &definition.stages[found->second.stage].actions[found->second.index];
}

namespace {

Uuid owner_of_then(const std::vector<std::pair<Instant, Uuid>>& earlier, const Uuid& now, Instant t) {
  for (const auto& [until, who] : earlier)
    if (t < until) return who;
  return now;
}

}  // namespace

Uuid Deal::owner_at(Instant t) const { return owner_of_then(earlier_owners, owner, t); }
Uuid Lead::owner_at(Instant t) const { return owner_of_then(earlier_owners, owner, t); }

bool Deal::is_done_at(const Uuid& action, Instant t) const {
  return std::ranges::any_of(
      done, [&](const DoneSpan& span) { return span.action == action && span.since <= t && t < span.until; });
}

const Object* ModelState::find(ObjectRef object) const {
  if (object.kind == Kind::account) return account.version > 0 && object.id == account.id ? &account : nullptr;
  return with_objects(*this, object.kind, [&](const auto& objects) -> const Object* { return find_in(objects, object.id); });
}

Object* ModelState::find(ObjectRef object) {
  if (object.kind == Kind::account) return account.version > 0 && object.id == account.id ? &account : nullptr;
  return with_objects(*this, object.kind, [&](auto& objects) -> Object* {
    const auto found = objects.find(object.id);
    return found == objects.end() ? nullptr : &found->second;
  });
}

Object& ModelState::born(ObjectRef object) {
  if (object.kind == Kind::account) account.id = object.id;
  Object* made =
      with_objects(*this, object.kind, [&](auto& objects) -> Object* { return &objects[object.id]; });
  return made ? *made : account;
}

Uuid ModelState::stage_at(Uuid stage, Instant t) const {
  for (auto removed = removed_stages.find(stage); removed != removed_stages.end() && removed->second.at <= t;
       removed = removed_stages.find(stage))
    stage = removed->second.target;
  return stage;
}

Uuid ModelState::contact_now(Kind kind, Uuid id) const {
  if (merged_contacts.empty()) return id;
  for (auto merged = merged_contacts.find({kind, id}); merged != merged_contacts.end(); merged = merged_contacts.find({kind, id})) id = merged->second;
  return id;
}

std::vector<Uuid> ModelState::subjects_of(ObjectRef contact) const {
  std::vector<Uuid> all{contact.id};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const auto merged = merged_from.find({contact.kind, all[i]}); merged != merged_from.end())
      all.insert(all.end(), merged->second.begin(), merged->second.end());
  return all;
}

bool ModelState::is_live_source(const Uuid& source) const {
  const Source* found = find_in(sources, source);
  return found && !found->is_deleted;
}

const Objects<Word>* ModelState::words(Kind kind) const {
  switch (kind) {
    case Kind::contact_group: return &contact_groups;
    case Kind::deal_group: return &deal_groups;
    case Kind::tag: return &tags;
    case Kind::task_type: return &task_types;
    case Kind::product: return &products;
    case Kind::product_category: return &product_categories;
    case Kind::cost_category: return &cost_categories;
    case Kind::exchange_rate: return &exchange_rates;
    default: return nullptr;
  }
}

Word* ModelState::word(ObjectRef object) {
  return words(object.kind) ? static_cast<Word*>(find(object)) : nullptr;
}

void relist(Lists& lists, const Uuid& object, const Uuid& from, const Uuid& to) {
  if (from == to) return;
  if (const auto found = lists.find(from); found != lists.end()) {
    std::vector<Uuid>& listed = found->second;
    if (const auto place = std::ranges::find(listed, object); place != listed.end()) {
      *place = listed.back();
      listed.pop_back();
      if (listed.empty()) lists.erase(found);
    }
  }
  if (!to.is_nil()) lists[to].push_back(object);
}

const Value* find_value(const Fields& fields, std::uint16_t field) {
  for (const FieldChange& change : fields)
    if (change.field == field) return &change.value;
  return nullptr;
}

std::optional<std::int64_t> number_in(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
  return number ? std::optional(*number) : std::nullopt;
}

const Fields* fields_in(const Event& event) {
  if (const auto* created = std::get_if<event::Created>(&event)) return &created->fields;
  if (const auto* edited = std::get_if<event::Edited>(&event)) return &edited->fields;
  return nullptr;
}

Uuid id_in(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  const Uuid* id = value ? std::get_if<Uuid>(value) : nullptr;
  return id ? *id : Uuid{};
}

std::vector<Uuid> ids_in(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  const auto* ids = value ? std::get_if<std::vector<Uuid>>(value) : nullptr;
  return ids ? *ids : std::vector<Uuid>();
}

std::string text_in(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  const std::string* text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? *text : std::string();
}

void set_value(Fields& fields, std::uint16_t field, Value value) {
  for (FieldChange& change : fields)
    if (change.field == field) {
      change.value = std::move(value);
      return;
    }
  fields.push_back({field, std::move(value)});
}

void sort_by_number(Fields& fields) { std::ranges::sort(fields, {}, &FieldChange::field); }

}  // namespace dealog
