// What users are told (SPEC ACT-5, PRC-2 notify, ACC-5): inbox, unread count, what was read, live.

#include "tests/support/catch.h"
#include "tests/support/server.h"
#include "tests/support/watcher.h"

using namespace dealog;
using namespace dealog::test;

namespace {

// A process of one action that tells those whom `notify` names; a deal of Sam's in it, on which Tom works too.
struct NoticeOffice {
  test::Server server;
  Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), tom = server.add_user("Tom", "salesperson");
  Person max = server.add_user("Max", "manager"), ann = server.add_user("Ann", "analyst");
  std::string process, stage, action, deal;

  explicit NoticeOffice(const json::object& notify = {{"roles", {"manager"}}, {"owner", true}, {"participants", true}}) {
    const json::object told{{"name", "Sign"}, {"notify", notify}};
    const Answer made = server.must_post("/v1/processes", {{"name", "P"}, {"stages", {{{"name", "S"}, {"actions", json::array{told}}}}}});
    process = made.text("/id");
    stage = made.text("/stages/0/id");
    action = made.text("/stages/0/actions/0/id");
    deal = new_deal();
  }
  std::string new_deal() {
    return server.create("/v1/deals", {{"name", "Bridge"}, {"process_id", process}, {"owner_id", sam.id}, {"participant_ids", {tom.id}}});
  }
  Answer complete(const Api& api, const std::string& id) {
    const Answer done = api.post("/v1/deals/" + id + "/actions/" + action + "/complete");
    INFO(done.body);
    REQUIRE(done.status == 200);
    return done;
  }
};

std::int64_t unread(const Api& api) { return api.get("/v1/notifications").number("/unread"); }

}  // namespace

TEST_CASE("A completed action is told to those whom its process names, and not to who did it", "[api][acceptance][ACT-5][PRC-2]") {
  NoticeOffice office;
  office.complete(office.tom.api, office.deal);
  const Answer inbox = office.sam.api.get("/v1/notifications");
  INFO(inbox.body);
  REQUIRE(inbox.at("/data").as_array().size() == 1);
  CHECK(inbox.text("/data/0/type") == "action_completed");
  CHECK(inbox.text("/data/0/deal_id") == office.deal);
  CHECK(inbox.text("/data/0/deal_name") == "Bridge");
  CHECK(inbox.text("/data/0/action_id") == office.action);
  CHECK(inbox.text("/data/0/action_name") == "Sign");
  CHECK(inbox.text("/data/0/by") == office.tom.id);
  CHECK_FALSE(inbox.flag("/data/0/is_read"));
  CHECK(inbox.number("/unread") == 1);
  CHECK(unread(office.max.api) == 1);
  CHECK(unread(office.tom.api) == 0);
  CHECK(unread(office.sue.api) == 0);
  CHECK(unread(office.ann.api) == 0);
  CHECK(unread(office.server.admin()) == 0);   // managers were named, not administrators
  office.server.restart();
  CHECK(unread(office.sam.api) == 1);
}

TEST_CASE("Named users are told only while they may see the deal, and nobody of a deleted one", "[api][acceptance][ACT-5][ACC-5]") {
  NoticeOffice office(json::object{{"roles", {"administrator"}}});
  const json::object told{{"id", office.action}, {"name", "Sign"}, {"notify", {{"user_ids", {office.sue.id}}}}};
  const json::array actions{told};
  REQUIRE(office.server.admin().put("/v1/processes/" + office.process, {{"stages", json::array{{{"id", office.stage}, {"name", "S"}, {"actions", actions}}}}}).status == 200);
  office.complete(office.sam.api, office.deal);
  const std::string deal = "/v1/deals/" + office.deal;
  CHECK(office.sue.api.get("/v1/notifications").at("/data").as_array().empty());
  CHECK(unread(office.sue.api) == 0);
  REQUIRE(office.sam.api.post(deal + "/participants", {{"add", {office.sue.id}}}).status == 200);
  CHECK(unread(office.sue.api) == 1);
  REQUIRE(office.sam.api.remove(deal).status == 200);
  CHECK(unread(office.sue.api) == 0);
  REQUIRE(office.sam.api.post(deal + "/restore").status == 200);
  CHECK(unread(office.sue.api) == 1);
  REQUIRE(office.sam.api.post(deal + "/participants", {{"remove", {office.sue.id}}}).status == 200);
  CHECK(office.sue.api.get("/v1/notifications").at("/data").as_array().empty());
}

TEST_CASE("Notifications are read up to a position, paged newest first, and never unread again", "[api][acceptance][ACT-5]") {
  NoticeOffice office;
  std::vector<std::int64_t> positions;
  for (int i = 0; i < 5; ++i) {
    office.complete(office.tom.api, office.new_deal());
    positions.push_back(office.sam.api.get("/v1/notifications").number("/data/0/position"));
  }
  const Api& sam = office.sam.api;
  CHECK(unread(sam) == 5);
  CHECK(sam.post("/v1/notifications/read", {{"up_to", positions[2]}}).number("/read_up_to") == positions[2]);
  CHECK(unread(sam) == 2);
  const Answer page = sam.get("/v1/notifications?limit=2");
  CHECK(page.number("/data/0/position") == positions[4]);
  CHECK_FALSE(page.flag("/data/1/is_read"));
  const Answer next = sam.get("/v1/notifications?limit=2&cursor=" + page.text("/page/next_cursor"));
  CHECK(next.number("/data/0/position") == positions[2]);
  CHECK(next.flag("/data/0/is_read"));
  CHECK(sam.get("/v1/notifications?limit=2&cursor=" + next.text("/page/next_cursor")).at("/data").as_array().size() == 1);

  CHECK(sam.post("/v1/notifications/read", {{"up_to", 1}}).number("/read_up_to") == positions[2]);
  CHECK(sam.post("/v1/notifications/read", {{"up_to", 1'000'000}}).errors() == std::vector<std::string>{"/up_to out_of_range"});
  CHECK(sam.post("/v1/notifications/read", {{"up_to", -1}}).status == 422);
  CHECK(sam.get("/v1/notifications?limit=0").status == 400);
  CHECK(unread(office.max.api) == 5);   // each has his own
  // As it was known before the fourth.
  CHECK(sam.get("/v1/notifications?known_at=" + std::to_string(positions[3] - 1)).at("/data").as_array().size() == 3);
}

TEST_CASE("Who can give access is told who asks for it, once a day", "[api][acceptance][ACC-5]") {
  NoticeOffice office;
  const auto ask = [&](const Person& who) { CHECK(who.api.post("/v1/access-requests", {{"deal_id", office.deal}}).status == 202); };
  ask(office.sue);
  ask(office.sue);
  for (const Api* giver : std::initializer_list<const Api*>{&office.sam.api, &office.tom.api, &office.max.api, &office.server.admin()}) {
    const Answer inbox = giver->get("/v1/notifications");
    REQUIRE(inbox.at("/data").as_array().size() == 1);
    CHECK(inbox.text("/data/0/type") == "access_requested");
    CHECK(inbox.text("/data/0/by") == office.sue.id);
    CHECK(inbox.text("/data/0/deal_id") == office.deal);
    CHECK(inbox.at("/data/0/action_id").is_null());
  }
  CHECK(unread(office.sue.api) == 0);
  CHECK(unread(office.ann.api) == 0);
  ask(office.tom);   // he has access
  ask(office.ann);   // she sees all
  CHECK(unread(office.sam.api) == 1);
  office.server.advance_days(1);
  ask(office.sue);
  CHECK(unread(office.sam.api) == 2);
}

TEST_CASE("Notifications come live, and go on where a client broke off", "[api][acceptance][ACT-5][IO-3]") {
  NoticeOffice office;
  Watcher watcher(office.server, office.sam.api, "/v1/notifications");
  office.complete(office.tom.api, office.deal);
  const auto first = watcher.message();
  REQUIRE(first);
  CHECK(first->second.at("type").as_string() == "action_completed");
  CHECK(first->first == std::to_string(first->second.at("position").as_int64()));
  REQUIRE(office.sue.api.post("/v1/access-requests", {{"deal_id", office.deal}}).status == 202);
  const auto second = watcher.message();
  REQUIRE(second);
  CHECK(second->second.at("type").as_string() == "access_requested");
  Watcher resumed(office.server, office.sam.api, "/v1/notifications", {{"Last-Event-ID", first->first}});
  const auto again = resumed.message();
  REQUIRE(again);
  CHECK(*again == *second);
  CHECK(office.sam.api.get("/v1/notifications?limit=1", {{"Accept", "text/event-stream"}}).status == 400);
}
