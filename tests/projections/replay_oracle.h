#pragma once
// The oracle: the state at (as_of, known_at) by replaying from zero exactly the events that count, into plain maps of
// views. Slow and simple; what follows by rule for many objects is written out once more here.

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "domain/events_generated.h"
#include "domain/facts.h"
#include "domain/view.h"
#include "projections/world.h"
#include "tests/projections/random_history.h"

namespace dealog::test {

class ReplayOracle {
 public:
  struct Object {
    View live, seen;                  // with all times; by as_of
    Value live_note, seen_note;       // unused by kinds that have none
    std::int64_t last_activity = projections::null_number;
    std::vector<Uuid> visited;
  };

  ReplayOracle(const std::vector<Entry>& log, Instant as_of, Position known_at) : as_of_(as_of) {
    for (const Entry& entry : log) {
      if (entry.envelope.position > known_at) break;
      apply(entry);
    }
  }

  std::map<ObjectRef, Object> objects;
  std::vector<ObjectRef> order;       // of first events

  const Object* find(ObjectRef object) const {
    const auto found = objects.find(object);
    return found == objects.end() ? nullptr : &found->second;
  }

  struct Weights { std::int64_t done = 0, total = 0; };
  Weights weights(const View& deal) const {
    namespace d = field::deal;
    if (!deal.exists) return {};
    if (deal.number(d::status) != 0) return {deal.number(d::closing_done_weight), deal.number(d::closing_total_weight)};
    Weights weights;
    const Object* process = find({Kind::process, deal.id(d::process_id)});
    if (process == nullptr || !process->seen.process) return weights;
    for (const event::Stage& stage : process->seen.process->stages)
      for (const event::Action& action : stage.actions) {
        weights.total += action.weight;
        if (std::ranges::find(deal.done_actions, action.id, &DoneAction::action) != deal.done_actions.end()) weights.done += action.weight;
      }
    return weights;
  }

  std::set<Uuid> open_tasks(const Uuid& deal) const {
    std::set<Uuid> tasks;
    for (const auto& [object, state] : objects)
      if (object.kind == Kind::task && state.seen.exists && state.seen.number(field::is_deleted) == 0 &&
          state.seen.number(field::task::status) == 0 && state.seen.id(field::task::deal_id) == deal)
        tasks.insert(object.id);
    return tasks;
  }

 private:
  void apply(const Entry& entry) {
    const fb::Record& record = entry.record();
    const ObjectRef ref = entry.envelope.object;
    const auto [place, is_new] = objects.try_emplace(ref);
    Object& object = place->second;
    if (is_new) {
      object.live.object = object.seen.object = ref;
      order.push_back(ref);
    }
    fold(object.live, object.live_note, entry, end_of_time, nullptr);
    fold(object.seen, object.seen_note, entry, as_of_, &object.visited);

    if (ref.kind == Kind::deal) active(object, entry.envelope.effective_at);
    if (ref.kind == Kind::task && record.event_type() == fb::Event::TaskCompleted) active_deal(object.live.id(field::task::deal_id), entry);
    if (ref.kind == Kind::note && is_new) active_deal(object.live.id(field::note::deal_id), entry);
    if (ref.kind == Kind::email && is_new) active_deal(object.live.id(field::email::deal_id), entry);
    if (deletion_of(ref.kind) == Deletion::strips && record.event_type() == fb::Event::Deleted) strip(entry);
    if (const Uuid from = ViewFold::merged_from(record); !from.is_nil()) merge(entry, from);
    if (record.event_type() == fb::Event::ScorecardsDeleted) delete_cards(entry);
    if (const auto* defined = record.event_as_ProcessDefined()) {
      definitions_.push_back({ref.id, entry.envelope.effective_at, *object.live.process});
      move_deals(entry, *object.live.process, defined->version() == 1);
    }
    if (const auto* corrected = record.event_as_DealCorrected())
      follow_versions_between(object, Instant{corrected->replaced_at()}, entry.envelope.effective_at);
  }

  // A deal whose closing is corrected to a later time was open in between, for the versions of that time too.
  void follow_versions_between(Object& deal, Instant after, Instant before) {
    namespace d = field::deal;
    if (as_of_ >= before) return;
    Uuid stage = deal.live.id(d::stage_id), furthest = deal.live.id(d::furthest_stage_id);
    for (const Definition& version : definitions_) {
      if (version.process != deal.live.id(d::process_id) || version.at <= after || version.at >= before) continue;
      const Uuid to = target(version.defined, stage), further = target(version.defined, furthest);
      if (to == stage && further == furthest) continue;
      const bool behind = place(version.defined, further) < place(version.defined, to);
      if (version.at <= as_of_) {
        if (to != stage) {
          deal.seen.fields[d::stage_id] = to;
          deal.seen.fields[d::stage_entered_at] = version.at.ms;
          visit(deal.visited, to);
        }
        if ((behind ? to : further) != furthest) deal.seen.fields[d::furthest_stage_id] = behind ? to : further;
      }
      stage = to;
      furthest = behind ? to : further;
    }
  }
  static Uuid target(const event::ProcessDefined& defined, const Uuid& stage) {
    for (const event::StageTarget& removed : defined.removed_stages)
      if (removed.removed == stage) return removed.target;
    return stage;
  }
  static std::size_t place(const event::ProcessDefined& defined, const Uuid& stage) {
    for (std::size_t i = 0; i < defined.stages.size(); ++i)
      if (defined.stages[i].id == stage) return i;
    return 0;
  }

  void active(Object& deal, Instant at) {
    if (at <= as_of_) deal.last_activity = std::max(deal.last_activity, at.ms);
  }
  void active_deal(const Uuid& deal, const Entry& entry) {
    if (const auto found = objects.find({Kind::deal, deal}); found != objects.end()) active(found->second, entry.envelope.effective_at);
  }

  void strip(const Entry& entry) {
    const Uuid word = entry.envelope.object.id;
    for (auto& [ref, object] : objects) {
      for (auto* view : {&object.live, &object.seen}) {
        if (view == &object.seen && entry.envelope.effective_at > as_of_) continue;
        for (const FieldSpec& spec : fields_of(ref.kind)) {
          const auto held = view->fields.find(spec.number);
          if (spec.ref != entry.envelope.object.kind || held == view->fields.end()) continue;
          if (auto* members = std::get_if<std::vector<Uuid>>(&held->second)) std::erase(*members, word);
          else if (held->second == Value{word}) view->fields.erase(held);
        }
      }
    }
  }

  void delete_cards(const Entry& entry) {
    for (auto& [ref, object] : objects) {
      if (ref.kind != Kind::scorecard || object.live.id(field::scorecard::holder_user_id) != entry.envelope.object.id || object.live.number(field::is_deleted) != 0) continue;
      for (auto* view : {&object.live, &object.seen}) {
        if (view == &object.seen && entry.envelope.effective_at > as_of_) continue;
        view->fields[field::is_deleted] = std::int64_t{1};
        view->fields[field::deleted_at] = entry.envelope.effective_at.ms;
      }
    }
  }

  void merge(const Entry& entry, const Uuid& from) {
    const ObjectRef into = entry.envelope.object;
    const auto source = objects.find({into.kind, from});
    for (auto view : {&Object::live, &Object::seen}) {
      if (view == &Object::seen && entry.envelope.effective_at > as_of_) continue;
      if (source != objects.end()) unite(objects[into].*view, source->second.*view);
      for (auto& [ref, object] : objects)
        for (const FieldSpec& spec : fields_of(ref.kind))
          if (spec.type == FieldType::ref && spec.ref == into.kind && (object.*view).id(spec.number) == from) (object.*view).fields[spec.number] = into.id;
    }
  }
  static void unite(View& into, const View& from) {
    for (const auto& [number, other] : from.fields) {
      const FieldSpec* known = find_field(into.object.kind, number);
      if (!known || known->access == Access::derived || std::holds_alternative<std::monostate>(other)) continue;
      const FieldSpec& spec = *known;
      if (const auto* ids = std::get_if<std::vector<Uuid>>(&other)) {
        const Value held = into[spec.number];
        std::vector<Uuid> all = std::holds_alternative<std::monostate>(held) ? std::vector<Uuid>() : std::get<std::vector<Uuid>>(held);
        const std::size_t before = all.size();
        for (const Uuid& id : *ids)
          if (std::ranges::find(all, id) == all.end()) all.push_back(id);
        if (all.size() != before) into.fields[spec.number] = all;
        continue;
      }
      const auto* more = std::get_if<std::vector<std::string>>(&other);
      if (!more) {
        into.fields.emplace(spec.number, other);
        continue;
      }
      const Value held = into[spec.number];
      std::vector<std::string> all = std::holds_alternative<std::monostate>(held) ? std::vector<std::string>() : std::get<std::vector<std::string>>(held);
      const std::size_t before = all.size();
      for (const std::string& text : *more)
        if (std::ranges::find(all, text) == all.end()) all.push_back(text);
      if (all.size() != before) into.fields[spec.number] = all;
    }
  }

  void move_deals(const Entry& entry, const event::ProcessDefined& defined, bool) {
    namespace d = field::deal;
    if (defined.removed_stages.empty()) return;
    for (auto& [ref, object] : objects) {
      if (ref.kind != Kind::deal || object.live.id(d::process_id) != entry.envelope.object.id || object.live.number(d::status) != 0) continue;
      const Uuid stage = target(defined, object.live.id(d::stage_id));
      Uuid furthest = target(defined, object.live.id(d::furthest_stage_id));
      // By the versions that move it alone: another order takes no deal anywhere.
      const bool is_moved = stage != object.live.id(d::stage_id) || furthest != object.live.id(d::furthest_stage_id);
      if (is_moved && place(defined, furthest) < place(defined, stage)) furthest = stage;
      const bool moves = stage != object.live.id(d::stage_id), furthers = furthest != object.live.id(d::furthest_stage_id);
      for (auto* view : {&object.live, &object.seen}) {
        if (view == &object.seen && entry.envelope.effective_at > as_of_) continue;
        if (moves) {
          view->fields[d::stage_id] = stage;
          view->fields[d::stage_entered_at] = entry.envelope.effective_at.ms;
          if (view == &object.seen) visit(object.visited, stage);
        }
        if (furthers) view->fields[d::furthest_stage_id] = furthest;
      }
    }
  }

  static void visit(std::vector<Uuid>& visited, const Uuid& stage) {
    if (!stage.is_nil() && std::ranges::find(visited, stage) == visited.end()) visited.push_back(stage);
  }

  static void fold(View& view, Value& note, const Entry& entry, Instant as_of, std::vector<Uuid>* visited) {
    const fb::Record& record = entry.record();
    if (record.sealed() != nullptr && !entry.personal) view.erased = true;
    Value live_note = note;
    for_each_fact(record, entry.opened(), [&](const Fact& fact) {
      if (view.object.kind == Kind::deal && fact.field == field::deal::close_note) live_note = fact.is_null ? Value{} : Value{std::string(fact.text)};
      if (fact.from > as_of) return;
      if (fact.op != Fact::Op::set) {
        std::erase_if(view.done_actions, [&](const DoneAction& done) { return done.action == fact.id; });
        const Envelope& by = entry.envelope;
        if (fact.op == Fact::Op::add) view.done_actions.push_back({fact.id, fact.from, by.performer.is_nil() ? by.actor : by.performer});
        std::vector<Uuid> ids;
        for (const DoneAction& done : view.done_actions) ids.push_back(done.action);
        view.fields[fact.field] = ids;
        return;
      }
      const bool has_stages = view.object.kind == Kind::deal || view.object.kind == Kind::lead;
      if (visited != nullptr && has_stages && fact.field == field::deal::stage_id) visit(*visited, fact.id);
      if (fact.is_null) {
        view.fields.erase(fact.field);
        return;
      }
      const FieldSpec* spec = find_field(view.object.kind, fact.field);
      if (spec == nullptr) return;  // lines and costs: below
      switch (spec->type) {
        case FieldType::text: case FieldType::json: case FieldType::word: view.fields[fact.field] = std::string(fact.text); break;
        case FieldType::texts: case FieldType::words: view.fields[fact.field] = *fact.texts; break;
        case FieldType::ref: view.fields[fact.field] = fact.id; break;
        case FieldType::refs: view.fields[fact.field] = std::vector<Uuid>(fact.ids.begin(), fact.ids.end()); break;
        default: view.fields[fact.field] = fact.number;
      }
    });
    if (const Event event = event_of(record); entry.envelope.effective_at <= as_of) {
      if (const auto* set = std::get_if<event::DealLinesSet>(&event)) view.lines = set->lines;
      if (const auto* set = std::get_if<event::DealCostsSet>(&event)) view.costs = set->costs;
      if (const auto* set = std::get_if<event::ScorecardParametersSet>(&event)) view.parameters = set->parameters;
      if (const auto* adjusted = std::get_if<event::ScorecardAdjusted>(&event)) view.values = adjusted->values;
    }
    Instant holds = entry.envelope.effective_at;
    if (record.event_type() == fb::Event::Created && is_setup(view.object.kind)) holds = beginning_of_time;
    if (const auto* defined = record.event_as_ProcessDefined(); defined && defined->version() == 1) holds = beginning_of_time;
    if (const auto* corrected = record.event_as_DealCorrected()) {
      holds = std::min(holds, Instant{corrected->replaced_at()});
      if (Instant{corrected->replaced_at()} <= as_of) view.fields.erase(field::deal::close_note);
      if (entry.envelope.effective_at <= as_of && !std::holds_alternative<std::monostate>(live_note)) view.fields[field::deal::close_note] = live_note;
    }
    note = live_note;
    if (holds > as_of) return;
    view.version = std::max(view.version, entry.envelope.version);
    if (record.event_type() == fb::Event::Created) view.exists = true;
    if (record.event_type() == fb::Event::ProcessDefined) view.process = std::get<event::ProcessDefined>(event_of(record));
  }

  struct Definition {
    Uuid process;
    Instant at;
    event::ProcessDefined defined;
  };
  std::vector<Definition> definitions_;
  Instant as_of_;
};

}  // namespace dealog::test
