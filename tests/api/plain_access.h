#pragma once
// Tokens, sessions and passwords, who is in which team, and what was read of what users are told, in the plain model
// [SPEC ACC-3, ACC-7, ACT-5].

#include "tests/api/plain_boards.h"

namespace dealog::test::plain {

class Access : public Boards {
 public:
  // ---- Who asks. Nothing: the token opens this; else 401 or 403, without more words.
  std::optional<Verdict> closed_to(const Id& token, Ms now, const std::string& scope) const {
    const Token& with = tokens.at(token);
    if (with.is_deleted || is_over(with, now) || users.at(with.user).is_suspended) return Verdict{401, {}};
    if (with.read_only || (!with.scopes.empty() && std::ranges::find(with.scopes, scope) == with.scopes.end())) return Verdict{403, {}};
    return std::nullopt;
  }
  // What a token may be limited to, by the collections whose commands that are.
  static const std::map<std::string, std::vector<std::string>>& scopes() {
    static const std::map<std::string, std::vector<std::string>> all{
        {"access-requests", {"access-requests"}}, {"activities", {"emails", "files", "notes", "spaces", "tasks"}}, {"contacts", {"companies", "persons"}},
        {"deals", {"deals"}}, {"leads", {"leads"}}, {"notifications", {"notifications"}}, {"people", {"teams", "users"}}, {"scorecards", {"scorecards"}},
        {"sessions", {"sessions"}}, {"setup", {"account", "close-reasons", "contact-groups", "cost-categories", "custom-fields", "deal-groups", "exchange-rates", "lead-stages", "processes",
                                               "product-categories", "products", "saved-filters", "sources", "tags", "task-types"}},
        {"tokens", {"tokens"}}, {"undo", {"undo"}}};
    return all;
  }
  static std::string scope_of(const std::string& target) {
    const std::string rest = target.substr(std::string("/v1/").size()), collection = rest.substr(0, rest.find_first_of("/?"));
    if (target.ends_with("/password")) return "sessions";
    for (const auto& [scope, collections] : scopes())
      if (std::ranges::find(collections, collection) != collections.end()) return scope;
    return collection;
  }

  // ---- Tokens: made and revoked by administrators. A limited one makes none that can do more.
  Verdict create_token(const Id& user, const Id& with, const Id& id, const Token& wish) {
    if (auto no = may_administer(user)) return *no;
    Faults faults;
    const std::vector<std::string>& own = tokens.at(with).scopes;
    if (!users.contains(wish.user)) faults.impossible("/user_id", "unknown_reference");
    if (!own.empty() && wish.scopes.empty()) faults.forbidden("/scopes");
    for (std::size_t i = 0; i < wish.scopes.size(); ++i) {
      const std::string at = "/scopes/" + std::to_string(i);
      if (!scopes().contains(wish.scopes[i])) {
        faults.impossible(at, "invalid");
        continue;   // no more to say of what is no word
      }
      if (std::find(wish.scopes.begin(), wish.scopes.begin() + static_cast<std::ptrdiff_t>(i), wish.scopes[i]) != wish.scopes.begin() + static_cast<std::ptrdiff_t>(i)) faults.impossible(at, "duplicate");
      if (!own.empty() && std::ranges::find(own, wish.scopes[i]) == own.end()) faults.forbidden(at);
    }
    if (faults.any()) return faults.verdict();
    tokens[id] = wish;
    born(tokens.at(id), user, 0);
    return {201, {}};
  }
  Verdict revoke_token(const Id& user, const Id& id) {
    if (auto no = may_administer(user)) return *no;
    return tokens.contains(id) ? flip(tokens.at(id), true) : Verdict{404, {" not_found"}};
  }

  // ---- Passwords: one's own with the old one, anybody's by administrators. The user's other sessions end.
  Verdict set_password(const Id& user, const Id& with, Ms now, const Id& id, const std::string& wanted, const std::optional<std::string>& old) {
    if (!users.contains(id)) return {404, {}};
    const bool is_own = id == user;
    if (!is_own && !is_administrator(user)) return {403, {}};
    User& whose = users.at(id);
    const bool needs_old = is_own && !whose.password.empty();
    Faults faults;
    if (wanted.size() < 10) faults.impossible("/password", "too_short");
    if (needs_old && !old) faults.impossible("/old_password", "required");
    if (faults.any()) return faults.verdict();
    if (!tokens.at(with).scopes.empty()) return {403, {" forbidden"}};   // a password opens everything
    if (needs_old && *old != whose.password) return {409, {"/old_password wrong_password"}};
    if (whose.is_erased) return {409, {" erased"}};
    whose.password = wanted;
    ++whose.version;
    end_sessions(id, now, is_own ? with : Id());
    return {};
  }

  // ---- Sessions, of 14 days. `made`: what the new one is to be called. Whatever is wrong, no more is said than that.
  Verdict log_in(Ms now, const Id& made, const std::string& account, const std::string& email, const std::string& password) {
    constexpr Ms life = Ms{14} * 86'400'000;
    if (account != "acme" || password.empty()) return {401, {}};
    for (const auto& [id, user] : users) {
      if (user.email != key(email) || user.is_suspended || user.password != password) continue;
      Token& session = tokens[made];
      born(session, id, 0);
      session.name = "session";
      session.user = id;
      session.expires_at = now + life;
      session.is_session = true;
      return {201, {}};
    }
    return {401, {}};
  }
  // One's own.
  Verdict end_session(const Id& user, const Id& id) {
    if (!tokens.contains(id) || !tokens.at(id).is_session || tokens.at(id).user != user) return {404, {" not_found"}};
    flip(tokens.at(id), true);
    return {204, {}};
  }
  std::set<Id> sessions_of(const Id& user, Ms now) const {
    std::set<Id> ids;
    for (const auto& [id, token] : tokens)
      if (token.is_session && token.user == user && !token.is_deleted && !is_over(token, now)) ids.insert(id);
    return ids;
  }

  // ---- Teams: who is in which, from when on [GEN-6]. `renames`: he is called so besides, which is of now.
  Verdict put_into_teams(const Id& user, Ms now, const Id& id, const std::vector<Id>& wanted, std::optional<Ms> when, const std::optional<std::string>& renames) {
    if (auto no = may_administer(user)) return *no;
    User& whose = users.at(id);
    Faults faults;
    const bool changes = wanted.size() != whose.teams.size() || !same_set(wanted, whose.teams);
    Ms at = now;
    if (renames && when) faults.impossible("/effective_at", "not_past_capable");
    else if (!renames) at = moment(faults, now, when);
    if (renames && whose.is_erased) faults.not_now("/name", "erased");
    if (changes) check_named(faults, teams, wanted, "/team_ids");
    if (changes && at < whose.teams_since) faults.not_now("/effective_at", "effective_before_last_event");
    if (faults.any()) return faults.verdict();
    const bool is_renamed = renames && *renames != whose.name;
    if (renames) whose.name = *renames;
    if (changes) {
      whose.teams = wanted;
      whose.teams_since = at;
    }
    whose.version += changes || is_renamed ? 1 : 0;
    return {};
  }

  // ---- What users are told.

  // All that was told since the log was last looked at came by then.
  void told_by(std::int64_t position) {
    for (auto notice = notices.rbegin(); notice != notices.rend() && notice->position == 0; ++notice) notice->position = position;
  }
  Verdict read_notifications(const Id& user, std::int64_t up_to, std::int64_t head) {
    if (up_to > head) return {422, {"/up_to out_of_range"}};
    User& reader = users.at(user);
    reader.version += up_to > reader.read_up_to ? 1 : 0;
    reader.read_up_to = std::max(reader.read_up_to, up_to);
    return {};
  }
  // Newest first, as far as he may see the deals now.
  std::vector<Notice> inbox(const Id& user) const {
    std::vector<Notice> seen;
    for (auto notice = notices.rbegin(); notice != notices.rend(); ++notice) {
      const Deal& deal = deals.at(notice->deal);
      if (notice->to.contains(user) && !deal.is_deleted && sees(user, deal)) seen.push_back(*notice);
    }
    return seen;
  }

 private:
  static bool is_over(const Token& token, Ms now) { return token.expires_at && *token.expires_at <= now; }
};

}  // namespace dealog::test::plain
