#include "api/route.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "domain/text.h"

namespace dealog::api {
namespace {

constexpr std::size_t method_count = static_cast<std::size_t>(Method::other) + 1;

struct HashOfText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// A table with a fault never serves: this is a bug of ours, found at start.
[[noreturn]] void refuse_table(const Route& route, const char* why) {
  std::fprintf(stderr, "dealog: the route %s %s (%s) %s\n", std::string(name(route.method)).c_str(), route.path.c_str(),
               route.operation_id.c_str(), why);
  std::abort();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Calls `with` for each segment, without allocating.
template <class With>
void for_each_segment(std::string_view path, const With& with) {
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    with(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

const Parameter query_parameters[] = {
    {.name = "min_position", .doc = "Wait (at most 5 s) until this position of the log is in the answer", .type = "integer"},
    {.name = "as_of", .doc = "The state as of this time, or the end of this local day: RFC 3339 or YYYY-MM-DD"},
    {.name = "known_at", .doc = "What was known at this time, day or position"},
    {.name = "deleted", .doc = "Whether deleted objects count", .words = {"exclude", "include", "only"}},
    {.name = "fields", .doc = "Only these fields, by commas; cf.<key>: that custom field"},
    {.name = "view", .doc = "Answer from this rebuild"},
};
const Parameter list_parameters[] = {
    {.name = "min_position", .doc = "Wait (at most 5 s) until this position of the log is in the answer", .type = "integer"},
    {.name = "as_of", .doc = "The state as of this time, or the end of this local day: RFC 3339 or YYYY-MM-DD"},
    {.name = "known_at", .doc = "What was known at this time, day or position"},
    {.name = "deleted", .doc = "Whether deleted objects count", .words = {"exclude", "include", "only"}},
    {.name = "fields", .doc = "Only these fields, by commas; cf.<key>: that custom field"},
    {.name = "view", .doc = "Answer from this rebuild"},
    {.name = "limit", .doc = "Rows of a page, 1 to 1000 (50)", .type = "integer"},
    {.name = "cursor", .doc = "The next page: page.next_cursor of the one before"},
    {.name = "include", .doc = "total: also count all rows", .words = {"total"}},
    {.name = "sort", .doc = "Fields by commas, a minus before a field turns its order: -value,id"},
    {.name = "filter", .doc = "A filter tree as JSON. Simple filters are parameters of their own: "
                              "value[gte]=1000, source_id[in]=a,b, name[contains]=abc"},
    {.name = "filter_id", .doc = "A saved filter", .format = "uuid"},
};

}  // namespace

struct Routes::Node {
  std::unordered_map<std::string, std::unique_ptr<Node>, HashOfText, std::equal_to<>> literals;
  std::unique_ptr<Node> any;                       // a {name}
  const Route* routes[method_count] = {};

  bool ends_here() const {
    return std::ranges::any_of(routes, [](const Route* route) { return route != nullptr; });
  }
};

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;
Routes::Routes(Routes&&) noexcept = default;
Routes& Routes::operator=(Routes&&) noexcept = default;

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  for_each_segment(path, [&](std::string_view segment) { segments.push_back(segment); });
  return segments;
}

void Routes::add(Route route) {
  if (!route.path.starts_with('/')) refuse_table(route, "does not begin with a slash");
  if (!route.handler) refuse_table(route, "has no handler");
  if (route.operation_id.empty()) refuse_table(route, "has no operation id");
  for (const auto& other : routes_)
    if (other->operation_id == route.operation_id) refuse_table(route, "has the operation id of another");

  Node* node = root_.get();
  for (const std::string_view segment : path_segments(route.path)) {
    std::unique_ptr<Node>& next = is_name(segment) ? node->any : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  const Route*& place = node->routes[static_cast<std::size_t>(route.method)];
  if (place != nullptr) refuse_table(route, "is there already");
  route.index = routes_.size();
  routes_.push_back(std::make_unique<const Route>(std::move(route)));
  place = routes_.back().get();
}

std::span<const std::unique_ptr<const Route>> Routes::all() const { return routes_; }

namespace {

// The node where `path` ends, the most literal one first; `values` gets what stands for the names.
template <class Node>
const Node* walk(const Node& node, std::string_view path, std::vector<std::string_view>& values) {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  const auto onwards = [&](const Node& next) -> const Node* {
    if (slash == std::string_view::npos) return next.ends_here() ? &next : nullptr;
    return walk(next, path.substr(slash + 1), values);
  };
  if (const auto literal = node.literals.find(segment); literal != node.literals.end())
    if (const Node* found = onwards(*literal->second)) return found;
  if (node.any && !segment.empty()) {
    const std::size_t before = values.size();
    values.push_back(segment);
    if (const Node* found = onwards(*node.any)) return found;
    values.resize(before);
  }
  return nullptr;
}

}  // namespace

Routes::Match Routes::find(Method method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string_view> values;
  const Node* node = walk(*root_, path.substr(1), values);
  if (node == nullptr) return match;

  match.route = node->routes[static_cast<std::size_t>(method)];
  if (match.route == nullptr && method == Method::head) match.route = node->routes[static_cast<std::size_t>(Method::get)];
  if (match.route == nullptr) {
    for (std::size_t i = 0; i < method_count; ++i) {
      if (node->routes[i] == nullptr) continue;
      match.allow += name(static_cast<Method>(i));
      match.allow += static_cast<Method>(i) == Method::get ? ", HEAD, " : ", ";
    }
    match.allow += "OPTIONS";
    return match;
  }
  for (const std::string_view value : values) {
    auto decoded = percent_decode(value, false);
    if (!decoded) {
      match.bad_path = true;
      return match;
    }
    match.path_values.push_back(std::move(*decoded));
  }
  return match;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  bool was_encoded = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      was_encoded = true;
      i += 2;
    }
  }
  const bool plain = !was_encoded && std::ranges::all_of(decoded, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!plain && !is_valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    auto key = percent_decode(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("") : percent_decode(part.substr(equals + 1), true);
    if (!key || !value) return std::nullopt;
    parameters.emplace_back(std::move(*key), std::move(*value));
  }
  return parameters;
}

std::span<const Parameter> shape_parameters(Shape shape) {
  switch (shape) {
    case Shape::plain: return {};
    case Shape::command: return {};
    case Shape::query: return query_parameters;
    case Shape::list: return list_parameters;
  }
  return {};
}

bool accepts_parameter(const Route& route, std::string_view wanted) {
  if (route.open_query || route.shape == Shape::list) return true;
  const auto named = [&](const Parameter& parameter) { return parameter.name == wanted; };
  return std::ranges::any_of(route.parameters, named) || std::ranges::any_of(shape_parameters(route.shape), named);
}

std::string camel(std::string_view kebab) {
  std::string out;
  bool up = true;
  for (const char c : kebab) {
    if (c != '-') out += up ? static_cast<char>(c - 'a' + 'A') : c;
    up = c == '-';
  }
  return out;
}

}  // namespace dealog::api
