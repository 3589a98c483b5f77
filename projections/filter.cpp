#include "projections/filter.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include "domain/money.h"
#include "projections/filter_leaf.h"

namespace dealog::projections {
namespace {

namespace f = field;
namespace json = boost::json;
using Values = std::vector<std::string>;

constexpr int max_depth = 16;
constexpr std::size_t max_filter_bytes = 64 * 1024;

Values split_commas(std::string_view text) {
  Values values;
  for (;;) {
    const std::size_t comma = text.find(',');
    values.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

// As a step of a JSON pointer.
std::string escaped(std::string_view name) {
  std::string step;
  for (const char c : name) {
    if (c == '~') step += "~0";
    else if (c == '/') step += "~1";
    else step += c;
  }
  return step;
}

class Compiler {
 public:
  Compiler(const Ground& ground, Kind kind, Faults& faults) : ground_(ground), kind_(kind), faults_(faults) {}

  PredicatePtr parameter(const std::string& name, const std::string& value) {
    const auto [field, op] = split_parameter(name);
    const bool is_list = op == "in" || op == "nin" || op == "between";
    return comparison(field, op, is_list ? split_commas(value) : Values{value}, {name, name, name});
  }

  // Faults are told at `parameter`, with their place in the tree.
  PredicatePtr tree(const std::string& text, const char* parameter) {
    if (text.size() > max_filter_bytes) return fault(parameter, "invalid", "At most 64 KiB.");
    json::error_code error;
    json::parse_options options;
    options.max_depth = 2 * max_depth + 4;
    const json::value parsed = json::parse(text, error, {}, options);
    if (error) return fault(parameter, "invalid", "Not JSON: " + error.message() + ".");
    const std::size_t before = faults_.size();
    PredicatePtr compiled = node(parsed, "", 0);
    for (std::size_t i = before; i < faults_.size(); ++i) faults_[i].inside = std::exchange(faults_[i].parameter, parameter);
    return compiled;
  }

  // What was saved under the id, as it was at the position that the question stands on, whatever its as_of.
  PredicatePtr saved(const std::string& text) {
    const auto id = parse_uuid(text);
    if (!id) return fault("filter_id", "invalid", "An id (a UUID).");
    const auto newest = ground_.world->at({end_of_time, ground_.world->position()});
    const Table& filters = newest->table(Kind::saved_filter);
    const Row row = newest->row(Kind::saved_filter, *id);
    const bool is_there = row != no_row && filters.presence()[row] == 1 && may_see(*ground_.present, ground_.asked.reader, Kind::saved_filter, row);
    if (!is_there) return fault("filter_id", "unknown_reference", "There is no such saved filter.");
    const FieldSpec& collection = *find_field(Kind::saved_filter, f::saved_filter::collection);
    const Handle about = filters.handles(f::saved_filter::collection)[row];
    if (about == 0 || collection.choices[about - 1] != plural(kind_)) return fault("filter_id", "invalid", "This filter is for another collection.");
    return tree(std::string(filters.text(f::saved_filter::filter, row)), "filter_id");
  }

 private:
  PredicatePtr fault(std::string pointer, std::string code, std::string message) {
    faults_.push_back({std::move(pointer), std::move(code), std::move(message)});
    return always(false);
  }

  // `pointer`: of the node in its tree.
  PredicatePtr node(const json::value& value, const std::string& pointer, int depth) {
    if (depth > max_depth) return fault(pointer, "invalid", "Too deep.");
    const json::object* object = value.if_object();
    if (!object) return fault(pointer, "invalid", R"(An object: {"field", "op", "value"}, {"and": [...]}, {"or": [...]} or {"not": {...}}.)");
    for (const bool is_and : {true, false}) {
      const char* word = is_and ? "and" : "or";
      const json::value* parts = object->if_contains(word);
      if (!parts) continue;
      const std::string inside = pointer + "/" + word;
      stands_alone(*object, word, pointer);
      if (!parts->is_array() || parts->get_array().empty()) return fault(inside, "invalid", "A list of one or more filters.");
      std::vector<PredicatePtr> compiled;
      std::size_t index = 0;
      for (const json::value& part : parts->get_array()) compiled.push_back(node(part, inside + "/" + std::to_string(index++), depth + 1));
      return is_and ? all_of(std::move(compiled)) : any_of(std::move(compiled));
    }
    if (const json::value* inner = object->if_contains("not")) {
      stands_alone(*object, "not", pointer);
      return negated(node(*inner, pointer + "/not", depth + 1));
    }
    return json_comparison(*object, pointer);
  }

  void stands_alone(const json::object& object, std::string_view word, const std::string& pointer) {
    for (const auto& member : object)
      if (member.key() != word) fault(pointer + "/" + escaped(member.key()), "unknown_field", "Nothing may stand beside \"" + std::string(word) + "\".");
  }

  PredicatePtr json_comparison(const json::object& object, const std::string& pointer) {
    const std::size_t before = faults_.size();
    for (const auto& member : object)
      if (member.key() != "field" && member.key() != "op" && member.key() != "value")
        fault(pointer + "/" + escaped(member.key()), "unknown_field", "Not a member of a comparison.");
    const json::value* field = object.if_contains("field");
    const json::value* op = object.if_contains("op");
    const json::value* value = object.if_contains("value");
    if (!field || !field->is_string()) fault(pointer + "/field", "invalid", "The name of a field.");
    if (op && !op->is_string()) fault(pointer + "/op", "invalid", "The name of an operator.");
    Values values;
    if (!value) {
      fault(pointer + "/value", "invalid", "A value is needed.");
    } else if (const json::array* many = value->if_array()) {
      for (const json::value& each : *many) scalar(each, pointer + "/value", values);
    } else {
      scalar(*value, pointer + "/value", values);
    }
    if (faults_.size() != before) return always(false);
    const json::string& name = field->get_string();
    const std::string_view by = op ? std::string_view(op->get_string()) : std::string_view("eq");
    const bool is_list = by == "in" || by == "nin" || by == "between";
    if (is_list && value->is_string()) values = split_commas(values[0]);
    return comparison(name, by, values, {pointer + "/field", pointer + "/op", pointer + "/value"});
  }

  void scalar(const json::value& value, const std::string& pointer, Values& values) {
    if (value.is_string()) values.emplace_back(value.get_string());
    else if (value.is_bool()) values.emplace_back(value.get_bool() ? "true" : "false");
    else if (value.is_int64()) values.push_back(std::to_string(value.get_int64()));
    else if (value.is_uint64()) values.push_back(std::to_string(value.get_uint64()));
    else fault(pointer, "invalid", value.is_null() ? "Null is asked for by the operator is_null." : "A string, a whole number, true, false, or a list of them.");
  }

  PredicatePtr comparison(std::string_view name, std::string_view op_name, const Values& values, const LeafPlaces& at) {
    const auto op = parse_operator(op_name);
    if (!op) fault(at.op, "unknown", "There is no operator " + std::string(op_name) + ".");
    if (const auto field = find_query_field(*ground_.world, kind_, name))
      return op ? compile_leaf(ground_, kind_, *field, *op, values, at, faults_) : always(false);
    const std::size_t dot = name.find('.');
    const QueryLink* link = dot == std::string_view::npos ? nullptr : find_query_link(kind_, name.substr(0, dot));
    const auto field = link ? find_query_field(*ground_.world, link->kind, name.substr(dot + 1)) : std::nullopt;
    if (!field) return fault(at.field, "unknown", "There is no field or parameter " + std::string(name) + ".");
    return op ? linked(*link, *field, *op, values, at) : always(false);
  }

  // The condition over the other table becomes a flag for each of its objects, looked up by the link.
  PredicatePtr linked(const QueryLink& link, const QueryField& field, Operator op, const Values& values, const LeafPlaces& at) {
    const std::size_t before = faults_.size();
    const PredicatePtr inner = compile_leaf(ground_, link.kind, field, op, values, at, faults_);
    if (faults_.size() != before) return always(false);
    const std::uint8_t for_null = holds_for_null(field, op, values) ? 1 : 0;
    const PredicatePtr visible = rights(*ground_.present, ground_.asked.reader, link.kind);
    const Table& table = ground_.world->table(link.kind);
    HandleFlags flags{.outside = for_null};
    const auto masks = std::make_unique<std::array<std::array<std::uint8_t, chunk_rows>, 2>>();
    for (std::size_t first = 0, chunk = 0; first < table.rows(); first += chunk_rows, ++chunk) {
      const std::size_t rows = std::min<std::size_t>(chunk_rows, table.rows() - first);
      std::uint8_t* meets = (*masks)[0].data();
      std::uint8_t* seen = (*masks)[1].data();
      std::memset(meets, 1, rows);
      std::memset(seen, 1, rows);
      inner->narrow(chunk, rows, meets);
      if (visible) visible->narrow(chunk, rows, seen);
      const Handle* self = table.self().chunk(chunk);
      for (std::size_t i = 0; i < rows; ++i) {
        const std::uint8_t flag = seen[i] ? meets[i] : for_null;
        if (flag != for_null) flags.set(self[i], flag);
      }
    }
    return handle_flagged(ground_.world->table(kind_).handles(link.column), std::move(flags));
  }

  const Ground& ground_;
  Kind kind_;
  Faults& faults_;
};

class Progress final : public NumberSource {
 public:
  explicit Progress(const Table& deals) : done_(deals.numbers(derived::done_weight)), total_(deals.numbers(derived::total_weight)) {}
  void read(std::size_t chunk, std::size_t rows, std::int64_t* scratch) const override {
    const std::int64_t *done = done_.chunk(chunk), *total = total_.chunk(chunk);
    for (std::size_t i = 0; i < rows; ++i) scratch[i] = of(done[i], total[i]);
  }
  std::int64_t at(Row row) const override { return of(done_[row], total_[row]); }

 private:
  static std::int64_t of(std::int64_t done, std::int64_t total) {
    if (total <= 0 || done <= 0) return 0;
    return percent2(done, total).value_or(0);
  }
  const Column<std::int64_t>&done_, &total_;
};

}  // namespace

Ground ground(std::shared_ptr<const World> world, const Asked& asked) {
  std::shared_ptr<const World> present = asked.present ? asked.present : world->is_live() ? world : world->at(Moment{});
  return {std::move(world), std::move(present), asked};
}

std::pair<std::string_view, std::string_view> split_parameter(std::string_view name) {
  const std::size_t open = name.find('[');
  if (open == std::string_view::npos || !name.ends_with(']')) return {name, "eq"};
  return {name.substr(0, open), name.substr(open + 1, name.size() - open - 2)};
}

Faults check_filter(const Ground& ground, Kind kind, const std::string& tree) {
  Faults faults;
  Compiler(ground, kind, faults).tree(tree, "filter");
  return faults;
}

bool knows_field(const World& world, Kind kind, std::string_view name) {
  if (find_query_field(world, kind, name)) return true;
  const std::size_t dot = name.find('.');
  const QueryLink* link = dot == std::string_view::npos ? nullptr : find_query_link(kind, name.substr(0, dot));
  return link && find_query_field(world, link->kind, name.substr(dot + 1));
}

std::unique_ptr<const NumberSource> progresses(const Table& deals) { return std::make_unique<Progress>(deals); }

Selection::Selection(const Ground& ground, Kind kind, const Parameters& parameters, Faults& faults)
    : ground_(ground), table_(ground_.world->table(kind)) {
  Compiler compiler(ground_, kind, faults);
  std::vector<PredicatePtr> parts;
  std::string_view deleted;
  for (const auto& [name, value] : parameters) {
    if (name == "deleted") {
      if (value != "exclude" && value != "only" && value != "include") faults.push_back({name, "invalid", "exclude, only or include."});
      else if (!deleted.empty() && deleted != value) faults.push_back({name, "duplicate", "Given twice."});
      deleted = value;
    } else if (name == "filter") {
      parts.push_back(compiler.tree(value, "filter"));
    } else if (name == "filter_id") {
      parts.push_back(compiler.saved(value));
    } else {
      parts.push_back(compiler.parameter(name, value));
    }
  }
  // 1: there; 2: there and deleted; 3: merged into another.
  if (deleted == "include") {
    parts.push_back(presence_is(table_.presence(), 0, true));
    parts.push_back(presence_is(table_.presence(), 3, true));
  } else parts.push_back(presence_is(table_.presence(), deleted == "only" ? 2 : 1, false));
  if (PredicatePtr seen = rights(*ground_.present, ground_.asked.reader, kind)) parts.push_back(std::move(seen));
  condition_ = all_of(std::move(parts));
}

std::size_t Selection::mask(std::size_t chunk, std::uint8_t* mask) const {
  const std::size_t rows = std::min<std::size_t>(chunk_rows, std::size_t{table_.rows()} - (chunk << chunk_bits));
  std::memset(mask, 1, rows);
  condition_->narrow(chunk, rows, mask);
  return rows;
}

std::size_t Selection::find(std::size_t chunk, std::uint16_t* indexes) const {
  std::array<std::uint8_t, chunk_rows> bytes;
  const std::size_t rows = mask(chunk, bytes.data());
  return compress(bytes.data(), rows, indexes);
}

Selected::Selected(const Selection& selection) : ground_(selection.ground()), table_(selection.table()) {
  // Not written to before it is needed, so that a narrow selection costs little.
  indexes_ = std::make_unique_for_overwrite<std::uint16_t[]>(std::size_t{table_.rows()} + index_slack);
  std::size_t first = 0;
  for (std::size_t chunk = 0; chunk < selection.chunks(); ++chunk) {
    const std::size_t count = selection.find(chunk, indexes_.get() + first);
    if (count > 0) parts_.push_back({chunk, first, count});
    first += count;
  }
}

Selected::Selected(const Selected& all, const Column<Handle>& column, Handle handle) : ground_(all.ground_), table_(all.table_) {
  indexes_ = std::make_unique_for_overwrite<std::uint16_t[]>(std::size_t{table_.rows()} + 1);
  std::size_t end = 0;
  all.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    const Handle* x = column.chunk(chunk);
    const std::size_t first = end;
    for (std::size_t n = 0; n < count; ++n) {
      indexes_[end] = indexes[n];
      end += x[indexes[n]] == handle ? 1 : 0;
    }
    if (end > first) parts_.push_back({chunk, first, end - first});
  });
}

}  // namespace dealog::projections
