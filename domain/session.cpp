#include "domain/session.h"

#include <algorithm>

namespace dealog {
namespace {

namespace tk = field::token;

constexpr std::size_t most_sessions = 50;  // of a user; the oldest gives way

bool is_over(const Token& token, Instant now) { return token.is_deleted || (token.expires_at && *token.expires_at <= now); }

// Nobody asks by its hash any more, and it is on no list.
void forget(ModelState& state, const Uuid& id, Token& token) {
  state.token_by_hash.erase(token.hash);
  token.hash.clear();
  if (const auto listed = state.sessions_of.find(token.user); listed != state.sessions_of.end()) std::erase(listed->second, id);
}

bool is_yes(const Fields& fields, std::uint16_t field) {
  const Value* value = find_value(fields, field);
  return value && *value == Value{std::int64_t{1}};
}

}  // namespace

void end_sessions(Deciding& deciding, const Uuid& user, const Uuid& spared, std::uint32_t cause) {
  const auto listed = deciding.state.sessions_of.find(user);
  if (listed == deciding.state.sessions_of.end()) return;
  for (const Uuid& session : listed->second)
    if (session != spared && !is_over(deciding.state.tokens.at(session), deciding.context.now))
      deciding.add({Kind::token, session}, event::Deleted{}, std::nullopt, cause);
}

Decision set_password(Deciding& deciding, const command::SetPassword& set) {
  const ObjectRef object{Kind::user, set.user};
  const ModelState& state = deciding.state;
  const User& user = state.users.at(set.user);
  const bool is_own = deciding.actor == set.user, is_system = deciding.actor.is_nil();
  if (!is_own && !is_system && state.users.at(deciding.actor).role != Role::administrator) return refusal(Code::forbidden);
  // A password opens everything that the user may.
  if (const Token* token = find_in(state.tokens, deciding.context.token); token && !token->scopes.empty())
    return refusal(Code::forbidden, {}, "A token that is limited to scopes sets no passwords.");
  if ((is_own || set.is_rehash) && set.verified != user.password_hash) deciding.faults.add(Code::wrong_password, "/old_password");

  const std::uint32_t changed = deciding.add(object, event::PasswordChanged{.was_reset = !is_own, .was_rehashed = set.is_rehash}, std::nullopt,
                                             std::nullopt, {{field::user::password_hash, set.hash}});
  if (!set.is_rehash) end_sessions(deciding, set.user, deciding.context.token, changed);
  return deciding.outcome(object);
}

Decision log_in(Deciding& deciding, const command::LogIn& log_in) {
  const ObjectRef object{Kind::token, log_in.session};
  const ModelState& state = deciding.state;
  const User* user = find_in(state.users, log_in.user);
  if (!user || user->password_hash.empty() || log_in.verified != user->password_hash || state.find(object)) return refusal(Code::forbidden);

  Fields fields{{tk::name, std::string("session")}, {tk::user_id, log_in.user}, {tk::hash, log_in.token_hash},
                {tk::expires_at, log_in.expires_at.ms}, {tk::is_session, std::int64_t{1}}};
  const std::uint32_t made = deciding.add(object, event::Created{.fields = std::move(fields)});
  if (const auto listed = state.sessions_of.find(log_in.user); listed != state.sessions_of.end() && listed->second.size() >= most_sessions)
    deciding.add({Kind::token, listed->second.front()}, event::Deleted{}, std::nullopt, made);
  return deciding.outcome(object, true);
}

Decision log_out(Deciding& deciding, const command::LogOut& log_out) {
  const ObjectRef object{Kind::token, log_out.session};
  const Token& token = deciding.state.tokens.at(log_out.session);
  if (!token.is_session || token.user != deciding.actor) return refusal(Code::not_found);
  if (!token.is_deleted) deciding.add(object, event::Deleted{});
  return deciding.outcome(object);
}

void apply_token(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.tokens.find(envelope.object.id);
  if (found == state.tokens.end()) return;
  Token& token = found->second;
  if (std::holds_alternative<event::Deleted>(event)) return forget(state, found->first, token);
  const auto* created = std::get_if<event::Created>(&event);
  if (!created) return;
  token.user = id_in(created->fields, tk::user_id);
  token.hash = text_in(created->fields, tk::hash);
  token.read_only = is_yes(created->fields, tk::read_only);
  token.is_session = is_yes(created->fields, tk::is_session);
  if (const Value* scopes = find_value(created->fields, tk::scopes))
    if (const auto* names = std::get_if<std::vector<std::string>>(scopes)) token.scopes = *names;
  if (const Value* expires = find_value(created->fields, tk::expires_at))
    if (const auto* ms = std::get_if<std::int64_t>(expires)) token.expires_at = Instant{*ms};
  state.token_by_hash[token.hash] = found->first;
  if (!token.is_session) return;

  std::vector<Uuid>& sessions = state.sessions_of[token.user];
  const std::vector<Uuid> before = sessions;
  for (const Uuid& earlier : before)
    if (Token& held = state.tokens.at(earlier); is_over(held, envelope.recorded_at)) forget(state, earlier, held);
  sessions.push_back(found->first);
}

}  // namespace dealog
