#pragma once
// The OpenAPI 3.1 document, made from the same table that routes the requests.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "api/route.h"

namespace dealog::api {

// The named schemas of a document, each made once however often it is used.
class Schemas {
 public:
  // {"$ref": "#/components/schemas/<name>"}; `make` is called the first time that the name is seen.
  boost::json::value reference(std::string_view name, const std::function<boost::json::object(Schemas&)>& make);

  const boost::json::object& all() const { return all_; }

 private:
  boost::json::object all_;
};

struct DocumentInfo {
  std::string title = "Dealog";
  std::string version = "0.1.0";
  std::string description = {};
};

// The whole document as JSON text. Render it once, after the last route was added.
std::string openapi(const Routes& routes, const DocumentInfo& info);

// Adds GET /openapi.json and GET /docs (a page of ours that shows it, without outside parts, under a strict CSP).
// Call it last: the document describes the routes that are there when the first request for it comes.
// REQUIRES: `routes` outlives the server and stays where it is.
void add_document_routes(Routes& routes, DocumentInfo info = {});

}  // namespace dealog::api
