#include "projections/list.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "domain/money.h"
#include "projections/sorting.h"

namespace dealog::projections {

PageRequest read_page(std::string_view scope, const Asked& asked, const World& world, const Parameters& parameters, Faults& faults) {
  PageRequest page;
  std::set<std::string_view> seen;
  page.digest = query_digest(scope, parameters, asked.reader, world);
  for (const auto& [name, value] : parameters) {
    const bool is_ours = name == "limit" || name == "cursor" || name == "include" || name == "sort";
    if (!is_ours) {
      page.filters.emplace_back(name, value);
      continue;
    }
    if (!seen.insert(name).second) {
      faults.push_back({name, "duplicate", "Given twice."});
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), page.limit);
      if (error != std::errc() || end != value.data() + value.size() || page.limit < 1 || page.limit > 1000)
        faults.push_back({name, "invalid", "A number from 1 to 1000."});
    } else if (name == "include") {
      page.with_total = value == "total";
      if (!page.with_total) faults.push_back({name, "invalid", "Only \"total\" can be included."});
    } else if (name == "sort") {
      page.sort = value;
      if (value.empty()) faults.push_back({name, "invalid", "Names of fields, by commas, - before one turns it round."});
    } else {
      page.cursor = decode_cursor(value);
      if (!page.cursor) faults.push_back({name, "invalid", "Not a cursor of this server."});
      else if (page.cursor->query != page.digest || page.cursor->position > world.position()) {
        faults.push_back({name, "invalid", "A cursor of another query: a cursor goes on with the same parameters only."});
        page.cursor.reset();
      }
    }
  }
  return page;
}

Ground ground_of(const PageRequest& page, std::shared_ptr<const World> world, const Asked& asked) {
  Ground now = ground(std::move(world), asked);
  if (!page.cursor) return now;
  now.asked.now = page.cursor->now;
  if (page.cursor->position != now.world->position()) now.world = now.world->at({page.cursor->as_of, page.cursor->position});
  return now;
}

std::string cursor_after(const PageRequest& page, const Ground& ground, Row last) {
  return encode(Cursor{.query = page.digest, .position = ground.world->position(), .as_of = ground.world->moment().as_of,
                       .now = ground.asked.now, .last = last});
}

QueryResult<ListAnswer> list(std::shared_ptr<const World> world, Kind kind, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const PageRequest page = read_page(plural(kind), asked, *world, parameters, faults);
  const Ground at = ground_of(page, world, asked);
  const Selection selection(at, kind, page.filters, faults);
  const Order order(at, kind, page.sort, faults);
  const Row after = page.cursor ? page.cursor->last : no_row;
  if (after != no_row && after >= selection.table().rows() && faults.empty()) faults.push_back({"cursor", "invalid", "Not a cursor of this query."});
  if (!faults.empty()) return faults;

  std::vector<Row> rows;
  std::uint64_t total = 0;
  const bool by_creation = order.is_creation();
  const auto indexes = std::make_unique_for_overwrite<std::array<std::uint16_t, chunk_rows + index_slack>>();
  // In order of creation a page needs no more than its own rows.
  const std::size_t first_chunk = by_creation && after != no_row && !page.with_total ? after >> chunk_bits : 0;
  for (std::size_t chunk = first_chunk; chunk < selection.chunks(); ++chunk) {
    if (by_creation && !page.with_total && rows.size() > page.limit) break;
    const std::size_t count = selection.find(chunk, indexes->data());
    total += count;
    const Row first = static_cast<Row>(chunk << chunk_bits);
    for (std::size_t i = 0; i < count; ++i) {
      const Row row = first + (*indexes)[i];
      if (by_creation && ((after != no_row && row <= after) || rows.size() > page.limit)) continue;
      rows.push_back(row);
    }
    // The first of the first are the first of all, so only they need be kept.
    if (!by_creation && rows.size() > 4 * chunk_rows) rows = order.first(std::move(rows), page.limit + 1, after);
  }
  rows = order.first(std::move(rows), page.limit + 1, after);

  ListAnswer answer{.world = at.world};
  if (rows.size() > page.limit) {
    rows.resize(page.limit);
    answer.page.next_cursor = cursor_after(page, at, rows.back());
  }
  answer.page.rows = std::move(rows);
  if (page.with_total) answer.page.total = total;
  return answer;
}

DealExtras deal_extras(const World& world, Row row) {
  const Table& deals = world.table(Kind::deal);
  const auto or_zero = [](std::int64_t value) { return value == null_number ? 0 : value; };
  DealExtras extras;
  extras.value = or_zero(deals.numbers(derived::value)[row]);
  const std::int64_t total = deals.numbers(derived::total_weight)[row];
  extras.weighted_value = multiply_ratio(extras.value, std::max<std::int64_t>(deals.numbers(derived::done_weight)[row], 0), total).value_or(0);
  extras.progress_hundredths = progresses(deals)->at(row);
  if (const std::int64_t at = deals.numbers(derived::last_activity_at)[row]; at != null_number) extras.last_activity_at = Instant{at};
  return extras;
}

}  // namespace dealog::projections
