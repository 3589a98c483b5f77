#pragma once
// What verify (verify.h) checks of uploaded files: each one that an event tells of, and whose key was not erased, is there
// with the bytes it was named after. Changes nothing on disk.

#include <vector>

#include "domain/codec.h"
#include "eventstore/file.h"
#include "eventstore/keyring.h"

namespace dealog::eventstore {

class FileVerifier {
 public:
  FileVerifier(Files& files, std::filesystem::path folder, const Keyring& keys) : files_(files), folder_(std::move(folder)), keys_(keys) {}

  // Each record, in order; `erased`: it has a personal part whose key was erased.
  void record(const fb::Record& record, bool erased);
  // Behind the last one. Throws StorageError at the first that is wrong; `at` is then where the log tells of it.
  void finish(Position& at) const;

  std::uint64_t files_seen() const { return told_.size(); }

 private:
  struct Told {
    Position position = 0;
    std::string name;
  };

  Files& files_;
  const std::filesystem::path folder_;
  const Keyring& keys_;
  std::vector<Told> told_;
};

}  // namespace dealog::eventstore
