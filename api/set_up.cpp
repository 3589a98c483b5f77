#include "api/set_up.h"

#include <algorithm>

namespace dealog::api {

CustomKeys custom_keys(const projections::World& world) {
  namespace c = field::custom_field;
  const projections::Table& fields = world.table(Kind::custom_field);
  CustomKeys keys;
  const auto add = [&](std::uint8_t presence) {
    for (projections::Row row = fields.rows(); row-- > 0;) {   // of deleted ones, the last that had the key keeps it
      const projections::Handle collection = fields.handles(c::collection)[row];
      if (fields.presence()[row] != presence || collection == 0 || collection > custom_collections().size()) continue;
      const Kind about = custom_collections()[collection - 1];
      const std::string key(fields.text(c::key, row));
      const bool is_taken = std::ranges::any_of(keys, [&](const auto& other) { return other.first.first == about && other.second == key; });
      if (!is_taken) keys.emplace(std::pair(about, static_cast<std::uint16_t>(fields.numbers(c::number)[row])), key);
    }
  };
  add(1);   // those that are there
  add(2);   // then those that were deleted
  return keys;
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
