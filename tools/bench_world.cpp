#include "tools/bench_world.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "domain/new_account.h"
#include "tools/generate_fill.h"
#include "tools/generate_random.h"

namespace dealog::tools {

namespace {

constexpr std::string_view bench_now = "2026-03-31T12:00:00.000Z";

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace

BenchWorld::BenchWorld(std::uint64_t seed, std::uint64_t deals, Figures& figures)
    : story(two_years(seed, deals, Random::id(seed, 900, 0), first_administrator(Random::id(seed, 900, 0)), *parse_instant(bench_now))) {
  story.plain = true;
  cast = cast_of(story);
  std::fprintf(stderr, "telling a story of %llu deals ...\n", static_cast<unsigned long long>(deals));
  const double before_mb = resident_mb();
  std::chrono::nanoseconds folding{};
  std::uint64_t visits = 0;
  const auto start = std::chrono::steady_clock::now();
  const Filled filled = fold(story, [&](const fb::Record& record, const Fields* personal) {
    const auto from = std::chrono::steady_clock::now();
    models.apply(record, personal);
    folding += std::chrono::steady_clock::now() - from;
    ++visits;
  });
  const auto all = std::chrono::steady_clock::now() - start;
  if (filled.refused > 0)
    throw std::runtime_error(std::to_string(filled.refused) + " commands of the story were refused; the first: " + filled.first_refusal);
  position = filled.position;
  const auto per_second = [&](std::chrono::nanoseconds time) { return static_cast<double>(filled.events) / std::chrono::duration<double>(time).count(); };
  figures.add({.bar_id = "", .name = "told, decided, encoded and folded", .value = per_second(all), .unit = "events/s",
               .remark = std::to_string(filled.events) + " events, " + std::to_string(filled.bytes / std::max<std::uint64_t>(filled.events, 1)) + " bytes each"});
  figures.add({.bar_id = "P3", .name = "folded into all read models, of that", .value = per_second(folding), .unit = "events/s", .bar = 1e6});
  figures.add({.bar_id = "P8", .name = "resident memory, with the decision model's leftovers", .value = resident_mb() - before_mb, .unit = "MB", .bar = 2000.0, .at_most = true});
}

projections::Asked BenchWorld::asked_by_admin() const { return {{story.admin, Role::administrator}, story.until}; }
projections::Asked BenchWorld::asked_by_salesperson() const { return {{cast.salespeople.front(), Role::salesperson}, story.until}; }

Histogram timed(int runs, const std::function<void()>& query) {
  Histogram times;
  for (int run = -std::max(1, runs / 10); run < runs; ++run) {
    const auto from = std::chrono::steady_clock::now();
    query();
    const auto taken = std::chrono::steady_clock::now() - from;
    if (run >= 0) times.add(static_cast<std::uint64_t>(taken.count()));
  }
  return times;
}

void refused(const std::vector<projections::QueryFault>& faults, const std::string& what) {
  std::string words = what;
  for (const projections::QueryFault& fault : faults) words.append("; ").append(fault.parameter).append(": ").append(fault.message);
  throw std::runtime_error(words);
}

}  // namespace dealog::tools
