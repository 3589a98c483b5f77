// Random deeds on what is set up: users, teams, settings, dictionaries [SPEC 3, 4].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

Deed on_source(Life& l) {
  const Id user = l.user();
  const std::string called = l.name();
  if (l.crm.sources.size() < 3 || l.once_in(4)) {
    const Id id = l.next_id();
    return deed("POST", "/v1/sources", {{"id", id}, {"name", called}}, [&l, user, id, called] { return l.crm.create_source(user, id, called); }, l.answers(l.crm.sources, id));
  }
  const Id id = l.any(l.crm.sources);
  const std::string one = "/v1/sources/" + id;
  if (l.once_in(2)) return deed("PATCH", one, {{"name", called}}, [&l, user, id, called] { return l.crm.rename_source(user, id, called); }, l.answers(l.crm.sources, id));
  const bool deleted = !l.once_in(3);
  return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.delete_source(user, id, deleted); }, l.answers(l.crm.sources, id));
}

Deed on_reason(Life& l) {
  static constexpr const char* outcomes[] = {"won", "lost", "obsolete"};
  const Id user = l.user();
  const std::string called = l.name();
  if (l.once_in(4)) {
    const Id id = l.next_id();
    const std::string outcome = outcomes[l.below(3)];
    return deed("POST", "/v1/close-reasons", {{"id", id}, {"name", called}, {"outcome", outcome}}, [&l, user, id, called, outcome] { return l.crm.create_reason(user, id, called, outcome); },
                l.answers(l.crm.reasons, id));
  }
  const Id id = l.any(l.crm.reasons);
  const std::string one = "/v1/close-reasons/" + id;
  const bool on = l.once_in(2);
  if (l.once_in(2)) return deed("PATCH", one, {{"is_archived", on}}, [&l, user, id, on] { return l.crm.archive_reason(user, id, on); }, l.answers(l.crm.reasons, id));
  return set_deleted(one, on, [&l, user, id, on] { return l.crm.delete_reason(user, id, on); }, l.answers(l.crm.reasons, id));
}

struct Words {
  const char* collection;
  std::map<Id, plain::Word> plain::Rules::* words;
  plain::Crm::WordRules rules;
};
constexpr Words dictionaries[] = {{"contact-groups", &plain::Rules::contact_groups, {}}, {"deal-groups", &plain::Rules::deal_groups, {}},
                                  {"tags", &plain::Rules::tags, {.everybody = true}},    {"product-categories", &plain::Rules::product_categories, {}},
                                  {"task-types", &plain::Rules::task_types, {.keeps = true}}, {"cost-categories", &plain::Rules::cost_categories, {.keeps = true}}};
Deed on_word(Life& l) {
  const Words& dictionary = dictionaries[l.below(6)];
  auto& words = l.crm.*dictionary.words;
  const plain::Crm::WordRules rules = dictionary.rules;
  const Id user = l.user();
  const std::string called = l.name(), all = std::string("/v1/") + dictionary.collection;
  if (words.size() < 3 || l.once_in(4)) {
    const Id id = l.next_id();
    return deed("POST", all, {{"id", id}, {"name", called}}, [&l, &words, user, id, called, rules] { return l.crm.create_word(words, user, id, called, rules); }, l.answers(words, id));
  }
  const Id id = l.any(words);
  const std::string one = all + "/" + id;
  const bool on = l.once_in(2);
  if (l.once_in(3)) return deed("PATCH", one, {{"name", called}}, [&l, &words, user, id, called, rules] { return l.crm.rename_word(words, user, id, called, rules); }, l.answers(words, id));
  if (rules.keeps && l.once_in(2)) return deed("PATCH", one, {{"is_archived", on}}, [&l, &words, user, id, on] { return l.crm.archive_word(words, user, id, on); }, l.answers(words, id));
  return set_deleted(one, on, [&l, &words, user, id, on, rules] { return l.crm.delete_word(words, user, id, on, rules); }, l.answers(words, id));
}

Deed on_lead_stage(Life& l) {
  const Id user = l.user();
  const std::string called = l.name();
  std::optional<int> position;
  if (l.once_in(2)) position = static_cast<int>(l.below(10) * 7 + 1);
  if (l.crm.lead_stages.size() < 5 || l.once_in(5)) {
    const Id id = l.next_id();
    json::object body{{"id", id}, {"name", called}};
    if (position) body["position"] = *position;
    return deed("POST", "/v1/lead-stages", body, [&l, user, id, called, position] { return l.crm.create_lead_stage(user, id, called, position); }, l.answers(l.crm.lead_stages, id));
  }
  const Id id = l.any(l.crm.lead_stages);
  const std::string one = "/v1/lead-stages/" + id;
  if (l.once_in(2)) {
    json::object body;
    std::optional<std::string> name;
    if (l.once_in(2)) body["name"] = *(name = called);
    if (position) body["position"] = *position;
    return deed("PATCH", one, body, [&l, user, id, name, position] { return l.crm.edit_lead_stage(user, id, name, position); }, l.answers(l.crm.lead_stages, id));
  }
  const bool deleted = l.once_in(2);
  return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.delete_lead_stage(user, id, deleted); }, l.answers(l.crm.lead_stages, id));
}

Deed on_team(Life& l) {
  const Id user = l.user();
  const std::string called = l.name();
  if (l.crm.teams.size() < 4 || l.once_in(6)) {
    const Id id = l.next_id(), parent = l.maybe(l.crm.teams);
    json::object body{{"id", id}, {"name", called}};
    if (!parent.empty()) body["parent_id"] = parent;
    return deed("POST", "/v1/teams", body, [&l, user, id, called, parent] { return l.crm.create_team(user, id, called, parent); }, l.answers(l.crm.teams, id));
  }
  const Id id = l.any(l.crm.teams);
  if (l.once_in(3)) {
    const bool deleted = l.once_in(2);
    return set_deleted("/v1/teams/" + id, deleted, [&l, user, id, deleted] { return l.crm.delete_team(user, id, deleted); }, l.answers(l.crm.teams, id));
  }
  json::object body;
  std::optional<std::string> name;
  std::optional<Id> parent;
  if (l.once_in(2)) body["name"] = *(name = called);
  if (l.once_in(2)) body["parent_id"] = id_or_null(*(parent = l.maybe(l.crm.teams, 4)));
  return deed("PATCH", "/v1/teams/" + id, body, [&l, user, id, name, parent] { return l.crm.edit_team(user, id, name, parent); }, l.answers(l.crm.teams, id));
}

Deed on_people(Life& l) {
  const Id user = l.user(), id = l.doer();
  static constexpr const char* roles[] = {"administrator", "manager", "salesperson", "salesperson", "analyst", "auditor"};
  const std::string role = roles[l.below(6)];
  const bool suspended = l.once_in(4);
  if (l.once_in(2)) return deed("PATCH", "/v1/users/" + id, {{"role", role}}, [&l, user, id, role] { return l.crm.set_role(user, id, role); }, l.answers(l.crm.users, id));
  return deed("PATCH", "/v1/users/" + id, {{"is_suspended", suspended}}, [&l, user, id, suspended] { return l.crm.set_suspended(user, l.now(), id, suspended); }, l.answers(l.crm.users, id));
}

// All that the model counts is in one currency: it only ever asks for another where that is refused.
Deed change_currency(Life& l) {
  Deed made = deed("PATCH", "/v1/account", {{"currency", "EUR"}}, [&l, user = l.user()] { return l.crm.change_currency(user); }, [](const json::value&) {});
  made.in_bulk = false;
  return made;
}
Deed on_account(Life& l) {
  if (l.crm.holds_amounts() && l.once_in(8)) return change_currency(l);
  using R = plain::Rules;
  static constexpr std::pair<const char*, bool R::*> settings[] = {{"sources_on", &R::sources_on}, {"sources_on", &R::sources_on}, {"source_inheritance_on", &R::inheritance_on},
                                                                    {"reason_required", &R::reason_required}, {"client_required", &R::client_required},
                                                                    {"costs_on", &R::costs_on}, {"costs_on", &R::costs_on}, {"realised_on", &R::realised_on}};
  const auto& [member, setting] = settings[l.below(8)];
  const bool on = l.once_in(2);
  Deed made = deed("PATCH", "/v1/account", {{member, on}}, [&l, user = l.user(), the_setting = setting, on] { return l.crm.set_setting(user, the_setting, on); },
                   [member = std::string(member), on](const json::value& answer) { REQUIRE(answer.at(member).as_bool() == on); });
  made.in_bulk = false;
  return made;
}

}  // namespace

std::optional<Deed> any_setup_deed(Life& l) {
  l.prefer_administrator();
  switch (l.below(18)) {
    case 0: case 1: return on_source(l);
    case 2: case 3: return on_reason(l);
    case 4: case 5: return on_lead_stage(l);
    case 6: case 9: case 10: return on_team(l);
    case 7: return on_people(l);
    case 8: return on_account(l);
    default: return on_word(l);
  }
}

void look_at_setup(Life& l) {
  l.look("sources", l.crm.sources);
  l.look("close-reasons", l.crm.reasons);
  l.look("lead-stages", l.crm.lead_stages);
  l.look("teams", l.crm.teams);
  l.look("users", l.crm.users);
  for (const Words& dictionary : dictionaries) l.look(dictionary.collection, l.crm.*dictionary.words);
}

}  // namespace dealog::test::model
