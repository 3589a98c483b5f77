#pragma once
// RFC 9457 answers: the one place where refusals and faults become statuses.
//
//     if (!decided) co_return problem(decided.error());
//     if (!faults.empty()) co_return problem(faults);
//     co_return problem(Problem::not_found);
//
// The session adds "request_id" when it sends (stamp), so that handlers need not carry it.

#include <chrono>
#include <string>
#include <string_view>

#include "api/faults.h"
#include "api/http.h"
#include "domain/refusal.h"

namespace dealog::api {

// What is wrong with the request as such, or with us: beyond the domain's refusals.
enum class Problem : std::uint8_t {
  bad_request, unauthenticated, forbidden, not_found, method_not_allowed, not_acceptable, request_timeout,
  payload_too_large, headers_too_large, unsupported_media_type, key_reused,
  too_many_requests, internal, overloaded, unavailable, outcome_unknown, not_yet, disk_reserve, http_version,
};
inline constexpr std::size_t problem_count = static_cast<std::size_t>(Problem::http_version) + 1;

struct ProblemSpec {
  int status;
  std::string_view code;     // reaches clients: never rename
  std::string_view title;
};
ProblemSpec spec(Problem problem);
// 400 for wrong_type and unknown_field, else by the ranges of refusal.h: 422, 409, 404, 403, 412.
ProblemSpec spec(Code code);

// Retry-After (1 s) comes with 429 and 503 by itself; WWW-Authenticate with 401.
Response problem(Problem problem, std::string detail = {});
Response problem(Problem problem, std::string detail, std::chrono::seconds retry_after);
// With its faults; "objects" for what stands in the way; for version_mismatch "current_version" and the ETag.
Response problem(const Refusal& refusal);
// 400 if any is malformed, else 422. REQUIRES: not empty.
Response problem(const Faults& faults);
// Both at once: what decoding found impossible, and why what could be read of the command was refused. What is not there, not
// allowed or of another version stays the answer. REQUIRES: not empty, not malformed.
Response problem(const Faults& faults, const Refusal& refusal);
// Faults of a query that was asked without what they are about, and what `answer` found wrong with the rest of it. What comes
// before all faults (401, 403, 404, ...) stays.
Response with_faults(Faults faults, Response answer);

// The title of an HTTP status: "Not Found".
std::string_view reason_phrase(int status);

// Puts "request_id" into a problem's body; leaves other responses alone.
void stamp(Response& response, std::string_view request_id);

}  // namespace dealog::api
