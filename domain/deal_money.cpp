#include "domain/deal_money.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "domain/days.h"
#include "domain/money.h"
#include "domain/packed.h"

namespace dealog {
namespace {

// What of a line or cost has a fixed size. Without padding: digests are made of these bytes.
struct PackedLine {
  Uuid id, product;
  std::int64_t quantity, price, discount;
  std::int32_t day;
  std::uint32_t every_months, times, name_length;
  std::uint64_t kind;
};
struct PackedCost {
  Uuid id, category;
  std::int64_t amount;
  std::int32_t day;
  std::uint32_t kind;
};
static_assert(std::has_unique_object_representations_v<PackedLine> && std::has_unique_object_representations_v<PackedCost>);

std::int32_t packed_day(const std::optional<Day>& day) { return day ? day->days : no_day; }
std::optional<Day> unpacked_day(std::int32_t day) { return day == no_day ? std::nullopt : std::optional(Day{day}); }

}  // namespace

std::optional<std::int64_t> occurrence_value(const event::Line& line) {
  // Quantities are thousandths, discounts basis points.
  constexpr Int128 whole = Int128{1'000} * 10'000;
  const Int128 exact = Int128{line.quantity} * line.price * (10'000 - line.discount);
  const Int128 rounded = divide_half_away(exact, whole);
  if (rounded > INT64_MAX || rounded < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(rounded);
}

std::int64_t line_value(const event::Line& line) { return occurrence_value(line).value_or(0) * occurrences(line); }

Day occurrence_day(Day first, const event::Line& line, std::uint32_t n) {
  if (n == 0 || line.every_months == 0) return first;
  return add_months(first, static_cast<std::int32_t>(n * line.every_months));
}

std::optional<std::int64_t> sum_of(const std::vector<event::Line>& lines, event::AmountKind kind) {
  std::optional<std::int64_t> sum;
  for (const event::Line& line : lines)
    if (line.kind == kind) sum = sum.value_or(0) + line_value(line);
  return sum;
}

std::optional<std::int64_t> sum_of(const std::vector<event::Cost>& costs, event::AmountKind kind) {
  std::optional<std::int64_t> sum;
  for (const event::Cost& cost : costs)
    if (cost.kind == kind) sum = sum.value_or(0) + cost.amount;
  return sum;
}

std::string packed(const std::vector<event::Line>& lines) {
  std::string bytes;
  for (const event::Line& line : lines) {
    append(bytes, PackedLine{line.id, line.product, line.quantity, line.price, line.discount, packed_day(line.day), line.every_months, line.times,
                             static_cast<std::uint32_t>(line.name.size()), static_cast<std::uint64_t>(line.kind)});
    bytes += line.name;
  }
  return bytes;
}

std::string packed(const std::vector<event::Cost>& costs) {
  std::string bytes;
  for (const event::Cost& cost : costs)
    append(bytes, PackedCost{cost.id, cost.category, cost.amount, packed_day(cost.day), static_cast<std::uint32_t>(cost.kind)});
  return bytes;
}

std::vector<event::Line> unpacked_lines(std::string_view bytes) {
  std::vector<event::Line> lines;
  while (bytes.size() >= sizeof(PackedLine)) {
    const auto fixed = take<PackedLine>(bytes);
    lines.push_back({.id = fixed.id, .product = fixed.product, .name = std::string(bytes.substr(0, fixed.name_length)), .quantity = fixed.quantity,
                     .price = fixed.price, .discount = fixed.discount, .day = unpacked_day(fixed.day), .every_months = fixed.every_months,
                     .times = fixed.times, .kind = static_cast<event::AmountKind>(fixed.kind)});
    bytes.remove_prefix(std::min<std::size_t>(fixed.name_length, bytes.size()));
  }
  return lines;
}

std::vector<event::Cost> unpacked_costs(std::string_view bytes) {
  std::vector<event::Cost> costs;
  while (bytes.size() >= sizeof(PackedCost)) {
    const auto fixed = take<PackedCost>(bytes);
    costs.push_back({.id = fixed.id, .category = fixed.category, .amount = fixed.amount, .day = unpacked_day(fixed.day),
                     .kind = static_cast<event::AmountKind>(fixed.kind)});
  }
  return costs;
}

}  // namespace dealog
