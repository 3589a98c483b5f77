#include <cstdint>
#include <map>
#include <string>

#include "domain/fields.h"
#include "domain/new_account.h"
#include "tests/support/catch.h"
#include "tools/generate.h"
#include "tools/generate_fill.h"
#include "tools/generate_random.h"

using namespace dealog;
using namespace dealog::tools;

namespace {

Story story(std::uint64_t seed, std::uint64_t deals, bool plain) {
  const Uuid account = derived_uuid("test", "account");
  Story made = two_years(seed, deals, account, first_administrator(account), *parse_instant("2026-03-31T12:00:00.000Z"));
  made.plain = plain;
  return made;
}

// FNV-1a over the bytes of all events in order: a story's fingerprint.
class Fingerprint {
 public:
  void add(BytesView bytes) {
    for (const std::uint8_t byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001B3ull;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ull;
};

std::uint64_t fingerprint(const Story& told) {
  Fingerprint print;
  std::uint64_t steps = 0;
  tell(told, [&](Step&& step) {
    if (steps++ >= 10'000) return;
    const ObjectRef object = target(step.command);
    print.add(object.id.bytes);
    print.add(step.actor.bytes);
    const std::string words = std::to_string(step.at.ms) + " " + std::to_string(step.command.index());
    print.add({reinterpret_cast<const std::uint8_t*>(words.data()), words.size()});
    if (const auto* create = std::get_if<command::Create>(&step.command)) {
      const Bytes fields = encode_personal(create->fields);
      print.add(fields);
    }
  });
  return print.value();
}

}  // namespace

TEST_CASE("the same seed tells the same story on every machine, for ever", "[tools][generate][golden]") {
  CHECK(fingerprint(story(1, 3000, false)) == 0x2EA21E9E662F2B4Dull);
  CHECK(fingerprint(story(1, 3000, true)) == 0x0D6BEB815A98A718ull);
}

TEST_CASE("another seed tells another story", "[tools][generate]") {
  CHECK(fingerprint(story(1, 300, false)) != fingerprint(story(2, 300, false)));
}

TEST_CASE("a story is told in the order of time and ends in time", "[tools][generate]") {
  const bool plain = GENERATE(false, true);
  const std::uint64_t seed = GENERATE(1u, 7u);
  CAPTURE(plain, seed);
  const Story told = story(seed, 1000, plain);
  Instant last = beginning_of_time;
  std::uint64_t disorder = 0, late = 0;
  const std::uint64_t steps = tell(told, [&](Step&& step) {
    disorder += step.at < last ? 1 : 0;
    late += step.at >= told.until ? 1 : 0;
    last = step.at;
  });
  CHECK(disorder == 0);
  CHECK(late == 0);
  CHECK(steps > 5000);
}

TEST_CASE("the domain refuses nothing of a story", "[tools][generate]") {
  const bool plain = GENERATE(false, true);
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  CAPTURE(plain, seed);
  std::map<Kind, std::uint64_t> born;
  std::uint64_t gaps = 0;
  Position last = 0;
  const Filled filled = fold(story(seed, 1000, plain), [&](const fb::Record& record, const Fields*) {
    const Envelope around = envelope(record);
    gaps += around.position != last + 1 ? 1 : 0;
    last = around.position;
    if (around.version == 1) ++born[around.object.kind];
  });
  CAPTURE(filled.first_refusal);
  CHECK(filled.refused == 0);
  CHECK(gaps == 0);
  CHECK(filled.position == filled.events);
  CHECK(born[Kind::deal] == 1000);
  CHECK(born[Kind::team] == 4);
  if (!plain) {
    CHECK(born[Kind::email] > 500);
    CHECK(born[Kind::note] > 500);
    CHECK(born[Kind::task] > 500);
  }
}

TEST_CASE("a plain story visits about five stages a deal", "[tools][generate]") {
  std::uint64_t visits = 0;
  tell(story(1, 5000, true), [&](Step&& step) {
    if (const auto* create = std::get_if<command::Create>(&step.command); create != nullptr && create->object.kind == Kind::deal) ++visits;
    if (std::holds_alternative<command::MoveDeal>(step.command)) ++visits;
  });
  CHECK(visits > 5000 * 4);
  CHECK(visits < 5000 * 6);
}
