// Random deeds on companies and persons [SPEC 5].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

struct Kind {
  const char* collection;
  std::map<Id, plain::Contact> plain::Rules::* things;
  bool is_company;
};
constexpr Kind kinds[] = {{"companies", &plain::Rules::companies, true}, {"persons", &plain::Rules::persons, false}};

plain::Crm::ContactWish wish_of(Life& l, const Kind& kind, json::object& body, bool is_new) {
  plain::Crm::ContactWish wish;
  if (is_new || l.once_in(3)) body["name"] = *(wish.name = (kind.is_company ? "Company " : "Person ") + std::to_string(l.below(5)));
  if (kind.is_company && l.once_in(4)) body["tax_id"] = *(wish.tax_id = std::to_string(100 + l.below(3)));
  if (l.once_in(3)) body["owner_id"] = id_or_null(*(wish.owner = l.once_in(4) ? Id() : l.colleague()));
  if (l.once_in(3)) body["source_id"] = id_or_null(*(wish.source = l.maybe(l.crm.sources, 4)));
  if (!kind.is_company && l.once_in(3)) body["company_id"] = id_or_null(*(wish.company = l.maybe(l.crm.companies, 4)));
  if (l.once_in(4)) {
    wish.phones.emplace();
    for (Ms n = l.below(3); n > 0; --n) wish.phones->push_back("600 100 20" + std::to_string(n));
    body["phones"] = list(*wish.phones);
  }
  if (l.once_in(5)) body["groups"] = list(*(wish.groups = l.some(l.crm.contact_groups)));
  if (l.once_in(5)) body["tags"] = list(*(wish.tags = l.some(l.crm.tags)));
  return wish;
}

}  // namespace

std::optional<Deed> any_contact_deed(Life& l) {
  const Kind& kind = kinds[l.below(2)];
  auto& things = l.crm.*kind.things;
  const Id user = l.user();
  const std::string all = std::string("/v1/") + kind.collection;
  if (things.size() < 10 || l.once_in(5)) {
    const Id id = l.next_id();
    json::object body{{"id", id}};
    auto wish = wish_of(l, kind, body, true);
    wish.custom = l.custom_values(kind.collection, body, false);
    const auto when = l.sometimes_past();
    return Deed{.method = "POST", .target = all, .body = l.dated(body, when),
                .model = [&l, &things, user, id, wish, when](const json::value&) { return l.crm.create_contact(things, user, l.now(), id, wish, when); },
                .compare = l.answers(things, id), .can_be_undone = true};
  }
  const Id id = l.any(things);
  const std::string one = all + "/" + id;
  switch (l.below(7)) {
    case 3: {
      json::object body;
      const auto values = l.custom_values(kind.collection, body, true);
      return Deed{.method = "PATCH", .target = one, .body = body, .model = [&l, &things, user, id, values](const json::value&) { return l.crm.edit_custom(user, things, id, values); },
                  .compare = l.answers(things, id), .can_be_undone = true};
    }
    case 0: {
      const Id from = l.once_in(20) ? l.nowhere() : l.any(things);
      return Deed{.method = "POST", .target = one + "/merge", .body = {{"from_id", from}}, .model = [&l, &things, user, id, from](const json::value&) { return l.crm.merge(things, user, id, from); },
                  .compare = l.answers(things, id)};
    }
    case 1: case 2: {
      const bool deleted = l.once_in(2);
      return Deed{.method = deleted ? "DELETE" : "POST", .target = deleted ? one : one + "/restore", .body = nullptr,
                  .model = [&l, &things, user, id, deleted](const json::value&) { return l.crm.set_deleted(user, things, id, deleted); }, .compare = l.answers(things, id), .can_be_undone = true};
    }
    default: {
      json::object body;
      const auto wish = wish_of(l, kind, body, false);
      return Deed{.method = "PATCH", .target = one, .body = body, .model = [&l, &things, user, id, wish](const json::value&) { return l.crm.edit_contact(things, user, id, wish); },
                  .compare = l.answers(things, id), .can_be_undone = true};
    }
  }
}

void look_at_contacts(Life& l) {
  l.look("companies", l.crm.companies);
  l.look("persons", l.crm.persons);
}

}  // namespace dealog::test::model
