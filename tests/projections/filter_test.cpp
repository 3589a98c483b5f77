#include <map>
#include <random>

#include "domain/calendar.h"
#include "domain/text.h"
#include "projections/query_fields.h"
#include "tests/support/queried.h"

namespace dealog::test {
namespace {

namespace f = field;
using query::Parameters;

const Instant filter_noon = instant("2026-03-15T11:00:00Z");

std::vector<std::string> names_at(std::shared_ptr<const query::World> world, const Parameters& parameters, const Uuid& user = administrator,
                                  Role role = Role::administrator) {
  const auto answer = query::list(std::move(world), Kind::deal, as(user, role, filter_noon), parameters);
  if (!answer) return {"refused: " + print(answer.error())};
  std::vector<std::string> found;
  for (const query::Row row : answer->page.rows) found.emplace_back(answer->world->table(Kind::deal).text(f::deal::name, row));
  return found;
}
std::vector<std::string> names(const Queried& in, const Parameters& parameters, const Uuid& user = administrator, Role role = Role::administrator) {
  return names_at(in.live, parameters, user, role);
}
using Names = std::vector<std::string>;

Fields deal_fields(std::string name, std::optional<std::int64_t> value = {}, std::optional<Uuid> owner = {}) {
  Fields fields{{f::deal::name, name}};
  if (value) fields.push_back({f::deal::value, *value});
  if (owner) fields.push_back({f::deal::owner_id, *owner});
  return fields;
}

World three_deals() {
  World world;
  world.accept(Step(create_company(acme, "Żółw Sp. z o.o.")).by(sam));
  Fields boilers = deal_fields("Boilers", 100000, sam);
  boilers.push_back({f::deal::company_id, acme});
  boilers.push_back({f::deal::expected_close_on, day("2026-04-01")});
  world.accept(Step(create_deal(d1, boilers)).by(sam).at("2026-03-01T22:30:00Z"));
  world.accept(Step(create_deal(d2, deal_fields("Łódź pumps", 250050, sue))).by(sue).at("2026-03-02T23:30:00Z"));
  world.accept(Step(create_deal(d3, deal_fields("pipes"))).by(manager).at("2026-03-04T10:00:00Z"));
  world.accept(Step(command::CompleteAction{.deal = d1, .action = b1}).by(sam).at("2026-03-05T10:00:00Z"));
  return world;
}

}  // namespace

TEST_CASE("every operator selects by its type", "[projections][filter][GEN-9]") {
  const Queried in(three_deals());
  const Names all{"Boilers", "Łódź pumps", "pipes"};
  CHECK(names(in, {}) == all);
  CHECK(names(in, {{"value", "1000.00"}}) == Names{"Boilers"});
  CHECK(names(in, {{"value[gt]", "1000"}}) == Names{"Łódź pumps"});
  CHECK(names(in, {{"value[gte]", "1000"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"value[lt]", "2500.50"}}) == Names{"Boilers"});
  CHECK(names(in, {{"value[ne]", "1000"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"value[in]", "1000,2500.5"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"value[nin]", "1000,2500.5"}}) == Names{"pipes"});
  CHECK(names(in, {{"value[between]", "1000,2000"}}) == Names{"Boilers"});
  CHECK(names(in, {{"value[is_null]", "true"}}) == Names{"pipes"});
  CHECK(names(in, {{"value[is_null]", "false"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"name[contains]", "LODZ"}}) == Names{"Łódź pumps"});
  CHECK(names(in, {{"name[contains]", "p"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"name[starts]", "PI"}}) == Names{"pipes"});
  CHECK(names(in, {{"name", "Pipes"}}).empty());
  CHECK(names(in, {{"owner_id", to_string(sam)}}) == Names{"Boilers"});
  CHECK(names(in, {{"owner_id[nin]", to_string(sam) + "," + to_string(sue)}}) == Names{"pipes"});
  CHECK(names(in, {{"owner_id", to_string(id_of("never named"))}}).empty());
  CHECK(names(in, {{"company_id[is_null]", "true"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"company_id", to_string(id_of("never named"))}}).empty());
  CHECK(names(in, {{"status", "open"}, {"value[gt]", "0"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"company.name[contains]", "zolw"}}) == Names{"Boilers"});
  CHECK(names(in, {{"company.name[is_null]", "true"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"owner.name[in]", "sam,sue"}}) == Names{"Boilers", "Łódź pumps"});
}

TEST_CASE("conditions over sets hold for many rows as for one, now and then", "[projections][filter][GEN-6][GEN-9]") {
  // Where both actions are done, the one done first was recorded last.
  World world;
  Names with_a1, without_a1, with_any;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "deal " + std::to_string(i);
    const Uuid deal = id_of(name);
    world.accept(Step(create_deal(deal, deal_fields(name))).at(instant("2026-03-01T10:00:00Z")));
    const auto done = [&](const Uuid& action, std::string_view at) {
      return Step(command::CompleteAction{.deal = deal, .action = action, .effective_at = instant(at)}).at(instant("2026-03-03T10:00:00Z"));
    };
    if (i % 5 == 0) world.accept(Step(command::MoveDeal{deal, B, instant("2026-03-02T10:00:00Z")}).at(instant("2026-03-03T10:00:00Z")));
    if (i % 3 == 0) world.accept(done(a2, "2026-03-02T12:00:00Z"));
    if (i % 4 == 0) world.accept(done(a1, "2026-03-01T12:00:00Z"));
    (i % 4 == 0 ? with_a1 : without_a1).push_back(name);
    if (i % 3 == 0 || i % 4 == 0) with_any.push_back(name);
  }
  const Queried in(world);
  const Parameters a1_done{{"done_action_id", to_string(a1)}, {"limit", "300"}}, a1_not_done{{"done_action_id[ne]", to_string(a1)}, {"limit", "300"}},
      either_done{{"done_action_id[in]", to_string(a1) + "," + to_string(a2)}, {"limit", "300"}}, any_done{{"done_action_id[is_null]", "false"}, {"limit", "300"}};
  CHECK(names(in, a1_done) == with_a1);
  CHECK(names(in, a1_not_done) == without_a1);
  CHECK(names(in, either_done) == with_any);
  CHECK(names(in, any_done) == with_any);
  CHECK(names(in, {{"visited_stage_id", to_string(A)}, {"limit", "300"}}).size() == 300);
  CHECK(names(in, {{"visited_stage_id", to_string(B)}, {"limit", "300"}}).size() == 60);
  const auto then = in.live->at({.as_of = instant("2026-03-01T13:00:00Z"), .known_at = in.live->position()});
  CHECK(names_at(then, either_done) == with_a1);
  CHECK(names_at(then, {{"done_action_id", to_string(a2)}}).empty());
  CHECK(names_at(then, {{"visited_stage_id", to_string(B)}}).empty());
  CHECK(names_at(then, {{"visited_stage_id", to_string(A)}, {"limit", "300"}}).size() == 300);
  const query::Row both = then->row(Kind::deal, id_of("deal 0"));
  const auto done_then = then->view(Kind::deal, both).done_actions, done_now = in.live->view(Kind::deal, both).done_actions;
  REQUIRE(done_then.size() == 1);
  CHECK(done_then[0].action == a1);
  CHECK(done_then[0].at == instant("2026-03-01T12:00:00Z"));
  REQUIRE(done_now.size() == 2);
  CHECK(done_now[0].action == a2);
  CHECK(done_now[0].at == instant("2026-03-02T12:00:00Z"));
}

TEST_CASE("a day compared with an instant is the whole local day", "[projections][filter][GEN-1]") {
  // Warsaw is an hour ahead of UTC: made on 1 March 23:30, 3 March 00:30, 4 March 11:00.
  const Queried in(three_deals());
  CHECK(names(in, {{"created_at[between]", "2026-03-01,2026-03-03"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"created_at", "2026-03-03"}}) == Names{"Łódź pumps"});
  CHECK(names(in, {{"created_at[lte]", "2026-03-01"}}) == Names{"Boilers"});
  CHECK(names(in, {{"created_at[lt]", "2026-03-01"}}).empty());
  CHECK(names(in, {{"created_at[gt]", "2026-03-03"}}) == Names{"pipes"});
  CHECK(names(in, {{"created_at[gte]", "2026-03-01T22:30:00.001Z"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"expected_close_on[lte]", "2026-04-01"}}) == Names{"Boilers"});
}

TEST_CASE("derived fields filter as they are shown", "[projections][filter][PRC-3][KAN-4]") {
  const Queried in(three_deals());
  CHECK(names(in, {{"progress", "20"}}) == Names{"Boilers"});
  CHECK(names(in, {{"progress[lt]", "20"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"weighted_value", "200"}}) == Names{"Boilers"});
  CHECK(names(in, {{"done_action_id", to_string(b1)}}) == Names{"Boilers"});
  CHECK(names(in, {{"done_action_id[ne]", to_string(b1)}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"visited_stage_id", to_string(A)}}) == Names{"Boilers", "Łódź pumps", "pipes"});
  CHECK(names(in, {{"visited_stage_id", to_string(B)}}) == Names{"Boilers"});
  CHECK(names(in, {{"stage_id", to_string(B)}}) == Names{"Boilers"});
  CHECK(names(in, {{"has_open_task", "true"}}).empty());
  // Entered on 5, 3 (local) and 4 March; asked on the 15th.
  CHECK(names(in, {{"days_in_stage", "10"}}) == Names{"Boilers"});
  CHECK(names(in, {{"days_in_stage[gte]", "11"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"days_in_stage[between]", "11,11"}}) == Names{"pipes"});
  CHECK(names(in, {{"days_in_stage[ne]", "11"}}) == Names{"Boilers", "Łódź pumps"});
  CHECK(names(in, {{"last_activity_at[gte]", "2026-03-05"}}) == Names{"Boilers"});
}

TEST_CASE("of no product is where something of that kind is of none, or nothing is of that kind", "[projections][filter][STA-1]") {
  const Uuid licence = id_of("licence"), d4 = id_of("d4");
  using event::AmountKind;
  const auto of_product = [&](AmountKind kind) { return command::Line{.product = licence, .price = command::Amount{"10", {}}, .kind = kind}; };
  const command::Line set_up{.name = "Set-up", .price = command::Amount{"10", {}}};
  World world;
  world.accept(create(Kind::product, licence, {{f::product::name, std::string("Licence")}}));
  world.accept(create_deal(d1, deal_fields("mixed"))).accept(create_deal(d2, deal_fields("overridden", 5000)));
  world.accept(create_deal(d3, deal_fields("typed", 5000))).accept(create_deal(d4, deal_fields("bare")));
  world.accept(command::SetDealLines{d1, {of_product(AmountKind::forecast), set_up, of_product(AmountKind::realised)}});
  world.accept(command::SetDealLines{d2, {of_product(AmountKind::forecast)}});   // what was typed in counts no more
  world.accept(command::SetDealLines{d3, {of_product(AmountKind::realised)}});   // it counts as forecast only
  const Queried in(std::move(world));
  CHECK(names(in, {{"without_product", "true"}}) == Names{"mixed", "typed", "bare"});
  CHECK(names(in, {{"without_product", "false"}}) == Names{"overridden"});
  CHECK(names(in, {{"realised_without_product", "true"}}) == Names{"overridden", "bare"});
  CHECK(names(in, {{"realised_without_product[ne]", "true"}}) == Names{"mixed", "typed"});
}

TEST_CASE("a JSON filter joins by and, or and not", "[projections][filter]") {
  const Queried in(three_deals());
  CHECK(names(in, {{"filter", R"({"or":[{"field":"value","op":"gte","value":"2000"},{"field":"name","value":"pipes"}]})"}}) == Names{"Łódź pumps", "pipes"});
  CHECK(names(in, {{"filter", R"({"not":{"field":"value","op":"gte","value":"2000"}})"}}) == Names{"Boilers", "pipes"});
  CHECK(names(in, {{"filter", R"({"and":[{"not":{"field":"value","op":"is_null","value":true}},{"field":"value","op":"in","value":["1000"]}]})"}}) == Names{"Boilers"});
}

TEST_CASE("all faults of a query come at once, and nothing unknown is ignored", "[projections][filter][GEN-10]") {
  const Queried in(three_deals());
  CHECK(names(in, {{"valeu", "1"}, {"value[near]", "1"}, {"value[contains]", "1"}, {"value", "1.234"}, {"closed_at[lte]", "2026-02-30"},
                   {"status", "new"}, {"owner_id", "me"}, {"has_open_task", "yes"}, {"limit", "0"}, {"sort", "-hash"}, {"include", "all"},
                   {"deleted", "no"}, {"company.nam", "x"}, {"company.owner.name", "x"}, {"value[between]", "1"}, {"cursor", "abc"}}) ==
        Names{"refused: limit invalid; include invalid; cursor invalid; valeu unknown; value[near] unknown; value[contains] unknown; value invalid; "
              "closed_at[lte] invalid; status invalid; owner_id invalid; has_open_task invalid; deleted invalid; company.nam unknown; "
              "company.owner.name unknown; value[between] invalid; sort unknown"});
  CHECK(names(in, {{"filter", "{"}}) == Names{"refused: filter invalid"});
  CHECK(names(in, {{"filter", R"({"or":[{"field":"nope","value":1},{"field":"value","op":"gte","value":null},{"xor":[]}]})"}}) ==
        Names{"refused: filter/or/0/field unknown; filter/or/1/value invalid; filter/or/2/xor unknown_field; filter/or/2/field invalid; filter/or/2/value invalid"});
  std::string deep = R"({"field":"value","value":"1"})";
  for (int i = 0; i < 40; ++i) deep = R"({"not":)" + deep + "}";
  CHECK(names(in, {{"filter", deep}}).front().starts_with("refused: "));
  CHECK(std::ranges::none_of(query::query_fields(Kind::token), [](const query::QueryField& field) { return field.name == "hash"; }));
}

TEST_CASE("a salesperson sees private deals only as creator, owner or participant", "[projections][rights][ACC-4]") {
  World world = three_deals();
  Queried in(world);
  CHECK(names(in, {}, sam, Role::salesperson) == Names{"Boilers"});
  CHECK(names(in, {}, sue, Role::salesperson) == Names{"Łódź pumps"});
  CHECK(names(in, {}, manager, Role::manager).size() == 3);
  CHECK(names(in, {}, analyst, Role::analyst).size() == 3);
  world.accept(Step(edit(Kind::deal, d1, {{f::deal::participant_ids, std::vector<Uuid>{sue}}})).by(sam));
  world.accept(Step(edit(Kind::deal, d3, {{f::deal::visibility, std::int64_t{1}}})).by(manager));
  const auto before = in.live;
  in.catch_up(world);
  CHECK(names(in, {}, sue, Role::salesperson) == Names{"Boilers", "Łódź pumps", "pipes"});
  CHECK(query::may_see(*in.live, {sue, Role::salesperson}, Kind::deal, in.live->row(Kind::deal, d1)));
  CHECK_FALSE(query::may_see(*before, {sue, Role::salesperson}, Kind::deal, before->row(Kind::deal, d1)));

  SECTION("time travel never widens rights: they are today's") {
    world.accept(Step(edit(Kind::deal, d1, {{f::deal::participant_ids, std::vector<Uuid>{}}})).by(sam));
    const Instant then = world.now();
    in.catch_up(world);
    const auto past = in.live->at({.as_of = Instant{then.ms - 1}, .known_at = in.live->position() - 1});
    const auto seen = must(query::list(past, Kind::deal, as(sue, Role::salesperson, then, in.live), {}));
    CHECK(ids(seen, Kind::deal) == std::vector<Uuid>{d2, d3});
  }
  SECTION("a task is seen by who sees its deal, its author and its assignee [ACC-5]") {
    const Uuid t1 = id_of("t1"), t2 = id_of("t2"), t3 = id_of("t3");
    world.accept(Step(create(Kind::task, t1, {{f::task::name, std::string("Call")}, {f::task::deal_id, d2}})).by(sue));
    world.accept(Step(create(Kind::task, t2, {{f::task::name, std::string("Free")}})).by(manager));
    world.accept(Step(create(Kind::task, t3, {{f::task::name, std::string("Ask")}, {f::task::deal_id, d2}, {f::task::assignee_id, sam}})).by(sue));
    world.accept(Step(create(Kind::task, id_of("t4"), {{f::task::name, std::string("Own")}, {f::task::deal_id, d2}, {f::task::assignee_id, sam}})).by(sue));
    in.catch_up(world);
    const auto of = [&](const Uuid& user, const Parameters& filters) { return must(query::list(in.live, Kind::task, as(user, Role::salesperson, filter_noon), filters)).page.rows.size(); };
    CHECK(of(sue, {}) == 4);
    const Uuid outsider = id_of("outsider");
    CHECK(of(outsider, {}) == 1);
    CHECK(of(sue, {{"deal.name[contains]", "pumps"}}) == 3);
    CHECK(of(outsider, {{"deal.name[contains]", "pumps"}}) == 0);
    CHECK_FALSE(query::may_see(*in.live, {outsider, Role::salesperson}, Kind::task, in.live->row(Kind::task, t1)));
    CHECK(query::may_see(*in.live, {outsider, Role::salesperson}, Kind::task, in.live->row(Kind::task, t2)));
  }
}

TEST_CASE("tokens are their user's alone, but for administrators", "[projections][rights]") {
  World world;
  world.accept(Step(create(Kind::token, id_of("k1"), {{f::token::name, std::string("k1")}, {f::token::user_id, sam}, {f::token::hash, std::string("bb")}})));
  const Queried in(world);
  const auto of = [&](const Uuid& user, Role role) { return must(query::list(in.live, Kind::token, as(user, role, filter_noon), {})).page.rows.size(); };
  CHECK(of(administrator, Role::administrator) == 2);
  CHECK(of(sam, Role::salesperson) == 1);
  CHECK(of(manager, Role::manager) == 0);
}

namespace {

// The filter language row by row, over views: slow, and nothing shared with the columns.
bool naive(const query::QueryField& field, const View& view, const std::string& op, const std::vector<std::string>& given, const Calendar& calendar) {
  const Value& value = view[field.column];
  const bool null = std::holds_alternative<std::monostate>(value);
  if (op == "is_null") return null == (given[0] == "true");
  if (op == "ne") return !naive(field, view, "eq", given, calendar);
  if (op == "nin") return !naive(field, view, "in", given, calendar);
  if (op == "in") return std::ranges::any_of(given, [&](const std::string& one) { return naive(field, view, "eq", {one}, calendar); });
  if (op == "between") return naive(field, view, "gte", {given[0]}, calendar) && naive(field, view, "lte", {given[1]}, calendar);
  if (op == "lte") return naive(field, view, "lt", given, calendar) || naive(field, view, "eq", given, calendar);
  if (op == "gte") return naive(field, view, "gt", given, calendar) || naive(field, view, "eq", given, calendar);
  if (null) return false;
  switch (field.type) {
    case FieldType::text: {
      const std::string text = std::get<std::string>(value);
      if (op == "contains") return fold_for_search(text).find(fold_for_search(given[0])) != std::string::npos;
      if (op == "starts") return fold_for_search(text).starts_with(fold_for_search(given[0]));
      return text == given[0];
    }
    case FieldType::ref: return std::get<Uuid>(value) == parse_uuid(given[0]);
    case FieldType::choice: return field.choices[static_cast<std::size_t>(std::get<std::int64_t>(value))] == given[0];
    case FieldType::instant: {
      const Day local = calendar.day_of(Instant{std::get<std::int64_t>(value)}), asked = *parse_day(given[0]);
      return op == "eq" ? local == asked : op == "lt" ? local < asked : local > asked;
    }
    default: {
      const std::int64_t is = std::get<std::int64_t>(value);
      const std::int64_t asked = field.type == FieldType::day ? parse_day(given[0])->days : field.type == FieldType::money ? 100 * std::stoll(given[0]) : std::stoll(given[0]);
      return op == "eq" ? is == asked : op == "lt" ? is < asked : is > asked;
    }
  }
}

}  // namespace

TEST_CASE("random filters over random deals select what a row by row reading selects", "[projections][filter][property]") {
  const auto seed = GENERATE(range(0u, 6u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  World world;
  const Uuid people[] = {sam, sue, manager};
  const std::string words[] = {"Boiler", "ŁÓDŹ  pump", "pipe", "straße", "Ala ma kota"};
  const char* days[] = {"2026-02-10", "2026-02-11", "2026-03-28", "2026-03-29", "2026-04-05"};
  for (int i = 0; i < 4; ++i) world.accept(Step(create_company(id_of("co" + std::to_string(i)), words[i])));
  Instant at = instant("2026-02-10T20:00:00Z");
  for (int i = 0; i < 150; ++i) {
    at.ms += below(40'000'000);
    Fields fields = deal_fields(words[below(5)] + " " + std::to_string(i % 3), std::nullopt, people[below(3)]);
    if (below(4)) fields.push_back({f::deal::value, std::int64_t{100} * below(5)});
    if (below(3)) fields.push_back({f::deal::company_id, id_of("co" + std::to_string(below(4)))});
    if (below(2)) fields.push_back({f::deal::expected_close_on, day(days[below(5)])});
    const Uuid deal = id_of("deal" + std::to_string(i));
    world.accept(Step(create_deal(deal, fields)).at(at));
    if (below(3) == 0) world.accept(Step(command::MoveDeal{deal, below(2) ? B : C}).at(Instant{at.ms + 1000}));
    if (below(4) == 0) world.accept(Step(command::CloseDeal{.deal = deal, .outcome = Status::lost, .reason = price}).at(Instant{at.ms + 2000}));
    if (below(9) == 0) world.accept(Step(command::Delete{{Kind::deal, deal}}).at(Instant{at.ms + 3000}));
  }
  const Queried in(world);
  const Calendar calendar = Calendar::find("Europe/Warsaw").value();
  const query::Table& deals = in.live->table(Kind::deal);

  for (int round = 0; round < 400; ++round) {
    const auto& fields = query::query_fields(Kind::deal);
    const query::QueryField& field = fields[static_cast<std::size_t>(below(static_cast<int>(fields.size())))];
    if ((field.source != query::Source::stored && field.source != query::Source::value) || field.type == FieldType::refs || field.column >= query::derived::done_weight) continue;
    std::vector<std::string> ops{"eq", "ne", "is_null", "in", "nin"};
    const bool is_ordered = field.type == FieldType::money || field.type == FieldType::day || field.type == FieldType::instant || field.type == FieldType::integer;
    if (is_ordered) ops.insert(ops.end(), {"lt", "lte", "gt", "gte", "between"});
    if (field.type == FieldType::text) ops.insert(ops.end(), {"contains", "starts"});
    const std::string op = ops[static_cast<std::size_t>(below(static_cast<int>(ops.size())))];
    const auto any_value = [&]() -> std::string {
      switch (field.type) {
        case FieldType::text: return below(2) ? words[below(5)] : words[below(5)] + " 1";
        case FieldType::ref: return to_string(field.ref == Kind::company ? id_of("co" + std::to_string(below(5))) : field.ref == Kind::none ? (below(2) ? B : C) : people[below(3)]);
        case FieldType::choice: return std::string(field.choices[static_cast<std::size_t>(below(static_cast<int>(field.choices.size())))]);
        case FieldType::day: case FieldType::instant: return days[below(5)];
        default: return std::to_string(below(5));
      }
    };
    std::vector<std::string> given{op == "is_null" ? (below(2) ? "true" : "false") : any_value()};
    if (op == "in" || op == "nin" || op == "between") given.push_back(any_value());
    std::string joined = given[0];
    if (given.size() > 1) joined += "," + given[1];
    const std::string parameter = field.name + "[" + op + "]";
    CAPTURE(parameter, joined);
    const auto answer = query::list(in.live, Kind::deal, as(administrator, Role::administrator, filter_noon), {{parameter, joined}, {"limit", "1000"}, {"include", "total"}});
    if (!answer) FAIL(print(answer.error()));
    std::vector<query::Row> expected;
    for (query::Row row = 0; row < deals.rows(); ++row) {
      const View view = in.live->view(Kind::deal, row);
      if (view.number(f::is_deleted) == 0 && naive(field, view, op, given, calendar)) expected.push_back(row);
    }
    CHECK(answer->page.rows == expected);
    CHECK(answer->page.total == expected.size());
  }
}

}  // namespace dealog::test
