#pragma once
// Taking back what a World of the decision model did: what tests of undos share [DEA-9].

#include <algorithm>
#include <map>
#include <set>

#include "domain/undo.h"
#include "tests/support/scenario.h"

namespace dealog::test {

// A command that was taken back, by its first event, and the events that did it.
struct Pair { std::size_t first, undo, end; };

// What takes the events from `first` up to `last` back, when those of `settled` were taken back already.
inline UndoPlan plan_for(const World& world, std::size_t first, std::size_t last, bool is_import = false, const std::vector<Pair>& settled = {}) {
  std::map<ObjectRef, std::vector<Happened>> histories;
  std::set<ObjectRef> concerned;
  for (std::size_t i = first; i < last; ++i) concerned.insert(world.log[i].envelope.object);
  for (std::size_t i = 0; i < world.log.size(); ++i) {
    const auto& recorded = world.log[i];
    if (!concerned.contains(recorded.envelope.object)) continue;
    Happened happened{.around = recorded.envelope, .event = recorded.event.event, .personal = recorded.personal, .is_undone = i >= first && i < last};
    if (happened.is_undone) happened.before = world.view(recorded.envelope.object, end_of_time, recorded.envelope.position - 1);
    for (const Pair& pair : settled)
      if (i >= pair.undo && i < pair.end) {
        happened.around.batch = world.log[pair.undo].envelope.position;
        happened.undoes = {.command = world.log[pair.first].envelope.command};
      }
    histories[recorded.envelope.object].push_back(std::move(happened));
  }
  std::vector<std::vector<Happened>> all;
  for (auto& [object, history] : histories) all.push_back(std::move(history));
  return plan_undo(all, is_import);
}

// Takes the events back, and says what came of the first step that was refused.
inline std::string take_back(World& world, std::size_t first, std::size_t last, const std::vector<Pair>& settled = {}) {
  const UndoPlan plan = plan_for(world, first, last, false, settled);
  if (!plan.obstacles.empty()) return "blocked by " + plan.obstacles.front().type + ": " + std::string(name(plan.obstacles.front().code));
  for (const UndoStep& step : plan.steps)
    if (const Decision decision = world.run(Step(step.command)); !decision) return describe(decision);
  return "done";
}
inline std::string take_last_back(World& world, const Step& step) {
  const std::size_t first = world.log.size();
  world.accept(step);
  return take_back(world, first, world.log.size());
}

// What an undo has to put back: everything but when it came to stand in its stage.
inline std::string state_of(const World& world, ObjectRef object) {
  View view = world.view(object);
  std::string text;
  for (const std::uint16_t number : {field::deleted_at}) view.fields.erase(number);
  const bool has_course = object.kind == Kind::deal || object.kind == Kind::lead;
  if (has_course) view.fields.erase(field::deal::stage_entered_at);
  // False is as good as null.
  std::erase_if(view.fields, [](const auto& entry) { return entry.second == Value{std::int64_t{0}}; });
  for (auto& [number, value] : view.fields) {
    if (auto* ids = std::get_if<std::vector<Uuid>>(&value)) std::ranges::sort(*ids);
    if (value == Value{std::vector<Uuid>{}}) continue;
    text += std::to_string(number) + "=" + std::to_string(print_of(value)) + " ";
  }
  text += std::to_string(view.lines.size()) + " lines " + std::to_string(view.costs.size()) + " costs";
  return text;
}

inline command::SetDealLines lines(const Uuid& deal, const char* name) {
  command::Line line;
  line.name = name;
  line.price = command::Amount{"10.00", {}};
  return {deal, {line}};
}

}  // namespace dealog::test
