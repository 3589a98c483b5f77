#include "projections/sorting.h"

#include <algorithm>
#include <optional>

#include "domain/text.h"
#include "projections/amounts.h"

namespace dealog::projections {
namespace {
namespace f = field;
constexpr std::int64_t last_rank = std::numeric_limits<std::int64_t>::max();
}  // namespace

Order::Order(const Ground& ground, Kind kind, std::string_view sort, Faults& faults)
    : world_(ground.world.get()), table_(&ground.world->table(kind)) {
  if (sort.empty()) return;
  for (;;) {
    const std::size_t comma = sort.find(',');
    std::string_view name = sort.substr(0, comma);
    Key key;
    if (name.starts_with('-')) {
      key.descending = true;
      name.remove_prefix(1);
    }
    const auto found = find_query_field(*world_, kind, name);
    if (!found) {
      faults.push_back({"sort", "unknown", "There is no field " + std::string(name) + "."});
    } else if (!found->sortable) {
      faults.push_back({"sort", "invalid", "Nothing can be sorted by " + found->name + "."});
    } else {
      key.column = found->column;
      switch (found->source) {
        case Source::self: key.is_id = true; break;
        case Source::presence: key.presence = &table_->presence(); break;
        case Source::weighted_value: key.computed = weighted_source(ground); break;
        case Source::profit: key.computed = value_source(ground, ValueKind::profit); break;
        case Source::value: case Source::realised: {
          const bool is_value = found->source == Source::value;
          if (ground.world->has_foreign_deals()) key.computed = value_source(ground, is_value ? ValueKind::forecast : ValueKind::realised);
          else key.numbers = &table_->numbers(is_value ? derived::value : f::deal::realised);
          break;
        }
        case Source::progress: key.computed = progresses(*table_); break;
        case Source::has_open_task: key.numbers = &table_->numbers(derived::open_tasks); break;
        // More days in the stage: entered earlier.
        case Source::days_in_stage:
          key.numbers = &table_->numbers(f::deal::stage_entered_at);
          key.only_open = &table_->handles(f::deal::status);
          key.descending = !key.descending;
          break;
        default:
          if (found->type == FieldType::text) key.is_text = true;
          else if (found->type == FieldType::choice || found->type == FieldType::boolean) key.handles = &table_->handles(found->column);
          else key.numbers = &table_->numbers(found->column);
      }
      keys_.push_back(std::move(key));
    }
    if (comma == std::string_view::npos) break;
    sort.remove_prefix(comma + 1);
  }
  if (keys_.size() > 8) faults.push_back({"sort", "invalid", "At most 8 fields."});
}

std::int64_t Order::rank(const Key& key, Row row) const {
  std::int64_t value = null_number;
  if (key.numbers) value = (*key.numbers)[row];
  else if (key.computed) value = key.computed->at(row);
  else if (key.handles) value = (*key.handles)[row] == 0 ? null_number : static_cast<std::int64_t>((*key.handles)[row]);
  else if (key.presence) value = (*key.presence)[row];
  if (value == null_number) return last_rank;
  if (key.only_open && (*key.only_open)[row] != static_cast<Handle>(Status::open) + 1) return last_rank;
  return key.descending ? -value : value;
}

std::strong_ordering Order::compare(const Key& key, Row a, Row b) const {
  if (key.is_id) {
    const auto order = world_->id(table_->self()[a]) <=> world_->id(table_->self()[b]);
    return key.descending ? 0 <=> order : order;
  }
  if (!key.is_text) return rank(key, a) <=> rank(key, b);
  const bool has_a = table_->has_text(key.column, a), has_b = table_->has_text(key.column, b);
  if (has_a != has_b) return has_a ? std::strong_ordering::less : std::strong_ordering::greater;
  if (!has_a) return std::strong_ordering::equal;
  const int order = fold_for_search(table_->text(key.column, a)).compare(fold_for_search(table_->text(key.column, b)));
  return key.descending ? 0 <=> order : order <=> 0;
}

bool Order::before(Row a, Row b, std::size_t from_key) const {
  for (std::size_t i = from_key; i < keys_.size(); ++i)
    if (const auto order = compare(keys_[i], a, b); order != 0) return order < 0;
  return a < b;
}

std::vector<Row> Order::first(std::vector<Row> rows, std::size_t limit, Row after) const {
  if (keys_.empty()) {  // The selection is in order of creation.
    if (after != no_row) rows.erase(rows.begin(), std::ranges::upper_bound(rows, after));
    if (rows.size() > limit) rows.resize(limit);
    return rows;
  }
  const Key& lead = keys_[0];
  // The first `limit` that come after `from`. More than a few times as many are never held: what is behind the
  // last of those that were kept is dropped as it comes.
  const auto top = [&](const auto& ranked_of, const auto& before_of) {
    using Ranked = decltype(ranked_of(Row{}));
    const std::size_t room = 4 * limit;
    std::vector<Ranked> kept;
    kept.reserve(std::min(room, rows.size()));
    std::optional<Ranked> from, last;
    if (after != no_row) from = ranked_of(after);
    for (const Row row : rows) {
      Ranked each = ranked_of(row);
      if (last && !before_of(each, *last)) continue;
      if (from && !before_of(*from, each)) continue;
      kept.push_back(std::move(each));
      if (kept.size() < room) continue;
      const auto middle = kept.begin() + static_cast<std::ptrdiff_t>(limit) - 1;
      std::nth_element(kept.begin(), middle, kept.end(), before_of);
      last = *middle;
      kept.erase(middle + 1, kept.end());
    }
    const auto end = kept.begin() + static_cast<std::ptrdiff_t>(std::min(limit, kept.size()));
    if (end != kept.end()) std::nth_element(kept.begin(), end, kept.end(), before_of);
    std::sort(kept.begin(), end, before_of);
    std::vector<Row> sorted;
    for (auto each = kept.begin(); each != end; ++each) sorted.push_back(each->row);
    return sorted;
  };
  if (lead.is_text) {
    struct Named { std::string name; bool is_null; Row row; };
    const auto before_of = [&](const Named& a, const Named& b) {
      if (a.is_null != b.is_null) return b.is_null;
      if (const int order = a.name.compare(b.name); order != 0) return lead.descending ? order > 0 : order < 0;
      return before(a.row, b.row, 1);
    };
    const auto named = [&](Row row) {
      const bool has = table_->has_text(lead.column, row);
      return Named{has ? fold_for_search(table_->text(lead.column, row)) : std::string(), !has, row};
    };
    return top(named, before_of);
  }
  struct Ranked { std::int64_t rank; Row row; };
  const bool is_stored = lead.numbers && !lead.only_open;
  const auto ranked_of = [&](Row row) {
    if (!is_stored) return Ranked{lead.is_id ? 0 : rank(lead, row), row};
    const std::int64_t value = (*lead.numbers)[row];
    return Ranked{value == null_number ? last_rank : lead.descending ? -value : value, row};
  };
  const std::size_t next_key = lead.is_id ? 0 : 1;
  const auto before_of = [&](const Ranked& a, const Ranked& b) { return a.rank != b.rank ? a.rank < b.rank : before(a.row, b.row, next_key); };
  return top(ranked_of, before_of);
}

}  // namespace dealog::projections
