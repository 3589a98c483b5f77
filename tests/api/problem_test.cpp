#include "api/problem.h"

#include <boost/json/parse.hpp>

#include <map>

#include "api/answer.h"
#include "api/etag.h"
#include "api/logging.h"
#include "api/metrics.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::api;
namespace json = boost::json;

TEST_CASE("every code of the domain has its status and its name", "[api][problem]") {
  std::size_t known = 0;
  for (std::uint16_t number = 0; number < 200; ++number) {
    const Code code = static_cast<Code>(number);
    if (name(code).empty() || name(code) == "unknown") continue;
    ++known;
    CAPTURE(number, name(code));
    const ProblemSpec problem = spec(code);
    const int expected = code == Code::wrong_type || code == Code::unknown_field ? 400
                         : number < 40   ? 422
                         : number < 80   ? 409
                         : number == 80  ? 404
                         : number == 81  ? 403
                         : number == 82  ? 412
                         : code == Code::weights_not_100 ? 422
                                         : 409;
    CHECK(problem.status == expected);
    CHECK(problem.code == name(code));
    CHECK_FALSE(problem.title.empty());
  }
  CHECK(known >= 44);
}

TEST_CASE("every problem of the framework has a status, a code and a title", "[api][problem]") {
  std::map<std::string_view, int> seen;
  for (std::size_t i = 0; i < problem_count; ++i) {
    const ProblemSpec known = spec(static_cast<Problem>(i));
    CAPTURE(known.code);
    CHECK(known.status >= 400);
    CHECK(known.status < 600);
    CHECK(++seen[known.code] == 1);
    const Response response = problem(static_cast<Problem>(i));
    CHECK(response.status == known.status);
    CHECK((response.header("Retry-After").empty()) == (known.status != 429 && known.status != 503));
  }
  CHECK(spec(Problem::not_yet).status == 504);
  CHECK(spec(Problem::disk_reserve).status == 507);
  CHECK(spec(Problem::outcome_unknown).status == 503);
  CHECK(spec(Problem::key_reused).status == 422);
}

TEST_CASE("a refusal says all that it knows", "[api][problem]") {
  Refusal refused{.code = Code::mandatory_actions_missing};
  refused.objects.push_back(*parse_uuid("0190d2c4-0000-7000-8000-000000000001"));
  refused.faults.push_back({"/stage_id", Code::mandatory_actions_missing, "Two are missing \"here\"."});
  Response response = problem(refused);
  stamp(response, "id\"1");
  CHECK(response.status == 409);
  CHECK(response.content_type == "application/problem+json");
  const json::value body = json::parse(response.body);
  CHECK(body.at("code").as_string() == "mandatory_actions_missing");
  CHECK(body.at("detail").as_string() == "Two are missing \"here\".");
  CHECK(body.at("objects").as_array().at(0).as_string() == "0190d2c4-0000-7000-8000-000000000001");
  CHECK(body.at("errors").at(0).at("pointer").as_string() == "/stage_id");
  CHECK(body.at("request_id").as_string() == "id\"1");
}

TEST_CASE("a version that does not match is answered with the present one", "[api][problem]") {
  const Response response = problem(Refusal{.code = Code::version_mismatch, .version = 7});
  CHECK(response.status == 412);
  CHECK(response.header("ETag") == "\"7\"");
  CHECK(json::parse(response.body).at("current_version").as_int64() == 7);
}

TEST_CASE("faults of both kinds are 400 and all listed", "[api][problem]") {
  Faults faults;
  faults.required("/a");
  CHECK(problem(faults).status == 422);
  faults.wrong_type("/b", "a string");
  const Response response = problem(faults);
  CHECK(response.status == 400);
  const json::value body = json::parse(response.body);
  CHECK(body.at("code").as_string() == "wrong_type");
  CHECK(body.at("errors").as_array().size() == 2);
}

TEST_CASE("what decoding found is told with what was decided of the rest, every place once", "[api][problem]") {
  Faults faults;
  faults.impossible("/lines/0/price/amount", "invalid", "PLN has 2 decimals.");
  faults.required("/name");
  Refusal refused{.code = Code::required};
  refused.objects.push_back(*parse_uuid("0190d2c4-0000-7000-8000-000000000001"));
  refused.faults = {{"/lines/0/price", Code::required, "r"}, {"/name", Code::required, "r"}, {"/names", Code::invalid, "i"}, {"", Code::deal_not_open, "n"}};
  const Response response = problem(faults, refused);
  CHECK(response.status == 422);
  const json::value body = json::parse(response.body);
  CHECK(body.at("code").as_string() == "invalid");
  CHECK(body.at("objects").as_array().size() == 1);
  const json::array& errors = body.at("errors").as_array();
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].at("pointer").as_string() == "/lines/0/price/amount");
  CHECK(errors[1].at("pointer").as_string() == "/name");
  CHECK(errors[2].at("pointer").as_string() == "/names");
  CHECK(errors[3].at("code").as_string() == "deal_not_open");

  CHECK(problem(faults, refusal(Code::not_found)).body == problem(refusal(Code::not_found)).body);
  CHECK(problem(faults, refusal(Code::forbidden, "/owner_id")).status == 403);
  CHECK(problem(faults, refusal(Code::forbidden, "/name")).status == 403);   // though it was not read: what is not allowed stays the answer
  CHECK(problem(faults, refusal(Code::unknown_field, "/cf/a")).status == 400);
}

TEST_CASE("no more faults are told than is the bound, wherever they were found", "[api][problem]") {
  Faults faults;
  for (std::size_t i = 0; i < most_faults; ++i) faults.impossible("/lines/" + std::to_string(i), "invalid", "i");
  Refusal refused = refusal(Code::required, "/name");
  refused.faults.push_back({"/owner_id", Code::unknown_reference, "u"});
  CHECK(json::parse(problem(faults, refused).body).at("errors").as_array().size() == most_faults);
  CHECK(problem(faults, refused).status == 422);
  refused.faults.push_back({"/cf/a", Code::unknown_field, "f"});
  const Response worst = problem(faults, refused);   // it takes the place of another
  CHECK(worst.status == 400);
  CHECK(json::parse(worst.body).at("errors").as_array().size() == most_faults);
}

TEST_CASE("what is wrong with the whole of a query is told beside its other faults", "[api][problem]") {
  Faults faults;
  faults.unreadable("/as_of", "a time or a day");
  const auto told = [&](Response answer) {
    std::vector<std::string> all;
    const json::value body = json::parse(with_faults(faults, std::move(answer)).body);
    for (const json::value& error : body.at("errors").as_array())
      for (const char* member : {"pointer", "code", "message"}) all.emplace_back(error.at(member).as_string());
    return all;
  };
  const std::vector<std::string> alone{"/as_of", "unreadable", "This is not a time or a day."};
  std::vector<std::string> both = alone;
  both.insert(both.end(), {"", "bad_request", "Last-Event-ID takes the position of an event."});
  CHECK(told(problem(Problem::bad_request, "Last-Event-ID takes the position of an event.")) == both);
  CHECK(told(Response{.status = 200, .body = "{}"}) == alone);
  CHECK(told(problem(faults)) == alone);
  CHECK(with_faults(faults, problem(Problem::not_found)).status == 404);
}

TEST_CASE("entity tags are compared weakly and read strictly", "[api][etag]") {
  CHECK(names_etag("\"1\"", etag(1)));
  CHECK(names_etag("\"x,y\" , W/\"1\"", etag(1)));
  CHECK(names_etag("*", etag(1)));
  CHECK_FALSE(names_etag("", etag(1)));
  CHECK_FALSE(names_etag("\"11\"", etag(1)));
  CHECK_FALSE(names_etag("1", etag(1)));
  CHECK_FALSE(names_etag("\"2\" \"1\"", etag(1)));
  CHECK(names_etag(weak_etag("a"), weak_etag("a")));
  CHECK_FALSE(names_etag(weak_etag("a"), weak_etag("b")));

  bool bad = true;
  CHECK(version_asked("\"12\"", bad) == Version{12});
  CHECK_FALSE(bad);
  CHECK_FALSE(version_asked("", bad));
  CHECK_FALSE(bad);
  for (const std::string_view wrong : {"12", "W/\"12\"", "\"\"", "\"-1\"", "\"1\",\"2\"", "\"99999999999\"", "\"1x\"", "\""}) {
    CAPTURE(wrong);
    CHECK_FALSE(version_asked(wrong, bad));
    CHECK(bad);
  }
}

TEST_CASE("metrics are written for Prometheus", "[api][metrics]") {
  Metrics metrics;
  Counter& counter = metrics.counter("a_total", "Things", {{"kind", "x\"y\\z\n"}});
  counter.add(3);
  CHECK(&metrics.counter("a_total", "Things", {{"kind", "x\"y\\z\n"}}) == &counter);
  metrics.gauge("b", "Level").set(-2);
  Histogram& histogram = metrics.histogram("c_seconds", "Times");
  histogram.observe_us(50);
  histogram.observe_us(51);
  histogram.observe_us(20'000'000);
  const std::string text = metrics.text();
  CHECK(text.starts_with("# HELP a_total Things\n# TYPE a_total counter\na_total{kind=\"x\\\"y\\\\z\\n\"} 3\n"));
  CHECK(text.find("\nb -2\n") != std::string::npos);
  CHECK(text.find("c_seconds_bucket{le=\"0.00005\"} 1\nc_seconds_bucket{le=\"0.0001\"} 2\n") != std::string::npos);
  CHECK(text.find("c_seconds_bucket{le=\"10\"} 2\nc_seconds_bucket{le=\"+Inf\"} 3\nc_seconds_sum 20.000101\nc_seconds_count 3\n") != std::string::npos);
}

TEST_CASE("a line of the log cannot be forged", "[api][log]") {
  const std::string line = log_line("2026-01-01T00:00:00.000Z", LogLevel::warn, "bad\n{\"level\":\"info\"}", {{"peer", "a\"b"}, {"status", std::int64_t{5}}});
  CHECK(line == R"({"time":"2026-01-01T00:00:00.000Z","level":"warn","message":"bad\n{\"level\":\"info\"}","peer":"a\"b","status":5})");
}

TEST_CASE("dates of HTTP", "[api][server]") {
  CHECK(http_date(Instant{784111777000}) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(Instant{1709251199000}) == "Thu, 29 Feb 2024 23:59:59 GMT");
}
