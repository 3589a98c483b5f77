// Custom fields (SPEC DIC-5).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace cf = dealog::field::custom_field;

namespace {

const Uuid size = id_of("size"), other = id_of("other");

Create define(const Uuid& id, std::string key, CustomType type, Fields more = {}, std::int64_t collection = 0) {
  Fields fields{{cf::collection, collection}, {cf::key, std::move(key)}, {cf::type, static_cast<std::int64_t>(type)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return create(Kind::custom_field, id, std::move(fields));
}
Create choice(const Uuid& id, std::string key, std::vector<std::string> words) {
  return define(id, std::move(key), CustomType::choice, {{cf::choices, std::move(words)}});
}
Create deal_with(const Uuid& id, std::string key, CustomValue::Written value) {
  Create made = create_deal(id);
  made.custom.push_back({std::move(key), std::move(value)});
  return made;
}
Edit set(const Uuid& deal, std::string key, CustomValue::Written value) {
  Edit made = edit(Kind::deal, deal, {});
  made.custom.push_back({std::move(key), std::move(value)});
  return made;
}
std::uint16_t number_of(World& world, const Uuid& id) { return static_cast<std::uint16_t>(world.view({Kind::custom_field, id}).number(cf::number)); }

}  // namespace

TEST_CASE("a definition has a key of its own collection, and choices where its type has them", "[domain][custom][DIC-5][GEN-11]") {
  const Step first = define(size, "size", CustomType::number);
  CHECK(given(first).when(define(other, "SIZE", CustomType::text)) == refused(Code::name_taken, "/key"));
  CHECK_FALSE(given(first).when(define(other, "size", CustomType::text, {}, 1)).code);
  CHECK_FALSE(given(first, Delete{{Kind::custom_field, size}}).when(define(other, "size", CustomType::text)).code);
  CHECK(given().when(define(size, "a b", CustomType::text)) == refused(Code::invalid, "/key"));
  CHECK(given().when(define(size, "size", CustomType::choice)) == refused(Code::required, "/choices"));
  CHECK(given().when(define(size, "size", CustomType::text, {{cf::choices, std::vector<std::string>{"S"}}})) == refused(Code::invalid, "/choices"));
  CHECK(given().when(choice(size, "size", {"S", " s "})) == refused(Code::duplicate, "/choices/1"));
  CHECK(given().when(Step(define(size, "size", CustomType::text)).by(manager)) == refused(Code::forbidden));
}

TEST_CASE("a custom yes or no may be unanswered, which is not no; taking away what is not there is nothing", "[domain][custom][DIC-5][GEN-12]") {
  World world;
  world.accept(define(size, "size", CustomType::boolean)).accept(create_deal(d1));
  const std::uint16_t number = number_of(world, size);
  CHECK(types(world.decide(set(d1, "size", std::monostate{}))) == "");
  CHECK(types(world.run(set(d1, "size", false))) == "deal.edited");
  CHECK((world.view({Kind::deal, d1})[number] == Value{std::int64_t{0}}));
  CHECK(types(world.decide(set(d1, "size", false))) == "");
  CHECK(types(world.run(set(d1, "size", std::monostate{}))) == "deal.edited");
  CHECK((world.view({Kind::deal, d1})[number] == Value{}));
  // Required of what is created from now on: an older deal has none, and says so again.
  world.accept(edit(Kind::custom_field, size, {{cf::required, std::int64_t{1}}}));
  CHECK(types(world.decide(set(d1, "size", std::monostate{}))) == "");
  world.accept(set(d1, "size", false));
  CHECK(describe(world.decide(set(d1, "size", std::monostate{}))) == "refused: required [/cf/size required]");
}

TEST_CASE("values are read by the type of their field", "[domain][custom][DIC-5]") {
  struct Case { CustomType type; CustomValue::Written good, bad; Value held; };
  const Case cases[] = {
      {CustomType::text, std::string("words"), true, std::string("words")},
      {CustomType::number, Decimal{"-12.5"}, std::string("12"), std::int64_t{-12'500'000}},
      {CustomType::money, Amount{"10.50", {}}, Decimal{"10"}, std::int64_t{1050}},
      {CustomType::date, std::string("2026-03-31"), std::string("March"), day("2026-03-31")},
      {CustomType::boolean, true, std::string("yes"), std::int64_t{1}},
      {CustomType::user, to_string(sam), std::string("sam"), sam},
  };
  for (const Case& each : cases) {
    World world;
    world.accept(define(size, "size", each.type)).accept(deal_with(d1, "size", each.good));
    const std::uint16_t number = number_of(world, size);
    CAPTURE(number);
    CHECK((world.view({Kind::deal, d1})[number] == each.held));
    CHECK(types(world.decide(set(d1, "size", each.good))) == "");
    CHECK(describe(world.decide(set(d1, "size", each.bad))) == "refused: wrong_type [/cf/size wrong_type]");
    CHECK(types(world.decide(set(d1, "size", std::monostate{}))) == "deal.edited");
  }
  CHECK(given(define(size, "size", CustomType::number)).when(deal_with(d1, "size", Decimal{"1.1234567"})) == refused(Code::invalid, "/cf/size"));
  CHECK(given(define(size, "size", CustomType::user)).when(deal_with(d1, "size", to_string(acme))) == refused(Code::unknown_reference, "/cf/size"));
  CHECK(given().when(deal_with(d1, "size", true)) == refused(Code::unknown_field, "/cf/size"));
}

TEST_CASE("a choice is one of the list; one that is no longer offered stays where it is", "[domain][custom][DIC-5]") {
  World world;
  world.accept(choice(size, "size", {"S", "L"})).accept(deal_with(d1, "size", std::string("S")));
  CHECK(describe(world.decide(set(d1, "size", std::string("XL")))) == "refused: invalid [/cf/size invalid]");
  world.accept(edit(Kind::custom_field, size, {{cf::choices, std::vector<std::string>{"L", "XL"}}}));
  CHECK((world.view({Kind::custom_field, size})[cf::retired_choices] == Value{std::vector<std::string>{"S"}}));
  CHECK(types(world.decide(set(d1, "size", std::string("S")))) == "");
  CHECK(describe(world.decide(deal_with(d2, "size", std::string("S")))) == "refused: invalid [/cf/size invalid]");
  world.accept(edit(Kind::custom_field, size, {{cf::choices, std::vector<std::string>{"S", "L"}}}));
  CHECK((world.view({Kind::custom_field, size})[cf::retired_choices] == Value{std::vector<std::string>{"XL"}}));
}

TEST_CASE("a required field is asked for at creation and cannot be emptied", "[domain][custom][DIC-5]") {
  const Step required = define(size, "size", CustomType::number, {{cf::required, std::int64_t{1}}});
  CHECK(given(required).when(create_deal(d1)) == refused(Code::required, "/cf/size"));
  CHECK_FALSE(given(required).when(deal_with(d1, "size", Decimal{"1"})).code);
  CHECK(given(required, deal_with(d1, "size", Decimal{"1"})).when(set(d1, "size", std::monostate{})) == refused(Code::required, "/cf/size"));
  CHECK_FALSE(given(create_deal(d1), required).when(edit(Kind::deal, d1, {{field::deal::name, std::string("Other")}})).code);
}

TEST_CASE("nothing but blanks, and no choice at all, are no answer to a required field", "[domain][custom][DIC-5]") {
  const Step text = define(size, "size", CustomType::text, {{cf::required, std::int64_t{1}}});
  for (const char* blank : {"", "   ", "\t"}) {
    CAPTURE(blank);
    CHECK(given(text).when(deal_with(d1, "size", std::string(blank))) == refused(Code::required, "/cf/size"));
    CHECK(given(text, deal_with(d1, "size", std::string("Large"))).when(set(d1, "size", std::string(blank))) == refused(Code::required, "/cf/size"));
  }
  const Step many = define(size, "size", CustomType::choices, {{cf::choices, std::vector<std::string>{"S", "L"}}, {cf::required, std::int64_t{1}}});
  CHECK(given(many).when(deal_with(d1, "size", std::vector<std::string>{})) == refused(Code::required, "/cf/size"));
  CHECK(given(many, deal_with(d1, "size", std::vector<std::string>{"S"})).when(set(d1, "size", std::vector<std::string>{})) == refused(Code::required, "/cf/size"));
  // A field that is not required may say so.
  CHECK_FALSE(given(define(size, "size", CustomType::text)).when(deal_with(d1, "size", std::string())).code);
}

TEST_CASE("a client by name is not made without its required custom fields; one that is there is taken", "[domain][custom][DIC-5][DEA-1]") {
  const Step of_companies = define(size, "size", CustomType::text, {{cf::required, std::int64_t{1}}}, 1);
  const Step of_persons = define(other, "other", CustomType::text, {{cf::required, std::int64_t{1}}}, 2);
  Create of_company = create_deal(d1), of_person = create_deal(d1);
  of_company.company_name = "Acme";
  of_person.person_name = "Ala";
  CHECK(given(of_companies).when(of_company) == refused(Code::required, "/company_name"));
  CHECK(given(of_persons).when(of_person) == refused(Code::required, "/person_name"));
  CHECK_FALSE(given(create_company(acme, "Acme"), of_companies).when(of_company).code);
  CHECK_FALSE(given(of_persons).when(of_company).code);
  World world;
  world.accept(of_companies);
  const Decision decision = world.decide(of_company);
  REQUIRE_FALSE(decision);
  CHECK(decision.error().faults.at(0).message == "A new company needs custom fields: size. Create it first.");
}

TEST_CASE("a number is never given twice, and a deleted field is unknown until it is restored", "[domain][custom][DIC-5]") {
  World world;
  const ObjectRef ref{Kind::custom_field, size};
  world.accept(define(size, "size", CustomType::number)).accept(deal_with(d1, "size", Decimal{"1"})).accept(Delete{ref});
  CHECK(describe(world.decide(set(d1, "size", Decimal{"2"}))) == "refused: unknown_field [/cf/size unknown_field]");
  world.accept(define(other, "size", CustomType::number));
  CHECK(number_of(world, other) == number_of(world, size) + 1);
  CHECK(describe(world.decide(Restore{ref})) == "refused: name_taken [ name_taken]");
  world.accept(Delete{{Kind::custom_field, other}});
  CHECK(types(world.decide(Restore{ref})) == "custom_field.restored");
}

TEST_CASE("a personal field is sealed with its object", "[domain][custom][DIC-5][CON-3]") {
  World world;
  world.accept(define(size, "size", CustomType::text, {{cf::personal, std::int64_t{1}}}, 2));
  Create person = create_person(ala, "Ala");
  person.custom.push_back({"size", std::string("secret")});
  const Decision decision = world.run(person);
  REQUIRE(decision);
  CHECK(describe(decision).find("+2 sealed") != std::string::npos);
  CHECK(world.view({Kind::person, ala}).text(number_of(world, size)) == "secret");
}
