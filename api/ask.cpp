#include "api/ask.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "api/app.h"
#include "api/etag.h"
#include "api/execute.h"
#include "api/problem.h"
#include "domain/calendar.h"
#include "projections/cursor.h"

namespace dealog::api {
namespace {

constexpr std::chrono::seconds longest_wait{5};
constexpr std::string_view reserved[] = {"as_of", "known_at", "min_position", "format"};

enum class Reached : std::uint8_t { yes, too_late, never };

// Resumes the caller when the read models stand at `position`, or after `longest_wait`.
asio::awaitable<Reached> reach(Account& account, Position position) {
  auto executor = co_await asio::this_coro::executor;
  const auto start = [](auto handler, Account* at, Position wanted, asio::any_io_executor on) {
    struct Waiting {
      decltype(handler) resume;
      asio::steady_timer timer;
      std::atomic<bool> done{false};
    };
    auto waiting = std::make_shared<Waiting>(std::move(handler), asio::steady_timer(on, longest_wait));
    auto finish = [waiting, on](Reached how) {
      if (waiting->done.exchange(true)) return;
      asio::post(on, [waiting, how] {
        waiting->timer.cancel();
        std::move(waiting->resume)(how);
      });
    };
    waiting->timer.async_wait([finish](boost::system::error_code error) {
      if (!error) finish(Reached::too_late);
    });
    at->when_at(wanted, [finish](bool there) { finish(there ? Reached::yes : Reached::never); });
  };
  asio::awaitable<Reached> reached = asio::async_initiate<const asio::use_awaitable_t<>, void(Reached)>(
      start, asio::use_awaitable, &account, position, executor);
  co_return co_await std::move(reached);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return parsed;
}

// A time, or a day: its end in the account's time zone.
std::optional<Instant> moment(std::string_view text, const Calendar& calendar) {
  if (const auto day = parse_day(text)) return calendar.end_of(*day);
  return parse_instant(text);
}

std::optional<Instant> recorded_at(const Account& account, Position position) {
  std::optional<Instant> at;
  if (position == 0) return Instant{0};
  account.log().read(position - 1, position, [&](const eventstore::StoredRecord& stored) {
    at = envelope(stored.record).recorded_at;
    return false;
  });
  return at;
}

// Puts as_of and known_at into `question`; faults when they cannot be read, and then the question is of the present.
void read_moment(Call& call, const Account& account, Question& question, Faults& faults) {
  const Calendar& calendar = question.live->calendar();
  const Instant now = call.app->now();
  question.asked.now = now;
  projections::Moment asked;
  bool is_sound = true;
  if (const auto text = call.request.parameter("known_at")) {
    const auto position = number(*text);
    const auto at = position ? recorded_at(account, std::min(*position, question.live->position())) : moment(*text, calendar);
    if (!at) {
      faults.unreadable("/known_at", "a time, a day or a log position");
      is_sound = false;
    } else {
      asked.known_at = position ? *position : question.live->position_at(*at);
      question.asked.now = std::min(now, *at);   // known_at alone implies as_of = that moment (TIM-1)
      asked.as_of = question.asked.now;
      question.historical = true;
    }
  }
  if (const auto text = call.request.parameter("as_of")) {
    const auto at = moment(*text, calendar);
    if (!at) {
      faults.unreadable("/as_of", "a time or a day");
      is_sound = false;
    } else {
      question.asked.now = std::min(now, *at);   // later than now means now
      asked.as_of = question.asked.now;
      question.historical = true;
    }
  }
  question.historical = question.historical && is_sound;
  if (question.historical) question.world = question.live->at(asked);
  else question.asked.now = now;
}

Response make_answer(Call& call, const Account& account, Question& question,
                     const std::function<Response(const Question&)>& answer, bool timed) {
  const Principal& who = *call.principal;
  question.live = account.world();
  question.world = question.live;
  const bool is_query = call.route.is_query();
  Faults faults = is_query ? call.faults : Faults{};   // those of a command are of its body
  for (const std::string_view name : reserved)
    if (std::ranges::count(call.request.parameters, name, [](const auto& each) { return std::string_view(each.first); }) > 1)
      faults.add({.pointer = "/" + std::string(name), .code = "duplicate", .message = "Given twice.", .malformed = true});
  if (call.request.parameter("format").value_or("json") != "json") faults.unreadable("/format", "json, for this has no other format");
  read_moment(call, account, question, faults);
  if (!faults.empty() && !is_query) return problem(faults);
  question.asked.reader = {.user = who.user, .role = who.role};
  question.asked.present = question.live;   // time travel never widens rights: they are the reader's rights now
  const bool is_undated = faults.names("/as_of") || faults.names("/known_at");   // of which list a cursor is cannot be told then
  for (const auto& [name, value] : call.request.parameters) {
    const bool is_left_out = is_undated && name == "cursor" && projections::decode_cursor(value);
    if (!is_left_out && std::ranges::find(reserved, name) == std::end(reserved)) question.parameters.emplace_back(name, value);
  }
  if (!faults.empty()) return with_faults(std::move(faults), answer(question));   // what else is wrong with it

  const Position position = question.live->position();
  std::string depends = std::to_string(position) + '|' + to_string(who.user) + '|' + std::to_string(static_cast<int>(who.role)) +
                        '|' + std::string(call.request.target);
  if (account.purges().count() != 0) depends += '|' + std::to_string(account.purges().count());   // what was erased is gone from it
  if (timed) depends += '|' + std::to_string(question.asked.now.ms / 60'000);
  const std::string tag = weak_etag(depends);
  const auto stamped = [&](Response&& response) {
    response.headers.emplace_back("ETag", tag);
    response.headers.emplace_back("Log-Position", std::to_string(position));
    if (account.projection_trouble()) response.headers.emplace_back("Warning", "110 - \"Response is Stale\"");
    return std::move(response);
  };
  // Not "*": whether there is anything to be the same is for the answer to say.
  const std::string_view has = call.request.header("If-None-Match");
  if (has.find('"') != std::string_view::npos && names_etag(has, tag)) return stamped(not_modified(tag));

  Response response = answer(question);
  if (response.producer) return response;   // a stream is the same for no two requests
  return response.status == 200 && response.header("ETag").empty() ? stamped(std::move(response)) : std::move(response);
}

}  // namespace

void add_faults(const std::vector<projections::QueryFault>& found, Faults& faults) {
  for (const projections::QueryFault& fault : found)
    faults.add({.pointer = pointer_to({}, fault.parameter) + fault.inside, .code = fault.code, .message = fault.message, .malformed = true});
}

Response problem(const std::vector<projections::QueryFault>& query_faults) {
  Faults faults;
  add_faults(query_faults, faults);
  return problem(faults);
}

asio::awaitable<Response> ask(Call& call, std::function<Response(const Question&)> answer, bool timed) {
  const std::shared_ptr<Account> account = call.principal->account;
  // What was acknowledged before the question came is in its answer.
  Position wanted = account->head();
  bool is_named = false;
  if (const auto text = call.request.parameter("min_position")) {
    const auto position = number(*text);
    if (!position) {
      Faults faults;
      faults.unreadable("/min_position", "a log position");
      co_return problem(faults);
    }
    is_named = !call.route.is_query() || call.faults.empty();   // what is wrong with a query is told at once
    if (is_named) wanted = std::max(wanted, *position);
  }
  if (account->projected() < wanted) {
    asio::awaitable<Reached> reaching = reach(*account, wanted);
    const Reached reached = co_await std::move(reaching);
    // A worker that stopped serves its last good state, marked as stale; who asked for a position is told.
    if (reached != Reached::yes && (is_named || reached == Reached::too_late))
      co_return problem(Problem::not_yet, "The read models stand at position " + std::to_string(account->projected()) + ".");
  }
  std::function<Response()> work = [&call, account, answer = std::move(answer), timed] {
    Question question;
    return make_answer(call, *account, question, answer, timed);
  };
  asio::awaitable<Response> answered = on_pool(call, std::move(work));
  co_return co_await std::move(answered);
}

}  // namespace dealog::api
