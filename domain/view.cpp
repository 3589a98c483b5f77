#include "domain/view.h"

#include <algorithm>

#include "domain/events_generated.h"
#include "domain/facts.h"

namespace dealog {
namespace {

const Value null;

Uuid doer(const fb::Record& record) { return id_of(record.performer() ? record.performer() : record.actor()); }

// Facts do not say the type of their value: the table of fields does.
Value stored_value(Kind kind, const Fact& fact) {
  if (fact.is_null) return {};
  const FieldSpec* spec = find_field(kind, fact.field);
  if (!spec) return {};  // a field of a later release
  switch (spec->type) {
    case FieldType::text: case FieldType::json: case FieldType::word: return std::string(fact.text);
    case FieldType::texts: case FieldType::words: return fact.texts ? *fact.texts : std::vector<std::string>{};
    case FieldType::ref: return fact.id;
    case FieldType::refs: return std::vector<Uuid>(fact.ids.begin(), fact.ids.end());
    case FieldType::integer: case FieldType::money: case FieldType::percent: case FieldType::boolean:
    case FieldType::day: case FieldType::instant: case FieldType::choice: case FieldType::decimal: return fact.number;
  }
  return {};
}

// From when on anything that the record says holds.
Instant holds_from(const fb::Record& record) {
  const bool setup = is_setup(static_cast<Kind>(record.kind()));
  if (setup && record.event_type() == fb::Event::Created) return beginning_of_time;
  if (const auto* defined = record.event_as_ProcessDefined(); defined && defined->version() == 1) return beginning_of_time;
  if (const auto* corrected = record.event_as_DealCorrected())
    return Instant{std::min(corrected->replaced_at(), record.effective_at())};
  return Instant{record.effective_at()};
}

}  // namespace

const Value& View::operator[](std::uint16_t field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? null : found->second;
}

std::int64_t View::number(std::uint16_t field, std::int64_t otherwise) const {
  const auto* number = std::get_if<std::int64_t>(&(*this)[field]);
  return number ? *number : otherwise;
}

Uuid View::id(std::uint16_t field) const {
  const auto* id = std::get_if<Uuid>(&(*this)[field]);
  return id ? *id : Uuid{};
}

std::string View::text(std::uint16_t field) const {
  const auto* text = std::get_if<std::string>(&(*this)[field]);
  return text ? *text : std::string();
}

ViewFold::ViewFold(ObjectRef object, Instant as_of, Position known_at) : as_of_(as_of), known_at_(known_at) {
  view_.object = object;
}

void ViewFold::apply(const fb::Record& record, const Fields* personal) {
  if (record.position() > known_at_) return;
  if ((record.sealed() && !personal) || record.event_type() == fb::Event::SubjectErased) view_.erased = true;

  for_each_fact(record, personal, [&](const Fact& fact) {
    if (fact.from > as_of_) return;
    if (fact.op == Fact::Op::set) {
      Value value = stored_value(view_.object.kind, fact);
      if (std::holds_alternative<std::monostate>(value)) view_.fields.erase(fact.field);
      else view_.fields[fact.field] = std::move(value);
      return;
    }
    auto& done = view_.done_actions;
    std::erase_if(done, [&](const DoneAction& other) { return other.action == fact.id; });
    if (fact.op == Fact::Op::add) done.push_back({fact.id, fact.from, doer(record)});
    std::vector<Uuid> ids;
    for (const DoneAction& action : done) ids.push_back(action.action);
    view_.fields[fact.field] = std::move(ids);
  });
  apply_note_of_closing(record, personal);

  if (holds_from(record) > as_of_) return;
  view_.version = std::max(view_.version, record.version());
  if (record.event_type() == fb::Event::Created) view_.exists = true;
  if (record.event_type() == fb::Event::ProcessDefined)
    view_.process = std::get<event::ProcessDefined>(event_of(record));
  if (record.event_type() == fb::Event::DealLinesSet) view_.lines = std::get<event::DealLinesSet>(event_of(record)).lines;
  if (record.event_type() == fb::Event::DealCostsSet) view_.costs = std::get<event::DealCostsSet>(event_of(record)).costs;
  if (record.event_type() == fb::Event::ScorecardParametersSet)
    view_.parameters = std::get<event::ScorecardParametersSet>(event_of(record)).parameters;
  if (record.event_type() == fb::Event::ScorecardAdjusted) view_.values = std::get<event::ScorecardAdjusted>(event_of(record)).values;
}

Uuid ViewFold::merged_from(const fb::Record& record) {
  const auto* merged = record.event_as_Merged();
  return merged ? id_of(merged->from()) : Uuid{};
}

void ViewFold::merge(const fb::Record& record, const View& from, const std::vector<std::uint16_t>& stripped) {
  if (record.position() > known_at_ || Instant{record.effective_at()} > as_of_) return;
  for (const std::uint16_t field : stripped) view_.fields.erase(field);
  const auto add = [](auto& all, const auto& more) {
    for (const auto& each : more)
      if (std::ranges::find(all, each) == all.end()) all.push_back(each);
  };
  for (const auto& [number, other] : from.fields) {
    const FieldSpec* spec = find_field(view_.object.kind, number);   // custom ones too
    if (!spec || spec->access == Access::derived || std::holds_alternative<std::monostate>(other)) continue;
    const auto held = view_.fields.find(number);
    if (const auto* more = std::get_if<std::vector<std::string>>(&other)) {
      std::vector<std::string> all = held == view_.fields.end() ? std::vector<std::string>() : std::get<std::vector<std::string>>(held->second);
      add(all, *more);
      if (!all.empty()) view_.fields[number] = std::move(all);
    } else if (const auto* ids = std::get_if<std::vector<Uuid>>(&other)) {
      std::vector<Uuid> all = held == view_.fields.end() ? std::vector<Uuid>() : std::get<std::vector<Uuid>>(held->second);
      add(all, *ids);
      if (!all.empty()) view_.fields[number] = std::move(all);
    } else if (held == view_.fields.end()) {
      view_.fields[number] = other;
    }
  }
}

// A correction that names no note keeps the one of the closing that it replaces, but at its own time.
void ViewFold::apply_note_of_closing(const fb::Record& record, const Fields* personal) {
  const bool corrected = record.event_type() == fb::Event::DealCorrected;
  if (!corrected && record.event_type() != fb::Event::DealClosed) return;

  const FieldChange* named = nullptr;
  if (personal)
    for (const FieldChange& change : *personal)
      if (change.field == field::deal::close_note) named = &change;
  if (named || !corrected) last_note_ = named ? named->value : Value{};
  if (!corrected) return;

  if (Instant{record.event_as_DealCorrected()->replaced_at()} <= as_of_) view_.fields.erase(field::deal::close_note);
  if (Instant{record.effective_at()} <= as_of_ && !std::holds_alternative<std::monostate>(last_note_))
    view_.fields[field::deal::close_note] = last_note_;
}

ViewFold::ViewFold(View so_far) : view_(std::move(so_far)), as_of_(end_of_time), known_at_(UINT64_MAX) {}

bool ViewFold::looks_back(const fb::Record& record) {
  return record.event_type() == fb::Event::DealCorrected || record.event_type() == fb::Event::Merged;
}

View ViewFold::view() const { return view_; }

}  // namespace dealog
