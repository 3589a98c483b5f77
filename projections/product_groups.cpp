// group_by=product: the one breakdown that looks into the lines of deals.
#include <map>

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
        const bool is_line = amount.what == DatedAmount::What::line;
        const Handle product = is_line && !amounts.lines[amount.index].product.is_nil() ? world.handle(amounts.lines[amount.index].product) : 0;
        of_deal[product] += rates.convert(amount.minor, currency, amount.day).value_or(0);
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

std::function<std::string(const Parameters&)> finance_link(const ReportRequest& request, const Parameters& deal_filters, ValueKind kind) {
  Parameters filters{{"kind", kind == ValueKind::realised ? "realised" : "forecast"}, {"type[in]", "line,value"}};
  for (const auto& [name, value] : deal_filters) filters.emplace_back("deal." + name, value);
  return [links = Links(request, "finances", std::move(filters))](const Parameters& more) { return links.with(more); };
}

ValueKind read_value_kind(const ReportRequest& request, const DealGrouping* grouping, Faults& faults) {
  const auto kind = parse_value_kind(request.value("value_kind", "forecast"));
  if (!kind) faults.push_back({"value_kind", "invalid", "forecast, realised or profit."});
  else if (*kind == ValueKind::profit && grouping && grouping->many == DealGrouping::Many::product)
    faults.push_back({"value_kind", "invalid", "Costs are of deals, not of products: forecast or realised."});
  return kind.value_or(ValueKind::forecast);
}

}  // namespace dealog::projections
