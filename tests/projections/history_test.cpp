// Version rows replayed block by block give what a look at each row gives.
#include <random>

#include "projections/history.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::projections;

TEST_CASE("a replay that skips blocks gives what every row would", "[projections][history]") {
  const unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 random(seed);
  FieldHistory history;
  Stamps stamps;
  std::vector<std::int64_t> froms;
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < 20'000; ++i) {
    // Mostly in the order of time, with stretches that come from long ago.
    const bool is_late = (i / 700) % 5 == 3;
    const auto from = static_cast<std::int64_t>(is_late ? random() % 20'000 : i);
    stamps.begin(i + 1);
    history.rows.write(i, static_cast<Row>(random() % 300));
    history.stamps.write(i, stamps.stamp(Instant{from}));
    history.small.write(i, static_cast<std::uint32_t>(i));
    history.note_from(i, from);
    froms.push_back(from);
    rows.push_back(history.rows[i]);
  }
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = random() % (froms.size() + 1);
    const Instant as_of{static_cast<std::int64_t>(random() % 21'000) - 500};
    std::vector<std::uint32_t> expected(300), found(300);
    for (std::size_t i = 0; i < count; ++i)
      if (froms[i] <= as_of.ms) expected[rows[i]] = static_cast<std::uint32_t>(i);
    replay(history, history.small, count, stamps, as_of, [&](Row row, std::uint32_t value) { found[row] = value; });
    CAPTURE(count, as_of.ms);
    REQUIRE(found == expected);
  }
}
