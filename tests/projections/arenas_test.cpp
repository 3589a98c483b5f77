// Where sets lie.
#include <random>

#include "projections/arenas.h"
#include "tests/support/catch.h"

using namespace dealog::projections;

namespace {

using Members = std::vector<std::uint32_t>;

Members members_of(const SetArena& sets, Ref ref) {
  const auto members = sets.members(ref);
  return {members.begin(), members.end()};
}

}  // namespace

TEST_CASE("equal sets lie in one place", "[projections][arenas]") {
  SetArena sets;
  const Ref first = sets.add(Members{3, 1, 2});
  CHECK(sets.add(Members{3, 1, 2}) == first);
  CHECK(sets.add(Members{1, 2, 3}) != first);   // the order is that of adding
  CHECK(sets.add(Members{3, 1}) != first);
  const Ref empty = sets.add({});
  CHECK(empty != 0);                            // given, and empty
  CHECK(sets.add({}) == empty);
  CHECK(members_of(sets, first) == Members{3, 1, 2});
  CHECK(members_of(sets, empty).empty());
  CHECK(members_of(sets, 0).empty());
}

TEST_CASE("every set is what was added, also when others took its place in what is remembered", "[projections][arenas]") {
  const unsigned seed = 11;
  CAPTURE(seed);
  std::mt19937 random(seed);
  SetArena sets;
  std::vector<Members> added(30'000);
  std::vector<Ref> refs;
  for (Members& members : added) {
    for (std::size_t n = random() % 5; n > 0; --n) members.push_back(static_cast<std::uint32_t>(random() % 30));
    refs.push_back(sets.add(members));
  }
  for (std::size_t i = 0; i < added.size(); ++i) REQUIRE(members_of(sets, refs[i]) == added[i]);
}
