// Statuses of requests that are wrong as such, and hostile clients, through the whole server (API.md 1, QUALITY R13).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

std::string nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += R"({"not":)";
  text += "1";
  for (int i = 0; i < depth; ++i) text += "}";
  return text;
}

}  // namespace

TEST_CASE("404 for a path that is not there, 405 with Allow for a method that it does not take", "[api][acceptance][wire]") {
  Server server;
  CHECK(server.admin().get("/v1/nothing").status == 404);
  CHECK(server.admin().get("/v1/deals/").status == 404);
  CHECK(server.admin().get("/v1/deals/not-an-id").status == 404);
  CHECK(server.admin().get("/V1/deals").status == 404);
  const Answer put = server.admin().put("/v1/deals", {{"name", "x"}});
  CHECK(put.status == 405);
  CHECK(put.header("Allow").find("POST") != std::string::npos);
  CHECK(server.admin().remove("/v1/emails/" + server.admin_id()).status == 405);
}

TEST_CASE("415 for a body that is not JSON by its type, 413 for one that is too large", "[api][acceptance][wire]") {
  Server server;
  CHECK(server.admin().send("POST", "/v1/deals", "name=x", {{"Content-Type", "application/x-www-form-urlencoded"}}).status == 415);
  CHECK(server.admin().send("POST", "/v1/deals", "{}", {{"Content-Type", "text/plain"}}).status == 415);
  CHECK(server.admin().send("POST", "/v1/deals", "x", {{"Content-Encoding", "gzip"}}).status == 415);
  CHECK(server.admin().send("POST", "/v1/companies", R"({"name":"a"})", {{"Content-Type", "application/json; charset=utf-8"}}).status == 201);
  CHECK(server.admin().send("POST", "/v1/deals", R"({"description":")" + std::string(2 << 20, 'x') + "\"}").status == 413);
}

TEST_CASE("An unknown parameter is 400 on commands and queries alike", "[api][acceptance][wire][GEN-10]") {
  Server server;
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "D"}});
  CHECK(server.admin().post("/v1/deals?colour=red", {{"name", "D"}}).errors() == std::vector<std::string>{"/colour unknown_parameter"});
  CHECK(server.admin().get(deal + "?colour=red").status == 400);
  CHECK(server.admin().get("/v1/account?limit=7").status == 400);
  // Together with what else can be told of the query before it is asked.
  CHECK(server.admin().get(deal + "?zz=1&as_of=q&known_at=r&min_position=-1").errors() ==
        std::vector<std::string>{"/as_of unreadable", "/known_at unreadable", "/min_position unreadable", "/zz unknown_parameter"});
  CHECK(server.admin().get(deal + "?as_of=%zz").status == 400);
  CHECK(server.admin().get("/v1/deals/%ff%fe").status / 100 == 4);
}

TEST_CASE("What is not JSON, or not an object, is 400 and says where", "[api][acceptance][wire]") {
  Server server;
  for (const std::string& body : std::vector<std::string>{"{", "[]", "null", "7", "\"x\"", "{\"name\":\"a\"}x", "{name:1}", "{\"name\":\"a\",}", "\xEF\xBB\xBF{", "{\"name\":\"a\",\"name\":\"b\"}"}) {
    CAPTURE(body);
    const Answer answer = server.admin().send("POST", "/v1/companies", body);
    CHECK(answer.status == 400);
    CHECK_FALSE(answer.errors().empty());
  }
  CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == 0);
}

TEST_CASE("Deep JSON is refused in bodies and filters; the server lives on", "[api][acceptance][wire][R13]") {
  Server server;
  for (const int depth : {100, 10'000, 100'000}) {
    CAPTURE(depth);
    CHECK(server.admin().send("POST", "/v1/companies", nested(depth)).status == 400);
    CHECK(server.admin().send("POST", "/v1/companies", std::string(static_cast<std::size_t>(depth), '[')).status == 400);
  }
  std::string filter = nested(300);
  for (std::size_t at = 0; (at = filter.find('"', at)) != std::string::npos;) filter.replace(at, 1, "%22");
  CHECK(server.admin().get("/v1/deals?filter=" + filter).status == 400);
  CHECK(server.admin().get("/v1/deals").status == 200);
}

TEST_CASE("Huge numbers are refused, never rounded or wrapped", "[api][acceptance][wire][R13]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const auto status = [&](const std::string& path, const std::string& body) { return server.admin().send("POST", path, body).status; };
  for (const std::string& amount : std::vector<std::string>{"99999999999999999999", "1e3", "0x10", "1,000.00", " 1", "", "NaN", "92233720368547758.08", "--1"}) {
    CAPTURE(amount);
    CHECK(status("/v1/deals", R"({"name":"D","value":{"amount":")" + amount + "\"}}") / 100 == 4);
  }
  for (const std::string& weight : std::vector<std::string>{"1e400", "9223372036854775808", "-1", "1.5", "1e2", "99999999999999999999999999"}) {
    CAPTURE(weight);
    CHECK(status("/v1/processes", R"({"name":"P","stages":[{"name":"S","actions":[{"name":"a","weight":)" + weight + "}]}]}") / 100 == 4);
  }
  for (const std::string& day : std::vector<std::string>{"0000-01-01", "10000-01-01", "2026-02-29", "2026-13-01", "99999999999-01-01"}) {
    CAPTURE(day);
    CHECK(status("/v1/deals", R"({"name":"D","expected_close_on":")" + day + "\"}") / 100 == 4);
  }
  for (const std::string& query : std::vector<std::string>{"limit=99999999999999999999", "value[gte]=99999999999999999999", "min_position=99999999999999999999999", "known_at=99999999999999999999999",
                                  "as_of=99999-01-01", "known_at=-1"}) {
    CAPTURE(query);
    CHECK(server.admin().get("/v1/deals?" + query).status == 400);
  }
  CHECK(server.admin().get("/v1/reports/open-deals?from=0001-01-01&to=9999-12-31&bucket=day").status == 400);
  CHECK(server.admin().get("/v1/deals?include=total").number("/page/total") == 0);
  // The largest that there can be is kept exactly.
  CHECK(server.admin().post("/v1/deals", {{"name", "D"}, {"value", {{"amount", "90000000000.00"}}}}).text("/value/amount") == "90000000000.00");
}

TEST_CASE("Wrong encodings are refused; every sound text comes back as it was", "[api][acceptance][wire][R13]") {
  Server server;
  for (const std::string& bytes : std::vector<std::string>{"\xFF\xFE", "\xC3\x28", "\xED\xA0\x80", "\xC0\xAF", "a\x01", "\\ud800", "\\u0000"}) {
    CAPTURE(bytes);
    const Answer answer = server.admin().send("POST", "/v1/companies", "{\"name\":\"" + bytes + "\"}");
    if (bytes == "\\u0000" || bytes == "a\x01") CHECK(answer.status != 500);
    else CHECK(answer.status / 100 == 4);
  }
  const auto before = server.admin().get("/v1/companies?include=total").number("/page/total");
  for (const std::string& name : std::vector<std::string>{"Żółć gęślą jaźń", "日本語", "emoji \xF0\x9F\x98\x80", "quote \" back \\ slash /", "<script>alert(1)</script>", "'; DROP TABLE deals; --", "tab\there"}) {
    CAPTURE(name);
    const Answer created = server.admin().post("/v1/companies", {{"name", name}});
    REQUIRE(created.status == 201);
    CHECK(created.text("/name") == name);
    CHECK(server.admin().get("/v1/companies/" + created.text("/id")).text("/name") == name);
  }
  CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == before + 7);
}

TEST_CASE("A flood of pipelined requests is answered in order", "[api][acceptance][wire][R13]") {
  Server server;
  std::string flood;
  for (int i = 0; i < 200; ++i)
    flood += "GET /v1/deals?limit=" + std::to_string(i % 2 ? 1 : 5000) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + server.admin().token() + "\r\n" +
             (i == 199 ? "Connection: close\r\n" : "") + "\r\n";
  const std::string answers = raw_exchange(server.port(), flood);
  std::size_t at = 0;
  for (int i = 0; i < 200; ++i) {
    at = answers.find("HTTP/1.1 ", at);
    REQUIRE(at != std::string::npos);
    CHECK(answers.substr(at + 9, 3) == (i % 2 ? "200" : "400"));
    ++at;
  }
}

TEST_CASE("HEAD is GET without the body; answers are packed when asked for", "[api][acceptance][wire]") {
  Server server;
  for (int i = 0; i < 20; ++i) server.create("/v1/companies", {{"name", "A company with a name " + std::to_string(i)}});
  const Answer head = server.admin().send("HEAD", "/v1/companies", "");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK_FALSE(head.header("ETag").empty());
  const std::string packed = raw_exchange(server.port(), "GET /v1/companies HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer " +
                                                             server.admin().token() + "\r\n\r\n");
  CHECK(packed.find("Content-Encoding: gzip") != std::string::npos);
  CHECK(packed.find("A company with") == std::string::npos);
}
