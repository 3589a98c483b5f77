// How long questions take over a million deals: `projections_tests "[.measure]"`. Figures, no bars: a benchmark is
// a program (QUALITY 1); this is its small sister for who works on a query.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "projections/duplicates.h"
#include "projections/search.h"
#include "tests/support/queried.h"

namespace dealog::test {
namespace {

namespace f = field;
using query::Parameters;
const Instant now = instant("2026-06-15T10:00:00Z");

// Raw events, as the writer would have recorded them: deciding a million commands is not what is measured.
struct Log {
  query::ReadModels& models;
  Position position;
  void put(Kind kind, const Uuid& id, Version version, const Event& event, Instant at, const Uuid& actor) {
    const Envelope envelope{.position = ++position, .object = {kind, id}, .version = version, .recorded_at = now, .effective_at = at, .actor = actor, .command = position};
    const Bytes bytes = encode(envelope, event, nullptr);
    models.apply(*trusted_record(bytes), nullptr);
  }
};

template <class Use>
void timed(const char* what, Use use) {
  // DEALOG_MEASURE_ONLY=board: those questions alone, often enough for a profiler.
  const char* only = std::getenv("DEALOG_MEASURE_ONLY");
  if (only && std::string_view(what).find(only) == std::string_view::npos) return;
  std::vector<double> times;
  for (int i = 0; i < (only ? 400 : 31); ++i) {
    const auto start = std::chrono::steady_clock::now();
    use();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  std::printf("  %-46s p50 %8.2f ms   min %8.2f ms\n", what, times[times.size() / 2], times[0]);
}

}  // namespace

TEST_CASE("questions over a million deals", "[.measure]") {
  const char* size = std::getenv("DEALOG_MEASURE_DEALS");
  const int deals = size ? std::atoi(size) : 1'000'000;
  const World world;
  Queried in(world);
  Log log{in.models, world.log.size()};
  std::mt19937 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<Uuid> users, companies;
  for (int i = 0; i < 40; ++i) {
    users.push_back(id_of("user" + std::to_string(i)));
    log.put(Kind::user, users.back(), 1, event::Created{{{f::user::role, std::int64_t{2}}}}, now, administrator);
  }
  for (int i = 0; i < 10'000; ++i) {
    companies.push_back(id_of("co" + std::to_string(i)));
    log.put(Kind::company, companies.back(), 1, event::Created{{{f::company::name, "Company " + std::to_string(i)}}}, now, administrator);
  }
  const Uuid stages[] = {A, B, C};
  const std::int64_t start = instant("2024-06-01T00:00:00Z").ms, span = now.ms - start;
  for (int i = 0; i < deals; ++i) {
    const Uuid deal = derived_uuid("measure", std::to_string(i)), user = users[static_cast<std::size_t>(below(40))];
    const Instant born{start + static_cast<std::int64_t>((std::uint64_t{random()} << 16) % static_cast<std::uint64_t>(span))};
    log.put(Kind::deal, deal, 1,
            event::Created{{{f::deal::name, "Deal number " + std::to_string(i)}, {f::deal::process_id, process}, {f::deal::stage_id, stages[below(3)]},
                            {f::deal::owner_id, user}, {f::deal::company_id, companies[static_cast<std::size_t>(below(10'000))]}, {f::deal::value, std::int64_t{below(10'000'000)}},
                            {f::deal::currency, std::string("PLN")}, {f::deal::visibility, std::int64_t{below(2)}}, {f::deal::expected_close_on, day("2026-01-01") + below(365)}}},
            born, user);
    if (below(10) < 7)
      log.put(Kind::deal, deal, 2,
              event::DealClosed{.outcome = static_cast<std::uint8_t>(1 + below(3)), .reason = below(2) ? quality : price, .stage = A, .furthest = C,
                                .credited_owner = user, .done_weight = 20, .total_weight = 100},
              Instant{born.ms + (now.ms - born.ms) / 2}, user);
    else if (below(2))
      log.put(Kind::deal, deal, 2, event::DealActionCompleted{.action = a1}, born, user);
  }
  const auto live = in.models.live();
  std::printf("%d deals, %zu events\n", deals, static_cast<std::size_t>(live->position()));
  const auto admin = as(administrator, Role::administrator, now), seller = as(users[0], Role::salesperson, now);
  const auto on = [&](const char* what, const char* name, const Parameters& parameters, const query::Asked& asked) {
    timed(what, [&] { must(query::report(live, name, asked, parameters)); });
  };
  on("closed-deals, all time", "closed-deals", {}, admin);
  on("closed-deals, salesperson", "closed-deals", {}, seller);
  on("closed-deals, a year, by month, won by owner", "closed-deals", {{"from", "2025-06-01"}, {"to", "2026-05-31"}, {"bucket", "month"}, {"status", "won"}, {"group_by", "owner"}}, admin);
  on("closed-deals, a quarter", "closed-deals", {{"from", "2026-01-01"}, {"to", "2026-03-31"}}, admin);
  on("open-deals by stage", "open-deals", {}, admin);
  on("activities, a month, by day", "activities", {{"from", "2026-05-01"}, {"to", "2026-05-31"}, {"bucket", "day"}}, admin);
  on("activities, all time", "activities", {}, admin);
  on("ranking, a quarter", "ranking", {{"from", "2026-01-01"}, {"to", "2026-03-31"}}, admin);
  on("ranking, all time", "ranking", {}, admin);
  on("closed-deals, name contains", "closed-deals", {{"name[contains]", "77"}}, admin);
  on("closed-deals, company.name contains", "closed-deals", {{"company.name[contains]", "77"}}, admin);
  timed("board, who sees all", [&] { must(query::board(live, process, admin, {})); });
  timed("board, salesperson", [&] { must(query::board(live, process, seller, {})); });
  timed("board, one owner", [&] { must(query::board(live, process, admin, {{"owner_id", to_string(users[3])}})); });
  timed("list, 50 newest", [&] { must(query::list(live, Kind::deal, admin, {{"sort", "-created_at"}})); });
  timed("list, first page", [&] { must(query::list(live, Kind::deal, admin, {})); });
  const Instant then = instant("2025-12-31T12:00:00Z");
  timed("closed-deals as of half a year ago, first", [&] { must(query::report(live->at({.as_of = Instant{then.ms + below(1'000'000)}}), "closed-deals", as(administrator, Role::administrator, then, live), {})); });
}

TEST_CASE("search, duplicates and a merge over a million contacts", "[.measure]") {
  const World world;
  Queried in(world);
  Log log{in.models, world.log.size()};
  constexpr int persons = 600'000, companies = 400'000, deals = 1'000'000;
  for (int i = 0; i < companies; ++i)
    log.put(Kind::company, derived_uuid("co", std::to_string(i)), 1,
            event::Created{{{f::company::name, "Company number " + std::to_string(i)}, {f::company::emails, std::vector<std::string>{"office" + std::to_string(i) + "@example.com"}},
                            {f::company::phones, std::vector<std::string>{"+48 22 " + std::to_string(1'000'000 + i)}}, {f::company::tax_id, std::to_string(5'250'000'000 + i)}}}, now, administrator);
  for (int i = 0; i < persons; ++i)
    log.put(Kind::person, derived_uuid("pe", std::to_string(i)), 1,
            event::Created{{{f::person::name, (i % 3 ? "Jan Kowalski " : "Żaneta Łuć ") + std::to_string(i)}, {f::person::emails, std::vector<std::string>{"p" + std::to_string(i) + "@example.com"}}}}, now, administrator);
  for (int i = 0; i < deals; ++i)
    log.put(Kind::deal, derived_uuid("de", std::to_string(i)), 1,
            event::Created{{{f::deal::name, "Deal number " + std::to_string(i)}, {f::deal::process_id, process}, {f::deal::stage_id, A}, {f::deal::owner_id, administrator},
                            {f::deal::company_id, derived_uuid("co", std::to_string(i < 100'000 ? i % 2 : i % companies))}}}, now, administrator);
  const auto live = in.models.live();
  const auto admin = as(administrator, Role::administrator, now);
  const auto look_for = [&](const char* what, const char* text) {
    timed(what, [&] { query::search(live, admin, text, query::searched_kinds(), 20); });
  };
  look_for("search, one that there is", "number 77777");
  look_for("search, one that many have", "kowalski");
  look_for("search, with accents", "zaneta luc 3");
  look_for("search, a phone", "22 1077777");
  look_for("search, nothing", "nobody has this");
  timed("duplicates of 400,000 companies", [&] { must(query::duplicates(live, Kind::company, admin, {})); });

  const auto begun = std::chrono::steady_clock::now();
  log.put(Kind::company, derived_uuid("co", "0"), 2, event::Merged{derived_uuid("co", "1"), {}}, now, administrator);
  log.put(Kind::company, derived_uuid("co", "1"), 2, event::Merged{{}, derived_uuid("co", "0")}, now, administrator);
  std::printf("  merge with 50,000 deals each, folded in %.2f ms\n", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
}

}  // namespace dealog::test
