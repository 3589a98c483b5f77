#pragma once
// The few file operations that our own files need (anchor, keys, uploads, the making of an account), behind an
// interface, so that a test can make the n-th of them fail or forget what was not synced. RocksDB goes
// through its own Env.
//
// Errors. Everything throws StorageError with the operation, the path and the system's reason. Nothing is
// retried; above all not a failed sync, after which the kernel may have dropped what was to be written.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

// An open file. Closed by the destructor. Threads: read_at at any time beside everything else.
class File {
 public:
  virtual ~File() = default;

  // Fills `into` from `offset`; returns how much there was (less only at the end of the file).
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
  virtual void write_at(std::uint64_t offset, BytesView bytes) = 0;
  // fdatasync: when it returns, everything written survives a power cut.
  virtual void sync() = 0;
  virtual std::uint64_t size() const = 0;
};

enum class OpenMode { existing, create_new };

class Files {
 public:
  virtual ~Files() = default;

  // existing: throws when there is none. create_new: throws when there is one; mode 0600.
  virtual std::unique_ptr<File> open(const std::filesystem::path& path, OpenMode mode) = 0;
  virtual void create_directory(const std::filesystem::path& path) = 0;
  // Replaces `to` in one step if it is there (an empty directory, or a file for a file).
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual void sync_directory(const std::filesystem::path& path) = 0;
  virtual void remove_all(const std::filesystem::path& path) = 0;
  virtual bool exists(const std::filesystem::path& path) const = 0;
  // Names in a directory, sorted.
  virtual std::vector<std::string> list(const std::filesystem::path& path) const = 0;
  // Bytes that this process may still write to the disk that holds `path`.
  virtual std::uint64_t free_space(const std::filesystem::path& path) const = 0;
};

// The operating system's. Lives as long as the process.
Files& posix_files();

// The whole file, as bytes.
Bytes read_all(const File& file);

}  // namespace dealog::eventstore
