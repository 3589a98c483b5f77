// What every route owes to readers of the API: a place in the OpenAPI document, and the pages beside it.

#include <algorithm>
#include <set>

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Every "$ref" in the document.
void references(const json::value& node, std::set<std::string>& found) {
  if (const json::array* list = node.if_array())
    for (const json::value& each : *list) references(each, found);
  if (const json::object* object = node.if_object())
    for (const auto& member : *object) {
      if (member.key() == "$ref" && member.value().is_string()) found.emplace(member.value().get_string());
      references(member.value(), found);
    }
}

}  // namespace

TEST_CASE("/openapi.json describes every route there is, and no other", "[api][acceptance][openapi]") {
  test::Server server;
  const Answer document = server.nobody().get("/openapi.json");
  REQUIRE(document.status == 200);
  CHECK(document.text("/openapi").starts_with("3.1"));
  std::size_t described = 0;
  for (const auto& path : document.at("/paths").as_object()) described += path.value().as_object().size();
  const auto& routes = server.app().routes().all();
  REQUIRE(routes.size() > 50);
  std::size_t undocumented = 0;
  std::set<std::string> ids;
  for (const auto& route : routes) {
    CAPTURE(route->path, api::name(route->method));
    const json::value* path = document.at("/paths").as_object().if_contains(route->path);
    const json::value* operation = path ? path->as_object().if_contains(lower(api::name(route->method))) : nullptr;
    if (!operation) {
      CHECK((route->path == "/openapi.json" || route->path == "/docs" || route->path.starts_with("/docs/")));
      ++undocumented;
      continue;
    }
    CHECK(operation->at("operationId").as_string() == route->operation_id);
    CHECK(ids.insert(route->operation_id).second);
    CHECK_FALSE(operation->at("summary").as_string().empty());
    CHECK_FALSE(operation->at("responses").as_object().empty());
    std::set<std::string> told;
    if (const json::value* parameters = operation->as_object().if_contains("parameters"))
      for (const json::value& parameter : parameters->as_array())
        if (const json::value* name = parameter.as_object().if_contains("name")) told.emplace(name->as_string());
    for (const std::string_view segment : api::path_segments(route->path))
      if (segment.starts_with('{')) CHECK(told.contains(std::string(segment.substr(1, segment.size() - 2))));
    CHECK((operation->as_object().if_contains("requestBody") != nullptr) == static_cast<bool>(route->body));
  }
  CHECK(described + undocumented == routes.size());

  std::set<std::string> used;
  references(document.json, used);
  CHECK(used.size() > 10);
  for (const std::string& reference : used) {
    CAPTURE(reference);
    REQUIRE(reference.starts_with("#/"));
    CHECK_FALSE(document.at(reference.substr(1)).is_null());
  }
}

TEST_CASE("The document's examples of errors and the headers of commands are there", "[api][acceptance][openapi]") {
  test::Server server;
  const Answer document = server.nobody().get("/openapi.json");
  const json::value& move = document.at("/paths/~1v1~1deals~1{id}~1move/post");
  REQUIRE(move.is_object());
  const std::string text = json::serialize(document.json);
  for (const char* word : {"Idempotency-Key", "If-Match", "min_position", "as_of", "known_at", "application/problem+json", "stage_not_in_process"})
    CHECK(text.find(word) != std::string::npos);
}

TEST_CASE("/docs is a page of our own that loads nothing from elsewhere", "[api][acceptance][openapi]") {
  test::Server server;
  const Answer page = server.nobody().get("/docs");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type").starts_with("text/html"));
  CHECK_FALSE(page.header("Content-Security-Policy").empty());
  CHECK(page.body.find("src=\"http") == std::string::npos);
  CHECK(page.body.find("href=\"http") == std::string::npos);
  CHECK(page.body.find("openapi.json") != std::string::npos);
}

TEST_CASE("Health says that it lives and how many accounts are well, and names none [ACC-1]", "[api][acceptance][ops]") {
  test::Server server;
  CHECK(server.nobody().get("/health/live").status == 200);
  server.create("/v1/companies", {{"name", "Acme"}});
  const Answer ready = server.nobody().get("/health/ready");
  CHECK(ready.status == 200);
  CHECK(ready.text("/status") == "ready");
  CHECK(ready.number("/accounts_open") == 1);
  CHECK(ready.number("/writers_failed") == 0);
  CHECK(ready.number("/read_models_stale") == 0);
  CHECK(ready.body.find("acme") == std::string::npos);
}

TEST_CASE("Metrics are Prometheus text and count each operation's answers", "[api][acceptance][ops]") {
  test::Server server;
  server.create("/v1/companies", {{"name", "Acme"}});
  server.admin().get("/v1/companies?colour=red");
  const Answer metrics = server.nobody().get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.header("Content-Type").starts_with("text/plain"));
  CHECK(metrics.body.find("dealog_http_requests_total{operation=\"createCompany\",status=\"2xx\"} 1") != std::string::npos);
  CHECK(metrics.body.find("dealog_http_requests_total{operation=\"listCompanies\",status=\"4xx\"} 1") != std::string::npos);
  CHECK(metrics.body.find("# TYPE dealog_http_request_seconds histogram") != std::string::npos);
}
