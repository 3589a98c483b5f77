// Random commands by users of every role, each compared with the plain model (plain_crm.h): same answers, same refusals
// with the same faults, same state, for everybody who looks; alone and in bulks, under keys, taken back; with restarts in
// between [QUALITY R8].
//
// The short form runs everywhere; DEALOG_LONG_TESTS=1 takes 40 seeds of 5,000 steps, and says how much there was and what was
// refused. A failure names its seed and step; DEALOG_MODEL_SEED=<seed> runs that one alone, DEALOG_MODEL_SEED=<first>-<last> a
// part of them.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/api/model_areas.h"

using namespace dealog::test;

namespace dealog::test::model {

const std::vector<Area>& areas() {
  static const std::vector<Area> all{
      {"deals", 40, any_deal_deed, look_at_deals},
      {"money of deals", 14, any_money_deed, nullptr},
      {"process", 5, any_process_deed, look_at_process},
      {"boards", 0, nullptr, look_at_boards},
      {"leads", 16, any_lead_deed, look_at_leads},
      {"contacts", 12, any_contact_deed, look_at_contacts},
      {"tasks", 14, any_task_deed, look_at_tasks},
      {"notes and spaces", 12, any_activity_deed, look_at_activities},
      {"set-up", 36, any_setup_deed, look_at_setup},
      {"catalogue", 8, any_catalogue_deed, look_at_catalogue},
      {"scorecards", 14, any_card_deed, look_at_cards},
      {"papers", 10, any_paper_deed, look_at_papers},
      {"files", 4, any_file_deed, look_at_files},
      {"erasure and holds", 3, any_erasure_deed, look_at_erasure},
      {"people", 4, any_people_deed, nullptr},
      {"access", 10, any_access_deed, look_at_access},
  };
  return all;
}

namespace {

struct Runs { std::uint64_t first = 1, last = 4; int steps = 2500; bool are_all = true, is_long = false; };

Runs asked_for() {
  Runs runs;
  if (std::getenv("DEALOG_LONG_TESTS")) runs = {.last = 50, .steps = 5000, .is_long = true};   // more than 200,000 commands
  if (const char* only = std::getenv("DEALOG_MODEL_SEED")) {
    char* rest = nullptr;
    runs.first = runs.last = std::strtoull(only, &rest, 10);
    if (*rest == '-') runs.last = std::strtoull(rest + 1, nullptr, 10);
    runs.are_all = false;
  }
  return runs;
}

// Write routes that the model leaves out, by how they begin, with what tests them instead.
struct Reason { const char* begins; const char* reason; };
constexpr Reason not_modelled[] = {
    // Of the server and its doors, not of the business.
    {"POST /v1/backups", "backup_test.cpp"},
    {"POST /v1/audit/key/rotate", "proof_test.cpp"},
    {"POST /v1/imports", "imports_test.cpp, jobs_test.cpp"},
    {"DELETE /v1/jobs", "jobs_test.cpp"},
};

const char* reason_not_modelled(const std::string& route) {
  for (const Reason& each : not_modelled)
    if (route.starts_with(each.begins)) return each.reason;
  return nullptr;
}

// Erasing and holding are rare, and one handler for all kinds: the short form may miss some of these.
bool is_like_one_of(const std::set<std::string>& asked, const std::string& route) {
  if (!route.ends_with("/erase") && !route.ends_with("/hold")) return false;
  const std::string verb = route.substr(0, route.find(' ') + 1), end = route.substr(route.rfind('/'));
  return std::ranges::any_of(asked, [&](const std::string& each) { return each.starts_with(verb) && each.ends_with(end); });
}

// Said in the long form: how much there was, and what was refused.
void report(const Life& life, std::uint64_t seed, const Runs& runs) {
  static int accepted = 0, refused = 0, taken_back = 0;
  static std::map<std::string, int> codes;
  accepted += life.accepted();
  refused += life.refused();
  taken_back += life.taken_back();
  for (const auto& [code, times] : life.refused_by_code()) codes[code] += times;
  if (!runs.is_long) return;
  std::printf("seed %llu: %d commands accepted, %d refused, %d taken back, %d could not be\n", static_cast<unsigned long long>(seed), life.accepted(), life.refused(), life.taken_back(), life.left());
  if (seed != runs.last) return;
  std::printf("seeds %llu to %llu: %d commands, %d accepted, %d refused, %d taken back; refused", static_cast<unsigned long long>(runs.first), static_cast<unsigned long long>(runs.last),
              accepted + refused, accepted, refused, taken_back);
  for (const auto& [code, times] : codes) std::printf(" %s %d", code.empty() ? "(role)" : code.c_str(), times);
  std::printf("\n");
}

}  // namespace

TEST_CASE("random commands of every role are answered, refused and remembered as the plain model says", "[model][R8]") {
  const Runs runs = asked_for();
  const auto seed = GENERATE_COPY(range(runs.first, runs.last + 1));
  INFO("seed " << seed << " (DEALOG_MODEL_SEED=" << seed << " repeats it)");
  Life life(seed);
  life.live(runs.steps);
  // A model test that nearly everything is refused in would say little.
  CHECK(life.accepted() > life.refused() / 4);
  CHECK(life.refused() > life.accepted() / 10);
  CHECK(life.taken_back() > 2 * life.left());   // what brought an occurrence of a series stays

  report(life, seed, runs);

  // Every write route is reached (in the long form: with success), or has a reason not to be. Of several seeds together, the last
  // one tells.
  static std::map<std::string, int> accepted;
  static std::set<std::string> asked;
  asked.insert(life.routes_asked().begin(), life.routes_asked().end());
  for (const auto& [route, times] : life.routes_accepted()) accepted[route] += times;
  if (runs.is_long && seed == runs.last)
    for (const auto& [route, times] : accepted)
      if (times < 10) std::printf("only %d times accepted: %s\n", times, route.c_str());
  if (!runs.are_all || seed != runs.last) return;
  std::size_t bulks = 0;
  for (const std::string& route : life.write_routes()) {
    if (route.ends_with("/bulk")) {   // one handler for all of them
      bulks += accepted.contains(route) ? 1 : 0;
      continue;
    }
    INFO(route << ": give an area of the model a deed that reaches it, or say in `not_modelled` why not");
    const bool is_reached = accepted.contains(route) || (!runs.is_long && (asked.contains(route) || is_like_one_of(asked, route)));
    CHECK(is_reached != (reason_not_modelled(route) != nullptr));
  }
  CHECK(bulks >= 5);
}

}  // namespace dealog::test::model
