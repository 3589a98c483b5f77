#pragma once
// An account is a directory (README.md draws it): making one, holding one, opening one.
//
//     <accounts>/<slug>/   lock  anchor  keys  log/  files/  keyframes/

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "eventstore/file_keyring.h"
#include "eventstore/rocks_log.h"

namespace dealog::eventstore {

// [a-z0-9][a-z0-9-]{0,62}: the name of an account in paths.
bool valid_slug(std::string_view slug);

// What is on its way, until it is renamed.
inline constexpr std::string_view unfinished = ".new-";

// Makes the directory of a new account with an empty log, wholly or not at all: built as `.new-<slug>`,
// synced, renamed, and the parent synced. Returns its path. Throws StorageError when it cannot be made or is
// there already. REQUIRES: the slug is valid; only one thread makes an account of that name at a time.
std::filesystem::path create_account_files(const std::filesystem::path& accounts, std::string_view slug,
                                           const Uuid& account, const RocksLogOptions& options);

// Removes what an interrupted making left behind. For the start of the program, before anything is made.
void remove_leftovers(const std::filesystem::path& accounts, Files& files);

// Slugs of the accounts there, sorted.
std::vector<std::string> list_accounts(const std::filesystem::path& accounts, const Files& files);

// That this process, and no other, has the account open: an advisory lock on its file `lock`, which ends with
// the process whatever happens to it. The file tells people who holds it.
class AccountLock {
 public:
  struct HeldBy {
    std::string holder;
  };

  // `holder`: one line for people, such as "pid 4711, listening on 127.0.0.1:8080". Comes back with the other
  // holder's line when the account is held. Throws StorageError when the file cannot be used at all.
  static std::variant<AccountLock, HeldBy> acquire(const std::filesystem::path& directory,
                                                   const std::string& holder);
  AccountLock(AccountLock&& other) noexcept;
  AccountLock& operator=(AccountLock&& other) noexcept;
  ~AccountLock();

 private:
  explicit AccountLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

// The account is open in another process; `what()` says in which.
class AccountInUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The files of an open account. Destroyed in the order log, keys, lock.
struct OpenLog {
  AccountLock lock;
  Uuid account;
  std::unique_ptr<FileKeyring> keys;
  std::unique_ptr<RocksLog> log;

  // The graceful end: the anchor tells of the last commit, the log is closed without anything to replay, and
  // the lock is released.
  // Throws StorageError. REQUIRES: no reader is at work.
  void close();
};

// Locks, then opens the log (checked against the anchor) and the keys, and finishes erasures that a kill interrupted. Throws AccountInUse or StorageError.
OpenLog open_account_files(const std::filesystem::path& directory, const std::string& holder,
                           const RocksLogOptions& options);

}  // namespace dealog::eventstore
