#include "tools/import_chains.h"

#include <algorithm>
#include <map>

#include <boost/json.hpp>

namespace dealog::tools {

namespace json = boost::json;

PlannedCommand ChainMaker::command(std::string method, std::string path, const json::object& body, std::string_view set,
                                   std::string_view external_id, std::string_view deed, std::uint32_t entity, std::size_t row) const {
  PlannedCommand made;
  made.entity = entity;
  made.row = row;
  made.request.method = std::move(method);
  made.request.path = std::move(path);
  made.request.body = json::serialize(body);
  const std::string key = std::string(set) + '\0' + std::string(external_id) + '\0' + std::string(deed);
  made.request.headers = {{"Content-Type", "application/json"},
                          {"Idempotency-Key", "import-" + to_string(derived_uuid("import-key:" + scope_of(plan_, plan_.run), key))},
                          // Closings of the past skip the mandatory check [DEA-7]; the id lets it be taken back as a whole [DEA-9].
                          {"Dealog-Import", to_string(plan_.import_id)},
                          {"Prefer", "return=minimal"}};    // nobody reads the objects
  return made;
}

PlannedChain ChainMaker::simple(Draft& draft) const {
  const PlanEntity& entity = plan_.entities[draft.entity];
  if (draft.created) draft.body["effective_at"] = to_string(draft.created->instant);
  PlannedChain chain{draft.id, std::move(draft.needs), {}};
  chain.commands.push_back(command("POST", "/v1/" + std::string(plural(entity.kind)), draft.body, entity.set,
                                   draft.external_id, "create", draft.entity, draft.row));
  return chain;
}

Uuid ChainMaker::stage(const Draft& draft, std::string_view name) const {
  if (plan_.entities[draft.entity].kind == Kind::lead) return words_.find(Kind::lead_stage, name);
  return draft.process == nullptr ? Uuid{} : draft.process->stage(name);
}

// A deal without a history is one request, closing included. With one, it is created open in the stage that it
// was in then, moved, and closed. Leads are closed by a request of its own.
std::optional<PlannedChain> ChainMaker::life(Draft& draft, std::vector<Move> moves) const {
  const PlanEntity& entity = plan_.entities[draft.entity];
  std::ranges::stable_sort(moves, {}, [](const Move& move) { return move.at.instant; });
  if (!check_moves(draft, moves)) return std::nullopt;
  if (!moves.empty()) {
    if (!draft.created) draft.created = moves.front().at;
    if (moves.front().at.day <= draft.created->day && moves.front().at.instant <= draft.created->instant) {
      draft.body["stage_id"] = to_string(stage(draft, moves.front().stage));
      moves.erase(moves.begin());
    } else {
      draft.body.erase("stage_id");  // the column tells of the last stage; the history, of all
    }
  }
  if (!order_moments(draft, moves)) return std::nullopt;

  const bool is_closed = draft.closed.has_value();
  const bool closes_at_once = is_closed && moves.empty() && entity.kind == Kind::deal;
  if (closes_at_once) {
    draft.body["status"] = draft.status;
    draft.body["closed_at"] = to_string(draft.closed->instant);
    if (const auto* reason = draft.closing.if_contains("reason_id")) draft.body["close_reason_id"] = *reason;
    if (const auto* note = draft.closing.if_contains("note")) draft.body["close_note"] = *note;
  }
  PlannedChain chain = simple(draft);
  const std::string path = "/v1/" + std::string(plural(entity.kind)) + "/" + to_string(draft.id);
  const json::value* performer = draft.body.if_contains("performed_by");
  std::map<std::string, int> repeats;
  for (const Move& move : moves) {
    json::object body{{"stage_id", to_string(stage(draft, move.stage))}, {"effective_at", to_string(move.at.instant)}};
    if (performer != nullptr) body["performed_by"] = *performer;
    std::string deed = "move:" + to_string(move.at.instant) + ":" + move.stage;
    deed += ":" + std::to_string(++repeats[deed]);
    chain.commands.push_back(command("POST", path + "/move", body, entity.set, draft.external_id, deed, move.entity, move.row));
  }
  if (is_closed && !closes_at_once) chain.commands.push_back(closing(draft));
  return chain;
}

PlannedCommand ChainMaker::closing(const Draft& draft) const {
  const PlanEntity& entity = plan_.entities[draft.entity];
  json::object body = draft.closing;
  body["effective_at"] = to_string(draft.closed->instant);
  if (const json::value* performer = draft.body.if_contains("performed_by")) body["performed_by"] = *performer;
  const std::string verb = draft.status == "won" ? "win" : draft.status == "lost" ? "lose" : draft.status == "converted" ? "convert" : "obsolete";
  return command("POST", "/v1/" + std::string(plural(entity.kind)) + "/" + to_string(draft.id) + "/" + verb, body, entity.set,
                 draft.external_id, "close", draft.entity, draft.row);
}

std::optional<PlannedChain> ChainMaker::task(Draft& draft) const {
  std::vector<Move> none;
  if (!order_moments(draft, none)) return std::nullopt;
  const PlanEntity& entity = plan_.entities[draft.entity];
  PlannedChain chain = simple(draft);
  if (!draft.closed) return chain;
  json::object body{{"effective_at", to_string(draft.closed->instant)}};
  if (const json::value* performer = draft.body.if_contains("performed_by")) body["performed_by"] = *performer;
  chain.commands.push_back(command("POST", "/v1/tasks/" + to_string(draft.id) + "/complete", body, entity.set, draft.external_id,
                                   "complete", draft.entity, draft.row));
  return chain;
}

void ChainMaker::add_amounts(PlannedChain& chain, const Draft& draft, const Amounts& amounts) const {
  const std::string word = amounts.what == PlanEntity::What::deal_lines ? "lines" : "costs";
  const RowPlace& first = amounts.rows.front();
  PlannedCommand made = command("PUT", "/v1/deals/" + to_string(draft.id) + "/" + word, {{word, amounts.items}},
                                plan_.entities[draft.entity].set, draft.external_id, word, first.entity, first.row);
  made.item_rows = amounts.rows;
  chain.commands.push_back(std::move(made));
  chain.needs.insert(chain.needs.end(), amounts.needs.begin(), amounts.needs.end());
}

bool ChainMaker::check_moves(const Draft& draft, const std::vector<Move>& moves) const {
  bool sound = true;
  const PlanEntity& entity = plan_.entities[draft.entity];
  for (const Move& move : moves) {
    const PlanEntity& history = plan_.entities[move.entity];
    if (entity.kind == Kind::deal && draft.process == nullptr)
      tell_(entity, draft.row, "", "unknown_process", "a deal with a stage history needs a process in the plan");
    else if (stage(draft, move.stage).is_nil())
      tell_(history, move.row, history.stage->column, "unknown_stage", "there is no stage '" + move.stage + "'");
    else continue;
    sound = false;
  }
  return sound;
}

// Creation, moves, closing: in that order, whatever files they come from.
bool ChainMaker::order_moments(Draft& draft, std::vector<Move>& moves) const {
  std::vector<When> moments;
  if (draft.created) moments.push_back(*draft.created);
  for (const Move& move : moves) moments.push_back(move.at);
  if (draft.closed) moments.push_back(*draft.closed);
  if (const auto wrong = order_in_life(moments)) {
    const std::size_t first_move = draft.created ? 1 : 0;
    const bool is_move = *wrong >= first_move && *wrong < first_move + moves.size();
    const PlanEntity& entity = plan_.entities[is_move ? moves[*wrong - first_move].entity : draft.entity];
    const auto& rule = is_move ? entity.at : entity.completed_at ? entity.completed_at : entity.closed_at;
    tell_(entity, is_move ? moves[*wrong - first_move].row : draft.row, rule ? rule->column : "", "effective_before_last_event",
          to_string(moments[*wrong].instant) + " lies before what happened to it earlier (" + to_string(moments[*wrong - 1].instant) + ")");
    return false;
  }
  std::size_t next = 0;
  if (draft.created) draft.created = moments[next++];
  for (Move& move : moves) move.at = moments[next++];
  if (draft.closed) draft.closed = moments[next];
  return true;
}

}  // namespace dealog::tools
