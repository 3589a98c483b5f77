#include "domain/command.h"

#include <algorithm>

namespace dealog {
namespace {

struct Target {
  ObjectRef operator()(const command::Create& c) const { return c.object; }
  ObjectRef operator()(const command::Edit& c) const { return c.object; }
  ObjectRef operator()(const command::Delete& c) const { return c.object; }
  ObjectRef operator()(const command::Restore& c) const { return c.object; }
  ObjectRef operator()(const command::MoveDeal& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::CompleteAction& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::ReopenAction& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::CloseDeal& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::ReopenDeal& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::CorrectDeal& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::ChangeProcess& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::SetDealLines& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::SetDealCosts& c) const { return {Kind::deal, c.deal}; }
  ObjectRef operator()(const command::DefineProcess& c) const { return {Kind::process, c.process}; }
  ObjectRef operator()(const command::ArchiveProcess& c) const { return {Kind::process, c.process}; }
  ObjectRef operator()(const command::CompleteTask& c) const { return {Kind::task, c.task}; }
  ObjectRef operator()(const command::ReopenTask& c) const { return {Kind::task, c.task}; }
  ObjectRef operator()(const command::CommitHeads& c) const { return {Kind::account, c.account}; }
  ObjectRef operator()(const command::ChangeSigningKey& c) const { return {Kind::account, c.account}; }
  ObjectRef operator()(const command::MoveLead& c) const { return {Kind::lead, c.lead}; }
  ObjectRef operator()(const command::LoseLead& c) const { return {Kind::lead, c.lead}; }
  ObjectRef operator()(const command::ReopenLead& c) const { return {Kind::lead, c.lead}; }
  ObjectRef operator()(const command::ConvertLead& c) const { return {Kind::lead, c.lead}; }
  ObjectRef operator()(const command::MergeContact& c) const { return c.into; }
  ObjectRef operator()(const command::PlaceHold& c) const { return c.object; }
  ObjectRef operator()(const command::LiftHold& c) const { return c.object; }
  ObjectRef operator()(const command::Erase& c) const { return c.object; }
  ObjectRef operator()(const command::ChangeParticipants& c) const { return c.object; }
  ObjectRef operator()(const command::RequestAccess& c) const { return {Kind::user, c.user}; }
  ObjectRef operator()(const command::ReadNotifications& c) const { return {Kind::user, c.user}; }
  ObjectRef operator()(const command::SetPassword& c) const { return {Kind::user, c.user}; }
  ObjectRef operator()(const command::LogIn& c) const { return {Kind::token, c.session}; }
  ObjectRef operator()(const command::LogOut& c) const { return {Kind::token, c.session}; }
  ObjectRef operator()(const command::CreateScorecards& c) const { return {Kind::scorecard, c.cards.front()}; }
  ObjectRef operator()(const command::CopyScorecard& c) const { return {Kind::scorecard, c.card}; }
  ObjectRef operator()(const command::EditScorecard& c) const { return {Kind::scorecard, c.card}; }
  ObjectRef operator()(const command::EditScorecardGroup& c) const { return {Kind::scorecard, c.group}; }
  ObjectRef operator()(const command::AdjustScorecard& c) const { return {Kind::scorecard, c.card}; }
  ObjectRef operator()(const command::SettleScorecard& c) const { return {Kind::scorecard, c.card}; }
  ObjectRef operator()(const command::DeleteScorecardsOf& c) const { return {Kind::user, c.user}; }
  ObjectRef operator()(const command::BeginBatch& c) const { return {Kind::batch, c.id}; }
  ObjectRef operator()(const command::PutBack& c) const { return c.object; }
};

}  // namespace

Command::Command(const Command&) = default;
Command::Command(Command&&) noexcept = default;
Command& Command::operator=(const Command&) = default;
Command& Command::operator=(Command&&) noexcept = default;
Command::~Command() = default;

bool command::Becoming::says_nothing() const {
  return std::ranges::all_of(fields, is_null, &FieldChange::value) &&
         std::ranges::all_of(custom, [](const CustomValue& each) { return std::holds_alternative<std::monostate>(each.value); }) &&
         std::ranges::none_of(amounts, [](const AmountOf& each) { return each.amount.has_value(); });
}

ObjectRef target(const Command& command) { return std::visit(Target{}, command); }

}  // namespace dealog
