// Rights, cell by cell (SPEC ACC-4, ACC-5; QUALITY R14): every route x every role x an object that is the caller's own,
// shared with him, public, somebody else's, or another account's. A route without a row fails.

#include <algorithm>
#include <map>
#include <set>

#include "api/app.h"
#include "tests/api/rights_table.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

// Histories and states have the rights of what they are of, and searches those of their list: without a row of their own they have
// that of `GET .../{id}`, and of the GET.
std::vector<Row> rows_for(const std::vector<std::string>& routes) {
  static std::set<std::string> names;
  std::vector<Row> rows(std::begin(rights_table), std::end(rights_table));
  for (const std::string& route : routes) {
    const bool is_search = route.starts_with("POST ") && route.ends_with("/search");
    if (!is_search && !route.ends_with("/{id}/history") && !route.ends_with("/{id}/states")) continue;
    const std::string one = route.substr(0, route.rfind('/')), of = is_search ? "GET" + one.substr(4) : one;
    const auto has = [](const std::string& name) { return [name](const Row& row) { return row.route == name; }; };
    const auto row = std::ranges::find_if(rows, has(of));
    if (row == rows.end() || std::ranges::any_of(rows, has(route))) continue;
    Row derived = *row;
    derived.route = names.insert(route).first->c_str();
    rows.push_back(derived);
  }
  return rows;
}

enum Target { own, shared, public_, foreign, other_account };
constexpr const char* target_names[] = {"own", "shared", "public", "foreign", "another account's"};
constexpr const char* roles[] = {"administrator", "manager", "salesperson", "analyst", "auditor"};

// An account with somebody of each role and a colleague, and a second account with an administrator.
struct RightsOffice {
  test::Server server;
  test::Server::Abc abc = server.add_abc();
  std::string second_process, second_stage;
  Person colleague = server.add_user("Colleague", "salesperson");
  std::map<std::string, Person> people;
  Person stranger = server.add_account("other");
  int made = 0;
  std::map<std::string, std::string> cache;   // for routes that change nothing
  static constexpr const char* password = "correct horse battery";

  RightsOffice() {
    server.must_patch("/v1/account", {{"sources_on", true}, {"costs_on", true}});
    (void)stranger.api.patch("/v1/account", {{"costs_on", true}});
    people.emplace("administrator", Person{server.admin_id(), server.admin()});
    for (const char* role : {"manager", "salesperson", "analyst", "auditor"}) people.emplace(role, server.add_user(role, role));
    const Answer process = server.must_post("/v1/processes", {{"name", "Second"}, {"stages", json::array{{{"name", "Only"}}}}});
    for (const auto& [role, person] : people) REQUIRE(server.admin().put("/v1/users/" + person.id + "/password", {{"password", password}}).status == 200);
    second_process = process.text("/id");
    second_stage = process.text("/stages/0/id");
  }

  std::string unique(const char* word) { return word + std::to_string(++made); }
  static std::string id_of(const Answer& answer) {
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    return answer.text("/id");
  }

  json::object deal_body(const Person& person, Target target) {
    json::object body{{"name", unique("deal ")}};
    if (target == other_account) return body;
    body["owner_id"] = target == own ? person.id : colleague.id;
    if (target == shared) body["participant_ids"] = json::array{json::string(person.id)};
    if (target == public_) body["visibility"] = "public";
    return body;
  }
  const Api& maker(Target target) { return target == other_account ? stranger.api : server.admin(); }
  // Created by the colleague: the administrator, too, is then not the creator.
  std::string deal(const Person& person, Target target) {
    json::object body = deal_body(person, target);
    if (target != other_account) body["performed_by"] = colleague.id;
    return id_of(maker(target).post("/v1/deals", body));
  }

  // An object of the collection, as `target` says, for that person.
  std::string object(const std::string& collection, const Person& person, Target target) {
    const Api& api = maker(target);
    const std::string path = "/v1/" + collection;
    json::object body{{"name", unique("thing ")}};
    if (collection == "deals") return deal(person, target);
    if (collection == "leads") {
      body = {{"title", unique("lead ")}};
      if (target != other_account) {
        body["performed_by"] = colleague.id;
        body["owner_id"] = target == own ? person.id : colleague.id;
      }
      if (target == shared) body["participant_ids"] = json::array{json::string(person.id)};
    }
    if (collection == "scorecards") {
      body = card_body(target == own ? person.id : target == other_account ? stranger.id : colleague.id);
      if (target == shared) {
        std::string& team = cache["team of " + person.id];   // one, in which he stays
        if (team.empty()) {
          team = server.create("/v1/teams", {{"name", unique("team ")}});
          server.must_patch("/v1/users/" + person.id, {{"team_ids", {team}}});
        }
        body.erase("user_ids");
        body["team_ids"] = {team};
      }
    }
    if (collection == "jobs") return job(target == own && may_write(person) ? person.api : target == other_account ? stranger.api : colleague.api);
    if (collection == "imports") return id_of(api.post(path, {{"scope", unique("scope ")}}));
    if (collection == "users") {
      if (target == own) return person.id;
      return id_of(api.post(path, {{"name", unique("user ")}, {"email", unique("user") + "@acme.example"}, {"role", "salesperson"}}));
    }
    if (collection == "sessions") {
      if (target == other_account) return stranger.id;
      const Person& whose = target == own ? person : colleague;
      if (target != own) REQUIRE(server.admin().put("/v1/users/" + colleague.id + "/password", {{"password", password}}).status == 200);
      const Answer session = server.nobody().post(path, log_in_body(whose));
      REQUIRE(session.status == 201);
      return server.as(session.text("/token")).get(path).text("/data/0/id");
    }
    if (collection == "spaces" && target == own) body["owner_id"] = person.id;
    if (collection == "tokens") body["user_id"] = target == own ? person.id : target == other_account ? stranger.id : colleague.id;
    if (collection == "close-reasons") body["outcome"] = "lost";
    if (collection == "exchange-rates") body = rate_body();
    if (collection == "custom-fields") body = custom_body();
    if (collection == "saved-filters") {
      body = filter_body();
      if (target == shared || target == public_) body["is_shared"] = true;
      if (target == foreign) return id_of(colleague.api.post(path, body));
      if (target == own && may_write(person)) return id_of(person.api.post(path, body));
    }
    if (collection == "processes") body["stages"] = json::array{{{"name", "Only"}}};
    if (collection == "sources" && target == other_account) (void)api.patch("/v1/account", {{"sources_on", true}});
    if ((collection == "companies" || collection == "persons") && target != other_account) {
      body["performed_by"] = colleague.id;
      if (target == own) body["owner_id"] = person.id;
    }
    if (collection == "series") {
      const std::string task = object("tasks", person, target);
      return api.get("/v1/tasks/" + task).text("/series_id");
    }
    if (collection == "tasks" || collection == "notes" || collection == "emails") {
      // One's own is written by oneself, and assigned, on a deal that hides it; the rest is on deals of that kind.
      const std::string on = deal(person, target == own ? foreign : target);
      if (collection == "notes") body = {{"text", unique("note ")}};
      if (collection == "emails") body = email_body(on);
      body["links"] = {{"deal_id", on}};
      if (target == own) body["performed_by"] = person.id;
      if (collection == "tasks" && target != own && target != other_account) body["assignee_id"] = colleague.id;
      if (collection == "tasks") {
        body["due_on"] = "2026-03-05";
        body["recurrence"] = {{"frequency", "daily"}};
      }
    }
    if (collection == "files") {
      // One's own hangs on nothing: nobody else sees it but those who see all.
      const bool his = target == own && may_write(person);
      return id_of(upload(his ? person.api : api, his ? json::value(nullptr) : json::value{{"deal_id", deal(person, target)}}));
    }
    return id_of(api.post(path, body));
  }
  // One that is over: it found nothing to do.
  static std::string job(const Api& api) {
    const json::object nothing{{"field", "name"}, {"value", "nobody is called that"}}, command{{"path", "/v1/companies/{id}"}, {"method", "DELETE"}};
    const Answer begun = api.post("/v1/companies/bulk", {{"filter", nothing}, {"command", command}}, {{"Prefer", "respond-async"}});
    INFO(begun.body);
    REQUIRE(begun.status == 202);
    (void)api.get(begun.header("Location"), {{"Accept", "text/event-stream"}});
    return begun.text("/id");
  }
  static Answer upload(const Api& api, const json::value& links) {
    std::string form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n";
    if (!links.is_null()) form += "--b\r\nContent-Disposition: form-data; name=\"links\"\r\n\r\n" + json::serialize(links) + "\r\n";
    return api.send("POST", "/v1/files", form + "--b--", {{"Content-Type", "multipart/form-data; boundary=b"}});
  }

  json::object log_in_body(const Person& person) {
    return {{"account", "acme"}, {"email", server.admin().get("/v1/users/" + person.id).text("/email")}, {"password", password}};
  }
  static bool may_write(const Person& person) { return person.api.post("/v1/tags", {{"name", "of " + person.id}}).status != 403; }
  json::object rate_body() { return {{"currency", "EUR"}, {"day", to_string(Day{20'000 + ++made})}, {"rate", "4.3"}}; }
  static constexpr const char* counted = "0190a000-0000-4000-8000-0000000000c9";
  json::object card_body(const std::string& user) {
    return {{"user_ids", {user}}, {"period", {{"kind", "monthly"}, {"start", "2026-01-01"}}},   // over, so that it can be settled
            {"parameters", {{{"id", counted}, {"kind", "custom"}, {"name", "Counted"}, {"target", ++made}, {"weight_bp", 10'000}}}}};
  }
  json::object custom_body() { return {{"key", unique("key")}, {"collection", "deals"}, {"type", "text"}}; }
  json::object filter_body() {
    return {{"name", unique("filter ")}, {"collection", "deals"}, {"filter", {{"field", "status"}, {"value", "won"}}}};
  }
  json::object email_body(const std::string& deal) {
    return {{"message_id", "<" + unique("m") + "@acme.example>"}, {"from", "ala@acme.example"}, {"to", json::array{"bob@example.com"}},
            {"sent_at", "2026-03-01T10:00:00Z"}, {"links", {{"deal_id", deal}}}};
  }

  // What the route needs in its body, and what must have happened to the object before.
  json::value body(const std::string& route, const Person& person, Target target) {
    if (route.ends_with("/search")) return {{"field", "created_at"}, {"op", "gte"}, {"value", "2020-01-01"}};
    if (route == "PATCH /v1/account") return {{"locale", unique("en-")}};
    if (route == "POST /v1/sessions") return log_in_body(person);
    if (route == "PUT /v1/users/{id}/password") return {{"password", password}, {"old_password", password}};
    if (route == "POST /v1/access-requests") return {{"deal_id", deal(person, target)}};
    if (route == "POST /v1/notifications/read") return {{"up_to", 1}};
    if (route == "POST /v1/tokens") return {{"name", "a token"}, {"user_id", colleague.id}};
    if (route == "POST /v1/users") return {{"name", "New"}, {"email", unique("new") + "@acme.example"}, {"role", "salesperson"}};
    if (route == "POST /v1/close-reasons") return {{"name", unique("reason ")}, {"outcome", "won"}};
    if (route == "POST /v1/processes") return {{"name", unique("process ")}, {"stages", json::array{{{"name", "Only"}}}}};
    if (route == "PUT /v1/processes/{id}") return {{"stages", {{{"name", unique("stage ")}}, {{"name", unique("stage ")}}}}};
    if (route == "POST /v1/exchange-rates") return rate_body();
    if (route == "PATCH /v1/exchange-rates/{id}") return {{"rate", "4." + std::to_string(++made)}};
    if (route == "POST /v1/custom-fields") return custom_body();
    if (route == "PATCH /v1/custom-fields/{id}") return {{"label", unique("label ")}};
    if (route == "POST /v1/saved-filters") return filter_body();
    if (route == "POST /v1/scorecards") return card_body(colleague.id);
    if (route == "PATCH /v1/scorecards/groups/{key}") return {{"parameters", card_body(colleague.id).at("parameters")}};
    if (route == "PATCH /v1/scorecards/{id}") return {{"auto_duplicate", true}};
    if (route.ends_with("/copy")) return json::object();
    if (route.ends_with("/adjust")) return {{"parameter_id", counted}, {"add", 1}};
    if (route == "POST /v1/tasks") return {{"name", "A task"}, {"links", {{"deal_id", deal(person, target)}}}};
    if (route == "POST /v1/notes") return {{"text", "A note"}, {"links", {{"deal_id", deal(person, target)}}}};
    if (route == "POST /v1/files") return {{"deal_id", deal(person, target)}};
    if (route == "POST /v1/emails") return email_body(deal(person, target));
    if (route == "POST /v1/leads" || route == "PATCH /v1/leads/{id}") return {{"title", unique("lead ")}};
    if (route == "POST /v1/leads/{id}/move") return {{"stage_id", server.admin().get("/v1/lead-stages?sort=-position").text("/data/0/id")}};
    if (route.ends_with("/merge")) {
      const std::string collection = route.substr(9, route.find("/{") - 9);
      const bool his = person.id != colleague.id && target == own;
      json::object from{{"name", unique("merged ")}, {"performed_by", colleague.id}};
      if (his) from["owner_id"] = person.id;
      return {{"from_id", id_of(server.admin().post("/v1/" + collection, from))}};
    }
    // One command that is refused for itself.
    for (const char* path : {"/v1/files", "/v1/scorecards"})   // what creates them is no part of a bulk
      if (route == "POST " + std::string(path) + "/bulk") return {{"commands", json::array{{{"method", "DELETE"}, {"path", path + ("/" + std::string(counted))}}}}};
    if (route.ends_with("/bulk")) return {{"commands", json::array{{{"path", route.substr(5, route.size() - 10)}, {"body", json::object{}}}}}};
    if (route.ends_with("/hand-over")) return {{"to_user_id", target == own ? colleague.id : person.id}, {"dry_run", true}};
    if (route == "POST /v1/undo") {
      (void)person.api.post("/v1/tasks", {{"name", unique("task ")}});
      return {{"last", true}};
    }
    if (route == "POST /v1/imports") return {{"scope", unique("scope ")}};
    if (route.starts_with("POST /v1/") && route.find('{') == std::string::npos) return {{"name", unique("thing ")}};
    if (route.ends_with("/hold")) return {{"reason", unique("reason ")}};
    if (route.ends_with("/lines")) return {{"lines", json::array{{{"name", "A thing"}, {"price", {{"amount", "10.00"}}}}}}};
    if (route.ends_with("/costs")) return {{"costs", json::array()}};
    if (route.ends_with("/move")) return {{"stage_id", abc.b}};
    if (route.ends_with("/process")) return {{"process_id", second_process}, {"stage_id", second_stage}};
    if (route.ends_with("/participants")) return {{"add", {person.id, colleague.id}}};
    if (route.ends_with("/correct")) return {{"note", "in truth"}};
    if (route == "PATCH /v1/notes/{id}") return {{"text", unique("words ")}};
    if (route.starts_with("PATCH")) return {{"name", unique("name ")}};
    return nullptr;
  }
  void prepare(const std::string& route, const std::string& id, Target target) {
    const bool deals = route.find("/v1/deals/") != std::string::npos;
    std::string verb;
    if (deals && (route.ends_with("{id}/reopen") || route.ends_with("/correct"))) verb = "/v1/deals/" + id + "/lose";
    if (route.ends_with("{action_id}/reopen") && target != other_account) verb = "/v1/deals/" + id + "/actions/" + abc.a1 + "/complete";
    if (route == "POST /v1/tasks/{id}/reopen") verb = "/v1/tasks/" + id + "/complete";
    if (route == "POST /v1/users/{id}/erase") REQUIRE(maker(target).patch("/v1/users/" + id, {{"is_suspended", true}}).status == 200);
    if (!verb.empty()) REQUIRE(maker(target).post(verb).status == 200);
  }

  std::string path(const std::string& route, const Person& person, Target target) {
    std::string path = route.substr(route.find(' ') + 1);
    if (path == "/v1/search") path += "?q=thing";
    const auto fill = [&](const char* name, const auto& make) {
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, std::string_view(name).size(), make());
    };
    fill("{process_id}", [&] { return target == other_account ? stranger.api.get("/v1/processes").text("/data/0/id") : abc.process; });
    fill("{stage_id}", [&] { return target == other_account ? stranger.api.get("/v1/processes").text("/data/0/stages/0/id") : abc.a; });
    fill("{action_id}", [&] { return abc.a1; });
    // The one record's tile of the log's beginning, "tile/0/000.p/1".
    fill("{level}", [] { return "0"; });
    fill("{a}", [] { return "000.p"; });
    fill("{b}", [] { return "1"; });
    fill("{c}", [] { return "0"; });
    fill("{d}", [] { return "0"; });
    if (route == "DELETE /v1/scorecards") path += "?user_id=" + (target == other_account ? stranger.id : colleague.id);
    fill("{key}", [&] { return maker(target).get("/v1/scorecards/" + object("scorecards", person, target)).text("/group_key"); });
    if (path == "/v1/audit/proof") path += "?position=1";
    if (path == "/v1/audit/consistency") path += "?from=1";
    fill("{id}", [&] {
      const std::string collection = path.substr(4, path.find('/', 4) - 4);
      std::string* kept = route.starts_with("GET") ? &cache[collection + person.id + target_names[target]] : nullptr;
      if (kept && !kept->empty()) return *kept;
      // Nobody is erased while he is active, and nobody suspends himself.
      const bool is_himself = target == own && route == "POST /v1/users/{id}/erase";
      const std::string id = object(collection, person, is_himself ? foreign : target);
      prepare(route, id, target);
      if (kept) *kept = id;
      return id;
    });
    return path;
  }
};

char letter(const Answer& answer) {
  switch (answer.status) {
    case 200: case 201: case 202: case 204: return 'y';
    case 403: return 'f';
    case 404: return 'n';
    case 422: return 'u';
    default: return '?';
  }
}

std::vector<std::string> route_names(test::Server& server) {
  std::vector<std::string> names;
  for (const auto& route : server.app().routes().all()) names.push_back(std::string(api::name(route->method)) + " " + route->path);
  return names;
}

}  // namespace

TEST_CASE("Every route has its row, and every row its route", "[api][acceptance][R14][ACC-5]") {
  test::Server server;
  std::set<std::string> rows;
  const auto routes = route_names(server);
  for (const Row& row : rows_for(routes)) CHECK(rows.insert(row.route).second);
  for (const std::string& route : routes) {
    INFO(route);
    CHECK(rows.erase(route) == 1);
  }
  for (const std::string& left : rows) FAIL_CHECK("no such route: " + left);
}

TEST_CASE("Every cell: route x role x own, shared, public, foreign, another account's", "[api][acceptance][R14][ACC-4][ACC-5]") {
  RightsOffice office;
  for (const Row& row : rows_for(route_names(office.server))) {
    const std::string route = row.route;
    const char* expected[] = {row.administrator, row.manager, row.salesperson, row.analyst, row.auditor};
    const std::string method = route.substr(0, route.find(' '));
    for (int role = 0; role < 5; ++role) {
      const Person& person = office.people.at(roles[role]);
      for (const Target target : {own, shared, public_, foreign, other_account}) {
        const std::string path = office.path(route, person, target);
        const json::value body = method == "GET" || method == "DELETE" ? json::value(nullptr) : office.body(route, person, target);
        const Answer answer = route == "POST /v1/files" ? RightsOffice::upload(person.api, body) : person.api.send(method, path, body.is_null() ? "" : json::serialize(body));
        INFO(route << " as " << roles[role] << ", " << target_names[target] << ": " << answer.status << " " << answer.body.substr(0, 400));
        CHECK(std::string(1, letter(answer)) == std::string(1, expected[role][target]));
      }
    }
  }
}

TEST_CASE("Without a valid token every route but the public ones is 401", "[api][acceptance][R14][ACC-7]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  server.must_patch("/v1/users/" + sam.id, {{"is_suspended", true}});
  const std::string user = server.admin_id();
  const Answer expiring = server.must_post("/v1/tokens", {{"name", "short"}, {"user_id", user}, {"expires_at", "2026-03-02T09:30:00Z"}});
  const Answer revoked = server.must_post("/v1/tokens", {{"name", "gone"}, {"user_id", user}});
  CHECK(server.as(expiring.text("/token")).get("/v1/account").status == 200);
  CHECK(server.as(revoked.text("/token")).get("/v1/account").status == 200);
  REQUIRE(server.admin().remove("/v1/tokens/" + revoked.text("/id")).status == 200);
  server.set_now("2026-03-02T09:30:00Z");
  const Api bad[] = {server.nobody(), server.as("dlg_acme_" + std::string(43, 'A')), server.as("dlg_nowhere_" + std::string(43, 'A')), server.as("x"),
                     sam.api, server.as(expiring.text("/token")), server.as(revoked.text("/token"))};
  for (const auto& route : server.app().routes().all()) {
    if (route->rights.is_public) continue;
    std::string path = route->path;
    for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) path.replace(brace, path.find('}') - brace + 1, user);
    for (const Api& api : bad) {
      const Answer answer = api.send(api::name(route->method), path, "");
      INFO(path << " " << answer.body);
      CHECK(answer.status == 401);
      CHECK(answer.header("WWW-Authenticate") == "Bearer");
    }
  }
}

TEST_CASE("A read-only token reads what its user reads and changes nothing", "[api][acceptance][ACC-7]") {
  test::Server server;
  const Api reader = server.as(server.must_post("/v1/tokens", {{"name", "r"}, {"user_id", server.admin_id()}, {"read_only", true}}).text("/token"));
  CHECK(reader.get("/v1/users").status == 200);
  CHECK(reader.post("/v1/users/search", {{"field", "role"}, {"value", "administrator"}}).status == 200);
  for (const auto& route : server.app().routes().all()) {
    if (route->shape != api::Shape::command) continue;
    std::string path = route->path;
    for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) path.replace(brace, path.find('}') - brace + 1, server.admin_id());
    INFO(path);
    CHECK(reader.send(api::name(route->method), path, "").status == 403);
  }
}

TEST_CASE("What a salesperson may not see is in none of his lists, boards, reports and totals", "[api][acceptance][R14][ACC-4][ACC-5]") {
  test::Server server;
  const test::Server::Abc abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const auto fill = [&](const json::object& more, const char* close) {
    json::object body = more;
    body["name"] = "deal";
    body["owner_id"] = sue.id;
    body["value"] = {{"amount", "100"}};
    body["performed_by"] = sue.id;
    const std::string deal = server.create("/v1/deals", body);
    const std::string task = server.create("/v1/tasks", {{"name", "t"}, {"due_on", "2026-03-02"}, {"assignee_id", sue.id}, {"links", {{"deal_id", deal}}}});
    server.create("/v1/notes", {{"text", "n"}, {"links", {{"deal_id", deal}}}});
    server.create("/v1/emails", {{"message_id", deal}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"sent_at", "2026-03-02T08:00:00Z"}, {"links", {{"deal_id", deal}}}});
    server.must_post("/v1/tasks/" + task + "/complete");
    if (close) server.must_post("/v1/deals/" + deal + "/" + close);
    return deal;
  };
  fill({}, nullptr);
  fill({}, "win");
  fill({{"visibility", "public"}}, nullptr);
  fill({{"visibility", "public"}}, "win");
  fill({{"participant_ids", {sam.id}}}, "win");

  const auto count = [](const Api& api, const std::string& target, const char* pointer) {
    const Answer answer = api.get(target);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.number(pointer);
  };
  const auto both = [&](const std::string& target, const char* pointer) { return std::pair(count(server.admin(), target, pointer), count(sam.api, target, pointer)); };
  using Counts = std::pair<std::int64_t, std::int64_t>;
  for (const char* kind : {"deals", "tasks", "notes", "emails"}) {
    CAPTURE(kind);
    CHECK(both("/v1/" + std::string(kind) + "?include=total", "/page/total") == Counts{5, 3});
    CHECK(both("/v1/" + std::string(kind) + "?include=total&deleted=include&as_of=2026-03-02", "/page/total") == Counts{5, 3});
  }
  CHECK(both("/v1/boards/default", "/columns/0/count") == Counts{2, 1});
  CHECK(both("/v1/boards/" + abc.process + "/columns/" + abc.a, "/columns/0/count") == Counts{2, 1});
  CHECK(both("/v1/reports/open-deals", "/summary/count") == Counts{2, 1});
  CHECK(both("/v1/reports/closed-deals", "/summary/count") == Counts{3, 2});
  CHECK(both("/v1/reports/ranking", "/summary/count") == Counts{3, 2});
  for (const char* section : {"new_deals", "planned_tasks", "completed_tasks", "notes", "sent_emails"})
    CHECK(both("/v1/reports/activities", ("/" + std::string(section) + "/summary/count").c_str()) == Counts{5, 3});
  CHECK(both("/v1/reports/activities", "/won_deals/summary/count") == Counts{3, 2});
  // Through a link neither: the name of a hidden deal cannot be guessed by filtering tasks.
  CHECK(both("/v1/tasks?include=total&deal.name=deal", "/page/total") == Counts{5, 3});
}

TEST_CASE("Time travel never widens rights: they are the reader's rights now", "[api][acceptance][ACC-5]") {
  test::Server server("2026-03-02T09:00:00Z");
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "once public"}, {"visibility", "public"}});
  const std::string position = server.admin().get(deal).header("Log-Position");
  CHECK(sam.api.get(deal).status == 200);
  server.advance_days(2);
  server.must_patch(deal, {{"visibility", "private"}});
  for (const std::string& moment : std::vector<std::string>{"", "?as_of=2026-03-02", "?known_at=2026-03-02", "?known_at=" + position}) {
    CAPTURE(moment);
    CHECK(sam.api.get(deal + moment).status == 404);
    CHECK(sam.api.get("/v1/deals" + moment).at("/data").as_array().empty());
    CHECK(sam.api.get("/v1/reports/open-deals" + moment).number("/summary/count") == 0);
    CHECK(sam.api.get("/v1/boards/default" + moment).number("/columns/0/count") == 0);
  }
  // And the other way round: what he may see now he may see as it was.
  server.must_patch(deal, {{"participant_ids", {sam.id}}});
  CHECK(sam.api.get(deal + "?as_of=2026-03-02").text("/visibility") == "public");
}

TEST_CASE("Nothing of one account is visible, countable or guessable from another", "[api][acceptance][ACC-1]") {
  test::Server server;
  const Person stranger = server.add_account("other");
  const std::string deal = server.create("/v1/deals", {{"name", "Ours"}, {"visibility", "public"}});
  CHECK(stranger.api.get("/v1/deals/" + deal).status == 404);
  CHECK(stranger.api.get("/v1/deals?include=total&deleted=include").number("/page/total") == 0);
  // The same id is free there: a 409 would tell that it is used here.
  CHECK(stranger.api.post("/v1/deals", {{"id", deal}, {"name", "Theirs"}}).status == 201);
  CHECK(server.admin().get("/v1/deals/" + deal).text("/name") == "Ours");
  const json::value missing = stranger.api.get("/v1/companies/" + deal).json, hidden = stranger.api.get("/v1/users/" + server.admin_id()).json;
  CHECK(missing.at("detail") == hidden.at("detail"));
}
