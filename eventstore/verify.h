#pragma once
// Reads a whole log again and checks everything that can be checked: the checksum of each chunk and commit, each record
// by the FlatBuffers verifier, the hash of each leaf and the roots and nodes that batches and commits keep, positions and
// versions without gaps, times that never go back, the anchor, the index of sealed events against the events themselves,
// that the commands of sealed history are those that were sealed, and that each personal part opens with its key or had
// its key erased; every heads_committed made again (heads.h), every change of the signing key, the key's file, and the
// newest checkpoint against the tree; and that each uploaded file is there with its bytes, unless it was erased.

#include <filesystem>

#include "eventstore/file.h"
#include "eventstore/keyring.h"
#include "eventstore/rocks_log.h"

namespace dealog::eventstore {

struct VerifyReport {
  std::uint64_t commits = 0, commands = 0, events = 0;
  std::uint64_t sealed = 0, erased = 0;  // Personal parts: all, and those whose key was erased.
  std::uint64_t heads = 0, key_changes = 0;
  std::uint64_t files = 0;               // Uploaded ones, but for those that were erased.
  std::optional<std::uint64_t> checkpoint;  // The size that the newest one promises; nothing: there is none.
  Head head;                             // As found sound.
  // The first thing wrong, for the operator, and the position where (of index and commands: where all before was well);
  // nothing when all is well.
  struct Wrong {
    Position position = 0;
    std::string what;
  };
  std::optional<Wrong> wrong;
};

// Of an open log, up to the head when it starts. Throws nothing but what means that this machine is broken:
// damage is in the report. `progress` is told the position now and then; null is fine.
VerifyReport verify(const RocksLog& log, const Keyring& keys, const std::filesystem::path& directory,
                    Files& files, const std::function<void(Position)>& progress);

}  // namespace dealog::eventstore
