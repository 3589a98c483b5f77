#include "api/set_up.h"

namespace dealog::api {

SetUp set_up(const projections::World& world) {
  SetUp made;
  made.position = world.position();
  made.currency = parse_currency(world.currency()).value_or(Currency{});
  for (const projections::ProcessInfo& process : world.processes()) made.processes.emplace(process.id, process);
  for (const Kind kind : custom_collections()) {
    const auto defined = world.custom_fields(kind);
    made.custom[kind].assign(defined.begin(), defined.end());
  }
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
