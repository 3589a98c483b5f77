// Winning, losing, reopening, correcting; deals of the past (SPEC DEA-4, DEA-7).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {

constexpr auto won = static_cast<std::uint8_t>(Status::won), lost = static_cast<std::uint8_t>(Status::lost);
CloseDeal win() { return {.deal = d1, .outcome = Status::won}; }
CloseDeal lose() { return {.deal = d1, .outcome = Status::lost}; }
event::DealClosed closing(std::uint8_t outcome) {
  return {.outcome = outcome, .stage = A, .furthest = A, .credited_owner = administrator, .total_weight = 100, .process_version = 1};
}
DefineProcess mandatory_a1_and_c1() {
  auto stages = stages_abc();
  stages[0].actions[0].mandatory = stages[2].actions[0].mandatory = true;
  return {.process = process, .stages = std::move(stages)};
}

}  // namespace

TEST_CASE("an open deal is won, lost or made obsolete once", "[domain][deal][DEA-4]") {
  CHECK(given(create_deal(d1)).when(win()) == then(on(d1, closing(won))));
  CHECK(given(create_deal(d1)).when(lose()) == then(on(d1, closing(lost))));
  CHECK(given(create_deal(d1), win()).when(win()) == refused(Code::deal_not_open));
  CHECK(given(create_deal(d1), win()).when(lose()) == refused(Code::deal_not_open));
  CHECK(given(create_deal(d1)).when(CloseDeal{.deal = d1, .outcome = Status::open}) == refused(Code::invalid, "/status"));
}

TEST_CASE("winning waits for every mandatory action, losing does not", "[domain][deal][DEA-4][PRC-2]") {
  World world;
  world.accept(mandatory_a1_and_c1()).accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = a1});
  const Decision decision = world.decide(win());
  REQUIRE_FALSE(decision);
  CHECK(decision.error().code == Code::mandatory_actions_missing);
  CHECK(decision.error().objects == std::vector{c1});
  CHECK(types(world.decide(lose())) == "deal.closed");
  CHECK(types(world.run(CompleteAction{.deal = d1, .action = c1})) == "deal.action_completed deal.moved");
  CHECK(types(world.decide(win())) == "deal.closed");
}

TEST_CASE("the mandatory check goes by all that is recorded, the snapshot by its own moment", "[domain][deal][DEA-4]") {
  World world;
  world.accept(mandatory_a1_and_c1()).accept(create_deal(d1, {{d::stage_id, C}}, instant("2026-01-10T00:00:00Z")));
  world.accept(CompleteAction{.deal = d1, .action = a1, .effective_at = instant("2026-01-20T00:00:00Z")});
  world.accept(CompleteAction{.deal = d1, .action = c1, .effective_at = instant("2026-02-05T00:00:00Z")});
  CloseDeal early = win();
  early.effective_at = instant("2026-01-30T00:00:00Z");
  world.accept(early);
  const auto& closed = std::get<event::DealClosed>(world.log.back().event.event);
  CHECK(closed.done_actions == std::vector{a1});
  CHECK(closed.done_weight == 10);
  CHECK_FALSE(closed.skipped_mandatory);
}

TEST_CASE("the closing is credited to the owner of its moment", "[domain][deal][DEA-4][GEN-7]") {
  World world;
  world.accept(create_deal(d1, {{d::owner_id, sam}}, instant("2026-01-10T00:00:00Z"))).accept(edit(Kind::deal, d1, {{d::owner_id, sue}}));
  CloseDeal early = win();
  early.effective_at = instant("2026-01-30T00:00:00Z");
  CHECK(std::get<event::DealClosed>(world.decide(early)->events[0].event).credited_owner == sam);
  CHECK(std::get<event::DealClosed>(world.decide(win())->events[0].event).credited_owner == sue);
}

TEST_CASE("a close reason belongs to the outcome, is there, and is not archived", "[domain][deal][DIC-3]") {
  const auto with = [](CloseDeal close, const Uuid& reason) { close.reason = reason; return close; };
  auto closed = closing(lost);
  closed.reason = price;
  CHECK(given(create_deal(d1)).when(with(lose(), price)) == then(on(d1, closed)));
  CHECK(given(create_deal(d1)).when(with(win(), price)) == refused(Code::reason_wrong_outcome, "/reason_id"));
  CHECK(given(create_deal(d1)).when(with(lose(), id_of("x"))) == refused(Code::unknown_reference, "/reason_id"));
  CHECK(given(create_deal(d1), edit(Kind::close_reason, price, {{field::close_reason::is_archived, std::int64_t{1}}})).when(with(lose(), price)) ==
        refused(Code::invalid, "/reason_id"));
  const Step required = set_account(field::account::reason_required, 1);
  CHECK(given(required, create_deal(d1)).when(lose()) == refused(Code::reason_required, "/reason_id"));
  CHECK(given(required, create_deal(d1)).when(with(lose(), price)) == then(on(d1, closed)));
}

TEST_CASE("a close note is sealed", "[domain][deal][CON-3]") {
  CloseDeal noted = lose();
  noted.note = "They said why";
  World world;
  world.accept(create_deal(d1)).accept(noted);
  CHECK(world.log.back().event.personal == Fields{{d::close_note, std::string("They said why")}});
  CHECK(world.deal(d1).text(d::close_note) == "They said why");
  world.accept(ReopenDeal{d1, {}});
  CHECK(world.deal(d1)[d::close_note] == Value{});
}

TEST_CASE("a closed deal reopens with its stage and actions", "[domain][deal][DEA-4]") {
  CHECK(given(create_deal(d1)).when(ReopenDeal{d1, {}}) == refused(Code::deal_not_closed));
  CHECK(given(create_deal(d1), win()).when(ReopenDeal{d1, {}}) == then(on(d1, event::DealReopened{1})));

  World world;
  world.accept(create_deal(d1)).accept(CompleteAction{.deal = d1, .action = b1}).accept(lose()).accept(ReopenDeal{d1, {}});
  const View deal = world.deal(d1);
  CHECK(deal.number(d::status, -1) == 0);
  CHECK(deal.id(d::stage_id) == B);
  CHECK(deal.done_actions.size() == 1);
  CHECK(deal[d::closed_at] == Value{});
  CHECK(deal.number(d::stage_entered_at) == world.now().ms);
}

TEST_CASE("a correction replaces the last closing", "[domain][deal][DEA-4]") {
  World world;
  world.accept(create_deal(d1, {}, instant("2026-01-01T00:00:00Z")));
  CloseDeal close = lose();
  close.reason = price;
  close.effective_at = instant("2026-01-30T00:00:00Z");
  world.accept(close);

  CHECK(types(world.decide(CorrectDeal{.deal = d1})) == "");
  CHECK(types(world.decide(CorrectDeal{.deal = d1, .status = Status::lost, .reason = price})) == "");
  CHECK(describe(world.decide(CorrectDeal{.deal = d1, .status = Status::won})) == "refused: reason_wrong_outcome [/reason_id reason_wrong_outcome]");
  CHECK(describe(world.decide(CorrectDeal{.deal = d1, .status = Status::open})).starts_with("refused: invalid"));

  world.accept(CorrectDeal{.deal = d1, .status = Status::won, .reason = quality, .closed_at = instant("2026-01-20T00:00:00Z")});
  const View deal = world.deal(d1);
  CHECK(deal.number(d::status) == 1);
  CHECK(deal.id(d::close_reason_id) == quality);
  CHECK(deal.number(d::closed_at) == instant("2026-01-20T00:00:00Z").ms);
  CHECK(world.deal(d1, instant("2026-01-19T00:00:00Z")).number(d::status, -1) == 0);
  CHECK(world.deal(d1, instant("2026-01-25T00:00:00Z")).number(d::status) == 1);

  // And later than it was: open again in between.
  world.accept(CorrectDeal{.deal = d1, .closed_at = instant("2026-02-05T00:00:00Z")});
  CHECK(world.deal(d1, instant("2026-01-31T00:00:00Z")).number(d::status, -1) == 0);
  CHECK(world.deal(d1, instant("2026-01-31T00:00:00Z"))[d::credited_owner_id] == Value{});
  CHECK(world.deal(d1, instant("2026-02-06T00:00:00Z")).number(d::status) == 1);
}

TEST_CASE("a correction's time is compared with what came before the closing", "[domain][deal][DEA-4][GEN-6]") {
  World world;
  world.accept(create_deal(d1, {}, instant("2026-01-01T00:00:00Z")));
  world.accept(MoveDeal{d1, B, instant("2026-01-10T00:00:00Z")});
  CloseDeal close = lose();
  close.effective_at = instant("2026-01-30T00:00:00Z");
  world.accept(close);
  CHECK(types(world.decide(CorrectDeal{.deal = d1, .closed_at = instant("2026-01-10T00:00:00Z")})) == "deal.corrected");
  CHECK(describe(world.decide(CorrectDeal{.deal = d1, .closed_at = instant("2026-01-09T23:59:59Z")})) ==
        "refused: effective_before_last_event [/closed_at effective_before_last_event]");
  CHECK(describe(world.decide(CorrectDeal{.deal = d1, .closed_at = instant("2027-01-01T00:00:00Z")})) ==
        "refused: effective_in_future [/closed_at effective_in_future]");
  // A second correction is compared with the same event as the first, not with the first.
  world.accept(CorrectDeal{.deal = d1, .closed_at = instant("2026-01-25T00:00:00Z")});
  CHECK(types(world.decide(CorrectDeal{.deal = d1, .closed_at = instant("2026-01-10T00:00:00Z")})) == "deal.corrected");
  world.accept(ReopenDeal{d1, {}});
  CHECK(describe(world.decide(CorrectDeal{.deal = d1})).starts_with("refused: deal_not_closed"));
}

TEST_CASE("a correction keeps the note it does not name", "[domain][deal][DEA-4]") {
  World world;
  world.accept(create_deal(d1, {}, instant("2026-01-01T00:00:00Z")));
  CloseDeal close = lose();
  close.note = "Why";
  close.effective_at = instant("2026-01-30T00:00:00Z");
  world.accept(close);
  CHECK(types(world.decide(CorrectDeal{.deal = d1, .note = "Why"})) == "");
  world.accept(CorrectDeal{.deal = d1, .closed_at = instant("2026-02-05T00:00:00Z")});
  CHECK(world.deal(d1).text(d::close_note) == "Why");
  CHECK(world.deal(d1, instant("2026-02-01T00:00:00Z"))[d::close_note] == Value{});
  world.accept(CorrectDeal{.deal = d1, .note = "Other"});
  CHECK(world.deal(d1).text(d::close_note) == "Other");
  world.accept(CorrectDeal{.deal = d1, .note = ""});
  CHECK(world.deal(d1)[d::close_note] == Value{});
}

TEST_CASE("a sale that is history is entered with its closing, past the mandatory check", "[domain][deal][DEA-7]") {
  World world;
  world.accept(mandatory_a1_and_c1());
  Create old = create_deal(d1, {{d::owner_id, sam}}, instant("2025-03-01T00:00:00Z"));
  old.status = Status::won;
  old.closed_at = instant("2025-04-01T00:00:00Z");
  old.close_reason = quality;
  CHECK(types(world.run(old)) == "deal.created deal.closed");
  const auto& closed = std::get<event::DealClosed>(world.log.back().event.event);
  CHECK(closed.skipped_mandatory);
  CHECK(closed.credited_owner == sam);
  CHECK(closed.process_version == 1);  // the version of that moment, though a second one was defined since
  CHECK(world.deal(d1, instant("2025-03-15T00:00:00Z")).number(d::status, -1) == 0);
  CHECK(world.deal(d1).number(d::closed_at) == instant("2025-04-01T00:00:00Z").ms);

  Create wrong = create_deal(d2, {}, instant("2025-03-01T00:00:00Z"));
  wrong.status = Status::won;
  CHECK(describe(world.decide(wrong)) == "refused: required [/closed_at required]");
  wrong.closed_at = instant("2025-02-28T00:00:00Z");
  CHECK(describe(world.decide(wrong)) == "refused: effective_before_last_event [/closed_at effective_before_last_event]");
  wrong.status.reset();
  CHECK(describe(world.decide(wrong)) == "refused: required [/status required]");
}

TEST_CASE("a deal that is reopened has been as far as its closing says, by the order that the stages had then", "[domain][deal][DEA-2][DEA-4]") {
  auto other_order = stages_abc();
  std::swap(other_order[1], other_order[2]);
  const DefineProcess reorder{.process = process, .stages = other_order};
  const CloseDeal lose{.deal = d1, .outcome = Status::lost};
  CHECK(given(create_deal(d1), MoveDeal{d1, C, {}}, MoveDeal{d1, B, {}}, reorder, lose, ReopenDeal{d1, {}}).when(MoveDeal{d1, A, {}}) == then(on(d1, event::DealMoved{A, B})));
}

TEST_CASE("an import closes past the mandatory check, a person does not", "[domain][deal][DEA-7]") {
  World world;
  world.accept(mandatory_a1_and_c1()).accept(create_deal(d1));
  CHECK_FALSE(world.decide(win()));
  const Decision decision = world.decide(Step(win()).imported());
  REQUIRE(decision);
  CHECK(std::get<event::DealClosed>(decision->events[0].event).skipped_mandatory);
}

TEST_CASE("worked example 11: a win of January recorded in February", "[domain][deal][example][GEN-6]") {
  World world;
  world.accept(Step(create_deal(d1, {}, instant("2026-01-05T09:00:00Z"))).at("2026-02-10T08:00:00Z"));
  const Position before = world.log.size();
  CloseDeal close = win();
  close.effective_at = instant("2026-01-30T12:00:00Z");
  world.accept(Step(close).at("2026-02-10T09:00:00Z"));
  const Instant end_of_january = instant("2026-01-31T22:59:59.999Z");
  CHECK(world.deal(d1, end_of_january).number(d::status) == 1);
  CHECK(world.deal(d1, end_of_january, before).number(d::status, -1) == 0);
}
