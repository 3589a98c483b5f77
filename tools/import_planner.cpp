#include "tools/import_planner.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>

#include "domain/text.h"
#include "tools/import_chains.h"
#include "tools/import_dates.h"
#include "tools/import_faults.h"
#include "tools/import_fields.h"
#include "tools/import_words.h"

namespace dealog::tools {
namespace {

namespace json = boost::json;

class Planner {
 public:
  Planner(const Plan& plan, const Tables& tables, const AccountFacts& facts)
      : plan_(plan), tables_(tables), facts_(facts), processes_(planned_processes(plan, facts)), words_(facts),
        chains_(plan, words_, [this](const PlanEntity& entity, std::size_t row, std::string column, std::string code, std::string message) {
          fault(entity, row, std::move(column), std::move(code), std::move(message));
        }) {}

  PlannedImport run() {
    if (!check_tables()) return std::move(result_);
    plan_constants();
    plan_processes();
    register_ids();
    plan_named();
    for (std::uint32_t i = 0; i < plan_.entities.size(); ++i) {
      if (plan_.entities[i].what == PlanEntity::What::stage_history) read_history(i);
      else if (plan_.entities[i].what != PlanEntity::What::objects) read_amounts(i);
    }
    using enum Kind;
    for (const Kind kind : {source, close_reason, contact_group, deal_group, tag, task_type, product_category, cost_category, lead_stage,
                            team, user, product, space, company, person, deal, lead, task, note, email})
      plan_kind(kind);
    return std::move(result_);
  }

 private:
  void fault(const PlanEntity& entity, std::size_t row, std::string column, std::string code, std::string message) {
    told_.emplace(entity.file, row);
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
      result_.more_faults += table->second.error_count - table->second.errors.size();
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
      for (const FieldRule& field : entity.fields) sound = check_custom(entity, field) && sound;
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

  bool check_custom(const PlanEntity& entity, const FieldRule& field) {
    if (field.spec != nullptr) return true;
    const FieldSpec* spec = custom_spec(plan_, facts_, entity.kind, field.custom);
    const auto told = [&](std::string code, std::string message) {
      fault(entity, 1, field.rule.column, std::move(code), std::move(message) + " (plan: " + field.rule.pointer + ")");
      return false;
    };
    if (spec == nullptr)
      return told("unknown_field", "neither the account nor the plan has a custom field '" + field.custom + "' of " + std::string(plural(entity.kind)));
    if (auto choices = custom_choices(plan_, facts_, entity.kind, field.custom); !choices.empty()) choices_[&field] = std::move(choices);
    const bool names = field.rule.by_name || !field.rule.ref.empty();
    if (names != (spec->ref != Kind::none))
      return told("unknown_reference", names ? "this field names no other object" : "this names a user: add \"ref\": and its set, or \"by_name\": true");
    return true;
  }

  PlannedPhase& phase(std::string name) {
    result_.phases.push_back({std::move(name), {}});
    return result_.phases.back();
  }

  // What the account has by that name is used as it is. Stages of leads stand in the order in which they are made: each is a phase.
  void plan_constants() {
    for (const Kind kind : {Kind::source, Kind::close_reason, Kind::lead_stage, Kind::custom_field}) {
      bool is_first = true;
      for (const PlanConstant& constant : plan_.constants) {
        if (constant.kind != kind) continue;
        const Identity identity = identity_of(plan_, facts_, kind, name(kind), constant.name);
        const Uuid id = identity.id, there = already_there(constant);
        const bool is_others = identity.is_there || (!there.is_nil() && there != id);
        sets_[std::string(name(kind))].emplace(constant.name, is_others && !identity.is_there ? there : id);
        if (is_others) continue;
        json::object body = constant.body;
        body["id"] = to_string(id);
        const std::string many(plural(kind));
        PlannedPhase& made = is_first || kind == Kind::lead_stage ? phase(many) : result_.phases.back();
        is_first = false;
        made.chains.push_back({id, {}, {chains_.command("POST", "/v1/" + many, body, name(kind), constant.name, "create", no_entity, 0)}});
        words_.add(kind, constant.name, id);
      }
    }
  }

  Uuid already_there(const PlanConstant& constant) const {
    if (constant.kind == Kind::close_reason) return words_.find(constant.kind, std::string(constant.body.at("outcome").as_string()) + ":" + constant.name);
    if (constant.kind != Kind::custom_field) return words_.find(constant.kind, constant.name);
    for (const AccountFacts::CustomField& field : facts_.custom_fields)
      if (std::string(plural(field.about)) + ":" + field.key == constant.name) return field.id;
    return {};
  }

  void plan_processes() {
    PlannedPhase made{"processes", {}};
    for (const PlannedProcess& process : processes_) {
      if (process.plan->existing || process.is_there) continue;
      made.chains.push_back({process.id, {}, {chains_.command("POST", "/v1/processes", process.body, "process",
                                                              process.plan->key, "create", no_entity, 0)}});
    }
    if (!made.chains.empty()) result_.phases.push_back(std::move(made));
  }

  // What rows name by a name that nobody has yet.
  void plan_named() {
    std::map<Kind, PlannedPhase> phases;
    for (const PlanEntity& entity : plan_.entities) {
      const CsvTable& table = tables_.find(entity.file)->second;
      for (const auto& [kind, rule] : naming_rules(plan_, entity, facts_)) {
        if (!std::ranges::find(nameable_kinds(), kind, &Nameable::kind)->is_made) continue;
        for (const CsvTable::Row& row : table.rows)
          for (const std::string& word : names_in(*rule, {table, row})) plan_name(kind, word, phases[kind]);
      }
    }
    for (auto& [kind, made] : phases) {
      if (made.chains.empty()) continue;
      made.name = plural(kind);
      result_.phases.push_back(std::move(made));
    }
  }

  // Without those that the plan's map does not know, which are told where the row is read.
  static std::vector<std::string> names_in(const ValueRule& rule, const RowView& row) {
    try {
      return values_of(rule, row);
    } catch (const Unmapped&) {
      return {};
    }
  }

  void plan_name(Kind kind, const std::string& word, PlannedPhase& into) {
    const std::string key = normalised(word);
    const std::string set = "named:" + std::string(name(kind));
    const Uuid id = identity_of(plan_, facts_, kind, set, key).id, there = words_.find(kind, word);
    if (facts_.there.contains(id)) return words_.add(kind, word, id);
    if (named_.contains(id) || (!there.is_nil() && there != id)) return;   // an earlier row's, or somebody else's
    named_.insert(id);
    words_.add(kind, word, id);
    const json::object body{{"id", to_string(id)}, {"name", word}};
    into.chains.push_back({id, {}, {chains_.command("POST", "/v1/" + std::string(plural(kind)), body, set, key, "create", no_entity, 0)}});
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
        if (const auto id = external_id(entity, {table, row}, true)) {
          const Uuid object = identity_of(plan_, facts_, entity.kind, entity.set, *id).id;
          set.emplace(*id, object);
          if (entity.kind == Kind::deal) currencies_.emplace(object, currency_of(entity, {table, row}).value_or(facts_.currency));
          register_name(entity, {table, row}, *id);
        }
    }
  }

  static const ValueRule* currency_rule(const PlanEntity& entity) {
    for (const FieldRule& each : entity.fields)
      if (entity.kind == Kind::deal && each.spec != nullptr && each.spec->number == field::deal::currency) return &each.rule;
    return nullptr;
  }
  // In which a deal's amounts are (SPEC MON-5): its row's, else the account's. Nothing: what the row names is none.
  std::optional<Currency> currency_of(const PlanEntity& entity, const RowView& row) const {
    const ValueRule* rule = currency_rule(entity);
    const std::vector<std::string> named = rule == nullptr ? std::vector<std::string>() : names_in(*rule, row);
    if (named.empty()) return facts_.currency;
    const auto currency = parse_currency(named.front());
    return currency && decimals(*currency) ? currency : std::nullopt;
  }

  // So that others can name it by its name.
  void register_name(const PlanEntity& entity, const RowView& row, const std::string& external) {
    if (std::ranges::find(nameable_kinds(), entity.kind, &Nameable::kind) == nameable_kinds().end()) return;
    for (const FieldRule& field : entity.fields)
      if (field.spec != nullptr && (field.spec->name == "name" || (entity.kind == Kind::user && field.spec->name == "email")))
        for (const std::string& word : names_in(field.rule, row)) words_.add(entity.kind, word, identity_of(plan_, facts_, entity.kind, entity.set, external).id);
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

  // The object whose history or amounts a row is about; nothing: told.
  std::optional<Uuid> owner_of(const PlanEntity& entity, const RowView& row, bool& sound) {
    const ValueRule& rule = entity.owner();
    const auto external = text(entity, row, rule, sound);
    if (!sound) return std::nullopt;
    const auto set = sets_.find(rule.ref);
    if (!external) fault(entity, row.row.number, rule.column, "missing", "which " + rule.ref + " is this about?");
    else if (set == sets_.end() || !set->second.contains(*external))
      fault(entity, row.row.number, rule.column, "unknown_reference", "the plan's files have no " + rule.ref + " '" + *external + "'");
    else return set->second.at(*external);
    sound = false;
    return std::nullopt;
  }

  void read_history(std::uint32_t index) {
    const PlanEntity& entity = plan_.entities[index];
    const CsvTable& table = tables_.find(entity.file)->second;
    for (const CsvTable::Row& row : table.rows) {
      const RowView view{table, row};
      bool sound = true;
      const auto stage = text(entity, view, entity.stage, sound);
      const auto at = when(entity, view, entity.at, sound);
      if (!sound) continue;
      const auto owner = owner_of(entity, view, sound);
      if (!owner) continue;
      const auto missing = [&](const ValueRule& rule) {
        fault(entity, row.number, rule.column, "missing", "a stage history needs a stage and a time");
      };
      if (!stage) missing(*entity.stage);
      else if (!at) missing(*entity.at);
      else histories_[*owner].push_back({index, row.number, *stage, *at});
    }
  }

  void read_amounts(std::uint32_t index) {
    const PlanEntity& entity = plan_.entities[index];
    const CsvTable& table = tables_.find(entity.file)->second;
    for (const CsvTable::Row& row : table.rows) {
      const RowView view{table, row};
      bool sound = true;
      const auto deal = owner_of(entity, view, sound);
      json::object item;
      std::vector<Uuid> needs;
      const auto known = deal ? currencies_.find(*deal) : currencies_.end();
      const FieldReader reader = reader_of(entity, view, sound, known == currencies_.end() ? facts_.currency : known->second);
      for (const FieldRule& field : entity.fields) reader.read(*field.spec, field, item, needs);
      if (!deal) continue;
      auto& all = amounts_[*deal];
      auto amounts = std::ranges::find(all, entity.what, &Amounts::what);
      if (amounts == all.end()) amounts = all.insert(all.end(), Amounts{.what = entity.what});
      item["id"] = to_string(id_of(plan_, entity.what == PlanEntity::What::deal_lines ? "deal_line" : "deal_cost",
                                   to_string(*deal) + '\0' + std::to_string(amounts->items.size())));
      amounts->is_sound = amounts->is_sound && sound;
      amounts->items.push_back(std::move(item));
      amounts->rows.push_back({index, row.number});
      amounts->needs.insert(amounts->needs.end(), needs.begin(), needs.end());
    }
  }

  FieldReader reader_of(const PlanEntity& entity, const RowView& row, bool& sound, Currency currency) {
    return {facts_, sets_, words_, choices_, row, [this, &entity, number = row.row.number, &sound](std::string column, std::string code, std::string message) {
              fault(entity, number, std::move(column), std::move(code), std::move(message));
              sound = false;
            }, currency};
  }

  // The fields, moments and references of one row. Nothing when it is not sound; its faults are told.
  std::optional<Draft> draft(std::uint32_t index, const RowView& row, const std::string& external) {
    const PlanEntity& entity = plan_.entities[index];
    Draft made{.entity = index, .row = row.row.number, .external_id = external, .id = id_of(plan_, entity.set, external)};
    bool sound = true;
    made.body["id"] = to_string(made.id);
    const auto currency = currency_of(entity, row);
    const FieldReader reader = reader_of(entity, row, sound, currency.value_or(facts_.currency));
    if (!currency) reader.fault(currency_rule(entity)->column, "out_of_range", "there is no such currency; map it to one");
    for (const FieldRule& field : entity.fields)
      reader.read(field.spec != nullptr ? *field.spec : *custom_spec(plan_, facts_, entity.kind, field.custom), field, made.body, made.needs);
    if (entity.kind == Kind::team && !made.needs.empty()) made.parent = made.needs.front();
    made.created = when(entity, row, entity.effective_at, sound);
    if (entity.performed_by)
      if (const auto id = reader.reference(*entity.performed_by, Kind::user, made.needs)) made.body["performed_by"] = to_string(*id);
    if (entity.kind == Kind::task) made.closed = when(entity, row, entity.completed_at, sound);
    if (entity.kind == Kind::deal || entity.kind == Kind::lead) draft_life(entity, row, reader, made, sound);
    if (!sound) return std::nullopt;
    return made;
  }

  // Stage, status and closing of a deal or a lead.
  void draft_life(const PlanEntity& entity, const RowView& row, const FieldReader& reader, Draft& made, bool& sound) {
    for (const PlannedProcess& process : processes_)
      if (process.plan->key == entity.process) made.process = &process;
    if (made.process != nullptr) made.body["process_id"] = to_string(made.process->id);
    const bool is_lead = entity.kind == Kind::lead;
    if (const auto stage = text(entity, row, entity.stage, sound)) {
      const Uuid id = is_lead ? words_.find(Kind::lead_stage, *stage) : made.process->stage(*stage);
      if (!id.is_nil()) made.body["stage_id"] = to_string(id);
      else reader.fault(entity.stage->column, "unknown_stage", "there is no stage '" + *stage + "'");
    }
    if (const auto status = text(entity, row, entity.status, sound)) {
      made.status = *status;
      const auto& words = find_field(entity.kind, "status")->choices;
      if (std::ranges::find(words, std::string_view(made.status)) == words.end())
        reader.fault(entity.status->column, "out_of_range",
                     std::string("a status is ") + (is_lead ? "active, converted or lost" : "open, won, lost or obsolete") + "; map '" + made.status + "'");
    }
    made.closed = when(entity, row, entity.closed_at, sound);
    const bool is_closed = !made.status.empty() && made.status != (is_lead ? "active" : "open");
    if (sound && is_closed != made.closed.has_value())
      reader.fault(entity.closed_at->column, is_closed ? "missing" : "out_of_range",
                   "a " + std::string(name(entity.kind)) + (is_closed ? " that is closed needs the time of its closing" : " that is open has no time of closing"));
    if (!is_closed) return;
    if (made.status == "converted") return draft_conversion(entity, reader, made);
    if (entity.close_reason)
      if (const auto id = reader.reference(*entity.close_reason, Kind::close_reason, made.needs)) made.closing["reason_id"] = to_string(*id);
    if (const auto note = text(entity, row, entity.close_note, sound)) made.closing["note"] = *note;
  }

  static void draft_conversion(const PlanEntity& entity, const FieldReader& reader, Draft& made) {
    for (const auto& [kind, target] : {std::pair(Kind::company, &entity.to_company), std::pair(Kind::person, &entity.to_person),
                                       std::pair(Kind::deal, &entity.to_deal)}) {
      if (target->always) made.closing[name(kind)] = true;
      else if (target->rule)
        if (const auto id = reader.reference(*target->rule, kind, made.needs)) made.closing[name(kind)] = json::object{{"id", to_string(*id)}};
    }
    if (made.closing.empty())
      reader.fault(entity.status->column, "missing", "a lead is converted into a company, a person or a deal: see converts_to");
  }

  void plan_kind(Kind kind) {
    std::vector<Draft> drafts;
    std::map<Uuid, std::size_t> seen;
    std::set<Uuid> left_out;
    for (std::uint32_t i = 0; i < plan_.entities.size(); ++i) {
      const PlanEntity& entity = plan_.entities[i];
      if (entity.what != PlanEntity::What::objects || entity.kind != kind) continue;
      const CsvTable& table = tables_.find(entity.file)->second;
      for (const CsvTable::Row& row : table.rows) {
        const auto external = external_id(entity, {table, row}, false);
        if (!external) continue;
        const auto [id, run, is_there] = identity_of(plan_, facts_, entity.kind, entity.set, *external);
        if (is_there) continue;
        if (entity.distinct && seen.contains(id)) continue;
        auto made = draft(i, {table, row}, *external);
        if (!made) {
          left_out.emplace(id);
          continue;
        }
        if (const auto before = seen.find(id); before != seen.end()) {
          const Draft& first = drafts[before->second];
          if (!(first == *made))
            fault(entity, row.number, entity.external_id.column, "duplicate_id",
                  "'" + *external + "' stands in line " + std::to_string(first.row) + " of " +
                      path_of(plan_.entities[first.entity].file) + " with other values");
          continue;
        }
        seen.emplace(id, drafts.size());
        drafts.push_back(std::move(*made));
      }
    }
    for (const Uuid& id : left_out)
      if (!seen.contains(id)) leave_out(id, kind);
    if (drafts.empty()) return;
    if (kind == Kind::team) return plan_teams(std::move(drafts));
    if (kind == Kind::lead) return plan_leads(std::move(drafts));
    PlannedPhase& made = phase(std::string(plural(kind)));
    made.chains.reserve(drafts.size());
    for (Draft& draft : drafts)
      if (auto chain = chain_of(kind, draft)) made.chains.push_back(std::move(*chain));
  }

  std::optional<PlannedChain> chain_of(Kind kind, Draft& draft) {
    if (kind == Kind::task) {
      auto chain = chains_.task(draft);
      if (!chain) leave_out(draft.id, kind);
      return chain;
    }
    if (kind != Kind::deal && kind != Kind::lead) return chains_.simple(draft);
    const auto history = histories_.find(draft.id);
    auto chain = chains_.life(draft, history == histories_.end() ? std::vector<Move>() : history->second);
    if (!chain) {
      hold_back(draft.entity, draft.row);
      leave_out(draft.id, kind);
      return chain;
    }
    if (const auto amounts = amounts_.find(draft.id); amounts != amounts_.end())
      for (const Amounts& each : amounts->second) {
        if (each.is_sound) chains_.add_amounts(*chain, draft, each);
        else hold_back(each);
      }
    return chain;
  }

  // Not made, and so neither is what other rows say of it.
  void leave_out(const Uuid& id, Kind kind) {
    result_.left_out.emplace(id, kind);
    if (const auto history = histories_.find(id); history != histories_.end())
      for (const Move& move : history->second) hold_back(move.entity, move.row);
    if (const auto amounts = amounts_.find(id); amounts != amounts_.end())
      for (const Amounts& each : amounts->second) hold_back(each);
  }
  void hold_back(const Amounts& amounts) {
    for (const RowPlace& place : amounts.rows) hold_back(place.entity, place.row);
  }
  void hold_back(std::uint32_t index, std::size_t row) {
    const PlanEntity& entity = plan_.entities[index];
    if (!told_.contains({entity.file, row})) fault(entity, row, "", std::string(held_back), "not sent: what it belongs to has faults");
  }

  // Whether a lead is a repeated one is decided when it is recorded (SPEC LEA-2): those of one contact go one after another, in
  // the order in which they came to be.
  void plan_leads(std::vector<Draft> drafts) {
    std::ranges::stable_sort(drafts, {}, [](const Draft& draft) { return draft.created ? draft.created->instant : Instant{INT64_MAX}; });
    std::map<std::string, std::size_t, std::less<>> next;
    std::vector<PlannedPhase> phases;
    for (Draft& draft : drafts) {
      std::vector<std::string> contacts;
      for (const std::string_view link : {"company_id", "person_id"})
        if (const json::value* id = draft.body.if_contains(link)) contacts.emplace_back(id->as_string());
      std::size_t at = 0;
      for (const std::string& contact : contacts) at = std::max(at, next[contact]);
      auto chain = chain_of(Kind::lead, draft);
      if (!chain) continue;
      for (const std::string& contact : contacts) next[contact] = at + 1;
      if (phases.size() <= at) phases.resize(at + 1, {std::string(plural(Kind::lead)), {}});
      phases[at].chains.push_back(std::move(*chain));
    }
    for (PlannedPhase& made : phases) result_.phases.push_back(std::move(made));
  }

  // Parents before children: one phase for each depth of the tree.
  void plan_teams(std::vector<Draft> drafts) {
    std::set<Uuid> waiting;
    for (const Draft& draft : drafts) waiting.insert(draft.id);
    while (!drafts.empty()) {
      const auto later = std::stable_partition(drafts.begin(), drafts.end(),
                                               [&](const Draft& draft) { return !waiting.contains(draft.parent); });
      if (later == drafts.begin()) {
        for (const Draft& draft : drafts) {
          fault(plan_.entities[draft.entity], draft.row, plan_.entities[draft.entity].external_id.column, "team_cycle",
                "the teams above '" + draft.external_id + "' lead back to it");
          leave_out(draft.id, Kind::team);
        }
        return;
      }
      PlannedPhase& made = phase("teams");
      for (auto draft = drafts.begin(); draft != later; ++draft)
        made.chains.push_back(chains_.simple(*draft));
      for (const PlannedChain& chain : made.chains) waiting.erase(chain.object);
      drafts.erase(drafts.begin(), later);
    }
  }

  const Plan& plan_;
  const Tables& tables_;
  const AccountFacts& facts_;
  std::vector<PlannedProcess> processes_;
  std::map<Uuid, Currency> currencies_;        // of deals
  NamedWords words_;
  ChainMaker chains_;
  IdSets sets_;
  CustomChoices choices_;
  std::set<Uuid> named_;
  std::set<std::pair<std::string, std::size_t>> told_;   // rows with faults, by the keys of their files
  std::map<Uuid, std::vector<Move>> histories_;
  std::map<Uuid, std::vector<Amounts>> amounts_;
  PlannedImport result_;
};

}  // namespace

PlannedImport plan_import(const Plan& plan, const Tables& tables, const AccountFacts& facts) {
  return Planner(plan, tables, facts).run();
}

}  // namespace dealog::tools
