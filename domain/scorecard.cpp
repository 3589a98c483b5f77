#include "domain/scorecard.h"

#include <algorithm>
#include <unordered_set>

#include "domain/dictionary.h"
#include "domain/money.h"
#include "domain/scorecard_parameters.h"

namespace dealog {
namespace {

namespace sc = field::scorecard;

constexpr std::size_t most_cards = 1'000;      // two events each, in one commit
constexpr std::int32_t longest_period = 3'660;  // days
constexpr std::int64_t largest_value = 9'000'000'000'000'000'000;  // millionths

std::optional<Day> day_in(const Fields& fields, std::uint16_t field) {
  const auto days = number_in(fields, field);
  return days ? std::optional(Day{static_cast<std::int32_t>(*days)}) : std::nullopt;
}

// The period that the fields ask for, where they say something else than `held`. Nothing when kind or start are missing, which
// was told already.
std::optional<CardPeriod> read_period(Deciding& deciding, const Fields& fields, const CardPeriod* held) {
  const auto kind_given = number_in(fields, sc::period_kind);
  const auto start_given = day_in(fields, sc::period_start), end_given = day_in(fields, sc::period_end);
  if (deciding.faults.any() || (!held && (!kind_given || !start_given))) return std::nullopt;

  CardPeriod period = held ? *held : CardPeriod{};
  if (kind_given) period.kind = static_cast<CardPeriodKind>(*kind_given);
  if (start_given) period.start = *start_given;
  if (!held || period.kind != held->kind || period.start != held->start) period.anchor = period.start;
  if (period.kind != CardPeriodKind::custom) {
    period.end = card_period_end(period.kind, period.anchor, period.start);
    if (end_given && *end_given != period.end)
      deciding.faults.add(Code::invalid, "/period/end", "Such a period from " + to_string(period.start) + " ends on " + to_string(period.end) + ".");
    return period;
  }
  if (end_given) period.end = *end_given;
  if (!held && !end_given) deciding.faults.add(Code::required, "/period/end");
  else if (period.end < period.start) deciding.faults.add(Code::invalid, "/period/end", "It lies before the start.");
  else if (period.end.days - period.start.days >= longest_period) deciding.faults.add(Code::out_of_range, "/period/end", "At most ten years.");
  return period;
}

void set_period(Fields& fields, const CardPeriod& period) {
  set_value(fields, sc::period_kind, static_cast<std::int64_t>(period.kind));
  set_value(fields, sc::period_start, std::int64_t{period.start.days});
  set_value(fields, sc::period_end, std::int64_t{period.end.days});
  set_value(fields, sc::anchor, std::int64_t{period.anchor.days});
}

struct Holder { Uuid user, team; };

// Each of them once; they are there.
std::vector<Holder> read_holders(Deciding& deciding, const std::vector<Uuid>& users, const std::vector<Uuid>& teams) {
  std::vector<Holder> holders;
  std::unordered_set<Uuid> seen;
  const auto check = [&](const Uuid& id, const Object* there, const std::string& pointer) {
    if (!there || there->is_deleted) deciding.faults.add(Code::unknown_reference, pointer);
    else if (!seen.insert(id).second) deciding.faults.add(Code::duplicate, pointer);
  };
  for (std::size_t i = 0; i < users.size(); ++i) {
    check(users[i], find_in(deciding.state.users, users[i]), "/user_ids/" + std::to_string(i));
    holders.push_back({.user = users[i], .team = {}});
  }
  for (std::size_t i = 0; i < teams.size(); ++i) {
    check(teams[i], find_in(deciding.state.teams, teams[i]), "/team_ids/" + std::to_string(i));
    holders.push_back({.user = {}, .team = teams[i]});
  }
  return holders;
}

// What all cards of a command have in common.
struct Terms {
  CardPeriod period;
  Fields fields;
  std::vector<event::ScorecardParameter> parameters;
};

Uuid id_of_card(const std::vector<Uuid>& given, std::size_t index) {
  return index < given.size() ? given[index] : derived_uuid("scorecard " + to_string(given.front()), std::to_string(index));
}

// Is the card that is there already the one that is wanted?
bool is_repeated(const Scorecard& held, const Holder& holder, const Terms& terms) {
  const Value yes{std::int64_t{1}};
  const Value* duplicates = find_value(terms.fields, sc::auto_duplicate);
  return held.user == holder.user && held.team == holder.team && held.period == terms.period && held.group == group_key(terms.period, terms.parameters) &&
         (held.prints.of(sc::auto_duplicate) == print_of(yes)) == (duplicates && *duplicates == yes);
}

Decision add_cards(Deciding& deciding, const std::vector<Uuid>& ids, const std::vector<Holder>& holders, const Terms& terms) {
  const ObjectRef first{Kind::scorecard, ids.front()};
  if (holders.size() > most_cards) deciding.faults.add(Code::too_long, "/user_ids", "At most " + std::to_string(most_cards) + " cards at once.");
  // Without holders there is nothing to compare with, and that was told.
  if (!holders.empty() && ids.size() > holders.size()) deciding.faults.add(Code::too_long, "/ids", "More ids than cards.");
  if (deciding.faults.any()) return deciding.outcome(first);

  std::unordered_set<Uuid> taken;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const Holder& holder = holders[i];
    const ObjectRef card{Kind::scorecard, id_of_card(ids, i)};
    if (!taken.insert(card.id).second) deciding.faults.add(Code::duplicate, "/ids/" + std::to_string(i));
    if (const Scorecard* held = find_in(deciding.state.scorecards, card.id)) {
      if (!is_repeated(*held, holder, terms)) deciding.faults.add(Code::id_taken, "/ids/" + std::to_string(i));
      continue;
    }
    Fields fields = terms.fields;
    set_period(fields, terms.period);
    if (holder.user.is_nil()) set_value(fields, sc::holder_team_id, holder.team);
    else set_value(fields, sc::holder_user_id, holder.user);
    if (const User* user = find_in(deciding.state.users, holder.user); user && user->card_deletions > 0)
      set_value(fields, sc::deletions_seen, std::int64_t{user->card_deletions});
    sort_by_number(fields);
    const std::uint32_t born = deciding.add(card, event::Created{.fields = std::move(fields)});
    deciding.add(card, event::ScorecardParametersSet{group_key(terms.period, terms.parameters), terms.parameters}, std::nullopt, born);
  }
  const bool created = !deciding.events.empty();
  return deciding.outcome(first, created);
}

// Dates keep their distance from the start.
void move_along(std::vector<event::ScorecardParameter>& parameters, const CardPeriod& from, const CardPeriod& to) {
  for (event::ScorecardParameter& it : parameters)
    if (it.counted_from) it.counted_from = Day{it.counted_from->days + to.start.days - from.start.days};
}

// What was settled stays as it is (SPEC SCO-7).
void check_unsettled(Deciding& deciding, const Scorecard& card) {
  if (card.is_settled) deciding.faults.add(Code::card_settled);
}

// Records what of a card changes.
void change(Deciding& deciding, const Uuid& id, Fields fields, std::vector<event::ScorecardParameter> parameters, const CardPeriod& period) {
  const ObjectRef object{Kind::scorecard, id};
  const Scorecard& card = deciding.state.scorecards.at(id);
  const Uuid group = group_key(period, parameters);
  const bool sets_parameters = parameters != card.parameters;
  if (period != card.period) set_period(fields, period);
  if (!sets_parameters && group != card.group) set_value(fields, sc::group_key, group);
  sort_by_number(fields);
  if (!fields.empty()) deciding.add(object, event::Edited{std::move(fields)});
  if (sets_parameters) deciding.add(object, event::ScorecardParametersSet{group, std::move(parameters)});
}

}  // namespace

std::vector<Uuid> live_cards(const ModelState& state, const Lists& lists, const Uuid& of) {
  std::vector<Uuid> live;
  if (const auto listed = lists.find(of); listed != lists.end())
    for (const Uuid& card : listed->second)
      if (!state.scorecards.at(card).is_deleted) live.push_back(card);
  std::ranges::sort(live);
  return live;
}

Decision create_scorecards(Deciding& deciding, const command::CreateScorecards& create) {
  Checked checked = check_birth(deciding, Kind::scorecard, create.fields);
  Terms terms{.period = {}, .fields = std::move(checked.plain), .parameters = {}};
  const auto period = read_period(deciding, terms.fields, nullptr);
  const std::vector<Holder> holders = read_holders(deciding, create.users, create.teams);
  if (holders.empty()) deciding.faults.add(Code::required, "/user_ids", "Users or teams who hold the cards.");
  terms.parameters = read_parameters(deciding, create.parameters, {});
  if (period) terms.period = *period;
  // Dates are compared with a period that is known; weights add up whatever it is.
  check_parameters(deciding, terms.parameters, period ? *period : CardPeriod{.kind = {}, .start = {}, .end = Day{INT32_MAX}, .anchor = {}});
  return add_cards(deciding, create.cards, holders, terms);
}

Decision copy_scorecard(Deciding& deciding, const command::CopyScorecard& copy) {
  const Scorecard& from = deciding.state.scorecards.at(copy.card);
  Terms terms{.period = from.period, .fields = {}, .parameters = from.parameters};
  const Checked changed = check_edit(deciding, {Kind::scorecard, copy.card}, copy.fields);
  if (const auto period = read_period(deciding, changed.plain, &from.period)) terms.period = *period;
  const bool no_holder = copy.users.empty() && copy.teams.empty();
  const std::vector<Holder> holders = no_holder ? std::vector{Holder{from.user, from.team}} : read_holders(deciding, copy.users, copy.teams);
  if (copy.parameters) terms.parameters = read_parameters(deciding, *copy.parameters, from.parameters);
  else move_along(terms.parameters, from.period, terms.period);
  check_parameters(deciding, terms.parameters, terms.period);
  const Value* wish = find_value(copy.fields, sc::auto_duplicate);
  const bool duplicates = wish ? *wish == Value{std::int64_t{1}} : from.prints.of(sc::auto_duplicate) == print_of(Value{std::int64_t{1}});
  if (duplicates) set_value(terms.fields, sc::auto_duplicate, std::int64_t{1});
  return add_cards(deciding, copy.cards, holders, terms);
}

Decision edit_scorecard(Deciding& deciding, const command::EditScorecard& edit) {
  const ObjectRef object{Kind::scorecard, edit.card};
  const Scorecard& card = deciding.state.scorecards.at(edit.card);
  Checked changed = check_edit(deciding, object, edit.fields);
  // The period first: it is not looked at where something else is wrong.
  const CardPeriod period = read_period(deciding, changed.plain, &card.period).value_or(card.period);
  check_unsettled(deciding, card);
  std::vector<event::ScorecardParameter> parameters = edit.parameters ? read_parameters(deciding, *edit.parameters, card.parameters) : card.parameters;
  check_parameters(deciding, parameters, period);
  if (!deciding.faults.any()) change(deciding, edit.card, std::move(changed.plain), std::move(parameters), period);
  return deciding.outcome(object);
}

Decision edit_scorecard_group(Deciding& deciding, const command::EditScorecardGroup& edit) {
  const std::vector<Uuid> cards = live_cards(deciding.state, deciding.state.cards_of_group, edit.group);
  const Scorecard& first = deciding.state.scorecards.at(cards.front());
  if (std::ranges::any_of(cards, [&](const Uuid& card) { return deciding.state.scorecards.at(card).is_settled; })) deciding.faults.add(Code::card_settled);
  const std::vector<event::ScorecardParameter> parameters = read_parameters(deciding, edit.parameters, first.parameters);
  check_parameters(deciding, parameters, first.period);
  for (const Uuid& card : cards)
    if (!deciding.faults.any()) change(deciding, card, {}, parameters, deciding.state.scorecards.at(card).period);
  return deciding.outcome({Kind::scorecard, cards.front()});
}

Decision adjust_scorecard(Deciding& deciding, const command::AdjustScorecard& adjust) {
  const ObjectRef object{Kind::scorecard, adjust.card};
  const Scorecard& card = deciding.state.scorecards.at(adjust.card);
  check_unsettled(deciding, card);
  const auto parameter = std::ranges::find(card.parameters, adjust.parameter, &event::ScorecardParameter::id);
  if (parameter == card.parameters.end()) deciding.faults.add(Code::unknown_reference, "/parameter_id");
  else if (!is_custom(*parameter)) deciding.faults.add(Code::invalid, "/parameter_id", "Only custom parameters are changed by hand.");
  if (adjust.set.has_value() == adjust.add.has_value()) deciding.faults.add(adjust.set ? Code::invalid : Code::required, "/set", "Either set or add.");
  if (deciding.faults.any()) return deciding.outcome(object);

  const std::string pointer = adjust.add ? "/add" : "/set";
  const auto given = parse_decimal(adjust.add ? adjust.add->digits : adjust.set->digits);
  if (!given) {
    deciding.faults.add(Code::invalid, pointer, "A number of at most six decimals.");
    return deciding.outcome(object);
  }
  std::vector<event::ScorecardValue> values = card.values;
  auto value = std::ranges::find(values, adjust.parameter, &event::ScorecardValue::parameter);
  const std::int64_t before = value == values.end() ? 0 : value->value;
  const Int128 after = adjust.add ? Int128{before} + *given : Int128{*given};
  if (after > largest_value || after < -largest_value) deciding.faults.add(Code::out_of_range, pointer);
  if (deciding.faults.any() || after == before) return deciding.outcome(object);
  if (value == values.end()) values.push_back({adjust.parameter, static_cast<std::int64_t>(after)});
  else value->value = static_cast<std::int64_t>(after);
  deciding.add(object, event::ScorecardAdjusted{.parameter = adjust.parameter, .is_added = adjust.add.has_value(), .values = std::move(values)});
  return deciding.outcome(object);
}

Decision settle_scorecard(Deciding& deciding, const command::SettleScorecard& settle) {
  const ObjectRef object{Kind::scorecard, settle.card};
  const Scorecard& card = deciding.state.scorecards.at(settle.card);
  if (card.is_settled) return deciding.outcome(object);
  const auto& calendar = deciding.state.account.calendar;
  if (calendar && calendar->day_of(deciding.context.now) <= card.period.end)
    deciding.faults.add(Code::effective_in_future, "/period/end", "The period ends on " + to_string(card.period.end) + "; a card is settled after it.");
  else deciding.add(object, event::ScorecardSettled{});
  return deciding.outcome(object);
}

Decision delete_scorecards_of(Deciding& deciding, const command::DeleteScorecardsOf& remove) {
  const ObjectRef object{Kind::user, remove.user};
  const std::vector<Uuid> cards = live_cards(deciding.state, deciding.state.cards_of_user, remove.user);
  if (!cards.empty())
    deciding.add(object, event::ScorecardsDeleted{.times = deciding.state.users.at(remove.user).card_deletions + 1, .count = static_cast<std::uint32_t>(cards.size())});
  return deciding.outcome(object);
}

void note_scorecard_restoring(Deciding& deciding, const Uuid& id) {
  const Scorecard& card = deciding.state.scorecards.at(id);
  const User* holder = find_in(deciding.state.users, card.user);
  if (!holder || holder->card_deletions == card.deletions_seen) return;
  deciding.add({Kind::scorecard, id}, event::Edited{{{sc::deletions_seen, std::int64_t{holder->card_deletions}}}});
}

void apply_scorecard(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.scorecards.find(envelope.object.id);
  if (found == state.scorecards.end()) return;
  Scorecard& card = found->second;
  const auto regroup = [&](const Uuid& group) {
    relist(state.cards_of_group, found->first, card.group, group);
    card.group = group;
  };
  const auto set = [&](const Fields& fields) {
    if (const auto kind = number_in(fields, sc::period_kind)) card.period.kind = static_cast<CardPeriodKind>(*kind);
    if (const auto day = day_in(fields, sc::period_start)) card.period.start = *day;
    if (const auto day = day_in(fields, sc::period_end)) card.period.end = *day;
    if (const auto day = day_in(fields, sc::anchor)) card.period.anchor = *day;
    if (const auto times = number_in(fields, sc::deletions_seen)) card.deletions_seen = static_cast<std::uint32_t>(*times);
    if (find_value(fields, sc::group_key)) regroup(id_in(fields, sc::group_key));
  };
  if (const auto* created = std::get_if<event::Created>(&event)) {
    card.user = id_in(created->fields, sc::holder_user_id);
    card.team = id_in(created->fields, sc::holder_team_id);
    relist(state.cards_of_user, found->first, {}, card.user);
    set(created->fields);
  } else if (const auto* edited = std::get_if<event::Edited>(&event)) {
    set(edited->fields);
  } else if (const auto* parameters = std::get_if<event::ScorecardParametersSet>(&event)) {
    card.parameters = parameters->parameters;
    regroup(parameters->group);
    for (const event::ScorecardParameter& it : card.parameters) {
      if (spec_of(it).object == ParameterObject::product) use_word(state, {Kind::product, it.object});
      if (spec_of(it).object == ParameterObject::task_type) use_word(state, {Kind::task_type, it.object});
    }
  } else if (const auto* adjusted = std::get_if<event::ScorecardAdjusted>(&event)) {
    card.values = adjusted->values;
  } else if (std::holds_alternative<event::ScorecardSettled>(event)) {
    card.is_settled = true;
  }
}

void apply_scorecards_deleted(ModelState& state, const Uuid& user, const event::ScorecardsDeleted& deleted) {
  const auto holder = state.users.find(user);
  if (holder == state.users.end()) return;
  holder->second.card_deletions = deleted.times;
  for (const Uuid& card : live_cards(state, state.cards_of_user, user)) state.scorecards.at(card).is_deleted = true;
}

}  // namespace dealog
