// Uploaded files (SPEC ACT-2, ACT-4, PRC-2): what hangs where, and who sees it.

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace f = dealog::field::file;
namespace n = dealog::field::note;

namespace {

const ObjectRef file{Kind::file, id_of("file")}, note{Kind::note, id_of("note")};
using Ids = std::vector<Uuid>;

Create upload(Fields more = {}) {
  Fields fields{{f::name, std::string("offer.pdf")}, {f::type, std::string("application/pdf")}, {f::size, std::int64_t{4}},
                {f::sha256, std::string(64, 'a')}, {f::stored_as, std::string(32, 'b')}};
  fields.insert(fields.end(), more.begin(), more.end());
  return create(Kind::file, file.id, std::move(fields));
}
Create write_note(Fields more) {
  more.push_back({n::text, std::string("See the file")});
  return create(Kind::note, note.id, std::move(more));
}
DefineProcess demanding(event::NoteRule rule) {
  DefineProcess define{.process = process, .stages = stages_abc()};
  define.stages[0].actions[0].note = rule;
  return define;
}

}  // namespace

TEST_CASE("a file is what was uploaded, its name and hash sealed [ACT-4][CON-3]", "[domain][file]") {
  World world;
  const Decision made = world.run(Step(upload()).by(sam));
  REQUIRE(types(made) == "file.created");
  for (const FieldChange& change : made->events[0].personal) CHECK((change.field == f::name || change.field == f::sha256));
  CHECK(made->events[0].personal.size() == 2);
  CHECK(world.view(file).text(f::name) == "offer.pdf");
  CHECK(world.view(file).number(f::size) == 4);
  CHECK(types(world.run(Step(upload()).by(sam))).empty());   // the same once more
}

TEST_CASE("there is no file without bytes on the disk, whichever door it comes through [ACT-4]", "[domain][file]") {
  Create without = upload();
  std::erase_if(without.fields, [](const FieldChange& change) { return change.field == f::stored_as; });
  CHECK(given().when(without) == refused(Code::required, "/stored_as"));
  for (const std::string& name : {std::string("../../keys"), std::string(32, 'B'), std::string(31, 'b')}) {
    CAPTURE(name);
    Create elsewhere = without;
    elsewhere.fields.push_back({f::stored_as, name});
    CHECK(given().when(elsewhere) == refused(Code::required, "/stored_as"));
  }
}

TEST_CASE("what was uploaded is never changed, only deleted and restored [ACT-4]", "[domain][file]") {
  CHECK(given(Step(upload()).by(sam)).when(Step(edit(Kind::file, file.id, {{f::name, std::string("other.pdf")}})).by(sam)) == refused(Code::not_writable, "/name"));
  CHECK(given(upload()).when(edit(Kind::file, file.id, {{f::stored_as, std::string(32, 'c')}})) == refused(Code::not_writable, "/stored_as"));
  CHECK(given(Step(upload()).by(sam)).when(Step(Delete{file}).by(sam)) == then(on(file, event::Deleted{})));
  CHECK(given(create_person(ala, "Ala"), Step(upload({{f::person_id, ala}})).by(manager)).when(Step(Delete{file}).by(sam)) == refused(Code::forbidden));
}

TEST_CASE("a file is seen by those who see what it hangs on; hanging on nothing, by its author [ACC-5]", "[domain][file][rights]") {
  const auto seen = [](std::vector<Step> before, const Uuid& who) {
    World world;
    for (const Step& step : before) world.accept(step);
    return world.model.may_see(who, file);
  };
  const Step of_sam = Step(upload()).by(sam);
  CHECK(seen({of_sam}, sam));
  CHECK_FALSE(seen({of_sam}, sue));
  for (const Uuid& all : {administrator, manager, analyst, auditor}) CHECK(seen({of_sam}, all));

  const Step hidden = create_deal(d1), open = create_deal(d1, {{field::deal::visibility, std::int64_t{1}}});
  CHECK_FALSE(seen({hidden, Step(upload({{f::deal_id, d1}}))}, sue));
  CHECK(seen({open, Step(upload({{f::deal_id, d1}}))}, sue));
  CHECK(seen({create_person(ala, "Ala"), Step(upload({{f::person_id, ala}}))}, sue));
  // A person beside a deal opens nothing.
  CHECK_FALSE(seen({create_person(ala, "Ala"), hidden, Step(upload({{f::deal_id, d1}, {f::person_id, ala}}))}, sue));
  // Nothing is hung on what one may not write.
  CHECK(given(open).when(Step(upload({{f::deal_id, d1}})).by(sue)) == refused(Code::forbidden, "/links/deal_id"));
  CHECK(given(hidden).when(Step(upload({{f::deal_id, d1}})).by(sue)) == refused(Code::unknown_reference, "/links/deal_id"));
}

TEST_CASE("a file that hangs on nothing comes to hang where the note does that carries it, and stays there [ACT-2]", "[domain][file]") {
  World world;
  world.accept(create_deal(d1)).accept(create_deal(d2)).accept(upload());
  const Decision made = world.run(write_note({{n::deal_id, d1}, {n::file_ids, Ids{file.id}}}));
  CHECK(types(made) == "note.created file.edited");
  CHECK(made->events[1].cause == 0u);
  CHECK(world.view(file).id(f::deal_id) == d1);
  CHECK(types(world.run(create(Kind::note, id_of("other"), {{n::text, std::string("Again")}, {n::deal_id, d2}, {n::file_ids, Ids{file.id}}}))) == "note.created");
  CHECK(world.view(file).id(f::deal_id) == d1);
}

TEST_CASE("a note gets files later, too [ACT-2]", "[domain][file]") {
  World world;
  world.accept(create_company(acme, "Acme")).accept(upload()).accept(write_note({{n::company_id, acme}}));
  CHECK(types(world.run(edit(Kind::note, note.id, {{n::file_ids, Ids{file.id}}}))) == "note.edited file.edited");
  CHECK(world.view(file).id(f::company_id) == acme);
  CHECK(types(world.run(edit(Kind::note, note.id, {{n::file_ids, Ids{file.id}}}))).empty());
  CHECK(types(world.run(edit(Kind::note, note.id, {{n::file_ids, Ids{}}}))) == "note.edited");
}

TEST_CASE("a note of a contact that was merged meanwhile hangs its files on the one that stands for it [ACT-2][CON-2]", "[domain][file]") {
  const Uuid other = id_of("other");
  World world;
  world.accept(create_company(acme, "Acme")).accept(create_company(other, "Other")).accept(upload()).accept(write_note({{n::company_id, other}}));
  world.accept(MergeContact{{Kind::company, acme}, other});
  CHECK(types(world.run(edit(Kind::note, note.id, {{n::file_ids, Ids{file.id}}}))) == "note.edited file.edited");
  CHECK(world.view(file).id(f::company_id) == acme);
}

TEST_CASE("a note carries files that are there and that its author sees [ACC-5]", "[domain][file]") {
  CHECK(given(create_deal(d1)).when(write_note({{n::deal_id, d1}, {n::file_ids, Ids{file.id}}})) == refused(Code::unknown_reference, "/file_ids/0"));
  CHECK(given(upload(), Delete{file}).when(write_note({{n::file_ids, Ids{file.id}}})) == refused(Code::unknown_reference, "/file_ids/0"));
  CHECK(given(upload()).when(Step(write_note({{n::file_ids, Ids{file.id}}})).by(sam)) == refused(Code::unknown_reference, "/file_ids/0"));
  CHECK(given(upload()).when(write_note({{n::file_ids, Ids{file.id, file.id}}})) == refused(Code::duplicate, "/file_ids/1"));
}

TEST_CASE("an action that wants a note with a file gets both, or names what is missing [PRC-2][DEA-3]", "[domain][file][deal]") {
  const DefineProcess rule = demanding(event::NoteRule::note_with_file);
  const CompleteAction bare{.deal = d1, .action = a1}, noted{.deal = d1, .action = a1, .note = "Sent"};
  CompleteAction with_file = noted;
  with_file.file_ids = {file.id};
  CHECK(given(rule, create_deal(d1)).when(bare) == refused(Code::note_required, "/note"));
  CHECK(given(rule, create_deal(d1)).when(noted) == refused(Code::file_required, "/file_ids"));
  CHECK(given(rule, create_deal(d1)).when(with_file) == refused(Code::unknown_reference, "/file_ids/0"));

  World world;
  world.accept(rule).accept(create_deal(d1)).accept(upload());
  const Uuid written = world.fresh(0);
  CHECK(types(world.run(with_file)) == "deal.action_completed note.created file.edited");
  CHECK(world.view({Kind::note, written})[n::file_ids] == Value{Ids{file.id}});
  CHECK(world.view(file).id(f::deal_id) == d1);
}

TEST_CASE("a note that is there already fulfils the rule with the files that it carries [PRC-2]", "[domain][file][deal]") {
  const DefineProcess rule = demanding(event::NoteRule::note_with_file);
  const Create plain = write_note({{n::deal_id, d1}}), carrying = write_note({{n::deal_id, d1}, {n::file_ids, Ids{file.id}}});
  const CompleteAction by_note{.deal = d1, .action = a1, .note_id = note.id};
  CHECK(given(rule, create_deal(d1), plain).when(by_note) == refused(Code::file_required, "/file_ids"));
  CHECK(given(rule, create_deal(d1), upload(), carrying).when(by_note) == then(on(d1, event::DealActionCompleted{a1, note.id})));
  CompleteAction both = by_note;
  both.file_ids = {file.id};
  CHECK(given(rule, create_deal(d1), upload(), carrying).when(both) == refused(Code::invalid, "/file_ids"));
}

TEST_CASE("files of an action hang on its note, so there is one [PRC-2]", "[domain][file][deal]") {
  CompleteAction only_file{.deal = d1, .action = a1};
  only_file.file_ids = {file.id};
  CHECK(given(create_deal(d1), upload()).when(only_file) == refused(Code::note_required, "/note"));
}

TEST_CASE("what a private note carries stays its author's, until an open one carries it [ACT-2][ACC-5]", "[domain][file]") {
  const auto sees = [](const World& world, const Uuid& user) { return world.model.may_see(user, file); };
  const Fields on_deal{{n::deal_id, d1}, {n::file_ids, Ids{file.id}}};
  Fields hidden = on_deal;
  hidden.push_back({n::is_private, std::int64_t{1}});
  World world;
  world.accept(Step(create_deal(d1, {{field::deal::participant_ids, Ids{sue}}})).by(sam)).accept(Step(upload()).by(sam));
  CHECK(types(world.run(Step(write_note(hidden)).by(sam))) == "note.created");
  CHECK(sees(world, sam));
  CHECK_FALSE(sees(world, sue));
  CHECK(types(world.run(Step(create(Kind::note, id_of("open"), {{n::text, std::string("Here")}, {n::deal_id, d1}, {n::file_ids, Ids{file.id}}})).by(sam))) ==
        "note.created file.edited");
  CHECK(sees(world, sue));
}

TEST_CASE("a note that is private no more gives its readers what it carries [ACT-2][ACC-5]", "[domain][file]") {
  World world;
  world.accept(Step(create_deal(d1, {{field::deal::participant_ids, Ids{sue}}})).by(sam)).accept(Step(upload()).by(sam));
  world.accept(Step(write_note({{n::deal_id, d1}, {n::file_ids, Ids{file.id}}, {n::is_private, std::int64_t{1}}})).by(sam));
  CHECK(types(world.run(Step(edit(Kind::note, note.id, {{n::text, std::string("Look")}})).by(sam))) == "note.edited");
  CHECK_FALSE(world.model.may_see(sue, file));
  CHECK(types(world.run(Step(edit(Kind::note, note.id, {{n::is_private, std::int64_t{0}}})).by(sam))) == "note.edited file.edited");
  CHECK(world.view(file).id(f::deal_id) == d1);
  CHECK(world.model.may_see(sue, file));
  CHECK(types(world.run(Step(edit(Kind::note, note.id, {{n::text, std::string("See")}})).by(sam))) == "note.edited");
}

TEST_CASE("a file no longer hangs where a note hung it when that is taken back, and does again when the undo is [DEA-9][ACC-5]", "[domain][file]") {
  World world;
  world.accept(Step(create_deal(d1, {{field::deal::participant_ids, Ids{sue}}})).by(sam)).accept(Step(upload()).by(sam));
  world.accept(Step(write_note({{n::deal_id, d1}, {n::file_ids, Ids{file.id}}})).by(sam));
  const auto hang_on = [&](Value deal) { return Step(PutBack{file, event::Edited{{{f::deal_id, std::move(deal)}}}, {}}).by(sam); };
  world.accept(hang_on({}));
  CHECK_FALSE(world.model.may_see(sue, file));
  CHECK(world.view(file)[f::deal_id] == Value{});
  world.accept(hang_on(d1));
  CHECK(world.model.may_see(sue, file));
  CHECK(world.run(Step(PutBack{file, event::Edited{{{f::size, std::int64_t{1}}}}, {}})).error().code == Code::not_undoable);
}

TEST_CASE("what a space's note carries is seen by all who see the note, and files are uploaded for a space [ACT-2][ACC-5]", "[domain][file]") {
  const Uuid space = id_of("space");
  const Create made = create(Kind::space, space, {{field::space::name, std::string("Office")}});
  World world;
  world.accept(made).accept(Step(upload()).by(sam));
  CHECK_FALSE(world.model.may_see(sue, file));
  CHECK(types(world.run(Step(write_note({{n::space_id, space}, {n::file_ids, Ids{file.id}}})).by(sam))) == "note.created file.edited");
  CHECK(world.view(file).id(f::space_id) == space);
  CHECK(world.model.may_see(sue, file));
  World other;
  other.accept(made).accept(Step(upload({{f::space_id, space}})).by(sam));
  CHECK(other.model.may_see(sue, file));
  CHECK(given().when(upload({{f::space_id, space}})) == refused(Code::unknown_reference, "/links/space_id"));
}
