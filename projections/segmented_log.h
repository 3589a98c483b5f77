#pragma once
// An append-only array whose elements never move: segments of doubling size, so that a small account stays small
// and a long scan runs over few long stretches.
//
// Threads: one appender; readers of elements they were told of (through a lock or a release store).

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace dealog::projections {

template <class T>
class SegmentedLog {
 public:
  static constexpr std::size_t base = 64;

  SegmentedLog() = default;
  SegmentedLog(const SegmentedLog&) = delete;
  SegmentedLog& operator=(const SegmentedLog&) = delete;
  // Overwrites everything, in a way that the compiler may not leave out. REQUIRES: nobody reads any more.
  void wipe() {
    for (std::size_t segment = 0; segment < segments_.size() && start_of(segment) < size_; ++segment)
      if (T* const values = segments_[segment].load(std::memory_order_relaxed))
        ::explicit_bzero(values, std::min(size_ - start_of(segment), length_of(segment)) * sizeof(T));
  }
  ~SegmentedLog() {
    for (auto& segment : segments_) delete[] segment.load(std::memory_order_relaxed);
  }

  const T& operator[](std::size_t index) const {
    const std::size_t segment = segment_of(index);
    return segments_[segment].load(std::memory_order_acquire)[index - start_of(segment)];
  }
  T& at(std::size_t index) {
    const std::size_t segment = segment_of(index);
    return segments_[segment].load(std::memory_order_relaxed)[index - start_of(segment)];
  }

  // The appender's.
  std::size_t size() const { return size_; }
  T& append() {
    make_room(size_);
    return at(size_++);
  }
  void push_back(T value) { append() = value; }
  // A stretch of `count` elements in one segment; returns where it starts. What does not fit into the rest of a
  // segment begins in the next one.
  std::size_t append_stretch(std::size_t count) {
    std::size_t segment = segment_of(size_);
    if (size_ + count > start_of(segment + 1)) {
      do ++segment; while (length_of(segment) < count);
      size_ = start_of(segment);
    }
    make_room(size_);
    const std::size_t start = size_;
    size_ += count;
    return start;
  }
  // At `index`, at most one beyond the end, which then is the end.
  void write(std::size_t index, T value) {
    make_room(index);
    at(index) = value;
    size_ = index + 1;
  }

  // Stretches: f(first index, pointer, count) for all elements before `size`, in order.
  template <class F>
  void for_each_stretch(std::size_t size, F&& f) const {
    for (std::size_t segment = 0; start_of(segment) < size; ++segment) {
      const std::size_t start = start_of(segment);
      f(start, segments_[segment].load(std::memory_order_acquire), std::min(size - start, length_of(segment)));
    }
  }

  static constexpr std::size_t segment_of(std::size_t index) {
    return static_cast<std::size_t>(std::bit_width(index / base + 1)) - 1;
  }
  static constexpr std::size_t start_of(std::size_t segment) { return base * ((std::size_t{1} << segment) - 1); }
  static constexpr std::size_t length_of(std::size_t segment) { return base << segment; }
  const T* segment(std::size_t index) const { return segments_[index].load(std::memory_order_acquire); }

 private:
  void make_room(std::size_t index) {
    const std::size_t segment = segment_of(index);
    if (segment >= segments_.size()) throw std::length_error("a read model has outgrown its arrays");
    if (segments_[segment].load(std::memory_order_relaxed) == nullptr)
      segments_[segment].store(std::make_unique_for_overwrite<T[]>(length_of(segment)).release(),
                               std::memory_order_release);
  }

  std::array<std::atomic<T*>, 28> segments_{};
  std::size_t size_ = 0;
};

}  // namespace dealog::projections
