#include "domain/deciding.h"

#include <algorithm>

#include "domain/rights.h"

namespace dealog {
namespace {

constexpr std::int64_t clock_tolerance_ms = 60'000;

// The worst fault decides the answer.
int severity(Code code) {
  if (code == Code::not_found) return 4;
  if (code == Code::forbidden) return 3;
  return static_cast<int>(code) < static_cast<int>(Code::mandatory_actions_missing) || code == Code::weights_not_100 ? 2 : 1;
}

}  // namespace

void Faults::add(Code code, std::string pointer, std::string message) {
  std::vector<Fault>& faults = refusal_.faults;
  const bool is_full = faults.size() == most_faults;
  if (is_full && severity(code) <= severity(faults.back().code)) return;   // the worst decides the answer
  std::string at = outer_ + pointer;
  // What cannot be read is not missing as well.
  if (code == Code::required && std::ranges::find(faults, at, &Fault::pointer) != faults.end()) return;
  if (message.empty()) message = title(code);
  if (is_full) faults.pop_back();
  faults.push_back({std::move(at), code, std::move(message)});
}

bool Faults::holds(Code code, std::string_view pointer) const {
  return std::ranges::any_of(refusal_.faults, [&](const Fault& fault) { return fault.code == code && fault.pointer == outer_ + std::string(pointer); });
}

Refusal Faults::refusal() && {
  refusal_.code = std::ranges::max_element(refusal_.faults, {}, [](const Fault& fault) { return severity(fault.code); })->code;
  return std::move(refusal_);
}

Uuid Deciding::fresh_id() {
  const std::size_t n = fresh_ids_used++;
  if (n < context.fresh_ids.size()) return context.fresh_ids[n];
  const Uuid base = context.fresh_ids.empty() ? Uuid{} : context.fresh_ids.front();
  return derived_uuid(to_string(base), std::to_string(n));
}

std::optional<Instant> Deciding::effective(const std::optional<Instant>& given, std::string_view pointer) {
  if (!given || *given == context.now) return std::nullopt;
  if (*given < context.now) return given;
  if (given->ms - context.now.ms > clock_tolerance_ms) faults.add(Code::effective_in_future, std::string(pointer));
  return std::nullopt;
}

void Deciding::not_past_capable(const std::optional<Instant>& given) {
  if (given) faults.add(Code::not_past_capable, "/effective_at");
}

void Deciding::not_before(Instant last, const std::optional<Instant>& effective_at, std::string_view pointer) {
  if (moment(effective_at) < last) faults.add(Code::effective_before_last_event, std::string(pointer));
}

std::uint32_t Deciding::add(ObjectRef object, Event event, const std::optional<Instant>& effective_at,
                            std::optional<std::uint32_t> cause, Fields personal) {
  events.push_back({.object = object, .event = std::move(event), .personal = std::move(personal), .effective_at = effective_at, .cause = cause});
  return static_cast<std::uint32_t>(events.size() - 1);
}

const command::SetChange* Deciding::change_of_set(std::uint16_t field) const {
  const auto found = std::ranges::find(sets, field, &command::SetChange::field);
  return found == sets.end() ? nullptr : &*found;
}

Decision Deciding::outcome(ObjectRef object, bool created) {
  if (faults.any()) return std::move(faults).refusal();
  return Decided{.events = std::move(events), .object = object, .created = created};
}

bool is_suspended(const ModelState& state, const Uuid& user) {
  const User* named = find_in(state.users, user);
  return named && named->is_suspended;
}

void check_active(Deciding& deciding, const Uuid& user, const std::string& pointer) {
  if (deciding.context.is_import || deciding.actor.is_nil()) return;
  if (is_suspended(deciding.state, user)) deciding.faults.add(Code::user_suspended, pointer);
}

void check_may_give_away(Deciding& deciding, ObjectRef object, const Fields& changed, std::uint16_t owner_field) {
  if (find_value(changed, owner_field) && !may(deciding.state, deciding.actor, Deed::remove, object))
    deciding.faults.add(Code::forbidden, pointer_to(object.kind, owner_field), "Whose it is is for those to say who may delete it.");
}

void check_may_hang_on(Deciding& deciding, ObjectRef object, const std::string& pointer) {
  if (object.id.is_nil() || !may_see(deciding.state, deciding.actor, object)) return;
  if (!may(deciding.state, deciding.actor, Deed::edit, object)) deciding.faults.add(Code::forbidden, pointer);
}

const std::vector<Uuid>* participants_of(const ModelState& state, ObjectRef object) {
  const Deal* deal = object.kind == Kind::deal ? find_in(state.deals, object.id) : nullptr;
  const Lead* lead = object.kind == Kind::lead ? find_in(state.leads, object.id) : nullptr;
  return deal ? &deal->participants : lead ? &lead->participants : nullptr;
}

namespace {

// There is such a deal or lead, and the user is none of its people yet.
bool would_become_participant(const ModelState& state, ObjectRef object, const Uuid& user) {
  if (user.is_nil() || !participants_of(state, object)) return false;
  return object.kind == Kind::deal ? !takes_part(state.deals.at(object.id), user) : !takes_part(state.leads.at(object.id), user);
}

}  // namespace

void let_take_part(Deciding& deciding, ObjectRef object, const Uuid& user, std::uint32_t cause) {
  static_assert(field::deal::participant_ids == field::lead::participant_ids);
  if (!would_become_participant(deciding.state, object, user)) return;
  std::vector<Uuid> all = *participants_of(deciding.state, object);
  for (const NewEvent& event : deciding.events) {   // another task of the same command may have done it
    const auto* edited = event.object == object ? std::get_if<event::Edited>(&event.event) : nullptr;
    if (edited && find_value(edited->fields, field::deal::participant_ids)) all = ids_in(edited->fields, field::deal::participant_ids);
  }
  if (std::ranges::find(all, user) != all.end()) return;
  all.push_back(user);
  deciding.add(object, event::Edited{{{field::deal::participant_ids, std::move(all)}}}, std::nullopt, cause);
}

bool may_give_access(const Deciding& deciding, ObjectRef object) { return may(deciding.state, deciding.actor, Deed::edit, object); }

void check_may_let_take_part(Deciding& deciding, ObjectRef object, const Uuid& user, const std::string& pointer) {
  if (!would_become_participant(deciding.state, object, user) || may_give_access(deciding, object)) return;
  if (!deciding.faults.holds(Code::forbidden, pointer)) deciding.faults.add(Code::forbidden, pointer);
}

bool inherit_source(const Deciding& deciding, const Fields& given, std::uint16_t field, const Uuid& company, Fields& fields) {
  const ModelState& state = deciding.state;
  if (!state.account.sources_on || !state.account.source_inheritance_on || find_value(given, field)) return false;
  const Contact* from = find_in(state.companies, company);
  if (!from || from->is_deleted || !state.is_live_source(from->source)) return false;
  set_value(fields, field, from->source);
  return true;
}

}  // namespace dealog
