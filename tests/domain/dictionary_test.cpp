// Sources, close reasons and contacts (SPEC 4 and 5).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;
namespace c = dealog::field::company;
namespace p = dealog::field::person;

namespace {
const Uuid fair = id_of("fair"), web = id_of("web");
const ObjectRef fair_ref{Kind::source, fair};
Create source(const Uuid& id, std::string name) { return create(Kind::source, id, {{field::source::name, std::move(name)}}); }
Edit sources(bool on) { return set_account(field::account::sources_on, on); }
Edit inheritance(bool on) { return set_account(field::account::source_inheritance_on, on); }
Create acme_from(const Uuid& from) { return create(Kind::company, acme, {{c::name, std::string("Acme")}, {c::source_id, from}}); }
}  // namespace

TEST_CASE("while sources are off the field is refused and stored values stay", "[domain][source][DIC-1]") {
  const Step with = create_deal(d1, {{d::source_id, fair}});
  CHECK(given(source(fair, "Fair")).when(with) == refused(Code::feature_off, "/source_id"));
  CHECK_FALSE(given(sources(true), source(fair, "Fair")).when(with).code);
  CHECK(given(sources(true), source(fair, "Fair"), with, sources(false)).when(edit(Kind::deal, d1, {{d::source_id, Value{}}})) ==
        refused(Code::feature_off, "/source_id"));
  World world;
  world.accept(sources(true)).accept(source(fair, "Fair")).accept(with).accept(sources(false));
  CHECK(world.deal(d1).id(d::source_id) == fair);
}

TEST_CASE("names of sources are unique until they are deleted", "[domain][source][GEN-11]") {
  const Step first = source(fair, "Fair"), gone = Delete{fair_ref};
  CHECK(given(first).when(source(web, "  FAIR ")) == refused(Code::name_taken, "/name"));
  CHECK(given(first, source(web, "Web")).when(edit(Kind::source, web, {{field::source::name, std::string("fair")}})) == refused(Code::name_taken, "/name"));
  CHECK(given(first).when(edit(Kind::source, fair, {{field::source::name, std::string("Fair")}})) == then());
  CHECK_FALSE(given(first).when(edit(Kind::source, fair, {{field::source::name, std::string("FAIR")}})).code);
  CHECK_FALSE(given(first, gone).when(source(web, "Fair")).code);
  CHECK(given(first, gone).when(Restore{fair_ref}) == refused(Code::object_deleted));
}

TEST_CASE("worked example 10: deleting a source is one event and strips it everywhere", "[domain][source][example][DIC-1]") {
  World world;
  world.accept(sources(true)).accept(source(fair, "Fair")).accept(create_deal(d1, {{d::source_id, fair}}));
  CHECK(types(world.run(Delete{fair_ref})) == "source.deleted");
  CHECK(types(world.decide(edit(Kind::deal, d1, {{d::source_id, Value{}}}))) == "");  // null already
  CHECK(describe(world.decide(edit(Kind::deal, d1, {{d::source_id, fair}}))) == "refused: unknown_reference [/source_id unknown_reference]");
  CHECK(describe(world.decide(create_deal(d2, {{d::source_id, fair}}))).starts_with("refused: unknown_reference"));
}

TEST_CASE("what is made for a company takes its source, unless one is named", "[domain][source][DIC-2]") {
  World world;
  world.accept(sources(true)).accept(source(fair, "Fair")).accept(source(web, "Web")).accept(acme_from(fair));
  const auto made = [&](Command command) {
    const Decision decision = world.decide([&] { Step step(Delete{}); step.command = std::move(command); return step; }());
    REQUIRE(decision);
    const auto& created = std::get<event::Created>(decision->events.back().event);
    Uuid from;
    for (const FieldChange& change : created.fields)
      if (change.field == d::source_id && decision->object.kind == Kind::deal) from = std::get<Uuid>(change.value);
      else if (change.field == p::source_id && decision->object.kind == Kind::person) from = std::get<Uuid>(change.value);
    return std::pair{from, created.source_inherited};
  };
  const Create deal = create_deal(d1, {{d::company_id, acme}});
  CHECK(made(deal) == std::pair{nobody, false});  // switched off
  world.accept(inheritance(true));
  CHECK(made(deal) == std::pair{fair, true});
  CHECK(made(create_deal(d1, {{d::company_id, acme}, {d::source_id, web}})) == std::pair{web, false});
  CHECK(made(create_deal(d1, {{d::company_id, acme}, {d::source_id, Value{}}})) == std::pair{nobody, false});
  CHECK(made(create(Kind::person, ala, {{p::name, std::string("Ala")}, {p::company_id, acme}})) == std::pair{fair, true});
  CHECK(made(create_person(ala, "Ala")) == std::pair{nobody, false});
  world.accept(Delete{fair_ref});
  CHECK(made(deal) == std::pair{nobody, false});  // stripped from the company too
}

TEST_CASE("close reasons are unique per outcome, and archived once used", "[domain][reason][DIC-3]") {
  const ObjectRef ref{Kind::close_reason, price};
  CloseDeal close{.deal = d1, .outcome = Status::lost, .reason = price};
  CHECK(given().when(create_reason(id_of("r"), "too DEAR", Status::lost)) == refused(Code::name_taken, "/name"));
  CHECK_FALSE(given().when(create_reason(id_of("r"), "too dear", Status::won)).code);
  CHECK_FALSE(given().when(Delete{ref}).code);
  CHECK(given(create_deal(d1), close).when(Delete{ref}) == refused(Code::in_use));
  CHECK(given(create_deal(d1), close, ReopenDeal{d1, {}}).when(Delete{ref}) == refused(Code::in_use));
  CHECK_FALSE(given(create_deal(d1), close).when(edit(Kind::close_reason, price, {{field::close_reason::is_archived, std::int64_t{1}}})).code);
  CHECK(given().when(create_reason(id_of("r"), "R", Status::open)) == refused(Code::invalid, "/outcome"));
  CHECK(given(Delete{ref}, create_reason(id_of("r"), "Too dear", Status::lost)).when(Restore{ref}) == refused(Code::name_taken));
}

TEST_CASE("a person is named, or by first and last name", "[domain][contact][CON-1]") {
  World world;
  world.accept(create(Kind::person, ala, {{p::first_name, std::string("Ala")}, {p::last_name, std::string("Nowak")}}));
  CHECK(world.view({Kind::person, ala}).text(p::name) == "Ala Nowak");
  CHECK(given().when(create(Kind::person, ala, {{p::job_title, std::string("CEO")}})) == refused(Code::required, "/name"));
  CHECK(given().when(create(Kind::company, acme, {})) == refused(Code::required, "/name"));
}

TEST_CASE("a name made of first and last name follows them; one that says something else stays", "[domain][contact][CON-1][CON-4]") {
  const auto name_after = [](Fields born, Fields changed) {
    World world;
    world.accept(create(Kind::person, ala, std::move(born))).accept(edit(Kind::person, ala, std::move(changed)));
    return world.view({Kind::person, ala}).text(p::name);
  };
  const auto ann = [](std::string first, std::string last) { return Fields{{p::first_name, std::move(first)}, {p::last_name, std::move(last)}}; };
  const Fields married{{p::last_name, std::string("Kowal")}};
  CHECK(name_after(ann("Ann", "Nowak"), married) == "Ann Kowal");
  CHECK(name_after(ann("Ann Mary", "van Dyk"), married) == "Ann Mary Kowal");
  CHECK(name_after(ann("Ann", "Nowak"), {{p::first_name, Value{}}}) == "Nowak");
  CHECK(name_after({{p::first_name, std::string("Ann")}}, married) == "Ann Kowal");
  CHECK(name_after({{p::last_name, std::string("Nowak")}}, married) == "Kowal");
  // Named by hand, or now; and nobody is left without a name.
  Fields called = ann("Ann", "Nowak");
  called.push_back({p::name, std::string("Annie N.")});
  CHECK(name_after(called, married) == "Annie N.");
  CHECK(name_after({{p::name, std::string("Ann Nowak")}}, married) == "Ann Nowak");
  CHECK(name_after(ann("Ann", "Nowak"), {{p::name, std::string("Ms Kowal")}, {p::last_name, std::string("Kowal")}}) == "Ms Kowal");
  CHECK(name_after({{p::last_name, std::string("Nowak")}}, {{p::last_name, Value{}}}) == "Nowak");

  // Whoever asks for the client by its new name finds it.
  World world;
  world.accept(create(Kind::person, ala, ann("Ann", "Nowak"))).accept(edit(Kind::person, ala, married));
  Create deal = create_deal(d1);
  deal.person_name = "ann kowal";
  CHECK(types(world.run(deal)) == "deal.created");
  CHECK(world.deal(d1).id(field::deal::person_id) == ala);
}

TEST_CASE("what is personal of a contact is sealed", "[domain][contact][CON-3]") {
  World world;
  const Decision decision = world.decide(create(Kind::person, ala, {{p::name, std::string("Ala")}, {p::emails, std::vector<std::string>{"ala@x.pl"}}, {p::owner_id, sam}}));
  REQUIRE(decision);
  CHECK(std::get<event::Created>(decision->events[0].event).fields == Fields{{p::owner_id, sam}});
  CHECK(decision->events[0].personal == Fields{{p::name, std::string("Ala")}, {p::emails, std::vector<std::string>{"ala@x.pl"}}});
}

TEST_CASE("lists of addresses are checked one by one", "[domain][contact][GEN-10]") {
  const auto with = [](std::vector<std::string> emails) { return create(Kind::company, acme, {{c::name, std::string("A")}, {c::emails, std::move(emails)}}); };
  CHECK(describe(World().decide(with({"a@x.pl", "b", "a@x.pl", " "}))) ==
        "refused: invalid [/emails/1 invalid] [/emails/2 duplicate] [/emails/3 required]");
  CHECK(given().when(with(std::vector<std::string>(51, "a@x.pl"))) == refused(Code::too_long, "/emails"));
  const Step made = with({"a@x.pl", "b@x.pl"});
  CHECK(given(made).when(edit(Kind::company, acme, {{c::emails, std::vector<std::string>{"a@x.pl", "b@x.pl"}}})) == then());
  CHECK_FALSE(given(made).when(edit(Kind::company, acme, {{c::emails, std::vector<std::string>{"b@x.pl", "a@x.pl"}}})).code);  // order matters to people
}

TEST_CASE("an erased person is simply without a name", "[domain][contact][CON-3]") {
  World world;
  world.accept(create_person(ala, "Ala"));
  Model erased;
  for (const auto& recorded : world.log) erased.apply(recorded.envelope, recorded.event.event, recorded.event.object.kind == Kind::person ? Fields{} : recorded.personal);
  Context context{.actor = administrator, .now = morning, .fresh_ids = {id_of("f")}};
  CHECK(describe(erased.decide(context, create(Kind::deal, d1, {{d::person_id, ala}}))) == "refused: required [/name required]");
  Create named = create_deal(d1);
  named.person_name = "Ala";
  CHECK(types(erased.decide(context, named)) == "person.created deal.created");  // nobody is found by an erased name
}
