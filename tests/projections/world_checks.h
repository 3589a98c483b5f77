#pragma once
// Compares everything a World can be asked with the oracle's replay.

#include <algorithm>
#include <set>
#include <string>

#include "domain/deal_money.h"
#include "projections/world.h"
#include "tests/projections/replay_oracle.h"
#include "tests/support/catch.h"

namespace dealog::test {

inline std::string difference(const View& ours, const View& theirs) {
  if (ours == theirs) return {};
  std::string words = std::string(name(theirs.object.kind)) + " " + to_string(theirs.object.id) + ":";
  if (ours.object != theirs.object) words += " object";
  if (ours.version != theirs.version) words += " version " + std::to_string(ours.version) + "/" + std::to_string(theirs.version);
  if (ours.exists != theirs.exists) words += " exists";
  if (ours.erased != theirs.erased) words += " erased";
  if (ours.done_actions != theirs.done_actions) words += " done_actions";
  if (ours.lines != theirs.lines) words += " lines";
  if (ours.costs != theirs.costs) words += " costs";
  if (ours.parameters != theirs.parameters) words += " parameters";
  if (ours.values != theirs.values) words += " values";
  if (ours.process != theirs.process) words += " process";
  for (const FieldSpec& spec : fields_of(theirs.object.kind))
    if (ours[spec.number] != theirs[spec.number]) words += " " + std::string(spec.name);
  return words;
}

inline void check_world(const projections::World& world, const ReplayOracle& oracle) {
  using namespace projections;
  std::size_t existing = 0;
  for (const auto& [ref, object] : oracle.objects) {
    const Row row = world.row(ref.kind, ref.id);
    REQUIRE(row != no_row);
    const Table& table = world.table(ref.kind);
    REQUIRE(world.id(table.self()[row]) == ref.id);
    REQUIRE(difference(world.view(ref.kind, row), object.seen) == "");
    const bool merged = (ref.kind == Kind::company || ref.kind == Kind::person) && object.seen[field::company::merged_into] != Value{};
    const int presence = !object.seen.exists ? 0 : merged ? 3 : object.seen.number(field::is_deleted) != 0 ? 2 : 1;
    REQUIRE(int{table.presence()[row]} == presence);
    existing += object.seen.exists;
    if (ref.kind == Kind::lead) {
      std::vector<Uuid> stages;
      for (const Handle stage : table.set(derived::visited_stages, row)) stages.push_back(world.id(stage));
      REQUIRE(stages == object.visited);
    }
    if (ref.kind != Kind::deal) continue;

    const auto weights = oracle.weights(object.seen);
    REQUIRE(table.numbers(derived::done_weight)[row] == weights.done);
    REQUIRE(table.numbers(derived::total_weight)[row] == weights.total);
    const auto of_lines = sum_of(object.seen.lines, event::AmountKind::forecast);
    REQUIRE(table.numbers(derived::value)[row] == of_lines.value_or(object.seen.number(field::deal::value, null_number)));
    REQUIRE(table.numbers(field::deal::forecast_costs)[row] == sum_of(object.seen.costs, event::AmountKind::forecast).value_or(null_number));
    REQUIRE(table.numbers(derived::last_activity_at)[row] == object.last_activity);
    std::set<Uuid> tasks;
    for (const Row task : world.open_tasks_of(row)) tasks.insert(world.id(world.table(Kind::task).self()[task]));
    REQUIRE(tasks == oracle.open_tasks(ref.id));
    REQUIRE(table.numbers(derived::open_tasks)[row] == static_cast<std::int64_t>(tasks.size()));
    std::vector<Uuid> visited;
    for (const Handle stage : table.set(derived::visited_stages, row)) visited.push_back(world.id(stage));
    REQUIRE(visited == object.visited);
  }

  std::size_t present = 0;
  for (const Kind kind : all_kinds) {
    const Table& table = world.table(kind);
    for (Row row = 0; row < table.rows(); ++row) present += table.presence()[row] != 0;
  }
  REQUIRE(present == existing);

  std::vector<Uuid> processes;
  for (const ObjectRef& ref : oracle.order)
    if (ref.kind == Kind::process && oracle.find(ref)->seen.exists) processes.push_back(ref.id);
  REQUIRE(world.processes().size() == processes.size());
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessInfo& info = world.processes()[i];
    const View& view = oracle.find({Kind::process, processes[i]})->seen;
    REQUIRE(info.id == processes[i]);
    REQUIRE(info.name == view.text(field::process::name));
    REQUIRE(info.version == (view.process ? view.process->version : 0));
    if (view.process) REQUIRE(info.stages == view.process->stages);
    REQUIRE(info.is_default == (view.number(field::process::is_default) == 1));
  }
}

inline void apply_all(projections::ReadModels& models, const std::vector<Entry>& log, Position from = 0, Position to = UINT64_MAX) {
  for (const Entry& entry : log)
    if (entry.envelope.position > from && entry.envelope.position <= to) models.apply(entry.record(), entry.opened());
}

}  // namespace dealog::test
