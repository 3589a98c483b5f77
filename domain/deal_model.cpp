#include <algorithm>

#include "domain/deal.h"
#include "domain/dictionary.h"

namespace dealog {
namespace {

void set_fields(Deal& deal, const Fields& fields, Instant at) {
  namespace d = field::deal;
  for (const FieldChange& change : fields) {
    const Uuid* id = std::get_if<Uuid>(&change.value);
    const auto* number = std::get_if<std::int64_t>(&change.value);
    const auto* ids = std::get_if<std::vector<Uuid>>(&change.value);
    switch (change.field) {
      case d::process_id: deal.process = id ? *id : Uuid{}; break;
      case d::stage_id: deal.stage = deal.furthest = id ? *id : Uuid{}; break;
      case d::company_id: deal.company = id ? *id : Uuid{}; break;
      case d::person_id: deal.person = id ? *id : Uuid{}; break;
      case d::owner_id:
        if (!deal.owner.is_nil()) deal.earlier_owners.emplace_back(at, deal.owner);
        deal.owner = id ? *id : Uuid{};
        break;
      case d::currency:
        if (const auto* code = std::get_if<std::string>(&change.value)) deal.currency = *code;
        break;
      case d::participant_ids: deal.participants = ids ? *ids : std::vector<Uuid>{}; break;
      case d::visibility: deal.visibility = number ? static_cast<Visibility>(*number) : Visibility::private_; break;
      default: break;
    }
  }
}

void use_reason(ModelState& state, const Uuid& reason) {
  if (const auto found = state.close_reasons.find(reason); found != state.close_reasons.end()) found->second.is_used = true;
}

void list_won(ModelState& state, const Uuid& id, const Deal& deal) {
  if (deal.status != Status::won) return;
  for (const Uuid& contact : {state.contact_now(Kind::company, deal.company), state.contact_now(Kind::person, deal.person)}) {
    if (contact.is_nil()) continue;
    std::vector<Uuid>& won = state.won_deals_of_contact[contact];
    if (won.empty() || won.back() != id) won.push_back(id);
  }
}

struct DealApply {
  ModelState& state;
  const Envelope& envelope;
  Deal& deal;
  Instant at;

  void operator()(const event::Created& created) const {
    set_fields(deal, created.fields, at);
    deal.stage_or_status_at = deal.status_at = at;
    relist(state.deals_of_contact, envelope.object.id, {}, deal.company);
    relist(state.deals_of_contact, envelope.object.id, {}, deal.person);
  }
  void operator()(const event::Edited& edited) const {
    const Uuid company = deal.company, person = deal.person;
    set_fields(deal, edited.fields, at);
    relist(state.deals_of_contact, envelope.object.id, state.contact_now(Kind::company, company), state.contact_now(Kind::company, deal.company));
    relist(state.deals_of_contact, envelope.object.id, state.contact_now(Kind::person, person), state.contact_now(Kind::person, deal.person));
    if (deal.company != company || deal.person != person) list_won(state, envelope.object.id, deal);
    // A closing that was put back counts where it counted before.
    const Value* closed_at = deal.closing ? find_value(edited.fields, field::deal::closed_at) : nullptr;
    if (const auto* ms = closed_at ? std::get_if<std::int64_t>(closed_at) : nullptr) deal.closing->closed_at = Instant{*ms};
  }
  void operator()(const event::DealMoved& moved) const {
    deal.stage = moved.stage;
    deal.furthest = moved.furthest;
    deal.stage_or_status_at = at;
  }
  void operator()(const event::DealActionCompleted& completed) const { deal.done.push_back({completed.action, at}); }
  void operator()(const event::DealActionReopened& reopened) const {
    for (DoneSpan& span : deal.done)
      if (span.action == reopened.action && span.until == end_of_time) span.until = at;
  }
  void operator()(const event::DealClosed& closed) const { close(closed, deal.stage_or_status_at); }
  void operator()(const event::DealCorrected& corrected) const {
    close(corrected.closing, deal.closing ? deal.closing->before : corrected.replaced_at);
  }
  void operator()(const event::DealReopened&) const {
    deal.status = Status::open;
    // As its closing shows it, and whoever looks at the deal: by the order that the stages had by then.
    if (deal.closing) deal.furthest = snapshot(state, deal, deal.closing->closed_at).furthest;
    deal.closing.reset();
    deal.stage_or_status_at = deal.status_at = at;
  }
  void operator()(const event::DealProcessChanged& changed) const {
    deal.process = changed.process;
    deal.stage = deal.furthest = changed.stage;
    deal.stage_or_status_at = at;
  }
  void operator()(const event::DealLinesSet& set) const {
    money().lines = set.lines;
    for (const event::Line& line : set.lines)
      if (!line.product.is_nil()) use_word(state, {Kind::product, line.product});
  }
  void operator()(const event::DealCostsSet& set) const {
    money().costs = set.costs;
    for (const event::Cost& cost : set.costs) use_word(state, {Kind::cost_category, cost.category});
  }
  DealMoney& money() const {
    if (!deal.money) deal.money = std::make_unique<DealMoney>();
    return *deal.money;
  }
  template <class Other>
  void operator()(const Other&) const {}  // deletion and restoring concern every object alike

  void close(const event::DealClosed& closed, Instant before) const {
    deal.status = static_cast<Status>(closed.outcome);
    deal.closing = std::make_unique<Closing>(Closing{.at = at, .closed_at = at, .before = before, .reason = closed.reason, .skipped_mandatory = closed.skipped_mandatory});
    deal.stage_or_status_at = deal.status_at = at;
    use_reason(state, closed.reason);
    list_won(state, envelope.object.id, deal);
  }
};

}  // namespace

void count_at_stage(ModelState& state, const Deal& deal, int change) {
  if (deal.closing || deal.is_deleted || deal.stage.is_nil()) return;
  const auto [place, added] = state.open_deals_in.try_emplace(state.stage_now(deal.stage), 0u);
  place->second = static_cast<std::uint32_t>(static_cast<std::int64_t>(place->second) + change);
}

void apply_deal(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.deals.find(envelope.object.id);
  if (found != state.deals.end()) std::visit(DealApply{state, envelope, found->second, envelope.effective_at}, event);
}

}  // namespace dealog
