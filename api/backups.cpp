#include "api/backups.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "api/logging.h"
#include "eventstore/backup.h"

namespace dealog::api {

namespace {

// Behind everybody who waits for an answer.
constexpr int niceness = 10;

}  // namespace

Backups::Backups(const eventstore::OpenLog& open, std::string slug, std::filesystem::path account, std::filesystem::path folder)
    : open_(open), slug_(std::move(slug)), account_(std::move(account)), folder_(std::move(folder)) {}

Backups::~Backups() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

Backups::Entry Backups::start(Instant now) {
  const std::lock_guard lock(mutex_);
  if (latest_ && latest_->state == State::running) return *latest_;
  if (thread_.joinable()) thread_.join();
  for (Entry& made : whole())
    if (made.name == eventstore::backup_name(slug_, now)) return std::move(made);
  latest_ = Entry{.name = eventstore::backup_name(slug_, now), .made_at = now, .head = {}, .message = {}};
  thread_ = std::thread([this, entry = *latest_] { run(entry); });
  return *latest_;
}

void Backups::run(Entry entry) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), niceness);
  try {
    const eventstore::BackupAbout about =
        eventstore::make_backup({.open = open_, .slug = slug_, .directory = account_, .folder = folder_, .made_at = entry.made_at,
                                 .options = {}, .stop = [this] { return stop_.load(); }});
    entry.head = about.head;
    entry.state = State::done;
    log(LogLevel::info, "backup made", {{"account", std::string_view(slug_)}, {"backup", std::string_view(entry.name)},
                                        {"position", static_cast<std::int64_t>(entry.head.position)}});
  } catch (const eventstore::BackupStopped&) {
    entry.state = State::failed;
    entry.message = "The account was closed meanwhile.";
  } catch (const std::exception& error) {
    entry.state = State::failed;
    entry.message = error.what();
    log(LogLevel::error, "backup failed: " + entry.message, {{"account", std::string_view(slug_)}});
  }
  const std::lock_guard lock(mutex_);
  latest_ = std::move(entry);
}

std::vector<Backups::Entry> Backups::whole() const {
  std::vector<Entry> entries;
  for (auto& [name, about] : eventstore::list_backups(folder_, eventstore::posix_files())) {
    if (about.account != open_.account) continue;
    entries.push_back({.name = name, .state = State::done, .made_at = about.made_at, .head = about.head, .message = {}});
  }
  return entries;
}

std::vector<Backups::Entry> Backups::list() const {
  // The memory before the folder: what was running then and is done now is found there. And the memory decides when one is
  // done, for whoever is told so may begin the next.
  std::optional<Entry> latest;
  {
    const std::lock_guard lock(mutex_);
    latest = latest_;
  }
  std::vector<Entry> entries = whole();
  const auto listed = latest ? std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == latest->name; })
                             : entries.end();
  if (latest && latest->state != State::done) {
    if (listed == entries.end()) entries.push_back(*std::move(latest));
    else if (latest->state == State::running) *listed = *std::move(latest);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

std::optional<Backups::Entry> Backups::find(const std::string& name) const {
  for (Entry& entry : list())
    if (entry.name == name) return std::move(entry);
  return std::nullopt;
}

}  // namespace dealog::api
