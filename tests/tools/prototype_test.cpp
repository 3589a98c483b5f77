#include <atomic>
#include <string>

#include "tests/support/catch.h"
#include "tools/bench_server.h"
#include "tools/generate_random.h"
#include "tools/load.h"
#include "tools/prototype.h"

using namespace dealog;
using namespace dealog::tools;

namespace {

std::string move_request(std::uint64_t number) {
  return http_request("POST", "/v1/deals/" + to_string(Random::id(1, 1, number)) + "/move", "token",
                      "{\"stage_id\":\"" + to_string(Random::id(1, 2, 0)) + "\"}", "Idempotency-Key: k\r\n");
}

}  // namespace

TEST_CASE("the prototype commits each command once and answers it", "[tools][load]") {
  const WorkFolder folder("");
  Prototype prototype(folder.path() / "db");
  std::uint64_t asked = 0;
  Load load{.port = prototype.port(), .connections = 8, .duration = std::chrono::minutes(1), .requests = 2000};
  load.next = [&](unsigned, std::string& request) {
    request = move_request(asked++);
    return true;
  };
  const LoadResult result = run_load(load);
  CHECK(result.trouble.empty());
  CHECK(result.answers == 2000);
  CHECK(result.refused == 0);
  CHECK(result.times.count() == 2000);
  CHECK(prototype.stats().events == 2000);
  CHECK(prototype.stats().commits <= 2000);
  CHECK(prototype.stats().commits >= 2000 / 8);
}

TEST_CASE("the prototype refuses what is no move", "[tools][load]") {
  const WorkFolder folder("");
  Prototype prototype(folder.path() / "db");
  for (const std::string body : {"{}", "nonsense", "{\"stage_id\":1}"}) {
    CAPTURE(body);
    const Exchange answer = exchange(prototype.port(), http_request("POST", "/v1/deals/" + to_string(Random::id(1, 1, 1)) + "/move", "", body), std::chrono::seconds(10));
    CHECK(answer.status == 400);
  }
  CHECK(prototype.stats().events == 0);
}

TEST_CASE("an open loop asks at its rate and counts from when a request was due", "[tools][load]") {
  const WorkFolder folder("");
  Prototype prototype(folder.path() / "db");
  std::uint64_t asked = 0;
  // Twenty requests are due within 20 ms, but one slow client callback holds all of them up for 50 ms: their times
  // must say so, although each was answered quickly once it was sent.
  Load load{.port = prototype.port(), .connections = 4, .duration = std::chrono::minutes(1), .requests = 20, .rate = 1000};
  load.next = [&](unsigned, std::string& request) {
    request = move_request(asked++);
    return true;
  };
  bool held = false;
  load.answered = [&](unsigned, const Answer&) {
    if (held) return;
    held = true;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (std::chrono::steady_clock::now() < until) {}
  };
  const LoadResult result = run_load(load);
  CHECK(result.trouble.empty());
  CHECK(result.answers == 20);
  CHECK(result.times.quantile(0.9) >= 25'000'000);
}

TEST_CASE("a load says what went wrong instead of hanging", "[tools][load]") {
  Load load{.port = 1, .connections = 1, .duration = std::chrono::seconds(5)};
  load.next = [](unsigned, std::string&) { return true; };
  CHECK_FALSE(run_load(load).trouble.empty());
  load.connections = 100'000;
  CHECK_THROWS_AS(run_load(load), std::invalid_argument);
}
