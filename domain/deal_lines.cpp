// Lines and costs of a deal: PUT as whole sets; lines at its creation, too (SPEC MON-1 to MON-3, DEA-1).

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "domain/days.h"
#include "domain/deal.h"
#include "domain/deal_money.h"
#include "domain/money.h"

namespace dealog {
namespace {

constexpr std::size_t most_lines = 200;
constexpr std::uint32_t most_months = 120, most_occurrences = 600;
constexpr std::int64_t most_quantity = 1'000'000'000'000, most_amount = 9'000'000'000'000;

// What lines and costs have in common.
class Set {
 public:
  Set(Deciding& deciding, const std::string& currency, std::string at) : deciding_(deciding), currency_(currency), at_(std::move(at)) {}

  Faults& faults() { return deciding_.faults; }
  std::string at(std::size_t index, std::string_view member = {}) const {
    return at_ + "/" + std::to_string(index) + (member.empty() ? "" : "/" + std::string(member));
  }
  bool fits(std::size_t size) {
    if (size > most_lines) faults().add(Code::too_long, at_, "At most " + std::to_string(most_lines) + ".");
    return size <= most_lines;
  }
  void id(Uuid& id, std::size_t index) {
    if (id.is_nil()) id = deciding_.fresh_id();
    if (!ids_.insert(id).second) faults().add(Code::duplicate, at(index, "id"));
  }
  std::int64_t amount(const command::Amount& given, const std::string& pointer) {
    if (given.currency && *given.currency != currency_) {
      faults().add(Code::invalid, pointer + "/currency", "The deal's currency is " + currency_ + ".");
      return 0;
    }
    const auto minor = parse_amount(given.amount, parse_currency(currency_).value_or(Currency{}));
    if (!minor) faults().add(Code::invalid, pointer + "/amount", "No amount of " + currency_ + ".");
    else if (*minor < 0) faults().add(Code::negative, pointer);
    else if (*minor > most_amount) faults().add(Code::out_of_range, pointer);
    return minor.value_or(0);
  }
  void day(const std::optional<Day>& day, std::size_t index) {
    if (day && (*day < earliest_day || *day > latest_day)) faults().add(Code::out_of_range, at(index, "date"));
  }
  // A word of a dictionary; `was`: what the line had before, which may have been archived since.
  void word(Kind kind, const Uuid& id, const Uuid& was, const std::string& pointer) {
    const Word* word = find_in(*deciding_.state.words(kind), id);
    if (!word || word->is_deleted) faults().add(Code::unknown_reference, pointer);
    else if (word->is_archived && id != was) faults().add(Code::invalid, pointer, "It is archived.");
  }
  // Realised amounts while they are switched off: what is stored may stay, nothing else.
  void kind(event::AmountKind kind, bool is_held, std::size_t index) {
    if (kind == event::AmountKind::realised && !deciding_.state.account.realised_on && !is_held) faults().add(Code::feature_off, at(index, "kind"));
  }
  void sum(const std::vector<std::int64_t>& values) {
    Int128 sum = 0;
    for (const std::int64_t value : values) sum += value;
    if (sum > most_amount) faults().add(Code::out_of_range, at_, "The sum is too large.");
  }

 private:
  Deciding& deciding_;
  const std::string& currency_;     // the deal's
  std::string at_;
  std::unordered_set<Uuid> ids_;
};

template <class Item>
const Item* held_item(const std::vector<Item>& held, const Uuid& id) {
  const auto found = std::ranges::find(held, id, &Item::id);
  return found == held.end() ? nullptr : &*found;
}

// A price that is not given is the product's, which is in the account's currency.
std::optional<std::int64_t> price_of(const Deciding& deciding, const std::string& currency, const Uuid& product) {
  const auto found = deciding.state.prices.find(product);
  if (found == deciding.state.prices.end() || currency != deciding.state.account.currency) return std::nullopt;
  return found->second;
}

event::Line read_line(Deciding& deciding, Set& set, const std::string& currency, const command::Line& given, const event::Line* held, std::size_t index) {
  Faults& faults = set.faults();
  event::Line line{.id = given.id, .product = given.product, .name = given.name.value_or(""), .quantity = given.quantity, .discount = given.discount,
                   .day = given.day, .every_months = given.every_months, .times = given.times, .kind = given.kind};
  set.id(line.id, index);
  if (!line.product.is_nil()) set.word(Kind::product, line.product, held ? held->product : Uuid{}, set.at(index, "product_id"));
  else if (!given.name) faults.add(Code::required, set.at(index, "name"), "A product or a name.");
  if (given.name) check_text(deciding, *given.name, longest_name, set.at(index, "name"));
  if (given.price) line.price = set.amount(*given.price, set.at(index, "price"));
  else if (const auto price = price_of(deciding, currency, line.product)) line.price = *price;
  else faults.add(Code::required, set.at(index, "price"));
  if (line.quantity < 0) faults.add(Code::negative, set.at(index, "quantity"));
  else if (line.quantity > most_quantity) faults.add(Code::out_of_range, set.at(index, "quantity"));
  if (line.discount < 0 || line.discount > 10'000) faults.add(Code::out_of_range, set.at(index, "discount"));
  set.day(line.day, index);
  if (given.has_recurrence) {
    if (line.every_months < 1 || line.every_months > most_months) faults.add(Code::out_of_range, set.at(index, "recurrence/every_months"));
    if (line.times < 1 || line.times > most_occurrences) faults.add(Code::out_of_range, set.at(index, "recurrence/times"));
  }
  if (!faults.any() && (!occurrence_value(line) || *occurrence_value(line) > most_amount / occurrences(line)))
    faults.add(Code::out_of_range, set.at(index), "The line is worth too much.");
  set.kind(line.kind, held && *held == line, index);
  return line;
}

const std::vector<event::Line>& lines_of(const Deal& deal) {
  static const std::vector<event::Line> none;
  return deal.money ? deal.money->lines : none;
}

}  // namespace

void read_amounts(Deciding& deciding, const std::vector<command::AmountOf>& given, const std::string& code, Fields& fields) {
  const Currency currency = parse_currency(code).value_or(Currency{});
  for (const command::AmountOf& each : given) {
    const std::string pointer = pointer_to(Kind::deal, each.field);
    if (!each.amount) {
      fields.push_back({each.field, Value{}});
    } else if (each.amount->currency && *each.amount->currency != code) {
      deciding.faults.add(Code::invalid, pointer + "/currency", "The deal's currency is " + code + ".");
    } else if (const auto minor = parse_amount(each.amount->amount, currency)) {
      fields.push_back({each.field, *minor});
    } else {
      deciding.faults.add(Code::invalid, pointer + "/amount", "No amount of " + code + ": too many decimals, or too large.");
    }
  }
}

std::vector<event::Line> read_lines(Deciding& deciding, const std::vector<command::Line>& given, const std::string& currency,
                                    const std::vector<event::Line>& held) {
  std::vector<event::Line> lines;
  Set set(deciding, currency, "/lines");
  if (!set.fits(given.size())) return lines;
  std::vector<std::int64_t> forecast, realised;
  for (std::size_t i = 0; i < given.size(); ++i) {
    lines.push_back(read_line(deciding, set, currency, given[i], held_item(held, given[i].id), i));
    if (!deciding.faults.any()) (lines.back().kind == event::AmountKind::forecast ? forecast : realised).push_back(line_value(lines.back()));
  }
  set.sum(forecast);
  set.sum(realised);
  return lines;
}

bool holds_lines(const Deal& deal, const std::vector<command::Line>& given) {
  const Currency currency = parse_currency(deal.currency).value_or(Currency{});
  return std::ranges::equal(given, lines_of(deal), [&](const command::Line& line, const event::Line& held) {
    const bool same_price = !line.price || ((!line.price->currency || *line.price->currency == deal.currency) && parse_amount(line.price->amount, currency) == held.price);
    return same_price && (line.id.is_nil() || line.id == held.id) && line.product == held.product && line.name.value_or("") == held.name &&
           line.quantity == held.quantity && line.discount == held.discount && line.day == held.day && line.every_months == held.every_months &&
           line.times == held.times && line.kind == held.kind;
  });
}

Decision set_deal_lines(Deciding& deciding, const command::SetDealLines& command) {
  const ObjectRef object{Kind::deal, command.deal};
  const Deal& deal = deciding.state.deals.at(command.deal);
  std::vector<event::Line> lines = read_lines(deciding, command.lines, deal.currency, lines_of(deal));
  if (lines != lines_of(deal)) deciding.add(object, event::DealLinesSet{std::move(lines)});
  return deciding.outcome(object);
}

Decision set_deal_costs(Deciding& deciding, const command::SetDealCosts& command) {
  const ObjectRef object{Kind::deal, command.deal};
  const Deal& deal = deciding.state.deals.at(command.deal);
  static const std::vector<event::Cost> none;
  const std::vector<event::Cost>& held = deal.money ? deal.money->costs : none;
  if (!deciding.state.account.costs_on) deciding.faults.add(Code::feature_off, "/costs");
  Set set(deciding, deal.currency, "/costs");
  if (!set.fits(command.costs.size())) return deciding.outcome(object);

  std::vector<event::Cost> costs;
  std::vector<std::int64_t> forecast, realised;
  for (std::size_t i = 0; i < command.costs.size(); ++i) {
    const command::Cost& given = command.costs[i];
    const event::Cost* before = held_item(held, given.id);
    event::Cost cost{.id = given.id, .category = given.category, .day = given.day, .kind = given.kind};
    set.id(cost.id, i);
    set.word(Kind::cost_category, cost.category, before ? before->category : Uuid{}, set.at(i, "category_id"));
    cost.amount = set.amount(given.amount, set.at(i, "amount"));
    set.day(cost.day, i);
    set.kind(cost.kind, before && *before == cost, i);
    (cost.kind == event::AmountKind::forecast ? forecast : realised).push_back(cost.amount);
    costs.push_back(std::move(cost));
  }
  set.sum(forecast);
  set.sum(realised);
  if (costs != held) deciding.add(object, event::DealCostsSet{std::move(costs)});
  return deciding.outcome(object);
}

}  // namespace dealog
