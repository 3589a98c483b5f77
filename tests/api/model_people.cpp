// Random deeds on users: who joins, and who hands over [SPEC ACC-2, ACC-6].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

Deed create_user(Life& l) {
  // Those who join do nothing by themselves, but things are given to them.
  static constexpr const char* roles[] = {"manager", "salesperson", "salesperson", "analyst"};
  const Id id = l.next_id(), user = l.user();
  const std::string name = l.name(), email = "new" + std::to_string(l.below(6)) + "@acme.example", role = roles[l.below(4)];
  return deed("POST", "/v1/users", {{"id", id}, {"name", name}, {"email", email}, {"role", role}},
              [&l, user, id, name, email, role] { return l.crm.create_user(user, id, name, email, role); }, l.answers(l.crm.users, id));
}

Deed hand_over(Life& l) {
  const Id user = l.user(), from = l.once_in(30) ? l.nowhere() : l.colleague();
  plain::Crm::HandOver wish;
  json::object body;
  const auto to = [&](const char* member, Id& whom, int once) {
    if (l.once_in(once)) body[member] = whom = l.once_in(40) ? l.nowhere() : l.colleague();
  };
  to("to_user_id", wish.all, 4);
  to("deals_to", wish.deals, 3);
  to("leads_to", wish.leads, 4);
  to("companies_to", wish.companies, 5);
  to("persons_to", wish.persons, 5);
  to("tasks_to", wish.tasks, 3);
  if (body.empty()) body["to_user_id"] = wish.all = l.colleague();
  if (l.once_in(3)) body["dry_run"] = wish.is_tried = true;
  const auto handed = std::make_shared<std::vector<plain::Crm::Handed>>();
  Deed made = deed("POST", "/v1/users/" + from + "/hand-over", body, [&l, user, from, wish, handed] { return l.crm.hand_over(user, from, wish, *handed); },
                   [handed, is_tried = wish.is_tried](const json::value& answer) {
                     std::vector<plain::Crm::Handed> real;
                     for (const json::value& item : answer.at("items").as_array()) {
                       REQUIRE(item.at("status") == 200);
                       real.push_back({std::string(item.at("kind").as_string()), std::string(item.at("id").as_string()), std::string(item.at("to").as_string())});
                     }
                     REQUIRE((real == *handed));
                     REQUIRE(answer.at("dry_run") == json::value(is_tried));
                     REQUIRE(answer.at("left") == 0);
                   });
  made.in_bulk = false;
  made.is_remembered = !wish.is_tried;
  made.can_be_undone = true;
  return made;
}

}  // namespace

std::optional<Deed> any_people_deed(Life& l) {
  l.prefer_administrator();
  return l.once_in(3) ? create_user(l) : hand_over(l);
}

}  // namespace dealog::test::model
