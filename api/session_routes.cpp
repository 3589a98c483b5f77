// Log-ins, sessions and passwords (SPEC ACC-7).
//
// What a refused log-in tells is the same whatever the reason, and takes the same time: an unknown account, an unknown or suspended
// user, one without a password and a wrong password all cost one hash. What is tried too often is 429 by what was sent alone.

#include <boost/asio/post.hpp>

#include "api/app.h"
#include "api/ask.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/log_ins.h"
#include "api/logging.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "domain/text.h"

namespace dealog::api {
namespace {

constexpr std::int64_t session_ms = std::int64_t{14} * 86'400'000;
constexpr std::size_t shortest_password = 10, longest_password = 1024;

struct LogInBody {
  std::string account, email, password;
  static constexpr std::string_view type_name = "LogIn";
  static constexpr auto describe() {
    return std::tuple{member("account", &LogInBody::account).length(1, 63).doc("The account's name, as in its tokens"),
                      member("email", &LogInBody::email).length(1, 254), member("password", &LogInBody::password).length(1, longest_password)};
  }
};

struct PasswordBody {
  std::string password;
  std::optional<std::string> old_password;
  static constexpr std::string_view type_name = "Password";
  static constexpr auto describe() {
    return std::tuple{member("password", &PasswordBody::password).length(shortest_password, longest_password),
                      member("old_password", &PasswordBody::old_password).length(1, longest_password).doc("The present one, to change one's own")};
  }
};

Response too_often(std::chrono::seconds wait) { return problem(Problem::too_many_requests, "This was tried too often.", wait); }
Response refused_log_in() { return problem(Problem::unauthenticated, "Account, e-mail or password are not right."); }
Response too_busy() { return problem(Problem::overloaded, "Too many log-ins are waiting."); }

// Whom the words name, as far as they name somebody.
struct NamedUser {
  std::shared_ptr<Account> account;
  Uuid user;
  std::string hash;    // of the password; empty: he cannot log in
};

NamedUser find_named(App& app, const LogInBody& body) {
  NamedUser named;
  try {
    named.account = app.account(body.account);
  } catch (const std::exception& error) {
    log(LogLevel::error, "an account does not open", {{"account", body.account}, {"error", std::string_view(error.what())}});
  }
  if (!named.account) return named;
  if (const auto user = named.account->writer().user_by_email(body.email)) {
    named.user = *user;
    named.hash = named.account->writer().password_of(*user);
  }
  return named;
}

// Behind the answer, so that how long it takes does not tell whether there is an account to write it to.
void note_refused(App& app, const NamedUser& named, std::string_view peer) {
  if (!named.account) return;
  asio::post(app.pool(), [account = named.account, user = named.user, at = app.now(), from = std::string(peer)] {
    try {
      account->access_log().append({.at = at, .user = user, .action = "log_in", .detail = "refused, from " + from});
    } catch (const std::exception& error) {
      log(LogLevel::error, "a refused log-in was not kept", {{"error", std::string_view(error.what())}});
    }
  });
}

Response session_made(Account& account, const Uuid& user, const std::string& token, Instant expires_at) {
  const auto setting = account.set_up();
  JsonWriter json;
  json.object().field("token", token).field("expires_at", expires_at).key("user");
  write_object(json, account.shown({Kind::user, user}, UINT32_MAX).view, *setting, {.reader = user}, std::nullopt);
  json.end();
  return created(std::move(json).text(), "/v1/sessions/current").with("Cache-Control", "no-store");
}

eventstore::Submission as_user(const Uuid& user, const Uuid& token, Command command) {
  eventstore::Submission submission{.command = std::move(command), .context = {}};
  submission.context.actor = user;
  submission.context.token = token;
  return submission;
}

asio::awaitable<Response> log_in(Call& call) {
  App& app = *call.app;
  LogIns& log_ins = app.log_ins();
  Faults faults;
  const auto body = decode<LogInBody>(call.request.body, faults);
  if (!body) co_return problem(faults);
  const std::string who = body->account + '\n' + normalised(body->email), peer(call.request.peer);
  if (const auto wait = log_ins.by_address.try_now(peer, app.now())) co_return too_often(*wait);
  if (const auto wait = log_ins.by_user.try_now(who, app.now())) co_return too_often(*wait);

  NamedUser named;
  std::function<Response()> find = [&] {
    named = find_named(app, *body);
    return Response{};
  };
  asio::awaitable<Response> found = on_pool(call, std::move(find));
  co_await std::move(found);
  asio::awaitable<std::optional<bool>> comparing = log_ins.hashing.fits(named.hash, body->password);
  const std::optional<bool> fits = co_await std::move(comparing);
  if (!fits) co_return too_busy();
  if (!*fits) {
    note_refused(app, named, peer);
    co_return refused_log_in();
  }

  const Uuid session = app.new_id();
  const std::string token = make_token(named.account->slug());
  const Instant expires_at{app.now().ms + session_ms};
  command::LogIn wish{.session = session, .user = named.user, .token_hash = token_hash(token), .expires_at = expires_at, .verified = named.hash};
  eventstore::Submission submission = as_user(named.user, session, std::move(wish));
  asio::awaitable<eventstore::Outcome> submitted = submit(named.account->writer(), std::move(submission));
  const eventstore::Outcome outcome = co_await std::move(submitted);
  if (const auto* trouble = std::get_if<eventstore::Trouble>(&outcome)) co_return problem(*trouble);
  if (std::holds_alternative<Refusal>(outcome)) {   // suspended, or another password, meanwhile
    note_refused(app, named, peer);
    co_return refused_log_in();
  }
  log_ins.by_address.forgive(peer, app.now());
  log_ins.by_user.forgive(who, app.now());

  if (Hashing::is_outdated(named.hash)) {
    asio::awaitable<std::optional<std::string>> hashing = log_ins.hashing.hash(body->password);
    const std::optional<std::string> anew = co_await std::move(hashing);
    if (anew) {
      command::SetPassword same{.user = named.user, .hash = *anew, .verified = named.hash, .is_rehash = true};
      eventstore::Submission rehash = as_user(named.user, session, std::move(same));
      asio::awaitable<eventstore::Outcome> rehashed = submit(named.account->writer(), std::move(rehash));
      co_await std::move(rehashed);   // refused or not: the log-in stands
    }
  }
  std::function<Response()> answer = [&] {
    named.account->access_log().append({.at = app.now(), .user = named.user, .token = session, .action = "log_in", .detail = "from " + peer});
    return session_made(*named.account, named.user, token, expires_at);
  };
  asio::awaitable<Response> answered = on_pool(call, std::move(answer));
  Response response = co_await std::move(answered);
  response.headers.emplace_back("Log-Position", std::to_string(std::get<eventstore::Accepted>(outcome).position));
  co_return response;
}

// ---- one's own sessions

Response own_sessions(const Call& call, const Question& question) {
  const Principal& who = *call.principal;
  Faults faults;
  for (const auto& [name, value] : question.parameters) faults.unknown_parameter(name);
  if (!faults.empty()) return problem(faults);
  const projections::World& world = *question.world;
  const projections::Table& tokens = world.table(Kind::token);
  const projections::Handle user = world.handle(who.user);
  constexpr projections::Handle is_true = 2;
  namespace t = field::token;
  JsonWriter json;
  json.object().key("data").array();
  for (projections::Row row = 0; row < tokens.rows(); ++row) {
    const bool is_own = tokens.handles(t::user_id)[row] == user && tokens.handles(t::is_session)[row] == is_true && tokens.presence()[row] == 1;
    const Instant expires_at{tokens.numbers(t::expires_at)[row]};
    if (!is_own || expires_at <= question.asked.now) continue;
    const Uuid id = world.id(tokens.self()[row]);
    json.object().field("id", id).field("created_at", Instant{tokens.numbers(field::created_at)[row]}).field("expires_at", expires_at);
    json.field("is_current", id == who.token).end();
  }
  json.end().key("page").object().key("next_cursor").null().field("has_more", false).end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> list_sessions(Call& call) {
  std::function<Response(const Question&)> answer = [&call](const Question& question) { return own_sessions(call, question); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

asio::awaitable<Response> end_session(Call& call, Uuid session) {
  Render nothing = [](Account&, const eventstore::Accepted&) { return no_content(); };
  Command command = command::LogOut{session};
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(nothing));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> end_current(Call& call) { return end_session(call, call.principal->token); }

asio::awaitable<Response> end_by_id(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  asio::awaitable<Response> ended = end_session(call, *id);
  co_return co_await std::move(ended);
}

// ---- passwords

// Also of a body in which something else is wrong: all faults come at once.
bool lacks(std::string_view body, std::string_view member) {
  Faults unread;   // what cannot be read is told by who decodes it
  const auto object = parse_object(body, unread);
  const json::value* value = object ? object->if_contains(member) : nullptr;
  return object && (value == nullptr || value->is_null());
}

asio::awaitable<Response> set_password(Call& call) {
  const auto id = call.id(0);
  const Principal& who = *call.principal;
  eventstore::Writer& writer = who.account->writer();
  if (!id || !writer.may_see(who.user, {Kind::user, *id})) co_return problem(Problem::not_found);
  const bool is_own = *id == who.user;
  if (!is_own && who.role != Role::administrator) co_return problem(Problem::forbidden, "Administrators reset the passwords of others.");
  Faults faults;
  const auto body = decode<PasswordBody>(call.request.body, faults);
  const std::string held = is_own ? writer.password_of(who.user) : std::string();
  if (!held.empty() && lacks(call.request.body, "old_password")) faults.required("/old_password");
  if (!faults.empty()) co_return problem(faults);

  App& app = *call.app;
  LogIns& log_ins = app.log_ins();
  command::SetPassword wish{.user = *id};
  if (!held.empty()) {
    const std::string key = to_string(who.account->id()) + to_string(who.user);
    if (const auto wait = log_ins.by_user.try_now(key, app.now())) co_return too_often(*wait);
    asio::awaitable<std::optional<bool>> comparing = log_ins.hashing.fits(held, *body->old_password);
    const std::optional<bool> fits = co_await std::move(comparing);
    if (!fits) co_return too_busy();
    if (*fits) {
      wish.verified = held;
      log_ins.by_user.forgive(key, app.now());
    }
  }
  asio::awaitable<std::optional<std::string>> hashing = log_ins.hashing.hash(body->password);
  std::optional<std::string> hash = co_await std::move(hashing);
  if (!hash) co_return too_busy();
  wish.hash = std::move(*hash);
  Command command = std::move(wish);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

}  // namespace

void add_session_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/sessions", .operation_id = "logIn", .tag = "sessions",
              .summary = "Log in by e-mail and password", .doc = "The token is used like any other, until it expires or the session is ended.",
              .rights = anyone, .body = schema<LogInBody>(),
              .answers = {{201, "The session", json_schema("Session", R"({"type":"object","required":["token","expires_at","user"],"properties":{
                "token":{"type":"string"},"expires_at":{"type":"string","format":"date-time"},"user":{"type":"object"}}})")}},
              .problems = {401, 429}, .handler = &log_in});
  routes.add(exported({.method = Method::get, .path = "/v1/sessions", .operation_id = "listSessions", .tag = "sessions",
              .summary = "Your own sessions that go on", .shape = Shape::query,
              .answers = {{200, "All of them", json_schema("Sessions", R"({"type":"object","required":["data","page"],"properties":{
                "data":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},
                  "created_at":{"type":"string","format":"date-time"},"expires_at":{"type":"string","format":"date-time"},
                  "is_current":{"type":"boolean"}}}},
                "page":{"$ref":"#/components/schemas/Page"}}})")}},
              .handler = &list_sessions}));
  routes.add({.method = Method::delete_, .path = "/v1/sessions/current", .operation_id = "logOut", .tag = "sessions",
              .summary = "End the session that asks", .shape = Shape::command, .answers = {{204, "It is over"}}, .problems = {404}, .handler = &end_current});
  routes.add({.method = Method::delete_, .path = "/v1/sessions/{id}", .operation_id = "endSession", .tag = "sessions",
              .summary = "End one of your sessions", .shape = Shape::command, .answers = {{204, "It is over"}}, .problems = {404}, .handler = &end_by_id});
  routes.add({.method = Method::put, .path = "/v1/users/{id}/password", .operation_id = "setPassword", .tag = "sessions",
              .summary = "Change your password, or as an administrator reset another's", .doc = "The user's other sessions end.",
              .shape = Shape::command, .body = schema<PasswordBody>(),
              .answers = {{200, "The user", object_schema(Kind::user)}}, .problems = {404, 429}, .refusals = {Code::wrong_password},
              .secret_body = true, .handler = &set_password});
}

}  // namespace dealog::api
