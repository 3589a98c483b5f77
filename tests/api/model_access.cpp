// Random deeds on tokens, sessions and passwords, on who is in which team, and on what users are told [SPEC ACC-3, ACC-7, ACT-5].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

constexpr Ms access_day = 86'400'000;

Deed alone(Deed deed) {
  deed.in_bulk = false;
  deed.is_remembered = false;                  // secrets are kept for nobody
  return deed;
}

// ---- Tokens.

Deed create_token(Life& l) {
  static constexpr const char* scopes[] = {"deals", "deals", "leads", "activities", "contacts", "setup", "people", "tokens", "sessions", "scorecards"};
  const Id id = l.next_id(), user = l.user();
  plain::Token wish;
  wish.name = l.name();
  wish.user = l.once_in(25) ? l.nowhere() : l.colleague();
  json::object body{{"id", id}, {"name", wish.name}, {"user_id", wish.user}};
  if (l.once_in(2)) body["expires_at"] = to_string(Instant{*(wish.expires_at = l.now() + l.below(6 * access_day) - access_day)});
  if (l.once_in(3)) body["read_only"] = wish.read_only = l.once_in(2);
  if (l.once_in(2)) {
    for (Ms n = l.below(5); n > 0; --n) wish.scopes.emplace_back(scopes[l.below(10)]);
    if (l.once_in(20)) wish.scopes.emplace_back("everything");
    body["scopes"] = list(wish.scopes);
  }
  return alone(deed("POST", "/v1/tokens", body, [&l, user, id, wish] { return l.crm.create_token(user, l.token(), id, wish); },
                    [&l, id, answers = l.answers(l.crm.tokens, id)](const json::value& answer) {
                      answers(answer);
                      l.learn_token(id, std::string(answer.at("token").as_string()));
                    }));
}
// What everybody has had from the beginning stays.
Id any_other_token(Life& l) {
  std::vector<Id> ids;
  for (const auto& [id, token] : l.crm.tokens)
    if (!l.has_always_been(id) && (!token.is_deleted || l.once_in(4))) ids.push_back(id);
  return ids.empty() || l.once_in(30) ? l.nowhere() : ids[static_cast<std::size_t>(l.below(static_cast<Ms>(ids.size())))];
}
Deed revoke_token(Life& l) {
  const Id id = any_other_token(l), user = l.user();
  Deed made = deed("DELETE", "/v1/tokens/" + id, nullptr, [&l, user, id] { return l.crm.revoke_token(user, id); }, l.answers(l.crm.tokens, id));
  made.in_bulk = false;
  return made;
}

// ---- Sessions and passwords. Hashing takes its time on purpose: they are rare.

std::string any_password(Life& l) { return "correct horse battery " + std::to_string(l.below(3)); }

// Dealog made the session's id: it is the one that asks.
void learn_session(Life& l, const Id& unknown, const json::value& answer) {
  const std::string secret(answer.at("token").as_string());
  auto node = l.crm.tokens.extract(unknown);
  plain::Token& session = node.mapped();
  REQUIRE(answer.at("expires_at") == time_or_null(session.expires_at));
  REQUIRE(answer.at("user").at("id") == json::value(session.user));
  const Answer own = l.send(session.user, "GET", "/v1/sessions?min_position=" + std::to_string(l.head()), nullptr, {{"Authorization", "Bearer " + secret}});
  INFO(own.body);
  REQUIRE(own.status == 200);
  for (const json::value& each : own.at("/data").as_array())
    if (each.at("is_current").as_bool()) node.key() = std::string(each.at("id").as_string());
  REQUIRE(node.key() != unknown);
  l.learn_token(node.key(), secret);
  l.crm.tokens.insert(std::move(node));
}
Deed log_in(Life& l) {
  std::vector<Id> ids;   // who can
  for (const auto& [id, user] : l.crm.users)
    if (!user.password.empty()) ids.push_back(id);
  const Id who = ids.empty() || l.once_in(8) ? l.colleague() : ids[static_cast<std::size_t>(l.below(static_cast<Ms>(ids.size())))], unknown = l.next_id();
  const plain::User& user = l.crm.users.at(who);
  const std::string password = user.password.empty() || l.once_in(6) ? any_password(l) : user.password, account = l.once_in(20) ? "nowhere" : "acme";
  std::string email = user.email.empty() || l.once_in(20) ? "nobody@acme.example" : user.email;
  if (l.once_in(3)) email.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(email.front())));
  Deed made = alone(deed("POST", "/v1/sessions", {{"account", account}, {"email", email}, {"password", password}},
                         [&l, unknown, account, email, password] { return l.crm.log_in(l.now(), unknown, account, email, password); },
                         [&l, unknown](const json::value& answer) { learn_session(l, unknown, answer); }));
  made.is_public = true;
  return made;
}
Deed set_password(Life& l) {
  const Id user = l.user(), id = l.once_in(3) ? user : l.once_in(30) ? l.nowhere() : l.colleague();
  const std::string wanted = l.once_in(8) ? "too short" : any_password(l);
  std::optional<std::string> old;
  const auto whose = l.crm.users.find(id);
  if (whose != l.crm.users.end() && !whose->second.password.empty() && !l.once_in(4)) old = l.once_in(5) ? any_password(l) : whose->second.password;
  json::object body{{"password", wanted}};
  if (old) body["old_password"] = *old;
  return alone(deed("PUT", "/v1/users/" + id + "/password", body, [&l, user, id, wanted, old] { return l.crm.set_password(user, l.token(), l.now(), id, wanted, old); }, l.answers(l.crm.users, id)));
}
Deed end_session(Life& l) {
  const Id user = l.user();
  const std::set<Id> own = l.crm.sessions_of(user, l.now());
  if (l.once_in(3)) {
    Deed made = alone(deed("DELETE", "/v1/sessions/current", nullptr, [&l, user] { return l.crm.end_session(user, l.token()); }, [](const json::value&) {}));
    if (!own.empty() && !l.once_in(4)) made.token = *own.begin();
    return made;
  }
  const Id id = own.empty() || l.once_in(4) ? any_other_token(l) : *own.begin();
  return alone(deed("DELETE", "/v1/sessions/" + id, nullptr, [&l, user, id] { return l.crm.end_session(user, id); }, [](const json::value&) {}));
}

// ---- Teams.

Deed put_into_teams(Life& l) {
  const Id user = l.user(), id = l.colleague();
  std::vector<Id> wanted = l.some(l.crm.teams);
  if (l.once_in(20)) wanted.push_back(l.nowhere());
  if (l.once_in(6)) wanted = l.crm.users.at(id).teams;
  json::object body{{"team_ids", list(wanted)}};
  std::optional<std::string> renames;
  if (l.once_in(10)) body["name"] = *(renames = "Renamed " + std::to_string(l.below(3)));
  const auto when = l.sometimes_past();
  return deed("PATCH", "/v1/users/" + id, l.dated(body, when), [&l, user, id, wanted, when, renames] { return l.crm.put_into_teams(user, l.now(), id, wanted, when, renames); },
              l.answers(l.crm.users, id));
}

// ---- What was read: up to something that was told, or all there is.

Deed read_notifications(Life& l) {
  const Id user = l.user();
  const std::int64_t head = l.head();
  std::int64_t up_to = head;
  if (!l.crm.notices.empty() && l.once_in(2)) up_to = l.crm.notices[l.crm.notices.size() - 1 - static_cast<std::size_t>(l.below(std::min<Ms>(static_cast<Ms>(l.crm.notices.size()), 8)))].position;
  if (l.once_in(15)) up_to = head + 1'000'000'000;
  Deed made = deed("POST", "/v1/notifications/read", {{"up_to", up_to}}, [&l, user, up_to, head] { return l.crm.read_notifications(user, up_to, head); },
                   [&l, user](const json::value& answer) { REQUIRE(answer.at("read_up_to").to_number<std::int64_t>() == l.crm.users.at(user).read_up_to); });
  made.in_bulk = false;
  return made;
}

}  // namespace

std::optional<Deed> any_access_deed(Life& l) {
  const Ms what = l.below(40);
  if (what < 8) return read_notifications(l);
  if (what < 12) return end_session(l);
  if (what < 14) return log_in(l);
  l.prefer_administrator();
  if (what == 14) return set_password(l);
  if (what < 22) return create_token(l);
  return what < 26 ? revoke_token(l) : put_into_teams(l);
}

void look_at_inbox(Life& l, const Id& asker) {
  const plain::User& user = l.crm.users.at(asker);
  const std::vector<plain::Notice> expected = l.crm.inbox(asker);
  const Answer real = l.read(asker, "/v1/notifications?limit=1000");
  const json::array& told = real.at("/data").as_array();
  REQUIRE(told.size() == std::min<std::size_t>(expected.size(), 1000));
  for (std::size_t i = 0; i < told.size(); ++i) {
    const plain::Notice& notice = expected[i];
    INFO("notification " << i << ": " << json::serialize(told[i]));
    l.compare({{"deal_id", notice.deal}, {"by", notice.by}, {"action_id", id_or_null(notice.action)}, {"type", notice.action.empty() ? "access_requested" : "action_completed"},
               {"deal_name", l.crm.deals.at(notice.deal).name}, {"is_read", notice.position <= user.read_up_to}}, told[i]);
  }
  REQUIRE(real.number("/unread") == std::ranges::count_if(expected, [&](const plain::Notice& notice) { return notice.position > user.read_up_to; }));
}

void look_at_access(Life& l) {
  l.look("tokens", l.crm.tokens);
  for (const Id& id : l.doers()) {
    if (l.crm.users.at(id).is_suspended) continue;
    std::set<Id> real;
    const Answer own = l.read(id, "/v1/sessions");
    for (const json::value& each : own.at("/data").as_array()) {
      REQUIRE_FALSE(each.at("is_current").as_bool());   // he asks with another token
      real.emplace(each.at("id").as_string());
    }
    REQUIRE(real == l.crm.sessions_of(id, l.now()));
  }
  // A team's open deals are those of its members, as they are now.
  for (int n = 0; n < 3 && !l.crm.teams.empty(); ++n) {
    const Id team = l.any(l.crm.teams);
    std::set<Id> expected, real;
    for (const auto& [id, deal] : l.crm.deals)
      if (!deal.is_deleted && !deal.closing && l.crm.is_in_team(deal.owner, team)) expected.insert(id);
    const Answer listed = l.read(l.some_administrator(), "/v1/deals?status=open&fields=id&limit=1000&team_id=" + team);
    for (const json::value& each : listed.at("/data").as_array()) real.emplace(each.at("id").as_string());
    INFO("team " << team);
    REQUIRE(real == expected);
  }
}

}  // namespace dealog::test::model
