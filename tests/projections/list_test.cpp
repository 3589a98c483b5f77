#include <random>

#include "projections/cursor.h"
#include "tests/support/queried.h"

namespace dealog::test {
namespace {

namespace f = field;
using query::Parameters;
const Instant list_noon = instant("2026-03-15T11:00:00Z");

query::ListAnswer deals(const Queried& in, Parameters parameters) {
  return must(query::list(in.live, Kind::deal, as(administrator, Role::administrator, list_noon), parameters));
}

// All pages one after another, with something recorded between them.
template <class Between>
std::vector<Uuid> paged(Queried& in, const Parameters& parameters, Between between) {
  std::vector<Uuid> all;
  Parameters next = parameters;
  for (;;) {
    const query::ListAnswer page = deals(in, next);
    for (const Uuid& id : ids(page, Kind::deal)) all.push_back(id);
    if (!page.page.next_cursor) return all;
    next = parameters;
    next.emplace_back("cursor", *page.page.next_cursor);
    between();
  }
}

World many_deals(int count, std::mt19937& random) {
  World world;
  for (int i = 0; i < count; ++i) {
    Fields fields{{f::deal::name, "Deal " + std::to_string(random() % 7)}};
    if (random() % 4) fields.push_back({f::deal::value, static_cast<std::int64_t>(random() % 5)});
    world.accept(Step(create_deal(id_of("deal" + std::to_string(i)), fields)));
  }
  return world;
}

}  // namespace

TEST_CASE("lists are ordered as asked, nulls last, equals in order of creation", "[projections][list]") {
  World world;
  const auto add = [&](const Uuid& id, std::string name, std::optional<std::int64_t> value) {
    Fields fields{{f::deal::name, name}};
    if (value) fields.push_back({f::deal::value, *value});
    world.accept(Step(create_deal(id, fields)));
  };
  add(d1, "Łyżka", 5);
  add(d2, "lasso", std::nullopt);
  add(d3, "Zebra", 5);
  const Queried in(world);
  const auto sorted = [&](const char* by) { return ids(deals(in, {{"sort", by}}), Kind::deal); };
  CHECK(ids(deals(in, {}), Kind::deal) == std::vector<Uuid>{d1, d2, d3});
  CHECK(sorted("value") == std::vector<Uuid>{d1, d3, d2});
  CHECK(sorted("-value") == std::vector<Uuid>{d1, d3, d2});
  CHECK(sorted("-value,-name") == std::vector<Uuid>{d3, d1, d2});
  CHECK(sorted("name") == std::vector<Uuid>{d2, d1, d3});
  CHECK(sorted("-name") == std::vector<Uuid>{d3, d1, d2});
  CHECK(sorted("-days_in_stage") == std::vector<Uuid>{d1, d2, d3});
  std::vector<Uuid> by_id{d1, d2, d3};
  std::ranges::sort(by_id);
  CHECK(sorted("id") == by_id);
}

TEST_CASE("deleted deals are out of lists, or alone in them", "[projections][list][GEN-5]") {
  World world;
  for (const Uuid& deal : {d1, d2}) world.accept(Step(create_deal(deal)));
  world.accept(Step(command::Delete{{Kind::deal, d1}}));
  const Queried in(world);
  CHECK(ids(deals(in, {}), Kind::deal) == std::vector<Uuid>{d2});
  CHECK(ids(deals(in, {{"deleted", "only"}}), Kind::deal) == std::vector<Uuid>{d1});
  CHECK(ids(deals(in, {{"deleted", "include"}}), Kind::deal) == std::vector<Uuid>{d1, d2});
  CHECK(ids(deals(in, {{"deleted", "include"}, {"is_deleted", "true"}}), Kind::deal) == std::vector<Uuid>{d1});
}

TEST_CASE("pages neither lose nor repeat a row while commands arrive", "[projections][list][property]") {
  const auto seed = GENERATE(range(0u, 8u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  World world = many_deals(60, random);
  Queried in(world);
  const char* sort = GENERATE("created_at", "-value", "name,-value", "-id");
  const Parameters all{{"sort", sort}, {"limit", "1000"}, {"value[lte]", "0.03"}};
  const std::vector<Uuid> at_first = ids(deals(in, all), Kind::deal);
  Parameters pages{{"sort", sort}, {"limit", "7"}, {"value[lte]", "0.03"}};
  int step = 0;
  const std::vector<Uuid> one_by_one = paged(in, pages, [&] {
    const Uuid deal = id_of("deal" + std::to_string(random() % 60));
    if (random() % 2) world.run(Step(edit(Kind::deal, deal, {{f::deal::value, static_cast<std::int64_t>(random() % 5)}, {f::deal::name, std::string("Other")}})));
    else world.run(Step(command::Delete{{Kind::deal, deal}}));
    world.accept(Step(create_deal(id_of("new" + std::to_string(step++)), {{f::deal::name, std::string("A")}, {f::deal::value, std::int64_t{1}}})));
    in.catch_up(world);
  });
  CHECK(one_by_one == at_first);
}

TEST_CASE("a list longer than a chunk of columns pages through whole", "[projections][list]") {
  World world;
  for (int i = 0; i < 16'500; ++i) world.accept(Step(create_company(id_of("co" + std::to_string(i)), "Co " + std::to_string(i))));
  const Queried in(world);
  Parameters next{{"limit", "1000"}};
  std::vector<query::Row> rows;
  for (;;) {
    const query::ListAnswer page = must(query::list(in.live, Kind::company, as(administrator, Role::administrator, list_noon), next));
    rows.insert(rows.end(), page.page.rows.begin(), page.page.rows.end());
    if (!page.page.next_cursor) break;
    next = {{"limit", "1000"}, {"cursor", *page.page.next_cursor}};
  }
  REQUIRE(rows.size() == 16'500);
  for (query::Row row = 0; row < rows.size(); ++row) REQUIRE(rows[row] == row);
  CHECK(*must(query::list(in.live, Kind::company, as(administrator, Role::administrator, list_noon), {{"include", "total"}, {"name", "Co 16450"}})).page.total == 1);
}

TEST_CASE("a cursor goes on with its own query only", "[projections][list][GEN-10]") {
  std::mt19937 random(1);
  Queried in(many_deals(5, random));
  const std::string cursor = *deals(in, {{"limit", "2"}, {"sort", "name"}}).page.next_cursor;
  const auto refused = [&](const Parameters& parameters, const Uuid& user = administrator) {
    const auto answer = query::list(in.live, Kind::deal, as(user, Role::administrator, list_noon), parameters);
    return answer ? std::string("taken") : print(answer.error());
  };
  CHECK(refused({{"sort", "name"}, {"cursor", cursor}, {"limit", "3"}}) == "taken");
  CHECK(refused({{"sort", "-name"}, {"cursor", cursor}}) == "cursor invalid");
  CHECK(refused({{"sort", "name"}, {"cursor", cursor}, {"value[gt]", "1"}}) == "cursor invalid");
  CHECK(refused({{"sort", "name"}, {"cursor", cursor}}, manager) == "cursor invalid");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string damaged = cursor;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    CHECK(refused({{"sort", "name"}, {"cursor", damaged}}) == "cursor invalid");
    CHECK_FALSE(query::decode_cursor(cursor.substr(0, i)));
  }
  const query::Cursor one{.query = 0xFEDCBA9876543210u, .position = 77, .as_of = end_of_time, .now = {-5}, .last = 123456};
  CHECK(query::decode_cursor(query::encode(one)) == one);
}

}  // namespace dealog::test
