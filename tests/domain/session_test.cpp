// Passwords, log-ins and scopes (SPEC ACC-7).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace tk = dealog::field::token;

namespace {

const Uuid s1 = id_of("session 1"), s2 = id_of("session 2");
const ObjectRef user{Kind::user, sam};

Step set(std::string hash, std::string verified = {}) { return Step(SetPassword{sam, std::move(hash), std::move(verified)}).by(sam); }
Step log_in_as(const Uuid& session, std::string verified = "h1") {
  return Step(LogIn{session, sam, "hash of " + to_string(session), instant("2026-03-01T00:00:00Z"), std::move(verified)}).by(sam).token(session);
}
Code session_code(const Decision& decision) { return decision ? Code{0} : decision.error().code; }

}  // namespace

TEST_CASE("a password is set with the old one, or by an administrator, and its hash is sealed", "[domain][session][ACC-7]") {
  CHECK(given().when(set("h1")) == then(NewEvent{.object = user, .event = event::PasswordChanged{}, .personal = {{field::user::password_hash, std::string("h1")}}}));
  CHECK(given(set("h1")).when(set("h2")) == refused(Code::wrong_password, "/old_password"));
  CHECK(given(set("h1")).when(set("h2", "h0")) == refused(Code::wrong_password, "/old_password"));
  CHECK_FALSE(given(set("h1")).when(set("h2", "h1")).code);
  CHECK(given(set("h1")).when(SetPassword{sam, "h2", {}}) ==
        then(NewEvent{.object = user, .event = event::PasswordChanged{.was_reset = true}, .personal = {{field::user::password_hash, std::string("h2")}}}));
  for (const Uuid& other : {manager, sue, analyst, auditor}) CHECK(given().when(Step(SetPassword{sam, "h2", {}}).by(other)) == refused(Code::forbidden));
  World world;
  world.accept(set("h1"));
  CHECK(world.model.password_of(sam) == "h1");
  CHECK(world.view(user)[field::user::password_hash] == Value{});
  world.accept(edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}}));
  CHECK(world.model.password_of(sam).empty());
}

TEST_CASE("a log-in makes a session for the password that holds now", "[domain][session][ACC-7]") {
  CHECK(given().when(log_in_as(s1, "")) == refused(Code::forbidden));
  CHECK(given(set("h1")).when(log_in_as(s1, "h0")) == refused(Code::forbidden));
  CHECK(given(set("h1"), edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}})).when(log_in_as(s1)) == refused(Code::forbidden));
  World world;
  world.accept(set("h1")).accept(log_in_as(s1));
  const auto principal = world.model.principal_by_token("hash of " + to_string(s1));
  REQUIRE(principal);
  CHECK(principal->user == sam);
  CHECK(principal->is_session);
  CHECK(world.view({Kind::token, s1}).number(tk::is_session) == 1);
  CHECK(session_code(world.decide(log_in_as(s1))) == Code::forbidden);   // the id is taken
}

TEST_CASE("sessions end with a new password, with suspension and by their own user", "[domain][session][ACC-7]") {
  const auto lives = [](const World& world, const Uuid& session) { return world.model.principal_by_token("hash of " + to_string(session)).has_value(); };
  World changed;
  changed.accept(set("h1")).accept(log_in_as(s1)).accept(log_in_as(s2)).accept(set("h2", "h1").token(s2));
  CHECK_FALSE(lives(changed, s1));
  CHECK(lives(changed, s2));
  CHECK(session_code(changed.decide(Step(LogOut{s2}).by(sue))) == Code::not_found);
  CHECK(session_code(changed.decide(Step(LogOut{s2}).by(administrator))) == Code::not_found);
  changed.accept(Step(LogOut{s2}).by(sam));
  CHECK_FALSE(lives(changed, s2));
  CHECK(types(changed.run(Step(LogOut{s2}).by(sam))) == "");

  World suspended;
  suspended.accept(set("h1")).accept(log_in_as(s1));
  CHECK(types(suspended.run(edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}}))) == "user.edited token.deleted");
  CHECK_FALSE(lives(suspended, s1));

  World himself;   // in that session
  himself.accept(edit(Kind::user, manager, {{field::user::role, static_cast<std::int64_t>(Role::administrator)}}));
  himself.accept(Step(SetPassword{administrator, "h1", {}}).by(administrator));
  himself.accept(Step(LogIn{s1, administrator, "hash of " + to_string(s1), instant("2026-03-01T00:00:00Z"), "h1"}).by(administrator).token(s1));
  CHECK(types(himself.run(Step(edit(Kind::user, administrator, {{field::user::is_suspended, std::int64_t{1}}})).by(administrator).token(s1))) == "user.edited token.deleted");

  World rehashed;
  rehashed.accept(set("h1")).accept(log_in_as(s1));
  CHECK(types(rehashed.run(Step(SetPassword{sam, "h2", "h1", true}).by(sam))) == "user.password_changed");
  CHECK(lives(rehashed, s1));
}

TEST_CASE("sessions that are over are forgotten, and the fifty-first takes the place of the oldest", "[domain][session][ACC-7]") {
  World world;
  world.accept(set("h1"));
  std::vector<Uuid> sessions;
  for (int i = 0; i < 51; ++i) {
    sessions.push_back(id_of("session " + std::to_string(i)));
    world.accept(log_in_as(sessions.back()));
  }
  CHECK_FALSE(world.model.principal_by_token("hash of " + to_string(sessions[0])));
  CHECK(world.model.principal_by_token("hash of " + to_string(sessions[1])));
  Step later(LogIn{id_of("later"), sam, "later", instant("2026-04-02T00:00:00Z"), "h1"});
  world.accept(std::move(later).by(sam).at("2026-04-01T00:00:00Z"));
  CHECK_FALSE(world.model.principal_by_token("hash of " + to_string(sessions[1])));
  CHECK(world.model.principal_by_token("later"));
}

TEST_CASE("a token that is limited to scopes makes none that can do more, and sets no passwords", "[domain][session][ACC-7]") {
  const Uuid limited = id_of("limited");
  const auto token = [](const Uuid& id, std::vector<std::string> scopes) {
    Fields fields{{tk::name, std::string("t")}, {tk::user_id, administrator}, {tk::hash, to_string(id)}};
    if (!scopes.empty()) fields.push_back({tk::scopes, std::move(scopes)});
    return create(Kind::token, id, std::move(fields));
  };
  const Step made = token(limited, {"tokens", "deals"});
  CHECK_FALSE(given(made).when(Step(token(s1, {"deals"})).token(limited)).code);
  CHECK(given(made).when(Step(token(s1, {"deals", "people"})).token(limited)) == refused(Code::forbidden, "/scopes/1"));
  CHECK(given(made).when(Step(token(s1, {})).token(limited)) == refused(Code::forbidden, "/scopes"));
  CHECK(given(made).when(Step(SetPassword{sam, "h", {}}).token(limited)) == refused(Code::forbidden));
}
