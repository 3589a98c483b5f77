// Lines, costs and other currencies of deals (SPEC 8).

#include "domain/deal_money.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;
using event::AmountKind;

namespace {

const Uuid tube = id_of("tube"), travel = id_of("travel"), l1 = id_of("l1"), l2 = id_of("l2");

Create product(const Uuid& id, std::int64_t minor) {
  return create(Kind::product, id, {{field::product::name, std::string("Pipe")}, {field::product::price, minor}});
}
Line named(const Uuid& id, std::string amount, AmountKind kind = AmountKind::forecast) {
  return {.id = id, .name = "Thing", .price = Amount{std::move(amount), {}}, .kind = kind};
}
SetDealLines lines(std::vector<Line> all) { return {d1, std::move(all)}; }
event::Line line(std::int64_t quantity, std::int64_t price, std::int64_t discount, std::uint32_t every = 0, std::uint32_t times = 0) {
  return {.id = l1, .name = "x", .quantity = quantity, .price = price, .discount = discount, .every_months = every, .times = times};
}

}  // namespace

TEST_CASE("a line is quantity x price x (1 - discount), each occurrence rounded once", "[domain][money][MON-2][GEN-2]") {
  CHECK(line_value(line(1'500, 1'001, 0)) == 1'502);           // 1501.5 away from zero
  CHECK(line_value(line(1'000, 999, 3'333)) == 666);           // 666.0333
  CHECK(line_value(line(500, 1, 0, 1, 3)) == 3);               // 3 x 0.5, each rounded
  CHECK(line_value(line(0, 100, 0)) == 0);
  CHECK(line_value(line(1'000, 100, 10'000)) == 0);
  // 10,000 + 12 x 500 = 16,000
  CHECK(sum_of({line(1'000, 1'000'000, 0), line(1'000, 50'000, 0, 1, 12)}, AmountKind::forecast) == 1'600'000);
  CHECK_FALSE(sum_of(std::vector<event::Line>{}, AmountKind::forecast));
  CHECK_FALSE(sum_of({line(1'000, 1, 0)}, AmountKind::realised));
}

TEST_CASE("occurrences keep the day of the month where the month has it", "[domain][money][MON-2]") {
  const event::Line monthly = line(1'000, 1, 0, 1, 4);
  const Day first = parse_day("2026-01-31").value();
  CHECK(to_string(occurrence_day(first, monthly, 0)) == "2026-01-31");
  CHECK(to_string(occurrence_day(first, monthly, 1)) == "2026-02-28");
  CHECK(to_string(occurrence_day(first, monthly, 2)) == "2026-03-31");
}

TEST_CASE("what is packed for columns comes back", "[domain][money]") {
  std::vector<event::Line> some = {line(1'500, 1'001, 50, 2, 3), line(1, 2, 3)};
  some[1].day = Day{-5};
  some[1].product = tube;
  CHECK((unpacked_lines(packed(some)) == some));
  const std::vector<event::Cost> costs = {{l1, travel, 700, Day{3}, AmountKind::realised}, {l2, travel, 1, std::nullopt, AmountKind::forecast}};
  CHECK((unpacked_costs(packed(costs)) == costs));
  CHECK(unpacked_lines("").empty());
}

TEST_CASE("lines are a whole set with stable ids; setting it again is nothing", "[domain][money][MON-1][GEN-12]") {
  World world;
  world.accept(create_deal(d1, {{d::value, std::int64_t{500}}})).accept(lines({named(l1, "10.00"), named(l2, "2.50")}));
  CHECK(types(world.decide(lines({named(l1, "10.00"), named(l2, "2.50")}))) == "");
  CHECK(types(world.run(lines({named(l1, "10.00")}))) == "deal.lines_set");
  const View view = world.deal(d1);
  REQUIRE(view.lines.size() == 1);
  CHECK(view.lines[0].id == l1);
  CHECK(view.number(d::value) == 500);  // what was typed in stays
  CHECK(describe(world.decide(lines({named(l1, "1.00"), named(l1, "2.00")}))) == "refused: duplicate [/lines/1/id duplicate]");
  CHECK(types(world.run(lines({}))) == "deal.lines_set");
  CHECK(types(world.decide(lines({}))) == "");
}

TEST_CASE("a deal can be born with its lines, which hold from its creation on", "[domain][money][DEA-1][DEA-7][MON-1]") {
  const Instant january = instant("2026-01-10T00:00:00Z"), february = instant("2026-02-01T00:00:00Z");
  Create born = create_deal(d1, {}, january);
  born.lines = {named(l1, "10.00"), named(l2, "2.50", AmountKind::realised)};
  born.status = Status::lost;
  born.closed_at = february;
  born.close_reason = price;
  World world;
  CHECK(types(world.run(born)) == "deal.created deal.lines_set deal.closed");
  CHECK(world.deal(d1, january).lines.size() == 2);
  CHECK(sum_of(world.deal(d1, january).lines, AmountKind::forecast) == 10'00);
  CHECK(world.deal(d1).number(d::realised) == 2'50);
  // Asked again it is there already; with other lines it is another's.
  CHECK(types(world.decide(born)) == "");
  Create other = born;
  other.lines.pop_back();
  CHECK(describe(world.decide(other)).starts_with("refused: id_taken"));

  Create bad = create_deal(d2, {{d::currency, std::string("JPY")}});
  bad.lines = {named(l1, "1.50"), named(l1, "-1")};
  CHECK(describe(world.decide(bad)) == "refused: invalid [/lines/0/price/amount invalid] [/lines/1/id duplicate] [/lines/1/price negative]");
  CHECK(given(set_account(field::account::realised_on, 0)).when(born) == refused(Code::feature_off, "/lines/1/kind"));
  // In the product's price, as with PUT.
  World priced;
  Create of_pipe = create_deal(d1);
  of_pipe.lines = {Line{.id = l1, .product = tube, .quantity = 2'000}};
  priced.accept(product(tube, 1050)).accept(of_pipe);
  CHECK(line_value(priced.deal(d1).lines.at(0)) == 2100);
  CHECK(describe(priced.decide(Delete{{Kind::product, tube}})).starts_with("refused: in_use"));
}

TEST_CASE("all faults of all lines come at once", "[domain][money][MON-2][GEN-10]") {
  World world;
  world.accept(create_deal(d1));
  Line bad = named(l1, "-1.00"), foreign = named(l2, "1.00"), empty;
  bad.quantity = -1;
  bad.discount = 10'001;
  foreign.price->currency = "EUR";
  foreign.product = id_of("nothing");
  CHECK(describe(world.decide(lines({bad, foreign, empty}))) ==
        "refused: negative [/lines/0/price negative] [/lines/0/quantity negative] [/lines/0/discount out_of_range] [/lines/1/product_id unknown_reference] "
        "[/lines/1/price/currency invalid] [/lines/2/name required] [/lines/2/price required]");
}

TEST_CASE("a line of a product takes its price; a product that was used is archived, not deleted", "[domain][money][MON-2][DIC-4]") {
  World world;
  world.accept(product(tube, 1050)).accept(create_deal(d1));
  const Line of_pipe{.id = l1, .product = tube, .quantity = 2'000};
  world.accept(lines({of_pipe}));
  CHECK(line_value(world.deal(d1).lines[0]) == 2100);
  CHECK(describe(world.decide(Delete{{Kind::product, tube}})).starts_with("refused: in_use"));
  world.accept(edit(Kind::product, tube, {{field::product::is_archived, std::int64_t{1}}, {field::product::price, std::int64_t{9'999}}}));
  Line priced = of_pipe;
  priced.price = Amount{"10.50", {}};
  CHECK(types(world.decide(lines({priced}))) == "");  // stays as it was
  CHECK(describe(world.decide(lines({priced, {.id = l2, .product = tube}}))) == "refused: invalid [/lines/1/product_id invalid]");
}

TEST_CASE("realised lines and costs wait for their switches", "[domain][money][MON-3]") {
  const Create category = create(Kind::cost_category, travel, {{field::word::name, std::string("Travel")}});
  const SetDealCosts costs{d1, {{.id = l1, .category = travel, .amount = {"7.00", {}}}}};
  const Step realised = lines({named(l1, "1.00", AmountKind::realised)});
  CHECK(given(category, create_deal(d1)).when(costs) == refused(Code::feature_off, "/costs"));
  CHECK(describe(World().accept(create_deal(d1)).decide(costs)) == "refused: unknown_reference [/costs feature_off] [/costs/0/category_id unknown_reference]");   // all at once
  CHECK_FALSE(given(category, create_deal(d1), set_account(field::account::costs_on, 1)).when(costs).code);
  CHECK(given(create_deal(d1), set_account(field::account::realised_on, 0)).when(realised) == refused(Code::feature_off, "/lines/0/kind"));
  CHECK_FALSE(given(create_deal(d1)).when(realised).code);
  // What is stored stays, beside what is new.
  World world;
  world.accept(create_deal(d1)).accept(realised).accept(set_account(field::account::realised_on, 0));
  CHECK(types(world.decide(lines({named(l1, "1.00", AmountKind::realised), named(l2, "2.00")}))) == "deal.lines_set");
  CHECK(describe(world.decide(lines({named(l1, "2.00", AmountKind::realised)}))) == "refused: feature_off [/lines/0/kind feature_off]");
}

TEST_CASE("lines of a closed deal still change; only those who write the deal may", "[domain][money][MON-3][DEA-4][ACC-5]") {
  World world;
  world.accept(create_deal(d1)).accept(CloseDeal{.deal = d1, .outcome = Status::lost, .reason = price});
  CHECK(types(world.run(lines({named(l1, "10.00", AmountKind::realised)}))) == "deal.lines_set");
  CHECK(describe(world.decide(Step(lines({})).by(sam))).starts_with("refused: not_found"));
  CHECK(describe(world.decide(Step(lines({})).by(analyst))).starts_with("refused: forbidden"));
}

TEST_CASE("a deal in another currency counts in that currency's minor units", "[domain][money][MON-5]") {
  Create yen = create_deal(d1, {{d::currency, std::string("JPY")}});
  yen.amounts.push_back({d::value, Amount{"1000", "JPY"}});
  World world;
  world.accept(yen);
  CHECK(world.deal(d1).number(d::value) == 1000);
  CHECK(describe(world.decide(lines({named(l1, "1.50")}))) == "refused: invalid [/lines/0/price/amount invalid]");
  Edit edit_value = edit(Kind::deal, d1, {});
  edit_value.amounts.push_back({d::value, Amount{"5", "PLN"}});
  CHECK(describe(world.decide(edit_value)) == "refused: invalid [/value/currency invalid]");
  CHECK(given().when(create_deal(d1, {{d::currency, std::string("XXX")}})) == refused(Code::invalid, "/currency"));
}
