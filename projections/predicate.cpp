#include "projections/predicate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "domain/text.h"
#include "projections/kernel.h"

namespace dealog::projections {
namespace {

using Scratch = std::array<std::uint8_t, chunk_rows>;

DEALOG_KERNEL void number_between(const std::int64_t* x, std::size_t n, std::int64_t low, std::int64_t high, std::uint8_t flip, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & (((x[i] >= low) & (x[i] <= high)) ^ flip));
}
DEALOG_KERNEL void or_number_between(const std::int64_t* x, std::size_t n, std::int64_t low, std::int64_t high, std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(out[i] | ((x[i] >= low) & (x[i] <= high)));
}
DEALOG_KERNEL void handle_is(const Handle* x, std::size_t n, Handle value, std::uint8_t flip, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & ((x[i] == value) ^ flip));
}
// Unsigned: one comparison says both.
DEALOG_KERNEL void handle_between(const Handle* x, std::size_t n, Handle low, Handle span, std::uint8_t flip, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & ((x[i] - low <= span) ^ flip));
}
DEALOG_KERNEL void or_handle_is(const Handle* x, std::size_t n, Handle value, std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(out[i] | (x[i] == value));
}
DEALOG_KERNEL void byte_is(const std::uint8_t* x, std::size_t n, std::uint8_t value, std::uint8_t flip, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & ((x[i] == value) ^ flip));
}
DEALOG_KERNEL void both(const std::uint8_t* x, std::size_t n, std::uint8_t flip, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & (x[i] ^ flip));
}
DEALOG_KERNEL void either(const std::uint8_t* x, std::size_t n, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] | x[i]);
}

class Always final : public Predicate {
 public:
  explicit Always(bool holds) : holds_(holds) {}
  void narrow(std::size_t, std::size_t rows, std::uint8_t* mask) const override {
    if (!holds_) std::memset(mask, 0, rows);
  }
  int cost() const override { return 0; }

 private:
  bool holds_;
};

class Negated final : public Predicate {
 public:
  explicit Negated(PredicatePtr inner) : inner_(std::move(inner)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const auto meets = std::make_unique_for_overwrite<Scratch>();
    std::memcpy(meets->data(), mask, rows);
    inner_->narrow(chunk, rows, meets->data());
    both(meets->data(), rows, 1, mask);
  }
  int cost() const override { return inner_->cost(); }

 private:
  PredicatePtr inner_;
};

int dearest(const std::vector<PredicatePtr>& parts) {
  int cost = 0;
  for (const PredicatePtr& part : parts) cost = std::max(cost, part->cost());
  return cost;
}

class AllOf final : public Predicate {
 public:
  explicit AllOf(std::vector<PredicatePtr> parts) : parts_(std::move(parts)) {
    std::ranges::stable_sort(parts_, {}, [](const PredicatePtr& part) { return part->cost(); });
  }
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    for (const PredicatePtr& part : parts_) {
      if (part->cost() > 0 && !any(mask, rows)) return;
      part->narrow(chunk, rows, mask);
    }
  }
  int cost() const override { return dearest(parts_); }

 private:
  std::vector<PredicatePtr> parts_;
};

class AnyOf final : public Predicate {
 public:
  explicit AnyOf(std::vector<PredicatePtr> parts) : parts_(std::move(parts)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const auto buffers = std::make_unique_for_overwrite<std::array<Scratch, 2>>();
    std::uint8_t* sum = (*buffers)[0].data();
    std::uint8_t* one = (*buffers)[1].data();
    std::memset(sum, 0, rows);
    for (const PredicatePtr& part : parts_) {
      std::memcpy(one, mask, rows);
      part->narrow(chunk, rows, one);
      either(one, rows, sum);
    }
    both(sum, rows, 0, mask);
  }
  int cost() const override { return dearest(parts_); }

 private:
  std::vector<PredicatePtr> parts_;
};

void narrow_numbers(const std::int64_t* x, std::size_t rows, const std::vector<Interval>& intervals, bool is_not, std::uint8_t* mask) {
  if (intervals.size() == 1) return number_between(x, rows, intervals[0].low, intervals[0].high, is_not ? 1 : 0, mask);
  const auto in = std::make_unique_for_overwrite<Scratch>();
  std::memset(in->data(), 0, rows);
  for (const Interval& each : intervals) or_number_between(x, rows, each.low, each.high, in->data());
  both(in->data(), rows, is_not ? 1 : 0, mask);
}

class NumberIn final : public Predicate {
 public:
  NumberIn(const Column<std::int64_t>& column, std::vector<Interval> intervals, bool is_not)
      : column_(column), intervals_(std::move(intervals)), is_not_(is_not) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    narrow_numbers(column_.chunk(chunk), rows, intervals_, is_not_, mask);
  }
  int cost() const override { return 0; }

 private:
  const Column<std::int64_t>& column_;
  std::vector<Interval> intervals_;
  bool is_not_;
};

class ComputedIn final : public Predicate {
 public:
  ComputedIn(std::unique_ptr<const NumberSource> source, std::vector<Interval> intervals, bool is_not)
      : source_(std::move(source)), intervals_(std::move(intervals)), is_not_(is_not) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const auto scratch = std::make_unique_for_overwrite<std::array<std::int64_t, chunk_rows>>();
    source_->read(chunk, rows, scratch->data());
    narrow_numbers(scratch->data(), rows, intervals_, is_not_, mask);
  }
  int cost() const override { return 2; }

 private:
  std::unique_ptr<const NumberSource> source_;
  std::vector<Interval> intervals_;
  bool is_not_;
};

class HandleIn final : public Predicate {
 public:
  // REQUIRES: handles are sorted, each once, and there is one.
  HandleIn(const Column<Handle>& column, std::vector<Handle> handles, bool is_not)
      : column_(column), handles_(std::move(handles)), is_not_(is_not), span_(handles_.back() - handles_.front()) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const Handle* x = column_.chunk(chunk);
    if (handles_.size() == 1) return handle_is(x, rows, handles_[0], is_not_ ? 1 : 0, mask);
    if (span_ + 1 == handles_.size()) return handle_between(x, rows, handles_[0], span_, is_not_ ? 1 : 0, mask);
    const auto in = std::make_unique_for_overwrite<Scratch>();
    std::memset(in->data(), 0, rows);
    for (const Handle each : handles_) or_handle_is(x, rows, each, in->data());
    both(in->data(), rows, is_not_ ? 1 : 0, mask);
  }
  int cost() const override { return 0; }

 private:
  const Column<Handle>& column_;
  std::vector<Handle> handles_;
  bool is_not_;
  Handle span_;
};

class HandleFlagged final : public Predicate {
 public:
  HandleFlagged(const Column<Handle>& column, HandleFlags flags) : column_(column), flags_(std::move(flags)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const Handle* x = column_.chunk(chunk);
    for (std::size_t i = 0; i < rows; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & flags_[x[i]]);
  }
  int cost() const override { return 1; }

 private:
  const Column<Handle>& column_;
  HandleFlags flags_;
};

class PresenceIs final : public Predicate {
 public:
  PresenceIs(const Column<std::uint8_t>& column, std::uint8_t presence, bool is_not)
      : column_(column), presence_(presence), is_not_(is_not) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    byte_is(column_.chunk(chunk), rows, presence_, is_not_ ? 1 : 0, mask);
  }
  int cost() const override { return 0; }

 private:
  const Column<std::uint8_t>& column_;
  std::uint8_t presence_;
  bool is_not_;
};

// Reads far-apart memory: what is needed soon is asked for first.
class TextFound final : public Predicate {
 public:
  TextFound(const Column<Handle>& texts, const TextArena& arena, FoldedNeedle needle) : texts_(texts), arena_(arena), needle_(std::move(needle)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    constexpr std::size_t ahead = 16;
    const Handle* refs = texts_.chunk(chunk);
    const auto asked = std::make_unique_for_overwrite<std::array<std::uint16_t, chunk_rows + 1>>();
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      (*asked)[count] = static_cast<std::uint16_t>(i);
      count += mask[i];
    }
    for (std::size_t n = 0; n < std::min(ahead, count); ++n) arena_.prefetch(refs[(*asked)[n]]);
    for (std::size_t n = 0; n < count; ++n) {
      if (n + ahead < count) arena_.prefetch(refs[(*asked)[n + ahead]]);
      const std::size_t i = (*asked)[n];
      mask[i] = refs[i] != 0 && found(refs[i]) ? 1 : 0;
    }
  }
  int cost() const override { return 4; }

 private:
  bool found(Ref text) const {
    const auto folded = arena_.folded(text);
    return folded ? needle_.in_folded(*folded) : needle_.in(arena_.text(text));
  }

  const Column<Handle>& texts_;
  const TextArena& arena_;
  FoldedNeedle needle_;
};

// For each byte of eight flags: the numbers of those that are set, then whatever.
using Eight = std::uint16_t __attribute__((vector_size(16)));
constexpr auto make_numbers_of() {
  std::array<std::array<std::uint16_t, 8>, 256> table{};
  for (unsigned flags = 0; flags < 256; ++flags) {
    std::size_t count = 0;
    for (std::uint16_t bit = 0; bit < 8; ++bit)
      if ((flags >> bit & 1u) != 0) table[flags][count++] = bit;
  }
  return table;
}
alignas(16) constexpr auto numbers_of = make_numbers_of();

// Few sets for very many rows: each is tested once a chunk, or a few times where two share a place.
template <class Test>
class SetMeets final : public Predicate {
 public:
  SetMeets(const Table& table, std::uint16_t field, Test test) : table_(table), sets_(table.handles(field)), test_(std::move(test)) {}
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    struct Known { Handle set; std::uint8_t meets; };
    constexpr unsigned bits = 10;
    std::array<Known, std::size_t{1} << bits> known;
    known.fill({0, meets(0)});
    const auto asked = std::make_unique_for_overwrite<std::array<std::uint16_t, chunk_rows + index_slack>>();
    const std::size_t count = compress(mask, rows, asked->data());
    const Handle* sets = sets_.chunk(chunk);
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t i = (*asked)[n];
      Known& at = known[sets[i] * 0x9E37'79B1u >> (32 - bits)];
      if (at.set != sets[i]) at = {sets[i], meets(sets[i])};
      mask[i] = at.meets;
    }
  }
  int cost() const override { return 1; }

 private:
  std::uint8_t meets(Handle set) const { return test_(table_.members(set)) ? 1 : 0; }

  const Table& table_;
  const Column<Handle>& sets_;
  Test test_;
};

template <class Test>
PredicatePtr set_meets(const Table& table, std::uint16_t field, Test test) {
  return std::make_unique<SetMeets<Test>>(table, field, std::move(test));
}

}  // namespace

PredicatePtr set_has(const Table& table, std::uint16_t field, std::vector<Handle> wanted) {
  // One member, the usual question, by itself: a board of 1 M deals that are moved meanwhile takes 8 ms instead of 12.
  if (wanted.size() == 1)
    return set_meets(table, field, [one = wanted.front()](std::span<const Handle> members) { return std::ranges::find(members, one) != members.end(); });
  return set_meets(table, field, [wanted = std::move(wanted)](std::span<const Handle> members) {
    return std::ranges::find_first_of(members, wanted) != members.end();
  });
}
PredicatePtr set_is_empty(const Table& table, std::uint16_t field) {
  return set_meets(table, field, [](std::span<const Handle> members) { return members.empty(); });
}

std::size_t compress(const std::uint8_t* mask, std::size_t rows, std::uint16_t* indexes) {
  static_assert(std::endian::native == std::endian::little);
  std::size_t count = 0, i = 0;
  for (; i + 8 <= rows; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, mask + i, 8);
    if (eight == 0) continue;
    const std::uint64_t flags = eight * 0x0102'0408'1020'4080u >> 56;  // each byte's one into a bit
    Eight places;
    std::memcpy(&places, numbers_of[flags].data(), sizeof places);
    places += static_cast<std::uint16_t>(i);
    std::memcpy(indexes + count, &places, sizeof places);
    count += eight * 0x0101'0101'0101'0101u >> 56;
  }
  for (; i < rows; ++i) {
    indexes[count] = static_cast<std::uint16_t>(i);
    count += mask[i];
  }
  return count;
}

bool any(const std::uint8_t* mask, std::size_t rows) { return std::memchr(mask, 1, rows) != nullptr; }

PredicatePtr always(bool holds) { return std::make_unique<Always>(holds); }
PredicatePtr negated(PredicatePtr inner) { return std::make_unique<Negated>(std::move(inner)); }
PredicatePtr all_of(std::vector<PredicatePtr> parts) { return std::make_unique<AllOf>(std::move(parts)); }
PredicatePtr any_of(std::vector<PredicatePtr> parts) { return std::make_unique<AnyOf>(std::move(parts)); }

PredicatePtr number_in(const Column<std::int64_t>& column, std::vector<Interval> intervals, bool is_not) {
  return std::make_unique<NumberIn>(column, std::move(intervals), is_not);
}
PredicatePtr number_in(std::unique_ptr<const NumberSource> source, std::vector<Interval> intervals, bool is_not) {
  return std::make_unique<ComputedIn>(std::move(source), std::move(intervals), is_not);
}
PredicatePtr number_is_null(const Column<std::int64_t>& column) { return number_in(column, {Interval{null_number, null_number}}, false); }
PredicatePtr handle_in(const Column<Handle>& column, std::vector<Handle> handles, bool is_not) {
  if (handles.empty()) return always(is_not);
  std::ranges::sort(handles);
  handles.erase(std::ranges::unique(handles).begin(), handles.end());
  if (handles.size() <= 8) return std::make_unique<HandleIn>(column, std::move(handles), is_not);
  HandleFlags flags{.outside = static_cast<std::uint8_t>(is_not ? 1 : 0)};
  flags.flags.resize(std::size_t{handles.back()} + 1, flags.outside);
  for (const Handle each : handles) flags.set(each, is_not ? 0 : 1);
  return std::make_unique<HandleFlagged>(column, std::move(flags));
}
PredicatePtr handle_flagged(const Column<Handle>& column, HandleFlags flags) {
  return std::make_unique<HandleFlagged>(column, std::move(flags));
}
PredicatePtr presence_is(const Column<std::uint8_t>& column, std::uint8_t presence, bool is_not) {
  return std::make_unique<PresenceIs>(column, presence, is_not);
}

PredicatePtr text_found(const Column<Handle>& texts, const TextArena& arena, FoldedNeedle needle) {
  return std::make_unique<TextFound>(texts, arena, std::move(needle));
}

FoldedNeedle::FoldedNeedle(std::string_view needle, Where where) : needle_(fold_for_search(needle)), where_(where) {}
bool FoldedNeedle::in(std::string_view text) const { return in_folded(fold_for_search(text)); }
bool FoldedNeedle::in_folded(std::string_view folded) const {
  return where_ == Where::at_start ? folded.starts_with(needle_) : folded.find(needle_) != std::string_view::npos;
}

}  // namespace dealog::projections
