// Merging two contacts of a kind (SPEC CON-2): one event says so on the target, another, caused by it, on what was
// merged. Deals, leads, tasks, notes, e-mails and persons that name the merged one are not written to: who shows or asks
// about them looks up where it went (ModelState::contact_now).

#include <algorithm>

#include "domain/contact.h"
#include "domain/rights.h"

namespace dealog {
namespace {

bool is_many(FieldType type) { return type == FieldType::texts || type == FieldType::refs || type == FieldType::words; }

// The prints of the target afterwards. Of two different lists the union is not known here, for only prints are: its print
// is one that no list has, so that the next edit of it counts as a change. A deleted source holds no place.
void unite_print(const ModelState& state, const FieldSpec& spec, Prints& into, const Prints& from) {
  if (spec.access == Access::derived) return;
  const std::uint64_t held = into.of(spec.number), other = from.of(spec.number);
  const bool is_stripped = spec.type == FieldType::ref && deletion_of(spec.ref) == Deletion::strips && state.prints_of_deleted.contains(held);
  if (held == 0 || is_stripped) into.set_print(spec.number, other);
  else if (is_many(spec.type) && other != 0 && other != held) into.set_print(spec.number, Prints::unknown);
}
void unite_prints(const ModelState& state, Kind kind, Prints& into, const Prints& from) {
  for (const FieldSpec& spec : fields_of(kind)) unite_print(state, spec, into, from);
  for (const auto& [place, id] : state.custom_by_number)
    if (const FieldSpec* spec = place.first == kind ? find_field(kind, place.second) : nullptr) unite_print(state, *spec, into, from);
}

// Groups, tags and choices: their members are known.
void unite_sets(ModelState& state, ObjectRef into, ObjectRef from) {
  const auto others = state.sets.find(from);
  if (others == state.sets.end()) return;
  const auto more = others->second;  // a copy: looking the target up may move it
  for (const auto& [field, members] : more) {
    std::vector<Uuid>& held = state.sets[into][field];
    for (const Uuid& member : members)
      if (std::ranges::find(held, member) == held.end()) held.push_back(member);
  }
}

void splice(Lists& lists, const Uuid& from, const Uuid& into) {
  const auto found = lists.find(from);
  if (found == lists.end()) return;
  std::vector<Uuid> moved = std::move(found->second);
  lists.erase(found);
  std::vector<Uuid>& all = lists[into];
  if (all.size() < moved.size()) all.swap(moved);
  all.insert(all.end(), moved.begin(), moved.end());
}

}  // namespace

Decision merge_contact(Deciding& deciding, const command::MergeContact& merge) {
  const ModelState& state = deciding.state;
  const ObjectRef into = merge.into, from{merge.into.kind, merge.from};
  const Contact* merged = find_in(state.contacts(from.kind), from.id);
  if (!merged || !may_see(state, deciding.actor, from)) {
    deciding.faults.add(Code::unknown_reference, "/from_id");
    return deciding.outcome(into);
  }
  if (from == into) deciding.faults.add(Code::invalid, "/from_id", "Nothing can be merged into itself.");
  if (!may(state, deciding.actor, Deed::remove, from)) deciding.faults.add(Code::forbidden, "/from_id");
  if (!merged->merged_into.is_nil()) deciding.faults.add(Code::already_merged, "/from_id");
  else if (merged->is_deleted) deciding.faults.add(Code::object_deleted, "/from_id");

  // Nothing of somebody else's may come to stand on what was erased, nor the other way round.
  if (state.erased.contains(into)) deciding.faults.add(Code::erased);
  if (state.erased.contains(from)) deciding.faults.add(Code::erased, "/from_id");

  const std::uint32_t said = deciding.add(into, event::Merged{.from = from.id, .into = {}});
  deciding.add(from, event::Merged{.from = {}, .into = into.id}, std::nullopt, said);
  return deciding.outcome(into);
}

void apply_merge(ModelState& state, const Envelope& envelope, const event::Merged& merged) {
  if (merged.from.is_nil()) return;  // the same, as the merged one's history tells it
  const Kind kind = envelope.object.kind;
  const Uuid& id = envelope.object.id;
  auto& contacts = kind == Kind::company ? state.companies : state.persons;
  const auto target = contacts.find(id), source = contacts.find(merged.from);
  if (target == contacts.end() || source == contacts.end()) return;
  Contact &into = target->second, &from = source->second;

  const auto fill = [](Uuid& held, const Uuid& other) {
    if (held.is_nil()) held = other;
  };
  fill(into.owner, from.owner);
  if (!state.is_live_source(into.source)) into.source = from.source;
  fill(into.company, from.company);
  unite_prints(state, kind, into.prints, from.prints);
  unite_sets(state, {kind, id}, {kind, merged.from});

  unindex_name(state, kind, merged.from);
  from.merged_into = id;
  state.merged_contacts[{kind, merged.from}] = id;
  state.merged_from[{kind, id}].push_back(merged.from);
  state.contact_of_merged_print[print_of(Value{merged.from})] = {kind, merged.from};
  splice(state.deals_of_contact, merged.from, id);
  splice(state.leads_of_contact, merged.from, id);
  splice(state.won_deals_of_contact, merged.from, id);
}

}  // namespace dealog
