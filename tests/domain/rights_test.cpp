// Who may see and do what (SPEC ACC-2, ACC-4, ACC-5).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

namespace {

bool sees(const World& world, const Uuid& user, ObjectRef object) { return world.model.may_see(user, object); }
Code code_of(const Decision& decision) { return decision ? Code{0} : decision.error().code; }
constexpr Code allowed{0};
const ObjectRef own_deal{Kind::deal, d1};
const Edit rename_deal = edit(Kind::deal, d1, {{d::name, std::string("Other")}});

}  // namespace

TEST_CASE("a private deal is seen by its people and those who see all", "[domain][rights][ACC-4]") {
  World world;
  world.accept(Step(create_deal(d1, {{d::owner_id, sue}})).by(manager));
  for (const Uuid& user : {administrator, manager, analyst, auditor, sue}) CHECK(sees(world, user, own_deal));
  CHECK_FALSE(sees(world, sam, own_deal));
  CHECK_FALSE(sees(world, id_of("stranger"), own_deal));
  CHECK_FALSE(sees(world, sue, {Kind::deal, d2}));

  world.accept(edit(Kind::deal, d1, {{d::participant_ids, std::vector{sam}}}));
  CHECK(sees(world, sam, own_deal));
  world.accept(edit(Kind::deal, d1, {{d::participant_ids, std::vector<Uuid>{}}}));
  CHECK_FALSE(sees(world, sam, own_deal));
  world.accept(edit(Kind::deal, d1, {{d::visibility, std::int64_t{1}}}));
  CHECK(sees(world, sam, own_deal));
}

TEST_CASE("what is hidden is not found, never forbidden", "[domain][rights][ACC-4]") {
  const Step hers = Step(create_deal(d1)).by(sue);
  CHECK(given(hers).when(Step(MoveDeal{d1, B, {}}).by(sam)) == refused(Code::not_found));
  CHECK(given(hers).when(Step(rename_deal).by(sam)) == refused(Code::not_found));
  CHECK(given(hers).when(Step(Delete{own_deal}).by(sam)) == refused(Code::not_found));
  CHECK(given(hers).when(Step(rename_deal).by(sam).if_match(9)) == refused(Code::not_found));
  CHECK(given(hers).when(Step(create(Kind::task, id_of("t"), {{field::task::name, std::string("T")}, {field::task::deal_id, d1}})).by(sam)) ==
        refused(Code::unknown_reference, "/links/deal_id"));
}

TEST_CASE("public gives reading only", "[domain][rights][ACC-5]") {
  const Step open_to_all = Step(create_deal(d1, {{d::visibility, std::int64_t{1}}})).by(sue);
  CHECK(given(open_to_all).when(Step(MoveDeal{d1, B, {}}).by(sam)) == refused(Code::forbidden));
  CHECK(given(open_to_all).when(Step(rename_deal).by(sam)) == refused(Code::forbidden));
  for (const Kind kind : {Kind::task, Kind::note}) {
    const std::uint16_t link = kind == Kind::task ? field::task::deal_id : field::note::deal_id;
    static_assert(field::task::name == field::note::text);
    CHECK(given(open_to_all).when(Step(create(kind, id_of("x"), {{field::task::name, std::string("T")}, {link, d1}})).by(sam)) ==
          refused(Code::forbidden, "/links/deal_id"));
  }
  CHECK_FALSE(given(open_to_all).when(Step(rename_deal).by(sue)).code);
  CHECK_FALSE(given(open_to_all).when(Step(rename_deal).by(manager)).code);
}

TEST_CASE("owner, creator and participants write a deal", "[domain][rights][ACC-5]") {
  const Step made = Step(create_deal(d1, {{d::owner_id, sue}})).by(sam);
  CHECK_FALSE(given(made).when(Step(rename_deal).by(sue)).code);
  CHECK_FALSE(given(made).when(Step(rename_deal).by(sam)).code);
  CHECK_FALSE(given(made).when(Step(Delete{own_deal}).by(sam)).code);
  CHECK_FALSE(given(create_deal(d1, {{d::participant_ids, std::vector{sam}}})).when(Step(rename_deal).by(sam)).code);
}

TEST_CASE("analysts and auditors change nothing", "[domain][rights][ACC-2]") {
  const auto no = refused(Code::forbidden);
  for (const Uuid& reader : {analyst, auditor}) {
    CHECK(given().when(Step(create_deal(d1)).by(reader)) == no);
    CHECK(given().when(Step(create_company(acme, "Acme")).by(reader)) == no);
    CHECK(given(create_deal(d1)).when(Step(rename_deal).by(reader)) == no);
    CHECK(given(create_deal(d1)).when(Step(Delete{own_deal}).by(reader)) == no);
    CHECK(given(create_deal(d1, {{d::owner_id, reader}})).when(Step(MoveDeal{d1, B, {}}).by(reader)) == no);
    CHECK(given().when(Step(create(Kind::note, id_of("n"), {{field::note::text, std::string("N")}})).by(reader)) == no);
  }
}

TEST_CASE("set-up belongs to administrators, processes and reasons to managers too", "[domain][rights][ACC-5]") {
  struct Setup { Command command; bool managers; };
  const Setup setups[] = {
      {create_user(id_of("new"), "new", Role::salesperson), false},
      {edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}}), false},
      {create(Kind::team, id_of("t"), {{field::team::name, std::string("T")}}), false},
      {create(Kind::token, id_of("k"), {{field::token::name, std::string("K")}, {field::token::user_id, sam}, {field::token::hash, std::string("bb")}}), false},
      {create(Kind::source, id_of("s"), {{field::source::name, std::string("S")}}), false},
      {set_account(field::account::costs_on, 1), false},
      {create_reason(id_of("r"), "R", Status::lost), true},
      {Delete{{Kind::close_reason, price}}, true},
      {ArchiveProcess{first_process(account)}, true},
  };
  for (const Setup& setup : setups) {
    const auto as = [&](const Uuid& user) {
      Step step(rename_deal);
      step.command = setup.command;
      World world;
      return code_of(world.decide(std::move(step).by(user)));
    };
    CAPTURE(name(target(setup.command).kind));
    CHECK(as(administrator) == allowed);
    CHECK(as(manager) == (setup.managers ? allowed : Code::forbidden));
    CHECK(as(sam) == Code::forbidden);
  }
}

TEST_CASE("salespeople edit all contacts and delete their own", "[domain][rights][ACC-5]") {
  const Step hers = Step(create_company(acme, "Acme")).by(sue);
  const ObjectRef company{Kind::company, acme};
  const auto renamed = edit(Kind::company, acme, {{field::company::name, std::string("Bolt")}});
  CHECK_FALSE(given(hers).when(Step(renamed).by(sam)).code);
  CHECK(given(hers).when(Step(Delete{company}).by(sam)) == refused(Code::forbidden));
  CHECK_FALSE(given(hers).when(Step(Delete{company}).by(sue)).code);
  CHECK_FALSE(given(hers).when(Step(Delete{company}).by(manager)).code);
  CHECK(given(hers, Delete{company}).when(Step(Restore{company}).by(sam)) == refused(Code::forbidden));
  CHECK_FALSE(given(hers, Delete{company}).when(Step(Restore{company}).by(sue)).code);
}

TEST_CASE("nobody takes over what he may not delete: its owner is changed by its own people and managers", "[domain][rights][ACC-5]") {
  static_assert(field::person::owner_id == field::company::owner_id);
  const std::tuple<ObjectRef, Step, std::uint16_t> things[] = {
      {{Kind::company, acme}, Step(create_company(acme, "Acme")).by(sue), field::company::owner_id},
      {{Kind::person, ala}, Step(create_person(ala, "Ala")).by(sue), field::person::owner_id},
      {{Kind::space, id_of("space")}, Step(create(Kind::space, id_of("space"), {{field::space::name, std::string("Office")}})).by(sue), field::space::owner_id}};
  for (const auto& [object, hers, field] : things) {
    CAPTURE(name(object.kind));
    const Edit takes = edit(object.kind, object.id, {{field, sam}}), empties = edit(object.kind, object.id, {{field, Value{}}});
    CHECK(given(hers).when(Step(takes).by(sam)) == refused(Code::forbidden, "/owner_id"));   // that nobody owns it makes it nobody's to take
    CHECK_FALSE(given(hers).when(Step(takes).by(sue)).code);
    CHECK_FALSE(given(hers).when(Step(takes).by(manager)).code);
    CHECK(given(hers, takes).when(Step(takes).by(sam)) == then());
    CHECK_FALSE(given(hers, takes).when(Step(empties).by(sam)).code);   // it is his by now
    CHECK(given(hers, edit(object.kind, object.id, {{field, sue}})).when(Step(empties).by(sam)) == refused(Code::forbidden, "/owner_id"));
  }
}

TEST_CASE("what hangs on a deal is seen with it, by its author and its assignee", "[domain][rights][ACC-5]") {
  World world;
  world.accept(Step(create_deal(d1)).by(sue));
  const ObjectRef note{Kind::note, id_of("n")}, task{Kind::task, id_of("t")}, email{Kind::email, id_of("e")}, free_task{Kind::task, id_of("t2")};
  world.accept(Step(create(Kind::note, note.id, {{field::note::text, std::string("N")}, {field::note::deal_id, d1}})).by(sue));
  world.accept(Step(create(Kind::task, task.id, {{field::task::name, std::string("T")}, {field::task::deal_id, d1}})).by(sue));
  world.accept(Step(create(Kind::task, free_task.id, {{field::task::name, std::string("T")}})).by(sue));
  namespace e = field::email;
  world.accept(Step(create(Kind::email, email.id, {{e::message_id, std::string("m")}, {e::from, std::string("s@x.pl")}, {e::to, std::vector<std::string>{"a@x.pl"}},
                                                   {e::sent_at, morning.ms}, {e::deal_id, d1}})).by(sue));
  for (const ObjectRef& object : {note, task, email}) {
    CHECK_FALSE(sees(world, sam, object));
    CHECK(sees(world, sue, object));
    CHECK(sees(world, analyst, object));
  }
  CHECK(sees(world, sam, free_task));
  CHECK(code_of(world.decide(Step(CompleteTask{task.id, {}}).by(sam))) == Code::not_found);
  world.accept(edit(Kind::task, task.id, {{field::task::assignee_id, sam}}));
  CHECK(sees(world, sam, task));
  CHECK(sees(world, sam, note));  // he became a participant of the own_deal
  CHECK(world.deal(d1)[d::participant_ids] == Value{std::vector{sam}});
}

TEST_CASE("a note is changed by its author and managers", "[domain][rights][ACC-5]") {
  const Uuid note = id_of("n");
  const Step hers = Step(create(Kind::note, note, {{field::note::text, std::string("N")}})).by(sue);
  const Edit other = edit(Kind::note, note, {{field::note::text, std::string("M")}});
  CHECK(given(hers).when(Step(other).by(sam)) == refused(Code::forbidden));
  CHECK_FALSE(given(hers).when(Step(other).by(sue)).code);
  CHECK_FALSE(given(hers).when(Step(other).by(manager)).code);
}

TEST_CASE("suspended and unknown users are refused, whatever they ask", "[domain][rights][ACC-2]") {
  const Step suspended = edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}});
  CHECK(given(suspended).when(Step(create_deal(d1)).by(sam)) == refused(Code::forbidden));
  CHECK(given().when(Step(create_deal(d1)).by(id_of("stranger"))) == refused(Code::forbidden));
  World world;
  world.accept(Step(create_deal(d1)).by(sam)).accept(suspended);
  CHECK_FALSE(sees(world, sam, own_deal));
  CHECK(world.deal(d1).id(d::owner_id) == sam);  // his data stays his
}

TEST_CASE("only managers, administrators and imports say who else did it", "[domain][rights][GEN-7]") {
  CHECK(given().when(Step(create_deal(d1)).by(sam).performed_by(sue)) == refused(Code::forbidden, "/performed_by"));
  CHECK_FALSE(given().when(Step(create_deal(d1)).by(sam).performed_by(sam)).code);
  CHECK_FALSE(given().when(Step(create_deal(d1)).by(sam).performed_by(sue).imported()).code);
  CHECK(given().when(Step(create_deal(d1)).by(manager).performed_by(id_of("x"))) == refused(Code::unknown_reference, "/performed_by"));
  World world;
  world.accept(Step(create_deal(d1)).by(manager).performed_by(sue));
  CHECK(world.deal(d1).id(field::created_by) == sue);
  CHECK(world.deal(d1).id(d::owner_id) == sue);
}

TEST_CASE("the version that was asked for is compared before rights", "[domain][rights][GEN-10]") {
  World world;
  world.accept(create_deal(d1)).accept(rename_deal);
  const Decision decision = world.decide(Step(Delete{own_deal}).if_match(1));
  REQUIRE_FALSE(decision);
  CHECK(decision.error().code == Code::version_mismatch);
  CHECK(decision.error().version == 2);
  CHECK(code_of(world.decide(Step(Delete{own_deal}).if_match(2))) == allowed);
  CHECK(code_of(world.decide(Step(Delete{own_deal}).by(analyst).if_match(1))) == Code::version_mismatch);
}

TEST_CASE("the system itself is bound by no role", "[domain][rights]") {
  CHECK_FALSE(given().when(Step(create_deal(d1, {{d::owner_id, sam}})).by(nobody)).code);
  CHECK(given().when(Step(create_deal(d1)).by(nobody)) == refused(Code::required, "/owner_id"));
  CHECK(given().when(Step(Delete{{Kind::user, sam}}).by(nobody)) == refused(Code::forbidden));
}
