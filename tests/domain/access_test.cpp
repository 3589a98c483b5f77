// Participants, access requests, what was read, suspended users, private notes and spaces (SPEC ACC-2, ACC-4, ACC-5, ACT-2, ACT-5).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;
namespace n = dealog::field::note;

namespace {
const ObjectRef the_deal{Kind::deal, d1}, the_note{Kind::note, id_of("note")}, the_space{Kind::space, id_of("space")};
const Edit suspend_sam = edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}});
Create private_note() { return create(Kind::note, the_note.id, {{n::text, std::string("Hm")}, {n::is_private, std::int64_t{1}}}); }
}  // namespace

TEST_CASE("participants are added and removed, and what holds already is no event", "[domain][access][ACC-4][GEN-12]") {
  const auto change = [](std::vector<Uuid> add, std::vector<Uuid> remove) { return ChangeParticipants{the_deal, std::move(add), std::move(remove)}; };
  const auto now = [](std::vector<Uuid> all) { return then(on(the_deal, event::Edited{{{d::participant_ids, std::move(all)}}})); };
  CHECK(given(create_deal(d1)).when(change({sam, sue}, {})) == now({sam, sue}));
  CHECK(given(create_deal(d1), change({sam}, {})).when(change({sue, sam}, {})) == now({sam, sue}));
  CHECK(given(create_deal(d1), change({sam, sue}, {})).when(change({}, {sam})) == now({sue}));
  CHECK(given(create_deal(d1), change({sam}, {})).when(change({sam}, {sue})) == then());
  CHECK(given(create_deal(d1)).when(change({id_of("x")}, {})) == refused(Code::unknown_reference, "/add/0"));
  CHECK(given(create_deal(d1)).when(change({sam, sam}, {})) == refused(Code::duplicate, "/add/1"));
  CHECK(given(create_deal(d1)).when(change({sam}, {sam})) == refused(Code::invalid, "/add/0"));
  CHECK(given(create_deal(d1)).when(Step(change({sam}, {})).by(sam)) == refused(Code::not_found));
  CHECK(given(create_deal(d1), change({sam}, {})).when(Step(change({sue}, {})).by(sam)) == now({sam, sue}));
  CHECK(given(create_deal(d1), suspend_sam).when(change({sam}, {})) == refused(Code::user_suspended, "/add/0"));
  CHECK(given(create_deal(d1), change({sam}, {}), suspend_sam).when(change({sam, sue}, {})) == now({sam, sue}));
}

TEST_CASE("participants beyond the bound, who came in as assignees, go again", "[domain][access][ACC-4][ACC-5]") {
  namespace t = dealog::field::task;
  World world;
  std::vector<Uuid> users;
  for (int i = 0; i < 202; ++i) {
    const std::string name = "user" + std::to_string(i);
    world.accept(create_user(users.emplace_back(id_of(name)), name, Role::salesperson));
  }
  const Uuid assignee = users[200], late = users[201];
  users.resize(200);
  world.accept(create_deal(d1)).accept(ChangeParticipants{the_deal, users, {}});
  world.accept(create(Kind::task, id_of("task"), {{t::name, std::string("Call")}, {t::deal_id, d1}, {t::assignee_id, assignee}}));
  CHECK(describe(world.decide(ChangeParticipants{the_deal, {late}, {}})) == "refused: too_long [/add too_long]");
  CHECK(types(world.decide(ChangeParticipants{the_deal, {late}, {users[0]}})) == "deal.edited");
  CHECK(types(world.run(ChangeParticipants{the_deal, {}, {users[0]}})) == "deal.edited");
  users.erase(users.begin());
  users.push_back(assignee);
  CHECK((world.deal(d1)[d::participant_ids] == Value{users}));
}

TEST_CASE("a request for access is the asker's own affair, whatever it names, and once a day", "[domain][access][ACC-5]") {
  const Step asks = Step(RequestAccess{sam, d1}).by(sam);
  CHECK(given().when(asks) == then(on({Kind::user, sam}, event::AccessRequested{d1})));
  CHECK(given(asks).when(asks) == then());
  CHECK(given(asks).when(Step(RequestAccess{sam, d2}).by(sam)) == then(on({Kind::user, sam}, event::AccessRequested{d2})));
  CHECK(given().when(Step(RequestAccess{sam, d1}).by(sue)) == refused(Code::forbidden));
  Step tomorrow(RequestAccess{sam, d1});
  CHECK(given(Step(RequestAccess{sam, d1}).by(sam).at("2026-02-10T08:00:00Z")).when(std::move(tomorrow).by(sam).at("2026-02-11T08:00:00Z")) ==
        then(on({Kind::user, sam}, event::AccessRequested{d1})));
  World flood;
  for (int i = 0; i < 100; ++i) CHECK(types(flood.run(Step(RequestAccess{sam, id_of(std::to_string(i))}).by(sam))) == "user.access_requested");
  CHECK(types(flood.run(Step(RequestAccess{sam, d1}).by(sam))) == "");
}

TEST_CASE("what was read never goes back, nor beyond the log", "[domain][access][ACT-5]") {
  const auto read = [](Position up_to) { return Step(ReadNotifications{sam, up_to}).by(sam); };
  CHECK(given().when(read(3)) == then(on({Kind::user, sam}, event::NotificationsRead{3})));
  CHECK(given(read(3)).when(read(3)) == then());
  CHECK(given(read(3)).when(read(2)) == then());
  CHECK(given().when(read(1'000'000)) == refused(Code::out_of_range, "/up_to"));
  CHECK(given().when(Step(ReadNotifications{sam, 1}).by(administrator)) == refused(Code::forbidden));
}

TEST_CASE("a suspended user is named nowhere anew, but in what is told of the past", "[domain][access][ACC-2]") {
  const auto owned = [] { return create_deal(d1, {{d::owner_id, sam}}); };
  CHECK(given(suspend_sam).when(owned()) == refused(Code::user_suspended, "/owner_id"));
  CHECK_FALSE(given(suspend_sam).when(Step(owned()).imported()).code);
  CHECK_FALSE(given(suspend_sam).when(Step(owned()).by(nobody)).code);
  CHECK_FALSE(given(owned(), suspend_sam).when(edit(Kind::deal, d1, {{d::owner_id, sue}})).code);
  CHECK(given(owned(), suspend_sam).when(edit(Kind::deal, d1, {{d::owner_id, sam}})) == then());
  // A suspended participant stays one, but is not made the owner.
  const Step shared = create_deal(d1, {{d::participant_ids, std::vector<Uuid>{sam}}});
  CHECK(given(shared, suspend_sam).when(edit(Kind::deal, d1, {{d::owner_id, sam}})) == refused(Code::user_suspended, "/owner_id"));
  CHECK_FALSE(given(shared, suspend_sam).when(edit(Kind::deal, d1, {{d::participant_ids, std::vector<Uuid>{sam, sue}}})).code);
  CHECK(given(suspend_sam).when(create(Kind::task, id_of("t"), {{field::task::name, std::string("T")}, {field::task::assignee_id, sam}})) ==
        refused(Code::user_suspended, "/assignee_id"));
}

TEST_CASE("a private note is edited by its author alone; guessing its words tells nothing", "[domain][access][ACC-5]") {
  const Step hers = Step(private_note()).by(sue);
  const Edit same = edit(Kind::note, the_note.id, {{n::text, std::string("Hm")}}), open = edit(Kind::note, the_note.id, {{n::is_private, std::int64_t{0}}});
  CHECK(given(hers).when(same) == refused(Code::forbidden, "/text"));
  CHECK(given(hers).when(open) == refused(Code::forbidden, "/is_private"));
  // That a the_note is no private one is nothing that others could not say.
  const Step shared = Step(create(Kind::note, the_note.id, {{n::text, std::string("Hm")}})).by(sue);
  CHECK(given(shared).when(open) == then());
  CHECK(given(shared).when(edit(Kind::note, the_note.id, {{n::is_private, std::int64_t{1}}})) == refused(Code::forbidden, "/is_private"));
  CHECK(given(hers).when(Step(same).by(sue)) == then());
  CHECK_FALSE(given(hers).when(Step(open).by(sue)).code);
  CHECK_FALSE(given(hers).when(Delete{the_note}).code);
  CHECK(given(hers).when(private_note()) == refused(Code::id_taken, "/id"));
  CHECK(given(hers).when(Step(private_note()).by(sue)) == then());
}

TEST_CASE("spaces are made and edited by who sells, and deleted by their own people", "[domain][access][ACC-5]") {
  namespace s = field::space;
  const Create made = create(Kind::space, the_space.id, {{s::name, std::string("Office")}, {s::description, std::string("Moving")}});
  CHECK(given().when(made) == then(NewEvent{.object = the_space, .event = event::Created{.fields = {{s::name, std::string("Office")}}},
                                            .personal = {{s::description, std::string("Moving")}}}));
  CHECK(given().when(Step(made).by(analyst)) == refused(Code::forbidden));
  const Step hers = Step(made).by(sue);
  CHECK_FALSE(given(hers).when(Step(edit(Kind::space, the_space.id, {{s::name, std::string("Other")}})).by(sam)).code);
  CHECK(given(hers).when(Step(Delete{the_space}).by(sam)) == refused(Code::forbidden));
  CHECK_FALSE(given(hers).when(Step(Delete{the_space}).by(sue)).code);
  CHECK_FALSE(given(hers, edit(Kind::space, the_space.id, {{s::owner_id, sam}})).when(Step(Delete{the_space}).by(sam)).code);
}
