// Random erasures of what is personal, and legal holds [SPEC CON-3].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

using plain::Subject;

// What becomes of the objects of a collection when they are erased.
struct Erasable {
  const char *collection, *name;               // and as an answer names one of them
  const char* personal;                        // a member that each of them has, if it has one
  bool is_erased_itself, is_held;
};
constexpr Erasable erasables[] = {{"persons", "person", "name", true, true}, {"companies", "company", nullptr, true, true}, {"leads", "lead", nullptr, true, true},
                          {"notes", "note", "text", true, true},     {"emails", "email", "subject", true, true},    {"tasks", "task", nullptr, true, false},
                          {"users", "user", "name", true, false},    {"files", "file", "name", false, false}, {"series", "series", nullptr, false, false}};

// `act` with the map of that collection.
template <class Act>
auto with(plain::Crm& crm, const std::string& collection, Act act) {
  if (collection == "persons") return act(crm.persons);
  if (collection == "companies") return act(crm.companies);
  if (collection == "leads") return act(crm.leads);
  if (collection == "notes") return act(crm.notes);
  if (collection == "emails") return act(crm.emails);
  if (collection == "tasks") return act(crm.tasks);
  return act(crm.users);
}
Id any_subject(Life& l, const Erasable& kind) {
  if (l.once_in(25)) return l.nowhere();
  // Often one that is held, or was erased: what is refused then is what this is about.
  const bool is_touched = l.once_in(3);
  if (kind.collection != std::string("users"))
    return with(l.crm, kind.collection, [&](const auto& things) {
      std::map<Id, bool> touched;
      for (const auto& [id, thing] : things)
        if (!thing.hold.empty() || thing.is_erased) touched[id] = true;
      return is_touched && !touched.empty() ? l.any(touched) : l.any(things);
    });
  std::vector<Id> suspended;
  for (const auto& [id, user] : l.crm.users)
    if (user.is_suspended) suspended.push_back(id);
  return suspended.empty() || l.once_in(3) ? l.colleague() : suspended[static_cast<std::size_t>(l.below(static_cast<Ms>(suspended.size())))];
}
std::function<void(const json::value&)> shows(Life& l, const Erasable& kind, const Id& id) {
  return with(l.crm, kind.collection, [&](const auto& things) { return l.answers(things, id); });
}

// The answer to a trial: the subjects, by their erasables.
std::set<Subject> told(const json::value& answer) {
  std::set<Subject> all;
  for (const json::value& each : answer.at("erases").as_array()) {
    const auto kind = std::ranges::find_if(erasables, [&](const Erasable& one) { return each.at("kind") == json::value(one.name); });
    REQUIRE(kind != std::end(erasables));
    REQUIRE(each.at("count").to_number<std::size_t>() == each.at("ids").as_array().size());
    for (const json::value& id : each.at("ids").as_array()) all.insert({kind->collection, Id(id.as_string())});
  }
  return all;
}

Deed erase(Life& l, const Erasable& kind) {
  const Id user = l.user(), id = any_subject(l, kind);
  const std::string collection = kind.collection;
  plain::Crm::ErasureWish wish;
  json::object body;
  for (const char* along : {"notes", "emails", "files", "tasks", "leads"})
    if (l.once_in(3)) wish.along.push_back(along);
  if (!wish.along.empty()) body["include"] = list(wish.along);
  if (l.once_in(2)) body["dry_run"] = wish.is_tried = true;
  const auto subjects = std::make_shared<std::set<Subject>>();
  Deed made = deed("POST", "/v1/" + collection + "/" + id + "/erase", body, [&l, user, collection, id, wish, subjects] { return l.crm.erase(user, collection, id, wish, *subjects); },
                   [&l, user, subjects, is_tried = wish.is_tried, compare = shows(l, kind, id)](const json::value& answer) {
                     if (is_tried) REQUIRE(told(answer) == *subjects);
                     else compare(answer);
                     if (is_tried || subjects->empty()) return;
                     const Answer undone = l.send(user, "POST", "/v1/undo", {{"last", true}});
                     INFO("undone: " << undone.status << " " << undone.body);
                     REQUIRE(undone.status == 409);
                     REQUIRE(undone.code() == "undo_blocked");
                   });
  made.is_remembered = !wish.is_tried;
  return made;
}

// Why is told to administrators.
void see_hold(Life& l, const std::string& collection, const Id& id) {
  const plain::Thing& thing = *l.crm.thing(collection, id);
  const Answer answer = l.read(l.some_administrator(), "/v1/" + collection + "/" + id + "/hold");
  INFO(answer.body);
  REQUIRE(answer.at("/legal_hold") == json::value(!thing.hold.empty()));
  REQUIRE(answer.text("/reason") == thing.hold);
}
Deed hold(Life& l, const Erasable& kind) {
  const Id user = l.user(), id = any_subject(l, kind);
  const std::string collection = kind.collection, one = "/v1/" + collection + "/" + id + "/hold", why = "Case " + std::to_string(l.below(3));
  const auto compare = [&l, collection, id, shown = shows(l, kind, id)](const json::value& answer) {
    shown(answer);
    see_hold(l, collection, id);
  };
  // So many are lifted that most can be erased.
  if (l.once_in(2)) return deed("DELETE", one, nullptr, [&l, user, collection, id] { return l.crm.lift_hold(user, collection, id); }, compare);
  return deed("POST", one, {{"reason", why}}, [&l, user, collection, id, why] { return l.crm.place_hold(user, collection, id, why); }, compare);
}

}  // namespace

std::optional<Deed> any_erasure_deed(Life& l) {
  l.prefer_administrator();
  const Erasable& kind = erasables[l.below(7)];
  Deed made = kind.is_held && l.once_in(3) ? hold(l, kind) : erase(l, kind);
  made.in_bulk = false;
  return made;
}

// What was answered under a key once is answered again, but for what was erased since; what that was, lists no longer say (the
// looks of the other areas).
void look_at_erasure(Life& l) {
  for (const Life::Kept& kept : l.kept()) {
    const std::string rest = kept.deed.target.substr(std::string("/v1/").size()), collection = rest.substr(0, rest.find('/'));
    const auto kind = std::ranges::find_if(erasables, [&](const Erasable& one) { return collection == one.collection; });
    const plain::Thing* thing = kind == std::end(erasables) ? nullptr : l.crm.thing(collection, kept.object);
    if (!thing || !thing->is_erased) continue;
    INFO("again: " << kept.user << " " << kept.deed.method << " " << kept.deed.target << " " << json::serialize(kept.deed.body));
    const Answer again = l.send(kept.user, kept.deed, kept.headers);
    INFO("answered " << again.status << " " << again.body);
    if (l.crm.users.at(kept.user).is_suspended) {
      REQUIRE(again.status == 401);
    } else if (again.status == 403 || again.status == 404) {   // today's rights
      REQUIRE_FALSE(l.crm.is_administrator(kept.user));
    } else {
      REQUIRE(again.status == kept.status);
      REQUIRE(again.header("Idempotent-Replayed") == "true");
      if (kind->personal) REQUIRE(again.json.at(kind->personal).is_null());
    }
  }
}

}  // namespace dealog::test::model
