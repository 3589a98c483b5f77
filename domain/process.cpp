#include "domain/process.h"

#include <algorithm>

#include "domain/process_stages.h"

namespace dealog {
namespace {

// The only default moves from one process to another, in one commit.
void make_default(Deciding& deciding, const Uuid& process, std::optional<std::uint32_t> cause) {
  const Uuid& former = deciding.state.default_process;
  if (!former.is_nil() && former != process)
    deciding.add({Kind::process, former}, event::Edited{{{field::process::is_default, std::int64_t{0}}}}, std::nullopt, cause);
}

// What an edit asks of the two flags: exactly one default, and it is not archived.
void check_flags(Deciding& deciding, const Process& process, const Fields& changed) {
  namespace p = field::process;
  const auto flag = [&](std::uint16_t field, bool held) {
    const Value* value = find_value(changed, field);
    const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
    return value ? number && *number != 0 : held;
  };
  const bool is_default = flag(p::is_default, process.is_default);
  const bool is_archived = flag(p::is_archived, process.is_archived);
  if (process.is_default && !is_default) deciding.faults.add(Code::in_use, "/is_default", "Make another process the default instead.");
  else if (is_default && is_archived)
    deciding.faults.add(process.is_default ? Code::in_use : Code::process_archived, process.is_default ? "/is_archived" : "/is_default",
                        "The default process cannot be archived.");
}

Decision edit(Deciding& deciding, ObjectRef object, const Fields& given) {
  const Process& process = deciding.state.processes.at(object.id);
  Checked changed = check_edit(deciding, object, given);
  check_flags(deciding, process, changed.plain);
  if (changed.plain.empty() || deciding.faults.any()) return deciding.outcome(object);

  const Value* becomes_default = find_value(changed.plain, field::process::is_default);
  const std::uint32_t edited = deciding.add(object, event::Edited{std::move(changed.plain)});
  if (becomes_default) make_default(deciding, object.id, edited);
  return deciding.outcome(object);
}

// Where the deals of a removed stage go: the named target, else the nearest stage before it that stays, else the
// first. Recorded for every removed stage, since a closed or deleted deal may come back to it.
std::vector<event::StageTarget> targets(Deciding& deciding, const Process& process, const command::DefineProcess& define,
                                        const std::vector<event::Stage>& stages) {
  const auto stays = [&](const Uuid& id) { return std::ranges::any_of(stages, [&](const event::Stage& s) { return s.id == id; }); };
  for (const event::StageTarget& named : define.removed_stages) {
    const std::string pointer = "/removed_stages/" + to_string(named.removed);
    if (!process.newest().stages.contains(named.removed)) deciding.faults.add(Code::stage_not_in_process, pointer);
    else if (stays(named.removed)) deciding.faults.add(Code::invalid, pointer, "The stage is not removed.");
    else if (!stays(named.target)) deciding.faults.add(Code::unknown_reference, pointer);
  }

  std::vector<event::StageTarget> removed;
  std::vector<Uuid> blocked;
  Uuid before;
  for (const event::Stage& stage : process.definition.stages) {
    if (stays(stage.id)) {
      before = stage.id;
      continue;
    }
    const auto named = std::ranges::find(define.removed_stages, stage.id, &event::StageTarget::removed);
    const auto held = deciding.state.open_deals_in.find(stage.id);
    if (named == define.removed_stages.end() && held != deciding.state.open_deals_in.end() && held->second > 0) blocked.push_back(stage.id);
    const Uuid fallback = !before.is_nil() || stages.empty() ? before : stages.front().id;
    removed.push_back({stage.id, named == define.removed_stages.end() ? fallback : named->target});
  }
  if (!blocked.empty()) {
    deciding.faults.add(Code::stage_holds_deals, "/removed_stages");
    deciding.faults.in_the_way(std::move(blocked));
  }
  return removed;
}

ProcessVersion indexed(const event::ProcessDefined& defined, Instant from) {
  ProcessVersion version{.number = defined.version, .from = from};
  for (std::uint32_t i = 0; i < defined.stages.size(); ++i) {
    version.stages.emplace(defined.stages[i].id, i);
    for (std::uint32_t j = 0; j < defined.stages[i].actions.size(); ++j) {
      const event::Action& action = defined.stages[i].actions[j];
      version.actions.emplace(action.id, ProcessVersion::Place{i, j, action.weight});
      version.total_weight += action.weight;
    }
  }
  return version;
}

void apply_definition(ModelState& state, const Envelope& envelope, Process& process, const event::ProcessDefined& defined) {
  const bool first = process.versions.empty();
  process.definition = defined;
  process.versions.push_back(indexed(defined, first ? beginning_of_time : envelope.effective_at));
  process.mandatory.clear();
  for (const event::Stage& stage : defined.stages) {
    state.process_of_stage[stage.id] = envelope.object.id;
    for (const event::Action& action : stage.actions) {
      state.process_of_action[action.id] = envelope.object.id;
      if (action.mandatory) process.mandatory.push_back(action.id);
    }
  }
  for (const event::StageTarget& removed : defined.removed_stages) {
    state.removed_stages[removed.removed] = {removed.target, envelope.effective_at};
    if (const auto held = state.open_deals_in.find(removed.removed); held != state.open_deals_in.end()) {
      const std::uint32_t deals = held->second;
      state.open_deals_in.erase(held);
      state.open_deals_in[removed.target] += deals;
    }
  }
}

void apply_fields(ModelState& state, const Uuid& id, Process& process, const Fields& fields) {
  for (const FieldChange& change : fields) {
    const auto* number = std::get_if<std::int64_t>(&change.value);
    const bool on = number && *number != 0;
    if (change.field == field::process::is_archived) process.is_archived = on;
    if (change.field == field::process::is_default) {
      process.is_default = on;
      if (on) state.default_process = id;
    }
  }
}

}  // namespace

bool same_stages(std::vector<event::Stage> given, const std::vector<event::Stage>& held) {
  if (given.size() != held.size()) return false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].id.is_nil()) given[i].id = held[i].id;
    if (given[i].actions.size() != held[i].actions.size()) return false;
    for (std::size_t j = 0; j < given[i].actions.size(); ++j)
      if (given[i].actions[j].id.is_nil()) given[i].actions[j].id = held[i].actions[j].id;
  }
  return given == held;
}

Decision create_process(Deciding& deciding, const command::Create& create) {
  namespace p = field::process;
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::process, create.fields);
  Fields& fields = checked.plain;
  std::vector<event::Stage> stages = create.stages;
  prepare_stages(deciding, Uuid{}, stages);

  const Value* asked = find_value(fields, p::is_default);
  const bool is_first = deciding.state.default_process.is_nil();
  const bool is_default = is_first || (asked && *asked == Value{std::int64_t{1}});
  const Value* archived = find_value(fields, p::is_archived);
  if (is_default && archived && *archived == Value{std::int64_t{1}})
    deciding.faults.add(Code::invalid, "/is_archived", "The default process cannot be archived.");
  if (is_default) set_value(fields, p::is_default, std::int64_t{1});
  sort_by_number(fields);

  const std::uint32_t born = deciding.add(create.object, event::Created{.fields = std::move(fields)});
  deciding.add(create.object, event::ProcessDefined{.version = 1, .stages = std::move(stages)});
  if (is_default) make_default(deciding, create.object.id, born);
  return deciding.outcome(create.object, true);
}

Decision edit_process(Deciding& deciding, const command::Edit& command) {
  deciding.not_past_capable(command.effective_at);
  return edit(deciding, command.object, command.fields);
}

Decision define_process(Deciding& deciding, const command::DefineProcess& define) {
  const ObjectRef object{Kind::process, define.process};
  const Process& process = deciding.state.processes.at(define.process);
  std::vector<event::Stage> stages = define.stages;
  prepare_stages(deciding, define.process, stages);
  std::vector<event::StageTarget> removed = targets(deciding, process, define, stages);

  if (stages != process.definition.stages)
    deciding.add(object, event::ProcessDefined{process.newest().number + 1, std::move(stages), std::move(removed)});

  Fields fields;
  if (define.name) fields.push_back({field::process::name, *define.name});
  if (define.is_default) fields.push_back({field::process::is_default, std::int64_t{*define.is_default}});
  return edit(deciding, object, fields);
}

Decision archive_process(Deciding& deciding, const command::ArchiveProcess& archive) {
  return edit(deciding, {Kind::process, archive.process}, {{field::process::is_archived, std::int64_t{archive.archived}}});
}

void apply_process(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.processes.find(envelope.object.id);
  if (found == state.processes.end()) return;
  Process& process = found->second;
  if (const auto* created = std::get_if<event::Created>(&event)) apply_fields(state, found->first, process, created->fields);
  if (const auto* edited = std::get_if<event::Edited>(&event)) apply_fields(state, found->first, process, edited->fields);
  if (const auto* defined = std::get_if<event::ProcessDefined>(&event)) apply_definition(state, envelope, process, *defined);
}

}  // namespace dealog
