#include "projections/amounts.h"

#include <algorithm>

#include "domain/calendar.h"
#include "domain/money.h"
#include "projections/layout.h"

namespace dealog::projections {
namespace {

namespace f = field;

std::int64_t or_zero(std::int64_t value) { return value == null_number ? 0 : value; }

std::int64_t profit(std::int64_t value, std::int64_t costs) {
  return value == null_number && costs == null_number ? null_number : or_zero(value) - or_zero(costs);
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// Does the amount belong to the kind, and with which sign?
int sign(const DatedAmount& amount, ValueKind kind) {
  const bool is_cost = amount.what == DatedAmount::What::cost;
  switch (kind) {
    case ValueKind::forecast: return !is_cost && amount.kind == event::AmountKind::forecast;
    case ValueKind::realised: return !is_cost && amount.kind == event::AmountKind::realised;
    case ValueKind::profit: return amount.kind != event::AmountKind::forecast ? 0 : is_cost ? -1 : 1;
  }
  return 0;
}

Column<std::int64_t> own_column(const Table& deals, ValueKind kind) {
  if (kind == ValueKind::forecast) return deals.numbers(derived::value);
  if (kind == ValueKind::realised) return deals.numbers(f::deal::realised);
  const auto& values = deals.numbers(derived::value);
  const auto& costs = deals.numbers(f::deal::forecast_costs);
  Column<std::int64_t> profits;
  profits.grow(Column<std::int64_t>::room_for(deals.rows()));
  const auto chunks = profits.own_all();
  for (Row row = 0; row < deals.rows(); ++row) chunks[row >> chunk_bits][row & (chunk_rows - 1)] = profit(values[row], costs[row]);
  return profits;
}

class OfValues final : public NumberSource {
 public:
  explicit OfValues(std::shared_ptr<const DealValues> values) : values_(std::move(values)) {}
  void read(std::size_t chunk, std::size_t rows, std::int64_t* scratch) const override { std::copy_n(values_->column.chunk(chunk), rows, scratch); }
  std::int64_t at(Row row) const override { return values_->column[row]; }

 private:
  std::shared_ptr<const DealValues> values_;
};

class Weighted final : public NumberSource {
 public:
  Weighted(std::shared_ptr<const DealValues> values, const Table& deals)
      : values_(std::move(values)), done_(deals.numbers(derived::done_weight)), total_(deals.numbers(derived::total_weight)) {}
  void read(std::size_t chunk, std::size_t rows, std::int64_t* scratch) const override {
    const std::int64_t *value = values_->column.chunk(chunk), *done = done_.chunk(chunk), *total = total_.chunk(chunk);
    for (std::size_t i = 0; i < rows; ++i) scratch[i] = of(value[i], done[i], total[i]);
  }
  std::int64_t at(Row row) const override { return of(values_->column[row], done_[row], total_[row]); }

 private:
  static std::int64_t of(std::int64_t value, std::int64_t done, std::int64_t total) {
    if (value == null_number) return null_number;
    if (total <= 0 || done <= 0) return 0;
    return multiply_ratio(value, done, total).value_or(null_number);
  }
  std::shared_ptr<const DealValues> values_;
  const Column<std::int64_t>&done_, &total_;
};

}  // namespace

std::optional<ValueKind> parse_value_kind(std::string_view name) {
  if (name == "forecast") return ValueKind::forecast;
  if (name == "realised") return ValueKind::realised;
  if (name == "profit") return ValueKind::profit;
  return std::nullopt;
}

DealAmounts amounts_of(const World& world, Row deal) {
  using What = DatedAmount::What;
  const Table& deals = world.table(Kind::deal);
  DealAmounts amounts{unpacked_lines(deals.text(f::deal::lines, deal)), unpacked_costs(deals.text(f::deal::costs, deal)), {}};
  std::optional<Day> otherwise;
  if (const std::int64_t expected = deals.numbers(f::deal::expected_close_on)[deal]; expected != null_number)
    otherwise = Day{static_cast<std::int32_t>(expected)};
  else if (const std::int64_t closed = deals.numbers(f::deal::closed_at)[deal]; closed != null_number)
    otherwise = world.calendar().day_of(Instant{closed});

  for (std::size_t i = 0; i < amounts.lines.size(); ++i) {
    const event::Line& line = amounts.lines[i];
    const std::optional<Day> first = line.day ? line.day : otherwise;
    for (std::uint32_t n = 0; n < occurrences(line); ++n)
      amounts.all.push_back({What::line, line.kind, occurrence_value(line).value_or(0),
                             first ? std::optional(occurrence_day(*first, line, n)) : std::nullopt, i, n});
  }
  const bool has_forecast = std::ranges::any_of(amounts.lines, [](const event::Line& line) { return line.kind == event::AmountKind::forecast; });
  if (const std::int64_t typed = deals.numbers(f::deal::value)[deal]; !has_forecast && typed != null_number)
    amounts.all.push_back({What::value, event::AmountKind::forecast, typed, otherwise, 0, 0});
  for (std::size_t i = 0; i < amounts.costs.size(); ++i) {
    const event::Cost& cost = amounts.costs[i];
    amounts.all.push_back({What::cost, cost.kind, cost.amount, cost.day ? cost.day : otherwise, i, 0});
  }
  return amounts;
}

Uuid product_of(const DealAmounts& amounts, const DatedAmount& amount) {
  return amount.what == DatedAmount::What::line ? amounts.lines[amount.index].product : Uuid{};
}

// Not by the amounts: without a line of the kind there is none of a product, for a typed value is of none.
bool is_without_product(const Table& deals, Row deal, event::AmountKind kind) {
  bool is_empty = true;
  for (const event::Line& line : unpacked_lines(deals.text(f::deal::lines, deal))) {
    if (line.kind != kind) continue;
    if (line.product.is_nil()) return true;
    is_empty = false;
  }
  return is_empty;
}

std::string currency_of(const World& world, Row deal) {
  const Table& deals = world.table(Kind::deal);
  return std::string(deals.has_text(f::deal::currency, deal) ? deals.text(f::deal::currency, deal) : world.currency());
}

Rates::Rates(const World& world, Instant now) : own_(world.currency()), today_(world.calendar().day_of(now)) {
  namespace r = field::exchange_rate;
  const Table& table = world.table(Kind::exchange_rate);
  for (Row row = 0; row < table.rows(); ++row)
    if (table.presence()[row] == 1)
      rates_[std::string(table.text(r::currency, row))].push_back({static_cast<std::int32_t>(table.numbers(r::day)[row]), table.numbers(r::rate)[row]});
  for (auto& [currency, rates] : rates_) std::ranges::sort(rates, {}, &Rate::day);
}

std::optional<std::int64_t> Rates::convert(std::int64_t minor, std::string_view currency, const std::optional<Day>& day) const {
  if (currency == own_) return minor;
  const auto found = rates_.find(currency);
  if (found == rates_.end()) return std::nullopt;
  const std::int32_t on = day.value_or(today_).days;
  const auto later = std::ranges::upper_bound(found->second, on, {}, &Rate::day);
  if (later == found->second.begin()) return std::nullopt;
  const auto places = [](std::string_view code) { return decimals(parse_currency(code).value_or(Currency{})).value_or(0); };
  constexpr Int128 millionths = 1'000'000;
  const Int128 exact = Int128{minor} * std::prev(later)->millionths * power_of_ten(places(own_));
  const Int128 rounded = divide_half_away(exact, millionths * power_of_ten(places(currency)));
  if (rounded > INT64_MAX || rounded <= INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(rounded);
}

std::shared_ptr<const DealValues> values_of(const Ground& ground, ValueKind kind) {
  const World& world = *ground.world;
  const Table& deals = world.table(Kind::deal);
  auto values = std::make_shared<DealValues>();
  values->column = own_column(deals, kind);
  if (!world.has_foreign_deals()) return values;

  const auto& foreign = deals.handles(inner::foreign);
  const Rates rates(world, ground.asked.now);
  for (Row row = 0; row < deals.rows(); ++row) {
    if (foreign[row] == 0) continue;
    const std::string currency = currency_of(world, row);
    std::optional<std::int64_t> sum, unconverted;
    for (const DatedAmount& amount : amounts_of(world, row).all) {
      const int counts = sign(amount, kind);
      if (counts == 0) continue;
      if (const auto converted = rates.convert(amount.minor, currency, amount.day)) sum = sum.value_or(0) + counts * *converted;
      else unconverted = unconverted.value_or(0) + counts * amount.minor;
    }
    values->column.set(row, sum.value_or(null_number));
    if (unconverted) values->unconverted[row] = *unconverted;
  }
  return values;
}

Cell unconverted_cell(const std::map<std::string, std::int64_t>& by_currency) {
  if (by_currency.empty()) return {};
  std::vector<Cells> sums;
  for (const auto& [currency, minor] : by_currency) {
    Cells sum;
    sum.emplace_back("amount", Cell{format_amount(minor, parse_currency(currency).value_or(Currency{}))});
    sum.emplace_back("currency", Cell{currency});
    sums.push_back(std::move(sum));
  }
  return {std::move(sums)};
}

Cell unconverted_cell(const Selected& selected, const DealValues& values) {
  std::map<std::string, std::int64_t> by_currency;
  if (!values.unconverted.empty())
    selected.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
      for (std::size_t n = 0; n < rows; ++n) {
        const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[n]);
        if (const auto found = values.unconverted.find(row); found != values.unconverted.end())
          by_currency[currency_of(*selected.ground().world, row)] += found->second;
      }
    });
  return unconverted_cell(by_currency);
}

std::unique_ptr<const NumberSource> value_source(const Ground& ground, ValueKind kind) { return std::make_unique<OfValues>(values_of(ground, kind)); }

std::unique_ptr<const NumberSource> weighted_source(const Ground& ground) {
  return std::make_unique<Weighted>(values_of(ground, ValueKind::forecast), ground.world->table(Kind::deal));
}

PredicatePtr value_in(const Ground& ground, ValueKind kind, bool weighted, std::vector<Interval> intervals, bool is_not) {
  const Table& deals = ground.world->table(Kind::deal);
  if (!weighted && !ground.world->has_foreign_deals() && kind != ValueKind::profit)
    return number_in(deals.numbers(kind == ValueKind::forecast ? derived::value : f::deal::realised), std::move(intervals), is_not);
  auto values = values_of(ground, kind);
  std::unique_ptr<const NumberSource> source;
  if (weighted) source = std::make_unique<Weighted>(values, deals);
  else source = std::make_unique<OfValues>(values);
  PredicatePtr in = number_in(std::move(source), std::move(intervals), is_not);
  if (!is_not || values->unconverted.empty()) return in;
  std::vector<PredicatePtr> both;
  both.push_back(std::move(in));
  both.push_back(row_test(3, [values](Row row) { return !values->unconverted.contains(row); }));
  return all_of(std::move(both));
}

}  // namespace dealog::projections
