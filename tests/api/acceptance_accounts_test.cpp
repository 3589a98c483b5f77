// Accounts of one folder: found while the server runs, held by one process at a time.

#include <sys/wait.h>

#include <cstdio>

#include "api/app.h"
#include "eventstore/account_files.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct Ran {
  int exit_code = -1;
  std::string output;   // both streams
};

Ran run(const std::string& words) {
  Ran ran;
  FILE* pipe = ::popen((dealog::test::program() + " " + words + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.output.append(buffer, got);
  const int status = ::pclose(pipe);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

}  // namespace

TEST_CASE("An account created while the server runs is found on first use", "[api][acceptance][ACC-1]") {
  Server server;
  CHECK(server.as("dlg_late_" + std::string(43, 'A')).get("/v1/account").status == 401);
  const Person late = server.add_account("late");
  const Answer account = late.api.get("/v1/account");
  CHECK(account.status == 200);
  CHECK(account.text("/slug") == "late");
  CHECK(late.api.post("/v1/deals", {{"name", "First"}}).status == 201);
}

TEST_CASE("A new account has a default process of four stages with weighted actions, and close reasons for each outcome", "[api][acceptance][PRC-4][DIC-3]") {
  Server server;
  const Answer processes = server.admin().get("/v1/processes");
  REQUIRE(processes.at("/data").as_array().size() == 1);
  CHECK(processes.flag("/data/0/is_default"));
  std::int64_t weights = 0;
  for (const json::value& stage : processes.at("/data/0/stages").as_array())
    for (const json::value& action : stage.at("actions").as_array()) weights += action.at("weight").as_int64();
  CHECK(processes.at("/data/0/stages").as_array().size() == 4);
  CHECK(weights == 100);
  for (const char* outcome : {"won", "lost", "obsolete"}) CHECK(server.admin().get("/v1/close-reasons?include=total&outcome=" + std::string(outcome)).number("/page/total") > 0);
}

TEST_CASE("While a server holds an account, another process is told who holds it, by exit code 4, and pointed to --url", "[api][acceptance][cli]") {
  Server server;
  REQUIRE(server.admin().get("/v1/account").status == 200);   // opened now
  const std::string data = " --data " + server.data().string();
  const Ran token = run("token create --account acme --email ada@acme.example" + data);
  INFO(token.output);
  CHECK(token.exit_code == 4);
  CHECK(token.output.find("a test") != std::string::npos);
  CHECK(token.output.find("--url") != std::string::npos);
  CHECK(run("verify --account acme" + data).exit_code == 4);
  CHECK(server.admin().get("/v1/account").status == 200);

  server.stop();
  const Ran verified = run("verify --account acme --json" + data);
  INFO(verified.output);
  CHECK(verified.exit_code == 0);
  CHECK(json::parse(verified.output).at("ok").as_bool());
}

TEST_CASE("A server that meets an account held by another tells strangers nothing of it, says so in its health, and serves the rest", "[api][acceptance][ops]") {
  Server server;
  const Person other = server.add_account("other");
  REQUIRE(server.admin().get("/v1/account").status == 200);   // held by this server; the other account by nobody

  dealog::api::App second({.data = server.data(), .holder = "a second server", .pool_threads = 1});
  CHECK_THROWS_AS(second.account("acme"), dealog::eventstore::AccountInUse);
  const auto ask = [&](const Api& api) { return second.handle(dealog::api::Method::get, "/v1/account", "", {{"Authorization", "Bearer " + api.token()}}).status; };
  CHECK(ask(server.admin()) == 401);   // as for an account that does not exist [ACC-1]
  CHECK_FALSE(second.health().ready);
  CHECK(ask(other.api) == 200);
  second.close();
  CHECK(other.api.get("/v1/account").status == 200);
}
