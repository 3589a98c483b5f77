#pragma once
// The versions of objects that were written lately, as far as they are remembered: a commit is checked before it is written, and
// of an object whose events are all sealed only the disk knows the version for certain. Whether the one that a record claims is
// the right one can be told from memory nearly always; when it cannot, the disk is asked.
//
// One slot for each remainder of a hash, told apart by 32 other bits of it: the newest object takes the place. Memory: 8 bytes a slot,
// 128 KiB at first, 8 MiB at most. Threads: the caller's business.

#include <cstdint>
#include <vector>

#include "domain/types.h"

namespace dealog::eventstore {

class VersionMemory {
 public:
  void put(ObjectRef object, Version version);
  // 0: not remembered. Of another object once in four billion times: good enough to agree with, not to contradict.
  Version find(ObjectRef object) const;

 private:
  struct Slot { std::uint32_t tag = 0, version = 0; };

  std::vector<Slot> slots_;
  std::size_t displaced_ = 0;
};

}  // namespace dealog::eventstore
