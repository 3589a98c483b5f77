// Groups, tags, task types, products, categories, exchange rates and saved filters (SPEC 4).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;
namespace c = dealog::field::company;
namespace w = dealog::field::word;

namespace {

const Uuid hot = id_of("hot"), cold = id_of("cold"), vip = id_of("vip"), visit = id_of("visit"), t1 = id_of("t1");

Create word(Kind kind, const Uuid& id, std::string name) { return create(kind, id, {{w::name, std::move(name)}}); }
Create tag(const Uuid& id, std::string name) { return word(Kind::tag, id, std::move(name)); }
Edit tags(const Uuid& deal, std::vector<Uuid> ids) { return edit(Kind::deal, deal, {{d::tags, std::move(ids)}}); }
Create rate(const Uuid& id, std::string currency, std::string_view on, std::int64_t millionths) {
  namespace r = field::exchange_rate;
  return create(Kind::exchange_rate, id, {{r::currency, std::move(currency)}, {r::day, day(on)}, {r::rate, millionths}});
}
Create task(const Uuid& id, const Uuid& type) { return create(Kind::task, id, {{field::task::name, std::string("Call")}, {field::task::type_id, type}}); }

}  // namespace

TEST_CASE("names of groups, tags, types and categories are unique in their kind until deleted", "[domain][dictionary][GEN-11][DIC-4]") {
  for (const Kind kind : {Kind::contact_group, Kind::deal_group, Kind::tag, Kind::task_type, Kind::product_category, Kind::cost_category}) {
    CAPTURE(name(kind));
    const Step first = word(kind, hot, "Hot"), gone = Delete{{kind, hot}};
    CHECK(given(first).when(word(kind, cold, " HOT ")) == refused(Code::name_taken, "/name"));
    CHECK_FALSE(given(first, gone).when(word(kind, cold, "hot")).code);
    CHECK_FALSE(given(first, word(kind, cold, "Cold")).when(edit(kind, cold, {{w::name, std::string("Colder")}})).code);
    CHECK(given(first, word(kind, cold, "Cold")).when(edit(kind, cold, {{w::name, std::string("hot")}})) == refused(Code::name_taken, "/name"));
  }
  CHECK_FALSE(given(word(Kind::deal_group, hot, "Hot")).when(word(Kind::contact_group, cold, "Hot")).code);
  CHECK_FALSE(given(word(Kind::product, hot, "Pipe")).when(word(Kind::product, cold, "Pipe")).code);
}

TEST_CASE("a deal has groups and tags, contacts have groups of their own", "[domain][dictionary][DIC-4]") {
  const Step group = word(Kind::deal_group, vip, "VIP"), first = tag(hot, "Hot");
  CHECK_FALSE(given(group, first).when(create_deal(d1, {{d::groups, std::vector<Uuid>{vip}}, {d::tags, std::vector<Uuid>{hot}}})).code);
  CHECK(given(group).when(create(Kind::company, acme, {{c::name, std::string("Acme")}, {c::groups, std::vector<Uuid>{vip}}})) ==
        refused(Code::unknown_reference, "/groups/0"));
  CHECK(given(first, create_deal(d1)).when(tags(d1, {hot, cold})) == refused(Code::unknown_reference, "/tags/1"));
  CHECK(given(first, create_deal(d1)).when(tags(d1, {hot, hot})) == refused(Code::duplicate, "/tags/1"));
  CHECK(given(first, tag(cold, "Cold"), create_deal(d1), tags(d1, {hot, cold})).when(tags(d1, {cold, hot})) == then());
}

TEST_CASE("deleting a tag is one event; an edit is compared with what is left", "[domain][dictionary][DIC-4][GEN-12]") {
  World world;
  world.accept(tag(hot, "Hot")).accept(tag(cold, "Cold")).accept(create_deal(d1)).accept(tags(d1, {hot, cold}));
  CHECK(types(world.run(Delete{{Kind::tag, hot}})) == "tag.deleted");
  CHECK(types(world.decide(tags(d1, {cold}))) == "");
  CHECK(types(world.decide(tags(d1, {}))) == "deal.edited");
  CHECK(describe(world.decide(tags(d1, {hot, cold}))) == "refused: unknown_reference [/tags/0 unknown_reference]");
  CHECK(describe(world.decide(Restore{{Kind::tag, hot}})) == "refused: object_deleted [ object_deleted]");
}

TEST_CASE("a task type that was used is archived, never deleted", "[domain][dictionary][DIC-4]") {
  const Step type = word(Kind::task_type, visit, "Visit");
  const ObjectRef ref{Kind::task_type, visit};
  CHECK_FALSE(given(type).when(Delete{ref}).code);
  CHECK(given(type, task(t1, visit)).when(Delete{ref}) == refused(Code::in_use));
  CHECK(given(type, edit(Kind::task_type, visit, {{w::is_archived, std::int64_t{1}}})).when(task(t1, visit)) == refused(Code::invalid, "/type_id"));
  CHECK(given(type, Delete{ref}).when(task(t1, visit)) == refused(Code::unknown_reference, "/type_id"));
  CHECK(given().when(task(t1, id_of("nothing"))) == refused(Code::unknown_reference, "/type_id"));
  CHECK_FALSE(given().when(task(t1, task_type_id("meeting"))).code);
  // "Other" is what a task is unless it is told; not when it was deleted.
  World world;
  world.accept(Delete{{Kind::task_type, task_type_id("other")}}).accept(create(Kind::task, t1, {{field::task::name, std::string("Call")}}));
  CHECK((world.view({Kind::task, t1})[field::task::type_id] == Value{}));
  CHECK(given().when(word(Kind::task_type, visit, "MEETING")) == refused(Code::name_taken, "/name"));
  CHECK(given(type, Delete{ref}, word(Kind::task_type, hot, "Visit")).when(Restore{ref}) == refused(Code::name_taken));
}

TEST_CASE("a trigger may name any task type that is there", "[domain][dictionary][PRC-2]") {
  World world;
  world.accept(word(Kind::task_type, visit, "Visit"));
  const auto with = [&](std::string type) {
    std::vector<event::Stage> stages = stages_abc();
    stages[0].actions[0].trigger = event::Trigger{.name = "Go there", .task_type = std::move(type)};
    return DefineProcess{.process = process, .stages = std::move(stages)};
  };
  CHECK(describe(world.decide(with(to_string(cold)))).find("task_type_id unknown_reference") != std::string::npos);
  world.accept(with(to_string(visit))).accept(create_deal(d1));
  const Decision done = world.run(CompleteAction{.deal = d1, .action = a1});
  REQUIRE(done);
  const auto& fields = std::get<event::Created>(done->events.back().event).fields;
  CHECK(std::ranges::any_of(fields, [](const FieldChange& change) { return change.field == field::task::type_id && change.value == Value{visit}; }));
  CHECK(describe(world.decide(Delete{{Kind::task_type, visit}})).starts_with("refused: in_use"));
  // One that names none makes tasks of type other; of no type, when that was deleted. An API that is given none says "other".
  for (const char* none : {"", "other"}) {
    CAPTURE(none);
    World without;
    without.accept(Delete{{Kind::task_type, task_type_id("other")}}).accept(with(none)).accept(create_deal(d1));
    const Decision made = without.run(CompleteAction{.deal = d1, .action = a1});
    REQUIRE(made);
    const auto& of_task = std::get<event::Created>(made->events.back().event).fields;
    CHECK(std::ranges::none_of(of_task, [](const FieldChange& change) { return change.field == field::task::type_id; }));
  }
}

TEST_CASE("a currency has one rate a day, above zero, and not the account's own", "[domain][dictionary][MON-5]") {
  const Step first = rate(hot, "EUR", "2026-01-01", 4'300'000);
  CHECK(given(first).when(rate(cold, "EUR", "2026-01-01", 4'400'000)) == refused(Code::name_taken, "/day"));
  CHECK_FALSE(given(first).when(rate(cold, "EUR", "2026-01-02", 4'400'000)).code);
  CHECK_FALSE(given(first, Delete{{Kind::exchange_rate, hot}}).when(rate(cold, "EUR", "2026-01-01", 4'400'000)).code);
  CHECK(given().when(rate(cold, "PLN", "2026-01-01", 1'000'000)) == refused(Code::invalid, "/currency"));
  CHECK(given().when(rate(cold, "EUX", "2026-01-01", 1'000'000)) == refused(Code::invalid, "/currency"));
  CHECK(given().when(rate(cold, "EUR", "2026-01-01", 0)) == refused(Code::out_of_range, "/rate"));
  CHECK(given(first).when(edit(Kind::exchange_rate, hot, {{field::exchange_rate::rate, std::int64_t{-1}}})) == refused(Code::out_of_range, "/rate"));
}

TEST_CASE("dictionaries are set up by managers, tags are made by sellers, filters are their creator's", "[domain][dictionary][ACC-5]") {
  CHECK(given().when(Step(word(Kind::deal_group, vip, "VIP")).by(sam)) == refused(Code::forbidden));
  CHECK_FALSE(given().when(Step(word(Kind::deal_group, vip, "VIP")).by(manager)).code);
  CHECK_FALSE(given().when(Step(tag(hot, "Hot")).by(sam)).code);
  CHECK(given(tag(hot, "Hot")).when(Step(Delete{{Kind::tag, hot}}).by(sam)) == refused(Code::forbidden));
  namespace s = field::saved_filter;
  const auto filter = [](std::int64_t shared) {
    return create(Kind::saved_filter, vip, {{s::name, std::string("Mine")}, {s::collection, std::int64_t{0}}, {s::filter, std::string("{}")}, {s::is_shared, shared}});
  };
  const Edit change = edit(Kind::saved_filter, vip, {{s::name, std::string("Ours")}});
  CHECK(given(Step(filter(0)).by(sam)).when(change) == refused(Code::not_found));
  CHECK(given(Step(filter(1)).by(sam)).when(Step(change).by(sue)) == refused(Code::forbidden));
  CHECK_FALSE(given(Step(filter(1)).by(sam)).when(Step(change).by(sam)).code);
  CHECK_FALSE(given(Step(filter(1)).by(sam)).when(change).code);
}
