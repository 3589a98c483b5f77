#include "eventstore/key_filter.h"

#include <random>

#include "tests/support/catch.h"

namespace dealog::eventstore {
namespace {

Hash16 some_key(std::mt19937_64& random) {
  const std::array<std::uint64_t, 2> words = {random(), random()};
  return std::bit_cast<Hash16>(words);
}

}  // namespace

TEST_CASE("What was added to a filter of keys is never denied, what was not nearly always", "[eventstore]") {
  constexpr int some = 300'000;   // two layers are full, and a third has begun
  KeyFilter filter;
  std::mt19937_64 added(1), others(2);
  CHECK_FALSE(filter.may_contain(some_key(others)));
  for (int i = 0; i < some; ++i) {
    if (const std::size_t blocks = filter.blocks_wanted()) filter.grow(KeyFilter::Blocks(blocks));
    filter.add(some_key(added));
  }

  std::mt19937_64 again(1);
  int denied = 0, mistaken = 0;
  for (int i = 0; i < some; ++i) denied += !filter.may_contain(some_key(again));
  for (int i = 0; i < some; ++i) mistaken += filter.may_contain(some_key(others));
  CHECK(denied == 0);
  CHECK(mistaken < some / 40);
  CHECK(mistaken > 0);   // else the keys of this test are not what it says
}

}  // namespace dealog::eventstore
