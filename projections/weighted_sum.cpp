#include "projections/weighted_sum.h"

#include <boost/multiprecision/cpp_int.hpp>

namespace dealog::projections {

void WeightedSum::change_total(std::int64_t total) {
  if (total_ != 0) others_[total_] += numerator_;
  total_ = total;
  numerator_ = 0;
  if (const auto known = others_.find(total); known != others_.end()) {
    numerator_ = known->second;
    others_.erase(known);
  }
}

void WeightedSum::add(const WeightedSum& other) {
  const auto take = [&](std::int64_t total, Int128 numerator) {
    if (total == 0) return;
    if (total != total_) change_total(total);
    numerator_ += numerator;
  };
  take(other.total_, other.numerator_);
  for (const auto& [total, numerator] : other.others_) take(total, numerator);
}

std::int64_t WeightedSum::rounded() const {
  if (total_ == 0) return 0;
  if (others_.empty()) return static_cast<std::int64_t>(divide_half_away(numerator_, total_));
  // Several totals: over their product. Rare, and then there are few.
  using Integer = boost::multiprecision::cpp_int;
  Integer numerator = Integer(numerator_), denominator = Integer(total_);
  for (const auto& [total, part] : others_) {
    numerator = numerator * total + Integer(part) * denominator;
    denominator *= total;
  }
  const bool is_negative = numerator < 0;
  const Integer size = is_negative ? Integer(-numerator) : numerator;
  const Integer rounded = (2 * size + denominator) / (2 * denominator);
  const auto whole = static_cast<std::int64_t>(rounded);
  return is_negative ? -whole : whole;
}

}  // namespace dealog::projections
