#include "tools/import_planner.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>

#include "tools/import_dates.h"
#include "tools/import_fields.h"

namespace dealog::tools {
namespace {

namespace json = boost::json;

// One object on its way to a chain.
struct Draft {
  std::uint32_t entity;
  std::size_t row;
  std::string external_id;
  Uuid id;
  json::object body;
  std::vector<Uuid> needs;
  Uuid parent;                      // of teams
  std::string status;               // of deals: "", open, won, lost, obsolete
  std::optional<When> created, closed;
  json::object closing;             // reason and note
  const PlannedProcess* process = nullptr;
};

struct Move {
  std::uint32_t entity;
  std::size_t row;
  std::string stage;
  When at;
};

class Planner {
 public:
  Planner(const Plan& plan, const Tables& tables, const AccountFacts& facts)
      : plan_(plan), tables_(tables), facts_(facts), processes_(planned_processes(plan, facts)) {}

  PlannedImport run() {
    if (!check_tables()) return std::move(result_);
    plan_constants();
    plan_processes();
    register_ids();
    for (std::uint32_t i = 0; i < plan_.entities.size(); ++i)
      if (plan_.entities[i].what == PlanEntity::What::stage_history) read_history(i);
    for (const Kind kind : {Kind::source, Kind::close_reason, Kind::team, Kind::user, Kind::company, Kind::person,
                            Kind::deal})
      plan_kind(kind);
    return std::move(result_);
  }

 private:
  void fault(const PlanEntity& entity, std::size_t row, std::string column, std::string code, std::string message) {
    result_.faults.push_back({path_of(entity.file), row, std::move(column), std::move(code), std::move(message)});
  }

  std::string path_of(std::string_view file) const {
    const PlanFile* found = plan_.find_file(file);
    return found == nullptr ? std::string(file) : found->path;
  }

  // The faults of the files themselves. False when the plan cannot be carried out on them at all.
  bool check_tables() {
    bool sound = true;
    for (const PlanFile& file : plan_.files) {
      const auto table = tables_.find(file.key);
      if (table == tables_.end()) {
        result_.faults.push_back({file.path, 0, "", "unreadable", "this file was not read"});
        sound = false;
        continue;
      }
      result_.rows += table->second.rows.size();
      for (const CsvError& error : table->second.errors) {
        const bool named = error.column >= 1 && error.column <= table->second.columns.size();
        result_.faults.push_back({file.path, error.row, named ? table->second.columns[error.column - 1] : "",
                                  error.code, error.message});
        if (table->second.columns.empty() || error.code == "duplicate_column") sound = false;
      }
    }
    for (const PlannedProcess& process : processes_)
      if (process.id.is_nil()) {
        result_.faults.push_back({"", 0, "", "unknown_process",
                                  "the account has no process called '" + process.plan->name + "'"});
        sound = false;
      }
    std::set<std::pair<std::string, std::string>> told;
    for (const PlanEntity& entity : plan_.entities) {
      const auto table = tables_.find(entity.file);
      if (table == tables_.end()) continue;
      for (const ValueRule* rule : rules_of(entity)) {
        for (const std::string& column : columns_of(*rule)) {
          if (table->second.find(column) || !told.emplace(entity.file, column).second) continue;
          fault(entity, 1, column, "unknown_column", "the file has no column '" + column + "' (plan: " + rule->pointer + ")");
          sound = false;
        }
      }
    }
    return sound;
  }

  PlannedCommand command(std::string method, std::string path, const json::object& body, std::string_view set,
                         std::string_view external_id, std::string_view deed, std::uint32_t entity, std::size_t row) {
    PlannedCommand made;
    made.entity = entity;
    made.row = row;
    made.request.method = std::move(method);
    made.request.path = std::move(path);
    made.request.body = json::serialize(body);
    const std::string key = std::string(set) + '\0' + std::string(external_id) + '\0' + std::string(deed);
    made.request.headers = {{"Content-Type", "application/json"},
                            {"Idempotency-Key", "import-" + to_string(derived_uuid("import-key:" + plan_.scope, key))},
                            {"Dealog-Import", "1"},           // closings of the past skip the mandatory check [DEA-7]
                            {"Prefer", "return=minimal"}};    // nobody reads the objects
    return made;
  }

  PlannedPhase& phase(std::string name) {
    result_.phases.push_back({std::move(name), {}});
    return result_.phases.back();
  }

  void plan_constants() {
    for (const Kind kind : {Kind::source, Kind::close_reason}) {
      PlannedPhase made{std::string(plural(kind)), {}};
      for (const PlanConstant& constant : plan_.constants) {
        if (constant.kind != kind) continue;
        const Uuid id = id_of(plan_, name(kind), constant.name);
        json::object body{{"id", to_string(id)}, {"name", constant.name}};
        if (kind == Kind::close_reason) body["outcome"] = constant.outcome;
        made.chains.push_back({id, {}, {command("POST", "/v1/" + made.name, body, name(kind), constant.name, "create",
                                                no_entity, 0)}});
        sets_[std::string(name(kind))].emplace(constant.name, id);
      }
      if (!made.chains.empty()) result_.phases.push_back(std::move(made));
    }
  }

  void plan_processes() {
    PlannedPhase made{"processes", {}};
    for (const PlannedProcess& process : processes_) {
      if (process.plan->existing) continue;
      made.chains.push_back({process.id, {}, {command("POST", "/v1/processes", process.body, "process",
                                                      process.plan->key, "create", no_entity, 0)}});
    }
    if (!made.chains.empty()) result_.phases.push_back(std::move(made));
  }

  // The external id of a row; nothing when the row makes no object.
  std::optional<std::string> external_id(const PlanEntity& entity, const RowView& row, bool tell) {
    std::optional<std::string> id;
    try {
      id = value_of(entity.external_id, row);
    } catch (const Unmapped& unmapped) {
      if (tell) fault(entity, row.row.number, entity.external_id.column, "out_of_range", "the plan's map does not know '" + unmapped.value + "'");
      return std::nullopt;
    }
    if (!id && !entity.distinct && tell)
      fault(entity, row.row.number, entity.external_id.column, "missing", "an external id is needed");
    return id;
  }

  void register_ids() {
    for (const PlanEntity& entity : plan_.entities) {
      if (entity.what != PlanEntity::What::objects) continue;
      const CsvTable& table = tables_.find(entity.file)->second;
      auto& set = sets_[entity.set];
      for (const CsvTable::Row& row : table.rows)
        if (const auto id = external_id(entity, {table, row}, true)) set.emplace(*id, id_of(plan_, entity.set, *id));
    }
  }

  std::optional<std::string> text(const PlanEntity& entity, const RowView& row, const std::optional<ValueRule>& rule,
                                  bool& sound) {
    if (!rule) return std::nullopt;
    try {
      return value_of(*rule, row);
    } catch (const Unmapped& unmapped) {
      fault(entity, row.row.number, rule->column, "out_of_range", "the plan's map does not know '" + unmapped.value + "'");
      sound = false;
      return std::nullopt;
    }
  }

  std::optional<When> when(const PlanEntity& entity, const RowView& row, const std::optional<ValueRule>& rule, bool& sound) {
    const auto value = text(entity, row, rule, sound);
    if (!value) return std::nullopt;
    auto moment = parse_when(*value, rule->formats, facts_.calendar);
    if (!moment) {
      fault(entity, row.row.number, rule->column, "unreadable", "'" + *value + "' is no date of the format that the plan names");
      sound = false;
    }
    return moment;
  }

  void read_history(std::uint32_t index) {
    const PlanEntity& entity = plan_.entities[index];
    const CsvTable& table = tables_.find(entity.file)->second;
    for (const CsvTable::Row& row : table.rows) {
      const RowView view{table, row};
      bool sound = true;
      const auto deal = text(entity, view, entity.deal, sound);
      const auto stage = text(entity, view, entity.stage, sound);
      const auto at = when(entity, view, entity.at, sound);
      if (!sound) continue;
      const auto missing = [&](const ValueRule& rule) {
        fault(entity, row.number, rule.column, "missing", "a stage history needs a deal, a stage and a time");
      };
      if (!deal) missing(*entity.deal);
      else if (!stage) missing(*entity.stage);
      else if (!at) missing(*entity.at);
      else if (const auto set = sets_.find(entity.deal->ref); set == sets_.end() || !set->second.contains(*deal))
        fault(entity, row.number, entity.deal->column, "unknown_reference", "the plan's files have no deal '" + *deal + "'");
      else histories_[set->second.at(*deal)].push_back({index, row.number, *stage, *at});
    }
  }

  // The fields, moments and references of one row. Nothing when it is not sound; its faults are told.
  std::optional<Draft> draft(std::uint32_t index, const RowView& row, const std::string& external) {
    const PlanEntity& entity = plan_.entities[index];
    Draft made{.entity = index, .row = row.row.number, .external_id = external, .id = id_of(plan_, entity.set, external),
               .body = {}, .needs = {}, .parent = {}, .status = {}, .created = {}, .closed = {}, .closing = {}};
    bool sound = true;
    made.body["id"] = to_string(made.id);
    FieldReader reader{facts_, sets_, row, [&](std::string column, std::string code, std::string message) {
                         fault(entity, row.row.number, std::move(column), std::move(code), std::move(message));
                         sound = false;
                       }};
    for (const FieldRule& field : entity.fields) reader.read(field, made.body, made.needs);
    if (entity.kind == Kind::team && !made.needs.empty()) made.parent = made.needs.front();
    made.created = when(entity, row, entity.effective_at, sound);
    if (entity.kind == Kind::deal) draft_deal(entity, row, reader, made, sound);
    if (!sound) return std::nullopt;
    return made;
  }

  void draft_deal(const PlanEntity& entity, const RowView& row, FieldReader& reader, Draft& made, bool& sound) {
    for (const PlannedProcess& process : processes_)
      if (process.plan->key == entity.process) made.process = &process;
    if (made.process != nullptr) made.body["process_id"] = to_string(made.process->id);
    if (const auto stage = text(entity, row, entity.stage, sound)) {
      if (const Uuid id = made.process->stage(*stage); !id.is_nil()) made.body["stage_id"] = to_string(id);
      else reader.fault(entity.stage->column, "unknown_stage", "the process has no stage '" + *stage + "'");
    }
    if (entity.performed_by)
      if (const auto id = reader.reference(*entity.performed_by, made.needs)) made.body["performed_by"] = to_string(*id);
    if (const auto status = text(entity, row, entity.status, sound)) {
      made.status = *status;
      if (made.status != "open" && made.status != "won" && made.status != "lost" && made.status != "obsolete")
        reader.fault(entity.status->column, "out_of_range", "a status is open, won, lost or obsolete; map '" + made.status + "'");
    }
    made.closed = when(entity, row, entity.closed_at, sound);
    const bool is_closed = !made.status.empty() && made.status != "open";
    if (sound && is_closed != made.closed.has_value())
      reader.fault(entity.closed_at->column, is_closed ? "missing" : "out_of_range",
                   is_closed ? "a closed deal needs the time of its closing" : "an open deal has no time of closing");
    if (!is_closed) return;
    if (entity.close_reason)
      if (const auto id = reader.reference(*entity.close_reason, made.needs)) made.closing["reason_id"] = to_string(*id);
    if (const auto note = text(entity, row, entity.close_note, sound)) made.closing["note"] = *note;
  }

  void plan_kind(Kind kind) {
    std::vector<Draft> drafts;
    std::map<Uuid, std::size_t> seen;
    for (std::uint32_t i = 0; i < plan_.entities.size(); ++i) {
      const PlanEntity& entity = plan_.entities[i];
      if (entity.what != PlanEntity::What::objects || entity.kind != kind) continue;
      const CsvTable& table = tables_.find(entity.file)->second;
      for (const CsvTable::Row& row : table.rows) {
        const auto external = external_id(entity, {table, row}, false);
        if (!external) continue;
        const Uuid id = id_of(plan_, entity.set, *external);
        if (entity.distinct && seen.contains(id)) continue;
        auto made = draft(i, {table, row}, *external);
        if (!made) continue;
        if (const auto before = seen.find(id); before != seen.end()) {
          const Draft& first = drafts[before->second];
          if (!same_object(first, *made))
            fault(entity, row.number, entity.external_id.column, "duplicate_id",
                  "'" + *external + "' stands in line " + std::to_string(first.row) + " of " +
                      path_of(plan_.entities[first.entity].file) + " with other values");
          continue;
        }
        seen.emplace(id, drafts.size());
        drafts.push_back(std::move(*made));
      }
    }
    if (drafts.empty()) return;
    if (kind == Kind::team) return plan_teams(std::move(drafts));
    PlannedPhase& made = phase(std::string(plural(kind)));
    made.chains.reserve(drafts.size());
    for (Draft& draft : drafts) {
      auto chain = kind == Kind::deal ? deal_chain(draft) : simple_chain(draft);
      if (chain) made.chains.push_back(std::move(*chain));
    }
  }

  static bool same_object(const Draft& a, const Draft& b) {
    return a.body == b.body && a.status == b.status && a.created == b.created && a.closed == b.closed && a.closing == b.closing;
  }

  // Parents before children: one phase for each depth of the tree.
  void plan_teams(std::vector<Draft> drafts) {
    std::set<Uuid> waiting;
    for (const Draft& draft : drafts) waiting.insert(draft.id);
    while (!drafts.empty()) {
      const auto later = std::stable_partition(drafts.begin(), drafts.end(),
                                               [&](const Draft& draft) { return !waiting.contains(draft.parent); });
      if (later == drafts.begin()) {
        for (const Draft& draft : drafts)
          fault(plan_.entities[draft.entity], draft.row, plan_.entities[draft.entity].external_id.column, "team_cycle",
                "the teams above '" + draft.external_id + "' lead back to it");
        return;
      }
      PlannedPhase& made = phase("teams");
      for (auto draft = drafts.begin(); draft != later; ++draft)
        if (auto chain = simple_chain(*draft)) made.chains.push_back(std::move(*chain));
      for (const PlannedChain& chain : made.chains) waiting.erase(chain.object);
      drafts.erase(drafts.begin(), later);
    }
  }

  std::optional<PlannedChain> simple_chain(Draft& draft) {
    const PlanEntity& entity = plan_.entities[draft.entity];
    if (draft.created) draft.body["effective_at"] = to_string(draft.created->instant);
    PlannedChain chain{draft.id, std::move(draft.needs), {}};
    chain.commands.push_back(command("POST", "/v1/" + std::string(plural(entity.kind)), draft.body, entity.set,
                                     draft.external_id, "create", draft.entity, draft.row));
    return chain;
  }

  // A deal without a history is one request, closing included. With one, it is created open in the stage that it
  // was in then, moved, and closed.
  std::optional<PlannedChain> deal_chain(Draft& draft) {
    const PlanEntity& entity = plan_.entities[draft.entity];
    std::vector<Move> moves;
    if (const auto found = histories_.find(draft.id); found != histories_.end()) moves = std::move(found->second);
    std::ranges::stable_sort(moves, {}, [](const Move& move) { return move.at.instant; });
    if (!check_moves(draft, moves)) return std::nullopt;
    if (!moves.empty()) {
      if (!draft.created) draft.created = moves.front().at;
      if (moves.front().at.day <= draft.created->day && moves.front().at.instant <= draft.created->instant) {
        draft.body["stage_id"] = to_string(draft.process->stage(moves.front().stage));
        moves.erase(moves.begin());
      } else {
        draft.body.erase("stage_id");  // the column tells of the last stage; the history, of all
      }
    }
    if (!order_moments(draft, moves)) return std::nullopt;

    const bool is_closed = draft.closed.has_value();
    const bool closes_at_once = is_closed && moves.empty();
    if (draft.created) draft.body["effective_at"] = to_string(draft.created->instant);
    if (closes_at_once) {
      draft.body["status"] = draft.status;
      draft.body["closed_at"] = to_string(draft.closed->instant);
      if (const auto* reason = draft.closing.if_contains("reason_id")) draft.body["close_reason_id"] = *reason;
      if (const auto* note = draft.closing.if_contains("note")) draft.body["close_note"] = *note;
    }
    PlannedChain chain{draft.id, std::move(draft.needs), {}};
    chain.commands.push_back(command("POST", "/v1/deals", draft.body, entity.set, draft.external_id, "create",
                                     draft.entity, draft.row));
    const std::string path = "/v1/deals/" + to_string(draft.id);
    const json::value* performer = draft.body.if_contains("performed_by");
    std::map<std::string, int> repeats;
    for (const Move& move : moves) {
      json::object body{{"stage_id", to_string(draft.process->stage(move.stage))},
                        {"effective_at", to_string(move.at.instant)}};
      if (performer != nullptr) body["performed_by"] = *performer;
      std::string deed = "move:" + to_string(move.at.instant) + ":" + move.stage;
      deed += ":" + std::to_string(++repeats[deed]);
      chain.commands.push_back(command("POST", path + "/move", body, entity.set, draft.external_id, deed, move.entity, move.row));
    }
    if (is_closed && !closes_at_once) {
      json::object body = draft.closing;
      body["effective_at"] = to_string(draft.closed->instant);
      if (performer != nullptr) body["performed_by"] = *performer;
      const std::string verb = draft.status == "won" ? "win" : draft.status == "lost" ? "lose" : "obsolete";
      chain.commands.push_back(command("POST", path + "/" + verb, body, entity.set, draft.external_id, "close",
                                       draft.entity, draft.row));
    }
    return chain;
  }

  bool check_moves(const Draft& draft, const std::vector<Move>& moves) {
    bool sound = true;
    for (const Move& move : moves) {
      const PlanEntity& history = plan_.entities[move.entity];
      if (draft.process == nullptr)
        fault(plan_.entities[draft.entity], draft.row, "", "unknown_process", "a deal with a stage history needs a process in the plan");
      else if (draft.process->stage(move.stage).is_nil())
        fault(history, move.row, history.stage->column, "unknown_stage", "the process has no stage '" + move.stage + "'");
      else continue;
      sound = false;
    }
    return sound;
  }

  // Creation, moves, closing: in that order, whatever files they come from.
  bool order_moments(Draft& draft, std::vector<Move>& moves) {
    std::vector<When> moments;
    if (draft.created) moments.push_back(*draft.created);
    for (const Move& move : moves) moments.push_back(move.at);
    if (draft.closed) moments.push_back(*draft.closed);
    if (const auto wrong = order_in_life(moments)) {
      const std::size_t first_move = draft.created ? 1 : 0;
      const bool is_move = *wrong >= first_move && *wrong < first_move + moves.size();
      const PlanEntity& entity = plan_.entities[is_move ? moves[*wrong - first_move].entity : draft.entity];
      const auto& rule = is_move ? entity.at : entity.closed_at;
      fault(entity, is_move ? moves[*wrong - first_move].row : draft.row, rule ? rule->column : "",
            "effective_before_last_event",
            to_string(moments[*wrong].instant) + " lies before what happened to the deal earlier (" +
                to_string(moments[*wrong - 1].instant) + ")");
      return false;
    }
    std::size_t next = 0;
    if (draft.created) draft.created = moments[next++];
    for (Move& move : moves) move.at = moments[next++];
    if (draft.closed) draft.closed = moments[next];
    return true;
  }

  const Plan& plan_;
  const Tables& tables_;
  const AccountFacts& facts_;
  std::vector<PlannedProcess> processes_;
  IdSets sets_;
  std::map<Uuid, std::vector<Move>> histories_;
  PlannedImport result_;
};

}  // namespace

PlannedImport plan_import(const Plan& plan, const Tables& tables, const AccountFacts& facts) {
  return Planner(plan, tables, facts).run();
}

std::string column_of(const Plan& plan, const PlannedCommand& command, std::string_view member) {
  if (command.entity == no_entity) return {};
  const PlanEntity& entity = plan.entities[command.entity];
  for (const FieldRule& field : entity.fields)
    if (field.spec->name == member) return field.rule.column;
  const auto column = [](const std::optional<ValueRule>& rule) { return rule ? rule->column : std::string(); };
  if (member == "id") return entity.external_id.column;
  if (member == "effective_at")
    return entity.what == PlanEntity::What::stage_history ? column(entity.at) : column(entity.effective_at);
  if (member == "stage_id") return column(entity.stage);
  if (member == "status") return column(entity.status);
  if (member == "closed_at") return column(entity.closed_at);
  if (member == "close_reason_id" || member == "reason_id") return column(entity.close_reason);
  if (member == "close_note" || member == "note") return column(entity.close_note);
  if (member == "performed_by") return column(entity.performed_by);
  return {};
}

}  // namespace dealog::tools
