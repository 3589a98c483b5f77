// Conditions over sets, beside what a look at each row says.
#include <algorithm>
#include <functional>
#include <random>

#include "projections/predicate.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::projections;

namespace {

// A table that has one field: sets.
class Sets final : public Table {
 public:
  explicit Sets(Row rows) : rows_(rows) { column_.grow(Column<Handle>::room_for(rows)); }
  void put(Row row, std::span<const Handle> members) { column_.set(row, arena_.add(members)); }

  Kind kind() const override { return Kind::deal; }
  Row rows() const override { return rows_; }
  const Column<std::int64_t>& numbers(std::uint16_t) const override { return numbers_; }
  const Column<Handle>& handles(std::uint16_t) const override { return column_; }
  std::string_view text(std::uint16_t, Row) const override { return {}; }
  bool has_text(std::uint16_t, Row) const override { return false; }
  const TextArena& arena() const override { return texts_; }
  std::vector<std::string_view> texts(std::uint16_t, Row) const override { return {}; }
  std::span<const Handle> members(Handle set) const override { return arena_.members(set); }
  const Column<std::uint8_t>& presence() const override { return presence_; }
  const Column<Handle>& self() const override { return column_; }
  std::vector<DoneAction> done_actions(Row) const override { return {}; }
  Version version(Row) const override { return 0; }
  bool is_erased(Row) const override { return false; }

 private:
  Row rows_;
  Column<Handle> column_;
  Column<std::int64_t> numbers_;
  Column<std::uint8_t> presence_;
  SetArena arena_;
  TextArena texts_;
};

}  // namespace

TEST_CASE("a condition over sets says of each row what its set says", "[projections][filter]") {
  const unsigned seed = 13;
  CAPTURE(seed);
  std::mt19937 random(seed);
  // Three chunks, the last not full; so many different sets that they take each other's place in what is remembered.
  constexpr Row rows = 2 * chunk_rows + 777;
  Sets table(rows);
  for (Row row = 0; row < rows; ++row) {
    if (random() % 10 == 0) continue;   // null
    std::vector<Handle> members;
    for (std::size_t n = random() % 4; n > 0; --n) members.push_back(1 + static_cast<Handle>(random() % 40));
    table.put(row, members);
  }
  constexpr std::uint16_t field = 1;
  const auto has = [](std::vector<Handle> wanted) {
    return [wanted = std::move(wanted)](std::span<const Handle> members) {
      return std::ranges::any_of(members, [&](Handle each) { return std::ranges::find(wanted, each) != wanted.end(); });
    };
  };
  struct Case { PredicatePtr condition; std::function<bool(std::span<const Handle>)> expected; };
  std::vector<Case> cases;
  cases.push_back({set_has(table, field, {7}), has({7})});
  cases.push_back({set_has(table, field, {3, 20, 39}), has({3, 20, 39})});
  cases.push_back({set_is_empty(table, field), [](std::span<const Handle> members) { return members.empty(); }});
  for (const Case& each : cases)
    for (std::size_t chunk = 0; chunk * chunk_rows < rows; ++chunk) {
      const std::size_t count = std::min<std::size_t>(chunk_rows, rows - chunk * chunk_rows);
      std::vector<std::uint8_t> mask(count), expected(count);
      for (std::size_t i = 0; i < count; ++i) {
        mask[i] = random() % 4 != 0 ? 1 : 0;
        expected[i] = mask[i] != 0 && each.expected(table.set(field, static_cast<Row>(chunk * chunk_rows + i))) ? 1 : 0;
      }
      each.condition->narrow(chunk, count, mask.data());
      REQUIRE(std::ranges::count(expected, 1) > 10);
      REQUIRE(mask == expected);
    }
}
