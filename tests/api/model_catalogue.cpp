// Random deeds on products, exchange rates and custom fields [SPEC DIC-4, DIC-5, MON-5].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

Deed on_product(Life& l) {
  const Id user = l.user();
  const std::string called = "Product " + std::to_string(l.below(4));
  const std::int64_t price = l.below(100) * 11;
  if (l.crm.products.size() < 4 || l.once_in(5)) {
    const Id id = l.next_id(), category = l.maybe(l.crm.product_categories);
    json::object body{{"id", id}, {"name", called}, {"price", {{"amount", decimal(price)}}}};
    if (!category.empty()) body["category_id"] = category;
    return deed("POST", "/v1/products", body, [&l, user, id, called, category, price] { return l.crm.create_product(user, id, called, category, price); }, l.answers(l.crm.products, id));
  }
  const Id id = l.any(l.crm.products);
  const std::string one = "/v1/products/" + id;
  if (l.once_in(3)) {
    const bool deleted = l.once_in(2);
    return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.delete_product(user, id, deleted); }, l.answers(l.crm.products, id));
  }
  json::object body;
  std::optional<std::string> name;
  std::optional<Id> category;
  std::optional<std::int64_t> new_price;
  std::optional<bool> archived;
  if (l.once_in(3)) body["name"] = *(name = called);
  if (l.once_in(3)) body["category_id"] = id_or_null(*(category = l.maybe(l.crm.product_categories, 4)));
  if (l.once_in(3)) body["price"] = {{"amount", decimal(*(new_price = price))}};
  if (l.once_in(3)) body["is_archived"] = *(archived = l.once_in(2));
  return deed("PATCH", one, body, [&l, user, id, name, category, new_price, archived] { return l.crm.edit_product(user, id, name, category, new_price, archived); }, l.answers(l.crm.products, id));
}

Deed on_rate(Life& l) {
  static constexpr const char* rates[] = {"4", "4.25", "4.321", "3.9"};
  const Id user = l.user();
  const std::string rate = rates[l.below(4)];
  if (l.crm.rates.size() < 4 || l.once_in(4)) {
    const Id id = l.next_id();
    const std::string currency = l.once_in(2) ? "EUR" : "USD", day = "2026-01-0" + std::to_string(1 + l.below(6));
    return deed("POST", "/v1/exchange-rates", {{"id", id}, {"currency", currency}, {"day", day}, {"rate", rate}},
                [&l, user, id, currency, day, rate] { return l.crm.create_rate(user, id, currency, day, rate); }, l.answers(l.crm.rates, id));
  }
  const Id id = l.any(l.crm.rates);
  const std::string one = "/v1/exchange-rates/" + id;
  if (l.once_in(2)) return deed("PATCH", one, {{"rate", rate}}, [&l, user, id, rate] { return l.crm.edit_rate(user, id, rate); }, l.answers(l.crm.rates, id));
  const bool deleted = l.once_in(2);
  return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.delete_rate(user, id, deleted); }, l.answers(l.crm.rates, id));
}

Deed on_field(Life& l) {
  const Id user = l.user();
  if (l.crm.fields.size() < 6 || l.once_in(6)) {
    const Id id = l.next_id();
    static constexpr const char* collections[] = {"deals", "deals", "leads", "companies", "persons"};
    const std::string collection = collections[l.below(5)], key = "field" + std::to_string(l.below(6)), type = l.once_in(3) ? "boolean" : "text";
    return deed("POST", "/v1/custom-fields", {{"id", id}, {"collection", collection}, {"key", key}, {"type", type}},
                [&l, user, id, collection, key, type] { return l.crm.create_field(user, id, collection, key, type, false); }, l.answers(l.crm.fields, id));
  }
  const Id id = l.any(l.crm.fields);
  const std::string one = "/v1/custom-fields/" + id;
  if (l.once_in(2)) {
    json::object body;
    std::optional<std::string> label;
    std::optional<bool> required;
    if (l.once_in(2)) body["label"] = *(label = l.name());
    if (l.once_in(2)) body["required"] = *(required = l.once_in(3));
    return deed("PATCH", one, body, [&l, user, id, label, required] { return l.crm.edit_field(user, id, label, required); }, l.answers(l.crm.fields, id));
  }
  const bool deleted = l.once_in(2);
  return set_deleted(one, deleted, [&l, user, id, deleted] { return l.crm.delete_field(user, id, deleted); }, l.answers(l.crm.fields, id));
}

}  // namespace

std::optional<Deed> any_catalogue_deed(Life& l) {
  l.prefer_administrator();
  switch (l.below(4)) {
    case 0: case 1: return on_product(l);
    case 2: return on_rate(l);
    default: return on_field(l);
  }
}

void look_at_catalogue(Life& l) {
  l.look("products", l.crm.products);
  l.look("exchange-rates", l.crm.rates);
  l.look("custom-fields", l.crm.fields);
}

}  // namespace dealog::test::model
