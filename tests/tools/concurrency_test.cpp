// R7: many writers at one object, and one key used by many at once.

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tools/bench_moves.h"
#include "tools/bench_server.h"
#include "tools/generate_random.h"
#include "tools/load.h"

using namespace dealog;
using namespace dealog::tools;

namespace {

constexpr unsigned writers = 16;
constexpr std::chrono::seconds patience{20};

std::uint64_t position_of(const Exchange& answer) { return std::stoull("0" + std::string(answer.header("Log-Position"))); }

// A server in a process of its own, with an account.
struct Served {
  WorkFolder folder{""};
  BenchAccount account = create_account_in(test::program(), folder.path(), "crowd");
  ServerProcess server{test::program(), folder.path()};
  std::uint64_t position = 0;  // of the newest event that the test caused

  Exchange ask(const std::string& request) { return exchange(server.port(), request, patience); }
  std::string request(const std::string& method, const std::string& target, const std::string& body, const std::string& extra = "") {
    return http_request(method, target, account.token, body, extra);
  }
  // The deal as it is after everything up to `position`.
  Exchange show(const Uuid& deal, std::uint64_t at) {
    return ask(request("GET", "/v1/deals/" + to_string(deal) + "?min_position=" + std::to_string(at), ""));
  }
  Uuid new_deal(std::uint64_t number) {
    const Uuid deal = Random::id(42, 1, number);
    const Exchange made = ask(request("POST", "/v1/deals", "{\"id\":\"" + to_string(deal) + "\",\"name\":\"Deal\"}"));
    INFO(made.body);
    REQUIRE(made.status == 201);
    position = position_of(made);
    return deal;
  }
  // Sends all requests at once, each over a connection that is open already.
  std::vector<Exchange> all_at_once(const std::vector<std::string>& requests) {
    std::vector<Caller> callers;
    for (std::size_t i = 0; i < requests.size(); ++i) callers.emplace_back(server.port());
    std::vector<Exchange> answers(requests.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < requests.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          answers[i] = callers[i].ask(requests[i], patience);
        } catch (const std::runtime_error& error) {
          answers[i].body = error.what();
        }
      });
    for (std::thread& thread : threads) thread.join();
    return answers;
  }
};

std::size_t with_status(const std::vector<Exchange>& answers, int status) {
  std::size_t count = 0;
  for (const Exchange& answer : answers) count += answer.status == status ? 1 : 0;
  return count;
}

std::string if_match(unsigned version) { return "If-Match: \"" + std::to_string(version) + "\"\r\n"; }

}  // namespace

TEST_CASE("of many writers with the same If-Match exactly one wins", "[tools][concurrency][R7]") {
  Served served;
  const Uuid deal = served.new_deal(1);
  for (unsigned version = 1; version <= 10; ++version) {
    CAPTURE(version);
    std::vector<std::string> requests;
    for (unsigned i = 0; i < writers; ++i)
      requests.push_back(served.request("PATCH", "/v1/deals/" + to_string(deal), "{\"name\":\"By " + std::to_string(i) + " at " + std::to_string(version) + "\"}", if_match(version)));
    const std::vector<Exchange> answers = served.all_at_once(requests);
    CHECK(with_status(answers, 200) == 1);
    CHECK(with_status(answers, 412) == writers - 1);
    // One command, one event: the positions have no room for another.
    const Exchange now = served.show(deal, ++served.position);
    CHECK(now.status == 200);
    CHECK(position_of(now) == served.position);
    CHECK(now.body.find("\"version\":" + std::to_string(version + 1)) != std::string::npos);
  }
}

TEST_CASE("what a server has used of the processors is told as it grows", "[tools][load]") {
  Served served;
  double before = served.server.cpu_seconds();
  CHECK(before > 0);
  for (unsigned turn = 0; turn < 5; ++turn) {
    served.new_deal(100 + turn);
    const double now = served.server.cpu_seconds();
    CHECK(now > before);
    CHECK(now < before + 60);
    before = now;
  }
}

TEST_CASE("one Idempotency-Key used by many at once is one command with one answer", "[tools][concurrency][R7]") {
  Served served;
  const std::vector<Uuid> stages = default_stages(served.server.port(), served.account.token);
  const Uuid deal = served.new_deal(2);
  for (unsigned turn = 0; turn < 10; ++turn) {
    CAPTURE(turn);
    const std::string request = served.request("POST", "/v1/deals/" + to_string(deal) + "/move",
                                               "{\"stage_id\":\"" + to_string(stages[(turn + 1) % stages.size()]) + "\"}",
                                               "Idempotency-Key: crowd-" + std::to_string(turn) + "\r\n");
    const std::vector<Exchange> answers = served.all_at_once(std::vector<std::string>(writers, request));
    ++served.position;  // one command, one event
    CHECK(position_of(served.show(deal, served.position)) == served.position);

    std::size_t first = 0;
    for (const Exchange& answer : answers) {
      INFO(answer.body);
      CHECK(answer.status == 200);
      CHECK(answer.body == answers[0].body);
      CHECK(answer.header("ETag") == "\"" + std::to_string(turn + 2) + "\"");
      first += answer.header("Idempotent-Replayed") == "true" ? 0 : 1;
    }
    CHECK(first == 1);
    const Exchange later = served.ask(request);
    CHECK(later.header("Idempotent-Replayed") == "true");
    CHECK(later.body == answers[0].body);
  }
}

TEST_CASE("one Idempotency-Key for different requests at once: one is done, the others are told", "[tools][concurrency][R7]") {
  Served served;
  const Uuid deal = served.new_deal(3);
  std::vector<std::string> requests;
  for (unsigned i = 0; i < writers; ++i)
    requests.push_back(served.request("PATCH", "/v1/deals/" + to_string(deal), "{\"name\":\"Number " + std::to_string(i) + "\"}", "Idempotency-Key: only-one\r\n"));
  const std::vector<Exchange> answers = served.all_at_once(requests);
  CHECK(with_status(answers, 200) == 1);
  CHECK(with_status(answers, 422) == writers - 1);
  const Exchange now = served.show(deal, ++served.position);
  CHECK(position_of(now) == served.position);
  CHECK(now.body.find("\"version\":2") != std::string::npos);
}

TEST_CASE("many creations with one id are one object", "[tools][concurrency][R7]") {
  Served served;
  const std::string body = "{\"id\":\"" + to_string(Random::id(42, 1, 4)) + "\",\"name\":\"The one\"}";
  const std::vector<Exchange> answers = served.all_at_once(std::vector<std::string>(writers, served.request("POST", "/v1/deals", body)));
  for (const Exchange& answer : answers) {
    INFO(answer.body);
    CHECK((answer.status == 201 || answer.status == 200));
    CHECK(answer.header("ETag") == "\"1\"");
  }
}
