#include "api/http.h"

#include <algorithm>

#include "api/header_value.h"

namespace dealog::api {

std::string_view name(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: break;
  }
  return "OTHER";
}

std::string_view Request::header(std::string_view wanted) const {
  for (const auto& [field, value] : headers)
    if (same_word(field, wanted)) return value;
  return {};
}

bool Request::has_header(std::string_view wanted) const {
  return std::ranges::any_of(headers, [&](const auto& header) { return same_word(header.first, wanted); });
}

std::optional<std::string_view> Request::parameter(std::string_view wanted) const {
  for (const auto& [key, value] : parameters)
    if (key == wanted) return value;
  return std::nullopt;
}

Response&& Response::with(std::string field, std::string value) && {
  headers.emplace_back(std::move(field), std::move(value));
  return std::move(*this);
}

std::string_view Response::header(std::string_view wanted) const {
  for (const auto& [field, value] : headers)
    if (same_word(field, wanted)) return value;
  return {};
}

Response ok(std::string json) { return {.body = std::move(json)}; }

Response created(std::string json, std::string location) {
  return Response{.status = 201, .body = std::move(json)}.with("Location", std::move(location));
}

Response no_content() { return {.status = 204, .content_type = {}}; }

Response not_modified(std::string etag) {
  return Response{.status = 304, .content_type = {}}.with("ETag", std::move(etag));
}

Response html(std::string page) { return {.content_type = "text/html; charset=utf-8", .body = std::move(page)}; }

std::optional<Uuid> Call::id(std::size_t index) const {
  if (index >= path.size()) return std::nullopt;
  return parse_uuid(path[index]);
}

}  // namespace dealog::api
