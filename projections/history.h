#pragma once
// Every field's values through time: append-only version rows in the order of the log.
//
// State at (as_of t, known_at p), SPEC GEN-6, is one pass: over the rows that the log had at p,
//     if (from <= t) column[row] = value;
// A row is {object's row, stamp, value}: 12 bytes, 16 for numbers. A stamp is one (event, from) pair, made once
// per event (twice by a correction), so the instant is not repeated for every field the event sets.
//
// Threads: as SegmentedLog.

#include <algorithm>
#include <cstdint>
#include <span>

#include "domain/types.h"
#include "projections/columns.h"
#include "projections/segmented_log.h"

namespace dealog::projections {

using Stamp = std::uint32_t;

class Stamps {
 public:
  // The writer's. `position` goes up by one, from 1.
  void begin(Position position) {
    if (first_of_.size() == 0) first_of_.push_back(0);  // position 0
    while (first_of_.size() <= position) first_of_.push_back(static_cast<Stamp>(froms_.size()));
    has_current_ = false;
  }
  Stamp stamp(Instant from) {
    if (has_current_ && froms_[froms_.size() - 1] == from.ms) return static_cast<Stamp>(froms_.size() - 1);
    froms_.push_back(from.ms);
    has_current_ = true;
    return static_cast<Stamp>(froms_.size() - 1);
  }

  Instant from(Stamp stamp) const { return Instant{froms_[stamp]}; }
  // The first stamp that the log had not made at `known_at`. `position`, `size`: where the reader's World stands.
  Stamp cut(Position known_at, Position position, Stamp size) const {
    return known_at >= position ? size : first_of_[known_at + 1];
  }
  Stamp size() const { return static_cast<Stamp>(froms_.size()); }
  const SegmentedLog<std::int64_t>& froms() const { return froms_; }
  std::size_t bytes() const { return froms_.size() * 8 + first_of_.size() * 4; }

 private:
  SegmentedLog<std::int64_t> froms_;
  SegmentedLog<Stamp> first_of_;  // by position
  bool has_current_ = false;
};

// Reads instants of rising stamps: the segment is looked up once for very many.
class FromReader {
 public:
  explicit FromReader(const Stamps& stamps) : froms_(stamps.froms()) {}
  std::int64_t operator()(Stamp stamp) {
    if (stamp >= end_ || stamp < start_) {
      const std::size_t segment = SegmentedLog<std::int64_t>::segment_of(stamp);
      start_ = SegmentedLog<std::int64_t>::start_of(segment);
      end_ = start_ + SegmentedLog<std::int64_t>::length_of(segment);
      values_ = froms_.segment(segment);
    }
    return values_[stamp - start_];
  }

 private:
  const SegmentedLog<std::int64_t>& froms_;
  const std::int64_t* values_ = nullptr;
  std::size_t start_ = 0, end_ = 0;
};

// The version rows of one field of one kind. `small` or `large` holds the values, by Held. Sets of deeds also keep
// what happened (`deeds`: member; `by`: who, and a removal has the top bit set; `previous`: the number of the object's deed
// before, plus one): who did something, and when, is asked for one object at a time; and a set that was assembled in
// another order than that of time has to be put together again.
struct FieldHistory {
  SegmentedLog<Row> rows;
  SegmentedLog<Stamp> stamps;
  SegmentedLog<std::uint32_t> small;
  SegmentedLog<std::int64_t> large;
  SegmentedLog<std::uint32_t> deeds, by, previous;
  // Of each block of rows the earliest and the latest `from`: most blocks lie wholly on one side of a moment. A
  // reader looks only at those of blocks that were full when its World was pinned.
  static constexpr std::size_t block_rows = 1024;
  SegmentedLog<std::int64_t> earliest, latest;

  // The writer's: row `index` holds from `from`.
  void note_from(std::size_t index, std::int64_t from) {
    const std::size_t block = index / block_rows;
    if (index % block_rows == 0) {
      earliest.write(block, from);
      latest.write(block, from);
    } else {
      earliest.at(block) = std::min(earliest.at(block), from);
      latest.at(block) = std::max(latest.at(block), from);
    }
  }
  // use(first row, how many, whether all hold) for stretches of the first `count` rows, in order, within one
  // segment each, without those of which none holds at `as_of`.
  template <class Use>
  void for_each_holding(std::size_t count, Instant as_of, Use&& use) const {
    rows.for_each_stretch(count, [&](std::size_t start, const Row*, std::size_t length) {
      for (std::size_t at = start; at < start + length;) {
        const std::size_t block = at / block_rows, block_end = (block + 1) * block_rows;
        const std::size_t end = std::min(start + length, block_end);
        const bool is_full = block_end <= count;
        if (!is_full || earliest[block] <= as_of.ms) use(at, end - at, is_full && latest[block] <= as_of.ms);
        at = end;
      }
    });
  }

  // How many of the first `size` rows have a stamp below `cut`.
  std::size_t known(std::size_t size, Stamp cut) const {
    std::size_t low = 0;
    while (low < size) {
      const std::size_t middle = low + (size - low) / 2;
      if (stamps[middle] < cut) low = middle + 1;
      else size = middle;
    }
    return low;
  }
  std::size_t bytes() const {
    return rows.size() * 4 + stamps.size() * 4 + small.size() * 4 + large.size() * 8 + deeds.size() * 12;
  }
};
inline constexpr std::uint32_t removal_bit = 0x8000'0000u;

// f(row, value) for the first `count` rows whose from is not after `as_of`, in the order of the log.
template <class T, class F>
void replay(const FieldHistory& history, const SegmentedLog<T>& values, std::size_t count, const Stamps& stamps, Instant as_of, F&& f) {
  FromReader from(stamps);
  using Rows = SegmentedLog<Row>;
  history.for_each_holding(count, as_of, [&](std::size_t start, std::size_t length, bool all_hold) {
    const std::size_t segment = Rows::segment_of(start), skipped = start - Rows::start_of(segment);
    const Row* rows = history.rows.segment(segment) + skipped;
    const T* value = values.segment(segment) + skipped;
    if (all_hold) {
      for (std::size_t i = 0; i < length; ++i) f(rows[i], value[i]);
      return;
    }
    const Stamp* stamp = history.stamps.segment(segment) + skipped;
    for (std::size_t i = 0; i < length; ++i)
      if (from(stamp[i]) <= as_of.ms) f(rows[i], value[i]);
  });
}

}  // namespace dealog::projections
