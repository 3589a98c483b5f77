#pragma once
// Products, exchange rates and custom fields in the plain model [SPEC DIC-4, DIC-5, MON-5].

#include "tests/api/plain_tasks.h"

namespace dealog::test::plain {

class Catalogue : public Tasks {
 public:
  Verdict create_product(const Id& user, const Id& id, const std::string& name, const Id& category, std::int64_t price) {
    if (auto no = may_manage(user)) return *no;
    Faults faults;
    check_named(faults, product_categories, category, "/category_id");
    if (faults.any()) return faults.verdict();
    Product& product = products[id];
    born(product, user, 0);
    product.name = name;
    product.category = category;
    product.price = price;
    return {201, {}};
  }
  Verdict edit_product(const Id& user, const Id& id, const std::optional<std::string>& name, const std::optional<Id>& category, std::optional<std::int64_t> price,
                       std::optional<bool> archived) {
    if (auto no = may_manage(user)) return *no;
    Product& product = products.at(id);
    if (product.is_deleted) return {409, {" object_deleted"}};
    Faults faults;
    const bool other_category = category && *category != live(product_categories, product.category);
    if (other_category) check_named(faults, product_categories, *category, "/category_id");
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    if (name) set(product.name, *name);
    if (other_category) set(product.category, *category);
    if (price) set(product.price, price);
    if (archived) set(product.is_archived, *archived);
    product.version += changed ? 1 : 0;
    return {};
  }
  Verdict delete_product(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_manage(user)) return *no;
    Product& product = products.at(id);
    if (deleted && !product.is_deleted && product.is_used) return {409, {" in_use"}};
    return flip(product, deleted);
  }

  // One rate for a currency and day.
  Verdict create_rate(const Id& user, const Id& id, const std::string& currency, const std::string& day, const std::string& rate) {
    if (auto no = may_manage(user)) return *no;
    if (rate_taken(currency, day, id)) return {409, {"/day name_taken"}};
    Rate& made = rates[id];
    born(made, user, 0);
    made.currency = currency;
    made.day = day;
    made.rate = rate;
    return {201, {}};
  }
  Verdict edit_rate(const Id& user, const Id& id, const std::string& rate) {
    if (auto no = may_manage(user)) return *no;
    Rate& held = rates.at(id);
    if (held.is_deleted) return {409, {" object_deleted"}};
    held.version += held.rate == rate ? 0 : 1;
    held.rate = rate;
    return {};
  }
  Verdict delete_rate(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_manage(user)) return *no;
    Rate& held = rates.at(id);
    if (held.is_deleted && !deleted && rate_taken(held.currency, held.day, id)) return {409, {" name_taken"}};
    return flip(held, deleted);
  }

  Verdict create_field(const Id& user, const Id& id, const std::string& collection, const std::string& key_, const std::string& type, bool required) {
    if (auto no = may_administer(user)) return *no;
    if (key_taken(collection, key_, id)) return {409, {"/key name_taken"}};
    Field& field = fields[id];
    born(field, user, 0);
    field.collection = collection;
    field.key = field.label = key_;
    field.type = type;
    field.is_required = required;
    return {201, {}};
  }
  Verdict edit_field(const Id& user, const Id& id, const std::optional<std::string>& label, std::optional<bool> required) {
    if (auto no = may_administer(user)) return *no;
    Field& field = fields.at(id);
    if (field.is_deleted) return {409, {" object_deleted"}};
    bool changed = false;
    const auto set = setter(changed);
    if (label) set(field.label, *label);
    if (required) set(field.is_required, *required);
    field.version += changed ? 1 : 0;
    return {};
  }
  Verdict delete_field(const Id& user, const Id& id, bool deleted) {
    if (auto no = may_administer(user)) return *no;
    Field& field = fields.at(id);
    if (field.is_deleted && !deleted && key_taken(field.collection, field.key, id)) return {409, {" name_taken"}};
    field.was_deleted |= deleted;
    return flip(field, deleted);
  }

 private:
  bool rate_taken(const std::string& currency, const std::string& day, const Id& self) const {
    return std::ranges::any_of(rates, [&](const auto& each) {
      return each.first != self && !each.second.is_deleted && each.second.currency == currency && each.second.day == day;
    });
  }
  bool key_taken(const std::string& collection, const std::string& key_, const Id& self) const {
    return std::ranges::any_of(fields, [&](const auto& each) {
      return each.first != self && !each.second.is_deleted && each.second.collection == collection && key(each.second.key) == key(key_);
    });
  }
};

}  // namespace dealog::test::plain
