#include "api/undo.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "api/object.h"
#include "api/steps.h"
#include "domain/events_generated.h"
#include "domain/facts.h"
#include "projections/layout.h"
#include "projections/query.h"

namespace dealog::api {
namespace {

using projections::Row;

// Deleting one of these leaves links to it standing: what refers to it stands in the way of taking its creation back. Words of
// dictionaries have rules of their own.
constexpr bool is_referred_to(Kind kind) { return kind == Kind::company || kind == Kind::person || kind == Kind::deal || kind == Kind::lead; }

std::optional<Fields> opened(const eventstore::Keyring& keys, const fb::Record& record) {
  const auto plaintext = keys.open(record);
  return plaintext ? decode_personal(*plaintext) : std::nullopt;
}

bool is_within(const std::vector<std::pair<Position, Position>>& ranges, Position position) {
  const auto behind = std::ranges::upper_bound(ranges, position, {}, &std::pair<Position, Position>::first);
  return behind != ranges.begin() && position <= std::prev(behind)->second;
}

std::vector<Happened> history_of(const Account& account, ObjectRef object, const std::vector<std::pair<Position, Position>>& undone) {
  std::vector<Happened> history;
  ViewFold fold(object);
  bool is_born = false;
  account.log().read_object(object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    Happened happened{.around = envelope(stored.record), .event = event_of(stored.record)};
    const std::optional<Fields> personal = opened(account.keys(), stored.record);
    happened.is_erased = stored.record.sealed() != nullptr && !personal;
    if (personal) happened.personal = *personal;
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

// Every object that is there and refers to one of `ids`, objects of that kind, but for those that are concerned themselves.
void find_referring(const projections::World& live, Kind kind, const std::vector<Uuid>& ids, const std::set<ObjectRef>& concerned,
                    const std::function<void(ObjectRef by, Row row)>& take) {
  std::set<projections::Handle> wanted;
  for (const Uuid& id : ids)
    if (const projections::Handle handle = live.handle(id); handle != 0) wanted.insert(handle);
  for (const Kind other : all_kinds) {
    const projections::Table& table = live.table(other);
    for (const FieldSpec& spec : fields_of(other)) {
      const projections::Held held = projections::held(other, spec.number);
      const bool is_one = spec.type == FieldType::ref && held == projections::Held::handle;
      const bool is_list = spec.type == FieldType::refs && held == projections::Held::set;
      if (spec.ref != kind || other == Kind::batch || (!is_one && !is_list)) continue;
      const auto look = [&](projections::Handle handle, Row row) {
        if (handle == 0 || !wanted.contains(handle) || table.presence()[row] != 1) return;
        const ObjectRef by{other, live.id(table.self()[row])};
        if (!concerned.contains(by)) take(by, row);
      };
      for (Row row = 0; row < table.rows(); ++row) {
        if (is_one) look(table.handles(spec.number)[row], row);
        else
          for (const projections::Handle handle : table.set(spec.number, row)) look(handle, row);
      }
    }
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

UndoPrepared prepare_undo(const Account& account, const Question& question, const Undoing& undoing) {
  UndoPrepared prepared;
  std::set<ObjectRef> concerned;
  std::map<Kind, std::vector<Uuid>> created;
  for (const auto& [first, last] : undoing.ranges)
    account.log().read(first - 1, last, [&](const eventstore::StoredRecord& stored) {
      const ObjectRef object = envelope(stored.record).object;
      concerned.insert(object);
      if (stored.record.event_type() == fb::Event::Created && is_referred_to(object.kind)) created[object.kind].push_back(object.id);
      return true;
    });
  std::vector<Obstacle> referring;
  for (const auto& [kind, ids] : created)
    find_referring(*question.live, kind, ids, concerned, [&](ObjectRef by, Row row) {
      const bool is_seen = may_see(*question.live, question.asked.reader, by.kind, row);
      referring.push_back({.object = {by.kind, is_seen ? by.id : Uuid{}}, .type = std::string(name(by.kind)) + ".created"});
    });
  // One history at a time, for there may be very many: what is planned for an object depends on its own alone.
  UndoPlan& plan = prepared.plan;
  for (const ObjectRef& object : concerned) {
    std::vector<std::vector<Happened>> one;
    one.push_back(history_of(account, object, undoing.ranges));
    prepared.versions.emplace_hint(prepared.versions.end(), object, one.front().back().around.version);
    UndoPlan planned = plan_undo(one, undoing.is_import);
    std::ranges::move(planned.steps, std::back_inserter(plan.steps));
    std::ranges::move(planned.obstacles, std::back_inserter(plan.obstacles));
    std::ranges::move(planned.stays, std::back_inserter(plan.stays));
  }
  std::ranges::stable_sort(plan.steps, std::ranges::greater{}, &UndoStep::undoes);   // the newest first
  plan.obstacles.insert(plan.obstacles.end(), referring.begin(), referring.end());
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
