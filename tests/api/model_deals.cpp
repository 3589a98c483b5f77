// Random deeds on deals: their life, their participants, their lines and costs [SPEC 7, 8].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

constexpr Ms deal_hour = 3'600'000;

std::string path(const Id& id) { return "/v1/deals/" + id; }

// Orders are those of the process, not of ids: a seed does the same again.
Id any_of(Life& l, const std::vector<Id>& ids) { return ids.empty() ? l.nowhere() : ids[static_cast<std::size_t>(l.below(static_cast<Ms>(ids.size())))]; }
// Of a process; now and then of another, one that was removed, or none.
Id any_stage_of(Life& l, Id process) {
  if (l.once_in(50)) return l.nowhere();
  if (l.once_in(30)) process = any_process(l);
  const auto found = l.crm.processes.find(process);
  if (found == l.crm.processes.end()) return l.nowhere();
  if (l.once_in(50)) return any_of(l, plain::Crm::removed_in_order(found->second));
  std::vector<Id> ids;
  for (const plain::Stage& stage : found->second.stages) ids.push_back(stage.id);
  return any_of(l, ids);
}
Id process_of(Life& l, const Id& id) {
  const auto deal = l.crm.deals.find(id);
  return deal == l.crm.deals.end() ? l.crm.default_process() : deal->second.process;
}
Id any_action_of(Life& l, const Id& deal) {
  if (l.once_in(30)) return l.nowhere();
  const auto found = l.crm.processes.find(l.once_in(30) ? any_process(l) : process_of(l, deal));
  std::vector<Id> ids;
  if (found != l.crm.processes.end())
    for (const plain::Stage& stage : found->second.stages)
      for (const plain::Action& action : stage.actions) ids.push_back(action.id);
  return any_of(l, ids);
}
Id any_reason(Life& l) { return l.maybe(l.crm.reasons, 3); }

// A deed on a deal whose answer is the deal.
Deed on_deal(Life& l, const Id& id, const std::string& method, const std::string& rest, json::value body, std::function<Verdict()> model) {
  return {.method = method, .target = path(id) + rest, .body = std::move(body), .model = [model = std::move(model)](const json::value&) { return model(); },
          .compare = l.answers(l.crm.deals, id), .can_be_undone = true};
}

// A few of them, and as they are sent.
std::vector<plain::Line> any_lines(Life& l, json::array& sent) {
  std::vector<plain::Line> lines;
  for (Ms n = l.below(4); n > 0; --n) {
    plain::Line line{.id = static_cast<int>(n), .quantity = l.below(5) * 250 + 250, .price = l.below(20) * 37, .discount = l.below(4) * 1250, .times = static_cast<int>(1 + l.below(3)), .is_realised = l.once_in(3)};
    char quantity[20];
    std::snprintf(quantity, sizeof quantity, "%d.%03d", static_cast<int>(line.quantity / 1000), static_cast<int>(line.quantity % 1000));
    json::object each{{"id", "00000000-0000-4000-8000-0000000000f" + std::to_string(n)}, {"quantity", quantity}, {"price", {{"amount", decimal(line.price)}}},
                      {"discount", static_cast<double>(line.discount) / 100}, {"kind", line.is_realised ? "realised" : "forecast"}};
    if (line.times > 1) each["recurrence"] = {{"every_months", 1}, {"times", line.times}};
    line.product = l.maybe(l.crm.products);
    if (line.product.empty()) each["name"] = line.name = "Thing " + std::to_string(l.below(3));
    else each["product_id"] = line.product;
    lines.push_back(line);
    sent.push_back(each);
  }
  return lines;
}
Deed create_deal(Life& l) {
  plain::Crm::NewDeal wish;
  const Id id = l.next_id(), user = l.user();
  json::object body{{"id", id}};
  if (!l.once_in(6)) body["name"] = *(wish.name = "Deal of step " + std::to_string(l.step()));
  if (!l.once_in(4)) body["value"] = {{"amount", decimal(*(wish.value = l.below(1'000'000)))}};
  if (l.once_in(5)) body["currency"] = wish.currency = "EUR";
  if (l.once_in(3)) body["owner_id"] = wish.owner = l.colleague();
  if (Id company = l.maybe(l.crm.companies); !company.empty()) body["company_id"] = wish.company = company;
  if (Id person = l.maybe(l.crm.persons, 3); !person.empty() && l.once_in(2)) body["person_id"] = wish.person = person;
  if (l.once_in(3)) body["source_id"] = id_or_null(*(wish.source = l.maybe(l.crm.sources, 5)));
  if (l.once_in(3)) body["process_id"] = wish.process = any_process(l);
  if (l.once_in(4)) body["stage_id"] = wish.stage = any_stage_of(l, wish.process.empty() ? l.crm.default_process() : wish.process);
  if (l.once_in(3)) body["visibility"] = *(wish.is_public = l.once_in(2)) ? "public" : "private";
  if (l.once_in(5)) body["groups"] = list(wish.groups = l.some(l.crm.deal_groups));
  if (l.once_in(5)) body["tags"] = list(wish.tags = l.some(l.crm.tags));
  wish.custom = l.custom_values("deals", body, false);
  if (json::array lines; l.once_in(4)) {
    wish.lines = any_lines(l, lines);
    body["lines"] = lines;
  }
  const auto when = l.sometimes_past();
  return {.method = "POST", .target = "/v1/deals", .body = l.dated(body, when),
          .model = [&l, user, id, wish, when](const json::value&) { return l.crm.create_deal(user, l.now(), id, wish, when); },
          .compare = l.answers(l.crm.deals, id), .can_be_undone = true};
}

// At times only one of the two is said.
template <class Map>
plain::SetChange any_change(Life& l, const Map& words, json::object& body, const char* field) {
  plain::SetChange change;
  json::object sent;
  const bool removes = l.once_in(2);
  if (!removes || l.once_in(3)) sent["add"] = list(change.add = l.some(words));
  if (removes) sent["remove"] = list(change.remove = l.some(words));
  body[field] = std::move(sent);
  return change;
}

Deed edit_deal(Life& l) {
  plain::Crm::DealEdit edit;
  const Id id = l.any(l.crm.deals), user = l.user();
  json::object body;
  if (l.once_in(4)) body["name"] = *(edit.name = "Renamed " + std::to_string(l.below(3)));
  if (l.once_in(3)) {
    edit.value.emplace();
    if (!l.once_in(4)) *edit.value = l.below(5) * 1000;
    body["value"] = *edit.value ? json::value{{"amount", decimal(**edit.value)}} : json::value(nullptr);
  }
  if (l.once_in(4)) body["owner_id"] = *(edit.owner = l.colleague());
  if (l.once_in(4)) body["company_id"] = id_or_null(*(edit.company = l.maybe(l.crm.companies, 4)));
  if (l.once_in(6)) body["person_id"] = id_or_null(*(edit.person = l.maybe(l.crm.persons, 4)));
  if (l.once_in(4)) body["source_id"] = id_or_null(*(edit.source = l.maybe(l.crm.sources, 4)));
  if (l.once_in(4)) body["visibility"] = *(edit.is_public = l.once_in(2)) ? "public" : "private";
  if (l.once_in(6)) body["groups"] = list(*(edit.groups = l.some(l.crm.deal_groups)));
  else if (l.once_in(4)) edit.change_of_groups = any_change(l, l.crm.deal_groups, body, "groups");
  if (l.once_in(6)) body["tags"] = list(*(edit.tags = l.some(l.crm.tags)));
  else if (l.once_in(3)) edit.change_of_tags = any_change(l, l.crm.tags, body, "tags");
  return on_deal(l, id, "PATCH", "", body, [&l, user, id, edit] { return l.crm.edit_deal(user, id, edit); });
}

Deed move_deal(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user(), stage = any_stage_of(l, process_of(l, id));
  const auto when = l.sometimes_past();
  return on_deal(l, id, "POST", "/move", l.dated({{"stage_id", stage}}, when), [&l, user, id, stage, when] { return l.crm.move(user, l.now(), id, stage, when); });
}
Deed change_process(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user(), process = any_process(l), stage = any_stage_of(l, process);
  return on_deal(l, id, "POST", "/process", {{"process_id", process}, {"stage_id", stage}}, [&l, user, id, process, stage] { return l.crm.change_process(user, l.now(), id, process, stage); });
}

// Dealog made the note's id: it is found by its words.
void learn_note(Life& l, const Id& unknown, const std::string& text) {
  const auto made = l.crm.notes.find(unknown);
  if (made == l.crm.notes.end()) return;
  for (const auto& [id, note] : l.all_of("notes"))
    if (note.at("text").is_string() && note.at("text").as_string() == text) {
      auto node = l.crm.notes.extract(made);
      node.key() = id;
      l.crm.notes.insert(std::move(node));
      return;
    }
  FAIL("no note says " << text);
}
Deed complete_action(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user(), action = any_action_of(l, id);
  const auto when = l.sometimes_past();
  std::optional<std::string> text;
  json::object body = l.dated({}, when);
  const Id unknown = l.next_id();
  if (l.once_in(2)) body["note"] = *(text = "Done at step " + std::to_string(l.step()) + " with " + unknown);
  std::vector<Id> files;
  if (l.once_in(3)) body["file_ids"] = list(files = l.some(l.crm.files));
  const plain::Crm::WithNote note{text, unknown, files};
  Deed deed = on_deal(l, id, "POST", "/actions/" + action + "/complete", body, [&l, user, id, action, note, when] { return l.crm.complete(user, l.now(), id, action, note, when); });
  if (text)
    deed.compare = [&l, id, unknown, text, compare = deed.compare](const json::value& answer) {
      compare(answer);
      learn_note(l, unknown, *text);
    };
  return deed;
}
Deed reopen_action(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  const auto deal = l.crm.deals.find(id);
  const bool none = deal == l.crm.deals.end() || deal->second.done.empty() || l.once_in(4);
  const Id action = none ? any_action_of(l, id) : deal->second.done.back().action;
  const auto when = l.sometimes_past();
  return on_deal(l, id, "POST", "/actions/" + action + "/reopen", l.dated({}, when), [&l, user, id, action, when] { return l.crm.reopen_action(user, l.now(), id, action, when); });
}

Deed close_deal(Life& l) {
  static constexpr std::pair<const char*, const char*> verbs[] = {{"/win", "won"}, {"/lose", "lost"}, {"/obsolete", "obsolete"}};
  const Id id = l.any(l.crm.deals), user = l.user(), reason = any_reason(l);
  // Few deals have their mandatory action done; those are won.
  const auto deal = l.crm.deals.find(id);
  const bool can_be_won = deal != l.crm.deals.end() && l.crm.all_mandatory_done(deal->second);
  const auto [verb, outcome] = verbs[can_be_won && !l.once_in(4) ? 0 : l.below(3)];
  const auto when = l.sometimes_past();
  json::object body = l.dated({}, when);
  if (!reason.empty()) body["reason_id"] = reason;
  return on_deal(l, id, "POST", verb, body, [&l, user, id, status = std::string(outcome), reason, when] { return l.crm.close(user, l.now(), id, status, reason, when); });
}
Deed reopen_deal(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  const auto when = l.sometimes_past();
  return on_deal(l, id, "POST", "/reopen", l.dated({}, when), [&l, user, id, when] { return l.crm.reopen(user, l.now(), id, when); });
}
Deed correct_deal(Life& l) {
  static constexpr const char* outcomes[] = {"won", "lost", "obsolete"};
  const Id id = l.any(l.crm.deals), user = l.user();
  std::optional<std::string> status;
  std::optional<Id> reason;
  std::optional<Ms> closed_at;
  json::object body;
  if (l.once_in(2)) body["status"] = *(status = outcomes[l.below(3)]);
  if (l.once_in(2)) body["reason_id"] = id_or_null(*(reason = any_reason(l)));
  if (l.once_in(2)) body = l.dated(std::move(body), closed_at = l.now() - l.below(6 * deal_hour), "closed_at");
  return on_deal(l, id, "POST", "/correct", body, [&l, user, id, status, reason, closed_at] { return l.crm.correct(user, l.now(), id, status, reason, closed_at); });
}
Deed delete_deal(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  const bool deleted = l.once_in(2);
  return on_deal(l, id, deleted ? "DELETE" : "POST", deleted ? "" : "/restore", nullptr, [&l, user, id, deleted] { return l.crm.set_deleted(user, l.crm.deals, id, deleted); });
}
Deed edit_custom(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  json::object body;
  const auto values = l.custom_values("deals", body, true);
  return on_deal(l, id, "PATCH", "", body, [&l, user, id, values] { return l.crm.edit_custom(user, l.crm.deals, id, values); });
}
Deed change_participants(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  std::vector<Id> add, remove;
  for (Ms n = l.below(3); n > 0; --n) add.push_back(l.once_in(20) ? l.nowhere() : l.colleague());
  if (l.once_in(2)) remove.push_back(l.colleague());
  Deed deed = on_deal(l, id, "POST", "/participants", {{"add", list(add)}, {"remove", list(remove)}},
                      [&l, user, id, add, remove] { return l.crm.change_participants(user, l.crm.deals, id, add, remove); });
  deed.in_bulk = false;
  return deed;
}

Deed set_lines(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  json::array sent;
  const std::vector<plain::Line> lines = any_lines(l, sent);
  return on_deal(l, id, "PUT", "/lines", {{"lines", sent}}, [&l, user, id, lines] { return l.crm.set_lines(user, id, lines); });
}
Deed set_costs(Life& l) {
  const Id id = l.any(l.crm.deals), user = l.user();
  std::vector<plain::Line> costs;
  json::array sent;
  for (Ms n = l.crm.cost_categories.empty() ? 0 : l.below(3); n > 0; --n) {
    plain::Line cost{.id = static_cast<int>(n), .product = l.any(l.crm.cost_categories), .price = l.below(20) * 37, .is_realised = l.once_in(3)};
    sent.push_back({{"id", "00000000-0000-4000-8000-0000000000f" + std::to_string(n)}, {"category_id", cost.product}, {"amount", {{"amount", decimal(cost.price)}}},
                    {"kind", cost.is_realised ? "realised" : "forecast"}});
    costs.push_back(cost);
  }
  return on_deal(l, id, "PUT", "/costs", {{"costs", sent}}, [&l, user, id, costs] { return l.crm.set_costs(user, id, costs); });
}

}  // namespace

std::optional<Deed> any_deal_deed(Life& l) {
  if (l.crm.deals.empty()) return create_deal(l);
  switch (l.below(17)) {
    case 0: case 1: return create_deal(l);
    case 2: case 3: return edit_deal(l);
    case 4: case 5: return move_deal(l);
    case 6: case 7: return complete_action(l);
    case 8: return reopen_action(l);
    case 9: case 10: return close_deal(l);
    case 11: return reopen_deal(l);
    case 12: return correct_deal(l);
    case 13: return change_participants(l);
    case 14: return delete_deal(l);
    case 15: return change_process(l);
    default: return edit_custom(l);
  }
}

std::optional<Deed> any_money_deed(Life& l) {
  if (l.crm.deals.empty()) return std::nullopt;
  return l.once_in(3) ? set_costs(l) : set_lines(l);
}

Pattern any_pattern(Life& l) {
  const Id user = l.user(), process = any_process(l), stage = any_stage_of(l, process), tag = l.maybe(l.crm.tags, 3), owner = l.colleague();
  plain::Crm::DealEdit edit;
  switch (l.below(5)) {
    case 4: return {"POST", "/process", {{"process_id", process}, {"stage_id", stage}}, [&l, user, process, stage](const Id& id) { return l.crm.change_process(user, l.now(), id, process, stage); }};
    case 0: return {"POST", "/move", {{"stage_id", stage}}, [&l, user, stage](const Id& id) { return l.crm.move(user, l.now(), id, stage, std::nullopt); }};
    case 1: return {"DELETE", "", nullptr, [&l, user](const Id& id) { return l.crm.set_deleted(user, l.crm.deals, id, true); }};
    case 2:
      if (!tag.empty() && !l.once_in(3)) {   // to the tags that each of them has
        edit.change_of_tags = plain::SetChange{.add = {tag}, .remove = {}};
        return {"PATCH", "", json::object{{"tags", json::object{{"add", list({tag})}}}}, [&l, user, edit](const Id& id) { return l.crm.edit_deal(user, id, edit); }};
      }
      edit.tags = tag.empty() ? std::vector<Id>() : std::vector<Id>{tag};
      return {"PATCH", "", {{"tags", list(*edit.tags)}}, [&l, user, edit](const Id& id) { return l.crm.edit_deal(user, id, edit); }};
    default: edit.owner = owner; return {"PATCH", "", {{"owner_id", owner}}, [&l, user, edit](const Id& id) { return l.crm.edit_deal(user, id, edit); }};
  }
}

void look_at_deals(Life& l) { l.look("deals", l.crm.deals); }

}  // namespace dealog::test::model
