#include "domain/people.h"

#include <algorithm>

#include "domain/money.h"
#include "domain/session.h"
#include "domain/text.h"

namespace dealog {
namespace {

bool is_flag(const Fields& fields, std::uint16_t field, bool held) {
  const Value* value = find_value(fields, field);
  return value ? *value == Value{std::int64_t{1}} : held;
}

// At least one active administrator besides this user?
bool is_last_administrator(const ModelState& state, const Uuid& user) {
  return std::ranges::none_of(state.users, [&](const auto& other) {
    return other.first != user && other.second.role == Role::administrator && !other.second.is_suspended;
  });
}

void check_email(Deciding& deciding, const Checked& checked, const Uuid& self) {
  const std::string email = address_in(text_in(checked.personal, field::user::email));
  if (!email.empty() && is_taken(deciding.state.user_by_email, email, self)) deciding.faults.add(Code::name_taken, "/email");
}

void check_team(Deciding& deciding, const Checked& checked, const Uuid& self) {
  namespace t = field::team;
  if (const std::string name = text_in(checked.plain, t::name); !name.empty() && is_taken(deciding.state.team_by_name, name, self))
    deciding.faults.add(Code::name_taken, "/name");
  Uuid above = id_in(checked.plain, t::parent_id);
  for (std::size_t steps = 0; !above.is_nil() && steps <= deciding.state.teams.size(); ++steps) {
    if (above == self) return deciding.faults.add(Code::invalid, "/parent_id", "A team cannot be below itself.");
    const Team* team = find_in(deciding.state.teams, above);
    above = team ? team->parent : Uuid{};
  }
}

// What may hold an amount in the account's currency, or is priced in it; what was deleted may come back. Empty: nothing does.
std::string_view holders_of_amounts(const ModelState& state) {
  if (!state.deals.empty()) return "deals";
  if (!state.leads.empty()) return "leads";
  if (!state.products.empty()) return "products";
  if (!state.exchange_rates.empty()) return "exchange rates";
  if (!state.scorecards.empty()) return "scorecards";
  const bool has_money = std::ranges::any_of(state.custom_fields, [](const auto& each) { return each.second.type == CustomType::money; });
  return has_money ? "custom fields of money" : "";
}

}  // namespace

bool is_taken(const Names& names, const std::string& name, const Uuid& self) {
  const auto found = names.find(normalised(name));
  return found != names.end() && found->second != self;
}

void rename(Names& names, std::string& held, const Uuid& id, const std::string* name) {
  if (const auto found = names.find(held); found != names.end() && found->second == id) names.erase(found);
  held = name ? normalised(*name) : std::string();
  if (!held.empty()) names[held] = id;
}

Decision edit_account(Deciding& deciding, const command::Edit& edit) {
  namespace a = field::account;
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (const Value* zone = find_value(changed.plain, a::time_zone); zone && !Calendar::find(text_in(changed.plain, a::time_zone)))
    deciding.faults.add(Code::invalid, "/time_zone", "There is no such time zone.");
  if (find_value(changed.plain, a::currency)) {
    const auto currency = parse_currency(text_in(changed.plain, a::currency));
    if (!currency || !decimals(*currency)) deciding.faults.add(Code::invalid, "/currency", "There is no such currency.");
    else if (const std::string_view holders = holders_of_amounts(deciding.state); !holders.empty())
      deciding.faults.add(Code::in_use, "/currency", "There are " + std::string(holders) + " in the present currency.");
  }
  return edited(deciding, edit.object, std::move(changed));
}

Decision create_user(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::user, create.fields);
  check_email(deciding, checked, create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)}, std::nullopt, std::nullopt, std::move(checked.personal));
  return deciding.outcome(create.object, true);
}

Decision edit_user(Deciding& deciding, const command::Edit& edit) {
  namespace u = field::user;
  const User& user = deciding.state.users.at(edit.object.id);
  const bool only_teams = std::ranges::all_of(edit.fields, [](const FieldChange& change) { return change.field == u::team_ids; });
  if (!only_teams) deciding.not_past_capable(edit.effective_at);
  const auto effective = only_teams ? deciding.effective(edit.effective_at) : std::nullopt;

  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_email(deciding, changed, edit.object.id);
  if (find_value(changed.plain, u::team_ids)) deciding.not_before(user.teams_since, effective);

  const Value* role = find_value(changed.plain, u::role);
  const bool stays = (role ? *role == Value{static_cast<std::int64_t>(Role::administrator)} : user.role == Role::administrator) &&
                     !is_flag(changed.plain, u::is_suspended, user.is_suspended);
  if (user.role == Role::administrator && !user.is_suspended && !stays && is_last_administrator(deciding.state, edit.object.id))
    deciding.faults.add(Code::last_administrator, role ? "/role" : "/is_suspended");
  if (changed.plain.empty() && changed.personal.empty()) return deciding.outcome(edit.object);
  const bool suspends = is_flag(changed.plain, u::is_suspended, false);
  const std::uint32_t edited =
      deciding.add(edit.object, event::Edited{std::move(changed.plain)}, effective, std::nullopt, std::move(changed.personal));
  if (suspends) end_sessions(deciding, edit.object.id, {}, edited);   // that in which he suspends himself, too
  return deciding.outcome(edit.object);
}

Decision create_team(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::team, create.fields);
  check_team(deciding, checked, create.object.id);
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

Decision edit_team(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  check_team(deciding, changed, edit.object.id);
  return edited(deciding, edit.object, std::move(changed));
}

// Names of scopes are for api/ to know; here only that a limited token makes none that can do more.
void check_scopes(Deciding& deciding, const Fields& fields) {
  const Token* by = find_in(deciding.state.tokens, deciding.context.token);
  if (!by || by->scopes.empty()) return;
  const Value* value = find_value(fields, field::token::scopes);
  const auto* wanted = value ? std::get_if<std::vector<std::string>>(value) : nullptr;
  if (!wanted || wanted->empty()) return deciding.faults.add(Code::forbidden, "/scopes", "A token that is limited to scopes makes no token without.");
  for (std::size_t i = 0; i < wanted->size(); ++i)
    if (std::ranges::find(by->scopes, (*wanted)[i]) == by->scopes.end())
      deciding.faults.add(Code::forbidden, "/scopes/" + std::to_string(i), "Your token has not this scope itself.");
}

Decision create_token(Deciding& deciding, const command::Create& create) {
  namespace t = field::token;
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::token, create.fields);
  check_scopes(deciding, checked.plain);
  const std::string hash = text_in(checked.plain, t::hash);
  if (hash.empty()) deciding.faults.add(Code::required, "/hash");
  else if (deciding.state.token_by_hash.contains(hash)) deciding.faults.add(Code::id_taken, "/hash");
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain)});
  return deciding.outcome(create.object, true);
}

void check_team_removal(Deciding& deciding, const Uuid& team) {
  std::vector<Uuid> below;
  for (const auto& [id, other] : deciding.state.teams)
    if (other.parent == team && !other.is_deleted) below.push_back(id);
  if (below.empty()) return;
  std::ranges::sort(below);
  deciding.faults.add(Code::in_use, {}, "There are teams below this one.");
  deciding.faults.in_the_way(std::move(below));
}

void apply_account(ModelState& state, const Event& event) {
  namespace a = field::account;
  const Fields* fields = fields_in(event);
  if (!fields) return;
  for (const FieldChange& change : *fields) {
    const auto* number = std::get_if<std::int64_t>(&change.value);
    const auto* text = std::get_if<std::string>(&change.value);
    const bool on = number && *number != 0;
    Account& account = state.account;
    switch (change.field) {
      case a::currency: account.currency = text ? *text : std::string(); break;
      case a::time_zone: account.calendar = text ? Calendar::find(*text) : std::nullopt; break;
      case a::sources_on: account.sources_on = on; break;
      case a::source_inheritance_on: account.source_inheritance_on = on; break;
      case a::client_required: account.client_required = on; break;
      case a::reason_required: account.reason_required = on; break;
      case a::costs_on: account.costs_on = on; break;
      case a::realised_on: account.realised_on = on; break;
      case a::default_visibility: account.default_visibility = on ? Visibility::public_ : Visibility::private_; break;
      default: break;
    }
  }
}

void apply_user(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  namespace u = field::user;
  const auto found = state.users.find(envelope.object.id);
  if (found == state.users.end()) return;
  User& user = found->second;
  if (const Fields* fields = fields_in(event))
    for (const FieldChange& change : *fields) {
      const auto* number = std::get_if<std::int64_t>(&change.value);
      if (change.field == u::role && number) user.role = static_cast<Role>(*number);
      if (change.field == u::is_suspended) user.is_suspended = number && *number != 0;
      if (change.field == u::team_ids && std::holds_alternative<event::Edited>(event)) user.teams_since = envelope.effective_at;
      if (change.field == u::team_ids) {
        const auto* ids = std::get_if<std::vector<Uuid>>(&change.value);
        user.teams = ids ? *ids : std::vector<Uuid>{};
      }
    }
  if (std::holds_alternative<event::PasswordChanged>(event)) user.password_hash = text_in(personal, u::password_hash);
  if (const auto* read = std::get_if<event::NotificationsRead>(&event)) user.notifications_read = read->up_to;
  if (const auto* asked = std::get_if<event::AccessRequested>(&event)) {
    constexpr std::int64_t kept_ms = 86'400'000;   // of a day; access.cpp asks no further back
    std::erase_if(user.access_asked, [&](const auto& each) { return envelope.recorded_at.ms - each.second.ms >= kept_ms; });
    user.access_asked[asked->deal] = envelope.recorded_at;
  }
  if (find_value(personal, u::email)) {
    const std::string email = address_in(text_in(personal, u::email));
    rename(state.user_by_email, user.email, found->first, &email);
  }
}

void apply_team(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.teams.find(envelope.object.id);
  if (found == state.teams.end()) return;
  Team& team = found->second;
  if (const Fields* fields = fields_in(event)) {
    if (find_value(*fields, field::team::parent_id)) team.parent = id_in(*fields, field::team::parent_id);
    if (const std::string name = text_in(*fields, field::team::name); !name.empty()) rename(state.team_by_name, team.name, found->first, &name);
  }
  const std::string held = team.name;  // a deleted name is free again
  if (std::holds_alternative<event::Deleted>(event)) state.team_by_name.erase(held);
  if (std::holds_alternative<event::Restored>(event)) rename(state.team_by_name, team.name, found->first, &held);
}

}  // namespace dealog
