#include "api/export_rows.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include "api/encode.h"
#include "api/export_json.h"
#include "api/openapi.h"

namespace dealog::api {

namespace json = boost::json;

namespace {

using Type = ExportColumn::Type;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

// ---- columns of a schema

// A schema without its reference and without "or null"; `named`: what it is called.
const json::object& resolved(const json::value& schema, const json::object& all, std::string_view& named) {
  static const json::object anything;
  const json::object* object = schema.if_object();
  if (object == nullptr) return anything;
  if (const json::value* reference = object->if_contains("$ref")) {
    const std::string_view path = view(reference->as_string());
    named = path.substr(path.rfind('/') + 1);
    const json::value* found = all.if_contains(named);
    return found != nullptr && found->is_object() ? found->as_object() : anything;
  }
  if (const json::value* either = object->if_contains("anyOf")) return resolved(either->as_array().front(), all, named);
  return *object;
}

bool has_type(const json::object& schema, std::string_view wanted) {
  const json::value* type = schema.if_contains("type");
  if (type == nullptr) return false;
  if (type->is_string()) return view(type->as_string()) == wanted;
  return std::ranges::any_of(type->as_array(), [&](const json::value& each) { return view(each.as_string()) == wanted; });
}

Type scalar_type(const json::object& schema) {
  if (has_type(schema, "number") || has_type(schema, "integer")) return Type::number;   // decimals too, which are digits in a string
  if (has_type(schema, "boolean")) return Type::boolean;
  if (!has_type(schema, "string")) return Type::anything;
  const json::value* format = schema.if_contains("format");
  if (format != nullptr && view(format->as_string()) == "date") return Type::day;
  if (format != nullptr && view(format->as_string()) == "date-time") return Type::instant;
  return Type::text;
}

// An id, or a list of them.
bool refers(const json::object& schema, const json::object& all) {
  if (const json::value* format = schema.if_contains("format")) return view(format->as_string()) == "uuid";
  std::string_view named;
  const json::value* items = schema.if_contains("items");
  return items != nullptr && items->is_object() && refers(resolved(*items, all, named), all);
}

void add_columns(const json::object& properties, const json::object& all, const std::vector<std::string>& path, const std::string& prefix,
                 std::vector<ExportColumn>& columns) {
  for (const auto& [key, value] : properties) {
    std::string_view named;
    const json::object& schema = resolved(value, all, named);
    ExportColumn column{.name = prefix + std::string(view(key)), .path = path};
    column.path.emplace_back(view(key));
    const json::value* inner = schema.if_contains("properties");
    if (named == "CustomValues") column.type = Type::custom_fields;
    else if (named == "Money" || named == "MoneyOrNull") column.type = Type::money;
    else if (inner != nullptr && inner->is_object() && !inner->as_object().empty()) {
      add_columns(inner->as_object(), all, column.path, column.name + ".", columns);
      continue;
    } else column.type = scalar_type(schema);
    column.is_reference = column.path.back() != "id" && refers(schema, all);
    columns.push_back(std::move(column));
  }
}

Type type_of(std::uint16_t custom_number) {
  switch (custom_type(custom_number)) {
    case CustomType::text: case CustomType::choice: case CustomType::user: return Type::text;
    case CustomType::number: return Type::number;
    case CustomType::money: return Type::money;
    case CustomType::date: return Type::day;
    case CustomType::boolean: return Type::boolean;
    case CustomType::choices: return Type::anything;
  }
  return Type::anything;
}

const json::value* find(const json::object& row, std::span<const std::string> path) {
  const json::object* at = &row;
  for (std::size_t i = 0; at != nullptr && i < path.size(); ++i) {
    const json::value* found = at->if_contains(path[i]);
    if (found == nullptr || i + 1 == path.size()) return found;
    at = found->if_object();
  }
  return nullptr;
}

// ---- cells

std::string text_of(const json::value& scalar) {
  JsonWriter writer;
  if (const auto* text = scalar.if_string()) return std::string(view(*text));
  if (const auto digits = fraction(scalar)) return std::string(*digits);
  if (const auto* flag = scalar.if_bool()) writer.value(*flag);
  else if (const auto* number = scalar.if_int64()) writer.value(*number);
  else if (const auto* large = scalar.if_uint64()) writer.value(*large);
  return std::move(writer).text();
}

void write_json(JsonWriter& writer, const json::value& value) {
  if (const auto digits = fraction(value)) {
    writer.raw(*digits);
  } else if (const auto* object = value.if_object()) {
    writer.object();
    for (const auto& [key, member] : *object) {
      writer.key(view(key));
      write_json(writer, member);
    }
    writer.end();
  } else if (const auto* array = value.if_array()) {
    writer.array();
    for (const json::value& member : *array) write_json(writer, member);
    writer.end();
  } else if (const auto* text = value.if_string()) {
    writer.value(view(*text));
  } else if (value.is_null()) {
    writer.null();
  } else {
    writer.raw(text_of(value));
  }
}

bool is_money(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || object->size() != 2) return false;
  const json::value *amount = object->if_contains("amount"), *currency = object->if_contains("currency");
  return amount != nullptr && currency != nullptr && amount->is_string() && currency->is_string();
}

// The members of a list, when they can be told apart afterwards.
std::optional<std::string> joined(const json::array& array) {
  std::string made;
  for (const json::value& member : array) {
    if ((member.is_structured() && !fraction(member)) || member.is_null()) return std::nullopt;
    const std::string text = text_of(member);
    if (text.empty() || text.find_first_of(";\r\n") != std::string::npos) return std::nullopt;
    if (!made.empty()) made += ';';
    made += text;
  }
  return made;
}

SheetCell cell_of(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_bool()) return {CellType::boolean, text_of(value)};
  if (value.is_number() || fraction(value)) return {CellType::number, text_of(value)};
  if (value.is_string()) return {CellType::text, text_of(value)};
  if (const json::array* array = value.if_array()) {
    if (array->empty()) return {};
    if (auto list = joined(*array)) return {CellType::text, std::move(*list)};
  }
  JsonWriter writer;
  write_json(writer, value);
  return {CellType::text, std::move(writer).text()};
}

CellType cell_type(Type type) {
  switch (type) {
    case Type::number: return CellType::number;
    case Type::boolean: return CellType::boolean;
    case Type::day: return CellType::day;
    case Type::instant: return CellType::instant;
    case Type::money: return CellType::money;
    case Type::text: return CellType::text;
    case Type::anything: case Type::custom_fields: return CellType::empty;
  }
  return CellType::empty;
}

void add_money(const json::value& value, SheetRow& row) {
  const json::object& money = value.as_object();
  row.push_back({CellType::money, text_of(money.at("amount"))});
  row.push_back({CellType::text, text_of(money.at("currency"))});
}

constexpr std::string_view currency_suffix = ".currency", name_suffix = ".name";

// What an id is called, or each of a list.
SheetCell name_of(const json::value& reference, const json::object& names) {
  SheetCell cell{CellType::text, {}};
  const auto add = [&](const json::value& id) {
    const json::value* name = id.is_string() ? names.if_contains(view(id.as_string())) : nullptr;
    if (name == nullptr) return;
    if (!cell.text.empty()) cell.text += "; ";
    cell.text += text_of(*name);
  };
  if (const json::array* ids = reference.if_array())
    for (const json::value& each : *ids) add(each);
  else add(reference);
  return cell;
}

}  // namespace

std::vector<ExportColumn> export_columns(const SchemaMaker& answer) {
  Schemas schemas;
  std::vector<ExportColumn> columns;
  if (!answer) return columns;
  const json::value schema = answer(schemas);
  std::string_view named;
  const json::value* data = find(resolved(schema, schemas.all(), named), std::vector<std::string>{"properties", "data", "items"});
  if (data == nullptr) return columns;
  if (const json::value* properties = resolved(*data, schemas.all(), named).if_contains("properties"))
    add_columns(properties->as_object(), schemas.all(), {}, {}, columns);
  return columns;
}

std::vector<ExportColumn> export_columns(std::span<const ExportColumn> all, Kind kind, const SetUp& set_up, const json::object* first,
                                         const std::vector<std::string>& fields) {
  std::vector<ExportColumn> columns;
  const auto definitions = set_up.custom.find(kind);
  for (const ExportColumn& column : all) {
    if (column.type != Type::custom_fields) {
      columns.push_back(column);
      continue;
    }
    const auto add = [&](std::string_view key) {
      ExportColumn custom{.name = column.name + "." + std::string(key), .path = column.path};
      custom.path.emplace_back(key);
      if (definitions != set_up.custom.end())
        for (const projections::CustomInfo& info : definitions->second)
          if (info.key == key) {
            custom.type = type_of(info.number);
            custom.is_reference = custom_type(info.number) == CustomType::user;
          }
      columns.push_back(std::move(custom));
    };
    const json::value* shown = first == nullptr ? nullptr : find(*first, column.path);
    if (shown != nullptr && shown->is_object())
      for (const auto& member : shown->as_object()) add(view(member.key()));
    else if (definitions != set_up.custom.end())
      for (const projections::CustomInfo& info : definitions->second) add(info.key);
  }
  if (fields.empty()) return columns;
  // A custom field is named by itself ("cf.delivery"), or with all of them.
  const auto found = [&](const ExportColumn& column) {
    const auto itself = std::ranges::find(fields, column.name);
    return itself != fields.end() ? itself : std::ranges::find(fields, column.path.front());
  };
  const auto place = [&](const ExportColumn& column) { return found(column) - fields.begin(); };
  std::erase_if(columns, [&](const ExportColumn& column) { return found(column) == fields.end(); });
  std::ranges::stable_sort(columns, std::less<>(), place);
  return columns;
}

std::vector<SheetColumn> sheet_columns(std::span<const ExportColumn> columns, bool names) {
  std::vector<SheetColumn> made;
  for (const ExportColumn& column : columns) {
    made.push_back({column.name, cell_type(column.type)});
    if (column.type == Type::money) made.push_back({column.name + std::string(currency_suffix), CellType::text});
    if (names && column.is_reference) made.push_back({column.name + std::string(name_suffix), CellType::text});
  }
  return made;
}

SheetRow sheet_row(std::span<const ExportColumn> columns, const json::object& row, const json::object* names) {
  SheetRow cells;
  cells.reserve(2 * columns.size());
  for (const ExportColumn& column : columns) {
    const json::value* value = find(row, column.path);
    const bool is_nothing = value == nullptr || value->is_null();
    if (column.type == Type::money) {
      if (!is_nothing && is_money(*value)) add_money(*value, cells);
      else cells.resize(cells.size() + 2);
    } else if (is_nothing) {
      cells.emplace_back();
    } else {
      SheetCell cell = cell_of(*value);
      const bool is_typed_text = value->is_string() && column.type != Type::anything;
      if (is_typed_text) cell.type = cell_type(column.type);
      cells.push_back(std::move(cell));
    }
    if (names != nullptr && column.is_reference) cells.push_back(is_nothing ? SheetCell{} : name_of(*value, *names));
  }
  return cells;
}

void add_about(About& about, const std::string& prefix, const json::value& value) {
  if (is_money(value)) {
    const json::object& money = value.as_object();
    about.emplace_back(prefix, text_of(money.at("amount")) + " " + text_of(money.at("currency")));
  } else if (const json::object* object = value.if_object(); object != nullptr && !fraction(value)) {
    for (const auto& [key, member] : *object) add_about(about, prefix + "." + std::string(view(key)), member);
  } else if (SheetCell cell = cell_of(value); !cell.text.empty()) {
    about.emplace_back(prefix, std::move(cell.text));
  }
}

// ---- reports

namespace {

class ReportReader {
 public:
  ReportTable table;

  ReportReader() { table.columns.push_back({"part", CellType::text}); }

  void read(const json::object& object, const std::string& prefix) {
    for (const auto& [key, value] : object) {
      const std::string name = prefix + std::string(view(key));
      if (const json::array* array = value.if_array(); array != nullptr && is_table(*array)) {
        for (const json::value& row : *array) add(name, row.as_object());
      } else if (const json::object* part = value.if_object(); part != nullptr && !fraction(value)) {
        if (std::ranges::any_of(*part, [](const auto& member) { return is_table_member(member); })) read(*part, name + ".");
        else if (view(key) == "summary" || !prefix.empty()) add(name, *part);
        else add_about(table.about, name, value);
      } else if (prefix.empty()) {
        add_about(table.about, name, value);
      }
    }
    for (SheetRow& row : table.rows) row.resize(table.columns.size());
  }

 private:
  static bool is_table(const json::array& array) {
    return std::ranges::all_of(array, [](const json::value& row) { return row.is_object() && !is_money(row); });
  }
  static bool is_table_member(const json::key_value_pair& member) {
    return (member.value().is_array() && is_table(member.value().as_array())) || (view(member.key()) == "summary" && member.value().is_object());
  }

  void add(const std::string& part, const json::object& object) {
    SheetRow& row = table.rows.emplace_back();
    row.push_back({CellType::text, part});
    add_members(row, {}, object);
  }

  void add_members(SheetRow& row, const std::string& prefix, const json::object& object) {
    for (const auto& [key, value] : object) {
      const std::string name = prefix + std::string(view(key));
      if (is_money(value)) {
        put(row, name, {CellType::money, text_of(value.at("amount"))});
        put(row, name + std::string(currency_suffix), {CellType::text, text_of(value.at("currency"))});
      } else if (const json::object* inner = value.if_object(); inner != nullptr && !fraction(value)) {
        add_members(row, name + ".", *inner);
      } else if (!value.is_null()) {
        SheetCell cell = cell_of(value);
        const bool is_day = cell.type == CellType::text && (view(key) == "from" || view(key) == "to") && parse_day(cell.text);
        if (is_day) cell.type = CellType::day;
        put(row, name, std::move(cell));
      }
    }
  }

  void put(SheetRow& row, const std::string& name, SheetCell cell) {
    auto column = std::ranges::find(table.columns, name, &SheetColumn::name);
    if (column == table.columns.end()) column = table.columns.insert(column, {name, cell.type});
    const auto place = static_cast<std::size_t>(column - table.columns.begin());
    if (row.size() <= place) row.resize(place + 1);
    row[place] = std::move(cell);
  }
};

}  // namespace

ReportTable report_table(const json::object& report) {
  ReportReader reader;
  reader.read(report, {});
  return std::move(reader.table);
}

}  // namespace dealog::api
