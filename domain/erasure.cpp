#include "domain/erasure.h"

#include <algorithm>

#include "domain/contact.h"
#include "domain/people.h"
#include "domain/rights.h"

namespace dealog {
namespace {

constexpr std::size_t longest_reason = 2'000;

// The object is seen; its version; administrators, for what the deed is offered for.
std::optional<Refusal> guard_subject(const Deciding& deciding, ObjectRef object, std::span<const Kind> kinds) {
  const Object* there = deciding.state.find(object);
  if (!there || !may_see(deciding.state, deciding.actor, object)) return refusal(Code::not_found);
  if (deciding.context.if_match && *deciding.context.if_match != there->version) {
    Refusal refused = refusal(Code::version_mismatch);
    refused.version = there->version;
    return refused;
  }
  const User* actor = find_in(deciding.state.users, deciding.actor);
  const bool is_administrator = deciding.actor.is_nil() || (actor && actor->role == Role::administrator);
  if (!is_administrator || !is_among(object.kind, kinds)) return refusal(Code::forbidden);
  return std::nullopt;
}

// Is it still about the contact or lead?
bool is_about(const ModelState& state, ObjectRef object, ObjectRef root) {
  const Object* there = state.find(object);
  const std::uint64_t print = print_of(Value{root.id});
  return there && std::ranges::any_of(fields_of(object.kind), [&](const FieldSpec& spec) {
    return spec.ref == root.kind && spec.type == FieldType::ref && there->prints.of(spec.number) == print;
  });
}

// A task that recurs, or did, has its words from its series, and so would all that is yet to come: they go with it.
void add_series(const ModelState& state, std::vector<ObjectRef>& all) {
  std::ranges::sort(all);
  std::vector<ObjectRef> series;
  const auto is_erased = [&](const Uuid& task) { return std::ranges::binary_search(all, ObjectRef{Kind::task, task}); };
  for (const auto& [id, each] : state.series)
    if (std::ranges::any_of(each.occurrences, is_erased)) series.push_back({Kind::series, id});
  all.insert(all.end(), series.begin(), series.end());
}

// The object with all that were merged into it, and what was chosen of what is about any of them.
std::vector<ObjectRef> subjects(const ModelState& state, const command::Erase& erase) {
  std::vector<ObjectRef> all;
  for (const Uuid& id : state.subjects_of(erase.object)) all.push_back({erase.object.kind, id});
  if (is_among(Kind::lead, erase.along)) {
    const std::vector<ObjectRef> group = all;
    for (const ObjectRef& one : group)
      if (const auto leads = state.leads_of_contact.find(one.id); leads != state.leads_of_contact.end())
        for (const Uuid& lead : leads->second) all.push_back({Kind::lead, lead});
  }
  // A lead's notes go with the lead.
  for (const std::vector<ObjectRef> roots = all; const ObjectRef& root : roots)
    if (const auto linked = state.linked_to.find(root); linked != state.linked_to.end())
      for (const ObjectRef& object : linked->second)
        if (is_among(object.kind, erase.along) && is_about(state, object, root)) all.push_back(object);
  if (std::ranges::any_of(all, [](const ObjectRef& each) { return each.kind == Kind::task; })) add_series(state, all);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

void wipe(std::string& words) {
  for (char& letter : words) *const_cast<volatile char*>(&letter) = '\0';
  words.clear();
}

void wipe(Fields& fields) {
  for (FieldChange& change : fields) {
    if (auto* text = std::get_if<std::string>(&change.value)) wipe(*text);
    if (auto* texts = std::get_if<std::vector<std::string>>(&change.value))
      for (std::string& text : *texts) wipe(text);
  }
  fields.clear();
}

}  // namespace

Decision place_hold(Deciding& deciding, const command::PlaceHold& place) {
  const ObjectRef object = place.object;
  if (auto refused = guard_subject(deciding, object, holdable_kinds())) return *refused;
  if (deciding.state.merged_contacts.contains(object)) return refusal(Code::already_merged);
  if (deciding.state.erased.contains(object)) return refusal(Code::erased);
  check_text(deciding, place.reason, longest_reason, "/reason");
  const auto held = deciding.state.held.find(object);
  const bool is_so = held != deciding.state.held.end() && held->second == print_of(Value{place.reason});
  if (!is_so) deciding.add(object, event::LegalHoldPlaced{}, std::nullopt, std::nullopt, {{field::hold_reason, place.reason}});
  return deciding.outcome(object);
}

// Of a merged contact too: it may have been held before.
Decision lift_hold(Deciding& deciding, const command::LiftHold& lift) {
  if (auto refused = guard_subject(deciding, lift.object, holdable_kinds())) return *refused;
  if (deciding.state.held.contains(lift.object)) deciding.add(lift.object, event::LegalHoldLifted{});
  return deciding.outcome(lift.object);
}

Decision erase_subject(Deciding& deciding, const command::Erase& erase) {
  const ModelState& state = deciding.state;
  if (auto refused = guard_subject(deciding, erase.object, erasable_kinds())) return *refused;
  if (const auto merged = state.merged_contacts.find(erase.object); merged != state.merged_contacts.end()) {
    Refusal refused = refusal(Code::already_merged, {}, "It is erased with what it was merged into.");
    refused.objects.push_back(state.contact_now(erase.object.kind, erase.object.id));
    return refused;
  }
  if (erase.object.kind == Kind::user && !state.users.at(erase.object.id).is_suspended) deciding.faults.add(Code::user_active);

  event::SubjectErased erased{subjects(state, erase)};
  std::erase_if(erased.subjects, [&](const ObjectRef& subject) { return state.erased.contains(subject); });
  std::vector<Uuid> held;
  for (const ObjectRef& subject : erased.subjects)
    if (state.held.contains(subject)) held.push_back(subject.id);
  if (!held.empty()) {
    deciding.faults.add(Code::legal_hold);
    deciding.faults.in_the_way(std::move(held));
  }
  if (!erased.subjects.empty()) deciding.add(erase.object, std::move(erased));
  return deciding.outcome(erase.object);
}

void forget(ModelState& state, ObjectRef subject) {
  Object* object = state.find(subject);
  if (!object) return;
  state.erased[subject] = true;
  const auto is_personal = [&](std::uint16_t field) {
    const FieldSpec* spec = find_field(subject.kind, field);
    return spec && spec->personal;
  };
  object->prints.forget(is_personal);
  if (const auto sets = state.sets.find(subject); sets != state.sets.end())
    std::erase_if(sets->second, [&](const auto& set) { return is_personal(set.first); });
  switch (subject.kind) {
    case Kind::user:
      rename(state.user_by_email, state.users.at(subject.id).email, subject.id, nullptr);
      wipe(state.users.at(subject.id).password_hash);
      break;
    case Kind::person:
      unindex_name(state, Kind::person, subject.id);
      wipe(state.persons.at(subject.id).name);
      break;
    case Kind::email: state.emails.at(subject.id).sender = 0; break;
    case Kind::lead: wipe(state.leads.at(subject.id).raw); break;
    case Kind::series: wipe(state.series.at(subject.id).personal); break;
    default: break;  // nothing but prints
  }
}

void apply_erasure(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  if (std::holds_alternative<event::LegalHoldPlaced>(event)) {
    const Value* reason = find_value(personal, field::hold_reason);
    state.held[envelope.object] = reason ? print_of(*reason) : 0;
  }
  if (std::holds_alternative<event::LegalHoldLifted>(event)) state.held.erase(envelope.object);
  if (const auto* erased = std::get_if<event::SubjectErased>(&event))
    for (const ObjectRef& subject : erased->subjects) forget(state, subject);
}

void note_link(ModelState& state, ObjectRef object, const FieldSpec& spec, const Value& value) {
  const bool is_root = spec.ref == Kind::company || spec.ref == Kind::person || spec.ref == Kind::lead;
  if (!is_root || object.kind == Kind::lead || !is_among(object.kind, kinds_erased_along())) return;  // leads: leads_of_contact
  if (const auto* id = std::get_if<Uuid>(&value)) state.linked_to[{spec.ref, *id}].push_back(object);
}

}  // namespace dealog
