#include "projections/board_memory.h"

#include <algorithm>
#include <queue>

#include "projections/slots.h"

namespace dealog::projections {
namespace {

namespace f = field;

struct Entered {
  std::int64_t at;
  Row row;
  friend auto operator<=>(const Entered&, const Entered&) = default;
};

// One chunk's open deals in one stage.
struct Part {
  std::uint64_t count = 0;
  std::int64_t value = 0;
  WeightedSum weighted;
  std::vector<std::int64_t> entered;
  std::vector<Entered> first;      // the most_wanted longest in the stage, in order
};

// The columns a board reads, pinned: a chunk that is the same memory still says the same.
struct Pins {
  Column<std::uint8_t> presence;
  Column<Handle> status, process, stage;
  Column<std::int64_t> value, done, total, entered;
  Row rows = 0;

  static Pins of(const Table& deals) {
    return {deals.presence(), deals.handles(f::deal::status), deals.handles(f::deal::process_id), deals.handles(f::deal::stage_id),
            deals.numbers(derived::value), deals.numbers(derived::done_weight), deals.numbers(derived::total_weight), deals.numbers(f::deal::stage_entered_at), deals.rows()};
  }
  std::size_t rows_in(std::size_t chunk) const { return std::min<std::size_t>(chunk_rows, std::size_t{rows} - (chunk << chunk_bits)); }
  std::size_t chunks() const { return (std::size_t{rows} + chunk_rows - 1) >> chunk_bits; }
  bool same(const Pins& other, std::size_t chunk) const {
    return presence.chunk(chunk) == other.presence.chunk(chunk) && status.chunk(chunk) == other.status.chunk(chunk) &&
           process.chunk(chunk) == other.process.chunk(chunk) && stage.chunk(chunk) == other.stage.chunk(chunk) &&
           value.chunk(chunk) == other.value.chunk(chunk) && done.chunk(chunk) == other.done.chunk(chunk) &&
           total.chunk(chunk) == other.total.chunk(chunk) && entered.chunk(chunk) == other.entered.chunk(chunk) && rows_in(chunk) == other.rows_in(chunk);
  }
};

}  // namespace

struct BoardMemory::OfProcess {
  std::vector<Handle> stages;
  Pins pins;
  std::vector<std::vector<Part>> chunks;   // by chunk, by stage

  void look(const Pins& at, std::size_t chunk, Handle process, const Slots& columns) {
    std::vector<Part>& parts = chunks[chunk];
    parts.assign(stages.size(), Part{});
    const std::size_t rows = at.rows_in(chunk);
    const std::uint8_t* presence = at.presence.chunk(chunk);
    const Handle *status = at.status.chunk(chunk), *in = at.process.chunk(chunk), *stage = at.stage.chunk(chunk);
    const std::int64_t *value = at.value.chunk(chunk), *done = at.done.chunk(chunk), *total = at.total.chunk(chunk), *entered = at.entered.chunk(chunk);
    constexpr Handle open = static_cast<Handle>(Status::open) + 1;
    const Row first = static_cast<Row>(chunk << chunk_bits);
    for (std::size_t i = 0; i < rows; ++i) {
      if (!((presence[i] == 1) & (status[i] == open) & (in[i] == process))) continue;
      const std::int64_t column = columns.find(stage[i]);
      if (column < 0) continue;
      Part& part = parts[static_cast<std::size_t>(column)];
      ++part.count;
      if (value[i] != null_number) {
        part.value += value[i];
        if (done[i] > 0) part.weighted.add(value[i], done[i], total[i]);
      }
      const std::int64_t at_ms = entered[i] == null_number ? std::numeric_limits<std::int64_t>::max() : entered[i];
      part.entered.push_back(at_ms);
      // A heap of the longest ones, the newest of them on top.
      const Entered candidate{at_ms, first + static_cast<Row>(i)};
      if (part.first.size() < most_wanted) {
        part.first.push_back(candidate);
        std::ranges::push_heap(part.first);
      } else if (candidate < part.first.front()) {
        std::ranges::pop_heap(part.first);
        part.first.back() = candidate;
        std::ranges::push_heap(part.first);
      }
    }
    for (Part& part : parts) std::ranges::sort_heap(part.first);
  }
};

BoardMemory::BoardMemory() = default;
BoardMemory::~BoardMemory() = default;

std::vector<BoardMemory::Column> BoardMemory::columns(const World& world, const ProcessInfo& process, const std::vector<std::int64_t>& fresh_since, std::size_t wanted) {
  const std::scoped_lock held(lock_);
  std::unique_ptr<OfProcess>& memory = processes_[process.self];
  if (!memory) memory = std::make_unique<OfProcess>();
  std::vector<Handle> stages;
  Slots slots;
  for (const event::Stage& stage : process.stages) {
    stages.push_back(world.handle(stage.id));
    slots.of(stages.back());
  }
  Pins now = Pins::of(world.table(Kind::deal));
  const std::size_t known = memory->stages == stages ? std::min(memory->chunks.size(), now.chunks()) : 0;
  memory->stages = stages;
  memory->chunks.resize(now.chunks());
  for (std::size_t chunk = 0; chunk < now.chunks(); ++chunk)
    if (chunk >= known || !now.same(memory->pins, chunk)) memory->look(now, chunk, process.self, slots);
  memory->pins = std::move(now);

  std::vector<Column> columns(stages.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    struct Head { Entered entered; const Part* part; std::size_t next; };
    const auto later = [](const Head& a, const Head& b) { return b.entered < a.entered; };
    std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
    for (const std::vector<Part>& parts : memory->chunks) {
      const Part& part = parts[i];
      column.count += part.count;
      column.value += part.value;
      column.weighted.add(part.weighted);
      if (fresh_since[i] != null_number)
        for (const std::int64_t at : part.entered) column.stale += at < fresh_since[i] ? 1 : 0;
      if (!part.first.empty()) heads.push({part.first[0], &part, 1});
    }
    while (!heads.empty() && column.first.size() < wanted) {
      const Head head = heads.top();
      heads.pop();
      column.first.push_back(head.entered.row);
      if (head.next < head.part->first.size()) heads.push({head.part->first[head.next], head.part, head.next + 1});
    }
  }
  return columns;
}

}  // namespace dealog::projections
