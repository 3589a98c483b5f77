#include <random>

#include "tests/support/queried.h"

namespace dealog::test {
namespace {

namespace f = field;
using query::Parameters;
const Instant report_noon = instant("2026-06-15T10:00:00Z");

query::Cells ask(const std::shared_ptr<const query::World>& world, std::string_view name, const Parameters& parameters, query::Asked asked = as(administrator, Role::administrator, report_noon)) {
  return must(query::report(world, name, asked, parameters)).cells;
}
std::string faults(const Queried& in, std::string_view name, const Parameters& parameters) {
  const auto answer = query::report(in.live, name, as(administrator, Role::administrator, report_noon), parameters);
  return answer ? "taken" : print(answer.error());
}
std::int64_t sum(const std::vector<query::Cells>& all, std::string_view name) {
  std::int64_t total = 0;
  for (const query::Cells& each : all) total += number(each, name);
  return total;
}
const query::Cells* row_of(const std::vector<query::Cells>& all, std::optional<std::string> label) {
  for (const query::Cells& each : all) {
    if (is_null(each, "key") ? !label : label && words(object(each, "key"), "label") == *label) return &each;
  }
  return nullptr;
}

const Uuid fair = id_of("Fair"), web = id_of("Web"), north = id_of("North"), poland = id_of("Poland");
constexpr const char* people_names[] = {"sam", "sue", "max"};

// A year of deals, tasks, notes and e-mails of three people in two teams, one above the other; sue moves on 1 April.
World busy(unsigned seed, int deals) {
  std::mt19937 random(seed);
  World world;
  const auto run = [&](Step step) { world.accept(std::move(step)); };
  run(Step(set_account(f::account::sources_on, 1)));
  for (const auto& [id, title] : {std::pair{fair, "Fair"}, std::pair{web, "Web"}}) run(Step(create(Kind::source, id, {{f::source::name, std::string(title)}})));
  run(Step(create(Kind::team, poland, {{f::team::name, std::string("Poland")}})));
  run(Step(create(Kind::team, north, {{f::team::name, std::string("North")}, {f::team::parent_id, poland}})));
  run(Step(edit(Kind::user, sam, {{f::user::team_ids, std::vector<Uuid>{north}}})));
  run(Step(edit(Kind::user, sue, {{f::user::team_ids, std::vector<Uuid>{poland}}})));
  run(Step(edit(Kind::user, sue, {{f::user::team_ids, std::vector<Uuid>{north}}})).at("2026-04-01T08:00:00Z"));
  const Uuid people[] = {sam, sue, manager};
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Instant now = instant("2026-06-01T00:00:00Z");
  const std::int64_t start = instant("2026-01-01T00:00:00Z").ms, span = now.ms - start;
  for (int i = 0; i < deals; ++i) {
    const Uuid deal = id_of("deal" + std::to_string(i));
    const Uuid person = people[below(3)];
    const Instant born{start + static_cast<std::int64_t>(random()) % span};
    Fields fields{{f::deal::name, "Deal " + std::to_string(i)}, {f::deal::owner_id, person}, {f::deal::visibility, std::int64_t{below(2)}}};
    if (below(5)) fields.push_back({f::deal::value, std::int64_t{below(100000)}});
    if (below(3)) fields.push_back({f::deal::source_id, below(2) ? fair : web});
    if (below(3)) fields.push_back({f::deal::expected_close_on, day("2026-05-01") + below(120)});
    now.ms += 1000;
    run(Step(create_deal(deal, fields, born)).by(person).at(now));
    Instant later{born.ms + below(3'000'000)};
    if (below(2)) run(Step(command::CompleteAction{.deal = deal, .action = below(2) ? a1 : b1, .effective_at = later}).at(now));
    if (below(3)) {
      later.ms = std::min(later.ms + below(2'000'000'000), now.ms);
      const int outcome = below(3);
      command::CloseDeal close{.deal = deal, .outcome = outcome == 0 ? Status::won : outcome == 1 ? Status::lost : Status::obsolete, .effective_at = later};
      if (below(2) && outcome < 2) close.reason = outcome == 0 ? quality : price;
      run(Step(close).at(now).performed_by(manager).by(manager));
    }
    if (below(2)) {
      Fields fields_of_task{{f::task::name, std::string("Call")}, {f::task::deal_id, deal}, {f::task::assignee_id, person}};
      if (const int when = below(3); when == 0) fields_of_task.push_back({f::task::due_on, day("2026-05-25") + below(40)});
      else if (when == 1) fields_of_task.push_back({f::task::due_at, now.ms + std::int64_t{below(2'000'000)} * 1000});
      const Uuid task = id_of("task" + std::to_string(i));
      run(Step(create(Kind::task, task, fields_of_task)).by(manager).at(now));
      if (below(2)) run(Step(command::CompleteTask{task}).at(now).by(manager));
    }
    if (below(3) == 0) run(Step(create(Kind::note, id_of("note" + std::to_string(i)), {{f::note::text, std::string("So")}, {f::note::deal_id, deal}})).by(manager).at(now));
    if (below(6) == 0) run(Step(command::Delete{{Kind::deal, deal}}).at(now));
  }
  for (int i = 0; i < 5; ++i) {
    run(Step(create_company(id_of("co" + std::to_string(i)), "Co " + std::to_string(i))).by(people[i % 3]).at(now));
    run(Step(create_person(id_of("pe" + std::to_string(i)), "Pe " + std::to_string(i))).by(people[i % 2]).at(now));
  }
  return world;
}

// [GEN-8] Every number opens: its list has as many deals, worth as much.
int check_links(const Queried& in, const query::Cells& report, const query::Asked& asked) {
  int links = 0;
  for_each_link(report, [&](const query::Cells& cells) {
    const std::string link = words(cells, "items");
    CAPTURE(link);
    const Followed followed = follow(in.live, asked, link);
    CHECK(followed.faults.empty());
    CHECK(followed.total == static_cast<std::uint64_t>(number(cells, "count")));
    CHECK(followed.listed == followed.total);
    if (has(cells, "value")) CHECK(followed.value == number(cells, "value"));
    ++links;
  });
  return links;
}

}  // namespace

TEST_CASE("closed deals add up in every breakdown, and every number opens", "[projections][report][STA-1][GEN-4][GEN-8]") {
  const Queried in(busy(3, 120));
  const char* group = GENERATE("close_reason", "owner", "source", "process", "stage");
  CAPTURE(group);
  const query::Cells report = ask(in.live, "closed-deals", {{"group_by", group}, {"from", "2026-02-01"}, {"to", "2026-05-20"}, {"bucket", "auto"}});
  const query::Cells& summary = object(report, "summary");
  REQUIRE(number(summary, "count") > 20);
  for (const char* part : {"rows", "people", "series"}) {
    CAPTURE(part);
    CHECK(sum(rows(report, part), "count") == number(summary, "count"));
    CHECK(sum(rows(report, part), "value") == number(summary, "value"));
  }
  CHECK(rows(report, "series").size() == 17);
  CHECK(check_links(in, report, as(administrator, Role::administrator, report_noon)) > 15);
  if (std::string_view(group) == "source") CHECK(row_of(rows(report, "rows"), std::nullopt) != nullptr);
}

TEST_CASE("teams overlap: the summary counts distinct deals and says so", "[projections][report][GEN-4][GEN-7]") {
  World world;
  world.accept(Step(create(Kind::team, poland, {{f::team::name, std::string("Poland")}})));
  world.accept(Step(create(Kind::team, north, {{f::team::name, std::string("North")}, {f::team::parent_id, poland}})));
  world.accept(Step(edit(Kind::user, sam, {{f::user::team_ids, std::vector<Uuid>{north}}})).at("2026-03-01T08:00:00Z"));
  const auto won = [&](const Uuid& deal, const Uuid& owner, const char* when) {
    world.accept(Step(create_deal(deal, {{f::deal::owner_id, owner}, {f::deal::value, std::int64_t{100}}})).at(when));
    world.accept(Step(command::CloseDeal{.deal = deal, .outcome = Status::won, .reason = quality}));
  };
  won(d1, sam, "2026-03-02T08:00:00Z");
  won(d2, manager, "2026-03-03T08:00:00Z");
  world.accept(Step(edit(Kind::user, sam, {{f::user::team_ids, std::vector<Uuid>{poland}}})).at("2026-03-10T08:00:00Z"));
  won(d3, sam, "2026-03-11T08:00:00Z");
  const Queried in(world);
  const query::Cells report = ask(in.live, "closed-deals", {{"group_by", "team"}});
  CHECK(number(object(report, "summary"), "count") == 3);
  CHECK(std::get<bool>(cell(object(report, "summary"), "overlapping").value));
  const auto& teams = rows(report, "rows");
  CHECK(number(*row_of(teams, "Poland"), "count") == 2);
  CHECK(number(*row_of(teams, "North"), "count") == 1);   // d3 was closed after sam had left
  CHECK(number(*row_of(teams, std::nullopt), "count") == 1);
  check_links(in, report, as(administrator, Role::administrator, report_noon));
  CHECK(number(object(ask(in.live, "closed-deals", {{"team_id", to_string(north)}}), "summary"), "count") == 1);
  CHECK(number(object(ask(in.live, "closed-deals", {{"team_id", to_string(poland)}, {"user_id", to_string(sam)}}), "summary"), "count") == 2);
}

TEST_CASE("open deals add up by stage, with a forecast by month and undated ones apart", "[projections][report][STA-2]") {
  const Queried in(busy(4, 120));
  const char* group = GENERATE("stage", "owner", "source", "process", "team");
  const query::Cells report = ask(in.live, "open-deals", {{"group_by", group}, {"bucket", "month"}});
  const query::Cells& summary = object(report, "summary");
  REQUIRE(number(summary, "count") > 20);
  const query::Cells& forecast = object(report, "forecast");
  CHECK(sum(rows(forecast, "months"), "count") + number(object(forecast, "undated"), "count") == number(summary, "count"));
  CHECK(sum(rows(forecast, "months"), "value") + number(object(forecast, "undated"), "value") == number(summary, "value"));
  if (std::string_view(group) != "team") CHECK(sum(rows(report, "rows"), "count") == number(summary, "count"));
  CHECK(sum(rows(report, "series"), "value") == number(summary, "value"));
  CHECK(check_links(in, report, as(administrator, Role::administrator, report_noon)) > 8);
  if (std::string_view(group) == "stage") CHECK(words(object(rows(report, "rows")[0], "key"), "label") == "A");
}

TEST_CASE("activities: ten sections, each adding up and opening", "[projections][report][STA-4]") {
  const Queried in(busy(5, 80));
  const query::Cells report = ask(in.live, "activities", {{"from", "2026-01-01"}, {"to", "2026-07-31"}, {"bucket", "month"}});
  int sections = 0;
  for (const char* name : {"new_persons", "new_companies", "new_deals", "won_deals", "lost_deals", "obsolete_deals", "planned_tasks", "completed_tasks", "notes", "sent_emails"}) {
    CAPTURE(name);
    const query::Cells& section = object(report, name);
    const std::int64_t count = number(object(section, "summary"), "count");
    CHECK(sum(rows(section, "rows"), "count") == count);
    CHECK(sum(rows(section, "series"), "count") == count);
    CHECK(rows(section, "series").size() == 7);
    ++sections;
    if (std::string_view(name) != "sent_emails") CHECK(count > 0);
  }
  CHECK(sections == 10);
  check_links(in, report, as(administrator, Role::administrator, report_noon));
  for (const auto& [name, value] : {std::pair{"user_id", to_string(sam)}, std::pair{"team_id", to_string(north)}}) {
    const query::Cells mine = ask(in.live, "activities", {{name, value}, {"period", "all_time"}});
    CHECK(number(object(object(mine, "new_deals"), "summary"), "count") > 0);
    check_links(in, mine, as(administrator, Role::administrator, report_noon));
  }
  // A filter that only deals know leaves the others unanswered rather than unfiltered.
  const query::Cells filtered = ask(in.live, "activities", {{"source_id", to_string(fair)}, {"stage_id", to_string(A)}});
  CHECK(is_null(filtered, "notes"));
  CHECK(is_null(filtered, "new_persons"));
  CHECK(number(object(object(filtered, "new_deals"), "summary"), "count") > 0);
}

TEST_CASE("planned tasks: by due date, done, current or future; a single day shows only those done", "[projections][report][STA-4]") {
  World world;
  const auto task = [&](const char* name, std::optional<const char*> due, bool done) {
    Fields fields{{f::task::name, std::string(name)}, {f::task::assignee_id, sam}};
    if (due) fields.push_back({f::task::due_on, day(*due)});
    world.accept(Step(create(Kind::task, id_of(name), fields)));
    if (done) world.accept(Step(command::CompleteTask{id_of(name)}));
  };
  task("done", "2026-06-10", true);
  task("late", "2026-06-10", false);
  task("today", "2026-06-15", false);
  task("soon", "2026-06-16", false);
  task("undated", std::nullopt, false);
  world.accept(Step(create(Kind::task, id_of("timed"), {{f::task::name, std::string("timed")}, {f::task::due_at, instant("2026-06-15T22:30:00Z").ms}})));
  const Queried in(world);
  const auto planned = [&](Parameters parameters) {
    const query::Cells report = ask(in.live, "activities", parameters);
    check_links(in, report, as(administrator, Role::administrator, report_noon));
    return number(object(object(report, "planned_tasks"), "summary"), "count");
  };
  CHECK(planned({}) == 5);
  CHECK(planned({{"tasks", "done"}}) == 1);
  CHECK(planned({{"tasks", "current"}}) == 2);
  CHECK(planned({{"tasks", "future"}}) == 2);       // 22:30 UTC is already the 16th in Warsaw
  CHECK(planned({{"tasks", "done,future"}}) == 3);
  CHECK(planned({{"from", "2026-06-10"}, {"to", "2026-06-15"}}) == 3);
  CHECK(planned({{"from", "2026-06-10"}, {"to", "2026-06-10"}}) == 1);
  CHECK(planned({{"from", "2026-06-10"}, {"to", "2026-06-10"}, {"tasks", "current"}}) == 0);
  CHECK(planned({{"from", "2026-06-16"}}) == 2);
}

TEST_CASE("ranking: equal measure, equal rank; zeros for the active, suspended only with deals", "[projections][report][RNK-1]") {
  World world;
  int made = 0;
  const auto won = [&](const Uuid& owner, std::int64_t value, const char* when) {
    const Uuid deal = id_of("won" + std::to_string(++made));
    world.accept(Step(create_deal(deal, {{f::deal::owner_id, owner}, {f::deal::value, value}})).at(when));
    world.accept(Step(command::CloseDeal{.deal = deal, .outcome = Status::won, .reason = quality}));
  };
  won(sam, 500, "2026-04-20T10:00:00Z");
  won(sue, 300, "2026-05-02T10:00:00Z");
  won(manager, 300, "2026-05-03T10:00:00Z");
  won(sam, 900, "2026-05-04T10:00:00Z");
  won(sue, 0, "2026-05-05T10:00:00Z");
  for (const Uuid& user : {sue, auditor}) world.accept(Step(edit(Kind::user, user, {{f::user::is_suspended, std::int64_t{1}}})));
  const Queried in(world);
  const query::Cells report = ask(in.live, "ranking", {{"from", "2026-05-01"}, {"to", "2026-05-31"}});
  const auto line = [&](const char* list, std::size_t at) {
    const query::Cells& cells = rows(report, list).at(at);
    return std::to_string(number(cells, "rank")) + " " + words(object(cells, "key"), "label") + " " + std::to_string(number(cells, "value")) + " " +
           std::to_string(number(cells, "count")) + (is_null(cells, "previous_rank") ? " new" : " was " + std::to_string(number(cells, "previous_rank")));
  };
  CHECK(line("by_value", 0) == "1 sam 900 1 was 1");
  CHECK(line("by_value", 1) == "2 sue 300 2 new");      // suspended, and nothing in April
  CHECK(line("by_value", 2) == "2 max 300 1 was 2");
  CHECK(line("by_value", 3) == "4 Ada 0 0 was 2");
  CHECK(line("by_value", 4) == "4 ann 0 0 was 2");
  CHECK(rows(report, "by_value").size() == 5);
  CHECK(line("by_number", 0) == "1 sue 300 2 new");
  CHECK(line("by_number", 1) == "2 sam 900 1 was 1");
  CHECK(line("by_number", 2) == "2 max 300 1 was 2");
  check_links(in, report, as(administrator, Role::administrator, report_noon));
  const query::Cells all_time = ask(in.live, "ranking", {});
  CHECK(is_null(rows(all_time, "by_value")[0], "previous_rank"));
  CHECK(rows(ask(in.live, "ranking", {{"user_id", to_string(sam)}}), "by_value").size() == 1);
}

TEST_CASE("worked example 10: a deleted source leaves past reports, and stays in those as of before", "[projections][report][example-10][DIC-1]") {
  World world;
  world.accept(Step(set_account(f::account::sources_on, 1)));
  world.accept(Step(create(Kind::source, fair, {{f::source::name, std::string("Fair")}})));
  for (const Uuid& deal : {d1, d2, d3}) {
    world.accept(Step(create_deal(deal, {{f::deal::source_id, fair}})).at("2026-03-01T10:00:00Z"));
    world.accept(Step(command::CloseDeal{.deal = deal, .outcome = Status::won, .reason = quality}));
  }
  for (const Uuid& person : {ala, acme}) world.accept(Step(create(Kind::person, person, {{f::person::name, std::string("P")}, {f::person::source_id, fair}})));
  world.accept(Step(command::Delete{{Kind::source, fair}}).at("2026-04-01T10:00:00Z"));
  const Queried in(world);
  const Parameters march{{"group_by", "source"}, {"from", "2026-03-01"}, {"to", "2026-03-31"}};
  const query::Cells today = ask(in.live, "closed-deals", march);
  REQUIRE(rows(today, "rows").size() == 1);
  CHECK(number(*row_of(rows(today, "rows"), std::nullopt), "count") == 3);
  const Instant before = instant("2026-03-31T21:59:59.999Z");
  const query::Cells then = ask(in.live->at({.as_of = before}), "closed-deals", march, as(administrator, Role::administrator, before, in.live));
  REQUIRE(rows(then, "rows").size() == 1);
  CHECK(number(*row_of(rows(then, "rows"), "Fair"), "count") == 3);
  check_links(in, then, as(administrator, Role::administrator, before, in.live));
  check_links(in, today, as(administrator, Role::administrator, report_noon));
  const auto persons = [&](const std::shared_ptr<const query::World>& of, const Parameters& filters) {
    return must(query::list(of, Kind::person, as(administrator, Role::administrator, report_noon, in.live), filters)).page.rows.size();
  };
  CHECK(persons(in.live, {{"source_id[is_null]", "true"}}) == 2);
  CHECK(persons(in.live->at({.as_of = before}), {{"source_id", to_string(fair)}}) == 2);
}

TEST_CASE("worked example 11: two clocks", "[projections][report][example-11][GEN-6][TIM-1]") {
  World world;
  world.accept(Step(create_deal(d1, {{f::deal::owner_id, sam}}, instant("2026-01-10T10:00:00Z"))).at("2026-01-10T10:00:00Z"));
  const Queried before(world);
  world.accept(Step(command::CloseDeal{.deal = d1, .outcome = Status::won, .reason = quality, .effective_at = instant("2026-01-30T10:00:00Z")}).by(sam).at("2026-02-10T10:00:00Z"));
  const Queried in(world);
  const Instant end_of_january = instant("2026-01-31T22:59:59.999Z");
  const Parameters january{{"status", "won"}, {"from", "2026-01-01"}, {"to", "2026-01-31"}};
  const auto asked = as(administrator, Role::administrator, end_of_january, in.live);
  const auto won = [&](query::Moment moment) {
    const query::Cells report = ask(in.live->at(moment), "closed-deals", january, asked);
    check_links(in, report, asked);
    return number(object(report, "summary"), "count");
  };
  CHECK(won({.as_of = end_of_january}) == 1);
  CHECK(won({.as_of = end_of_january, .known_at = before.live->position()}) == 0);
}

TEST_CASE("a salesperson's report counts what he may see, and its links list that", "[projections][report][ACC-4]") {
  const Queried in(busy(6, 100));
  const auto mine = as(sam, Role::salesperson, report_noon);
  for (const char* name : {"closed-deals", "open-deals", "activities", "ranking"}) {
    CAPTURE(name);
    check_links(in, ask(in.live, name, {}, mine), mine);
  }
  const std::int64_t all = number(object(ask(in.live, "closed-deals", {}), "summary"), "count");
  const std::int64_t seen = number(object(ask(in.live, "closed-deals", {}, mine), "summary"), "count");
  CHECK(seen < all);
  CHECK(seen > 0);
}

TEST_CASE("a ratio without a denominator is null", "[projections][report][GEN-3]") {
  World world;
  world.accept(Step(create_deal(d1)));
  world.accept(Step(command::CloseDeal{.deal = d1, .outcome = Status::won, .reason = quality}));
  const Queried in(world);
  const query::Cells report = ask(in.live, "closed-deals", {});
  CHECK(number(rows(report, "rows")[0], "count_share") == 10000);
  CHECK(is_null(rows(report, "rows")[0], "value_share"));
  CHECK(rows(ask(in.live, "closed-deals", {{"status", "lost"}, {"bucket", "day"}}), "series").empty());
}

TEST_CASE("what a report does not know it refuses, all at once", "[projections][report][GEN-10]") {
  const Queried in(busy(7, 3));
  CHECK(faults(in, "closed-deals", {{"group_by", "colour"}, {"status", "open"}, {"from", "2026-13-01"}, {"bucket", "decade"}, {"date_field", "moved"}, {"valeu", "1"}, {"limit", "5"}}) ==
        "from invalid; bucket invalid; group_by unknown; date_field invalid; status invalid; valeu unknown; limit unknown");
  CHECK(faults(in, "closed-deals", {{"period", "last_century"}}) == "period invalid");
  CHECK(faults(in, "closed-deals", {{"period", "this_year"}, {"from", "2026-01-01"}}) == "period invalid");
  CHECK(faults(in, "closed-deals", {{"from", "2026-02-01"}, {"to", "2026-01-01"}}) == "to invalid");
  CHECK(faults(in, "closed-deals", {{"from", "0001-01-01"}, {"to", "9999-12-31"}, {"bucket", "day"}}) == "bucket invalid");
  CHECK(faults(in, "open-deals", {{"status", "won"}, {"group_by", "close_reason"}}) == "group_by unknown; status invalid");
  CHECK(faults(in, "ranking", {{"value_kind", "gross"}, {"status", "won,open"}, {"bucket", "day"}, {"user_id", "x"}}) == "value_kind invalid; bucket unknown; status invalid; user_id invalid");
  CHECK(faults(in, "activities", {{"tasks", "late"}, {"nope", "1"}, {"filter", "{}"}}) == "tasks invalid; nope unknown; filter invalid");
  CHECK(faults(in, "weather", {}) == "name unknown");
}

}  // namespace dealog::test
