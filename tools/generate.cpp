#include "tools/generate.h"

#include <algorithm>

#include "tools/generate_plan.h"
#include "tools/generate_random.h"
#include "tools/generate_setup.h"

namespace dealog::tools {

Story two_years(std::uint64_t seed, std::uint64_t deals, const Uuid& account, const Uuid& admin, Instant now) {
  Story story{.seed = seed, .deals = deals, .admin = admin, .account = account};
  story.from = {now.ms - 730ll * 86'400'000};
  story.until = now;
  return story;
}

std::uint64_t tell(const Story& story, const std::function<void(Step&&)>& listen) {
  const Cast cast = cast_of(story);
  std::uint64_t steps = 0;
  const auto count_and_tell = [&](Step&& step) {
    ++steps;
    listen(std::move(step));
  };
  tell_setup(story, cast, count_and_tell);

  std::vector<Beat> beats;
  beats.reserve(story.deals * (story.plain ? 8 : 20));
  std::vector<Instant> company_since(cast.companies.size(), end_of_time), person_since(cast.persons.size(), end_of_time);
  for (std::uint64_t deal = 0; deal < story.deals; ++deal) {
    const DealSketch sketch = sketch_of(story, cast, deal);
    plan_deal(story, cast, sketch, beats);
    company_since[sketch.company] = std::min(company_since[sketch.company], sketch.opened);
    person_since[sketch.person] = std::min(person_since[sketch.person], sketch.opened);
  }
  // Clients are met a little before their first deal, a firm before its people.
  for (std::size_t person = 0; person < person_since.size(); ++person) {
    if (person_since[person] == end_of_time) continue;
    const std::size_t company = company_of_person(cast, person);
    company_since[company] = std::min(company_since[company], person_since[person]);
    beats.push_back({{person_since[person].ms - 1000}, static_cast<std::uint32_t>(person), 0, What::meet_person, 0});
  }
  for (std::size_t company = 0; company < company_since.size(); ++company)
    if (company_since[company] != end_of_time)
      beats.push_back({{company_since[company].ms - 2000}, static_cast<std::uint32_t>(company), 0, What::meet_company, 0});

  std::sort(beats.begin(), beats.end());
  for (const Beat& beat : beats) count_and_tell(step_of(story, cast, beat));
  return steps;
}

}  // namespace dealog::tools
