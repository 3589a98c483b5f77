// The one pass over a selection that all reports stand on.
#include "projections/report_common.h"

#include <algorithm>
#include <array>

#include "projections/slots.h"

namespace dealog::projections {
namespace {

// Which bucket a date is in: a grid of equal cells says where to begin, one step or two decide.
class BucketFinder {
 public:
  BucketFinder(const std::vector<Period>& buckets, const Calendar* calendar) {
    for (const Period& bucket : buckets) starts_.push_back(calendar ? calendar->start_of(*bucket.from).ms : std::int64_t{bucket.from->days});
    starts_.push_back(calendar ? calendar->end_of(*buckets.back().to).ms + 1 : std::int64_t{buckets.back().to->days} + 1);
    const auto span = static_cast<std::uint64_t>(starts_.back() - starts_.front());
    while ((span >> shift_) >= 8192) ++shift_;
    grid_.resize((span >> shift_) + 1);
    std::uint32_t bucket = 0;
    for (std::size_t cell = 0; cell < grid_.size(); ++cell) {
      const std::int64_t at = starts_.front() + static_cast<std::int64_t>(cell << shift_);
      while (bucket + 2 < starts_.size() && starts_[bucket + 1] <= at) ++bucket;
      grid_[cell] = bucket;
    }
  }
  // Nothing outside all buckets.
  std::int64_t of(std::int64_t date) const {
    if (date < starts_.front() || date >= starts_.back()) return -1;
    std::uint32_t bucket = grid_[static_cast<std::uint64_t>(date - starts_.front()) >> shift_];
    while (starts_[bucket + 1] <= date) ++bucket;
    return bucket;
  }

 private:
  std::vector<std::int64_t> starts_;
  std::vector<std::uint32_t> grid_;
  unsigned shift_ = 0;
};

// The first and last local day of the dates in a selection.
std::optional<Period> days_of(const Selected& selection, const Dates& dates) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = null_number;
  std::int64_t least_day = least, most_day = most;
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
    const std::int64_t* date = dates.column->chunk(chunk);
    const std::int64_t* days = dates.days ? dates.days->chunk(chunk) : nullptr;
    for (std::size_t n = 0; n < rows; ++n) {
      const std::size_t i = indexes[n];
      if (date[i] != null_number) {
        least = std::min(least, date[i]);
        most = std::max(most, date[i]);
      } else if (days && days[i] != null_number) {
        least_day = std::min(least_day, days[i]);
        most_day = std::max(most_day, days[i]);
      }
    }
  });
  const Calendar& calendar = selection.ground().world->calendar();
  const auto day = [&](std::int64_t date) { return dates.is_days ? Day{static_cast<std::int32_t>(date)} : calendar.day_of(Instant{date}); };
  std::optional<Period> period;
  if (most != null_number) period = Period{day(least), day(most)};
  if (most_day != null_number) {
    const Day first{static_cast<std::int32_t>(least_day)}, last{static_cast<std::int32_t>(most_day)};
    period = period ? Period{std::min(*period->from, first), std::max(*period->to, last)} : Period{first, last};
  }
  return period;
}

// The teams a person's deed counts for: his own and those above, as they were.
class TeamsOf {
 public:
  explicit TeamsOf(const World& world) : world_(world) {
    const Table& teams = world.table(Kind::team);
    for (Row row = 0; row < teams.rows(); ++row) teams_.push_back(teams.self()[row]);
  }
  template <class Use>
  void for_each(Handle person, std::int64_t at, Use use) {
    const std::uint32_t slot = persons_.of(person);
    if (slot >= known_.size()) {
      Known& known = known_.emplace_back();
      for (const Handle team : teams_) {
        const int always_in = person == 0 ? 0 : world_.always_in_team(person, team);
        if (always_in == 1) known.always.push_back(team);
        else if (always_in == -1) known.depends.push_back(team);
      }
    }
    const Known& known = known_[slot];
    bool has_any = !known.always.empty();
    for (const Handle team : known.always) use(team);
    for (const Handle team : known.depends)
      if (at != null_number && world_.in_team(person, team, Instant{at})) {
        has_any = true;
        use(team);
      }
    if (!has_any) use(Handle{0});
  }

 private:
  struct Known { std::vector<Handle> always, depends; };
  const World& world_;
  std::vector<Handle> teams_;
  Slots persons_;
  std::vector<Known> known_;
};

// One dimension of a breakdown: a plain number of rows and sum for each key, exact weighted sums beside them.
class Tally {
 public:
  // Rows indexes[0..rows) of a chunk, worth values[n] and done[n] / total[n] of it (null: not weighted).
  void add(const Handle* keys, const std::uint16_t* indexes, std::size_t rows, const std::int64_t* values, const std::int64_t* done, const std::int64_t* total) {
    for (std::size_t n = 0; n < rows; ++n) {
      // Neighbours often have the same key: in turns, no sum waits for the one before it.
      Plain& sum = plain_[slot(keys[indexes[n]]) * lanes + n % lanes];
      ++sum.count;
      sum.value += values[n];
    }
    if (!done) return;
    weighted_.resize(slots_.size());
    for (std::size_t n = 0; n < rows; ++n) {
      const std::size_t i = indexes[n];
      weighted_[slot(keys[i])].add(values[n], std::max<std::int64_t>(done[i], 0), total[i]);
    }
  }
  void add_one(Handle key, std::int64_t value, std::int64_t done, std::int64_t total) {
    const std::size_t at = slot(key);
    ++plain_[at * lanes].count;
    plain_[at * lanes].value += value;
    if (weighted_.size() < slots_.size()) weighted_.resize(slots_.size());
    if (done > 0) weighted_[at].add(value, done, total);
  }
  std::vector<Group> groups() const {
    std::vector<Group> groups;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Group& group = groups.emplace_back(Group{.key = slots_.handles()[i], .measure = {}});
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        group.measure.count += plain_[i * lanes + lane].count;
        group.measure.value += plain_[i * lanes + lane].value;
      }
      if (i < weighted_.size()) group.measure.weighted = weighted_[i];
    }
    return groups;
  }

 private:
  static constexpr std::size_t lanes = 4;
  struct Plain { std::uint64_t count = 0; std::int64_t value = 0; };
  struct Near { Handle key = ~Handle{0}; std::uint32_t slot = 0; };

  std::size_t slot(Handle key) {
    Near& near = near_[key % near_.size()];
    if (near.key != key) [[unlikely]] learn(near, key);
    return near.slot;
  }
  [[gnu::noinline]] void learn(Near& near, Handle key) {
    near = {key, slots_.of(key)};
    if (plain_.size() < slots_.size() * lanes) plain_.resize(slots_.size() * lanes);
  }

  std::array<Near, 1024> near_{};   // before the slots: one look for nearly every row
  Slots slots_;
  std::vector<Plain> plain_;
  std::vector<WeightedSum> weighted_;
};

}  // namespace

Counts count(const Selected& selection, const Counting& counting, Faults& faults) {
  Counts counts;
  const Dates& dates = counting.dates;
  std::optional<BucketFinder> finder, day_finder;
  if (counting.bucket) {
    std::optional<Period> whole = counting.period;
    if (!whole->from || !whole->to) {
      if (const auto found = days_of(selection, dates)) {
        whole->from = whole->from ? whole->from : found->from;
        whole->to = whole->to ? whole->to : found->to;
        if (*whole->to < *whole->from) whole = std::nullopt;
      } else {
        whole = std::nullopt;
      }
    }
    if (whole) {
      const Bucket bucket = chosen_bucket(*whole, *counting.bucket);
      if (bucket_count(*whole, bucket) > 10'000) {
        faults.push_back({"bucket", "invalid", "More than 10,000 buckets: ask for a shorter period or larger buckets."});
        return counts;
      }
      const std::vector<Period> buckets = split(*whole, bucket);
      for (const Period& each : buckets) counts.series.emplace_back(each, Measure{});
      finder.emplace(buckets, dates.is_days ? nullptr : &selection.ground().world->calendar());
      if (dates.days) day_finder.emplace(buckets, nullptr);
    }
  }

  Tally groups, people;
  std::optional<TeamsOf> teams;
  if (counting.team_of) teams.emplace(*selection.ground().world);
  const auto chunk_of = [](const auto* column, std::size_t chunk) { return column ? column->chunk(chunk) : nullptr; };
  const auto scratch = std::make_unique_for_overwrite<std::array<std::int64_t, chunk_rows>>();
  std::int64_t* values = scratch->data();
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
    const std::int64_t *value = chunk_of(counting.value, chunk), *done = chunk_of(counting.done, chunk), *total = chunk_of(counting.total, chunk);
    const std::int64_t *date = chunk_of(dates.column, chunk), *days = chunk_of(dates.days, chunk), *team_at = chunk_of(counting.team_at, chunk);
    // A loop for each dimension: short ones stay in registers, where one long one does not.
    counts.all.count += rows;
    for (std::size_t n = 0; n < rows; ++n) {
      values[n] = value && value[indexes[n]] != null_number ? value[indexes[n]] : 0;
      counts.all.value += values[n];
    }
    if (done && !counting.person)
      for (std::size_t n = 0; n < rows; ++n)
        if (const std::size_t i = indexes[n]; done[i] > 0 && values[n] != 0) counts.all.weighted.add(values[n], done[i], total[i]);
    if (counting.group) groups.add(counting.group->chunk(chunk), indexes, rows, values, done, total);
    if (counting.person) people.add(counting.person->chunk(chunk), indexes, rows, values, done, total);
    if (counting.team_of) {
      const Handle* persons = counting.team_of->chunk(chunk);
      for (std::size_t n = 0; n < rows; ++n) {
        const std::size_t i = indexes[n];
        teams->for_each(persons[i], team_at ? team_at[i] : selection.ground().asked.now.ms,
                        [&](Handle team) { groups.add_one(team, values[n], done ? done[i] : 0, total ? total[i] : 0); });
      }
    }
    if (!finder && !counting.bucket) return;
    for (std::size_t n = 0; n < rows; ++n) {
      const std::size_t i = indexes[n];
      const bool by_day = date[i] == null_number && days;
      const std::int64_t at = by_day ? days[i] : date[i];
      Measure* measure = at == null_number ? &counts.undated : nullptr;
      if (at != null_number && finder)
        if (const std::int64_t bucket = (by_day ? *day_finder : *finder).of(at); bucket >= 0) measure = &counts.series[static_cast<std::size_t>(bucket)].second;
      if (!measure) continue;
      ++measure->count;
      measure->value += values[n];
      if (done && done[i] > 0 && values[n] != 0) measure->weighted.add(values[n], done[i], total[i]);
    }
  });
  counts.groups = groups.groups();
  counts.people = people.groups();
  // Exact until rounded, so the sum over people is the sum over deals.
  for (const Group& person : counts.people) counts.all.weighted.add(person.measure.weighted);
  return counts;
}

}  // namespace dealog::projections
