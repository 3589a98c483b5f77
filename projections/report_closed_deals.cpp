// STA-1. Period by closing date, or by another; the owner is the one at closing (GEN-7).
#include "projections/query_fields.h"
#include "projections/report_deals.h"
#include "projections/reports.h"

namespace dealog::projections {
namespace {

namespace f = field;

constexpr DealGrouping closed_groupings[] = {
    {"close_reason", KeyKind::close_reason, f::deal::close_reason_id, "close_reason_id"},
    {"owner", KeyKind::user, f::deal::credited_owner_id, "credited_owner_id"},
    {"source", KeyKind::source, f::deal::source_id, "source_id"},
    {"process", KeyKind::process, f::deal::process_id, "process_id"},
    {"stage", KeyKind::stage, f::deal::stage_id, "stage_id"},
    {"team", KeyKind::team, f::deal::credited_owner_id, "credited_team_id", DealGrouping::Many::team},
    {"group", KeyKind::deal_group, f::deal::groups, "groups", DealGrouping::Many::set},
    {"tag", KeyKind::tag, f::deal::tags, "tags", DealGrouping::Many::set},
    {"product", KeyKind::product, 0, "product_id", DealGrouping::Many::product},
};

}  // namespace

std::optional<DealGrouping> read_grouping(const World& world, std::span<const DealGrouping> known, std::string_view name, Faults& faults) {
  std::string words = "One of";
  for (const DealGrouping& each : known) {
    if (each.name == name) return each;
    words.append(" ").append(each.name);
  }
  const auto custom = name.starts_with("cf.") ? find_query_field(world, Kind::deal, name) : std::nullopt;
  if (custom) {
    switch (custom->type) {
      case FieldType::word: return DealGrouping{name, KeyKind::choice, custom->column, name};
      case FieldType::words: return DealGrouping{name, KeyKind::choice, custom->column, name, DealGrouping::Many::set};
      case FieldType::boolean: return DealGrouping{name, KeyKind::yes_or_no, custom->column, name};
      case FieldType::ref: return DealGrouping{name, KeyKind::user, custom->column, name};
      default: faults.push_back({"group_by", "invalid", "Nothing can be grouped by " + std::string(name) + "."}); return std::nullopt;
    }
  }
  faults.push_back({"group_by", "unknown", words + " or cf.<key>."});
  return std::nullopt;
}

void count_by(Counting& counting, const Table& deals, const DealGrouping& grouping, const Column<std::int64_t>* team_at) {
  switch (grouping.many) {
    case DealGrouping::Many::no: counting.group = &deals.handles(grouping.column); return;
    case DealGrouping::Many::set: counting.set = grouping.column; return;
    case DealGrouping::Many::product: return;   // product_groups
    case DealGrouping::Many::team:
      counting.team_of = &deals.handles(grouping.column);
      counting.team_at = team_at;
  }
}

QueryResult<Report> closed_deals(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  ReportRequest request = read_report(std::move(world), asked, parameters, {"status", "group_by", "date_field", "value_kind"}, faults);
  const Ground& at = request.ground;
  const Table& deals = at.world->table(Kind::deal);

  const auto grouping = read_grouping(*at.world, closed_groupings, request.value("group_by", "close_reason"), faults);
  const ValueKind value_kind = read_value_kind(request, grouping ? &*grouping : nullptr, faults);
  const std::string_view by = request.value("date_field", "closed");
  Dates dates{.field = "closed_at", .column = &deals.numbers(f::deal::closed_at)};
  if (by == "created") dates = {.field = "created_at", .column = &deals.numbers(f::created_at)};
  else if (by == "expected_close") dates = {.field = "expected_close_on", .column = &deals.numbers(f::deal::expected_close_on), .is_days = true};
  else if (by != "closed") faults.push_back({"date_field", "invalid", "closed, created or expected_close."});

  Parameters filters = request.filters;
  rename_filter(filters, "user_id", "credited_owner_id");
  rename_filter(filters, "team_id", "credited_team_id");
  filters.insert(filters.begin(), status_filter(read_statuses(request.value("status", "won,lost,obsolete"), {Status::won, Status::lost, Status::obsolete}, faults)));
  const Links undated_links(request, Kind::deal, filters);
  const auto in_period = period_filter(dates.field, request.period);
  if (in_period) filters.push_back(*in_period);
  const Links links(request, Kind::deal, filters);
  const Selection selection(at, Kind::deal, filters, faults);
  name_faults(faults, request, "user_id", "credited_owner_id");
  name_faults(faults, request, "team_id", "credited_team_id");
  if (!faults.empty()) return faults;

  const auto values = values_of(at, value_kind);
  Counting counting{.value = &values->column, .person = &deals.handles(f::deal::credited_owner_id), .dates = dates,
                    .bucket = request.bucket, .period = request.period};
  count_by(counting, deals, *grouping, &deals.numbers(f::deal::closed_at));
  const Selected selected(selection);
  Counts counts = count(selected, counting, faults);
  if (!faults.empty()) return faults;
  const bool by_product = grouping->many == DealGrouping::Many::product;
  if (by_product) counts.groups = product_groups(selected, value_kind, false);

  const Shown shown{.value = true};
  const auto link = [&](const Parameters& more) { return links.with(more); };
  const auto bucket_link = [&](const Parameters& more) { return undated_links.with(more); };
  Cells summary;
  add_measure(summary, counts.all, shown);
  summary.emplace_back("overlapping", Cell{grouping->overlaps()});
  if (Cell unconverted = unconverted_cell(selected, *values); unconverted.value.index() != 0) summary.emplace_back("unconverted", std::move(unconverted));
  summary.emplace_back("items", text_cell(links.with({})));
  if (dates.is_days && request.bucket) {
    Cells undated;
    add_measure(undated, counts.series.undated, shown);
    undated.emplace_back("items", text_cell(links.with({{dates.field + "[is_null]", "true"}})));
    summary.emplace_back("undated", Cell{std::move(undated)});
  }
  Report report{report_head("closed-deals", request)};
  report.cells.emplace_back("summary", Cell{std::move(summary)});
  report.cells.emplace_back("rows", Cell{by_product ? product_rows(request, filters, value_kind, counts, shown)
                                                    : group_rows(*at.world, grouping->kind, counts.groups, counts.all, shown, grouping->field, link)});
  report.cells.emplace_back("people", Cell{group_rows(*at.world, KeyKind::user, counts.people, counts.all, shown, "credited_owner_id", link)});
  if (request.bucket) report.cells.emplace_back("series", Cell{series_rows(counts.series, shown, dates.field, bucket_link)});
  return report;
}

}  // namespace dealog::projections
