// Leads and their stages (SPEC 9).

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;
namespace l = dealog::field::lead;
namespace ls = dealog::field::lead_stage;
namespace d = dealog::field::deal;
namespace p = dealog::field::person;
namespace c = dealog::field::company;

namespace {

const Uuid lead1 = id_of("lead1"), lead2 = id_of("lead2");
const ObjectRef first_lead{Kind::lead, lead1};

Uuid stage(std::string_view name) { return derived_uuid(to_string(account), "lead stage " + std::string(name)); }
const Uuid fresh_one = stage("New"), contacted = stage("In contact"), qualified = stage("Qualified");

Create create_lead(const Uuid& id = lead1, Fields fields = {}, std::optional<Instant> effective = {}) {
  fields.push_back({l::title, std::string("Fair visitor")});
  return create(Kind::lead, id, std::move(fields), effective);
}
Create raw_lead(Fields more = {}) {
  more.push_back({l::raw_name, std::string("Jan Kowalski")});
  more.push_back({l::raw_company_name, std::string("Kowalski Sp. z o.o.")});
  more.push_back({l::raw_emails, std::vector<std::string>{"jan@example.com"}});
  more.push_back({l::raw_phones, std::vector<std::string>{"+48 600"}});
  return create_lead(lead1, std::move(more));
}
ConvertLead convert(std::optional<Becoming> company, std::optional<Becoming> person, std::optional<Becoming> deal) {
  return {.lead = lead1, .company = std::move(company), .person = std::move(person), .deal = std::move(deal), .effective_at = {}};
}
const Becoming yes{};

}  // namespace

TEST_CASE("a lead is its creator's, active and in the first stage unless told otherwise", "[domain][lead][LEA-1]") {
  World world;
  world.accept(Step(create_lead()).by(sam));
  const View made = world.view(first_lead);
  CHECK(made.id(l::owner_id) == sam);
  CHECK(made.id(l::stage_id) == fresh_one);
  CHECK(made.id(l::furthest_stage_id) == fresh_one);
  CHECK(made.number(l::status, -1) == static_cast<int>(LeadStatus::active));
  CHECK(made.number(l::is_repeat, -1) == 0);
  CHECK(made.number(l::stage_entered_at) == world.now().ms);
  CHECK(given().when(create(Kind::lead, lead1, {})) == refused(Code::required, "/title"));
  CHECK(given().when(create_lead(lead1, {{l::stage_id, id_of("nowhere")}})) == refused(Code::unknown_reference, "/stage_id"));
  CHECK(given().when(create_lead(lead1, {{l::status, std::int64_t{1}}})) == refused(Code::not_writable, "/status"));
}

TEST_CASE("what came in raw is sealed with the lead", "[domain][lead][CON-3][LEA-1]") {
  World world;
  const Decision made = world.run(raw_lead());
  REQUIRE(made);
  CHECK(made->events[0].personal.size() == 4);
  for (const FieldChange& plain : std::get<event::Created>(made->events[0].event).fields) CHECK(!find_field(Kind::lead, plain.field)->personal);
}

TEST_CASE("a lead moves to any stage, back as well; the furthest stays", "[domain][lead][LEA-1]") {
  CHECK(given(create_lead()).when(MoveLead{lead1, qualified, {}}) == then(on(first_lead, event::LeadMoved{qualified, qualified})));
  CHECK(given(create_lead(), MoveLead{lead1, qualified, {}}).when(MoveLead{lead1, contacted, {}}) ==
        then(on(first_lead, event::LeadMoved{contacted, qualified})));
  CHECK(given(create_lead()).when(MoveLead{lead1, fresh_one, {}}) == then());
  CHECK(given(create_lead()).when(MoveLead{lead1, A, {}}) == refused(Code::unknown_reference, "/stage_id"));
  CHECK(given(create_lead(), LoseLead{lead1, {}, {}, {}}).when(MoveLead{lead1, contacted, {}}) == refused(Code::lead_not_active));
}

TEST_CASE("a lead is lost once, with a reason for losing, and can be reopened", "[domain][lead][LEA-1][DIC-3]") {
  CHECK(given(Step(create_lead()).by(sam)).when(LoseLead{lead1, price, {}, {}}) == then(on(first_lead, event::LeadLost{price, sam})));
  CHECK(given(create_lead()).when(LoseLead{lead1, quality, {}, {}}) == refused(Code::reason_wrong_outcome, "/reason_id"));
  CHECK(given(create_lead(), set_account(field::account::reason_required, 1)).when(LoseLead{lead1, {}, {}, {}}) ==
        refused(Code::reason_required, "/reason_id"));
  CHECK(given(create_lead(), LoseLead{lead1, {}, {}, {}}).when(LoseLead{lead1, {}, {}, {}}) == refused(Code::lead_not_active));
  CHECK(given(create_lead()).when(ReopenLead{lead1, {}}) == then());
  CHECK(given(create_lead(), LoseLead{lead1, price, {}, {}}).when(Delete{{Kind::close_reason, price}}) == refused(Code::in_use));

  World world;
  world.accept(create_lead()).accept(LoseLead{lead1, price, "No money", {}});
  View lost = world.view(first_lead);
  CHECK(lost.number(l::status) == static_cast<int>(LeadStatus::lost));
  CHECK(lost.id(l::close_reason_id) == price);
  CHECK(lost.text(l::close_note) == "No money");
  CHECK(lost.number(l::closed_at) == world.now().ms);
  CHECK(lost.id(l::closed_by) == administrator);
  world.accept(ReopenLead{lead1, {}});
  View open = world.view(first_lead);
  CHECK(open.number(l::status, -1) == static_cast<int>(LeadStatus::active));
  for (const auto field : {l::closed_at, l::closed_by, l::close_reason_id, l::close_note, l::credited_owner_id}) CHECK(open[field] == Value{});
}

TEST_CASE("the verbs of leads accept the past, but not before what happened last", "[domain][lead][GEN-6]") {
  const Instant january = instant("2026-01-10T00:00:00Z"), february = instant("2026-02-01T00:00:00Z");
  World world;
  world.accept(create_lead(lead1, {}, january)).accept(MoveLead{lead1, contacted, february});
  CHECK(world.view(first_lead, instant("2026-01-20T00:00:00Z")).id(l::stage_id) == fresh_one);
  CHECK(describe(world.decide(LoseLead{lead1, {}, {}, january})).find("effective_before_last_event") != std::string::npos);
  CHECK(describe(world.decide(MoveLead{lead1, qualified, january})).find("effective_before_last_event") != std::string::npos);
  CHECK(describe(world.decide(convert({}, {}, yes)))== "lead.converted " + to_string(lead1).substr(0, 8) + ", deal.created " + to_string(world.fresh(0)).substr(0, 8) + " 1 2 3 7 11 13 15 because of 0");
  CHECK(world.run(LoseLead{lead1, {}, {}, february}).has_value());
  CHECK(world.view(first_lead).number(l::closed_at) == february.ms);
}

TEST_CASE("converting makes a company, a person and a deal of the lead, in one step", "[domain][lead][LEA-1]") {
  World world;
  world.accept(Step(raw_lead({{l::value, std::int64_t{5'000'00}}})).by(sam));
  const Uuid company = world.fresh(0), person = world.fresh(1), deal = world.fresh(2);
  const Decision converted = world.run(Step(convert(yes, yes, yes)).by(sam));
  CHECK(types(converted) == "lead.converted company.created person.created deal.created");
  for (std::size_t i = 1; i < 4; ++i) CHECK(converted->events[i].cause == 0u);
  CHECK((std::get<event::LeadConverted>(converted->events[0].event) == event::LeadConverted{deal, person, company, sam}));

  const View of = world.view(first_lead);
  CHECK(of.number(l::status) == static_cast<int>(LeadStatus::converted));
  CHECK(of.id(l::deal_id) == deal);
  CHECK(of.id(l::person_id) == person);
  CHECK(of.id(l::company_id) == company);
  CHECK(of.number(l::converted_at) == world.now().ms);

  const View firm = world.view({Kind::company, company}), human = world.view({Kind::person, person}), made = world.deal(deal);
  CHECK(firm.text(c::name) == "Kowalski Sp. z o.o.");
  CHECK(firm[c::emails] == Value{});  // they are the person's
  CHECK(human.text(p::name) == "Jan Kowalski");
  CHECK(human[p::emails] == Value{std::vector<std::string>{"jan@example.com"}});
  CHECK(human.id(p::company_id) == company);
  CHECK(human.id(p::owner_id) == sam);
  CHECK(made.text(d::name) == "Fair visitor");
  CHECK(made.id(d::company_id) == company);
  CHECK(made.id(d::person_id) == person);
  CHECK(made.id(d::owner_id) == sam);
  CHECK(made.number(d::value) == 5'000'00);
  CHECK(made.number(d::kind, -1) == static_cast<int>(DealKind::new_));
}

TEST_CASE("converting links what is named, keeps what the lead is linked to, and makes what is described", "[domain][lead][LEA-1]") {
  const Step acme_there = create_company(acme, "Acme"), ala_there = create_person(ala, "Ala"), deal_there = create_deal(d1);
  CHECK(given(acme_there, ala_there, deal_there, create_lead()).when(convert(Becoming{.id = acme, .fields = {}}, Becoming{.id = ala, .fields = {}}, Becoming{.id = d1, .fields = {}})) ==
        then(on(first_lead, event::LeadConverted{d1, ala, acme, administrator})));
  CHECK(given(acme_there, create_lead(lead1, {{l::company_id, acme}})).when(convert(yes, {}, {})) ==
        then(on(first_lead, event::LeadConverted{{}, {}, acme, administrator})));
  CHECK(given(create_lead()).when(convert({}, {}, {})) == then(on(first_lead, event::LeadConverted{{}, {}, {}, administrator})));
  CHECK(given(create_lead()).when(convert(Becoming{.id = id_of("nobody"), .fields = {}}, {}, {})) == refused(Code::unknown_reference, "/company/id"));
  CHECK(given(create_deal(d1), Step(create_lead()).by(sam)).when(Step(convert({}, {}, Becoming{.id = d1, .fields = {}})).by(sam)) ==
        refused(Code::unknown_reference, "/deal/id"));  // he does not see it
  // What was merged is a fault where it is named, and nowhere else.
  const Step other_there = create(Kind::company, id_of("other"), {{c::name, std::string("Other")}}), merged = MergeContact{{Kind::company, id_of("other")}, acme};
  CHECK(given(acme_there, other_there, merged, create_lead()).when(convert(Becoming{.id = acme, .fields = {}}, Becoming{.id = {}, .fields = {{p::name, std::string("Ela")}}}, yes)) ==
        refused(Code::already_merged, "/company/id"));
  CHECK(given(create_lead()).when(convert(yes, {}, {})) == refused(Code::required, "/company/name"));
  CHECK(given(create_lead()).when(convert({}, yes, {})) == refused(Code::required, "/person/name"));
  CHECK(given(create_lead(), LoseLead{lead1, {}, {}, {}}).when(convert({}, {}, yes)) == refused(Code::lead_not_active));
  CHECK(given(create_lead(), set_account(field::account::client_required, 1)).when(convert({}, {}, yes)) == refused(Code::client_required, "/deal/company_id"));

  World world;
  world.accept(create_lead(lead1, {})).accept(set_account(field::account::client_required, 1));
  const Uuid company = world.fresh(0), deal = world.fresh(1);
  world.accept(convert(Becoming{.id = {}, .fields = {{c::name, std::string("Nowak")}}}, {}, Becoming{.id = {}, .fields = {{d::name, std::string("Bridge")}}}));
  CHECK(world.deal(deal).text(d::name) == "Bridge");
  CHECK(world.deal(deal).id(d::company_id) == company);
}

TEST_CASE("what a conversion says is none stays empty, and is not filled from the lead", "[domain][lead][LEA-1]") {
  const auto none = [](std::initializer_list<std::uint16_t> fields) {
    Becoming becoming;
    for (const std::uint16_t field : fields) becoming.fields.push_back({field, Value{}});
    return becoming;
  };
  World world;
  world.accept(raw_lead({{l::value, std::int64_t{5'000'00}}}));
  const Uuid company = world.fresh(0), person = world.fresh(1), deal = world.fresh(2);
  world.accept(convert(none({c::owner_id}), none({p::first_name, p::phones, p::owner_id, p::company_id}), none({d::value, d::company_id})));
  const View firm = world.view({Kind::company, company}), human = world.view({Kind::person, person}), made = world.deal(deal);
  CHECK(firm.text(c::name) == "Kowalski Sp. z o.o.");
  CHECK(firm[c::owner_id] == Value{});
  CHECK(human.text(p::name) == "Jan Kowalski");
  CHECK(human[p::emails] == Value{std::vector<std::string>{"jan@example.com"}});
  for (const std::uint16_t field : {p::phones, p::owner_id, p::company_id}) CHECK(human[field] == Value{});
  CHECK(made[d::value] == Value{});
  CHECK(made[d::company_id] == Value{});
  CHECK(made.id(d::person_id) == person);
}

TEST_CASE("nulls alone describe nothing new: what the lead is linked to stays", "[domain][lead][LEA-1]") {
  namespace cf = dealog::field::custom_field;
  const Step acme_there = create_company(acme, "Acme"), ala_there = create_person(ala, "Ala"), linked = create_lead(lead1, {{l::company_id, acme}, {l::person_id, ala}});
  const Step size = create(Kind::custom_field, id_of("size"), {{cf::collection, std::int64_t{2}}, {cf::key, std::string("size")}, {cf::type, std::int64_t{0}}});
  const Becoming no_phones{.id = {}, .fields = {{p::phones, Value{}}}}, no_size{.id = {}, .fields = {{p::phones, Value{}}}, .custom = {{"size", {}}}};
  const Outcome kept = then(on(first_lead, event::LeadConverted{{}, ala, acme, administrator}));
  CHECK(given(acme_there, ala_there, linked).when(convert(Becoming{.id = {}, .fields = {{c::phones, Value{}}, {c::owner_id, Value{}}}}, no_phones, {})) == kept);
  CHECK(given(size, acme_there, ala_there, linked).when(convert({}, no_size, {})) == kept);
  CHECK(given(acme_there, ala_there, linked).when(convert({}, no_size, {})) == refused(Code::unknown_field, "/person/cf/size"));

  World world;
  world.accept(acme_there).accept(ala_there).accept(linked);
  CHECK(types(world.decide(convert({}, Becoming{.id = {}, .fields = {{p::phones, Value{}}, {p::name, std::string("Ela")}}}, {}))) == "lead.converted person.created");
}

TEST_CASE("what the lead is worth is not carried over into another currency, and a value that is given is in the deal's", "[domain][lead][MON-5][GEN-2]") {
  const auto deal_of = [](Becoming becoming) {
    World world;
    world.accept(create_lead(lead1, {{l::value, std::int64_t{33'00}}}));
    const Uuid deal = world.fresh(0);
    world.accept(convert({}, {}, std::move(becoming)));
    return world.deal(deal);
  };
  const auto in = [](std::string currency, std::vector<AmountOf> amounts) {
    return Becoming{.id = {}, .fields = {{d::currency, std::move(currency)}}, .amounts = std::move(amounts)};
  };
  CHECK(deal_of(yes).number(d::value) == 33'00);
  CHECK(deal_of(in("PLN", {})).number(d::value) == 33'00);
  CHECK((deal_of(in("EUR", {}))[d::value] == Value{}));
  CHECK((deal_of(in("JPY", {}))[d::value] == Value{}));
  CHECK(deal_of(in("EUR", {{d::value, Amount{"3.00", "EUR"}}})).number(d::value) == 3'00);
  CHECK(deal_of(in("JPY", {{d::value, Amount{"300", {}}}})).number(d::value) == 300);
  const Step worth = create_lead(lead1, {{l::value, std::int64_t{33'00}}});
  CHECK(given(worth).when(convert({}, {}, in("EUR", {{d::value, Amount{"3.00", "PLN"}}}))) == refused(Code::invalid, "/deal/value/currency"));
  CHECK(given(worth).when(convert({}, {}, in("JPY", {{d::value, Amount{"3.50", {}}}}))) == refused(Code::invalid, "/deal/value/amount"));
}

TEST_CASE("what a lead becomes has the custom fields that the conversion gives it, and must have those that are required", "[domain][lead][LEA-1][DIC-5]") {
  namespace cf = dealog::field::custom_field;
  const Uuid size = id_of("size"), area = id_of("area");
  const auto define = [](const Uuid& id, std::string key, std::int64_t collection) {
    return create(Kind::custom_field, id, {{cf::collection, collection}, {cf::key, std::move(key)}, {cf::type, std::int64_t{0}}, {cf::required, std::int64_t{1}}});
  };
  const Step of_deals = define(size, "size", 0), of_companies = define(area, "area", 1);
  CHECK(given(of_deals, raw_lead()).when(convert({}, {}, yes)) == refused(Code::required, "/deal/cf/size"));
  CHECK(given(of_companies, raw_lead()).when(convert(yes, {}, {})) == refused(Code::required, "/company/cf/area"));
  CHECK(given(of_deals, raw_lead()).when(convert({}, {}, Becoming{.id = {}, .fields = {}, .custom = {{"area", std::string("x")}}})) ==
        refused(Code::unknown_field, "/deal/cf/area"));
  // What cannot be read is not missing as well.
  World wrong;
  wrong.accept(of_deals).accept(raw_lead());
  CHECK(describe(wrong.decide(convert({}, {}, Becoming{.id = {}, .fields = {}, .custom = {{"size", true}}}))) == "refused: wrong_type [/deal/cf/size wrong_type]");

  World world;
  world.accept(of_deals).accept(of_companies).accept(raw_lead());
  const Uuid company = world.fresh(0), deal = world.fresh(1);
  world.accept(convert(Becoming{.id = {}, .fields = {}, .custom = {{"area", std::string("North")}}}, {}, Becoming{.id = {}, .fields = {}, .custom = {{"size", std::string("Large")}}}));
  const auto number_of = [&](const Uuid& id) { return static_cast<std::uint16_t>(world.view({Kind::custom_field, id}).number(cf::number)); };
  CHECK(world.view({Kind::company, company}).text(number_of(area)) == "North");
  CHECK(world.view({Kind::company, company}).text(c::name) == "Kowalski Sp. z o.o.");
  CHECK(world.deal(deal).text(number_of(size)) == "Large");
}

TEST_CASE("a converted lead can be reopened and converted again", "[domain][lead][LEA-1]") {
  World world;
  world.accept(raw_lead()).accept(convert({}, yes, yes));
  const Uuid person = world.view(first_lead).id(l::person_id), first = world.view(first_lead).id(l::deal_id);
  CHECK(describe(world.decide(convert({}, {}, yes))).find("lead_not_active") != std::string::npos);
  world.accept(ReopenLead{lead1, {}});
  CHECK(world.view(first_lead)[l::deal_id] == Value{});
  CHECK(world.view(first_lead)[l::converted_at] == Value{});
  CHECK(world.view(first_lead).id(l::person_id) == person);
  CHECK(types(world.run(convert({}, yes, yes))) == "lead.converted deal.created");
  CHECK(world.view(first_lead).id(l::deal_id) != first);
  CHECK(world.deal(world.view(first_lead).id(l::deal_id)).number(d::kind) == static_cast<int>(DealKind::repeat_inquiry));
}

TEST_CASE("the lead's source is explicit on what it becomes, that it has none too", "[domain][lead][DIC-2]") {
  const Uuid fair = id_of("fair"), web = id_of("web");
  const auto account_with = [&](Fields fields) {
    World world;
    world.accept(set_account(field::account::sources_on, 1)).accept(set_account(field::account::source_inheritance_on, 1));
    world.accept(create(Kind::source, fair, {{field::source::name, std::string("Fair")}}));
    world.accept(create(Kind::source, web, {{field::source::name, std::string("Web")}}));
    world.accept(create(Kind::company, acme, {{c::name, std::string("Acme")}, {c::source_id, web}}));
    fields.push_back({l::company_id, acme});
    world.accept(create_lead(lead1, std::move(fields)));
    return world;
  };
  World with = account_with({{l::source_id, fair}});
  with.accept(convert(yes, Becoming{.id = {}, .fields = {{p::name, std::string("Ala")}}}, yes));
  CHECK(with.view({Kind::person, with.view(first_lead).id(l::person_id)}).id(p::source_id) == fair);
  CHECK(with.deal(with.view(first_lead).id(l::deal_id)).id(d::source_id) == fair);

  World without = account_with({});
  without.accept(convert(yes, {}, yes));
  CHECK(without.deal(without.view(first_lead).id(l::deal_id))[d::source_id] == Value{});

  World off = account_with({{l::source_id, fair}});
  off.accept(set_account(field::account::sources_on, 0)).accept(convert(yes, {}, yes));
  CHECK(off.deal(off.view(first_lead).id(l::deal_id))[d::source_id] == Value{});
}

TEST_CASE("a lead is repeat when its contact already had a lead or a deal then", "[domain][lead][LEA-2]") {
  const auto is_repeat = [](World& world, Fields fields, std::optional<Instant> effective = {}) {
    const Decision made = world.run(create_lead(lead2, std::move(fields), effective));
    return world.view({Kind::lead, lead2}).number(l::is_repeat) == 1;
  };
  const auto with = [](Fields first) {
    World world;
    world.accept(create_company(acme, "Acme")).accept(create_person(ala, "Ala"));
    if (!first.empty()) world.accept(create_lead(lead1, std::move(first)));
    return world;
  };
  World none = with({});
  CHECK(!is_repeat(none, {{l::company_id, acme}}));
  World by_company = with({{l::company_id, acme}});
  CHECK(is_repeat(by_company, {{l::company_id, acme}}));
  World by_person = with({{l::company_id, acme}, {l::person_id, ala}});
  CHECK(is_repeat(by_person, {{l::person_id, ala}}));
  World by_deal = with({});
  by_deal.accept(create_deal(d1, {{d::company_id, acme}, {d::person_id, ala}}));
  CHECK(is_repeat(by_deal, {{l::person_id, ala}}));  // the company is that deal's client, but the person had it too
  World earlier = with({{l::company_id, acme}});
  CHECK(!is_repeat(earlier, {{l::company_id, acme}}, instant("2026-01-05T00:00:00Z")));
  World deleted = with({{l::company_id, acme}});
  deleted.accept(Delete{first_lead});
  CHECK(!is_repeat(deleted, {{l::company_id, acme}}));
}

TEST_CASE("leads are like private deals: who takes part sees and writes them", "[domain][lead][rights][ACC-5]") {
  World world;
  world.accept(Step(create_lead()).by(sam));
  CHECK(describe(world.decide(Step(MoveLead{lead1, contacted, {}}).by(sue))) == describe(refusal(Code::not_found)));
  for (const Uuid& reader : {analyst, auditor}) {
    CHECK(world.model.may_see(reader, first_lead));
    CHECK(describe(world.decide(Step(MoveLead{lead1, contacted, {}}).by(reader))) == describe(refusal(Code::forbidden)));
  }
  CHECK(world.decide(Step(MoveLead{lead1, contacted, {}}).by(manager)).has_value());
  world.accept(Step(edit(Kind::lead, lead1, {{l::participant_ids, std::vector<Uuid>{sue}}})).by(sam));
  CHECK(world.decide(Step(MoveLead{lead1, contacted, {}}).by(sue)).has_value());
  CHECK(given().when(Step(create(Kind::lead_stage, id_of("s"), {{ls::name, std::string("S")}})).by(sam)) == refused(Code::forbidden));
}

TEST_CASE("what hangs on a lead is seen by who sees the lead; an assignee takes part", "[domain][lead][rights][ACC-5]") {
  namespace t = field::task;
  namespace n = field::note;
  const ObjectRef task{Kind::task, id_of("task")}, note{Kind::note, id_of("note")};
  World world;
  world.accept(Step(create_lead()).by(sam));
  world.accept(Step(create(Kind::note, note.id, {{n::text, std::string("Called")}, {n::lead_id, lead1}})).by(manager));
  CHECK(world.model.may_see(sam, note));
  CHECK(!world.model.may_see(sue, note));
  CHECK(describe(world.decide(Step(create(Kind::note, id_of("n2"), {{n::text, std::string("Me too")}, {n::lead_id, lead1}})).by(sue)))
            .find("/links/lead_id unknown_reference") != std::string::npos);
  CHECK(types(world.run(Step(create(Kind::task, task.id, {{t::name, std::string("Ring")}, {t::lead_id, lead1}, {t::assignee_id, sue}})).by(sam))) ==
        "task.created lead.edited");
  CHECK(world.model.may_see(sue, first_lead));
  CHECK(world.model.may_see(sue, note));
}

TEST_CASE("lead stages stand in the order of their positions and have names of their own", "[domain][lead][GEN-11]") {
  const Uuid s = id_of("s");
  World world;
  world.accept(create(Kind::lead_stage, s, {{ls::name, std::string("Offer")}}));
  CHECK(world.view({Kind::lead_stage, s}).number(ls::position) == 40);
  CHECK(given().when(create(Kind::lead_stage, s, {{ls::name, std::string(" new ")}})) == refused(Code::name_taken, "/name"));
  world.accept(edit(Kind::lead_stage, s, {{ls::position, std::int64_t{5}}})).accept(create_lead());
  CHECK(world.view(first_lead).id(l::stage_id) == s);
  world.accept(MoveLead{lead1, fresh_one, {}});
  CHECK(world.view(first_lead).id(l::furthest_stage_id) == fresh_one);
}

TEST_CASE("a stage goes only when no active lead stands in it, and the last one never", "[domain][lead]") {
  CHECK(given(create_lead()).when(Delete{{Kind::lead_stage, fresh_one}}) == refused(Code::in_use));
  CHECK(given(create_lead(), Delete{first_lead}).when(Delete{{Kind::lead_stage, fresh_one}}) == refused(Code::in_use));  // it could come back
  CHECK(given(Delete{{Kind::lead_stage, fresh_one}}, Delete{{Kind::lead_stage, contacted}}).when(Delete{{Kind::lead_stage, qualified}}) == refused(Code::in_use));
  CHECK(given(Delete{{Kind::lead_stage, fresh_one}}, create(Kind::lead_stage, id_of("n"), {{ls::name, std::string("New")}})).when(Restore{{Kind::lead_stage, fresh_one}}) ==
        refused(Code::name_taken));
  // A first_lead that is reopened where its stage is gone starts in the first one.
  World world;
  world.accept(create_lead()).accept(MoveLead{lead1, qualified, {}}).accept(LoseLead{lead1, {}, {}, {}}).accept(Delete{{Kind::lead_stage, qualified}});
  const Decision reopened = world.run(ReopenLead{lead1, {}});
  CHECK(types(reopened) == "lead.reopened lead.moved");
  CHECK(world.view(first_lead).id(l::stage_id) == fresh_one);
}

TEST_CASE("an edit that names what the conversion linked changes nothing", "[domain][lead][GEN-12]") {
  World world;
  world.accept(raw_lead()).accept(convert({}, yes, {}));
  const Uuid person = world.view(first_lead).id(l::person_id);
  CHECK(types(world.run(edit(Kind::lead, lead1, {{l::person_id, person}}))) == "");
  CHECK(types(world.run(edit(Kind::lead, lead1, {{l::person_id, Value{}}}))) == "lead.edited");
}
