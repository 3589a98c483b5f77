// Sets that are added to and taken from, whatever else they hold (SPEC DEA-8).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;
namespace u = dealog::field::user;
namespace cf = dealog::field::custom_field;

namespace {

using Ids = std::vector<Uuid>;
using Words = std::vector<std::string>;

const Uuid warm_tag = id_of("hot"), cold_tag = id_of("cold"), warm = id_of("warm"), north_team = id_of("north"), south_team = id_of("south"), size_field = id_of("size");

Create named(Kind kind, const Uuid& id, std::string name) { return create(kind, id, {{field::word::name, std::move(name)}}); }
Edit change(ObjectRef object, std::uint16_t field, Members<Uuid> members) {
  Edit made{.object = object};
  made.sets.push_back({field, std::move(members)});
  return made;
}
Edit tags(Members<Uuid> members) { return change({Kind::deal, d1}, d::tags, std::move(members)); }
NewEvent now_has(Ids ids) { return on(d1, event::Edited{{{d::tags, std::move(ids)}}}); }

// Three tags, and a deal that has some of them.
World tagged(Ids ids) {
  World world;
  world.accept(named(Kind::tag, warm_tag, "Hot")).accept(named(Kind::tag, cold_tag, "Cold")).accept(named(Kind::tag, warm, "Warm"));
  world.accept(create_deal(d1, {{d::tags, std::move(ids)}}));
  return world;
}
Outcome of_tagged(Ids ids, Members<Uuid> members) { return Given(tagged(std::move(ids))).when(tags(std::move(members))); }

Create define_sizes(Fields more = {}, std::int64_t collection = 0) {
  Fields fields{{cf::collection, collection}, {cf::key, std::string("size")}, {cf::type, static_cast<std::int64_t>(CustomType::choices)}, {cf::choices, Words{"S", "L"}}};
  fields.insert(fields.end(), more.begin(), more.end());
  return create(Kind::custom_field, size_field, std::move(fields));
}
template <class C>   // a creation or an edit
C sized(C command, CustomValue::Written written) {
  command.custom.push_back({"size", std::move(written)});
  return command;
}
Edit sizes(Members<std::string> members, ObjectRef object = {Kind::deal, d1}) { return sized(Edit{.object = object}, std::move(members)); }
Value size_of(const World& world, ObjectRef object = {Kind::deal, d1}) {
  return world.view(object)[static_cast<std::uint16_t>(world.view({Kind::custom_field, size_field}).number(cf::number))];
}

}  // namespace

TEST_CASE("a tag is added beside the others, and removed from among them", "[domain][sets][DEA-8]") {
  CHECK(of_tagged({warm_tag}, {.add = {cold_tag}}) == then(now_has({warm_tag, cold_tag})));
  CHECK(of_tagged({}, {.add = {warm_tag}}) == then(now_has({warm_tag})));
  CHECK(of_tagged({warm_tag, cold_tag}, {.remove = {warm_tag}}) == then(now_has({cold_tag})));
  CHECK(of_tagged({warm_tag}, {.remove = {warm_tag}}) == then(now_has({})));
  CHECK(of_tagged({warm_tag, cold_tag}, {.add = {warm}, .remove = {warm_tag}}) == then(now_has({cold_tag, warm})));
}

TEST_CASE("to add what is there and to remove what is not changes nothing", "[domain][sets][DEA-8][GEN-12]") {
  CHECK(of_tagged({warm_tag, cold_tag}, {.add = {cold_tag}}) == then());
  CHECK(of_tagged({warm_tag}, {.remove = {cold_tag}}) == then());
  CHECK(of_tagged({warm_tag}, {.remove = {id_of("nothing")}}) == then());
  CHECK(of_tagged({warm_tag}, {.add = {warm_tag}, .remove = {cold_tag}}) == then());
  CHECK(of_tagged({}, {}) == then());
}

TEST_CASE("what is added must be there, once, and not be removed as well", "[domain][sets][DEA-8][GEN-10]") {
  CHECK(of_tagged({}, {.add = {warm_tag, id_of("nothing")}}) == refused(Code::unknown_reference, "/tags/add/1"));
  CHECK(of_tagged({}, {.add = {warm_tag, warm_tag}}) == refused(Code::duplicate, "/tags/add/1"));
  CHECK(of_tagged({warm_tag}, {.add = {warm_tag, warm_tag}}) == refused(Code::duplicate, "/tags/add/1"));
  CHECK(of_tagged({}, {.remove = {warm_tag, cold_tag, warm_tag}}) == refused(Code::duplicate, "/tags/remove/2"));
  CHECK(of_tagged({warm_tag}, {.add = {cold_tag, warm_tag}, .remove = {warm_tag}}) == refused(Code::invalid, "/tags/add/1"));
  World world = tagged({warm_tag, cold_tag});
  world.accept(Delete{{Kind::tag, warm_tag}});
  CHECK(describe(world.decide(tags({.add = {warm_tag}}))) == "refused: unknown_reference [/tags/add/0 unknown_reference]");
  Edit both = tags({.add = {cold_tag}});
  both.fields.push_back({d::tags, Ids{warm}});
  CHECK(describe(world.decide(both)) == "refused: duplicate [/tags duplicate]");
  CHECK(Given(tagged({})).when(change({Kind::deal, d1}, d::done_actions, {.add = {a1}})) == refused(Code::not_writable, "/done_actions"));
  CHECK(Given(tagged({})).when(Step(tags({.add = {warm_tag}})).by(analyst)) == refused(Code::forbidden));
}

TEST_CASE("a set has no more members for having been added to", "[domain][sets][DEA-8]") {
  World world;
  Ids ids;
  for (int i = 0; i < 201; ++i) world.accept(named(Kind::tag, ids.emplace_back(id_of("tag " + std::to_string(i))), "Tag " + std::to_string(i)));
  const Uuid last = ids.back();
  ids.pop_back();
  world.accept(create_deal(d1, {{d::tags, ids}}));
  CHECK(describe(world.decide(tags({.add = {last}}))) == "refused: too_long [/tags too_long]");
  CHECK(types(world.decide(tags({.add = {last}, .remove = {ids.front()}}))) == "deal.edited");
}

TEST_CASE("who adds loses nothing that another has added meanwhile", "[domain][sets][DEA-8]") {
  World world = tagged({warm_tag});
  world.accept(tags({.add = {cold_tag}})).accept(Step(tags({.add = {warm}})).by(manager)).accept(tags({.remove = {warm_tag}}));
  CHECK((world.deal(d1)[d::tags] == Value{Ids{cold_tag, warm}}));
}

TEST_CASE("what stays in a set is not looked at again, whatever has become of it", "[domain][sets][DEA-8][ACC-2][GEN-5]") {
  World world = tagged({warm_tag, cold_tag});
  world.accept(Delete{{Kind::tag, warm_tag}});
  CHECK(types(world.decide(tags({.add = {cold_tag}}))) == "");
  world.accept(tags({.add = {warm}}));
  CHECK((world.deal(d1)[d::tags] == Value{Ids{cold_tag, warm}}));

  // A deleted team has its members still; a suspended participant is one.
  const ObjectRef Sam{Kind::user, sam}, Deal{Kind::deal, d1};
  world.accept(named(Kind::team, north_team, "North")).accept(named(Kind::team, south_team, "South"));
  world.accept(edit(Kind::user, sam, {{u::team_ids, Ids{north_team}}})).accept(Delete{{Kind::team, north_team}});
  CHECK(describe(world.decide(edit(Kind::user, sam, {{u::team_ids, Ids{north_team, south_team}}}))) == "refused: unknown_reference [/team_ids/0 unknown_reference]");
  world.accept(change(Sam, u::team_ids, {.add = {south_team}}));
  CHECK((world.view(Sam)[u::team_ids] == Value{Ids{north_team, south_team}}));
  world.accept(edit(Kind::deal, d1, {{d::participant_ids, Ids{sue}}})).accept(edit(Kind::user, sue, {{u::is_suspended, std::int64_t{1}}}));
  world.accept(change(Deal, d::participant_ids, {.add = {sam}}));
  CHECK((world.deal(d1)[d::participant_ids] == Value{Ids{sue, sam}}));
  world.accept(change(Deal, d::participant_ids, {.remove = {sue}}));
  CHECK(describe(world.decide(change(Deal, d::participant_ids, {.add = {sue}}))) == "refused: user_suspended [/participant_ids/add/0 user_suspended]");
}

TEST_CASE("nobody learns what another's private note carries by adding what it has", "[domain][sets][DEA-8][ACT-2]") {
  const Uuid note = id_of("note");
  const Step his = Step(create(Kind::note, note, {{field::note::text, std::string("Words")}, {field::note::is_private, std::int64_t{1}}})).by(sam);
  CHECK(given(his).when(Step(change({Kind::note, note}, field::note::file_ids, {.remove = {warm_tag}})).by(manager)) == refused(Code::forbidden, "/file_ids"));
}

TEST_CASE("choices of a custom field are added and removed", "[domain][sets][custom][DEA-8][DIC-5]") {
  World world;
  world.accept(define_sizes()).accept(sized(create_deal(d1), Words{"L"}));
  CHECK(types(world.decide(sizes({.add = {"L"}}))) == "");
  CHECK(types(world.decide(sizes({.remove = {"S", "XL"}}))) == "");
  CHECK(describe(world.decide(sizes({.add = {"L", "XL"}}))) == "refused: invalid [/cf/size/add/1 invalid]");
  CHECK(describe(world.decide(sizes({.add = {"S"}, .remove = {"S"}}))) == "refused: invalid [/cf/size/add/0 invalid]");
  CHECK(types(world.run(sizes({.add = {"S"}}))) == "deal.edited");
  CHECK((size_of(world) == Value{Words{"L", "S"}}));
  world.accept(sizes({.remove = {"L"}}));
  CHECK((size_of(world) == Value{Words{"S"}}));

  // What is no longer offered stays, and can go, but comes to nothing else.
  world.accept(edit(Kind::custom_field, size_field, {{cf::choices, Words{"L", "XL"}}})).accept(sizes({.add = {"XL"}})).accept(create_deal(d2));
  CHECK((size_of(world) == Value{Words{"S", "XL"}}));
  CHECK(describe(world.decide(sizes({.add = {"S"}}, {Kind::deal, d2}))) == "refused: invalid [/cf/size/add/0 invalid]");
  world.accept(sizes({.remove = {"S"}}));
  CHECK((size_of(world) == Value{Words{"XL"}}));

  CHECK(given(define_sizes()).when(sized(create_deal(d1), Members<std::string>{.add = {"S"}})) == refused(Code::wrong_type, "/cf/size"));
  const Step number = create(Kind::custom_field, size_field, {{cf::collection, std::int64_t{0}}, {cf::key, std::string("size")}, {cf::type, static_cast<std::int64_t>(CustomType::number)}});
  CHECK(given(number, create_deal(d1)).when(sizes({.add = {"S"}})) == refused(Code::wrong_type, "/cf/size"));
}

TEST_CASE("a choice is known however often it was withdrawn and offered again", "[domain][sets][custom][DEA-8][DIC-5]") {
  World world;
  world.accept(define_sizes()).accept(sized(create_deal(d1), Words{"L"})).accept(create_deal(d2));
  for (const Words& choices : {Words{"S"}, Words{"XL", "L"}, Words{"XL"}}) {
    world.accept(edit(Kind::custom_field, size_field, {{cf::choices, choices}}));
    CHECK(types(world.decide(sizes({.add = {"L"}}))) == "");
  }
  world.accept(sizes({.add = {"XL"}})).accept(sizes({.add = {"XL"}}, {Kind::deal, d2}));
  CHECK((size_of(world) == Value{Words{"L", "XL"}}));
  world.accept(Delete{{Kind::custom_field, size_field}}).accept(Restore{{Kind::custom_field, size_field}}).accept(sizes({.remove = {"L"}}));
  CHECK((size_of(world) == Value{Words{"XL"}}));
  CHECK((size_of(world, {Kind::deal, d2}) == Value{Words{"XL"}}));
}

TEST_CASE("the last choice of a required field cannot be removed, as it cannot be emptied", "[domain][sets][custom][DEA-8][DIC-5]") {
  const Step required = define_sizes({{cf::required, std::int64_t{1}}}), deal = sized(create_deal(d1), Words{"S"});
  CHECK(given(required, deal).when(sizes({.remove = {"S"}})) == refused(Code::required, "/cf/size"));
  CHECK_FALSE(given(required, deal).when(sizes({.add = {"L"}, .remove = {"S"}})).code);
}

TEST_CASE("the choices of merged contacts are one set, and added to as such", "[domain][sets][custom][merge][DEA-8][CON-2]") {
  const ObjectRef kept{Kind::company, acme};
  World world;
  world.accept(define_sizes({}, 1)).accept(sized(create_company(acme, "Acme"), Words{"L"})).accept(sized(create_company(south_team, "South"), Words{"S"}));
  world.accept(MergeContact{kept, south_team});
  CHECK((size_of(world, kept) == Value{Words{"L", "S"}}));
  CHECK(types(world.decide(sizes({.add = {"S"}}, kept))) == "");
  world.accept(sizes({.remove = {"L"}}, kept));
  CHECK((size_of(world, kept) == Value{Words{"S"}}));
}

TEST_CASE("a set that a merge made larger than it may be is taken from, and does not grow", "[domain][sets][merge][DEA-8][CON-2]") {
  namespace co = dealog::field::company;
  const ObjectRef kept{Kind::company, acme};
  const auto grouped = [](const Uuid& id, std::string name, Ids groups) { return create(Kind::company, id, {{co::name, std::move(name)}, {co::groups, std::move(groups)}}); };
  World world;
  Ids all;
  for (int i = 0; i < 251; ++i) world.accept(named(Kind::contact_group, all.emplace_back(id_of("group " + std::to_string(i))), "Group " + std::to_string(i)));
  const Uuid first = all.front(), last = all.back();
  world.accept(grouped(acme, "Acme", Ids(all.begin(), all.begin() + 150))).accept(grouped(south_team, "South", Ids(all.begin() + 150, all.end() - 1)));
  world.accept(MergeContact{kept, south_team});
  CHECK(types(world.decide(change(kept, co::groups, {.remove = {first}}))) == "company.edited");
  CHECK(types(world.decide(change(kept, co::groups, {.add = {last}, .remove = {first}}))) == "company.edited");
  CHECK(describe(world.decide(change(kept, co::groups, {.add = {last}}))) == "refused: too_long [/groups too_long]");
  CHECK(describe(world.decide(edit(Kind::company, acme, {{co::groups, all}}))) == "refused: too_long [/groups too_long]");
}

TEST_CASE("choices that a merge made more than there may be are taken from, and do not grow", "[domain][sets][custom][merge][DEA-8][CON-2]") {
  const ObjectRef kept{Kind::company, acme};
  const auto words = [](std::string of, int n) {
    Words all;
    for (int i = 0; i < n; ++i) all.push_back(of + std::to_string(i));
    return all;
  };
  World world;
  world.accept(define_sizes({}, 1)).accept(edit(Kind::custom_field, size_field, {{cf::choices, words("a", 30)}}));
  world.accept(sized(create_company(acme, "Acme"), words("a", 30))).accept(edit(Kind::custom_field, size_field, {{cf::choices, words("b", 31)}}));
  world.accept(sized(create_company(south_team, "South"), words("b", 30))).accept(MergeContact{kept, south_team});
  CHECK(types(world.decide(sizes({.remove = {"a0"}}, kept))) == "company.edited");
  CHECK(types(world.decide(sizes({.add = {"b30"}, .remove = {"a0"}}, kept))) == "company.edited");
  CHECK(describe(world.decide(sizes({.add = {"b30"}}, kept))) == "refused: too_long [/cf/size too_long]");
}

TEST_CASE("what was erased of a set is added to no more", "[domain][sets][custom][DEA-8][CON-3]") {
  const ObjectRef person{Kind::person, ala};
  World world;
  world.accept(define_sizes({{cf::personal, std::int64_t{1}}}, 2)).accept(sized(create_person(ala, "Ala"), Words{"L"}));
  world.accept(sizes({.add = {"S"}}, person));
  CHECK((size_of(world, person) == Value{Words{"L", "S"}}));
  world.accept(Erase{person, {}});
  CHECK(describe(world.decide(sizes({.remove = {"L"}}, person))) == "refused: erased [/cf/size erased]");
}
