#include "projections/filter_leaf.h"

#include <algorithm>
#include <charconv>

#include "domain/calendar.h"
#include "domain/money.h"
#include "projections/amounts.h"

namespace dealog::projections {
namespace {

namespace f = field;
using Values = std::vector<std::string>;
constexpr std::int64_t lowest = null_number + 1, highest = std::numeric_limits<std::int64_t>::max();

constexpr std::string_view operator_names[] = {"eq", "ne", "lt", "lte", "gt", "gte", "in", "nin", "contains", "starts", "between", "is_null"};

// A custom yes or no may be unanswered; every other one is no until it is set.
bool is_never_null(const QueryField& field) { return field.type == FieldType::boolean && !is_custom(field.column); }

bool is_numeric(FieldType type) {
  switch (type) {
    case FieldType::integer: case FieldType::money: case FieldType::percent: case FieldType::day: case FieldType::instant:
    case FieldType::decimal: return true;
    default: return false;
  }
}

bool is_allowed(FieldType type, Operator op) {
  switch (op) {
    case Operator::eq: case Operator::ne: case Operator::is_null: return true;
    case Operator::in: case Operator::nin: return type != FieldType::boolean;
    case Operator::lt: case Operator::lte: case Operator::gt: case Operator::gte: case Operator::between: return is_numeric(type);
    case Operator::contains: case Operator::starts: return type == FieldType::text || type == FieldType::texts;
  }
  return false;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == null_number) return std::nullopt;
  return value;
}

// Per cent with at most two decimals, in hundredths: as an amount of a currency with two.
std::optional<std::int64_t> parse_percent(std::string_view text) { return parse_amount(text, Currency{{'E', 'U', 'R', '\0'}}); }

// What a value stands for: one number, or the instants of a day.
std::optional<Interval> parse_number(const World& world, FieldType type, std::string_view text) {
  std::optional<std::int64_t> one;
  switch (type) {
    case FieldType::integer: one = parse_integer(text); break;
    case FieldType::percent: one = parse_percent(text); break;
    case FieldType::decimal: one = parse_decimal(text); break;
    case FieldType::money:
      if (const auto currency = parse_currency(world.currency())) one = parse_amount(text, *currency);
      break;
    case FieldType::day:
      if (const auto day = parse_day(text)) one = day->days;
      break;
    case FieldType::instant:
      if (const auto day = parse_day(text)) return Interval{world.calendar().start_of(*day).ms, world.calendar().end_of(*day).ms};
      if (const auto instant = parse_instant(text)) one = instant->ms;
      break;
    default: break;
  }
  if (!one) return std::nullopt;
  return Interval{*one, *one};
}

std::string expected(const QueryField& field) {
  switch (field.type) {
    case FieldType::integer: return "a whole number";
    case FieldType::decimal: return "a number with at most six decimals, such as 12.5";
    case FieldType::percent: return "a percentage with at most two decimals, such as 35.5";
    case FieldType::money: return "an amount such as 1000 or 1234.50";
    case FieldType::day: return "a day such as 2026-03-31";
    case FieldType::instant: return "a day such as 2026-03-31 or a time such as 2026-03-31T12:00:00Z";
    case FieldType::boolean: return "true or false";
    case FieldType::ref: case FieldType::refs: return "an id (a UUID)";
    case FieldType::choice: {
      std::string words = "one of";
      for (const std::string_view word : field.choices)
        if (!word.empty()) words.append(" ").append(word);
      return words;
    }
    default: return "a text";
  }
}

std::vector<Interval> intervals_for(Operator op, const std::vector<Interval>& given) {
  switch (op) {
    case Operator::lt: return {{lowest, given[0].low - 1}};
    case Operator::lte: return {{lowest, given[0].high}};
    case Operator::gt:
      if (given[0].high == highest) return {{highest, lowest}};
      return {{given[0].high + 1, highest}};
    case Operator::gte: return {{given[0].low, highest}};
    case Operator::between: return {{given[0].low, given[1].high}};
    default: return given;
  }
}

// The local days [low, high] as instants; open ends stay open.
Interval instants_of_days(const Calendar& calendar, const Interval& days) {
  // Days beyond what a calendar knows are as good as open.
  constexpr std::int64_t first = -719'162, last = 2'932'896;
  Interval instants;
  if (days.low > days.high) return {highest, lowest};
  if (days.low > last || days.high < first) return {highest, lowest};
  if (days.low > first) instants.low = calendar.start_of(Day{static_cast<std::int32_t>(days.low)}).ms;
  if (days.high < last) instants.high = calendar.end_of(Day{static_cast<std::int32_t>(days.high)}).ms;
  return instants;
}

PredicatePtr pair_of(PredicatePtr (*join)(std::vector<PredicatePtr>), PredicatePtr a, PredicatePtr b) {
  std::vector<PredicatePtr> parts;
  parts.push_back(std::move(a));
  parts.push_back(std::move(b));
  return join(std::move(parts));
}

std::vector<Handle> choice(auto value) { return {static_cast<Handle>(value) + 1}; }

// days = today - entered day, so an interval of days is an interval of entering, the other way round.
PredicatePtr days_in_stage(const Ground& ground, const Table& table, const std::vector<Interval>& days, bool is_not) {
  const Calendar& calendar = ground.world->calendar();
  const std::int64_t today = calendar.day_of(ground.asked.now).days;
  std::vector<Interval> entered;
  for (const Interval& each : days) {
    constexpr std::int64_t bound = 10'000'000;
    if (each.low > each.high) continue;
    const std::int64_t low = std::clamp(each.low, -bound, bound), high = std::clamp(each.high, -bound, bound);
    entered.push_back(instants_of_days(calendar, {today - high, today - low}));
  }
  if (entered.empty()) return always(is_not);
  PredicatePtr both = pair_of(all_of, handle_in(table.handles(f::deal::status), choice(Status::open), false),
                              number_in(table.numbers(f::deal::stage_entered_at), std::move(entered), false));
  return is_not ? negated(std::move(both)) : std::move(both);
}

PredicatePtr due(const Ground& ground, const Table& table, const std::vector<Interval>& days, bool is_not) {
  std::vector<Interval> instants;
  for (const Interval& each : days) instants.push_back(instants_of_days(ground.world->calendar(), each));
  // A time is the more precise word, where a task has both.
  PredicatePtr whole_day = pair_of(all_of, number_is_null(table.numbers(f::task::due_at)), number_in(table.numbers(f::task::due_on), days, false));
  PredicatePtr either = pair_of(any_of, std::move(whole_day), number_in(table.numbers(f::task::due_at), std::move(instants), false));
  return is_not ? negated(std::move(either)) : std::move(either);
}

PredicatePtr overdue(const Ground& ground, const Table& table) {
  const std::int64_t today = ground.world->calendar().day_of(ground.asked.now).days;
  PredicatePtr day = pair_of(all_of, number_is_null(table.numbers(f::task::due_at)), number_in(table.numbers(f::task::due_on), {{lowest, today - 1}}, false));
  PredicatePtr past = pair_of(any_of, std::move(day), number_in(table.numbers(f::task::due_at), {{lowest, ground.asked.now.ms - 1}}, false));
  return pair_of(all_of, handle_in(table.handles(f::task::status), choice(TaskStatus::open), false), std::move(past));
}

// Users for whom the answer never changes are a flag; for the others the row's time decides.
class InTeam final : public Predicate {
 public:
  InTeam(const Ground& ground, const Table& table, const QueryField& field, std::vector<Handle> teams)
      : world_(*ground.world), persons_(table.handles(field.person)), times_(field.when ? &table.numbers(field.when) : nullptr),
        teams_(std::move(teams)) {
    const Table& users = world_.table(Kind::user);
    for (Row row = 0; row < users.rows(); ++row) {
      const Handle user = users.self()[row];
      std::uint8_t flag = 0;
      for (const Handle team : teams_) {
        if (team == 0 || flag == 1) continue;
        const int always_in = world_.always_in_team(user, team);
        if (always_in == 1 || (always_in == -1 && !times_ && world_.in_team(user, team, ground.asked.now))) flag = 1;
        else if (always_in == -1 && times_) flag = 2;
      }
      if (flag != 0) flags_.set(user, flag);
    }
  }

  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const Handle* persons = persons_.chunk(chunk);
    const std::int64_t* times = times_ ? times_->chunk(chunk) : nullptr;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::uint8_t flag = flags_[persons[i]];
      if (flag == 2) mask[i] = static_cast<std::uint8_t>(mask[i] && times[i] != null_number && was_in(persons[i], Instant{times[i]}));
      else mask[i] = static_cast<std::uint8_t>(mask[i] & flag);
    }
  }
  int cost() const override { return 1; }

 private:
  bool was_in(Handle user, Instant at) const {
    for (const Handle team : teams_)
      if (team != 0 && world_.in_team(user, team, at)) return true;
    return false;
  }

  const World& world_;
  const Column<Handle>& persons_;
  const Column<std::int64_t>* times_;
  std::vector<Handle> teams_;
  HandleFlags flags_;
};

std::vector<Handle> all_teams(const World& world) {
  std::vector<Handle> teams;
  const Table& table = world.table(Kind::team);
  for (Row row = 0; row < table.rows(); ++row) teams.push_back(table.self()[row]);
  return teams;
}

std::vector<Uuid> products_of(const Table& deals, Row row) {
  std::vector<Uuid> products;
  for (const event::Line& line : unpacked_lines(deals.text(f::deal::lines, row)))
    if (!line.product.is_nil()) products.push_back(line.product);
  return products;
}

// Is the word one that the custom field offers, or ever did?
bool is_choice(const World& world, Kind kind, std::uint16_t number, std::string_view word) {
  namespace c = field::custom_field;
  const auto known = std::ranges::find(world.custom_fields(kind), number, &CustomInfo::number);
  if (known == world.custom_fields(kind).end()) return false;
  const Table& fields = world.table(Kind::custom_field);
  const Row row = world.row(Kind::custom_field, known->id);
  for (const std::uint16_t list : {c::choices, c::retired_choices})
    if (std::ranges::any_of(fields.texts(list, row), [&](std::string_view each) { return each == word; })) return true;
  return false;
}

PredicatePtr is_null(const Ground& ground, const Table& table, const QueryField& field) {
  switch (field.source) {
    case Source::self: case Source::presence: case Source::progress: case Source::has_open_task: case Source::visited_stage:
    case Source::overdue: case Source::without_product: return always(false);
    // In its own currency: what has no rate is a value all the same.
    case Source::weighted_value: case Source::value: return number_is_null(table.numbers(derived::value));
    case Source::realised: return number_is_null(table.numbers(f::deal::realised));
    case Source::profit: return pair_of(all_of, number_is_null(table.numbers(derived::value)), number_is_null(table.numbers(f::deal::forecast_costs)));
    case Source::product: return row_test(4, [&table](Row row) { return products_of(table, row).empty(); });
    case Source::days_in_stage: return handle_in(table.handles(f::deal::status), choice(Status::open), true);
    case Source::due: return pair_of(all_of, number_is_null(table.numbers(f::task::due_on)), number_is_null(table.numbers(f::task::due_at)));
    case Source::team: return negated(std::make_unique<InTeam>(ground, table, field, all_teams(*ground.world)));
    case Source::done_action: return set_is_empty(table, f::deal::done_actions);
    case Source::stored: break;
  }
  const std::uint16_t column = field.column;
  switch (field.type) {
    case FieldType::text: return row_test(3, [&table, column](Row row) { return !table.has_text(column, row); });
    case FieldType::texts: return row_test(3, [&table, column](Row row) { return table.texts(column, row).empty(); });
    case FieldType::refs: case FieldType::words: return set_is_empty(table, column);
    case FieldType::boolean:
      if (is_never_null(field)) return always(false);
      [[fallthrough]];
    case FieldType::ref: case FieldType::choice: case FieldType::word: return handle_in(table.handles(column), {0}, false);
    default: return number_is_null(table.numbers(column));
  }
}

PredicatePtr text_leaf(const Table& table, const QueryField& field, Operator op, const Values& values) {
  const std::uint16_t column = field.column;
  const bool many = field.type == FieldType::texts;
  const auto tested = [&](auto test) -> PredicatePtr {
    if (many)
      return row_test(4, [&table, column, test](Row row) { return std::ranges::any_of(table.texts(column, row), test); });
    return pair_of(all_of, handle_in(table.handles(column), {0}, true), row_test(4, [&table, column, test](Row row) { return test(table.text(column, row)); }));
  };
  if (op != Operator::contains && op != Operator::starts)
    return tested([values](std::string_view text) { return std::ranges::find(values, text) != values.end(); });
  FoldedNeedle needle(values[0], op == Operator::starts ? FoldedNeedle::Where::at_start : FoldedNeedle::Where::anywhere);
  if (many) return tested([needle = std::move(needle)](std::string_view text) { return needle.in(text); });
  return text_found(table.handles(column), table.arena(), std::move(needle));
}

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
  const auto found = std::ranges::find(operator_names, name);
  if (found == std::end(operator_names)) return std::nullopt;
  return static_cast<Operator>(found - std::begin(operator_names));
}

bool holds_for_null(const QueryField& field, Operator op, const Values& values) {
  if (op == Operator::is_null) return !is_never_null(field) && values[0] == "true";
  if (is_never_null(field)) return (values[0] == "false") == (op == Operator::eq);
  return op == Operator::ne || op == Operator::nin;
}

namespace {

// Rows whose words are not the reader's business: others' private notes, where they were private then and where they are now.
PredicatePtr concealed(const Ground& ground) {
  constexpr Handle is_true = 2;
  const Table& then = ground.world->table(Kind::note);
  const Table& now = ground.present->table(Kind::note);
  const Handle reader = ground.present->handle(ground.asked.reader.user);
  return row_test(1, [&then, &now, reader](Row row) {
    const bool is_private = then.handles(f::note::is_private)[row] == is_true || (row < now.rows() && now.handles(f::note::is_private)[row] == is_true);
    return is_private && then.handles(f::created_by)[row] != reader;
  });
}

PredicatePtr compile(const Ground& ground, Kind kind, const QueryField& field, Operator op, const Values& values,
                     const LeafPlaces& at, Faults& faults) {
  const World& world = *ground.world;
  const Table& table = world.table(kind);
  const auto fault = [&](std::string code, std::string message) {
    faults.push_back({at.value, std::move(code), std::move(message)});
    return always(false);
  };
  if (!is_allowed(field.type, op)) {
    faults.push_back({at.op, "unknown", field.name + " cannot be compared by " + std::string(operator_names[static_cast<std::size_t>(op)]) + "."});
    return always(false);
  }
  const std::size_t wanted = op == Operator::between ? 2 : 1;
  const bool is_list = op == Operator::in || op == Operator::nin;
  if (is_list ? values.empty() || values.size() > 1000 : values.size() != wanted)
    return fault("invalid", is_list ? "1 to 1000 values, by commas." : wanted == 2 ? "Two values, by a comma." : "One value.");

  if (op == Operator::is_null) {
    if (values[0] != "true" && values[0] != "false") return fault("invalid", "true or false.");
    PredicatePtr null = is_null(ground, table, field);
    return values[0] == "true" ? std::move(null) : negated(std::move(null));
  }
  const bool is_not = op == Operator::ne || op == Operator::nin;

  if (is_numeric(field.type)) {
    std::vector<Interval> given;
    for (const std::string& value : values) {
      const auto parsed = parse_number(world, field.type, value);
      if (!parsed) return fault("invalid", field.name + " takes " + expected(field) + ".");
      given.push_back(*parsed);
    }
    std::vector<Interval> in = intervals_for(op, given);
    switch (field.source) {
      case Source::weighted_value: return value_in(ground, ValueKind::forecast, true, std::move(in), is_not);
      case Source::value: return value_in(ground, ValueKind::forecast, false, std::move(in), is_not);
      case Source::realised: return value_in(ground, ValueKind::realised, false, std::move(in), is_not);
      case Source::profit: return value_in(ground, ValueKind::profit, false, std::move(in), is_not);
      case Source::progress: return number_in(progresses(table), std::move(in), is_not);
      case Source::days_in_stage: return days_in_stage(ground, table, in, is_not);
      case Source::due: return due(ground, table, in, is_not);
      default: return number_in(table.numbers(field.column), std::move(in), is_not);
    }
  }
  if (field.type == FieldType::boolean) {
    if (values[0] != "true" && values[0] != "false") return fault("invalid", field.name + " takes true or false.");
    constexpr Handle no = 1, yes = 2;
    if (!is_never_null(field)) return handle_in(table.handles(field.column), {values[0] == "true" ? yes : no}, is_not);
    const bool is_true = (values[0] == "true") != is_not;
    switch (field.source) {
      case Source::presence: return presence_is(table.presence(), 2, !is_true);
      case Source::has_open_task: return number_in(table.numbers(derived::open_tasks), {{1, highest}}, !is_true);
      case Source::overdue: return is_true ? overdue(ground, table) : negated(overdue(ground, table));
      case Source::without_product:
        return row_test(4, [&table, is_true, amounts = static_cast<event::AmountKind>(field.column)](Row row) {
          return is_without_product(table, row, amounts) == is_true;
        });
      default: return handle_in(table.handles(field.column), {yes}, !is_true);
    }
  }
  if (field.type == FieldType::text || field.type == FieldType::texts) {
    PredicatePtr found = text_leaf(table, field, op, values);
    return is_not ? negated(std::move(found)) : std::move(found);
  }

  std::vector<Handle> handles;
  for (const std::string& value : values) {
    if (field.type == FieldType::choice) {
      const auto found = std::ranges::find(field.choices, std::string_view(value));
      if (found == field.choices.end() || value.empty()) return fault("invalid", field.name + " takes " + expected(field) + ".");
      handles.push_back(static_cast<Handle>(found - field.choices.begin()) + 1);
    } else if (field.type == FieldType::word || field.type == FieldType::words) {
      // A choice that nobody has yet has no handle, and matches nothing.
      if (!is_choice(world, kind, field.column, value)) return fault("invalid", field.name + " has no choice " + value + ".");
      if (const Handle handle = world.handle(choice_id(value))) handles.push_back(handle);
    } else {
      const auto id = parse_uuid(value);
      if (!id) return fault("invalid", field.name + " takes " + expected(field) + ".");
      // What the log never named has handle 0, which here would mean null.
      if (const Handle handle = world.handle(*id)) handles.push_back(handle);
    }
  }
  std::ranges::sort(handles);
  handles.erase(std::ranges::unique(handles).begin(), handles.end());
  if (handles.empty()) return always(is_not);
  if (field.type == FieldType::choice || field.type == FieldType::ref || field.type == FieldType::word)
    return handle_in(field.source == Source::self ? table.self() : table.handles(field.column), std::move(handles), is_not);

  PredicatePtr has;
  switch (field.source) {
    case Source::team: has = std::make_unique<InTeam>(ground, table, field, std::move(handles)); break;
    case Source::visited_stage: has = set_has(table, derived::visited_stages, std::move(handles)); break;
    case Source::product:
      has = row_test(4, [&world, &table, products = std::move(handles)](Row row) {
        return std::ranges::any_of(products_of(table, row), [&](const Uuid& id) { return std::ranges::find(products, world.handle(id)) != products.end(); });
      });
      break;
    case Source::done_action: has = set_has(table, f::deal::done_actions, std::move(handles)); break;
    default: has = set_has(table, field.column, std::move(handles)); break;
  }
  return is_not ? negated(std::move(has)) : std::move(has);
}

}  // namespace

PredicatePtr compile_leaf(const Ground& ground, Kind kind, const QueryField& field, Operator op, const Values& values,
                          const LeafPlaces& at, Faults& faults) {
  const std::size_t before = faults.size();
  PredicatePtr found = compile(ground, kind, field, op, values, at, faults);
  // To others a private note's text, and what hangs on it, is null: no filter tells what it says.
  const FieldSpec* spec = kind == Kind::note && field.source == Source::stored ? find_field(kind, field.column) : nullptr;
  const bool is_private_part = spec != nullptr && (spec->personal || spec->name == "file_ids");
  if (!is_private_part || faults.size() != before) return found;
  if (holds_for_null(field, op, values)) return pair_of(any_of, concealed(ground), std::move(found));
  return pair_of(all_of, negated(concealed(ground)), std::move(found));
}

}  // namespace dealog::projections
