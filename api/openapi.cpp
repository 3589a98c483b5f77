#include "api/openapi.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <set>

#include "api/docs_page.h"
#include "api/problem.h"
#include "api/scopes.h"

namespace dealog::api {

namespace json = boost::json;

namespace {

constexpr std::string_view problem_schema = R"json({
  "type": "object", "required": ["type", "title", "status", "code", "request_id"],
  "description": "RFC 9457. `errors` names all faults found at once.",
  "properties": {
    "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
    "detail": {"type": "string"}, "code": {"type": "string"}, "request_id": {"type": "string"},
    "current_version": {"type": "integer", "description": "With 412"},
    "objects": {"type": "array", "items": {"type": "string", "format": "uuid"}, "description": "What stands in the way"},
    "errors": {"type": "array", "items": {"type": "object", "required": ["pointer", "code", "message"],
      "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}}}}})json";

// Headers and parameters that many operations share, under components.
constexpr std::string_view shared_parts = R"json({
  "parameters": {
    "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255},
      "description": "The same command under the same key is done once, however often it is sent"},
    "IfMatch": {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "example": "\"3\"",
      "description": "Only if the object is at this version"},
    "Prefer": {"name": "Prefer", "in": "header", "schema": {"type": "string"}, "example": "return=minimal",
      "description": "return=minimal: 204 instead of the object; respond-async: a job, where that may be"},
    "IfNoneMatch": {"name": "If-None-Match", "in": "header", "schema": {"type": "string"},
      "description": "304 when the answer still has this ETag"}},
  "headers": {
    "ETag": {"schema": {"type": "string"}, "description": "The object's version, or what the answer depends on"},
    "Log-Position": {"schema": {"type": "integer"}, "description": "The answer holds all events up to this position"},
    "Location": {"schema": {"type": "string"}, "description": "The path of the new object"},
    "Idempotent-Replayed": {"schema": {"type": "string"}, "description": "true: the command was done before"}},
  "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "A token; it names the account"}}})json";

json::object reference_to(std::string_view part, std::string_view name) {
  return json::object{{"$ref", "#/components/" + std::string(part) + "/" + std::string(name)}};
}

// Every {name} of a path is a string; those called id are UUIDs.
json::array path_parameters(const Route& route) {
  json::array made;
  for (const std::string_view segment : path_segments(route.path)) {
    if (segment.size() < 3 || segment.front() != '{') continue;
    const std::string_view name = segment.substr(1, segment.size() - 2);
    json::object schema{{"type", "string"}};
    if (name == "id" || name == "action_id") schema["format"] = "uuid";
    json::object parameter{{"name", name}, {"in", "path"}, {"required", true}};
    parameter["schema"] = std::move(schema);
    made.emplace_back(std::move(parameter));
  }
  return made;
}

json::object query_parameter(const Parameter& parameter) {
  json::object schema{{"type", parameter.type}};
  if (!parameter.format.empty()) schema["format"] = parameter.format;
  if (!parameter.words.empty()) {
    json::array words;
    for (const std::string& word : parameter.words) words.emplace_back(word);
    schema["enum"] = std::move(words);
  }
  json::object made{{"name", parameter.name}, {"in", "query"}, {"required", parameter.required}};
  if (!parameter.doc.empty()) made["description"] = parameter.doc;
  made["schema"] = std::move(schema);
  return made;
}

json::array parameters_of(const Route& route) {
  json::array made = path_parameters(route);
  if (route.shape == Shape::command)
    for (const std::string_view name : {"IdempotencyKey", "IfMatch", "Prefer"})
      if (!route.secret_body || name != "IdempotencyKey") made.emplace_back(reference_to("parameters", name));
  std::set<std::string_view> own;
  for (const Parameter& parameter : route.parameters) {
    own.insert(parameter.name);
    made.emplace_back(query_parameter(parameter));
  }
  for (const Parameter& parameter : shape_parameters(route.shape))
    if (!own.contains(parameter.name) && !(route.body && parameter.name == "filter"))   // a search has it in its body
      made.emplace_back(reference_to("parameters", parameter.name));
  if (route.shape == Shape::query || route.shape == Shape::list) made.emplace_back(reference_to("parameters", "IfNoneMatch"));
  return made;
}

json::object content_of(std::string_view type, json::value schema, std::string_view example) {
  json::object media;
  media["schema"] = std::move(schema);
  if (!example.empty()) media["example"] = json::parse(example);
  json::object content;
  content[type] = std::move(media);
  return content;
}

json::object answer_object(const Route& route, const Answer& answer, Schemas& schemas) {
  json::object made{{"description", answer.doc.empty() ? std::string(reason_phrase(answer.status)) : answer.doc}};
  json::object headers;
  if (answer.status < 300 && route.shape != Shape::plain)
    for (const std::string_view name : {"ETag", "Log-Position"}) headers[name] = reference_to("headers", name);
  if (answer.status < 300 && route.shape == Shape::command) headers["Idempotent-Replayed"] = reference_to("headers", "Idempotent-Replayed");
  if (answer.status == 201) headers["Location"] = reference_to("headers", "Location");
  if (!headers.empty()) made["headers"] = std::move(headers);
  const bool has_body = answer.status != 204 && answer.status != 304;
  if (has_body) made["content"] = content_of(answer.content_type, answer.schema ? answer.schema(schemas) : json::object(), answer.example);
  return made;
}

std::string status_name(int status) { return "Problem" + std::to_string(status); }

// The statuses of problems that an operation can answer with, by its shape, rights and refusals.
std::set<int> problem_statuses(const Route& route) {
  std::set<int> statuses{400, 500, 503};
  if (!route.rights.is_public) statuses.insert({401, 403, 429});
  if (route.path.find('{') != std::string::npos) statuses.insert(404);
  if (route.body) statuses.insert({413, 415, 422});
  if (route.shape == Shape::command) statuses.insert({404, 409, 412, 422, 507});
  if (route.shape == Shape::query || route.shape == Shape::list) statuses.insert(504);
  for (const int status : route.problems) statuses.insert(status);
  for (const Code code : route.refusals) statuses.insert(spec(code).status);
  return statuses;
}

json::object operation(const Route& route, Schemas& schemas, std::set<int>& used_problems) {
  json::object made{{"operationId", route.operation_id}};
  if (!route.tag.empty()) made["tags"] = json::array{route.tag};
  made["summary"] = route.summary.empty() ? route.operation_id : route.summary;

  std::string doc = route.doc;
  if (!route.refusals.empty()) {
    doc += doc.empty() ? "Refused with: " : "\n\nRefused with: ";
    for (std::size_t i = 0; i < route.refusals.size(); ++i)
      (((doc += i == 0 ? "" : ", ") += '`') += name(route.refusals[i])) += '`';
    doc += '.';
  }
  if (!doc.empty()) made["description"] = doc;
  if (auto parameters = parameters_of(route); !parameters.empty()) made["parameters"] = std::move(parameters);
  if (!route.rights.is_public) made["x-scope"] = std::string(scope_of(route));
  if (route.rights.is_public) made["security"] = json::array();
  else if (route.rights.roles != signed_in.roles) {
    json::array roles;
    for (unsigned i = 0; i < 5; ++i)
      if (route.rights.allow(static_cast<Role>(i))) roles.emplace_back(name(static_cast<Role>(i)));
    made["x-roles"] = std::move(roles);
  }
  if (route.body) {
    json::object body{{"required", route.shape != Shape::list}};   // a search of nothing in particular needs none
    body["content"] = content_of(route.body_type, route.body(schemas), route.body_example);
    if (route.form) body["content"].as_object()["multipart/form-data"] = json::object{{"schema", route.form(schemas)}};
    made["requestBody"] = std::move(body);
  }

  json::object responses;
  for (const Answer& answer : route.answers) {
    json::object described = answer_object(route, answer, schemas);
    json::value* before = responses.if_contains(std::to_string(answer.status));
    if (before == nullptr) {
      responses[std::to_string(answer.status)] = std::move(described);
    } else if (json::value* content = described.if_contains("content")) {   // the same in another format
      for (auto& [type, media] : content->as_object()) before->as_object()["content"].as_object()[type] = std::move(media);
    }
  }
  if (route.shape == Shape::command && !responses.contains("204"))
    responses["204"] = json::object{{"description", "Done; with Prefer: return=minimal"}};
  if ((route.shape == Shape::query || route.shape == Shape::list) && !responses.contains("304"))
    responses["304"] = json::object{{"description", "Unchanged: If-None-Match names the present ETag"}};
  for (const int status : problem_statuses(route)) {
    if (responses.contains(std::to_string(status))) continue;
    responses[std::to_string(status)] = reference_to("responses", status_name(status));
    used_problems.insert(status);
  }
  made["responses"] = std::move(responses);
  return made;
}

std::string lower_name(Method method) {
  std::string made(name(method));
  std::ranges::transform(made, made.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return made;
}

}  // namespace

std::string openapi(const Routes& routes, const DocumentInfo& info) {
  Schemas schemas;
  json::object paths;
  std::set<int> used_problems;
  std::vector<std::string> tags;
  for (const auto& route : routes.all()) {
    json::value& path = paths[route->path];
    if (!path.is_object()) path = json::object();
    path.as_object()[lower_name(route->method)] = operation(*route, schemas, used_problems);
    if (!route->tag.empty() && std::ranges::find(tags, route->tag) == tags.end()) tags.push_back(route->tag);
  }
  const json::value problem_reference =
      schemas.reference("Problem", [](Schemas&) { return json::parse(problem_schema).as_object(); });

  json::object components = json::parse(shared_parts).as_object();
  for (const Parameter& parameter : shape_parameters(Shape::list))  // those of a query are among them
    components["parameters"].as_object()[parameter.name] = query_parameter(parameter);
  json::object responses;
  for (const int status : used_problems) {
    json::object response{{"description", reason_phrase(status)}};
    if (status == 429 || status == 503)
      response["headers"] = json::parse(R"({"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}})");
    response["content"] = content_of("application/problem+json", problem_reference, {});
    responses[status_name(status)] = std::move(response);
  }
  components["responses"] = std::move(responses);
  components["schemas"] = schemas.all();
  std::string scopes = "A token; it names the account. It may be limited to scopes, of which each operation has one (x-scope):";
  for (const std::string_view scope : scopes_of(routes)) (scopes += ' ') += scope;
  components["securitySchemes"].as_object()["bearer"].as_object()["description"] = scopes;

  json::object about{{"title", info.title}, {"version", info.version}};
  about["description"] = info.description.empty() ? "An event-sourced CRM: commands are POST, PATCH, PUT and DELETE; "
                                                    "queries are GET and can be asked as of any moment." : info.description;
  about["license"] = json::object{{"name", "See the repository"}, {"identifier", "LicenseRef-Dealog"}};
  json::object document{{"openapi", "3.1.0"}};
  document["info"] = std::move(about);
  document["servers"] = json::array{json::object{{"url", "/"}}};
  json::array security;
  security.emplace_back(json::object{{"bearer", json::array()}});
  document["security"] = std::move(security);
  json::array tag_objects;
  for (const std::string& tag : tags) tag_objects.emplace_back(json::object{{"name", tag}});
  document["tags"] = std::move(tag_objects);
  document["paths"] = std::move(paths);
  document["components"] = std::move(components);
  return json::serialize(document);
}

void add_document_routes(Routes& routes, DocumentInfo info) {
  // Rendered by the first who asks; all others wait for that.
  struct Rendered {
    std::once_flag once;
    std::string text;
  };
  auto rendered = std::make_shared<Rendered>();
  Handler document = [&routes, info = std::move(info), rendered](Call&) -> asio::awaitable<Response> {
    std::call_once(rendered->once, [&] { rendered->text = openapi(routes, info); });
    co_return ok(rendered->text);
  };
  Handler page = [](Call&) -> asio::awaitable<Response> {
    Response response = html(std::string(docs_page));
    response.headers.emplace_back("Content-Security-Policy", docs_policy);
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    co_return response;
  };
  routes.add({.method = Method::get, .path = "/openapi.json", .operation_id = "openapi", .tag = "operations",
              .summary = "This document", .rights = anyone, .answers = {{200, "OpenAPI 3.1"}},
              .handler = std::move(document)});
  routes.add({.method = Method::get, .path = "/docs", .operation_id = "docs", .tag = "operations",
              .summary = "This document as a page", .rights = anyone, .answers = {{200, "A page", {}, "text/html"}},
              .handler = std::move(page)});
  const auto part = [&](const char* path, const char* id, std::string_view text, const char* type) {
    Handler handler = [text, type = std::string(type)](Call&) -> asio::awaitable<Response> {
      Response response = ok(std::string(text));
      response.content_type = type + "; charset=utf-8";
      co_return response;
    };
    routes.add({.method = Method::get, .path = path, .operation_id = id, .tag = "operations",
                .summary = "A part of the page", .rights = anyone, .answers = {{200, "A part of the page", {}, type}},
                .handler = std::move(handler)});
  };
  part("/docs/docs.js", "docsScript", docs_script, "text/javascript");
  part("/docs/docs.css", "docsStyle", docs_style, "text/css");
}

}  // namespace dealog::api
