// Every code of refusal.h, caused by a client over HTTP; those that no route can cause yet are named with the reason.

#include <algorithm>
#include <functional>
#include <map>

#include "api/app.h"
#include "api/problem.h"
#include "domain/refusal.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

// An account with a deal in ABC and everything that gets in its way.
struct Stage {
  test::Server server;
  test::Server::Abc abc = server.add_abc();
  Person sam = server.add_user("Sam", "salesperson");
  std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Deal"}});

  const Api& admin() const { return server.admin(); }
  Answer act(const std::string& verb, const json::value& body = nullptr) { return admin().post(deal + "/" + verb, body); }
  // A process with one stage and one action, and a deal in it.
  struct Own { std::string process, stage, action, deal; };
  Own own_process(json::object action) {
    action["name"] = "act";
    const Answer made = server.must_post("/v1/processes", {{"name", "Own"}, {"stages", {{{"name", "S"}, {"actions", json::array{action}}}, {{"name", "T"}}}}});
    const std::string id = server.create("/v1/deals", {{"name", "Deal"}, {"process_id", made.text("/id")}});
    return {made.text("/id"), made.text("/stages/0/id"), made.text("/stages/0/actions/0/id"), "/v1/deals/" + id};
  }
  std::string reason(const char* outcome) { return admin().get("/v1/close-reasons?outcome=" + std::string(outcome)).text("/data/0/id"); }
};

constexpr const char* missing_id = "0190a000-0000-4000-8000-00000000dead";

using Cause = std::function<Answer(Stage&)>;

const std::map<Code, Cause>& causes() {
  using enum Code;
  static const std::map<Code, Cause> all = {
      {required, [](Stage& s) { return s.admin().post("/v1/companies", json::object{}); }},
      {too_long, [](Stage& s) { return s.admin().post("/v1/companies", {{"name", std::string(201, 'x')}}); }},
      {invalid, [](Stage& s) { return s.admin().post("/v1/users", {{"name", "N"}, {"email", "nowhere"}, {"role", "salesperson"}}); }},
      {negative, [](Stage& s) { return s.admin().patch(s.deal, {{"value", {{"amount", "-1.00"}}}}); }},
      {out_of_range, [](Stage& s) {
         return s.admin().post("/v1/processes", {{"name", "P"}, {"stages", json::array{{{"name", "S"}, {"actions", json::array{{{"name", "a"}, {"weight", 1'000'001}}}}}}}});
       }},
      {unknown_reference, [](Stage& s) { return s.admin().patch(s.deal, {{"company_id", missing_id}}); }},
      {duplicate, [](Stage& s) { return s.admin().patch(s.deal, {{"participant_ids", {s.sam.id, s.sam.id}}}); }},
      {effective_in_future, [](Stage& s) { return s.act("lose", {{"effective_at", "2030-01-01T00:00:00Z"}}); }},
      {not_past_capable, [](Stage& s) { return s.admin().patch("/v1/users/" + s.sam.id, {{"name", "Samuel"}, {"effective_at", "2026-01-01T00:00:00Z"}}); }},
      {not_writable, [](Stage& s) { return s.admin().patch(s.deal, {{"status", "won"}}); }},
      {unknown_field, [](Stage& s) { return s.admin().patch(s.deal, {{"colour", "red"}}); }},
      {wrong_type, [](Stage& s) { return s.admin().patch(s.deal, {{"name", 7}}); }},

      {mandatory_actions_missing, [](Stage& s) { return s.admin().post(s.own_process({{"mandatory", true}}).deal + "/win"); }},
      {note_required, [](Stage& s) {
         const auto own = s.own_process({{"note", "note"}});
         return s.admin().post(own.deal + "/actions/" + own.action + "/complete");
       }},
      {file_required, [](Stage& s) {
         const auto own = s.own_process({{"note", "note_with_file"}});
         return s.admin().post(own.deal + "/actions/" + own.action + "/complete", {{"note", "words"}});
       }},
      {not_a_performer, [](Stage& s) {
         const auto own = s.own_process({{"performers", {{"user_ids", {s.sam.id}}}}});
         return s.admin().post(own.deal + "/actions/" + own.action + "/complete");
       }},
      {action_already_done, [](Stage& s) { s.act("actions/" + s.abc.a1 + "/complete"); return s.act("actions/" + s.abc.a1 + "/complete"); }},
      {action_not_done, [](Stage& s) { return s.act("actions/" + s.abc.a1 + "/reopen"); }},
      {deal_not_open, [](Stage& s) { s.act("lose"); return s.act("move", {{"stage_id", s.abc.b}}); }},
      {deal_not_closed, [](Stage& s) { return s.act("reopen"); }},
      {object_deleted, [](Stage& s) { s.admin().remove(s.deal); return s.admin().patch(s.deal, {{"name", "E"}}); }},
      {stage_not_in_process, [](Stage& s) { return s.act("move", {{"stage_id", s.own_process({}).stage}}); }},
      {stage_holds_deals, [](Stage& s) { return s.admin().put("/v1/processes/" + s.abc.process, {{"stages", json::array{{{"id", s.abc.b}, {"name", "B"}}}}}); }},
      {process_archived, [](Stage& s) {
         const auto own = s.own_process({});
         s.server.must_post("/v1/processes/" + own.process + "/archive");
         return s.admin().post("/v1/deals", {{"name", "D"}, {"process_id", own.process}});
       }},
      {reason_required, [](Stage& s) { s.server.must_patch("/v1/account", {{"reason_required", true}}); return s.act("lose"); }},
      {reason_wrong_outcome, [](Stage& s) { return s.act("lose", {{"reason_id", s.reason("won")}}); }},
      {feature_off, [](Stage& s) { return s.admin().patch(s.deal, {{"source_id", missing_id}}); }},
      {name_taken, [](Stage& s) { s.server.create("/v1/teams", {{"name", "North"}}); return s.admin().post("/v1/teams", {{"name", "  NORTH "}}); }},
      {id_taken, [](Stage& s) { return s.admin().post("/v1/deals", {{"id", s.deal.substr(10)}, {"name", "Other"}}); }},
      {effective_before_last_event, [](Stage& s) { return s.act("lose", {{"effective_at", "2026-01-01T00:00:00Z"}}); }},
      {last_administrator, [](Stage& s) { return s.admin().patch("/v1/users/" + s.server.admin_id(), {{"role", "manager"}}); }},
      {task_not_open, [](Stage& s) {
         const std::string task = "/v1/tasks/" + s.server.create("/v1/tasks", {{"name", "T"}});
         s.server.must_post(task + "/complete");
         return s.admin().post(task + "/complete");
       }},
      {task_not_completed, [](Stage& s) { return s.admin().post("/v1/tasks/" + s.server.create("/v1/tasks", {{"name", "T"}}) + "/reopen"); }},
      {in_use, [](Stage& s) { return s.admin().post("/v1/processes/" + s.abc.process + "/archive"); }},
      {client_required, [](Stage& s) { s.server.must_patch("/v1/account", {{"client_required", true}}); return s.admin().post("/v1/deals", {{"name", "D"}}); }},
      {lead_not_active, [](Stage& s) {
         const std::string lead = "/v1/leads/" + s.server.create("/v1/leads", {{"title", "L"}});
         s.server.must_post(lead + "/lose");
         return s.admin().post(lead + "/convert", {{"deal", true}});
       }},
      {already_merged, [](Stage& s) {
         const std::string kept = s.server.create("/v1/companies", {{"name", "A"}}), gone = s.server.create("/v1/companies", {{"name", "B"}});
         s.server.must_post("/v1/companies/" + kept + "/merge", {{"from_id", gone}});
         return s.admin().patch("/v1/companies/" + gone, {{"name", "C"}});
       }},
      {weights_not_100, [](Stage& s) {
         return s.admin().post("/v1/scorecards", {{"user_ids", {s.sam.id}}, {"period", {{"kind", "monthly"}, {"start", "2026-03-01"}}},
                                                  {"parameters", {{{"kind", "deals_won"}, {"target", 1}, {"weight_bp", 9'999}}}}});
       }},
      {undo_blocked, [](Stage& s) {
         s.act("move", {{"stage_id", s.abc.b}});
         const std::int64_t moved = s.admin().get(s.deal + "/history").number("/data/1/command_id");
         s.act("lose");
         return s.admin().post("/v1/undo", {{"command_id", moved}});
       }},
      {bulk_refused, [](Stage& s) {
         return s.admin().post("/v1/deals/bulk", {{"commands", json::array{{{"path", s.deal + "/reopen"}}}}, {"atomic", true}});
       }},
      {bulk_too_large, [](Stage& s) {
         json::array commands;
         for (int i = 1; i <= 800; ++i) {
           json::array lines;
           for (int line = 0; line < 30; ++line) lines.push_back({{"name", "x"}, {"price", {{"amount", std::to_string(i)}}}});
           commands.push_back({{"method", "PUT"}, {"path", s.deal + "/lines"}, {"body", {{"lines", lines}}}});
         }
         return s.admin().post("/v1/deals/bulk", {{"commands", commands}, {"atomic", true}});
       }},
      {card_settled, [](Stage& s) {
         const std::string card = "/v1/scorecards/" + s.server.create("/v1/scorecards", {{"user_ids", {s.sam.id}}, {"period", {{"kind", "monthly"}, {"start", "2026-01-01"}}},
                                                                                         {"parameters", {{{"kind", "deals_won"}, {"target", 10}, {"weight_bp", 10'000}}}}});
         s.server.must_post(card + "/settle");
         return s.admin().patch(card, {{"period", {{"start", "2026-01-15"}}}});
       }},
      {legal_hold, [](Stage& s) {
         const std::string held = "/v1/persons/" + s.server.create("/v1/persons", {{"name", "Ala"}});
         s.server.must_post(held + "/hold", {{"reason", "A court asks"}});
         return s.admin().post(held + "/erase");
       }},
      {erased, [](Stage& s) {
         const std::string gone = "/v1/persons/" + s.server.create("/v1/persons", {{"name", "Ala"}});
         s.server.must_post(gone + "/erase");
         return s.admin().patch(gone, {{"name", "Ala"}});
       }},
      {user_active, [](Stage& s) { return s.admin().post("/v1/users/" + s.sam.id + "/erase"); }},
      {not_found, [](Stage& s) { return s.sam.api.get(s.deal); }},
      {forbidden, [](Stage& s) { s.server.must_patch(s.deal, {{"visibility", "public"}}); return s.sam.api.patch(s.deal, {{"name", "E"}}); }},
      {user_suspended, [](Stage& s) {
         s.server.must_patch("/v1/users/" + s.sam.id, {{"is_suspended", true}});
         return s.admin().patch(s.deal, {{"owner_id", s.sam.id}});
       }},
      {wrong_password, [](Stage& s) {
         const std::string path = "/v1/users/" + s.sam.id + "/password";
         s.admin().put(path, {{"password", "correct horse battery"}});
         return s.sam.api.put(path, {{"password", "another horse battery"}, {"old_password", "wrong horse battery"}});
       }},
      {version_mismatch, [](Stage& s) { return s.admin().patch(s.deal, {{"name", "E"}}, {{"If-Match", "\"7\""}}); }},
  };
  return all;
}

// No route of today leads to these.
const std::map<Code, const char*> unreachable = {
    {Code::not_undoable, "a reason of undo_blocked, see below"},
};

int status_of(Code code) {
  switch (code) {
    case Code::unknown_field: case Code::wrong_type: return 400;
    case Code::weights_not_100: return 422;
    case Code::not_found: return 404;
    case Code::forbidden: return 403;
    case Code::version_mismatch: return 412;
    default: return static_cast<int>(code) < 40 ? 422 : 409;
  }
}

}  // namespace

TEST_CASE("Every code of a refusal reaches clients under its name and status, and nothing has changed", "[api][acceptance][GEN-10]") {
  for (const auto& [code, cause] : causes()) {
    Stage stage;
    const Answer answer = cause(stage);
    INFO(name(code) << ": " << answer.status << " " << answer.body.substr(0, 400));
    CHECK(answer.status == status_of(code));
    CHECK(answer.code() == name(code));
    CHECK(answer.header("Content-Type") == "application/problem+json");
    CHECK(answer.number("/status") == answer.status);
    CHECK_FALSE(answer.text("/title").empty());
    CHECK_FALSE(answer.text("/request_id").empty());
  }
}

TEST_CASE("No code is left out", "[api][acceptance]") {
  for (int number = 1; number < 200; ++number) {
    const auto code = static_cast<Code>(number);
    if (name(code).empty() || name(code) == "unknown") continue;
    INFO(name(code));
    CHECK(causes().count(code) + unreachable.count(code) == 1);
  }
}

TEST_CASE("What can never be taken back says so among the reasons of a blocked undo", "[api][acceptance][DEA-9]") {
  Stage s;
  s.server.must_post("/v1/users/" + s.sam.id + "/hand-over", {{"to_user_id", s.server.admin_id()}});
  const std::string kept = s.server.create("/v1/persons", {{"name", "Ala"}}), gone = s.server.create("/v1/persons", {{"name", "Ela"}});
  s.server.must_post("/v1/persons/" + kept + "/merge", {{"from_id", gone}});
  const Answer refused = s.admin().post("/v1/undo", {{"last", true}});
  INFO(refused.body);
  CHECK(refused.status == 409);
  CHECK(refused.code() == "undo_blocked");
  CHECK(refused.text("/reasons/0/code") == "not_undoable");
}

TEST_CASE("What is wrong with a request as such has a code of its own, too", "[api][acceptance][GEN-10]") {
  Stage s;
  const std::string token = "Authorization: Bearer " + s.admin().token() + "\r\n", close = "Host: x\r\nConnection: close\r\n";
  const auto raw = [&](const std::string& request) { return parse_answer(raw_exchange(s.server.port(), request)); };
  const auto log_in = [&] { return s.server.nobody().post("/v1/sessions", {{"account", "acme"}, {"email", "nobody@acme.example"}, {"password", "a wrong one"}}); };
  s.server.must_patch(s.deal, {{"name", "Deal"}});
  REQUIRE(s.admin().patch(s.deal, {{"name", "One"}}, {{"Idempotency-Key", "k"}}).status == 200);
  for (int i = 0; i < 10; ++i) log_in();
  using enum api::Problem;
  const std::pair<api::Problem, Answer> all[] = {
      {bad_request, s.admin().get("/v1/deals/%FF")},
      {unauthenticated, s.server.nobody().get("/v1/deals")},
      {forbidden, s.sam.api.post("/v1/users", {{"name", "N"}})},
      {not_found, s.admin().get("/v1/nothing")},
      {method_not_allowed, s.admin().send("PUT", "/v1/deals", "{}")},
      {not_acceptable, s.admin().get("/v1/deals", {{"Accept", "text/html"}})},
      {payload_too_large, raw("POST /v1/deals HTTP/1.1\r\n" + close + token + "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n")},
      {headers_too_large, raw("GET /v1/deals HTTP/1.1\r\n" + close + token + "X-Long: " + std::string(20'000, 'x') + "\r\n\r\n")},
      {unsupported_media_type, s.admin().send("POST", "/v1/deals", "{}", {{"Content-Type", "text/plain"}})},
      {key_reused, s.admin().patch(s.deal, {{"name", "Two"}}, {{"Idempotency-Key", "k"}})},
      {too_many_requests, log_in()},
  };
  for (const auto& [problem, answer] : all) {
    INFO(answer.status << " " << answer.body);
    CHECK(answer.status == api::spec(problem).status);
    CHECK(answer.code() == api::spec(problem).code);
    CHECK(answer.header("Content-Type") == "application/problem+json");
  }
}

TEST_CASE("Every route that takes a body names every member that it does not know, each with its pointer", "[api][acceptance][GEN-10]") {
  Stage s;
  int routes = 0;
  for (const auto& route : s.server.app().routes().all()) {
    if (!route->body || route->body_type != "application/json" || route->method == api::Method::get) continue;
    std::string path = route->path;
    for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) path.replace(brace, path.find('}') - brace + 1, s.sam.id);   // who has no password
    const Answer answer = s.admin().send(api::name(route->method), path, R"({"first of two": 1, "second/of~two": null})");
    INFO(api::name(route->method) << " " << path << ": " << answer.status << " " << answer.body);
    CHECK(answer.status == 400);
    const std::vector<std::string> errors = answer.errors();
    for (const char* error : {"/first of two unknown_field", "/second~1of~0two unknown_field"}) CHECK(std::ranges::find(errors, error) != errors.end());
    ++routes;
  }
  CHECK(routes > 80);
}

TEST_CASE("A refused win names the mandatory actions that are missing", "[api][acceptance][DEA-4]") {
  Stage stage;
  const auto own = stage.own_process({{"mandatory", true}});
  const Answer refused = stage.admin().post(own.deal + "/win");
  CHECK(refused.code() == "mandatory_actions_missing");
  CHECK(refused.at("/objects") == json::array{json::string(own.action)});
  CHECK(stage.admin().post(own.deal + "/lose").status == 200);   // says nothing of losing
}

TEST_CASE("A stage that holds open deals goes only together with a target for them", "[api][acceptance][PRC-1]") {
  Stage s;
  const json::value without_a = {{"stages", json::array{{{"id", s.abc.b}, {"name", "B"}}}}, {"removed_stages", {{s.abc.a, s.abc.b}}}};
  const Answer changed = s.admin().put("/v1/processes/" + s.abc.process, without_a);
  INFO(changed.body);
  CHECK(changed.status == 200);
  CHECK(s.admin().get(s.deal).text("/stage_id") == s.abc.b);
  CHECK(s.admin().get("/v1/deals?stage_id=" + s.abc.b + "&include=total").number("/page/total") == 1);
  CHECK(s.admin().get("/v1/boards/default").number("/columns/0/count") == 1);
  CHECK(s.admin().get("/v1/processes/" + s.abc.process + "/versions").at("/data").as_array().size() == 2);
}

TEST_CASE("A deal keeps the furthest stage that it visited, though a new version removed the one behind it", "[api][acceptance][PRC-1][DEA-2]") {
  Stage s;
  REQUIRE(s.admin().post(s.deal + "/move", {{"stage_id", s.abc.c}}).status == 200);
  REQUIRE(s.admin().post(s.deal + "/move", {{"stage_id", s.abc.b}}).status == 200);
  const json::array stages{{{"id", s.abc.a}, {"name", "A"}}, {{"id", s.abc.b}, {"name", "B"}}};
  REQUIRE(s.admin().put("/v1/processes/" + s.abc.process, {{"stages", stages}, {"removed_stages", {{s.abc.c, s.abc.a}}}}).status == 200);
  CHECK(s.admin().get(s.deal).text("/furthest_stage_id") == s.abc.b);
  REQUIRE(s.admin().post(s.deal + "/move", {{"stage_id", s.abc.a}}).status == 200);
  CHECK(s.admin().get(s.deal).text("/furthest_stage_id") == s.abc.b);
}

TEST_CASE("A completed action may leave a note and add a task, and its assignee takes part in the deal", "[api][acceptance][PRC-2][ACC-5]") {
  Stage s;
  const auto own = s.own_process({{"note", "note"}, {"trigger", {{"name", "Follow up"}, {"due_in_days", 3}, {"assignee", s.sam.id}}}});
  CHECK(s.sam.api.get(own.deal).status == 404);
  const Answer done = s.admin().post(own.deal + "/actions/" + own.action + "/complete", {{"note", "They agreed."}});
  INFO(done.body);
  REQUIRE(done.status == 200);
  const std::string deal = own.deal.substr(10);
  CHECK(s.admin().get("/v1/notes?links.deal_id=" + deal).text("/data/0/text") == "They agreed.");
  const Answer tasks = s.sam.api.get("/v1/tasks?links.deal_id=" + deal);
  CHECK(tasks.text("/data/0/name") == "Follow up");
  CHECK(tasks.text("/data/0/due_on") == "2026-03-05");
  CHECK(s.sam.api.get(own.deal).status == 200);
}
