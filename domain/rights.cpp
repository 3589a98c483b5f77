#include "domain/rights.h"

#include <algorithm>
#include <array>

namespace dealog {
namespace {

enum class Who : std::uint8_t {
  nobody,          // not even an administrator: the deed is not offered
  administrators,
  managers,        // and administrators
  own,             // managers, administrators, and a salesperson whose own it is
  sellers,         // administrators, managers and salespeople
};

struct Rights { Kind kind; Who create, edit, remove; };

constexpr Rights rights_of_kinds[] = {
    //                  create               edit                 remove and restore
    {Kind::account,      Who::nobody,         Who::administrators, Who::nobody},
    {Kind::user,         Who::administrators, Who::administrators, Who::nobody},
    {Kind::team,         Who::administrators, Who::administrators, Who::administrators},
    {Kind::token,        Who::administrators, Who::administrators, Who::administrators},
    {Kind::source,       Who::administrators, Who::administrators, Who::administrators},
    {Kind::close_reason, Who::managers,       Who::managers,       Who::managers},
    {Kind::company,      Who::sellers,        Who::sellers,        Who::own},
    {Kind::person,       Who::sellers,        Who::sellers,        Who::own},
    {Kind::process,      Who::managers,       Who::managers,       Who::nobody},
    {Kind::deal,         Who::sellers,        Who::own,            Who::own},
    {Kind::task,         Who::sellers,        Who::own,            Who::own},
    {Kind::note,         Who::sellers,        Who::own,            Who::own},
    {Kind::email,        Who::sellers,        Who::own,            Who::own},
    {Kind::contact_group,    Who::managers,   Who::managers,       Who::managers},
    {Kind::deal_group,       Who::managers,   Who::managers,       Who::managers},
    {Kind::tag,              Who::sellers,    Who::managers,       Who::managers},
    {Kind::task_type,        Who::managers,   Who::managers,       Who::managers},
    {Kind::product,          Who::managers,   Who::managers,       Who::managers},
    {Kind::product_category, Who::managers,   Who::managers,       Who::managers},
    {Kind::cost_category,    Who::managers,   Who::managers,       Who::managers},
    {Kind::exchange_rate,    Who::managers,   Who::managers,       Who::managers},
    {Kind::custom_field,     Who::administrators, Who::administrators, Who::administrators},
    {Kind::saved_filter,     Who::sellers,    Who::own,            Who::own},
    {Kind::space,        Who::sellers,        Who::sellers,        Who::own},
    {Kind::file,         Who::sellers,        Who::own,            Who::own},
    {Kind::scorecard,    Who::managers,       Who::managers,       Who::managers},
    {Kind::batch,        Who::sellers,        Who::nobody,         Who::nobody},
    {Kind::lead,         Who::sellers,        Who::own,            Who::own},
    {Kind::lead_stage,   Who::managers,       Who::managers,       Who::managers},
    {Kind::series,       Who::nobody,         Who::own,            Who::nobody},  // it follows from its tasks; to take back whose it is
};
static_assert(std::size(rights_of_kinds) == std::size(all_kinds), "every kind has its rights");

Who who(Deed deed, Kind kind) {
  for (const Rights& rights : rights_of_kinds)
    if (rights.kind == kind)
      return deed == Deed::create ? rights.create : deed == Deed::edit ? rights.edit : rights.remove;
  return Who::nobody;
}

// A salesperson's own.
bool is_own(const ModelState& state, const Uuid& user, ObjectRef object) {
  switch (object.kind) {
    case Kind::company: case Kind::person: {
      const Contact* contact = find_in(state.contacts(object.kind), object.id);
      return contact && (contact->owner == user || contact->created_by == user);
    }
    case Kind::deal: {
      const Deal* deal = find_in(state.deals, object.id);
      return deal && takes_part(*deal, user);
    }
    case Kind::lead: {
      const Lead* lead = find_in(state.leads, object.id);
      return lead && takes_part(*lead, user);
    }
    case Kind::task: {
      const Task* task = find_in(state.tasks, object.id);
      return task && (task->assignee == user || task->created_by == user ||
                      is_own(state, user, {Kind::deal, task->deal}) || is_own(state, user, {Kind::lead, task->lead}));
    }
    case Kind::series: {
      const Series* series = find_in(state.series, object.id);
      if (!series) return false;
      const auto link = [&](std::uint16_t field) { return id_in(series->fields, field); };
      return series->created_by == user || link(field::series::assignee_id) == user || is_own(state, user, {Kind::deal, link(field::series::deal_id)}) ||
             is_own(state, user, {Kind::lead, link(field::series::lead_id)});
    }
    case Kind::space: {
      const Space* space = find_in(state.spaces, object.id);
      return space && (space->owner == user || space->created_by == user);
    }
    case Kind::note: case Kind::email: case Kind::saved_filter: case Kind::file: {
      const Object* written = state.find(object);
      return written && written->created_by == user;
    }
    default: return false;
  }
}

bool sees_all(const User& user) { return user.role != Role::salesperson; }

bool sees_deal(const ModelState& state, const Uuid& user, const Uuid& id) {
  const Deal* deal = find_in(state.deals, id);
  return deal && (deal->visibility == Visibility::public_ || takes_part(*deal, user));
}

// Leads are like private deals.
bool sees_lead(const ModelState& state, const Uuid& user, const Uuid& id) {
  const Lead* lead = find_in(state.leads, id);
  return lead && takes_part(*lead, user);
}

// What is linked to a deal or lead is seen by those who see one of them; what hangs on neither by everyone.
bool sees_through_links(const ModelState& state, const Uuid& user, const Uuid& deal, const Uuid& lead) {
  return (deal.is_nil() && lead.is_nil()) || sees_deal(state, user, deal) || sees_lead(state, user, lead);
}

// A team's members are those of all teams below it too (SPEC GEN-7); one that is deleted has none.
bool is_in_team(const ModelState& state, const User& user, const Uuid& team) {
  return std::ranges::any_of(user.teams, [&](Uuid above) {
    for (std::size_t steps = 0; !above.is_nil() && steps <= state.teams.size(); ++steps) {
      const Team* found = find_in(state.teams, above);
      if (!found || found->is_deleted) return false;
      if (above == team) return true;
      above = found->parent;
    }
    return false;
  });
}

}  // namespace

bool takes_part(const Deal& deal, const Uuid& user) {
  return deal.owner == user || deal.created_by == user || std::ranges::find(deal.participants, user) != deal.participants.end();
}
bool takes_part(const Lead& lead, const Uuid& user) {
  return lead.owner == user || lead.created_by == user || std::ranges::find(lead.participants, user) != lead.participants.end();
}

bool may_see(const ModelState& state, const Uuid& user, ObjectRef object) {
  const Object* there = state.find(object);
  if (!there) return false;
  if (user.is_nil()) return true;
  const User* reader = find_in(state.users, user);
  if (!reader || reader->is_suspended) return false;

  switch (object.kind) {
    case Kind::deal: return sees_all(*reader) || sees_deal(state, user, object.id);
    case Kind::token: return reader->role == Role::administrator || state.tokens.at(object.id).user == user;
    case Kind::saved_filter: return there->created_by == user || state.saved_filters.at(object.id).is_shared;
    case Kind::batch: return sees_all(*reader) || there->created_by == user;
    case Kind::lead: return sees_all(*reader) || sees_lead(state, user, object.id);
    // Its holder, and the members of the team that holds it.
    case Kind::scorecard: {
      const Scorecard& card = state.scorecards.at(object.id);
      return sees_all(*reader) || card.user == user || (!card.team.is_nil() && is_in_team(state, *reader, card.team));
    }
    // As its occurrences: who made it, who is to do them, who sees what they hang on.
    case Kind::series: {
      const Series& series = state.series.at(object.id);
      return sees_all(*reader) || there->created_by == user || id_in(series.fields, field::series::assignee_id) == user ||
             sees_through_links(state, user, id_in(series.fields, field::series::deal_id), id_in(series.fields, field::series::lead_id));
    }
    // Beside those who see the deal or lead: its author and its assignee.
    case Kind::task: {
      const Task& task = state.tasks.at(object.id);
      return sees_all(*reader) || task.created_by == user || task.assignee == user ||
             sees_through_links(state, user, task.deal, task.lead);
    }
    case Kind::note: {
      const Note& note = state.notes.at(object.id);
      return sees_all(*reader) || note.created_by == user || sees_through_links(state, user, note.deal, note.lead);
    }
    case Kind::email: {
      const Email& email = state.emails.at(object.id);
      return sees_all(*reader) || email.created_by == user || sees_through_links(state, user, email.deal, email.lead);
    }
    // What hangs on nothing yet is its author's.
    case Kind::file: {
      const File& file = state.files.at(object.id);
      return sees_all(*reader) || file.created_by == user || (file.hangs() && sees_through_links(state, user, file.deal, file.lead));
    }
    default: return true;
  }
}

bool is_offered(Deed deed, Kind kind) { return who(deed, kind) != Who::nobody; }

bool may(const ModelState& state, const Uuid& user, Deed deed, ObjectRef object) {
  const Who allowed = who(deed, object.kind);
  if (allowed == Who::nobody) return false;
  if (user.is_nil()) return true;
  const User* doer = find_in(state.users, user);
  if (!doer || doer->is_suspended) return false;

  switch (doer->role) {
    case Role::administrator: return true;
    case Role::manager: return allowed != Who::administrators;
    case Role::salesperson: return allowed == Who::sellers || (allowed == Who::own && is_own(state, user, object));
    case Role::analyst: case Role::auditor: return false;
  }
  return false;
}

}  // namespace dealog
