#include <algorithm>
#include <vector>

#include "tests/support/catch.h"
#include "tools/generate_random.h"
#include "tools/load_histogram.h"

using namespace dealog::tools;

TEST_CASE("a histogram's quantiles are right within 1.6 per cent and never below", "[tools][load]") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  Random random(seed);
  Histogram histogram;
  std::vector<std::uint64_t> times;
  for (int i = 0; i < 20'000; ++i) {
    times.push_back(random.next() >> (20 + random.below(43)));
    histogram.add(times.back());
  }
  std::sort(times.begin(), times.end());
  for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = std::max<std::size_t>(static_cast<std::size_t>(q * 20'000.0 + 0.999999), 1);
    const std::uint64_t exact = times[rank - 1], told = histogram.quantile(q);
    CAPTURE(q, exact, told);
    CHECK(told >= exact);
    CHECK(static_cast<double>(told) <= static_cast<double>(exact) * 1.016 + 1);
  }
  CHECK(histogram.count() == 20'000);
  CHECK(histogram.max() == times.back());
}

TEST_CASE("a histogram of nothing says zero, and of one thing says that thing", "[tools][load]") {
  Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  histogram.add(1'234'567);
  CHECK(histogram.quantile(0.0) == 1'234'567);
  CHECK(histogram.quantile(1.0) == 1'234'567);
}

TEST_CASE("two histograms added are the histogram of both", "[tools][load]") {
  Histogram low, high, both;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    low.add(i);
    high.add(i * 1'000'000);
    both.add(i);
    both.add(i * 1'000'000);
  }
  low.add(high);
  for (const double q : {0.25, 0.5, 0.75, 0.99}) CHECK(low.quantile(q) == both.quantile(q));
  CHECK(low.count() == both.count());
  CHECK(low.mean() == both.mean());
}
