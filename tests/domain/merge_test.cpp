// Merging contacts (SPEC CON-2).

#include <chrono>

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace c = dealog::field::company;
namespace p = dealog::field::person;
namespace d = dealog::field::deal;
namespace l = dealog::field::lead;

namespace {

const Uuid other_company = id_of("other");
const ObjectRef kept{Kind::company, acme}, gone{Kind::company, other_company};
const MergeContact merge{kept, other_company};
using Texts = std::vector<std::string>;

Create company(const Uuid& id, Fields fields = {}) {
  if (std::ranges::none_of(fields, [](const FieldChange& f) { return f.field == c::name; })) fields.push_back({c::name, std::string("Firm")});
  return create(Kind::company, id, std::move(fields));
}

}  // namespace

TEST_CASE("merging is one event on the target, told in the history of the other too", "[domain][merge][CON-2]") {
  NewEvent told = on(gone, event::Merged{{}, acme});
  told.cause = 0;
  CHECK(given(company(acme), company(other_company)).when(merge) == then(on(kept, event::Merged{other_company, {}}), told));
  CHECK(given(company(acme)).when(merge) == refused(Code::unknown_reference, "/from_id"));
  CHECK(given(company(acme)).when(MergeContact{kept, acme}) == refused(Code::invalid, "/from_id"));
  CHECK(given(company(acme), create_person(other_company, "Ala")).when(merge) == refused(Code::unknown_reference, "/from_id"));
  CHECK(given(company(acme), company(other_company), Delete{gone}).when(merge) == refused(Code::object_deleted, "/from_id"));
  CHECK(given(company(acme), company(other_company), Delete{kept}).when(merge) == refused(Code::object_deleted));
  CHECK(given(company(acme), company(other_company), merge).when(merge) == refused(Code::already_merged, "/from_id"));
}

TEST_CASE("what was merged is changed, deleted, merged and named no more", "[domain][merge][CON-2]") {
  const auto after = [](const Step& step) { return given(company(acme), company(other_company), company(id_of("third")), merge, create_deal(d1)).when(step); };
  CHECK(after(edit(Kind::company, other_company, {{c::name, std::string("New")}})) == refused(Code::already_merged));
  CHECK(after(Delete{gone}) == refused(Code::already_merged));
  CHECK(after(Restore{gone}) == refused(Code::already_merged));
  CHECK(after(MergeContact{gone, acme}) == refused(Code::already_merged));
  CHECK(after(MergeContact{{Kind::company, id_of("third")}, other_company}) == refused(Code::already_merged, "/from_id"));
  CHECK(after(create_deal(d2, {{d::company_id, other_company}})) == refused(Code::already_merged, "/company_id"));
  CHECK(after(edit(Kind::deal, d1, {{d::company_id, other_company}})) == refused(Code::already_merged, "/company_id"));
  // Its name is nobody's: a deal for that client makes another, or takes the single one that is left.
  World world;
  world.accept(company(acme, {{c::name, std::string("Firm")}})).accept(company(other_company, {{c::name, std::string("Firm")}})).accept(merge);
  Create deal = create_deal(d1);
  deal.company_name = "firm";
  world.accept(deal);
  CHECK(world.deal(d1).id(d::company_id) == acme);
}

TEST_CASE("the target's values win, what it lacks it takes, and lists become one", "[domain][merge][CON-2]") {
  World world;
  world.accept(company(acme, {{c::name, std::string("Acme")}, {c::emails, Texts{"a@x.pl", "b@x.pl"}}, {c::tax_id, std::string("1")}}));
  world.accept(company(other_company, {{c::name, std::string("Acme S.A.")}, {c::emails, Texts{"b@x.pl", "c@x.pl"}}, {c::tax_id, std::string("2")},
                               {c::address, std::string("Street 1")}, {c::owner_id, sam}, {c::description, std::string("Words")}}));
  const Position before = world.log.size();
  world.accept(merge);
  const View view = world.view(kept);
  CHECK(view.text(c::name) == "Acme");
  CHECK(view.text(c::tax_id) == "1");
  CHECK(view.text(c::address) == "Street 1");
  CHECK(view.text(c::description) == "Words");
  CHECK(view.id(c::owner_id) == sam);
  CHECK(view[c::emails] == Value{Texts{"a@x.pl", "b@x.pl", "c@x.pl"}});
  CHECK(view.version == 2);
  CHECK(world.view(gone).id(c::merged_into) == acme);
  // As known right before, neither had heard of it.
  CHECK(world.view(kept, end_of_time, before)[c::address] == Value{});
  CHECK(world.view(gone, end_of_time, before)[c::merged_into] == Value{});
  // What it took over it holds: setting it again is nothing, taking it away is something.
  CHECK(types(world.run(edit(Kind::company, acme, {{c::address, std::string("Street 1")}}))) == "");
  CHECK(types(world.run(edit(Kind::company, acme, {{c::address, Value{}}}))) == "company.edited");
  CHECK(world.view(kept)[c::address] == Value{});
  CHECK(types(world.run(edit(Kind::company, acme, {{c::emails, Value{}}}))) == "company.edited");
}

TEST_CASE("a deal of the merged client is the target's without an event of its own", "[domain][merge][CON-2][GEN-12]") {
  World world;
  world.accept(company(acme)).accept(company(other_company)).accept(create_deal(d1, {{d::company_id, other_company}})).accept(merge);
  CHECK(types(world.run(edit(Kind::deal, d1, {{d::company_id, acme}}))) == "");  // it is there already
  CHECK(types(world.run(edit(Kind::deal, d1, {{d::company_id, Value{}}}))) == "deal.edited");
}

TEST_CASE("a merged client's history is the target's", "[domain][merge][LEA-2]") {
  World world;
  world.accept(company(acme)).accept(company(other_company)).accept(create_deal(d1, {{d::company_id, other_company}})).accept(merge);
  world.accept(create_deal(d2, {{d::company_id, acme}}));
  CHECK(world.deal(d2).number(d::kind) == static_cast<int>(DealKind::repeat_inquiry));
  const Uuid lead = id_of("lead");
  world.accept(create(Kind::lead, lead, {{l::title, std::string("L")}, {l::company_id, acme}}));
  CHECK(world.view({Kind::lead, lead}).number(l::is_repeat) == 1);
  // Merged again, and taken to another client.
  const Uuid third = id_of("third");
  world.accept(company(third)).accept(MergeContact{{Kind::company, third}, acme});
  world.accept(edit(Kind::deal, d1, {{d::company_id, Value{}}, {d::name, std::string("x")}})).accept(edit(Kind::deal, d2, {{d::company_id, Value{}}}));
  world.accept(create_deal(d3, {{d::company_id, third}}));
  CHECK(world.deal(d3).number(d::kind) == static_cast<int>(DealKind::new_));
}

TEST_CASE("what was won with a client before he was merged is won with the target", "[domain][merge][LEA-2]") {
  World world;
  world.accept(company(acme)).accept(company(other_company)).accept(create_deal(d1, {{d::company_id, other_company}}));
  world.accept(CloseDeal{.deal = d1, .outcome = Status::won}).accept(merge).accept(create_deal(d2, {{d::company_id, acme}}));
  CHECK(world.deal(d2).number(d::kind) == static_cast<int>(DealKind::repeat));
}

TEST_CASE("salespeople merge only what is their own", "[domain][merge][rights][ACC-5]") {
  const Step hers = Step(company(acme)).by(sue), his = Step(company(other_company)).by(sam), his_too = Step(company(acme)).by(sam);
  CHECK(given(hers, his).when(Step(merge).by(sam)) == refused(Code::forbidden));
  CHECK(given(hers, his).when(Step(MergeContact{gone, acme}).by(sam)) == refused(Code::forbidden, "/from_id"));
  CHECK(types(World().accept(his_too).accept(his).run(Step(merge).by(sam))) == "company.merged company.merged");
  CHECK(given(his_too, his).when(Step(merge).by(analyst)) == refused(Code::forbidden));
}

TEST_CASE("the subjects of a person are he and all who were merged into him", "[domain][merge][CON-3]") {
  const Uuid ela = id_of("ela"), ola = id_of("ola");
  World world;
  for (const Uuid& id : {ala, ela, ola}) world.accept(create_person(id, "Ala"));
  world.accept(MergeContact{{Kind::person, ela}, ola}).accept(MergeContact{{Kind::person, ala}, ela});
  CHECK(world.model.subjects_of({Kind::person, ala}) == std::vector<Uuid>{ala, ela, ola});
  CHECK(world.model.subjects_of({Kind::person, ela}) == std::vector<Uuid>{ela, ola});
  CHECK(world.model.subjects_of({Kind::person, ola}) == std::vector<Uuid>{ola});
}

TEST_CASE("what merging 50,000 deals each and deleting a source of 500,000 costs", "[.measure]") {
  World world;
  const Uuid fair = id_of("fair");
  world.accept(set_account(field::account::sources_on, 1)).accept(create(Kind::source, fair, {{field::source::name, std::string("Fair")}}));
  world.accept(company(acme)).accept(company(other_company));
  const Position first = world.log.size() + 1;
  for (std::uint32_t i = 0; i < 500'000; ++i) {
    Fields fields{{d::name, std::string("D")}, {d::process_id, process}, {d::stage_id, A}, {d::source_id, fair}, {d::owner_id, sam}};
    if (i < 100'000) fields.push_back({d::company_id, i % 2 ? acme : other_company});
    const Envelope envelope{.position = first + i, .object = {Kind::deal, derived_uuid("measured", std::to_string(i))}, .version = 1,
                            .recorded_at = world.now(), .effective_at = world.now(), .actor = sam, .command = first + i};
    world.model.apply(envelope, event::Created{fields}, {});
  }
  const auto time = [&](const char* what, const Step& step) {
    const auto begun = std::chrono::steady_clock::now();
    world.accept(step);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    WARN(what << ": decided and applied in " << took.count() << " us");
  };
  time("merge of two companies with 50,000 deals each", merge);
  time("deletion of a source that 500,000 deals use", Delete{{Kind::source, fair}});
}
