#pragma once
// The versions of processes, and what they come to at a moment (SPEC PRC-1): stages, weights, the default one.

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "projections/history.h"
#include "projections/world.h"

namespace dealog::projections {

// The weights of a process version's actions, by handle. A small open table: it is asked for every done action.
class Weights {
 public:
  Weights() = default;
  Weights(const event::ProcessDefined& defined, const std::vector<Handle>& actions);

  // 0 for actions that are not in this version.
  std::uint32_t of(Handle action) const {
    if (slots_.empty()) return 0;
    for (std::size_t at = (action * 0x9E3779B1u) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at].action == action) return slots_[at].weight;
      if (slots_[at].action == 0) return 0;
    }
  }
  std::int64_t total() const { return total_; }

 private:
  struct Entry { Handle action = 0; std::uint32_t weight = 0; };
  std::vector<Entry> slots_;
  std::size_t mask_ = 0;
  std::int64_t total_ = 0;
};

struct ProcessVersion {
  Row row = 0;              // of the process
  Handle process = 0;
  Stamp stamp = 0;
  Instant from;             // version 1: the beginning of time
  event::ProcessDefined defined;
  Weights weights;
};
using ProcessVersions = std::vector<std::shared_ptr<const ProcessVersion>>;  // in the order of the log

// All processes at a moment. Immutable.
class Processes {
 public:
  // `table`: that of processes at the moment; versions with stamps from `cut` on were not known.
  Processes(const Table& table, const Interner& interner, std::shared_ptr<const ProcessVersions> versions, Stamp cut, Instant as_of);

  std::span<const ProcessInfo> infos() const { return infos_; }
  const ProcessInfo* find(Handle process) const;
  const ProcessInfo* default_one() const;
  // The newest version that holds, or null.
  const ProcessVersion* version(Handle process) const;

 private:
  std::vector<ProcessInfo> infos_;
  std::unordered_map<Handle, std::size_t> places_;
  std::unordered_map<Handle, std::shared_ptr<const ProcessVersion>> newest_;
};

}  // namespace dealog::projections
