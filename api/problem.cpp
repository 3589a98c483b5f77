#include "api/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <iterator>

#include "api/decode.h"
#include "api/encode.h"
#include "api/etag.h"

namespace dealog::api {
namespace {

using namespace std::string_view_literals;

// Numbered as Problem.
constexpr ProblemSpec problems[] = {
    {400, "bad_request", "The request cannot be read."},
    {401, "unauthenticated", "A valid token is needed."},
    {403, "forbidden", "You may not do this."},
    {404, "not_found", "There is nothing here, or nothing that you may see."},
    {405, "method_not_allowed", "This path does not take this method."},
    {406, "not_acceptable", "No format that you accept can be given."},
    {408, "request_timeout", "The request did not arrive in time."},
    {413, "payload_too_large", "The body is too large."},
    {431, "headers_too_large", "The header of the request is too large."},
    {415, "unsupported_media_type", "The body must be JSON: Content-Type: application/json."},
    {422, "key_reused", "This idempotency key was used for another request."},
    {429, "too_many_requests", "Too many requests; try again later."},
    {500, "internal", "Something failed here; it is logged under the request id."},
    {503, "overloaded", "The server is busy; try again shortly."},
    {503, "unavailable", "This cannot be served now; try again shortly."},
    {503, "outcome_unknown", "It is not known whether this was done: repeat it with the same idempotency key."},
    {504, "not_yet", "The position asked for was not reached in time."},
    {507, "disk_reserve", "The disk is nearly full: nothing more is accepted, reading goes on."},
    {505, "http_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
};
static_assert(std::size(problems) == problem_count);

// Opens the body: what every problem has.
JsonWriter opened(int status, std::string_view code, std::string_view title, std::string_view detail) {
  JsonWriter body;
  body.object();
  body.field("type", "urn:dealog:problem:" + std::string(code));
  body.field("title", title).field("status", status);
  body.field("detail", detail.empty() ? title : detail);
  body.field("code", code);
  return body;
}

Response finished(int status, JsonWriter body) {
  body.end();
  Response response{.status = status, .content_type = "application/problem+json", .body = std::move(body).text()};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

void write_fault(JsonWriter& body, std::string_view pointer, std::string_view code, std::string_view message) {
  body.object().field("pointer", pointer).field("code", code).field("message", message).end();
}

void write_objects(JsonWriter& body, const std::vector<Uuid>& objects) {
  if (objects.empty()) return;
  body.key("objects").array();
  for (const Uuid& object : objects) body.value(object);
  body.end();
}

// Named after the first fault of the kind that decides the status.
ProblemSpec worst_of(const Faults& faults) {
  const bool malformed = faults.malformed();
  const auto worst = std::ranges::find(faults.all, malformed, &InputFault::malformed);
  const std::string_view code = worst == faults.all.end() ? "invalid"sv : std::string_view(worst->code);
  if (malformed) return {400, code, "The request cannot be read as it is meant to be."};
  return {422, code, "The request is impossible as it stands."};
}

Response answer_of(const Faults& faults, const ProblemSpec& known, const std::vector<Uuid>& objects) {
  const std::string_view detail = faults.all.size() == 1 ? std::string_view(faults.all.front().message) : ""sv;
  JsonWriter body = opened(known.status, known.code, known.title, detail);
  write_objects(body, objects);
  body.key("errors").array();
  for (const InputFault& fault : faults.all) write_fault(body, fault.pointer, fault.code, fault.message);
  body.end();
  return finished(known.status, std::move(body));
}

bool stands_within(std::string_view pointer, std::string_view outer) {
  return !outer.empty() && pointer.starts_with(outer) && (pointer.size() == outer.size() || pointer[outer.size()] == '/');
}

// Of a member that could not be read, of a part of it, or of what it is a part of, the decision saw something else.
bool follows_from(const Faults& faults, const Fault& decided) {
  if (decided.code == Code::reason_wrong_outcome && faults.names("/status")) return true;   // of which outcome it must be is not known
  return std::ranges::any_of(faults.all, [&](const InputFault& fault) {
    return stands_within(decided.pointer, fault.pointer) || stands_within(fault.pointer, decided.pointer);
  });
}

}  // namespace

ProblemSpec spec(Problem problem) { return problems[static_cast<std::size_t>(problem)]; }

ProblemSpec spec(Code code) {
  const auto number = static_cast<unsigned>(code);
  int status = 422;
  if (code == Code::unknown_field || code == Code::wrong_type) status = 400;
  else if (code == Code::not_found) status = 404;
  else if (code == Code::forbidden) status = 403;
  else if (code == Code::version_mismatch) status = 412;
  else if (number >= 40 && code != Code::weights_not_100) status = 409;
  return {status, name(code), title(code)};
}

Response problem(Problem problem, std::string detail) {
  return api::problem(problem, std::move(detail), std::chrono::seconds(1));
}

Response problem(Problem problem, std::string detail, std::chrono::seconds retry_after) {
  const ProblemSpec& known = problems[static_cast<std::size_t>(problem)];
  Response response = finished(known.status, opened(known.status, known.code, known.title, detail));
  if (known.status == 429 || known.status == 503)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return response;
}

Response problem(const Refusal& refusal) {
  const ProblemSpec known = spec(refusal.code);
  const std::string_view detail = refusal.faults.size() == 1 ? std::string_view(refusal.faults.front().message) : ""sv;
  JsonWriter body = opened(known.status, known.code, known.title, detail);
  if (refusal.code == Code::version_mismatch) body.field("current_version", refusal.version);
  write_objects(body, refusal.objects);
  if (!refusal.faults.empty()) {
    body.key("errors").array();
    for (const Fault& fault : refusal.faults) write_fault(body, fault.pointer, name(fault.code), fault.message);
    body.end();
  }
  Response response = finished(known.status, std::move(body));
  if (refusal.code == Code::version_mismatch) response.headers.emplace_back("ETag", etag(refusal.version));
  return response;
}

Response problem(const Faults& faults) { return answer_of(faults, worst_of(faults), {}); }

Response problem(const Faults& faults, const Refusal& refusal) {
  const bool comes_first = refusal.code == Code::not_found || refusal.code == Code::forbidden || refusal.code == Code::version_mismatch;
  // A guard speaks of the whole, before anything in the body counts.
  const bool is_guard = refusal.faults.empty() || (refusal.faults.size() == 1 && refusal.faults.front().pointer.empty());
  if (comes_first && is_guard) return problem(refusal);
  Faults all = faults;
  bool is_worst = false;
  for (const Fault& fault : refusal.faults) {
    if (fault.code != Code::forbidden && follows_from(faults, fault)) continue;
    const ProblemSpec known = spec(fault.code);
    all.add({fault.pointer, std::string(known.code), fault.message, known.status == 400});
    is_worst = is_worst || (comes_first && fault.code == refusal.code);
  }
  return answer_of(all, is_worst ? spec(refusal.code) : worst_of(all), refusal.objects);
}

Response with_faults(Faults faults, Response answer) {
  if (answer.status > 400 && answer.status != 422) return answer;
  const Faults known = faults;
  const auto add = [&](std::string pointer, const json::object& told, std::string_view message) {
    const auto text = [&](std::string_view member) { return std::string(told.at(member).as_string()); };
    if (!known.names(pointer)) faults.add({.pointer = std::move(pointer), .code = text("code"), .message = text(message), .malformed = answer.status == 400});
  };
  Faults unreadable;
  const auto told = answer.status < 400 ? std::nullopt : parse_object(answer.body, unreadable);
  const json::value* errors = told ? told->if_contains("errors") : nullptr;
  if (errors != nullptr)
    for (const json::value& error : errors->as_array()) add(std::string(error.at("pointer").as_string()), error.as_object(), "message");
  else if (told)
    add({}, *told, "detail");   // of the whole, such as a header
  return problem(faults);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return status < 400 ? "OK" : "Error";
  }
}

void stamp(Response& response, std::string_view request_id) {
  if (response.content_type != "application/problem+json" || response.body.size() < 2 || response.body.back() != '}') return;
  response.body.back() = ',';
  response.body += "\"request_id\":";
  append_json_string(response.body, request_id);
  response.body += '}';
}

}  // namespace dealog::api
