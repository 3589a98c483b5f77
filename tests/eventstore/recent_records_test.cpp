#include "eventstore/recent_records.h"

#include <algorithm>
#include <array>

#include "tests/support/catch.h"

namespace dealog::eventstore {
namespace {

Bytes record(std::uint8_t fill, std::size_t size) { return Bytes(size, fill); }

TEST_CASE("The newest records are found by position, as they were, while older ones are forgotten", "[recent]") {
  RecentRecords recent(100);
  const Bytes one = record(1, 16), two = record(2, 24), three = record(3, 40), four = record(4, 48);
  const std::array<BytesView, 2> first{one, two};
  recent.add(1, first);
  CHECK(recent.find(0).bytes.empty());
  CHECK(std::ranges::equal(recent.find(1).bytes, one));
  CHECK(std::ranges::equal(recent.find(2).bytes, two));
  CHECK(recent.find(3).bytes.empty());

  const RecentRecords::Found held = recent.find(2);
  recent.add(3, std::array<BytesView, 1>{three});
  recent.add(4, std::array<BytesView, 1>{four});
  CHECK(recent.find(1).bytes.empty());   // 40 + 88 bytes are more than 100
  CHECK(recent.find(2).bytes.empty());
  CHECK(std::ranges::equal(held.bytes, two));   // who holds it keeps it
  CHECK(std::ranges::equal(recent.find(3).bytes, three));
  CHECK(std::ranges::equal(recent.find(4).bytes, four));
  CHECK(reinterpret_cast<std::uintptr_t>(recent.find(4).bytes.data()) % 8 == 0);
}

TEST_CASE("A commit larger than the memory is remembered alone", "[recent]") {
  RecentRecords recent(100);
  const Bytes small = record(1, 16), large = record(2, 400);
  recent.add(1, std::array<BytesView, 1>{small});
  recent.add(2, std::array<BytesView, 1>{large});
  CHECK(recent.find(1).bytes.empty());
  CHECK(std::ranges::equal(recent.find(2).bytes, large));
}

}  // namespace
}  // namespace dealog::eventstore
