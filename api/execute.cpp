#include "api/execute.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/encode.h"
#include "api/etag.h"
#include "api/mailbox.h"
#include "api/object.h"
#include "api/problem.h"

namespace dealog::api {
namespace {

using eventstore::Accepted;
using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Trouble;

constexpr std::size_t most_fresh_ids = 8;

eventstore::Hash16 hash_of(const eventstore::Keyring& keys, std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    all += std::to_string(part.size());   // lengths keep the parts apart
    all += ':';
    all += part;
  }
  return keys.keyed_hash(BytesView(reinterpret_cast<const std::uint8_t*>(all.data()), all.size()));
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 255 && std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

// The object as it was right after the command, the same for ever: from its own events up to that version, and from
// the set-up as it was then.
Response answer(Account& account, const Uuid& reader, const Accepted& accepted) {
  auto setting = accepted.rules == 0 ? account.set_up() : account.set_up(accepted.rules);
  Envelope newest;
  View view = object_at_version(account, *setting, accepted.object, accepted.version, newest);
  if (const auto then = set_up_then(account, newest.position, setting); then != setting) {
    setting = then;
    view = object_at_version(account, *setting, accepted.object, accepted.version, newest);
  }
  // A repeated answer of before it was made private says no more than one of today.
  Eyes eyes{.reader = reader};
  if (accepted.object.kind == Kind::note) eyes.is_private_now = account.shown(accepted.object, UINT32_MAX).view.number(field::note::is_private) != 0;
  JsonWriter json;
  json.reserve(1024);
  write_object(json, view, *setting, eyes, newest.effective_at);
  return accepted.created ? created(std::move(json).text(), location(accepted.object)) : ok(std::move(json).text());
}

}  // namespace

std::string location(ObjectRef object) {
  return "/v1/" + std::string(plural(object.kind)) + "/" + to_string(object.id);
}

// Set-up that changed since then is no part of an answer, the first time or repeated.
std::shared_ptr<const SetUp> set_up_then(Account& account, Position position, std::shared_ptr<const SetUp> setting) {
  if (account.writer().set_up_position() <= position || setting->position <= position) return setting;
  return std::make_shared<const SetUp>(set_up(*account.world()->at({.as_of = end_of_time, .known_at = position})));
}

asio::awaitable<Outcome> submit(eventstore::Writer& writer, Submission submission) {
  const auto start = [](auto handler, eventstore::Writer* to, Submission what) {
    auto waiting = waiting_for<Outcome>(std::move(handler));
    what.done = [waiting = std::move(waiting)](Outcome&& outcome) { waiting->resume(std::move(outcome)); };
    to->submit(std::move(what));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome)>(start, asio::use_awaitable, &writer,
                                                                           std::move(submission));
}

Response problem(Trouble what) {
  switch (what) {
    case Trouble::key_reused:
      return problem(Problem::key_reused, "This Idempotency-Key was used for another request.");
    case Trouble::overloaded: return problem(Problem::overloaded, "Too many commands are waiting.");
    case Trouble::outcome_unknown:
      return problem(Problem::outcome_unknown, "The write failed: repeat the command with the same Idempotency-Key later.");
    case Trouble::failed:
      return problem(Problem::unavailable, "An earlier write failed; commands are refused until the server is restarted.");
    case Trouble::reserve: return problem(Problem::disk_reserve, "The disk is nearly full; reading goes on.");
    case Trouble::closed: return problem(Problem::unavailable, "The server is stopping.");
  }
  return problem(Problem::internal);
}

Response problem(const Faults& faults, const Outcome& tried) {
  const auto* refused = std::get_if<Refusal>(&tried);
  return refused != nullptr ? problem(faults, *refused) : problem(faults);
}

asio::awaitable<Response> on_pool(Call& call, std::function<Response()> work) {
  const auto start = [](auto handler, asio::thread_pool* pool, std::function<Response()> what) {
    auto waiting = waiting_for<std::exception_ptr, Response>(std::move(handler));
    asio::post(*pool, [waiting = std::move(waiting), what = std::move(what)] {
      Response made;
      std::exception_ptr error;
      try {
        made = what();
      } catch (...) {
        error = std::current_exception();
      }
      waiting->resume(error, std::move(made));
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Response)>(
      start, asio::use_awaitable, &call.app->pool(), std::move(work));
}

std::optional<RequestKey> request_key(const Call& call, Response& refused, std::string_view part) {
  const Request& request = call.request;
  if (!request.has_header("Idempotency-Key")) return RequestKey{};
  if (call.route.secret_body) {
    refused = problem(Problem::bad_request, "This takes no Idempotency-Key: nothing of its body is kept.");
    return std::nullopt;
  }
  const std::string_view key = request.header("Idempotency-Key");
  if (!is_key(key)) {
    refused = problem(Problem::bad_request, "Idempotency-Key takes 1 to 255 visible ASCII characters.");
    return std::nullopt;
  }
  const eventstore::Keyring& keys = call.principal->account->keys();
  const std::string user = to_string(call.principal->user);
  RequestKey made;
  made.key = part.empty() ? hash_of(keys, {user, key}) : hash_of(keys, {user, key, part});
  made.request = hash_of(keys, {name(request.method), request.path, request.query, request.body, request.header("If-Match")});
  return made;
}

std::optional<Submission> prepare(Call& call, Command command, Uuid performed_by, Response& refused) {
  const Principal& who = *call.principal;
  const Request& request = call.request;

  Submission submission;
  submission.context.actor = who.user;
  submission.context.token = who.token;
  submission.context.performed_by = performed_by;
  // Imports bring closings of the past, which skip the mandatory check and say so [DEA-7]. The import is one that he began, so that
  // all of it can be taken back [DEA-9]: the model looks.
  if (request.has_header("Dealog-Import")) {
    const auto batch = parse_uuid(request.header("Dealog-Import"));
    if (!batch || batch->is_nil()) {
      refused = problem(Problem::bad_request, "Dealog-Import takes the id of an import that you began (POST /v1/imports).");
      return std::nullopt;
    }
    submission.context.batch = *batch;
    submission.context.is_import = who.role == Role::administrator || who.role == Role::manager;
  }
  submission.bulk = submission.context.is_import;   // people who wait go first

  const std::string_view if_match = request.header("If-Match");
  bool bad_version = false;
  submission.context.if_match = version_asked(if_match, bad_version);
  if (bad_version) {
    refused = problem(Problem::bad_request, "If-Match takes one version, such as \"3\", or *.");
    return std::nullopt;
  }

  const std::optional<RequestKey> keys = request_key(call, refused);
  if (!keys) return std::nullopt;
  submission.key = keys->key;
  submission.request = keys->request;
  // Verbs that touch one object make none on the way.
  const bool may_make = std::holds_alternative<command::Create>(command) ||
                        std::holds_alternative<command::CompleteAction>(command) ||
                        std::holds_alternative<command::SetDealLines>(command) || std::holds_alternative<command::SetDealCosts>(command) ||
                        std::holds_alternative<command::DefineProcess>(command) ||
                        std::holds_alternative<command::ConvertLead>(command) ||
                        std::holds_alternative<command::CreateScorecards>(command) || std::holds_alternative<command::CopyScorecard>(command) ||
                        std::holds_alternative<command::EditScorecard>(command) || std::holds_alternative<command::EditScorecardGroup>(command);
  if (may_make)
    for (std::size_t i = 0; i < most_fresh_ids; ++i) submission.context.fresh_ids.push_back(call.app->new_id());
  submission.command = std::move(command);
  return submission;
}

Response answer_to(Account& account, const Uuid& reader, const Accepted& accepted, bool minimal, const Render& render) {
  Response response;
  if (minimal) {
    response = no_content();
    if (accepted.created) response.headers.emplace_back("Location", location(accepted.object));
    response.headers.emplace_back("Preference-Applied", "return=minimal");
  } else {
    response = render ? render(account, accepted) : answer(account, reader, accepted);
  }
  response.headers.emplace_back("ETag", etag(accepted.version));
  response.headers.emplace_back("Log-Position", std::to_string(accepted.position));
  if (accepted.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

asio::awaitable<Response> execute(Call& call, Command command, Uuid performed_by, Render render) {
  Account& account = *call.principal->account;
  const Uuid reader = call.principal->user;
  if (call.faults.malformed()) co_return problem(call.faults);
  Response refused_request;
  std::optional<Submission> submission = prepare(call, std::move(command), performed_by, refused_request);
  if (!submission) co_return refused_request;
  submission->dry_run = !call.faults.empty();
  if (call.prepared != nullptr) {
    *call.prepared = std::make_shared<Submission>(std::move(*submission));
    co_return no_content();
  }

  asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(*submission));
  const Outcome outcome = co_await std::move(submitted);
  if (!call.faults.empty()) co_return problem(call.faults, outcome);
  if (const auto* refused = std::get_if<Refusal>(&outcome)) co_return problem(*refused);
  if (const auto* what = std::get_if<Trouble>(&outcome)) co_return problem(*what);
  const Accepted accepted = std::get<Accepted>(outcome);

  // Without a body there is nothing to read: no need of the pool.
  const bool is_minimal = !render && call.request.header("Prefer").find("return=minimal") != std::string_view::npos;
  if (is_minimal) co_return answer_to(account, reader, accepted, true, {});
  std::function<Response()> work = [&account, reader, accepted, render = std::move(render)] { return answer_to(account, reader, accepted, false, render); };
  asio::awaitable<Response> rendered = on_pool(call, std::move(work));
  co_return co_await std::move(rendered);
}

}  // namespace dealog::api
