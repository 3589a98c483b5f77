#pragma once
// Conditions over the rows of a table, evaluated a chunk at a time over columns: a condition narrows a mask of
// bytes, so that one virtual call serves 16 Ki rows and the loops inside are plain and vectorise.
//
//     mask = rows that are there;  for (condition : all) condition->narrow(chunk, n, mask);
//
// A condition is made for one World, which must outlive it, and may be used by any number of threads.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "projections/world.h"

namespace dealog::projections {

class Predicate {
 public:
  virtual ~Predicate() = default;
  // Sets to 0 the bytes of rows that do not meet the condition. mask[i] is 0 or 1 and stands for row
  // chunk * chunk_rows + i, i < rows. Rows that are 0 already need not be looked at.
  virtual void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const = 0;
  // Cheap ones go first: 0 a scan, 1 a look-up a row, 2 arithmetic, 3 a call a row, 4 text.
  virtual int cost() const = 0;
};
using PredicatePtr = std::unique_ptr<const Predicate>;

// A flag for each object, by its handle.
struct HandleFlags {
  std::vector<std::uint8_t> flags;
  std::uint8_t outside = 0;

  std::uint8_t operator[](Handle handle) const { return handle < flags.size() ? flags[handle] : outside; }
  void set(Handle handle, std::uint8_t flag) {
    if (handle >= flags.size()) flags.resize(std::size_t{handle} + 1, outside);
    flags[handle] = flag;
  }
};

struct Interval { std::int64_t low = null_number + 1, high = std::numeric_limits<std::int64_t>::max(); };

// Numbers that are not stored: the chunk's values, in `scratch` (of chunk_rows).
class NumberSource {
 public:
  virtual ~NumberSource() = default;
  virtual void read(std::size_t chunk, std::size_t rows, std::int64_t* scratch) const = 0;
  virtual std::int64_t at(Row row) const = 0;
};

bool any(const std::uint8_t* mask, std::size_t rows);
// Writes the places of the ones in `mask`, and up to index_slack beyond them; returns how many they are.
inline constexpr std::size_t index_slack = 8;
std::size_t compress(const std::uint8_t* mask, std::size_t rows, std::uint16_t* indexes);

PredicatePtr always(bool holds);
PredicatePtr negated(PredicatePtr inner);
PredicatePtr all_of(std::vector<PredicatePtr> parts);
PredicatePtr any_of(std::vector<PredicatePtr> parts);

// In one of the intervals; null is in none. `is_not`: the opposite, null included.
PredicatePtr number_in(const Column<std::int64_t>& column, std::vector<Interval> intervals, bool is_not);
PredicatePtr number_in(std::unique_ptr<const NumberSource> source, std::vector<Interval> intervals, bool is_not);
PredicatePtr number_is_null(const Column<std::int64_t>& column);
// One of the handles; 0 (null) may be among them.
PredicatePtr handle_in(const Column<Handle>& column, std::vector<Handle> handles, bool is_not);
PredicatePtr handle_flagged(const Column<Handle>& column, HandleFlags flags);
PredicatePtr presence_is(const Column<std::uint8_t>& column, std::uint8_t presence, bool is_not);
// Sets with one of the members; sets without any, null included.
PredicatePtr set_has(const Table& table, std::uint16_t field, std::vector<Handle> wanted);
PredicatePtr set_is_empty(const Table& table, std::uint16_t field);

// For what lies outside columns: `test(row)` for each row that is still in.
template <class Test>
class RowTest final : public Predicate {
 public:
  RowTest(int cost, Test test) : cost_(cost), test_(std::move(test)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const Row first = static_cast<Row>(chunk << chunk_bits);
    for (std::size_t i = 0; i < rows; ++i)
      if (mask[i] && !test_(first + static_cast<Row>(i))) mask[i] = 0;
  }
  int cost() const override { return cost_; }

 private:
  int cost_;
  Test test_;
};
template <class Test>
PredicatePtr row_test(int cost, Test test) { return std::make_unique<RowTest<Test>>(cost, std::move(test)); }

// A text that is looked for as people look for it (fold_for_search, domain/text.h).
class FoldedNeedle {
 public:
  enum class Where : std::uint8_t { anywhere, at_start };

  FoldedNeedle(std::string_view needle, Where where);
  bool in(std::string_view text) const;
  bool in_folded(std::string_view folded) const;   // the text is folded already

 private:
  std::string needle_;
  Where where_;
};
// `texts`: references into the arena.
PredicatePtr text_found(const Column<Handle>& texts, const TextArena& arena, FoldedNeedle needle);

}  // namespace dealog::projections
