#include "tools/generate_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "domain/days.h"
#include "domain/fields.h"
#include "tools/generate_names.h"
#include "tools/generate_random.h"
#include "tools/generate_setup.h"

namespace dealog::tools {

namespace {

constexpr std::int64_t minute = 60'000, hour = 60 * minute, day = 24 * hour;

// The next instant of a working day, at or after `at`: Monday to Friday, 6:00 to 16:00 UTC (an office in Warsaw).
Instant in_office_hours(Instant at) {
  std::int64_t days = at.ms / day, in_day = at.ms % day;
  if (in_day >= 16 * hour) {
    ++days;
    in_day = 6 * hour + in_day % (2 * hour);
  } else if (in_day < 6 * hour) {
    in_day = 6 * hour + in_day % (2 * hour);
  }
  while (weekday(Day{static_cast<std::int32_t>(days)}) >= 5) ++days;
  return {days * day + in_day};
}

// The beats of one deal in the order of time; those at or after the story's end do not happen.
class Plan {
 public:
  Plan(const Story& story, const DealSketch& sketch, std::vector<Beat>& beats)
      : random(story.seed, stream::plan, sketch.index), until_(story.until), deal_(static_cast<std::uint32_t>(sketch.index)),
        now_(sketch.opened), beats_(beats) {
    add(What::open);
  }

  // Lets up to `most` minutes pass (at least one), then office hours come.
  void wait(std::int64_t most_minutes) { now_ = in_office_hours({now_.ms + random.between(1, most_minutes) * minute + random.between(0, 59'999)}); }

  // False: the story is over.
  bool add(What what, std::size_t argument = 0) {
    if (now_ >= until_) return false;
    beats_.push_back({now_, deal_, sequence_++, what, static_cast<std::uint8_t>(argument)});
    return true;
  }

  Random random;

 private:
  Instant until_;
  std::uint32_t deal_;
  Instant now_;
  std::uint16_t sequence_ = 0;
  std::vector<Beat>& beats_;
};

constexpr std::int64_t days(std::int64_t count) { return count * 24 * 60; }

void plan_plain(const Cast& cast, Plan& plan) {
  std::size_t stage = 0;
  const std::int64_t moves = plan.random.between(2, 6);
  for (std::int64_t move = 0; move < moves; ++move) {
    plan.wait(days(20));
    const bool forward = stage == 0 || (stage + 1 < cast.stages.size() && plan.random.chance(800));
    stage = forward ? stage + 1 : stage - 1;
    plan.add(What::move, stage);
    if (move < 2 && plan.random.chance(500)) plan.add(What::complete_action, static_cast<std::size_t>(move));
  }
  if (plan.random.chance(300)) plan.add(What::plan_task, 0);
  if (plan.random.chance(100)) plan.add(What::take_note);
  plan.wait(days(10));
  const std::uint64_t end = plan.random.below(100);
  if (end < 40) plan.add(What::win);
  else if (end < 75) plan.add(What::lose);
  else if (end < 80) plan.add(What::make_obsolete);
}

// Talk around a deal: notes, e-mails, tasks that get done or forgotten.
void plan_talk(Plan& plan, std::size_t& tasks) {
  if (plan.random.chance(450)) { plan.wait(days(3)); plan.add(What::send_email); }
  if (plan.random.chance(350)) { plan.wait(days(3)); plan.add(What::take_note); }
  if (plan.random.chance(400) && plan.add(What::plan_task, tasks)) {
    plan.wait(days(6));
    if (plan.random.chance(850)) plan.add(What::complete_task, tasks);
    ++tasks;
  }
}

void plan_end(Plan& plan, bool won) {
  plan.wait(days(3));
  if (won) {
    if (plan.add(What::win) && plan.random.chance(40)) {
      plan.wait(days(10));
      plan.add(What::take_note);
    }
    return;
  }
  if (plan.random.chance(80)) { plan.add(What::make_obsolete); return; }
  if (!plan.add(What::lose)) return;
  if (plan.random.chance(50)) {  // they call back
    plan.wait(days(40));
    if (plan.add(What::reopen)) { plan.wait(days(30)); plan.add(What::lose); }
  } else if (plan.random.chance(10)) {
    plan.add(What::remove);
  }
}

// The best closes half of the deals, the others less; people are found by their index, so by skill.
unsigned win_chance(const DealSketch& sketch) {
  const auto skill = static_cast<unsigned>(520 - std::min<std::size_t>(sketch.owner, 10) * 22);
  return sketch.value > 10'000'000 ? skill * 3 / 4 : skill;  // above 100,000 is harder
}

void plan_sale(const Cast& cast, const DealSketch& sketch, Plan& plan) {
  const bool won = plan.random.chance(win_chance(sketch));
  const bool forgotten = !won && plan.random.chance(60);
  const std::size_t lost_in = won ? cast.stages.size() : plan.random.below(cast.stages.size());
  std::size_t tasks = 0;
  for (std::size_t stage = 0; stage < cast.stages.size(); ++stage) {
    if (stage > 0) { plan.wait(days(16)); plan.add(What::move, stage); }
    for (std::size_t action = 0; action < cast.actions.size(); ++action) {
      if (cast.action_stage[action] != stage) continue;
      const bool must = action == 4 || action == 9;  // mandatory in generate_setup.cpp
      if (!(won && must) && !plan.random.chance(won ? 850 : 600)) continue;
      plan.wait(days(5));
      plan.add(What::complete_action, action);
    }
    plan_talk(plan, tasks);
    if (stage == 1 && plan.random.chance(150)) { plan.wait(days(4)); plan.add(What::change_value); }
    if (stage == 2 && plan.random.chance(80)) { plan.wait(days(6)); plan.add(What::move, 1); plan.wait(days(6)); plan.add(What::move, 2); }
    if (stage == lost_in) break;
  }
  if (forgotten) return;
  if (plan.random.chance(25)) plan.add(What::hand_over);
  plan_end(plan, won);
}

void plan_renewal(const Cast& cast, Plan& plan) {
  std::size_t tasks = 0;
  for (std::size_t stage = 1; stage < cast.second_stages.size(); ++stage) {
    plan.wait(days(25));
    plan.add(What::move, stage);
    plan_talk(plan, tasks);
  }
  plan_end(plan, plan.random.chance(780));
}

}  // namespace

DealSketch sketch_of(const Story& story, const Cast& cast, std::uint64_t deal) {
  Random random(story.seed, stream::deal, deal);
  DealSketch sketch{.index = deal};
  // Business grows: the later of two moments, half of the time.
  const std::int64_t span = story.until.ms - story.from.ms;
  std::int64_t after = random.between(0, span - 1);
  if (random.chance(500)) after = std::max(after, random.between(0, span - 1));
  sketch.opened = in_office_hours({story.from.ms + after});
  if (sketch.opened >= story.until) sketch.opened = {story.until.ms - 1 - random.between(0, std::min(span - 1, hour))};
  sketch.owner = cast.owner_of(deal);
  sketch.person = random.below(cast.persons.size());
  sketch.company = company_of_person(cast, sketch.person);
  sketch.source = std::min(random.below(cast.sources.size()), random.below(cast.sources.size()));
  // Many small, few large: 500 to about 400,000, in hundreds or whole thousands.
  const std::int64_t factor = random.between(1, 20) * random.between(1, 20);
  sketch.value = random.chance(50) ? 0 : factor * random.between(5, 10) * 10'000;
  sketch.in_second_process = !cast.second_process.is_nil() && random.chance(150);
  return sketch;
}

std::size_t company_of_person(const Cast& cast, std::size_t person) {
  return Random(cast.seed, stream::company, 1'000'000'000ull + person).below(cast.companies.size());
}

void plan_deal(const Story& story, const Cast& cast, const DealSketch& sketch, std::vector<Beat>& beats) {
  Plan plan(story, sketch, beats);
  if (story.plain) plan_plain(cast, plan);
  else if (sketch.in_second_process) plan_renewal(cast, plan);
  else plan_sale(cast, sketch, plan);
}

}  // namespace dealog::tools
