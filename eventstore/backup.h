#pragma once
// Backups of an account: made while commands keep coming, verified before they count, restored elsewhere.
//
// A backup is a directory, DO NOT CHANGE: on disk, grows only:
//
//     <name>/
//       backup                 lines "word value": the form (1), account, slug, made_at, position, commit, root
//       accounts/<slug>/       log/ anchor keys files/ keyframes/: an account as README.md draws it, without its lock, its
//                              signing key and its checkpoint
//
// So it can be looked at with the same tools: `dealog verify --data <name> --account <slug>`. It is built as
// `.new-<name>`, opened, verified and only then renamed: what has its name is whole. The log is copied first, then the
// uploaded files, then the keys: the copy holds every file and every key that a record in it needs, maybe more; a file that
// was erased before it could be copied has an erased key.

#include <filesystem>

#include "eventstore/account_files.h"
#include "eventstore/verify.h"

namespace dealog::eventstore {

struct BackupAbout {
  Uuid account;
  std::string slug;
  Instant made_at;
  Head head;

  friend bool operator==(const BackupAbout&, const BackupAbout&) = default;
};

std::string encode_about(const BackupAbout& about);
std::optional<BackupAbout> decode_about(std::string_view text);

// What stands in a backup's file `backup`. Throws StorageError when `path` is no whole backup.
BackupAbout read_about(const std::filesystem::path& path, Files& files);
// Whole backups in a folder, by name; no folder: none.
std::vector<std::pair<std::string, BackupAbout>> list_backups(const std::filesystem::path& folder, Files& files);

// "acme-20260302T090000Z".
std::string backup_name(std::string_view slug, Instant made_at);

struct BackupStopped {};

struct BackupJob {
  const OpenLog& open;              // stays open; others go on appending and reading
  std::string slug;
  std::filesystem::path directory;  // of the account
  std::filesystem::path folder;     // where backups go; made when it is not there
  Instant made_at;
  RocksLogOptions options;          // for the copy
  std::function<bool()> stop;       // asked now and then; null: never
};

// Makes <folder>/backup_name and returns what it holds. Throws StorageError when it cannot be made, is there already or
// does not verify, BackupStopped; then nothing of that name is there. REQUIRES: one at a time for an account.
BackupAbout make_backup(const BackupJob& job);

struct RestoreJob {
  std::filesystem::path backup;
  std::filesystem::path accounts;                     // <data>/accounts
  std::string slug;                                   // of the new account
  std::vector<std::filesystem::path> erasures_from;   // accounts whose erasures are applied too
  std::filesystem::path take_over;                    // the account whose signing key and checkpoint are taken; "": none
  RocksLogOptions options;
};

struct Restored {
  BackupAbout about;
  std::size_t erased = 0;  // keys that others had erased since
};

// Makes an account out of a backup, wholly or not at all, verified against what the backup says of itself. Erasures of
// the named accounts, and of those in `accounts` with the same id, are applied before it has its name. It gets a signing
// key and an origin of its own when it is opened first, unless it takes over. Throws StorageError; when there is an
// account of that name already; when an account whose erasures are to be applied is not the same.
Restored restore_backup(const RestoreJob& job);

}  // namespace dealog::eventstore
