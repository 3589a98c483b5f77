#include "tests/api/model_life.h"

#include <cstdio>
#include <mutex>

#include "api/app.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

constexpr Ms minute = 60'000, hour = 60 * minute, life_day = 24 * hour;

// Who may send a bulk of a collection: who may create in it.
bool may_send_many(const plain::Crm& crm, const Id& user, const std::string& collection) {
  static const std::set<std::string> administrators{"users", "teams", "sources", "custom-fields"};
  static const std::set<std::string> sellers{"companies", "persons", "deals", "leads", "tasks", "notes", "tags", "spaces", "emails", "saved-filters"};
  return administrators.contains(collection) ? crm.is_administrator(user) : sellers.contains(collection) ? crm.sells(user) : crm.is_manager(user);
}

std::string collection_of(const std::string& target) {
  const std::string rest = target.substr(std::string("/v1/").size());
  return rest.substr(0, rest.find('/'));
}

// The object that a path is about: "/v1/deals/<id>/move".
Id id_in(const std::string& target) {
  const std::size_t from = target.find('/', std::string("/v1/").size());
  return from == std::string::npos ? Id() : target.substr(from + 1, 36);
}

std::vector<std::string> errors_of(const json::value& body) {
  Answer answer;
  answer.json = body;
  return answer.errors();
}

api::Method method_of(const std::string& name) {
  static const std::map<std::string, api::Method> methods{{"GET", api::Method::get}, {"POST", api::Method::post}, {"PATCH", api::Method::patch}, {"PUT", api::Method::put},
                                                          {"DELETE", api::Method::delete_}};
  return methods.at(name);
}

// The items of a bulk are in the order of its commands; over a filter in that in which the objects were recorded, which only
// the answer tells.
const Deed& told_of(const json::object& item, const std::vector<Deed>& deeds, std::size_t index) {
  const json::value* id = item.if_contains("id");
  if (!id) return deeds[index];
  const auto found = std::ranges::find_if(deeds, [&](const Deed& each) { return id_in(each.target) == id->as_string(); });
  REQUIRE(found != deeds.end());
  return *found;
}

}  // namespace

Deed deed(const std::string& method, const std::string& target, json::value body, std::function<Verdict()> model, std::function<void(const json::value&)> compare) {
  return {.method = method, .target = target, .body = std::move(body), .model = [model = std::move(model)](const json::value&) { return model(); }, .compare = std::move(compare)};
}
Deed set_deleted(const std::string& one, bool deleted, std::function<Verdict()> model, std::function<void(const json::value&)> compare) {
  return deed(deleted ? "DELETE" : "POST", deleted ? one : one + "/restore", nullptr, std::move(model), std::move(compare));
}

// Ids as the seed says, so that it repeats a life to the last of them. Dealog asks for them from several threads, but for one
// request after the other.
std::function<void(api::AppOptions&)> ids_of(std::uint64_t seed) {
  struct Source {
    std::mutex mutex;
    std::mt19937_64 random;
  };
  const auto source = std::make_shared<Source>();
  source->random.seed(seed);
  const auto ids = [source] {
    const std::lock_guard lock(source->mutex);
    Uuid id;
    for (std::uint8_t& byte : id.bytes) byte = static_cast<std::uint8_t>(source->random());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
  };
  return [ids](api::AppOptions& options) { options.ids = ids; };
}

Life::Life(std::uint64_t seed) : random_(seed), server_("2026-01-05T09:00:00Z", std::chrono::seconds(15), ids_of(seed)) {
  const auto join = [&](const Id& id, const std::string& role, const std::string& token) {
    crm.users[id].role = role;
    crm.users.at(id).version = 1;
    tokens_[id] = token;
    users_.push_back(id);
  };
  join(server_.admin_id(), "administrator", server_.admin().token());
  for (const auto& [name, role] : {std::pair{"max", "manager"}, {"sam", "salesperson"}, {"sue", "salesperson"}, {"ann", "analyst"}, {"aud", "auditor"}}) {
    const Person person = server_.add_user(name, role);
    join(person.id, role, person.api.token());
  }
  // A(a1 10; a2 10, of which managers, owner and participants are told), B(b1 20, with a note; b2 15, with a file too), C(c1 25, mandatory; c2 35, by managers).
  const Answer process = server_.must_post("/v1/processes", {{"name", "Model"}, {"is_default", true}, {"stages", {
      {{"name", "A"}, {"actions", {{{"name", "a1"}, {"weight", 10}}, {{"name", "a2"}, {"weight", 10}, {"notify", {{"roles", {"manager"}}, {"owner", true}, {"participants", true}}}}}}},
      {{"name", "B"}, {"actions", {{{"name", "b1"}, {"weight", 20}, {"note", "note"}}, {{"name", "b2"}, {"weight", 15}, {"note", "note_with_file"}}}}},
      {{"name", "C"}, {"actions", {{{"name", "c1"}, {"weight", 25}, {"mandatory", true}}, {{"name", "c2"}, {"weight", 35}, {"performers", {{"roles", {"manager"}}, {"user_ids", json::array()}}}}}}}}}});
  position_ = process.header("Log-Position");
  learn_processes(*this);
  learn_people();
  // What a new account has.
  const auto bring = [&](const std::string& collection, auto take) {
    const Answer listed = server_.admin().get("/v1/" + collection + "?limit=1000");
    for (const json::value& each : listed.at("/data").as_array()) take(std::string(each.at("id").as_string()), each);
  };
  const auto named = [](auto& thing, const json::value& each) {
    thing.version = 1;
    thing.creator = each.at("created_by").is_null() ? Id() : std::string(each.at("created_by").as_string());
    thing.name = std::string(each.at("name").as_string());
  };
  bring("lead-stages", [&](const Id& id, const json::value& each) {
    named(crm.lead_stages[id], each);
    crm.lead_stages.at(id).position = each.at("position").to_number<int>();
  });
  bring("task-types", [&](const Id& id, const json::value& each) {
    named(crm.task_types[id], each);
    if (crm.task_types.at(id).name == "Other") crm.usual_task_type = id;
  });
  bring("close-reasons", [&](const Id& id, const json::value& each) {
    named(crm.reasons[id], each);
    crm.reasons.at(id).outcome = std::string(each.at("outcome").as_string());
  });
}

void Life::live(int steps) {
  for (step_ = 0; step_ < steps; ++step_) {
    if (once_in(3)) server_.set_now(to_string(Instant{now() + below(3 * hour)}));
    user_ = users_[static_cast<std::size_t>(once_in(6) ? below(static_cast<Ms>(users_.size())) : below(4))];
    if (!crm.sells(user_) && !once_in(4)) user_ = users_[static_cast<std::size_t>(below(static_cast<Ms>(users_.size())))];   // who may do little says little
    if (once_in(25)) do_many();
    else if (once_in(60) && !crm.deals.empty()) do_over_filter();
    else do_one();
    if (step_ % 400 == 399) look_at_all();
    if (step_ % 900 == 899) {
      server_.restart();
      look_at_all();
    }
  }
  look_at_all();
}

std::set<std::string> Life::write_routes() const {
  std::set<std::string> all;
  for (const auto& route : server_.app().routes().all())
    if (route->method != api::Method::get && route->shape != api::Shape::list)   // a search asks
      all.insert(std::string(api::name(route->method)) + " " + route->path);
  return all;
}

// ---- Chance.

Id Life::next_id() {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", static_cast<unsigned>(++last_id_));
  return text;
}
std::optional<Ms> Life::sometimes_past() {
  if (once_in(40)) return now() + life_day;
  if (once_in(30)) return now() + minute / 2;
  if (once_in(3)) return now() - below(4 * hour);
  return std::nullopt;
}
std::string Life::name() {
  static constexpr const char* names[] = {"Fair", " fair ", "Web", "Call  centre", "call Centre", "Friend", "Post", "Radio"};
  return names[below(8)];
}
std::map<Id, std::string> Life::custom_values(const std::string& collection, json::object& body, bool with_nulls) {
  std::map<Id, std::string> values;
  json::object cf;
  for (const auto& [id, field] : crm.fields) {
    if (field.collection != collection || field.is_deleted || once_in(field.is_required ? 8 : 2)) continue;
    json::value value = nullptr;
    if (!with_nulls || !once_in(3)) value = field.type == "boolean" ? json::value(once_in(2)) : json::value("text " + std::to_string(below(3)));
    if (field.is_required && field.type == "text" && once_in(10)) value = "  ";   // which is no answer
    cf[field.key] = value;
    values[id] = json::serialize(value);
  }
  if (!cf.empty()) body["cf"] = cf;
  return values;
}
plain::Links Life::any_links(json::object& body) {
  plain::Links links;
  json::object sent;
  const auto take = [&](const char* member, Id& link, const auto& things, int none_in) {
    if (!once_in(none_in)) return;
    link = maybe(things, 10);
    if (!link.empty()) sent[member] = link;
  };
  take("deal_id", links.deal, crm.deals, 2);
  take("lead_id", links.lead, crm.leads, 4);
  take("company_id", links.company, crm.companies, 5);
  take("person_id", links.person, crm.persons, 5);
  take("space_id", links.space, crm.spaces, 6);
  if (!sent.empty()) body["links"] = sent;
  return links;
}
json::object Life::dated(json::object body, std::optional<Ms> when, const char* member) {
  if (when) body[member] = to_string(Instant{*when});
  return body;
}
Id Life::some_administrator() const {
  for (const Id& id : users_)
    if (crm.is_administrator(id) && !crm.users.at(id).is_suspended) return id;
  return {};
}
std::optional<Deed> Life::any_deed() {
  int all = 0;
  for (const Area& area : areas()) all += area.weight;
  auto at = static_cast<int>(below(all));
  for (const Area& area : areas())
    if ((at -= area.weight) < 0) return area.any(*this);
  return std::nullopt;
}

void Life::learn_people() {
  const Id ada = users_.front();
  const Answer people = send(ada, "GET", "/v1/users?limit=1000", nullptr), tokens = send(ada, "GET", "/v1/tokens?limit=1000", nullptr);
  for (const json::value& each : people.at("/data").as_array()) {
    plain::User& user = crm.users.at(std::string(each.at("id").as_string()));
    user.name = std::string(each.at("name").as_string());
    user.email = std::string(each.at("email").as_string());
  }
  for (const json::value& each : tokens.at("/data").as_array()) {
    const Id id(each.at("id").as_string());
    plain::Token& token = crm.tokens[id];
    token.version = 1;
    token.creator = each.at("created_by").is_null() ? Id() : Id(each.at("created_by").as_string());
    token.name = std::string(each.at("name").as_string());
    token.user = std::string(each.at("user_id").as_string());
    first_tokens_[token.user] = id;
    secrets_[id] = tokens_.at(token.user);
  }
}
// Nearly always the one that he has had from the beginning; else any that he has, or had.
Id Life::any_token_of(const Id& user) {
  std::vector<Id> all;
  if (once_in(8))
    for (const auto& [id, secret] : secrets_)
      if (crm.tokens.at(id).user == user) all.push_back(id);
  return all.empty() ? first_tokens_.at(user) : all[static_cast<std::size_t>(below(static_cast<Ms>(all.size())))];
}

// ---- Asking.

Answer Life::send(const Id& user, const std::string& method, const std::string& target, const json::value& body, Headers headers) {
  return send_bytes(user, method, target, body.is_null() ? std::string() : json::serialize(body), "application/json", std::move(headers));
}
Answer Life::send(const Id& user, const Deed& deed, Headers headers) {
  if (deed.form.empty()) return send(user, deed.method, deed.target, deed.body, std::move(headers));
  return send_bytes(user, deed.method, deed.target, deed.form, form_type, std::move(headers));
}
Answer Life::send_bytes(const Id& user, const std::string& method, const std::string& target, const std::string& body, const std::string& type, Headers headers) {
  if (std::ranges::none_of(headers, [](const auto& each) { return each.first == "Authorization"; })) headers.emplace_back("Authorization", "Bearer " + tokens_.at(user));
  headers.emplace_back("Content-Type", type);
  const api::Response response = server_.app().handle(method_of(method), target, body, headers);
  Answer answer{.status = response.status, .headers = {response.headers.begin(), response.headers.end()}, .body = response.body, .json = nullptr};
  if (!answer.body.empty() && answer.body.front() == '{') answer.json = json::parse(answer.body);
  if (const std::string position = answer.header("Log-Position"); method != "GET" && !position.empty()) position_ = position;
  return answer;
}

Verdict Life::decide(const Deed& deed, const json::value& answer) {
  const std::string id = id_in(deed.target);
  const auto version = [&] {
    const auto deal = crm.deals.find(id);
    const auto card = crm.cards.find(id);
    return deal != crm.deals.end() ? deal->second.version : card != crm.cards.end() ? card->second.version : 0;
  };
  const int before = version();
  const Verdict verdict = deed.model(answer);
  was_idle_ = before != 0 && version() == before;
  return verdict;
}

void Life::do_one() {
  const std::optional<Deed> deed = any_deed();
  if (!deed) return;
  INFO("step " << step_ << ": " << crm.users.at(user_).role << " " << user_ << " " << deed->method << " " << deed->target << " " << json::serialize(deed->body) << deed->form);
  Headers headers;
  const bool keyed = once_in(8) && deed->is_remembered;
  if (keyed) headers.emplace_back("Idempotency-Key", "key-" + std::to_string(step_));
  token_ = deed->token.empty() ? any_token_of(user_) : deed->token;
  const std::int64_t before_it = head();
  Headers with = headers;
  with.emplace_back("Authorization", "Bearer " + secrets_.at(token_));
  const Answer answer = send(user_, *deed, with);
  if (const auto closed = deed->is_public ? std::nullopt : crm.closed_to(token_, now(), plain::Crm::scope_of(deed->target))) {
    INFO("with the token " << token_ << ", answered " << answer.body);
    REQUIRE(answer.status == closed->status);
    REQUIRE(answer.errors().empty());
    return;
  }
  const bool may_go_back = deed->can_be_undone && once_in(8);
  std::optional<plain::Crm> before;
  if (may_go_back) before = crm;
  const Verdict verdict = decide(*deed, answer.json);
  const std::string route = deed->method + " " + server_.app().routes().find(method_of(deed->method), deed->target.substr(0, deed->target.find('?'))).route->path;
  routes_asked_.insert(route);
  INFO("answered " << answer.status << " " << answer.body);
  REQUIRE(answer.status == verdict.status);
  if (!verdict.accepted()) {
    ++refused_;
    ++refused_by_code_[answer.code()];
    REQUIRE(answer.errors() == verdict.faults);
    return;
  }
  ++accepted_;
  ++routes_accepted_[route];
  crm.told_by(head());
  deed->compare(answer.json);
  if (!deed->is_public && (token_ != first_tokens_.at(user_) || once_in(30))) see_who_did_it(before_it);
  if (keyed) {
    const Answer again = send(user_, *deed, headers);
    if (crm.users.at(user_).is_suspended) {             // he has suspended himself
      REQUIRE(again.status == 401);
    } else if (again.status == 404 || again.status == 403) {   // he has given it, or his right to it, away: rights come first
      REQUIRE((crm.users.at(user_).role != "administrator" || deed->target.starts_with("/v1/saved-filters")));
    } else {
      REQUIRE(again.status == answer.status);
      REQUIRE(again.header("Idempotent-Replayed") == "true");
      REQUIRE(again.body == answer.body);
    }
    if (const std::string object = answer.text("/id"); !object.empty()) kept_.push_back({user_, *deed, headers, answer.status, object});
  }
  if (may_go_back) take_back(*before);
}

// Every event names the user and the token [ACC-7].
void Life::see_who_did_it(std::int64_t before) {
  if (head() == before) return;   // nothing happened
  const Answer last = read(some_administrator(), "/v1/events?limit=1&after=" + std::to_string(head() - 1));
  INFO("by " << user_ << " with " << token_ << ": " << last.body);
  if (last.at("/data").as_array().empty()) return;   // private filters are their makers' alone
  REQUIRE(last.text("/data/0/actor") == user_);
  REQUIRE(last.text("/data/0/token") == token_);
}

// Several deeds of one collection as one request: each for itself, all or none, or tried only.
void Life::do_many() {
  is_user_fixed_ = true;
  token_ = first_tokens_.at(user_);
  std::vector<Deed> deeds;
  json::array commands;
  for (int tries = 0; tries < 60 && deeds.size() < 6; ++tries) {
    std::optional<Deed> deed = any_deed();
    if (!deed || !deed->in_bulk || (!deeds.empty() && collection_of(deed->target) != collection_of(deeds.front().target))) continue;
    commands.push_back({{"method", deed->method}, {"path", deed->target}, {"body", deed->body}});
    deeds.push_back(std::move(*deed));
  }
  is_user_fixed_ = false;
  send_many(collection_of(deeds.front().target), {{"commands", commands}}, deeds);
}

// One command over whatever deals of an owner the user sees.
void Life::do_over_filter() {
  const Id owner = colleague();
  const Pattern pattern = any_pattern(*this);
  std::vector<Deed> deeds;
  for (const Id& id : crm.listed(user_, crm.deals))
    if (crm.deals.at(id).owner == owner)
      deeds.push_back({.method = pattern.method, .target = "/v1/deals/" + id, .body = pattern.body,
                       .model = [&pattern, id](const json::value&) { return pattern.model(id); }, .compare = answers(crm.deals, id)});
  send_many("deals", {{"filter", {{"field", "owner_id"}, {"value", owner}}}, {"command", {{"method", pattern.method}, {"path", "/v1/deals/{id}" + pattern.rest}, {"body", pattern.body}}}}, deeds);
}

void Life::send_many(const std::string& collection, json::object body, const std::vector<Deed>& deeds) {
  const std::string target = "/v1/" + collection + "/bulk";
  const bool atomic = once_in(2), dry_run = once_in(3), keyed = !dry_run && once_in(3);
  body["atomic"] = atomic;
  body["dry_run"] = dry_run;
  INFO("step " << step_ << ": " << crm.users.at(user_).role << " " << user_ << " POST " << target << " " << json::serialize(body));
  Headers headers;
  if (keyed) headers.emplace_back("Idempotency-Key", "bulk-" + std::to_string(step_));
  const Answer answer = send(user_, "POST", target, body, headers);
  INFO("answered " << answer.status << " " << answer.body);
  if (crm.users.at(user_).is_suspended) {
    REQUIRE(answer.status == 401);
    return;
  }
  if (!may_send_many(crm, user_, collection)) {
    REQUIRE(answer.status == 403);
    return;
  }
  const plain::Crm before = crm;
  const json::array none;
  const json::array& items = answer.at("/items").is_array() ? answer.at("/items").get_array() : none;
  REQUIRE(items.size() == deeds.size());
  std::size_t taken = 0;
  std::vector<std::string> codes;
  std::set<const Deed*> told;
  for (std::size_t i = 0; i < deeds.size(); ++i) {
    INFO("item " << i << ": " << json::serialize(items[i]));
    const json::value* item_body = items[i].as_object().if_contains("body");
    const Deed& deed = told_of(items[i].as_object(), deeds, i);
    REQUIRE(told.insert(&deed).second);
    // Who suspended himself in an earlier part does nothing more.
    Verdict verdict = crm.users.at(user_).is_suspended ? Verdict{403, {" forbidden"}} : decide(deed, item_body ? *item_body : json::value(nullptr));
    // Who lost his role in an earlier part is refused by the rule of each, which names itself, and no longer by the route.
    if (verdict.status == 403 && verdict.faults.empty() && before.users.at(user_).role != crm.users.at(user_).role) verdict.faults = {" forbidden"};
    REQUIRE(items[i].at("status").to_number<int>() == verdict.status);
    if (!verdict.accepted()) {
      REQUIRE(errors_of(*item_body) == verdict.faults);
      codes.emplace_back(item_body->at("code").as_string());
    } else if (answer.status == 200 && !dry_run) deed.compare(*item_body);
    taken += verdict.accepted() ? 1 : 0;
  }
  const bool all = taken == deeds.size();
  REQUIRE(answer.status == (atomic && !all && !dry_run ? 409 : 200));
  if (answer.status == 409) REQUIRE(answer.code() == "bulk_refused");
  if (dry_run || answer.status == 409) {
    crm = before;
    return;
  }
  crm.told_by(head());
  accepted_ += static_cast<int>(taken);
  refused_ += static_cast<int>(deeds.size() - taken);
  for (const std::string& code : codes) ++refused_by_code_[code];
  ++routes_accepted_["POST " + target];
  // Rights come first, as of now; a filter may be shared no more.
  if (keyed && all && !crm.users.at(user_).is_suspended && crm.is_manager(user_) && may_send_many(crm, user_, collection) && collection != "saved-filters") REQUIRE(send(user_, "POST", target, body, headers).json == answer.json);   // what was refused is decided anew
}

// ---- Comparing.

void Life::compare(const json::object& expected, const json::value& real) const {
  INFO("step " << step_ << ": " << json::serialize(real) << " should have " << json::serialize(expected));
  for (const auto& [member, value] : expected) {
    INFO(std::string(member));
    const bool is_there = member != "erased" || value.as_bool();   // that is said of what was
    REQUIRE(real.as_object().contains(member) == is_there);
    if (!is_there) continue;
    if (!value.is_object()) {
      REQUIRE(json::serialize(real.at(member)) == json::serialize(value));
      continue;
    }
    for (const auto& [inner, each] : value.get_object())   // absent is as good as null
      if (const json::value* there = real.at(member).is_object() ? real.at(member).get_object().if_contains(inner) : nullptr; there || !each.is_null())
        REQUIRE(json::serialize(there ? *there : json::value(nullptr)) == json::serialize(each));
  }
}

std::map<Id, json::value> Life::all_of(const std::string& collection) {
  std::map<Id, json::value> all;
  for (std::string cursor;;) {
    const Answer page = send(some_administrator(), "GET", "/v1/" + collection + "?deleted=include&limit=1000&min_position=" + position_ + (cursor.empty() ? "" : "&cursor=" + cursor), nullptr);
    REQUIRE(page.status == 200);
    for (const json::value& each : page.at("/data").as_array()) all.emplace(std::string(each.at("id").as_string()), each);
    cursor = page.text("/page/next_cursor");
    if (cursor.empty()) return all;
  }
}

Answer Life::read(const Id& asker, const std::string& target) {
  INFO(target);
  Answer answer = send(asker, "GET", target + (target.find('?') == std::string::npos ? "?" : "&") + "min_position=" + position_, nullptr);
  REQUIRE(answer.status == 200);
  return answer;
}

std::vector<Id> Life::ids(const Id& asker, const std::string& query) {
  std::vector<Id> all;
  for (std::string cursor;;) {
    const Answer page = send(asker, "GET", "/v1/" + query + "fields=id&limit=1000&min_position=" + position_ + (cursor.empty() ? "" : "&cursor=" + cursor), nullptr);
    REQUIRE(page.status == 200);
    for (const json::value& each : page.at("/data").as_array()) all.emplace_back(each.at("id").as_string());
    cursor = page.text("/page/next_cursor");
    if (cursor.empty()) return all;
  }
}

template <class T>
void Life::see_same(const Id& asker, const std::string& collection, const std::map<Id, T>& things) {
  INFO(collection);
  const std::vector<Id> seen = ids(asker, collection + "?");
  REQUIRE(std::set<Id>(seen.begin(), seen.end()) == crm.listed(asker, things));
}

// Everybody sees the same of everything as in the model.
void Life::look_at_all() {
  INFO("looking after step " << step_);
  for (const Id& asker : users_) {
    if (crm.users.at(asker).is_suspended) continue;
    INFO("as " << crm.users.at(asker).role << " " << asker);
    see_same(asker, "deals", crm.deals);
    see_same(asker, "leads", crm.leads);
    see_same(asker, "tasks", crm.tasks);
    see_same(asker, "notes", crm.notes);
    see_same(asker, "companies", crm.companies);
    see_same(asker, "persons", crm.persons);
    see_same(asker, "spaces", crm.spaces);
    see_same(asker, "emails", crm.emails);
    see_same(asker, "files", crm.files);
    see_same(asker, "saved-filters", crm.filters);
    see_same(asker, "scorecards", crm.cards);
    see_same(asker, "tokens", crm.tokens);
    look_at_inbox(*this, asker);
  }
  for (const Area& area : areas())
    if (area.look) area.look(*this);
}

}  // namespace dealog::test::model
