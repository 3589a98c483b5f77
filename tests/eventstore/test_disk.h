#pragma once
// A disk for fault tests, under RocksDB and under our own files at once: any operation can be made to fail,
// and the power can be cut at any sync. It stands on the real file system.

#include <filesystem>
#include <map>
#include <mutex>
#include <random>

#include "eventstore/rocks_log.h"

namespace dealog::eventstore {

// What a power cut leaves of bytes that were written and not synced.
enum class Cut { drop_all, keep_some, drop_middle_pages };

class TestDisk {
 public:
  TestDisk();
  ~TestDisk();
  TestDisk(const TestDisk&) = delete;
  TestDisk& operator=(const TestDisk&) = delete;

  RocksLogOptions options();

  // The n-th operation from now that changes something fails (1: the next), and with `and_all_after` every
  // one after it, as if the process had died there. 0: none.
  void fail_at(std::uint64_t n, bool and_all_after = false);
  std::uint64_t operations() const;  // Since fail_at.
  bool has_failed() const;

  // When the n-th sync from now begins, what a power cut at that moment would leave of `from` is put into
  // `to`.
  void cut_at_sync(std::uint64_t n, std::filesystem::path from, std::filesystem::path to, Cut how,
                   std::uint32_t seed);
  bool has_cut() const;
  // A planted bug: syncs of files whose path ends so do nothing (".log": the write-ahead log; "/keys").
  void ignore_sync_of(std::string ending);
  // What is said to be free; nothing: what is.
  void set_free_space(std::optional<std::uint64_t> bytes);
  std::uint64_t free_space(const std::filesystem::path& path) const;

  // For the wrappers in test_disk.cpp. Each returns false when the operation must fail.
  bool change();
  void written(const std::filesystem::path& path, std::uint64_t size);
  bool sync(const std::filesystem::path& path);
  void created(const std::filesystem::path& path, bool own);
  void moved(const std::filesystem::path& from, const std::filesystem::path& to);
  void linked(const std::filesystem::path& from, const std::filesystem::path& to);
  void removed(const std::filesystem::path& path);
  // No cut comes while it is held: for what changes names.
  std::unique_lock<std::recursive_mutex> hold() { return std::unique_lock(mutex_); }

 private:
  class OwnFiles;
  struct Wrapped;

  // What is surely on the disk of a file.
  struct Durable {
    bool own = false;          // Ours: any page may change. RocksDB's only grow.
    Bytes image;               // If ours.
    std::uint64_t synced = 0;  // If RocksDB's.
    std::uint64_t written = 0;
  };
  void cut();
  void cut_file(const std::filesystem::path& from, const std::filesystem::path& to, const Durable& durable);

  mutable std::recursive_mutex mutex_;
  std::uint64_t operations_ = 0, fail_at_ = 0, syncs_ = 0, cut_at_ = 0;
  bool all_after_ = false, failed_ = false, cut_ = false;
  std::string ignored_;
  std::optional<std::uint64_t> free_space_;
  std::filesystem::path from_, to_;
  Cut how_ = Cut::drop_all;
  std::mt19937 random_;
  std::map<std::filesystem::path, Durable> files_;
  std::unique_ptr<OwnFiles> own_;
  std::unique_ptr<Wrapped> wrapped_;
};

}  // namespace dealog::eventstore
