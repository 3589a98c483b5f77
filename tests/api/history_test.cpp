// Histories and states over HTTP (SPEC AUD-1, AUD-2), and the schema's every event as JSON.

#include <filesystem>
#include <fstream>
#include <set>

#include "api/event_json.h"
#include "api/object.h"
#include "domain/events_generated.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

// The entries of a history, or of its first page.
json::array entries(const Api& api, const std::string& target) {
  const Answer answer = api.get(target);
  INFO(target << " " << answer.body);
  REQUIRE(answer.status == 200);
  return answer.at("/data").as_array();
}

std::vector<std::string> types(const json::array& all) {
  std::vector<std::string> found;
  for (const json::value& each : all) found.emplace_back(each.at("type").as_string());
  return found;
}

}  // namespace

TEST_CASE("A history says who did what, when, by which token, with the values before and after [AUD-1]", "[api][acceptance][history]") {
  test::Server server("2026-03-02T09:00:00Z");
  const auto abc = server.add_abc();
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}, {"value", {{"amount", "100"}}}, {"description", "secret words"}, {"effective_at", "2026-02-01T12:00:00Z"}});
  server.must_patch(deal, {{"value", {{"amount", "250.50"}}}, {"owner_id", sam.id}, {"description", "other words"}});
  server.must_post(deal + "/move", {{"stage_id", abc.b}, {"effective_at", "2026-02-03T12:00:00Z"}, {"performed_by", sam.id}});
  server.must_post(deal + "/actions/" + abc.a1 + "/complete");
  server.must_post(deal + "/win", {{"note", "they liked it"}});
  server.must_post(deal + "/correct", {{"note", "they loved it"}});
  server.must_post(deal + "/reopen");
  REQUIRE(server.admin().remove(deal).status == 200);

  const json::array all = entries(server.admin(), deal + "/history");
  CHECK(types(all) == std::vector<std::string>{"deal.created", "deal.edited", "deal.moved", "deal.action_completed", "deal.closed", "deal.corrected", "deal.reopened", "deal.deleted"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(json::serialize(all[i]));
    CHECK(all[i].at("object_version").as_int64() == static_cast<std::int64_t>(i + 1));
    CHECK(all[i].at("object").at("kind").as_string() == "deal");
    CHECK(all[i].at("actor").as_string() == server.admin_id());
    CHECK(all[i].at("token").is_string());
    CHECK(all[i].at("command_id").is_int64());
    CHECK(all[i].at("recorded_at").as_string() == "2026-03-02T09:00:00.000Z");
  }
  CHECK(all[0].at("effective_at").as_string() == "2026-02-01T12:00:00.000Z");
  CHECK(all[0].at("before").as_object().empty());
  CHECK(all[0].at("data").at("value").at("amount").as_string() == "100.00");
  CHECK(all[0].at("data").at("value").at("currency").as_string() == "PLN");
  CHECK(all[0].at("data").at("status").as_string() == "open");
  CHECK(all[0].at("data").at("description").as_string() == "secret words");

  CHECK(all[1].at("before").at("value").at("amount").as_string() == "100.00");
  CHECK(all[1].at("data").at("value").at("amount").as_string() == "250.50");
  CHECK(all[1].at("before").at("owner_id").as_string() == server.admin_id());
  CHECK(all[1].at("data").at("owner_id").as_string() == sam.id);
  CHECK(all[1].at("before").at("description").as_string() == "secret words");
  CHECK_FALSE(all[1].at("before").as_object().contains("name"));

  CHECK(all[2].at("data").at("stage_id").as_string() == abc.b);
  CHECK(all[2].at("before").at("stage_id").as_string() == abc.a);
  CHECK(all[2].at("performed_by").as_string() == sam.id);
  CHECK(all[2].at("effective_at").as_string() == "2026-02-03T12:00:00.000Z");
  CHECK(all[3].at("data").at("action_id").as_string() == abc.a1);
  CHECK(all[3].at("before").at("done_actions").as_array().empty());
  CHECK(all[4].at("data").at("status").as_string() == "won");
  CHECK(all[4].at("data").at("close_note").as_string() == "they liked it");
  CHECK(all[4].at("before").at("status").as_string() == "open");
  CHECK(all[5].at("before").at("close_note").as_string() == "they liked it");
  CHECK(all[5].at("data").at("close_note").as_string() == "they loved it");
  CHECK(all[6].at("before").at("status").as_string() == "won");
  CHECK(all[7].at("data").at("is_deleted").as_bool());
  CHECK_FALSE(all[7].at("before").at("is_deleted").as_bool());
}

TEST_CASE("A history is paged, filtered, turned round and asked as of any moment [AUD-1][TIM-1]", "[api][acceptance][history]") {
  test::Server server("2026-03-02T09:00:00Z");
  const std::string id = server.create("/v1/companies", {{"name", "v0"}}), path = "/v1/companies/" + id;
  for (int i = 1; i < 10; ++i) {
    server.advance_days(1);
    server.must_patch(path, {{"name", "v" + std::to_string(i)}});
  }
  const auto versions = [&](const Answer& page) {
    INFO(page.body);
    REQUIRE(page.status == 200);
    std::string found;
    for (const json::value& each : page.at("/data").as_array()) found += std::to_string(each.at("object_version").as_int64()) + " ";
    return found;
  };
  const Answer first = server.admin().get(path + "/history?limit=4&include=total");
  CHECK(versions(first) == "1 2 3 4 ");
  CHECK(first.number("/page/total") == 10);
  server.must_patch(path, {{"name", "later"}});   // pages are pinned to the first
  const Answer second = server.admin().get(path + "/history?limit=4&cursor=" + first.text("/page/next_cursor"));
  CHECK(versions(second) == "5 6 7 8 ");
  const Answer third = server.admin().get(path + "/history?limit=4&cursor=" + second.text("/page/next_cursor"));
  CHECK(versions(third) == "9 10 ");
  CHECK(third.at("/page/next_cursor").is_null());

  const Answer newest = server.admin().get(path + "/history?limit=3&sort=-position");
  CHECK(versions(newest) == "11 10 9 ");
  CHECK(versions(server.admin().get(path + "/history?limit=3&sort=-position&cursor=" + newest.text("/page/next_cursor"))) == "8 7 6 ");
  CHECK(versions(server.admin().get(path + "/history?type=company.created")) == "1 ");
  CHECK(versions(server.admin().get(path + "/history?type=company.*&actor=" + server.admin_id() + "&limit=2")) == "1 2 ");
  CHECK(versions(server.admin().get(path + "/history?as_of=2026-03-04")) == "1 2 3 ");
  CHECK(versions(server.admin().get(path + "/history?known_at=2026-03-03")) == "1 2 ");
  CHECK(server.admin().get(path + "/history?known_at=1").status == 404);
  const Answer narrow = server.admin().get(path + "/history?fields=type,before&limit=1");
  CHECK(narrow.at("/data/0").as_object().size() == 2);

  CHECK(server.admin().get(path + "/history?limit=0&type=mouse.moved&actor=me&sort=name&cursor=x&include=all").errors() ==
        std::vector<std::string>{"/actor unreadable", "/cursor unreadable", "/include unreadable", "/limit unreadable", "/sort unreadable", "/type unreadable"});
  CHECK(server.admin().get(path + "/states?cursor=" + first.text("/page/next_cursor")).errors() == std::vector<std::string>{"/cursor unreadable"});
}

TEST_CASE("What followed for an object by rule stands in its history, with the event that caused it [AUD-1]", "[api][acceptance][history]") {
  test::Server server;
  server.must_patch("/v1/account", {{"sources_on", true}});
  const auto abc = server.add_abc();
  const std::string source = server.create("/v1/sources", {{"name", "Fair"}});
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}, {"source_id", source}});
  REQUIRE(server.admin().remove("/v1/sources/" + source).status == 200);
  const Answer process = server.admin().get("/v1/processes/" + abc.process);
  json::array left;
  for (const json::value& stage : process.at("/stages").as_array())
    if (stage.at("id").as_string() != abc.a) left.push_back({{"id", stage.at("id")}, {"name", stage.at("name")}, {"actions", stage.at("actions")}});
  const Answer defined = server.admin().put("/v1/processes/" + abc.process, {{"stages", left}, {"removed_stages", {{abc.a, abc.c}}}});
  INFO(defined.body);
  REQUIRE(defined.status == 200);
  server.must_patch(deal, {{"name", "Tunnel"}});

  const json::array all = entries(server.admin(), deal + "/history");
  REQUIRE(types(all) == std::vector<std::string>{"deal.created", "source.deleted", "process.defined", "deal.edited"});
  CHECK(all[0].at("cause").is_null());
  CHECK(all[1].at("cause") == all[1].at("position"));
  CHECK(all[1].at("object").at("id").as_string() == deal.substr(10));
  CHECK(all[1].at("object_version").as_int64() == 1);
  CHECK(all[1].at("before").at("source_id").as_string() == source);
  CHECK(all[1].at("data").at("source_id").is_null());
  CHECK(all[2].at("before").at("stage_id").as_string() == abc.a);
  CHECK(all[2].at("data").at("stage_id").as_string() == abc.c);
  CHECK(all[3].at("object_version").as_int64() == 2);

  const json::array versions = entries(server.admin(), "/v1/processes/" + abc.process + "/history?type=process.defined");
  REQUIRE(versions.size() == 2);
  CHECK(versions[1].at("before").at("stages").as_array().size() == 3);
  CHECK(versions[1].at("data").at("stages").as_array().size() == 2);
  CHECK(versions[1].at("data").at("removed_stages").at(0).at("removed_id").as_string() == abc.a);
}

TEST_CASE("A deal that was closed where a new version had taken it entered that stage then, whoever tells [PRC-5][AUD-2]", "[api][acceptance][history]") {
  test::Server server("2026-03-02T09:00:00Z");
  const auto abc = server.add_abc();
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}}), own = "/v1/deals/" + server.create("/v1/deals", {{"name", "In C of itself"}});
  server.advance_days(1);
  const std::string entered_c = to_string(server.now());
  server.must_post(own + "/move", {{"stage_id", abc.c}});
  const auto define_without = [&](const std::string& gone, const std::string& target) {
    server.advance_days(1);
    json::array left;
    const Answer process = server.admin().get("/v1/processes/" + abc.process);
    for (const json::value& stage : process.at("/stages").as_array())
      if (stage.at("id").as_string() != gone) left.push_back({{"id", stage.at("id")}, {"name", stage.at("name")}, {"actions", stage.at("actions")}});
    const Answer defined = server.admin().put("/v1/processes/" + abc.process, {{"stages", left}, {"removed_stages", {{gone, target}}}});
    INFO(defined.body);
    REQUIRE(defined.status == 200);
    return to_string(server.now());
  };
  define_without(abc.a, abc.b);
  const std::string came = define_without(abc.b, abc.c);
  server.advance_days(1);
  const Answer lost = server.must_post(deal + "/lose", nullptr), own_lost = server.must_post(own + "/lose", nullptr);
  server.advance_days(1);
  const Answer again = server.must_post(deal + "/correct", {{"closed_at", came}});
  for (const Answer& told : {lost, server.admin().get(deal), again, server.admin().get(deal + "?as_of=" + to_string(server.now()))}) {
    INFO(told.body);
    CHECK(told.text("/stage_id") == abc.c);
    CHECK(told.text("/stage_entered_at") == came);
  }
  int closed = 0;
  for (const json::value& state : entries(server.admin(), deal + "/states")) {
    if (state.at("state").at("status").as_string() != "lost") continue;
    CHECK(state.at("state").at("stage_entered_at").as_string() == came);
    ++closed;
  }
  CHECK(closed == 2);   // by the closing and by its correction
  CHECK(own_lost.text("/stage_entered_at") == entered_c);   // nobody was taken where he stood already
  CHECK(server.admin().get(own).text("/stage_entered_at") == entered_c);
  server.restart();
  CHECK(server.admin().get(deal).text("/stage_entered_at") == came);
}

TEST_CASE("The states of a deal are what GET showed after each event [AUD-2]", "[api][acceptance][history]") {
  test::Server server("2026-03-02T09:00:00Z");
  const auto abc = server.add_abc();
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Bridge"}, {"value", {{"amount", "100"}}}});
  std::vector<json::value> shown = {server.admin().get(deal).json};
  const auto then = [&](const Answer& answer) {
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    shown.push_back(server.admin().get(deal).json);
    server.advance_days(1);
  };
  then(server.must_patch(deal, {{"name", "Tunnel"}}));
  then(server.must_post(deal + "/actions/" + abc.a1 + "/complete"));
  then(server.must_post(deal + "/move", {{"stage_id", abc.c}}));
  then(server.must_post(deal + "/lose"));
  then(server.must_post(deal + "/reopen"));

  const json::array states = entries(server.admin(), deal + "/states");
  REQUIRE(states.size() == shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    CAPTURE(i);
    CHECK(states[i].at("state") == shown[i]);
  }
  const Answer page = server.admin().get(deal + "/states?sort=-position&limit=1&fields=state");
  CHECK(page.at("/data/0/state") == shown.back());
  CHECK(page.at("/data/0").as_object().size() == 1);
}

TEST_CASE("Histories hide what is hidden, and secrets from all [ACC-4][AUD-1]", "[api][acceptance][history]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson");
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "Hidden"}});
  for (const char* what : {"/history", "/states", "/notes", "/tasks", "/emails"}) CHECK(sam.api.get(deal + what).status == 404);
  server.must_patch(deal, {{"participant_ids", {sam.id}}});
  CHECK(entries(sam.api, deal + "/history").size() == 2);   // what he may see now, he may see as it was

  const Answer token = server.must_post("/v1/tokens", {{"name", "robot"}, {"user_id", server.admin_id()}});
  const Answer history = server.admin().get("/v1/tokens/" + token.text("/id") + "/history");
  CHECK(history.text("/data/0/data/name") == "robot");
  CHECK(history.body.find("hash") == std::string::npos);
  CHECK(sam.api.get("/v1/tokens/" + token.text("/id") + "/history").status == 404);
}

TEST_CASE("No hash, password or the like is shown by any answer or history [ACC-7][AUD-1]", "[api][history]") {
  constexpr std::string_view secrets[] = {"hash", "password_hash", "stored_as", "notifications_read_up_to",
                                          "card_deletions", "cards_deleted_at", "anchor", "deletions_seen"};   // what folds count with
  for (const Kind kind : all_kinds)
    for (const FieldSpec& spec : fields_of(kind)) {
      CAPTURE(name(kind), spec.name);
      const bool is_secret = std::ranges::find(secrets, spec.name) != std::end(secrets);
      CHECK(api::is_shown(spec) != is_secret);
    }
}

TEST_CASE("What hangs on a deal is listed under it, filtered and paged [DEA-9]", "[api][acceptance][history]") {
  test::Server server;
  const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}}), other = server.create("/v1/deals", {{"name", "Tunnel"}});
  for (const std::string& on : {deal, other, deal}) {
    server.create("/v1/notes", {{"text", "note"}, {"links", {{"deal_id", on}}}});
    server.create("/v1/tasks", {{"name", "task of " + on}, {"links", {{"deal_id", on}}}});
  }
  CHECK(server.admin().get("/v1/deals/" + deal + "/notes?include=total").number("/page/total") == 2);
  const Answer tasks = server.admin().get("/v1/deals/" + deal + "/tasks?limit=1&sort=-created_at");
  CHECK(tasks.text("/data/0/links/deal_id") == deal);
  CHECK(tasks.flag("/page/has_more"));
  CHECK(server.admin().get("/v1/deals/" + deal + "/tasks?limit=1&sort=-created_at&cursor=" + tasks.text("/page/next_cursor")).text("/data/0/links/deal_id") == deal);
  CHECK(entries(server.admin(), "/v1/deals/" + deal + "/emails").empty());
}

TEST_CASE("Every type of event there is, is readable JSON with all its members, by reflection [AUD-1]", "[api][history]") {
  const Currency pln = parse_currency("PLN").value();
  std::set<std::string> shown;
  for (const auto& entry : std::filesystem::directory_iterator(test::golden() / "events")) {
    if (entry.path().extension() != ".bin") continue;
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const Bytes bytes(std::istreambuf_iterator<char>(file), {});
    const fb::Record* record = read_record(bytes);
    REQUIRE(record);
    api::JsonWriter json;
    api::write_members(json, api::members_of(*record, {.currency = pln}));
    const json::value read = json::parse(json.text());
    REQUIRE(read.is_object());
    shown.insert(fb::EnumNameEvent(record->event_type()));
    const std::string text = json.text();
    CHECK(text.find("null_") == std::string::npos);
    if (record->event_type() == fb::Event::ProcessDefined) {
      CHECK(read.at("stages").at(0).at("actions").at(0).at("performers").as_string() == "everyone");
      CHECK(read.at("stages").at(0).at("actions").at(1).at("performers").at("roles").at(0).as_string() == "manager");
      CHECK(read.at("stages").at(0).at("actions").at(1).at("note").as_string() == "note_with_file");
      CHECK(read.at("stages").at(0).at("actions").at(1).at("trigger").at("assignee").as_string() == "user");
      CHECK(read.at("stages").at(1).at("max_days").is_null());
    }
    if (record->event_type() == fb::Event::DealClosed) CHECK(read.at("done_actions").as_array().size() == 2);
    if (record->event_type() == fb::Event::DealCorrected) {
      CHECK(read.at("replaced_at").as_string() == "1970-01-01T00:00:00.099Z");
      CHECK(read.as_object().contains("close_reason_id"));
    }
  }
  for (const fb::Event each : fb::EnumValuesEvent()) {
    if (each == fb::Event::NONE) continue;
    INFO("no golden record of " << fb::EnumNameEvent(each));
    CHECK(shown.contains(fb::EnumNameEvent(each)));
  }
}
