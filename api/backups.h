#pragma once
// Backups of an open account, made by a thread of their own while everything else goes on (SPEC IO-5). One at a time.
//
// Threads: any.

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "domain/types.h"
#include "eventstore/event_log.h"

namespace dealog::eventstore {
struct OpenLog;
}

namespace dealog::api {

class Backups {
 public:
  enum class State : std::uint8_t { running, done, failed };
  struct Entry {
    std::string name;
    State state = State::running;
    Instant made_at;
    eventstore::Head head;   // when done
    std::string message;     // when failed
  };

  // `folder`: where they go; "": nowhere. `open` and `account`, its directory, outlive this.
  Backups(const eventstore::OpenLog& open, std::string slug, std::filesystem::path account, std::filesystem::path folder);
  // Gives up what is under way; nothing of it is kept.
  ~Backups();
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  bool enabled() const { return !folder_.empty(); }
  // Begins one, unless one is under way, or was made in this very second: that one comes back then. REQUIRES: enabled.
  Entry start(Instant now);
  // Whole ones of this account that are in the folder, and the one under way or failed last; by name.
  std::vector<Entry> list() const;
  std::optional<Entry> find(const std::string& name) const;

 private:
  void run(Entry entry);
  std::vector<Entry> whole() const;   // what the folder holds

  const eventstore::OpenLog& open_;
  const std::string slug_;
  const std::filesystem::path account_, folder_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;       // guards what follows
  std::optional<Entry> latest_;    // since the account was opened
  std::thread thread_;
};

}  // namespace dealog::api
