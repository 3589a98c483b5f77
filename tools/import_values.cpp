#include "tools/import_values.h"

#include <algorithm>

#include "domain/text.h"

namespace dealog::tools {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string with_ascii_case(std::string_view text, bool upper) {
  std::string result(text);
  for (char& c : result) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string converted(std::string_view function, std::string_view text) {
  if (function == "slug") return slug(text);
  if (function == "lower") return with_ascii_case(text, false);
  if (function == "upper") return with_ascii_case(text, true);
  return std::string(text);
}

// What the rule reads, before map and constant.
std::string raw_of(const ValueRule& rule, const RowView& row) {
  switch (rule.from) {
    case ValueRule::From::constant: return rule.constant;
    case ValueRule::From::column: return std::string(row.cell(rule.column));
    case ValueRule::From::parts: break;
  }
  std::string made;
  bool any = false, reads = false;
  for (const TemplatePart& part : rule.parts) {
    if (part.column.empty()) {
      made += part.literal;
      continue;
    }
    reads = true;
    const std::string_view cell = row.cell(part.column);
    any = any || !cell.empty();
    made += converted(part.function, cell);
  }
  return any || !reads ? made : std::string();  // a template of empty cells is an empty cell
}

// Map, strip and the constant for empty cells.
std::optional<std::string> finish(const ValueRule& rule, std::string_view raw) {
  std::string value(trim(raw));
  if (!rule.strip.empty())
    std::erase_if(value, [&](char c) { return rule.strip.find(c) != std::string::npos; });
  if (value.empty()) return rule.empty;
  if (const auto mapped = rule.map.find(value); mapped != rule.map.end()) {
    if (mapped->second.empty()) return rule.empty;
    return mapped->second;
  }
  if (rule.only_mapped) throw Unmapped{value};
  return value;
}

}  // namespace

std::string slug(std::string_view text) {
  std::string made;
  for (const char c : fold_for_search(text)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) made += c;
    else if (!made.empty() && made.back() != '-') made += '-';
  }
  while (!made.empty() && made.back() == '-') made.pop_back();
  return made;
}

std::optional<std::vector<TemplatePart>> parse_template(std::string_view text) {
  std::vector<TemplatePart> parts;
  while (!text.empty()) {
    const auto open = text.find_first_of("{}");
    if (open != 0) {
      parts.push_back({.literal = std::string(text.substr(0, open)), .column = {}, .function = {}});
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
    }
    if (text.front() == '}') return std::nullopt;
    const auto close = text.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view inside = trim(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    std::string function;
    const auto bracket = inside.find('(');
    const std::string_view word = inside.substr(0, bracket);
    // "revenue (M USD)" is a column; "shout(name)" wants a function that there is not.
    if (bracket != std::string_view::npos && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos) {
      if ((word != "slug" && word != "lower" && word != "upper") || !inside.ends_with(')')) return std::nullopt;
      function = std::string(word);
      inside = trim(inside.substr(bracket + 1, inside.size() - bracket - 2));
    }
    if (inside.empty() || inside.find('{') != std::string_view::npos) return std::nullopt;
    parts.push_back({.literal = {}, .column = std::string(inside), .function = std::move(function)});
  }
  return parts;
}

std::string_view RowView::cell(std::string_view column) const {
  const auto index = table.find(column);
  if (!index) return {};
  return trim(row.cells[*index]);
}

std::optional<std::string> value_of(const ValueRule& rule, const RowView& row) {
  return finish(rule, raw_of(rule, row));
}

std::vector<std::string> values_of(const ValueRule& rule, const RowView& row) {
  std::vector<std::string> values;
  if (rule.split.empty()) {
    if (auto value = value_of(rule, row)) values.push_back(std::move(*value));
    return values;
  }
  const std::string raw = raw_of(rule, row);
  for (std::string_view rest = raw;;) {
    std::size_t at = std::string_view::npos, length = 0;
    for (const std::string& separator : rule.split)
      if (const std::size_t found = rest.find(separator); !separator.empty() && found < at) at = found, length = separator.size();
    const std::string_view member = trim(rest.substr(0, at));
    if (!member.empty())
      if (auto value = finish(rule, member)) values.push_back(std::move(*value));
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at + length);
  }
  if (values.empty() && rule.empty) values.push_back(*rule.empty);
  return values;
}

std::vector<std::string> columns_of(const ValueRule& rule) {
  std::vector<std::string> columns;
  if (rule.from == ValueRule::From::column) columns.push_back(rule.column);
  for (const TemplatePart& part : rule.parts)
    if (!part.column.empty()) columns.push_back(part.column);
  return columns;
}

}  // namespace dealog::tools
