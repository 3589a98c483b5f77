// Random deeds on scorecards [SPEC 14].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

constexpr Ms card_day = 86'400'000;

Id parameter_id(Ms n) { return "00000000-0000-4000-8000-0000000000c" + std::to_string(n); }

// Few kinds of cards, so that many are alike; some cannot be.
std::vector<plain::Parameter> any_parameters(Life& l, std::int64_t around) {
  std::vector<plain::Parameter> all;
  switch (l.below(3)) {
    case 0:
      all.push_back({.id = parameter_id(1), .kind = "deals_won", .name = "", .object = "", .target = 5, .weight = 6'000});
      all.push_back({.id = parameter_id(2), .kind = "custom", .name = "Visits", .object = "", .target = 10, .weight = 4'000, .less_is_better = l.once_in(3)});
      break;
    case 1: all.push_back({.id = parameter_id(3), .kind = "won_value", .name = "", .object = "", .target = 1'000 * (1 + l.below(2)), .weight = 10'000}); break;
    default:
      all.push_back({.id = parameter_id(4), .kind = "tasks_completed", .name = "", .object = l.maybe(l.crm.task_types), .target = 7, .weight = 5'000});
      if (l.crm.products.empty()) all.back().weight = 10'000;
      else all.push_back({.id = parameter_id(5), .kind = "product_quantity", .name = "", .object = l.any(l.crm.products), .target = 3, .weight = 5'000});
      all.push_back({.id = parameter_id(6), .kind = "leads_created", .name = "", .object = "", .target = 20, .weight = 3'000, .is_active = false});
  }
  if (l.once_in(4)) all.front().counted_from = around + l.below(90) - 30;
  if (all.size() > 1 && l.once_in(4)) std::swap(all[0], all[1]);
  if (l.once_in(15)) all.back().weight += 1 + static_cast<int>(l.below(2)) * 20'000;
  if (l.once_in(20)) all.front().target = -l.below(2);
  if (l.once_in(20)) all.front().name = all.front().kind == "custom" ? "" : "Named";
  if (l.once_in(20)) all.front().object = all.front().object.empty() && !l.crm.products.empty() ? l.any(l.crm.products) : Id();
  if (l.once_in(25)) all.push_back(all.front());
  if (l.once_in(40)) all.clear();
  return all;
}
json::array card_sent(const std::vector<plain::Parameter>& parameters) {
  json::array all;
  for (const plain::Parameter& it : parameters) {
    json::object each{{"id", it.id}, {"kind", it.kind}, {"weight_bp", it.weight}, {"less_is_better", it.less_is_better}, {"is_active", it.is_active}};
    if (it.kind == "won_value") each["target"] = {{"amount", std::to_string(it.target)}};
    else each["target"] = it.target;
    if (!it.name.empty()) each["name"] = it.name;
    if (!it.object.empty()) each["object_id"] = it.object;
    if (it.counted_from) each["counted_from"] = plain::day_text(*it.counted_from);
    all.push_back(each);
  }
  return all;
}

// What the deed says of period, parameters and repetition.
plain::Crm::CardWish terms(Life& l, json::object& body, bool is_new) {
  static constexpr const char* kinds[] = {"monthly", "monthly", "quarterly", "custom"};
  plain::Crm::CardWish wish;
  json::object period;
  const std::int64_t today = l.now() / card_day;
  if (is_new || l.once_in(5)) period["kind"] = *(wish.kind = kinds[l.below(4)]);
  if (is_new || l.once_in(4)) period["start"] = plain::day_text(*(wish.start = l.once_in(3) ? today - today % 10 : today - l.below(70)));
  const bool is_custom = wish.kind == "custom";
  if (is_custom || l.once_in(20)) period["end"] = plain::day_text(*(wish.end = wish.start.value_or(today) + l.below(60) - 3));
  if (!period.empty()) body["period"] = period;
  if (l.once_in(4)) body["auto_duplicate"] = *(wish.duplicates = l.once_in(2));
  if (is_new || l.once_in(3)) body["parameters"] = card_sent(*(wish.parameters = any_parameters(l, today)));
  return wish;
}
void hold_card(Life& l, json::object& body, plain::Crm::CardWish& wish, bool may_be_none) {
  for (Ms n = l.below(3) + (may_be_none ? 0 : 1); n > 0; --n) wish.users.push_back(l.once_in(30) ? l.nowhere() : l.colleague());
  if (l.once_in(4) && !l.crm.teams.empty()) wish.teams.push_back(l.any(l.crm.teams));
  const std::size_t holders = wish.users.size() + wish.teams.size();
  for (std::size_t i = 0; i < std::max<std::size_t>(holders, 1) + (l.once_in(30) ? 1 : 0); ++i) wish.ids.push_back(l.next_id());
  if (!wish.users.empty()) body["user_ids"] = list(wish.users);
  if (!wish.teams.empty()) body["team_ids"] = list(wish.teams);
  body["ids"] = list(wish.ids);
}

// Dealog names the groups: what is alike has one name, what is not has another.
void see_card(Life& l, const json::value& real) {
  const Id id(real.at("id").as_string()), key(real.at("group_key").as_string());
  l.answers(l.crm.cards, id)(real);
  const std::string group = plain::Crm::group_of(l.crm.cards.at(id));
  const auto known = l.crm.group_keys.find(group);
  if (known != l.crm.group_keys.end()) {
    REQUIRE(known->second == key);
    return;
  }
  REQUIRE(std::ranges::none_of(l.crm.group_keys, [&](const auto& each) { return each.second == key; }));
  l.crm.group_keys[group] = key;
}
std::function<void(const json::value&)> sees_cards(Life& l) {
  return [&l](const json::value& answer) {
    if (const json::value* data = answer.as_object().if_contains("data"))
      for (const json::value& each : data->as_array()) see_card(l, each);
    else see_card(l, answer);
  };
}

Deed create_cards(Life& l) {
  const Id user = l.user();
  json::object body;
  auto wish = terms(l, body, true);
  hold_card(l, body, wish, l.once_in(20));
  return deed("POST", "/v1/scorecards", body, [&l, user, wish] { return l.crm.create_cards(user, wish); }, sees_cards(l));
}
Deed copy_card(Life& l, const Id& id) {
  const Id user = l.user();
  json::object body;
  auto wish = terms(l, body, false);
  hold_card(l, body, wish, true);
  return deed("POST", "/v1/scorecards/" + id + "/copy", body, [&l, user, id, wish] { return l.crm.copy_card(user, id, wish); }, sees_cards(l));
}
Deed edit_card(Life& l, const Id& id) {
  const Id user = l.user();
  json::object body;
  const auto wish = terms(l, body, false);
  return deed("PATCH", "/v1/scorecards/" + id, body, [&l, user, id, wish] { return l.crm.edit_card(user, id, wish); }, sees_cards(l));
}
Deed edit_group(Life& l, const Id& id) {
  const Id user = l.user();
  const std::string group = plain::Crm::group_of(l.crm.cards.at(id));
  const auto known = l.crm.group_keys.find(group);
  const Id key = known == l.crm.group_keys.end() || l.once_in(30) ? l.nowhere() : known->second;
  const auto parameters = any_parameters(l, l.now() / card_day);
  return deed("PATCH", "/v1/scorecards/groups/" + key, {{"parameters", card_sent(parameters)}},
              [&l, user, group = key == l.nowhere() ? std::string() : group, parameters] { return l.crm.edit_group(user, group, parameters); }, sees_cards(l));
}
Deed adjust_card(Life& l, const Id& id) {
  const Id user = l.user(), parameter = parameter_id(l.once_in(4) ? 1 + l.below(7) : 2);
  std::optional<int> set, add;
  if (l.once_in(2)) set = static_cast<int>(l.below(4));
  if (!set || l.once_in(15)) add = static_cast<int>(l.below(5)) - 2;
  if (l.once_in(25)) set.reset();
  json::object body{{"parameter_id", parameter}};
  if (set) body["set"] = *set;
  if (add) body["add"] = *add;
  return deed("POST", "/v1/scorecards/" + id + "/adjust", body, [&l, user, id, parameter, set, add] { return l.crm.adjust(user, id, parameter, set, add); }, sees_cards(l));
}
Deed settle_card(Life& l, const Id& id) {
  const Id user = l.user();
  const Ms now = l.now();
  return deed("POST", "/v1/scorecards/" + id + "/settle", nullptr, [&l, user, now, id] { return l.crm.settle_card(user, now, id); }, sees_cards(l));
}
Deed delete_cards_of(Life& l) {
  const Id user = l.user(), of = l.once_in(20) ? l.nowhere() : l.colleague();
  const auto count = std::make_shared<int>(0);
  return deed("DELETE", "/v1/scorecards?user_id=" + of, nullptr, [&l, user, of, count] { return l.crm.delete_cards_of(user, of, *count); },
              [count](const json::value& answer) { REQUIRE(answer.at("deleted").to_number<int>() == *count); });
}

Deed any_deed(Life& l) {
  if (l.crm.cards.size() < 4 || l.once_in(6)) return create_cards(l);
  const Id id = l.any(l.crm.cards), user = l.user();
  switch (l.below(13)) {
    case 0: return copy_card(l, id);
    case 12: return settle_card(l, id);
    case 1: case 2: case 3: return edit_card(l, id);
    case 4: case 5: return edit_group(l, id);
    case 6: case 7: case 8: return adjust_card(l, id);
    case 9: return l.once_in(3) ? delete_cards_of(l) : edit_card(l, id);
    default: {
      const bool deleted = l.once_in(2);
      return set_deleted("/v1/scorecards/" + id, deleted, [&l, user, id, deleted] { return l.crm.delete_card(user, id, deleted); }, l.answers(l.crm.cards, id));
    }
  }
}

}  // namespace

std::optional<Deed> any_card_deed(Life& l) {
  l.prefer_administrator();
  Deed made = any_deed(l);
  made.in_bulk = false;
  return made;
}

void look_at_cards(Life& l) { l.look("scorecards", l.crm.cards); }

}  // namespace dealog::test::model
