#include "eventstore/version_memory.h"

#include "tests/support/catch.h"

namespace dealog::eventstore {
namespace {

ObjectRef numbered(int number) { return {Kind::deal, derived_uuid("version memory", std::to_string(number))}; }

}  // namespace

TEST_CASE("Versions that were put lately are remembered, and no other is invented", "[eventstore]") {
  VersionMemory memory;
  CHECK(memory.find(numbered(0)) == 0);

  // More than it has room for at first: it grows, and forgets what it held.
  constexpr int some = 60'000;
  for (int i = 0; i < some; ++i) memory.put(numbered(i), static_cast<Version>(i) + 1);
  int remembered = 0, wrong = 0;
  for (int i = 0; i < some; ++i) {
    const Version found = memory.find(numbered(i));
    remembered += found == static_cast<Version>(i) + 1;
    wrong += found != 0 && found != static_cast<Version>(i) + 1;
  }
  CHECK(wrong == 0);
  CHECK(remembered > some / 2);
  CHECK(memory.find(numbered(some)) == 0);

  memory.put(numbered(some - 1), 77);
  CHECK(memory.find(numbered(some - 1)) == 77);
  CHECK(memory.find({Kind::task, numbered(some - 1).id}) == 0);
}

}  // namespace dealog::eventstore
