// STA-2. Open deals at as_of; period by creation; the owner and his team are those at as_of (GEN-7).
#include "projections/report_deals.h"
#include "projections/reports.h"

namespace dealog::projections {
namespace {

namespace f = field;

constexpr DealGrouping open_groupings[] = {
    {"stage", KeyKind::stage, f::deal::stage_id, "stage_id"},
    {"owner", KeyKind::user, f::deal::owner_id, "owner_id"},
    {"source", KeyKind::source, f::deal::source_id, "source_id"},
    {"process", KeyKind::process, f::deal::process_id, "process_id"},
    {"team", KeyKind::team, f::deal::owner_id, "team_id", DealGrouping::Many::team},
    {"group", KeyKind::deal_group, f::deal::groups, "groups", DealGrouping::Many::set},
    {"tag", KeyKind::tag, f::deal::tags, "tags", DealGrouping::Many::set},
    {"product", KeyKind::product, 0, "product_id", DealGrouping::Many::product},
};

}  // namespace

QueryResult<Report> open_deals(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  ReportRequest request = read_report(std::move(world), asked, parameters, {"status", "group_by", "value_kind"}, faults);
  const Ground& at = request.ground;
  const Table& deals = at.world->table(Kind::deal);
  const auto grouping = read_grouping(*at.world, open_groupings, request.value("group_by", "stage"), faults);
  const ValueKind value_kind = read_value_kind(request, grouping ? &*grouping : nullptr, faults);
  read_statuses(request.value("status", "open"), {Status::open}, faults);

  Parameters filters = request.filters;
  rename_filter(filters, "user_id", "owner_id");
  filters.insert(filters.begin(), status_filter({Status::open}));
  const Links outside_period(request, Kind::deal, filters);
  const Dates created{.field = "created_at", .column = &deals.numbers(f::created_at)};
  if (const auto in_period = period_filter(created.field, request.period)) filters.push_back(*in_period);
  const Links links(request, Kind::deal, filters);
  const Selection selection(at, Kind::deal, filters, faults);
  name_faults(faults, request, "user_id", "owner_id");
  if (!faults.empty()) return faults;

  const auto values = values_of(at, value_kind);
  Counting counting{.value = &values->column, .done = &deals.numbers(derived::done_weight), .total = &deals.numbers(derived::total_weight),
                    .person = &deals.handles(f::deal::owner_id), .dates = created, .bucket = request.bucket, .period = request.period};
  count_by(counting, deals, *grouping, nullptr);
  // The forecast is a series of its own, by another date: months from the first to the last that is expected.
  counting.forecast = &deals.numbers(f::deal::expected_close_on);
  const Selected selected(selection);
  Counts counts = count(selected, counting, faults);
  if (!faults.empty()) return faults;
  const bool by_product = grouping->many == DealGrouping::Many::product;
  if (by_product) counts.groups = product_groups(selected, value_kind, true);

  const Shown shown{.value = true, .weighted = true};
  const auto link = [&](const Parameters& more) { return links.with(more); };
  const auto bucket_link = [&](const Parameters& more) { return outside_period.with(more); };
  Cells summary;
  add_measure(summary, counts.all, shown);
  summary.emplace_back("overlapping", Cell{grouping->overlaps()});
  if (Cell unconverted = unconverted_cell(selected, *values); unconverted.value.index() != 0) summary.emplace_back("unconverted", std::move(unconverted));
  summary.emplace_back("items", text_cell(links.with({})));
  Cells undated;
  add_measure(undated, counts.forecast.undated, shown);
  undated.emplace_back("items", text_cell(links.with({{"expected_close_on[is_null]", "true"}})));
  Cells by_month;
  by_month.emplace_back("months", Cell{series_rows(counts.forecast, shown, "expected_close_on", link)});
  by_month.emplace_back("undated", Cell{std::move(undated)});

  Report report{report_head("open-deals", request)};
  report.cells.emplace_back("summary", Cell{std::move(summary)});
  report.cells.emplace_back("rows", Cell{by_product ? product_rows(request, filters, value_kind, counts, shown)
                                                    : group_rows(*at.world, grouping->kind, counts.groups, counts.all, shown, grouping->field, link)});
  report.cells.emplace_back("people", Cell{group_rows(*at.world, KeyKind::user, counts.people, counts.all, shown, "owner_id", link)});
  report.cells.emplace_back("forecast", Cell{std::move(by_month)});
  if (request.bucket) report.cells.emplace_back("series", Cell{series_rows(counts.series, shown, created.field, bucket_link)});
  return report;
}

}  // namespace dealog::projections
