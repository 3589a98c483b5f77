// Erasing personal data and legal holds, as decisions (SPEC CON-3).

#include "domain/prints.h"
#include "tests/support/catch.h"
#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;

namespace {

namespace p = field::person;

const Uuid ela = id_of("ela"), ola = id_of("ola"), ala_note = id_of("note"), other_note = id_of("other note"), ala_mail = id_of("mail"), ala_lead = id_of("lead"),
           ala_task = id_of("task");
const ObjectRef Ala{Kind::person, ala}, Ela{Kind::person, ela}, NoteRef{Kind::note, ala_note}, MailRef{Kind::email, ala_mail}, LeadRef{Kind::lead, ala_lead}, TaskRef{Kind::task, ala_task};

Step ala_is_there() {
  return create(Kind::person, ala, {{p::name, std::string("Ala Nowak")}, {p::emails, std::vector<std::string>{"ala@x.example"}}});
}
Step note_on(const Uuid& id, Kind kind, const Uuid& about) {
  const std::uint16_t link = kind == Kind::person ? field::note::person_id : kind == Kind::lead ? field::note::lead_id : field::note::company_id;
  Fields fields{{field::note::text, std::string("Ala said yes")}};
  if (!about.is_nil()) fields.push_back({link, about});
  return create(Kind::note, id, std::move(fields));
}
Step mail_of(const Uuid& person, const Uuid& id = ala_mail) {
  namespace e = field::email;
  Fields fields{{e::message_id, std::string("<1@x>")}, {e::from, std::string("ala@x.example")}, {e::to, std::vector<std::string>{"sam@example.com"}},
                {e::sent_at, morning.ms}};
  if (!person.is_nil()) fields.push_back({e::person_id, person});
  return create(Kind::email, id, std::move(fields));
}
Step lead_of(const Uuid& person) {
  Fields fields{{field::lead::title, std::string("A lead")}, {field::lead::raw_name, std::string("Ala Nowak")}};
  if (!person.is_nil()) fields.push_back({field::lead::person_id, person});
  return create(Kind::lead, ala_lead, std::move(fields));
}
Step task_for(const Uuid& person) {
  return create(Kind::task, ala_task, {{field::task::name, std::string("Call")}, {field::task::description, std::string("About her flat")}, {field::task::person_id, person}});
}
Step hold(ObjectRef object, std::string reason = "A court asks") { return command::PlaceHold{object, std::move(reason)}; }
Step lift(ObjectRef object) { return command::LiftHold{object}; }
Step erase(ObjectRef object, std::vector<Kind> along = {}) { return command::Erase{object, std::move(along)}; }
NewEvent erased(ObjectRef object, std::vector<ObjectRef> subjects) { return on(object, event::SubjectErased{std::move(subjects)}); }
NewEvent held(ObjectRef object, std::string reason = "A court asks") {
  NewEvent event = on(object, event::LegalHoldPlaced{});
  event.personal = {{field::hold_reason, std::move(reason)}};
  return event;
}

}  // namespace

TEST_CASE("Erasing a person names her alone, unless more is chosen", "[domain][erasure][CON-3]") {
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), mail_of(ala)).when(erase(Ala)) == then(erased(Ala, {Ala})));
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), mail_of(ala)).when(erase(Ala, {Kind::note})) == then(erased(Ala, {Ala, NoteRef})));
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), mail_of(ala), task_for(ala)).when(erase(Ala, {Kind::email, Kind::note, Kind::task})) ==
        then(erased(Ala, {Ala, TaskRef, NoteRef, MailRef})));
}

TEST_CASE("All that was merged into her is erased with her, and what was about them", "[domain][erasure][CON-3]") {
  const Step merge = command::MergeContact{Ala, ela};
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), note_on(ala_note, Kind::person, ela), merge).when(erase(Ala, {Kind::note})) ==
        then(erased(Ala, std::min(Ala, Ela) == Ala ? std::vector{Ala, Ela, NoteRef} : std::vector{Ela, Ala, NoteRef})));
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), merge).when(erase(Ela)) == refused(Code::already_merged));
}

TEST_CASE("A lead that is chosen takes its notes with it", "[domain][erasure][CON-3]") {
  CHECK(given(ala_is_there(), lead_of(ala), note_on(ala_note, Kind::lead, ala_lead)).when(erase(Ala, {Kind::note})) == then(erased(Ala, {Ala})));
  CHECK(given(ala_is_there(), lead_of(ala), note_on(ala_note, Kind::lead, ala_lead)).when(erase(Ala, {Kind::note, Kind::lead})) == then(erased(Ala, {Ala, NoteRef, LeadRef})));
  CHECK(given(lead_of(nobody)).when(erase(LeadRef)) == then(erased(LeadRef, {LeadRef})));
}

TEST_CASE("A file that hangs on her is erased along", "[domain][erasure][CON-3]") {
  namespace f = field::file;
  const ObjectRef file{Kind::file, id_of("file")};
  const Step upload = create(Kind::file, file.id, {{f::name, std::string("ala.pdf")}, {f::type, std::string("application/pdf")}, {f::size, std::int64_t{4}},
                                                   {f::sha256, std::string(64, 'a')}, {f::stored_as, std::string(32, 'b')}, {f::person_id, ala}});
  CHECK(given(ala_is_there(), upload).when(erase(Ala, {Kind::note})) == then(erased(Ala, {Ala})));
  CHECK(given(ala_is_there(), upload).when(erase(Ala, {Kind::file})) == then(erased(Ala, {Ala, file})));
}

TEST_CASE("What is no longer about her is left alone", "[domain][erasure][CON-3]") {
  const Step moved = edit(Kind::task, ala_task, {{field::task::person_id, ela}});
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), task_for(ala), moved).when(erase(Ala, {Kind::task})) == then(erased(Ala, {Ala})));
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), task_for(ala), moved).when(erase(Ela, {Kind::task})) == then(erased(Ela, {Ela, TaskRef})));
}

TEST_CASE("Only administrators erase and hold; who is unknown is not found; versions are compared", "[domain][erasure][CON-3][ACC-5]") {
  for (const Uuid& who : {manager, sam, analyst, auditor}) {
    CHECK(given(ala_is_there()).when(erase(Ala).by(who)) == refused(Code::forbidden));
    CHECK(given(ala_is_there()).when(hold(Ala).by(who)) == refused(Code::forbidden));
    CHECK(given(ala_is_there(), hold(Ala)).when(lift(Ala).by(who)) == refused(Code::forbidden));
  }
  CHECK(given().when(erase(Ala)) == refused(Code::not_found));
  CHECK(given().when(hold(Ala)) == refused(Code::not_found));
  CHECK(given(ala_is_there()).when(erase(Ala).if_match(7)) == refused(Code::version_mismatch));
  CHECK(given(create_deal(d1)).when(erase({Kind::deal, d1})) == refused(Code::forbidden));
  CHECK(given(create_deal(d1)).when(hold({Kind::deal, d1})) == refused(Code::forbidden));
}

TEST_CASE("Erasing what is erased is nothing; what came since is named alone [GEN-12]", "[domain][erasure][CON-3]") {
  CHECK(given(ala_is_there(), erase(Ala)).when(erase(Ala)) == then());
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), erase(Ala)).when(erase(Ala, {Kind::note})) == then(erased(Ala, {NoteRef})));
  CHECK(given(ala_is_there(), command::Delete{Ala}).when(erase(Ala)) == then(erased(Ala, {Ala})));
}

TEST_CASE("A legal hold forbids erasing, until it is lifted", "[domain][erasure][CON-3]") {
  CHECK(given(ala_is_there()).when(hold(Ala)) == then(held(Ala)));
  CHECK(given(ala_is_there(), hold(Ala)).when(erase(Ala)) == refused(Code::legal_hold));
  CHECK(given(ala_is_there(), hold(Ala), lift(Ala)).when(erase(Ala)) == then(erased(Ala, {Ala})));
  CHECK(given(ala_is_there(), hold(Ala)).when(lift(Ala)) == then(on(Ala, event::LegalHoldLifted{})));

  CHECK(given(ala_is_there(), hold(Ala)).when(hold(Ala)) == then());
  CHECK(given(ala_is_there(), hold(Ala)).when(hold(Ala, "Another court")) == then(held(Ala, "Another court")));
  CHECK(given(ala_is_there()).when(lift(Ala)) == then());
  CHECK(given(ala_is_there()).when(hold(Ala, "  ")) == refused(Code::required, "/reason"));
  CHECK(given(ala_is_there()).when(hold(Ala, std::string(2'001, 'x'))) == refused(Code::too_long, "/reason"));
  CHECK(given(ala_is_there(), erase(Ala)).when(hold(Ala)) == refused(Code::erased));
}

TEST_CASE("Held is also who has somebody merged into him that is held, and whose chosen note is", "[domain][erasure][CON-3]") {
  const Step merge = command::MergeContact{Ala, ela};
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), hold(Ela), merge).when(erase(Ala)) == refused(Code::legal_hold));
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), hold(Ela), merge, lift(Ela)).when(erase(Ala)).code == std::nullopt);
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), merge).when(hold(Ela)) == refused(Code::already_merged));
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), hold(NoteRef)).when(erase(Ala, {Kind::note})) == refused(Code::legal_hold));
  CHECK(given(ala_is_there(), note_on(ala_note, Kind::person, ala), hold(NoteRef)).when(erase(Ala)) == then(erased(Ala, {Ala})));

  World world;
  for (Step step : {ala_is_there(), note_on(ala_note, Kind::person, ala), hold(NoteRef), hold(Ala)}) world.accept(step);
  const Decision decision = world.decide(erase(Ala, {Kind::note}));
  REQUIRE_FALSE(decision);
  CHECK(decision.error().objects.size() == 2);
}

TEST_CASE("Nothing personal comes back to what was erased", "[domain][erasure][CON-3]") {
  const Fields named{{p::name, std::string("Ala Nowak")}};
  CHECK(given(ala_is_there(), erase(Ala)).when(edit(Kind::person, ala, named)) == refused(Code::erased, "/name"));
  CHECK(given(ala_is_there(), erase(Ala)).when(edit(Kind::person, ala, {{p::emails, Value{}}})) == then());
  CHECK(given(ala_is_there(), erase(Ala)).when(edit(Kind::person, ala, {{p::owner_id, sam}})) == then(on(Ala, event::Edited{{{p::owner_id, sam}}})));
  CHECK(given(create_company(acme, "Acme"), erase({Kind::company, acme}))
            .when(edit(Kind::company, acme, {{field::company::description, std::string("Run by Ala")}})) == refused(Code::erased, "/description"));
  CHECK(given(create_company(acme, "Acme"), erase({Kind::company, acme})).when(edit(Kind::company, acme, {{field::company::name, std::string("Acme 2")}})).code == std::nullopt);
  CHECK(given(lead_of(nobody), erase(LeadRef)).when(command::LoseLead{.lead = ala_lead, .reason = price, .note = "Ala said no", .effective_at = {}}) == refused(Code::erased));
  CHECK(given(note_on(ala_note, Kind::company, nobody), erase(NoteRef)).when(edit(Kind::note, ala_note, {{field::note::text, std::string("again")}})) == refused(Code::erased, "/text"));
}

TEST_CASE("What was erased is merged with nobody", "[domain][erasure][CON-3]") {
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), erase(Ala)).when(command::MergeContact{Ala, ela}) == refused(Code::erased));
  CHECK(given(ala_is_there(), create_person(ela, "Ela"), erase(Ala)).when(command::MergeContact{Ela, ala}) == refused(Code::erased, "/from_id"));
}

TEST_CASE("The model forgets names, addresses and senders", "[domain][erasure][CON-3]") {
  World world;
  for (Step step : {ala_is_there(), mail_of(ala), erase(Ala, {Kind::email})}) world.accept(step);
  // Nobody is found by her name any more: a new person is made.
  command::Create deal = create_deal(d1, {});
  deal.person_name = "Ala Nowak";
  const Decision made = world.run(deal);
  CHECK(types(made) == "person.created deal.created");
  // Her message is known by its id alone: recorded again, it would bring her back.
  CHECK(describe(world.run(mail_of(nobody, id_of("the same mail")))) == "nothing");

  World people;
  people.accept(edit(Kind::user, sam, {{field::user::is_suspended, std::int64_t{1}}}));
  REQUIRE(people.model.user_by_email("sam@example.com") == sam);
  people.accept(erase({Kind::user, sam}));
  CHECK_FALSE(people.model.user_by_email("sam@example.com"));
  CHECK(given().when(erase({Kind::user, sam})) == refused(Code::user_active));
}

TEST_CASE("A view of what was erased shows what is not personal, and says that it was erased, at any moment", "[domain][erasure][CON-3]") {
  World world;
  world.accept(ala_is_there());
  const Position before = world.log.size();
  world.accept(erase(Ala));
  CHECK(world.view(Ala).erased);
  CHECK(world.view(Ala).version == 2);
  // As it is read once the key is gone: without the personal part.
  for (World::Recorded& recorded : world.log) recorded.personal.clear();
  CHECK(world.view(Ala).text(p::name).empty());
  CHECK(world.view(Ala, end_of_time, before).erased);
}

TEST_CASE("Where a key is gone that no event tells of, nothing is sealed either", "[domain][erasure][CON-3]") {
  World world;
  world.accept(ala_is_there());
  world.model.forget(Ala);
  CHECK(describe(world.decide(edit(Kind::person, ala, {{p::name, std::string("Ala")}}))) == "refused: erased [/name erased]");
  CHECK(describe(world.decide(erase(Ala))) == "nothing");
}
