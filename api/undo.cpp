#include "api/undo.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "api/object.h"
#include "api/steps.h"
#include "domain/events_generated.h"
#include "domain/facts.h"
#include "domain/scorecard_parameters.h"
#include "projections/layout.h"
#include "projections/query.h"

namespace dealog::api {
namespace {

using projections::Row;

// What refers to one of these stands in the way of taking its creation back: deleting it leaves the links standing (contacts,
// deals, leads, spaces, teams, files), or takes them from others' objects for good (what strips, and custom fields). Whoever means
// that may still delete it. The other words of dictionaries are never deleted once they were used.
constexpr bool is_referred_to(Kind kind) {
  switch (kind) {
    case Kind::company: case Kind::person: case Kind::deal: case Kind::lead: case Kind::space: case Kind::team: case Kind::file:
    case Kind::custom_field: return true;
    default: return deletion_of(kind) == Deletion::strips;
  }
}

constexpr std::size_t most_referring = 100;   // so many are named: a tag may be on every deal

std::optional<Fields> opened(const eventstore::Keyring& keys, const fb::Record& record) {
  const auto plaintext = keys.open(record);
  return plaintext ? decode_personal(*plaintext) : std::nullopt;
}

bool is_within(const std::vector<std::pair<Position, Position>>& ranges, Position position) {
  const auto behind = std::ranges::upper_bound(ranges, position, {}, &std::pair<Position, Position>::first);
  return behind != ranges.begin() && position <= std::prev(behind)->second;
}

// What batches take back, each looked up once.
class Undos {
 public:
  explicit Undos(Account& account) : account_(account) {}

  // Of the batch that began there.
  const Undoes& of(Position begun) {
    const auto [place, is_new] = known_.try_emplace(begun);
    if (!is_new) return place->second;
    Undoes& undoes = place->second;
    const Fields said = fields_at(begun);
    if (const auto command = number_in(said, field::batch::undoes_command)) undoes.command = static_cast<Position>(*command);
    const Value* id = find_value(said, field::batch::undoes_id);
    const auto batch = id != nullptr ? account_.writer().batch(std::get<Uuid>(*id)) : std::nullopt;
    if (!batch) return undoes;
    undoes.batch = batch->begun;
    undoes.is_whole = number_in(fields_at(batch->begun), field::batch::kind) != static_cast<std::int64_t>(BatchKind::import);
    return undoes;
  }

 private:
  Fields fields_at(Position begun) const {
    Fields fields;
    account_.log().read(begun - 1, begun, [&](const eventstore::StoredRecord& stored) {
      const Event event = event_of(stored.record);
      if (const Fields* said = fields_in(event)) fields = *said;
      return false;
    });
    return fields;
  }

  Account& account_;
  std::map<Position, Undoes> known_;
};

std::vector<Happened> history_of(const Account& account, ObjectRef object, const std::vector<std::pair<Position, Position>>& undone, Undos& undos) {
  std::vector<Happened> history;
  ViewFold fold(object);
  bool is_born = false;
  account.log().read_object(object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    Happened happened{.around = envelope(stored.record), .event = event_of(stored.record)};
    const std::optional<Fields> personal = opened(account.keys(), stored.record);
    happened.is_erased = stored.record.sealed() != nullptr && !personal;
    if (personal) happened.personal = *personal;
    if (happened.around.batch != 0) happened.undoes = undos.of(happened.around.batch);
    happened.is_undone = is_within(undone, happened.around.position);
    is_born = is_born || (happened.is_undone && std::holds_alternative<event::Created>(happened.event));
    if (happened.is_undone && !is_born) happened.before = fold.view();   // what goes as a whole needs none
    fold.apply(stored.record, personal ? &*personal : nullptr);
    follow_merge(account.log(), account.keys(), stored.record, fold);
    history.push_back(std::move(happened));
    return true;
  });
  return history;
}

// What refers to the objects that an undo would delete, or stands on what else it takes away: one pass over each column that may.
class Referring {
 public:
  Referring(const Question& question, const std::set<ObjectRef>& concerned) : live_(*question.live), reader_(question.asked.reader), concerned_(concerned) {}

  // Objects of that kind.
  void to(Kind kind, const std::vector<Uuid>& ids) {
    if (kind == Kind::custom_field) return to_custom_fields(ids);
    const std::set<Handle> wanted = handles(ids);
    for (const Kind other : all_kinds)
      for (const FieldSpec& spec : fields_of(other))
        if (spec.ref == kind && other != Kind::batch) to(other, spec, wanted);
    if (kind == Kind::product_category) to_categories(ids);
  }

  // Deals that stand in stages of a process, or had actions done, that only a later version brought.
  void to_version(const Uuid& process, const event::ProcessDefined& before, const event::ProcessDefined& version) {
    std::set<Uuid> known;
    const auto each_id = [](const event::ProcessDefined& defined, const auto& take) {
      for (const event::Stage& stage : defined.stages) {
        take(stage.id);
        for (const event::Action& action : stage.actions) take(action.id);
      }
    };
    each_id(before, [&](const Uuid& id) { known.insert(id); });
    std::vector<Uuid> brought;
    each_id(version, [&](const Uuid& id) { if (!known.contains(id)) brought.push_back(id); });
    if (brought.empty()) return;
    namespace d = field::deal;
    const std::set<Handle> wanted = handles(brought);
    const Handle self = live_.handle(process);
    const Table& deals = live_.table(Kind::deal);
    const auto& processes = deals.handles(d::process_id);
    const auto& stages = deals.handles(d::stage_id);
    each_row(Kind::deal, [&](Row row) {
      if (processes[row] != self) return false;
      return wanted.contains(stages[row]) || any_of(deals.set(d::done_actions, row), wanted);
    });
  }

  std::vector<Obstacle> found() && { return std::move(found_); }

 private:
  using Handle = projections::Handle;
  using Table = projections::Table;
  using Held = projections::Held;

  std::set<Handle> handles(const std::vector<Uuid>& ids) const {
    std::set<Handle> wanted;
    for (const Uuid& id : ids)
      if (const Handle handle = live_.handle(id); handle != 0) wanted.insert(handle);
    return wanted;
  }
  static bool any_of(std::span<const Handle> members, const std::set<Handle>& wanted) {
    return std::ranges::any_of(members, [&](Handle member) { return wanted.contains(member); });
  }

  // Objects that are there, and not concerned themselves.
  template <class Refers>
  void each_row(Kind kind, const Refers& refers) {
    const Table& table = live_.table(kind);
    const auto& presence = table.presence();
    for (Row row = 0; row < table.rows() && found_.size() < most_referring; ++row) {
      if (presence[row] != 1 || !refers(row)) continue;
      const ObjectRef by{kind, live_.id(table.self()[row])};
      if (concerned_.contains(by) || !seen_.insert(by).second) continue;
      const bool is_seen = may_see(live_, reader_, kind, row);
      found_.push_back({.object = {kind, is_seen ? by.id : Uuid{}}, .type = std::string(name(kind)) + ".created"});
    }
  }

  void to(Kind other, const FieldSpec& spec, const std::set<Handle>& wanted) {
    const Held held = projections::held(other, spec.number);
    const Table& table = live_.table(other);
    const auto& column = table.handles(spec.number);
    if (spec.type == FieldType::ref && held == Held::handle)
      return each_row(other, [&](Row row) { return column[row] != 0 && wanted.contains(column[row]); });
    if (spec.type == FieldType::refs && held == Held::set)
      each_row(other, [&](Row row) { return column[row] != 0 && any_of(table.members(column[row]), wanted); });
  }

  // Objects with a value there.
  void to_custom_fields(const std::vector<Uuid>& ids) {
    for (const Kind other : custom_collections())
      for (const projections::CustomInfo& field : live_.custom_fields(other)) {
        if (std::ranges::find(ids, field.id) == ids.end()) continue;
        const Table& table = live_.table(other);
        const bool is_number = projections::held(other, field.number) == Held::number;   // all others are handles, or references to what they hold
        const auto& numbers = table.numbers(field.number);
        const auto& column = table.handles(field.number);
        each_row(other, [&](Row row) { return is_number ? numbers[row] != projections::null_number : column[row] != 0; });
      }
  }

  // Cards that count products of a category.
  void to_categories(const std::vector<Uuid>& ids) {
    const Table& cards = live_.table(Kind::scorecard);
    each_row(Kind::scorecard, [&](Row row) {
      const auto parameters = unpacked_parameters(cards.text(field::scorecard::parameters, row));
      return std::ranges::any_of(parameters, [&](const event::ScorecardParameter& it) { return std::ranges::find(ids, it.object) != ids.end(); });
    });
  }

  const projections::World& live_;
  const projections::Reader& reader_;
  const std::set<ObjectRef>& concerned_;
  std::set<ObjectRef> seen_;
  std::vector<Obstacle> found_;
};

// Of a process, whose versions are taken back, unless all of it is.
void look_at_versions(const std::vector<Happened>& history, Referring& referring) {
  const event::ProcessDefined* before = nullptr;
  for (const Happened& it : history) {
    if (it.is_undone && std::holds_alternative<event::Created>(it.event)) return;
    const auto* version = std::get_if<event::ProcessDefined>(&it.event);
    if (version == nullptr) continue;
    if (it.is_undone && before != nullptr) referring.to_version(it.around.object.id, *before, *version);
    before = version;
  }
}

}  // namespace

std::optional<Undoing> undoing_batch(Account& account, const Uuid& user, const Uuid& batch) {
  const auto found = account.writer().batch(batch);
  if (!found || !account.writer().may_see(user, {Kind::batch, batch})) return std::nullopt;
  const bool is_import = account.shown({Kind::batch, batch}, UINT32_MAX).view.number(field::batch::kind) == static_cast<std::int64_t>(BatchKind::import);
  return Undoing{.batch = batch, .ranges = found->ranges, .is_import = is_import};
}

std::optional<Undoing> undone_by(Account& account, const Uuid& user, const Uuid& batch) {
  const Uuid undone = account.shown({Kind::batch, batch}, UINT32_MAX).view.id(field::batch::undoes_id);
  return undone.is_nil() ? std::nullopt : undoing_batch(account, user, undone);
}

std::size_t Undoing::events() const {
  std::size_t events = 0;
  for (const auto& [first, last] : ranges) events += last - first + 1;
  return events;
}

bool is_undone(const projections::World& live, const Uuid& batch) {
  const projections::Table& batches = live.table(Kind::batch);
  const projections::Handle wanted = live.handle(batch);
  if (wanted == 0) return false;
  for (Row row = 0; row < batches.rows(); ++row)
    if (batches.handles(field::batch::undoes_id)[row] == wanted && !is_undone(live, live.id(batches.self()[row]))) return true;
  return false;
}

std::optional<Undoing> undoing_command(Account& account, const projections::Reader& reader, Position position) {
  if (position == 0 || position > account.head()) return std::nullopt;
  Undoing undoing{.command = position};
  std::optional<Envelope> first;
  account.log().read(position - 1, account.head(), [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.command != position) return false;
    if (!first) first = around;
    undoing.ranges = {{position, around.position}};
    return true;
  });
  const bool is_his = first && (first->actor == reader.user || reader.role == Role::administrator || reader.role == Role::manager);
  if (!is_his || !account.writer().may_see(reader.user, first->object)) return std::nullopt;
  if (first->object.kind == Kind::batch) return undoing_batch(account, reader.user, first->object.id);
  return undoing;
}

std::optional<Undoing> undoing_last(Account& account, const projections::Reader& reader) {
  const Position last = account.writer().last_command_of(reader.user);
  if (last == 0) return std::nullopt;
  Position batch = 0;
  account.log().read(last - 1, last, [&](const eventstore::StoredRecord& stored) {
    batch = envelope(stored.record).batch;
    return false;
  });
  if (batch != 0)
    if (const auto found = account.writer().batch_at(batch)) return undoing_batch(account, reader.user, found->id);
  return undoing_command(account, reader, last);
}

UndoPrepared prepare_undo(Account& account, const Question& question, const Undoing& undoing) {
  UndoPrepared prepared;
  std::set<ObjectRef> concerned;
  std::map<Kind, std::vector<Uuid>> created;
  for (const auto& [first, last] : undoing.ranges)
    account.log().read(first - 1, last, [&](const eventstore::StoredRecord& stored) {
      const ObjectRef object = envelope(stored.record).object;
      concerned.insert(object);
      const bool stays = undoing.is_import && is_setup(object.kind);   // or goes only where it was not used (domain/undo.h)
      if (stored.record.event_type() == fb::Event::Created && is_referred_to(object.kind) && !stays) created[object.kind].push_back(object.id);
      return true;
    });
  Referring referring(question, concerned);
  for (const auto& [kind, ids] : created) referring.to(kind, ids);
  Undos undos(account);
  // One history at a time, for there may be very many: what is planned for an object depends on its own alone.
  UndoPlan& plan = prepared.plan;
  for (const ObjectRef& object : concerned) {
    std::vector<std::vector<Happened>> one;
    one.push_back(history_of(account, object, undoing.ranges, undos));
    if (object.kind == Kind::process) look_at_versions(one.front(), referring);
    prepared.versions.emplace_hint(prepared.versions.end(), object, one.front().back().around.version);
    UndoPlan planned = plan_undo(one, undoing.is_import);
    std::ranges::move(planned.steps, std::back_inserter(plan.steps));
    std::ranges::move(planned.obstacles, std::back_inserter(plan.obstacles));
    std::ranges::move(planned.stays, std::back_inserter(plan.stays));
    std::ranges::move(planned.taken_back_by, std::back_inserter(plan.taken_back_by));
  }
  put_in_order(plan.steps);
  std::ranges::move(std::move(referring).found(), std::back_inserter(plan.obstacles));
  // Once is enough; but of an import that much may have been left, and the same request goes on with the rest.
  if (plan.steps.empty() && plan.obstacles.empty() && !undoing.is_import) plan.obstacles = std::move(plan.taken_back_by);
  return prepared;
}

std::vector<Change> changes_of(const Account& account, const std::vector<std::pair<Position, Position>>& ranges) {
  std::vector<Change> changes;
  for (const auto& [first, last] : ranges)
    account.log().read(first - 1, last, [&](const eventstore::StoredRecord& stored) {
      changes.push_back({envelope(stored.record), Bytes(stored.bytes.begin(), stored.bytes.end()),
                         opened(account.keys(), stored.record).value_or(Fields{})});
      return true;
    });
  return changes;
}

void write_changes(JsonWriter& json, Account& account, const Uuid& reader, const std::vector<Change>& changes) {
  const auto setting = account.set_up();
  std::map<ObjectRef, Folded> folds;
  json.array();
  for (const Change& change : changes) {
    const ObjectRef object = change.around.object;
    const auto [place, is_new] = folds.try_emplace(object, Folded{ViewFold(object), {}});
    ViewFold& fold = place->second.fold;
    if (is_new && change.around.version > 1) fold_records(account.log(), account.keys(), object, 0, change.around.version - 1, place->second);
    const fb::Record& record = *trusted_record(change.record);
    const Fields* personal = change.personal.empty() ? nullptr : &change.personal;
    const View before = fold.view();
    fold.apply(record, personal);
    const View after = fold.view();
    std::vector<std::uint16_t> fields;
    for_each_fact(record, personal, [&](const Fact& fact) {
      if (find_field(object.kind, fact.field) != nullptr && std::ranges::find(fields, fact.field) == fields.end()) fields.push_back(fact.field);
    });
    // A private note's text is its author's alone (SPEC ACC-5).
    Eyes eyes{.reader = reader};
    if (object.kind == Kind::note) eyes.is_private_now = account.shown(object, UINT32_MAX).view.number(field::note::is_private) != 0;
    const Step step{.record = record, .around = change.around, .before = before, .after = after, .set_up = *setting, .personal = personal,
                    .fields = fields, .conceals = conceals(before, eyes) || conceals(after, eyes)};
    json.object().key("object").object().field("kind", name(object.kind)).field("id", object.id).end().field("type", type_of(step));
    write_members(json.key("data"), data_of(step));
    write_members(json.key("before"), before_of(step));
    json.end();
  }
  json.end();
}

}  // namespace dealog::api
