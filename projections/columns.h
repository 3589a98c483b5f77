#pragma once
// A column of plain values in chunks of 16 Ki rows. Copying a Column pins it: the copy costs one pointer, and the
// writer copies the list of chunks and then a chunk only where it writes while somebody still holds the old one.
// A chunk nobody ever wrote to is one blank shared by all columns of the type, so a field that is never set costs
// nothing. The first chunk of a small table is small.
//
// Threads: any number of readers of copies; one writer.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "projections/shared.h"

namespace dealog::projections {

// The place of an object in its kind's table: 0, 1, 2, ... in order of its first event in the log.
using Row = std::uint32_t;
inline constexpr Row no_row = std::numeric_limits<Row>::max();

inline constexpr std::int64_t null_number = std::numeric_limits<std::int64_t>::min();

inline constexpr std::size_t chunk_bits = 14;
inline constexpr std::size_t chunk_rows = std::size_t{1} << chunk_bits;

template <class T>
class Column {
 public:
  // What a row holds that was never set.
  static constexpr T blank = sizeof(T) == 8 ? static_cast<T>(null_number) : T{0};

  // Reading. Valid for the rows that the table has; a last chunk may be shorter than chunk_rows.
  std::size_t chunks() const { return spine_ ? spine_->chunks.size() : 0; }
  const T* chunk(std::size_t index) const { return spine_->chunks[index]->values.get(); }
  T operator[](Row row) const { return spine_->chunks[row >> chunk_bits]->values[row & (chunk_rows - 1)]; }

  // Asks for the row's place without waiting for it.
  void prefetch(Row row) const {
    if (spine_) __builtin_prefetch(&spine_->chunks[row >> chunk_bits]->values[row & (chunk_rows - 1)]);
  }

  // Rooms for this many rows: powers of two within the first chunk, then whole chunks.
  static std::size_t room_for(std::size_t rows) {
    if (rows > chunk_rows) return (rows + chunk_rows - 1) / chunk_rows * chunk_rows;
    return std::max<std::size_t>(smallest, std::bit_ceil(rows));
  }
  // REQUIRES: room comes from room_for. New rows are blank.
  void grow(std::size_t room) {
    const std::size_t wanted = (room + chunk_rows - 1) / chunk_rows;
    const std::size_t first = std::min(room, chunk_rows);
    if (chunks() == wanted && (wanted == 0 || spine_->chunks[0]->capacity >= first)) return;
    Spine& spine = own_spine();
    if (!spine.chunks.empty() && spine.chunks[0]->capacity < first) spine.chunks[0] = copy(*spine.chunks[0], first);
    while (spine.chunks.size() < wanted) spine.chunks.push_back(blank_chunk());
  }
  // REQUIRES: room was made for the row.
  void set(Row row, T value) { own_chunk(row >> chunk_bits)[row & (chunk_rows - 1)] = value; }
  // All chunks, to be written without further checks.
  std::vector<T*> own_all() {
    std::vector<T*> pointers(chunks());
    for (std::size_t index = 0; index < pointers.size(); ++index) pointers[index] = own_chunk(index);
    return pointers;
  }
  // The same memory, hence the same values.
  bool same_as(const Column& other) const { return spine_.get() == other.spine_.get(); }

 private:
  static constexpr std::size_t smallest = 64;

  struct Chunk : Counted {
    explicit Chunk(std::size_t size) : capacity(size), values(std::make_unique_for_overwrite<T[]>(size)) {}
    std::size_t capacity;
    std::unique_ptr<T[]> values;
  };
  struct Spine : Counted {
    std::vector<Shared<Chunk>> chunks;
    std::size_t room = 0;
  };

  static const Shared<Chunk>& blank_chunk() {
    static const Shared<Chunk> chunk = [] {
      Shared<Chunk> made(new Chunk(chunk_rows));
      std::fill_n(made->values.get(), chunk_rows, blank);
      return made;
    }();
    return chunk;
  }
  static Shared<Chunk> copy(const Chunk& from, std::size_t capacity) {
    Shared<Chunk> made(new Chunk(capacity));
    const std::size_t kept = std::min(capacity, from.capacity);
    std::copy_n(from.values.get(), kept, made->values.get());
    std::fill_n(made->values.get() + kept, capacity - kept, blank);
    return made;
  }
  Spine& own_spine() {
    if (!spine_) spine_ = Shared<Spine>(new Spine);
    else if (!spine_.is_sole()) spine_ = Shared<Spine>(new Spine(*spine_));
    return *spine_;
  }
  T* own_chunk(std::size_t index) {
    Spine& spine = own_spine();
    Shared<Chunk>& chunk = spine.chunks[index];
    // The blank one is never sole: its static owner holds it too.
    if (!chunk.is_sole()) chunk = copy(*chunk, chunk->capacity);
    return chunk->values.get();
  }

  Shared<Spine> spine_;
};

}  // namespace dealog::projections
