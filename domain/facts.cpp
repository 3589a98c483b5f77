#include "domain/facts.h"

#include <string>
#include <vector>

#include "domain/deal_money.h"
#include "domain/events_generated.h"
#include "domain/scorecard_parameters.h"

namespace dealog {
namespace {

static_assert(sizeof(fb::Uuid) == sizeof(Uuid) && alignof(Uuid) == 1, "ids are read where they lie");

using Sink = std::function<void(const Fact&)>;

std::span<const Uuid> ids_of(const flatbuffers::Vector<const fb::Uuid*>* stored) {
  if (!stored || stored->size() == 0) return {};
  return {reinterpret_cast<const Uuid*>(stored->Data()), stored->size()};
}

// Everything the facts of one record have in common.
struct Facts {
  const Sink& sink;
  Instant from;

  void null(std::uint16_t field) const { null_from(field, from); }
  void null_from(std::uint16_t field, Instant since) const {
    sink({.field = field, .from = since, .is_null = true});
  }
  void number(std::uint16_t field, std::int64_t value) const { number_from(field, value, from); }
  void number_from(std::uint16_t field, std::int64_t value, Instant since) const {
    sink({.field = field, .from = since, .number = value});
  }
  // A nil id stands for none, so it is null.
  void id(std::uint16_t field, const Uuid& value) const {
    sink({.field = field, .from = from, .is_null = value.is_nil(), .id = value});
  }
  void maybe(std::uint16_t field, const std::optional<std::int64_t>& value) const {
    sink({.field = field, .from = from, .is_null = !value, .number = value.value_or(0)});
  }
  void text(std::uint16_t field, const std::string& words) const {
    sink({.field = field, .from = from, .is_null = words.empty(), .text = words});
  }
  void member(std::uint16_t field, Fact::Op op, const Uuid& value) const {
    sink({.field = field, .op = op, .from = from, .id = value});
  }

  void stored(const fb::FieldValue& value) const {
    Fact fact{.field = value.field(), .from = from};
    if (const auto number = value.number()) {
      fact.number = *number;
    } else if (const auto* text = value.text()) {
      fact.text = text->string_view();
    } else if (const auto* one = value.id()) {
      fact.id = id_of(one);
    } else if (const auto* many = value.ids()) {
      fact.ids = ids_of(many);
    } else if (const auto* words = value.texts()) {
      std::vector<std::string> copies;
      copies.reserve(words->size());
      for (const auto* word : *words) copies.push_back(word->str());
      fact.texts = &copies;
      sink(fact);
      return;
    } else {
      fact.is_null = true;
    }
    sink(fact);
  }

  void opened(const FieldChange& change) const {
    Fact fact{.field = change.field, .from = from};
    if (std::holds_alternative<std::monostate>(change.value)) fact.is_null = true;
    else if (const auto* number = std::get_if<std::int64_t>(&change.value)) fact.number = *number;
    else if (const auto* text = std::get_if<std::string>(&change.value)) fact.text = *text;
    else if (const auto* one = std::get_if<Uuid>(&change.value)) fact.id = *one;
    else if (const auto* many = std::get_if<std::vector<Uuid>>(&change.value)) fact.ids = *many;
    else if (const auto* words = std::get_if<std::vector<std::string>>(&change.value)) fact.texts = words;
    sink(fact);
  }

  void all(const flatbuffers::Vector<flatbuffers::Offset<fb::FieldValue>>* fields, const Fields* personal) const {
    if (fields)
      for (const auto* field : *fields) stored(*field);
    personal_part(personal);
  }
  void personal_part(const Fields* personal) const {
    if (personal)
      for (const FieldChange& change : *personal) opened(change);
  }
};

const fb::FieldValue* find(const fb::Created& created, std::uint16_t field) {
  if (created.fields())
    for (const auto* value : *created.fields())
      if (value->field() == field) return value;
  return nullptr;
}

void born(const fb::Record& record, const fb::Created& created, const Fields* personal, const Facts& facts) {
  const auto kind = static_cast<Kind>(record.kind());
  const Uuid by = id_of(record.performer() ? record.performer() : record.actor());

  facts.number(field::created_at, record.effective_at());
  facts.id(field::created_by, by);
  facts.number(field::is_deleted, 0);
  if (kind == Kind::deal) {
    facts.number(field::deal::status, static_cast<int>(Status::open));
    facts.number(field::deal::stage_entered_at, record.effective_at());
    if (const auto* stage = find(created, field::deal::stage_id)) facts.id(field::deal::furthest_stage_id, id_of(stage->id()));
    if (!find(created, field::deal::kind)) facts.number(field::deal::kind, static_cast<int>(DealKind::new_));
  }
  if (kind == Kind::task) facts.number(field::task::status, static_cast<int>(TaskStatus::open));
  if (kind == Kind::lead) {
    facts.number(field::lead::status, static_cast<int>(LeadStatus::active));
    facts.number(field::lead::stage_entered_at, record.effective_at());
    if (const auto* stage = find(created, field::lead::stage_id)) facts.id(field::lead::furthest_stage_id, id_of(stage->id()));
  }
  facts.all(created.fields(), personal);
}

void closed(const fb::Record& record, const fb::DealClosed& closing, const Fields* personal, const Facts& facts) {
  namespace d = field::deal;
  facts.number(d::status, closing.outcome());
  facts.number(d::closed_at, record.effective_at());
  facts.id(d::closed_by, id_of(record.performer() ? record.performer() : record.actor()));
  facts.id(d::close_reason_id, id_of(closing.reason()));
  facts.id(d::stage_id, id_of(closing.stage()));
  facts.id(d::furthest_stage_id, id_of(closing.furthest()));
  facts.id(d::credited_owner_id, id_of(closing.credited_owner()));
  facts.number(d::closing_done_weight, closing.done_weight());
  facts.number(d::closing_total_weight, closing.total_weight());
  facts.number(d::closing_process_version, closing.process_version());
  facts.personal_part(personal);
}

// Status open and nothing of a closing left. The note is another matter: a correction that does not name one
// keeps it, and only the bytes of the closing hold it.
void unclosed(const Facts& facts, Instant since) {
  namespace d = field::deal;
  facts.number_from(d::status, static_cast<int>(Status::open), since);
  for (const auto field : {d::closed_at, d::closed_by, d::close_reason_id, d::credited_owner_id, d::closing_done_weight,
                           d::closing_total_weight, d::closing_process_version})
    facts.null_from(field, since);
}

// A lead was converted or lost.
void lead_closed(const fb::Record& record, LeadStatus status, const fb::Uuid* credited_owner, const Facts& facts) {
  namespace l = field::lead;
  facts.number(l::status, static_cast<int>(status));
  facts.number(l::closed_at, record.effective_at());
  facts.id(l::closed_by, id_of(record.performer() ? record.performer() : record.actor()));
  facts.id(l::credited_owner_id, id_of(credited_owner));
}

}  // namespace

void for_each_fact(const fb::Record& record, const Fields* personal, const Sink& sink) {
  namespace d = field::deal;
  const Instant effective{record.effective_at()};
  const bool first_of_setup =
      record.event_type() == fb::Event::Created && is_setup(static_cast<Kind>(record.kind()));
  const Facts facts{sink, first_of_setup ? beginning_of_time : effective};

  switch (record.event_type()) {
    case fb::Event::NONE: return;
    case fb::Event::Created: return born(record, *record.event_as_Created(), personal, facts);
    case fb::Event::Edited: return facts.all(record.event_as_Edited()->fields(), personal);
    case fb::Event::Deleted:
      facts.number(field::is_deleted, 1);
      facts.number(field::deleted_at, effective.ms);
      return;
    case fb::Event::Restored:
      facts.number(field::is_deleted, 0);
      facts.null(field::deleted_at);
      return;
    // What the target takes over follows for it by rule (view.h, projections/fold_merge.cpp).
    case fb::Event::Merged:
      static_assert(field::company::merged_into == field::person::merged_into);
      if (const auto* into = record.event_as_Merged()->into()) facts.id(field::company::merged_into, id_of(into));
      return;
    case fb::Event::LegalHoldPlaced: case fb::Event::LegalHoldLifted:
      if (const std::uint16_t held = field::legal_hold(static_cast<Kind>(record.kind())))
        facts.number(held, record.event_type() == fb::Event::LegalHoldPlaced);
      return;
    case fb::Event::SubjectErased: return;       // what is gone is gone as of any moment
    case fb::Event::DealMoved: {
      const auto& moved = *record.event_as_DealMoved();
      facts.id(d::stage_id, id_of(moved.stage()));
      facts.id(d::furthest_stage_id, id_of(moved.furthest()));
      facts.number(d::stage_entered_at, effective.ms);
      return;
    }
    case fb::Event::DealActionCompleted:
      return facts.member(d::done_actions, Fact::Op::add, id_of(record.event_as_DealActionCompleted()->action()));
    case fb::Event::DealActionReopened:
      return facts.member(d::done_actions, Fact::Op::remove, id_of(record.event_as_DealActionReopened()->action()));
    case fb::Event::DealClosed: return closed(record, *record.event_as_DealClosed(), personal, facts);
    case fb::Event::DealCorrected: {
      const auto& corrected = *record.event_as_DealCorrected();
      unclosed(facts, Instant{corrected.replaced_at()});
      if (corrected.closing()) closed(record, *corrected.closing(), personal, facts);
      return;
    }
    case fb::Event::DealReopened:
      unclosed(facts, effective);
      facts.null(d::close_note);
      facts.number(d::stage_entered_at, effective.ms);
      return;
    case fb::Event::DealProcessChanged: {
      const auto& changed = *record.event_as_DealProcessChanged();
      facts.id(d::process_id, id_of(changed.process()));
      facts.id(d::stage_id, id_of(changed.stage()));
      facts.id(d::furthest_stage_id, id_of(changed.stage()));
      facts.number(d::stage_entered_at, effective.ms);
      return;
    }
    case fb::Event::DealLinesSet: {
      const Event set = event_of(record);
      const auto& lines = std::get<event::DealLinesSet>(set).lines;
      facts.text(d::lines, packed(lines));
      facts.maybe(d::lines_value, sum_of(lines, event::AmountKind::forecast));
      facts.maybe(d::realised, sum_of(lines, event::AmountKind::realised));
      return;
    }
    case fb::Event::DealCostsSet: {
      const Event set = event_of(record);
      const auto& costs = std::get<event::DealCostsSet>(set).costs;
      facts.text(d::costs, packed(costs));
      facts.maybe(d::forecast_costs, sum_of(costs, event::AmountKind::forecast));
      facts.maybe(d::realised_costs, sum_of(costs, event::AmountKind::realised));
      return;
    }
    case fb::Event::ProcessDefined: return;
    case fb::Event::HeadsCommitted: return;      // about the log, not about the account's settings
    case fb::Event::SigningKeyChanged: return;
    case fb::Event::TaskCompleted: {
      const auto* by = record.event_as_TaskCompleted()->by();
      facts.number(field::task::status, static_cast<int>(TaskStatus::completed));
      facts.number(field::task::completed_at, effective.ms);
      facts.id(field::task::completed_by, id_of(by ? by : record.performer() ? record.performer() : record.actor()));
      return;
    }
    case fb::Event::TaskReopened:
      facts.number(field::task::status, static_cast<int>(TaskStatus::open));
      facts.null(field::task::completed_at);
      facts.null(field::task::completed_by);
      return;
    case fb::Event::LeadMoved: {
      const auto& moved = *record.event_as_LeadMoved();
      facts.id(field::lead::stage_id, id_of(moved.stage()));
      facts.id(field::lead::furthest_stage_id, id_of(moved.furthest()));
      facts.number(field::lead::stage_entered_at, effective.ms);
      return;
    }
    case fb::Event::LeadLost: {
      const auto& lost = *record.event_as_LeadLost();
      lead_closed(record, LeadStatus::lost, lost.credited_owner(), facts);
      facts.id(field::lead::close_reason_id, id_of(lost.reason()));
      return facts.personal_part(personal);
    }
    case fb::Event::LeadConverted: {
      const auto& converted = *record.event_as_LeadConverted();
      lead_closed(record, LeadStatus::converted, converted.credited_owner(), facts);
      facts.number(field::lead::converted_at, effective.ms);
      facts.id(field::lead::deal_id, id_of(converted.deal()));
      if (converted.person()) facts.id(field::lead::person_id, id_of(converted.person()));
      if (converted.company()) facts.id(field::lead::company_id, id_of(converted.company()));
      return;
    }
    case fb::Event::AccessRequested: return;     // a user's affairs, not what he is
    case fb::Event::PasswordChanged: return;     // nor is its hash kept anywhere but where log-ins are decided
    case fb::Event::NotificationsRead:
      return facts.number(field::user::notifications_read, static_cast<std::int64_t>(record.event_as_NotificationsRead()->up_to()));
    case fb::Event::LeadReopened: {
      namespace l = field::lead;
      facts.number(l::status, static_cast<int>(LeadStatus::active));
      for (const auto field : {l::closed_at, l::closed_by, l::credited_owner_id, l::close_reason_id, l::close_note, l::converted_at, l::deal_id})
        facts.null(field);
      return;
    }
    case fb::Event::ScorecardParametersSet: {
      const auto set = std::get<event::ScorecardParametersSet>(event_of(record));
      facts.id(field::scorecard::group_key, set.group);
      facts.text(field::scorecard::parameters, packed(set.parameters));
      return;
    }
    case fb::Event::ScorecardAdjusted:
      return facts.text(field::scorecard::values, packed(std::get<event::ScorecardAdjusted>(event_of(record)).values));
    case fb::Event::ScorecardSettled: return facts.number(field::scorecard::settled_at, effective.ms);
    // That the cards are gone follows for each of them by rule (api/object.cpp, projections/fold.cpp).
    case fb::Event::ScorecardsDeleted:
      facts.number(field::user::card_deletions, record.event_as_ScorecardsDeleted()->times());
      facts.number(field::user::cards_deleted_at, effective.ms);
      return;
  }
}

}  // namespace dealog
