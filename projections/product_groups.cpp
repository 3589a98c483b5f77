// group_by=product: the one breakdown that looks into the lines of deals.
#include <algorithm>
#include <map>
#include <utility>

#include "projections/report_deals.h"

namespace dealog::projections {

std::vector<Group> product_groups(const Selected& selected, ValueKind kind, bool weighted) {
  const World& world = *selected.ground().world;
  const Table& deals = selected.table();
  const Rates rates(world, selected.ground().asked.now);
  const auto wanted = kind == ValueKind::realised ? event::AmountKind::realised : event::AmountKind::forecast;
  const auto& done = deals.numbers(derived::done_weight);
  const auto& total = deals.numbers(derived::total_weight);
  std::map<Handle, Measure> groups;
  selected.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
    for (std::size_t n = 0; n < rows; ++n) {
      const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[n]);
      const std::string currency = currency_of(world, row);
      const DealAmounts amounts = amounts_of(world, row);
      std::map<Handle, std::int64_t> of_deal;
      for (const DatedAmount& amount : amounts.all) {
        if (amount.what == DatedAmount::What::cost || amount.kind != wanted) continue;
        const Uuid product = product_of(amounts, amount);
        of_deal[product.is_nil() ? 0 : world.handle(product)] += rates.convert(amount.minor, currency, amount.day).value_or(0);
      }
      if (of_deal.empty()) of_deal[0] = 0;
      for (const auto& [product, value] : of_deal) {
        Measure& measure = groups[product];
        ++measure.count;
        measure.value += value;
        if (weighted && done[row] > 0 && value != 0) measure.weighted.add(value, done[row], total[row]);
      }
    }
  });
  std::vector<Group> all;
  for (auto& [product, measure] : groups) all.push_back({product, std::move(measure)});
  return all;
}

std::vector<Cells> product_rows(const ReportRequest& request, const Parameters& deal_filters, ValueKind kind, const Counts& counts, Shown shown) {
  const bool is_realised = kind == ValueKind::realised;
  Parameters filters{{"kind", is_realised ? "realised" : "forecast"}, {"type[in]", "line,value"}};
  for (const auto& [name, value] : deal_filters) filters.emplace_back("deal." + name, value);
  const Links finances(request, "finances", std::move(filters));
  std::vector<Cells> rows = group_rows(*request.ground.world, KeyKind::product, counts.groups, counts.all, shown, "product_id",
                                       [&](const Parameters& more) { return finances.with(more); });
  // Among those of no product are deals without any amount, which Finances has no row for: the deals are opened, the amounts beside.
  const bool has_none = std::ranges::any_of(counts.groups, [](const Group& group) { return group.key == 0; });
  if (has_none) {
    const Links deals(request, Kind::deal, deal_filters);
    Cell& items = rows.back().back().second;   // none is the last row
    Cell amounts = std::exchange(items, text_cell(deals.with({{is_realised ? "realised_without_product" : "without_product", "true"}})));
    rows.back().emplace_back("amounts", std::move(amounts));
  }
  return rows;
}

ValueKind read_value_kind(const ReportRequest& request, const DealGrouping* grouping, Faults& faults) {
  const auto kind = parse_value_kind(request.value("value_kind", "forecast"));
  if (!kind) faults.push_back({"value_kind", "invalid", "forecast, realised or profit."});
  else if (*kind == ValueKind::profit && grouping && grouping->many == DealGrouping::Many::product)
    faults.push_back({"value_kind", "invalid", "Costs are of deals, not of products: forecast or realised."});
  return kind.value_or(ValueKind::forecast);
}

}  // namespace dealog::projections
