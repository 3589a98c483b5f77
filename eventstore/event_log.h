#pragma once
// The event log of one account: one totally ordered sequence of records, appended in commits.
//
// Operation. A commit is the records of all commands that were waiting, and what is remembered of those
// commands. It is appended whole or not at all. Two implementations keep the promises below:
// RocksLog (rocks_log.h) and MemoryLog (memory_log.h), the model; one list of tests runs on both.
//
// Concurrency. One appender (the account's writer), any number of readers at the same time. A reader sees
// every commit that was acknowledged before it began to read, and no part of an unacknowledged one.
//
// Durability. When append returns a head, the commit survives a crash of the process and of the machine.
// When it throws StorageError, the commit may or may not be there after a restart; the log has *failed*: it
// refuses every further append until the process has been restarted; reads go on.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "domain/codec.h"
#include "domain/types.h"

namespace dealog::eventstore {

using Hash32 = std::array<std::uint8_t, 32>;
using Hash16 = std::array<std::uint8_t, 16>;

// The disk failed or what is on it is damaged. Not for callers to handle, only to report. `what()` is
// written for the operator and names positions and files.
class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a commit remembers of one accepted command, those without events too: enough to recognise its
// repetition for ever and to render its answer again.
struct CommandEntry {
  Hash16 key{};             // Keyed hash of (user, idempotency key); all zero: the command had no key.
  Hash16 request{};         // Keyed hash of method, path, query, body and If-Match.
  std::uint16_t outcome = 0;  // HTTP-free: 0 changed, 1 created, 2 nothing to change.
  ObjectRef object;         // What the answer shows.
  Version version = 0;      // Its version after the command.
  Position first_position = 0;  // Of its events; 0 when it caused none.
  std::uint32_t events = 0;

  friend bool operator==(const CommandEntry&, const CommandEntry&) = default;
};

struct Commit {
  // Encoded records (domain/codec.h), one after another, each padded to 8; positions go on from the head
  // without gaps.
  std::vector<BytesView> records;
  std::vector<CommandEntry> commands;
};

struct Head {
  Position position = 0;      // Of the newest record; 0: none.
  std::uint64_t commit = 0;   // Number of the newest commit; 0: none.
  Hash32 root{};              // RFC 6962 tree hash over all records' bytes.

  friend bool operator==(const Head&, const Head&) = default;
};

// Somebody else appended first: the caller's expected head is not the head any more.
struct Conflict { Head actual; };

// A record in the hands of a reader: bytes stay valid until the reader's callback returns.
struct StoredRecord {
  BytesView bytes;            // 8-aligned
  const fb::Record& record;   // a view of `bytes`
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Appends after `expected` (position and commit are compared, the root is not), syncs, and returns the new
  // head. Throws StorageError as told above. REQUIRES: records or commands are not empty.
  virtual std::variant<Head, Conflict> append(const Head& expected, const Commit& commit) = 0;

  // All records after `after`, up to `to` at most, oldest first. `visit` returns false to stop. Throws
  // StorageError at the first damaged record, naming its position, after all earlier ones were visited.
  virtual void read(Position after, Position to, const std::function<bool(const StoredRecord&)>& visit) const = 0;

  // The records of one object, oldest first, behind version `after` and up to version `last`, both given by number.
  virtual void read_object(ObjectRef object, Version last, const std::function<bool(const StoredRecord&)>& visit,
                           Version after = 0) const = 0;

  // The newest version of an object in the log; 0: never seen.
  virtual Version version_of(ObjectRef object) const = 0;

  // What was remembered of the command with this keyed hash, or nothing.
  virtual std::optional<CommandEntry> find_command(const Hash16& key) const = 0;

  // Roots of the tree's complete subtrees of 256 records, in order from the first on, as far as the log keeps them (it
  // may keep none): so that who needs the tree need not hash all records. Throws StorageError.
  virtual std::vector<Hash32> kept_nodes() const { return {}; }

  virtual Head head() const = 0;

  // Set after a failed write, with the reason. Never cleared.
  virtual std::optional<std::string> failed() const = 0;
};

}  // namespace dealog::eventstore
