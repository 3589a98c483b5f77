#pragma once
// Histories for the tests of the event store: commits that fit a log, made from a seed, and what a log must
// then say.

#include <filesystem>
#include <map>
#include <random>

#include "eventstore/rocks_log.h"

namespace dealog::eventstore {

// Removed with everything in it at the end of the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// How many places of an exhaustive fault test to go forward at a time: 3, or 1 with DEALOG_LONG_TESTS set.
std::uint64_t stride();

inline const Uuid acme = derived_uuid("test", "acme");

// The n-th object of tests, and a key of a command.
ObjectRef object_number(std::uint64_t n);
Hash16 key_number(std::uint64_t n);

// A record about moving a deal (any object will do: the log looks at envelopes only).
Bytes record_bytes(Position position, ObjectRef object, Version version);

// A commit together with the bytes that it points to.
struct Made {
  std::vector<Bytes> records;
  std::vector<CommandEntry> commands;

  Commit commit() const;
};

// Writes one history: knows which position and which versions follow. A value: copy it to remember a state.
class Author {
 public:
  explicit Author(std::uint32_t seed) : random_(seed) {}

  // With so many records of random objects, each caused by a command of its own.
  Made commit(std::size_t records);
  // A command that changed nothing.
  Made command_only();
  std::uint32_t roll(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }

  static constexpr std::uint64_t objects = 12;

 private:
  std::mt19937 random_;
  Position position_ = 0;
  std::uint64_t keys_ = 0;
  std::array<Version, objects> versions_{};
};

// Appends and expects to be let.
Head append(EventLog& log, const Made& made);

// All that was acknowledged, as the client would remember it.
struct Ledger {
  std::vector<Bytes> records;
  std::vector<CommandEntry> commands;
  std::vector<Head> heads;  // After each commit.

  void add(const Made& made, const Head& head);
};

// Everything that can be asked of a log says the same as the ledger does for its first commits, as many as
// the log has, and these are at least `least`. Returns what is wrong, or nothing: one text to compare.
std::string differences(const EventLog& log, const Ledger& ledger, std::uint64_t least);

// Bytes of the whole file, and back.
Bytes file_bytes(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, BytesView bytes);
// The same directory, copied.
void copy_directory(const std::filesystem::path& from, const std::filesystem::path& to);
// Names and bytes of all files below, for "nothing was touched".
std::string fingerprint(const std::filesystem::path& directory);

// The golden file tests/golden/<name>: compares, or writes it when DEALOG_WRITE_GOLDEN is set and it is not
// there.
bool matches_golden(const std::string& name, BytesView bytes);

}  // namespace dealog::eventstore
