// Random deeds on leads [SPEC 9].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

Deed on_lead(Life& l, const Id& id, const std::string& method, const std::string& rest, json::value body, std::function<Verdict(const json::value&)> model) {
  return {.method = method, .target = "/v1/leads/" + id + rest, .body = std::move(body), .model = std::move(model), .compare = l.answers(l.crm.leads, id), .can_be_undone = true};
}

plain::Crm::LeadWish wish_of(Life& l, json::object& body, bool is_new) {
  plain::Crm::LeadWish wish;
  if (is_new || l.once_in(4)) body["title"] = *(wish.title = "Lead " + std::to_string(l.below(4)));
  json::object raw;
  if (l.once_in(2)) raw["name"] = *(wish.raw_name = "Visitor " + std::to_string(l.below(3)));
  if (l.once_in(2)) raw["company_name"] = *(wish.raw_company = "Firm " + std::to_string(l.below(3)));
  if (!raw.empty()) body["raw"] = raw;
  if (l.once_in(3)) {
    wish.value.emplace();
    if (!l.once_in(4)) *wish.value = l.below(5) * 100;
    body["value"] = *wish.value ? json::value{{"amount", decimal(**wish.value)}} : json::value(nullptr);
  }
  if (l.once_in(4)) body["owner_id"] = *(wish.owner = l.colleague());
  if (l.once_in(3)) body["company_id"] = id_or_null(*(wish.company = l.maybe(l.crm.companies, 4)));
  if (l.once_in(3)) body["person_id"] = id_or_null(*(wish.person = l.maybe(l.crm.persons, 4)));
  if (l.once_in(4)) body["source_id"] = id_or_null(*(wish.source = l.maybe(l.crm.sources, 4)));
  if (l.once_in(5)) body["tags"] = list(*(wish.tags = l.some(l.crm.tags)));
  if (is_new && l.once_in(4)) body["stage_id"] = *(wish.stage = l.any(l.crm.lead_stages));
  return wish;
}
Deed create_lead(Life& l) {
  const Id id = l.next_id(), user = l.user();
  json::object body{{"id", id}};
  auto wish = wish_of(l, body, true);
  wish.custom = l.custom_values("leads", body, false);
  const auto when = l.sometimes_past();
  return {.method = "POST", .target = "/v1/leads", .body = l.dated(body, when),
          .model = [&l, user, id, wish, when](const json::value&) { return l.crm.create_lead(user, l.now(), id, wish, when); },
          .compare = l.answers(l.crm.leads, id), .can_be_undone = true};
}
Deed edit_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  json::object body;
  const auto wish = wish_of(l, body, false);
  return on_lead(l, id, "PATCH", "", body, [&l, user, id, wish](const json::value&) { return l.crm.edit_lead(user, id, wish); });
}
Deed edit_lead_custom(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  json::object body;
  const auto values = l.custom_values("leads", body, true);
  return on_lead(l, id, "PATCH", "", body, [&l, user, id, values](const json::value&) { return l.crm.edit_custom(user, l.crm.leads, id, values); });
}
Deed move_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user(), stage = l.once_in(25) ? l.nowhere() : l.any(l.crm.lead_stages);
  const auto when = l.sometimes_past();
  return on_lead(l, id, "POST", "/move", l.dated({{"stage_id", stage}}, when),
                 [&l, user, id, stage, when](const json::value&) { return l.crm.move_lead(user, l.now(), id, stage, when); });
}
Deed lose_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user(), reason = l.maybe(l.crm.reasons, 3);
  const auto when = l.sometimes_past();
  json::object body = l.dated({}, when);
  if (!reason.empty()) body["reason_id"] = reason;
  return on_lead(l, id, "POST", "/lose", body, [&l, user, id, reason, when](const json::value&) { return l.crm.lose_lead(user, l.now(), id, reason, when); });
}
Deed reopen_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  const auto when = l.sometimes_past();
  return on_lead(l, id, "POST", "/reopen", l.dated({}, when), [&l, user, id, when](const json::value&) { return l.crm.reopen_lead(user, l.now(), id, when); });
}
Deed delete_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  const bool deleted = l.once_in(2);
  return on_lead(l, id, deleted ? "DELETE" : "POST", deleted ? "" : "/restore", nullptr,
                 [&l, user, id, deleted](const json::value&) { return l.crm.set_deleted(user, l.crm.leads, id, deleted); });
}
Deed change_lead_participants(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  std::vector<Id> add{l.colleague()}, remove;
  if (l.once_in(2)) remove.push_back(l.colleague());
  Deed deed = on_lead(l, id, "POST", "/participants", {{"add", list(add)}, {"remove", list(remove)}},
                      [&l, user, id, add, remove](const json::value&) { return l.crm.change_participants(user, l.crm.leads, id, add, remove); });
  deed.in_bulk = false;
  return deed;
}

template <class T>
plain::Crm::Becoming becoming(Life& l, json::object& body, const char* member, const char* collection, const std::map<Id, T>& things) {
  using enum plain::Crm::Becoming::How;
  plain::Crm::Becoming made;
  switch (l.below(5)) {
    case 0: return made;
    case 1:
      made.how = named;
      body[member] = {{"name", made.name = "Made " + std::to_string(l.below(3))}};
      made.custom = l.custom_values(collection, body[member].as_object(), false);
      return made;
    case 2:
      if (things.empty()) return made;
      made.how = given;
      body[member] = {{"id", made.id = l.once_in(20) ? l.nowhere() : l.any(things)}};
      return made;
    default: made.how = linked; body[member] = true; return made;
  }
}
// What is new may be in another process.
plain::Crm::Becoming deal_becoming(Life& l, json::object& body) {
  plain::Crm::Becoming made = becoming(l, body, "deal", "deals", l.crm.deals);
  if (made.how != plain::Crm::Becoming::How::named || l.once_in(2)) return made;
  json::object& deal = body["deal"].as_object();
  deal["process_id"] = made.process = any_process(l);
  if (const auto process = l.crm.processes.find(made.process); process != l.crm.processes.end() && l.once_in(2)) deal["stage_id"] = made.stage = process->second.stages.back().id;
  if (l.once_in(4)) {
    deal.erase("name");
    made.name.clear();
  }
  if (l.once_in(3)) deal["currency"] = made.currency = "EUR";
  if (l.once_in(3)) deal["value"] = {{"amount", decimal(*(made.value = l.below(5) * 100))}, {"currency", made.currency}};
  return made;
}
Deed convert_lead(Life& l) {
  const Id id = l.any(l.crm.leads), user = l.user();
  const auto when = l.sometimes_past();
  json::object body = l.dated({}, when);
  const auto company = becoming(l, body, "company", "companies", l.crm.companies), person = becoming(l, body, "person", "persons", l.crm.persons), deal = deal_becoming(l, body);
  return on_lead(l, id, "POST", "/convert", body, [&l, user, id, company, person, deal, when](const json::value& answer) {
    // Dealog makes the ids of what is new.
    const auto in = [&](const char* member) {
      const json::value* found = answer.is_object() ? answer.get_object().if_contains(member) : nullptr;
      return found && found->is_string() ? Id(found->get_string()) : Id();
    };
    return l.crm.convert(user, l.now(), id, company, person, deal, {in("company_id"), in("person_id"), in("deal_id")}, when);
  });
}

}  // namespace

std::optional<Deed> any_lead_deed(Life& l) {
  if (l.crm.leads.empty()) return create_lead(l);
  switch (l.below(13)) {
    case 12: return edit_lead_custom(l);
    case 0: case 1: case 2: return create_lead(l);
    case 3: case 4: return edit_lead(l);
    case 5: case 6: return move_lead(l);
    case 7: return lose_lead(l);
    case 8: return reopen_lead(l);
    case 9: return delete_lead(l);
    case 10: return change_lead_participants(l);
    default: return convert_lead(l);
  }
}

void look_at_leads(Life& l) { l.look("leads", l.crm.leads); }

}  // namespace dealog::test::model
