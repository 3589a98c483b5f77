// The table of routes: what it finds, what it does not, and that the document shows every one of them.

#include "api/route.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <set>

#include "api/decode.h"
#include "api/docs_page.h"
#include "api/openapi.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::api;

namespace {

asio::awaitable<Response> nothing(Call&) { co_return ok("{}"); }

Route route(Method method, std::string path, std::string id) {
  return {.method = method, .path = std::move(path), .operation_id = std::move(id), .tag = "things", .summary = "A thing", .handler = &nothing};
}

Routes sample() {
  Routes routes;
  routes.add(route(Method::get, "/", "root"));
  routes.add(route(Method::get, "/v1/deals", "listDeals"));
  routes.add(route(Method::post, "/v1/deals", "createDeal"));
  routes.add(route(Method::get, "/v1/deals/{id}", "showDeal"));
  routes.add(route(Method::delete_, "/v1/deals/{id}", "deleteDeal"));
  routes.add(route(Method::post, "/v1/deals/{id}/actions/{action_id}/complete", "completeAction"));
  routes.add(route(Method::get, "/v1/deals/search", "searchDeals"));
  routes.add(route(Method::get, "/v1/deals/search/help", "searchHelp"));
  return routes;
}

std::string found(const Routes& routes, Method method, std::string_view path) {
  const Routes::Match match = routes.find(method, path);
  if (match.route == nullptr) return match.allow.empty() ? "404" : "405 " + match.allow;
  std::string text = match.route->operation_id;
  for (const std::string& value : match.path_values) text += " " + value;
  return match.bad_path ? "400" : text;
}

// Does the program stop when it does this?
bool aborts(const std::function<void()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's
    what();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("a path finds its route", "[api][route]") {
  const Routes routes = sample();
  const auto [method, path, expected] = GENERATE(table<Method, std::string, std::string>({
      {Method::get, "/", "root"},
      {Method::get, "/v1/deals", "listDeals"},
      {Method::head, "/v1/deals", "listDeals"},
      {Method::post, "/v1/deals", "createDeal"},
      {Method::get, "/v1/deals/7", "showDeal 7"},
      {Method::get, "/v1/deals/a%2Fb%20%C5%BC", "showDeal a/b ż"},
      {Method::get, "/v1/deals/a+b", "showDeal a+b"},
      {Method::get, "/v1/deals/search", "searchDeals"},
      {Method::get, "/v1/deals/search/help", "searchHelp"},
      {Method::post, "/v1/deals/1/actions/2/complete", "completeAction 1 2"},
      {Method::post, "/v1/deals/search/actions/2/complete", "completeAction search 2"},
      {Method::get, "", "404"},
      {Method::get, "v1/deals", "404"},
      {Method::get, "//", "404"},
      {Method::get, "/v1", "404"},
      {Method::get, "/v1/", "404"},
      {Method::get, "/v1/deals/", "404"},
      {Method::get, "/v1//deals", "404"},
      {Method::get, "/V1/deals", "404"},
      {Method::get, "/v1/deals/1/", "404"},
      {Method::get, "/v1/deals/1/actions", "404"},
      {Method::post, "/v1/deals/1/actions//complete", "404"},
      {Method::get, "/v1/deals/1/actions/2/complete/3", "404"},
      {Method::put, "/v1/deals", "405 GET, HEAD, POST, OPTIONS"},
      {Method::post, "/v1/deals/1", "405 GET, HEAD, DELETE, OPTIONS"},
      {Method::head, "/v1/deals/1/actions/2/complete", "405 POST, OPTIONS"},
      {Method::get, "/v1/deals/%", "400"},
      {Method::get, "/v1/deals/%4", "400"},
      {Method::get, "/v1/deals/%4x", "400"},
      {Method::get, "/v1/deals/%00", "400"},
      {Method::get, "/v1/deals/%C5", "400"},
      {Method::get, "/v1/deals/\xC5", "400"},
  }));
  CAPTURE(path);
  CHECK(found(routes, method, path) == expected);
}

TEST_CASE("a long or deep path costs no more than itself", "[api][route]") {
  const Routes routes = sample();
  std::string deep;
  for (int i = 0; i < 4000; ++i) deep += "/a";
  CHECK(found(routes, Method::get, deep) == "404");
  CHECK(found(routes, Method::get, "/v1/deals/" + std::string(10000, 'x')) == "showDeal " + std::string(10000, 'x'));
}

TEST_CASE("a table with a fault stops the program", "[api][route]") {
  Routes routes = sample();
  CHECK(aborts([&] { routes.add(route(Method::get, "/v1/deals", "other")); }));
  CHECK(aborts([&] { routes.add(route(Method::get, "/v1/deals/{other}", "other")); }));
  CHECK(aborts([&] { routes.add(route(Method::get, "/v2/deals", "listDeals")); }));
  CHECK(aborts([&] { routes.add(route(Method::get, "v2", "other")); }));
  CHECK(aborts([&] { routes.add(route(Method::get, "/v2", "")); }));
  CHECK(aborts([&] { routes.add({.method = Method::get, .path = "/v2", .operation_id = "other"}); }));
  CHECK_FALSE(aborts([&] { routes.add(route(Method::get, "/v2", "other")); }));
}

TEST_CASE("queries are decoded in order, or not at all", "[api][route]") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK((*parse_query("a=1&b&&c=%3D+x&a=2&d==") == Pairs{{"a", "1"}, {"b", ""}, {"c", "= x"}, {"a", "2"}, {"d", "="}}));
  CHECK((*parse_query("value[gte]=1000&name%5Bcontains%5D=%C5%BC") == Pairs{{"value[gte]", "1000"}, {"name[contains]", "ż"}}));
  CHECK_FALSE(parse_query("a=%"));
  CHECK_FALSE(parse_query("%zz=1"));
  CHECK_FALSE(parse_query("a=%ED%A0%80"));
}

TEST_CASE("rights name roles", "[api][route]") {
  constexpr Rights rights = only({Role::administrator, Role::manager});
  CHECK(rights.allow(Role::manager));
  CHECK_FALSE(rights.allow(Role::salesperson));
  CHECK(signed_in.allow(Role::auditor));
  CHECK_FALSE(signed_in.is_public);
  CHECK(anyone.allow(Role::auditor));
}

TEST_CASE("the document shows every route, and every reference in it leads somewhere", "[api][openapi]") {
  Routes routes = sample();
  routes.add({.method = Method::post, .path = "/v1/deals/{id}/move", .operation_id = "moveDeal", .tag = "deals", .summary = "Move",
              .shape = Shape::command, .rights = only({Role::administrator}), .body = fields_schema(Kind::deal, Mode::create),
              .body_example = R"({"name":"x"})",
              .answers = {{200, "After", object_schema(Kind::deal)}, {201, "New", object_schema(Kind::deal)}},
              .refusals = {Code::deal_not_open}, .handler = &nothing});
  routes.add({.method = Method::get, .path = "/v1/companies", .operation_id = "listCompanies", .tag = "companies", .summary = "All",
              .shape = Shape::list, .parameters = {{.name = "q", .words = {"a", "b"}}},
              .answers = {{200, "Rows", list_schema(Kind::company)}}, .handler = &nothing});
  add_document_routes(routes);
  const json::value document = json::parse(openapi(routes, {}));

  std::set<std::string> shown;
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      shown.insert(std::string(operation.at("operationId").as_string()));
      CHECK(operation.at("responses").as_object().size() >= 1);
    }
  CHECK(shown.size() == routes.all().size());
  for (const auto& one : routes.all()) CHECK(shown.contains(one->operation_id));

  const json::object& move = document.at("paths").at("/v1/deals/{id}/move").at("post").as_object();
  CHECK(move.at("description").as_string().find("deal_not_open") != json::string::npos);
  for (const std::string_view status : {"200", "201", "204", "400", "401", "403", "404", "409", "412", "413", "415", "422", "503", "507"}) {
    CAPTURE(status);
    CHECK(move.at("responses").as_object().contains(status));
  }
  CHECK(json::serialize(move.at("x-roles")) == R"(["administrator"])");

  std::size_t references = 0;
  const std::function<void(const json::value&)> walk = [&](const json::value& value) {
    if (const json::array* array = value.if_array())
      for (const json::value& inner : *array) walk(inner);
    const json::object* object = value.if_object();
    if (object == nullptr) return;
    for (const auto& [key, inner] : *object) walk(inner);
    if (const json::value* target = object->if_contains("$ref")) {
      ++references;
      const std::string pointer(target->as_string().subview(1));
      CAPTURE(pointer);
      json::error_code error;
      CHECK(document.find_pointer(pointer, error) != nullptr);
    }
  };
  walk(document);
  CHECK(references > 20);
}

TEST_CASE("the page keeps to its own policy", "[api][openapi]") {
  CHECK(docs_page.find("style=") == std::string_view::npos);
  CHECK(docs_page.find("<script>") == std::string_view::npos);
  CHECK(docs_page.find("http://") == std::string_view::npos);
  CHECK(docs_page.find("https://") == std::string_view::npos);
  CHECK(docs_script.find("innerHTML") == std::string_view::npos);
}
