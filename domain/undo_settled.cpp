#include "domain/undo_settled.h"

#include <algorithm>

#include "domain/codec.h"
#include "domain/fields.h"

namespace dealog {
namespace {

struct FacetsOf {
  const Fields& personal;

  using Facets = std::vector<Facet>;
  static Facets course(bool ends) { return {{.of = Facet::Of::course, .ends = ends}}; }
  Facets edited(const Fields& fields) const {
    Facets all;
    for (const Fields* part : {&fields, &personal})
      for (const FieldChange& change : *part) all.push_back({.of = Facet::Of::field, .field = change.field});
    return all;
  }
  Facets operator()(const event::Edited& e) const { return edited(e.fields); }
  Facets operator()(const event::DealMoved&) const { return course(false); }
  Facets operator()(const event::LeadMoved&) const { return course(false); }
  Facets operator()(const event::DealActionCompleted& e) const { return {{.of = Facet::Of::action, .action = e.action}}; }
  Facets operator()(const event::DealActionReopened& e) const { return {{.of = Facet::Of::action, .action = e.action}}; }
  Facets operator()(const event::DealLinesSet&) const { return {{.of = Facet::Of::lines}}; }
  Facets operator()(const event::DealCostsSet&) const { return {{.of = Facet::Of::costs}}; }
  Facets operator()(const event::DealClosed&) const { return course(true); }
  Facets operator()(const event::DealCorrected&) const { return course(true); }
  Facets operator()(const event::DealReopened&) const { return course(true); }
  Facets operator()(const event::DealProcessChanged&) const { return course(true); }
  Facets operator()(const event::TaskCompleted&) const { return course(true); }
  Facets operator()(const event::TaskReopened&) const { return course(true); }
  Facets operator()(const event::LeadLost&) const { return course(true); }
  // A conversion links the lead to what it became.
  Facets operator()(const event::LeadConverted&) const {
    Facets all = course(true);
    for (const std::uint16_t number : {field::lead::company_id, field::lead::person_id}) all.push_back({.of = Facet::Of::field, .field = number});
    return all;
  }
  Facets operator()(const event::LeadReopened&) const { return course(true); }
  Facets operator()(const event::ProcessDefined&) const { return {{.of = Facet::Of::definition}}; }
  // Their dates lie in the card's period.
  Facets operator()(const event::ScorecardParametersSet&) const {
    Facets all{{.of = Facet::Of::parameters}};
    for (const std::uint16_t number : {field::scorecard::period_kind, field::scorecard::period_start, field::scorecard::period_end})
      all.push_back({.of = Facet::Of::field, .field = number});
    return all;
  }
  Facets operator()(const event::ScorecardAdjusted& e) const { return {{.of = Facet::Of::action, .action = e.parameter}}; }
  // A hold is about erasing alone.
  Facets operator()(const event::LegalHoldPlaced&) const { return {}; }
  Facets operator()(const event::LegalHoldLifted&) const { return {}; }
  // And these are between a user and his account.
  Facets operator()(const event::AccessRequested&) const { return {}; }
  Facets operator()(const event::PasswordChanged&) const { return {}; }
  Facets operator()(const event::NotificationsRead&) const { return {}; }
  template <class Other>
  Facets operator()(const Other&) const { return {{.of = Facet::Of::all}}; }  // creations, deletions, merges, definitions
};

bool takes_back(const Undoes& undoes, const Envelope& around) {
  return undoes.command != 0 ? undoes.command == around.command : undoes.batch != 0 && undoes.batch == around.batch;
}

}  // namespace

std::vector<Facet> facets_of(const Happened& happened) { return std::visit(FacetsOf{happened.personal}, happened.event); }

bool meet(const std::vector<Facet>& done, const Happened& later) {
  // What was edited can no longer be read: it may have been anything.
  if (later.is_erased) return true;
  const std::vector<Facet> facets = facets_of(later);
  return std::ranges::any_of(done, [&](const Facet& one) { return std::ranges::any_of(facets, [&](const Facet& other) { return one.meets(other); }); });
}

Settled::Settled(const std::vector<Happened>& history) : by_(history.size()), since_(history.size()) {
  std::vector<std::size_t> undos;   // behind the event that is looked at, oldest last
  for (std::size_t i = history.size(); i-- > 0;) {
    look(history, i, undos);
    if (history[i].undoes.batch != 0 || history[i].undoes.command != 0) undos.push_back(i);
  }
  for (std::size_t i = 0; i < history.size(); ++i)
    if (by_[i]) since_[i] = history[i].around.position;
    else if (const auto began = began_.find(history[i].around.batch); began != began_.end()) since_[i] = began->second;
}

void Settled::look(const std::vector<Happened>& history, std::size_t place, const std::vector<std::size_t>& undos) {
  const Happened& it = history[place];
  std::vector<Facet> facets;
  std::optional<std::size_t> met, other;   // those that stand
  bool is_met = false;
  for (const std::size_t undo : undos) {
    if (!takes_back(history[undo].undoes, it.around)) continue;
    if (facets.empty()) facets = facets_of(it);
    const bool meets = meet(facets, history[undo]);
    is_met = is_met || meets;
    if (!by_[undo]) (meets ? met : other) = undo;
  }
  // What went with another event went with what took that back.
  if (!is_met && other && history[*other].undoes.is_whole) met = other;
  if (!met) return;
  by_[place] = met;
  Position& began = began_.try_emplace(history[*met].around.batch, it.around.position).first->second;
  began = std::min(began, it.around.position);
}

}  // namespace dealog
