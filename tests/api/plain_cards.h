#pragma once
// Scorecards in the plain model [SPEC 14]: what is agreed upon, and what is counted by hand.

#include "tests/api/plain_catalogue.h"
#include "tests/api/plain_days.h"

namespace dealog::test::plain {

class Cards : public Catalogue {
 public:
  std::map<std::string, Id> group_keys;         // as Dealog calls the groups, by what they have in common

  struct CardWish {
    std::optional<std::string> kind;            // of the period
    std::optional<std::int64_t> start, end;     // days
    std::optional<bool> duplicates;
    std::optional<std::vector<Parameter>> parameters;
    std::vector<Id> ids, users, teams;
  };
  Verdict create_cards(const Id& user, const CardWish& wish) {
    if (auto no = may_manage(user)) return *no;
    Faults faults;
    Card card;
    card.duplicates = wish.duplicates.value_or(false);
    card.period = period_of(faults, wish, nullptr);
    card.parameters = *wish.parameters;
    check_parameters(faults, *wish.parameters, {});
    check_whole(faults, *wish.parameters, card.period.end);
    check_holders(faults, wish);
    if (wish.users.empty() && wish.teams.empty()) faults.impossible("/user_ids", "required");
    else if (wish.ids.size() > wish.users.size() + wish.teams.size()) faults.impossible("/ids", "too_long");
    if (faults.any()) return faults.verdict();
    return add_cards(user, card, wish.ids, wish.users, wish.teams);
  }
  Verdict copy_card(const Id& user, const Id& id, const CardWish& wish) {
    if (auto no = may_manage(user)) return *no;
    const Card& from = cards.at(id);
    if (from.is_deleted) return {409, {" object_deleted"}};
    Faults faults;
    Card card;
    card.duplicates = wish.duplicates.value_or(from.duplicates);
    card.period = period_of(faults, wish, &from.period);
    card.parameters = wish.parameters.value_or(from.parameters);
    if (wish.parameters) check_parameters(faults, card.parameters, from.parameters);
    else
      for (Parameter& it : card.parameters)
        if (it.counted_from) *it.counted_from += card.period.start - from.period.start;
    check_whole(faults, card.parameters, card.period.end);
    check_holders(faults, wish);
    std::vector<Id> users_ = wish.users, teams_ = wish.teams;
    if (users_.empty() && teams_.empty()) (from.user.empty() ? teams_ : users_).push_back(from.user.empty() ? from.team : from.user);
    if (wish.ids.size() > users_.size() + teams_.size()) faults.impossible("/ids", "too_long");
    if (faults.any()) return faults.verdict();
    return add_cards(user, card, wish.ids, users_, teams_);
  }
  Verdict edit_card(const Id& user, const Id& id, const CardWish& wish) {
    if (auto no = may_manage(user)) return *no;
    Card& card = cards.at(id);
    if (card.is_deleted) return {409, {" object_deleted"}};
    Faults faults;
    if (card.settled_at) faults.not_now("", "card_settled");
    const Period period = period_of(faults, wish, &card.period);
    const std::vector<Parameter> parameters = wish.parameters.value_or(card.parameters);
    if (wish.parameters) check_parameters(faults, parameters, card.parameters);
    check_whole(faults, parameters, period.end);
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    set(card.period, period);
    if (wish.duplicates) set(card.duplicates, *wish.duplicates);
    card.version += changed ? 1 : 0;
    set_parameters(card, parameters);
    return {};
  }
  // `group`: what they have in common; unknown: "".
  Verdict edit_group(const Id& user, const std::string& group, const std::vector<Parameter>& parameters) {
    if (auto no = may_manage(user)) return *no;
    const std::vector<Id> ids = of_group(group);
    if (ids.empty()) return {404, {" not_found"}};
    Faults faults;
    if (std::ranges::any_of(ids, [&](const Id& id) { return cards.at(id).settled_at.has_value(); })) faults.not_now("", "card_settled");
    check_parameters(faults, parameters, cards.at(ids.front()).parameters);
    check_whole(faults, parameters, cards.at(ids.front()).period.end);
    if (faults.any()) return faults.verdict();
    for (const Id& id : ids) set_parameters(cards.at(id), parameters);
    return {};
  }
  Verdict adjust(const Id& user, const Id& id, const Id& parameter, std::optional<int> set, std::optional<int> add) {
    if (auto no = may_manage(user)) return *no;
    Card& card = cards.at(id);
    if (card.is_deleted) return {409, {" object_deleted"}};
    Faults faults;
    if (card.settled_at) faults.not_now("", "card_settled");
    const auto found = std::ranges::find(card.parameters, parameter, &Parameter::id);
    if (found == card.parameters.end()) faults.impossible("/parameter_id", "unknown_reference");
    else if (found->kind != "custom") faults.impossible("/parameter_id", "invalid");
    if (set && add) faults.impossible("/set", "invalid");
    if (!set && !add) faults.impossible("/set", "required");
    if (faults.any()) return faults.verdict();
    const int before = card.values[parameter], after = set ? *set : before + *add;
    card.version += before == after ? 0 : 1;
    card.values[parameter] = after;
    return {};
  }
  // When its last day is over, in the account's time zone [SCO-7].
  Verdict settle_card(const Id& user, Ms now, const Id& id) {
    if (auto no = may_manage(user)) return *no;
    Card& card = cards.at(id);
    if (card.is_deleted) return {409, {" object_deleted"}};
    if (card.settled_at) return {};
    if (day_in_warsaw(now) <= card.period.end) return {422, {"/period/end effective_in_future"}};
    card.settled_at = now;
    ++card.version;
    return {};
  }
  Verdict delete_card(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_manage(user)) return *no;
    Card& card = cards.at(id);
    // It comes back in spite of deletions of all cards of its holder, which is said apart.
    if (!deleted && card.is_deleted && !card.user.empty() && users.at(card.user).card_deletions != card.deletions_seen) {
      card.deletions_seen = users.at(card.user).card_deletions;
      ++card.version;
    }
    return flip(card, deleted);
  }
  // One event, of the user. `count`: how many went.
  Verdict delete_cards_of(const Id& user, const Id& of, int& count) {
    if (auto no = may_manage(user)) return *no;
    if (!users.contains(of)) return {422, {"/user_id unknown_reference"}};
    count = 0;
    for (auto& [id, card] : cards)
      if (card.user == of && !card.is_deleted) {
        card.is_deleted = true;
        ++count;
      }
    if (count == 0) return {};
    ++users.at(of).card_deletions;
    ++users.at(of).version;
    return {};
  }

  // The same for cards of one period with the same parameters, whatever their ids and order [SCO-6].
  static std::string group_of(const Card& card) {
    std::vector<std::string> lines;
    for (const Parameter& it : card.parameters)
      lines.push_back(it.kind + "|" + it.object + "|" + it.name + "|" + std::to_string(it.target) + "|" + std::to_string(it.weight) + "|" +
                      (it.counted_from ? std::to_string(*it.counted_from) : "") + (it.less_is_better ? "|less" : "") + (it.is_active ? "" : "|off"));
    std::ranges::sort(lines);
    std::string all = card.period.kind + std::to_string(card.period.start) + "-" + std::to_string(card.period.end);
    for (const std::string& line : lines) all += "\n" + line;
    return all;
  }

 private:
  Period period_of(Faults& faults, const CardWish& wish, const Period* held) const {
    Period period = held ? *held : Period();
    if (wish.kind) period.kind = *wish.kind;
    if (wish.start) period.start = *wish.start;
    if (!held || period.kind != held->kind || period.start != held->start) period.anchor = period.start;
    if (period.kind == "custom") {
      if (wish.end) period.end = *wish.end;
      if (period.end < period.start) faults.impossible("/period/end", "invalid");
      return period;
    }
    const int months = period.kind == "monthly" ? 1 : 3;
    const Date anchor = date_of(period.anchor), start = date_of(period.start);
    period.end = months_later(period.anchor, (start.year - anchor.year) * 12 + start.month - anchor.month + months) - 1;
    const std::int64_t* wrong = wish.end && (!held || *wish.end != held->end) && *wish.end != period.end ? &*wish.end : nullptr;
    if (wrong) faults.impossible("/period/end", "invalid");
    return period;
  }
  void check_holders(Faults& faults, const CardWish& wish) const {
    std::set<Id> seen;
    for (std::size_t i = 0; i < wish.users.size(); ++i) {
      const std::string at = "/user_ids/" + std::to_string(i);
      if (!users.contains(wish.users[i])) faults.impossible(at, "unknown_reference");
      else if (!seen.insert(wish.users[i]).second) faults.impossible(at, "duplicate");
    }
    for (std::size_t i = 0; i < wish.teams.size(); ++i) {
      const std::string at = "/team_ids/" + std::to_string(i);
      if (teams.at(wish.teams[i]).is_deleted) faults.impossible(at, "unknown_reference");
      else if (!seen.insert(wish.teams[i]).second) faults.impossible(at, "duplicate");
    }
  }
  // Each by itself.
  void check_parameters(Faults& faults, const std::vector<Parameter>& wanted, const std::vector<Parameter>& held) const {
    std::set<Id> seen;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Parameter& it = wanted[i];
      const std::string at = "/parameters/" + std::to_string(i);
      if (!seen.insert(it.id).second) faults.impossible(at + "/id", "duplicate");
      if (it.kind == "custom" && it.name.empty()) faults.impossible(at + "/name", "required");
      if (it.kind != "custom" && !it.name.empty()) faults.impossible(at + "/name", "invalid");
      const bool is_held = std::ranges::any_of(held, [&](const Parameter& each) { return each.kind == it.kind && each.object == it.object; });
      if (it.kind == "product_quantity") {
        if (it.object.empty()) faults.impossible(at + "/object_id", "required");
        else check_word(faults, products, it.object, is_held, at);
      } else if (it.kind == "tasks_completed") {
        if (!it.object.empty()) check_word(faults, task_types, it.object, is_held, at);
      } else if (!it.object.empty()) {
        faults.impossible(at + "/object_id", "invalid");
      }
      if (it.target < 0) faults.impossible(at + "/target", "negative");
      if (it.target == 0) faults.impossible(at + "/target", "out_of_range");
      if (it.weight < 0 || it.weight > 10'000) faults.impossible(at + "/weight_bp", "out_of_range");
    }
  }
  template <class T>
  static void check_word(Faults& faults, const std::map<Id, T>& words, const Id& id, bool is_held, const std::string& at) {
    const auto word = words.find(id);
    if (word == words.end() || word->second.is_deleted) faults.impossible(at + "/object_id", "unknown_reference");
    else if (word->second.is_archived && !is_held) faults.impossible(at + "/object_id", "invalid");
  }
  // All together, and with the period [SCO-2].
  static void check_whole(Faults& faults, const std::vector<Parameter>& parameters, std::int64_t end) {
    int sum = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Parameter& it = parameters[i];
      if (it.is_active && it.weight >= 0 && it.weight <= 10'000) sum += it.weight;
      if (it.counted_from && *it.counted_from > end) faults.impossible("/parameters/" + std::to_string(i) + "/counted_from", "out_of_range");
    }
    if (parameters.empty()) faults.impossible("/parameters", "required");
    else if (sum != 10'000) faults.impossible("/parameters", "weights_not_100");
  }
  Verdict add_cards(const Id& user, const Card& like, const std::vector<Id>& ids, const std::vector<Id>& users_, const std::vector<Id>& teams_) {
    for (std::size_t i = 0; i < users_.size() + teams_.size(); ++i) {
      Card& card = cards[ids[i]];
      card = like;
      born(card, user, 0);
      card.version = 2;                          // born, and what is to be reached
      if (i < users_.size()) {
        card.user = users_[i];
        card.deletions_seen = users.at(card.user).card_deletions;
      } else {
        card.team = teams_[i - users_.size()];
      }
      use(card.parameters);
    }
    return {201, {}};
  }
  void set_parameters(Card& card, const std::vector<Parameter>& parameters) {
    card.version += card.parameters == parameters ? 0 : 1;
    card.parameters = parameters;
    use(parameters);
  }
  void use(const std::vector<Parameter>& parameters) {
    for (const Parameter& it : parameters) {
      if (it.object.empty()) continue;
      if (it.kind == "product_quantity") products.at(it.object).is_used = true;
      else task_types.at(it.object).is_used = true;
    }
  }
  std::vector<Id> of_group(const std::string& group) const {
    std::vector<Id> ids;
    for (const auto& [id, card] : cards)
      if (!card.is_deleted && group_of(card) == group) ids.push_back(id);
    return ids;
  }
};

}  // namespace dealog::test::plain
