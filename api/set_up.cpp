#include "api/set_up.h"

namespace dealog::api {

SetUp set_up(const projections::World& world) {
  SetUp made;
  made.position = world.position();
  made.currency = parse_currency(world.currency()).value_or(Currency{});
  for (const projections::ProcessInfo& process : world.processes()) made.processes.emplace(process.id, process);
  const projections::Table& sources = world.table(Kind::source);
  for (projections::Row row = 0; row < sources.rows(); ++row)
    if (sources.presence()[row] == 2) made.deleted_sources.insert(world.id(sources.self()[row]));
  return made;
}

}  // namespace dealog::api
