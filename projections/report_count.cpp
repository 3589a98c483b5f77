// The one pass over a selection that all reports stand on.
#include "projections/report_common.h"

#include <algorithm>
#include <array>
#include <utility>

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

// What the rows of a chunk are worth, by place in the selection.
struct Worth {
  std::array<std::int64_t, chunk_rows> values;
  // values x done weight, where all of them share one total and no sum over a chunk can overflow; else not `is_plain`.
  std::array<std::int64_t, chunk_rows> numerators;
  std::int64_t total = 0;
  bool is_weighted = false, is_plain = false;
  const std::int64_t *done = nullptr, *totals = nullptr;   // of the chunk

  void read(const std::int64_t* value, const std::uint16_t* indexes, std::size_t rows) {
    for (std::size_t n = 0; n < rows; ++n) {
      const std::int64_t at = value ? value[indexes[n]] : null_number;
      values[n] = at != null_number ? at : 0;
    }
    if (is_weighted) weigh(indexes, rows);
  }
  // Row n, exactly, whatever its total.
  void add_to(WeightedSum& sum, std::size_t n, std::size_t index) const {
    if (done[index] > 0 && values[n] != 0) sum.add(values[n], done[index], totals[index]);
  }

 private:
  void weigh(const std::uint16_t* indexes, std::size_t rows) {
    constexpr std::int64_t most_value = std::int64_t{1} << 40, most_weight = 255;  // 2^14 products stay below 2^62
    std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = 0;
    bool fits = true;
    for (std::size_t n = 0; n < rows; ++n) {
      const std::size_t i = indexes[n];
      const std::int64_t weight = std::max<std::int64_t>(done[i], 0), whole = totals[i];
      const bool counts = (weight != 0) & (values[n] != 0) & (whole > 0);
      fits &= (weight <= most_weight) & (values[n] < most_value) & (values[n] > -most_value);
      numerators[n] = counts ? static_cast<std::int64_t>(static_cast<std::uint64_t>(values[n]) * static_cast<std::uint64_t>(weight)) : 0;
      least = std::min(least, counts ? whole : least);
      most = std::max(most, counts ? whole : most);
    }
    is_plain = fits && (most == 0 || least == most);
    total = most;
  }
};

// One dimension of a breakdown: a plain number of rows and sum for each key, exact weighted sums beside them.
class Tally {
 public:
  // Rows indexes[0..rows) of a chunk; key(i): that of the row at i.
  template <class Key>
  void add(const Worth& worth, const std::uint16_t* indexes, std::size_t rows, Key key) {
    if (!worth.is_weighted) {
      for (std::size_t n = 0; n < rows; ++n) {
        Plain& sum = plain_of(slot(key(indexes[n])), n);
        ++sum.count;
        sum.value += worth.values[n];
      }
    } else if (worth.is_plain) {
      for (std::size_t n = 0; n < rows; ++n) {
        Plain& sum = plain_of(slot(key(indexes[n])), n);
        ++sum.count;
        sum.value += worth.values[n];
        sum.numerator += worth.numerators[n];
      }
      weighted_.resize(slots_.size());
      for (std::size_t at = 0; at < weighted_.size(); ++at)
        for (std::size_t lane = 0; lane < lanes; ++lane)
          if (std::int64_t& numerator = plain_of(at, lane).numerator; numerator != 0) weighted_[at].add(std::exchange(numerator, 0), 1, worth.total);
    } else {
      for (std::size_t n = 0; n < rows; ++n) add_one(key(indexes[n]), worth, n, indexes[n]);
    }
  }
  void add_one(Handle key, const Worth& worth, std::size_t n, std::size_t index) {
    const std::size_t at = slot(key);
    Plain& sum = plain_of(at, 0);
    ++sum.count;
    sum.value += worth.values[n];
    if (weighted_.size() < slots_.size()) weighted_.resize(slots_.size());
    if (worth.is_weighted) worth.add_to(weighted_[at], n, index);
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
  // Neighbours often have the same key: in turns, no sum waits for the one before it.
  static constexpr std::size_t lanes = 2;
  struct alignas(32) Plain { std::uint64_t count = 0; std::int64_t value = 0, numerator = 0; };
  struct Near { Handle key = ~Handle{0}; std::uint32_t slot = 0; };

  Plain& plain_of(std::size_t slot, std::size_t n) { return plain_[slot * lanes + n % lanes]; }
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

// Days as keys: far from the number that stands for nothing.
constexpr std::int64_t day_base = std::int64_t{1} << 30;
Handle key_of_day(std::int64_t day) { return day == null_number ? 0 : static_cast<Handle>(day + day_base); }

void add(Measure& sum, const Measure& more) {
  sum.count += more.count;
  sum.value += more.value;
  sum.weighted.add(more.weighted);
}

bool is_too_long(const Period& period, Bucket bucket, Faults& faults) {
  if (bucket_count(period, bucket) <= 10'000) return false;
  faults.push_back({"bucket", "invalid", "More than 10,000 buckets: ask for a shorter period or larger buckets."});
  return true;
}

// Months from the first day to the last, and what has no day.
Series months_of(const std::vector<Group>& days, Faults& faults) {
  Series forecast;
  std::optional<Period> whole;
  const auto day_of = [](const Group& group) { return Day{static_cast<std::int32_t>(group.key - day_base)}; };
  for (const Group& group : days) {
    if (group.key == 0) {
      forecast.undated = group.measure;
      continue;
    }
    const Day day = day_of(group);
    whole = whole ? Period{std::min(*whole->from, day), std::max(*whole->to, day)} : Period{day, day};
  }
  if (!whole) return forecast;
  if (is_too_long(*whole, Bucket::month, faults)) return forecast;
  const std::vector<Period> months = split(*whole, Bucket::month);
  for (const Period& month : months) forecast.buckets.emplace_back(month, Measure{});
  const BucketFinder finder(months, nullptr);
  for (const Group& group : days)
    if (group.key != 0) add(forecast.buckets[static_cast<std::size_t>(finder.of(day_of(group).days))].second, group.measure);
  return forecast;
}

}  // namespace

Counts count(const Selected& selection, const Counting& counting, Faults& faults) {
  Counts counts;
  const Dates& dates = counting.dates;
  std::optional<BucketFinder> finder, day_finder;
  if (counting.bucket) {
    std::optional<Period> whole = counting.period;
    if (!whole->from || !whole->to) {
      std::optional<Period> found = days_of(selection, dates);
      if (counting.also) found = found ? Period{std::min(*found->from, *counting.also->from), std::max(*found->to, *counting.also->to)} : *counting.also;
      if (found) {
        whole->from = whole->from ? whole->from : found->from;
        whole->to = whole->to ? whole->to : found->to;
        if (*whole->to < *whole->from) whole = std::nullopt;
      } else {
        whole = std::nullopt;
      }
    }
    if (whole) {
      const Bucket bucket = chosen_bucket(*whole, *counting.bucket);
      if (is_too_long(*whole, bucket, faults)) return counts;
      const std::vector<Period> buckets = split(*whole, bucket);
      for (const Period& each : buckets) counts.series.buckets.emplace_back(each, Measure{});
      finder.emplace(buckets, dates.is_days ? nullptr : &selection.ground().world->calendar());
      if (dates.days) day_finder.emplace(buckets, nullptr);
    }
  }

  Tally groups, people, forecast_days;
  std::optional<TeamsOf> teams;
  if (counting.team_of) teams.emplace(*selection.ground().world);
  const auto chunk_of = [](const auto* column, std::size_t chunk) { return column ? column->chunk(chunk) : nullptr; };
  const auto worth = std::make_unique_for_overwrite<Worth>();
  worth->is_weighted = counting.done != nullptr;
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
    const std::int64_t *date = chunk_of(dates.column, chunk), *days = chunk_of(dates.days, chunk), *team_at = chunk_of(counting.team_at, chunk);
    worth->done = chunk_of(counting.done, chunk);
    worth->totals = chunk_of(counting.total, chunk);
    // Few rows lie far apart: asked for all at once, they arrive together. Prefetching does not wait, reading does.
    if (rows < chunk_rows / 2) {
      const auto fetch = [&](const auto* column) {
        if (column)
          for (std::size_t n = 0; n < rows; ++n) __builtin_prefetch(column + indexes[n]);
      };
      fetch(chunk_of(counting.value, chunk));
      fetch(chunk_of(counting.group, chunk));
      fetch(chunk_of(counting.person, chunk));
      if (counting.bucket) fetch(date);
      fetch(worth->done);
      fetch(worth->totals);
      fetch(chunk_of(counting.forecast, chunk));
    }
    // A loop for each dimension: short ones stay in registers, where one long one does not.
    worth->read(chunk_of(counting.value, chunk), indexes, rows);
    counts.all.count += rows;
    for (std::size_t n = 0; n < rows; ++n) counts.all.value += worth->values[n];
    if (counting.group) groups.add(*worth, indexes, rows, [keys = counting.group->chunk(chunk)](std::size_t i) { return keys[i]; });
    people.add(*worth, indexes, rows, [keys = counting.person->chunk(chunk)](std::size_t i) { return keys[i]; });
    if (counting.forecast) forecast_days.add(*worth, indexes, rows, [keys = counting.forecast->chunk(chunk)](std::size_t i) { return key_of_day(keys[i]); });
    if (counting.team_of) {
      const Handle* persons = counting.team_of->chunk(chunk);
      for (std::size_t n = 0; n < rows; ++n) {
        const std::size_t i = indexes[n];
        teams->for_each(persons[i], team_at ? team_at[i] : selection.ground().asked.now.ms, [&](Handle team) { groups.add_one(team, *worth, n, i); });
      }
    }
    if (counting.set != 0) {
      const Table& table = selection.table();
      for (std::size_t n = 0; n < rows; ++n) {
        const std::size_t i = indexes[n];
        const auto members = table.set(counting.set, static_cast<Row>((chunk << chunk_bits) + i));
        if (members.empty()) groups.add_one(0, *worth, n, i);
        for (const Handle member : members) groups.add_one(member, *worth, n, i);
      }
    }
    if (!finder && !counting.bucket) return;
    for (std::size_t n = 0; n < rows; ++n) {
      const std::size_t i = indexes[n];
      const bool by_day = date[i] == null_number && days;
      const std::int64_t at = by_day ? days[i] : date[i];
      Measure* measure = at == null_number ? &counts.series.undated : nullptr;
      if (at != null_number && finder)
        if (const std::int64_t bucket = (by_day ? *day_finder : *finder).of(at); bucket >= 0) measure = &counts.series.buckets[static_cast<std::size_t>(bucket)].second;
      if (!measure) continue;
      ++measure->count;
      measure->value += worth->values[n];
      if (worth->is_weighted) worth->add_to(measure->weighted, n, i);
    }
  });
  counts.groups = groups.groups();
  counts.people = people.groups();
  // Exact until rounded, so the sum over people is the sum over deals.
  for (const Group& person : counts.people) counts.all.weighted.add(person.measure.weighted);
  if (counting.forecast) counts.forecast = months_of(forecast_days.groups(), faults);
  return counts;
}

}  // namespace dealog::projections
