// SPEC SCO-6: cards of one period with the same parameters.
#include <unordered_map>

#include "projections/filter.h"

namespace dealog::projections {

QueryResult<std::vector<ScorecardGroup>> scorecard_groups(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const Ground at = ground(std::move(world), asked);
  const Selection selection(at, Kind::scorecard, parameters, faults);
  if (!faults.empty()) return faults;

  std::vector<ScorecardGroup> groups;
  std::unordered_map<Handle, std::size_t> places;
  const Column<Handle>& keys = selection.table().handles(field::scorecard::group_key);
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[i]);
      const auto [place, is_new] = places.try_emplace(keys[row], groups.size());
      if (is_new) groups.push_back({at.world->id(keys[row]), {}});
      groups[place->second].cards.push_back(row);
    }
  });
  return groups;
}

}  // namespace dealog::projections
