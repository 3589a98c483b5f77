#pragma once
// Parts of the reading of plans: JSON with all its faults, each with a pointer, and what tools/import_plan.cpp is made of.
// Only import_plan*.cpp include this.

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "tools/import_dates.h"
#include "tools/import_plan.h"

namespace dealog::tools {

namespace json = boost::json;

inline std::string escaped(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '~') result += "~0";
    else if (c == '/') result += "~1";
    else result += c;
  }
  return result;
}

// Reads the plan's JSON and keeps all faults. Each `take_...` remembers the name, so that `finish` finds strangers.
class Reader {
 public:
  explicit Reader(std::vector<PlanFault>& faults) : faults_(faults) {}

  void fault(std::string pointer, std::string code, std::string message) {
    faults_.push_back({std::move(pointer), std::move(code), std::move(message)});
  }

  // The members of one JSON object.
  struct Members {
    Reader& reader;
    const json::object& object;
    std::string pointer;
    std::set<std::string, std::less<>> known = {};

    std::string at(std::string_view name) const { return pointer + "/" + escaped(name); }
    const json::value* find(std::string_view name, bool required = false) {
      known.emplace(name);
      const json::value* value = object.if_contains(name);
      if (value == nullptr && required) reader.fault(at(name), "missing", "this is needed");
      return value;
    }
    std::string text(std::string_view name, bool required = false) {
      const json::value* value = find(name, required);
      if (value == nullptr) return {};
      if (const json::string* words = value->if_string()) {
        if (required && words->empty()) reader.fault(at(name), "missing", "this must not be empty");
        return std::string(*words);
      }
      reader.fault(at(name), "wrong_type", "this must be a string");
      return {};
    }
    bool flag(std::string_view name) {
      const json::value* value = find(name);
      if (value == nullptr) return false;
      if (const bool* b = value->if_bool()) return *b;
      reader.fault(at(name), "wrong_type", "this must be true or false");
      return false;
    }
    const json::array* list(std::string_view name) {
      const json::value* value = find(name);
      if (value == nullptr) return nullptr;
      if (const json::array* members = value->if_array()) return members;
      reader.fault(at(name), "wrong_type", "this must be a list");
      return nullptr;
    }
    // A string, or a list of them.
    std::vector<std::string> texts(std::string_view name) {
      const json::value* value = find(name);
      std::vector<std::string> result;
      if (value == nullptr) return result;
      if (const json::string* words = value->if_string()) {
        result.emplace_back(*words);
        return result;
      }
      const json::array* members = value->if_array();
      if (members != nullptr && std::ranges::all_of(*members, [](const json::value& v) { return v.is_string(); })) {
        for (const json::value& member : *members) result.emplace_back(member.get_string());
        return result;
      }
      reader.fault(at(name), "wrong_type", "this must be a string or a list of strings");
      return result;
    }
    std::optional<ValueRule> rule(std::string_view name, bool required = false) {
      const json::value* value = find(name, required);
      if (value == nullptr) return std::nullopt;
      return reader.rule(*value, at(name));
    }
    void finish() const {
      for (const auto& member : object)
        if (!known.contains(member.key()))
          reader.fault(at(member.key()), "unknown_field", "plans do not know '" + std::string(member.key()) + "' here");
    }
  };

  std::optional<Members> members(const json::value& value, const std::string& pointer) {
    if (const json::object* object = value.if_object()) return Members{*this, *object, pointer};
    fault(pointer, "wrong_type", "this must be an object");
    return std::nullopt;
  }

  ValueRule rule(const json::value& value, const std::string& pointer) {
    ValueRule rule;
    rule.pointer = pointer;
    if (const json::string* column = value.if_string()) {
      rule.column = std::string(*column);
      return rule;
    }
    auto from = members(value, pointer);
    if (!from) return rule;
    const int sources = static_cast<int>(from->object.contains("column")) +
                        static_cast<int>(from->object.contains("constant")) +
                        static_cast<int>(from->object.contains("template"));
    if (sources != 1) fault(pointer, "missing", "a value comes from one of: column, constant, template");
    rule.column = from->text("column");
    if (from->object.contains("constant")) rule.from = ValueRule::From::constant;
    rule.constant = from->text("constant");
    if (const std::string text = from->text("template"); from->object.contains("template")) {
      rule.from = ValueRule::From::parts;
      if (auto parts = parse_template(text)) rule.parts = std::move(*parts);
      else fault(from->at("template"), "unreadable", "as in {slug(name)}@example.com; functions: slug, lower, upper");
      for (const TemplatePart& part : rule.parts)
        if (rule.column.empty()) rule.column = part.column;
    }
    if (from->object.contains("empty")) rule.empty = from->text("empty");
    if (const json::value* map = from->find("map")) {
      if (auto pairs = members(*map, from->at("map"))) {
        for (const auto& pair : pairs->object) {
          if (const json::string* to = pair.value().if_string()) rule.map.emplace(pair.key(), std::string(*to));
          else fault(pairs->at(pair.key()), "wrong_type", "a map gives strings for strings");
        }
      }
    }
    rule.only_mapped = from->flag("only_mapped");
    rule.formats = from->texts("format");
    for (const std::string& format : rule.formats)
      if (const auto why = fault_of_format(format))
        fault(from->at("format"), "unreadable", "'" + format + "' is no format of dates: " + *why);
    rule.split = from->texts("split");
    rule.strip = from->text("strip");
    rule.ref = from->text("ref");
    rule.by_name = from->flag("by_name");
    if (rule.by_name && !rule.ref.empty()) fault(from->at("by_name"), "unknown_field", "a value is an external id (ref) or a name (by_name), not both");
    from->finish();
    return rule;
  }

 private:
  std::vector<PlanFault>& faults_;
};

// The entities of the plan, and whether what they name is there. REQUIRES: files, processes and constants were read.
void read_entities(Reader& reader, Reader::Members& top, Plan& plan);
void check_refs(Reader& reader, const Plan& plan);

}  // namespace dealog::tools
