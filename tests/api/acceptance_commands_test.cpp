// What every command promises (API.md 1, Commands), over HTTP.

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

constexpr const char* fresh_id = "0190a000-0000-4000-8000-000000000001";

std::int64_t events(const Api& api) { return std::stoll(api.get("/v1/account").header("Log-Position")); }

}  // namespace

TEST_CASE("A creation answers 201 with the object, its Location, its version and the position of the log", "[api][acceptance]") {
  Server server;
  const Answer created = server.admin().post("/v1/companies", {{"name", "Acme"}, {"phones", {"+48 22 1"}}});
  REQUIRE(created.status == 201);
  CHECK(created.header("Content-Type").starts_with("application/json"));
  CHECK(created.header("ETag") == "\"1\"");
  CHECK(created.header("Location") == "/v1/companies/" + created.text("/id"));
  CHECK(std::stoll(created.header("Log-Position")) == events(server.admin()));
  CHECK(created.text("/name") == "Acme");
  CHECK(created.text("/created_by") == server.admin_id());
  CHECK(created.text("/created_at") == "2026-03-02T09:00:00.000Z");

  const Answer shown = server.admin().get(created.header("Location"));
  CHECK(shown.status == 200);
  CHECK(shown.json == created.json);
}

TEST_CASE("What a command answers is there in the query that follows it", "[api][acceptance]") {
  Server server;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "Company " + std::to_string(i);
    server.create("/v1/companies", {{"name", name}});
    CHECK(server.admin().get("/v1/companies?include=total&limit=1").number("/page/total") == i + 1);
  }
}

TEST_CASE("A client may give the id: repeated with the same content it is the same object, with other content 409 id_taken", "[api][acceptance]") {
  Server server;
  const json::value body = {{"id", fresh_id}, {"name", "Acme"}};
  CHECK(server.admin().post("/v1/companies", body).status == 201);
  const auto before = events(server.admin());
  const Answer again = server.admin().post("/v1/companies", body);
  CHECK(again.status == 200);
  CHECK(again.text("/id") == fresh_id);
  CHECK(again.header("ETag") == "\"1\"");
  CHECK(events(server.admin()) == before);

  const Answer other = server.admin().post("/v1/companies", {{"id", fresh_id}, {"name", "Other"}});
  CHECK(other.status == 409);
  CHECK(other.code() == "id_taken");
  CHECK(server.admin().get(std::string("/v1/companies/") + fresh_id).text("/name") == "Acme");
}

TEST_CASE("Prefer: return=minimal answers 204 without a body, with the same headers", "[api][acceptance]") {
  Server server;
  const Answer created = server.admin().post("/v1/companies", {{"name", "Acme"}}, {{"Prefer", "return=minimal"}});
  CHECK(created.status == 204);
  CHECK(created.body.empty());
  CHECK(created.header("ETag") == "\"1\"");
  CHECK_FALSE(created.header("Log-Position").empty());
  REQUIRE(created.header("Location").starts_with("/v1/companies/"));
  const Answer edited = server.admin().patch(created.header("Location"), {{"name", "Acme 2"}}, {{"Prefer", "return=minimal"}});
  CHECK(edited.status == 204);
  CHECK(edited.header("ETag") == "\"2\"");
}

TEST_CASE("A key answers for ever with the object as it was at that version, and causes nothing again", "[api][acceptance][idempotency]") {
  Server server;
  const Headers key{{"Idempotency-Key", "order-4711"}};
  const json::value body = {{"name", "Bridge"}, {"value", {{"amount", "10.00"}}}};
  const Answer first = server.admin().post("/v1/deals", body, key);
  REQUIRE(first.status == 201);
  CHECK(first.header("Idempotent-Replayed").empty());
  const std::string path = "/v1/deals/" + first.text("/id");
  server.must_patch(path, {{"name", "Tunnel"}, {"value", {{"amount", "99.00"}}}});
  const auto before = events(server.admin());

  const auto check_replay = [&] {
    const Answer again = server.admin().post("/v1/deals", body, key);
    CHECK(again.status == 201);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(again.header("ETag") == "\"1\"");
    CHECK(again.header("Location") == path);
    CHECK(again.text("/name") == "Bridge");
    CHECK(again.text("/value/amount") == "10.00");
    CHECK(again.number("/version") == 1);
    CHECK(events(server.admin()) == before);
  };
  check_replay();
  SECTION("after a restart too") {
    server.restart();
    check_replay();
  }
  SECTION("after the object was deleted too") {
    CHECK(server.admin().remove(path).status == 200);
    const Answer again = server.admin().post("/v1/deals", body, key);
    CHECK(again.status == 201);
    CHECK(again.text("/name") == "Bridge");
    CHECK_FALSE(again.flag("/is_deleted"));
  }
}

TEST_CASE("Another method, path, query, body or If-Match under the same key is 422; another user's key is another key", "[api][acceptance][idempotency]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const Headers key{{"Idempotency-Key", "k"}};
  const Answer first = server.admin().post("/v1/companies", {{"name", "Acme"}}, key);
  REQUIRE(first.status == 201);
  const std::string path = "/v1/companies/" + first.text("/id");

  const auto refused = [](const Answer& answer) {
    CHECK(answer.status == 422);
    CHECK(answer.code() == "key_reused");
  };
  refused(server.admin().post("/v1/companies", {{"name", "Other"}}, key));
  refused(server.admin().post("/v1/persons", {{"name", "Acme"}}, key));
  refused(server.admin().patch(path, {{"name", "Acme"}}, key));
  refused(server.admin().post("/v1/companies", {{"name", "Acme"}}, {key[0], {"If-Match", "\"1\""}}));
  CHECK(sam.api.post("/v1/companies", {{"name", "Acme"}}, key).status == 201);
  CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == 2);
}

TEST_CASE("A refused command is decided anew under its key", "[api][acceptance][idempotency]") {
  Server server;
  const Headers key{{"Idempotency-Key", "source-1"}};
  const json::value body = {{"name", "Deal"}, {"close_reason_id", nullptr}, {"company_name", "Acme"}};
  server.must_patch("/v1/account", {{"client_required", true}});
  const json::value without = {{"name", "No client"}};
  CHECK(server.admin().post("/v1/deals", without, key).code() == "client_required");
  server.must_patch("/v1/account", {{"client_required", false}});
  const Answer now = server.admin().post("/v1/deals", without, key);
  CHECK(now.status == 201);
  CHECK(now.header("Idempotent-Replayed").empty());
}

TEST_CASE("A key is visible ASCII, 1 to 255 characters", "[api][acceptance][idempotency]") {
  Server server;
  const auto with = [&](const std::string& key) { return server.admin().post("/v1/companies", {{"name", "A"}}, {{"Idempotency-Key", key}}).status; };
  CHECK(with(std::string(255, 'k')) == 201);
  CHECK(with(std::string(256, 'k')) == 400);
  CHECK(with("two words") == 400);
  CHECK(with("z\xC5\xBC") == 400);
}

TEST_CASE("The right to see the object comes before the key", "[api][acceptance][idempotency][ACC-4]") {
  Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = server.create("/v1/deals", {{"name", "Shared"}, {"participant_ids", {sam.id}}});
  const Headers key{{"Idempotency-Key", "edit"}};
  const std::string path = "/v1/deals/" + deal;
  REQUIRE(sam.api.patch(path, {{"name", "Mine"}}, key).status == 200);
  server.must_patch(path, {{"participant_ids", json::array{}}});
  CHECK(sam.api.patch(path, {{"name", "Mine"}}, key).status == 404);
}

TEST_CASE("If-Match: another version is 412 and names the current one, the right one and * go through", "[api][acceptance]") {
  Server server;
  const std::string path = "/v1/companies/" + server.create("/v1/companies", {{"name", "Acme"}});
  server.must_patch(path, {{"name", "Acme 2"}});
  const Answer refused = server.admin().patch(path, {{"name", "Acme 3"}}, {{"If-Match", "\"1\""}});
  CHECK(refused.status == 412);
  CHECK(refused.header("ETag") == "\"2\"");
  CHECK(refused.number("/current_version") == 2);
  CHECK(server.admin().get(path).text("/name") == "Acme 2");
  CHECK(server.admin().patch(path, {{"name", "Acme 3"}}, {{"If-Match", "\"2\""}}).header("ETag") == "\"3\"");
  CHECK(server.admin().patch(path, {{"name", "Acme 4"}}, {{"If-Match", "*"}}).status == 200);
  CHECK(server.admin().patch(path, {{"name", "Acme 5"}}, {{"If-Match", "4"}}).status == 400);
  CHECK(server.admin().remove(path, {{"If-Match", "\"1\""}}).status == 412);
  CHECK(server.admin().remove(path, {{"If-Match", "\"4\""}}).status == 200);
}

TEST_CASE("The ETag of a GET is good for If-Match, for as long as the object's version stands", "[api][acceptance]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  for (const std::string& path : std::vector<std::string>{"/v1/deals/" + server.create("/v1/deals", {{"name", "Deal"}}), "/v1/users/" + server.admin_id()}) {
    const std::string tag = server.admin().get(path).header("ETag");
    CHECK(tag.starts_with("\"1"));
    CHECK(server.admin().patch(path, {{"name", "Other"}}, {{"If-Match", tag}}).status == 200);
    CHECK(server.admin().patch(path, {{"name", "Third"}}, {{"If-Match", tag}}).status == 412);
  }
}

TEST_CASE("A deal whose progress changed without an event of its own is not 304", "[api][acceptance][PRC-1]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Deal"}});
  server.must_post(deal + "/actions/" + abc.a1 + "/complete");
  const Answer before = server.admin().get(deal);
  CHECK(before.number("/progress") == 10);
  CHECK(server.admin().get(deal, {{"If-None-Match", before.header("ETag")}}).status == 304);
  const json::value only_a = {{"stages", json::array{{{"id", abc.a}, {"name", "A"}, {"actions", json::array{{{"id", abc.a1}, {"name", "a1"}, {"weight", 1}}}}}}}};
  REQUIRE(server.admin().put("/v1/processes/" + abc.process, only_a).status == 200);
  const Answer after = server.admin().get(deal, {{"If-None-Match", before.header("ETag")}});
  CHECK(after.status == 200);
  CHECK(after.number("/progress") == 100);
}

TEST_CASE("Setting what already holds is accepted and causes no event", "[api][acceptance][GEN-12]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Same"}, {"value", {{"amount", "1.00"}}}});
  const auto before = events(server.admin());
  CHECK(server.must_patch(deal, {{"name", "Same"}, {"value", {{"amount", "1.00"}, {"currency", "PLN"}}}}).header("ETag") == "\"1\"");
  CHECK(server.must_post(deal + "/move", {{"stage_id", abc.a}}).header("ETag") == "\"1\"");
  CHECK(events(server.admin()) == before);
  CHECK(server.admin().remove(deal).header("ETag") == "\"2\"");
  CHECK(server.admin().remove(deal).header("ETag") == "\"2\"");
  CHECK(server.must_post(deal + "/restore").header("ETag") == "\"3\"");
  CHECK(server.must_post(deal + "/restore").header("ETag") == "\"3\"");
  CHECK(events(server.admin()) == before + 2);
}

TEST_CASE("A patch is a merge patch: null takes a value away, what is left out stays", "[api][acceptance]") {
  Server server;
  const std::string path = "/v1/companies/" + server.create("/v1/companies", {{"name", "Acme"}, {"tax_id", "123"}, {"website", "acme.example"}});
  const Answer edited = server.must_patch(path, {{"tax_id", nullptr}});
  CHECK(edited.at("/tax_id").is_null());
  CHECK(edited.text("/website") == "acme.example");
  CHECK(server.admin().patch(path, {{"name", nullptr}}).errors() == std::vector<std::string>{"/name required"});
  CHECK(server.admin().send("PATCH", path, R"({"name":"Acme 2"})", {{"Content-Type", "application/merge-patch+json"}}).status == 200);
}

TEST_CASE("All faults of a command come at once, each with its pointer, and nothing changes", "[api][acceptance][GEN-10]") {
  Server server;
  const auto before = events(server.admin());
  const Answer malformed = server.admin().post("/v1/deals", {{"name", 7}, {"value", {{"amount", 12}}}, {"expected_close_on", "soon"}, {"colour", "red"}});
  CHECK(malformed.status == 400);
  CHECK(malformed.header("Content-Type") == "application/problem+json");
  CHECK(malformed.errors() == std::vector<std::string>{"/colour unknown_field", "/expected_close_on unreadable", "/name wrong_type", "/value/amount wrong_type"});
  for (const char* member : {"/type", "/title", "/detail", "/code", "/request_id"}) CHECK_FALSE(malformed.text(member).empty());
  CHECK(malformed.number("/status") == 400);

  const Answer impossible = server.admin().post("/v1/deals", {{"name", ""}, {"value", {{"amount", "-1.00"}}}, {"owner_id", fresh_id}});
  CHECK(impossible.status == 422);
  CHECK(impossible.errors() == std::vector<std::string>{"/name required", "/owner_id unknown_reference", "/value negative"});
  CHECK(events(server.admin()) == before);
}

TEST_CASE("A value that is impossible by itself hides nothing of what else is wrong, and nothing changes", "[api][acceptance][GEN-10]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const Api& api = server.admin();
  using Errors = std::vector<std::string>;
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Deal"}});
  const auto before = events(api);

  const json::object wrong{{"name", "x"}, {"quantity", -1}, {"price", {{"amount", "-1.00"}}}, {"discount", 120}};
  const json::object never{{"name", "y"}, {"price", {{"amount", "1.00"}}}, {"recurrence", {{"every_months", 0}, {"times", 2}}}};
  const Answer lines = api.put(deal + "/lines", {{"lines", json::array{wrong, never}}});
  CHECK(lines.status == 422);
  CHECK(lines.errors() == Errors{"/lines/0/discount out_of_range", "/lines/0/price negative", "/lines/0/quantity negative", "/lines/1/recurrence/every_months out_of_range"});

  const Answer product = api.post("/v1/products", {{"name", ""}, {"price", {{"amount", "1.005"}}}, {"category_id", fresh_id}});
  CHECK(product.errors() == Errors{"/category_id unknown_reference", "/name required", "/price/amount invalid"});
  const Answer rate = api.post("/v1/exchange-rates", {{"currency", "XXQ"}, {"day", "2026-01-02"}, {"rate", "1.1234567"}});
  CHECK(rate.errors() == Errors{"/currency invalid", "/rate invalid"});
  const Answer done = api.post(deal + "/actions/" + abc.a1 + "/complete", {{"note", ""}, {"file_ids", json::array{fresh_id}}, {"effective_at", "2030-01-01T00:00:00Z"}, {"performed_by", fresh_id}});
  CHECK(done.errors() == Errors{"/effective_at effective_in_future", "/file_ids/0 unknown_reference", "/note too_short", "/performed_by unknown_reference"});
  // What cannot be read is not missing as well, nor is what is made of it.
  const Answer person = api.post("/v1/persons", {{"first_name", std::string(201, 'x')}, {"owner_id", fresh_id}});
  CHECK(person.errors() == Errors{"/first_name too_long", "/name too_long", "/owner_id unknown_reference"});
  const Answer closed = api.post("/v1/deals", {{"name", "Old"}, {"status", "gone"}, {"close_note", "why"}, {"owner_id", fresh_id}});
  CHECK(closed.errors() == Errors{"/owner_id unknown_reference", "/status invalid"});
  CHECK(events(api) == before);
}

TEST_CASE("Whether a reason is of the outcome is not said while the outcome cannot be read", "[api][acceptance][GEN-10][DEA-4]") {
  Server server;
  const std::string lost = server.create("/v1/close-reasons", {{"name", "Too dear"}, {"outcome", "lost"}});
  const std::string won = server.create("/v1/close-reasons", {{"name", "Quality"}, {"outcome", "won"}});
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}});
  server.must_post(deal + "/lose", {{"reason_id", lost}});
  const auto wrong = [&](json::value status, const std::string& reason) {
    return server.admin().post(deal + "/correct", {{"status", std::move(status)}, {"reason_id", reason}}).errors();
  };
  using Errors = std::vector<std::string>;
  CHECK(wrong("wno", won) == Errors{"/status invalid"});
  CHECK(wrong("wno", fresh_id) == Errors{"/reason_id unknown_reference", "/status invalid"});
  CHECK(wrong(nullptr, won) == Errors{"/reason_id reason_wrong_outcome"});
  CHECK(wrong("obsolete", lost) == Errors{"/reason_id reason_wrong_outcome"});
  const json::object command{{"path", deal + "/correct"}, {"body", {{"status", "wno"}, {"reason_id", won}}}};
  const Answer bulk = server.admin().post("/v1/deals/bulk", {{"commands", json::array{command}}});
  CHECK(bulk.at("/items/0/body/errors").as_array().size() == 1);
}

TEST_CASE("What is not there, or of another version, is said before what is wrong with the body", "[api][acceptance][GEN-10][ACC-4]") {
  Server server;
  server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Deal"}});
  CHECK(server.admin().post(deal + "/move", json::object{}).errors() == std::vector<std::string>{"/stage_id required"});
  CHECK(server.admin().post(deal + "/move", json::object{}, {{"If-Match", "\"7\""}}).status == 412);
  const Answer hidden = sam.api.post(deal + "/move", json::object{});
  CHECK(hidden.status == 404);
  CHECK(hidden.errors() == std::vector<std::string>{" not_found"});
}

TEST_CASE("Money is a decimal string with exactly the currency's decimals, its currency may be left out", "[api][acceptance][GEN-2]") {
  Server server;
  const auto with = [&](const json::value& value) { return server.admin().post("/v1/deals", {{"name", "D"}, {"value", value}}); };
  CHECK(with({{"amount", "1234.5"}}).text("/value/amount") == "1234.50");
  CHECK(with({{"amount", "7"}, {"currency", "PLN"}}).text("/value/amount") == "7.00");
  CHECK(with({{"amount", "7"}}).text("/value/currency") == "PLN");
  CHECK(with({{"amount", 1234.5}}).status == 400);
  CHECK(with(1234).status == 400);
  CHECK(with({{"amount", "1.005"}}).status / 100 == 4);
  CHECK(with({{"amount", "7"}, {"currency", "EUR"}}).status / 100 == 4);
}

TEST_CASE("Past times are taken where the specification allows them, up to a minute ahead becomes now, more is refused", "[api][acceptance][GEN-6]") {
  Server server("2026-03-02T09:00:00Z");
  const Server::Abc abc = server.add_abc();
  const auto create = [&](const char* time) { return server.admin().post("/v1/deals", {{"name", "D"}, {"effective_at", time}}); };
  const Answer past = create("2026-02-01T10:00:00+01:00");
  CHECK(past.text("/created_at") == "2026-02-01T09:00:00.000Z");
  CHECK(create("2026-03-02T09:00:59Z").text("/created_at") == "2026-03-02T09:00:00.000Z");
  const Answer future = create("2026-03-02T09:01:01Z");
  CHECK(future.status == 422);
  CHECK(future.errors() == std::vector<std::string>{"/effective_at effective_in_future"});

  const std::string path = "/v1/deals/" + past.text("/id");
  const auto move = [&](const std::string& stage, const char* time) { return server.admin().post(path + "/move", {{"stage_id", stage}, {"effective_at", time}}); };
  CHECK(move(abc.b, "2026-02-10T09:00:00Z").status == 200);
  CHECK(move(abc.c, "2026-02-10T09:00:00Z").status == 200);
  CHECK(move(abc.a, "2026-02-09T09:00:00Z").code() == "effective_before_last_event");
  CHECK(server.admin().patch(path, {{"name", "E"}, {"effective_at", "2026-02-20T09:00:00Z"}}).status == 400);
  CHECK(server.admin().get(path + "?as_of=2026-02-05").text("/stage_id") == abc.a);
  CHECK(server.admin().get(path + "?as_of=2026-02-10T09:00:00Z").text("/stage_id") == abc.c);
}

TEST_CASE("A deal closed long ago is entered in one command and counts where it belongs", "[api][acceptance][DEA-7]") {
  Server server("2026-03-02T09:00:00Z");
  const Answer made = server.admin().post("/v1/deals", {{"name", "Old"}, {"effective_at", "2025-05-01T08:00:00Z"}, {"status", "won"},
                                                        {"closed_at", "2025-06-15T08:00:00Z"}, {"value", {{"amount", "10.00"}}}, {"company_name", "Acme"}});
  REQUIRE(made.status == 201);
  CHECK(made.text("/status") == "won");
  CHECK(made.text("/closed_at") == "2025-06-15T08:00:00.000Z");
  CHECK(server.admin().get("/v1/companies?name=Acme&include=total").number("/page/total") == 1);
  CHECK(server.admin().get("/v1/reports/closed-deals?status=won&from=2025-06-01&to=2025-06-30").number("/summary/count") == 1);
  CHECK(server.admin().get("/v1/deals/" + made.text("/id") + "?as_of=2025-06-01").text("/status") == "open");
  CHECK(server.admin().get("/v1/deals/" + made.text("/id") + "?as_of=2025-04-30").status == 404);
}

TEST_CASE("Everything is there after a restart", "[api][acceptance]") {
  Server server;
  const Server::Abc abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = "/v1/deals/" + sam.api.post("/v1/deals", {{"name", "Lasting"}, {"description", "quiet words"}}).text("/id");
  server.must_post(deal + "/move", {{"stage_id", abc.b}});
  const json::value before = sam.api.get(deal).json, board = sam.api.get("/v1/boards/default").json;
  server.restart();
  CHECK(sam.api.get(deal).json == before);
  CHECK(sam.api.get("/v1/boards/default").json == board);
  CHECK(sam.api.patch(deal, {{"name", "Lasting on"}}).header("ETag") == "\"3\"");
}
