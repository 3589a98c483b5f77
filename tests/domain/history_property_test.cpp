// Whatever is asked for, in whatever order, what was accepted holds together.

#include <random>
#include <set>

#include "domain/facts.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {

class Wishes {
 public:
  explicit Wishes(unsigned seed) : random_(seed) {}

  Step next(Instant now) {
    const Uuid deal = one_of({d1, d2, d3});
    const std::optional<Instant> when = one_in(3) ? std::optional(Instant{now.ms - static_cast<std::int64_t>(random_() % 100'000)}) : std::nullopt;
    const Uuid user = one_of({administrator, manager, sam, sue, analyst});
    switch (random_() % 14) {
      case 0: case 1: return Step(create_deal(deal, {{d::stage_id, one_of({A, B, C})}}, when)).by(user);
      case 2: case 3: return Step(MoveDeal{deal, one_of({A, B, C}), when}).by(user);
      case 4: case 5: return Step(CompleteAction{.deal = deal, .action = one_of({a1, a2, b1, c1, c2}), .effective_at = when}).by(user);
      case 6: return Step(ReopenAction{deal, one_of({a1, a2, b1, c1, c2}), when}).by(user);
      case 7: return Step(CloseDeal{.deal = deal, .outcome = static_cast<Status>(1 + random_() % 3), .effective_at = when}).by(user);
      case 8: return Step(ReopenDeal{deal, when}).by(user);
      case 9: return Step(CorrectDeal{.deal = deal, .status = static_cast<Status>(1 + random_() % 3), .closed_at = when}).by(user);
      case 10: return Step(Delete{{Kind::deal, deal}}).by(user);
      case 11: return Step(Restore{{Kind::deal, deal}}).by(user);
      case 12: return Step(edit(Kind::deal, deal, {{d::owner_id, one_of({sam, sue, manager})}})).by(user);
      default: return Step(edit(Kind::process, one_of({process, first_process(account)}), {{field::process::is_default, std::int64_t{1}}})).by(user);
    }
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  Uuid one_of(std::initializer_list<Uuid> ids) { return *(ids.begin() + random_() % ids.size()); }
  std::mt19937 random_;
};

int order(const Uuid& stage) { return stage == A ? 0 : stage == B ? 1 : stage == C ? 2 : -1; }

}  // namespace

TEST_CASE("no history of wishes breaks what was promised", "[domain][property]") {
  const auto seed = GENERATE(range(0u, 40u));
  CAPTURE(seed);
  Wishes wishes(seed);
  World world;
  for (int step = 0; step < 120; ++step) {
    const std::size_t before = world.log.size();
    const Decision decision = world.run(wishes.next(world.now()));
    CAPTURE(step, describe(decision));
    if (!decision) {
      REQUIRE(world.log.size() == before);
      REQUIRE((static_cast<int>(decision.error().code) >= 80 || !decision.error().faults.empty()));
    }

    int defaults = 0;
    for (const Uuid& id : {process, first_process(account)}) defaults += static_cast<int>(world.view({Kind::process, id}).number(field::process::is_default));
    REQUIRE(defaults == 1);

    for (const Uuid& id : {d1, d2, d3}) {
      const View deal = world.deal(id);
      REQUIRE(deal.exists == (world.model.version_of({Kind::deal, id}) > 0));
      if (!deal.exists) continue;
      REQUIRE(deal.version == world.model.version_of({Kind::deal, id}));
      if (deal.id(d::process_id) == process) REQUIRE(order(deal.id(d::furthest_stage_id)) >= order(deal.id(d::stage_id)));
      const bool closed = deal.number(d::status) != 0;
      REQUIRE(closed == !std::holds_alternative<std::monostate>(deal[d::closed_at]));
      REQUIRE(closed == !deal.id(d::credited_owner_id).is_nil());
      REQUIRE(deal.number(d::stage_entered_at) >= deal.number(field::created_at));
      if (closed) REQUIRE(deal.number(d::closed_at) >= deal.number(d::stage_entered_at));
      REQUIRE(deal.number(d::closing_done_weight) <= deal.number(d::closing_total_weight));
      std::set<Uuid> done;
      for (const DoneAction& each : deal.done_actions) REQUIRE(done.insert(each.action).second);
    }
  }

  // The model that saw the same log says the same of the next wish.
  Model again;
  for (const auto& recorded : world.log) again.apply(recorded.envelope, event_of(*trusted_record(recorded.bytes)), recorded.personal);
  for (int i = 0; i < 30; ++i) {
    const Step wish = wishes.next(world.now());
    const Decision one = world.decide(wish);
    Context context = wish.extra;
    context.actor = wish.actor;
    context.now = world.now();
    for (int n = 0; n < 8; ++n) context.fresh_ids.push_back(world.fresh(n));
    REQUIRE(describe(again.decide(context, wish.command)) == describe(one));
  }
}

TEST_CASE("a deal at (as_of, known_at) is the fold of what held and was known by then", "[domain][property][GEN-6]") {
  const auto seed = GENERATE(range(100u, 115u));
  CAPTURE(seed);
  Wishes wishes(seed);
  World world;
  for (int step = 0; step < 80; ++step) world.run(wishes.next(world.now()));

  std::mt19937 random(seed);
  for (int probe = 0; probe < 20; ++probe) {
    const Instant as_of{morning.ms + static_cast<std::int64_t>(random() % 120'000) - 20'000};
    const Position known_at = random() % (world.log.size() + 1);
    for (const Uuid& id : {d1, d2, d3}) {
      // The naive reading: a value per field, rows in log order, the last that holds.
      std::map<std::uint16_t, Fact> columns;
      for (const auto& recorded : world.log)
        if (recorded.envelope.object == ObjectRef{Kind::deal, id} && recorded.envelope.position <= known_at)
          for_each_fact(*trusted_record(recorded.bytes), nullptr, [&](const Fact& fact) {
            if (fact.from <= as_of && fact.op == Fact::Op::set && fact.texts == nullptr) columns[fact.field] = fact;
          });
      const View deal = world.deal(id, as_of, known_at);
      for (const std::uint16_t field : {d::status, d::closed_at, d::stage_entered_at, field::is_deleted, field::created_at}) {
        const auto held = columns.find(field);
        CHECK(deal.number(field, -7) == (held == columns.end() || held->second.is_null ? -7 : held->second.number));
      }
      for (const std::uint16_t field : {d::stage_id, d::furthest_stage_id, d::owner_id, d::credited_owner_id}) {
        const auto held = columns.find(field);
        CHECK(deal.id(field) == (held == columns.end() || held->second.is_null ? Uuid{} : held->second.id));
      }
    }
  }
}
