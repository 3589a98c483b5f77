#pragma once
// The anchor: a second, independent memory of how far the log had come, so that a log which lost its end, or
// was replaced by an older or different one, is refused and not silently opened.
//
// DO NOT CHANGE: on disk (tests/golden/anchor_slot_v1.hex). The file `anchor` has two pages of 4,096 bytes,
// each beginning with a slot and zero after it; numbers are little-endian:
//
//     offset  size
//          0     8  magic "DLGANCH1"
//          8    16  account
//         24     8  slot: 0 or 1, the page it belongs to
//         32     8  commit number
//         40     8  tree size, which is the position
//         48    32  root of the tree of that size
//         80    16  checksum: the first 16 bytes of SHA-256 over everything before
//
// Slots are written in turn, each with pwrite and fdatasync, so a torn write spoils one and leaves the other.

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "eventstore/file.h"

namespace dealog::eventstore {

// What was surely in the log when the anchor was written.
struct Anchored {
  Uuid account;
  Head head;

  friend bool operator==(const Anchored&, const Anchored&) = default;
};

Bytes encode_anchor_slot(const Anchored& anchored, std::uint64_t slot);
// Nothing when the bytes are not a sound slot of that number.
std::optional<Anchored> decode_anchor_slot(BytesView bytes, std::uint64_t slot);

// Makes the file with both slots telling of that head, and syncs it (its directory is the caller's).
void create_anchor(Files& files, const std::filesystem::path& path, const Uuid& account, const Head& head);

// The newer of the sound slots. Throws StorageError when there is no file, or neither slot is sound, or both
// are and contradict each other. `bad_slot`: set when one is unsound.
struct AnchorReading {
  Anchored anchored;
  std::uint64_t slot = 0;
  std::optional<std::uint64_t> bad_slot;
};
AnchorReading read_anchor(Files& files, const std::filesystem::path& path);

// Keeps the file up to date from a thread of its own: within 5 ms of a commit, at once after a pause.
//
// Threads: note and flush from any thread. Errors: the first failure is told to `on_failure`, on that thread,
// and nothing is written any more.
class AnchorWriter {
 public:
  // Goes on from what was read; repairs a bad slot before it returns (throws StorageError if it cannot).
  AnchorWriter(Files& files, const std::filesystem::path& path, const AnchorReading& reading,
               std::function<void(const std::string&)> on_failure);
  // Writes what is still to be written, then ends the thread.
  ~AnchorWriter();
  AnchorWriter(const AnchorWriter&) = delete;
  AnchorWriter& operator=(const AnchorWriter&) = delete;

  // `head` is in the log and synced. Returns at once.
  void note(const Head& head);
  // Waits until everything noted is in the file. Throws StorageError when that has failed.
  void flush();

 private:
  void run();
  void write(const Head& head);

  std::unique_ptr<File> file_;
  const Uuid account_;
  const std::function<void(const std::string&)> on_failure_;
  std::uint64_t slot_;  // The last one written; only the thread uses it.

  std::mutex mutex_;
  std::condition_variable wake_, written_changed_;
  Head wanted_, written_;
  bool urgent_ = false;  // Somebody waits: no pacing.
  bool stop_ = false;
  std::optional<std::string> failure_;
  std::thread thread_;
};

}  // namespace dealog::eventstore
