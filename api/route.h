#pragma once
// A route is data: from the one table come routing, 404 and 405, authorisation, the checking of query parameters,
// metrics and the OpenAPI document, so a route that is not documented cannot exist.
//
//     void add_deal_routes(Routes& routes) {
//       routes.add({.method = Method::post, .path = "/v1/deals/{id}/move", .operation_id = "moveDeal",
//                   .tag = "deals", .summary = "Move a deal to another stage",
//                   .shape = Shape::command, .rights = only({Role::administrator, Role::salesperson}),
//                   .body = schema<MoveDeal>(), .answers = {{200, "The deal after the command", object_schema(Kind::deal)}},
//                   .refusals = {Code::deal_not_open, Code::stage_not_in_process}, .handler = &move});
//     }

#include <boost/json/fwd.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "domain/fields.h"
#include "domain/refusal.h"

namespace dealog::api {

class Schemas;  // openapi.h: collects the named schemas of a document

// Makes a JSON schema: a reference to a named one, which it adds to the document, or the schema itself.
// Empty: none. Made by schema<T>() (describe.h) and object_schema / fields_schema (decode.h).
using SchemaMaker = std::function<boost::json::value(Schemas&)>;

// Which conventions of API.md 1 a route follows; the document, the query check and the framework take them from here.
enum class Shape : std::uint8_t {
  plain,    // none
  command,  // Idempotency-Key, If-Match, Prefer; answers with ETag and Log-Position
  query,    // min_position, as_of, known_at, deleted, view, fields, If-None-Match; answers with ETag and Log-Position
  list,     // as query, and limit, cursor, include, sort, filter, filter_id, format and any filter by a field's name
};

// Who may call a route. `is_public`: nobody is asked who he is.
struct Rights {
  bool is_public = false;
  std::uint16_t roles = 0xFFFF;  // bit n: Role n may

  constexpr bool allow(Role role) const { return is_public || ((roles >> static_cast<unsigned>(role)) & 1u) != 0; }
};
inline constexpr Rights anyone{.is_public = true};
inline constexpr Rights signed_in{};
constexpr Rights only(std::initializer_list<Role> roles) {
  Rights rights{.is_public = false, .roles = 0};
  for (const Role role : roles) rights.roles = static_cast<std::uint16_t>(rights.roles | (1u << static_cast<unsigned>(role)));
  return rights;
}
inline constexpr Rights administrators = only({Role::administrator});
inline constexpr Rights managers = only({Role::administrator, Role::manager});
inline constexpr Rights business = only({Role::administrator, Role::manager, Role::salesperson});   // who works on deals

struct Parameter {
  std::string name;
  std::string doc;
  std::string type = "string";    // of JSON schema: string, integer, boolean
  std::vector<std::string> words = {};  // the only values, when there are few
  bool required = false;
  std::string format = {};        // "uuid", "date", "date-time"
};

struct Answer {
  int status;
  std::string doc;
  SchemaMaker schema = {};
  std::string content_type = "application/json";
  std::string example = {};       // JSON text
};

struct Route {
  Method method = Method::get;
  std::string path;               // "/v1/deals/{id}/move"; names in braces fill one segment each
  std::string operation_id;       // "moveDeal", unique
  std::string tag;
  std::string summary;
  std::string doc = {};
  Shape shape = Shape::plain;
  Rights rights = signed_in;
  SchemaMaker body = {};
  std::string body_example = {};  // JSON text
  std::string body_type = "application/json";
  SchemaMaker form = {};          // the other body that it takes, as multipart/form-data
  std::vector<Parameter> parameters = {};  // of the query, beyond those of the shape
  bool streams = false;           // answers with server-sent events when asked to: Accept: text/event-stream
  std::string access = {};        // "history": what auditors ask here is kept in the access log as this (SPEC AUD-7)
  bool searched = false;          // a list whose filter tree can be the body of POST <path>/search, too (search_routes.cpp)
  bool open_query = false;        // any query parameter is let through (lists are open anyway)
  std::vector<Answer> answers = {};
  std::vector<int> problems = {}; // statuses beyond those that the shape and the rights imply
  std::vector<Code> refusals = {};  // the domain's refusals worth naming in the document
  bool in_bulk = false;           // its handler does nothing but decode and execute (execute.h): it can be part of a bulk
  bool secret_body = false;       // nothing of what the body says is kept, not even a hash: it takes no Idempotency-Key
  std::size_t body_bytes = 0;     // body limit; 0: the server's
  Handler handler;
  std::size_t index = 0;          // its place in Routes::all(), set by add

  bool is_query() const { return shape == Shape::query || shape == Shape::list; }
};

// Splits a path pattern or a request path: "/v1/deals" -> "v1", "deals". "/" -> "". The trailing slash counts.
std::vector<std::string_view> path_segments(std::string_view path);

// The table, in the order of adding, with an index. Built at start, then read by all threads.
class Routes {
 public:
  Routes();
  ~Routes();
  Routes(Routes&&) noexcept;
  Routes& operator=(Routes&&) noexcept;

  // Stops the program (with a message that names both) when method and path, or the operation id, are there
  // already, when a path is not "/"-rooted or a route has no handler: a table with a fault never serves.
  void add(Route route);

  std::span<const std::unique_ptr<const Route>> all() const;

  struct Match {
    const Route* route = nullptr;           // null: not found, or another method
    std::vector<std::string> path_values;
    std::string allow;                      // "GET, HEAD, POST, OPTIONS" when the path is known; "" when not
    bool bad_path = false;                  // a percent sign that is no encoding, an encoded NUL, not UTF-8
    Faults faults = {};                     // of a query's parameters, as far as they are known without its handler
  };
  // HEAD finds the GET route. A literal segment wins over a {name}. "/v1/deals/" is not "/v1/deals".
  Match find(Method method, std::string_view path) const;

 private:
  struct Node;
  std::vector<std::unique_ptr<const Route>> routes_;
  std::unique_ptr<Node> root_;
};

// The decoded form of "a%20b", nothing when it cannot be decoded. `plus_is_space`: in queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
// "a=1&b" as ("a", "1"), ("b", ""); nothing when a part cannot be decoded.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// The parameters that the route's shape adds, and whether `name` may stand in its query.
std::span<const Parameter> shape_parameters(Shape shape);
bool accepts_parameter(const Route& route, std::string_view name);

// "close-reasons" as "CloseReasons": for operation ids.
std::string camel(std::string_view kebab);

}  // namespace dealog::api
