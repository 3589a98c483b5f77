// Many commands as one request (SPEC DEA-8; API.md 1, Bulk).

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct BulkDesk {
  Server server;
  Server::Abc abc = server.add_abc();
  Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");

  const Api& admin() const { return server.admin(); }
  std::string deal(json::object body = {}) {
    if (!body.contains("name")) body["name"] = "Deal";
    return server.create("/v1/deals", body);
  }
  Answer bulk(const json::value& body, const Headers& headers = {}) { return admin().post("/v1/deals/bulk", body, headers); }
  std::string stage(const std::string& deal) { return admin().get("/v1/deals/" + deal).text("/stage_id"); }
};

json::object move(const std::string& deal, const std::string& stage) {
  return {{"method", "POST"}, {"path", "/v1/deals/" + deal + "/move"}, {"body", {{"stage_id", stage}}}};
}

}  // namespace

TEST_CASE("A list of commands is answered item by item, in order, as each alone would be", "[api][acceptance][DEA-8]") {
  BulkDesk desk;
  const std::string one = desk.deal(), two = desk.deal();
  const Answer answer = desk.bulk({{"commands", json::array{move(one, desk.abc.b), move(two, desk.abc.process), {{"path", "/v1/deals"}, {"body", {{"name", "Third"}}}},
                                                            {{"method", "PATCH"}, {"path", "/v1/deals/" + one}, {"body", {{"name", "First"}}}, {"if_match", 7}},
                                                            {{"method", "PATCH"}, {"path", "/v1/deals/" + one}, {"body", {{"colour", "red"}}}}}}});
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  CHECK(answer.number("/accepted") == 2);
  CHECK(answer.number("/refused") == 3);
  CHECK(answer.number("/items/0/status") == 200);
  CHECK(answer.at("/items/0/body") == desk.admin().get("/v1/deals/" + one).json);
  CHECK(answer.text("/items/0/etag") == "\"2\"");
  CHECK(answer.number("/items/1/status") == 409);
  CHECK(answer.text("/items/1/body/code") == "stage_not_in_process");
  CHECK(answer.number("/items/2/status") == 201);
  CHECK(answer.text("/items/2/location") == "/v1/deals/" + answer.text("/items/2/body/id"));
  CHECK(answer.number("/items/3/status") == 412);
  CHECK(answer.number("/items/4/status") == 400);
  CHECK(answer.text("/items/4/body/errors/0/pointer") == "/colour");
  CHECK(desk.stage(one) == desk.abc.b);
  CHECK_FALSE(answer.header("Log-Position").empty());
}

TEST_CASE("An atomic bulk is done all, or none with what each would have been answered", "[api][acceptance][DEA-8]") {
  BulkDesk desk;
  const std::string one = desk.deal(), two = desk.deal();
  const Answer refused = desk.bulk({{"commands", {move(one, desk.abc.b), move(two, desk.abc.process)}}, {"atomic", true}});
  INFO(refused.body);
  CHECK(refused.status == 409);
  CHECK(refused.code() == "bulk_refused");
  CHECK(refused.number("/items/0/status") == 200);
  CHECK(refused.text("/items/1/body/code") == "stage_not_in_process");
  CHECK(desk.stage(one) == desk.abc.a);
  const Answer unreadable = desk.bulk({{"commands", {move(one, desk.abc.b), move(two, "nowhere")}}, {"atomic", true}});
  CHECK(unreadable.status == 409);
  CHECK(unreadable.number("/items/1/status") == 400);
  CHECK(desk.stage(one) == desk.abc.a);

  // A deal that is made and moved in the same breath.
  const std::string id = "0190a000-0000-7000-8000-00000000aaaa";
  const Answer done = desk.bulk({{"commands", {json::object{{"path", "/v1/deals"}, {"body", {{"id", id}, {"name", "New"}}}}, move(id, desk.abc.b), move(one, desk.abc.c)}}, {"atomic", true}});
  INFO(done.body);
  CHECK(done.status == 200);
  CHECK(desk.stage(id) == desk.abc.b);
  CHECK(desk.stage(one) == desk.abc.c);

  // Where nothing is to be done the log has come one event further all the same: that there was a bulk.
  const Answer idle = desk.bulk({{"commands", {move(one, desk.abc.c)}}, {"atomic", true}});
  CHECK(idle.status == 200);
  CHECK(std::stoll(idle.header("Log-Position")) == std::stoll(done.header("Log-Position")) + 1);
}

TEST_CASE("One command over a filter, tried first", "[api][acceptance][DEA-8]") {
  BulkDesk desk;
  const std::string one = desk.deal({{"owner_id", desk.sam.id}}), two = desk.deal({{"owner_id", desk.sam.id}}), other = desk.deal();
  desk.server.must_post("/v1/deals/" + two + "/lose");
  const json::object filter{{"field", "owner_id"}, {"value", desk.sam.id}}, command{{"path", "/v1/deals/{id}/move"}, {"body", {{"stage_id", desk.abc.b}}}};
  const std::string before = desk.admin().get("/v1/account").header("Log-Position");
  const Answer tried = desk.bulk({{"filter", filter}, {"command", command}, {"dry_run", true}});
  INFO(tried.body);
  REQUIRE(tried.status == 200);
  CHECK(tried.at("/bulk_id").is_null());
  CHECK(tried.number("/accepted") == 1);
  CHECK(tried.number("/refused") == 1);
  CHECK(desk.admin().get("/v1/account").header("Log-Position") == before);
  CHECK(desk.stage(one) == desk.abc.a);

  const Answer done = desk.bulk({{"filter", filter}, {"command", command}});
  CHECK(done.number("/accepted") == 1);
  CHECK(desk.stage(one) == desk.abc.b);
  CHECK(desk.stage(other) == desk.abc.a);
  // What the items were, and what belongs together, is in the history.
  const Answer history = desk.admin().get("/v1/deals/" + one + "/history");
  const std::int64_t batch = history.number("/data/1/batch");
  CHECK(batch > 0);
  const Answer begun = desk.admin().get("/v1/events?after=" + std::to_string(batch - 1) + "&limit=1");
  CHECK(begun.text("/data/0/type") == "batch.created");
  CHECK(begun.text("/data/0/object/id") == done.text("/bulk_id"));
  CHECK(begun.at("/data/0/data/target_ids").as_array().size() == 2);
}

TEST_CASE("What a filter finds gets one tag more and loses another, and keeps what else it has", "[api][acceptance][DEA-8][DEA-9]") {
  BulkDesk desk;
  const auto tag = [&](const char* name) { return desk.server.create("/v1/tags", {{"name", name}}); };
  const std::string hot = tag("Hot"), cold = tag("Cold"), warm = tag("Warm");
  const std::string one = desk.deal({{"owner_id", desk.sam.id}, {"tags", json::array{hot, cold}}}), two = desk.deal({{"owner_id", desk.sam.id}}), other = desk.deal();
  const auto shown = [&](const std::string& deal) { return desk.admin().get("/v1/deals/" + deal); };
  const auto bulk = [&](json::object members, bool dry_run = false) {
    return desk.bulk({{"filter", {{"field", "owner_id"}, {"value", desk.sam.id}}}, {"dry_run", dry_run},
                      {"command", {{"method", "PATCH"}, {"path", "/v1/deals/{id}"}, {"body", json::object{{"tags", std::move(members)}}}}}});
  };
  const json::object more{{"add", json::array{warm}}};
  const Answer tried = bulk(more, true);
  INFO(tried.body);
  CHECK(tried.text("/items/0/events/0") == "deal.edited");
  CHECK(shown(one).at("/tags") == json::value(json::array{hot, cold}));
  const Answer added = bulk(more);
  CHECK(added.number("/accepted") == 2);
  CHECK(shown(one).at("/tags") == json::value(json::array{hot, cold, warm}));
  CHECK(shown(two).at("/tags") == json::value(json::array{warm}));
  CHECK(shown(other).at("/tags").as_array().empty());
  // What was written is the whole set.
  const Answer history = desk.admin().get("/v1/deals/" + one + "/history?type=deal.edited");
  CHECK(history.at("/data/0/data/tags") == json::value(json::array{hot, cold, warm}));
  CHECK(history.at("/data/0/before/tags") == json::value(json::array{hot, cold}));

  // Where nothing changes nothing is written.
  const std::int64_t version = shown(one).number("/version");
  CHECK(bulk(more).number("/accepted") == 2);
  CHECK(shown(one).number("/version") == version);

  const Answer changed = bulk({{"add", json::array{cold}}, {"remove", json::array{hot, warm}}});
  INFO(changed.body);
  CHECK(changed.number("/accepted") == 2);
  CHECK(shown(one).at("/tags") == json::value(json::array{cold}));
  CHECK(shown(two).at("/tags") == json::value(json::array{cold}));
  CHECK(desk.admin().post("/v1/undo", {{"bulk_id", changed.text("/bulk_id")}}).status == 200);
  CHECK(shown(one).at("/tags") == json::value(json::array{hot, cold, warm}));
  CHECK(shown(two).at("/tags") == json::value(json::array{warm}));

  // In a list of commands, which see each other; and one that goes wrong does not keep the others.
  const auto patch = [&](const std::string& deal, json::object members) {
    return json::object{{"method", "PATCH"}, {"path", "/v1/deals/" + deal}, {"body", json::object{{"tags", std::move(members)}}}};
  };
  const Answer list = desk.bulk({{"commands", json::array{patch(two, {{"add", json::array{hot}}}), patch(two, {{"add", json::array{other}}}), patch(two, {{"remove", json::array{warm}}})}}});
  INFO(list.body);
  CHECK(list.number("/accepted") == 2);
  CHECK(list.number("/items/1/status") == 422);
  CHECK(list.text("/items/1/body/errors/0/pointer") == "/tags/add/0");
  CHECK(shown(two).at("/tags") == json::value(json::array{hot}));
}

TEST_CASE("A set that is added to has its faults where they stand, and is created whole", "[api][acceptance][DEA-8][GEN-10][GEN-12]") {
  BulkDesk desk;
  const std::string hot = desk.server.create("/v1/tags", {{"name", "Hot"}}), deal = desk.deal({{"tags", json::array{hot}}}), path = "/v1/deals/" + deal;
  using Errors = std::vector<std::string>;
  const auto said = [&](json::value tags) {
    const Answer answer = desk.admin().patch(path, json::object{{"tags", std::move(tags)}});
    Errors all = answer.errors();
    all.insert(all.begin(), std::to_string(answer.status));
    return all;
  };
  CHECK(said(json::object{}) == Errors{"422", "/tags required"});
  CHECK(said(json::object{{"add", hot}}) == Errors{"400", "/tags/add wrong_type"});
  CHECK(said(json::object{{"add", json::array{"hot"}}, {"set", json::array{}}}) == Errors{"400", "/tags/add/0 unreadable", "/tags/set unknown_field"});
  CHECK(said(json::object{{"add", json::array{deal}}}) == Errors{"422", "/tags/add/0 unknown_reference"});
  CHECK(said(json::object{{"add", json::array{hot, hot}}}) == Errors{"422", "/tags/add/1 duplicate"});
  CHECK(said(json::object{{"add", json::array{hot}}, {"remove", json::array{hot}}}) == Errors{"422", "/tags/add/0 invalid"});
  const Answer created = desk.admin().post("/v1/deals", {{"name", "New"}, {"tags", json::object{{"add", json::array{hot}}}}});
  CHECK(created.status == 400);
  CHECK(created.errors() == Errors{"/tags wrong_type"});

  const Answer before = desk.admin().get("/v1/account"), same = desk.admin().patch(path, json::object{{"tags", json::object{{"add", json::array{hot}}, {"remove", json::array{deal}}}}});
  CHECK(same.status == 200);
  CHECK(same.number("/version") == 1);
  CHECK(desk.admin().get("/v1/account").header("Log-Position") == before.header("Log-Position"));

  // Every set is one: groups and tags of contacts, teams of users.
  const std::string company = desk.server.create("/v1/companies", {{"name", "Acme"}}), group = desk.server.create("/v1/contact-groups", {{"name", "VIP"}});
  CHECK(desk.server.must_patch("/v1/companies/" + company, json::object{{"groups", json::object{{"add", json::array{group}}}}}).text("/groups/0") == group);
  const std::string north = desk.server.create("/v1/teams", {{"name", "North"}}), south = desk.server.create("/v1/teams", {{"name", "South"}});
  desk.server.must_patch("/v1/users/" + desk.sam.id, json::object{{"team_ids", json::array{north}}});
  const Answer sam = desk.server.must_patch("/v1/users/" + desk.sam.id, json::object{{"team_ids", json::object{{"add", json::array{south}}, {"remove", json::array{north}}}}});
  CHECK(sam.at("/team_ids") == json::value(json::array{south}));
}

TEST_CASE("A bulk under a key gives the same answers again, though its filter finds others now", "[api][acceptance][DEA-8][R7]") {
  BulkDesk desk;
  const std::string one = desk.deal({{"owner_id", desk.sam.id}});
  const json::value body{{"filter", {{"field", "owner_id"}, {"value", desk.sam.id}}}, {"command", {{"method", "PATCH"}, {"path", "/v1/deals/{id}"}, {"body", {{"owner_id", desk.sue.id}}}}}};
  for (const bool atomic : {false, true}) {
    CAPTURE(atomic);
    json::value asked = body;
    asked.as_object()["atomic"] = atomic;
    const Headers headers{{"Idempotency-Key", atomic ? "all" : "each"}};
    desk.server.must_patch("/v1/deals/" + one, {{"owner_id", desk.sam.id}});
    const Answer first = desk.bulk(asked, headers);
    const std::string later = desk.deal({{"owner_id", desk.sam.id}});
    const std::string head = desk.admin().get("/v1/account").header("Log-Position");
    const Answer again = desk.bulk(asked, headers);
    INFO(first.body << "\n" << again.body);
    CHECK(first.status == 200);
    CHECK(first.number("/accepted") == 1);
    CHECK(again.json == first.json);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(desk.admin().get("/v1/account").header("Log-Position") == head);
    CHECK(desk.admin().get("/v1/deals/" + later).text("/owner_id") == desk.sam.id);
    CHECK(desk.bulk({{"commands", {move(one, desk.abc.b)}}}, headers).code() == "key_reused");
    CHECK(desk.stage(one) == desk.abc.a);
    desk.server.must_patch("/v1/deals/" + later, {{"owner_id", desk.sue.id}});
  }
}

TEST_CASE("Rights are those of each command, and a filter finds only what may be seen", "[api][acceptance][DEA-8][ACC-5]") {
  BulkDesk desk;
  const std::string his = desk.deal({{"owner_id", desk.sam.id}}), hers = desk.deal({{"owner_id", desk.sue.id}}), open = desk.deal({{"visibility", "public"}});
  const Answer answer = desk.sam.api.post("/v1/deals/bulk", {{"commands", {move(his, desk.abc.b), move(hers, desk.abc.b), move(open, desk.abc.b)}}});
  INFO(answer.body);
  CHECK(answer.number("/items/0/status") == 200);
  CHECK(answer.number("/items/1/status") == 404);
  CHECK(answer.number("/items/2/status") == 403);
  const Answer all = desk.sam.api.post("/v1/deals/bulk", {{"filter", json::object{}}, {"command", {{"method", "DELETE"}, {"path", "/v1/deals/{id}"}}}, {"dry_run", true}});
  CHECK(all.at("/items").as_array().size() == 2);
  CHECK(all.number("/accepted") == 1);
  // Roles of the single routes hold, too.
  const Answer words = desk.sam.api.post("/v1/tags/bulk", {{"commands", json::array{{{"path", "/v1/tags"}, {"body", {{"name", "new"}}}}}}});
  CHECK(words.number("/items/0/status") == 201);
  const std::string tag = words.text("/items/0/body/id");
  CHECK(desk.sam.api.post("/v1/tags/bulk", {{"commands", json::array{{{"method", "DELETE"}, {"path", "/v1/tags/" + tag}}}}}).number("/items/0/status") == 403);
}

TEST_CASE("A part whose body is impossible is answered with all that is wrong with it, is never done, and the others go on", "[api][acceptance][DEA-8][GEN-10]") {
  BulkDesk desk;
  const auto send = [&](json::object more) {
    const json::object bad{{"path", "/v1/products"}, {"body", {{"name", "Pipe"}, {"price", {{"amount", "1.005"}}}, {"category_id", desk.abc.process}}}};
    more["commands"] = json::array{bad, json::object{{"path", "/v1/products"}, {"body", {{"name", "Pipe"}}}}};
    return desk.admin().post("/v1/products/bulk", more);
  };
  for (const json::object& how : {json::object{{"dry_run", true}}, json::object{{"atomic", true}}, json::object{}}) {
    const Answer answer = send(how);
    INFO(answer.body);
    CHECK(answer.status == (how.contains("atomic") ? 409 : 200));
    CHECK(answer.number("/items/0/status") == 422);
    REQUIRE(answer.at("/items/0/body/errors").as_array().size() == 2);
    CHECK(answer.text("/items/0/body/errors/0/pointer") == "/price/amount");
    CHECK(answer.text("/items/0/body/errors/1/pointer") == "/category_id");
    CHECK(answer.number("/items/1/status") == 201);
    CHECK(desk.admin().get("/v1/products?name=Pipe").at("/data").as_array().size() == (how.empty() ? 1 : 0));
  }
}

TEST_CASE("What is no bulk is refused with all that is wrong, and changes nothing", "[api][acceptance][DEA-8][GEN-10]") {
  BulkDesk desk;
  const std::string deal = desk.deal();
  const auto errors = [&](const json::value& body) { return desk.bulk(body).errors(); };
  using Errors = std::vector<std::string>;
  CHECK(errors(json::object{}) == Errors{"/commands required"});
  CHECK(errors({{"commands", json::array{}}}) == Errors{"/commands required"});
  CHECK(errors({{"filter", json::object{}}}) == Errors{"/command required"});
  CHECK(errors({{"commands", {move(deal, desk.abc.b)}}, {"filter", json::object{}}, {"command", {{"path", "/v1/deals/{id}/move"}}}}) == Errors{"/commands invalid"});
  CHECK(errors({{"commands", json::array{{{"path", "/v1/companies"}}, {{"path", "/v1/deals/bulk"}}, {{"method", "GET"}, {"path", "/v1/deals"}}, {{"path", "/v1/deals"}, {"boddy", 1}}}}}) ==
        Errors{"/commands/0/path invalid", "/commands/1/path invalid", "/commands/2/method unreadable", "/commands/3/boddy unknown_field"});
  CHECK(errors({{"filter", json::object{}}, {"command", {{"path", "/v1/deals/" + deal + "/move"}}}}) == Errors{"/command/path invalid"});
  CHECK(desk.bulk({{"filter", {{"field", "colour"}, {"value", "red"}}}, {"command", {{"method", "DELETE"}, {"path", "/v1/deals/{id}"}}}}).status == 400);
  json::array many;
  for (int i = 0; i < 1001; ++i) many.push_back(move(deal, desk.abc.b));
  CHECK(errors({{"commands", many}}) == Errors{"/commands too_long"});
  CHECK(desk.stage(deal) == desk.abc.a);
}

TEST_CASE("What a user looks after is handed over, tried first, and taken back", "[api][acceptance][ACC-6][DEA-9]") {
  BulkDesk desk;
  const std::string open = desk.deal({{"owner_id", desk.sam.id}}), lost = desk.deal({{"owner_id", desk.sam.id}}), other = desk.deal({{"owner_id", desk.sue.id}});
  desk.server.must_post("/v1/deals/" + lost + "/lose");
  const std::string company = desk.server.create("/v1/companies", {{"name", "Acme"}, {"owner_id", desk.sam.id}});
  const std::string lead = desk.server.create("/v1/leads", {{"title", "Lead"}, {"owner_id", desk.sam.id}});
  const std::string task = desk.server.create("/v1/tasks", {{"name", "Call"}, {"assignee_id", desk.sam.id}});
  json::object again{{"name", "Report"}, {"due_on", "2026-03-02"}, {"recurrence", {{"frequency", "weekly"}}}, {"assignee_id", desk.sam.id}};
  const std::string weekly = desk.server.create("/v1/tasks", again), series = "/v1/series/" + desk.admin().get("/v1/tasks/" + weekly).text("/series_id");
  again["assignee_id"] = desk.sue.id;
  const std::string lent = desk.server.create("/v1/tasks", again), others = "/v1/series/" + desk.admin().get("/v1/tasks/" + lent).text("/series_id");
  desk.server.must_patch("/v1/tasks/" + lent, {{"assignee_id", desk.sam.id}});
  const std::string path = "/v1/users/" + desk.sam.id + "/hand-over";
  const auto owner = [&](const std::string& of) { return desk.admin().get(of).text("/owner_id"); };
  desk.server.must_patch("/v1/users/" + desk.sam.id, {{"is_suspended", true}});

  const json::object body{{"to_user_id", desk.sue.id}, {"tasks_to", desk.server.admin_id()}};
  json::object dry = body;
  dry["dry_run"] = true;
  const Answer tried = desk.admin().post(path, dry);
  INFO(tried.body);
  CHECK(tried.number("/accepted") == 6);
  CHECK(owner("/v1/deals/" + open) == desk.sam.id);
  const Headers key{{"Idempotency-Key", "hand-over"}};
  const Answer done = desk.admin().post(path, body, key);
  INFO(done.body);
  REQUIRE(done.status == 200);
  CHECK(done.number("/accepted") == 6);
  CHECK(done.number("/left") == 0);
  CHECK(owner("/v1/deals/" + open) == desk.sue.id);
  CHECK(owner("/v1/deals/" + lost) == desk.sam.id);   // it still counts for him
  CHECK(owner("/v1/companies/" + company) == desk.sue.id);
  CHECK(owner("/v1/leads/" + lead) == desk.sue.id);
  CHECK(desk.admin().get("/v1/tasks/" + task).text("/assignee_id") == desk.server.admin_id());
  CHECK(desk.admin().post(path, body, key).at("/items") == done.at("/items"));

  CHECK(desk.admin().post(path, {{"to_user_id", desk.sam.id}}).status == 422);
  CHECK(desk.admin().post("/v1/users/" + desk.sue.id + "/hand-over", {{"to_user_id", desk.sam.id}}).status == 422);   // suspended
  CHECK(desk.admin().post(path, json::object{}).errors() == std::vector<std::string>{"/to_user_id required"});
  CHECK(desk.admin().post("/v1/users/" + open + "/hand-over", {{"to_user_id", desk.sue.id}}).status == 404);

  // With the task goes what is to come of it.
  CHECK(desk.admin().get("/v1/tasks/" + weekly).text("/assignee_id") == desk.server.admin_id());
  CHECK(desk.admin().get(series).text("/assignee_id") == desk.server.admin_id());
  CHECK(desk.admin().get("/v1/tasks/" + lent).text("/assignee_id") == desk.server.admin_id());
  CHECK(desk.admin().get(others).text("/assignee_id") == desk.sue.id);   // he only stood in

  const Answer early = desk.admin().post("/v1/undo", {{"bulk_id", done.text("/bulk_id")}});
  CHECK(early.code() == "undo_blocked");   // nothing goes to who is suspended
  desk.server.must_patch("/v1/users/" + desk.sam.id, {{"is_suspended", false}});
  const Answer undone = desk.admin().post("/v1/undo", {{"bulk_id", done.text("/bulk_id")}});
  INFO(early.body << undone.body);
  REQUIRE(undone.status == 200);
  CHECK(owner("/v1/deals/" + open) == desk.sam.id);
  CHECK(owner("/v1/companies/" + company) == desk.sam.id);
  CHECK(desk.admin().get(series).text("/assignee_id") == desk.sam.id);
  CHECK(desk.admin().get("/v1/tasks/" + weekly).text("/assignee_id") == desk.sam.id);
}
