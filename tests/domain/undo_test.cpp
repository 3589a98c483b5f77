// Taking back what was done, from the histories of its objects [DEA-9].

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "domain/new_account.h"
#include "domain/scorecard_parameters.h"
#include "domain/undo.h"
#include "tests/domain/taking_back.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace d = dealog::field::deal;

TEST_CASE("each kind of command is taken back to the state before it", "[domain][DEA-9]") {
  const Uuid task = id_of("task"), note = id_of("note"), lead = id_of("lead");
  World world;
  for (Step step : {Step(create_company(acme, "Acme")), Step(create_deal(d1, {{d::company_id, acme}, {d::value, std::int64_t{500}}})),
                    Step(create(Kind::task, task, {{field::task::name, std::string("Call")}})), Step(create(Kind::note, note, {{field::note::text, std::string("Hm")}})),
                    Step(create(Kind::lead, lead, {{field::lead::title, std::string("Lead")}}))})
    world.accept(step);
  const std::vector<ObjectRef> objects{{Kind::deal, d1}, {Kind::company, acme}, {Kind::task, task}, {Kind::note, note}, {Kind::lead, lead}};
  const auto states = [&] {
    std::string all;
    for (const ObjectRef& object : objects) all += state_of(world, object) + "\n";
    return all;
  };
  const auto back = [&](const char* what, const Step& step) {
    CAPTURE(what);
    const std::string before = states();
    CHECK(take_last_back(world, step) == "done");
    CHECK(states() == before);
  };
  back("edit", edit(Kind::deal, d1, {{d::name, std::string("B")}, {d::value, Value{}}, {d::owner_id, sam}}));
  back("sealed words", edit(Kind::company, acme, {{field::company::name, std::string("Acme & Sons")}, {field::company::description, std::string("d")}}));
  back("move", MoveDeal{d1, C, {}});
  back("complete, which moves", CompleteAction{.deal = d1, .action = b1, .note = "done"});
  back("lines", lines(d1, "Bridge"));
  back("lose with a note", CloseDeal{.deal = d1, .outcome = Status::lost, .reason = price, .note = "Too dear"});
  back("delete", Delete{{Kind::deal, d1}});
  back("complete task", CompleteTask{task, {}});
  back("edit note", edit(Kind::note, note, {{field::note::text, std::string("Ha")}}));
  back("delete note", Delete{{Kind::note, note}});
  back("lose lead", LoseLead{lead, price, "No budget", {}});
  back("convert lead", ConvertLead{.lead = lead, .person = Becoming{.fields = {{field::person::name, std::string("Ala")}}}, .deal = Becoming{}});
  const Uuid second = id_of("second lead stage");
  world.accept(create(Kind::lead_stage, second, {{field::lead_stage::name, std::string("Second")}}));
  back("move lead", MoveLead{lead, second, {}});

  // And what opens again.
  world.accept(CompleteAction{.deal = d1, .action = a1, .note = "call"});
  back("reopen action", ReopenAction{d1, a1, {}});
  world.accept(CloseDeal{.deal = d1, .outcome = Status::lost, .reason = price, .note = "Too dear"});
  back("correct", CorrectDeal{.deal = d1, .status = Status::won, .reason = quality, .note = "in truth", .closed_at = {}});
  back("reopen", ReopenDeal{d1, {}});
  world.accept(CompleteTask{task, {}});
  back("reopen task", ReopenTask{task, {}});
  world.accept(LoseLead{lead, price, "No budget", {}});
  back("reopen lead", ReopenLead{lead, {}});
  world.accept(ReopenDeal{d1, {}});
  world.accept(Delete{{Kind::deal, d1}});
  back("restore", Restore{{Kind::deal, d1}});
}

TEST_CASE("a change of process is taken back, into one that was archived too", "[domain][DEA-9][DEA-5][PRC-1]") {
  const Uuid other = first_process(account), first = default_stages(account)[0].id, last = default_stages(account)[3].id;
  World world;
  world.accept(create_deal(d1)).accept(MoveDeal{d1, C, {}}).accept(MoveDeal{d1, B, {}}).accept(CompleteAction{.deal = d1, .action = a1, .note = "call"});
  const std::string before = state_of(world, {Kind::deal, d1});
  CHECK(take_last_back(world, ChangeProcess{d1, other, last}) == "done");
  CHECK(state_of(world, {Kind::deal, d1}) == before);   // where it stood, the furthest stage, and what was done

  world.accept(ChangeProcess{d1, other, first}).accept(ArchiveProcess{other});
  const std::string there = state_of(world, {Kind::deal, d1});
  CHECK(take_last_back(world, ChangeProcess{d1, process, A}) == "done");
  CHECK(state_of(world, {Kind::deal, d1}) == there);

  // But not to a stage that is no longer there.
  const std::size_t changed = world.log.size();
  world.accept(ChangeProcess{d1, process, A});
  const std::size_t after = world.log.size();
  std::vector<event::Stage> fewer = default_stages(account);
  fewer.erase(fewer.begin());
  world.accept(DefineProcess{.process = other, .stages = fewer, .removed_stages = {}});
  CHECK(take_back(world, changed, after).find("stage_not_in_process") != std::string::npos);
}

TEST_CASE("a creation is taken back by deleting all that it made", "[domain][DEA-9]") {
  World world;
  Create create = create_deal(d1);
  create.company_name = "Roads and Bridges";
  const std::size_t first = world.log.size();
  world.accept(create);
  const Uuid company = world.deal(d1).id(d::company_id);
  CHECK(take_back(world, first, world.log.size()) == "done");
  CHECK(world.deal(d1).number(field::is_deleted) == 1);
  CHECK(world.view({Kind::company, company}).number(field::is_deleted) == 1);
}

TEST_CASE("an undo is taken back like any other", "[domain][DEA-9]") {
  World world;
  world.accept(create_deal(d1));
  const std::size_t moved = world.log.size();
  world.accept(MoveDeal{d1, C, {}});
  const std::size_t undone = world.log.size();
  REQUIRE(take_back(world, moved, undone) == "done");
  CHECK((world.deal(d1).id(d::stage_id) == A));
  CHECK((world.deal(d1).id(d::furthest_stage_id) == A));
  CHECK(take_back(world, moved, undone) == "blocked by deal.moved: undo_blocked");   // it was taken back already
  CHECK(take_back(world, undone, world.log.size()) == "done");
  CHECK((world.deal(d1).id(d::stage_id) == C));
}

TEST_CASE("what depends on it stands in the way, what does not is no matter", "[domain][DEA-9]") {
  struct Case { const char* what; Step done, later; const char* expected; };
  const std::vector<Case> cases = {
      {"the same field", Step(edit(Kind::deal, d1, {{d::owner_id, sam}})), Step(edit(Kind::deal, d1, {{d::owner_id, sue}})), "blocked by deal.edited: undo_blocked"},
      {"another field", Step(edit(Kind::deal, d1, {{d::owner_id, sam}})), Step(edit(Kind::deal, d1, {{d::name, std::string("B")}})), "done"},
      {"stage, then status", Step(MoveDeal{d1, B, {}}), Step(CloseDeal{.deal = d1, .outcome = Status::lost}), "blocked by deal.closed: undo_blocked"},
      {"stage, then a field", Step(MoveDeal{d1, B, {}}), Step(edit(Kind::deal, d1, {{d::owner_id, sam}})), "done"},
      {"an action, then the closing that tells of it", Step(CompleteAction{.deal = d1, .action = a1}), Step(CloseDeal{.deal = d1, .outcome = Status::lost}), "blocked by deal.closed: undo_blocked"},
      {"an action, then a move", Step(CompleteAction{.deal = d1, .action = a1}), Step(MoveDeal{d1, B, {}}), "done"},
      {"another action", Step(CompleteAction{.deal = d1, .action = a1}), Step(CompleteAction{.deal = d1, .action = a2}), "done"},
      {"a creation that was worked on", Step(create_deal(d2)), Step(edit(Kind::deal, d2, {{d::owner_id, sam}})), "blocked by deal.edited: undo_blocked"},
      {"an edit of what is deleted now", Step(edit(Kind::deal, d1, {{d::owner_id, sam}})), Step(Delete{{Kind::deal, d1}}), "blocked by deal.deleted: undo_blocked"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.what);
    World world;
    world.accept(create_deal(d1));
    const std::size_t first = world.log.size();
    world.accept(each.done);
    const std::size_t last = world.log.size();
    world.accept(each.later);
    CHECK(take_back(world, first, last) == each.expected);
  }
}

TEST_CASE("a tag that was deleted since does not keep an edit of the tags from being taken back", "[domain][DEA-9][DEA-8][DIC-1]") {
  World world;
  const Uuid hot = id_of("hot"), warm = id_of("warm");
  for (const Uuid& tag : {hot, warm}) world.accept(create(Kind::tag, tag, {{field::word::name, std::string(tag == hot ? "hot" : "warm")}}));
  world.accept(create_deal(d1, {{d::tags, std::vector<Uuid>{hot}}}));
  const std::size_t first = world.log.size();
  world.accept(edit(Kind::deal, d1, {{d::tags, std::vector<Uuid>{hot, warm}}}));
  const std::size_t last = world.log.size();
  world.accept(Delete{{Kind::tag, hot}});
  CHECK(take_back(world, first, last) == "done");
  CHECK((world.deal(d1)[d::tags] == Value{std::vector<Uuid>{}}));
}

TEST_CASE("merges, removed stages, users, processes and what was erased are not taken back", "[domain][DEA-9]") {
  World world;
  world.accept(create_company(acme, "Acme")).accept(create_company(id_of("other"), "Other"));
  CHECK(take_last_back(world, MergeContact{{Kind::company, acme}, id_of("other")}) == "blocked by company.merged: not_undoable");
  CHECK(take_last_back(world, DefineProcess{.process = process, .stages = stages_abc(), .removed_stages = {}}).starts_with("done"));   // equal: nothing
  std::vector<event::Stage> fewer = stages_abc();
  fewer.pop_back();
  CHECK(take_last_back(world, DefineProcess{.process = process, .stages = fewer, .removed_stages = {}}) == "blocked by process.defined: not_undoable");
  CHECK(take_last_back(world, create_user(id_of("zoe"), "Zoe", Role::salesperson)) == "blocked by user.created: not_undoable");
  Create other = create(Kind::process, id_of("other process"), {{field::process::name, std::string("Other")}});
  other.stages = {{.id = id_of("X"), .name = "X"}};
  CHECK(take_last_back(world, other) == "blocked by process.created: not_undoable");

  Happened sealed{.around = {.position = 5, .object = {Kind::company, acme}, .version = 2}, .event = event::Edited{}, .is_erased = true, .is_undone = true};
  const UndoPlan plan = plan_undo({{sealed}});
  REQUIRE(plan.obstacles.size() == 1);
  CHECK(plan.obstacles.front().code == Code::erased);
}

TEST_CASE("a closing whose reopening is taken back counts where it counted before; in between the deal was open", "[domain][DEA-9][GEN-6][DEA-4]") {
  const Instant closed = instant("2026-01-10T08:00:00Z"), between = instant("2026-01-25T08:00:00Z");
  World world;
  world.accept(create_deal(d1, {}, instant("2026-01-05T08:00:00Z")));
  world.accept(Step(CloseDeal{.deal = d1, .outcome = Status::lost, .reason = price, .note = "Too dear", .effective_at = closed}).by(manager));
  const std::size_t first = world.log.size();
  world.accept(ReopenDeal{d1, instant("2026-01-20T08:00:00Z")});
  const std::size_t undone = world.log.size();
  REQUIRE(take_back(world, first, undone) == "done");
  const std::size_t last = world.log.size();
  const auto check = [&] {
    CHECK(world.deal(d1).number(d::status, -1) == static_cast<std::int64_t>(Status::lost));
    CHECK(world.deal(d1).number(d::closed_at) == closed.ms);
    CHECK(world.deal(d1, instant("2026-01-15T08:00:00Z")).number(d::closed_at) == closed.ms);
    CHECK(world.deal(d1, between).number(d::status, -1) == static_cast<std::int64_t>(Status::open));
    CHECK(world.deal(d1, between)[d::closed_at] == Value{});
  };
  check();
  CHECK(world.deal(d1).id(d::closed_by) == manager);
  CHECK(world.deal(d1).text(d::close_note) == "Too dear");

  // It is put right without losing its time, and that is taken back as well. Before the reopening it cannot go.
  CHECK(types(world.run(CorrectDeal{.deal = d1, .status = {}, .reason = {}, .note = {}, .closed_at = closed})) == "");
  CHECK(take_last_back(world, CorrectDeal{.deal = d1, .status = {}, .reason = {}, .note = "Far too dear", .closed_at = {}}) == "done");
  check();
  CHECK(world.deal(d1).text(d::close_note) == "Too dear");
  world.accept(CorrectDeal{.deal = d1, .status = {}, .reason = {}, .note = "Far too dear", .closed_at = {}});
  check();
  CHECK(world.deal(d1).text(d::close_note) == "Far too dear");
  CHECK(describe(world.decide(CorrectDeal{.deal = d1, .status = {}, .reason = {}, .note = {}, .closed_at = instant("2026-01-12T08:00:00Z")})) ==
        "refused: effective_before_last_event [/closed_at effective_before_last_event]");

  // The undo is taken back like any other, as long as nothing was built on it.
  CHECK(take_back(world, undone, last) == "blocked by deal.corrected: undo_blocked");
}

TEST_CASE("taking back that a deal was closed again opens it again", "[domain][DEA-9]") {
  World world;
  world.accept(create_deal(d1)).accept(CloseDeal{.deal = d1, .outcome = Status::lost, .reason = price});
  const std::string before = state_of(world, {Kind::deal, d1});
  const std::size_t first = world.log.size();
  world.accept(ReopenDeal{d1, {}});
  const std::size_t second = world.log.size();
  REQUIRE(take_back(world, first, second) == "done");
  const std::size_t third = world.log.size();
  REQUIRE(take_back(world, second, third) == "done");
  CHECK(world.deal(d1).number(d::status, -1) == static_cast<std::int64_t>(Status::open));
  CHECK(world.deal(d1)[d::closed_at] == Value{});
  REQUIRE(take_back(world, third, world.log.size()) == "done");
  CHECK(state_of(world, {Kind::deal, d1}) == before);
}

TEST_CASE("who takes a correction back has not closed the deal", "[domain][DEA-9][GEN-7]") {
  World world;
  world.accept(create_deal(d1)).accept(Step(CloseDeal{.deal = d1, .outcome = Status::lost}).by(manager));
  CHECK(take_last_back(world, CorrectDeal{.deal = d1, .note = "Other words"}) == "done");
  CHECK(world.deal(d1).id(d::closed_by) == manager);
}

TEST_CASE("leads and tasks come back with the times of their ends, too", "[domain][DEA-9][GEN-6][LEA-1][ACT-1]") {
  namespace l = field::lead;
  namespace t = field::task;
  const Uuid lead = id_of("lead"), other = id_of("other lead"), task = id_of("task");
  const Instant born = instant("2026-01-05T08:00:00Z"), ended = instant("2026-01-10T08:00:00Z"), between = instant("2026-02-10T08:01:00Z");
  World world;
  for (const Uuid& id : {lead, other}) world.accept(create(Kind::lead, id, {{l::title, std::string("Lead")}}, born));
  world.accept(create(Kind::task, task, {{t::name, std::string("Call")}}, born));
  world.accept(Step(LoseLead{lead, price, "No budget", ended}).by(manager));
  world.accept(ConvertLead{.lead = other, .company = {}, .person = {}, .deal = {}, .effective_at = ended});
  world.accept(Step(CompleteTask{task, ended}).by(manager).performed_by(sam));
  CHECK(take_last_back(world, Step(ReopenLead{lead, instant("2026-02-10T08:00:30Z")}).at("2026-02-10T09:00:00Z")) == "done");
  CHECK(take_last_back(world, ReopenLead{other, {}}) == "done");
  CHECK(take_last_back(world, ReopenTask{task, {}}) == "done");
  const View lost = world.view({Kind::lead, lead}), converted = world.view({Kind::lead, other}), done = world.view({Kind::task, task});
  CHECK(lost.number(l::status, -1) == static_cast<std::int64_t>(LeadStatus::lost));
  CHECK(lost.number(l::closed_at) == ended.ms);
  CHECK(lost.id(l::closed_by) == manager);
  CHECK(lost[l::converted_at] == Value{});
  CHECK(world.view({Kind::lead, lead}, between).number(l::status, -1) == static_cast<std::int64_t>(LeadStatus::active));
  CHECK(converted.number(l::status, -1) == static_cast<std::int64_t>(LeadStatus::converted));
  CHECK(converted.number(l::converted_at) == ended.ms);
  CHECK(done.number(t::completed_at) == ended.ms);
  CHECK(done.id(t::completed_by) == sam);
  // And no others are put back in this way.
  CHECK(world.run(Step(PutBack{{Kind::task, task}, event::Edited{{{t::name, std::string("Other")}}}, {}})).error().code == Code::not_undoable);
}

TEST_CASE("an undo of a conversion is taken back: what it made is there again before the lead names it", "[domain][DEA-9][LEA-1]") {
  namespace l = field::lead;
  const Uuid lead = id_of("lead");
  World world;
  world.accept(create(Kind::lead, lead, {{l::title, std::string("Lead")}, {l::raw_name, std::string("Jan")}, {l::raw_company_name, std::string("Acme")}}));
  const std::size_t first = world.log.size();
  world.accept(ConvertLead{.lead = lead, .company = Becoming{}, .person = Becoming{}, .deal = Becoming{}, .effective_at = {}});
  const std::size_t second = world.log.size();
  const std::string before = state_of(world, {Kind::lead, lead});
  const ObjectRef company{Kind::company, world.view({Kind::lead, lead}).id(l::company_id)};
  REQUIRE_FALSE(company.id.is_nil());
  REQUIRE(take_back(world, first, second) == "done");
  const std::size_t third = world.log.size();
  CHECK(world.view({Kind::lead, lead})[l::company_id] == Value{});
  CHECK(world.view(company).number(field::is_deleted) == 1);
  REQUIRE(take_back(world, second, third) == "done");
  CHECK(state_of(world, {Kind::lead, lead}) == before);
  CHECK(world.view(company).number(field::is_deleted) == 0);
  REQUIRE(take_back(world, third, world.log.size()) == "done");
  CHECK(world.view({Kind::lead, lead})[l::company_id] == Value{});
  CHECK(world.view(company).number(field::is_deleted) == 1);
}

TEST_CASE("a conversion that is put back names what its company was merged into since", "[domain][DEA-9][CON-2]") {
  namespace l = field::lead;
  const ObjectRef lead{Kind::lead, id_of("lead")};
  const Uuid kept = id_of("kept");
  World world;
  world.accept(create(Kind::lead, lead.id, {{l::title, std::string("Lead")}, {l::raw_company_name, std::string("Acme")}}));
  world.accept(ConvertLead{.lead = lead.id, .company = Becoming{}, .person = {}, .deal = {}, .effective_at = {}});
  const Uuid made = world.view(lead).id(l::company_id);
  world.accept(create_company(kept, "Acme Ltd")).accept(MergeContact{{Kind::company, kept}, made});
  CHECK(take_last_back(world, ReopenLead{lead.id, {}}) == "done");
  const auto again = std::find_if(world.log.rbegin(), world.log.rend(), [](const auto& it) { return std::holds_alternative<event::LeadConverted>(it.event.event); });
  REQUIRE(again != world.log.rend());
  CHECK(std::get<event::LeadConverted>(again->event.event).company == kept);
}

TEST_CASE("a version of a process is taken back, unless deals stand where only it could put them", "[domain][DEA-9][PRC-1]") {
  const ObjectRef object{Kind::process, process};
  const auto with = [](std::string_view stage) {
    std::vector<event::Stage> more = stages_abc();
    more.front().actions.front().weight = 50;
    more.push_back({.id = id_of(stage), .name = std::string(stage)});
    return DefineProcess{.process = process, .name = "Other", .stages = more, .removed_stages = {}};
  };
  World world;
  world.accept(create_deal(d1));
  const View before = world.view(object);
  CHECK(take_last_back(world, with("D")) == "done");
  CHECK(world.view(object).process->stages == before.process->stages);
  CHECK(world.view(object).process->version == 3);
  CHECK(world.view(object).text(field::process::name) == before.text(field::process::name));
  CHECK(take_last_back(world, edit(Kind::process, process, {{field::process::name, std::string("Third")}})) == "done");

  const std::size_t first = world.log.size();
  world.accept(with("E"));
  const std::size_t last = world.log.size();
  world.accept(MoveDeal{d1, id_of("E"), {}});
  CHECK(take_back(world, first, last).find("stage_holds_deals") != std::string::npos);
}

TEST_CASE("what was counted by hand on a card, and its parameters, are as they were before", "[domain][scorecard][DEA-9][SCO-2]") {
  namespace s = field::scorecard;
  const Uuid card = id_of("card"), visits = id_of("visits"), calls = id_of("calls"), fairs = id_of("fairs");
  const ObjectRef object{Kind::scorecard, card};
  const auto custom = static_cast<std::uint8_t>(std::ranges::find(parameter_words, std::string_view("custom")) - parameter_words.begin());
  const auto counting = [&](const Uuid& id, std::string name, std::string target, std::int64_t weight) {
    return command::ScorecardParameter{.id = id, .kind = custom, .object = {}, .name = std::move(name), .unit = {}, .target = Decimal{std::move(target)}, .weight_bp = weight, .counted_from = {}};
  };
  const auto set = [&](const Uuid& parameter, std::string digits) { return AdjustScorecard{.card = card, .parameter = parameter, .set = Decimal{std::move(digits)}, .add = {}}; };
  const auto counted = [&](const World& world, const Uuid& parameter) {
    for (const event::ScorecardValue& value : world.view(object).values)
      if (value.parameter == parameter) return value.value;
    return std::int64_t{-1};
  };
  World world;
  world.accept(CreateScorecards{.cards = {card}, .users = {sam}, .teams = {}, .fields = {{s::period_kind, std::int64_t{0}}, {s::period_start, day("2026-02-01")}},
                                .parameters = {counting(visits, "Visits", "10", 4'000), counting(calls, "Calls", "20", 6'000)}});
  CHECK(take_last_back(world, set(visits, "3")) == "done");
  CHECK(world.view(object).values.empty());
  world.accept(set(visits, "3"));
  CHECK(take_last_back(world, AdjustScorecard{.card = card, .parameter = visits, .set = {}, .add = Decimal{"2"}}) == "done");
  CHECK(counted(world, visits) == 3'000'000);

  std::size_t first = world.log.size();
  world.accept(set(visits, "4"));
  std::size_t last = world.log.size();
  world.accept(set(calls, "7"));
  CHECK(take_back(world, first, last) == "done");   // another number is no matter
  CHECK(counted(world, visits) == 3'000'000);
  CHECK(counted(world, calls) == 7'000'000);
  first = world.log.size();
  world.accept(set(visits, "4"));
  last = world.log.size();
  world.accept(set(visits, "5"));
  CHECK(take_back(world, first, last) == "blocked by scorecard.adjusted: undo_blocked");

  // Parameters, with the period to which they belong.
  const View before = world.view(object);
  const EditScorecard other{.card = card, .fields = {{s::period_start, day("2026-03-01")}},
                            .parameters = std::vector{counting(visits, "Visits", "12", 5'000), counting(calls, "Calls", "20", 2'500), counting(fairs, "Fairs", "1", 2'500)}};
  CHECK(take_last_back(world, other) == "done");
  CHECK(world.view(object).parameters == before.parameters);
  CHECK(world.view(object).id(s::group_key) == before.id(s::group_key));
  CHECK(world.view(object).number(s::period_end) == day("2026-02-28"));
  CHECK(counted(world, visits) == 5'000'000);
  first = world.log.size();
  world.accept(EditScorecard{.card = card, .fields = {}, .parameters = other.parameters});
  last = world.log.size();
  world.accept(set(fairs, "1"));
  CHECK(take_back(world, first, last).find("undo_blocked") != std::string::npos);   // nothing would say what that 1 is

  // A number is not put back for a parameter that is gone.
  first = world.log.size();
  world.accept(set(fairs, "3"));
  last = world.log.size();
  world.accept(EditScorecard{.card = card, .fields = {}, .parameters = std::vector{counting(visits, "Visits", "12", 5'000), counting(calls, "Calls", "20", 5'000)}});
  CHECK(take_back(world, first, last).find("undo_blocked") != std::string::npos);

  // What is settled stays as it is.
  first = world.log.size();
  world.accept(set(calls, "8"));
  last = world.log.size();
  world.accept(Step(SettleScorecard{card}).at("2026-03-05T08:00:00Z"));
  CHECK(take_back(world, first, last) == "blocked by scorecard.settled: undo_blocked");
}

TEST_CASE("of an import goes what it made, but for set-up that is used or could not be brought back", "[domain][DEA-9]") {
  const Uuid tag = id_of("tag"), cost = id_of("cost category"), type = id_of("task type"), team = id_of("team"), task = id_of("task"), gone = id_of("gone");
  World world;
  const std::size_t first = world.log.size();
  world.accept(create(Kind::tag, tag, {{field::word::name, std::string("hot")}}));
  world.accept(create(Kind::cost_category, cost, {{field::word::name, std::string("Freight")}}));
  world.accept(create(Kind::team, team, {{field::team::name, std::string("East")}}));
  world.accept(create(Kind::task_type, type, {{field::word::name, std::string("Visit")}}));
  world.accept(create(Kind::task, task, {{field::task::name, std::string("Call")}}));
  world.accept(create_company(acme, "Acme")).accept(create_company(gone, "Gone"));
  const std::size_t last = world.log.size();
  world.accept(Delete{{Kind::company, gone}});
  world.accept(edit(Kind::task_type, type, {{field::word::name, std::string("Visits")}}));

  const UndoPlan plan = plan_for(world, first, last, true);
  CHECK(plan.obstacles.empty());
  // A tag's deletion is for good; users, who stay, are in teams, and processes name task types.
  CHECK(std::set<ObjectRef>(plan.stays.begin(), plan.stays.end()) == std::set<ObjectRef>{{Kind::tag, tag}, {Kind::task_type, type}, {Kind::team, team}});
  std::set<ObjectRef> may_stay, goes;
  for (const UndoStep& step : plan.steps) (step.may_stay ? may_stay : goes).insert(target(step.command));
  CHECK(may_stay == std::set<ObjectRef>{{Kind::cost_category, cost}});
  CHECK(goes == std::set<ObjectRef>{{Kind::company, acme}, {Kind::task, task}});

  // Of anything else but an import, what came later stands in the way.
  CHECK(plan_for(world, first, last).obstacles.size() == 2);
  world.accept(edit(Kind::company, acme, {{field::company::name, std::string("Acme & Sons")}}));
  const UndoPlan later = plan_for(world, first, last, true);
  REQUIRE(later.obstacles.size() == 1);
  CHECK(later.obstacles.front().object == ObjectRef{Kind::company, acme});
}

TEST_CASE("the rights of who takes back are those of the commands", "[domain][DEA-9][ACC-5]") {
  World world;
  world.accept(create_deal(d1, {{d::visibility, std::int64_t{1}}}));
  const std::size_t first = world.log.size();
  world.accept(MoveDeal{d1, B, {}});
  const UndoPlan plan = plan_for(world, first, world.log.size());
  REQUIRE(plan.steps.size() == 1);
  CHECK(world.run(Step(plan.steps.front().command).by(sam)).error().code == Code::forbidden);
  CHECK(world.run(Step(plan.steps.front().command).by(analyst)).error().code == Code::forbidden);
  // Only what an undo says can be put back.
  CHECK(world.run(Step(PutBack{{Kind::deal, d1}, event::Merged{}, {}})).error().code == Code::not_undoable);
  CHECK(world.run(Step(PutBack{{Kind::deal, d1}, event::DealMoved{id_of("no stage"), B}, {}})).error().code == Code::stage_not_in_process);
}

TEST_CASE("whatever was done in whatever state, an undo that is not blocked puts everything back", "[domain][property][DEA-9]") {
  const auto seed = GENERATE(range(0u, 30u));
  std::mt19937 random(seed);
  const auto one_of = [&](std::initializer_list<Uuid> ids) { return *(ids.begin() + random() % ids.size()); };
  World world;
  world.accept(create_deal(d1)).accept(create_deal(d2));
  int done = 0;
  for (int step = 0; step < 60; ++step) {
    const Uuid deal = one_of({d1, d2});
    const auto wish = [&]() -> Step {
      switch (random() % 11) {
        case 0: return create_deal(id_of("deal " + std::to_string(step)), {{d::stage_id, one_of({A, B})}});
        case 1: return MoveDeal{deal, one_of({A, B, C}), {}};
        case 2: return CompleteAction{.deal = deal, .action = one_of({a1, b1, c1}), .note = "words"};
        case 3: return ReopenAction{deal, one_of({a1, b1, c1}), {}};
        case 4: return CloseDeal{.deal = deal, .outcome = static_cast<Status>(1 + random() % 3), .note = random() % 2 ? std::optional<std::string>("why") : std::nullopt};
        case 5: return ReopenDeal{deal, {}};
        case 6: return CorrectDeal{.deal = deal, .status = static_cast<Status>(1 + random() % 3), .note = "so"};
        case 7: return Delete{{Kind::deal, deal}};
        case 8: return Restore{{Kind::deal, deal}};
        case 9: return lines(deal, random() % 2 ? "one" : "two");
        default: return edit(Kind::deal, deal, {{d::owner_id, one_of({sam, sue, manager})}});
      }
    }();
    std::map<ObjectRef, std::string> before;
    for (const Uuid& id : {d1, d2}) before[{Kind::deal, id}] = state_of(world, {Kind::deal, id});
    const std::size_t first = world.log.size();
    if (const Decision decision = world.run(wish); !decision || decision->events.empty() || random() % 2 == 0) continue;
    CAPTURE(seed, step, event_type(world.log[first].envelope.object.kind, world.log[first].event.event));
    REQUIRE(take_back(world, first, world.log.size()) == "done");
    ++done;
    for (const auto& [object, state] : before) REQUIRE(state_of(world, object) == state);
    if (const ObjectRef object = world.log[first].envelope.object; !before.contains(object)) REQUIRE(world.view(object).number(field::is_deleted) == 1);
  }
  CHECK(done > 3);
}
