// Checkpoints, tiles and proofs over HTTP, checked as an auditor does who trusts nothing but the key (SPEC AUD-3).

#include "eventstore/merkle.h"
#include "eventstore/note.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::eventstore;

namespace {

Hash32 hash_of(std::string_view text) {
  const auto bytes = base64_bytes(text).value();
  Hash32 hash;
  REQUIRE(bytes.size() == hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::vector<Hash32> hashes(const json::value& list) {
  std::vector<Hash32> all;
  for (const json::value& each : list.as_array()) all.push_back(hash_of(each.as_string()));
  return all;
}

// What an auditor has: a token, and the key that he was given once.
struct Auditor {
  Api api;
  VerifierKey key = parse_verifier_key(api.get("/v1/audit/key").text("/verifier_key")).value();

  Checkpoint checkpoint(const std::string& query = "") const {
    const Answer answer = api.get("/v1/audit/checkpoint" + query);
    REQUIRE(answer.status == 200);
    const auto text = open_note(answer.body, key);
    REQUIRE(text);
    return parse_checkpoint(*text).value();
  }
};

Auditor auditor_of(Server& server) { return {server.add_user("aud", "auditor").api}; }

void write_notes(Server& server, int count) {
  for (int i = 0; i < count; ++i) server.create("/v1/notes", {{"text", "Note " + std::to_string(i)}});
}

}  // namespace

TEST_CASE("a checkpoint is signed by the account's key and at most once a second", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  const Checkpoint first = auditor.checkpoint();
  CHECK(first.origin == auditor.key.name);
  write_notes(server, 1);
  CHECK(auditor.checkpoint() == first);
  const auto position = server.admin().get("/v1/notes").header("Log-Position");
  CHECK(std::to_string(auditor.checkpoint("?min_position=" + position).size) == position);
  write_notes(server, 1);
  server.advance_days(1);
  CHECK(auditor.checkpoint().size > first.size + 1);
  CHECK(auditor.api.get("/v1/audit/checkpoint?min_position=1000000").code() == "not_yet");
  CHECK(auditor.api.get("/v1/audit/checkpoint?min_position=x").errors() == std::vector<std::string>{"/min_position unreadable"});
}

TEST_CASE("what was promised before a restart is promised after it, under the same key", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  const Checkpoint before = auditor.checkpoint();
  write_notes(server, 3);
  server.restart();
  const Auditor again{auditor.api};
  CHECK(again.key == auditor.key);
  const Checkpoint after = again.checkpoint();
  CHECK(after.size >= before.size + 3);
  const Answer proof = auditor.api.get("/v1/audit/consistency?from=" + std::to_string(before.size) + "&to=" + std::to_string(after.size));
  CHECK(check_consistency(before.size, after.size, before.root, after.root, hashes(proof.at("/proof"))));
}

TEST_CASE("each record is proven to be under the checkpoint, from its own bytes", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  write_notes(server, 300);   // more than one tile
  server.advance_days(1);
  const Checkpoint signed_tree = auditor.checkpoint();
  for (const std::uint64_t position : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{256}, std::uint64_t{257}, signed_tree.size}) {
    CAPTURE(position);
    const Answer proof = auditor.api.get("/v1/audit/proof?position=" + std::to_string(position));
    REQUIRE(proof.status == 200);
    CHECK(proof.number("/size") == static_cast<std::int64_t>(signed_tree.size));
    CHECK(open_note(proof.text("/checkpoint"), auditor.key));
    CHECK(check_inclusion(hash_of(proof.text("/leaf_hash")), position - 1, signed_tree.size, hashes(proof.at("/proof")), signed_tree.root));
  }
  const Answer early = auditor.api.get("/v1/audit/proof?position=3&size=7");
  CHECK(early.at("/checkpoint").is_null());
  CHECK(check_inclusion(hash_of(early.text("/leaf_hash")), 2, 7, hashes(early.at("/proof")), hash_of(early.text("/root_hash"))));

  // The same from tiles: records, their hashes, the root.
  const std::string last = std::to_string(signed_tree.size - 256);
  std::vector<Hash32> leaves;
  for (const std::string& tile : {std::string("000"), "001.p/" + last}) {
    const std::string body = auditor.api.get("/v1/audit/tile/entries/" + tile).body;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t size = static_cast<std::uint8_t>(body[at]) * 256u + static_cast<std::uint8_t>(body[at + 1]);
      leaves.push_back(leaf_hash({reinterpret_cast<const std::uint8_t*>(body.data()) + at + 2, size}));
      at += 2 + size;
    }
  }
  CHECK(leaves.size() == signed_tree.size);
  CHECK(tree_root(leaves) == signed_tree.root);
  const std::string tile = auditor.api.get("/v1/audit/tile/0/000").body;
  REQUIRE(tile.size() == 256 * 32);
  CHECK(std::equal(leaves[255].begin(), leaves[255].end(), reinterpret_cast<const std::uint8_t*>(tile.data()) + 255 * 32));
  const Hash32 whole = tree_root(std::span(leaves).first(256));
  CHECK(auditor.api.get("/v1/audit/tile/1/000.p/1").body == std::string(whole.begin(), whole.end()));
}

TEST_CASE("tiles that are not there yet, or not so named, are not found", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  for (const char* path : {"0/000", "0/001.p/1", "1/000.p/1", "entries/000", "0/x001/000.p/1", "0/000.p/0", "0/000.p/256", "0/0", "00/000.p/1",
                           "7/000.p/1", "0/000/000.p/1", "0/x000/000.p/1", "data/000.p/1", "0/-01.p/1", "0/000.p/01", "0/000.q/1"}) {
    CAPTURE(path);
    CHECK(auditor.api.get(std::string("/v1/audit/tile/") + path).status == 404);
  }
  CHECK(auditor.api.get("/v1/audit/tile/0/000.p/1").body.size() == 32);
}

TEST_CASE("proofs of what the log does not have are refused precisely", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  const auto errors = [&](const std::string& target, int status) {
    const Answer answer = auditor.api.get(target);
    CHECK(answer.status == status);
    return answer.errors();
  };
  using Errors = std::vector<std::string>;
  CHECK(errors("/v1/audit/proof", 422) == Errors{"/position required"});
  CHECK(errors("/v1/audit/proof?position=-1", 400) == Errors{"/position unreadable"});
  CHECK(errors("/v1/audit/proof?position=0", 422) == Errors{"/position out_of_range"});
  CHECK(errors("/v1/audit/proof?position=5&size=4", 422) == Errors{"/size out_of_range"});
  CHECK(errors("/v1/audit/proof?position=100000&size=100001", 422) == Errors{"/position out_of_range", "/size out_of_range"});
  CHECK(errors("/v1/audit/consistency?from=3&to=2", 422) == Errors{"/to out_of_range"});
  CHECK(errors("/v1/audit/consistency?from=3&to=99999", 422) == Errors{"/to out_of_range"});
  CHECK(errors("/v1/audit/consistency?from=99999", 422) == Errors{"/from out_of_range"});
  CHECK(auditor.api.get("/v1/audit/consistency?from=0&to=3").at("/proof").as_array().empty());
}

TEST_CASE("a lost signing key stops signing, not business", "[api][audit][AUD-3]") {
  Server server;
  const Auditor auditor = auditor_of(server);
  auditor.checkpoint();
  server.stop();
  std::filesystem::remove(server.data() / "accounts" / "acme" / "signing");
  server.start();
  write_notes(server, 1);
  CHECK(auditor.api.get("/v1/audit/checkpoint").code() == "unavailable");
  CHECK(auditor.api.get("/v1/audit/key").code() == "unavailable");
  CHECK(auditor.api.get("/v1/audit/tile/0/000.p/3").status == 200);
}
