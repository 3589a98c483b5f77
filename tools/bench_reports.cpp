// P4 and P6: reports over a million deals, live and at past moments, with the filters that people use.

#include <string>
#include <vector>

#include "tools/bench.h"
#include "tools/bench_figures.h"
#include "tools/bench_world.h"

namespace dealog::tools {

namespace {

using projections::Parameters;

struct Question {
  std::string name;          // for people
  std::string report;
  Parameters parameters;
  double bar_ms = 5;
};

std::vector<Question> questions(const BenchWorld& world) {
  const std::pair<std::string, std::string> from{"from", "2025-01-01"}, to{"to", "2025-12-31"};
  const std::string team = to_string(world.cast.teams[1]), company = to_string(world.cast.companies[0]);
  return {
      {"won by owner, all time", "closed-deals", {{"status", "won"}, {"group_by", "owner"}}},
      {"closed by reason, a year", "closed-deals", {{"group_by", "close_reason"}, from, to}},
      {"won by source, a year in months", "closed-deals", {{"status", "won"}, {"group_by", "source"}, {"bucket", "month"}, from, to}},
      {"won in a team, a year", "closed-deals", {{"status", "won"}, {"team_id", team}, {"group_by", "owner"}, from, to}},
      {"won by one company (selective)", "closed-deals", {{"status", "won"}, {"company_id", company}}},
      {"open by stage", "open-deals", {{"group_by", "stage"}}},
      {"open by owner above 10,000", "open-deals", {{"group_by", "owner"}, {"value[gte]", "10000"}}},
      {"open by stage, name contains", "open-deals", {{"group_by", "stage"}, {"name[contains]", "licence"}}, 20},
      {"open by stage, company's name contains", "open-deals", {{"group_by", "stage"}, {"company.name[contains]", "Orion"}}, 20},
      {"ranking by won, a year", "ranking", {from, to}},
      {"activities, a year in months", "activities", {{"bucket", "month"}, from, to}},
  };
}

std::string spread(const Histogram& times) {
  return "p99 " + std::to_string(ms(times.quantile(0.99))).substr(0, 5) + " ms of " + std::to_string(times.count());
}

void ask(const std::shared_ptr<const projections::World>& world, const Question& question, const projections::Asked& asked) {
  const auto report = projections::report(world, question.report, asked, question.parameters);
  if (!report) refused(report.error(), question.name);
}

// Each time another moment, so that no column is there already.
Histogram timed_at(int runs, const std::shared_ptr<const projections::World>& live, const Question& question, const projections::Asked& asked,
                   bool as_of, bool known_at) {
  std::int64_t turn = 0;
  return timed(runs, [&] {
    ++turn;
    projections::Moment moment;
    if (as_of) moment.as_of = {asked.now.ms - 90ll * 86'400'000 - turn * 60'000};
    if (known_at) moment.known_at = live->position() - live->position() / 10 - static_cast<Position>(turn);
    ask(live->at(moment), question, asked);
  });
}

}  // namespace

void bench_reports(const BenchOptions& options, Figures& figures) {
  BenchWorld world(options.seed, options.size > 0 ? options.size : 1'000'000, figures);
  const int runs = options.runs > 0 ? options.runs : 50;
  const std::shared_ptr<const projections::World> live = world.models.live();
  const projections::Asked admin = world.asked_by_admin(), salesperson = world.asked_by_salesperson();

  // QUALITY allows 12 ms for every changed column that is read: a deal's report reads up to six that change
  // (presence, status, owner, stage, value, closing time).
  constexpr double columns = 6, per_column_ms = 12;
  for (const Question& question : questions(world)) {
    const Histogram now = timed(runs, [&] { ask(live, question, admin); });
    figures.add({.bar_id = "P4", .name = question.name, .value = ms(now.quantile(0.5)), .unit = "ms", .bar = question.bar_ms, .at_most = true, .remark = spread(now)});
    const Histogram own = timed(runs, [&] { ask(live, question, salesperson); });
    figures.add({.bar_id = "P4", .name = question.name + ", a salesperson", .value = ms(own.quantile(0.5)), .unit = "ms", .bar = question.bar_ms, .at_most = true, .remark = spread(own)});

    const int past_runs = std::max(3, runs / 5);
    const double past_bar = ms(now.quantile(0.5)) + columns * per_column_ms;
    const auto past = [&](const char* clock, bool as_of, bool known_at) {
      const Histogram times = timed_at(past_runs, live, question, admin, as_of, known_at);
      figures.add({.bar_id = "P6", .name = question.name + ", " + clock, .value = ms(times.quantile(0.5)), .unit = "ms", .bar = past_bar, .at_most = true,
                   .remark = "live + 6 columns; " + spread(times)});
    };
    past("as_of", true, false);
    past("known_at", false, true);
    past("both", true, true);
  }
}

}  // namespace dealog::tools
