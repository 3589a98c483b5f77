// The fuzz targets over seeds and their mutations, without a fuzzer: so that they stay compiled and true.

#include <random>
#include <string>
#include <vector>

#include "api/bundle_json.h"
#include "domain/codec.h"
#include "eventstore/commit_codec.h"
#include "projections/cursor.h"
#include "tests/support/catch.h"

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t*, std::size_t)
TARGET(request);
TARGET(json_command);
TARGET(filter);
TARGET(cursor);
TARGET(record);
TARGET(commit);
TARGET(csv);
TARGET(proof);
TARGET(checkpoint);
#undef TARGET

namespace dealog {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string a_record() {
  return text_of(encode({.position = 1, .object = {Kind::deal, Uuid{{1}}}, .version = 1, .recorded_at = {5}, .effective_at = {5}},
                        event::Created{.fields = {{field::deal::name, std::string("Boilers")}}}, nullptr));
}

// Seeds, each also cut, with bits flipped and bytes doubled, chosen by a fixed seed.
void run(Target target, const std::vector<std::string>& seeds) {
  std::mt19937 random(20260321);
  for (const std::string& seed : seeds) {
    for (int round = 0; round < 300; ++round) {
      std::string input = seed;
      for (int change = round == 0 ? 0 : 1 + static_cast<int>(random() % 4); change > 0 && !input.empty(); --change) {
        const std::size_t at = random() % input.size();
        switch (random() % 4) {
          case 0: input[at] = static_cast<char>(input[at] ^ (1 << (random() % 8))); break;
          case 1: input.resize(at); break;
          case 2: input.insert(at, input.substr(at, random() % 16)); break;
          default: input[at] = static_cast<char>(random()); break;
        }
      }
      CAPTURE(seed, round);
      REQUIRE(target(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()) == 0);
    }
  }
}

}  // namespace

TEST_CASE("nothing that comes in brings the reader down [R11]", "[fuzz]") {
  run(fuzz_request, {std::string("\x07") + "POST /v1/deals HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                     std::string("\xff") + "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"});
  run(fuzz_json_command, {std::string("\x09") + R"({"name":"A","value":{"amount":"12.50"},"participant_ids":["00000000-0000-0000-0000-000000000001"]})",
                          std::string("\x0a") + R"({"name":"T","links":{"deal_id":null},"due_on":"2026-03-31"})"});
  run(fuzz_filter, {std::string("\x09") + "value[gte]=10&owner_id[in]=00000000-0000-0000-0000-000000000001&sort=-value,id&limit=3",
                    std::string("\x09") + "filter={\"or\":[{\"field\":\"value\",\"op\":\"gte\",\"value\":\"10\"},{\"not\":{\"field\":\"name\",\"op\":\"contains\",\"value\":\"a\"}}]}"});
  run(fuzz_cursor, {projections::encode(projections::Cursor{.query = 7, .position = 9, .last = 3})});
  run(fuzz_record, {a_record()});
  const Bytes record = encode({.position = 1, .object = {Kind::deal, Uuid{{1}}}, .version = 1}, event::Deleted{}, nullptr);
  eventstore::Commit commit;
  commit.records.push_back(record);
  commit.commands.push_back({.key = {1}, .object = {Kind::deal, Uuid{{1}}}, .version = 1, .first_position = 1, .events = 1});
  run(fuzz_commit, {text_of(eventstore::encode_commit({.number = 1, .first = 1}, commit, nullptr))});
  const eventstore::KeyPair key = eventstore::key_pair_of({1});
  const std::string note = eventstore::signed_note(eventstore::to_text(eventstore::Checkpoint{"dealog.example/fuzz", 1, eventstore::leaf_hash(record)}), "dealog.example/fuzz", key);
  eventstore::Bundle bundle{.object = {Kind::deal, Uuid{{1}}}, .up_to = 1, .records = {{1, record, {}, eventstore::EventKeys{}}}, .heads = {1, record, {}, {}}, .checkpoint = note};
  bundle.consistency = eventstore::Bundle::Consistency{1, {eventstore::leaf_hash(record)}};
  run(fuzz_proof, {api::to_json(bundle, {"dealog.example/fuzz", key.open})});
  run(fuzz_checkpoint, {note, eventstore::to_text(eventstore::VerifierKey{"dealog.example/fuzz", key.open}), "0/x001/234.p/17", "entries/007"});
  run(fuzz_csv, {"a,b\r\n\"x \"\"y\"\"\",2\r\n\"multi\nline\",\n", "\xEF\xBB\xBFname;value\n1;2;3\n\"open"});
}

}  // namespace dealog
