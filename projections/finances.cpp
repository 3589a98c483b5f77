// SPEC MON-4: one row per amount of the deals that a reader sees, in order of the deals' creation and of each deal's lines.
//
//     product_id= [in] [nin] [is_null]    category_id= (of the product)    cost_category_id=    type= [in] line,value,cost
//     kind=forecast|realised    date= [lt] [lte] [gt] [gte] [between] [is_null]    currency=    deal_id=    deal.<filter of deals>
#include <algorithm>
#include <functional>

#include "projections/amounts.h"
#include "projections/list.h"

namespace dealog::projections {
namespace {

namespace f = field;

struct Amount {
  Row deal = 0;
  Uuid product;
  FinanceRow row;
};
using Test = std::function<bool(const Amount&)>;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> values;
  for (;;) {
    const std::size_t comma = text.find(',');
    values.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

// Filters of the amounts themselves.
class Tests {
 public:
  explicit Tests(Faults& faults) : faults_(faults) {}

  // False: not a filter of amounts.
  bool add(const std::string& parameter, const std::string& value) {
    const auto [name, op] = split_parameter(parameter);
    if (name == "product_id") return reference(parameter, op, value, [](const Amount& amount) { return amount.row.product; });
    if (name == "category_id") return reference(parameter, op, value, [](const Amount& amount) { return amount.row.product_category; });
    if (name == "cost_category_id") return reference(parameter, op, value, [](const Amount& amount) { return amount.row.cost_category; });
    if (name == "type") return words(parameter, op, value, {"line", "value", "cost"}, [](const Amount& amount) { return std::string(amount.row.type); });
    if (name == "kind")
      return words(parameter, op, value, {"forecast", "realised"}, [](const Amount& amount) { return std::string(amount.row.is_realised ? "realised" : "forecast"); });
    if (name == "currency") return words(parameter, op, value, {}, [](const Amount& amount) { return amount.row.currency; });
    if (name == "date") return date(parameter, op, value);
    return false;
  }
  bool hold(const Amount& amount) const {
    return std::ranges::all_of(tests_, [&](const Test& test) { return test(amount); });
  }

 private:
  bool fault(const std::string& parameter, std::string code, std::string message) {
    faults_.push_back({parameter, std::move(code), std::move(message)});
    return true;
  }
  bool no_operator(const std::string& parameter, std::string_view op) { return fault(parameter, "unknown", "It cannot be compared by " + std::string(op) + "."); }

  template <class Get>
  bool reference(const std::string& parameter, std::string_view op, const std::string& value, Get get) {
    if (op == "is_null") {
      if (value != "true" && value != "false") return fault(parameter, "invalid", "true or false.");
      tests_.push_back([get, wanted = value == "true"](const Amount& amount) { return get(amount).is_nil() == wanted; });
      return true;
    }
    if (op != "eq" && op != "ne" && op != "in" && op != "nin") return no_operator(parameter, op);
    std::vector<Uuid> ids;
    for (const std::string& each : op == "in" || op == "nin" ? split(value) : std::vector{value}) {
      const auto id = parse_uuid(each);
      if (!id) return fault(parameter, "invalid", "An id (a UUID).");
      ids.push_back(*id);
    }
    tests_.push_back([get, ids, is_not = op == "ne" || op == "nin"](const Amount& amount) { return (std::ranges::find(ids, get(amount)) != ids.end()) != is_not; });
    return true;
  }
  template <class Get>
  bool words(const std::string& parameter, std::string_view op, const std::string& value, std::vector<std::string> known, Get get) {
    if (op != "eq" && op != "ne" && op != "in" && op != "nin") return no_operator(parameter, op);
    const std::vector<std::string> wanted = op == "in" || op == "nin" ? split(value) : std::vector{value};
    for (const std::string& each : wanted)
      if (!known.empty() && std::ranges::find(known, each) == known.end()) return fault(parameter, "invalid", "There is no " + each + ".");
    tests_.push_back([get, wanted, is_not = op == "ne" || op == "nin"](const Amount& amount) { return (std::ranges::find(wanted, get(amount)) != wanted.end()) != is_not; });
    return true;
  }
  bool date(const std::string& parameter, std::string_view op, const std::string& value) {
    if (op == "is_null") {
      if (value != "true" && value != "false") return fault(parameter, "invalid", "true or false.");
      tests_.push_back([wanted = value == "true"](const Amount& amount) { return !amount.row.day == wanted; });
      return true;
    }
    const std::vector<std::string> given = op == "between" ? split(value) : std::vector{value};
    std::vector<Day> days;
    for (const std::string& each : given)
      if (const auto day = parse_day(each)) days.push_back(*day);
    if (days.size() != (op == "between" ? 2u : 1u)) return fault(parameter, "invalid", op == "between" ? "Two days, by a comma." : "A day such as 2026-03-31.");
    Day low{INT32_MIN}, high{INT32_MAX};
    if (op == "eq") low = high = days[0];
    else if (op == "between") low = days[0], high = days[1];
    else if (op == "gte") low = days[0];
    else if (op == "gt") low = Day{days[0].days + 1};
    else if (op == "lte") high = days[0];
    else if (op == "lt") high = Day{days[0].days - 1};
    else return no_operator(parameter, op);
    tests_.push_back([low, high](const Amount& amount) { return amount.row.day && low <= *amount.row.day && *amount.row.day <= high; });
    return true;
  }

  Faults& faults_;
  std::vector<Test> tests_;
};

void add_amounts(const World& world, Row deal, std::vector<Amount>& all) {
  using What = DatedAmount::What;
  const Table& deals = world.table(Kind::deal);
  const Table& products = world.table(Kind::product);
  const DealAmounts amounts = amounts_of(world, deal);
  FinanceRow common{.deal = world.id(deals.self()[deal]), .deal_name = std::string(deals.text(f::deal::name, deal)), .currency = currency_of(world, deal)};
  for (const DatedAmount& each : amounts.all) {
    Amount& amount = all.emplace_back(Amount{.deal = deal, .product = {}, .row = common});
    FinanceRow& row = amount.row;
    row.minor = each.minor;
    row.day = each.day;
    row.is_realised = each.kind == event::AmountKind::realised;
    if (each.what == What::value) {
      row.type = "value";
    } else if (each.what == What::cost) {
      row.type = "cost";
      row.id = amounts.costs[each.index].id;
      row.cost_category = amounts.costs[each.index].category;
    } else {
      const event::Line& line = amounts.lines[each.index];
      row.type = "line";
      row.id = line.id;
      row.name = line.name;
      row.product = line.product;
      row.quantity = line.quantity;
      row.price = line.price;
      row.occurrence = line.times == 0 ? 0 : each.occurrence + 1;
      if (const Row product = line.product.is_nil() ? no_row : world.row(Kind::product, line.product); product != no_row) {
        if (row.name.empty()) row.name = products.text(f::product::name, product);
        if (const Handle category = products.handles(f::product::category_id)[product]; category != 0) row.product_category = world.id(category);
      }
    }
  }
}

void add_to(FinanceTotals& totals, const FinanceRow& row, const Rates& rates) {
  const std::size_t sum = (row.type == "cost" ? 2u : 0u) + (row.is_realised ? 1u : 0u);   // of finance_sums
  if (const auto converted = rates.convert(row.minor, row.currency, row.day)) totals.sums[sum] += *converted;
  else totals.unconverted[{row.currency, sum}] += row.minor;
}

void sort_by(std::string_view sort, std::vector<Amount>& all, Faults& faults) {
  if (sort.empty()) return;
  if (sort != "date" && sort != "-date") {
    faults.push_back({"sort", "unknown", "date or -date."});
    return;
  }
  const bool descending = sort.front() == '-';
  std::ranges::stable_sort(all, [&](const Amount& a, const Amount& b) {
    if (!a.row.day || !b.row.day) return a.row.day.has_value() && !b.row.day;
    return descending ? *b.row.day < *a.row.day : *a.row.day < *b.row.day;
  });
}

}  // namespace

QueryResult<FinanceAnswer> finances(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const PageRequest page = read_page("finances", asked, *world, parameters, faults);
  const Ground at = ground_of(page, world, asked);
  Tests tests(faults);
  Parameters of_deals;
  for (const auto& [name, value] : page.filters) {
    constexpr std::string_view prefix = "deal.";
    if (name == "deal_id") of_deals.emplace_back("id", value);
    else if (name == "deal_id[in]") of_deals.emplace_back("id[in]", value);
    else if (name.starts_with(prefix)) of_deals.emplace_back(name.substr(prefix.size()), value);
    else if (!tests.add(name, value)) faults.push_back({name, "unknown", "There is no field or parameter " + name + "."});
  }
  Faults about_deals;
  const Selection selection(at, Kind::deal, of_deals, about_deals);
  for (QueryFault& fault : about_deals) {
    fault.parameter = fault.parameter == "id" ? "deal_id" : "deal." + fault.parameter;
    faults.push_back(std::move(fault));
  }
  if (!faults.empty()) return faults;

  std::vector<Amount> all;
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t rows) {
    for (std::size_t n = 0; n < rows; ++n) add_amounts(*at.world, static_cast<Row>((chunk << chunk_bits) + indexes[n]), all);
  });
  std::erase_if(all, [&](const Amount& amount) { return !tests.hold(amount); });
  sort_by(page.sort, all, faults);
  if (!faults.empty()) return faults;

  FinanceAnswer answer;
  const Rates rates(*at.world, at.asked.now);
  for (const Amount& amount : all) add_to(answer.totals, amount.row, rates);
  // The order is the same at the position that the cursor is pinned to, so a row's number is its place.
  const std::size_t first = page.cursor ? std::size_t{page.cursor->last} + 1 : 0;
  for (std::size_t i = first; i < all.size() && answer.rows.size() < page.limit; ++i) answer.rows.push_back(std::move(all[i].row));
  if (first + answer.rows.size() < all.size() && !answer.rows.empty())
    answer.next_cursor = cursor_after(page, at, static_cast<Row>(first + answer.rows.size() - 1));
  if (page.with_total) answer.total = all.size();
  return answer;
}

}  // namespace dealog::projections
