// The account, users, teams and tokens (SPEC 3), and what a new account begins with.

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace u = dealog::field::user;

namespace {
Create team(const Uuid& id, std::string name, const Uuid& parent = {}) {
  Fields fields{{field::team::name, std::move(name)}};
  if (!parent.is_nil()) fields.push_back({field::team::parent_id, parent});
  return create(Kind::team, id, std::move(fields));
}
const Uuid north = id_of("north"), south = id_of("south"), east = id_of("east");
Edit role(const Uuid& user, Role role) { return edit(Kind::user, user, {{u::role, static_cast<std::int64_t>(role)}}); }
Edit suspend(const Uuid& user) { return edit(Kind::user, user, {{u::is_suspended, std::int64_t{1}}}); }
}  // namespace

TEST_CASE("an e-mail address belongs to one user", "[domain][user][GEN-11]") {
  Create twin = create_user(id_of("twin"), "twin", Role::salesperson);
  twin.fields[1].value = std::string(" SAM@Example.com");
  CHECK(given().when(twin) == refused(Code::name_taken, "/email"));
  CHECK(given().when(edit(Kind::user, sue, {{u::email, std::string("sam@example.com")}})) == refused(Code::name_taken, "/email"));
  CHECK(given().when(edit(Kind::user, sam, {{u::email, std::string("sam@example.com")}})) == then());
  CHECK_FALSE(given(edit(Kind::user, sam, {{u::email, std::string("sam2@example.com")}})).when(twin).code);
  for (const char* bad : {"sam", "@x", "a@", "a@b@c", "a b@c"}) {
    CAPTURE(bad);
    CHECK(given().when(edit(Kind::user, sam, {{u::email, std::string(bad)}})) == refused(Code::invalid, "/email"));
  }
  World world;
  CHECK(world.model.user_by_email("SAM@example.com") == sam);
  CHECK_FALSE(world.model.user_by_email("nobody@example.com"));
}

TEST_CASE("names and addresses of users are sealed", "[domain][user][CON-3]") {
  World world;
  const Decision decision = world.decide(create_user(id_of("new"), "new", Role::manager));
  REQUIRE(decision);
  CHECK(std::get<event::Created>(decision->events[0].event).fields == Fields{{u::role, std::int64_t{1}}});
  CHECK(decision->events[0].personal.size() == 2);
}

TEST_CASE("the last active administrator stays one", "[domain][user][ACC-5]") {
  CHECK(given().when(role(administrator, Role::manager)) == refused(Code::last_administrator, "/role"));
  CHECK(given().when(suspend(administrator)) == refused(Code::last_administrator, "/is_suspended"));
  CHECK_FALSE(given(role(sam, Role::administrator)).when(suspend(administrator)).code);
  CHECK(given(role(sam, Role::administrator), suspend(sam)).when(role(administrator, Role::manager)) == refused(Code::last_administrator, "/role"));
  CHECK_FALSE(given().when(suspend(sam)).code);
  CHECK(given(suspend(sam)).when(suspend(sam)) == then());
}

TEST_CASE("teams form a tree with unique names", "[domain][team][ACC-3][GEN-11]") {
  const Step first = team(north, "North"), second = team(south, "South", north), third = team(east, "East", south);
  const auto below = [](const Uuid& child, const Uuid& parent) { return edit(Kind::team, child, {{field::team::parent_id, parent}}); };
  CHECK(given(first).when(team(south, " NORTH ")) == refused(Code::name_taken, "/name"));
  CHECK(given(first, second, third).when(below(north, east)) == refused(Code::invalid, "/parent_id"));
  CHECK(given(first).when(below(north, north)) == refused(Code::invalid, "/parent_id"));
  CHECK_FALSE(given(first, second, third).when(below(east, north)).code);
  CHECK(given().when(team(south, "South", north)) == refused(Code::unknown_reference, "/parent_id"));
  CHECK(given(first, second).when(Delete{{Kind::team, north}}) == refused(Code::in_use));
  CHECK_FALSE(given(first, second, Delete{{Kind::team, south}}).when(Delete{{Kind::team, north}}).code);
  const Step gone = Delete{{Kind::team, north}};
  CHECK_FALSE(given(first, gone).when(team(south, "north")).code);  // a deleted name is free again
  CHECK(given(first, gone, team(south, "north")).when(Restore{{Kind::team, north}}) == refused(Code::name_taken));
  CHECK_FALSE(given(first, gone).when(Restore{{Kind::team, north}}).code);
}

TEST_CASE("a token is found by its hash until it is revoked, for good", "[domain][token][ACC-7]") {
  namespace t = field::token;
  const ObjectRef token{Kind::token, id_of("k")};
  const Create made = create(Kind::token, token.id, {{t::name, std::string("K")}, {t::user_id, sam}, {t::hash, std::string("bb")}, {t::read_only, std::int64_t{1}}});
  World world;
  world.accept(made);
  const auto principal = world.model.principal_by_token("bb");
  REQUIRE(principal);
  CHECK(principal->user == sam);
  CHECK(principal->role == Role::salesperson);
  CHECK(principal->read_only);
  CHECK_FALSE(world.model.principal_by_token("cc"));
  CHECK(world.model.principal_by_token("aa")->user == administrator);
  world.accept(suspend(sam));
  CHECK(world.model.principal_by_token("bb")->is_suspended);

  CHECK(given(made).when(Step(create_deal(d1)).by(sam).token(token.id)) == refused(Code::forbidden));
  CHECK(given(made).when(edit(Kind::token, token.id, {{t::name, std::string("L")}})) == refused(Code::not_writable, "/name"));
  CHECK(given(made, Delete{token}).when(Restore{token}) == refused(Code::object_deleted));
  CHECK(given().when(create(Kind::token, token.id, {{t::name, std::string("K")}, {t::user_id, sam}})) == refused(Code::required, "/hash"));
  world.accept(Delete{token});
  CHECK_FALSE(world.model.principal_by_token("bb"));
  Create expired = made;
  expired.fields.back() = {t::expires_at, morning.ms};
  CHECK(given(expired).when(Step(create_deal(d1)).by(sam).token(token.id)) == refused(Code::forbidden));
}

TEST_CASE("settings are checked, and the currency stays once there is anything that may hold an amount", "[domain][account][ACC-1][GEN-2]") {
  namespace a = field::account;
  const auto set = [](std::uint16_t field, std::string value) { return edit(Kind::account, account, {{field, std::move(value)}}); };
  CHECK(given().when(set(a::time_zone, "Mars/Base")) == refused(Code::invalid, "/time_zone"));
  CHECK(given().when(set(a::currency, "XXL")) == refused(Code::invalid, "/currency"));
  CHECK(given(create_deal(d1)).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));
  CHECK_FALSE(given().when(set(a::currency, "EUR")).code);
  CHECK_FALSE(given(create_company(acme, "Acme")).when(set(a::currency, "EUR")).code);
  namespace cf = field::custom_field;
  const auto custom = [](CustomType type) {
    return create(Kind::custom_field, id_of("fee"), {{cf::collection, std::int64_t{1}}, {cf::key, std::string("fee")}, {cf::type, static_cast<std::int64_t>(type)}});
  };
  CHECK_FALSE(given(custom(CustomType::number)).when(set(a::currency, "EUR")).code);
  const Step lead = create(Kind::lead, id_of("lead"), {{field::lead::title, std::string("Visitor")}, {field::lead::value, std::int64_t{5}}});
  const Step product = create(Kind::product, id_of("licence"), {{field::product::name, std::string("Licence")}, {field::product::price, std::int64_t{5}}});
  const Step rate = create(Kind::exchange_rate, id_of("rate"), {{field::exchange_rate::currency, std::string("USD")}, {field::exchange_rate::day, day("2026-01-01")}, {field::exchange_rate::rate, std::int64_t{4'000'000}}});
  CHECK(given(lead).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));
  CHECK(given(product).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));
  CHECK(given(rate).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));
  CHECK(given(custom(CustomType::money)).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));
  CHECK(given(lead, Delete{{Kind::lead, id_of("lead")}}).when(set(a::currency, "EUR")) == refused(Code::in_use, "/currency"));  // it may come back
  CHECK(given(lead).when(set(a::currency, "PLN")) == then());
  CHECK(given().when(set(a::slug, "other")) == refused(Code::not_writable, "/slug"));
  CHECK(given().when(set_account(a::costs_on, 0)) == then());
  CHECK(given().when(Delete{{Kind::account, account}}) == refused(Code::forbidden));
}

TEST_CASE("a new account can sell at once", "[domain][account][PRC-4]") {
  const NewAccount asked{.id = account, .name = "Test", .slug = "test", .currency = "PLN", .time_zone = "Europe/Warsaw",
                         .administrator_name = "Ada", .administrator_email = "ada@example.com", .token_hash = "aa"};
  const auto events = create_account_events(asked);
  REQUIRE_FALSE(events.has_error());
  CHECK((*events == *create_account_events(asked)));  // ids are derived
  const auto stages = default_stages(account);
  REQUIRE(stages.size() == 4);
  std::uint32_t weight = 0;
  for (const auto& stage : stages)
    for (const auto& each : stage.actions) weight += each.weight;
  CHECK(weight == 100);

  NewAccount wrong = asked;
  wrong.slug = "No Good";
  wrong.currency = "ABC";
  wrong.time_zone = "x";
  wrong.administrator_email = "ada";
  const auto refusal = create_account_events(wrong);
  REQUIRE(refusal.has_error());
  CHECK(refusal.error().faults.size() == 4);
}
