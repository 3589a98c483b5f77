#include "projections/processes.h"

#include <bit>
#include <string>

namespace dealog::projections {

Weights::Weights(const event::ProcessDefined& defined, const std::vector<Handle>& actions) {
  slots_.resize(std::bit_ceil(actions.size() * 4 + 1));
  mask_ = slots_.size() - 1;
  std::size_t next = 0;
  for (const event::Stage& stage : defined.stages) {
    for (const event::Action& action : stage.actions) {
      total_ += action.weight;
      const Handle handle = actions[next++];
      std::size_t at = (handle * 0x9E3779B1u) & mask_;
      while (slots_[at].action != 0 && slots_[at].action != handle) at = (at + 1) & mask_;
      slots_[at] = {handle, action.weight};
    }
  }
}

Processes::Processes(const Table& table, const Interner& interner, std::shared_ptr<const ProcessVersions> versions,
                     Stamp cut, Instant as_of) {
  namespace f = field::process;
  if (versions)
    for (const auto& version : *versions)
      if (version->stamp < cut && version->from <= as_of) newest_[version->process] = version;

  const auto& presence = table.presence();
  const auto& self = table.self();
  const auto& is_default = table.handles(f::is_default);
  const auto& is_archived = table.handles(f::is_archived);
  for (Row row = 0; row < table.rows(); ++row) {
    if (presence[row] == 0) continue;
    ProcessInfo info;
    info.self = self[row];
    info.id = interner.id(info.self);
    info.name = std::string(table.text(f::name, row));
    info.is_default = is_default[row] == 2;
    info.is_archived = is_archived[row] == 2;
    info.is_deleted = presence[row] == 2;
    if (const ProcessVersion* newest = version(info.self)) {
      info.version = newest->defined.version;
      info.stages = newest->defined.stages;
      info.total_weight = newest->weights.total();
    }
    places_[info.self] = infos_.size();
    infos_.push_back(std::move(info));
  }
}

const ProcessInfo* Processes::find(Handle process) const {
  const auto found = places_.find(process);
  return found == places_.end() ? nullptr : &infos_[found->second];
}

const ProcessInfo* Processes::default_one() const {
  for (const ProcessInfo& info : infos_)
    if (info.is_default && !info.is_deleted) return &info;
  return nullptr;
}

const ProcessVersion* Processes::version(Handle process) const {
  const auto found = newest_.find(process);
  return found == newest_.end() ? nullptr : found->second.get();
}

}  // namespace dealog::projections
