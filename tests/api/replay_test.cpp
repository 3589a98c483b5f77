// Every answer about a past moment equals the answer of a Dealog that was only ever told what counts then (SPEC GEN-6,
// TIM-1): random commands over HTTP, then random moments (as_of, known_at). For each, the events that count are put into
// a log of their own, folded from zero by an App of its own whose clock stands at that moment, and asked without any
// time travel. Answers are compared JSON for JSON.

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "api/app.h"
#include "domain/codec.h"
#include "eventstore/account_files.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool once_in(int n) { return below(n) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& many) { return many[static_cast<std::size_t>(below(static_cast<int>(many.size())))]; }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1)); }

 private:
  std::mt19937_64 engine_;
};

// A company at work. Refused commands are part of life: they leave no trace.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random(seed), server("2026-01-05T09:00:00Z"), start(server.now()) {
    abc = server.add_abc();
    server.must_patch("/v1/account", {{"sources_on", true}, {"source_inheritance_on", true}});
    teams.push_back(server.create("/v1/teams", {{"name", "All"}}));
    for (const char* name : {"North", "South"}) teams.push_back(server.create("/v1/teams", {{"name", name}, {"parent_id", teams[0]}}));
    users.push_back(server.admin_id());
    for (int i = 0; i < 4; ++i) {
      people.push_back(server.add_user("user" + std::to_string(i), i == 0 ? "manager" : "salesperson", {teams[static_cast<std::size_t>(i % 3)]}));
      users.push_back(people.back().id);
    }
    for (const char* name : {"Web", "Fair", "Call"}) sources.push_back(server.create("/v1/sources", {{"name", name}}));
    const Answer second = server.must_post("/v1/processes", {{"name", "Second"}, {"stages", {{{"name", "X"}, {"max_days", 5}, {"actions", json::array{{{"name", "x"}, {"weight", 3}}}}}, {{"name", "Y"}}}}});
    process = second.text("/id");
    stages = {abc.a, abc.b, abc.c, second.text("/stages/0/id"), second.text("/stages/1/id")};
    actions = {abc.a1, abc.a2, abc.b1, abc.c1, abc.c2, second.text("/stages/0/actions/0/id")};
    const json::array data = server.admin().get("/v1/close-reasons?limit=1000").at("/data").as_array();
    for (const json::value& reason : data) reasons[std::string(reason.at("outcome").as_string())].emplace_back(reason.at("id").as_string());
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (random.once_in(3)) server.set_now(to_string(Instant{server.now().ms + random.between(60'000, 4 * 86'400'000LL)}));
      step();
    }
  }

  Random random;
  test::Server server;
  Instant start;
  test::Server::Abc abc;
  std::string process;
  std::vector<Person> people;
  std::vector<std::string> users, teams, sources, stages, actions, deals, companies, persons, tasks, cards;
  static constexpr const char* counted = "0190a000-0000-4000-8000-0000000000c3";
  std::map<std::string, std::vector<std::string>> reasons;
  std::map<int, int> accepted;

 private:
  std::string past() { return to_string(Instant{random.between(server.now().ms - 20 * 86'400'000LL, server.now().ms)}); }
  std::string day() { return to_string(Day{static_cast<std::int32_t>(server.now().ms / 86'400'000 + random.between(-10, 20))}); }
  const Api& somebody() { return random.once_in(2) ? server.admin() : random.one_of(people).api; }
  static json::value money(std::int64_t amount) { return {{"amount", std::to_string(amount)}}; }
  void keep(std::vector<std::string>& ids, const Answer& answer) {
    if (answer.status == 201) ids.push_back(answer.text("/id"));
  }
  json::value dated(json::object body, int in = 2) {
    if (random.once_in(in)) body["effective_at"] = past();
    if (random.once_in(5)) body["performed_by"] = random.one_of(users);
    return body;
  }

  void create_deal() {
    json::object body{{"name", "deal " + std::to_string(deals.size())}};
    if (!random.once_in(5)) body["value"] = money(random.between(0, 5000));
    if (random.once_in(2)) body["owner_id"] = random.one_of(users);
    if (random.once_in(3)) body["source_id"] = random.one_of(sources);
    if (random.once_in(3) && !companies.empty()) body["company_id"] = random.one_of(companies);
    if (random.once_in(4) && !persons.empty()) body["person_id"] = random.one_of(persons);
    if (random.once_in(3)) body["expected_close_on"] = day();
    if (random.once_in(3)) body["visibility"] = "public";
    if (random.once_in(4)) body["description"] = "words";
    if (random.once_in(5)) body["process_id"] = process;
    if (random.once_in(6)) body["company_name"] = "Acme " + std::to_string(random.below(4));
    if (random.once_in(6)) {
      body["effective_at"] = to_string(Instant{server.now().ms - 30 * 86'400'000LL});
      body["status"] = random.once_in(2) ? "won" : "lost";
      body["closed_at"] = past();
      keep(deals, server.admin().post("/v1/deals", body));
      return;
    }
    keep(deals, somebody().post("/v1/deals", dated(std::move(body))));
  }

  Answer edit_deal(const std::string& deal) {
    switch (random.below(7)) {
      case 0: return server.admin().patch(deal, {{"value", random.once_in(4) ? json::value(nullptr) : money(random.between(0, 9000))}});
      case 1: return server.admin().patch(deal, {{"owner_id", random.one_of(users)}});
      case 2: return server.admin().patch(deal, {{"source_id", random.once_in(3) ? json::value(nullptr) : json::value(random.one_of(sources))}});
      case 3: return server.admin().patch(deal, {{"expected_close_on", day()}, {"name", "renamed"}});
      case 4: return server.admin().patch(deal, {{"visibility", random.once_in(2) ? "public" : "private"}});
      case 5: return server.admin().post(deal + "/participants", {{"add", json::array{json::string(random.one_of(users))}}});
      default: return companies.empty() ? Answer{} : server.admin().patch(deal, {{"company_id", random.one_of(companies)}});
    }
  }

  Answer on_deal() {
    const std::string deal = "/v1/deals/" + random.one_of(deals);
    const auto close = [&](const std::string& verb, const std::string& outcome) {
      json::object body;
      if (random.once_in(2)) body["reason_id"] = random.one_of(reasons[outcome]);
      if (random.once_in(3)) body["note"] = "because";
      return somebody().post(deal + verb, dated(std::move(body)));
    };
    switch (random.below(14)) {
      case 0: case 1: case 2: return somebody().post(deal + "/move", dated({{"stage_id", random.one_of(stages)}}));
      case 3: case 4: return somebody().post(deal + "/actions/" + random.one_of(actions) + "/complete", dated({}));
      case 5: return somebody().post(deal + "/actions/" + random.one_of(actions) + "/reopen", dated({}, 4));
      case 6: case 7: return close("/win", "won");
      case 8: return close("/lose", "lost");
      case 9: return close("/obsolete", "obsolete");
      case 10: return somebody().post(deal + "/reopen", dated({}));
      case 11: return server.admin().post(deal + "/correct", {{"closed_at", past()}, {"note", "corrected"}, {"status", random.once_in(2) ? "won" : "lost"}, {"reason_id", nullptr}});
      case 12: return random.once_in(2) ? server.admin().remove(deal) : server.admin().post(deal + "/restore");
      default: return random.once_in(3) ? server.admin().post(deal + "/process", {{"process_id", process}, {"stage_id", stages[3]}}) : edit_deal(deal);
    }
  }

  json::object links() {
    json::object links;
    if (!deals.empty() && !random.once_in(4)) links["deal_id"] = random.one_of(deals);
    if (!companies.empty() && random.once_in(3)) links["company_id"] = random.one_of(companies);
    return links;
  }
  Answer on_tasks() {
    if (tasks.empty() || random.once_in(2)) {
      json::object body{{"name", "task"}, {"links", links()}, {"assignee_id", random.one_of(users)}};
      if (random.once_in(2)) body["due_on"] = day();
      else if (random.once_in(2)) body["due_at"] = to_string(Instant{server.now().ms + random.between(-5, 5) * 40'000'000LL});
      if (random.once_in(3) && (body.contains("due_on") || body.contains("due_at"))) {
        body["recurrence"] = {{"frequency", random.once_in(2) ? "weekly" : random.once_in(2) ? "daily" : "monthly"}, {"every", random.between(1, 3)}};
        if (random.once_in(3)) body["recurrence"].as_object()["times"] = random.between(1, 6);
      }
      const Answer answer = server.admin().post("/v1/tasks", dated(std::move(body), 3));
      keep(tasks, answer);
      return answer;
    }
    if (random.once_in(3)) {   // occurrences that came by themselves
      tasks.clear();
      const Answer all = server.admin().get("/v1/tasks?limit=1000&fields=id&deleted=include");
      for (const json::value& each : all.at("/data").as_array()) tasks.emplace_back(each.at("id").as_string());
    }
    const std::string task = "/v1/tasks/" + random.one_of(tasks);
    const std::string scope = random.once_in(3) ? "?scope=following" : random.once_in(3) ? "?scope=all" : "";
    switch (random.below(8)) {
      case 0: case 1: case 2: return server.admin().post(task + "/complete" + (random.once_in(4) ? scope : ""), dated({}));
      case 6: return server.admin().patch(task + scope, {{"name", "task " + std::to_string(random.below(100))}, {"assignee_id", random.one_of(users)}});
      case 7: return server.admin().patch(task + scope, {{"due_on", day()}, {"due_at", nullptr}});
      case 3: return server.admin().post(task + "/reopen", dated({}, 4));
      case 4: return server.admin().patch(task, {{"due_on", day()}, {"assignee_id", random.one_of(users)}});
      default: return random.once_in(2) ? server.admin().remove(task + (random.once_in(3) ? scope : "")) : server.admin().post(task + "/restore");
    }
  }
  Answer on_cards() {
    const json::value parameters{{{"kind", "deals_won"}, {"target", random.between(1, 3)}, {"weight_bp", 6'000}},
                                 {{"id", counted}, {"kind", "custom"}, {"name", "Visits"}, {"target", 5}, {"weight_bp", 4'000}}};
    if (cards.empty() || random.once_in(3)) {
      json::object body{{"period", {{"kind", "monthly"}, {"start", day()}}}, {"parameters", parameters}};
      if (random.once_in(3)) body["team_ids"] = {random.one_of(teams)};
      else body["user_ids"] = {random.one_of(users)};
      const Answer answer = server.admin().post("/v1/scorecards", body);
      keep(cards, answer);
      return answer;
    }
    const std::string card = "/v1/scorecards/" + random.one_of(cards);
    switch (random.below(6)) {
      case 0: case 1: return server.admin().post(card + "/adjust", {{"parameter_id", counted}, {"add", random.between(-2, 5)}});
      case 2: return server.admin().patch(card, {{"parameters", parameters}});
      case 3: return server.admin().remove("/v1/scorecards?user_id=" + random.one_of(users));
      case 4: return server.admin().patch(card, {{"period", {{"start", day()}}}, {"auto_duplicate", random.once_in(2)}});
      default: return random.once_in(2) ? server.admin().remove(card) : server.admin().post(card + "/restore");
    }
  }
  Answer on_contacts() {
    const bool company = random.once_in(2);
    std::vector<std::string>& ids = company ? companies : persons;
    const std::string path = company ? "/v1/companies" : "/v1/persons";
    if (ids.empty() || random.once_in(2)) {
      json::object body{{"name", (company ? "Acme " : "Ala ") + std::to_string(random.below(6))}};
      if (random.once_in(2)) body["source_id"] = random.one_of(sources);
      if (!company && !companies.empty() && random.once_in(2)) body["company_id"] = random.one_of(companies);
      const Answer answer = somebody().post(path, dated(std::move(body)));
      keep(ids, answer);
      return answer;
    }
    const std::string one = path + "/" + random.one_of(ids);
    switch (random.below(3)) {
      case 0: return server.admin().patch(one, {{"name", "New name"}, {"owner_id", random.one_of(users)}});
      case 1: return server.admin().remove(one);
      default: return server.admin().post(one + "/restore");
    }
  }
  Answer on_set_up() {
    switch (random.below(9)) {
      case 0: case 1: return server.admin().patch("/v1/users/" + random.one_of(users), {{"team_ids", json::array{json::string(random.one_of(teams))}}, {"effective_at", past()}});
      case 2: return server.admin().patch("/v1/users/" + random.one_of(users), {{"name", "renamed " + std::to_string(random.below(100))}});
      case 3: return server.admin().patch("/v1/users/" + people.back().id, {{"is_suspended", random.once_in(2)}});
      case 4: {
        if (sources.size() > 2 && random.once_in(2)) {
          const std::string source = sources.back();   // stays in the list: using it is refused from now on
          return server.admin().remove("/v1/sources/" + source);
        }
        const Answer answer = server.admin().post("/v1/sources", {{"name", "Source " + std::to_string(sources.size())}});
        keep(sources, answer);
        return answer;
      }
      case 5: return new_version();
      case 6: return server.admin().patch("/v1/teams/" + random.one_of(teams), {{"name", "Team " + std::to_string(random.below(100))}});
      case 7: return server.admin().patch("/v1/teams/" + teams[2], {{"parent_id", random.once_in(2) ? teams[0] : teams[1]}});
      default: return server.admin().patch("/v1/close-reasons/" + reasons["lost"][0], {{"name", "Reason " + std::to_string(random.below(100))}});
    }
  }
  // Other weights, and stage B gone or back; what is in it goes to A.
  Answer new_version() {
    const auto action = [&](const std::string& id, const char* name) -> json::value { return {{"id", id}, {"name", name}, {"weight", random.below(50)}}; };
    json::array all{{{"id", abc.a}, {"name", "A"}, {"max_days", 3}, {"actions", json::array{action(abc.a1, "a1"), action(abc.a2, "a2")}}},
                    {{"id", abc.c}, {"name", "C"}, {"actions", json::array{action(abc.c1, "c1"), action(abc.c2, "c2")}}}};
    json::object body;
    if (random.once_in(3)) body["removed_stages"] = {{abc.b, abc.a}};
    else all.push_back({{"id", abc.b}, {"name", "B"}, {"actions", json::array{action(abc.b1, "b1")}}});
    body["stages"] = all;
    return server.admin().put("/v1/processes/" + abc.process, body);
  }
  Answer write() {
    if (random.once_in(2)) return server.admin().post("/v1/notes", dated({{"text", "a note"}, {"links", links()}}));
    return server.admin().post("/v1/emails", {{"message_id", "m" + std::to_string(random.below(40))}, {"from", "a@b.c"}, {"to", json::array{"d@e.f"}}, {"subject", "hello"}, {"sent_at", past()}, {"links", links()}});
  }

  void step() {
    const int what = deals.empty() ? 0 : random.below(20);
    if (what < 4) return create_deal();
    const Answer answer = what < 12 ? on_deal() : what < 14 ? on_tasks() : what < 15 ? on_cards() : what < 17 ? on_contacts() : what < 18 ? write() : on_set_up();
    INFO(answer.body);
    CHECK(answer.status < 500);
    if (answer.status / 100 == 2) ++accepted[what];
  }
};

// ---- the world that was only told what counts

struct Told {
  Envelope envelope;
  Event event;
  std::optional<Fields> personal;
};

std::vector<Told> log_of(test::Server& server) {
  std::vector<Told> all;
  const auto account = server.app().account("acme");
  account->log().read(0, account->head(), [&](const eventstore::StoredRecord& stored) {
    Told told{envelope(stored.record), event_of(stored.record), {}};
    if (const auto plaintext = account->keys().open(stored.record)) told.personal = decode_personal(*plaintext);
    all.push_back(std::move(told));
    return true;
  });
  return all;
}

// State at (T, K): recorded by K and effective by T; the first version of set-up always. Of a closing and its corrections
// that are known, the last one alone says whether the deal is closed at T: when that lies after T, none of them counts.
struct Counting {
  std::vector<Told> events;
  // Deals of which such a closing was left out. It was an event of theirs all the same, so that their last activity is not
  // to be had from what is left.
  std::set<std::string> without_closing;
};

Counting what_counts(const std::vector<Told>& log, Instant as_of, Position known_at) {
  std::vector<std::vector<const Told*>> chains;
  std::map<Uuid, std::size_t> chain_of;
  for (const Told& told : log) {
    if (told.envelope.position > known_at) break;
    const bool corrects = std::holds_alternative<event::DealCorrected>(told.event);
    if (!corrects && !std::holds_alternative<event::DealClosed>(told.event)) continue;
    if (!corrects) {
      chain_of[told.envelope.object.id] = chains.size();
      chains.emplace_back();
    }
    chains[chain_of.at(told.envelope.object.id)].push_back(&told);
  }
  Counting counting;
  std::set<Position> void_closings;
  for (const auto& chain : chains) {
    if (chain.back()->envelope.effective_at <= as_of) continue;
    for (const Told* told : chain) void_closings.insert(told->envelope.position);
    if (chain.size() > 1) counting.without_closing.insert(to_string(chain.front()->envelope.object.id));
  }
  for (const Told& told : log) {
    if (told.envelope.position > known_at) break;
    const auto* defined = std::get_if<event::ProcessDefined>(&told.event);
    const bool first_of_setup = (defined && defined->version == 1) || (std::holds_alternative<event::Created>(told.event) && is_setup(told.envelope.object.kind));
    if (void_closings.contains(told.envelope.position)) continue;
    if (first_of_setup || told.envelope.effective_at <= as_of) counting.events.push_back(told);
  }
  return counting;
}

// Writes them as a log of an account of that name. No answer depends on when they were recorded, but a log must not be
// ahead of the clock.
void tell(const std::filesystem::path& data, const Uuid& account, const std::vector<Told>& events, Instant now) {
  std::filesystem::create_directories(data / "accounts");
  const auto directory = eventstore::create_account_files(data / "accounts", "acme", account, {});
  eventstore::OpenLog files = eventstore::open_account_files(directory, "a test", {});
  std::vector<ObjectRef> subjects;
  for (const Told& told : events)
    if (told.personal) subjects.push_back(told.envelope.object);
  files.keys->ensure(subjects);
  std::map<ObjectRef, Version> versions;
  std::vector<Bytes> bytes;
  for (const Told& told : events) {
    Envelope around = told.envelope;
    around.position = bytes.size() + 1;
    around.version = ++versions[around.object];
    around.command = around.position;
    around.cause = 0;
    around.recorded_at = std::min(around.recorded_at, now);
    std::optional<Sealed> sealed;
    if (told.personal) sealed = files.keys->seal(around.object, around.position, encode_personal(*told.personal));
    bytes.push_back(encode(around, told.event, sealed ? &*sealed : nullptr));
  }
  for (std::size_t first = 0; first < bytes.size(); first += 200) {
    eventstore::Commit commit;
    for (std::size_t i = first; i < std::min(bytes.size(), first + 200); ++i) commit.records.push_back(bytes[i]);
    files.log->append(files.log->head(), commit);
  }
  files.close();
}

class Replayed {
 public:
  Replayed(const Uuid& account, const std::vector<Told>& events, Instant now, std::string token) : token_(std::move(token)) {
    tell(folder_.path(), account, events, now);
    app_ = std::make_unique<api::App>(api::AppOptions{.data = folder_.path(), .holder = "a test", .clock = [now] { return now; }, .pool_threads = 1});
  }
  ~Replayed() { app_->close(); }
  std::pair<int, json::value> get(const std::string& target) {
    const api::Response answer = app_->handle(api::Method::get, target, "", {{"Authorization", "Bearer " + token_}});
    return {answer.status, json::parse(answer.body)};
  }

 private:
  TemporaryFolder folder_;
  std::string token_;
  std::unique_ptr<api::App> app_;
};

// ---- comparing

// Without what says where the answer stands, not what is in it; and without the last activity of those deals.
json::value without_place(const json::value& node, const std::set<std::string>& without_activity) {
  if (const json::array* list = node.if_array()) {
    json::array out;
    for (const json::value& each : *list) out.push_back(without_place(each, without_activity));
    return out;
  }
  const json::object* object = node.if_object();
  if (!object) return node;
  json::object out;
  const json::value* id = object->if_contains("id");
  const bool no_activity = id && id->is_string() && without_activity.contains(std::string(id->get_string()));
  for (const auto& member : *object) {
    const std::string_view key = member.key();
    if (no_activity && key == "last_activity_at") continue;
    if (key == "version" || key == "position" || key == "as_of" || key == "known_at" || key == "next_cursor") continue;
    if (key == "items" && member.value().is_string()) {
      std::string link(member.value().get_string());
      for (const char* name : {"as_of=", "known_at="}) {
        const auto at = link.find(name);
        if (at == std::string::npos) continue;
        const auto end = link.find('&', at);
        link.erase(at - 1, (end == std::string::npos ? link.size() : end) - at + 1);
      }
      if (const auto first = link.find_first_of("?&"); first != std::string::npos) link[first] = '?';
      out[key] = link;
      continue;
    }
    out[key] = without_place(member.value(), without_activity);
  }
  return out;
}

// "" when equal, else where and how they differ first.
std::string difference(const json::value& a, const json::value& b, const std::string& path = "") {
  if (a == b) return {};
  if (a.is_array() && b.is_array() && a.get_array().size() == b.get_array().size()) {
    for (std::size_t i = 0; i < a.get_array().size(); ++i)
      if (std::string found = difference(a.get_array()[i], b.get_array()[i], path + "/" + std::to_string(i)); !found.empty()) return found;
  }
  if (a.is_object() && b.is_object())
    for (const auto& member : a.get_object()) {
      const json::value* other = b.get_object().if_contains(member.key());
      if (std::string found = difference(member.value(), other ? *other : json::value(), path + "/" + std::string(member.key())); !found.empty()) {
        if (const json::value* id = a.get_object().if_contains("id"); id && id->is_string() && found.find(" of ") == std::string::npos) found += " of " + std::string(id->get_string());
        return found;
      }
    }
  return path + ": " + json::serialize(a).substr(0, 300) + " but replayed " + json::serialize(b).substr(0, 300);
}

std::vector<std::string> questions(Life& life) {
  std::vector<std::string> all;
  for (const char* kind : {"deals", "companies", "persons", "tasks", "notes", "emails", "users", "teams", "sources", "close-reasons", "processes", "scorecards", "series"}) {
    all.push_back("/v1/" + std::string(kind) + "?include=total&limit=1000");
    all.push_back("/v1/" + std::string(kind) + "?include=total&limit=1000&deleted=include");
  }
  const std::string user = life.random.one_of(life.users), team = life.random.one_of(life.teams), stage = life.random.one_of(life.stages);
  for (const std::string& filter : std::vector<std::string>{"sort=-value,name", "sort=stage_entered_at", "sort=-progress,id", "sort=days_in_stage,id", "status=won&sort=-closed_at", "visited_stage_id=" + stage, "stage_id=" + stage,
                                   "furthest_stage_id=" + stage, "done_action_id=" + life.random.one_of(life.actions), "team_id=" + team, "credited_team_id=" + team, "credited_owner_id=" + user,
                                   "has_open_task=true", "days_in_stage[gte]=3", "progress[gte]=20", "last_activity_at[gte]=2026-02-01", "source_id[is_null]=true", "company.name[contains]=acme", "closed_by=" + user,
                                   "participant_ids=" + user, "weighted_value[gt]=100", "kind=repeat"})
    all.push_back("/v1/deals?include=total&limit=1000&" + filter);
  for (const std::string& filter : std::vector<std::string>{"is_overdue=true", "due[lte]=2026-02-15", "team_id=" + team, "status=completed&completed_team_id=" + team}) all.push_back("/v1/tasks?include=total&limit=1000&" + filter);
  all.push_back("/v1/boards/default?limit=1000");
  all.push_back("/v1/boards/" + life.process + "?limit=1000&sort=name");
  all.push_back("/v1/boards/default?limit=1000&owner_id=" + user);
  all.push_back("/v1/boards/default/columns/" + life.abc.a + "?limit=1000");
  for (const std::string& group : std::vector<std::string>{"close_reason", "owner", "source", "process", "stage", "team"}) {
    all.push_back("/v1/reports/closed-deals?bucket=month&group_by=" + group);
    if (group != "close_reason") all.push_back("/v1/reports/open-deals?bucket=week&group_by=" + group);
  }
  all.push_back("/v1/reports/closed-deals?status=won&period=last_30_days&bucket=auto");
  all.push_back("/v1/reports/closed-deals?date_field=created&from=2026-01-10&to=2026-02-20&team_id=" + team);
  all.push_back("/v1/reports/closed-deals?date_field=expected_close&bucket=month&user_id=" + user);
  all.push_back("/v1/reports/activities?bucket=week");
  all.push_back("/v1/reports/activities?period=this_month&user_id=" + user);
  all.push_back("/v1/reports/activities?tasks=current,future&team_id=" + team);
  all.push_back("/v1/reports/ranking?period=this_month");
  all.push_back("/v1/reports/ranking?status=won,lost&team_id=" + team);
  all.push_back("/v1/reports/ranking?status=open");
  all.push_back("/v1/reports/activities?bucket=month&from=2026-01-01&to=2026-06-30");
  for (int i = 0; i < 5; ++i) all.push_back("/v1/deals/" + life.random.one_of(life.deals));
  for (const std::string& card : life.cards) all.push_back("/v1/scorecards/" + card);
  all.push_back("/v1/scorecards/groups");
  return all;
}

void compare_at(Life& life, const std::vector<Told>& log, const std::string& moment, Instant as_of, Position known_at) {
  CAPTURE(moment, to_string(as_of), known_at);
  const Counting counting = what_counts(log, as_of, known_at);
  Replayed replayed(log.front().envelope.object.id, counting.events, as_of, life.server.admin().token());
  for (const std::string& question : questions(life)) {
    if (!counting.without_closing.empty() && question.find("last_activity_at") != std::string::npos) continue;
    const std::string asked = question + (moment.empty() ? "" : (question.find('?') == std::string::npos ? "?" : "&") + moment);
    const Answer answer = life.server.admin().get(asked);
    const auto [status, expected] = replayed.get(question);
    INFO(asked);
    CHECK(answer.status == status);
    if (answer.status != 200 || status != 200) continue;
    const std::string differs = difference(without_place(answer.json, counting.without_closing), without_place(expected, counting.without_closing));
    CHECK(differs == "");
  }
}

}  // namespace

TEST_CASE("At any moment every list, board and report equals a replay from zero of exactly the events that count", "[api][acceptance][replay][GEN-6][TIM-1][TIM-3]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  Life life(seed);
  life.live(340);
  CHECK(life.deals.size() > 25);
  CHECK(life.accepted.size() > 10);
  const std::vector<Told> log = log_of(life.server);
  REQUIRE(log.size() > 200);
  compare_at(life, log, "", life.server.now(), log.back().envelope.position);
  for (int i = 0; i < 4; ++i) {
    const Instant as_of{life.random.between(life.start.ms - 86'400'000, life.server.now().ms)};
    const Position known_at = static_cast<Position>(life.random.between(60, static_cast<std::int64_t>(log.size())));
    const Instant recorded = log[known_at - 1].envelope.recorded_at;
    compare_at(life, log, "as_of=" + to_string(as_of), as_of, log.back().envelope.position);
    compare_at(life, log, "known_at=" + std::to_string(known_at), recorded, known_at);
    compare_at(life, log, "as_of=" + to_string(as_of) + "&known_at=" + std::to_string(known_at), as_of, known_at);
  }
}

TEST_CASE("What a salesperson sees of a past moment is what the administrator sees of it, less what is hidden from him now", "[api][acceptance][replay][ACC-5]") {
  const auto seed = GENERATE(11u, 12u);
  CAPTURE(seed);
  Life life(seed);
  life.live(200);
  const Person& sam = life.people[1];
  std::set<std::string> visible;
  const Answer now = sam.api.get("/v1/deals?limit=1000&deleted=include&fields=id");
  for (const json::value& deal : now.at("/data").as_array()) visible.emplace(deal.at("id").as_string());
  CHECK(visible.size() > 3);
  for (int i = 0; i < 6; ++i) {
    const std::string moment = "&as_of=" + to_string(Instant{life.random.between(life.start.ms, life.server.now().ms)});
    CAPTURE(moment);
    json::array expected;
    const Answer whole = life.server.admin().get("/v1/deals?limit=1000&deleted=include" + moment);
    for (const json::value& deal : whole.at("/data").as_array())
      if (visible.contains(std::string(deal.at("id").as_string()))) expected.push_back(deal);
    const Answer his = sam.api.get("/v1/deals?limit=1000&deleted=include" + moment);
    CHECK(difference(his.at("/data"), expected) == "");
  }
}
