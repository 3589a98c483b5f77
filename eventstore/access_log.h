#pragma once
// Who looked (SPEC AUD-7): log-ins, and reads by auditors, apart from the business log, for as long as the account lives.
// Append-only files that are never written again once they are behind:
//
//     <account>/access/<number of the first entry, 12 digits>.log       DO NOT CHANGE: on disk
//         0    16  "dealog access 1\n"
//         16       entries, one after another:
//                      0     4  length of the content, in bytes
//                      4    16  checksum: the first 16 bytes of SHA-256 over length and content
//                      20       content: 8 number (1, 2, 3, ... without gaps), 8 ms since 1970, 16 user, 16 token,
//                               2 length and the action, 2 length and the detail
//
// A new file begins after 4 MiB, and where the end of the newest is unsound (a power cut, or damage): what is there is
// left as it is, and a gap in the numbers tells of what is missing.
//
// Threads: any. Everything blocks on the disk.

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "eventstore/file.h"

namespace dealog::eventstore {

struct AccessEntry {
  std::uint64_t number = 0;      // set by append
  Instant at;
  Uuid user, token;              // nil: unknown (a log-in that was refused)
  std::string action;            // "log_in", "history": at most 64 bytes
  std::string detail;            // what was asked for, at most 1,024 bytes; longer ones are cut

  friend bool operator==(const AccessEntry&, const AccessEntry&) = default;
};

class AccessLog {
 public:
  // Nothing is read or made before the first use. `files` must outlive it.
  AccessLog(Files& files, std::filesystem::path directory, std::uint64_t file_bytes = 4 * 1024 * 1024);
  ~AccessLog();

  // Returns when the entry survives a power cut; those who append together share a sync. Throws StorageError; then nothing is taken any more until a restart.
  void append(AccessEntry entry);

  // The entries, newest first, from the one before number `before` on, until `visit` returns false. Throws StorageError.
  void read_back(std::uint64_t before, const std::function<bool(const AccessEntry&)>& visit);

 private:
  struct State;
  State& opened();
  void begin_file(State& state);
  void sync_up_to(std::uint64_t number);

  Files& files_;
  const std::filesystem::path directory_;
  const std::uint64_t file_bytes_;
  std::mutex syncing_;     // taken before mutex_: who holds it syncs for all who have written
  std::mutex mutex_;
  std::unique_ptr<State> state_;
};

}  // namespace dealog::eventstore
