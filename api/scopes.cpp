#include "api/scopes.h"

#include <algorithm>

namespace dealog::api {
namespace {

struct Gathered { std::string_view scope, tag; };
constexpr Gathered gathered[] = {
    {"activities", "emails"}, {"activities", "files"}, {"activities", "notes"}, {"activities", "spaces"}, {"activities", "tasks"},
    {"contacts", "companies"}, {"contacts", "persons"},
    {"deals", "boards"}, {"deals", "deals"}, {"deals", "finances"},
    {"people", "teams"}, {"people", "users"},
    {"setup", "account"}, {"setup", "close-reasons"}, {"setup", "contact-groups"}, {"setup", "cost-categories"}, {"setup", "custom-fields"},
    {"setup", "deal-groups"}, {"setup", "exchange-rates"}, {"setup", "lead-stages"}, {"setup", "processes"}, {"setup", "product-categories"},
    {"setup", "products"}, {"setup", "saved-filters"}, {"setup", "sources"}, {"setup", "tags"}, {"setup", "task-types"},
};

}  // namespace

std::string_view scope_of(const Route& route) {
  for (const Gathered& each : gathered)
    if (each.tag == route.tag) return each.scope;
  return route.tag;
}

std::vector<std::string_view> scopes_of(const Routes& routes) {
  std::vector<std::string_view> scopes;
  for (const auto& route : routes.all())
    if (!route->rights.is_public) scopes.push_back(scope_of(*route));
  std::ranges::sort(scopes);
  scopes.erase(std::ranges::unique(scopes).begin(), scopes.end());
  return scopes;
}

}  // namespace dealog::api
