#include "api/bulk.h"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>

#include "api/app.h"
#include "api/encode.h"
#include "api/mailbox.h"
#include "api/problem.h"
#include "domain/codec.h"

namespace dealog::api {
namespace {

using eventstore::Accepted;
using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Together;
using eventstore::Trouble;
using eventstore::Writer;

// Submits all and resumes the caller when every one has its outcome. REQUIRES: not empty.
asio::awaitable<std::vector<Outcome>> submit_all(Writer& writer, std::vector<Submission> submissions) {
  const auto start = [](auto handler, Writer* to, std::vector<Submission> all) {
    struct Gathered {
      std::vector<Outcome> outcomes;
      std::atomic<std::size_t> left;
      explicit Gathered(std::size_t count) : outcomes(count), left(count) {}
    };
    const auto gathered = std::make_shared<Gathered>(all.size());
    const auto waiting = waiting_for<std::vector<Outcome>>(std::move(handler));
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].done = [waiting, gathered, i](Outcome&& outcome) {
        gathered->outcomes[i] = std::move(outcome);
        if (--gathered->left == 0) waiting->resume(std::move(gathered->outcomes));
      };
      to->submit(std::move(all[i]));
    }
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::vector<Outcome>)>(start, asio::use_awaitable, &writer,
                                                                                        std::move(submissions));
}

Submission beginning(const Call& whole, const BatchAsked& batch) {
  Submission first;
  first.command = batch.begin;
  first.context.actor = whole.principal->user;
  first.context.token = whole.principal->token;
  first.key = batch.key.key;
  first.request = batch.key.request;
  first.bulk = true;
  return first;
}

bool wants_little(const Call& whole) { return whole.request.header("Prefer").find("return=minimal") != std::string_view::npos; }

Response refused_by(const Outcome& outcome) {
  if (const auto* refused = std::get_if<Refusal>(&outcome)) return problem(*refused);
  return problem(std::get<Trouble>(outcome));
}

// Nothing: it was refused, by the decision or for what is wrong in its body.
const Accepted* accepted_in(const Part& part, const Outcome& outcome) {
  return part.faults.empty() ? std::get_if<Accepted>(&outcome) : nullptr;
}

Response refused_by(const Part& part, const Outcome& outcome) {
  return part.faults.empty() ? refused_by(outcome) : problem(part.faults, outcome);
}

asio::awaitable<Done> run_each(Call& whole, const BatchAsked& batch, std::vector<Part>& parts) {
  Account& account = *whole.principal->account;
  Done done;
  Submission first = beginning(whole, batch);
  asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(first));
  const Outcome begun = co_await std::move(submitted);
  if (!std::holds_alternative<Accepted>(begun)) {
    done.refused = refused_by(begun);
    co_return done;
  }
  done.replayed = std::get<Accepted>(begun).replayed;
  done.position = std::get<Accepted>(begun).position;

  std::vector<Submission> submissions;
  std::vector<Part*> submitted_parts;
  for (Part& part : parts) {
    if (!part.prepared) continue;
    submissions.push_back(std::move(*part.prepared));
    submitted_parts.push_back(&part);
  }
  if (submissions.empty()) co_return done;
  asio::awaitable<std::vector<Outcome>> all = submit_all(account.writer(), std::move(submissions));
  const std::vector<Outcome> outcomes = co_await std::move(all);

  const bool minimal = wants_little(whole);
  const Uuid reader = whole.principal->user;
  std::function<Response()> render = [&] {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Part& part = *submitted_parts[i];
      const Accepted* accepted = accepted_in(part, outcomes[i]);
      if (accepted) done.position = std::max(done.position, accepted->position);
      part.response = accepted ? answer_to(account, reader, *accepted, minimal) : refused_by(part, outcomes[i]);
    }
    return Response{};
  };
  asio::awaitable<Response> rendered = on_pool(whole, std::move(render));
  co_await std::move(rendered);
  co_return done;
}

// What a command would be answered with, as far as that is known before it is done.
Response tried(const Part& part, const Outcome& outcome) {
  const Accepted* accepted = accepted_in(part, outcome);
  return accepted ? Response{.status = accepted->created ? 201 : 200} : refused_by(part, outcome);
}

asio::awaitable<Done> run_together(Call& whole, const BatchAsked& batch, std::vector<Part>& parts, How how) {
  Account& account = *whole.principal->account;
  const bool all_sound = std::ranges::all_of(parts, [](const Part& part) { return part.prepared != nullptr && part.faults.empty(); });
  auto together = std::make_shared<Together>();
  // What cannot be done as a whole is still tried, so that all that is wrong is told at once.
  together->dry_run = how == How::dry_run || !all_sound;
  const Submission first = beginning(whole, batch);
  const bool is_recorded = how != How::dry_run;
  together->parts.push_back({first.command, first.context, is_recorded ? first.key : eventstore::Hash16{}, first.request});
  for (const Part& part : parts)
    if (part.prepared)
      together->parts.push_back({part.prepared->command, part.prepared->context, is_recorded ? part.prepared->key : eventstore::Hash16{},
                                 part.prepared->request, part.prepared->dry_run});
  Submission all;
  all.together = together;
  all.bulk = true;
  asio::awaitable<Outcome> submitted = submit(account.writer(), std::move(all));
  const Outcome outcome = co_await std::move(submitted);

  Done done;
  const auto* accepted = std::get_if<Accepted>(&outcome);
  const auto* refused = std::get_if<Refusal>(&outcome);
  if (std::holds_alternative<Trouble>(outcome)) {
    done.refused = refused_by(outcome);
    co_return done;
  }
  const bool is_done = accepted != nullptr && !together->dry_run;
  done.replayed = is_done && accepted->replayed;
  if (how == How::together && !is_done) done.refused = problem(refused ? *refused : refusal(Code::bulk_refused));
  const bool minimal = wants_little(whole);
  const Uuid reader = whole.principal->user;
  std::function<Response()> render = [&] {
    // Its beginning is its last event where nothing else happened.
    if (const auto* begun = is_done ? std::get_if<Accepted>(&together->came.front().outcome) : nullptr) done.position = begun->position;
    std::size_t next = 1;   // behind the beginning
    for (Part& part : parts) {
      if (!part.prepared) continue;
      const Together::Came& came = together->came[next++];
      const Accepted* one = accepted_in(part, came.outcome);
      if (one && is_done) done.position = std::max(done.position, one->position);
      part.response = one && is_done ? answer_to(account, reader, *one, minimal) : tried(part, came.outcome);
      for (const NewEvent& event : came.events) part.events.push_back(event_type(event.object.kind, event.event));
    }
    return Response{};
  };
  asio::awaitable<Response> rendered = on_pool(whole, std::move(render));
  co_await std::move(rendered);
  co_return done;
}

}  // namespace

asio::awaitable<void> prepare_part(Call& whole, Part& part) {
  const Routes::Match match = whole.app->routes().find(part.method, part.path);
  if (!match.route->rights.allow(whole.principal->role)) {
    part.response = problem(Problem::forbidden, "The role " + std::string(name(whole.principal->role)) + " may not do this.");
    co_return;
  }
  Request request;
  request.method = part.method;
  const std::string target = part.query.empty() ? part.path : part.path + "?" + part.query;
  request.target = target;
  request.path = part.path;
  request.query = part.query;
  request.parameters = parse_query(part.query).value_or(std::vector<std::pair<std::string, std::string>>());
  request.body = part.body;
  request.peer = whole.request.peer;
  request.request_id = whole.request.request_id;
  request.deadline = whole.request.deadline;
  if (!part.if_match.empty()) request.headers.emplace_back("If-Match", part.if_match);
  Call call{.request = request, .route = *match.route, .path = match.path_values, .app = whole.app, .principal = whole.principal,
            .prepared = &part.prepared};
  asio::awaitable<Response> handled = match.route->handler(call);
  Response response = co_await std::move(handled);
  if (!part.prepared) part.response = std::move(response);
  else part.faults = std::move(call.faults);
}

asio::awaitable<Done> run_parts(Call& whole, BatchAsked batch, std::vector<Part>& parts, How how) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].prepared) continue;
    Submission& submission = *parts[i].prepared;
    submission.bulk = true;
    submission.context.batch = batch.begin.id;
    if (batch.key.key == eventstore::Hash16{}) continue;
    const RequestKey key = part_key(whole, batch.part + std::to_string(i));
    submission.key = key.key;
    submission.request = key.request;
  }
  asio::awaitable<Done> running = how == How::each ? run_each(whole, batch, parts) : run_together(whole, batch, parts, how);
  co_return co_await std::move(running);
}

RequestKey part_key(const Call& call, std::string_view part) {
  Response unused;
  return *request_key(call, unused, part);
}

Submission beginning_of(const Call& call, const command::BeginBatch& begin, const RequestKey& key) {
  Submission submission;
  submission.command = begin;
  submission.context.actor = call.principal->user;
  submission.context.token = call.principal->token;
  submission.key = key.key;
  submission.request = key.request;
  return submission;
}

asio::awaitable<Outcome> look_for_end(Call& call, command::BeginBatch begin) {
  Submission end = beginning_of(call, begin, part_key(call, end_part));
  // As part of what was never begun nothing can be done, but what was done is known by its key.
  end.context.batch = call.app->new_id();
  asio::awaitable<Outcome> asked = submit(call.principal->account->writer(), std::move(end));
  co_return co_await std::move(asked);
}

Uuid batch_id(const Call& call, const RequestKey& key) {
  if (key.key == eventstore::Hash16{}) return call.app->new_id();
  return derived_uuid("batch", std::string_view(reinterpret_cast<const char*>(key.key.data()), key.key.size()));
}

void write_items(JsonWriter& json, const std::vector<Part>& parts, How how) {
  json.array();
  for (const Part& part : parts) {
    const Response& response = part.response;
    json.object().field("status", response.status);
    if (!part.target.is_nil()) json.field("id", part.target);
    for (const auto& [header, member] : {std::pair("ETag", "etag"), std::pair("Location", "location")})
      if (const std::string_view value = response.header(header); !value.empty()) json.field(member, value);
    if (how == How::dry_run && response.status < 300) {
      json.key("events").array();
      for (const std::string& type : part.events) json.value(type);
      json.end();
    }
    if (!response.body.empty()) json.key("body").raw(response.body);
    json.end();
  }
  json.end();
}

void add_member(Response& response, std::string_view name, std::string_view json) {
  response.body.back() = ',';
  append_json_string(response.body, name);
  response.body += ':';
  response.body += json;
  response.body += '}';
}

}  // namespace dealog::api
