#include "tests/support/scenario.h"

#include <algorithm>

namespace dealog::test {

event::Action action(const Uuid& id, std::string name, std::uint32_t weight) { return {.id = id, .name = std::move(name), .weight = weight}; }

std::vector<event::Stage> stages_abc() {
  return {{.id = A, .name = "A", .actions = {action(a1, "a1", 10), action(a2, "a2", 10)}},
          {.id = B, .name = "B", .actions = {action(b1, "b1", 20)}},
          {.id = C, .name = "C", .actions = {action(c1, "c1", 25), action(c2, "c2", 35)}}};
}

Step::Step(const Step&) = default;
Step::Step(Step&&) noexcept = default;
Step::~Step() = default;
Step Step::by(const Uuid& user) && { actor = user; return std::move(*this); }
Step Step::at(std::string_view time) && { now = instant(time); return std::move(*this); }
Step Step::at(Instant time) && { now = time; return std::move(*this); }
Step Step::performed_by(const Uuid& user) && { extra.performed_by = user; return std::move(*this); }
Step Step::if_match(Version version) && { extra.if_match = version; return std::move(*this); }
Step Step::token(const Uuid& id) && { extra.token = id; return std::move(*this); }
Step Step::imported() && { extra.is_import = true; return std::move(*this); }

command::Create create(Kind kind, const Uuid& id, Fields fields, std::optional<Instant> effective) {
  return {.object = {kind, id}, .fields = std::move(fields), .effective_at = effective};
}

command::Edit edit(Kind kind, const Uuid& id, Fields fields, std::optional<Instant> effective) {
  return {.object = {kind, id}, .fields = std::move(fields), .effective_at = effective};
}

command::Create create_deal(const Uuid& id, Fields fields, std::optional<Instant> effective) {
  if (std::ranges::none_of(fields, [](const FieldChange& f) { return f.field == field::deal::name; }))
    fields.push_back({field::deal::name, std::string("A deal")});
  return create(Kind::deal, id, std::move(fields), effective);
}

command::Create create_user(const Uuid& id, std::string name, Role role) {
  return create(Kind::user, id, {{field::user::name, name}, {field::user::email, name + "@example.com"}, {field::user::role, static_cast<std::int64_t>(role)}});
}

command::Create create_reason(const Uuid& id, std::string name, Status outcome) {
  return create(Kind::close_reason, id, {{field::close_reason::name, name}, {field::close_reason::outcome, static_cast<std::int64_t>(outcome)}});
}

command::Create create_company(const Uuid& id, std::string name) { return create(Kind::company, id, {{field::company::name, std::move(name)}}); }
command::Create create_person(const Uuid& id, std::string name) { return create(Kind::person, id, {{field::person::name, std::move(name)}}); }
command::Edit set_account(std::uint16_t setting, std::int64_t value) { return edit(Kind::account, account, {{setting, value}}); }

std::string describe(const Decision& decision) {
  std::string text;
  if (!decision) {
    text = "refused: " + std::string(name(decision.error().code));
    for (const Fault& fault : decision.error().faults) text += " [" + fault.pointer + " " + std::string(name(fault.code)) + "]";
    return text;
  }
  for (const NewEvent& event : decision->events) {
    text += text.empty() ? "" : ", ";
    text += event_type(event.object.kind, event.event) + " " + to_string(event.object.id).substr(0, 8);
    const auto* created = std::get_if<event::Created>(&event.event);
    const auto* edited = std::get_if<event::Edited>(&event.event);
    if (created || edited)
      for (const FieldChange& change : created ? created->fields : edited->fields) text += " " + std::to_string(change.field);
    if (!event.personal.empty()) text += " +" + std::to_string(event.personal.size()) + " sealed";
    if (event.effective_at) text += " @" + to_string(*event.effective_at);
    if (event.cause) text += " because of " + std::to_string(*event.cause);
  }
  return text.empty() ? "nothing" : text;
}

World::World() {
  const auto born = create_account_events({.id = account, .name = "Test", .slug = "test", .currency = "PLN", .time_zone = "Europe/Warsaw",
                                           .administrator_name = "Ada", .administrator_email = "ada@example.com", .token_hash = "aa"});
  now_ = instant("2026-01-01T08:00:00Z");
  record(*born, Step(command::Delete{}).by(nobody));
  for (Step step : {Step(create_user(manager, "max", Role::manager)), Step(create_user(sam, "sam", Role::salesperson)),
                    Step(create_user(sue, "sue", Role::salesperson)), Step(create_user(analyst, "ann", Role::analyst)),
                    Step(create_user(auditor, "aud", Role::auditor)), Step(create_reason(price, "Too dear", Status::lost)),
                    Step(create_reason(quality, "Best quality", Status::won))})
    run(std::move(step));
  command::Create abc = create(Kind::process, process, {{field::process::name, std::string("ABC")}, {field::process::is_default, std::int64_t{1}}});
  abc.stages = stages_abc();
  run(Step(abc));
  now_ = morning;
}

World::World(World&&) noexcept = default;
World& World::operator=(World&&) noexcept = default;
World::~World() = default;

Decision World::decide(const Step& step) {
  now_ = step.now ? *step.now : Instant{now_.ms + 1000};
  Context context = step.extra;
  context.actor = step.actor;
  context.now = now_;
  for (int i = 0; i < 8; ++i) context.fresh_ids.push_back(fresh(i));
  return model.decide(context, step.command);
}

Decision World::run(const Step& step) {
  Decision decision = decide(step);
  if (decision) record(decision->events, step);
  return decision;
}

World& World::accept(const Step& step) {
  const Decision decision = run(step);
  if (!decision) throw std::logic_error("a given command was " + describe(decision));
  return *this;
}

View World::view(ObjectRef object, Instant as_of, Position known_at) const {
  ViewFold fold(object, as_of, known_at);
  for (const Recorded& recorded : log) {
    if (recorded.envelope.object != object) continue;
    const fb::Record& record = *trusted_record(recorded.bytes);
    fold.apply(record, recorded.personal.empty() ? nullptr : &recorded.personal);
    if (const Uuid from = ViewFold::merged_from(record); !from.is_nil())
      fold.merge(record, view({object.kind, from}, as_of, std::min(known_at, recorded.envelope.position - 1)), {});
  }
  return fold.view();
}

View World::deal(const Uuid& id, Instant as_of, Position known_at) const { return view({Kind::deal, id}, as_of, known_at); }

Uuid World::fresh(int n) const { return derived_uuid("fresh", std::to_string(log.size()) + "-" + std::to_string(n)); }

void World::record(const std::vector<NewEvent>& events, const Step& step) {
  const Position first = log.size() + 1;
  for (const NewEvent& event : events) {
    Envelope envelope{.position = log.size() + 1, .object = event.object, .version = model.version_of(event.object) + 1, .recorded_at = now_,
                      .effective_at = event.effective_at.value_or(now_), .actor = step.actor, .performer = step.extra.performed_by, .command = first,
                      .cause = event.cause ? first + *event.cause : 0, .batch = model.batch_begun(step.extra.batch)};
    const Sealed sealed{};
    log.push_back({encode(envelope, event.event, event.personal.empty() ? nullptr : &sealed), event.personal, event, envelope});
    model.apply(envelope, event.event, Model::needs_personal(event.object.kind) ? event.personal : Fields{});
  }
}

Outcome::Outcome() = default;
Outcome::Outcome(Outcome&&) noexcept = default;
Outcome::Outcome(const Outcome&) = default;
Outcome& Outcome::operator=(Outcome&&) noexcept = default;
Outcome::~Outcome() = default;

bool operator==(const Outcome& left, const Outcome& right) {
  return left.code == right.code && left.pointer == right.pointer && left.events == right.events;
}
std::ostream& operator<<(std::ostream& out, const Outcome& outcome) { return out << outcome.printed; }

Outcome Given::when(const Step& step) {
  const Decision decision = world_.decide(step);
  Outcome outcome;
  outcome.printed = describe(decision);
  if (decision) {
    outcome.events = decision->events;
  } else {
    outcome.code = decision.error().code;
    const auto& faults = decision.error().faults;
    const auto fault = std::ranges::find(faults, decision.error().code, &Fault::code);
    outcome.pointer = fault == faults.end() ? "" : fault->pointer;
  }
  return outcome;
}

NewEvent on(ObjectRef object, Event event) { return {.object = object, .event = std::move(event)}; }
NewEvent on(const Uuid& deal, Event event) { return on({Kind::deal, deal}, std::move(event)); }

Outcome these(std::initializer_list<const NewEvent*> events) {
  Outcome outcome;
  for (const NewEvent* event : events) outcome.events.push_back(*event);
  outcome.printed = describe(Decided{.events = outcome.events});
  return outcome;
}

Outcome refused(Code code, std::string pointer) {
  Outcome outcome;
  outcome.code = code;
  outcome.printed = "refused: " + std::string(name(code)) + " at " + pointer;
  outcome.pointer = std::move(pointer);
  return outcome;
}

std::string types(const Decision& decision) {
  std::string text;
  if (!decision) return describe(decision);
  for (const NewEvent& event : decision->events) text += (text.empty() ? "" : " ") + event_type(event.object.kind, event.event);
  return text;
}

}  // namespace dealog::test
