// What was tried and taken back never was; what was tried and kept is as if nobody had tried [DEA-8].

#include <map>
#include <random>
#include <set>
#include <string>
#include <unordered_map>

#include "domain/trial.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {

template <class Map>
std::map<typename Map::key_type, typename Map::mapped_type> content(const Map& map) {
  return {map.begin(), map.end()};
}

// Of everything that the model keeps an index of.
class TrialWishes {
 public:
  explicit TrialWishes(unsigned seed) : random_(seed) {}

  Step next() {
    const Uuid deal = one_of({d1, d2, d3}), user = one_of({administrator, administrator, manager, sam, sue});
    const Uuid company = one_of({id_of("c1"), id_of("c2"), id_of("c3")}), person = one_of({id_of("p1"), id_of("p2"), id_of("p3")});
    const Uuid lead = one_of({id_of("l1"), id_of("l2")}), word = one_of({id_of("w1"), id_of("w2"), id_of("w3")});
    const Kind dictionary = one_of({Kind::source, Kind::tag, Kind::deal_group, Kind::task_type, Kind::product, Kind::product_category});
    const std::string name = "name " + std::to_string(random_() % 4);
    return Step(wish(static_cast<unsigned>(random_() % 30), deal, company, person, lead, {dictionary, word}, name)).by(user);
  }

 private:
  Command wish(unsigned which, const Uuid& deal, const Uuid& company, const Uuid& person, const Uuid& lead, ObjectRef word, const std::string& name) {
    switch (which) {
      case 0: case 1: case 2: return create_deal(deal, {{d::company_id, company}, {d::person_id, person}, {d::stage_id, one_of({A, B, C})}});
      case 3: return create_deal(deal, {{d::name, name}});
      case 4: case 5: return MoveDeal{deal, one_of({A, B, C, id_of("D")}), {}};
      case 6: return CompleteAction{.deal = deal, .action = one_of({a1, b1, c1}), .note = name};
      case 7: return ReopenAction{deal, one_of({a1, b1, c1}), {}};
      case 8: return CloseDeal{.deal = deal, .outcome = static_cast<Status>(1 + random_() % 3), .note = name};
      case 9: return ReopenDeal{deal, {}};
      case 10: return CorrectDeal{.deal = deal, .status = static_cast<Status>(1 + random_() % 3)};
      case 11: return Delete{{Kind::deal, deal}};
      case 12: return Restore{{Kind::deal, deal}};
      case 13: return edit(Kind::deal, deal, {{d::owner_id, one_of({sam, sue})}, {d::company_id, company}, {d::tags, std::vector<Uuid>{word.id}}});
      case 14: return create_company(company, name);
      case 15: return create(Kind::person, person, {{field::person::name, name}, {field::person::company_id, company}});
      case 16: return edit(Kind::company, company, {{field::company::name, name}});
      case 17: return MergeContact{{Kind::company, company}, one_of({id_of("c1"), id_of("c2")})};
      case 18: return create(Kind::lead, lead, {{field::lead::title, name}, {field::lead::company_id, company}});
      case 19: return ConvertLead{.lead = lead, .company = Becoming{}, .deal = Becoming{}};
      case 20: return LoseLead{lead, {}, name, {}};
      case 21: return ReopenLead{lead, {}};
      case 22: case 23: return create(word.kind, word.id, {{field::word::name, name}});
      case 24: return Delete{word};
      case 25: return edit(word.kind, word.id, {{field::word::name, name + "!"}});
      case 26: return edit(Kind::user, one_of({sue, analyst}), {{field::user::is_suspended, static_cast<std::int64_t>(random_() % 2)}, {field::user::email, name.substr(5) + "@example.com"}});
      case 27: {
        std::vector<event::Stage> stages = stages_abc();
        if (random_() % 2 == 0) stages.push_back({.id = id_of("D"), .name = "D"});
        if (random_() % 2 == 0) stages.erase(stages.begin() + 1);
        return DefineProcess{.process = process, .stages = stages, .removed_stages = {{B, A}, {id_of("D"), C}}};
      }
      case 28: return create(Kind::task, id_of("task " + name), {{field::task::name, name}, {field::task::deal_id, deal}, {field::task::assignee_id, one_of({sam, sue})}});
      default: return set_account(field::account::sources_on, static_cast<std::int64_t>(random_() % 2));
    }
  }

  template <class T>
  T one_of(std::initializer_list<T> these) { return *(these.begin() + random_() % these.size()); }
  std::mt19937 random_;
};

// A model that saw the log, and no trial.
struct Twin {
  Model model;
  std::size_t seen = 0;
  void follow(const World& world) {
    for (; seen < world.log.size(); ++seen) {
      const auto& recorded = world.log[seen];
      model.apply(recorded.envelope, event_of(*trusted_record(recorded.bytes)), recorded.personal);
    }
  }
};

void check_equal(World& world, const Twin& twin, TrialWishes& wishes) {
  for (int i = 0; i < 40; ++i) {
    const Step step = wishes.next();
    const Decision one = world.decide(step);
    Context context = step.extra;
    context.actor = step.actor;
    context.now = world.now();
    for (int n = 0; n < 8; ++n) context.fresh_ids.push_back(world.fresh(n));
    const Decision other = twin.model.decide(context, step.command);
    REQUIRE(describe(one) == describe(other));
    if (one) REQUIRE(one->events == other->events);
    REQUIRE(world.model.version_of(target(step.command)) == twin.model.version_of(target(step.command)));
    REQUIRE(world.model.may_see(sam, target(step.command)) == twin.model.may_see(sam, target(step.command)));
  }
  for (const Uuid& user : {administrator, sam, sue}) REQUIRE(world.model.last_command_of(user) == twin.model.last_command_of(user));
  for (const char* email : {"0@example.com", "1@example.com", "2@example.com", "sue@example.com"})
    REQUIRE(world.model.user_by_email(email) == twin.model.user_by_email(email));
}

}  // namespace

TEST_CASE("a map is as it was when a trial is taken back, whatever was done to it", "[domain][trial]") {
  Trial trial;
  Tried<std::unordered_map<int, std::string>> map(trial);
  map[1] = "one";
  map[2] = "two";
  const auto before = content(map);
  const std::string* lent = &map.find(1)->second;

  trial.begin();
  map.find(1)->second = "ONE";
  map[1] += "!";
  map.erase(2);
  map[2] = "TWO";
  map.erase(map.find(2));
  map.try_emplace(3, "three");
  map[4];
  map.erase(99);
  CHECK(content(map) == std::map<int, std::string>{{1, "ONE!"}, {3, "three"}, {4, ""}});
  trial.take_back();
  CHECK(content(map) == before);
  CHECK(&map.find(1)->second == lent);

  trial.begin();
  map[1] = "uno";
  map.erase(2);
  trial.keep();
  CHECK(content(map) == std::map<int, std::string>{{1, "uno"}});
  trial.begin();   // nothing is left of the one before
  trial.take_back();
  CHECK(content(map) == std::map<int, std::string>{{1, "uno"}});
}

TEST_CASE("a map of many values keeps those of a key, and how often, when a trial is taken back", "[domain][trial]") {
  Trial trial;
  TriedMany<std::unordered_multimap<int, int>> map(trial);
  const auto values = [&](int key) {
    std::multiset<int> all;
    const auto [first, last] = map.equal_range(key);
    for (auto each = first; each != last; ++each) all.insert(each->second);
    return all;
  };
  map.emplace(1, 10);
  map.emplace(1, 11);
  map.emplace(1, 11);
  trial.begin();
  map.erase(map.equal_range(1).first);
  map.emplace(1, 12);
  map.emplace(2, 20);
  CHECK(values(1).size() == 3);
  trial.take_back();
  CHECK(values(1) == std::multiset<int>{10, 11, 11});
  CHECK(values(2).empty());
}

TEST_CASE("a model decides after a trial that was taken back as if it had never been", "[domain][trial][property][DEA-8]") {
  const auto seed = GENERATE(range(0u, 25u));
  CAPTURE(seed);
  TrialWishes wishes(seed);
  World world;
  Twin twin;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 20; ++i) world.run(wishes.next());
    twin.follow(world);

    const std::size_t before = world.log.size();
    world.model.begin_trial();
    for (int i = 0; i < 25; ++i) world.run(wishes.next());
    if (round % 2 == 0) {
      world.model.take_back();
      world.log.resize(before);
    } else {
      world.model.keep();
      twin.follow(world);
    }
    CAPTURE(round, world.log.size() - before);
    check_equal(world, twin, wishes);
  }
}

TEST_CASE("a batch is begun once, by one, and knows its events", "[domain][DEA-8]") {
  const Uuid bulk = id_of("bulk");
  World world;
  world.accept(Step(BeginBatch{.id = bulk, .collection = Kind::deal, .targets = {d1, d2}}).by(sam));
  const Position begun = world.log.size();
  CHECK(world.run(Step(BeginBatch{.id = bulk}).by(sam))->events.empty());
  CHECK(world.run(Step(BeginBatch{.id = bulk}).by(sue)).error().code == Code::id_taken);
  CHECK(world.run(Step(BeginBatch{.id = id_of("other")}).by(analyst)).error().code == Code::forbidden);

  const auto part = [&](const Uuid& deal, const Uuid& by) {
    Step step = Step(create_deal(deal)).by(by);
    step.extra.batch = bulk;
    return step;
  };
  world.accept(part(d1, sam));
  world.accept(create_deal(d3));
  world.accept(part(d2, sam));
  CHECK(world.run(part(id_of("d4"), sue)).error().code == Code::forbidden);
  const auto held = world.model.batch(bulk);
  REQUIRE(held);
  CHECK(held->begun == begun);
  CHECK((held->begun_by == sam));
  CHECK(held->ranges == std::vector<std::pair<Position, Position>>{{begun + 1, begun + 1}, {begun + 3, begun + 3}});
  CHECK((world.model.batch_at(begun)->id == bulk));
  CHECK(world.model.last_command_of(sam) == begun + 3);
  CHECK(world.model.may_see(sam, {Kind::batch, bulk}));
  CHECK(world.model.may_see(auditor, {Kind::batch, bulk}));
  CHECK_FALSE(world.model.may_see(sue, {Kind::batch, bulk}));
}
