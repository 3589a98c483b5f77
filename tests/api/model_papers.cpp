// Random deeds on e-mails, saved filters and requests for access [SPEC ACT-3, ACC-5; API.md 1].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

Deed record_email(Life& l) {
  // As people's programs write them; what the model knows of both is what counts.
  static constexpr std::pair<const char*, const char*> senders[] = {{"ann@example.com", "ann@example.com"}, {"Ann <Ann@Example.com>", "ann@example.com"}, {"bob@example.com", "bob@example.com"}};
  const Id id = l.next_id(), user = l.user();
  const auto& [from, address] = senders[l.below(3)];
  plain::Email wish;
  wish.message_id = "m" + std::to_string(l.below(1 + static_cast<Ms>(l.crm.emails.size()) * 2)) + "@example.com";
  wish.from = address;
  wish.subject = "Mail " + std::to_string(l.step());
  wish.sent_at = l.sometimes_past().value_or(l.now());
  json::object body{{"id", id}, {"message_id", l.once_in(2) ? "<" + wish.message_id + ">" : wish.message_id}, {"from", from}, {"to", {"client@example.com"}},
                    {"subject", wish.subject}, {"sent_at", to_string(Instant{wish.sent_at})}};
  json::object links;
  if (l.once_in(2)) wish.links.deal = l.maybe(l.crm.deals, 10);
  if (l.once_in(4)) wish.links.lead = l.maybe(l.crm.leads, 10);
  if (l.once_in(4)) wish.links.company = l.maybe(l.crm.companies, 10);
  if (l.once_in(4)) wish.links.person = l.maybe(l.crm.persons, 10);
  for (const auto& [member, to] : {std::pair{"deal_id", wish.links.deal}, {"lead_id", wish.links.lead}, {"company_id", wish.links.company}, {"person_id", wish.links.person}})
    if (!to.empty()) links[member] = to;
  if (!links.empty()) body["links"] = links;
  const auto kept = std::make_shared<Id>();
  return deed("POST", "/v1/emails", body, [&l, user, id, wish, kept] { return l.crm.record_email(user, l.now(), id, wish, *kept); },
              [&l, kept](const json::value& answer) {
                REQUIRE(answer.at("id") == json::value(*kept));
                l.answers(l.crm.emails, *kept)(answer);
              });
}

std::string any_tree(Life& l) { return json::serialize(json::value{{"field", "created_at"}, {"op", "gte"}, {"value", "2026-01-0" + std::to_string(1 + l.below(9))}}); }
Deed on_filter(Life& l) {
  static constexpr const char* collections[] = {"deals", "companies", "persons", "tasks", "leads", "spaces"};
  const Id user = l.user();
  if (l.crm.filters.size() < 6 || l.once_in(4)) {
    const Id id = l.next_id();
    plain::Filter wish;
    wish.name = l.name();
    wish.collection = collections[l.below(6)];
    wish.tree = any_tree(l);
    wish.is_shared = l.once_in(3);
    return deed("POST", "/v1/saved-filters", {{"id", id}, {"name", wish.name}, {"collection", wish.collection}, {"filter", json::parse(wish.tree)}, {"is_shared", wish.is_shared}},
                [&l, user, id, wish] { return l.crm.create_filter(user, id, wish); }, l.answers(l.crm.filters, id));
  }
  const Id id = l.any(l.crm.filters);
  const std::string one = "/v1/saved-filters/" + id;
  if (l.once_in(3)) {
    const bool deleted = l.once_in(2);
    return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.set_deleted(user, l.crm.filters, id, deleted); }, l.answers(l.crm.filters, id));
  }
  json::object body;
  std::optional<std::string> name, tree;
  std::optional<bool> is_shared;
  if (l.once_in(3)) body["name"] = *(name = l.name());
  if (l.once_in(3)) body["filter"] = json::parse(*(tree = any_tree(l)));
  if (l.once_in(3)) body["is_shared"] = *(is_shared = l.once_in(2));
  return deed("PATCH", one, body, [&l, user, id, name, tree, is_shared] { return l.crm.edit_filter(user, id, name, tree, is_shared); }, l.answers(l.crm.filters, id));
}

Deed request_access(Life& l) {
  const Id user = l.user(), deal = l.once_in(10) ? l.nowhere() : l.any(l.crm.deals);
  Deed made = deed("POST", "/v1/access-requests", {{"deal_id", deal}}, [&l, user, deal] { return l.crm.request_access(user, l.now(), deal); },
                   [](const json::value& answer) { REQUIRE(answer.as_object().empty()); });
  made.in_bulk = false;
  return made;
}

}  // namespace

std::optional<Deed> any_paper_deed(Life& l) {
  switch (l.below(8)) {
    case 0: case 1: case 2: case 3: return record_email(l);
    case 4: case 5: case 6: return on_filter(l);
    default: return request_access(l);
  }
}

void look_at_papers(Life& l) {
  l.look("emails", l.crm.emails);
  l.look("saved-filters", l.crm.filters);
}

}  // namespace dealog::test::model
