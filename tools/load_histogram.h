#pragma once
// How long things took, in logarithmic buckets: 64 per power of two, so a quantile is right within 1.6 % from a
// nanosecond to hours, in a few kilobytes, and adding costs nanoseconds. A plain value; one thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace dealog::tools {

class Histogram {
 public:
  void add(std::uint64_t ns) {
    ++buckets_[bucket_of(ns)];
    ++count_;
    sum_ += ns;
    if (ns > max_) max_ = ns;
  }

  void add(const Histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    if (other.max_ > max_) max_ = other.max_;
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  std::uint64_t mean() const { return count_ == 0 ? 0 : sum_ / count_; }

  // The smallest recorded time that at least the share `q` of all times does not exceed, rounded up to its bucket's
  // upper end (and never above the maximum); 0 when nothing was recorded. REQUIRES: 0 <= q <= 1.
  std::uint64_t quantile(double q) const {
    if (count_ == 0) return 0;
    auto rank = static_cast<std::uint64_t>(q * static_cast<double>(count_) + 0.999999);
    if (rank < 1) rank = 1;
    if (rank > count_) rank = count_;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank) return upper_end(i) < max_ ? upper_end(i) : max_;
    }
    return max_;
  }

 private:
  static constexpr unsigned sub_bits = 6;
  static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;

  // Below 64 each number has a bucket; above, the highest 7 bits choose it.
  static std::size_t bucket_of(std::uint64_t ns) {
    if (ns < sub_count) return static_cast<std::size_t>(ns);
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - sub_bits - 1;
    return (std::size_t{shift} + 1) * sub_count + static_cast<std::size_t>((ns >> shift) - sub_count);
  }
  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < sub_count) return bucket;
    const std::size_t shift = bucket / sub_count - 1;
    const std::uint64_t top = bucket % sub_count + sub_count;
    return ((top + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - sub_bits + 1) * sub_count> buckets_{};
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0;
};

}  // namespace dealog::tools
