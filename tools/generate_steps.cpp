// From beats to commands: what people write and choose when something happens.

#include <algorithm>
#include <string>
#include <utility>

#include "domain/fields.h"
#include "tools/generate_names.h"
#include "tools/generate_plan.h"
#include "tools/generate_random.h"
#include "tools/generate_setup.h"

namespace dealog::tools {

namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

std::string company_name(const Cast& cast, std::size_t company) {
  Random random(cast.seed, stream::text, 1'000'000 + company);
  return names::company(random);
}

Command meet_company(const Story& story, const Cast& cast, const Beat& beat) {
  Random random(story.seed, stream::text, 2'000'000'000ull + beat.subject);
  command::Create create{.object = {Kind::company, cast.companies[beat.subject]}, .fields = {}, .effective_at = beat.at};
  const std::string name = company_name(cast, beat.subject);
  create.fields.push_back({field::company::name, name});
  create.fields.push_back({field::company::owner_id, cast.salespeople[random.below(cast.salespeople.size())]});
  if (!story.plain) {
    create.fields.push_back({field::company::emails, std::vector<std::string>{"biuro@" + names::slug(name) + ".example"}});
    create.fields.push_back({field::company::phones, std::vector<std::string>{"+48 22 " + std::to_string(random.between(1'000'000, 9'999'999))}});
    create.fields.push_back({field::company::website, "https://www." + names::slug(name) + ".example"});
  }
  if (!story.account.is_nil() && random.chance(700))
    create.fields.push_back({field::company::source_id, cast.sources[random.below(cast.sources.size())]});
  return create;
}

Command meet_person(const Story& story, const Cast& cast, const Beat& beat) {
  Random random(story.seed, stream::text, 3'000'000'000ull + beat.subject);
  const names::Person person = names::person(random);
  const std::size_t company = company_of_person(cast, beat.subject);
  command::Create create{.object = {Kind::person, cast.persons[beat.subject]}, .fields = {}, .effective_at = beat.at};
  create.fields.push_back({field::person::name, person.first + " " + person.last});
  create.fields.push_back({field::person::first_name, person.first});
  create.fields.push_back({field::person::last_name, person.last});
  create.fields.push_back({field::person::company_id, cast.companies[company]});
  if (!story.plain) {
    create.fields.push_back({field::person::job_title, std::string(names::job(random))});
    create.fields.push_back({field::person::emails, std::vector<std::string>{names::slug(person.first) + "." + names::slug(person.last) + "@" +
                                                                           names::slug(company_name(cast, company)) + ".example"}});
  }
  return create;
}

Command open_deal(const Story& story, const Cast& cast, const DealSketch& sketch, const Beat& beat) {
  Random random(story.seed, stream::text, sketch.index);
  command::Create create{.object = {Kind::deal, cast.deal(sketch.index)}, .fields = {}, .effective_at = beat.at};
  std::string name = company_name(cast, sketch.company);
  create.fields.push_back({field::deal::name, name.append(", ").append(names::subject(random))});
  create.fields.push_back({field::deal::process_id, sketch.in_second_process ? cast.second_process : cast.process});
  create.fields.push_back({field::deal::company_id, cast.companies[sketch.company]});
  create.fields.push_back({field::deal::person_id, cast.persons[sketch.person]});
  create.fields.push_back({field::deal::owner_id, cast.salespeople[sketch.owner]});
  if (!story.account.is_nil() && random.chance(800)) create.fields.push_back({field::deal::source_id, cast.sources[sketch.source]});
  if (sketch.value != 0) create.fields.push_back({field::deal::value, sketch.value});
  if (random.chance(800)) create.fields.push_back({field::deal::expected_close_on, (beat.at.ms + random.between(30, 150) * ms_per_day) / ms_per_day});
  if (random.chance(300)) create.fields.push_back({field::deal::visibility, static_cast<std::int64_t>(Visibility::public_)});
  return create;
}

Command complete_action(const Story& story, const Cast& cast, const DealSketch& sketch, const Beat& beat, Random& random) {
  command::CompleteAction complete{.deal = cast.deal(sketch.index), .action = cast.actions[beat.argument], .effective_at = beat.at};
  if (!story.plain && beat.argument == 2) complete.note = std::string(names::note(random));  // the meeting demands one
  return complete;
}

Command plan_task(const Cast& cast, const DealSketch& sketch, const Beat& beat, Random& random) {
  command::Create create{.object = {Kind::task, Random::id(cast.seed, stream::task, sketch.index * 64 + beat.argument)}, .fields = {},
                         .effective_at = beat.at};
  create.fields.push_back({field::task::name, std::string(names::task(random))});
  create.fields.push_back({field::task::type_id, task_type_id(task_types()[random.below(task_types().size())])});
  create.fields.push_back({field::task::assignee_id, cast.salespeople[sketch.owner]});
  create.fields.push_back({field::task::deal_id, cast.deal(sketch.index)});
  const Instant due{beat.at.ms + random.between(1, 20) * ms_per_day};
  if (random.chance(600)) create.fields.push_back({field::task::due_on, due.ms / ms_per_day});
  else if (random.chance(700)) create.fields.push_back({field::task::due_at, due.ms / 900'000 * 900'000});
  return create;
}

Command take_note(const Cast& cast, const DealSketch& sketch, const Beat& beat, Random& random) {
  command::Create create{.object = {Kind::note, Random::id(cast.seed, stream::note, sketch.index * 1024 + beat.sequence)}, .fields = {},
                         .effective_at = beat.at};
  create.fields.push_back({field::note::text, std::string(names::note(random))});
  create.fields.push_back({field::note::deal_id, cast.deal(sketch.index)});
  return create;
}

Command send_email(const Cast& cast, const DealSketch& sketch, const Beat& beat, Random& random) {
  const Uuid id = Random::id(cast.seed, stream::email, sketch.index * 1024 + beat.sequence);
  command::Create create{.object = {Kind::email, id}, .fields = {}};
  create.fields.push_back({field::email::message_id, "<" + to_string(id) + "@example.com>"});
  create.fields.push_back({field::email::from, std::string("sales@example.com")});
  create.fields.push_back({field::email::to, std::vector<std::string>{"biuro@" + names::slug(company_name(cast, sketch.company)) + ".example"}});
  create.fields.push_back({field::email::subject, std::string(names::subject(random))});
  create.fields.push_back({field::email::sent_at, beat.at.ms});
  create.fields.push_back({field::email::deal_id, cast.deal(sketch.index)});
  create.fields.push_back({field::email::person_id, cast.persons[sketch.person]});
  return create;
}

Command close(const Cast& cast, const DealSketch& sketch, const Beat& beat, Status outcome, Random& random) {
  const std::vector<Uuid>& reasons = outcome == Status::won ? cast.won_reasons : outcome == Status::lost ? cast.lost_reasons : cast.obsolete_reasons;
  command::CloseDeal made{.deal = cast.deal(sketch.index), .outcome = outcome, .reason = {}, .note = {}, .effective_at = beat.at};
  if (random.chance(850)) made.reason = reasons[std::min(random.below(reasons.size()), random.below(reasons.size()))];
  return made;
}

Command deal_command(const Story& story, const Cast& cast, const DealSketch& sketch, const Beat& beat) {
  Random random(story.seed, stream::text, (sketch.index << 12) + beat.sequence + (1ull << 60));
  const Uuid deal = cast.deal(sketch.index);
  switch (beat.what) {
    case What::open: return open_deal(story, cast, sketch, beat);
    case What::move:
      return command::MoveDeal{deal, sketch.in_second_process ? cast.second_stages[beat.argument] : cast.stages[beat.argument], beat.at};
    case What::complete_action: return complete_action(story, cast, sketch, beat, random);
    case What::take_note: return take_note(cast, sketch, beat, random);
    case What::plan_task: return plan_task(cast, sketch, beat, random);
    case What::complete_task: return command::CompleteTask{Random::id(cast.seed, stream::task, sketch.index * 64 + beat.argument), beat.at};
    case What::send_email: return send_email(cast, sketch, beat, random);
    case What::change_value:
      return command::Edit{{Kind::deal, deal}, {{field::deal::value, std::max<std::int64_t>(sketch.value, 1'000'000) * random.between(70, 130) / 100}}, {}};
    case What::hand_over:
      return command::Edit{{Kind::deal, deal}, {{field::deal::owner_id, cast.salespeople[random.below(cast.salespeople.size())]}}, {}};
    case What::win: return close(cast, sketch, beat, Status::won, random);
    case What::lose: return close(cast, sketch, beat, Status::lost, random);
    case What::make_obsolete: return close(cast, sketch, beat, Status::obsolete, random);
    case What::reopen: return command::ReopenDeal{deal, beat.at};
    case What::remove: return command::Delete{{Kind::deal, deal}};
    case What::meet_company:
    case What::meet_person: break;
  }
  return command::Delete{{Kind::deal, deal}};
}

}  // namespace

Step step_of(const Story& story, const Cast& cast, const Beat& beat) {
  if (beat.what == What::meet_company) return {meet_company(story, cast, beat), cast.managers[0], beat.at};
  if (beat.what == What::meet_person) return {meet_person(story, cast, beat), cast.managers[0], beat.at};
  const DealSketch sketch = sketch_of(story, cast, beat.subject);
  const Uuid actor = beat.what == What::hand_over || beat.what == What::remove ? cast.managers[0] : cast.salespeople[sketch.owner];
  return {deal_command(story, cast, sketch, beat), actor, beat.at};
}

}  // namespace dealog::tools
