// The account itself and its access tokens (SPEC ACC-1, ACC-7).

#include <boost/json/object.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/decode.h"
#include "api/etag.h"
#include "api/execute.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/scopes.h"

namespace dealog::api {
namespace {

Currency currency_of(const Account& account) { return parse_currency(account.world()->currency()).value_or(Currency{}); }

asio::awaitable<Response> show_account(Call& call) {
  std::function<Response(const Question&)> answer = [&call](const Question& question) {
    return answer_object(call, question, {Kind::account, call.principal->account->id()});
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

asio::awaitable<Response> edit_account(Call& call) {
  const Account& account = *call.principal->account;
  const auto body = parse_object(call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  const FieldRules rules{.mode = Mode::patch, .currency = currency_of(account)};
  command::Edit edit{.object = {Kind::account, account.id()}, .fields = decode_fields(Kind::account, *body, rules, call.faults)};
  Command command = std::move(edit);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

void check_scopes(const Fields& fields, const Routes& routes, Faults& faults) {
  const FieldChange* given = nullptr;
  for (const FieldChange& change : fields)
    if (change.field == field::token::scopes) given = &change;
  const auto* names = given ? std::get_if<std::vector<std::string>>(&given->value) : nullptr;
  if (!names) return;
  const auto known = scopes_of(routes);
  std::string all;
  for (const std::string_view scope : known) (all += all.empty() ? "" : ", ") += scope;
  for (std::size_t i = 0; i < names->size(); ++i)
    if (std::ranges::find(known, (*names)[i]) == known.end())
      faults.impossible(pointer_to("/scopes", i), "invalid", "There is no such scope; there are: " + all + ".");
}

// The secret stands in this answer and nowhere else: only its hash is kept, so a repeated key cannot show it again.
asio::awaitable<Response> create_token(Call& call) {
  const Principal& who = *call.principal;
  CreateRequest wanted = decode_create(Kind::token, call.request.body, currency_of(*who.account), call.faults);
  check_scopes(wanted.command.fields, call.app->routes(), call.faults);
  if (wanted.command.object.id.is_nil()) wanted.command.object.id = call.app->new_id();
  const std::string secret = make_token(who.account->slug());
  wanted.command.fields.push_back({field::token::hash, token_hash(secret)});
  Command command = std::move(wanted.command);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  Response response = co_await std::move(executed);
  if (response.status == 201 && response.header("Idempotent-Replayed").empty() && !response.body.empty()) {
    response.body.pop_back();
    response.body += ",\"token\":\"" + secret + "\"}";
    response.headers.emplace_back("Cache-Control", "no-store");
  }
  co_return response;
}

asio::awaitable<Response> revoke_token(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Command command = command::Delete{ObjectRef{Kind::token, *id}};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

}  // namespace

void add_account_routes(Routes& routes) {
  add_history_routes(routes, Kind::account, "Account");
  routes.add({.method = Method::get, .path = "/v1/account", .operation_id = "getAccount", .tag = "account",
              .summary = "Show the account's settings", .shape = Shape::query,
              .answers = {{200, "The settings", object_schema(Kind::account)}}, .handler = &show_account});
  routes.add({.method = Method::patch, .path = "/v1/account", .operation_id = "editAccount", .tag = "account",
              .summary = "Edit the account's settings (JSON merge patch)", .shape = Shape::command, .rights = administrators,
              .body = fields_schema(Kind::account, Mode::patch), .body_type = "application/merge-patch+json",
              .answers = {{200, "The settings after the edit", object_schema(Kind::account)}}, .handler = &edit_account});
  routes.add({.method = Method::post, .path = "/v1/tokens", .operation_id = "createToken", .tag = "tokens",
              .summary = "Create an access token; its secret is shown this once", .shape = Shape::command,
              .rights = administrators, .body = create_schema(Kind::token),
              .answers = {{201, "The token, with its secret", object_schema(Kind::token, {{"token", plain_schema("string")}})}},
              .refusals = {Code::unknown_reference, Code::id_taken}, .handler = &create_token});
  routes.add({.method = Method::delete_, .path = "/v1/tokens/{id}", .operation_id = "revokeToken", .tag = "tokens",
              .summary = "Revoke a token: it is refused from now on", .shape = Shape::command, .rights = administrators,
              .answers = {{200, "The revoked token", object_schema(Kind::token)}}, .problems = {404}, .handler = &revoke_token});
}

}  // namespace dealog::api
