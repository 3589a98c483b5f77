// Scorecards: periods, parameters, many at once, by hand, groups, deleting (SPEC SCO-1, SCO-2, SCO-3, SCO-6).

#include "domain/card_period.h"
#include "domain/scorecard_parameters.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace s = dealog::field::scorecard;

namespace {

const Uuid c1_ = id_of("card 1"), c2_ = id_of("card 2"), won_deals = id_of("won"), calls = id_of("calls"), visits = id_of("visits"), north_card_team = id_of("north");
const ObjectRef card1{Kind::scorecard, c1_}, card2{Kind::scorecard, c2_};

std::uint8_t kind(std::string_view word) {
  return static_cast<std::uint8_t>(std::ranges::find(parameter_words, word) - parameter_words.begin());
}
command::ScorecardParameter parameter(const Uuid& id, std::string_view word, std::string target, std::int64_t weight, const Uuid& object = {}) {
  command::ScorecardParameter it{.id = id, .kind = kind(word), .object = object, .name = {}, .unit = {}, .target = Decimal{std::move(target)}, .weight_bp = weight};
  if (word == "custom") it.name = "Visits";
  return it;
}
std::vector<command::ScorecardParameter> usual() {
  return {parameter(won_deals, "deals_won", "10", 4'000), parameter(calls, "tasks_completed", "50", 2'500, task_type_id("call")), parameter(visits, "custom", "2.5", 3'500)};
}
Fields monthly(std::string_view start) {
  return {{s::period_kind, std::int64_t{0}}, {s::period_start, day(start)}};
}
CreateScorecards cards(std::vector<Uuid> users = {sam}, std::vector<command::ScorecardParameter> parameters = usual(), Fields fields = monthly("2026-02-01")) {
  return {.cards = {c1_}, .users = std::move(users), .teams = {}, .fields = std::move(fields), .parameters = std::move(parameters)};
}
AdjustScorecard set(const Uuid& parameter, std::string digits) { return {.card = c1_, .parameter = parameter, .set = Decimal{std::move(digits)}, .add = {}}; }
AdjustScorecard add(const Uuid& parameter, std::string digits) { return {.card = c1_, .parameter = parameter, .set = {}, .add = Decimal{std::move(digits)}}; }

std::string text(const CardPeriod& period) { return to_string(period.start) + ".." + to_string(period.end); }

}  // namespace

TEST_CASE("monthly periods keep their anchor day in short months", "[domain][scorecard][SCO-1]") {
  const Day anchor = parse_day("2026-01-31").value();
  CardPeriod period{.kind = CardPeriodKind::monthly, .start = anchor, .end = card_period_end(CardPeriodKind::monthly, anchor, anchor), .anchor = anchor};
  // Worked example 6.
  for (const char* expected : {"2026-01-31..2026-02-27", "2026-02-28..2026-03-30", "2026-03-31..2026-04-29", "2026-04-30..2026-05-30"}) {
    CHECK(text(period) == expected);
    period = next_card_period(period);
  }
  const Day november = parse_day("2025-11-30").value();
  CardPeriod quarter{.kind = CardPeriodKind::quarterly, .start = november, .end = card_period_end(CardPeriodKind::quarterly, november, november), .anchor = november};
  CHECK(text(quarter) == "2025-11-30..2026-02-27");
  CHECK(text(next_card_period(quarter)) == "2026-02-28..2026-05-29");
  CHECK(text(next_card_period(next_card_period(quarter))) == "2026-05-30..2026-08-29");
  const CardPeriod custom{.kind = CardPeriodKind::custom, .start = Day{100}, .end = Day{109}, .anchor = Day{100}};
  CHECK((next_card_period(custom) == CardPeriod{.kind = CardPeriodKind::custom, .start = Day{110}, .end = Day{119}, .anchor = Day{100}}));
}

TEST_CASE("one card for each of the holders, in one command", "[domain][scorecard][SCO-1]") {
  World world;
  world.accept(create(Kind::team, north_card_team, {{field::team::name, std::string("North")}}));
  CreateScorecards many = cards({sam, sue});
  many.teams = {north_card_team};
  CHECK(types(world.run(Step(many).by(manager))) ==
        "scorecard.created scorecard.parameters_set scorecard.created scorecard.parameters_set scorecard.created scorecard.parameters_set");
  const View first = world.view(card1);
  CHECK(first.id(s::holder_user_id) == sam);
  CHECK(first.number(s::period_end) == day("2026-02-28"));
  CHECK(first.number(s::anchor) == day("2026-02-01"));
  REQUIRE(first.parameters.size() == 3);
  CHECK(first.parameters[0].target == 10'000'000);
  CHECK(first.parameters[2].target == 2'500'000);
  const ObjectRef third = world.log.back().envelope.object;
  CHECK(world.view(third).id(s::holder_team_id) == north_card_team);
  CHECK(world.view(third).id(s::group_key) == first.id(s::group_key));   // alike
  // Asked for again it is the same; with other content the id is taken.
  CHECK(types(world.decide(Step(many).by(manager))) == "");
  CHECK(describe(world.decide(cards({sam}, {parameter(won_deals, "deals_won", "11", 10'000)}))) == "refused: id_taken [/ids/0 id_taken]");
  CHECK(given().when(cards({})) == refused(Code::required, "/user_ids"));
  CHECK(given().when(cards({sam, sam})) == refused(Code::duplicate, "/user_ids/1"));
  CHECK(given().when(cards({id_of("stranger")})) == refused(Code::unknown_reference, "/user_ids/0"));
}

TEST_CASE("the weights of the active parameters add up to exactly 100 %", "[domain][scorecard][SCO-2]") {
  const auto weights = [](std::int64_t a, std::int64_t b) { return cards({sam}, {parameter(won_deals, "deals_won", "1", a), parameter(calls, "notes_added", "1", b)}); };
  CHECK_FALSE(given().when(weights(4'000, 6'000)).code);
  CHECK(given().when(weights(4'000, 5'500)) == refused(Code::weights_not_100, "/parameters"));
  CHECK(given().when(weights(10'000, 1)) == refused(Code::weights_not_100, "/parameters"));
  CHECK(given().when(weights(-1, 10'000)) == refused(Code::out_of_range, "/parameters/0/weight_bp"));
  World world;
  const Decision refusal = world.decide(weights(4'000, 5'550));
  CHECK(refusal.error().faults[0].message.find("95.5 %") != std::string::npos);
  // An inactive one carries no weight.
  CreateScorecards idle = weights(10'000, 2'500);
  idle.parameters[1].is_active = false;
  CHECK_FALSE(given().when(idle).code);
  CHECK(given().when(cards({sam}, {})) == refused(Code::required, "/parameters"));
}

TEST_CASE("a parameter has a target above zero, in the form of what it counts, and refers to what its kind asks for", "[domain][scorecard][SCO-2][SCO-3]") {
  const auto with = [](command::ScorecardParameter it) { return cards({sam}, {std::move(it)}); };
  CHECK(given().when(with(parameter(won_deals, "deals_won", "0", 10'000))) == refused(Code::out_of_range, "/parameters/0/target"));
  CHECK(given().when(with(parameter(won_deals, "deals_won", "-1", 10'000))) == refused(Code::negative, "/parameters/0/target"));
  CHECK(given().when(with(parameter(won_deals, "deals_won", "1.5", 10'000))) == refused(Code::invalid, "/parameters/0/target"));
  CHECK(given().when(with(parameter(won_deals, "win_rate", "100.01", 10'000))) == refused(Code::out_of_range, "/parameters/0/target"));
  CHECK_FALSE(given().when(with(parameter(won_deals, "win_rate", "33.33", 10'000))).code);
  CHECK(given().when(with(parameter(won_deals, "won_value", "100", 10'000))) == refused(Code::wrong_type, "/parameters/0/target"));
  auto money = parameter(won_deals, "won_value", "1", 10'000);
  money.target = Amount{"100.005", {}};
  CHECK(given().when(with(money)) == refused(Code::invalid, "/parameters/0/target"));
  money.target = Amount{"100.05", "EUR"};
  CHECK(given().when(with(money)) == refused(Code::invalid, "/parameters/0/target"));
  money.target = Amount{"100.05", "PLN"};
  CHECK_FALSE(given().when(with(money)).code);

  CHECK(given().when(with(parameter(won_deals, "product_quantity", "1", 10'000))) == refused(Code::required, "/parameters/0/object_id"));
  CHECK(given().when(with(parameter(won_deals, "product_quantity", "1", 10'000, id_of("pipe")))) == refused(Code::unknown_reference, "/parameters/0/object_id"));
  CHECK(given().when(with(parameter(won_deals, "action_done", "1", 10'000, id_of("no action")))) == refused(Code::unknown_reference, "/parameters/0/object_id"));
  CHECK_FALSE(given().when(with(parameter(won_deals, "action_done", "1", 10'000, a1))).code);
  CHECK(given().when(with(parameter(won_deals, "deals_won", "1", 10'000, a1))) == refused(Code::invalid, "/parameters/0/object_id"));
  CHECK_FALSE(given().when(with(parameter(won_deals, "tasks_planned", "1", 10'000))).code);  // all types
  auto named = parameter(won_deals, "deals_won", "1", 10'000);
  named.name = "Mine";
  CHECK(given().when(with(named)) == refused(Code::invalid, "/parameters/0/name"));
  auto nameless = parameter(won_deals, "custom", "1", 10'000);
  nameless.name = {};
  CHECK(given().when(with(nameless)) == refused(Code::required, "/parameters/0/name"));
  auto late = parameter(won_deals, "deals_won", "1", 10'000);
  late.counted_from = parse_day("2026-03-01");
  CHECK(given().when(with(late)) == refused(Code::out_of_range, "/parameters/0/counted_from"));
  late.counted_from = parse_day("2025-12-01");  // before the start
  CHECK_FALSE(given().when(with(late)).code);
}

TEST_CASE("a product that a card counts was used: it is archived, not deleted", "[domain][scorecard][DIC-4]") {
  const Uuid pipe = id_of("pipe");
  const Create product = create(Kind::product, pipe, {{field::product::name, std::string("Pipe")}});
  CHECK(given(product, cards({sam}, {parameter(won_deals, "product_quantity", "1.5", 10'000, pipe)})).when(Delete{{Kind::product, pipe}}) == refused(Code::in_use));
}

TEST_CASE("a custom period says its end, the others have theirs", "[domain][scorecard][SCO-1]") {
  const auto in = [](std::int64_t kind, std::optional<std::string_view> end) {
    Fields fields{{s::period_kind, kind}, {s::period_start, day("2026-02-01")}};
    if (end) fields.push_back({s::period_end, day(*end)});
    return cards({sam}, usual(), std::move(fields));
  };
  CHECK(given().when(in(2, {})) == refused(Code::required, "/period/end"));
  CHECK(given().when(in(2, "2026-01-31")) == refused(Code::invalid, "/period/end"));
  CHECK_FALSE(given().when(in(2, "2026-02-01")).code);
  CHECK(given().when(in(0, "2026-02-27")) == refused(Code::invalid, "/period/end"));
  CHECK_FALSE(given().when(in(0, "2026-02-28")).code);
  CHECK(given().when(cards({sam}, usual(), {})) == refused(Code::required, "/period/kind"));
}

TEST_CASE("custom parameters are set and added to by hand, each change an event with what was before", "[domain][scorecard][SCO-3]") {
  World world;
  world.accept(cards());
  CHECK(types(world.run(set(visits, "2"))) == "scorecard.adjusted");
  CHECK(types(world.run(add(visits, "0.5"))) == "scorecard.adjusted");
  CHECK(world.view(card1).values == std::vector<event::ScorecardValue>{{visits, 2'500'000}});
  CHECK(types(world.run(add(visits, "-3"))) == "scorecard.adjusted");
  CHECK(world.view(card1).values == std::vector<event::ScorecardValue>{{visits, -500'000}});
  CHECK(types(world.decide(set(visits, "-0.5"))) == "");
  CHECK(types(world.decide(add(visits, "0"))) == "");
  CHECK(describe(world.decide(set(won_deals, "1"))) == "refused: invalid [/parameter_id invalid]");
  CHECK(describe(world.decide(set(id_of("none"), "1"))) == "refused: unknown_reference [/parameter_id unknown_reference]");
  CHECK(describe(world.decide(AdjustScorecard{.card = c1_, .parameter = visits, .set = {}, .add = {}})) == "refused: required [/set required]");
  CHECK(describe(world.decide(AdjustScorecard{.card = c1_, .parameter = visits, .set = Decimal{"1"}, .add = Decimal{"1"}})) == "refused: invalid [/set invalid]");
}

TEST_CASE("editing parameters keeps what was counted for those that stay", "[domain][scorecard][SCO-6]") {
  World world;
  world.accept(cards()).accept(set(visits, "2"));
  std::vector<command::ScorecardParameter> changed = usual();
  for (auto& it : changed) it.id = {};
  CHECK(types(world.decide(EditScorecard{.card = c1_, .fields = {}, .parameters = changed})) == "");   // the same, whatever ids
  changed[2].target = Decimal{"7"};
  CHECK(types(world.run(EditScorecard{.card = c1_, .fields = {}, .parameters = changed})) == "scorecard.parameters_set");
  std::vector<command::ScorecardParameter> unknown = usual();
  unknown[0].kind = 0xFF;
  CHECK(describe(world.decide(EditScorecard{.card = c1_, .fields = {}, .parameters = unknown})) == "refused: invalid [/parameters/0/kind invalid] [/parameters weights_not_100]");
  CHECK(world.view(card1).parameters[2].id == visits);
  CHECK(world.view(card1).values == std::vector<event::ScorecardValue>{{visits, 2'000'000}});
  // A new start is a new anchor, and the end follows.
  CHECK(types(world.run(EditScorecard{.card = c1_, .fields = {{s::period_start, day("2026-01-31")}}, .parameters = {}})) == "scorecard.edited");
  CHECK(world.view(card1).number(s::period_end) == day("2026-02-27"));
  CHECK(world.view(card1).number(s::anchor) == day("2026-01-31"));
}

TEST_CASE("a group is the cards of one period with the same parameters, edited at once", "[domain][scorecard][SCO-6]") {
  World world;
  CreateScorecards later = cards({sue}, usual(), monthly("2026-03-01"));
  later.cards = {c2_};
  world.accept(cards({sam, sue})).accept(later);
  const Uuid group = world.view(card1).id(s::group_key);
  CHECK(world.view(card2).id(s::group_key) != group);
  std::vector<command::ScorecardParameter> changed = usual();
  changed[0].target = Decimal{"12"};
  CHECK(types(world.run(Step(EditScorecardGroup{.group = group, .parameters = changed}).by(manager))) == "scorecard.parameters_set scorecard.parameters_set");
  CHECK(world.view(card2).parameters[0].target == 10'000'000);
  CHECK(world.view(card1).parameters[0].target == 12'000'000);
  CHECK(describe(world.decide(EditScorecardGroup{.group = group, .parameters = changed})).starts_with("refused: not_found"));  // it is another group now
  changed[0].weight_bp = 1;
  CHECK(describe(world.decide(EditScorecardGroup{.group = world.view(card1).id(s::group_key), .parameters = changed})).find("weights_not_100") != std::string::npos);
}

TEST_CASE("a card whose period is over is settled for good: nothing of it is changed any more", "[domain][scorecard][SCO-7]") {
  const SettleScorecard settle{c1_};
  World world;
  world.accept(cards({sam, sue}));
  // The period ends on 28 February, in Warsaw.
  CHECK(describe(world.decide(Step(settle).by(manager).at("2026-02-28T22:59:59Z"))) == "refused: effective_in_future [/period/end effective_in_future]");
  CHECK(types(world.run(Step(settle).by(manager).at("2026-02-28T23:00:00Z"))) == "scorecard.settled");
  CHECK(world.view(card1).number(s::settled_at) == instant("2026-02-28T23:00:00Z").ms);
  CHECK(types(world.decide(settle)) == "");   // it is already
  CHECK(describe(world.decide(set(visits, "2"))) == "refused: card_settled [ card_settled]");
  CHECK(describe(world.decide(set(won_deals, "2"))) == "refused: invalid [ card_settled] [/parameter_id invalid]");   // all that is wrong
  CHECK(describe(world.decide(EditScorecard{.card = c1_, .fields = {{s::auto_duplicate, std::int64_t{1}}}, .parameters = {}})) == "refused: card_settled [ card_settled]");
  CHECK(describe(world.decide(EditScorecard{.card = c1_, .fields = {{s::period_end, day("2026-02-20")}}, .parameters = {}})) == "refused: invalid [/period/end invalid] [ card_settled]");
  // Nor as one of a group.
  CHECK(describe(world.decide(EditScorecardGroup{.group = world.view(card1).id(s::group_key), .parameters = usual()})) == "refused: card_settled [ card_settled]");
  // Its copy is another card; and it can be deleted and restored, which changes no number.
  CHECK(types(world.decide(CopyScorecard{.card = c1_, .cards = {c2_}, .users = {}, .teams = {}, .fields = {{s::period_start, day("2026-03-01")}}, .parameters = {}})) ==
        "scorecard.created scorecard.parameters_set");
  CHECK(types(world.run(Delete{card1})) == "scorecard.deleted");
  CHECK(describe(world.decide(settle)) == "refused: object_deleted [ object_deleted]");
  CHECK(types(world.run(Restore{card1})) == "scorecard.restored");
  CHECK(world.view(card1).number(s::settled_at) == instant("2026-02-28T23:00:00Z").ms);
  CHECK(given(cards()).when(Step(settle).by(sam)) == refused(Code::forbidden));
}

TEST_CASE("a copy has the parameters of its original, for whom and when one says", "[domain][scorecard][SCO-6]") {
  World world;
  std::vector<command::ScorecardParameter> dated = usual();
  dated[0].counted_from = parse_day("2026-02-10");
  world.accept(cards({sam}, dated)).accept(set(visits, "2"));
  CHECK(types(world.run(Step(CopyScorecard{.card = c1_, .cards = {c2_}, .users = {sue}, .teams = {}, .fields = {{s::period_start, day("2026-03-01")}}, .parameters = {}}).by(manager))) ==
        "scorecard.created scorecard.parameters_set");
  const View copy = world.view(card2);
  CHECK(copy.id(s::holder_user_id) == sue);
  CHECK(copy.number(s::period_end) == day("2026-03-31"));
  CHECK(copy.parameters[0].counted_from == parse_day("2026-03-10"));   // as far from the start
  CHECK(copy.values.empty());                                          // counting begins anew
  CHECK(given(cards({sam})).when(Step(CopyScorecard{.card = c1_, .cards = {c2_}, .users = {}, .teams = {}, .fields = {}, .parameters = {}}).by(sam)) == refused(Code::forbidden));
  CHECK(given(cards({sam})).when(Step(CopyScorecard{.card = c1_, .cards = {c2_}, .users = {}, .teams = {}, .fields = {}, .parameters = {}}).by(sue)) == refused(Code::not_found));
}

TEST_CASE("all cards of a user are deleted by one event; each can come back", "[domain][scorecard][SCO-6]") {
  World world;
  CreateScorecards later = cards({sam}, usual(), monthly("2026-03-01"));
  later.cards = {c2_};
  world.accept(cards()).accept(later);
  CHECK(describe(world.decide(Step(DeleteScorecardsOf{sam}).by(sam))) == "refused: forbidden [ forbidden]");
  const Decision gone = world.run(Step(DeleteScorecardsOf{sam}).by(manager));
  CHECK(types(gone) == "user.scorecards_deleted");
  CHECK(gone->events[0].event == Event{event::ScorecardsDeleted{1, 2}});
  CHECK(types(world.decide(DeleteScorecardsOf{sam})) == "");
  CHECK(describe(world.decide(set(visits, "1"))).starts_with("refused: object_deleted"));
  // What was restored, or came later, is not of that deletion.
  CHECK(types(world.run(Restore{card1})) == "scorecard.edited scorecard.restored");
  CHECK(types(world.run(set(visits, "1"))) == "scorecard.adjusted");
  CreateScorecards third = cards();
  third.cards = {id_of("card 3")};
  world.accept(third);
  CHECK(world.view({Kind::scorecard, id_of("card 3")}).number(s::deletions_seen) == 1);
  CHECK(std::get<event::ScorecardsDeleted>(world.run(DeleteScorecardsOf{sam})->events[0].event) == event::ScorecardsDeleted{2, 2});
  CHECK(given().when(DeleteScorecardsOf{id_of("stranger")}) == refused(Code::unknown_reference, "/user_id"));
}

TEST_CASE("a card is seen by its holder and the members of the team that holds it", "[domain][scorecard][SCO-4][ACC-5]") {
  World world;
  const Uuid south = id_of("south");
  world.accept(create(Kind::team, north_card_team, {{field::team::name, std::string("North")}}));
  world.accept(create(Kind::team, south, {{field::team::name, std::string("South")}, {field::team::parent_id, north_card_team}}));
  world.accept(edit(Kind::user, sue, {{field::user::team_ids, std::vector<Uuid>{south}}}));
  CreateScorecards of_team = cards({});
  of_team.cards = {c2_};
  of_team.teams = {north_card_team};
  world.accept(cards({sam})).accept(of_team);
  const auto seen = [&](const Uuid& user, ObjectRef card) { return world.model.may_see(user, card); };
  CHECK(seen(sam, card1));
  CHECK_FALSE(seen(sue, card1));
  CHECK(seen(sue, card2));      // of a team below
  CHECK_FALSE(seen(sam, card2));
  for (const Uuid& user : {administrator, manager, analyst, auditor}) CHECK((seen(user, card1) && seen(user, card2)));
  CHECK(describe(world.decide(Step(set(visits, "1")).by(sam))).starts_with("refused: forbidden"));
  CHECK(describe(world.decide(Step(set(visits, "1")).by(sue))).starts_with("refused: not_found"));
  world.accept(edit(Kind::user, sue, {{field::user::team_ids, std::vector<Uuid>{}}}));
  CHECK_FALSE(seen(sue, card2));
}
