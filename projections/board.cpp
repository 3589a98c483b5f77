#include "projections/board.h"

#include "domain/calendar.h"
#include "projections/amounts.h"
#include "projections/board_memory.h"
#include "projections/list.h"
#include "projections/slots.h"
#include "projections/sorting.h"
#include "projections/weighted_sum.h"

namespace dealog::projections {
namespace {

namespace f = field;
// The longest in the stage first: what waits most is seen first.
constexpr std::string_view default_sort = "stage_entered_at";

struct Totals {
  std::uint64_t count = 0, stale = 0;
  std::int64_t value = 0;
  WeightedSum weighted;
  std::map<std::string, std::int64_t> unconverted;
  std::vector<Row> rows;
};

std::string scope_of(const Uuid& process, const Uuid& stage) { return "boards/" + to_string(process) + "/columns/" + to_string(stage); }

// Per stage: deals that entered before are stale; null_number where there is no age limit.
std::vector<std::int64_t> freshness(const ProcessInfo& process, Instant now) {
  std::vector<std::int64_t> fresh;
  for (const event::Stage& stage : process.stages) fresh.push_back(stage.max_days ? fresh_since(now, *stage.max_days).ms : null_number);
  return fresh;
}

// The usual board from what the last one remembers; nothing where that does not help.
std::optional<std::vector<Totals>> remembered(const Ground& at, const PageRequest& page, const ProcessInfo& process) {
  const bool is_usual = page.filters.empty() && !page.cursor && page.limit < BoardMemory::most_wanted && (page.sort.empty() || page.sort == default_sort);
  if (!is_usual || at.world->has_foreign_deals() || !at.world->is_live() || at.asked.reader.role == Role::salesperson) return std::nullopt;
  const auto memory = at.world->board_memory();
  if (!memory) return std::nullopt;
  std::vector<Totals> all;
  for (BoardMemory::Column& column : memory->columns(*at.world, process, freshness(process, at.asked.now), page.limit + 1))
    all.push_back({.count = column.count, .stale = column.stale, .value = column.value, .weighted = column.weighted, .unconverted = {}, .rows = std::move(column.first)});
  return all;
}

Row after_of(const PageRequest& page) { return page.cursor ? page.cursor->last : no_row; }

// One pass over the open deals of the process. Rows: at least those of the page.
std::vector<Totals> totals_of(const Selection& selection, const ProcessInfo& process, const Order& order, const PageRequest& page) {
  const World& world = *selection.ground().world;
  const Table& deals = selection.table();
  const auto& stages = deals.handles(f::deal::stage_id);
  const auto worth = values_of(selection.ground(), ValueKind::forecast);
  const auto& values = worth->column;
  const auto& done = deals.numbers(derived::done_weight);
  const auto& total = deals.numbers(derived::total_weight);
  const auto& entered = deals.numbers(f::deal::stage_entered_at);

  Slots columns;
  for (const event::Stage& stage : process.stages) columns.of(world.handle(stage.id));
  const std::vector<std::int64_t> fresh = freshness(process, selection.ground().asked.now);
  std::vector<Totals> all(process.stages.size());
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    const Handle* stage = stages.chunk(chunk);
    const std::int64_t *value = values.chunk(chunk), *did = done.chunk(chunk), *of = total.chunk(chunk), *since = entered.chunk(chunk);
    const Row first = static_cast<Row>(chunk << chunk_bits);
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t i = indexes[n];
      const std::int64_t column = columns.find(stage[i]);
      if (column < 0 || static_cast<std::size_t>(column) >= all.size()) continue;
      Totals& sum = all[static_cast<std::size_t>(column)];
      ++sum.count;
      sum.stale += since[i] != null_number && since[i] < fresh[static_cast<std::size_t>(column)] ? 1 : 0;
      if (value[i] != null_number) {
        sum.value += value[i];
        if (did[i] > 0) sum.weighted.add(value[i], did[i], of[i]);
      }
      if (!worth->unconverted.empty())
        if (const auto found = worth->unconverted.find(first + static_cast<Row>(i)); found != worth->unconverted.end())
          sum.unconverted[currency_of(world, found->first)] += found->second;
      sum.rows.push_back(first + static_cast<Row>(i));
    }
    // While their columns are near: the first of the first are the first of all.
    for (Totals& sum : all)
      if (sum.rows.size() > page.limit + 2048) sum.rows = order.first(std::move(sum.rows), page.limit + 1, after_of(page));
  });
  return all;
}

void fill(BoardColumn& column, const event::Stage& stage, Totals& totals, const Order& order, const PageRequest& page, const Ground& at, const Uuid& process,
          const Parameters& parameters) {
  column.stage = stage.id;
  column.name = stage.name;
  column.count = totals.count;
  column.stale_count = totals.stale;
  column.value = totals.value;
  column.weighted_value = totals.weighted.rounded();
  column.unconverted = std::move(totals.unconverted);
  std::vector<Row> rows = order.first(std::move(totals.rows), page.limit + 1, after_of(page));
  if (rows.size() > page.limit) {
    rows.resize(page.limit);
    PageRequest next = page;
    next.digest = query_digest(scope_of(process, stage.id), parameters, at.asked.reader, *at.world);
    column.next_cursor = cursor_after(next, at, rows.back());
  }
  column.cards.reserve(rows.size());
  for (const Row row : rows) column.cards.push_back(card(*at.world, at.asked, row, stage.max_days));
}

QueryResult<Board> answer(std::shared_ptr<const World> world, const Uuid& process_id, const Uuid* only, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  PageRequest page = read_page(only ? scope_of(process_id, *only) : "boards/", asked, *world, parameters, faults);
  for (const auto& [name, value] : parameters) {
    if (name == "include") faults.push_back({name, "unknown", "A board always has its totals."});
    if (name == "cursor" && !only) faults.push_back({name, "unknown", "A cursor goes on with one column: columns/{stage_id}?cursor=."});
    if (name == "deleted") faults.push_back({name, "unknown", "A board shows open deals that are not deleted."});
  }
  if (!only) page.cursor.reset();
  const Ground at = ground_of(page, std::move(world), asked);
  Parameters filters = page.filters;
  std::erase_if(filters, [](const auto& each) { return each.first == "deleted"; });
  filters.emplace_back("status", name(Status::open));
  filters.emplace_back("process_id", to_string(process_id));
  const Selection selection(at, Kind::deal, filters, faults);
  const Order order(at, Kind::deal, page.sort.empty() ? default_sort : page.sort, faults);
  if (page.cursor && page.cursor->last >= selection.table().rows()) faults.push_back({"cursor", "invalid", "Not a cursor of this query."});
  const ProcessInfo* process = at.world->process(at.world->handle(process_id));
  if (!process) faults.push_back({"process_id", "unknown", "There is no such process."});
  const auto wanted = [&](const event::Stage& stage) { return !only || stage.id == *only; };
  if (process && std::ranges::none_of(process->stages, wanted)) {
    if (only) faults.push_back({"stage_id", "unknown", "The process has no such stage."});
  }
  if (!faults.empty()) return faults;

  std::optional<std::vector<Totals>> known = remembered(at, page, *process);
  std::vector<Totals> totals = known ? std::move(*known) : totals_of(selection, *process, order, page);
  Board board{.process = process_id, .position = at.world->position()};
  for (std::size_t i = 0; i < process->stages.size(); ++i)
    if (wanted(process->stages[i])) fill(board.columns.emplace_back(), process->stages[i], totals[i], order, page, at, process_id, parameters);
  return board;
}

}  // namespace

Instant fresh_since(Instant now, std::uint32_t max_days) { return {now.ms - std::int64_t{max_days} * 86'400'000}; }

std::string_view task_dot(const World& world, Instant now, Row deal) {
  const std::span<const Row> open = world.open_tasks_of(deal);
  if (open.empty()) return "none";
  const Table& tasks = world.table(Kind::task);
  const auto& days = tasks.numbers(f::task::due_on);
  const auto& times = tasks.numbers(f::task::due_at);
  const std::int64_t today = world.calendar().day_of(now).days;
  bool is_today = false;
  for (const Row task : open) {
    if (const std::int64_t at = times[task]; at != null_number) {
      if (at < now.ms) return "overdue";
      is_today |= world.calendar().day_of(Instant{at}).days == today;
    } else if (const std::int64_t day = days[task]; day != null_number) {
      if (day < today) return "overdue";
      is_today |= day == today;
    }
  }
  return is_today ? "today" : "later";
}

Card card(const World& world, const Asked& asked, Row row, std::optional<std::uint32_t> max_days) {
  const Table& deals = world.table(Kind::deal);
  const auto name_of = [&](Kind kind, std::uint16_t link, std::uint16_t name_field) -> std::optional<std::string> {
    const Handle linked = deals.handles(link)[row];
    const Row other = linked == 0 ? no_row : world.row(kind, linked);
    if (other == no_row || !world.table(kind).has_text(name_field, other)) return std::nullopt;
    return std::string(world.table(kind).text(name_field, other));
  };
  Card made;
  made.deal = world.id(deals.self()[row]);
  made.name = deals.text(f::deal::name, row);
  made.company = name_of(Kind::company, f::deal::company_id, f::company::name);
  made.person = name_of(Kind::person, f::deal::person_id, f::person::name);
  made.owner = world.id(deals.handles(f::deal::owner_id)[row]);
  if (const std::int64_t value = deals.numbers(derived::value)[row]; value != null_number) made.value = value;
  made.currency = currency_of(world, row);
  made.progress_hundredths = progresses(deals)->at(row);
  if (const std::int64_t entered = deals.numbers(f::deal::stage_entered_at)[row]; entered != null_number) {
    const Calendar& calendar = world.calendar();
    made.days_in_stage = std::int64_t{calendar.day_of(asked.now).days} - calendar.day_of(Instant{entered}).days;
    made.is_stale = max_days && entered < fresh_since(asked.now, *max_days).ms;
  }
  made.task_dot = task_dot(world, asked.now, row);
  if (const std::int64_t day = deals.numbers(f::deal::expected_close_on)[row]; day != null_number)
    made.expected_close_on = Day{static_cast<std::int32_t>(day)};
  return made;
}

QueryResult<Board> board(std::shared_ptr<const World> world, const Uuid& process, const Asked& asked, const Parameters& parameters) {
  return answer(std::move(world), process, nullptr, asked, parameters);
}

QueryResult<Board> board_column(std::shared_ptr<const World> world, const Uuid& process, const Uuid& stage, const Asked& asked, const Parameters& parameters) {
  return answer(std::move(world), process, &stage, asked, parameters);
}

}  // namespace dealog::projections
