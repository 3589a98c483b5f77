#include "api/set_up.h"

#include <algorithm>

namespace dealog::api {
namespace {

// Whose objects have the custom field; none: of a collection that this program does not know.
Kind kind_with(const projections::Table& fields, projections::Row row) {
  const projections::Handle collection = fields.handles(field::custom_field::collection)[row];
  return collection == 0 || collection > custom_collections().size() ? Kind::none : custom_collections()[collection - 1];
}
std::uint16_t number_of(const projections::Table& fields, projections::Row row) {
  return static_cast<std::uint16_t>(fields.numbers(field::custom_field::number)[row]);
}

}  // namespace

CustomKeys custom_keys(const projections::World& world) {
  const projections::Table& fields = world.table(Kind::custom_field);
  CustomKeys keys;
  const auto add = [&](std::uint8_t presence) {
    for (projections::Row row = fields.rows(); row-- > 0;) {   // of deleted ones, the last that had the key keeps it
      const Kind about = kind_with(fields, row);
      if (fields.presence()[row] != presence || about == Kind::none) continue;
      const std::string key(fields.text(field::custom_field::key, row));
      const bool is_taken = std::ranges::any_of(keys, [&](const auto& other) { return other.first.first == about && other.second == key; });
      if (!is_taken) keys.emplace(std::pair(about, number_of(fields, row)), key);
    }
  };
  add(1);   // those that are there
  add(2);   // then those that were deleted
  return keys;
}

std::unordered_set<std::string> custom_names(const projections::World& world) {
  const projections::Table& fields = world.table(Kind::custom_field);
  const CustomKeys keys = custom_keys(world);
  std::unordered_set<std::string> names;
  for (projections::Row row = 0; row < fields.rows(); ++row) {
    const Kind about = kind_with(fields, row);
    if (fields.presence()[row] == 0 || about == Kind::none) continue;
    const std::uint16_t number = number_of(fields, row);
    const auto known = keys.find({about, number});
    names.insert(known == keys.end() ? std::to_string(number) : known->second);
  }
  return names;
}

SetUp set_up(const projections::World& world) {
  SetUp made;
  made.position = world.position();
  made.currency = parse_currency(world.currency()).value_or(Currency{});
  for (const projections::ProcessInfo& process : world.processes()) made.processes.emplace(process.id, process);
  for (const Kind kind : custom_collections()) {
    const auto defined = world.custom_fields(kind);
    made.custom[kind].assign(defined.begin(), defined.end());
  }
  made.custom_keys = custom_keys(world);
  for (const Kind kind : all_kinds) {
    if (deletion_of(kind) != Deletion::strips) continue;
    const projections::Table& words = world.table(kind);
    for (projections::Row row = 0; row < words.rows(); ++row)
      if (words.presence()[row] == 2) made.deleted_words.insert(world.id(words.self()[row]));
  }
  made.merges = world.merges();
  const projections::Table& users = world.table(Kind::user);
  for (projections::Row row = 0; row < users.rows(); ++row)
    if (const std::int64_t times = users.numbers(field::user::card_deletions)[row]; times != projections::null_number)
      made.card_deletions[world.id(users.self()[row])] = {times, users.numbers(field::user::cards_deleted_at)[row]};
  return made;
}

}  // namespace dealog::api
