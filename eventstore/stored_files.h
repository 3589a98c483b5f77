#pragma once
// Uploaded files: the bytes of file objects in `<account>/files/`, each encrypted with its object's key and named by a
// keyed hash of what stands in it. Erasing the key makes it unreadable, wherever copies of it lie.
//
// DO NOT CHANGE: on disk (tests/golden/stored_file_v1.hex).
//
//     offset  size
//          0     8  magic "DLGFILE1"
//          8    16  id of the file object
//         24    24  header of libsodium's secretstream (XChaCha20-Poly1305), random
//         48        pieces of 65,536 bytes of the content, each 17 bytes longer; the id is authenticated with each. The last
//                   piece, which may be shorter or empty, is marked as final: a file that was cut does not read as whole
//
//     key   BLAKE2b-256(key = the object's key, "dealog/file/1")
//     name  32 hexadecimal digits: the account's keyed hash of "dealog/file/1" | BLAKE2b-256 of all these bytes
//
// The hash is of what is encrypted, so it can be verified without any key of a person, and the same document uploaded
// twice is two files: stored once, it could not be erased for one without the other.
//
// A file is written beside under `<random>.new`, synced, renamed, and the folder synced, before the command that tells
// of it is submitted. What no event tells of is removed when the account is opened.
//
// Threads: any.

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>

#include "eventstore/file_keyring.h"

namespace dealog::eventstore {

class StoredFiles {
 public:
  // `folder` is there. All outlive this.
  StoredFiles(Files& files, std::filesystem::path folder, FileKeyring& keys);

  // Makes the object's key if it has none, and stores the content; durable under the name that comes back. Nothing: the
  // object's key was erased. Throws StorageError; then nothing, or something that no event tells of, is left.
  std::optional<std::string> put(const Uuid& file, BytesView content);

  // Reads one from its beginning to its end.
  class Reader {
   public:
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    // The next piece; nothing after the last. Throws StorageError when it is not what was written.
    std::optional<Bytes> next();

   private:
    friend class StoredFiles;
    struct State;
    explicit Reader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  // Null: the object's key was erased. Throws StorageError when the file is missing or is not that object's.
  std::unique_ptr<Reader> open(const Uuid& file, const std::string& name) const;

  // Not there: nothing to do. Throws StorageError.
  void remove(const std::string& name);
  // Removes whatever has another name: what was never committed, and what was erased. How many. Throws StorageError.
  // REQUIRES: nobody stores meanwhile.
  std::size_t keep_only(const std::unordered_set<std::string>& names);

 private:
  Files& files_;
  const std::filesystem::path folder_;
  FileKeyring& keys_;
};

// Which file on the disk the record tells of: of a file object's creation; nothing for all others.
std::optional<std::string> stored_as(const fb::Record& record);

// Is it the name of one that is being written, or was when the process ended?
bool is_unfinished_file(std::string_view name);

// Throws StorageError unless the file of that name is there and its bytes are those that it was named after.
void check_stored_file(Files& files, const std::filesystem::path& folder, const Keyring& keys, const std::string& name);

}  // namespace dealog::eventstore
