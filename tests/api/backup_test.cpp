// Backups over HTTP (SPEC IO-5), while commands keep coming.

#include <thread>

#include "api/app.h"
#include "eventstore/backup.h"
#include "eventstore/hash_tree.h"
#include "eventstore/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

Answer finished(const test::Server& server, const std::string& name) {
  Answer answer = server.admin().get("/v1/backups/" + name);
  while (answer.text("/state") == "running") {
    std::this_thread::yield();
    answer = server.admin().get("/v1/backups/" + name);
  }
  return answer;
}

}  // namespace

TEST_CASE("An administrator backs the account up while deals are made, and the copy is a prefix of it", "[api][acceptance][IO-5]") {
  test::Server server;
  server.create("/v1/deals", {{"name", "Before"}});
  CHECK(server.admin().get("/v1/backups").at("/data").as_array().empty());

  const Answer begun = server.admin().post("/v1/backups");
  REQUIRE(begun.status == 202);
  const std::string name = begun.text("/name");
  CHECK(name == "acme-20260302T090000Z");
  CHECK(begun.header("Location") == "/v1/backups/" + name);
  for (int i = 0; i < 20; ++i) server.create("/v1/deals", {{"name", "Meanwhile " + std::to_string(i)}});
  const Answer done = finished(server, name);
  INFO(done.body);
  REQUIRE(done.text("/state") == "done");
  CHECK(server.admin().get("/v1/backups").text("/data/0/name") == name);

  const auto position = static_cast<Position>(done.number("/position"));
  CHECK(position > 0);
  eventstore::HashTree tree(server.app().account("acme")->log());
  CHECK(done.text("/root_hash") == eventstore::hex(tree.root(position)));

  // Restored beside it, the server finds it on first use; who may look into it is told by its own tokens.
  const auto restored = eventstore::restore_backup({.backup = server.data() / "backups" / name, .accounts = server.data() / "accounts",
                                                    .slug = "again", .erasures_from = {}, .take_over = {}, .options = {}});
  CHECK(restored.about.head.position == position);
  const auto again = server.app().account("again");
  REQUIRE(again);
  CHECK(again->head() == position);
  CHECK(again->world()->position() == position);
}

TEST_CASE("A backup that was made in the same second is the answer; an unknown one is 404", "[api][acceptance][IO-5]") {
  test::Server server;
  const std::string name = server.admin().post("/v1/backups").text("/name");
  REQUIRE(finished(server, name).text("/state") == "done");
  const Answer again = server.admin().post("/v1/backups");   // by the test's clock
  CHECK(again.status == 202);
  CHECK(again.text("/name") == name);
  CHECK(again.text("/state") == "done");
  server.advance_days(1);
  const std::string next = server.admin().post("/v1/backups").text("/name");
  CHECK(next == "acme-20260303T090000Z");
  CHECK(finished(server, next).text("/state") == "done");
  CHECK(server.admin().get("/v1/backups").at("/data").as_array().size() == 2);
  CHECK(server.admin().get("/v1/backups/acme-20990101T000000Z").status == 404);

  const Person other = server.add_account("beta");
  CHECK(other.api.get("/v1/backups").at("/data").as_array().empty());
  CHECK(other.api.get("/v1/backups/" + name).status == 404);
}
