#pragma once
// A sum of value x done / total over deals, exact until it is rounded, once (SPEC GEN-2). Nearly always all
// deals share one total (that of their process), so adding is one multiplication.

#include <cstdint>
#include <map>

#include "domain/money.h"

namespace dealog::projections {

class WeightedSum {
 public:
  // A total of 0 is a progress of 0 (PRC-3).
  void add(std::int64_t value, std::int64_t done, std::int64_t total) {
    if (total <= 0) return;
    if (total != total_) change_total(total);
    numerator_ += static_cast<Int128>(value) * done;
  }
  void add(const WeightedSum& other);
  // Halves away from zero.
  std::int64_t rounded() const;

 private:
  void change_total(std::int64_t total);

  std::int64_t total_ = 0;        // of numerator_
  Int128 numerator_ = 0;
  std::map<std::int64_t, Int128> others_;
};

}  // namespace dealog::projections
