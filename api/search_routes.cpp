// POST <list>/search: a list asked with its filter tree as the body (SPEC GEN-9; API.md 1, Filters), for trees that are too long for a
// query string. One route for each list that is `searched`, made of the list's own; it is the list that answers.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/decode.h"
#include "api/problem.h"
#include "api/resources.h"
#include "projections/report_common.h"

namespace dealog::api {
namespace {

constexpr std::string_view search_path = "/search", filter_pointer = "/filter";
constexpr std::size_t longest_location = 8'000;
constexpr std::string_view members[] = {"and", "or", "not", "field", "op", "value"};

// What the body asks for: the tree, or {"filter": the tree}.
struct SearchAsked {
  std::string tree;          // "": everything
  bool is_whole = true;      // the body itself is the tree
};

SearchAsked read_search(std::string_view text, Faults& faults) {
  SearchAsked asked;
  const auto body = parse_object(text.empty() ? std::string_view("{}") : text, faults);
  if (!body) return asked;
  const json::value* inner = body->if_contains("filter");
  asked.is_whole = inner == nullptr;
  for (const auto& [raw_key, value] : *body) {
    const std::string_view key(raw_key.data(), raw_key.size());
    const bool is_known = asked.is_whole ? std::ranges::find(members, key) != std::end(members) : key == "filter";
    if (!is_known) faults.unknown_field(pointer_to({}, key));
  }
  if (asked.is_whole) {
    if (!body->empty()) asked.tree = text;
  } else if (!inner->is_object()) {
    faults.wrong_type(std::string(filter_pointer), "an object");
  } else if (!inner->get_object().empty()) {
    asked.tree = json::serialize(*inner);
  }
  return asked;
}

// The list tells faults of its parameter `filter`; here that is the body.
void point_into_body(Response& refusal) {
  json::value told = json::parse(refusal.body);
  json::value* errors = told.as_object().if_contains("errors");
  if (errors == nullptr) return;
  for (json::value& error : errors->as_array()) {
    json::value& pointer = error.as_object()["pointer"];
    const std::string at(pointer.as_string());
    if (at == filter_pointer || at.starts_with(std::string(filter_pointer) + "/")) pointer = at.substr(filter_pointer.size());
  }
  refusal.body = json::serialize(told);
}

asio::awaitable<Response> search(Call& call) {
  Faults faults;
  const SearchAsked asked = read_search(call.request.body, faults);
  if (call.request.parameter("filter"))
    faults.add({.pointer = std::string(filter_pointer), .code = "unknown_parameter", .message = "The filter is the body.", .malformed = true});
  if (!faults.empty()) co_return problem(faults);

  // Exactly as if the list had been asked: what an answer depends on, and where an export can be had again, is in its target.
  const std::string path(call.request.path.substr(0, call.request.path.size() - search_path.size()));
  std::string query(call.request.query);
  Request request = call.request;
  if (!asked.tree.empty()) {
    query += (query.empty() ? "filter=" : "&filter=") + projections::percent_encoded(asked.tree);
    request.parameters.emplace_back("filter", asked.tree);
  }
  const std::string target = query.empty() ? path : path + "?" + query;
  request.method = Method::get;
  request.target = target;
  request.path = path;
  request.query = query;
  request.body = {};
  const Routes::Match list = call.app->routes().find(Method::get, path);
  Call of_list{.request = request, .route = *list.route, .path = call.path, .app = call.app, .principal = call.principal, .faults = call.faults};
  asio::awaitable<Response> listing = list.route->handler(of_list);
  Response response = co_await std::move(listing);
  if (response.status == 400 && asked.is_whole) point_into_body(response);
  // Nowhere can it be had again that no client could send.
  std::erase_if(response.headers, [](const auto& header) { return header.first == "Content-Location" && header.second.size() > longest_location; });
  co_return response;
}

SchemaMaker list_search_schema() {
  const SchemaMaker tree = json_schema("FilterTree", R"({"type":"object","additionalProperties":false,
    "description":"A comparison (a field, an operator, a value), or trees joined by and, or, not",
    "properties":{"field":{"type":"string","description":"As in the query: value, company.name, cf.delivery"},
      "op":{"type":"string","default":"eq","enum":["eq","ne","lt","lte","gt","gte","in","nin","contains","starts","between","is_null"]},
      "value":{"type":["string","integer","boolean","array"],"items":{"type":["string","integer","boolean"]}},
      "and":{"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/FilterTree"}},
      "or":{"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/FilterTree"}},
      "not":{"$ref":"#/components/schemas/FilterTree"}}})");
  const SchemaMaker body = json_schema("Search", R"({"description":"The filter tree, or an object that has it as its filter; {}: everything",
    "anyOf":[{"$ref":"#/components/schemas/FilterTree"},{"type":"object","additionalProperties":false,"required":["filter"],
      "properties":{"filter":{"$ref":"#/components/schemas/FilterTree"}}}]})");
  return [tree, body](Schemas& schemas) {
    (void)tree(schemas);
    return body(schemas);
  };
}

constexpr const char* example =
    R"({"or":[{"field":"created_at","op":"between","value":["2026-01-01","2026-03-31"]},{"not":{"field":"created_by","op":"is_null","value":true}}]})";

Route search_of(const Route& list) {
  constexpr std::string_view prefix = "list";
  return {.method = Method::post, .path = list.path + std::string(search_path), .operation_id = "search" + list.operation_id.substr(prefix.size()), .tag = list.tag,
          .summary = list.summary + "; the filter tree is the body",
          .doc = "Answers exactly as the list does, with all its parameters but filter. It changes nothing, so it takes no Idempotency-Key.",
          .shape = Shape::list, .rights = list.rights, .body = list_search_schema(), .body_example = example, .parameters = list.parameters,
          .access = list.access, .answers = list.answers, .problems = list.problems, .handler = &search};
}

}  // namespace

void add_search_routes(Routes& routes) {
  std::vector<Route> made;
  for (const auto& route : routes.all())
    if (route->searched) made.push_back(search_of(*route));
  for (Route& route : made) routes.add(std::move(route));
}

}  // namespace dealog::api
