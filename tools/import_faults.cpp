#include "tools/import_faults.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

namespace dealog::tools {
namespace {

// The row as a whole.
void place_in(const Plan& plan, const RowPlace& place, RowFault& fault) {
  const PlanFile* file = place.entity == no_entity ? nullptr : plan.find_file(plan.entities[place.entity].file);
  fault.file = file == nullptr ? std::string() : file->path;
  fault.row = place.row;
}

// The column that a member of a request's body came from ("owner_id" -> "sales_agent", "links.deal_id" -> "deal"), or "".
std::string column_of(const Plan& plan, std::uint32_t index, const PlannedCommand& command, std::string_view member) {
  if (index == no_entity) return {};
  const PlanEntity& entity = plan.entities[index];
  for (const FieldRule& field : entity.fields)
    if (field.name() == member) return field.rule.column;
  const auto column = [](const std::optional<ValueRule>& rule) { return rule ? rule->column : std::string(); };
  if (member == "id") return entity.external_id.column;
  if (member == "effective_at") {
    if (entity.what == PlanEntity::What::stage_history) return column(entity.at);
    return column(command.request.path.ends_with("/complete") ? entity.completed_at : entity.effective_at);
  }
  if (member == "stage_id") return column(entity.stage);
  if (member == "status") return column(entity.status);
  if (member == "closed_at") return column(entity.closed_at);
  if (member == "close_reason_id" || member == "reason_id") return column(entity.close_reason);
  if (member == "close_note" || member == "note") return column(entity.close_note);
  if (member == "performed_by") return column(entity.performed_by);
  if (member == "company") return column(entity.to_company.rule);
  if (member == "person") return column(entity.to_person.rule);
  if (member == "deal") return column(entity.to_deal.rule);
  return {};
}

}  // namespace

RowFault fault_of(const Plan& plan, const PlannedCommand& command, std::string code, std::string message) {
  RowFault fault{.file = {}, .row = 0, .column = {}, .code = std::move(code), .message = std::move(message)};
  place_in(plan, {command.entity, command.row}, fault);
  return fault;
}

void place_by(const Plan& plan, std::string_view pointer, const PlannedCommand& command, RowFault& fault) {
  std::vector<std::string> steps;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    steps.emplace_back(pointer.substr(at + 1, end - at - 1));
    at = end;
  }
  std::uint32_t entity = command.entity;
  if (!command.item_rows.empty() && steps.size() >= 2) {
    const std::size_t item = std::strtoul(steps[1].c_str(), nullptr, 10);
    if (item < command.item_rows.size()) {
      entity = command.item_rows[item].entity;
      place_in(plan, command.item_rows[item], fault);
    }
    steps.erase(steps.begin(), steps.begin() + 2);
  }
  if (steps.empty()) return;
  fault.column = column_of(plan, entity, command, steps[0]);
  if (fault.column.empty() && steps.size() >= 2) fault.column = column_of(plan, entity, command, steps[0] + "." + steps[1]);
}

void hold_back(const Plan& plan, const PlannedChain& chain, std::size_t from, std::size_t told, std::vector<RowFault>& faults) {
  std::set<std::pair<std::string, std::size_t>> named;
  for (std::size_t i = told; i < faults.size(); ++i) named.emplace(faults[i].file, faults[i].row);
  for (std::size_t i = from; i < chain.commands.size(); ++i) {
    const PlannedCommand& command = chain.commands[i];
    RowFault fault = fault_of(plan, command, std::string(held_back), "not taken: what it belongs to was refused");
    for (const RowPlace& place : command.item_rows.empty() ? std::vector{RowPlace{command.entity, command.row}} : command.item_rows) {
      place_in(plan, place, fault);
      if (named.emplace(fault.file, fault.row).second) faults.push_back(fault);
    }
  }
}

}  // namespace dealog::tools
