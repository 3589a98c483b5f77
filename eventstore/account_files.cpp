#include "eventstore/account_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "eventstore/erasure.h"
#include "eventstore/signing_key.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

std::string line_of(int descriptor) {
  char text[256];
  const auto n = ::pread(descriptor, text, sizeof text, 0);
  std::string line(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  line.erase(std::min(line.find('\n'), line.size()));
  return line.empty() ? "another process" : line;
}

}  // namespace

bool valid_slug(std::string_view slug) {
  const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !slug.empty() && slug.size() <= 63 && lower_or_digit(slug.front()) &&
         std::all_of(slug.begin(), slug.end(), [&](char c) { return lower_or_digit(c) || c == '-'; });
}

fs::path create_account_files(const fs::path& accounts, std::string_view slug, const Uuid& account,
                              const RocksLogOptions& options) {
  if (!valid_slug(slug)) throw std::logic_error("not a slug: " + std::string(slug));
  Files& files = files_of(options);
  const fs::path made = accounts / slug;
  const fs::path building = accounts / (std::string(unfinished) + std::string(slug));
  if (files.exists(made)) throw StorageError(made.string() + " is there already");
  files.remove_all(building);
  files.create_directory(building);
  create_rocks_log(building, account, options);
  create_keys(files, building / "keys", account);
  create_signing_key(files, building / "signing", account, new_origin(slug));
  files.create_directory(building / "files");
  files.create_directory(building / "keyframes");
  files.sync_directory(building / "log");
  files.sync_directory(building);
  files.rename(building, made);
  files.sync_directory(accounts);
  return made;
}

void remove_leftovers(const fs::path& accounts, Files& files) {
  for (const std::string& name : files.list(accounts)) {
    if (name.starts_with(unfinished)) files.remove_all(accounts / name);
  }
}

std::vector<std::string> list_accounts(const fs::path& accounts, const Files& files) {
  std::vector<std::string> slugs = files.list(accounts);
  std::erase_if(slugs, [](const std::string& name) { return !valid_slug(name); });
  return slugs;
}

std::variant<AccountLock, AccountLock::HeldBy> AccountLock::acquire(const fs::path& directory,
                                                                    const std::string& holder) {
  const fs::path path = directory / "lock";
  const auto cannot = [&path](const char* what) {
    return StorageError("cannot " + std::string(what) + " " + path.string() + ": " +
                        std::generic_category().message(errno));
  };
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) throw cannot("open");
  AccountLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw cannot("lock");
    return HeldBy{line_of(descriptor)};
  }
  const std::string line = holder + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
    throw cannot("write");
  }
  return lock;
}

AccountLock::AccountLock(AccountLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

AccountLock& AccountLock::operator=(AccountLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

AccountLock::~AccountLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OpenLog::close() {
  if (log) log->close();
  log.reset();
  keys.reset();
  const AccountLock released = std::move(lock);
}

OpenLog open_account_files(const fs::path& directory, const std::string& holder,
                           const RocksLogOptions& options) {
  Files& files = files_of(options);
  if (!files.exists(directory)) throw StorageError(directory.string() + " is missing");
  auto lock = AccountLock::acquire(directory, holder);
  if (const auto* held = std::get_if<AccountLock::HeldBy>(&lock)) {
    throw AccountInUse(directory.string() + " is in use by " + held->holder);
  }
  // The log first: it knows whose the directory is. The keys before anybody can append.
  auto log = RocksLog::open(directory, options);
  const Uuid account = log->account();
  auto keys = std::make_unique<FileKeyring>(files, directory / "keys", account);
  finish_erasures(*log, *keys);
  return {std::get<AccountLock>(std::move(lock)), account, std::move(keys), std::move(log)};
}

}  // namespace dealog::eventstore
