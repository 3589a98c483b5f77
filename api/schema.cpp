// JSON schemas from the field table (decode.h) and the parts that described structs are made of (describe.h).

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

#include "api/describe.h"
#include "api/openapi.h"

namespace dealog::api {
namespace {

// "close_reason" -> "CloseReason".
std::string type_name_of(Kind kind) {
  std::string made;
  bool upper = true;
  for (const char c : name(kind)) {
    if (c == '_') { upper = true; continue; }
    made += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return made;
}

json::object string_of(std::string_view format) { return json::object{{"type", "string"}, {"format", format}}; }

// The type of one field, without null.
json::object type_of(const FieldSpec& spec, Schemas& schemas) {
  const detail::Limits limits{0, spec.max_length, INT64_MIN, INT64_MAX};
  switch (spec.type) {
    case FieldType::text: return detail::string_schema(limits, {});
    case FieldType::texts: {
      json::object array{{"type", "array"}, {"maxItems", 50}};
      array["items"] = detail::string_schema(limits, {});
      return array;
    }
    case FieldType::integer: return detail::integer_schema(limits);
    case FieldType::money: return money_schema()(schemas).as_object();
    case FieldType::decimal: return json::parse(R"({"type":["string","number"],"pattern":"^[+-]?[0-9]+(\\.[0-9]{1,6})?$"})").as_object();
    case FieldType::json: return json::object{{"type", "object"}};
    case FieldType::word: case FieldType::words: return {};   // custom fields: custom_values.h
    case FieldType::percent: return json::object{{"type", "number"}, {"minimum", 0}, {"maximum", 100}};
    case FieldType::boolean: return json::object{{"type", "boolean"}};
    case FieldType::day: return string_of("date");
    case FieldType::instant: return string_of("date-time");
    case FieldType::choice: return detail::words_schema(spec.choices);
    case FieldType::ref: return string_of("uuid");
    case FieldType::refs: {
      json::object array{{"type", "array"}, {"maxItems", 200}};
      array["items"] = string_of("uuid");
      return array;
    }
  }
  return {};
}

// A set whole, or what to add to it and what to remove.
json::object or_change(json::object whole, Schemas& schemas) {
  json::array either;
  either.emplace_back(std::move(whole));
  either.emplace_back(schemas.reference("SetChange", [](Schemas&) {
    return json::parse(R"({"type":"object","additionalProperties":false,"minProperties":1,
      "description":"What to add to the set and what to remove from it: the others stay, whoever added them. To add what is there and to remove what is not is no fault",
      "properties":{"add":{"type":"array","maxItems":200,"items":{"type":"string","format":"uuid"}},
                    "remove":{"type":"array","maxItems":200,"items":{"type":"string","format":"uuid"}}},
      "examples":[{"add":["0190d2c4-0000-7000-8000-000000000001"],"remove":["0190d2c4-0000-7000-8000-000000000002"]}]})").as_object();
  }));
  json::object made;
  made["oneOf"] = std::move(either);
  return made;
}

void describe_field(json::object& schema, const FieldSpec& spec) {
  if (!spec.doc.empty()) schema["description"] = spec.doc;
  if (spec.personal) schema["x-personal"] = true;
}

// Puts a field's schema where its name says, "links.deal_id" into the object "links".
void put(json::object& properties, const FieldSpec& spec, json::object schema) {
  const std::size_t dot = spec.name.find('.');
  if (dot == std::string_view::npos) {
    properties[spec.name] = std::move(schema);
    return;
  }
  json::value& outer = properties[spec.name.substr(0, dot)];
  if (!outer.is_object())
    outer = json::object{{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  outer.as_object()["properties"].as_object()[spec.name.substr(dot + 1)] = std::move(schema);
}

void put_extras(json::object& properties, const std::vector<ExtraKey>& more, Schemas& schemas) {
  for (const ExtraKey& extra : more) properties[extra.name] = extra.schema(schemas);
}

bool is_hidden(const FieldSpec& spec) { return spec.secret; }

}  // namespace

json::value Schemas::reference(std::string_view name, const std::function<json::object(Schemas&)>& make) {
  if (!all_.contains(name)) {
    all_[name] = json::object();  // so that a type may hold itself
    json::object made = make(*this);
    all_[name] = std::move(made);
  }
  return json::object{{"$ref", "#/components/schemas/" + std::string(name)}};
}

SchemaMaker fields_schema(Kind kind, Mode mode, std::vector<ExtraKey> more, std::vector<std::string> defaulted) {
  return [kind, mode, more = std::move(more), defaulted = std::move(defaulted)](Schemas& schemas) {
    const std::string type = type_name_of(kind) + (mode == Mode::create ? "Create" : "Patch");
    return schemas.reference(type, [&](Schemas& all) {
      json::object properties;
      json::array required;
      for (const FieldSpec& spec : fields_of(kind)) {
        if (spec.access == Access::derived || (spec.access == Access::at_birth && mode == Mode::patch)) continue;
        const bool may_be_missing = !spec.required || std::ranges::find(defaulted, spec.name) != defaulted.end();
        const bool may_be_null = mode == Mode::create ? may_be_missing : !spec.required;
        json::object schema = type_of(spec, all);
        if (may_be_null) schema = detail::or_null(std::move(schema));
        if (mode == Mode::patch && is_set(spec.type)) schema = or_change(std::move(schema), all);
        describe_field(schema, spec);
        put(properties, spec, std::move(schema));
        if (mode == Mode::create && !may_be_missing) required.emplace_back(spec.name);
      }
      put_extras(properties, more, all);
      json::object object{{"type", "object"}, {"additionalProperties", false}};
      object["properties"] = std::move(properties);
      if (!required.empty()) object["required"] = std::move(required);
      return object;
    });
  };
}

SchemaMaker object_schema(Kind kind, std::vector<ExtraKey> more) {
  return [kind, more = std::move(more)](Schemas& schemas) {
    return schemas.reference(type_name_of(kind), [&](Schemas& all) {
      json::object properties{{"id", string_of("uuid")}, {"version", json::object{{"type", "integer"}}}};
      for (const FieldSpec& spec : fields_of(kind)) {
        if (is_hidden(spec)) continue;
        json::object schema = type_of(spec, all);
        if (!spec.required || spec.personal) schema = detail::or_null(std::move(schema));  // erased: null
        describe_field(schema, spec);
        put(properties, spec, std::move(schema));
      }
      put_extras(properties, more, all);
      json::object object{{"type", "object"}};
      object["properties"] = std::move(properties);
      object["required"] = json::array{"id", "version"};
      return object;
    });
  };
}

SchemaMaker list_schema(Kind kind, std::vector<ExtraKey> more) {
  return [kind, more = std::move(more)](Schemas& schemas) {
    const json::value row = object_schema(kind, more)(schemas);
    const json::value page = schemas.reference("Page", [](Schemas&) {
      return json::parse(R"({"type":"object","required":["next_cursor","has_more"],"properties":{
        "next_cursor":{"type":["string","null"]},"has_more":{"type":"boolean"},
        "total":{"type":"integer","description":"Only with include=total"}}})").as_object();
    });
    return schemas.reference(type_name_of(kind) + "List", [&](Schemas&) {
      json::object object{{"type", "object"}, {"required", json::array{"data", "page"}}};
      json::object rows{{"type", "array"}};
      rows["items"] = row;
      json::object properties;
      properties["data"] = std::move(rows);
      properties["names"] = json::parse(R"({"type":"object","additionalProperties":{"type":"string"},
        "description":"With names=true: what the ids in the rows stand for, as far as you may see it"})");
      properties["page"] = page;
      object["properties"] = std::move(properties);
      return object;
    });
  };
}

SchemaMaker money_schema() {
  return [](Schemas& schemas) {
    return schemas.reference("Money", [](Schemas&) {
      return json::parse(R"json({"type":"object","additionalProperties":false,"required":["amount"],
        "description":"On input the currency may be left out (the account's)",
        "properties":{"amount":{"type":"string","pattern":"^[+-]?[0-9]+(\\.[0-9]+)?$"},
                      "currency":{"type":"string","pattern":"^[A-Z]{3}$"}},
        "examples":[{"amount":"1234.50","currency":"PLN"}]})json").as_object();
    });
  };
}

SchemaMaker plain_schema(std::string_view type, std::string_view format) {
  return [type = std::string(type), format = std::string(format)](Schemas&) -> json::value {
    json::object made{{"type", type}};
    if (!format.empty()) made["format"] = format;
    return made;
  };
}

SchemaMaker json_schema(std::string name, std::string_view json_text) {
  return [name = std::move(name), text = std::string(json_text)](Schemas& schemas) {
    return schemas.reference(name, [&](Schemas&) { return json::parse(text).as_object(); });
  };
}

SchemaMaker array_schema(SchemaMaker items) {
  return [items = std::move(items)](Schemas& schemas) -> json::value {
    json::object made{{"type", "array"}};
    made["items"] = items(schemas);
    return made;
  };
}

namespace detail {

json::object string_schema(const Limits& limits, std::string_view format) {
  json::object made{{"type", "string"}, {"maxLength", limits.max_length}};
  if (limits.min_length > 0) made["minLength"] = limits.min_length;
  if (!format.empty()) made["format"] = format;
  return made;
}

json::object integer_schema(const Limits& limits) {
  json::object made{{"type", "integer"}, {"format", "int64"}};
  if (limits.lowest != INT64_MIN) made["minimum"] = limits.lowest;
  if (limits.highest != INT64_MAX) made["maximum"] = limits.highest;
  return made;
}

json::object words_schema(std::span<const std::string_view> words) {
  json::array all;
  for (const std::string_view word : words)
    if (!word.empty()) all.emplace_back(word);
  json::object made{{"type", "string"}};
  made["enum"] = std::move(all);
  return made;
}

json::object or_null(json::object schema) {
  json::value* type = schema.if_contains("type");
  if (type == nullptr) {
    if (schema.empty()) return schema;  // anything already
    json::array either;
    either.emplace_back(std::move(schema));
    either.emplace_back(json::object{{"type", "null"}});
    json::object made;
    made["anyOf"] = std::move(either);
    return made;
  }
  if (type->is_string()) *type = json::array{*type, "null"};
  if (json::value* words = schema.if_contains("enum")) words->as_array().emplace_back(nullptr);
  return schema;
}

json::value named_schema(Schemas& schemas, std::string_view name, const std::function<json::object(Schemas&)>& make) {
  return schemas.reference(name, make);
}

}  // namespace detail
}  // namespace dealog::api
